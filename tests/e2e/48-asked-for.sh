#!/bin/bash
# SPDX-License-Identifier: ISC
# Small settings that users ask for: redirect, always_bcc, log_addresses, a hold by route, on_event.
. "$(dirname "$0")/world.sh"
world_begin "$@"
tap_plan 47

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
send() {
	local sender=$1 subject=$2
	shift 2
	as alice $SENDMAIL -i -f "$sender" "$@" < <(world_message alice@sender.example alice@direct.world.example "$subject")
}
mails() { lab_mail "${1#*@}" "${1%@*}" | xargs -r grep -l "^Subject: $2"; }
has_mail() { [ -n "$(mails "$@")" ]; }
count() { mails "$@" | wc -l; }

# ---- redirect ------------------------------------------------------------------------

config 'redirect = "owner@other.world.example";'
like "config check is loud about it" "$($SIGNET config check 2>&1)" 'redirect is on: all mail goes to owner@other\.world\.example'
ok "mail to the world" send alice@sender.example one alice@direct.world.example bob@direct.world.example carol@dead.world.example
ok "goes to one address" lab_until 60 has_mail owner@other.world.example one
ok "and leaves the queue" lab_until 60 lab_queue_is_empty
is "once" "$(count owner@other.world.example one)" 1
is "to nobody else" "$(count alice@direct.world.example one)$(count bob@direct.world.example one)" 00
# The mail exchanger adds one for itself.
is "it says whom it was for" "$(header "$(mails owner@other.world.example one)" | grep '^X-Original-To' | grep -v owner@ | tr -d '\r' | tr '\n' ' ')" \
	"X-Original-To: alice@direct.world.example X-Original-To: bob@direct.world.example X-Original-To: carol@dead.world.example "
ok "mail that must come back" send other@direct.world.example two 'no address@'
reports_are_there() { lab_mail other.world.example owner | xargs -r grep -l '^Content-Type: multipart/report' | grep -q .; }
ok "goes there, too" lab_until 60 reports_are_there

# ---- always_bcc ----------------------------------------------------------------------

config 'always_bcc = "dave@other.world.example";'
ok "mail" send alice@sender.example three alice@direct.world.example
ok "arrives" lab_until 60 has_mail alice@direct.world.example three
ok "and its copy" lab_until 60 has_mail dave@other.world.example three
unlike "which nothing in the message tells of" "$(cat "$(mails alice@direct.world.example three)")" 'dave@'
ok "a report of somebody else's" send '<>' four alice@direct.world.example
ok "mail to the archive itself" send alice@sender.example five dave@other.world.example
ok "leave the queue" lab_until 60 lab_queue_is_empty
is "without a copy, and without a second one" "$(count dave@other.world.example four)$(count dave@other.world.example five)" 01

# ---- log_addresses -------------------------------------------------------------------

is "until here the log has addresses" "$(grep -c 'to=<alice@direct.world.example>' $LAB/log/signetd | sed 's/[1-9][0-9]*/some/')" some
: > $LAB/log/signetd
config 'log_addresses = "hash";'
ok "mail to one who is there and one who is not" send alice@sender.example six alice@direct.world.example nobody@direct.world.example
ok "leaves the queue" lab_until 60 lab_queue_is_empty
hash_of() { printf %s "$1" | sha256sum | cut -c1-16; }
ok "the log says whom it is from" log_says "uid=1001 from=<$(hash_of alice@sender.example)>"
ok "to whom" log_says "to=<$(hash_of alice@direct.world.example)>, relay=mx\.world\.example.*status=sent"
ok "and what a server said of whom" log_says "status=bounced .*said: 550 .*<$(hash_of nobody@direct.world.example)>"
ok "message ids stay" log_says 'message-id=<[^>]*@'
is "no address is in it" "$(grep -v 'message-id=' $LAB/log/signetd | grep '[a-z]@[a-z]')" ""
config 'log_addresses = "domain";'
ok "mail where domains are logged" send alice@sender.example seven alice@direct.world.example
ok "says so much" lab_until 60 log_says 'to=<\*@direct\.world\.example>,.*status=sent'

# ---- via = [ "hold" ] ------------------------------------------------------------------

lab_signetd_stop
world_config <<-'END'
routes = ( { to = [ "direct.world.example" ]; via = [ "hold" ]; }, { to = [ "*" ]; via = [ "mx" ]; } );
retry_min = "500ms"; retry_max = "2s";
END
lab_signetd_start
ok "mail for one who is held, and another" send alice@sender.example eight alice@direct.world.example alice@other.world.example
ok "the other has it" lab_until 60 has_mail alice@other.world.example eight
held_by_rule() { $SIGNET queue list --held | grep -q 'held by rule 1: "direct.world.example" via hold; signet queue release'; }
ok "what is held says by what" lab_until 60 held_by_rule
held=$($SIGNET queue list --held | grep -o '^[0-9A-Z]\{11,\}')
like "flushed by its id, it is not said to be gone" "$($SIGNET queue flush "$held")" 'no such message waits to be tried \(signet queue release lets go what is held\)'
$SIGNET queue flush --now >/dev/null
lab_signetd_stop
lab_signetd_start
ok "and stays, however it is hurried and restarted" held_by_rule
is "with nobody" "$(count alice@direct.world.example eight)" 0
ok "its owner releases it" $SIGNET queue release all
ok "it arrives" lab_until 60 has_mail alice@direct.world.example eight
is "once" "$(count alice@direct.world.example eight)" 1

# ---- on_event --------------------------------------------------------------------------

cat > $LAB/listen.py <<-'END'
import socket, sys, os
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
os.chmod(sys.argv[1], 0o666)
while True:
    sys.stdout.write(s.recv(65536).decode() + "\n")
    sys.stdout.flush()
END
lab_signetd_stop
world_config <<-END
routes = ( { to = [ "other.world.example" ]; via = [ "hold" ]; }, { to = [ "*" ]; via = [ "mx" ]; } );
retry_min = "500ms"; retry_max = "2s"; on_event = "$LAB/events";
END
lab_signetd_start
ok "mail while nobody listens" send alice@sender.example nine alice@direct.world.example
ok "arrives" lab_until 60 has_mail alice@direct.world.example nine
ok "and the log says what is lost" lab_until 60 log_says "on_event: $LAB/events does not take events"
/usr/bin/python3 $LAB/listen.py $LAB/events > $LAB/heard &
listener=$!
is_there() { [ -S $LAB/events ]; }
lab_need 60 is_there
ok "mail to three" send alice@sender.example ten alice@direct.world.example nobody@direct.world.example alice@other.world.example
heard() { grep -Eq "$1" $LAB/heard; }
ok "delivered is told" lab_until 60 heard '"event": "delivered", "time": [0-9]+, "queue_id": "[^"]+", "address": "alice@direct.world.example", "original": "[^"]*", "relay": "mx\.world\.example.*", "status": "2\.[0-9.]+", "reply": "250 '
ok "bounced" lab_until 60 heard '"event": "bounced", .*"address": "nobody@direct.world.example".*"status": "5\.1\.1", "reply": "550 '
ok "held" lab_until 60 heard '"event": "held", .*"address": "alice@other.world.example".*"reply": "held by rule 1'
is "each is JSON" "$(/usr/bin/python3 -c 'import json, sys; print(sum(1 for l in sys.stdin if json.loads(l)))' < $LAB/heard)" "$(wc -l < $LAB/heard)"
kill -STOP $listener
for n in $(seq 40); do
	send alice@sender.example many alice@direct.world.example
done
all_there() { [ "$(count alice@direct.world.example many)" -eq 40 ]; }
ok "a program that does not listen holds up nobody" lab_until 120 all_there
kill -CONT $listener
ok "and the log says that it lost some" log_says 'on_event: .* does not take events.*Resource temporarily unavailable'
world_done
