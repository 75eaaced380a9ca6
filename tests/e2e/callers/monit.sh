#!/bin/sh
# SPDX-License-Identifier: ISC
# monit, which tells at once that it has begun.
. "$CALLERS/lib.sh"
cat > "$PLACE/monitrc" <<END
set daemon 1
set logfile $PLACE/log
set pidfile $PLACE/pid
set idfile $PLACE/id
set statefile $PLACE/state
set mailserver 127.0.0.1 port 25
set mail-format { from: $FROM }
set alert $TO on { instance }
check file letter with path $BODY
END
chmod 700 "$PLACE/monitrc"
: > "$PLACE/log"
monit -I -c "$PLACE/monitrc" &
daemon=$!
has_told() { grep -q 'Monit .* started' "$PLACE/log"; }
until_true 40 has_told
# It ends when it has tried to send what it has to tell.
kill $daemon
wait $daemon
cat "$PLACE/log"
! grep -q 'Mail: ' "$PLACE/log"
