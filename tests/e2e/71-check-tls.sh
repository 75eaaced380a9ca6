#!/bin/bash
# SPDX-License-Identifier: ISC
# signet check and TLS of a domain's own MX: real Postfixes with several certificates, a signed zone, and MTA-STS policies
# from an HTTPS server; and what a real MTA's greeting tells.
. "$(dirname "$0")/world.sh"
LAB_PEERS='root exim'
world_begin "$@"
. "$LAB_SOURCE/tests/lab/certificates.sh"

# WHAT | DOMAIN | AREA | FINDS     (of dane.example and sts.example)
rows='a right TLSA record, though self-signed | ee.dane | tls | tls.name:info
a wrong one | wrong.dane | tls | tls.name:info tls.tlsa:fail
the CA in the record | ta.dane | tls | green
records that SMTP does not use | unusable.dane | tls | tls.name:info
no TLS at all | bare.dane | tls | tls.starttls:fail
nobody is there | gone.dane | tls | tls.starttls:unknown
an expired certificate | expired.sts | tls | tls.expiry:fail tls.name:info
another name | name.sts | tls | tls.name:info
a good one | good.sts | tls | green
a policy that names the MX | good.sts | mtasts | green
one that names another | unlisted.sts | mtasts | mtasts.policy:fail
one for testing that names another | testing.sts | mtasts | mtasts.policy:warn
a web server with an expired certificate | badweb.sts | mtasts | mtasts.policy:fail
no web server | noweb.sts | mtasts | mtasts.policy:fail
an HTML page in its place | page.sts | mtasts | mtasts.policy:fail'
tap_plan $(( $(grep -c . <<<"$rows") + 6 ))

key_of() { key_hash "$LAB/tls/$1.pem"; }
lab_ca_is_trusted
for host in mx-ee mx-wrong mx-unusable; do certificate $host.dane.example '' good self; done
certificate mx-ta.dane.example
certificate mx-good.sts.example
certificate mx-name.sts.example www.elsewhere.example
certificate mx-expired.sts.example '' expired
CA=$(certificate_hash $LAB/tls/ca.pem)

lab_zone sender.example <<'END'
@ MX 10 mail
mail A 192.0.2.1
END
lab_zone dane.example <<END
mx-ee A 192.0.2.10
_25._tcp.mx-ee TLSA 3 1 1 $(key_of mx-ee.dane.example)
ee MX 10 mx-ee
mx-wrong A 192.0.2.10
_25._tcp.mx-wrong TLSA 3 1 1 $(key_of mx-ee.dane.example)
wrong MX 10 mx-wrong
mx-ta A 192.0.2.10
_25._tcp.mx-ta TLSA 2 0 1 $CA
ta MX 10 mx-ta
mx-unusable A 192.0.2.10
_25._tcp.mx-unusable TLSA 1 1 1 $CA
unusable MX 10 mx-unusable
mx-bare A 192.0.2.11
bare MX 10 mx-bare
mx-gone A 192.0.2.30
gone MX 10 mx-gone
END
lab_zone_sign dane.example
{
	printf '%s\n' 'mx-good A 192.0.2.10' 'mx-name A 192.0.2.10' 'mx-expired A 192.0.2.10'
	for domain in good name expired unlisted testing badweb noweb page; do
		case $domain in name|expired) mx=mx-$domain ;; *) mx=mx-good ;; esac
		printf '%s\n' "$domain MX 10 $mx" "_mta-sts.$domain TXT \"v=STSv1; id=1\"" "mta-sts.$domain A 192.0.2.$([ $domain = noweb ] && echo 30 || echo 21)"
	done
} | lab_zone sts.example
lab_zone world.example <<'END'
exim MX 10 mx.exim
mx.exim A 192.0.2.20
END
lab_dns_start

certificates_by_name mx/etc
lab_mx_start mx 192.0.2.10 mx-good.sts.example ee.dane.example -- "tls_server_sni_maps = hash:$LAB/mx/etc/sni"
lab_mx_start bare 192.0.2.11 mx-bare.dane.example bare.dane.example -- 'smtpd_tls_security_level = none'
lab_exim_start exim 192.0.2.20 mx.exim.world.example

# policy DOMAIN MODE MX [TYPE]: what mta-sts.DOMAIN.sts.example serves.
policy() {
	local at=https/mta-sts.$1.sts.example
	mkdir -p "$at"
	certificate "mta-sts.$1.sts.example" '' "$([ "$1" != badweb ] || echo expired)"
	cp "$LAB/tls/mta-sts.$1.sts.example.pem" "$at/server.pem"
	cp "$LAB/tls/mta-sts.$1.sts.example.key" "$at/server.key"
	printf '%s\r\n' 'HTTP/1.1 200 OK' "Content-Type: ${4:-text/plain}" 'Connection: close' '' \
		'version: STSv1' "mode: $2" "mx: $3" 'max_age: 86400' > "$at/response"
}
policy good enforce mx-good.sts.example
policy unlisted enforce mx-other.sts.example
policy testing testing mx-other.sts.example
policy badweb enforce mx-good.sts.example
policy page enforce mx-good.sts.example text/html
cp https/mta-sts.good.sts.example/server.* https/
lab_https_start https 192.0.2.21

{
	lab_config_base
	printf '%s\n' 'default_via = [ "mx" ];' 'echo_domains = [ "exim.world.example" ];' 'mx_families = [ "ipv4" ];' 'root = "me@world.example";'
} > $CONF
mkdir -p /var/spool/signet

check() {
	out=$($SIGNET check --json "$@" 2>err </dev/null)
	status=$?
	found=$(/usr/bin/python3 -c 'import json, sys
found = [f for f in json.load(sys.stdin)["findings"] if f["state"] != "pass"]
print(" ".join(sorted({f["id"] + ":" + f["state"] for f in found})) or "green")' <<<"$out" 2>&1)
}
while IFS='|' read -r what domain area want; do
	check --only "${area// /}" "${domain// /}.example"
	is "$(sed 's/ *$//' <<<"$what")" "$found" "$(sed 's/^ *//' <<<"$want")" || diag "$(cat err)"
done <<<"$rows"

# What the fix publishes is what the mail server shows.
check --only tls wrong.dane.example
like "a wrong TLSA record: the fix has the right one" "$out" "update add _25\\._tcp\\.mx-wrong\\.dane\\.example\\. 3600 TLSA 3 1 1 $(key_of mx-wrong.dane.example)"

# ---- Exim, which tells the address and the time -----------------------------------------------

check --only egress,port25,clock sender.example
is "what a real server tells" "$status $found" "0 green"
like "the address" "$out" 'the outside sees 192\.0\.2\.'
like "and the clock" "$out" '"id": "clock.skew", "state": "pass"'
cc -shared -fPIC -D_GNU_SOURCE -o $LAB/clock.so $LAB_SOURCE/tests/lab/clock.c || lab_die "cc cannot make clock.so"
out=$(CLOCK_AHEAD_S=3600 ASAN_OPTIONS=verify_asan_link_order=0 LD_PRELOAD=$LAB/clock.so $SIGNET check --only clock sender.example 2>err </dev/null)
like "a clock that is an hour ahead" "$? $out" '^2 .*|clock is (3599|3600|3601) s ahead of that of'
world_done
