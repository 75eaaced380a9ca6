#!/bin/bash
# SPDX-License-Identifier: ISC
# signet import --queue: what the real dma, nullmailer, msmtpq and Postfix could not deliver arrives through us, each
# message once, whenever the take-over is killed; and what we have not delivered goes back.
export LAB_PEERS="root movers dma"
. "$(dirname "$0")/world.sh"
world_begin "$@"
[ -n "${LAB_INSIDE:-}" ] && [ -n "${LAB:-}" ] || exit 1
tap_plan 66

world_names
lab_dns_start
world_mx_start
echo 'mail:x:8:8:Mail:/var/mail:/usr/sbin/nologin' >> $LAB/etc/passwd
export HOME=$LAB/home
mkdir -p $HOME

# The smarthost of all of them, which takes mail from this host without a password; it is not there yet.
relay_start() {
	lab_postfix_start relay 192.0.2.20 2525 smtp.isp.world.example 'mynetworks = 192.0.2.0/24 127.0.0.0/8' 'smtpd_relay_restrictions = permit_mynetworks, reject' \
		2>>$LAB/log/postfix
}

# ---- what each was told, and how it queues a message ---------------------------------------------------

mkdir -p $LAB/etc/{dma,nullmailer}
printf '%s\n' 'SMARTHOST smtp.isp.world.example' 'PORT 2525' 'MAILNAME web1.sender.example' > $LAB/etc/dma/dma.conf
install -d -m 2775 -o mail -g mail /var/spool/dma
echo "smtp.isp.world.example smtp --port=2525" > $LAB/etc/nullmailer/remotes
echo web1.sender.example > $LAB/etc/mailname
mkdir -p /var/spool/nullmailer/{queue,tmp,failed}
mkfifo /var/spool/nullmailer/trigger
printf '%s\n' 'account default' 'host smtp.isp.world.example' 'port 2525' 'from me@sender.example' > $HOME/.msmtprc
chmod 600 $HOME/.msmtprc
export MSMTPQ_LOG='' EMAIL_CONN_TEST=x EMAIL_QUEUE_QUIET=t

# send_PROGRAM SUBJECT SENDER RECIPIENT...: its sendmail, which exits 0 as it has the message in its queue.
message() {
	printf 'Subject: %s\nTo: list@sender.example\n\nThe text of %s\n.\n..\n' "$1" "$1"
}
send_dma() {
	message "$1" | dma -f "$2" "${@:3}"
}
send_nullmailer() {
	message "$1" | nullmailer-inject -f "$2" "${@:3}"
}
send_msmtp() {
	message "$1" | bash /usr/libexec/msmtp/msmtpq/msmtpq -f "$2" -- "${@:3}"
}
send_postfix() {
	message "$1" | MAIL_CONFIG=$LAB/out/etc sendmail -i -f "$2" -N failure,delay -- "${@:3}"
}
declare -A FOLDERS=([dma]=/var/spool/dma [nullmailer]=/var/spool/nullmailer [msmtp]=$HOME/.msmtp.queue [postfix]=$LAB/out/spool)
# What waits there, as its own files say.
waits_dma() { find /var/spool/dma -maxdepth 1 -name 'Q*' | wc -l; }
waits_nullmailer() { find /var/spool/nullmailer/queue -type f | wc -l; }
waits_msmtp() { find $HOME/.msmtp.queue -maxdepth 1 -name '*.mail' | wc -l; }
waits_postfix() { find $LAB/out/spool/{maildrop,incoming,active,deferred} -type f | wc -l; }

lab_postfix_start out 192.0.2.1 25 web1.sender.example 'relayhost = [smtp.isp.world.example]:2525' 'myorigin = $myhostname' 'mynetworks_style = host' 2>>$LAB/log/postfix
# So many of each: dma keeps a file for each recipient, which is a message of its own.
MESSAGES=14
for program in dma nullmailer msmtp postfix; do
	for ((n = 1; n <= MESSAGES; n++)); do
		sender=me@sender.example
		# The null sender, and two recipients.
		[ $n != 2 ] || [ $program = msmtp ] || [ $program = dma ] || sender='<>'
		[ $n != 3 ] || second=bob@direct.world.example
		send_$program "$program $n" "$sender" alice@direct.world.example ${second:+"$second"} >>$LAB/log/$program.sent 2>&1
		second=
	done
done
settled() {
	[ "$(waits_postfix)" = $MESSAGES ] && [ "$(find $LAB/out/spool/deferred -type f | wc -l)" = $MESSAGES ]
}
ok "Postfix has tried and deferred" lab_until 60 settled
is "dma has them" "$(waits_dma)" $((MESSAGES + 1))

# ---- the configuration of each ------------------------------------------------------------------------------

base() {
	lab_config_base | grep -v '^hostname\|^domain'
	echo 'retry_min = "500ms"; '
}
import() {
	out=$($SIGNET import "$@" 2>&1 </dev/null)
	status=$?
}
main_of() {
	[ "$1" != postfix ] || echo $LAB/out/etc/main.cf
}

# Each copy in the mailboxes: "SUBJECT USER", sorted.
copies() {
	local user
	for user in alice bob; do
		find "$LAB/mail/direct.world.example/$user/new" -type f -exec sed -n "s/^Subject: \($1 [0-9]*\)\$/\1 $user/p" {} \; 2>/dev/null
	done | LC_ALL=C sort
}
wanted() {
	{
		for ((n = 1; n <= MESSAGES; n++)); do echo "$1 $n alice"; done
		echo "$1 3 bob"
	} | LC_ALL=C sort
}
arrived() {
	[ "$(copies "$1" | wc -l)" -ge $((MESSAGES + 1)) ] && lab_queue_is_empty
}

# The take-over, killed at the call NAME when it makes it for the COUNT-th time; again and again.
kill_at() {
	# shellcheck disable=SC2046
	ASAN_OPTIONS=detect_leaks=0 timeout 60 strace -qq -f -o /dev/null -e "trace=$2" -e "inject=$2:signal=KILL:when=$3" \
		$SIGNET import "$1" --queue $(main_of "$1") >>$LAB/log/killed 2>&1
	[ "$1" != msmtp ] || rmdir $HOME/.msmtp.queue/.lock 2>/dev/null
}

# ---- refusals ---------------------------------------------------------------------------------------------

base > $CONF
import postfix $LAB/out/etc/main.cf
is "Postfix's set-up" "$status" 0
import postfix --queue $LAB/out/etc/main.cf
like "signetd does not run" "$status $out" '^75 .*signetd does not answer at .*: start it first'
lab_signetd_start
import postfix --queue $LAB/out/etc/main.cf
like "Postfix runs" "$status $out" '^75 .*Postfix runs, and might send mail that is taken over at the same time: stop it first'
lab_postfix_stop out
sleep infinity < /var/spool/nullmailer/trigger 3<> /var/spool/nullmailer/trigger &
reader=$!
import nullmailer --queue
like "nullmailer-send runs" "$status $out" '^75 .*nullmailer-send runs'
kill $reader
wait $reader 2>/dev/null
mkdir $HOME/.msmtp.queue/.lock
import msmtp --queue
like "msmtp-queue runs" "$status $out" '^75 .*\.lock is there .*rmdir'
rmdir $HOME/.msmtp.queue/.lock
import dma --queue
like "processes of dma wait" "$status $out" '^75 .*processes of dma wait beside [0-9]+ messages, .*end them \(pkill -x dma\)'
# In the lab's own namespace of processes.
pkill -x dma
dma_is_gone() {
	! pgrep -x dma
}
lab_need 60 dma_is_gone
import dma --queue /nowhere
like "no such queue" "$status $out" '^66 .*/nowhere: there is no such queue'
mkdir $LAB/elsewhere
ln -s $LAB/elsewhere /var/spool/dma/imported-by-signet
waited=$(waits_dma)
import dma --queue
like "a link where the files are to go, from who may write in the queue" "$status $out" '^77 .*/imported-by-signet is to be the folder for what was taken over, and is something else'
is "nothing is taken over, and nothing went there" "$(waits_dma) $(ls $LAB/elsewhere)" "$waited "
rm /var/spool/dma/imported-by-signet
lab_signetd_stop

# ---- each -----------------------------------------------------------------------------------------------------

for program in dma nullmailer msmtp postfix; do
	lab_step $program
	base > $CONF
	# shellcheck disable=SC2046
	import $program $(main_of $program)
	is "$program: its set-up" "$status" 0
	[ "$status" = 0 ] || diag "$out"
	sed -i '/^listen/d' $CONF
	waited=$(waits_$program)
	lab_signetd_start
	was=$(find "${FOLDERS[$program]}" -type f | sort)
	# shellcheck disable=SC2046
	import $program --queue --dry-run $(main_of $program)
	is "$program: a dry run" "$status $(grep -c '^waits: ' <<<"$out") $(find "${FOLDERS[$program]}" -type f | sort)" "0 $waited $was"
	for at in connect:1 connect:2 connect:3 sendto:1 sendto:2 renameat:1 renameat:2 renameat:3 fsync:1 fsync:2; do
		kill_at $program ${at%:*} ${at#*:} 2>/dev/null
	done
	killed=$(waits_$program)
	ok "$program: the take-over was killed on its way" test "$killed" -gt 0 -a "$killed" -lt "$waited"
	# shellcheck disable=SC2046
	import $program --queue $(main_of $program)
	is "$program: the rest" "$status $(grep -c '^took ' <<<"$out")" "0 $killed"
	[ "$status" = 0 ] || diag "$out"
	is "$program: nothing waits there any more" "$(waits_$program)" 0
	aside=${FOLDERS[$program]}/imported-by-signet
	like "$program: where its files are is told" "$out" "files of them are in $aside"
	is "$program: all of its files" "$(find $aside -type f | wc -l)" "$(grep -cvE '/(trigger|pid/|saved)' <<<"$(grep -E '/(Q|M)[0-9a-f]+\.|/queue/|\.mail$|\.msmtp$|/deferred/|/maildrop/' <<<"$was")")"
	import $program --queue $(main_of $program)
	like "$program: once more: nothing" "$status $out" '^0 .*0 messages taken over, 0 left'
	if [ $program = dma ]; then
		is "all of it waits with us" "$($SIGNET queue list --json | wc -l)" "$waited"
		relay_start
	fi
	$SIGNET queue flush --now >/dev/null
	ok "$program: it arrives" lab_until 90 arrived $program
	is "$program: each message once, for each recipient" "$(copies $program)" "$(wanted $program)"
	lab_signetd_stop
done
one=$(grep -rl '^Subject: postfix 5$' $LAB/mail/direct.world.example/alice/new | head -n 1)
like "a message is as it was" "$(cat "$one")" '^The text of postfix 5$'
like "its lines too" "$(tail -n 2 "$one")" '^\.\.$'
like "with the envelope's sender" "$(cat "$one")" '^Return-Path: <me@sender.example>'
like "and the null sender" "$(cat "$(grep -rl '^Subject: nullmailer 2$' $LAB/mail/direct.world.example/alice/new | head -n 1)")" '^Return-Path: <>'
# msmtp adds no Date when it queues: it is that of its file.
like "the time at which msmtpq had it" "$(sed -n 's/^Date: //p' "$(grep -rl '^Subject: msmtp 4$' $LAB/mail/direct.world.example/alice/new | head -n 1)")" "$(date +%Y)"

# ---- what Postfix has not looked at yet, and what its owner holds -----------------------------------------------------

base > $CONF
import postfix $LAB/out/etc/main.cf
sed -i '/^listen/d' $CONF
lab_signetd_start
rm -rf $LAB/out/spool/imported-by-signet
for n in 21 22; do send_postfix "postfix $n" me@sender.example alice@direct.world.example 2>>$LAB/log/postfix; done
held=$(find $LAB/out/spool/maildrop -type f -printf '%f\n' | head -n 1)
mv $LAB/out/spool/maildrop/"$held" $LAB/out/spool/hold/
import postfix --queue $LAB/out/etc/main.cf
is "one is taken over" "$status $(grep -c '^took maildrop/' <<<"$out")" "0 1"
like "of the held one it is said" "$out" '^1 messages that Postfix holds stay where they are'
is "which stays" "$(ls $LAB/out/spool/hold)" "$held"
has_late() {
	[ "$(copies postfix | grep -c 'postfix 2[12] alice')" = 1 ]
}
ok "the other arrives" lab_until 60 has_late
lab_signetd_stop

# ---- the way back: what we have not delivered, to nullmailer ----------------------------------------------------------

lab_postfix_stop relay
base > $CONF
import nullmailer
sed -i 's/192.0.2.20/192.0.2.30/' $LAB/etc/nullmailer/remotes
lab_signetd_start
for n in 1 2 3; do
	message "back $n" | $SENDMAIL -i -f me@sender.example alice@direct.world.example bob@direct.world.example
done
$SIGNET queue hold all >/dev/null
while read -r ID; do
	rm -f ID.eml ID.json
	$SIGNET queue export --file ID.eml --envelope ID.json "$ID"
	mapfile -t to < <(/usr/bin/python3 -c 'import json, sys; [print(r["address"]) for r in json.load(open("ID.json"))["recipients"]]')
	nullmailer-inject -f "$(/usr/bin/python3 -c 'import json; print(json.load(open("ID.json"))["sender"])')" "${to[@]}" < ID.eml 2>>$LAB/log/back && $SIGNET queue delete "$ID" >/dev/null
done < <($SIGNET queue list --json | /usr/bin/python3 -c 'import json, sys; [print(json.loads(l)["queue_id"]) for l in sys.stdin]')
ok "nothing waits with us" lab_queue_is_empty
is "and three messages with nullmailer" "$(waits_nullmailer)" 3
is "with sender and recipients" "$(head -qn 3 /var/spool/nullmailer/queue/* | sort | uniq -c | tr -s ' ')" \
	" 3 alice@direct.world.example
 3 bob@direct.world.example
 3 me@sender.example"
is "each" "$(grep -h '^Subject: back' /var/spool/nullmailer/queue/* | sort)" "Subject: back 1
Subject: back 2
Subject: back 3"
lab_signetd_stop
world_done
