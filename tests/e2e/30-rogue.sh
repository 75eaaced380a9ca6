#!/bin/bash
# SPDX-License-Identifier: ISC
# Processes that misbehave, stand still, or die with their work done: an smtp
# that was taken over (tests/lab/odd_role.c), a queue that stops, a signetd that
# is killed and begun again at once, and hundreds of bounces together.
. "$(dirname "$0")/world.sh"
LAB_LIMIT_S=${LAB_LIMIT_S:-300}
world_begin "$@"
tap_plan 43
verbs='flood huge fds strange parent parentfds closes'
world_names
for verb in $verbs; do
	lab_zone world.example <<< "$verb-smtp MX 10 mx-$verb"$'\n'"mx-$verb A 192.0.2.10"
done
world_keys
# A session has a channel to signetd only to hear its password there, which tells these two what to do.
for verb in parent parentfds; do
	(umask 077; echo "$verb-smtp" > "/etc/signet/$verb.password")
done
world_smarthosts='{ name = "one"; host = "mx-parent.world.example"; user = "me"; password_file = "/etc/signet/parent.password"; },
  { name = "other"; host = "mx-parentfds.world.example"; user = "me"; password_file = "/etc/signet/parentfds.password"; }'
world_config <<'END'
routes = (
  { to = [ "parent.world.example" ]; via = [ "one" ]; },
  { to = [ "parentfds.world.example" ]; via = [ "other" ]; },
  { to = [ "*" ]; via = [ "mx" ]; }
);
retry_min = "10m"; retry_max = "20m"; time_scale = 0.05;
END
world_odd_roles
lab_dns_start
world_mx_start
lab_signetd_start
D=direct.world.example

send() {
	world_message you@sender.example "$1" "$2" | $SENDMAIL -i -f owner@$D "$1"
}
memory_kb() {
	awk '/^VmHWM:/ { print $2 }' "/proc/$1/status"
}
descriptors() {
	ls "/proc/$1/fd" | wc -l
}
no_session() {
	[ -z "$(lab_pids smtp)" ]
}
is_deferred() {
	$SIGNET queue list --json --recipient "$1" | grep -q '"queue_name": "deferred"'
}

send bob@$D "before all"
ok "mail goes" lab_until 15 lab_has_mail $D bob
ok "its session ends" lab_until 15 no_session
queue=$(lab_pids queue)
before_parent=$(memory_kb "$LAB_SIGNETD_PID") before_queue=$(memory_kb "$queue")
fds_parent=$(descriptors "$LAB_SIGNETD_PID") fds_queue=$(descriptors "$queue")
n=1
for verb in $verbs; do
	case $verb in
	parent*) victim=alice@$verb.world.example ;;
	*) victim=alice@$verb-smtp.world.example ;;
	esac
	send $victim rogue
	send user$n@$D "beside $verb"
	ok "$verb: other mail goes" lab_until 15 lab_has_mail $D user$n
	ok "$verb: the rogue is ended" lab_until 15 no_session
	ok "$verb: its mail waits" lab_until 10 is_deferred $victim
	[ $verb = closes ] || ok "$verb: the log names it" log_says "smtp [0-9]* .*(is ended)"
	: > $LAB/log/signetd
	n=$((n + 1))
done
is "the queue is the same process" "$(lab_pids queue)" "$queue"
grew=$(( $(memory_kb "$LAB_SIGNETD_PID") - before_parent ))
ok "signetd has grown by little ($grew kB)" test -n "${SANITIZE:-}" -o $grew -lt 4096
grew=$(( $(memory_kb "$queue") - before_queue ))
ok "the queue has grown by little ($grew kB)" test -n "${SANITIZE:-}" -o $grew -lt 16384
fds_are_back() {
	[ "$(descriptors "$LAB_SIGNETD_PID")" -le "$fds_parent" ] && [ "$(descriptors "$queue")" -le "$fds_queue" ]
}
ok "and no descriptors are left in either" lab_until 5 fds_are_back
$SIGNET queue delete all >/dev/null

# A queue that stands still.
kill -STOP "$queue"
send dave@$D "while it stands still" &
another_queue() {
	[ -n "$(lab_pids queue)" ] && [ "$(lab_pids queue)" != "$queue" ]
}
ok "a queue that stands still is restarted" lab_until 40 another_queue
ok "which the log says" log_says "the queue \(process $queue\) has stood still for [0-9]* s: it is ended"
wait $!
is "the caller's mail was kept" $? 0
ok "and goes" lab_until 20 lab_has_mail $D dave

# Hundreds of bounces at once: what a bounce process said before it was reaped counts.
world_shipped_roles $(ls $LAB/libexec)
count=200
for (( i = 0; i < count; i++ )); do
	echo "nobody-$i@$D"
done > unknown
while read -r -u 3 one; do send "$one" "to nobody"; done 3< unknown
ok "the queue empties of $count bounces" lab_until 90 lab_queue_is_empty
is "each sender was told" "$(lab_mail $D owner | xargs -r grep -hoE "^Final-Recipient: .*nobody-[0-9]+@" | sort -u | wc -l)" $count
is "none was made twice" "$(grep -c 'could not be made' $LAB/log/signetd)" 0

# Killed, and begun again at once.
failed=0
for (( i = 0; i < 15; i++ )); do
	send bob@$D "kill $i"
	kill -9 "$LAB_SIGNETD_PID"
	$LAB/build/signetd -C $CONF >>$LAB/log/signetd.stderr 2>&1 &
	LAB_SIGNETD_PID=$!
	lab_until 20 lab_signetd_ready || failed=$((failed + 1))
done 2>/dev/null
is "signetd behind a kill -9 begins each time" "$failed" 0
all_came() {
	[ "$(subjects $D bob | grep -c '^kill ' )" -ge 15 ]
}
$SIGNET queue flush >/dev/null
ok "and nothing is lost" lab_until 30 all_came
world_done
