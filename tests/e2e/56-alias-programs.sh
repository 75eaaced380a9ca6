#!/bin/bash
# SPDX-License-Identifier: ISC
# Programs that aliases name: those that the owner allows get the mail, in rights that are nobody's, and what they say of it is what
# becomes of it; those that hang, fork or flood harm no other mail.
. "$(dirname "$0")/world.sh"
world_begin "$@"
tap_plan 65

D=direct.world.example
P=$LAB/programs
lists=$LAB/lists
mkdir -p $P $lists $LAB/told
chown nobody: $LAB/told
chmod 755 $LAB $P $lists $LAB/told
world_names
lab_dns_start
world_mx_start
world_keys

# config LINES: signetd with these settings
config() {
	[ -z "${LAB_SIGNETD_PID:-}" ] || lab_signetd_stop
	world_config <<-END
	root = "owner@$D"; local_delivery = "none"; aliases = [ "$lists/aliases" ];
	routes = ( { to = [ "*" ]; via = [ "mx" ]; } ); retry_min = "500ms"; retry_max = "2s"; time_scale = 0.005;
	$1
	END
	lab_signetd_start
}
send() {
	local sender=$1 subject=$2
	shift 2
	as alice $SENDMAIL -i -f "$sender" "$@" < <(world_message alice@sender.example "$1" "$subject")
}
runs() { cat $LAB/told/runs.* 2>/dev/null | grep -cFx -- "$1"; }
has_run() { [ "$(runs "$1")" -eq "$2" ]; }
waits() { $SIGNET queue list | grep -Fq -- "$1"; }
report() { lab_mail sender.example alice | xargs -r grep -l "^Subject: $1"$'\r\\?'\$ | xargs -r grep -l '^Content-Type: multipart/report' | head -n 1; }
has_report() { [ -n "$(report "$1")" ]; }
text() { tr -d '\r' < "$1" | tr -s '\n ' '  '; }
has_mail() { lab_mail "${1#*@}" "${1%@*}" | xargs -r grep -q "^Subject: $2"; }
none_of() { ! pgrep -u nobody -f "$1"; }
some_of() { pgrep -u nobody -f "$1"; }

# program NAME < SCRIPT; the record of a run is a script's last step, which needs no process: where a bomb has used them up, a run that
# is made again later leaves one record.
program() {
	{ printf '#!/bin/sh\n'; cat; } > $P/"$1".new
	chmod 755 $P/"$1".new
	mv $P/"$1".new $P/"$1"
}
program save <<END
{ id -un; pwd; printf '%s.' "\$@"; echo; env; grep NoNewPrivs /proc/self/status | tr -d '\t'; } > $LAB/told/about
cat > $LAB/told/letter
echo "\$1" > $LAB/told/runs.\$\$
END
program status <<END
cat > /dev/null
echo "the word of the program"
exit \$(cat $LAB/told/status)
END
cp $P/save $P/other
cat > $lists/aliases <<END
save:    "|$P/save 'a b' \$HOME x@example.org"
both:    "|$P/save one", "|$P/save two", alice@$D
all:     both, save, "|$P/save one"
other:   "|$P/other"
status:  "|$P/status", bob@$D
list:    :include:$lists/list
shell:   "|$P/save one; touch $LAB/told/shell"
above:   |$P/allowed/../other
hang:    |$P/hang
bomb:    |$P/bomb
flood:   |$P/flood
END
echo "|$P/save one" > $lists/list
allowed="alias_programs = [ \"$P/save\", \"$P/status\", \"$P/hang\", \"$P/bomb\", \"$P/flood\", \"$P/allowed/\" ];"

# ---- a program that is allowed -----------------------------------------------------------------

config "$allowed"
like "signet route says what runs, and as whom" "$($SIGNET route --offline save)" "local: the program $P/save 'a b' .*, as nobody"
ok "mail for an alias with a tag" send alice@sender.example one save+box@localhost
ok "leaves the queue" lab_until 90 lab_queue_is_empty
is "the program was nobody, in /" "$(head -n 2 $LAB/told/about | tr '\n' ' ')" "nobody / "
is "with its arguments, which no shell has read" "$(sed -n 3p $LAB/told/about)" 'a b.$HOME.x@example.org.'
said() { grep -Fxq -- "$1" $LAB/told/about; }
for entry in SENDER=alice@sender.example RECIPIENT=save+box@localhost LOCAL=save+box EXTENSION=box DOMAIN=localhost USER=nobody LOGNAME=nobody \
	PATH=/usr/bin:/bin NoNewPrivs:0; do
	ok "$entry" said "$entry"
done
is "nothing of signetd's environment" "$(grep -c '^LAB\|^TMPDIR' $LAB/told/about)" 0
is "the letter says whom it was for" "$(head -n 2 $LAB/told/letter | tr '\n' ' ')" "Return-Path: <alice@sender.example> Delivered-To: save+box@localhost "
like "and is whole" "$(cat $LAB/told/letter)" '^This is the body of one\.$'
like "the log says what took it" "$(cat $LAB/log/signetd)" "to=<\\| $P/save 'a b' .*>, orig_to=<save\\+box@localhost>, relay=local, .*status=sent \\(delivered to the program $P/save 'a b' .* as nobody\\)"
rm -f $LAB/told/runs.*
ok "mail for an alias that leads to two of them twice" send alice@sender.example two all@localhost
ok "leaves the queue" lab_until 90 lab_queue_is_empty
is "each has run once" "$(runs one) $(runs two) $(runs 'a b')" "1 1 1"
ok "and their neighbour has it" lab_until 90 has_mail alice@$D two

# ---- programs that are not ------------------------------------------------------------------------

for name in other list shell above; do
	ok "mail for $name" send alice@sender.example "refused-$name" $name@localhost
	ok "comes back" lab_until 90 has_report "refused-$name"
done
like "with the setting that would allow it" "$(text "$(report refused-other)")" "\"\\|$P/other\" is a program, and the setting alias_programs does not allow it; .*\\(alias \"other\", $lists/aliases:4\\)"
like "or that a list may not" "$(text "$(report refused-list)")" 'is a program, which a list may not name'
like "or that there is no shell" "$(text "$(report refused-shell)")" 'is run without a shell, for which ";" would mean something'
is "nothing has run" "$(runs one) $(ls $LAB/told/shell 2>/dev/null)" "1 "
rm -f $LAB/told/runs.*
ok "mail for a user who is called like a program" send alice@sender.example three "\"| $P/save one\"@localhost"
ok "is root's reader's" lab_until 90 has_mail owner@$D three
is "and has not run it" "$(runs one)" 0
as alice $SENDMAIL -i "| $P/save one" < <(world_message alice x four) 2>/dev/null
as alice $SENDMAIL -i -f "\"| $P/save one\"" nobody@$D < <(world_message alice x five)
ok "mail to and from such names" lab_until 90 lab_queue_is_empty
is "has not, either" "$(runs one)" 0

# ---- what a program says ---------------------------------------------------------------------------

echo 75 > $LAB/told/status
ok "mail while it says 75" send alice@sender.example six status@localhost
ok "waits, and says why" lab_until 90 waits "$P/status ended with status 75 (temporary failure): the word of the program"
echo 0 > $LAB/told/status
ok "and goes when it says 0" lab_until 90 lab_queue_is_empty
ok "its neighbour has it once" has_mail bob@$D six
echo 67 > $LAB/told/status
ok "mail while it says 67" send alice@sender.example seven status@localhost
ok "comes back" lab_until 90 has_report seven
seen=$(text "$(report seven)")
like "with its word" "$seen" "$P/status ended with status 67 \\(no such user\\): the word of the program"
like "of the alias" "$seen" 'Final-Recipient: rfc822; ?status@localhost Action: failed Status: 5\.1\.1'

# ---- held, and not allowed any more ------------------------------------------------------------------

rm -f $LAB/told/runs.*
echo 75 > $LAB/told/status
ok "mail that waits" send alice@sender.example eight status@localhost
ok "for the program" lab_until 90 waits "ended with status 75"
ok "is held" lab_until 90 $SIGNET queue hold --recipient "| *"
config ''
ok "and released when the program is not allowed any more" $SIGNET queue release all
ok "waits and says what to do" lab_until 90 waits "the setting alias_programs does not allow \"|$P/status\": add it there and reload signetd, or delete the message"
echo 0 > $LAB/told/status
config "$allowed command_user = \"somebody\";"
ok "likewise where there is no command_user" lab_until 90 waits 'command_user: there is no user "somebody" on this host'
config "$allowed"
ok "allowed again, it runs" lab_until 90 lab_queue_is_empty

# ---- hostile programs ----------------------------------------------------------------------------------

program hang <<-'END'
trap '' TERM HUP INT
setsid sleep 1003 &
sleep 1003
END
# While it forks other programs of its user cannot: they wait until its time is over.
program bomb <<-'END'
bomb() { bomb | bomb & }
bomb
for n in $(seq 500); do setsid sleep 1004 & done
exit 75
END
program flood <<-'END'
head -c 300000000 /dev/zero
head -c 300000000 /dev/zero >&2
exit 69
END
ok "mail for one that hangs" send alice@sender.example nine hang@localhost
ok "it hangs" lab_until 90 some_of 'sleep 1003'
ok "mail for one that forks and one that floods" send alice@sender.example nine bomb@localhost flood@localhost
ok "other mail" send alice@sender.example ten alice@$D both@localhost
ok "arrives meanwhile" lab_until 90 has_mail alice@$D ten
ok "and runs other programs" lab_until 90 has_run two 1
ok "the flood comes back" lab_until 120 has_report nine
ok "what hangs is killed when its time is over" lab_until 120 waits "$P/hang had not finished after"
$SIGNET queue delete all >/dev/null
all_deleted() { $SIGNET queue delete all >/dev/null; lab_queue_is_empty; }
ok "they are deleted from the queue" lab_until 120 all_deleted
ok "nothing of them is left" lab_until 90 none_of "sleep 100[34]|^/bin/sh $P/"
world_done
