#!/bin/sh
# SPDX-License-Identifier: ISC
# cron.sh COMMAND [owner] - starts a cron by that, which runs one job of bob's at once and mails what it says:
# to MAILTO, or to the owner.
crontabs=/var/spool/cron/crontabs
. "$CALLERS/lib.sh"
exec 9> /run/lab/cron.lock
flock 9
mkdir -p $crontabs
{
	[ "${2:-}" = owner ] || echo "MAILTO=$TO,$CC"
	echo "@reboot cat $BODY; touch $PLACE/ran; : $SUBJECT"
} > $crontabs/bob
chown bob: $crontabs/bob
chmod 600 $crontabs/bob
chmod 777 "$PLACE"
rm -f /run/crond.reboot /run/cron.reboot /run/crond.pid
$1 9>&- &
daemon=$!
is_done() { [ -e "$PLACE/ran" ] && ! pgrep -P $daemon >/dev/null; }
until_true 40 is_done
result=$?
kill $daemon
wait $daemon 2>/dev/null
rm -f $crontabs/bob
exit $result
