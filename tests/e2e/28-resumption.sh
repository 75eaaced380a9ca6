#!/bin/bash
# SPDX-License-Identifier: ISC
# TLS sessions are resumed at a real Postfix: where the demand is the same, and
# never in place of a certificate that has to be looked at.
. "$(dirname "$0")/world.sh"
world_begin "$@"
tap_plan 24
HOST=smtp.isp.world.example

lab_zone sender.example <<'END'
mail A 192.0.2.1
END
lab_certificate mx.dane.example
lab_zone dane.example <<END
mx A 192.0.2.10
_25._tcp.mx TLSA 3 1 1 $(openssl x509 -in $LAB/tls/mx.dane.example.pem -noout -pubkey | openssl pkey -pubin -outform DER | openssl dgst -sha256 -r | cut -d' ' -f1)
@ MX 10 mx
END
lab_zone_sign dane.example
lab_zone world.example < <(echo 'smtp.isp A 192.0.2.20')
lab_dns_start

# Each restart makes Postfix another key for its tickets.
restart() {
	local pid=LAB_PID_$1
	lab_postfix_stop "$1"
	MAIL_CONFIG=$LAB/$1/etc /usr/lib/postfix/sbin/master -c "$LAB/$1/etc" >>"$LAB/log/$1.start" 2>&1 &
	eval "$pid=\$!"
	lab_need 60 lab_answers "$2" "$3"
}

lab_mx_start mx 192.0.2.10 mx.world.example dane.example {strict,lax}.world.example -- \
	"smtpd_tls_chain_files = $LAB/tls/mx.dane.example.key, $LAB/tls/mx.dane.example.pem"
lab_smarthost_start isp 192.0.2.20 $HOST me "$ISP_PASSWORD" 'smtpd_tls_loglevel = 2' \
	'transport_maps = inline:{strict.world.example=smtp:[192.0.2.10] lax.world.example=smtp:[192.0.2.10]}'

{
	lab_config_base
	cat <<END
ca_file = "$LAB/tls/ca.pem";
smarthosts = (
  { name = "strict"; host = "$HOST"; port = 587; user = "me"; password_file = "/etc/signet/isp.password"; messages_per_session = 1; },
  { name = "lax"; host = "$HOST"; port = 587; user = "me"; password_file = "/etc/signet/isp.password"; messages_per_session = 1;
    tls = "may"; }
);
routes = (
  { to = [ "strict.world.example" ]; via = [ "strict" ]; },
  { to = [ "lax.world.example" ]; via = [ "lax" ]; },
  { to = [ "*" ]; via = [ "mx" ]; }
);
messages_per_session = 1;
retry_min = "1h";
END
} > $CONF
printf '%s\n' "$ISP_PASSWORD" > $LAB/signet/isp.password
chmod 600 $LAB/signet/isp.password
lab_signetd_start

# arrives DOMAIN NUMBER: one more mail, the NUMBER-th there.
arrives() {
	world_message me@sender.example "alice@$1" "$1 $2" | $SENDMAIL -i -f me@sender.example "alice@$1"
	lab_until 60 lab_has_mail "$1" alice "$2"
}

# How connections for that demand were made, in order: "whole resumed …"
sessions() {
	grep -aE "TLS connection established to $1\[.*; $2\$" $LAB/log/signetd | sed 's/.*, resumed.*/resumed/; t; s/.*/whole/' | tr '\n' ' '
}

# Postfix writes its log beside what it does.
has_reused() {   # NAME TIMES
	[ "$(grep -ac 'Reusing old session' "$LAB/log/$1")" -eq "$2" ]
}

# ---- verify ---------------------------------------------------------------------------

ok "verify: a first mail" arrives strict.world.example 1
ok "and a second" arrives strict.world.example 2
is "the second session is resumed" "$(sessions $HOST tls=verify)" 'whole resumed '
ok "and counts as verified" log_says "Verified TLS connection established to $HOST.*, resumed; tls=verify\$"
ok "Postfix says so too" lab_until 60 has_reused isp 1
ok "a third" arrives strict.world.example 3
is "is resumed by the same ticket" "$(sessions $HOST tls=verify)" 'whole resumed resumed '

# ---- may, to the very same server -------------------------------------------------------

ok "may: a mail" arrives lax.world.example 1
ok "another" arrives lax.world.example 2
is "resumes none of verify's, but its own" "$(sessions $HOST tls=may)" 'whole resumed '

# ---- another certificate, that nobody vouches for ------------------------------------------

cp $LAB/tls/$HOST.pem $LAB/tls/good.pem
openssl x509 -req -in $LAB/tls/$HOST.csr -signkey $LAB/tls/$HOST.key -days 2 -extfile <(echo "subjectAltName=DNS:$HOST") \
	-out $LAB/tls/$HOST.pem 2>/dev/null
restart isp 192.0.2.20 587
ok "may goes on" arrives lax.world.example 3
ok "with this certificate" arrives lax.world.example 4
is "by a whole handshake, then by what that gave" "$(sessions $HOST tls=may)" 'whole resumed whole resumed '
world_message me@sender.example alice@strict.world.example 4 | $SENDMAIL -i -f me@sender.example alice@strict.world.example
ok "verify looks at the certificate again, and the mail waits" \
	lab_until 60 log_says 'to=<alice@strict.world.example>.*dsn=4\.7\.5, status=deferred .*self-signed certificate'
is "without a try in vain" "$(grep -ac 'trying a full TLS handshake' $LAB/log/signetd)" 0
cp $LAB/tls/good.pem $LAB/tls/$HOST.pem
restart isp 192.0.2.20 587
$SIGNET queue flush --now >/dev/null
ok "until it is the old one" lab_until 60 lab_has_mail strict.world.example alice 4
is "by a whole handshake" "$(sessions $HOST tls=verify)" 'whole resumed resumed whole '

# ---- DANE -----------------------------------------------------------------------------------

ok "dane: a mail" arrives dane.example 1
ok "another" arrives dane.example 2
is "is resumed" "$(sessions mx.dane.example dane)" 'whole resumed '
ok "and counts as verified" log_says 'Verified TLS connection established to mx\.dane\.example.*, resumed; dane$'

# ---- a secret ---------------------------------------------------------------------------------

lab_signetd_stop
lab_signetd_start
ok "signetd begins anew" arrives strict.world.example 5
is "and remembers no ticket" "$(sessions $HOST tls=verify)" 'whole resumed resumed whole whole '

world_done
