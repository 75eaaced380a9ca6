#!/bin/bash
# SPDX-License-Identifier: ISC
# signet status: what became of mail, for people, as JSON, as a page and as gauges, judged by readers that are not ours.
export LAB_PEERS="root metrics"
. "$(dirname "$0")/world.sh"
world_begin "$@"
tap_plan 38

world_names
lab_dns_start
world_mx_start -- 'smtpd_recipient_restrictions = check_recipient_access inline:{{nobody@direct.world.example=550 5.1.1 <script>alert("no such user")</script>}}, permit'
world_keys
world_config <<< 'routes = ( { to = [ "*" ]; via = [ "mx" ]; } ); retry_min = "300ms"; retry_max = "1s"; local_delivery = "none";'
lab_signetd_start

send() {
	world_message alice@sender.example "$1" "for $1" | as alice $SENDMAIL -i -f alice@sender.example "$@"
}
# json EXPRESSION: of the object, as python says it.
json() {
	$SIGNET status --json | /usr/bin/python3 -c 'import json, sys; s = json.load(sys.stdin); print(eval(sys.argv[1]))' "$1"
}

like "a host without mail" "$($SIGNET status)" '^mail      last hour 0 delivered, 0 bounced; '
is "as JSON" "$(json 's["version"], s["answers"], s["receivers"], s["queue"]["recipients"]')" "(1, True, [], 0)"
ok "mail to two who are there" send bob@direct.world.example carol@direct.world.example
ok "to one who is not" send nobody@direct.world.example
ok "to a server that is down" send dave@gone.world.example
settled() {
	[ "$(json 'sorted((r["domain"], r["delivered"], r["bounced"], r["waiting"]) for r in s["receivers"])')" = \
	  "[('direct.world.example', 2, 1, 0), ('gone.world.example', 0, 0, 1), ('sender.example', 1, 0, 0)]" ]
}
ok "are counted by receiver" lab_until 60 settled || json 's["receivers"]'
is "the fault of one" "$(json '[r["last_fault"]["status"] for r in s["receivers"] if r["bounced"]]')" "['5.1.1']"
is "the week" "$(json 's["mail"]["week"]')" "{'delivered': 3, 'bounced': 1}"
is "the keys" "$(json '[(k["selector"], k["usable"], k["age_days"]) for k in s["keys"]]')" "[('rsa', True, 0), ('ed25519', True, 0)]"

text=$($SIGNET status)
like "for people: the queue" "$text" '^queue     '
like "a receiver" "$text" '^  direct\.world\.example +2 +1 +0$'
like "what it said last" "$text" 'said: 550 5\.1\.1 .*<script>alert'
like "one that waits" "$text" '^  gone\.world\.example +0 +0 +1$'
like "a key" "$text" '^  sender\.example +rsa +DKIM +rsa 2048, 0 days old$'
$SIGNET status --watch > watched & watcher=$!
looked_twice() {
	[ "$(grep -c '^signetd ' watched)" -ge 2 ]
}
ok "again and again" lab_until 60 looked_twice
kill $watcher
unlike "without a terminal's orders in a file" "$(cat watched)" $'\033'

# ---- what signet check found ----------------------------------------------------------

unlike "never checked: nothing of it" "$text$($SIGNET status --json)$($SIGNET status --prometheus)" 'check'
mkdir -p /var/spool/signet
$SIGNET check --only dkim,dmarc >checked 2>&1 </dev/null
ids=$($SIGNET check --json --only dkim,dmarc 2>/dev/null </dev/null | /usr/bin/python3 -c 'import json, sys, collections
o = json.load(sys.stdin)
n = collections.Counter(f["state"] for f in o["findings"])
print(o["worst"], o["first"], n["fail"], n["pass"])')
is "then the worst, what to do first, and how many of each" "$(json 's["check"]["worst"], s["check"]["first"]["id"], s["check"]["findings"]["fail"], s["check"]["findings"]["pass"]' | tr -d "(),'")" "$ids"
ok "just now" test "$(json 's["time"] - s["check"]["time"]')" -lt 60
like "for people" "$($SIGNET status)" "^check     .*: ${ids%% *} \\(.* fail, .*\\), first [a-z.]* of sender\\.example: signet check says how to fix it$"
like "in the page" "$($SIGNET status --html)" 'To do first: <b>[a-z.]*</b> of sender\.example'

# ---- gauges --------------------------------------------------------------------------

$SIGNET status --prometheus > gauges
ok "promtool has nothing to say of the gauges" promtool check metrics < gauges
# openmetrics FILE: as a strict reader knows them, "NAME LABELS VALUE" a line.
openmetrics() {
	/usr/bin/python3 - "$1" <<-'END'
	import sys
	from prometheus_client.openmetrics.parser import text_string_to_metric_families as families
	for family in families(open(sys.argv[1]).read()):
	    for s in family.samples:
	        print(s.name, *sorted(f'{k}={v}' for k, v in s.labels.items()), int(s.value))
	END
}
ok "nor has a strict reader of OpenMetrics" openmetrics gauges
gauges=$(openmetrics gauges)
like "it is up" "$gauges" '^signet_up 1$'
like "what a receiver got" "$gauges" '^signet_receiver_week_recipients receiver=direct\.world\.example result=delivered 2$'
like "what waits" "$gauges" '^signet_queue_messages state=deferred [01]$'
like "what signet check found" "$(paste -sd' ' <<<"$gauges")" 'signet_check_findings state=fail [1-9].*signet_check_age_seconds [0-9]'
like "a key" "$gauges" '^signet_key_usable domain=sender\.example scheme=DKIM selector=rsa 1$'

# ---- the page ------------------------------------------------------------------------

$SIGNET status --html > page.html
cat > check_page.py <<'END'
import html.parser, sys

class Page(html.parser.HTMLParser):
    void = {"meta", "br", "rect", "line"}
    def __init__(self):
        super().__init__()
        self.open, self.seen, self.faults = [], set(), []
    def handle_starttag(self, tag, attributes):
        self.seen.add(tag)
        if any(name in ("src", "href") or name.startswith("on") for name, value in attributes):
            self.faults.append(f"{tag} asks for something: {attributes}")
        if tag not in self.void:
            self.open.append(tag)
    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in self.void:
            self.open.pop()
    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> at {self.getpos()}")

page = Page()
page.feed(open("page.html").read())
page.close()
print(page.open, page.faults, "script" in page.seen, {"svg", "table", "style"} <= page.seen)
END
is "a page whose elements are closed, and that asks for nothing" "$(/usr/bin/python3 check_page.py)" "[] [] False True"
like "says what the server said, as text" "$(cat page.html)" '&lt;script&gt;alert\(&quot;no such user&quot;\)'
like "and has a picture" "$(cat page.html)" '<title>20[0-9-]+ [0-9:]+ UTC, 3 hours: [0-9]+ delivered, 1 bounced</title>|<title>.*delivered, 1 bounced'

# ---- when there is nobody ------------------------------------------------------------

is "a user is told whom to ask as" "$(as alice $SIGNET status 2>&1 >/dev/null | grep -c 'ask as root')" 1
lab_signetd_stop
$SIGNET status > down 2>&1
is "without signetd it fails, and more may be asked later" $? 75
like "and says how to start it" "$(cat down)" 'no signetd answers at .*start it'
like "keys are shown all the same" "$(cat down)" '^  sender\.example +rsa '
$SIGNET status --prometheus > gauges 2>/dev/null
is "the gauges say that it is down" "$(openmetrics gauges | grep -E '^signet_up')" "signet_up 0"
ok "the page as well" grep -q 'no signetd answers' <($SIGNET status --html 2>/dev/null)
world_done
