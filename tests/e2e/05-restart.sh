#!/bin/bash
# SPDX-License-Identifier: ISC
# What waits survives a stop, a kill and a restart, with its times.
. "$(dirname "$0")/world.sh"
here=$(cd "$(dirname "$0")" && pwd)
world_begin "$@"
tap_plan 26
SPOOL=/var/spool/signet
world_names
sed -i 's/^other MX .*/other MX 10 shut/' $LAB/dns/world.example.zone
lab_zone world.example <<< 'shut A 192.0.2.30'
world_keys
world_config <<'END'
routes = ( { to = [ "*" ]; via = [ "mx" ]; } );
retry_min = "10m"; retry_max = "20m";
END
lab_dns_start
world_mx_start
lab_signetd_start

send() {
	world_message you@sender.example "$1" "$2" | $SENDMAIL -i -t
}
next_try() {
	$SIGNET queue list --json | sed -n 's/.*"next_try": \([0-9]*\).*/\1/p'
}
deferred() {   # COUNT
	[ "$($SIGNET queue list --json | grep -c '"queue_name": "deferred"')" -eq "$1" ]
}

ok "a mail to a dead host is taken" send alice@lost.world.example first
ok "it is deferred" lab_until 60 deferred 1
before=$(next_try)
ok "its next try is minutes away" test "$before" -gt $(( $(date +%s) + 300 ))
like "mailq says where and why" "$($SENDMAIL -bp)" 'gone\.world\.example|192\.0\.2\.30'

lab_signetd_stop
lab_signetd_start
is "after a stop and a start the time is the same" "$(next_try)" "$before"
tries=$(grep -c '192\.0\.2\.30' $LAB/log/signetd)
kill -9 "$LAB_SIGNETD_PID"
wait "$LAB_SIGNETD_PID" 2>/dev/null
no_roles() {
	[ -z "$(lab_roles)" ]
}
ok "all roles end with their parent" lab_until 60 no_roles
lab_signetd_start
is "after a kill -9 too" "$(next_try)" "$before"
is "a restart is no reason to try" "$(grep -c '192\.0\.2\.30' $LAB/log/signetd)" "$tries"

# The same destination: what comes later waits with it, without an attempt of its own.
ok "another mail to the same dead host" send bob@lost.world.example second
sleep 1
is "both wait" "$(queue_count)" 2
ok "another domain is not held up" send carol@direct.world.example third
ok "it arrives" lab_until 60 lab_has_mail direct.world.example carol

sed -i 's/^gone A .*/gone A 192.0.2.10/' $LAB/dns/world.example.zone
lab_dns_reload
ok "signet queue flush" $SIGNET queue flush --now
ok "alice's arrives" lab_until 60 lab_has_mail lost.world.example alice
ok "bob's arrives" lab_until 60 lab_has_mail lost.world.example bob
ok "the queue is empty" lab_until 60 lab_queue_is_empty
is "each once" "$(lab_mail_count lost.world.example alice)$(lab_mail_count lost.world.example bob)$(lab_mail_count direct.world.example carol)" 111

# A damaged store is said, and the manual's commands save what it holds.
for n in 1 2 3; do
	send user$n@other.world.example "saved $n"
done
ok "three mails wait" lab_until 60 deferred 3
lab_signetd_stop
root_page=$(sqlite3 $SPOOL/queue.db "SELECT rootpage FROM sqlite_master WHERE name = 'destination_wake'")
dd if=/dev/urandom of=$SPOOL/queue.db bs=4096 seek=$((root_page - 1)) count=1 conv=notrunc 2>/dev/null
timeout 60 $LAB/build/signetd -C $CONF
is "a damaged store ends signetd with 78" $? 78
ok "which names the manual" log_says 'queue\.db is damaged.*signetd\(8\), section RECOVERY'
sed -n '/^\.Sh RECOVERY/,/^\.Ed/p' "$here/../../relay/signetd/signetd.8" | sed '1,/^\.Bd/d; /^\.Ed/d' > recover.sh
ok "its commands run" sh -e recover.sh
lab_signetd_start
is "the three are there again" "$(queue_count)" 3
sed -i 's/^shut A .*/shut A 192.0.2.10/' $LAB/dns/world.example.zone
lab_dns_reload
$SIGNET queue flush --now
for n in 1 2 3; do
	ok "number $n arrives" lab_until 60 lab_has_mail other.world.example user$n
done
world_done
