#!/bin/bash
# SPDX-License-Identifier: ISC
# This host gets another address: mail that would go straight takes the smarthost of on_address_change until the check is
# green for it, over restarts, and not for what cannot be found out.
. "$(dirname "$0")/world.sh"
world_begin "$@"
tap_plan 56

D=direct.world.example
SERVER=127.0.0.2
ZONES="moved.example 18.198.in-addr.arpa 8.b.d.0.1.0.0.2.ip6.arpa spamhaus.org spamcop.net"
OUTSIDE="192.0.2.10 192.0.2.40"
world_names
lab_zone world.example <<-'END'
both MX 10 two
two A 192.0.2.10
two AAAA 2001:db8::10
echo MX 10 echo
echo A 192.0.2.40
echo AAAA 2001:db8::40
END
lab_dns_start
mkdir -p $LAB/zones
zone() {
	{ printf '%s\n' "\$ORIGIN $1." '$TTL 1' '@ SOA ns1.moved.example. hostmaster.moved.example. 1 3600 600 86400 1' '@ NS ns1.moved.example.'; cat; } > "$LAB/zones/$1.zone"
}
zone moved.example <<-END
ns1 A $SERVER
@ MX 10 mail
@ TXT "v=spf1 ip4:198.18.5.1 ip4:192.0.2.20 -all"
mail A 198.18.5.1
mail TXT "v=spf1 a -all"
END
zone 18.198.in-addr.arpa <<< '1.5 PTR mail.moved.example.'
zone 8.b.d.0.1.0.0.2.ip6.arpa < /dev/null
zone spamhaus.org <<< '2.0.0.127.zen A 127.0.0.2'
zone spamcop.net <<< '2.0.0.127.bl A 127.0.0.2'
# shellcheck disable=SC2086
lab_knot_start names $SERVER < <(lab_knot_zones $LAB/zones $ZONES)
ip address add 192.0.2.40/32 dev lo
ip -6 address add 2001:db8::40/128 dev lo
ip -6 address add 2001:db8::5:1/128 dev lo
world_leaves_from 198.18.5.1 $OUTSIDE
sleep infinity | /usr/bin/python3 "$LAB_SOURCE/tests/e2e/check/echo.py" 192.0.2.40 2001:db8::40 &
lab_need 60 lab_answers 192.0.2.40 25
lab_need 60 lab_answers 2001:db8::40 25

# The receiver looks at a table of clients for each connection; the ISP, at one of recipients.
mkdir -p $LAB/mx/etc $LAB/isp/etc
: > $LAB/mx/etc/clients
: > $LAB/isp/etc/recipients
lab_mx_start mx 192.0.2.10 mx.world.example $D both.world.example moved.example -- 'inet_interfaces = 192.0.2.10, 2001:db8::10' \
	'max_use = 1' "smtpd_recipient_restrictions = check_client_access cidr:$LAB/mx/etc/clients"
world_isp_start 'smtp_bind_address = 192.0.2.20' 'inet_protocols = ipv4' 'max_use = 1' \
	"smtpd_recipient_restrictions = check_recipient_access regexp:$LAB/isp/etc/recipients, permit_sasl_authenticated, reject"
config() {
	world_config <<-END
	root = "owner@$D";
	routes = ( { to = [ "*" ]; via = [ "mx" ]; } );
	$1
	echo_domains = [ "echo.world.example" ];
	mx_families = [ "ipv4" ];
	mx_source = [ "2001:db8::5:1" ];
	stub_zones = ( $(comma=; for name in $ZONES; do printf '%s{ zone = "%s"; servers = [ "%s" ]; }' "$comma" "$name" $SERVER; comma=', '; done) );
	retry_min = "1h"; retry_max = "1h"; queue_life = "1d";
	END
	sed -i 's/^hostname = .*/hostname = "mail.moved.example";/; s/^domain = .*/domain = "moved.example";/; /^dkim = (/,/^);/d' $CONF
}
config 'on_address_change = "isp";'
lab_signetd_start

daily() {
	lab_step "daily $*"
	$SIGNET check --changed --mail >out 2>err </dev/null
	status=$?
	[ ! -s err ] || diag "$(cat err)"
}
# The same, until its report has come: the ISP takes its time.
all_is_told() { [ "$(lab_mail_count $D owner)" -eq "$(grep -c ': from=<>, size=' $LAB/log/signetd)" ]; }
daily_tells() {
	daily
	lab_until 60 all_is_told || lab_die "a report has not come"
}
reports_that_say() { lab_mail $D owner | xargs grep -lE "$1"; }
sent=0
send() {     # USER [DOMAIN]: the copy's subject is its number
	sent=$((sent + 1))
	world_message owner@moved.example "$1@${2:-$D}" "number $sent" | $SENDMAIL -i -t -f owner@moved.example
}
# The client that the receiver saw, of the newest copy.
came_from() {     # USER [DOMAIN]
	header "$(lab_mail "${2:-$D}" "$1" | xargs ls -t | head -n 1)" | sed -n 's/^Received: from [^[]*\[\(IPv6:\)\{0,1\}\([^]]*\)\].* by mx\.world\.example.*/\2/p' | head -n 1
}
arrives() { lab_until 60 lab_has_mail "${3:-$D}" "$1" "$2"; }
body() { sed '1,/^\r*$/d' "$1" | tr -d '\r'; }
no_session() { lab_until 60 eval '[ -z "$(lab_pids smtp)" ]'; }
silent_names() { kill -STOP "$LAB_PID_names"; }
names() { kill -CONT "$LAB_PID_names"; }
straight() { ! grep -q '^mx, by' <<<"$($SIGNET route --sticky)"; }

# ---- as it is -----------------------------------------------------------------------------

is "the setting is taken" "$($SIGNET config check >told 2>&1; echo $?)" 0
sed 's/^on_address_change = .*/on_address_change = "isq";/' $CONF > bad.conf
like "a smarthost that there is not is not" "$($SIGNET config check bad.conf 2>&1)" 'on_address_change "isq": no smarthost of that name; the nearest is "isp"'
daily_tells
send alice
ok "mail arrives" arrives alice 1
is "straight, from our address" "$(came_from alice)" 198.18.5.1
echo '198.18.5.1 451 4.3.0 come again' > $LAB/mx/etc/clients
no_session
send bob
ok "one waits for the receiver" lab_until 60 eval '$SIGNET queue list --json | grep -q "come again"'
: > $LAB/mx/etc/clients

# ---- another address, of which nothing can be found out -------------------------------------------

world_leaves_from 198.18.5.2 $OUTSIDE
silent_names
daily                        # whose report waits for the receiver as well
ok "nothing has moved" straight
ok "while the report says that the address has changed" grep -qs 'egress 4 198.18.5.2' /var/spool/signet/check.told
names
echo $D | $SIGNET check --file - >checked 2>&1
like "a check of other domains finds what is against the address" "$(cat checked)" '^fail +ptr\.'
ok "and tells signetd nothing" straight
is "and the one that waits, waits" "$(lab_mail_count $D bob)" 0

# ---- and then what --------------------------------------------------------------------------------

daily_tells
ok "it is distrusted: the log tells" lab_until 60 log_says 'warning: IPv4: our address was 198\.18\.5\.1 and is 198\.18\.5\.2, which is not trusted \(.*goes via isp until'
is "once" "$(grep -c 'our address was' $LAB/log/signetd)" 1
ok "what waited for the receiver has moved" arrives bob 1
is "by the ISP" "$(came_from bob)" 192.0.2.20
send alice
ok "new mail arrives" arrives alice 2
is "by the ISP" "$(came_from alice)" 192.0.2.20
like "signet route says so" "$($SIGNET route x@$D)" '^ +not now: such mail goes via isp until .*it was 198\.18\.5\.1 and is 198\.18\.5\.2$'
like "with what is against the address" "$($SIGNET route x@$D)" '^ +against it: [a-z]+\.[a-z-]+: '
like "and where mail goes" "$($SIGNET route x@$D)" '^so: +mail is sent over isp'
like "and in JSON" "$($SIGNET route --json x@$D)" '"detour": \{"via": "isp", "not_by_family": 4, "address": "198\.18\.5\.2"'
like "signet test tells, and goes there" "$($SIGNET test user1@$D 2>&1 | paste -sd' ')" 'our address was 198\.18\.5\.1 and is 198\.18\.5\.2, which is not trusted yet; trying isp.*delivered'
like "so does --sticky, with how to end it" "$($SIGNET route --sticky)" 'signet route --sticky --clear mx'
like "signet status shows it" "$($SIGNET status)" '^detour +mail that would go straight by IPv4 goes via isp: our address was 198\.18\.5\.1 and is 198\.18\.5\.2'
like "and its JSON" "$($SIGNET status --json)" '"detours": \[\{"family": 4'
like "and its page" "$($SIGNET status --html)" 'goes via isp since'
like "and its gauges" "$($SIGNET status --prometheus)" '^signet_detours 1'
is "the owner's mail has it" "$(reports_that_say 'egress.detour IPv4: mail that would go straight goes by isp' | wc -l)" 1
daily_tells
is "the same is not told twice" "$(reports_that_say 'egress.detour IPv4: mail that would go' | wc -l)" 1

# ---- restarts, and what is not known --------------------------------------------------------------------

kill -9 "$LAB_SIGNETD_PID"
wait "$LAB_SIGNETD_PID" 2>/dev/null
lab_until 60 eval '[ -z "$(lab_pids queue)" ]'
lab_signetd_start
send alice
ok "after kill -9: mail arrives" arrives alice 3
is "by the ISP" "$(came_from alice)" 192.0.2.20
silent_names
daily_tells
names
fails "what is not known ends nothing" straight
echo '/erin/ 550 5.7.1 relaying denied' > $LAB/isp/etc/recipients
no_session
send erin
ok "what the ISP refuses waits" lab_until 60 eval '$SIGNET queue list --json | grep -q "relaying denied"'
is "and nothing is returned" "$(lab_mail_count moved.example owner)" 0

# ---- the printed fix ----------------------------------------------------------------------------------------

$SIGNET check > checked 2>/dev/null
ok "the printed records are published" world_do_fixes $SERVER < checked
daily_tells
ok "the check finds the address trusted: the log tells" lab_until 60 log_says 'warning: IPv4: mail goes straight again, from our address 198\.18\.5\.2: signet check'
[ "$(grep -c 'goes straight again' $LAB/log/signetd)" = 1 ] || diag "$($SIGNET check --only egress,ptr,helo,spf,blocklist 2>&1)"
ok "what the ISP refused arrives" arrives erin 1
is "straight, from the new address" "$(came_from erin)" 198.18.5.2
: > $LAB/isp/etc/recipients
send alice
ok "so does new mail" arrives alice 4
is "straight" "$(came_from alice)" 198.18.5.2
unlike "signet status has nothing of it" "$($SIGNET status)" '^detour'
is "the owner is told that it is over" "$(reports_that_say 'egress.detour IPv4: mail goes straight' | wc -l)" 1

# ---- by hand ----------------------------------------------------------------------------------------------

world_leaves_from 198.18.5.3 $OUTSIDE
daily_tells
fails "yet another address" straight
like "the first line of the report says all of it" "$(body "$(reports_that_say 'is 198.18.5.3$')" | head -n 1)" \
	'^IPv4: the outside now sees 198\.18\.5\.3; it was 198\.18\.5\.2 at the last check; mail that would go straight goes by isp until .* Fix: put 198\.18\.5\.3 into SPF and PTR'
like "the owner ends it" "$($SIGNET route --sticky --clear mx)" '^mail goes straight again'
send carol
ok "mail arrives" arrives carol 1
is "straight" "$(came_from carol)" 198.18.5.3
daily_tells
ok "which another check does not change" straight
fails "there is nothing to end any more" $SIGNET route --sticky --clear mx

# ---- one family ---------------------------------------------------------------------------------------------

lab_signetd_stop
config 'on_address_change = [ "isp" ];'
sed -i '/^mx_families/d' $CONF
lab_signetd_start
daily_tells
world_leaves_from 198.18.5.4 $OUTSIDE
daily_tells
like "IPv4 alone" "$($SIGNET route --sticky | grep '^mx, ')" '^mx, by IPv4$'
send dave both.world.example
ok "where the receiver has IPv6, mail arrives" arrives dave 1 both.world.example
is "straight, by that" "$(came_from dave both.world.example)" 2001:db8::5:1
like "as signet route says" "$($SIGNET route x@both.world.example)" '^ +not by IPv4 until'
send dave
ok "where it has not" arrives dave 1
is "by the ISP" "$(came_from dave)" 192.0.2.20

lab_need 60 lab_queue_is_empty
is "each arrived once, and nothing else did" "$(for user in alice bob carol dave erin; do subjects $D $user; done; subjects both.world.example dave)" \
	"$(for n in 1 3 4 6 2 7 9 5 8; do echo "number $n"; done)"
world_done
