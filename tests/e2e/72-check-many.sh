#!/bin/bash
# SPDX-License-Identifier: ISC
# signet check --file: a thousand domains (check/many.py) in less than a minute, some of them broken, silent or lying; what
# they share is asked once, and each gets what it would get alone.
. "$(dirname "$0")/world.sh"
world_begin "$@"
MANY=$LAB_SOURCE/tests/e2e/check/many.py
kinds='0 1 2 3 5 10 15 20 25 35 45'
tap_plan $((28 + $(wc -w <<<"$kinds")))

$SIGNET key new --domain shared.example --selector s1 --file /etc/signet/keys/s1.pem >/dev/null
RIGHT=$($SIGNET dns --domain shared.example --selector s1 --key /etc/signet/keys/s1.pem | cut -d' ' -f2- | lab_txt)
export RIGHT
lab_zone world.example <<-'END'
echo MX 10 echo
echo A 192.0.2.10
END
lab_zone sender.example <<-'END'
@ MX 10 mail
mail A 192.0.2.1
END
lab_dns_start
mkdir -p $LAB/many
/usr/bin/python3 "$MANY" zones $LAB/many
{
	printf '%s\n' 'server:' '  listen: 127.0.0.3@53' '  socket-affinity: off' 'mod-stats:' '  - id: all' '    request-protocol: on' '    query-type: on' \
		'template:' '  - id: default' "    storage: $LAB/many" '    zonefile-sync: -1' '    journal-content: none' \
		'    global-module: mod-stats/all' '    module: mod-stats/all' 'zone:'
	/usr/bin/python3 "$MANY" conf $LAB/many
} > $LAB/many.conf
lab_knot_start many 127.0.0.2 < $LAB/many.conf
for address in 198.18.0.1 198.51.100.53 198.51.100.54; do
	ip address add $address/32 dev lo
done
sleep infinity | /usr/bin/python3 "$LAB_SOURCE/tests/e2e/check/echo.py" silent:198.51.100.53 cut:198.51.100.54 192.0.2.10 2>echoes &
lab_need 60 lab_answers 192.0.2.10 25
{
	lab_config_base | grep -v '^hostname\|^domain\|^mx_allow'
	cat <<-END
	hostname = "mail.shared.example";
	domain = "shared.example";
	root = "me@world.example";
	mx_allow = [ "192.0.2.0/24" ];
	dkim = ( { domain = "*"; selector = "s1"; file = "/etc/signet/keys/s1.pem"; } );
	default_via = [ "mx" ];
	echo_domains = [ "echo.world.example" ];
	mx_source = [ "198.18.0.1" ];
	mx_families = [ "ipv4" ];
	stub_zones = ( $(for zone in many.example shared.example spamhaus.org spamcop.net 18.198.in-addr.arpa; do
		printf '{ zone = "%s"; servers = [ "127.0.0.2" ]; }, ' $zone; done) { zone = "nowhere.example"; servers = [ "127.0.0.2" ]; } );
	END
} > $CONF
mkdir -p /var/spool/signet
/usr/bin/python3 "$MANY" names > names

# How many questions Knot has had, in all or for a zone.
questions() {
	if [ "${1:-}" ]; then
		knotc -c $LAB/many/knot.conf -b zone-stats "$1" mod-stats.query-type
	else
		knotc -c $LAB/many/knot.conf -b stats mod-stats.request-protocol
	fi | sed 's/.* = //' | awk '{ n += $1 } END { print n + 0 }'
}
check() {
	out=$($SIGNET check "$@" 2>err </dev/null)
	status=$?
}
# of EXPRESSION: about the findings, as python says it.
of() {
	/usr/bin/python3 -c 'import json, sys, collections
o = json.load(open("many.json"))
found = [f for f in o["findings"] if not f["id"].startswith("tls.")]     # nobody does TLS here
print(eval(sys.argv[1]))' "$1" 2>&1
}

# ---- a thousand ----------------------------------------------------------------------------

ulimit -n 700
before=$(questions)
began=${EPOCHREALTIME/./}
$SIGNET check --json --file names >many.json 2>err </dev/null
status=$?
ms=$(( (${EPOCHREALTIME/./} - began) / 1000 ))
asked=$(($(questions) - before))
diag "a thousand domains: $ms ms, $asked questions"
is "a thousand domains: the exit status is that of the worst" "$status $(cat err)" "2 "
ok "in less than a minute ($ms ms), with 700 descriptors at most" test "$ms" -lt 60000
is "one object" "$(of 'o["version"], o["worst"]')" "(1, 'fail')"
is "of all of them" "$(of 'len({f["domain"] for f in found if f["domain"]})')" 1000
is "and of the host, once" "$(of 'sorted(collections.Counter(f["id"] for f in found if f["domain"] == "" and f["id"] in ("ptr.exists", "egress.address", "blocklist.address")).items())')" \
	"[('blocklist.address', 1), ('egress.address', 1), ('ptr.exists', 1)]"
ok "each domain takes few questions ($((asked / 1000)) each)" test "$asked" -lt 60000
listed="$(questions zen.spamhaus.org) $(questions bl.spamcop.net)"
ok "addresses are looked up in blocklists once ($listed)" test $((${listed/ / + })) -lt 80
ok "the zone that all share is asked a few times ($(questions shared.example)), and not for each of them" test "$(questions shared.example)" -lt 200
ok "a domain of its own is asked for what it has alone ($(questions d4.many.example))" test "$(questions d4.many.example)" -lt 60
ok "the PTR once ($(questions 18.198.in-addr.arpa))" test "$(questions 18.198.in-addr.arpa)" -lt 10
is "the MX that all share is greeted once" "$(of '[len({tuple(f["evidence"]) for f in o["findings"] if f["id"] == "tls.starttls"}), len([f for f in o["findings"] if f["id"] == "tls.starttls"])]')" "[1, 920]"

is "those that are well" "$(of 'len({f["domain"] for f in found if f["domain"]} - {f["domain"] for f in found if f["state"] in ("fail", "unknown", "warn")})')" \
	"$(of '1000 - 20 * 9 - 1')"
is "one that a blocklist has" "$(of '[(f["id"], f["state"]) for f in found if f["domain"] == "d7.many.example" and f["state"] not in ("pass", "info", "skipped")]')" \
	"[('blocklist.domain', 'fail')]"
is "silent, refusing and cutting servers: unknown, and nothing passes that rests on them" \
	"$(of 'sorted({f["id"] for f in found if f["state"] == "pass" and int(f["domain"][1:].split(".")[0] or -1) % 50 in (1, 2, 3) and f["id"].split(".")[0] in ("spf", "dmarc", "dns", "mtasts", "tlsrpt", "mx", "tls")} if True else 0)' 2>&1 | tail -n 1)" "[]"
is "the others: what is broken there" \
	"$(of 'sorted({(int(f["domain"][1:].split(".")[0]) % 50, f["id"]) for f in found if f["state"] == "fail" and f["domain"] and int(f["domain"][1:].split(".")[0]) % 50 in (5, 15, 25, 35)})')" \
	"[(5, 'spf.record'), (15, 'dkim.record'), (25, 'spf.record'), (35, 'dmarc.record')]"

# ---- as each alone --------------------------------------------------------------------------

for n in $kinds; do
	$SIGNET check --json --fresh d$((100 + n)).many.example >single.json 2>/dev/null </dev/null
	is "d$((100 + n)), alone, is the same" "$(/usr/bin/python3 "$MANY" compare many.json single.json d$((100 + n)).many.example)" "True [] []"
done

# ---- what goes with it ------------------------------------------------------------------------

began=$SECONDS
check --changed --file names
is "a second time nothing has changed" "$status $out$(cat err)" "2 "
ok "in less than a minute ($((SECONDS - began)) s)" test $((SECONDS - began)) -lt 60
check --nagios --only spf --file names d0.many.example
like "for monitoring" "$status $out" '^2 SIGNET CRITICAL - spf\.record: .* \| fail=60 '
out=$(printf '# two of them\nd4.many.example\n\nd5.many.example # the other\n' | $SIGNET check --only spf --json --file - 2>err)
is "from standard input" "$? $(grep -o '"domain": "d[^"]*"' <<<"$out" | sort -u | tr '\n' ' ')" '2 "domain": "d4.many.example" "domain": "d5.many.example" '
printf 'd4.many.example\nme@d5.many.example\n' > bad
check --file bad
like "what is not a domain has a line" "$status $(cat err)" '^65 signet: line 2 of bad: "me@d5\.many\.example" is not a domain name'
check --file nowhere
like "a file that is not there" "$status $(cat err)" '^66 signet: cannot read nowhere'
: > empty
check --only spf --json --file empty
is "an empty one: nothing of domains" "$(grep -c '"domain": "[^"]' <<<"$out")" 0
printf 'd4.many.example\n' > one
check --only dns --all --file one
like "the text is that of a few" "$status $(grep dns.servers <<<"$out")" '^0 pass +dns\.servers d4\.many\.example'
unlike "none says that it was not looked at" "$(cat many.json)" 'within the time'
unlike "nor is a limit met" "$(cat many.json)" 'not asked any more'
$SIGNET check --only spf --file names >text 2>err </dev/null
is "as text: what to do first, once" "$(grep -c '^Do this first' text)" 1
is "and what passes is not told" "$(grep -c '^pass' text)" 0
world_done
