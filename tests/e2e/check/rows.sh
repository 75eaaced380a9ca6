# SPDX-License-Identifier: ISC
# shellcheck shell=bash
#
# rows.sh - the world of check/setups, for scripts that have begun theirs (world.sh): keys, what is made of their records, the
# zones, an SMTP server that says which address it sees, and $CONF.rows, the configuration with DOMAIN for a row's.

SETUPS=$LAB_SOURCE/tests/e2e/check/setups
RUN=$LAB_SOURCE/tests/e2e/check/run.py

# ---- keys, and what is made of their records -------------------------------------------

KEYS=/etc/signet/keys
mkdir -p $KEYS
chmod 700 $KEYS
$SIGNET key new --domain rows.example --selector s1 --file $KEYS/s1.pem >/dev/null
$SIGNET key new --domain rows.example --selector other --file $KEYS/other.pem >/dev/null
$SIGNET key new --domainkeys --domain rows.example --selector dk1 --file $KEYS/dk1.pem >/dev/null

# The value of a key's record.
value() {
	$SIGNET dns --domain rows.example --selector "$1" --key "$KEYS/$1.pem" | cut -d' ' -f2-
}
whole=$(value s1)
key=${whole#*p=}
export ZONES=$LAB/row-zones SERVER=127.0.0.2
RIGHT=$(lab_txt <<<"$whole") OTHER=$(lab_txt <<<"$(value other)") DK=$(lab_txt <<<"$(value dk1 | sed 's/^v=DKIM1; //')")
QUOTED='"\""'" $RIGHT "'"\""'
KEY1=${key:0:230} KEY2=${key:230}
PRIVATE=$(lab_txt <<<"v=DKIM1; k=rsa; p=$(openssl pkey -in $KEYS/s1.pem -traditional -outform DER 2>/dev/null | base64 -w 0)")
export RIGHT OTHER DK QUOTED KEY1 KEY2 PRIVATE

# ---- names ---------------------------------------------------------------------------------

# More TXT records at one name than one answer over UDP holds, and a long one.
big=$(printf 'x%.0s' {1..250})
BIG="\"$big\" \"$big\" \"$big\" \"$big\" \"$big\" \"$big\" \"$big\""
HUGE=$(for _ in {1..240}; do printf '"%s" ' "$big"; done)
CUT=$(for n in 1 2 3 4 5 6 7 8; do printf '@ NS ns%s ;; ns%s A 198.51.100.54 ;; ' $n $n; done)
export BIG HUGE CUT
mkdir -p $ZONES
zones=$(/usr/bin/python3 "$RUN" zones "$SETUPS")
{
	printf '%s\n' 'server:' '  listen: 127.0.0.3@53'
	# shellcheck disable=SC2086
	lab_knot_zones $ZONES $zones
} > $LAB/rows.conf
lab_zone world.example <<-'END'
echo MX 10 echo
echo A 192.0.2.10
echo AAAA 2001:db8::10
refused MX 10 gone
gone A 192.0.2.30
END
lab_zone sender.example <<-'END'
@ MX 10 mail
mail A 192.0.2.1
END
# Of this one the second server has another version.
printf '%s\n' '$ORIGIN z-agree.rows.example.' '$TTL 60' '@ SOA ns1 hostmaster 7 3600 600 86400 5' '@ NS ns1' '@ NS ns2' 'ns1 A 127.0.0.2' 'ns2 A 127.0.0.1' \
	> $LAB/dns/z-agree.rows.example.zone
lab_zone signed.example <<<'@ MX 10 mail.sender.example.'
lab_zone_sign signed.example
lab_dns_start
lab_knot_start rows $SERVER < $LAB/rows.conf
for n in 0.1 1.{1..12} 2.{1..11} 3.1; do
	ip address add 198.18.$n/32 dev lo
done
for n in 1 6 7 9 10 23 24; do
	ip -6 address add 2001:2::$n/128 dev lo
done
ip address add 198.51.100.53/32 dev lo
for n in 54 55 56; do
	ip address add 198.51.100.$n/32 dev lo
done
sleep infinity | /usr/bin/python3 "$LAB_SOURCE/tests/e2e/check/echo.py" silent:198.51.100.53 cut:198.51.100.54 liar:198.51.100.55 loop:198.51.100.56 192.0.2.10 2001:db8::10 &
lab_need 60 lab_answers 192.0.2.10 25
lab_need 60 lab_answers 2001:db8::10 25

config() {
	lab_config_base | grep -v '^hostname\|^domain\|^mx_allow'
	cat <<-END
	hostname = "mail.DOMAIN";
	domain = "DOMAIN";
	root = "me@else.example";
	mx_allow = [ "192.0.2.0/24", "2001:db8::/32" ];
	dkim = ( { domain = "*"; selector = "s1"; file = "$KEYS/s1.pem"; domainkeys = { selector = "dk1"; file = "$KEYS/dk1.pem"; }; } );
	smarthosts = ( { name = "isp"; host = "smtp.else.example"; } );
	default_via = [ "mx" ];
	echo_domains = [ "echo.world.example" ];
	mx_source = [ "198.18.0.1", "2001:2::1" ];
	mx_families = [ "ipv4" ];
	stub_zones = ( $(for zone in rows.example lists.example else.example spamhaus.org spamcop.net 18.198.in-addr.arpa 0.0.0.0.2.0.0.0.1.0.0.2.ip6.arpa; do
		printf '{ zone = "%s"; servers = [ "127.0.0.2" ]; }, ' $zone; done) { zone = "silent.example"; servers = [ "198.51.100.53" ]; } );
	END
}
mkdir -p /var/spool/signet
config > $CONF.rows
sed 's/DOMAIN/sender.example/' $CONF.rows > $CONF
