#!/bin/sh
# SPDX-License-Identifier: ISC
# fail2ban, which tells that it begins, bans an address and ends.
. "$CALLERS/lib.sh"
cp -r /etc/fail2ban "$PLACE/conf"
: > "$PLACE/log"
cat > "$PLACE/conf/jail.d/letter.conf" <<END
[DEFAULT]
[sshd]
enabled = false
[letter]
enabled = true
backend = polling
filter =
failregex = bad <ADDR>
usedns = no
logpath = $PLACE/log
maxretry = 1
action = sendmail[name=letter, dest=$TO, sender=$FROM, sendername=Fail2Ban]
END
rm -f "$PLACE/conf/jail.d/defaults-debian.conf"
printf "%s\n" "[Definition]" "dbfile = None" > "$PLACE/conf/fail2ban.local"
client() { fail2ban-client -c "$PLACE/conf" -s "$PLACE/socket" -p "$PLACE/pid" "$@"; }
client --logtarget "$PLACE/said" start || exit 1
echo "$(date '+%Y-%m-%d %H:%M:%S') bad 192.0.2.99" >> "$PLACE/log"
has_banned() { client get letter banip | grep -q 192.0.2.99; }
until_true 40 has_banned || echo "ERROR: not banned"
client stop >/dev/null
cat "$PLACE/said"
! grep -q ERROR "$PLACE/said"
