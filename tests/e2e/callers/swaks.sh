#!/bin/sh
# SPDX-License-Identifier: ISC
# swaks.sh OPTION...
exec swaks --helo client.example --from "$FROM" --to "$TO,$CC,$BCC" --header "From: $FROM" --header "To: $TO" --header "Cc: $CC" \
	--header "Subject: a letter by swaks" --header 'MIME-Version: 1.0' --header 'Content-Type: text/plain; charset=utf-8' --body "@$BODY" "$@"
