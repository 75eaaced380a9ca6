#!/bin/bash
# SPDX-License-Identifier: ISC
# What a message needs of the server that takes it: nothing for a domain in
# UTF-8, SMTPUTF8 for a local part, REQUIRETLS where its sender asks for that;
# and domains whose MX leads nowhere but here.
. "$(dirname "$0")/world.sh"
world_begin "$@"
tap_plan 24
world_names
IDN=xn--bcher-kva.world.example        # bücher.world.example
lab_zone world.example <<'END'
xn--bcher-kva MX 10 mx
back MX 10 localhost
localhost A 127.0.0.1
nowhere A 0.0.0.0
partly MX 10 localhost
partly MX 20 mx
both MX 10 mx
both MX 20 mx2
mx2 A 192.0.2.11
careful A 192.0.2.21
sick MX 10 sick
sick MX 20 mx
sick A 192.0.2.20
END
mkdir -p $LAB/signet/keys
world_keys
world_config <<'END'
local_domains = [ "zuhause-müller.example" ];
routes = (
  { to = [ "careful.example" ]; via = [ "careful" ]; },
  { to = [ "BÜCHER.world.example" ]; via = [ "mx" ]; },
  { to = [ "*" ]; via = [ "mx" ]; }
);
END
sed -i 's|^smarthosts = ( |&{ name = "careful"; host = "careful.world.example"; tls = "may"; ca_file = "/run/lab/tls/ca.pem"; },\n|' $CONF
$SIGNET dns --zone | lab_zone sender.example
lab_dns_start
lab_mx_start mx 192.0.2.10 mx.world.example $IDN {direct,partly,both,sick}.world.example sender.example -- \
	'smtputf8_enable = no'
LAB_MX_BOXES='jörg@both.world.example both.world.example/user1/' \
	lab_mx_start mx2 192.0.2.11 mx2.world.example both.world.example
mkdir -p careful
lab_certificate careful.world.example
cp $LAB/tls/careful.world.example.pem careful/careful.crt
cp $LAB/tls/careful.world.example.key careful/careful.key
printf '%s\n' 'cert careful' 'word REQUIRETLS' 'word DSN' > careful/script
lab_hostile_start careful 192.0.2.21 587
mkdir -p sick
printf '%s\n' 'word SMTPUTF8' 'word 8BITMIME' 'on mail:1 reply 451 4.3.0 not now' > sick/script
lab_hostile_start sick 192.0.2.20 25
lab_signetd_start

submit() {
	world_message alice@sender.example "someone" "$2" | $SENDMAIL -i -f alice@sender.example "$1"
}
bounce_of() {
	lab_mail sender.example alice | xargs -r grep -l -- "$1"
}
bounced() {
	[ -n "$(bounce_of "$1")" ]
}

submit user1@bücher.world.example "utf8"
ok "a domain in UTF-8: a server without SMTPUTF8 takes the mail" lab_until 60 lab_has_mail $IDN user1
submit user2@BÜCHER.World.Example "upper"
ok "in upper case too" lab_until 60 lab_has_mail $IDN user2
submit user3@$IDN "alabel"
ok "and as its A-label" lab_until 60 lab_has_mail $IDN user3
like "the route is that of the U-label" "$($SIGNET route --offline x@$IDN)" '^route: +rule 2: "xn--bcher'

submit jörg@bücher.world.example "local part"
ok "a local part in UTF-8: the mail goes back" lab_until 60 bounced '5\.6\.7'
submit jörg@both.world.example "second host"
ok "another host of the domain has SMTPUTF8: it gets the mail" lab_until 60 lab_has_mail both.world.example user1
submit user2@both.world.example "no need"
ok "and no other mail" lab_until 60 grep -q 'to=<user2@both.world.example>, relay=mx\.world' log/signetd
submit jörg@sick.world.example "the host that could is sick"
put_off() {
	$SIGNET queue show "$($SIGNET queue list --json --recipient jörg@sick.world.example | sed -n 's/.*"queue_id": "\([^"]*\)".*/\1/p')" > shown
	grep -q '451 4.3.0 not now' shown
}
ok "one host has SMTPUTF8 and is sick, the other has not: the mail waits" lab_until 60 put_off
is "and does not go back" "$(bounce_of jörg@sick)" ""
has_it() {   # a new connection is put off once more
	$SIGNET queue flush --now && sleep 1 && compgen -G 'sick/*.data'
}
ok "the host is well, and has the mail" lab_until 60 has_it

submit x@zuhause-müller.example "local"
ok "a local domain in UTF-8 is served by local delivery" lab_until 60 bounced 'there is no user "x" on this host'
submit x@-ü.example "none" 2>why
is "a domain that is none is taken" $? 0
ok "and goes back" lab_until 60 bounced 'is not a domain name'

submit user1@partly.world.example "partly"
ok "an MX at 127.0.0.1 is passed over for another" lab_until 60 lab_has_mail partly.world.example user1
for name in back nowhere; do
	like "$name: a domain whose MX leads nowhere is told of" "$($SIGNET route x@$name.world.example)" 'its MX .* has the address'
done

require() {
	world_message alice@sender.example "someone" "careful" | $SENDMAIL -i -O RequireTLS=yes -f alice@sender.example "$1"
}
said() {
	cat careful/*.commands 2>/dev/null
}
delivered() {
	compgen -G "careful/*.data" >/dev/null
}
require x@careful.example
ok "REQUIRETLS: to a server that offers it" lab_until 60 delivered
like "with the parameter" "$(said)" '^MAIL FROM:<alice@sender.example>.* REQUIRETLS'
like "in TLS, although may would do for others" "$(said)" STARTTLS
like "which the log has" "$(cat log/signetd)" 'Verified TLS connection established to careful.*; requiretls'
require user3@direct.world.example
ok "to no server that does not: it goes back" lab_until 60 bounced 'Status: 5\.7\.30'
unlike "without its body" "$(cat "$(bounce_of '5\.7\.30')")" 'This is the body'
is "that server never saw it" "$(lab_mail_count direct.world.example user3)" 0
world_done
