#!/bin/sh
# SPDX-License-Identifier: ISC
# sendmail.sh ARGUMENT... - a script of one's own, as manuals show it.
{
	printf '%s\n' "From: $FROM_NAME <$FROM>" "To: $TO" "Cc: $CC" "Bcc: $BCC" "Subject: $SUBJECT" \
		'MIME-Version: 1.0' 'Content-Type: text/plain; charset=utf-8' 'Content-Transfer-Encoding: 8bit' ''
	cat "$BODY"
} | exec /usr/sbin/sendmail "$@"
