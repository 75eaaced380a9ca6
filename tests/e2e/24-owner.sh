#!/bin/bash
# SPDX-License-Identifier: ISC
# The owner's commands beside a real Postfix: what test shows of it, what trace tells of it, and orders to the queue.
. "$(dirname "$0")/world.sh"
world_begin "$@"
tap_plan 46
world_names
world_keys
world_routes | sed 's/retry_min.*/retry_min = "1h"; retry_max = "1h";/' | world_config
lab_dns_start
world_mx_start
world_isp_start
lab_signetd_start

field() { sed -n "s/.*\"$1\": \"\\([^\"]*\\)\".*/\\1/p"; }

# ---- test: straight to the MX, over STARTTLS, signed ----
out=$($SIGNET test --from you@sender.example alice@direct.world.example)
is "a test to a real Postfix: 0" $? 0
like "the greeting of Postfix" "$out" '<- 220 mx\.world\.example ESMTP'
like "STARTTLS" "$out" '-> STARTTLS'
like "and what came of it" "$out" 'TLSv1\.[23] with cipher'
is "EHLO before and after" "$(grep -c -- '-> EHLO' <<<"$out")" 2
like "its queue id there" "$out" '<- 250 2\.0\.0 Ok: queued as'
like "the outcome last" "$(tail -n 1 <<<"$out")" '^delivered 2\.0\.0 250 2\.0\.0 Ok: queued as'
ok "it is in the mailbox" lab_until 60 lab_has_mail direct.world.example alice
mail=$(copy direct.world.example alice)
is "signed with both keys" "$(header "$mail" | grep -c '^DKIM-Signature:')" 2
like "and says what it is" "$(cat "$mail")" 'This is a test of mail from'

# ---- through the smarthost: the password is not shown ----
out=$($SIGNET test --from you@sender.example --via isp bob@direct.world.example)
is "a test over the smarthost: 0" $? 0
like "connected to it" "$out" 'connected to smtp\.isp\.world\.example\[192\.0\.2\.20\]:587'
like "it logs in" "$out" '-> AUTH [A-Z0-9-]+ \(not shown\)'
unlike "and shows nothing of it" "$(sed -n '/-> AUTH/,/<- 235/p' <<<"$out")" '[A-Za-z0-9+/]{20}'
ok "it arrives" lab_until 60 lab_has_mail direct.world.example bob

# ---- what cannot be delivered ----
out=$($SIGNET test carol@null.world.example)
is "a null MX: 69" $? 69
like "says so" "$(tail -n 1 <<<"$out")" '^bounced 5\.1\.10'
out=$($SIGNET test erin@lost.world.example)
is "a host that refuses connections: 75" $? 75
like "names it" "$out" 'gone\.world\.example.*192\.0\.2\.30'
out=$($SIGNET test erin@dead.world.example --from you@sender.example)
is "where the route has another way it is taken: 0" $? 0
like "and that is told" "$out" 'mx is unreachable.*trying isp'
$SIGNET queue delete all >/dev/null

# ---- trace of ordinary mail ----
world_message owner@sender.example dave@direct.world.example traced | sed '1i Message-ID: <traced@sender.example>' |
	$SENDMAIL -f owner@sender.example dave@direct.world.example nobody@null.world.example
ok "it arrives" lab_until 60 lab_has_mail direct.world.example dave
ok "the report is made" lab_until 60 log_says 'sender non-delivery notification'
ok "what became of each is known" lab_until 60 log_says 'to=<dave@direct\.world\.example>.*status=sent'
out=$($SIGNET trace '<traced@sender.example>')
like "the reply of Postfix is in the trace" "$out" '2\.0\.0 250 2\.0\.0 Ok: queued as'
like "with who gave it" "$out" '<dave@direct\.world\.example>, delivered .*relay mx\.world\.example\[192\.0\.2\.10\]:25'
like "and the one that failed" "$out" '<nobody@null\.world\.example>, bounced'
id=$($SIGNET trace --json '<traced@sender.example>' | field queue_id)
report=$(sed -n "s/.*$id: sender non-delivery notification: //p" $LAB/log/signetd)
like "and its report" "$out" "^Reports: +$report"
like "by the recipient" "$($SIGNET trace dave@direct.world.example)" "^Queue id: +$id"
ok "the report is delivered" lab_until 60 log_says "$report: .*status=sent"
like "and traced" "$($SIGNET trace "$report")" "^Report on: +$id"

# ---- many, in one order ----
for n in {1..40}; do
	world_message you@sender.example x@lost.world.example "bulk $n" |
		$SENDMAIL -f you@sender.example user{1..10}@lost.world.example
done
ok "four hundred recipients wait" lab_until 60 queue_holds 40
out=$($SIGNET queue hold --domain lost.world.example)
is "hold" "$? $(tail -n 1 <<<"$out")" "0 400 recipients of 40 messages held"
lab_signetd_stop
lab_signetd_start
is "a restart lets none go" "$($SIGNET queue list --held --json | wc -l)" 40
out=$($SIGNET queue move --dry-run --via isp --recipient 'user1@*')
is "a dry run counts" "$? $(tail -n 1 <<<"$out")" "0 40 recipients of 40 messages would be moved"
sed -i 's/^gone A .*/gone A 192.0.2.10/' $LAB/dns/world.example.zone
lab_dns_reload
out=$($SIGNET queue release --recipient user1@lost.world.example)
is "release by recipient" "$? $(tail -n 1 <<<"$out")" "0 40 recipients of 40 messages released"
$SIGNET queue flush --now --deferred >/dev/null
forty() { [ "$(lab_mail_count lost.world.example user1)" -eq 40 ]; }
ok "they are delivered" lab_until 60 forty
is "and no others" "$(lab_mail_count lost.world.example user2)" 0
out=$($SIGNET queue delete --sender you@sender.example)
is "delete the rest" "$? $(tail -n 1 <<<"$out")" "0 360 recipients of 40 messages deleted"
ok "nothing waits" lab_until 60 lab_queue_is_empty
is "the log has each" "$(grep -c 'to=<user.*status=deleted (by the owner (root' $LAB/log/signetd)" 360
ok "no body is left" lab_until 60 world_has_no_body

# ---- others ----
out=$(as nobody $SIGNET queue hold all 2>&1)
like "who is not the owner may not" "$? $out" '^77 .*by the owner'
out=$(as nobody $SIGNET trace alice@direct.world.example 2>&1)
like "nor trace others' mail" "$? $out" '^1 signet: nothing is known of it'
out=$(as nobody $SIGNET test alice@direct.world.example 2>&1)
like "nor test" "$? $out" '^77 '
world_done
