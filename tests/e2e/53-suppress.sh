#!/bin/bash
# SPDX-License-Identifier: ISC
# A mailbox that does not exist is not tried again for a while (suppress): the sender hears at once, with what was said and
# how to lift it; and it is lifted by that command, by a delivery, or by time.
. "$(dirname "$0")/world.sh"
world_begin "$@"
tap_plan 41

world_names
lab_dns_start
world_mx_start
world_keys

# config LINES: signetd with these settings
config() {
	[ -z "${LAB_SIGNETD_PID:-}" ] || lab_signetd_stop
	world_config <<< 'routes = ( { to = [ "*" ]; via = [ "mx" ]; } ); retry_min = "500ms"; retry_max = "2s";'"$1"
	lab_signetd_start
}
# send SENDER SUBJECT RECIPIENT…
send() {
	local sender=$1 subject=$2
	shift 2
	as alice $SENDMAIL -i -f "$sender" "$@" < <(world_message alice@sender.example someone@direct.world.example "$subject")
}
report() { lab_mail sender.example alice | xargs -r grep -l "^Subject: $1\$" | xargs -r grep -l '^Content-Type: multipart/report' | head -n 1; }
has_report() { [ -n "$(report "$1")" ]; }
has_mail() { lab_mail direct.world.example "$1" | xargs -r grep -q "^Subject: $2"; }
# How often the server was asked about it, and said no.
asked() { grep -ci "reject: RCPT.* <$1>: Recipient address rejected" $LAB/log/mx; }
was_asked() { [ "$(asked "$1")" -eq "$2" ]; }
text() { tr -d '\r' < "$1" | tr -s '\n ' '  '; }

# ---- off ---------------------------------------------------------------------------------

config ''
ok "mail for nobody" send alice@sender.example one nobody@direct.world.example
ok "comes back" lab_until 60 has_report one
ok "mail for nobody again" send alice@sender.example two nobody@direct.world.example
ok "comes back, too" lab_until 60 has_report two
is "the server was asked each time" "$(asked nobody@direct.world.example)" 2
listed=$($SIGNET suppress list)
like "it is noted" "$(tr '\n' ' ' <<< "$listed")" '^nobody@direct\.world\.example: refused .*said: 550 5\.1\.1 '
like "and said to be of no effect" "$listed" 'the setting suppress is off'

# ---- on ----------------------------------------------------------------------------------

config 'suppress = "30d";'
ok "with suppress, mail for nobody and for bob" send alice@sender.example three Nobody@Direct.world.example bob@direct.world.example
ok "bob has it" lab_until 60 has_mail bob three
ok "and the sender hears of nobody" lab_until 60 has_report three
is "the server was not asked" "$(asked nobody@direct.world.example)" 2
is "once" "$(lab_mail sender.example alice | xargs grep -l '^Subject: three$' | wc -l)" 1
said=$(text "$(report three)")
like "the report says who refused it and when" "$said" 'not tried: mx\.world\.example\[192\.0\.2\.10\]:25 refused it on ..., .* and the setting suppress keeps mail from it until'
like "in which words" "$said" 'it said: 550 5\.1\.1 .*Recipient address rejected'
like "as a program reads it" "$said" 'Final-Recipient: rfc822; ?Nobody@Direct\.world\.example .*Action: failed Status: 5\.1\.1'
ok "the queue is empty" lab_until 60 lab_queue_is_empty
like "the log has it as bounced" "$(cat $LAB/log/signetd)" 'to=<Nobody@Direct.world.example>.*dsn=5\.1\.1, status=bounced \(not tried: '
like "and so has trace" "$($SIGNET trace Nobody@Direct.world.example)" 'not tried: mx\.world\.example'
lab_signetd_stop
lab_signetd_start
ok "after a restart" send alice@sender.example four nobody@direct.world.example
ok "it is as before" lab_until 60 has_report four
is "the server was not asked" "$(asked nobody@direct.world.example)" 2
is "the list as JSON" "$($SIGNET suppress list --json | /usr/bin/python3 -c '
import json, sys
for line in sys.stdin:
    row = json.loads(line)
    print(row["address"], row["until"] - row["refused"], row["status"], row["reply"][:3], row["relay"])')" \
	"nobody@direct.world.example 2592000 5.1.1 550 mx.world.example[192.0.2.10]:25"
ok "mail without a sender" send '<>' five nobody@direct.world.example
ok "is tried: nobody could be told of it" lab_until 60 was_asked nobody@direct.world.example 3
$SIGNET queue delete all >/dev/null
not_theirs='the rest is done with signet\(8\) by the owner'
like "users do not see the list" "$(as alice $SIGNET suppress list 2>&1)" "$not_theirs"
like "nor change it" "$(as alice $SIGNET suppress remove '*' 2>&1)" "$not_theirs"

# ---- lifted --------------------------------------------------------------------------------

$SIGNET suppress remove other@direct.world.example > $LAB/said
is "one that is not suppressed" $? 67
like "is told" "$(cat $LAB/said)" '^other@direct\.world\.example: no server has refused it lately'
command=$(grep -o 'signet suppress remove [^;]*' <<< "$said" | head -n 1)
is "the command of the report" "$($SIGNET ${command#signet })" "nobody@direct.world.example: 1 address is tried again"
is "leaves nothing" "$($SIGNET suppress list)" "no server has lately said of an address that there is no such mailbox"
ok "mail for nobody" send alice@sender.example six nobody@direct.world.example
ok "is tried" lab_until 60 was_asked nobody@direct.world.example 4
ok "and suppressed again" lab_until 60 has_report six

config 'suppress = "1ms";'
ok "when the time is over" send alice@sender.example seven nobody@direct.world.example
ok "it is tried" lab_until 60 was_asked nobody@direct.world.example 5
ok "in vain" lab_until 60 has_report seven

config 'suppress = "30d";'
echo "nobody@direct.world.example direct.world.example/nobody/" >> $LAB/mx/etc/boxes
lab_postfix_stop mx
MAIL_CONFIG=$LAB/mx/etc /usr/lib/postfix/sbin/master -c $LAB/mx/etc >>$LAB/log/mx.start 2>&1 &
test_is_taken() { $SIGNET test --from alice@sender.example nobody@direct.world.example >/dev/null; }
ok "a test message goes there all the same, and is taken now" lab_until 60 test_is_taken
is "which lifts it" "$($SIGNET suppress list --json)" ""
ok "mail" send alice@sender.example eight nobody@direct.world.example
ok "arrives" lab_until 60 has_mail nobody eight
world_done
