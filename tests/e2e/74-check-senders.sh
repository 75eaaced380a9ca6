#!/bin/bash
# SPDX-License-Identifier: ISC
# signet check and what this host has really sent: mail of root, of a program that forgot its sender and as a customer
# comes first; volume against the bulk rules; who refuses mail, and what waits. Each printed fix is executed.
. "$(dirname "$0")/world.sh"
world_begin "$@"
tap_plan 37

D=direct.world.example
world_names
lab_zone world.example <<-'END'
echo MX 10 echo.host
echo.host A 192.0.2.40
END
lab_zone gmail.com <<-'END'
@ MX 10 mx
mx A 192.0.2.41
END
world_keys
lab_zone sender.example <<-END
@ TXT "v=spf1 ip4:198.18.0.1 -all"
rsa._domainkey TXT $($SIGNET dns --domain sender.example --selector rsa --key /etc/signet/keys/rsa.pem | cut -d' ' -f2- | lab_txt)
_dmarc TXT "v=DMARC1; p=none"
END
lab_dns_start
world_mx_start -- 'smtpd_recipient_restrictions = check_recipient_access inline:{{wary@direct.world.example=550 5.7.1 Service unavailable; Client host [198.18.0.1] blocked using zen.spamhaus.org}}, permit'
ip address add 198.18.0.1/32 dev lo
ip address add 192.0.2.40/32 dev lo
ip address add 192.0.2.41/32 dev lo 2>/dev/null
sleep infinity | /usr/bin/python3 "$LAB_SOURCE/tests/e2e/check/echo.py" 192.0.2.40 &
lab_need 60 lab_answers 192.0.2.40 25
lab_hostile_start gmail 192.0.2.41 25

# A customer's zone, which takes updates.
mkdir -p $LAB/customer
printf '%s\n' '$ORIGIN customer.example.' '$TTL 60' '@ SOA ns1 hostmaster 1 3600 600 86400 5' '@ NS ns1' '@ NS ns2' 'ns1 A 127.0.0.2' 'ns2 A 127.0.0.3' \
	'@ MX 10 mx' 'mx A 192.0.2.10' '@ TXT "v=spf1 ip4:203.0.113.9 -all"' '_dmarc TXT "v=DMARC1; p=reject"' > $LAB/customer/customer.example.zone
lab_knot_start customer 127.0.0.2 <<-END
server:
  listen: 127.0.0.3@53
acl:
  - id: all
    address: 127.0.0.0/8
    action: update
zone:
  - domain: customer.example
    storage: $LAB/customer
    file: customer.example.zone
    acl: all
END
config() {
	world_config <<-END
	root = "owner@$D";
	routes = ( { to = [ "*" ]; via = [ "mx" ]; } );
	echo_domains = [ "echo.world.example" ];
	mx_source = [ "198.18.0.1" ];
	mx_families = [ "ipv4" ];
	stub_zones = ( { zone = "customer.example"; servers = [ "127.0.0.2" ]; } );
	retry_min = "1h"; retry_max = "2h";
	blocklists = [ "none.world.example" ];
	$1
	END
}
config ''
lab_signetd_start
settled() { [ "$($SIGNET queue list 2>/dev/null | grep -vc gone.world.example)" -le 1 ]; }
delivered() { [ "$($SIGNET status --json | /usr/bin/python3 -c 'import json, sys; print(sum(r["delivered"] + r["bounced"] for r in json.load(sys.stdin)["receivers"] if r["domain"] == sys.argv[1]))' "$1")" -ge "$2" ]; }
send() {      # AS SENDER FROM TO…
	local user=$1 sender=$2 from=$3
	shift 3
	world_message "$from" "$1" "from $from" | as "$user" $SENDMAIL -i -f "$sender" "$@"
}
check() {
	out=$($SIGNET check "$@" 2>err </dev/null)
	status=$?
}
# of EXPRESSION: of the last object, as python says it.
of() {
	/usr/bin/python3 -c 'import json, sys
o = json.load(sys.stdin)
found = o["findings"]
def bad(area, domain=None):
	return " ".join(sorted(f["id"] + ":" + f["state"] for f in found if f["id"].startswith(area) and f["state"] not in ("pass", "info") and (domain is None or f["domain"] == domain)))
def fix(id, domain):
	return "\n".join(f["fix"] for f in found if f["id"] == id and f["domain"] == domain)
print(eval(sys.argv[1]))' "$1" <<<"$out" 2>&1
}

# ---- nothing yet -------------------------------------------------------------------------

check --json --only senders,bulk,queue
is "no mail: nothing to say of senders" "$(of 'bad("")')" ""

# ---- who sends ------------------------------------------------------------------------------

ok "mail of root, as a host that nobody knows" send alice root@web1.local root@web1.local one@$D two@$D
ok "of a program that forgot its sender" send alice www-data@web1.local shop@sender.example bob@$D
ok "as a customer" send alice billing@customer.example billing@customer.example carol@$D
ok "as us" send alice news@sender.example news@sender.example bob@$D
ok "all are delivered" lab_until 60 delivered $D 5
check --json
is "what comes first is the sender that nobody can answer" "$(of 'o["first"], [(f["id"], f["domain"]) for f in found if f["state"] == "fail"][-1]')" \
	"('senders.bounces', ('senders.bounces', 'web1.local'))"
is "next the customer" "$(of '[(f["id"], f["domain"]) for f in found if f["state"] == "fail"][-3:-1]')" \
	"[('senders.aligned', 'customer.example'), ('senders.spf', 'customer.example')]"
is "ours is well" "$(of 'bad("senders", "sender.example")')" ""
check --only senders
like "as text: do this first" "$(sed -n 2p <<<"$out")" '^fail +senders\.bounces web1\.local: mail was sent as web1\.local, which the world.s DNS does not have'
trace=$(grep -o 'signet trace [0-9A-Za-z]*' <<<"$out" | tail -n 1)
like "the evidence shows who sent it" "$($SIGNET trace ${trace##* })" "uid=$(id -u alice)|uid $(id -u alice)|alice"

# ---- the fixes --------------------------------------------------------------------------------

check --json --only senders
of 'fix("senders.spf", "customer.example")' | sed -n '/^update /p' > fixes
is "the customer's record: the fix has one to take away and one to put there" "$(cut -d' ' -f2 fixes | paste -sd' ')" "delete add"
{ printf '%s\n' 'server 127.0.0.2' 'zone customer.example.'; cat fixes; echo send; } | nsupdate
is "published" "$?" 0
line=$(of 'fix("senders.bounces", "web1.local")' | sed -n 's/^signet\.conf: //p' | head -n 1)
is "and a setting" "$line" 'masquerade = [ "web1.local" ];'
lab_signetd_stop
config "$line"
lab_signetd_start
check --json --only senders
is "then all of that is well" "$(of 'bad("senders.b") + bad("senders.spf") + bad("senders.aligned")')" ""
is "a key is still to be made" "$(of 'bad("senders")')" "senders.signed:warn"
command=$(of 'fix("senders.signed", "")' | grep '^signet key new' | head -n 1)
is "by this command" "$command" "signet key new --domain customer.example --configure"
# The key is made; the settings file of this lab is not for a program to edit.
(cd $LAB && sh -c "PATH=$(dirname $SIGNET):\$PATH; ${command/ --configure/ --file $LAB/signet/keys/customer.pem --selector c1}") >made 2>&1
is "which works" "$?" 0
sed -i "s|^dkim = (|&  { domain = \"customer.example\"; selector = \"c1\"; file = \"/etc/signet/keys/customer.pem\"; },|" $CONF
check --json --only senders
is "with it" "$(of 'bad("senders")')" ""
before=$(lab_mail_count $D dave)
ok "root's mail again" send alice root@web1.local root@web1.local dave@$D
arrived() { [ "$(lab_mail_count $D dave)" -gt "$before" ]; }
ok "arrives" lab_until 60 arrived
like "as our domain, signed" "$(header "$(copy $D dave)")" 'From: root@sender\.example'

# ---- volume ------------------------------------------------------------------------------------

check --json --only bulk
is "a little: no rules for bulk" "$(of 'bad("bulk")')" ""
ok "five thousand to Gmail, in one day" send alice news@sender.example "News <news@letters.sender.example>" $(printf 'u%d@gmail.com ' {1..2500})
ok "by two mailings" send alice news@sender.example news@sender.example $(printf 'v%d@gmail.com ' {1..2500})
ok "are delivered" lab_until 240 delivered gmail.com 5000
check --json --only bulk
is "with the subdomain's the rules apply" "$(of 'bad("bulk"), [f["what"] for f in found if f["id"] == "bulk.volume" and f["state"] == "warn"][0]')" \
	"('bulk.volume:warn', 'the rules of Gmail for bulk senders apply: 5000 messages in a day, and they begin at 5000')"
is "signatures cover what one-click unsubscribing needs" "$(of '[f["state"] for f in found if f["id"] == "bulk.unsubscribe"]')" "['pass']"
{
	printf '%s\n' "From: news@sender.example" "To: erin@$D" "Subject: a mailing" "List-Unsubscribe: <https://sender.example/u>" "List-Unsubscribe-Post: List-Unsubscribe=One-Click" '' "Hello."
} | as alice $SENDMAIL -i -f news@sender.example erin@$D
ok "a real mailing arrives" lab_until 60 lab_has_mail $D erin 1
like "and its h= says so" "$(header "$(copy $D erin)" | grep -i '^DKIM-Signature' | tr -d ' \r' | tr 'A-Z' 'a-z')" 'h=[^;]*list-unsubscribe:[^;]*list-unsubscribe-post'
echo 'signed_fields = [ "subject", "date" ];' >> $CONF
check --json --only bulk
is "with fields of one's own neither key's do" "$(of 'bad("bulk")')" "bulk.unsubscribe:fail bulk.unsubscribe:fail bulk.volume:warn"
line=$(of 'fix("bulk.unsubscribe", "sender.example")' | sed -n 's/^signet\.conf: //p' | head -n 1)
sed -i '/^signed_fields/d' $CONF
echo "$line" >> $CONF
check --json --only bulk
is "until the fix is executed" "$line $(of 'bad("bulk")')" 'signed_fields = [ "subject", "date", "list-unsubscribe", "list-unsubscribe-post" ]; bulk.volume:warn'

# ---- who refuses, and what waits ---------------------------------------------------------------

send alice news@sender.example news@sender.example wary@$D
lab_need 60 delivered $D 9
send alice news@sender.example news@sender.example dave@gone.world.example
check --json --only queue
is "a receiver that distrusts the address" "$(of 'bad("queue")')" "queue.distrust:warn"
like "with its words" "$out" 'direct\.world\.example, 1: .*blocked using zen\.spamhaus\.org'
cc -shared -fPIC -D_GNU_SOURCE -o $LAB/clock.so $LAB_SOURCE/tests/lab/clock.c || lab_die "cc cannot make clock.so"
export ASAN_OPTIONS=verify_asan_link_order=0
out=$(CLOCK_AHEAD_S=18000 LD_PRELOAD=$LAB/clock.so $SIGNET check --json --only queue 2>err </dev/null)
is "five hours later: what waits" "$(of 'bad("queue")')" "queue.distrust:warn queue.waits:warn"
out=$(CLOCK_AHEAD_S=$((31 * 86400)) LD_PRELOAD=$LAB/clock.so $SIGNET check --json --only senders 2>err </dev/null)
is "after 31 days none of the senders counts" "$(of '[f["id"] for f in found]')" "[]"
world_done
