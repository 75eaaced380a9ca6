#!/bin/bash
# SPDX-License-Identifier: ISC
# The daily look: what signet-check.service runs mails root's reader what has changed, and nobody where nothing has.
. "$(dirname "$0")/world.sh"
world_begin "$@"
tap_plan 36

D=direct.world.example
UNIT=$LAB_SOURCE/etc/signet-check.service
SPOOL=/var/spool/signet
world_names
lab_zone echo.example <<-'END'
@ MX 10 echo
echo A 192.0.2.40
END
world_keys
lab_zone sender.example <<-END
@ TXT "v=spf1 ip4:198.18.0.1 -all"
rsa._domainkey TXT $($SIGNET dns --domain sender.example --selector rsa --key /etc/signet/keys/rsa.pem | cut -d' ' -f2- | lab_txt)
END
lab_dns_start
world_mx_start
ip address add 198.18.0.1/32 dev lo
ip address add 192.0.2.40/32 dev lo
sleep infinity | /usr/bin/python3 "$LAB_SOURCE/tests/e2e/check/echo.py" 192.0.2.40 &
lab_need 60 lab_answers 192.0.2.40 25
install -d -o signet -g signet -m 755 /run/signet
install -d -o signet -g signet -m 711 $SPOOL
install -d -o signet -g signetdrop -m 1770 $SPOOL/drop
config() {
	world_config <<-END
	root = "owner@$D";
	routes = ( { to = [ "*" ]; via = [ "mx" ]; } );
	echo_domains = [ "echo.example" ];
	mx_source = [ "198.18.0.1" ];
	mx_families = [ "ipv4" ];
	retry_min = "300ms"; retry_max = "1s";
	$1
	END
}
config
chown signet $LAB/log
# How systemd starts a unit of ours: as signet, with the capabilities that it names, and no more.
as_unit() {     # UNIT PROGRAM…: takes the place of this process
	local caps
	caps=$(sed -n 's/^AmbientCapabilities=//p' "$1" | tr A-Z a-z | sed 's/cap_//g; s/ /,+/g')
	shift
	exec setpriv --reuid signet --regid signet --groups signetdrop --inh-caps "-all,+$caps" --ambient-caps "-all,+$caps" \
		--bounding-set "-all,+$caps" --no-new-privs -- "$@"
}
signetd_start() {
	as_unit "$LAB_SOURCE/etc/signetd.service" $LAB/build/signetd 2>>$LAB/log/signetd.stderr &
	LAB_SIGNETD_PID=$!
	lab_need 60 lab_signetd_ready
}
# daily: the unit's command, as the unit runs it.
command=$(sed -n 's/^ExecStart=//p' "$UNIT")
daily() {
	# shellcheck disable=SC2086
	(as_unit "$UNIT" $LAB/build/${command#/usr/sbin/}) >out 2>err </dev/null
	status=$?
	out=$(cat out err)
}
mails() { lab_mail_count $D owner; }
mails_are() { lab_until 60 lab_has_mail $D owner "$1"; }
newest() { lab_mail $D owner | xargs ls -t | head -n 1; }
# What was queued is gone, and so is in the mailbox.
settled() { lab_need 60 lab_queue_is_empty; }

# ---- the unit ------------------------------------------------------------------------

is "the unit runs" "$command" "/usr/sbin/signet check --changed --mail"
if command -v systemd-analyze >/dev/null && exposure=$(systemd-analyze security --offline=true "$UNIT" 2>/dev/null | grep -oE 'signet-check.service: [0-9.]+'); then
	ok "is exposed by 2.2 at most" awk -v n="${exposure##* }" 'BEGIN { exit !(n <= 2.2) }'
else
	skip "is exposed by 2.2 at most" "no systemd-analyze here that judges offline"
fi
timer=$LAB_SOURCE/etc/signet-check.timer
is "the timer: once a day, not all at once, and late rather than never" \
	"$(grep -c '^OnCalendar=\*-\*-\* \|^RandomizedDelaySec=\|^Persistent=true\|^WantedBy=timers.target' "$timer")" 4

# ---- a mail where something has changed -----------------------------------------------------

signetd_start
daily
is "the first time: all that is not well is told, and nothing printed" "$status $out" "0 "
ok "by mail to root's reader" mails_are 1
first=$(newest)
like "the subject names the worst, to be done first" "$(header "$first" | grep -i '^Subject:')" \
	"^Subject: signet check on mail\.sender\.example: fail: [a-z]*\.[a-z0-9-]*"
like "it is what stands on top of the text" "$(sed -n '/^Do this first/,+1p' "$first")" \
	"$(header "$first" | sed -n 's/^Subject: .*: fail: \([a-z.0-9-]*\).*/^fail +\1/p')"
is "no bounce comes back" "$(header "$first" | grep -i '^Return-Path:' | tr -d '\r')" "Return-Path: <>"
for field in 'From: .*MAILER-DAEMON@sender\.example' 'To: root@sender\.example' 'Auto-Submitted: auto-generated' 'Message-ID: <.*@.*>' 'Date: ' \
	'Content-Type: text/plain; charset=us-ascii'; do
	like "has ${field%%:*}" "$(header "$first")" "^$field"
done
like "signed" "$(header "$first")" 'dkim=pass'
like "what it says to run shows all" "$($SIGNET check --all)" '^fail +ptr\.exists'
settled
daily
is "nothing has changed, though a mail was sent" "$status $out" "0 "
settled
is "nobody is mailed" "$(mails)" 1
sed -i 's/^@ TXT "v=spf1 .*/@ TXT "v=spf1 ip4:198.18.0.9 -all"/' $LAB/dns/sender.example.zone
lab_dns_reload
$SIGNET check --nagios --only spf >/dev/null 2>&1
daily
is "a change, though another run saw it before" "$status $out" "0 "
ok "is mailed" mails_are 2
like "with what it is" "$(header "$(newest)" | grep -i '^Subject:')" ': fail: spf\.[a-z-]* sender\.example: '
settled

# ---- when the queue itself is broken ------------------------------------------------------------

lab_signetd_stop
sed -i 's/^@ TXT "v=spf1 .*/@ TXT "v=spf1 ip4:198.18.0.1 -all"/' $LAB/dns/sender.example.zone
lab_dns_reload
daily
is "signetd does not run: the status says so" "$status" 75
like "so does standard error, with the change" "$(paste -sd' ' <<<"$out")" 'signetd does not answer at .*Subject: signet check on '
like "for the better, with what is still to be done" "$out" '^Subject: .*: better, but still fail: '
signetd_start
ok "it comes when signetd does" mails_are 3
settled
lab_signetd_stop
sed -i 's/^@ TXT "v=spf1 .*/@ TXT "v=spf1 ip4:198.18.0.9 -all"/' $LAB/dns/sender.example.zone
lab_dns_reload
chmod 500 $SPOOL/drop
mv $LAB/signet-drop $LAB/signet-drop.away
daily
is "no way is open: nothing is kept" "$status" 75
like "said, with the change" "$(paste -sd' ' <<<"$out")" 'the message was not kept.*Subject: .*spf\.'
mv $LAB/signet-drop.away $LAB/signet-drop
chmod 1770 $SPOOL/drop
signetd_start
daily
ok "so the next run tells it again" mails_are 4
settled

# ---- another address -------------------------------------------------------------------------------

ip address add 198.18.0.2/32 dev lo
sed -i 's/^mx_source = .*/mx_source = [ "198.18.0.2" ];/' $CONF
daily
ok "the outside sees another address" mails_are 5
is "which is the first line" "$(sed '1,/^\r*$/d' "$(newest)" | head -n 1 | tr -d '\r')" \
	"IPv4: the outside now sees 198.18.0.2; it was 198.18.0.1 at the last check"
settled
daily
settled
is "the same the next day is not told" "$status $(mails)" "0 5"

# ---- off, and wrong ---------------------------------------------------------------------------

as_alice() { as alice $LAB/build/signet check --changed --mail >out 2>err; }
as_alice
is "who may not keep what was told may not tell" "$? $(grep -c 'run this as root or as signet' err)" "77 1"
$SIGNET check --mail >/dev/null 2>err
is "--mail is of changes" "$?" 64
lab_signetd_stop
printf 'queue = "none"; smarthost = { host = "smtp.else.example"; };\n' > $CONF
daily
is "without a queue it is off" "$status $out" "0 "
echo 'nonsense = 1;' > $CONF
daily
like "a configuration that cannot be read is one reason not to know" "$status $out" '^78 signet: .*nonsense'
world_done
