#!/bin/bash
# SPDX-License-Identifier: ISC
# While no signetd answers, mail waits in the drop folder; then it goes, once.
. "$(dirname "$0")/world.sh"
world_begin "$@"
tap_plan 25
world_names
world_keys
world_config <<'END'
root = "owner@direct.world.example";
routes = ( { to = [ "*" ]; via = [ "mx" ]; } );
END
lab_dns_start
world_mx_start
DROP=/var/spool/signet/drop

send() {
	world_message "$1@sender.example" "$2@direct.world.example" "$3" | as "$1" $SENDMAIL -i -t
}
drop_count() {
	find $DROP -type f ! -name '*.bad' | wc -l
}
drop_is_empty() {
	[ "$(drop_count)" -eq 0 ]
}

# The first start makes the folders.
lab_signetd_start
lab_signetd_stop
is "the drop folder is signet's and the group's, sticky" "$(stat -c '%U:%G %a' $DROP)" "signet:signetdrop 1770"

ok "signetd down: alice's sendmail exits 0" send alice alice one
ok "and bob's" send bob bob two
is "two files wait" "$(drop_count)" 2
is "owned by their callers, not readable by others" \
	"$(find $DROP -type f -printf '%u %m\n' | sort | tr '\n' ' ')" "alice 640 bob 640 "
fails "a caller cannot list the folder" as alice ls $DROP
fails "nor write to it but by signet-drop" as alice touch $DROP/mine

world_message root@sender.example erin@direct.world.example four > "$LAB/four"
ok "root's without set-gid, as in a unit with NoNewPrivileges" eval 'setpriv --no-new-privs $SENDMAIL -i -t < "$LAB/four"'

# What does not belong there.
echo 'no record at all' > $DROP/garbage
ln -s /etc/passwd $DROP/link
mkfifo $DROP/pipe
head -c 100 "$(find $DROP -type f -user alice | head -n 1)" > $DROP/cut
chown signet: $DROP/garbage $DROP/cut

lab_signetd_start
ok "alice's arrives" lab_until 60 lab_has_mail direct.world.example alice
ok "bob's arrives" lab_until 60 lab_has_mail direct.world.example bob
like "from the caller" "$(header "$(copy direct.world.example bob)")" '^Return-Path: <bob@sender\.example>'
ok "root's arrives" lab_until 60 lab_has_mail direct.world.example erin
is "once" "$(lab_mail_count direct.world.example alice)$(lab_mail_count direct.world.example bob)" 11
ok "garbage is put aside, not deleted" lab_until 60 eval 'ls $DROP | grep -q "^garbage.*bad"'
ok "so is a cut record" lab_until 60 eval 'ls $DROP | grep -q "^cut.*bad"'
ok "the owner is told of them" lab_until 60 lab_has_mail direct.world.example owner
like "by name" "$(cat "$(copy direct.world.example owner)")" '^    (garbage|cut)\.bad \(uid [0-9]+\): '
ok "signetd lives with a fifo and a link there" kill -0 "$LAB_SIGNETD_PID"
ok "/etc/passwd is still there" test -s /etc/passwd
ok "nothing else is left" lab_until 60 eval '[ -z "$(find $DROP -type f ! -name "*.bad")" ]'

# A signetd that stands still: the socket takes the connection, nobody reads.
for pid in $(lab_pids pickup); do
	kill -STOP "$pid"
done
send alice carol three & sender=$!
# The socket that listens, and the end of a connection that nobody has taken yet.
is_connected() {
	[ "$(grep -c '/run/signet/socket$' /proc/net/unix)" -ge 2 ]
}
lab_need 60 is_connected
for pid in $(lab_pids pickup); do
	kill -KILL "$pid"
done
wait $sender
is "pickup killed in the middle: sendmail exits 0 all the same" $? 0
ok "that mail arrives" lab_until 60 lab_has_mail direct.world.example carol
ok "and nothing is left to send" eval 'lab_until 60 drop_is_empty && lab_until 60 lab_queue_is_empty'
is "once" "$(lab_mail_count direct.world.example carol)" 1
world_done
