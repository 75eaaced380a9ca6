#!/bin/bash
# SPDX-License-Identifier: ISC
# signet dns and SPF: the record of each domain allows who sends, is merged with the published one, and never a second one.
. "$(dirname "$0")/world.sh"
world_begin "$@"
tap_plan 49

PRIMARY=127.0.0.2
NS=$LAB/primary
SECRET=$(openssl rand -base64 32)
printf 'key "signet" { algorithm hmac-sha256; secret "%s"; };\n' "$SECRET" > $LAB/tsig
chmod 600 $LAB/tsig
mkdir -p $NS
zones=
zone() {
	zones="$zones $1"
	{ printf '%s\n' "\$ORIGIN $1." '$TTL 60' '@ SOA ns1 hostmaster 1 3600 600 86400 5' '@ NS ns1' "ns1 A $PRIMARY"; cat; } > "$NS/$1.zone"
}
zone new.example < /dev/null
zone has.example <<'END'
@ TXT "google-site-verification=abc"
@ TXT "v=spf1 mx " "include:_spf.isp.example -all"
@ MX 10 mail
mail A 192.0.2.1
_dmarc TXT "v=DMARC1; p=reject"
END
zone isp.example <<'END'
_spf TXT "v=spf1 ip4:192.0.2.20 a:smtp.isp.example -all"
smtp A 192.0.2.20
END
zone two.example <<'END'
@ TXT "v=spf1 -all"
@ TXT "v=spf1 +all"
END
zone wrong.example <<'END'
@ TXT "v=spf1 ipv4:192.0.2.7 -all"
END
zone much.example <<'END'
@ TXT "v=spf1 a:a1.isp.example include:_spf.isp.example include:_spf.isp.example include:_spf.isp.example include:_spf.isp.example include:_spf.isp.example -all"
END
{
	printf '%s\n' 'key:' '  - id: signet.' '    algorithm: hmac-sha256' "    secret: $SECRET" 'acl:' '  - id: publish' '    key: signet.' \
		'    action: update' '    update-type: TXT' 'template:' '  - id: default' "    storage: $NS" '    zonefile-sync: -1' '    acl: publish' 'zone:'
	for name in $zones; do printf '  - domain: %s\n    file: %s.zone\n' $name $name; done
} | lab_knot_start primary $PRIMARY

mkdir -p $LAB/signet/keys
$SIGNET key new --type ed25519 --domain new.example --selector s --file /etc/signet/keys/s.pem >/dev/null 2>&1
config() {
	{
		lab_config_base
		printf 'time_scale = 0.3;\nstub_zones = ( { zone = "example"; servers = [ "%s" ]; } );\ndkim = ( ' $PRIMARY
		for name in new has www.has two wrong much dark; do
			printf '%s{ domain = "%s.example"; selector = "s"; file = "/etc/signet/keys/s.pem"; }' "${comma:-}" $name
			comma=', '
		done
		unset comma
		printf ' );\n'
		cat
	} > $CONF
}
config < /dev/null

run() {
	out=$($SIGNET dns "$@" 2>$LAB/error </dev/null)
	status=$?
	error=$(cat $LAB/error)
}
spf() { grep "^$1 v=spf1" <<<"$out"; }
at() { kdig +short +norec @$PRIMARY "$1" TXT | sort; }

# ---- what is printed -----------------------------------------------------------------------
run new.example
is "without a sender there is no SPF record" "$status $(spf new.example)" "0 "
is "a program that reads this is told no more" "$error" ""
like "a person is" "$(python3 "$LAB_SOURCE/tests/lab/typed.py" $SIGNET dns new.example </dev/null)" 'for the SPF record too, give each address .* with --address'
run --address 192.0.2.1 --address 2001:db8::1 new.example
is "a new one" "$status $(spf new.example)" "0 new.example v=spf1 ip4:192.0.2.1 ip6:2001:db8::1 ~all"
like "its cost" "$out" '^# new\.example: its SPF record needs 0 of 10 look-ups$'
like "with DMARC to begin with" "$out" '^_dmarc\.new\.example v=DMARC1; p=none; rua='
run --address 192.0.2.1 has.example
is "one that allows all of them is as it is" "$status $(spf has.example)" "0 has.example v=spf1 mx include:_spf.isp.example -all"
like "its cost, of what it includes too" "$out" '^# has\.example: its SPF record needs 3 of 10 look-ups$'
unlike "nothing is replaced" "$out" 'takes the place'
unlike "the DMARC record that is there is enough" "$out" '^_dmarc\.has'
like "and is said to be" "$out" '^# has\.example: the DMARC record of has\.example applies'
run --address 192.0.2.1 --address 192.0.2.9 has.example
is "one that lacks an address gets that one" "$(spf has.example)" "has.example v=spf1 mx include:_spf.isp.example ip4:192.0.2.9 -all"
like "and the other is told" "$out" '^# has\.example: this takes the place of its SPF record: v=spf1 mx include:_spf\.isp\.example -all$'
run --address 192.0.2.1 www.has.example
is "a name below has a record of its own" "$status $(spf www.has.example)" "0 www.has.example v=spf1 ip4:192.0.2.1 ~all"
run --address 192.0.2.1 two.example
is "two of them" "$status $(spf two.example)" "78 "
like "are an error to be mended first" "$error" 'two\.example: no SPF record is printed: it publishes 2 of them, which is an error: keep one'
like "the other records are printed" "$out" '^s\._domainkey\.two\.example'
run --address 192.0.2.1 wrong.example
is "a record with an error" "$status $(spf wrong.example)" "78 "
like "says its column" "$error" 'error at column 8: "ipv4" is not a mechanism; did you mean "ip4"\?; fix it first: v=spf1 ipv4:192\.0\.2\.7'
run --address 192.0.2.1 much.example
is "too many look-ups" "$status" 78
like "are counted" "$error" 'much\.example: its SPF record needs 11 look-ups, 1 of them void; receivers allow 10 and 2'
run --address nowhere new.example
is "an address that is none" "$status" 64
run --address 192.0.2.1 --check new.example
is "not with --check" "$status" 64

config <<< 'mx_source = [ "192.0.2.1" ]; smarthosts = ( { name = "isp"; host = "smtp.isp.example"; spf = [ "include:_spf.isp.example" ]; }, { name = "other"; host = "smtp.other.example"; } );'
run new.example
is "mx_source and smarthosts are known" "$status $(spf new.example)" "0 new.example v=spf1 ip4:192.0.2.1 include:_spf.isp.example ~all"
like "what a smarthost needs is not" "$out" '^# SPF: what smarthost other sends is not in it: what belongs there for smtp.other.example its provider says, .*spf = \[ "include:..." \]; into the entry of other'
run has.example
is "an include that is there is not repeated" "$(spf has.example)" "has.example v=spf1 mx include:_spf.isp.example -all"
run --address 192.0.2.7 new.example
is "an address that is given counts before mx_source" "$(spf new.example)" "new.example v=spf1 ip4:192.0.2.7 include:_spf.isp.example ~all"
config <<< 'smarthosts = ( { name = "isp"; host = "smtp.isp.example"; spf = [ "smtp.isp.example" ]; } );'
run new.example
is "a mechanism that is none" "$status" 78
like "is named" "$error" 'smarthost isp: spf = "smtp\.isp\.example": "smtp\.isp\.example" is not a mechanism'
config < /dev/null

# ---- forms -----------------------------------------------------------------------------------
run --address 192.0.2.9 --format json has.example
is "json tells what is replaced" "$(python3 -c 'import json, sys; print([(r["value"], r["replaces"]) for r in json.load(sys.stdin) if r["purpose"] == "spf"])' <<<"$out")" \
	"[('v=spf1 mx include:_spf.isp.example ip4:192.0.2.9 -all', 'v=spf1 mx include:_spf.isp.example -all')]"
run --address 192.0.2.1 --format bind new.example
{ cat $NS/new.example.zone; echo "$out"; } > $LAB/checked.zone
ok "bind's form is read" named-checkzone new.example $LAB/checked.zone

# ---- published ---------------------------------------------------------------------------------
run --publish --yes --tsig-file $LAB/tsig --address 192.0.2.1 --address 192.0.2.9 has.example
is "--publish" "$status" 0
like "shows what goes" "$out" '^- has\.example v=spf1 mx include:_spf\.isp\.example -all$'
like "and what comes" "$out" '^\+ has\.example v=spf1 mx include:_spf\.isp\.example ip4:192\.0\.2\.9 -all$'
is "one SPF record, and what else is there stays" "$(at has.example)" \
	$'"google-site-verification=abc"\n"v=spf1 mx include:_spf.isp.example ip4:192.0.2.9 -all"'
is "DMARC too" "$(at _dmarc.has.example)" '"v=DMARC1; p=reject"'
run --publish --yes --tsig-file $LAB/tsig --address 192.0.2.1 --address 192.0.2.9 has.example
like "again: nothing to do" "$status $out" '^0 nothing to do$'
run --publish --yes --tsig-file $LAB/tsig --address 192.0.2.1 new.example
is "where there was none" "$status $(at new.example)" '0 "v=spf1 ip4:192.0.2.1 ~all"'
run --publish --yes --tsig-file $LAB/tsig --address 192.0.2.1 two.example
is "where there are two, nothing is sent" "$status $(at two.example | wc -l)" '78 2'
fails "not even the key" grep -q DKIM1 < <(at s._domainkey.two.example)
# Our resolver remembers; the primary does not have what it remembers any more.
{ printf 'server %s\nzone has.example.\nupdate delete has.example. TXT "v=spf1 mx include:_spf.isp.example ip4:192.0.2.9 -all"\nupdate add has.example. 60 TXT "v=spf1 mx -all"\nsend\n' $PRIMARY; } > $LAB/script
ok "another changes it" knsupdate -y hmac-sha256:signet:$SECRET $LAB/script
{ printf 'server %s\nzone has.example.\n' $PRIMARY; $SIGNET dns --format nsupdate --address 192.0.2.8 has.example; } > $LAB/script
for client in nsupdate knsupdate; do
	ok "$client takes the script" $client -y hmac-sha256:signet:$SECRET $LAB/script
	is "and there is one SPF record" "$(at has.example)" $'"google-site-verification=abc"\n"v=spf1 mx ip4:192.0.2.8 -all"'
done

run --address 192.0.2.1 dark.example
is "where the name server refuses to answer" "$status $(spf dark.example)" "75 "
like "none is printed" "$error" 'dark\.example: no SPF record is printed: what it publishes now could not be looked up, and a second record would void the first'
like "the key's record is" "$out" '^s\._domainkey\.dark\.example'
world_done
