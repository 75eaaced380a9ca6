#!/bin/bash
# SPDX-License-Identifier: ISC
# What receivers publish about TLS is kept to: DANE from a signed zone, MTA-STS
# from a real HTTPS server, both at a real Postfix. Where neither is there,
# mail goes as well as it can.
. "$(dirname "$0")/world.sh"
world_begin "$@"
tap_plan 73

# ---- certificates -----------------------------------------------------------------

. "$LAB_SOURCE/tests/lab/certificates.sh"
for host in mx-ee mx-wrong mx-lax mx-unusable mx-strip; do certificate $host.dane.example '' good self; done
certificate mx-ta.dane.example
certificate mx-taname.dane.example www.elsewhere.example
certificate mx-eeexpired.dane.example mx-eeexpired.dane.example expired
certificate mx-taexpired.dane.example mx-taexpired.dane.example expired
certificate mx.plain.example mx.plain.example good self
certificate mx-good.sts.example
certificate mx-name.sts.example www.elsewhere.example
certificate mx-expired.sts.example mx-expired.sts.example expired
certificate mx-self.sts.example mx-self.sts.example good self
certificate mx-lax.sts.example mx-lax.sts.example good self

# ---- names ------------------------------------------------------------------------

CA=$(certificate_hash $LAB/tls/ca.pem)
key_of() { key_hash "$LAB/tls/$1.pem"; }
lab_zone sender.example <<'END'
@ MX 10 mx.plain.example.
mail A 192.0.2.1
END
lab_zone dane.example <<END
mx-ee A 192.0.2.10
_25._tcp.mx-ee TLSA 3 1 1 $(key_of mx-ee.dane.example)
ee MX 10 mx-ee
mx-ta A 192.0.2.10
_25._tcp.mx-ta TLSA 2 0 1 $CA
ta MX 10 mx-ta
mx-taname A 192.0.2.10
_25._tcp.mx-taname TLSA 2 0 1 $CA
taname MX 10 mx-taname
mx-wrong A 192.0.2.10
_25._tcp.mx-wrong TLSA 3 1 1 $(key_of mx-ee.dane.example)
wrong MX 10 mx-wrong
second MX 10 mx-wrong
mx-lax A 192.0.2.10
_25._tcp.mx-lax TLSA 3 1 1 $(key_of mx-ee.dane.example)
lax MX 10 mx-lax
second MX 20 mx-ee
mx-eeexpired A 192.0.2.10
_25._tcp.mx-eeexpired TLSA 3 1 1 $(key_of mx-eeexpired.dane.example)
eeexpired MX 10 mx-eeexpired
mx-taexpired A 192.0.2.10
_25._tcp.mx-taexpired TLSA 2 0 1 $CA
taexpired MX 10 mx-taexpired
mx-unusable A 192.0.2.10
_25._tcp.mx-unusable TLSA 0 0 1 $CA
_25._tcp.mx-unusable TLSA 1 1 1 $CA
unusable MX 10 mx-unusable
mx-strip A 192.0.2.11
_25._tcp.mx-strip TLSA 3 1 1 $(key_of mx-strip.dane.example)
strip MX 10 mx-strip
mx-none A 192.0.2.10
none MX 10 mx-none
mx-alias CNAME mx-ee
alias MX 10 mx-alias
mx-own CNAME mx-none
_25._tcp.mx-own TLSA 3 1 1 $(key_of mx.plain.example)
own MX 10 mx-own
mx-out CNAME mx.plain.example.
_25._tcp.mx-out TLSA 3 1 1 $(key_of mx.plain.example)
out MX 10 mx-out
mx-lame A 192.0.2.10
_tcp.mx-lame NS lame
_tcp.mx-lame DS 12345 15 2 $CA
lame A 192.0.2.30
lame MX 10 mx-lame
forged NS lame
forged DS 12345 15 2 $CA
END
lab_zone_sign dane.example
lab_zone plain.example <<END
mx A 192.0.2.10
_25._tcp.mx TLSA 3 1 1 $(key_of mx-ee.dane.example)
plain MX 10 mx
cross MX 10 mx-wrong.dane.example.
clear MX 10 mx-clear
mx-clear A 192.0.2.11
END
sts_domains='good unlisted name expired self strip testing badweb noweb gone lax laxbare'
{
	printf '%s\n' 'mx-good A 192.0.2.10' 'mx-name A 192.0.2.10' 'mx-expired A 192.0.2.10' 'mx-self A 192.0.2.10' 'mx-strip A 192.0.2.11'
	printf '%s\n' 'good MX 10 mx-good' 'unlisted MX 10 mx-good' 'name MX 10 mx-name' 'expired MX 10 mx-expired' 'self MX 10 mx-self' \
		'strip MX 10 mx-strip' 'testing MX 10 mx-self' 'badweb MX 10 mx-self' 'noweb MX 10 mx-self' 'gone MX 10 mx-good' \
		'lax MX 10 mx-lax' 'laxbare MX 10 mx-laxbare' 'mx-lax A 192.0.2.10' 'mx-laxbare A 192.0.2.11'
	for domain in $sts_domains; do
		printf '%s\n' "_mta-sts.$domain TXT \"v=STSv1; id=1\"" "mta-sts.$domain A 192.0.2.21"
	done
} | sed 's/^mta-sts.noweb A .*/mta-sts.noweb A 192.0.2.30/' | lab_zone sts.example
lab_dns_start

# ---- the receivers ------------------------------------------------------------------

certificates_by_name mx/etc
dane_domains=$(printf '%s.dane.example ' lax ee ta taname wrong second eeexpired taexpired unusable none alias own out lame forged)
# shellcheck disable=SC2086,SC2046
lab_mx_start mx 192.0.2.10 receiver.plain.example sender.example $dane_domains {plain,cross}.plain.example \
	$(printf '%s.sts.example ' $sts_domains) -- "tls_server_sni_maps = hash:$LAB/mx/etc/sni" \
	"smtpd_tls_chain_files = $LAB/tls/mx.plain.example.key, $LAB/tls/mx.plain.example.pem"
lab_mx_start bare 192.0.2.11 bare.plain.example strip.dane.example clear.plain.example {strip,gone,laxbare,bareone,baretwo}.sts.example -- \
	'smtpd_tls_security_level = none'

# policy DOMAIN MODE MX: what mta-sts.DOMAIN serves.
policy() {
	local at=https/mta-sts.$1
	mkdir -p "$at"
	cp "$LAB/tls/mta-sts.$1.pem" "$at/server.pem"
	cp "$LAB/tls/mta-sts.$1.key" "$at/server.key"
	printf '%s\r\n' 'HTTP/1.1 200 OK' 'Content-Type: text/plain' 'Connection: close' '' \
		'version: STSv1' "mode: $2" "mx: $3" 'max_age: 86400' > "$at/response"
}

lab_certificate www.sts.example
mkdir https
cp $LAB/tls/www.sts.example.pem https/server.pem
cp $LAB/tls/www.sts.example.key https/server.key
for domain in $sts_domains; do certificate "mta-sts.$domain.sts.example"; done
certificate mta-sts.badweb.sts.example mta-sts.badweb.sts.example expired
policy good.sts.example enforce mx-good.sts.example
policy gone.sts.example enforce '*.sts.example'
policy unlisted.sts.example enforce mx-other.sts.example
for domain in name expired self strip lax laxbare; do policy $domain.sts.example enforce "*.sts.example"; done
policy testing.sts.example testing mx-self.sts.example
policy badweb.sts.example enforce mx-self.sts.example
lab_https_start https 192.0.2.21

config() {
	{
		lab_config_base
		printf '%s\n' "ca_file = \"$LAB/tls/ca.pem\";" 'routes = ( { to = [ "*" ]; via = [ "mx" ]; } );' 'retry_min = "1h";' "$@"
	} > $CONF
}

send() {
	local domain
	for domain in "$@"; do
		world_message me@sender.example "alice@$domain" "to $domain" | $SENDMAIL -i -f me@sender.example "alice@$domain"
	done
}

arrives() {
	lab_until 60 lab_has_mail "$1" alice "${2:-1}"
}

# waits DOMAIN REGEX: deferred for that reason, with a temporary TLS fault.
waits() {
	lab_until 60 log_says "to=<alice@$1>.*dsn=4\.7\.5, status=deferred .*$2"
}

# How a copy came: the TLS of Postfix's Received field.
tls_of() {
	header "$(copy "$1" alice)" | grep -aoE '^Received: .*\(using TLS[^ ]+ with cipher' | grep -aoE 'TLSv1\.[23]' | head -n 1
}

established() {
	log_says "$1 TLS connection established to $2\[[0-9.]+\]:25: TLSv1.3 with cipher .*; $3\$"
}

config
lab_signetd_start
# shellcheck disable=SC2086
# TLS-Required: No, beside mail that does not say so.
for domain in {lax,laxbare}.sts.example lax.dane.example; do
	world_message me@sender.example "bob@$domain" "to $domain" | sed '1i TLS-Required: No' | $SENDMAIL -i -f me@sender.example "bob@$domain"
done
# shellcheck disable=SC2086
send {ee,ta,taname,wrong,second,eeexpired,taexpired,unusable,strip,none,alias,own,out,lame,forged}.dane.example {plain,cross,clear}.plain.example \
	$(printf '%s.sts.example ' $sts_domains)

# ---- DANE ---------------------------------------------------------------------------

ok "DANE-EE, self-signed: delivered" arrives ee.dane.example
ok "verified by its record" established Verified mx-ee.dane.example 'dane'
like "in TLS, says the receiver" "$(tls_of ee.dane.example)" '^TLSv1\.3$'
ok "DANE-TA: delivered" arrives ta.dane.example
ok "verified by the record of its CA" log_says 'Verified TLS connection established to mx-ta\.dane\.example.*, TLSA 2 0 1; dane$'
ok "DANE-EE does not look at the date (RFC 7672 3.1.1)" arrives eeexpired.dane.example
ok "DANE-TA does" waits taexpired.dane.example 'expired'
ok "DANE-TA looks at the name" waits taname.dane.example 'ostname mismatch'
ok "a wrong record: the mail waits" waits wrong.dane.example 'TLS is demanded \(dane\).*no matching DANE TLSA records'
ok "the next MX is tried" arrives second.dane.example
ok "records that SMTP does not use: TLS, unverified" arrives unusable.dane.example
ok "as the log says" established Untrusted mx-unusable.dane.example 'dane without a usable record'
ok "no STARTTLS where there is a record: the mail waits" waits strip.dane.example '\(dane\) and it does not offer STARTTLS'
ok "no record in a signed zone: opportunistic" arrives none.dane.example
ok "as the log says" established Untrusted mx-none.dane.example 'tls=may'
ok "an alias within signed zones" arrives alias.dane.example
ok "is verified by what it stands for" established Verified mx-alias.dane.example 'dane'
ok "an alias of what has no record" arrives own.dane.example
ok "is verified by its own" established Verified mx-own.dane.example 'dane'
ok "an alias into an unsigned zone" arrives out.dane.example
ok "is verified by its own record" established Verified mx-out.dane.example 'dane'
ok "records that cannot be looked up: the host is not used" waits lame.dane.example 'mx-lame.dane.example is not used: .*cannot be looked up'
ok "an MX that cannot be validated is none" lab_until 60 log_says 'forged.dane.example via mx: DNS answer for MX .* is forged or its zone is broken \(DNSSEC\).*; next try in'
ok "a record in an unsigned zone counts for nothing" arrives plain.plain.example
ok "nor does a signed one behind an unsigned MX" arrives cross.plain.example
ok "no STARTTLS and no policy: in clear" arrives clear.plain.example
is "as the receiver says" "$(tls_of clear.plain.example)" ""

# ---- MTA-STS --------------------------------------------------------------------------

ok "MTA-STS, good: delivered" arrives good.sts.example
ok "verified" established Verified mx-good.sts.example 'mta-sts enforce'
ok "the policy was asked for by name" grep -q '^GET /.well-known/mta-sts.txt HTTP/1.1 Host: mta-sts.good.sts.example' https/requests
ok "an MX that the policy does not name" waits unlisted.sts.example 'MTA-STS policy .*does not name it'
ok "a certificate for another name" waits name.sts.example '\(mta-sts enforce\).*ostname mismatch'
ok "an expired certificate" waits expired.sts.example '\(mta-sts enforce\).*expired'
ok "a self-signed certificate" waits self.sts.example '\(mta-sts enforce\).*self-signed'
ok "STARTTLS stripped" waits strip.sts.example '\(mta-sts enforce\) and it does not offer STARTTLS'
ok "testing: delivered" arrives testing.sts.example
ok "and what would not do is said" log_says 'mx-self.sts.example.*if the MTA-STS policy were enforced \(mode: testing\): self-signed'
ok "the policy's own certificate has expired: as if there were none" arrives badweb.sts.example
ok "said so" log_says 'MTA-STS policy of badweb.sts.example, id 1, cannot be fetched: .*expired'
ok "the policy's server is not there: as if there were none" arrives noweb.sts.example
ok "said so" log_says 'MTA-STS policy of noweb.sts.example, id 1, cannot be fetched: .*onnect'
ok "one more with a policy" arrives gone.sts.example

# ---- TLS-Required: No (RFC 8689) ------------------------------------------------------------

ok "a certificate that MTA-STS would refuse: delivered" lab_until 15 lab_has_mail lax.sts.example bob
like "in TLS all the same" "$(header "$(copy lax.sts.example bob)")" 'using TLSv1\.3'
like "with the field" "$(header "$(copy lax.sts.example bob)")" 'TLS-Required: No'
ok "no STARTTLS where MTA-STS wants it: delivered in clear" lab_until 15 lab_has_mail laxbare.sts.example bob
ok "mail that does not say so waits" waits lax.sts.example '\(mta-sts enforce\).*self-signed'
ok "there, too" waits laxbare.sts.example '\(mta-sts enforce\) and it does not offer STARTTLS'
ok "DANE holds for it" lab_until 15 log_says 'to=<bob@lax\.dane\.example>.*dsn=4\.7\.5, status=deferred .*no matching DANE TLSA records'

# ---- as signet route has it --------------------------------------------------------------

route() {
	$SIGNET route "alice@$1"
}

like "route: DANE" "$(route ee.dane.example)" 'mx-ee.dane.example  192.0.2.10  \(DNSSEC, DANE\)  TLS: dane$'
like "route: records of no use" "$(route unusable.dane.example)" 'TLS: dane without a usable record$'
like "route: what cannot be learnt" "$(route lame.dane.example)" 'mx-lame.dane.example is not used: .*cannot be looked up'
like "route: neither" "$(route plain.plain.example)" '192.0.2.10  TLS: may$'
like "route: a policy that signetd knows" "$(route good.sts.example | tr '\n' ' ')" "TLS: mta-sts enforce +MTA-STS: the domain's policy 1 says enforce"
like "route: an MX that the policy does not name" "$(route unlisted.sts.example)" 'MTA-STS policy .*does not name it'
like "route: a policy that could not be had" "$(route badweb.sts.example | tr '\n' ' ')" 'TLS: may +MTA-STS: the domain has a policy, id 1, which could not be fetched just now'
is "route: for programs" "$($SIGNET route --json alice@good.sts.example | /usr/bin/python3 -c 'import json, sys
hop = json.load(sys.stdin)["hops"][0]; print(hop["mta_sts_id"], hop["mta_sts_known_id"], hop["targets"][0]["tls"], hop["targets"][0]["not_used"])')" \
	"1 1 mta-sts enforce "

# The policy's server goes, another id is published, the MX is turned to a host
# without TLS, and signetd begins anew: the policy that is known holds.
kill "$LAB_HTTPS_PID"
lab_signetd_stop
sed -i -e 's/^_mta-sts.gone TXT .*/_mta-sts.gone TXT "v=STSv1; id=2"/' -e 's/^gone MX 10 .*/gone MX 10 mx-strip/' $LAB/dns/sts.example.zone
lab_dns_reload
lab_signetd_start
send gone.sts.example
ok "a policy that is known outlives its server and a restart" waits gone.sts.example '\(mta-sts enforce\) and it does not offer STARTTLS'
ok "the log says that it could not be renewed" log_says 'MTA-STS policy of gone.sts.example, id 2, cannot be fetched: .*; the one that is known stays valid'
send good.sts.example
ok "and good mail goes on" arrives good.sts.example 2

# ---- mx_tls = "dane" ----------------------------------------------------------------------

config 'mx_tls = "dane";'
lab_signetd_stop
lab_signetd_start
send ee.dane.example {plain,cross}.plain.example none.dane.example
ok "mx_tls = dane: delivered where there are records" arrives ee.dane.example 2
ok "not where the zone is unsigned" waits plain.plain.example 'mx_tls = "dane" is set, and its names are not signed'
ok "not behind an unsigned MX" waits cross.plain.example 'mx_tls = "dane" is set'
ok "not where there is no record" waits none.dane.example 'mx_tls = "dane" is set, and it has no TLSA record'

# ---- no root certificates --------------------------------------------------------------------

# As on a host without ca-certificates: the folder of the bundle is empty, and none of the other places exists here.
lab_signetd_stop
mountpoint -q /etc/ssl/certs || mount -t tmpfs -o mode=755 lab /etc/ssl/certs
rm -rf /etc/ssl/certs/*
config
sed -i '/^ca_file/d' $CONF
for domain in bareone baretwo; do
	printf '%s\n' "$domain MX 10 mx-strip" "_mta-sts.$domain TXT \"v=STSv1; id=1\"" "mta-sts.$domain A 192.0.2.30" >> $LAB/dns/sts.example.zone
done
lab_dns_reload
like "signet config check: ca-certificates is missing" "$($SIGNET config check)" \
	'^warning: this system has no bundle of root certificates .*: install ca-certificates, or set ca_file\. Until then '
lab_signetd_start
ok "signetd says so at its start" log_says 'signetd.*warning: this system has no bundle of root certificates .*: install ca-certificates'
send bareone.sts.example
ok "a domain with a policy that cannot be fetched: delivered" arrives bareone.sts.example
ok "with a warning" log_says 'warning: the MTA-STS policy of bareone.sts.example, id 1, cannot be fetched: this system has no bundle .*as if there were none'
send baretwo.sts.example
ok "and so is the next" arrives baretwo.sts.example
ok "which is in the log" log_says ' the MTA-STS policy of baretwo.sts.example, id 1, cannot be fetched'
fails "and not warned of again" log_says 'warning: the MTA-STS policy of baretwo'
send good.sts.example
ok "a policy that is known holds: what would have to be verified waits" lab_until 15 log_says 'to=<alice@good\.sts\.example>.*dsn=4\.3\.5, status=deferred .*no bundle of root certificates'

world_done
