#!/bin/bash
# SPDX-License-Identifier: ISC
# event_command: a program is told of deliveries, bounces and holds, in rights that are nobody's; whatever it does, mail goes on,
# and nothing of it is left.
. "$(dirname "$0")/world.sh"
world_begin "$@"
tap_plan 42

world_names
lab_dns_start
world_mx_start
world_keys
mkdir $LAB/told
chown nobody: $LAB/told
chmod 755 $LAB $LAB/told

# In place, so that a program that is being run is not changed under it.
program() {
	cat > $LAB/program.new
	chmod 755 $LAB/program.new
	mv $LAB/program.new $LAB/program
}
# config LINES: signetd with that program
config() {
	[ -z "${LAB_SIGNETD_PID:-}" ] || lab_signetd_stop
	world_config <<-END
	routes = ( { to = [ "other.world.example" ]; via = [ "hold" ]; }, { to = [ "*" ]; via = [ "mx" ]; } );
	retry_min = "500ms"; retry_max = "2s"; time_scale = 0.05; $1
	END
	lab_signetd_start
}
send() {
	local subject=$1
	shift
	as alice $SENDMAIL -i -f alice@sender.example "$@" < <(world_message alice@sender.example someone@direct.world.example "$subject")
}
has_mail() { lab_mail direct.world.example "$1" | xargs -r grep -q "^Subject: $2\$"; }
heard() { grep -Eqs -- "$1" $LAB/told/events; }
said() { grep -Fxqs -- "$1" $LAB/told/about; }
times_logged() { grep -Ec -- "$1" $LAB/log/signetd; }
none_of() { ! pgrep -u nobody -f "$1"; }
some_of() { pgrep -u nobody -f "$1"; }

# ---- a program that listens --------------------------------------------------------------

program <<END
#!/bin/sh
{ id -un; id -G; pwd; echo "\$# \$1"; env; grep NoNewPrivs /proc/self/status | tr -d '\t'; ls /proc/self/fd | tr '\n' ' '; echo; } > $LAB/told/about.new
mv $LAB/told/about.new $LAB/told/about
cat >> $LAB/told/events
echo "nobody reads this"
END
config "event_command = \"$LAB/program 'a \$b'\";"
ok "mail to three" send one alice@direct.world.example nobody@direct.world.example alice@other.world.example
ok "delivered is told" lab_until 60 heard '^\{"event": "delivered", "time": [0-9]+, "queue_id": "[^"]+", "address": "alice@direct.world.example", "original": "[^"]*", "relay": "mx\.world\.example.*", "status": "2\.[0-9.]+", "reply": "250 '
ok "bounced" lab_until 60 heard '"event": "bounced", .*"address": "nobody@direct.world.example".*"status": "5\.1\.1", "reply": "550 '
ok "held" lab_until 60 heard '"event": "held", .*"address": "alice@other.world.example".*"reply": "held by rule 1'
each_is_json() { /usr/bin/python3 -c 'import json, sys; sys.exit(not all(json.loads(l) for l in sys.stdin))' < $LAB/told/events; }
ok "each line is JSON" each_is_json
for entry in nobody "$(id -G nobody)" / '1 a $b' LOGNAME=nobody USER=nobody PATH=/usr/bin:/bin SHELL=/bin/sh NoNewPrivs:1 '0 1 2 3 '; do
	ok "it is run so: $entry" said "$entry"
done
is "nothing of signetd's environment is there" "$(grep -c '^LAB\|^TMPDIR' $LAB/told/about)" 0
unlike "what it prints is not logged" "$(cat $LAB/log/signetd)" 'nobody reads this'
$SIGNET queue delete all >/dev/null
for n in $(seq 30); do
	send many alice@direct.world.example
done
thirty() { [ "$(grep -c '"event": "delivered", .*"address": "alice@direct' $LAB/told/events)" -eq 31 ]; }
ok "of a burst nothing is lost" lab_until 120 thirty

# ---- programs that fail --------------------------------------------------------------------

program <<-'END'
#!/bin/sh
echo "no database"
exit 3
END
ok "mail while it fails" send two alice@direct.world.example
ok "arrives" lab_until 60 has_mail alice two
fails="event_command: $LAB/program ended with status 3: no database"
ok "the log says how it fails" lab_until 60 log_says "$fails"
for n in 1 2 3; do
	send three$n alice@direct.world.example
done
three() { has_mail alice three1 && has_mail alice three2 && has_mail alice three3; }
ok "more mail arrives" lab_until 60 three
program <<END
#!/bin/sh
cat >> $LAB/told/events
END
works_again() { send again alice@direct.world.example; log_says 'event_command works again; it had failed [0-9]+ time'; }
ok "when it works again the log says so" lab_until 60 works_again
is "and that it failed, once" "$(times_logged "$fails")" 1
rm $LAB/program
ok "mail while it is not there" send four alice@direct.world.example
ok "arrives" lab_until 60 has_mail alice four
ok "and the log says what is missing" lab_until 60 log_says "event_command: $LAB/program cannot be run: No such file or directory; event_command in the configuration names it"

# ---- hostile programs ------------------------------------------------------------------------

program <<-'END'
#!/bin/sh
trap '' TERM HUP INT
setsid sleep 1001 &
sleep 1001
END
config "event_command = \"$LAB/program\";"
ok "mail while it hangs" send five alice@direct.world.example
ok "arrives" lab_until 60 has_mail alice five
ok "it hangs, with what it started" lab_until 60 some_of 'sleep 1001'
ok "the log says that it was killed" lab_until 60 log_says "event_command: $LAB/program had not finished after [0-9]+ s and was killed"
send five alice@direct.world.example
lab_need 60 some_of 'sleep 1001'
lab_signetd_stop
LAB_SIGNETD_PID=
ok "when signetd ends nothing of it is left" lab_until 60 none_of 'sleep 1001'

program <<-'END'
#!/bin/sh
bomb() { bomb | bomb & }
bomb
for n in $(seq 500); do setsid sleep 1002 & done
END
config "event_command = \"$LAB/program\";"
ok "mail while it forks without end" send six alice@direct.world.example
ok "arrives" lab_until 60 has_mail alice six
ok "and so does the next" send seven alice@direct.world.example
ok "at once" lab_until 60 has_mail alice seven
program <<END
#!/bin/sh
echo "here again" >> $LAB/told/events
END
next_runs() { send eight alice@direct.world.example; heard 'here again'; }
ok "the next run comes" lab_until 120 next_runs
of_bomb() { none_of 'sleep 1002' && none_of "^/bin/sh $LAB/program"; }
ok "of the bomb nothing is left" lab_until 60 of_bomb

program <<END
#!/bin/sh
head -c 300000000 /dev/zero
head -c 300000000 /dev/zero >&2
echo "has flooded" >> $LAB/told/events
END
: > $LAB/log/signetd
ok "mail while it floods" send nine alice@direct.world.example
ok "arrives" lab_until 60 has_mail alice nine
flooded() { heard 'has flooded' || log_says 'had not finished'; }
ok "the flood is read to its end, or cut" lab_until 60 flooded
world_done
