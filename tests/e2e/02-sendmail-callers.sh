#!/bin/bash
# SPDX-License-Identifier: ISC
# What real callers pass to sendmail, and what leaves.
. "$(dirname "$0")/world.sh"
world_begin "$@"
tap_plan 158
world_names
world_keys
world_config <<'END'
root = "owner@direct.world.example";
routes = ( { to = [ "*" ]; via = [ "mx" ]; } );
END
lab_dns_start
world_mx_start
lab_signetd_start

D=direct.world.example
next=0

# call NAME ARGUMENTS -- WANTED-RECIPIENTS WANTED-SENDER < MESSAGE
# Each call gets a subject of its own by which its copies are found.
call() {
	local name=$1 arguments=() mark
	shift
	while [ "$1" != -- ] || [ "${2:-}" = -rest ]; do
		if [ "$2" = -rest ]; then
			arguments+=(--)
			shift 2
			continue
		fi
		arguments+=("$1")
		shift
	done
	next=$((next + 1))
	mark="call-$next"
	sed "s/^Subject: .*/Subject: $mark/" > message
	ok "$name: exit 0" as alice $SENDMAIL "${arguments[@]}" < message
	wanted+=("$mark|$name|$2|$3")
}
wanted=()

mail() {
	printf '%s\n' "$@"
}
TO=(mail "From: a@sender.example" "To: alice@$D" "Subject: x" "" "text")

# The table of callers; -- -rest stands for a real --.
call "cronie" -FCronDaemon -i -odi -oem -oi -t -f root -- alice root@sender.example \
	< <(mail "From: root (Cron Daemon)" "To: alice@$D" "Subject: x" "" "out")
call "Debian cron" -i -FCronDaemon -B8BITMIME -oem alice@$D -- alice alice@sender.example \
	< <(mail "From: root (Cron Daemon)" "To: alice@$D" "Subject: x" "Content-Type: text/plain; charset=UTF-8" "" "grün")
call "anacron" -FAnacron -odi alice@$D -- alice alice@sender.example < <("${TO[@]}")
call "mutt" -oem -oi -f me@sender.example -- -rest alice@$D bob@$D -- "alice bob" me@sender.example < <("${TO[@]}")
call "mutt with DSN" -oem -oi -N failure,delay -R hdrs -f me@sender.example -- -rest alice@$D -- alice me@sender.example < <("${TO[@]}")
call "git send-email" -i alice@$D bob@$D -- "alice bob" alice@sender.example < <("${TO[@]}")
call "mailx -r" -i -r me@sender.example -- -rest alice@$D -- alice me@sender.example < <("${TO[@]}")
call "PHP" -t -i -- alice alice@sender.example < <("${TO[@]}")
call "PHPMailer" -oi -fme@sender.example -t -- alice me@sender.example < <("${TO[@]}")
call "MIME::Lite" -t -oi -oem -- alice alice@sender.example < <("${TO[@]}")
call "Ruby Mail" -i -f me@sender.example -- -rest alice@$D -- alice me@sender.example < <("${TO[@]}")
call "sudo" -t -- alice alice@sender.example < <("${TO[@]}")
call "fail2ban" -f me@sender.example alice@$D -- alice me@sender.example < <("${TO[@]}")
call "-bm" -bm -i alice@$D -- alice alice@sender.example < <("${TO[@]}")
call "null sender ''" -f '' alice@$D -- alice "" < <("${TO[@]}")
call "null sender <>" -f '<>' alice@$D -- alice "" < <("${TO[@]}")
call "-t and argv are united" -t bob@$D -- "alice bob" alice@sender.example < <("${TO[@]}")
call "-t: To, Cc, Bcc" -t -- "alice bob carol" alice@sender.example \
	< <(mail "From: a@sender.example" "To: alice@$D" "Cc: Bob <bob@$D>" "Bcc: carol@$D" "Subject: x" "" "text")
call "-t: Resent" -t -- "bob carol" alice@sender.example \
	< <(mail "Resent-From: a@sender.example" "Resent-To: bob@$D" "Resent-Bcc: carol@$D" "From: z@sender.example" "To: alice@$D" "Subject: x" "" "text")
call "-t: groups and comments" -t -- "alice bob carol" alice@sender.example \
	< <(mail "From: a@sender.example" "To: friends: alice@$D, \"B, b\" <bob@$D>;, carol@$D (Carol)" "Subject: x" "" "text")
call "mbox From line" -t -- alice alice@sender.example \
	< <(mail "From me Mon Nov 23 2026" "From: a@sender.example" "To: alice@$D" "Subject: x" "" "text")
call "CRLF input" -t -- alice alice@sender.example < <("${TO[@]}" | sed 's/$/\r/')
call "an unknown option is no reason to lose mail" -Zfoo -i alice@$D -- alice alice@sender.example < <("${TO[@]}")
call "-O, -L, -X, -A, -p, -h take their values" -O DeliveryMode=b -L tag -X /dev/null -h 5 -p SMTP -i alice@$D -- alice alice@sender.example < <("${TO[@]}")
call "-n -U -G -v" -n -U -G -i alice@$D -- alice alice@sender.example < <("${TO[@]}")
call "-V envelope id" -V abc123 -i alice@$D -- alice alice@sender.example < <("${TO[@]}")
call "a bare address: root is read by the owner" -i root -- owner alice@sender.example < <("${TO[@]}")
call "without -i a lone dot ends the message" alice@$D -- alice alice@sender.example \
	< <(mail "From: a@sender.example" "To: alice@$D" "Subject: x" "" "before" "." "after")

ok "the queue empties" lab_until 60 lab_queue_is_empty

# Who has a copy with that subject, and with which sender.
holders() {
	local user file
	for user in alice bob carol owner; do
		for file in $(lab_mail $D $user); do
			grep -q "^Subject: $1\$" "$file" && echo "$user"
		done
	done | sort | tr '\n' ' ' | sed 's/ $//'
}
for row in "${wanted[@]}"; do
	IFS='|' read -r mark name recipients sender <<<"$row"
	is "$name: who got it" "$(holders "$mark")" "$recipients"
	file=$(grep -l "^Subject: $mark\$" -r "$LAB/mail/$D" | head -n 1)
	[ -n "$file" ] && is "$name: sender" "$(sed -n 's/^Return-Path: //p' "$file" | head -n 1)" "<$sender>"
	[ -n "$file" ] && unlike "$name: no Bcc leaves" "$(header "$file")" '^(Resent-)?Bcc:'
	[ -n "$file" ] && is "$name: one From" "$(header "$file" | grep -ci '^From:')" 1
done
with_subject() {
	grep -l "^Subject: $1\$" -r "$LAB/mail/$D" | head -n 1
}
like "cron's From is valid and ours"  "$(header "$(with_subject call-1)")" '^From: .*root@sender\.example'
unlike "the lone dot ended it"        "$(cat "$(with_subject call-$next)")" 'after'
like "8-bit text arrives as it was"   "$(cat "$(with_subject call-2)")" 'grün'

fails "no recipients: an error"            as alice $SENDMAIL -i < message
as alice $SENDMAIL -i < message 2>err; is "no recipients: EX_USAGE or EX_DATAERR" "$(case $? in 64|65) echo yes;; esac)" yes
as alice $SENDMAIL -bz x@$D < message >/dev/null 2>&1; is "an unknown mode is EX_USAGE" $? 64
ln -s $SENDMAIL $LAB/mailq
ln -s $SENDMAIL $LAB/newaliases
like "mailq" "$(as alice $LAB/mailq 2>&1)" 'Mail queue is empty'
like "newaliases says how many there are" "$(as alice $LAB/newaliases 2>&1)" 'aliases'
ok "sendmail -q" $SENDMAIL -q

# Whose messages mailq shows.
lab_postfix_stop mx
for who in alice bob; do
	"${TO[@]}" | as $who $SENDMAIL -i -f $who@sender.example alice@$D
done
like "a caller sees their own"      "$(as alice $LAB/mailq)" 'alice@sender\.example'
unlike "and nobody else's"          "$(as alice $LAB/mailq)" 'bob@sender\.example'
like "root sees all: alice's"       "$($LAB/mailq)" 'alice@sender\.example'
like "root sees all: bob's"         "$($LAB/mailq)" 'bob@sender\.example'
like "signet queue list shows a caller their own"  "$(as alice $SIGNET queue list)" 'alice@sender\.example'
unlike "and nobody else's"  "$(as alice $SIGNET queue list)" 'bob@sender\.example'
is "the control socket is root's" "$(stat -c '%U %a' /run/signet/control)" "root 600"
world_done
