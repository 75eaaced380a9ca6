#!/bin/bash
# SPDX-License-Identifier: ISC
# signet queue show, export and signet trace, with a real signetd.
cd "$(dirname "$0")/../../.." || exit 1
. tests/signet/daemon.sh
daemon_begin
tap_plan 52
daemon_config <<'END'
routes = ( { to = [ "*" ]; via = [ "isp" ]; } );
retry_min = "1h"; retry_max = "1h";
END
daemon_script isp 'on rcpt:2 reply 450 4.2.1 come back later' 'on rcpt:3 reply 550 5.1.1 nobody of that name'
daemon_start

field() { sed -n "s/.*\"$1\": \"\\([^\"]*\\)\".*/\\1/p"; }

# ---- one that went three ways ----
printf '%s\n' 'From: you@sender.example' 'To: good@one.example' 'Subject: three ways' 'Message-ID: <three@sender.example>' \
	"X-Evil: $(printf 'a\033[2Jb')" '' 'The first line.' '.a line with a dot' '' > "$T/mail"
$SENDMAIL -f you@sender.example good@one.example later@two.example never@three.example < "$T/mail"
ok "it is tried" until_true grep -q 'never@three.example.*status=bounced' "$T/log"
ok "the sender is told" until_true grep -q 'sender non-delivery notification' "$T/log"
id=$($SIGNET queue list --json | head -n 1 | field queue_id)
report=$(sed -n 's/.*sender non-delivery notification: //p' "$T/log")
ok "the report is delivered" until_true grep -q "$report: removed" "$T/log"

run $SIGNET queue show "$id"
is "show" "$status" 0
like "the envelope" "$out" '^Sender: +<you@sender.example>'
like "who submitted it" "$out" "bytes, from uid $(id -u)"
like "who was delivered" "$out" '^Recipient: +<good@one.example>, delivered 20.*, 1 try, via isp, relay 127\.0\.0\.1'
like "who waits" "$out" '<later@two.example>, deferred, 1 try, next 20.*, via isp'
like "with what was said" "$out" '^ +4\.2\.1 .*come back later'
like "who failed" "$out" '<never@three.example>, bounced 20.*, 1 try'
like "the report on it" "$out" "^Reports: +$report"
like "the header section" "$out" '^    Subject: three ways'
like "escaped for a terminal" "$out" '^    X-Evil: a\\x1b\[2Jb'
unlike "and no body" "$out" 'The first line'
run $SIGNET queue show --json "$id" "$report"
is "two as JSON" "$(wc -l <<<"$out")" 2
ok "which is JSON" python3 -c 'import json,sys; [json.loads(l) for l in sys.stdin]' <<<"$out"
like "with the header" "$out" '"header": "[^"]*Subject: three ways\\u000d\\u000a'
is "what the report is about" "$(tail -n 1 <<<"$out" | field report_on)" "$id"
run $SIGNET queue show 0000000000A
is "none: 1" "$status" 1
run $SIGNET queue show --held
is "show wants ids" "$status" 64

# ---- export ----
run $SIGNET queue export "$id" --file "$T/out.eml"
is "export" "$status $out" "0 "
fails "LF alone" grep -q $'\r' "$T/out.eml"
is "the body is as it was" "$(sed '1,/^$/d' "$T/out.eml")" "$(sed '1,/^$/d' "$T/mail")"
run $SIGNET queue export "$id" --file "$T/out.eml"
like "nothing is written over" "$status $out" '^73 .*File exists'
run $SIGNET queue export --crlf --envelope "$T/out.json" --file "$T/crlf.eml" "$id"
is "with CRLF" "$status $(grep -c $'\r$' "$T/crlf.eml")" "0 $(wc -l < "$T/crlf.eml")"
is "the same but for that" "$(tr -d '\r' < "$T/crlf.eml" | md5sum)" "$(md5sum < "$T/out.eml")"
is "the envelope beside it" "$(field sender < "$T/out.json")" you@sender.example
is "to standard output" "$($SIGNET queue export "$id" | md5sum)" "$(md5sum < "$T/out.eml")"
daemon_script isp 'on rcpt reply 450 4.2.1 come back later'
{ cat "$T/mail"; seq 1 400000; } | $SENDMAIL -f you@sender.example big@one.example later@two.example
$SIGNET queue hold --recipient 'later@two.example' >/dev/null
big=$($SIGNET queue list --json | tail -n 1 | field queue_id)
is "a large one is the same, too" "$($SIGNET queue export "$big" | sed '1,/^$/d' | md5sum)" \
	"$({ sed '1,/^$/d' "$T/mail"; seq 1 400000; } | md5sum)"
run $SIGNET queue export "$report"
like "the text of a finished one is gone" "$status $out" '^[1-9].*is finished'
run $SIGNET queue export --file "$T/none.eml" 0000000000A
is "one that is not there: 1" "$status $out $(ls "$T/none.eml" 2>/dev/null)" "1 signet: no such message "
run $SIGNET queue export --file /nonexistent/x "$id"
is "a file that cannot be made" "$status" 73

# ---- trace ----
traced() { $SIGNET trace --json "$@" | field queue_id; }
is "by queue id" "$(traced "$report")" "$report"
is "by message-id" "$(traced '<three@sender.example>')" "$(printf '%s\n' "$big" "$id")"
is "without brackets, case ignored" "$(traced THREE@sender.example)" "$(printf '%s\n' "$big" "$id")"
is "by a recipient, newest first" "$(traced later@two.example)" "$(printf '%s\n' "$big" "$id")"
is "by another" "$(traced never@three.example)" "$id"
is "by the sender: the report was sent to it" "$(traced you@sender.example)" "$(printf '%s\n' "$big" "$report" "$id")"
run $SIGNET trace "$report"
like "it tells what the report was about" "$out" "^Report on: +$id"
like "that it is finished" "$out" '^Finished: +20'
like "and delivered" "$out" '<you@sender.example>, delivered 20.*relay 127\.0\.0\.1'
like "with the reply" "$out" '2\.0\.0 .*queued as'
is "since" "$(traced --since 1h never@three.example)" "$id"
sleep 1.1
is "not since" "$(traced --since 1s never@three.example)" ""
$SIGNET queue delete "$id" >/dev/null
like "what was deleted is told" "$($SIGNET trace "$id")" '<later@two.example>, deleted 20.*1 try'
like "and by whom" "$($SIGNET trace "$id")" 'deleted from the queue by the owner \('
run $SIGNET trace nobody@nowhere.example
like "nothing is known: 1" "$status $out" '^1 .*nothing is known'
run $SIGNET trace 'no id'
is "no id" "$status" 64
run $SIGNET trace
is "nothing asked" "$status" 64
run $SIGNET trace --since 5 "$id"
like "a wrong age, named by its option" "$status $out" "^64 signet: --since needs an age such as"
daemon_stop
daemon_start
is "after a restart it is known" "$(traced never@three.example)" "$id"
unlike "no sanitizer had anything to say" "$(cat "$T/log")" 'AddressSanitizer|runtime error:|LeakSanitizer'
tap_done
