#!/bin/sh
# SPDX-License-Identifier: ISC
# at, and the daemon that runs its jobs; what one says is mailed to its owner.
. "$CALLERS/lib.sh"
for folder in atjobs atspool; do
	install -d -o daemon -g daemon -m 1770 /var/spool/cron/$folder
done
install -o daemon -g daemon -m 600 /dev/null /var/spool/cron/atjobs/.SEQ
# As the package has it.
install -o daemon -g daemon -m 6755 /usr/bin/at /run/lab/at
echo alice > /run/lab/etc/at.allow
atd -f &
daemon=$!
chmod 777 "$PLACE"
echo "cat $BODY; touch $PLACE/ran" | setpriv --reuid alice --regid alice --clear-groups -- /run/lab/at now
is_done() { [ -e "$PLACE/ran" ] && ! pgrep -P $daemon >/dev/null; }
until_true 60 is_done
result=$?
kill $daemon
exit $result
