#!/bin/bash
# SPDX-License-Identifier: ISC
# Every host of a list in the same round, beside a real Postfix as the sender; and whom a refusal is about: one of our
# addresses, one customer's domain, or our own configuration.
. "$(dirname "$0")/world.sh"
world_begin "$@"
tap_plan 82
world_names
world_keys

# ---- hosts that misbehave: a pair for each case, by number ------------------------------

declare -A first=(
	[mail421]='on mail reply 421 4.7.0 go away ; close'
	[rcpt451]='on rcpt reply 451 4.3.0 try later'
	[data451]='on data reply 451 4.3.0 no room for now'
	[dot451]='on dot reply 451 4.3.0 try later'
	[dot421]='on dot reply 421 4.3.2 going down ; close'
	[dataclose]='on data close'
	[ehlofin]='on ehlo fin'
	[grey]='on rcpt reply 450 4.2.0 Recipient address rejected: Greylisted'
	[single]='word PIPELINING
word LIMITS RCPTMAX=1 MAILMAX=1'
	[strays]='on dot raw clamdscan: warning\r\n\r\n250 2.0.0 ok queued\r\n'
)
next_host='mail421 rcpt451 data451 dot451 dot421 dataclose ehlofin'
n=100
for name in "${!first[@]}" six shared; do
	for place in a b; do
		n=$((n + 1))
		declare "$name$place=192.0.2.$n"
		ip address add 192.0.2.$n/32 dev lo
		echo "$place.$name A 192.0.2.$n"
	done
	echo "$name MX 10 a.$name"
	echo "$name MX 20 b.$name"
done > $LAB/dns/pairs
for (( i = 1; i <= 100; i++ )); do
	echo "stall$i MX 10 host.stall$i"
	echo "host.stall$i A 192.0.2.23"
done >> $LAB/dns/pairs
lab_zone world.example < $LAB/dns/pairs
ip address add 192.0.2.22/32 dev lo
ip -6 address add 2001:db8::11/128 dev lo
lab_zone world.example <<END
dual MX 10 host.dual
host.dual AAAA 2001:db8::11
host.dual A $sixa
one.shared MX 10 host.shared
two.shared MX 10 host.shared
host.shared A $sharedb
plain.isp A 192.0.2.21
spent.isp A 192.0.2.22
closed.isp A 192.0.2.24
END

# What the names above lead to, with folders that are called by their addresses.
mkdir -p hosts
for name in "${!first[@]}"; do
	a=${name}a b=${name}b
	mkdir -p "hosts/${!a}" "hosts/${!b}"
	echo "${first[$name]}" > "hosts/${!a}/script"
	: > "hosts/${!b}/script"
done
mkdir -p hosts/$sixa hosts/192.0.2.{21,22,23,24} six
ip address add 192.0.2.23/32 dev lo
ip address add 192.0.2.24/32 dev lo
echo 'on mail stall' > hosts/192.0.2.23/script
printf 'secret\n' > $LAB/signet/closed.password
chmod 600 $LAB/signet/closed.password
lab_certificate closed.isp.world.example
cp $LAB/tls/closed.isp.world.example.pem hosts/192.0.2.24/own.crt
cp $LAB/tls/closed.isp.world.example.key hosts/192.0.2.24/own.key
printf '%s\n' 'cert own' "auth PLAIN me secret" 'on mail reply 535 5.7.1 password expired' > hosts/192.0.2.24/script
: > hosts/$sixa/script
echo 'on mail reply 530 5.7.0 Authentication required' > hosts/192.0.2.21/script
echo 'on mail reply 550 5.4.5 Daily user sending limit exceeded.' > hosts/192.0.2.22/script
echo 'on rcpt reply 550-5.7.1 [2001:db8::11] Our system has detected that this message does not meet IPv6\r\n550 5.7.1 sending guidelines regarding PTR records and authentication.' \
	> six/script

copies() {   # FOLDER: that it said 250 to
	grep -l '^taken' "$1"/*.how 2>/dev/null | wc -l
}
connections() {
	ls "$1" | grep -c '\.begun$'
}
has_copies() {
	[ "$(copies "$1")" -eq "$2" ]
}

# ---- the two senders -------------------------------------------------------------------

world_config <<END
mx_families = [ "ipv6", "ipv4" ];
smarthosts = (
  { name = "isp"; host = "smtp.isp.world.example"; port = 587; user = "me";
    password_file = "/etc/signet/isp.password"; limit = "2/d"; },
  { name = "plain"; host = "plain.isp.world.example"; port = 25; tls = "none"; },
  { name = "closed"; host = "closed.isp.world.example"; port = 25; tls = "encrypt"; user = "me";
    password_file = "/etc/signet/closed.password"; },
  { name = "spent"; host = "spent.isp.world.example"; port = 25; tls = "none"; } );
routes = (
  { to = [ "limited.world.example" ]; via = [ "isp", "mx" ]; fallback_on = [ "limit" ]; },
  { to = [ "beyond.world.example" ]; via = [ "spent", "mx" ]; fallback_on = [ "limit" ]; },
  { to = [ "until.world.example" ]; via = [ "spent" ]; },
  { to = [ "nologin.world.example" ]; via = [ "plain" ]; },
  { to = [ "closed.world.example" ]; via = [ "closed" ]; },
  { to = [ "dual.world.example", "one.shared.world.example", "two.shared.world.example" ];
    via = [ "mx", "isp" ]; fallback_on = [ "blocked" ]; },
  { to = [ "*" ]; via = [ "mx" ]; } );
END
sed -i '/^smarthosts = ( { name = "isp"; host = "smtp.isp.world.example"; port = 587;$/,/^  user = .*);$/d' $CONF
lab_zone world.example <<< $'limited MX 10 mx\nbeyond MX 10 mx'
lab_dns_start
for folder in hosts/*; do
	lab_hostile_start $folder "${folder#hosts/}" 25
done
lab_hostile_start six 2001:db8::11 25
lab_mx_start mx 192.0.2.10 mx.world.example {limited,beyond}.world.example
LAB_MX_BOXES='' lab_mx_start shared $sharedb host.shared.world.example {one,two}.shared.world.example -- \
	'smtpd_recipient_restrictions = check_recipient_access inline:{{one.shared.world.example=421 4.7.0 IP not in whitelist for RCPT domain, closing connection}}, permit'
ip address add 192.0.2.40/32 dev lo
lab_postfix_start sender 192.0.2.40 25 mail.sender.example 'mynetworks = 192.0.2.0/24' \
	'smtpd_relay_restrictions = permit_mynetworks, reject' 'smtp_bind_address = 192.0.2.40'
mkdir -p $LAB/mail/isp && chown mailbox: $LAB/mail/isp
for domain in dual one.shared two.shared limited; do
	for user in alice bob carol dave; do echo "$user@$domain.world.example $domain/$user/"; done
done > $LAB/mail/isp.boxes
lab_smarthost_start isp 192.0.2.20 smtp.isp.world.example me "$ISP_PASSWORD" \
	'virtual_mailbox_domains = dual.world.example one.shared.world.example two.shared.world.example limited.world.example' \
	"virtual_mailbox_base = $LAB/mail/isp" "virtual_mailbox_maps = texthash:$LAB/mail/isp.boxes" \
	'virtual_uid_maps = static:404' 'virtual_gid_maps = static:404'
lab_signetd_start

send() {   # TO
	world_message owner@sender.example "$1.world.example" "to $1" | $SENDMAIL -i -t -f owner@sender.example
}
by_postfix() {   # TO
	python3 - "$1.world.example" <<-'END'
	import smtplib, sys
	s = smtplib.SMTP("192.0.2.40", 25, source_address=("192.0.2.40", 0))
	s.sendmail("owner@sender.example", [sys.argv[1]], "Subject: by Postfix\r\n\r\nThis is the body.\r\n")
	s.quit()
	END
}
shown() {
	$SIGNET queue list --json "$@"
}

in_box() {   # FOLDER USER
	lab_has_mail "$1" "$2"
}

# ---- every host, in the same round (RFC 5321 section 5.1) -------------------------------

for name in $next_host; do
	a=${name}a b=${name}b
	ok "$name: taken" send "alice@$name"
	ok "$name: the second host has it in the same round" lab_until 60 has_copies "hosts/${!b}" 1
	is "$name: the first took none" "$(copies "hosts/${!a}")" 0
	ok "$name: by Postfix" by_postfix "alice@$name"
	ok "$name: as by Postfix" lab_until 60 has_copies "hosts/${!b}" 2
	ok "$name: no storm" test "$(connections "hosts/${!a}")" -le 5
done

# One connection for each recipient is all that it takes: five go in a minute, and nobody waits for the next retry.
probed=$(connections "hosts/$singlea")
world_message owner@sender.example one@single.world.example many | $SENDMAIL -i -f owner@sender.example r{1..12}@single.world.example
at_least() {   # COUNT FOLDER
	[ "$(copies "$2")" -ge "$1" ]
}
ok "a connection for each recipient: five go at once" lab_until 60 at_least 5 "hosts/$singlea"
sleep 2
is "and no more in the first minute" "$(($(connections "hosts/$singlea") - probed))" 5

before=$(connections "hosts/$greyb")
send alice@grey
deferred() {
	shown --domain "$1.world.example" | grep -q "$2"
}
ok "greylisting keeps its host: deferred" lab_until 60 deferred grey Greylisted
is "and the second host was not asked" "$(connections "hosts/$greyb")" "$before"

send alice@strays
ok "lines that are no reply, behind the dot: sent" lab_until 60 has_copies "hosts/$straysa" 1
by_postfix alice@strays
ok "as by Postfix" lab_until 60 has_copies "hosts/$straysa" 2
is "and nowhere else" "$(copies "hosts/$straysb")" 0
gone() {
	! shown --domain "$1.world.example" | grep -q queue_id
}
ok "nothing of it waits" lab_until 60 gone strays

# ---- one user's mail to hosts that say nothing, and another's --------------------------------

world_message alice@sender.example all@stall.world.example silence |
	as alice $SENDMAIL -i -f alice@sender.example $(printf 'x@stall%s.world.example ' {1..100})
at_work() {   # COUNT
	[ "$(lab_pids smtp | wc -w)" -ge "$1" ]
}
ok "one user's mail has all the places" lab_until 60 at_work 40
world_message bob@sender.example bob@limited.world.example "beside them" | as bob $SENDMAIL -i -f bob@sender.example bob@two.shared.world.example
ok "another's goes all the same" lab_until 25 in_box two.shared.world.example bob

# ---- a refusal of one of our addresses ---------------------------------------------------

send alice@dual
ok "refused for our IPv6 address: it goes by IPv4" lab_until 60 has_copies "hosts/$sixa" 1
is "and not by the ISP" "$(find $LAB/mail/isp -path '*/dual/*' -type f | wc -l)" 0
like "the address is named" "$($SIGNET route --sticky)" '  refuses our address 2001:db8::11; mail goes there from another'
like "in JSON too" "$($SIGNET route --sticky --json)" '"address": "2001:db8::11"'
like "the log says so" "$(cat $LAB/log/signetd)" \
	'site host\.dual\.world\.example: blocked: .*IPv6.*; going from another of our addresses for 6h \(our address 2001:db8::11'
like "signet route tells it" "$($SIGNET route x@dual.world.example)" 'until .* not from our address 2001:db8::11, which it distrusts: '
like "and so does its JSON" "$($SIGNET route --json x@dual.world.example)" '"not_from": "2001:db8::11", "distrusts": true, "passed_by": false'
before=$(connections six)
send bob@dual
ok "the next mail as well" lab_until 60 has_copies "hosts/$sixa" 2
is "without a dial to the IPv6 host" "$(connections six)" "$before"

# ---- a refusal for one customer's domain ---------------------------------------------------

send alice@one.shared
ok "one customer's rule: that domain's mail goes by the ISP" lab_until 60 in_box isp/one.shared alice
send alice@two.shared
ok "another's behind the same host goes there" lab_until 60 in_box two.shared.world.example alice
like "signet route says so of the one" "$($SIGNET route x@one.shared.world.example)" 'blocked until'
unlike "and not of the other" "$($SIGNET route x@two.shared.world.example)" 'blocked until|distrusts'
like "which is told" "$($SIGNET route --sticky)" 'only mail to one\.shared\.world\.example'

# ---- limits, and a login that is missing ----------------------------------------------------

for user in alice bob carol; do
	send $user@limited
done
ok "a limit that is used up: the rest goes on" lab_until 60 gone limited
by_isp=$(find $LAB/mail/isp/limited -type f | wc -l)
ok "by the smarthost as much as its limit allows" test "$by_isp" -ge 1 -a "$by_isp" -le 2
is "and the rest directly" "$(find $LAB/mail/limited.world.example -type f | wc -l)" "$((3 - by_isp))"

send alice@until
ok "a smarthost whose limit is spent, as it says with 550: it waits" lab_until 60 deferred until 'sending limit exceeded'
like "and is told of" "$(shown --domain until.world.example)" '5\.4\.5'
send alice@beyond
ok "it goes on where the route leads on at a limit" lab_until 60 lab_has_mail beyond.world.example alice

waiting() {   # COUNT DOMAIN
	[ "$(shown --domain "$2.world.example" | grep -c queue_id)" -eq "$1" ]
}
send alice@nologin
ok "a smarthost that wants a login which is not set: it waits" lab_until 60 deferred nologin 'Authentication required'
ok "loudly" lab_until 60 log_says 'error: smarthost plain requires a login, and the configuration has no user for it'
ok "once, and the next mail is not tried in vain" send bob@nologin
before=$(connections hosts/192.0.2.21)
ok "which waits as well" lab_until 60 waiting 2 nologin
is "the server is asked no more" "$(connections hosts/192.0.2.21)" "$before"
is "and nothing is said again" "$(grep -c 'smarthost plain requires a login' $LAB/log/signetd)" 1
send alice@closed
ok "a smarthost that took our login and takes no mail of that account: it waits" lab_until 60 deferred closed 'password expired'
ok "loudly as well" lab_until 60 log_says 'error: smarthost closed takes no mail from the account me; it waits: '
is "and nothing was bounced" "$(grep -c 'status=bounced' $LAB/log/signetd)" 0
world_done
