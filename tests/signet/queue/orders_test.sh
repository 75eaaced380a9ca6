#!/bin/bash
# SPDX-License-Identifier: ISC
# signet queue hold, release, delete, move, flush and the filters of all, with a real signetd.
cd "$(dirname "$0")/../../.." || exit 1
. tests/signet/daemon.sh
daemon_begin
tap_plan 78
daemon_config <<'END'
routes = ( { to = [ "*" ]; via = [ "isp" ]; } );
retry_min = "1h"; retry_max = "1h";
END
daemon_script isp 'on rcpt reply 450 4.2.1 come back later'
daemon_start
me=$(id -un)

queued one@sender.example a@one.example b@one.example c@two.example
first=$id
queued two@sender.example a@two.example
second=$id
queued '<>' x@three.example
third=$id
three_wait() { [ "$($SIGNET queue list --deferred --json | wc -l)" -eq 3 ]; }
ok "three wait, deferred" until_true three_wait

# ---- choosing ----
sorted() { printf '%s\n' "$@" | sort | xargs; }
while IFS='|' read -r filter want name; do
	eval "is \"$name\" \"\$(waiting $filter)\" \"\$(sorted $want)\""
done <<'END'
|$first $second $third|no filter
$first|$first|an id
$first $second|$first $second|two ids
--sender one@sender.example|$first|a sender
--sender 'ONE@*'|$first|a pattern of senders
--sender '*@sender.example'|$first $second|another
--sender '<>'|$third|the null sender
--recipient a@one.example|$first|a recipient
--recipient 'a@*'|$first $second|a pattern of recipients
--domain two.example|$first $second|a domain
--domain '*.example'|$first $second $third|a pattern of domains
--domain two.example --sender 'two@*'|$second|two that must both fit
--reason 'come back'|$first $second $third|a reason
--reason 'mailbox full'||another reason
--held||none is held
--deferred|$first $second $third|all are deferred
--older 1h||none is older
--newer 1h|$first $second $third|all are newer
--uid 4000000000||of another user
--uid $(id -u)|$first $second $third|of this one
END
run $SIGNET queue list --domain four.example
is "nothing fits: 1" "$status $out" "1 nothing in the queue fits"
is "only the recipients that fit are shown" \
	"$($SIGNET queue list --json --domain two.example "$first" | grep -o '"address": "[^"]*"')" '"address": "c@two.example"'

# ---- nothing by accident ----
for wrong in hold release delete "move --via isp"; do
	run $SIGNET queue $wrong
	is "queue $wrong alone: EX_USAGE" "$status" 64
	like "it says how" "$out" 'Name queue ids or a filter, or say all'
done
run $SIGNET queue delete --dry-run
is "a dry run too" "$status" 64
run $SIGNET queue delete --sendr x
like "a wrong word" "$status $out" '^64 .*no option --sendr; the nearest is --sender'
run $SIGNET queue delete --older 5
like "a wrong age" "$status $out" '^64 .*needs an age such as'
run $SIGNET queue delete ''
is "an empty id" "$status" 64
run $SIGNET queue delete no-such-thing
like "what is not an id" "$status $out" '"no-such-thing" is not a queue id'
run $SIGNET queue delete 0000000000A
is "an id that is not there: 1" "$status" 1
run $SIGNET queue hold --via isp all
is "an option of another command" "$status" 64

# ---- hold and release ----
run $SIGNET queue hold --dry-run --domain two.example
is "a dry run says what would be" "$status $(sort <<<"$out" | tr '\n' '|')" \
	"0 $(printf '%s\n' "$first: 1 recipient would be held" "$second: 1 recipient would be held" \
	"2 recipients of 2 messages would be held" | sort | tr '\n' '|')"
is "and does nothing" "$(waiting --held)" ""
run $SIGNET queue hold --domain two.example
is "hold" "$status $(tail -n 1 <<<"$out")" "0 2 recipients of 2 messages held"
is "both are held" "$(waiting --held)" "$(sorted "$first" "$second")"
like "with the reason" "$($SIGNET queue list "$second")" "held by the owner \\($me"
is "the others of the first are not" "$($SIGNET queue list --json --deferred "$first" | grep -o '"address"' | wc -l)" 2
run $SIGNET queue hold --domain two.example
is "held already: 1" "$status" 1
like "the log says who" "$(cat "$T/log")" "$second: 1 recipient held by the owner \\($me"
run $SIGNET queue hold --json "$third"
is "as JSON" "$status $out" \
	"0 {\"queue_id\": \"$third\", \"action\": \"held\", \"recipients\": 1, \"in_delivery\": 0, \"dry_run\": false}"

daemon_script isp ''
run $SIGNET queue flush "$second"
is "what is held is not flushed: 1" "$status" 1
run $SIGNET queue flush --now "$first"
is "flush" "$status $(tail -n 1 <<<"$out")" "0 1 message will be tried now"
ok "its other recipients go" until_true test -f "$T/isp/2.1.data"
daemon_stop
daemon_start
is "after a restart the same are held" "$(waiting --held)" "$(sorted "$first" "$second" "$third")"
daemon_stop
sed -i 's/retry_max = "1h"/retry_max = "2h"/' "$T/conf"
daemon_start
is "and with another configuration" "$(waiting --held)" "$(sorted "$first" "$second" "$third")"
run $SIGNET queue release "$second"
is "release" "$status $(tail -n 1 <<<"$out")" "0 1 recipient of 1 message released"
gone() { [ -z "$(waiting "$1")" ]; }
ok "it is delivered" until_true gone "$second"
run $SIGNET queue release "$second"
is "what is gone cannot be released" "$status" 1

# ---- move ----
run $SIGNET queue move --via nowhere "$first"
like "an unknown hop" "$status $out" '^64 .*no next hop "nowhere"'
run $SIGNET queue move "$first"
like "no hop" "$status $out" 'move needs --via'
run $SIGNET queue move --via second "$first"
is "move" "$status $(tail -n 1 <<<"$out")" "0 1 recipient of 1 message moved"
ok "it goes there" until_true gone "$first"
is "over the second smarthost" "$(peer_got second)" 1
daemon_script second 'on mail reply 450 4.3.2 not now'
$SIGNET queue move --via second "$third" >/dev/null
has_reason() { $SIGNET queue list "$1" | grep -q "$2"; }
ok "another is refused there" until_true has_reason "$third" 'not now'
like "the listing names the hop" "$($SIGNET queue list --json "$third")" '"next_hop": "second"'
daemon_stop
sed -i 's/retry_max = "2h"/retry_max = "3h"/' "$T/conf"
daemon_start
like "after a reload too" "$($SIGNET queue list --json "$third")" '"next_hop": "second"'
daemon_stop
sed -i 's/name = "second"/name = "other"/' "$T/conf"
daemon_start
$SIGNET queue flush --now "$third" >/dev/null
ok "when the hop is gone from the configuration it takes the usual way" until_true gone "$third"

# ---- delete ----
daemon_script isp 'on rcpt reply 450 4.2.1 come back later'
queued one@sender.example a@one.example b@two.example
first=$id
ok "another waits" until_true has_reason "$first" 'come back'
run $SIGNET queue delete --domain one.example "$first"
is "delete one of two" "$status $out" "0 $first: 1 recipient deleted
1 recipient of 1 message deleted"
is "the other waits" "$($SIGNET queue list --json "$first" | grep -o '"address": "[^"]*"')" '"address": "b@two.example"'
like "the log has each" "$(cat "$T/log")" "$first: to=<a@one.example>, .*status=deleted \\(by the owner \\($me"
unlike "nobody is told" "$(cat "$T/log")" "$first: sender non-delivery notification"
run $SIGNET queue delete --bounce "$first"
is "delete with a bounce" "$status" 0
ok "the sender is told" until_true grep -q "$first: sender non-delivery notification" "$T/log"
ok "and it is gone" until_true gone "$first"
$SIGNET queue delete all >/dev/null

# ---- in delivery ----
daemon_script isp 'on dot hold answer ; normal'
queued one@sender.example slow@one.example
last_file() { find "$T/isp" -name "*.$1" | sort -V | tail -n 1; }
is_spoken() { grep -q slow@one.example "$(last_file commands)" && grep -q '^DATA' "$(last_file commands)"; }
ok "one is in delivery" until_true is_spoken
run $SIGNET queue delete "$id"
is "it is left alone" "$status $out" "75 $id: 0 recipients deleted, 1 in delivery
0 recipients of 0 messages deleted; 1 in delivery now and left alone: try again in a moment"
: > "$T/isp/answer"
nothing_waits() { [ -z "$(waiting)" ]; }
ok "and arrives" until_true grep -q "$id: to=<slow@one.example>.*status=sent" "$T/log"
ok "nothing waits" until_true nothing_waits

# ---- not the owner's ----
chmod 000 "$T/control"
if [ "$(id -u)" -ne 0 ]; then
	run $SIGNET queue hold all
	like "others may not hold" "$status $out" '^77 .*by the owner'
else
	skip "others may not hold" "root may"
fi
unlike "no sanitizer had anything to say" "$(cat "$T/log")" 'AddressSanitizer|runtime error:|LeakSanitizer'
tap_done
