#!/bin/sh
# SPDX-License-Identifier: ISC
exec s-nail -:/ -S v15-compat -S ttycharset=utf-8 -r "$FROM_NAME <$FROM>" -S mta=/usr/sbin/sendmail \
	-s "$SUBJECT" -c "$CC" -b "$BCC" -a "$FILE" "$TO" < "$BODY"
