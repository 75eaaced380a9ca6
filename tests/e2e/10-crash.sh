#!/bin/bash
# SPDX-License-Identifier: ISC
# Each role killed at each of its steps while fifty messages go through: none
# is lost, and no more arrive twice than four for each session open; each is
# once in the mailbox of a user of this host. What is killed while it hears SMTP
# leaves its client without an answer, who comes again.
#
# A step is a system call of the role: strace kills it when it begins the
# N-th one. LAB_LONG=1 takes every step, and more than one N.
. "$(dirname "$0")/world.sh"
here=$(cd "$(dirname "$0")" && pwd)
LAB_LIMIT_S=${LAB_LIMIT_S:-480}
world_begin "$@"
world_names
world_keys
SESSIONS=2
world_config <<END
routes = ( { to = [ "picky.world.example" ]; via = [ "isp" ]; }, { to = [ "*" ]; via = [ "mx" ]; } );
retry_min = "200ms"; retry_max = "500ms"; sessions_per_site = $SESSIONS; pickups = 1; signers = 1; listen = [ "127.0.0.1:25" ];
END
lab_dns_start
# The verifier there holds the window between the dot and its reply open for a moment.
world_mx_start
lab_signetd_start

D=direct.world.example
: > statuses
: > posted
serial=0
allowed=0
extra=
by=sendmail

# post TO...: the file message, over SMTP, until there is an answer; each time without one may have been taken all the same.
post() {
	local tries=0
	until /usr/bin/python3 -c "
import smtplib, sys
with smtplib.SMTP('127.0.0.1', 25, timeout=30) as client:
    client.sendmail('owner@$D', sys.argv[1:], sys.stdin.buffer.read())" "$@" < message 2>/dev/null; do
		[ $((tries++)) -lt 100 ] || return 1
		allowed=$((allowed + 1))
		sleep 0.1
	done
}

# submit COUNT: numbered messages, one after the other; every seventh is large, every tenth has no such user.
submit() {
	local n to status
	for (( n = 0; n < $1; n++ )); do
		to="user1@$D bob $extra"
		extra=
		serial=$((serial + 1))
		[ $((serial % 10)) -ne 0 ] || to="user1@$D bob nobody-$serial@$D"
		{
			world_message owner@$D user1@$D "serial $serial" ''
			[ $((serial % 7)) -ne 0 ] || head -c 150000 /dev/zero | tr '\0' x | fold -w 76
		} > message
		# shellcheck disable=SC2086
		if [ "$by" = smtp ]; then
			echo $serial >> posted
			post ${to/ bob/}
		else
			$SENDMAIL -i -f owner@$D $to < message 2>> errors
		fi
		status=$?
		echo "$status $serial" >> statuses
	done
}

# kill_at ROLE CALL N: when the role makes its N-th such call: the process that
# runs now, or of those that come and go, the next one.
kill_at() {
	local pid
	case $1 in
	smtp|esmtp|bounce|local) pid=$(/usr/bin/python3 "$here/../lab/catch.py" "$LAB/build/libexec/signet/$1" 3) ;;
	esac
	pid=${pid:-$(lab_pids "$1" | tail -n 1)}
	[ -n "$pid" ] || return 1
	(
		lab_until 2 grep -q '^TracerPid:.*[1-9]' "/proc/$pid/status"
		kill -CONT "$pid" 2>/dev/null
	) &
	timeout "${LAB_LONG:+1}2" strace -qq -o /dev/null -p "$pid" -e "trace=$2" -e "inject=$2:signal=KILL:when=$3" 2>/dev/null
	# What did not make that call in time is killed as it stands.
	kill -9 "$pid" 2>/dev/null && diag "$1 made no call $3 of $2 in time"
	return 0
}

no_session() {
	[ -z "$(lab_pids smtp)$(lab_pids local)" ]
}

scenario() {
	local role=$1 call=$2 n=$3 count=$4
	by=sendmail
	case $role in
	smtpd) by=smtp ;;
	bounce*) count=10 ;;                        # one of them bounces
	resolver) extra=user2@other.world.example ;;   # not asked for yet
	smtp*|esmtp*|local*|signetd) lab_until 60 no_session ;; # so that one begins
	esac
	kill_at "$role" "$call" "$n" &
	local killer=$!
	sleep 0.15
	submit "$count"
	wait $killer || diag "no $role was there to be killed"
	if [ -z "$(lab_pids signetd)" ]; then
		wait "$LAB_SIGNETD_PID" 2>/dev/null
		lab_signetd_start
	fi
	case $role in queue|smtp|esmtp|signetd) allowed=$((allowed + 4 * SESSIONS)) ;; esac
	if lab_until 60 lab_queue_is_empty; then
		tap_say 0 "$role killed at $call $n: the queue empties"
	else
		tap_say 1 "$role killed at $call $n: the queue empties"
		diag "$($SIGNET queue list 2>&1 | head -n 10)" "$(lab_roles)"
	fi
}

steps='
pickup   recvmsg   2
pickup   sendmsg   3
queue    recvmsg   5
queue    fdatasync 2
queue    pwrite64  4
queue    sendmsg   5
signer   recvmsg   2
signer   sendmsg   2
resolver sendmsg   1
smtp     sendmsg   2
smtp     recvmsg   4
esmtp    poll      6
bounce   sendmsg   1
local    fsync     2
local    sendmsg   2
smtpd    recvfrom  4
smtpd    sendto    6
smtp-template sendmsg 1
esmtp-template recvmsg 2
signetd  recvmsg   1
'
more_steps='
pickup   fsync     1
pickup   openat    1
queue    fdatasync 7
queue    fsync     1
queue    pwrite64  19
queue    sendmsg   17
queue    sendmsg   31
queue    unlinkat  1
queue    unlink    1
signer   sendmsg   9
resolver recvmsg   2
resolver sendto    1
smtp     connect   1
smtp     write     3
smtp     sendto    3
smtp     read      5
smtp     recvfrom  9
smtp     sendmsg   7
smtp     sendmsg   12
esmtp    read      3
esmtp    write     9
bounce   recvmsg   1
local    write     1
local    pwrite64  2
local    fsync     1
local    unlinkat  1
local    openat    3
local-template clone 1
smtp-template clone 2
esmtp-template clone 1
bounce-template sendmsg 1
smtpd    accept4   1
smtpd    recvfrom  2
smtpd    sendto    2
smtpd    sendto    9
smtpd    poll      5
signetd  sendmsg   2
signetd  sendmsg   6
'
count=6
if [ -n "${LAB_LONG:-}" ]; then
	steps+=$more_steps
	count=50
fi
tap_plan $(($(grep -c . <<< "$steps") + 10))
while read -r role call n; do
	[ -n "$role" ] || continue
	scenario "$role" "$call" "$n" "$count"
done <<< "$steps"

taken=$(grep -c '^0 ' statuses)
ok "at least fifty were taken ($taken of $serial)" test "$taken" -ge 50
is "none was refused" "$(grep -v '^0 ' statuses | tr '\n' ' ')" ""
[ ! -s errors ] || diag "$(sort errors | uniq -c | head -n 5)"

arrived() {
	subjects $D user1 | sed -n 's/^serial //p' | sort -n
}
all_arrived() {
	[ -z "$(comm -23 <(sed -n 's/^0 //p' statuses | sort -u) <(arrived | sort -u))" ]
}
lab_until 60 all_arrived
is "none is lost" "$(comm -23 <(sed -n 's/^0 //p' statuses | sort -u) <(arrived | sort -u) | tr '\n' ' ')" ""
twice=$(( $(arrived | wc -l) - $(arrived | sort -u | wc -l) ))
ok "$twice came twice, of at most $allowed allowed" test "$twice" -le "$allowed"
in_mailbox() {
	sed -n 's/^Subject: serial //p' /var/mail/bob | sort -n
}
is "each is in the mailbox" "$(comm -23 <(sed -n 's/^0 //p' statuses | grep -vxFf posted | sort -u) <(in_mailbox | sort -u) | tr '\n' ' ')" ""
is "once" "$(in_mailbox | uniq -d | tr '\n' ' ')" ""
bounced=$(lab_mail $D owner | xargs -r grep -hoE "nobody-[0-9]+@$D" | sort -u | wc -l)
is "whoever does not exist was told to the sender" "$bounced" $((serial / 10))
ok "the large ones arrived whole" test -z "$(lab_mail $D user1 | xargs -r grep -l '^xxxxxxxx' | xargs -r stat -c %s | awk '$1 < 150000')"
# A killed pickup may leave one that nobody knows: an hour later it is swept.
find /var/spool/signet/body -type f -exec touch -d '2 hours ago' {} +
lab_signetd_stop
lab_signetd_start
ok "no body file is left" lab_until 60 world_has_no_body
world_done
