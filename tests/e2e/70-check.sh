#!/bin/bash
# SPDX-License-Identifier: ISC
# signet check: broken set-ups as data (check/setups), each found and its printed fix executed; what it prints, and
# how it ends.
. "$(dirname "$0")/world.sh"
world_begin "$@"
. "$LAB_SOURCE/tests/e2e/check/rows.sh"
names=$(sed -n 's/^\([a-z0-9-]*\) *|.*/\1/p' "$SETUPS")
count=$(wc -w <<<"$names")
tap_plan $((2 * count + 61))

# ---- each set-up -----------------------------------------------------------------------------

wanted() {
	awk -F '|' -v name="$1" -v part="$2" '{ word = $1; gsub(/ /, "", word) } word == name { gsub(/^ +| +$/, "", $part); print $part }' "$SETUPS"
}
/usr/bin/python3 "$RUN" check "$SETUPS" $SIGNET $CONF.rows > found 2>found.err
for name in $names; do
	IFS=$'\t' read -r _ before after < <(grep -P "^$name\t" found)
	is "$name: found" "$before" "$(wanted "$name" 5)"
	is "$name: once the printed fixes are executed" "$after" "$(wanted "$name" 6)"
done
[ ! -s found.err ] || diag "$(cat found.err)"

# ---- what it prints --------------------------------------------------------------------------

check() {
	out=$($SIGNET check "$@" 2>err </dev/null)
	status=$?
}
check --only dkim k-private.rows.example
is "a failure: 2" "$status" 2
like "what to do comes first" "$(head -n 2 <<<"$out" | tail -n 1)" '^fail +dkim\.record k-private\.rows\.example: '
like "with why" "$out" '^ +why: A receiver looks up this record'
like "and how to see that it worked" "$out" '^ +then: dig \+short s1\._domainkey\.k-private\.rows\.example TXT$'
check --only dkim k-right.rows.example
is "all is well: 0" "$status" 0
like "and that is not the inbox" "$out" "Postmaster Tools.*SNDS.*Sender Hub"
unlike "no colours without a terminal" "$out" $'\033'
like "on a terminal there are" "$(script -qec "$SIGNET check --only dkim --all k-right.rows.example" /dev/null)" $'\033'
unlike "not with NO_COLOR" "$(NO_COLOR=1 script -qec "$SIGNET check --only dkim --all k-right.rows.example" /dev/null)" $'\033\\[3'
check --only dkim --nagios k-right.rows.example
like "for monitoring" "$status $out" '^0 SIGNET OK - .* \| fail=0 warn=0 unknown=0 skipped=0 info=[0-9]* pass=[0-9]*$'
check --only dkim --nagios k-private.rows.example
like "a failure" "$status $out" '^2 SIGNET CRITICAL - dkim\.record: .* \| fail=1 '
check --only dkim.bits,dkim.key --json k-private.rows.example
is "by id" "$status $(grep -o '"id": "[^"]*"' <<<"$out" | sort -u | paste -sd' ')" '0 "id": "dkim.bits" "id": "dkim.key"'
check --skip dkim.record,domainkeys --only dkim --json k-private.rows.example
unlike "without an id" "$out" 'dkim\.record'
/usr/bin/python3 -c '
import json, sys
o = json.load(sys.stdin)
assert o["version"] == 1 and o["time"].endswith("Z") and o["worst"] == "pass" and o["first"] is None, o
for f in o["findings"]:
	assert sorted(f) == sorted(["id", "state", "domain", "family", "what", "evidence", "why", "fix", "verify"]), f
' <<<"$out" 2>err.json
is "one object, version 1" "$? $(cat err.json)" "0 "
check --only dikm
is "an area that there is not" "$status" 64
like "has a nearest one" "$(cat err)" 'the nearest is "dkim"'
check --explain dkim.match
like "explained" "$status $out" '^0 dkim\.match'
check --explain all
is "all are" "$(grep -c . <<<"$out")" "$(grep -c '^	{ "' "$LAB_SOURCE/trust/check_table.c")"
check --nonsense
is "an option that there is not" "$status" 64
echo 'nonsense = 1;' > $LAB/bad.conf
SIGNET_CONFIG=$LAB/bad.conf check --only dkim --nagios k-right.rows.example
like "a configuration that cannot be read is unknown" "$status $out" '^3 SIGNET UNKNOWN - '

printf 'queue = "none"; smarthost = { host = "smtp.else.example"; };\n' > $LAB/none.conf
SIGNET_CONFIG=$LAB/none.conf check
like "without a queue there is nothing to check" "$status $out $(cat err)" '^0 nothing was checked signet: with queue = "none"'
SIGNET_CONFIG=$LAB/none.conf check --only dns k-right.rows.example
unlike "unless it is asked for" "$out" 'nothing was checked'

# ---- changes, and waiting ----------------------------------------------------------------------

check --only dkim --changed k-right.rows.example
is "nothing has changed: nothing is said" "$status $out" "0 "
nsupdate <<-END
server $SERVER
zone k-right.rows.example.
update delete s1._domainkey.k-right.rows.example. TXT
send
END
check --only dkim --changed k-right.rows.example
like "a change is" "$status $out" '^2 '
like "with what it is" "$out" 'dkim\.record k-right\.rows\.example: no record'
check --only dkim --changed k-right.rows.example
is "once; the status stays" "$status $out" "2 "
sed -i '/^time_scale/d' $CONF
echo 'time_scale = 0.01;' >> $CONF
$SIGNET check --only dkim --wait k-right.rows.example >waited 2>waiting </dev/null &
waiter=$!
lab_need 60 grep -q 'waiting: 1 not well yet, first dkim.record of k-right.rows.example; once it is fixed, caches' waiting
{
	printf 'server %s\nzone k-right.rows.example.\nupdate add s1._domainkey.k-right.rows.example. 60 TXT %s\nsend\n' $SERVER "$RIGHT"
} | nsupdate
wait $waiter
is "waits until it is well" "$?" 0

# ---- DNSSEC ------------------------------------------------------------------------------------

check --only dns --json --all signed.example
is "a signed zone" "$(grep -c '"id": "dns.dnssec", "state": "pass"' <<<"$out")" 1
# ds SED: the DS at the registry, edited.
ds() {
	sed -i "/^signed\.example\. DS/ { $1 }; s/^\(\. 300 SOA ns\. hostmaster\.\) [0-9]*/\1 $(( ++LAB_ROOT_ZONE_SERIAL ))/" $LAB/dns/root
	knotc -c $LAB/dns/knot.conf -b zone-reload . >/dev/null
}
grep -q '^signed\.example\. DS' $LAB/dns/root || lab_die "no DS of signed.example in the root"
ds 's/\(.*\) [0-9a-f]\{60\}/\1 000000000000000000000000000000000000000000000000000000000000/'
broken() { check --only dns signed.example; grep -q '^fail *dns\.resolve' <<<"$out"; }
ok "a DS that is of no key: a resolver cannot look it up" lab_until 60 broken
like "which is DNSSEC's doing, with the fix" "$(paste -sd' ' <<<"$out" | tr -s ' ')" 'signed\.example.*\(DNSSEC\).*compare the DS at the registry with the zone.s keys'
keymgr -c $LAB/dns/knot.conf signed.example ds > right.ds
ds d
cat right.ds >> $LAB/dns/root
ds ''
repaired() { check --only dns --all signed.example; grep -q '^pass *dns\.dnssec' <<<"$out"; }
ok "the right one, as the fix has it: well" lab_until 60 repaired

# ---- from nothing to well ---------------------------------------------------------------------------

row_config() {     # DOMAIN [LINE]
	sed "s/DOMAIN/$1/" $CONF.rows > row.conf
	[ -z "${2:-}" ] || { sed -i "/^${2%% *} /d" row.conf; echo "$2" >> row.conf; }
}
row_config n-publish.rows.example
SIGNET_CONFIG=$LAB/row.conf check --only dkim,domainkeys,dmarc n-publish.rows.example
is "an empty zone: a failure" "$status" 2
SIGNET_CONFIG=$LAB/row.conf $SIGNET dns --publish --yes --server $SERVER n-publish.rows.example >published 2>&1
SIGNET_CONFIG=$LAB/row.conf check --only dkim,domainkeys,dmarc n-publish.rows.example
is "once all that signet dns prints is published, all of that is well" "$status" 0
row_config n-first.rows.example 'mx_source = [ "198.18.3.1" ];'
every=dns,domain,egress,port25,helo,ptr,spf,dkim,domainkeys,dmarc,mx,smarthost,blocklist,mtasts,tlsrpt,clock
did=$(/usr/bin/python3 "$RUN" first $SIGNET $LAB/row.conf n-first.rows.example $every)
like "what stands first leads on, step by step" "$(paste -sd' ' <<<"$did" | tr -s ' ')" \
	'^domain.mail .*helo.resolves .*ptr.* spf.record .*dkim.record domainkeys.record dmarc.record'
SIGNET_CONFIG=$LAB/row.conf check --skip tls n-first.rows.example     # nobody is at its MX
is "until all of it is well" "$status $(grep '^[a-z]' <<<"$out" | grep -v '^info\|^skipped')" "0 "

# ---- in seconds -----------------------------------------------------------------------------------------

seconds() {       # of the quickest of three
	local n began best=99999
	for n in 1 2 3; do
		began=${EPOCHREALTIME/./}
		SIGNET_CONFIG=$LAB/row.conf check "$@"
		n=$(( (${EPOCHREALTIME/./} - began) / 1000 ))
		[ $n -ge $best ] || best=$n
	done
	echo $best
}
ms=$(seconds n-first.rows.example)
ok "one domain in less than two seconds ($ms ms)" test "$ms" -lt 2000

# ---- lists are asked once a day ---------------------------------------------------------------------------

KEPT=/var/spool/signet/check.blocklists
lists() { SIGNET_CONFIG=$LAB/row.conf check --only blocklist --all "$@" n-first.rows.example; }
rm -f $KEPT
lists
like "lists are asked" "$status $(grep 'blocklist\.address' <<<"$out")" '^0 pass +blocklist\.address.* is on none of [0-9]+ blocklists$'
is "what they said is kept" "$(head -n 1 $KEPT) $(grep -c '^1\.3\.18\.198\.' $KEPT)" "signet-blocklists 1 2"
kept=$(grep '^1\.' $KEPT)
sed -E -i 's/(zone = "spam[a-z]*\.[a-z]*"; servers = \[ )"127\.0\.0\.2"/\1"198.51.100.53"/g' row.conf
lists
like "the same day they are not, though now they would not answer; it says when they were" "$status $(grep 'blocklist\.address' <<<"$out")" \
	'^0 pass +blocklist\.address.* is on none of [0-9]+ blocklists, asked at 20[0-9: UTC-]+; signet check --fresh asks again'
lists --fresh
like "--fresh asks them" "$status $(grep 'blocklist\.list' <<<"$out")" '^3 unknown +blocklist\.list'
is "no answer takes no answer's place" "$(grep '^1\.' $KEPT)" "$kept"
sed -i -E "s/ [0-9]+ / $(( $(date +%s) - 86400 )) /" $KEPT
lists
like "a day later they are asked again" "$status $(grep 'blocklist\.list' <<<"$out")" '^3 unknown +blocklist\.list'
is "what is too old is gone" "$(cat $KEPT)" "signet-blocklists 1"
echo nonsense > $KEPT
lists
like "a file that is damaged" "$status $(cat err)" '^3 signet: /var/spool/signet/check\.blocklists is damaged.* they are asked again$'
is "is none from then on" "$(cat $KEPT)" "signet-blocklists 1"
row_config n-first.rows.example 'mx_source = [ "198.18.3.1" ];'
rm -f $KEPT
echo 'forwarders = [ "198.51.100.53" ];' >> row.conf
sed -i '/^stub_zones/d' row.conf
began=$SECONDS
SIGNET_CONFIG=$LAB/row.conf check --json n-first.rows.example
like "a silent resolver: unknown or worse, and never well" "$status" '^[23]$'
ok "and nobody waits for ever ($((SECONDS - began)) s)" test $((SECONDS - began)) -lt 60
unlike "nothing of the DNS passes" "$out" '"id": "(dns|spf|dmarc|ptr|blocklist)[^"]*", "state": "pass"'
for resolver in 'liar 55' 'loop 56'; do
	sed -i '/^forwarders/d' row.conf
	echo "forwarders = [ \"198.51.100.${resolver#* }\" ];" >> row.conf
	began=$SECONDS
	SIGNET_CONFIG=$LAB/row.conf check --json n-first.rows.example
	like "a resolver that is a ${resolver% *}: unknown or worse, and never well" "$status" '^[23]$'
	ok "it has an end ($((SECONDS - began)) s)" test $((SECONDS - began)) -lt 60
	unlike "and nothing of the DNS passes" "$out" '"id": "(dns|spf|dkim\.(record|match|probe)|dmarc|ptr|helo\.resolves|mx|blocklist|mtasts)[^"]*", "state": "pass"'
done

row_config x-cut.rows.example
began=$SECONDS
SIGNET_CONFIG=$LAB/row.conf check --only dkim,spf,dmarc,dns,mx,mtasts,tlsrpt x-cut.rows.example
is "eight servers that cut their answers and are silent over TCP: unknown" "$status" 3
ok "and nobody waits for each of them ($((SECONDS - began)) s)" test $((SECONDS - began)) -lt 60

# ---- the commands that it tells -------------------------------------------------------------------------

row_config n-first.rows.example
wrong=
while read -r command; do
	SIGNET_CONFIG=$LAB/row.conf sh -c "PATH=$(dirname $SIGNET):\$PATH; ${command/DOMAIN/n-first.rows.example}" >told 2>&1 </dev/null
	[ $? -le 3 ] || wrong="$wrong$command: $(head -c 200 told)"$'\n'
done < <($SIGNET check --explain all | while read -r id _; do $SIGNET check --explain "$id"; done | sed -n 's/^ *then: \(signet .*\)/\1/p' | sort -u)
# What a fix tells to type, in the order of the fix, with a configuration that a command may edit.
own_config() {     # DOMAIN [LINES]
	{
		row_config "$1"
		grep -v '^dkim' row.conf
		printf '%s\n' "${2:-}"
	} > own.conf
}
type_fix() {       # DOMAIN ID
	SIGNET_CONFIG=$LAB/own.conf check --only "$2" --json "$1"
	/usr/bin/python3 -c 'import json, re, sys
for f in json.load(sys.stdin)["findings"]:
	print("\n".join(re.findall(r"signet key [^;\n]*", f["fix"])))' <<<"$out" > typed
	while read -r command; do
		SIGNET_CONFIG=$LAB/own.conf sh -c "PATH=$(dirname $SIGNET):\$PATH; $command" >told 2>&1 </dev/null
		case $? in 0|75) ;; *) echo "$command: $(head -c 300 told)" ;; esac
	done < typed
	SIGNET_CONFIG=$LAB/own.conf check --only dkim "$1"
}
own_config k-none.rows.example
is "no key: the commands of the fix work" "$(type_fix k-none.rows.example dkim.key; wc -l < typed)" "1"
own_config k-private.rows.example "dkim = ( { domain = \"k-private.rows.example\"; selector = \"s1\"; file = \"$KEYS/s1.pem\"; } );"
printf 'server %s\nzone k-private.rows.example.\nupdate add s1._domainkey.k-private.rows.example. 60 TXT %s\nsend\n' $SERVER "$PRIVATE" | nsupdate
is "a private key in DNS: so does this" "$(type_fix k-private.rows.example dkim.record; wc -l < typed)" "1"
is "which begins with another key" "$(find $KEYS -name '*.rotation' | wc -l)" 1
is "each command of ours that shows that a fix worked can be run" "$wrong" ""
world_done
