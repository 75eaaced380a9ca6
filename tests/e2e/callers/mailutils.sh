#!/bin/sh
# SPDX-License-Identifier: ISC
exec mail.mailutils -s "$SUBJECT" -r "$FROM" -a "From: $FROM_NAME <$FROM>" -a "Cc: $CC" -a "Bcc: $BCC" \
	-a 'MIME-Version: 1.0' -a 'Content-Type: text/plain; charset=utf-8' "$TO" < "$BODY"
