#!/bin/bash
# SPDX-License-Identifier: ISC
# What signet check prints as a fix of TLS, MTA-STS, the clock and the trust anchor is typed as it is printed, on the host that it is
# for: Postfix, a web server, the zone, this host. Then the same check is well. (Fixes that are records alone: 70-check.sh.)
. "$(dirname "$0")/world.sh"
LAB_PEERS='root exim'
world_begin "$@"
. "$LAB_SOURCE/tests/lab/certificates.sh"

# WHAT | DOMAIN | AREA | FINDS | AFTER     (of dane.example and sts.example)
rows='an anchor that is no key of the root | sender | dns.anchor | dns.anchor:fail | green
a wrong TLSA record | wrong.dane | tls | tls.name:info tls.tlsa:fail | tls.name:info
no TLS at all | bare.dane | tls | tls.starttls:fail | tls.name:info
an expired certificate | expired.sts | tls | tls.expiry:fail tls.name:info | green
a policy that does not name the MX | unlisted.sts | mtasts | mtasts.policy:fail | green
one for testing | testing.sts | mtasts | mtasts.policy:warn | green
one that lacks one MX of two | second.sts | mtasts | mtasts.policy:fail | green
one without max_age | cut.sts | mtasts | mtasts.policy:fail | green
a page in its place | page.sts | mtasts | mtasts.policy:fail | green
no policy | nofile.sts | mtasts | mtasts.policy:fail | green
no web server | noweb.sts | mtasts | mtasts.policy:fail | green
a web server with an expired certificate | badweb.sts | mtasts | mtasts.policy:fail | green
one with a certificate of another name | other.sts | mtasts | mtasts.policy:fail | green
a record without an id | noid.sts | mtasts | mtasts.record:fail | green
two records | two.sts | mtasts | mtasts.record:fail | green
a TLSRPT record without an address | rpt.sts | tlsrpt | tlsrpt.record:warn | green'
tap_plan $(( 2 * $(grep -c . <<<"$rows") + 29 ))

lab_ca_is_trusted
certificate mx-wrong.dane.example '' good self
certificate mx-good.sts.example
certificate mx-expired.sts.example '' expired
lab_zone sender.example <<'END'
@ MX 10 mail
mail A 192.0.2.1
END
lab_zone dane.example <<END
mx-wrong A 192.0.2.10
_25._tcp.mx-wrong TLSA 3 1 1 $(key_hash $LAB/tls/mx-good.sts.example.pem)
wrong MX 10 mx-wrong
mx-bare A 192.0.2.11
bare MX 10 mx-bare
END
lab_zone_sign dane.example
{
	printf '%s\n' 'mx-good A 192.0.2.10' 'mx-two A 192.0.2.10' 'mx-expired A 192.0.2.12' 'second MX 20 mx-two' '_smtp._tls.rpt TXT "v=TLSRPTv1"' \
		'_mta-sts.two TXT "v=STSv1; id=2"' 'expired MX 10 mx-expired'
	for domain in unlisted testing second cut page nofile noweb badweb other noid two none; do
		printf '%s\n' "$domain MX 10 mx-good" "mta-sts.$domain A 192.0.2.$([ $domain = noweb ] && echo 13 || echo 21)" \
			"_mta-sts.$domain TXT \"v=STSv1;$([ $domain = noid ] || echo ' id=1')\""
	done
} | lab_zone sts.example
lab_zone world.example <<'END'
exim MX 10 mx.exim
mx.exim A 192.0.2.20
END
LAB_DNS_UPDATES=1 lab_dns_start

# ---- the mail servers: one with a certificate for each name, one that has never heard of TLS, one whose certificate has expired ----

ip address add 192.0.2.12/32 dev lo
ip address add 192.0.2.13/32 dev lo
certificates_by_name mx/etc
lab_mx_start mx 192.0.2.10 mx-good.sts.example wrong.dane.example -- "tls_server_sni_maps = hash:$LAB/mx/etc/sni"
mkdir -p bare/etc
mount --bind bare/etc /etc/postfix      # this one is as Debian has it
lab_postfix_start bare 192.0.2.11 25 mx-bare.dane.example 'virtual_mailbox_domains = bare.dane.example'
lab_postfix_start expired 192.0.2.12 25 mx-expired.sts.example 'virtual_mailbox_domains = expired.sts.example' 'smtpd_tls_security_level = may' \
	"smtpd_tls_chain_files = $LAB/tls/mx-expired.sts.example.key, $LAB/tls/mx-expired.sts.example.pem" 'max_idle = 1000s'
lab_exim_start exim 192.0.2.20 mx.exim.world.example

# ---- the web servers ---------------------------------------------------------------------------------------------

# web DOMAIN [LINE…]: https/mta-sts.DOMAIN.sts.example/root, and the policy of those lines.
web() {
	local host=mta-sts.$1.sts.example
	mkdir -p "https/$host/root"
	case $1 in
	badweb) web_certificate "$host" '' expired ;;
	other) web_certificate "$host" www.elsewhere.example ;;
	*) web_certificate "$host" ;;
	esac
	[ $# -gt 1 ] || return 0
	mkdir "https/$host/root/.well-known"
	printf '%s\r\n' 'version: STSv1' "${@:2}" > "https/$host/root/.well-known/mta-sts.txt"
}
web_certificate() {     # HOST [NAME [good|expired]]
	certificate "$@"
	cp "$LAB/tls/$1.pem" "https/$1/server.pem"
	cp "$LAB/tls/$1.key" "https/$1/server.key"
}
web unlisted 'mode: enforce' 'mx: mx-before.sts.example' 'max_age: 600000'
web testing 'mode: testing' 'mx: mx-before.sts.example' 'max_age: 86400'
web second 'mode: enforce' 'mx: mx-good.sts.example' 'max_age: 86400'
web cut 'mode: enforce' 'mx: mx-good.sts.example'
web page
echo '<html><body>Welcome</body></html>' > https/mta-sts.page.sts.example/root/index.html
web nofile
web noweb
for domain in badweb other noid two; do
	web $domain 'mode: enforce' 'mx: mx-good.sts.example' 'max_age: 86400'
done
web none 'mode: none' 'max_age: 86400'
cp https/mta-sts.nofile.sts.example/server.* https/
lab_https_start https 192.0.2.21

# ---- finding, and typing --------------------------------------------------------------------------------------------

keymgr -c $LAB/dns/knot.conf other.example generate algorithm=ed25519 ksk=yes zsk=yes >/dev/null
keymgr -c $LAB/dns/knot.conf other.example dnskey | sed 's/^other.example\. /. 300 IN /' > other.key
{
	lab_config_base
	printf '%s\n' 'default_via = [ "mx" ];' 'echo_domains = [ "exim.world.example" ];' 'mx_families = [ "ipv4" ];' 'root = "me@world.example";' \
		"trust_anchor_file = \"$LAB/other.key\";"
} > $CONF
mkdir -p /var/spool/signet
printf '%s\n' 'APT::Get::Simulate "true";' 'APT::Get::Print-URIs "true";' > apt.conf     # apt says what it would do, and fetches nothing

# check DOMAIN AREA: sets found; of the fixes, lines; and of how to see that they worked, verify.
check() {
	$SIGNET check --json --only "$2" "$1" > out.json 2>err </dev/null
	found=$(/usr/bin/python3 -c 'import json, sys
found = [f for f in json.load(sys.stdin)["findings"] if f["state"] != "pass"]
print(" ".join(sorted({f["id"] + ":" + f["state"] for f in found})) or "green")
for name in "fix", "verify":
	with open(name, "w") as out:
		for f in found:
			out.write(f[name] + "\n" if f["state"] in ("fail", "warn") else "")' < out.json 2>&1)
}

# type_fix DOMAIN: each line of the fix that is one to type, where it is to be typed. Prints what failed.
type_fix() {
	local line mx=${1%%.*}
	: > updates
	while IFS= read -r line; do
		case $line in
		'update '*) echo "$line" >> updates ;;
		'signet.conf: '*)
			line=${line#signet.conf: }
			sed -i "/^${line%% *} /d" $CONF
			echo "$line" >> $CONF ;;
		'postfix '*) MAIL_CONFIG=$LAB/$mx/etc sh -c "$line" >told 2>&1 || echo "$line: $(cat told)" ;;
		'mkdir '*|'printf '*) (cd "https/mta-sts.$1/root" && sh -c "$line") >told 2>&1 || echo "$line: $(cat told)" ;;
		'apt '*)
			[ -z "$packages" ] || APT_CONFIG=$LAB/apt.conf sh -c "$line" >told 2>&1 </dev/null || echo "$line: $(cat told)" ;;
		esac
	done < fix
	[ ! -s updates ] || nsupdate <<<"server 127.0.0.1"$'\n'"$(cat updates)"$'\nsend' 2>&1
}
packages=$(apt-cache show dns-root-data >/dev/null 2>&1 && apt-cache show systemd-timesyncd 2>/dev/null | head -n 1)     # "": the archive is not known

# What is somebody else's to do before the rest can be typed: a certificate, and a web server where there is none.
get_done() {
	case $1 in
	expired.sts.example) certificate mx-expired.sts.example ;;
	badweb.sts.example|other.sts.example) web_certificate "mta-sts.$1" ;;
	noweb.sts.example) lab_https_start https 192.0.2.13 ;;
	esac
}
while IFS='|' read -r what domain area finds after; do
	what=$(sed 's/ *$//' <<<"$what") domain=${domain// /}.example area=${area// /}
	check "$domain" "$area"
	is "$what: found" "$found" "$(sed 's/^ *//; s/ *$//' <<<"$finds")" || diag "$(cat err)"
	cp fix "fix.$domain"
	cp verify "verify.$domain"
	get_done "$domain"
	if [ "$domain" = expired.sts.example ]; then
		check "$domain" "$area"
		is "a renewal alone changes nothing" "$found" "tls.expiry:fail tls.name:info"
	fi
	failed=$(type_fix "$domain")
	check "$domain" "$area"
	is "$what: once the fix is typed" "$found$failed" "$(sed 's/^ *//' <<<"$after")" || diag "$(cat "fix.$domain" out.json err)"
done <<<"$rows"

# ---- what the fixes say -----------------------------------------------------------------------------------------------------

policy() { tr -d '\r' < "https/mta-sts.$1.sts.example/root/.well-known/mta-sts.txt" | paste -sd' '; }
id() { dig +short "_mta-sts.$1.sts.example" TXT @127.0.0.1; }
is "the policy keeps what it had" "$(policy unlisted)" 'version: STSv1 mode: enforce mx: mx-before.sts.example mx: mx-good.sts.example max_age: 600000'
is "each MX is in it" "$(policy second)" 'version: STSv1 mode: enforce mx: mx-good.sts.example mx: mx-two.sts.example max_age: 86400'
is "one that is new is for testing" "$(policy nofile)" 'version: STSv1 mode: testing mx: mx-good.sts.example max_age: 86400'
like "and has an id of its own, of now" "$(id nofile)" '^"v=STSv1; id=20[0-9]{12};"$'
is "where the policy is right, the id stays" "$(id badweb)" '"v=STSv1; id=1"'
like "an expired certificate: whose, and of what" "$(cat fix.badweb.sts.example)" 'valid for mta-sts\.badweb\.sts\.example \(certbot renew'
check none.sts.example mtasts
is "a policy that is none" "$found" "mtasts.policy:info"
for domain in unlisted badweb nofile; do
	command=$(head -n 1 verify.$domain.sts.example)
	like "$domain: how to see it works, too" "$(sh -c "$command" 2>/dev/null | paste -sd' ')" 'version: STSv1.*mx: mx-good\.sts\.example'
done
is "all that is told there is typed here" "$(cat fix.* | grep -E '^[a-z.-]+ ' | grep -Ev '^(update|postfix|mkdir|printf|apt|signet\.conf:|systemctl restart signetd$)' |
	grep -Ev '^(renew it|switch STARTTLS|serve a policy|as text/plain|get its web|let a web|publish |take the file)' | grep -v '^(')" ""

# ---- the trust anchor ---------------------------------------------------------------------------------------------------------

sed -i '/^trust_anchor_file/d' $CONF
anchor() { check sender.example dns.anchor; }
what() { /usr/bin/python3 -c 'import json, sys; print("; ".join(f["what"] + ": " + " ".join(f["evidence"]) for f in json.load(sys.stdin)["findings"]))' < out.json; }
anchor
old_tag=$(what | grep -o 'signed, [0-9]*' | tr -dc 0-9)
like "the root's key, by its tag" "$found $(what)" "^green .*/usr/share/dns/root\\.key holds the key by which the root is signed, [0-9]+"
like "which is the one that the root has" "$(dig +multi . DNSKEY @127.0.0.1)" "key id = $old_tag"
# A second key, that does not sign yet; then the package has it; then the first one is gone.
cp $LAB/dns/root.key first.key
keys() { keymgr -c $LAB/dns/knot.conf . "$@"; }
second=$(keys generate algorithm=ed25519 ksk=yes zsk=yes publish=+0 ready=+1y active=+1y | tail -n 1)
knotc -c $LAB/dns/knot.conf -b zone-sign . >/dev/null
new_tag=$(keys list | grep "$second" | grep -o 'tag=*[0-9]*' | tr -dc 0-9)
is_next() { anchor; [ "$found" = dns.anchor:warn ]; }
ok "a new key of the root that the file does not hold: a warning" lab_until 60 is_next || diag "$(what)"
like "which names it" "$(what)" "has a new key, [0-9]+, which the DNSSEC trust anchor"
keys dnskey | sed 's/^\. /. 300 IN /' > $LAB/dns/root.key
anchor
is "with the package that has it" "$found" "green"
first=$(keys list | grep -v "$second" | head -n 1 | cut -d' ' -f1)
keys set "$second" active=+0 ready=+0 >/dev/null
keys set "$first" retire=+0 remove=+1y >/dev/null
knotc -c $LAB/dns/knot.conf -b zone-sign . >/dev/null
cat first.key > $LAB/dns/root.key
is_old() { anchor; [ "$found" = dns.anchor:fail ]; }
ok "once the root is signed by that, the file of before is out of date" lab_until 60 is_old || diag "$(what; keys list; dig +dnssec . DNSKEY @127.0.0.1)"
like "it says so, with the command" "$(what) $(paste -sd' ' fix)" 'out of date.*apt install dns-root-data systemctl restart signetd'
keys dnskey | sed 's/^\. /. 300 IN /' > $LAB/dns/root.key
anchor
is "with the package of today it is not" "$found" "green"
echo 'trust_anchor_file = "/dev/null";' >> $CONF
anchor
is "one that is empty because the owner wants it" "$found" "dns.anchor:info"
sed -i '/^trust_anchor_file/d' $CONF
cp $CONF conf
echo 'forwarders = [ "198.51.100.53" ]; time_scale = 0.2;' >> $CONF
anchor
like "silence: unknown" "$found $(what)" '^dns\.anchor:unknown .*/usr/share/dns/root\.key holds the key'
cp conf $CONF

# ---- the clock -------------------------------------------------------------------------------------------------------------------

cc -shared -fPIC -D_GNU_SOURCE -o $LAB/clock.so $LAB_SOURCE/tests/lab/clock.c || lab_die "cc cannot make clock.so"
clock() { CLOCK_AHEAD_S=$1 ASAN_OPTIONS=verify_asan_link_order=0 LD_PRELOAD=$LAB/clock.so check sender.example clock; }
clock 3600
is "a clock that is an hour ahead" "$found" "clock.skew:fail"
is "the fix" "$(paste -sd'|' fix)" 'keep the clock by NTP; in a container, that of its host:|apt install systemd-timesyncd|timedatectl set-ntp true'
is "there is such a package" "$(type_fix sender.example)" ""
# Nobody but systemd can do it, and it is not here. The command reads its words all the same, once it has a bus to ask on.
if command -v timedatectl dbus-daemon >told; then
	mkdir -p /run/systemd/system      # what it takes for that
	dbus-daemon --session --nofork --address=unix:path=$LAB/bus >/dev/null 2>&1 &
	lab_need 60 test -S $LAB/bus
	timed() { DBUS_SYSTEM_BUS_ADDRESS=unix:path=$LAB/bus LC_ALL=C sh -c "$1" 2>&1 | head -n 1; }
	command=$(tail -n 1 fix)
	like "timedatectl knows the words, and would ask for it" "$(timed "$command")" 'timedate1'
	like "others it does not" "$(timed "${command/true/maybe}")" '[Pp]arse'
else
	skip "timedatectl" "this machine has not got it" 2
fi
clock 0
is "the clock set right" "$found" "green"
world_done
