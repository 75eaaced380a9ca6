#!/bin/bash
# SPDX-License-Identifier: ISC
# Reload: a wrong configuration changes nothing, a good one takes over, and no caller notices.
. "$(dirname "$0")/world.sh"
world_begin "$@"
tap_plan 15
world_names
world_keys
world_config <<'END'
routes = ( { to = [ "*" ]; via = [ "mx" ]; } );
END
cp $CONF good
lab_dns_start
world_mx_start
world_isp_start
lab_signetd_start

send() {
	world_message you@sender.example "$1" "$2" | $SENDMAIL -i -t
}
parent() {
	lab_pids signetd | head -n 1
}

# Callers all the while.
: > statuses
(
	n=0
	while [ ! -e enough ]; do
		n=$((n + 1))
		send user1@direct.world.example "during $n" 2>>errors
		echo "$? during $n" >> statuses
		sleep 0.02
	done
) &
callers=$!

sed 's/^routes/rootes/' good > $CONF
kill -HUP "$(parent)"
ok "a wrong configuration is named in the log, with line and the word meant" \
	lab_until 60 log_says 'signet\.conf.*[0-9]+.*rootes.*routes'
ok "signetd runs on" kill -0 "$LAB_SIGNETD_PID"
ok "sendmail is served" send alice@direct.world.example "after the wrong one"
ok "and its mail arrives" lab_until 60 lab_has_mail direct.world.example alice
fails "signet config check fails" $SIGNET config check

sed 's/via = \[ "mx" \]/via = [ "isp" ]/' good > $CONF
old=$(lab_pids queue)
kill -HUP "$(parent)"
changed() {
	local now
	now=$(lab_pids queue)
	[ -n "$now" ] && [ "$now" != "$old" ]
}
ok "a good configuration takes over" lab_until 60 changed
ok "the parent stays" kill -0 "$LAB_SIGNETD_PID"
ok "sendmail is served" send bob@direct.world.example "after the good one"
ok "its mail arrives" lab_until 60 lab_has_mail direct.world.example bob
like "by the new way" "$(header "$(copy direct.world.example bob)")" 'by smtp\.isp\.world\.example'
enough() {
	[ "$(wc -l < statuses)" -gt 20 ]
}
lab_until 60 enough
: > enough
wait $callers
count=$(wc -l < statuses)
ok "callers all the while ($count)" test "$count" -gt 20
is "none of them failed" "$(grep -vc '^0 ' statuses)" 0
ok "the queue empties" lab_until 60 lab_queue_is_empty
lab_until 60 lab_has_mail direct.world.example user1 "$count"
is "every mail arrived, once" "$(subjects direct.world.example user1 | sort -u | wc -l) of $(lab_mail_count direct.world.example user1)" "$count of $count"
world_done
