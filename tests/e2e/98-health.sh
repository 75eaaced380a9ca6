#!/bin/bash
# SPDX-License-Identifier: ISC
# For what supervises it: signet status --ready says whether mail is taken; SIGTERM lets deliveries end, within a bound,
# and puts the others back; and the log is JSON on standard error where that is asked for, which needs no rotation.
. "$(dirname "$0")/world.sh"
world_begin "$@"
tap_plan 26
D=direct.world.example
world_names
lab_zone world.example <<< $'slow MX 10 mx-slow\nmx-slow A 192.0.2.40\nstuck MX 10 mx-stuck\nmx-stuck A 192.0.2.41'
ip addr add 192.0.2.40/32 dev lo 2>/dev/null
ip addr add 192.0.2.41/32 dev lo 2>/dev/null
world_keys
config() {   # LINES on stdin are added
	world_config
	cat >> $CONF
}
health() {   # → $status, $said
	said=$(timeout 60 $SIGNET status --ready 2>&1)
	status=$?
}
is_health() {   # NAME STATUS PATTERN
	health
	is "$1" "$status" "$2"
	like "$1: $3" "$said" "$3"
}
becomes_ready() {
	health
	[ "$status $said" = "0 ready" ]
}

config <<'END'
routes = ( { to = [ "*" ]; via = [ "mx" ]; } );
retry_min = "10m"; retry_max = "20m"; time_scale = 0.2;
END
lab_dns_start
world_mx_start

# ---- ready ---------------------------------------------------------------------------

is_health "nobody is there" 1 '^not ready: .*signetd'
lab_signetd_start
ok "it begins: ready" lab_until 30 becomes_ready
is "on standard output" "$($SIGNET status --ready)" ready
said=$(as alice $SIGNET status --ready 2>&1)
is "for everybody" "$? $said" "0 ready"
socket=$($SIGNET config show 2>/dev/null | sed -n 's/^socket = "\(.*\)";.*/\1/p')
socket=${socket:-/run/signet/socket}
mv "$socket" "$socket.away"
is_health "a submission does not reach it" 1 '^not ready: submissions are not heard: '
mv "$socket.away" "$socket"
ok "ready again" lab_until 30 becomes_ready
echo 'queue = "none"; smarthost = { host = "smtp.isp.world.example"; tls = "none"; };' > $LAB/no-queue.conf
SIGNET_CONFIG=$LAB/no-queue.conf
export SIGNET_CONFIG
is "without a queue there is nothing to wait for" "$($SIGNET status --ready 2>&1)" ready
unset SIGNET_CONFIG
lab_signetd_stop

# ---- SIGTERM -------------------------------------------------------------------------

config <<'END'
routes = ( { to = [ "*" ]; via = [ "mx" ]; } );
retry_min = "10m"; retry_max = "20m"; time_scale = 0.2;
END
mkdir -p $LAB/slow $LAB/stuck
echo 'on dot sleep 3 ; normal' > $LAB/slow/script
echo 'on dot stall' > $LAB/stuck/script
lab_hostile_start $LAB/slow 192.0.2.40 25
lab_hostile_start $LAB/stuck 192.0.2.41 25
lab_signetd_start
send() {
	world_message you@sender.example "$1" "$2" | $SENDMAIL -i -f you@sender.example "$1"
}
in_hand() {
	grep -qs '^\.' $LAB/slow/*.data && grep -qs '^\.' $LAB/stuck/*.data
}
send alice@slow.world.example slowly
send bob@stuck.world.example never
ok "two servers have the mail and have not answered" lab_until 30 in_hand
kill -TERM "$LAB_SIGNETD_PID"
not_ready() {
	health
	[ "$status" -eq 1 ]
}
ok "it is about to stop: not ready" lab_until 30 not_ready
began=$(date +%s)
send carol@$D "while it stops"
is "mail that comes then is kept" $? 0
wait "$LAB_SIGNETD_PID"
is "it ends with 0" $? 0
took=$(( $(date +%s) - began ))
ok "in $took s, of which the bound is 30 and the time of ends, scaled" test $took -le 40
ok "no role is left" lab_until 10 eval '[ -z "$(lab_roles)" ]'
like "the slow delivery ended" "$(cat $LAB/log/signetd)" 'to=<alice@slow\.world\.example>.* status=sent'
like "the log says that the other was cut" "$(cat $LAB/log/signetd)" 'sessions are still open when the time to finish them is over; they are cut'
is "its mail alone is still in the queue" "$(sqlite3 /var/spool/signet/queue.db 'SELECT address FROM recipient WHERE state=0')" bob@stuck.world.example
: > $LAB/stuck/script
lab_signetd_start
ok "what was kept is delivered" lab_until 30 lab_has_mail $D carol
$SIGNET queue flush --now >/dev/null
came_to_bob() {
	grep -q 'to=<bob@stuck\.world\.example>.* status=sent' $LAB/log/signetd
}
ok "and what was cut, when the server answers" lab_until 60 came_to_bob
lab_signetd_stop

# ---- a log in JSON -------------------------------------------------------------------

config <<'END'
routes = ( { to = [ "*" ]; via = [ "mx" ]; } );
log_format = "json";
END
sed -i 's,^log = .*,log = "stderr";,' $CONF
$LAB/build/signetd -C $CONF 2> $LAB/log/json &
LAB_SIGNETD_PID=$!
lab_need 60 lab_signetd_ready
send dave@$D "in JSON"
ok "mail goes" lab_until 30 lab_has_mail $D dave
printf 'From: x\n\n' | $SENDMAIL -i -f "$(printf 'b\303\244d"\\')@sender.example" "$(printf 'n\303\266"\\')@null.world.example" 2>/dev/null
told() {
	grep -q '"recipient": "dave@direct.world.example".*"status": "sent"' $LAB/log/json
}
ok "its line has the recipient and the status" lab_until 20 told
lab_signetd_stop
cat > read_json.py <<'END'
import json, re, sys
lines = open(sys.argv[1], "rb").read().split(b"\n")
assert lines.pop() == b"", "the last line does not end"
always = {"time", "level", "host", "program", "pid", "message"}
about = {"queue_id", "recipient", "relay", "tls", "dsn", "status"}
for line in lines:
    o = json.loads(line)
    assert always <= set(o) <= always | about, set(o)
    assert len(line) < 4096 and all(0x20 <= b < 0x7f for b in line), line
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", o["time"]), o["time"]
    assert o["level"] in ("error", "warning", "info", "debug")
    assert not re.match("(warning|error): ", o["message"]), o["message"]
print(len(lines) > 5, {o["program"] for o in map(json.loads, lines)} >= {"signetd", "signet/qmgr", "signet/smtp"})
END
is "each line is an object with these names and no others, whoever writes it" "$(/usr/bin/python3 read_json.py $LAB/log/json 2>&1 | tail -n 1)" "True True"
jq_like='import json, sys; print(*[o["relay"] for o in map(json.loads, open(sys.argv[1])) if o.get("recipient") == "dave@direct.world.example"])'
is "a program finds where a recipient's mail went" "$(/usr/bin/python3 -c "$jq_like" $LAB/log/json)" "mx.world.example[192.0.2.10]:25"
sed -i 's,^log = .*,log = "syslog";,' $CONF
like "with syslog it is refused, and said why" "$($SIGNET config check 2>&1)" 'log_format = "json" is for standard error or a file'
world_done
