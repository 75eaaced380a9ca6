#!/bin/bash
# SPDX-License-Identifier: ISC
# signet test --no-data: the whole way to RCPT, told step by step, and no message: not one byte of it is sent, nothing is
# delivered, nothing waits, and the history does not say otherwise.
. "$(dirname "$0")/world.sh"
world_begin "$@"
tap_plan 54
world_names
lab_zone world.example <<'END'
hot MX 10 hot
hot A 192.0.2.21
two MX 10 gone
two MX 20 hot
END
world_keys
world_config < <(world_routes)
$SIGNET dns --zone | lab_zone sender.example
lab_dns_start
world_mx_start
mkdir -p hot
: > hot/script
lab_hostile_start hot 192.0.2.21 25
lab_signetd_start

asks() { # ARGUMENTS…
	out=$($SIGNET test --no-data --from you@sender.example "$@" 2>&1 </dev/null)
	status=$?
}
script() { # LINE…
	printf '%s\n' "$@" > hot/script
	rm -f hot/[0-9]*
}
has_end() {
	ls hot/*.end >/dev/null 2>&1
}
said() { # the verbs of the last connection
	lab_until 30 has_end
	cat "$(find hot -name '*.commands' | sort -t/ -k2n | tail -n 1)" | sed 's/[ :].*//' | tr -d '\r' | xargs
}
queue_is_empty() {
	[ -z "$($SIGNET queue list --json)" ]
}

# A real server.
asks alice@direct.world.example
is "a recipient whom Postfix takes: 0" "$status" 0
like "nothing is sent, it says" "$out" 'asking as [0-9A-Z]+, from <you@sender.example>; no message is sent'
like "which hosts there are" "$out" 'via mx: 1 host, the first of them mx.world.example'
like "what is published of each" "$out" 'mx\.world\.example, preference 10: 192\.0\.2\.10; no TLSA records'
like "the connection" "$out" 'connected to mx\.world\.example\[192\.0\.2\.10\]:25'
like "its TLS" "$out" 'TLSv1\.[23] with cipher'
like "MAIL" "$out" '-> MAIL FROM:<you@sender.example>'
like "RCPT" "$out" '-> RCPT TO:<alice@direct.world.example>'
unlike "and no DATA" "$out" '-> DATA'
like "but RSET" "$out" '-> RSET'
like "the outcome last" "$(tail -n 1 <<<"$out")" '^accepted 2\.1\.5 250 2\.1\.5 Ok'
ok "nothing waits" lab_until 30 queue_is_empty
is "nothing is delivered" "$(lab_mail_count direct.world.example alice)" 0
trace=$($SIGNET trace alice@direct.world.example 2>&1)
unlike "the history does not call it delivered" "$trace" 'delivered'
like "but ended" "$trace" '<alice@direct.world.example>, deleted'
like "and the log says what it was" "$(cat $LAB/log/signetd)" 'to=<alice@direct.world.example>.*status=asked \(250 2\.1\.5 Ok'
unlike "and not sent" "$(cat $LAB/log/signetd)" 'to=<alice@direct.world.example>.*status=sent'

# What the server heard.
script ''
asks bob@hot.world.example
is "a server with PIPELINING: 0" "$status" 0
is "hears MAIL, RCPT, RSET and QUIT" "$(said)" 'EHLO MAIL RCPT RSET QUIT'
is "and gets no message" "$(find hot -name '*.data' | wc -l)" 0
script 'word DSN'
asks bob@hot.world.example
is "one without" "$status $(said)" '0 EHLO MAIL RCPT RSET QUIT'
is "gets none either" "$(find hot -name '*.data' | wc -l)" 0
script 'on rcpt reply 550 5.1.1 No such user'
asks bob@hot.world.example
is "a recipient whom it does not take: 69" "$status" 69
like "with its words" "$(tail -n 1 <<<"$out")" '^refused 5\.1\.1 .*550 5\.1\.1 No such user'
is "and no more is said" "$(said)" 'EHLO MAIL RCPT RSET QUIT'
script 'word DSN' 'on rcpt reply 550 5.1.1 No such user'
asks bob@hot.world.example
is "the same without PIPELINING" "$status $(said)" '69 EHLO MAIL RCPT RSET QUIT'
script 'on rcpt reply 450 4.7.1 Greylisted, try again later'
asks bob@hot.world.example
is "one that puts off: 75" "$status" 75
like "with its words, too" "$(tail -n 1 <<<"$out")" '^deferred 4\.7\.1 .*450 4\.7\.1 Greylisted'
unlike "and nothing is promised" "$out" 'stays in the queue'
ok "nothing waits for another try" lab_until 30 queue_is_empty
script 'on mail reply 550 5.7.1 Not from you'
asks bob@hot.world.example
is "a sender whom it does not take: 69" "$status" 69
like "by MAIL" "$(tail -n 1 <<<"$out")" '^refused 5\.7\.1 .*in reply to MAIL FROM'
script 'on rcpt fin'
asks bob@hot.world.example
is "one that answers and hangs up: 0" "$status" 0
script 'on rcpt close'
asks bob@hot.world.example
is "one that hangs up: 75" "$status" 75
ok "and nothing waits" lab_until 30 queue_is_empty
script 'on rcpt reply 421 4.3.2 Shutting down'
asks bob@hot.world.example
is "one that is shutting down: 75" "$status" 75
ok "nor for that" lab_until 30 queue_is_empty
script ''
asks bob@two.world.example
is "the first host is dead: the next is asked" "$status $(said)" '0 EHLO MAIL RCPT RSET QUIT'
is "no role has died of all that" "$(grep -c 'ended by signal' $LAB/log/signetd)" 0

# Where nobody can be asked.
asks carol@null.world.example
is "a null MX: 69" "$status" 69
like "says so" "$(tail -n 1 <<<"$out")" '5\.1\.10'
asks erin@lost.world.example
is "a host that refuses connections: 75" "$status" 75
ok "does not leave anything" lab_until 30 queue_is_empty
asks erin@picky.world.example --via nowhere
like "a next hop that is not there" "$status $out" 'the configuration has no next hop "nowhere"'
asks root
like "a recipient of this host" "$status $out" 'stays on this host: there is no server to ask|a test needs|5\.1\.3|domain'

# Who asked has gone: it ends all the same.
script 'on rcpt slowly 0.3'
asked() { grep -c 'to=<bob@hot.world.example>.*status=asked' $LAB/log/signetd; }
before=$(asked)
is_asked_again() { [ "$(asked)" -gt "$before" ]; }
timeout 2 $SIGNET test --no-data --from you@sender.example bob@hot.world.example >/dev/null 2>&1
is "who asked has gone before the answer" "$? $(asked)" "124 $before"
ok "it ends when who asked has gone" lab_until 60 is_asked_again
ok "and nothing waits" lab_until 30 queue_is_empty

# Mail goes on as ever, and a test without the option.
script ''
out=$($SIGNET test --from you@sender.example user1@direct.world.example)
like "a test with a message" "$? $(tail -n 1 <<<"$out")" '^0 delivered 2\.0\.0'
ok "arrives" lab_until 30 lab_has_mail direct.world.example user1
script 'on rcpt:1 reply 451 4.3.0 not yet'
world_message you@sender.example bob ordinary | $SENDMAIL -i -f you@sender.example bob@hot.world.example
script ''
has_data() { [ -n "$(find hot -name '*.data')" ]; }
ok "ordinary mail is tried again, and arrives" lab_until 60 has_data
lab_signetd_stop
lab_signetd_start
ok "nothing of the tests is left after a restart" lab_until 30 queue_is_empty
is "nor in the store" "$($SIGNET trace bob@hot.world.example 2>/dev/null | grep -c 'no, it is in the queue')" 0
is "nothing was delivered by any of them" "$(lab_mail_count direct.world.example alice)" 0
tap_done
