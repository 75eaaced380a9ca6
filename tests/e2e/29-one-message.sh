#!/bin/bash
# SPDX-License-Identifier: ISC
# One message never stops the others: roles that abort at a word in what they
# read (tests/lab/odd_role.c), body files that are not what was stored,
# and stores that are gone.
. "$(dirname "$0")/world.sh"
here=$(cd "$(dirname "$0")" && pwd)
LAB_LIMIT_S=${LAB_LIMIT_S:-300}
world_begin "$@"
tap_plan 104
SPOOL=/var/spool/signet
world_names
lab_zone world.example <<< $'shut A 192.0.2.30\naway MX 10 shut'
world_keys
world_config <<'END'
routes = ( { to = [ "*" ]; via = [ "mx" ]; } );
root = "postmaster@direct.world.example";
retry_min = "500ms"; retry_max = "1s"; signers = 1; pickups = 1; sessions_per_site = 2;
END
world_odd_roles
lab_dns_start
world_mx_start
lab_signetd_start
D=direct.world.example

send() { # TO SUBJECT [LINE…]
	local to=$1 subject=$2
	shift 2
	world_message you@sender.example "$to" "$subject" "$@" | $SENDMAIL -i -f owner@$D "$to"
}
crashes() { # ROLE: how often a process of it was ended by a signal
	grep -c "signetd\[[0-9]*\]: .*\b$1 [0-9]* .*signal 6" $LAB/log/signetd
}
has_crashed() {
	[ "$(crashes "$1")" -ge "$2" ]
}
have_arrived() { # SUBJECT COUNT
	[ "$(subjects $D user1 | grep -c "^$1 [0-9]*$")" -ge "$2" ]
}
id_of() { # SUBJECT-IN-SENDER… the queue id of what waits for that address
	$SIGNET queue list --json --recipient "$1" | sed -n 's/.*"queue_id": "\([^"]*\)".*/\1/p' | head -n 1
}
is_held() {
	$SIGNET queue list --json --recipient "$1" | grep -q '"queue_name": "hold"'
}
ms_since() {
	echo $(( (${EPOCHREALTIME/./} - $1) / 1000 ))
}

# Twenty others, before and behind the one at which ROLE aborts.
for role in signer smtp esmtp; do
	n=0
	to=alice@$D
	[ $role != esmtp ] || to=abort-esmtp@$D    # the envelope is all that it is given
	for (( i = 0; i < 10; i++ )); do send user1@$D "$role $((n++))"; done
	send $to bad "abort-$role"
	begun=${EPOCHREALTIME/./}
	for (( i = 0; i < 10; i++ )); do send user1@$D "$role $((n++))"; done
	ok "$role: the twenty others arrive" lab_until 20 have_arrived $role 20
	took=$(ms_since "$begun")
	diag "$role: within $took ms"
	ok "$role: soon" test "$took" -lt 6000
	ok "$role: the one is held" lab_until 30 is_held $to
	# One more where nothing else had come through that role in between.
	died=$(crashes $role)
	ok "$role: after three deaths ($died)" test "$died" -ge 3 -a "$died" -le 4
	id=$(id_of $to)
	ok "$role: the log says so, and what to do" log_says "$id: held: .*$role ended unexpectedly $died times.*signet queue show $id; let it go: signet queue release $id"
	like "$role: so does the queue" "$($SIGNET queue show "$id")" "$role ended unexpectedly $died times over this message"
	send user1@$D "$role again $((n++))"
	ok "$role: released, it is tried again" $SIGNET queue release "$id"
	ok "$role: from the beginning" lab_until 20 has_crashed $role $((died + 3))
	ok "$role: and held again" lab_until 30 is_held $to
	ok "$role: deleted" $SIGNET queue delete "$id"
	ok "$role: the queue is empty" lab_until 10 lab_queue_is_empty
done
# Pickup: over the socket, then in the drop folder, where its file is set aside.
drop=$SPOOL/drop
begun=${EPOCHREALTIME/./}
ok "pickup: the caller is told that it is kept" send alice@$D bad abort-pickup
for (( i = 0; i < 10; i++ )); do send user1@$D "pickup $i"; done
ok "pickup: the others arrive" lab_until 20 have_arrived pickup 10
took=$(ms_since "$begun")
ok "pickup: soon ($took ms)" test "$took" -lt 6000
set_aside() {
	[ "$(find $drop -name '*.bad' | wc -l)" -eq "$1" ]
}
ok "pickup: its file is set aside" lab_until 20 set_aside 1
is "pickup: after one death at the socket and two in the folder" "$(crashes pickup)" 3
ok "pickup: the log names it" log_says "cannot be taken .*$(basename "$(ls $drop/*.bad)"): pickup ended unexpectedly twice"
ok "pickup: it is whole" grep -q abort-pickup $drop/*.bad
is "pickup: nothing else is left there" "$(find $drop -type f ! -name '*.bad' | wc -l)" 0
rm $drop/*.bad

lab_signetd_stop
for (( i = 10; i < 15; i++ )); do send user1@$D "pickup $i"; done
send alice@$D bad abort-pickup
send alice@$D bad abort-pickup
for (( i = 15; i < 20; i++ )); do send user1@$D "pickup $i"; done
lab_signetd_start
ok "two in a full drop folder: the others arrive" lab_until 20 have_arrived pickup 20
ok "two in a full drop folder: both are set aside" lab_until 20 set_aside 2
is "two in a full drop folder: two deaths each" "$(crashes pickup)" 7
is "two in a full drop folder: nothing else is left" "$(find $drop -type f ! -name '*.bad' | wc -l)" 0

# Bounce: what failed and cannot be told is held, and told when bounce works.
is_told_of() {
	lab_mail $D owner | xargs -r grep -l "<$1@$D>" | grep -q .
}
send nobody-1@$D bad abort-bounce
for n in 2 3 4; do send nobody-$n@$D "fine $n"; done
for n in 2 3 4; do ok "bounce: the sender hears of number $n" lab_until 20 is_told_of nobody-$n; done
ok "bounce: the one is held" lab_until 30 is_held nobody-1@$D
died=$(crashes bounce)
ok "bounce: after three deaths ($died)" test "$died" -ge 3 -a "$died" -le 4
id=$(id_of nobody-1@$D)
ok "bounce: the log says so, and what to do" log_says "$id: held: its sender cannot be told that it failed: bounce ended unexpectedly $died times.*signet queue release $id"
like "bounce: so does the queue, with the reply that was to be told" "$($SIGNET queue show "$id")" "bounce ended unexpectedly.*to be told: .*550"
world_shipped_roles bounce
ok "bounce: released" $SIGNET queue release "$id"
ok "bounce: the sender hears of it" lab_until 20 is_told_of nobody-1
ok "bounce: the queue is empty" lab_until 10 lab_queue_is_empty

# Body files that are not what was stored.
world_shipped_roles $(ls $LAB/libexec)
large() { # TO FROM
	{
		world_message "$2" "$1" "large for $1"
		head -c 150000 /dev/zero | tr '\0' x | fold -w 76
	} | $SENDMAIL -i -f owner@$D "$1"
}
all_deferred() {
	[ "$($SIGNET queue list --json | grep -c '"queue_name": "deferred"')" -eq "$1" ]
}
file_of() {
	find $SPOOL/body -type f -exec grep -l "^To: $1" {} +
}
changed_byte() {
	printf y | dd of="$1" bs=1 seek=100000 conv=notrunc 2>/dev/null
}
fifo() {
	rm "$1" && mkfifo "$1" && chown signet: "$1"
}
folder() {
	rm "$1" && mkdir "$1"
}
link() {
	rm "$1" && ln -s "$PWD/kept/$(basename "$1")" "$1"
}
emptied() {
	: > "$1"
}
longer() {
	echo more >> "$1"
}
is_absent() {
	rm "$1"
}
L=lost.world.example
mkdir kept
chmod 755 .
kinds='emptied longer changed_byte changed_byte_unsigned fifo folder link'
declare -A user path
n=10
for kind in $kinds; do
	user[$kind]=user$((n++))
	from=you@sender.example
	[ $kind != changed_byte_unsigned ] || from=owner@$D
	large "${user[$kind]}@$L" $from
done
ok "large ones wait" lab_until 20 all_deferred 7
is "none lies where pickup can write" "$(find $SPOOL/body/new -type f | wc -l)" 0
for kind in $kinds; do
	path[$kind]=$(file_of "${user[$kind]}@$L")
	cp -p "${path[$kind]}" kept/
	${kind%_unsigned} "${path[$kind]}"
done
sed -i 's/^gone A .*/gone A 192.0.2.10/' $LAB/dns/world.example.zone
lab_dns_reload
$SIGNET queue flush >/dev/null
send user9@$L "behind them"
ok "what comes behind them arrives" lab_until 20 lab_has_mail $L user9
for kind in $kinds; do
	ok "$kind: held" lab_until 20 is_held "${user[$kind]}@$L"
	ok "$kind: the log says so" log_says "$(id_of "${user[$kind]}@$L"): held: its body file .*in the spool(:| is| has)"
	is "$kind: not sent" "$(lab_mail_count $L "${user[$kind]}")" 0
	rm -rf "${path[$kind]}"
	cp -p "kept/$(basename "${path[$kind]}")" "${path[$kind]}"
done
ok "the files are put back, and all are released" $SIGNET queue release all
for kind in $kinds; do
	ok "$kind: arrives" lab_until 20 lab_has_mail $L "${user[$kind]}"
	is "$kind: whole" "$(grep -c '^xx*$' "$(copy $L "${user[$kind]}")")" 1974
done
ok "the queue is empty" lab_until 10 lab_queue_is_empty

# No empty store is made beside the bodies of one that is gone, until the manual's command is run.
large user20@away.world.example you@sender.example
ok "a large one waits" lab_until 20 all_deferred 1
lab_signetd_stop
mkdir away
mv $SPOOL/queue.db* away/
timeout 60 $LAB/build/signetd -C $CONF
is "without its store signetd ends with 78" $? 78
ok "which says why" log_says "queue.db is not there .*body: no empty store is made.*signetd\(8\), section RECOVERY"
is "and makes none" "$(ls $SPOOL/queue.db 2>/dev/null)" ""
mv away/* $SPOOL/
lab_signetd_start
is "put back, it has what it had" "$(queue_count)" 1
lab_signetd_stop
rm $SPOOL/queue.db*
sed -n '/^is gone and large messages/,/^\.Ed/p' "$here/../../relay/signetd/signetd.8" | sed '1,/^\.Bd/d; /^\.Ed/d' > recover.sh
ok "the manual's commands run" sh -e recover.sh
lab_signetd_start
ok "and then it begins, empty" lab_queue_is_empty
is "with the message out of the way" "$(find $SPOOL/body.lost -type f | wc -l)" 1
world_done
