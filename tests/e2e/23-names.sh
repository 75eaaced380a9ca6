#!/bin/bash
# Domains in UTF-8, and domains whose MX leads nowhere but here: what real
# servers with and without SMTPUTF8 get, and what goes back to the sender.
. "$(dirname "$0")/world.sh"
world_begin "$@"
world_names
IDN=xn--bcher-kva.world.example        # bücher.world.example
lab_zone world.example <<'END'
xn--bcher-kva MX 10 mx
back MX 10 localhost
localhost A 127.0.0.1
nowhere A 0.0.0.0
partly MX 10 localhost
partly MX 20 mx
END
mkdir -p $LAB/signet/keys
world_keys
world_config <<'END'
local_domains = [ "zuhause-müller.example" ];
routes = (
  { to = [ "BÜCHER.world.example" ]; via = [ "mx" ]; },
  { to = [ "*" ]; via = [ "mx" ]; }
);
END
$SIGNET dns --zone | lab_zone sender.example
lab_dns_start
lab_mx_start mx 192.0.2.10 mx.world.example $IDN direct.world.example partly.world.example sender.example -- \
	'smtputf8_enable = no'
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
ok "a domain in UTF-8: a server without SMTPUTF8 takes the mail" lab_until 10 lab_has_mail $IDN user1
submit user2@BÜCHER.World.Example "upper"
ok "in upper case too" lab_until 10 lab_has_mail $IDN user2
submit user3@$IDN "alabel"
ok "and as its A-label" lab_until 10 lab_has_mail $IDN user3
like "the route is that of the U-label" "$($SIGNET route --offline x@$IDN)" '^route: +rule 1'

submit jörg@bücher.world.example "local part"
ok "a local part in UTF-8: the mail goes back" lab_until 10 bounced '5\.6\.7'
submit x@zuhause-müller.example "local"
ok "a local domain in UTF-8 stays" lab_until 10 queue_holds 1
submit x@-ü.example "none" 2>why
is "a domain that is none is refused: EX_DATAERR" $? 65
like "and told of" "$(cat why)" 'is no domain name'

submit user1@partly.world.example "partly"
ok "an MX at 127.0.0.1 is passed over for another" lab_until 10 lab_has_mail partly.world.example user1
for name in back nowhere; do
	like "$name: a domain whose MX leads nowhere is told of" "$($SIGNET route x@$name.world.example)" 'its MX .* has the address'
done
world_done
