#!/bin/bash
# SPDX-License-Identifier: ISC
# Mail for this host's users by a delivery agent: it is theirs once, in their
# rights, and what the agent says of it is what becomes of it.
LAB_PEERS="root dovecot agents"
. "$(dirname "$0")/world.sh"
world_begin "$@"
tap_plan 45

# In place: /etc lies over these.
users=$(sed "s|^alice:.*|alice:x:1001:1001:Alice Caller:$LAB/home/alice:/bin/sh|; s|^bob:.*|bob:x:1002:1002:Bob Caller:$LAB/home/bob:/bin/sh|" \
	$LAB/etc/passwd)
groups=$(sed 's/^mail:x:8:$/mail:x:8:bob/' $LAB/etc/group)
echo "$users" > $LAB/etc/passwd
echo "$groups" > $LAB/etc/group
mkdir -p $LAB/home
for user in alice bob; do
	install -d -o $user -g $user -m 700 $LAB/home/$user
done

# agent COMMAND: signetd with that agent and nothing else configured
agent() {
	[ -z "${LAB_SIGNETD_PID:-}" ] || lab_signetd_stop
	cat > $CONF <<-END
	libexec = "$LAB/build/libexec/signet"; drop_program = "$LAB/signet-drop"; log = "$LAB/log/signetd";
	retry_min = "500ms"; retry_max = "2s"; time_scale = 0.05;
	local_command = "$1";
	END
	lab_signetd_start
}
send() { as alice $SENDMAIL -i -f "$1" "$2" < <(world_message alice "$2" "$3"); }
maildir_of() { grep -lr "^Subject: $2\$" $LAB/home/"$1"/Maildir/{new,cur} 2>/dev/null; }
waits() { $SIGNET queue list | grep -Fq "$1"; }

# ---- a script, which says what it was given ---------------------------------------

cat > $LAB/agent <<'END'
#!/bin/sh
{ id -u; id -g; id -G; pwd; echo "$*"; env; grep NoNewPrivs /proc/self/status; } > "$HOME/told"
cat > "$HOME/letter"
trouble=$(cat "$HOME/trouble" 2>/dev/null)
echo "the word of $USER"
case $trouble in
hang) setsid sleep 1000 & sleep 1000 ;;
die) kill -9 $$ ;;
esac
exit $trouble
END
chmod 755 $LAB/agent
agent "$LAB/agent -f \$SENDER '\$x' \$RECIPIENT"
told() { grep -Fxq -- "$1" $LAB/home/bob/told 2>/dev/null; }
trouble() { echo "$1" > $LAB/home/bob/trouble; }
ok "mail for bob is taken" send alice@localhost bob+box@localhost one
ok "and leaves the queue" lab_until 60 lab_queue_is_empty
is "the agent was bob, with his groups, in his home" "$(head -n 4 $LAB/home/bob/told | tr '\n' ' ')" \
	"1002 1002 1002 8 $LAB/home/bob "
is "with its arguments" "$(sed -n 5p $LAB/home/bob/told)" '-f alice@localhost $x bob+box@localhost'
for entry in SENDER=alice@localhost RECIPIENT=bob+box@localhost LOCAL=bob+box EXTENSION=box DOMAIN=localhost USER=bob LOGNAME=bob \
	HOME=$LAB/home/bob SHELL=/bin/sh PATH=/usr/bin:/bin; do
	ok "$entry" told "$entry"
done
is "nothing of signetd's environment" "$(grep -c '^LAB\|^TMPDIR' $LAB/home/bob/told)" 0
is "set-id programs have their effect" "$(grep NoNewPrivs $LAB/home/bob/told | tr -d '\t')" NoNewPrivs:0
is "the letter says whose it is" "$(head -n 2 $LAB/home/bob/letter | tr '\n' ' ')" \
	"Return-Path: <alice@localhost> Delivered-To: bob+box@localhost "
like "the log says by whom" "$(cat $LAB/log/signetd)" "relay=local, .*status=sent \(delivered by $LAB/agent\)"

trouble 75
ok "mail while the agent says 75" send alice@localhost bob two
ok "waits, and says why" lab_until 60 waits 'ended with status 75 (temporary failure): the word of bob'
trouble 67
bounced() { grep -q 'ended with status 67 (no such user): the word of bob' $LAB/home/alice/letter 2>/dev/null; }
ok "with 67 it goes back to its sender, by the agent" lab_until 60 bounced
ok "as a report of an unknown user" grep -q '^Status: 5.1.1' $LAB/home/alice/letter
ok "and leaves the queue" lab_until 60 lab_queue_is_empty
trouble die
ok "mail over which the agent is killed" send alice@localhost bob three
ok "waits" lab_until 60 waits 'was ended by signal 9: the word of bob'
trouble 0
ok "and arrives when the agent is well" lab_until 60 lab_queue_is_empty
trouble hang
ok "mail over which the agent hangs" send alice@localhost bob four
sleepers() { pgrep -u bob -x sleep | wc -l; }
two_sleep() { [ "$(sleepers)" -eq 2 ]; }
none_sleeps() { [ "$(sleepers)" -eq 0 ]; }
ok "has it begin others" lab_until 60 two_sleep
trouble 0
ok "they are killed with it when its time is over" lab_until 120 none_sleeps
ok "the log says so" lab_until 60 log_says 'had not finished after 30 s and was killed'
ok "and the mail arrives" lab_until 60 lab_queue_is_empty
trouble hang
ok "an agent at work" send alice@localhost bob five
ok "that has begun others" lab_until 60 two_sleep
lab_signetd_stop
agent_is_gone() { ! pgrep -u bob -f "^/bin/sh $LAB/agent" >/dev/null; }
ok "ends with signetd" lab_until 60 agent_is_gone
pkill -u bob -x sleep
LAB_SIGNETD_PID=
trouble 0
agent "$LAB/agent"
ok "and the mail arrives" lab_until 60 lab_queue_is_empty

# Root is nobody whom an agent may be.
ok "mail for root" send alice@localhost root six
ok "waits" lab_until 60 waits 'is not given to a delivery agent, which would run as root: set root ='
$SIGNET queue delete all >/dev/null

# ---- Dovecot's ---------------------------------------------------------------------

{
	case $(dovecot --version) in
	2.[0-3].*) echo 'mail_location = maildir:~/Maildir' ;;
	*) printf '%s\n' 'dovecot_config_version = 2.4.0' 'dovecot_storage_version = 2.4.0' 'mail_driver = maildir' 'mail_path = ~/Maildir' ;;
	esac
	printf '%s\n' 'ssl = no' 'log_path = /dev/stderr'
} > $LAB/lda.conf
agent "/usr/lib/dovecot/dovecot-lda -c $LAB/lda.conf -f \$SENDER -a \$RECIPIENT"
ok "mail for Dovecot's agent" send -odd@sender.example bob seven
ok "arrives" lab_until 60 lab_queue_is_empty
is "in the Maildir, once" "$(maildir_of bob seven | wc -l)" 1
is "with its sender" "$(grep -h '^Return-Path' $(maildir_of bob seven) | head -n 1)" "Return-Path: <-odd@sender.example>"

# ---- procmail, which is set-id -------------------------------------------------------

echo 'DEFAULT=$HOME/Maildir/' > $LAB/home/bob/.procmailrc
chown bob:bob $LAB/home/bob/.procmailrc
agent "/usr/bin/procmail -t -Y -f \$SENDER -d \$USER"
ok "mail for procmail" send alice@localhost bob eight
ok "arrives" lab_until 60 lab_queue_is_empty
is "in the Maildir, once, and it is bob's" "$(stat -c %U $(maildir_of bob eight))" bob
world_done
