#!/bin/bash
# SPDX-License-Identifier: ISC
# signet dns and real name servers: its forms are read by others' tools, and
# --publish brings the records into the zones, once, and nothing else with them.
. "$(dirname "$0")/world.sh"
world_begin "$@"
tap_plan 63

PRIMARY=127.0.0.2 SECONDARY=127.0.0.3 AHEAD=127.0.0.4
NS=$LAB/primary
SECRET=$(openssl rand -base64 32)
tsig() {
	printf 'key "%s" { algorithm %s; secret "%s"; };\n' "$2" "${4:-hmac-sha256}" "$3" > "$LAB/$1.key"
	chmod 600 "$LAB/$1.key"
}
tsig good signet "$SECRET"
tsig wrong signet "$(openssl rand -base64 32)"
tsig unknown nobody "$SECRET"
tsig weak reader "$SECRET"
echo "$SECRET" > $LAB/secret
chmod 600 $LAB/secret

# ---- name servers ------------------------------------------------------------------
zone() {
	mkdir -p $NS
	{ printf '%s\n' "\$ORIGIN $1." '$TTL 60' '@ SOA ns1 hostmaster 1 3600 600 86400 5' '@ NS ns1' '@ NS ns2' \
		"ns1 A $PRIMARY" "ns2 A $SECONDARY"; cat; } > "$NS/$1.zone"
}
zone publish.example <<'END'
old._domainkey TXT "v=DKIM1; k=rsa; p=b2xkIGtleQ=="
_dmarc TXT "who else " "lives here"
*._domainkey TXT "a wildcard"
END
zone other.example <<'END'
_dmarc TXT "v=DMARC1; p=reject"
_domainkey TXT "o=-"
alias._domainkey CNAME key.provider.example.
END
zone closed.example < /dev/null
cat > $LAB/keys <<END
key:
  - id: signet.
    algorithm: hmac-sha256
    secret: $SECRET
  - id: reader.
    algorithm: hmac-sha256
    secret: $SECRET
END
{
	cat $LAB/keys
	cat <<-END
	remote:
	  - id: secondary
	    address: $SECONDARY@53
	acl:
	  - id: publish
	    key: signet.
	    action: update
	    update-type: TXT
	  - id: follow
	    address: 127.0.0.0/8
	    action: transfer
	template:
	  - id: default
	    storage: $NS
	    zonefile-sync: -1
	    acl: [ publish, follow ]
	    notify: secondary
	zone:
	  - domain: publish.example
	    file: publish.example.zone
	  - domain: other.example
	    file: other.example.zone
	  - domain: closed.example
	    file: closed.example.zone
	    acl: follow
	END
} > $LAB/primary.conf
lab_knot_start primary $PRIMARY < $LAB/primary.conf
lab_knot_follow secondary $SECONDARY $PRIMARY publish.example other.example closed.example
sees() {
	kdig +short +norec "@$1" "$2" TXT
}
secondary_has_all() {
	local zone
	for zone in publish other closed; do
		kdig +noall +answer @$SECONDARY $zone.example SOA | grep -q SOA || return 1
	done
}
lab_need 60 secondary_has_all

# ---- our side -------------------------------------------------------------------------
mkdir -p $LAB/signet/keys
for selector in new old dk alias; do
	$SIGNET key new --domain publish.example --selector $selector --file /etc/signet/keys/$selector.pem >/dev/null
done
lab_key --type ed25519 --domain publish.example --selector ed --file /etc/signet/keys/ed.pem
config() {
	{
		lab_config_base
		printf 'stub_zones = ( '
		for zone in publish other closed; do
			printf '%s{ zone = "%s.example"; servers = [ "%s", "%s" ]; }' "${comma:-}" $zone $PRIMARY $SECONDARY
			comma=', '
		done
		unset comma
		printf ' );\ndkim = ( %s );\n' "$1"
	} > $CONF
}
entry() {
	printf '{ domain = "%s"; selector = "%s"; file = "/etc/signet/keys/%s.pem"; %s}' "$1" "$2" "$2" "${3:-}"
}
publish() {
	out=$($SIGNET dns --publish --yes "$@" 2>&1 </dev/null)
	status=$?
}
config "$(entry publish.example new 'domainkeys = { selector = "dk"; file = "/etc/signet/keys/dk.pem"; }; '), $(entry publish.example old), $(entry publish.example ed)"

# ---- others read our forms ---------------------------------------------------------------
{ cat $NS/closed.example.zone; $SIGNET dns --format bind; } > $LAB/checked.zone
sed -i 's/publish\.example\./closed.example./' $LAB/checked.zone
ok "named-checkzone reads bind" named-checkzone closed.example $LAB/checked.zone
ok "so does kzonecheck" kzonecheck -o closed.example $LAB/checked.zone
is "and finds the values of plain" \
	"$(named-checkzone -q -D -o - -s full closed.example $LAB/checked.zone | grep -c '_domainkey.*TXT')" 5

# ---- the first time ---------------------------------------------------------------------
before=$($SIGNET dns)
# Older Knots say BADKEY of a key that the ACL does not have, newer ones NOTAUTH without a word of the key.
for trouble in 'wrong|77|has another secret for the key "signet" \(BADSIG\)' \
               'unknown|77|does not know the key "nobody" of hmac-sha256, or not for this zone \((BADKEY|NOTAUTH)\)' \
               'weak|77|does not know the key "reader" .*or not for this zone \((BADKEY|NOTAUTH)\)'; do
	IFS='|' read -r name want text <<<"$trouble"
	publish --tsig-file $LAB/$name.key
	is "key $name: refused" "$status" "$want"
	like "and said so" "$out" "$text"
done
publish
is "no key at all" "$status" 77
is "nothing has changed by all that" "$(sees $PRIMARY old._domainkey.publish.example)" '"v=DKIM1; k=rsa; p=b2xkIGtleQ=="'

out=$(setsid -w $SIGNET dns --publish --tsig-file $LAB/good.key 2>&1 </dev/null)
is "no terminal and no --yes" "$?" 77
like "shows what goes" "$out" '^- old\._domainkey\.publish\.example v=DKIM1; k=rsa; p=b2xkIGtleQ==$'
like "and comes" "$out" '^\+ new\._domainkey\.publish\.example v=DKIM1; k=rsa; p=MII'
like "and says why nothing was sent" "$out" 'no terminal to ask on; --yes'
on_terminal() {
	{ sleep 1; echo "$1"; sleep 0.2; } | script -qec "$SIGNET dns --publish --tsig-file $LAB/good.key" /dev/null 2>&1
}
out=$(on_terminal n)
like "asked and told no" "$out" 'nothing was sent'
is "nothing has changed" "$(sees $PRIMARY new._domainkey.publish.example)" '"a wildcard"'
out=$(on_terminal y)
status=$?
is "asked and told yes" "$status" 0
like "the update is taken" "$out" 'ns1\.publish\.example\[127\.0\.0\.2\] has taken the update of publish\.example'
like "every server shows it" "$out" '^new\._domainkey\.publish\.example: shown by all authoritative servers \(2\)'
like "what caches keep is told" "$out" '^old\._domainkey\.publish\.example: caches may show the old one for 60 s'
while read -r name value; do
	for server in $PRIMARY $SECONDARY; do
		got=$(sees $server $name | sed 's/" "//g' | tr -d '"' | grep -Fx "$value")
		is "$server has $name" "$got" "$value"
	done
done <<<"$before"
is "what else lies there stays as it is" "$(sees $PRIMARY _dmarc.publish.example | grep -v DMARC)" '"who else " "lives here"'
is "one record at the old key's name" "$(sees $PRIMARY old._domainkey.publish.example | wc -l)" 1

serial=$(kdig +short @$PRIMARY publish.example SOA)
publish --tsig-file $LAB/good.key
is "again: nothing to do" "$status $out" "0 nothing to do"
is "and nothing is done" "$(kdig +short @$PRIMARY publish.example SOA)" "$serial"

# ---- what is not ours --------------------------------------------------------------------
config "$(entry other.example ed 'domainkeys = { selector = "dk"; file = "/etc/signet/keys/dk.pem"; }; '), $(entry other.example alias)"
publish --tsig signet::$LAB/secret
is "policies and aliases of others" "$status" 0
like "a DMARC record is left alone" "$out" 'left alone, it is yours: _dmarc\.other\.example v=DMARC1; p=reject'
like "so is a policy" "$out" 'left alone, it is yours: _domainkey\.other\.example o=-'
like "and an alias" "$out" 'left alone, it is an alias: alias\._domainkey\.other\.example key\.provider\.example'
is "indeed" "$(sees $PRIMARY _dmarc.other.example; sees $PRIMARY _domainkey.other.example; kdig +short @$PRIMARY alias._domainkey.other.example CNAME)" \
	'"v=DMARC1; p=reject"
"o=-"
key.provider.example.'
like "the keys are published" "$(sees $SECONDARY ed._domainkey.other.example)" '^"v=DKIM1; k=ed25519;'

# ---- servers that do not do it ---------------------------------------------------------
config "$(entry closed.example ed)"
publish --tsig-file $LAB/good.key
is "a zone that takes no updates" "$status" 77
like "is said so" "$out" 'or not for this zone \((BADKEY|NOTAUTH)\)'
is "nothing is there" "$(sees $PRIMARY ed._domainkey.closed.example)" ""
publish --server $SECONDARY --tsig-file $LAB/good.key
is "a secondary" "$status" 77
like "does not do it" "$out" '^signet: 127\.0\.0\.3 .*(BADKEY|NOTAUTH|REFUSED|NOTIMP)'
publish --server 192.0.2.30 --tsig-file $LAB/good.key
like "no name server" "$status $out" '^75 .*192\.0\.2\.30.*no name server there'
if lab_has_silence; then
	publish --server 198.51.100.1 --tsig-file $LAB/good.key
	like "silence" "$status $out" '^75 .*no answer in time'
else
	skip "silence" "this kernel has no dummy interface"
fi
config "$(entry nowhere.example ed)"
publish --server $PRIMARY --tsig-file $LAB/good.key
like "a zone that it does not have" "$status $out" '^69 .*has no zone that ed\._domainkey\.nowhere\.example is in'

# ---- a server with another clock --------------------------------------------------------
cc -shared -fPIC -D_GNU_SOURCE -o $LAB/clock.so $LAB_SOURCE/tests/lab/clock.c || lab_die "cc cannot make clock.so"
mkdir -p $LAB/ahead
cp $NS/publish.example.zone $LAB/ahead
export CLOCK_AHEAD_S=3600
LD_PRELOAD=$LAB/clock.so lab_knot_start ahead $AHEAD <<END
$(cat $LAB/keys)
acl:
  - id: publish
    key: signet.
    action: update
zone:
  - domain: publish.example
    file: $LAB/ahead/publish.example.zone
    acl: publish
END
config "$(entry publish.example ed)"
publish --server $AHEAD --tsig-file $LAB/good.key
is "another clock" "$status" 78
like "is said so" "$out" 'clock is (3599|3600|3601) s ahead of ours \(BADTIME\)'

# ---- servers that do not follow ---------------------------------------------------------
kill -STOP $LAB_PID_secondary
$SIGNET key new --domain publish.example --selector late --file /etc/signet/keys/late.pem >/dev/null
config "$(entry publish.example late)"
publish --tsig-file $LAB/good.key
is "a secondary that is away: not yet everywhere" "$status" 75
like "is named" "$out" '^late\._domainkey\.publish\.example: not yet shown by ns2\.publish\.example\[127\.0\.0\.3\]'
publish --tsig-file $LAB/good.key
like "again: nothing to do" "$out" '^nothing to do$'
is "but not yet everywhere" "$status" 75
kill -CONT $LAB_PID_secondary
publish --tsig-file $LAB/good.key
is "until it is back" "$status $out" "0 nothing to do"

# ---- others' clients take our script ---------------------------------------------------
for client in nsupdate knsupdate; do
	$SIGNET key new --domain publish.example --selector $client --file /etc/signet/keys/$client.pem >/dev/null
	config "$(entry publish.example $client)"
	{ printf 'server %s\nzone publish.example.\n' $PRIMARY; $SIGNET dns --format nsupdate; } > $LAB/script
	$client -y hmac-sha256:signet:$SECRET $LAB/script >$LAB/log/$client 2>&1
	like "$client publishes" "$(sees $PRIMARY $client._domainkey.publish.example)" '^"v=DKIM1; k=rsa; p=MII'
	is "what else lies there stays" "$(sees $PRIMARY _dmarc.publish.example | sort)" \
		$'"v=DMARC1; p=none; rua=mailto:postmaster@publish.example"\n"who else " "lives here"'
done
world_done
