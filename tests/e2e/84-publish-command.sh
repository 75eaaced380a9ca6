#!/bin/bash
# SPDX-License-Identifier: ISC
# Records are published by a program of the owner's: what it is told, what its end means; and the manual's recipes, that of lexicon
# with lexicon itself and PowerDNS, that of octodns, which Debian does not have, with a program that reads its files as it does.
LAB_PEERS="root publishers"
. "$(dirname "$0")/world.sh"
world_begin "$@"
tap_plan 47

PRIMARY=127.0.0.2 PDNS=127.0.0.3
SECRET=$(openssl rand -base64 32)
YEAR=$(date -u +%Y)
recipe() {
	sed -n "/^\.\\\\\" recipe: $1\$/,/^\.Ed/p" "$LAB_SOURCE/signet/signet.8" | sed '1,2d;$d;s/\\e/\\/g'
}

# ---- a name server that takes updates from us alone, as an API would -----------------------

world_names </dev/null
lab_dns_start
zone() {
	mkdir -p $LAB/primary
	{ printf '%s\n' "\$ORIGIN $1." '$TTL 60' '@ SOA ns1 hostmaster 1 3600 600 86400 1' '@ NS ns1' "ns1 A $PRIMARY"; cat; } > "$LAB/primary/$1.zone"
}
zone publish.example <<'END'
@ TXT "v=spf1 mx -all"
@ TXT "site=\"1\"; \195\164"
old._domainkey TXT "v=DKIM1; k=rsa; p=b2xkIGtleQ=="
END
zone other.example < /dev/null
zone bytes.example <<< '@ TXT "\200\201"'
lab_knot_start primary $PRIMARY <<END
key:
  - id: signet.
    algorithm: hmac-sha256
    secret: $SECRET
acl:
  - id: publish
    key: signet.
    action: update
template:
  - id: default
    storage: $LAB/primary
    zonefile-sync: -1
    acl: publish
zone:
  - domain: publish.example
    file: publish.example.zone
  - domain: other.example
    file: other.example.zone
  - domain: bytes.example
    file: bytes.example.zone
END
sees() { kdig +short +norec "@${2:-$PRIMARY}" "$1" TXT | sed 's/" "//g'; }

# What an owner's program might be: it keeps what it was told, and does it by knsupdate.
echo "hmac-sha256:signet:$SECRET" > $LAB/tsig
cat > $LAB/program <<END
#!/usr/bin/python3
import json, os, subprocess, sys
text = sys.stdin.read()
with open("$LAB/told", "a") as told:
    told.write("%s %s %s\n" % (os.environ["SIGNET_ZONE"], os.environ["SIGNET_ACTION"], " ".join(sys.argv[1:])) + text)
with open("$LAB/environment", "w") as file:
    file.write(" ".join(sorted(set(os.environ) - {"LC_CTYPE"})))     # which is Python's own
if os.path.exists("$LAB/says"):
    print(open("$LAB/says").read())
if os.path.exists("$LAB/status"):
    sys.exit(int(open("$LAB/status").read()))
words = {"remove": "delete", "add": "add"}
script = "server $PRIMARY\nzone %s.\n" % os.environ["SIGNET_ZONE"]
for record in map(json.loads, text.splitlines()):
    value = record["value"].encode()
    strings = " ".join('"' + "".join("\\\\%03d" % byte for byte in value[at:at + 255]) + '"' for at in range(0, len(value), 255))
    if record["action"] in words:
        script += "update %s %s. %s TXT %s\n" % (words[record["action"]], record["name"], record["ttl"], strings)
done = subprocess.run(["knsupdate", "-k", "$LAB/tsig"], input=script + "send\n", text=True, stdout=subprocess.DEVNULL)
sys.exit(75 if done.returncode else 0)
END
chmod 755 $LAB/program

mkdir -p $LAB/signet/keys
for selector in new old; do
	$SIGNET key new --domain publish.example --selector $selector --file /etc/signet/keys/$selector.pem >/dev/null
done
entry() { printf '{ domain = "%s"; selector = "%s"; file = "/etc/signet/keys/%s.pem"; }' "$1" "$2" "${3:-$2}"; }
config() {     # COMMAND ENTRIES [MORE]
	{
		lab_config_base
		cat <<-END
		stub_zones = ( { zone = "publish.example"; servers = [ "$PRIMARY" ]; }, { zone = "other.example"; servers = [ "$PRIMARY" ]; },
		               { zone = "bytes.example"; servers = [ "$PRIMARY" ]; }, { zone = "example.org"; servers = [ "$PDNS" ]; } );
		publish_command = "$1";
		dkim = ( $2 );
		${3:-}
		END
	} > $CONF
}
publish() {
	rm -f $LAB/told
	out=$($SIGNET dns --publish --yes "$@" 2>&1 </dev/null)
	status=$?
	flat=$(grep -v 'its SPF record needs' <<< "$out" | paste -sd' ')
}

# ---- what it is told ---------------------------------------------------------------------------

config "$LAB/program a 'b c'" "$(entry publish.example new), $(entry publish.example old), $(entry other.example new)"
ok "the configuration is right" $SIGNET config check
publish --address 198.51.100.7
is "published" "$status" 0
like "by whom" "$out" '^zone publish\.example by publish_command \(as ns1\.publish\.example\[127\.0\.0\.2\] shows it\):$'
like "and taken" "$out" '^publish_command has taken the update of publish\.example$'
like "each server shows it" "$out" '^new\._domainkey\.publish\.example: shown by all authoritative servers \(1\)$'
is "once for each zone, with its arguments" "$(grep -v '^{' $LAB/told)" $'publish.example publish a b c\nother.example publish a b c'
is "and nothing else of our environment" "$(cat $LAB/environment)" "HOME LOGNAME PATH SHELL SIGNET_ACTION SIGNET_ZONE"
like "a key that comes" "$(cat $LAB/told)" '^\{"action": "add", "name": "new\._domainkey\.publish\.example", "host": "new\._domainkey", "type": "TXT", "ttl": 3600, "value": "v=DKIM1; k=rsa; p=MII[^"]*"\}$'
is "one that takes the place of another: first that goes" \
	"$(grep '"old._domainkey.publish' $LAB/told | sed 's/.*"action": "\([a-z]*\)".*"ttl": \([0-9]*\), "value": "v=DKIM1; k=rsa; p=\(...\).*/\1 \2 \3/')" $'remove 60 b2x\nadd 60 MII'
is "SPF, beside what stays" "$(grep '"host": "@"' $LAB/told | grep 'publish\.example"' | cut -d, -f1,3,6-)" \
	'{"action": "remove", "host": "@", "value": "v=spf1 mx -all"}
{"action": "keep", "host": "@", "value": "site=\"1\"; \u00e4"}
{"action": "add", "host": "@", "value": "v=spf1 mx ip4:198.51.100.7 -all"}'
is "which is in the zone, and what stays" "$(sees publish.example | sort)" '"site=\"1\"; \195\164"
"v=spf1 mx ip4:198.51.100.7 -all"'
publish --address 198.51.100.7
is "again: nothing to do, and nobody is told" "$status $flat $(cat $LAB/told 2>/dev/null)" "0 nothing to do "
config "$LAB/program" "$(entry bytes.example new)"
publish --address 198.51.100.7
like "a record beside it that no line can tell" "$status $flat" '^65 .*bytes\.example has a TXT record that is not text in UTF-8'
is "the program was not run" "$(cat $LAB/told 2>/dev/null)" ""
publish --server $PRIMARY
like "what the command line says comes first" "$status $flat" '^77 .*zone bytes\.example at 127\.0\.0\.2'

# ---- what its end means ---------------------------------------------------------------------------

$SIGNET key new --domain publish.example --selector later --file /etc/signet/keys/later.pem >/dev/null
config "$LAB/program" "$(entry publish.example later)"
printf '\n  the API is closed \033[31mtoday\nand more\n' > $LAB/says
for row in '75 75 temporary failure' '74 75 input/output error' '77 77 permission denied' '78 78 configuration error' '1 74 ' '64 74 command line usage error'; do
	read -r ends want text <<< "$row"
	echo "$ends" > $LAB/status
	publish
	like "status $ends" "$status $flat" "^$want .*signet: the zone publish\.example: $LAB/program ended with status $ends.*$text"
	[ "$ends" != 75 ] || like "and what it said" "$out" ': the API is closed [!-~]*\[31mtoday$'
done
is "nothing is in the zone" "$(sees later._domainkey.publish.example)" ""
rm $LAB/says
echo 0 > $LAB/status
publish
is "it says that all is well, and did nothing: the name servers are asked" "$status" 75
like "which do not show it" "$out" '^later\._domainkey\.publish\.example: not yet shown by ns1'
rm $LAB/status
config "/nowhere/program" "$(entry publish.example later)"
publish
like "no program" "$status $flat" '^75 .*/nowhere/program cannot be run: No such file or directory; publish_command in the configuration names it'
like "config check says so before" "$($SIGNET config check 2>&1)" 'warning: publish_command: /nowhere/program: No such file'
config "program" "$(entry publish.example later)"
like "a program without a path" "$($SIGNET config check 2>&1)" 'publish_command must begin with the program.s path'
config "$LAB/program" "$(entry publish.example later)" "publish_server = \"$PRIMARY\";"
like "two ways" "$($SIGNET config check 2>&1)" 'publish_command and publish_server: one way to publish is enough'

# ---- who uses it -------------------------------------------------------------------------------------

config "$LAB/program" "$(entry publish.example new)" 'rotate = "90d"; queue = "none"; smarthost = { host = "smtp.else.example"; };'
touch -d '91 days ago' /etc/signet/keys/new.pem
rm -f $LAB/told
echo 75 > $LAB/status
cp $CONF before
$SIGNET key rotate --due >out 2>&1
is "a rotation whose record is not taken" "$? $(cmp before $CONF && grep -c "^s${YEAR}a._domainkey.publish.example v=DKIM1" out)" "0 1"
rm $LAB/status
$SIGNET key rotate --due >out 2>&1
is "is switched when it is" "$? $(grep -o "selector = \"[a-z0-9]*\"" $CONF)" "0 selector = \"s${YEAR}a\""
sed -i 's/^keep_until .*/keep_until 1/' /etc/signet/keys/*.rotation
rm -f $LAB/told
$SIGNET key rotate --due >out 2>&1
is "the old key is revoked by it" "$? $(head -n 1 $LAB/told) $(sees new._domainkey.publish.example)" '0 publish.example revoke  "v=DKIM1; p="'
rm -f $LAB/told
$SIGNET setup --root me@else.example --domain publish.example --hostname mail.publish.example --via smarthost --no-test --dry-run >out 2>&1
like "setup publishes, too" "$(cat out)" 'signet dns.* --publish --yes'

# ---- lexicon ----------------------------------------------------------------------------------------

mkdir -p $LAB/pdns $LAB/recipes
sqlite3 $LAB/pdns/db < /usr/share/pdns-backend-sqlite3/schema/schema.sqlite3.sql
cat > $LAB/pdns/pdns.conf <<END
launch=gsqlite3
gsqlite3-database=$LAB/pdns/db
local-address=$PDNS
socket-dir=$LAB/pdns
api=yes
api-key=secret
webserver=yes
webserver-address=127.0.0.1
webserver-port=8081
cache-ttl=0
query-cache-ttl=0
negquery-cache-ttl=0
END
printf '%s\n' '$ORIGIN example.org.' '$TTL 60' '@ SOA ns1 hostmaster 1 3600 600 86400 1' '@ NS ns1' "ns1 A $PDNS" \
	'old._domainkey TXT "v=DKIM1; k=rsa; p=b2xkIGtleQ=="' '@ TXT "site"' > $LAB/pdns/zone
pdnsutil --config-dir=$LAB/pdns load-zone example.org $LAB/pdns/zone >>$LAB/log/pdns 2>&1 || lab_die "pdnsutil takes no zone"
pdns_server --config-dir=$LAB/pdns --daemon=no --guardian=no >>$LAB/log/pdns 2>&1 &
lab_need 60 lab_answers $PDNS 53
lab_need 60 lab_answers 127.0.0.1 8081
echo secret > /etc/signet/pdns.key
recipe lexicon > $LAB/recipes/lexicon
recipe octodns > $LAB/recipes/octodns
chmod 755 $LAB/recipes/*
is "the manual's recipes were found" "$(grep -c 'lexicon\|octodns-sync' $LAB/recipes/*)" "$LAB/recipes/lexicon:1
$LAB/recipes/octodns:1"
config "$LAB/recipes/lexicon" "$(entry example.org new later), $(entry example.org old)"
publish --address 198.51.100.7
is "lexicon publishes" "$status" 0
diag_out=$out
like "a key" "$(sees new._domainkey.example.org $PDNS)" '^"v=DKIM1; k=rsa; p=MII'
is "in the place of another" "$(sees old._domainkey.example.org $PDNS | grep -c 'p=MII') $(sees old._domainkey.example.org $PDNS | wc -l)" "1 1"
is "and SPF beside what was there" "$(sees example.org $PDNS | sort)" $'"site"\n"v=spf1 ip4:198.51.100.7 ~all"'
[ "$status" -eq 0 ] || diag "$diag_out"
publish --address 198.51.100.7
is "again: nothing to do" "$status $flat" "0 nothing to do"
"$LAB/recipes/lexicon" < /dev/null
is "a program that is told nothing does nothing" "$?" 0
echo wrong > /etc/signet/pdns.key
config "$LAB/recipes/lexicon" "$(entry example.org more old)"
publish
is "another password: to be tried again" "$status $(sees more._domainkey.example.org $PDNS)" "75 "

# ---- octodns -------------------------------------------------------------------------------------------

# It reads the file as octodns' YamlProvider does (a name without its zone, "" the zone's own, "\;" for ";"), and makes the zone so.
mkdir -p /run/octodns $LAB/octodns
cat > $LAB/octodns/octodns-sync <<END
#!/usr/bin/python3
import subprocess, sys, yaml
assert sys.argv[1:4] == ["--doit", "--config-file", "/etc/octodns/config.yaml"], sys.argv
zone = sys.argv[4]
script = "server $PRIMARY\nzone %s\n" % zone
for host, record in yaml.safe_load(open("$LAB/octodns/" + zone + "yaml")).items():
    name = host + "." + zone if host else zone
    assert record["type"] == "TXT"
    script += "update delete %s TXT\n" % name
    for value in record["values"]:
        assert ";" not in value.replace("\\\\;", "")
        value = value.replace("\\\\;", ";").encode()
        script += "update add %s %d TXT %s\n" % (name, record["ttl"], " ".join('"' + "".join("\\\\%03d" % b for b in value[at:at + 255]) + '"' for at in range(0, len(value), 255)))
sys.exit(subprocess.run(["knsupdate", "-k", "$LAB/tsig"], input=script + "send\n", text=True, stdout=subprocess.DEVNULL).returncode)
END
chmod 755 $LAB/octodns/octodns-sync
sed -i "s,/var/lib/signet-dns/,$LAB/octodns/,; s,\"octodns-sync\",\"$LAB/octodns/octodns-sync\"," $LAB/recipes/octodns
config "$LAB/recipes/octodns" "$(entry publish.example third later)"
publish --address 203.0.113.9
is "its records become a file" "$status" 0
like "and are published" "$(sees third._domainkey.publish.example)" '^"v=DKIM1; k=rsa; p=MII'
is "SPF beside what was there" "$(sees publish.example | sort)" '"site=\"1\"; \195\164"
"v=spf1 mx ip4:198.51.100.7 ip4:203.0.113.9 -all"'
config "$LAB/recipes/octodns" "$(entry publish.example third later), $(entry publish.example fourth old)"
publish --address 203.0.113.9
is "what was there before stays in it" "$status $(/usr/bin/python3 -c 'import sys, yaml; print(*yaml.safe_load(open(sys.argv[1])))' $LAB/octodns/publish.example.yaml)" \
	"0  fourth._domainkey third._domainkey"
like "and in the zone" "$(sees third._domainkey.publish.example)$(sees fourth._domainkey.publish.example)" 'p=MII.*p=MII'
world_done
