#!/bin/sh
# SPDX-License-Identifier: ISC
# mutt.sh PROGRAM - mutt or neomutt, without a terminal.
cat > "$PLACE/muttrc" <<END
set from = "$FROM"
set realname = "$FROM_NAME"
set use_envelope_from = yes
set charset = utf-8
set copy = no
END
exec "$1" -n -F "$PLACE/muttrc" -s "$SUBJECT" -c "$CC" -b "$BCC" -a "$FILE" -- "$TO" < "$BODY"
