#!/bin/bash
# SPDX-License-Identifier: ISC
# signet test, with a real signetd.
cd "$(dirname "$0")/../../.." || exit 1
. tests/signet/daemon.sh
daemon_begin
tap_plan 44
daemon_config <<'END'
routes = ( { to = [ "twoways.example" ]; via = [ "isp", "second" ]; fallback_on = [ "unreachable", "blocked" ]; },
           { to = [ "*" ]; via = [ "isp" ]; } );
retry_min = "1h"; retry_max = "1h";
END
# The first logs in: what is secret must not be seen.
sed -i "s/name = \"isp\";/name = \"isp\"; user = \"me\"; password_file = \"$(sed 's,/,\\/,g' <<<"$T")\\/password\";/" "$T/conf"
printf 'sesame\n' > "$T/password"
chmod 600 "$T/password"
daemon_script isp 'auth PLAIN me sesame'
daemon_start

# dialogue: without times and ports
dialogue() { sed 's/^ *[0-9]*\.[0-9]*  //; s/\]:[0-9]*/]:PORT/g' <<<"$out"; }

run $SIGNET test you@receiver.example --from me@sender.example
is "delivered: 0" "$status" 0
lines=$(dialogue)
like "it is accepted first" "$(head -n 1 <<<"$lines")" '^ *accepted as [0-9A-Z]+, from <me@sender.example>, [0-9]+ bytes'
like "then connected" "$lines" '^ *connected to 127\.0\.0\.1\[127\.0\.0\.1\]:PORT'
like "the greeting" "$lines" '^<- 220 hostile\.test ESMTP'
like "EHLO" "$lines" '^-> EHLO mail\.sender\.example'
like "each line of the reply" "$lines" '^<- 250-8BITMIME'
like "and the last" "$lines" '^<- 250 AUTH PLAIN'
like "AUTH without its secret" "$lines" '^-> AUTH PLAIN \(not shown\)$'
unlike "nowhere" "$out" "$(printf '\0me\0sesame' | base64)"
like "MAIL with its parameters" "$lines" '^-> MAIL FROM:<me@sender.example>.* SIZE=[0-9]+'
like "RCPT" "$lines" '^-> RCPT TO:<you@receiver.example>'
like "DATA" "$lines" '^<- 354 go'
like "the message as a number" "$lines" '^ *[0-9]+ bytes of message'
like "the dot" "$lines" '^-> \.$'
like "and its reply" "$lines" '^<- 250 2\.0\.0 queued as'
like "the outcome" "$(tail -n 1 <<<"$out")" '^delivered 2\.0\.0 250 2\.0\.0 queued as'
like "times stand before" "$out" '^ +0\.[0-9]{3}  -> EHLO'
data=$(find "$T/isp" -name '*.data')
like "it says what it is" "$(cat "$data")" 'Subject: Test message from mail\.sender\.example'
like "and is signed, or would be: From is ours" "$(cat "$data")" '^From: me@sender\.example'

daemon_script isp 'auth SCRAM-SHA-256 me sesame'
run $SIGNET test you@receiver.example --from me@sender.example
is "a login of several steps: 0" "$status" 0
is "none of them is shown" "$(dialogue | sed -n '/AUTH SCRAM-SHA-256 /,/^<- 235/p' | grep -c 'not shown')" 5
unlike "nowhere" "$(dialogue | sed -n '/-> AUTH/,/^<- 235/p')" '[A-Za-z0-9+/]{24}'
daemon_script isp 'auth PLAIN me sesame' 'on rcpt reply 550-5.1.1 nobody\r\n550 5.1.1 of that\x1b[2J name'
run $SIGNET test you@receiver.example
is "bounced: 69" "$status" 69
like "both lines are seen" "$(dialogue)" '^<- 550-5\.1\.1 nobody'
like "escaped for a terminal" "$out" '<- 550 5\.1\.1 of that\\x1b\[2J name'
like "the outcome" "$(tail -n 1 <<<"$out")" '^bounced 5\.1\.1'
unlike "nobody else is told" "$(cat "$T/log")" 'sender non-delivery notification'
daemon_script isp 'auth PLAIN me sesame' 'on mail reply 450 4.3.2 not now'
run $SIGNET test you@receiver.example
is "deferred: 75" "$status" 75
like "and what becomes of it" "$(tail -n 1 <<<"$out")" '^It stays in the queue'
is "it waits" "$($SIGNET queue list --json | wc -l)" 1
daemon_script isp 'auth PLAIN me sesame' 'on auth reply 535 5.7.8 wrong'
run $SIGNET test you@receiver.example
like "a login that fails" "$status $(xargs -d '\n' <<<"$out")" '^75 .*<- 535 5\.7\.8 wrong.*deferred 4\.7\.8'
unlike "shows no secret" "$out" "$(printf '\0me\0sesame' | base64)"
daemon_script isp 'on connect close'
run $SIGNET test you@receiver.example
like "a server that hangs up" "$status $(xargs -d '\n' <<<"$out")" '^75 .*connected to.*deferred 4\.4\.2'

daemon_script isp 'auth PLAIN me sesame' \
	"on rcpt reply 550 5.7.1 Unfortunately, messages from [192.0.2.1] weren't sent. part of their network is on our block list (S3140)."
run $SIGNET test you@twoways.example
like "a hop that distrusts this host is told of, and not the end" "$status $(dialogue | xargs -d '\n')" \
	'^0 .*<- 550 5\.7\.1 .*trying second.*delivered 2\.0\.0'
$SIGNET route --sticky --clear all >/dev/null
daemon_script isp 'on connect close'

# Ordinary mail beside it waits for its hour: a test is tried at once, and over the way that is asked for.
queued one@sender.example other@receiver.example
run $SIGNET test --via second you@receiver.example
like "another way" "$status $(dialogue | xargs -d '\n')" '^0 .*connected to'
is "was taken" "$(peer_got second)" 2
is "alone" "$(grep -c 'MAIL FROM' "$T"/second/2.commands)" 1
run $SIGNET test --via nowhere you@receiver.example
like "no such way" "$status $out" '^64 .*no next hop "nowhere"'
run $SIGNET test not-an-address@
is "no address" "$status" 65
run $SIGNET test root@localhost
like "what would stay here" "$status $out" '^[1-9].*stays on this host'
run $SIGNET test
is "nobody: EX_USAGE" "$status" 64
before=$($SIGNET queue list --json | wc -l)

# Who asks goes away: it is ordinary mail from then on.
daemon_script second 'on rcpt hold answer ; normal'
$SIGNET test --via second you@receiver.example >/dev/null 2>&1 &
asker=$!
until_true test -s "$T/second/3.commands"
kill $asker
wait $asker 2>/dev/null
: > "$T/second/answer"
ok "without a watcher it is delivered" until_true test -f "$T/second/3.1.data"
fewer() { [ "$($SIGNET queue list --json | wc -l)" -eq "$before" ]; }
ok "and gone" until_true fewer
unlike "no sanitizer had anything to say" "$(cat "$T/log")" 'AddressSanitizer|runtime error:|LeakSanitizer'
tap_done
