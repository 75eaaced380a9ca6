#!/bin/bash
# SPDX-License-Identifier: ISC
# SMTP at the places of listen: programs that cannot run sendmail, and those that may not, flood or smuggle.
. "$(dirname "$0")/world.sh"
here=$(cd "$(dirname "$0")" && pwd)
world_begin "$@"
tap_plan 90
world_names
world_keys
D=direct.world.example
FROM=alice@sender.example
config() {
	world_config <<-END
	root = "owner@$D"; size_limit = "5M";
	routes = ( { to = [ "*" ]; via = [ "mx" ]; } );
	retry_min = "500ms"; retry_max = "2s";
	listen = [ "127.0.0.1:25", "[::1]:25", "192.0.2.1:25" ];
	$1
	END
}
config
$SIGNET dns --zone | lab_zone sender.example
lab_dns_start
world_mx_start
lab_signetd_start
CLIENT=(/usr/bin/python3 "$here/listen.py")
client() { "${CLIENT[@]}" "$@"; }

# USER PORT-HOST TO SUBJECT: one message by smtplib; the reply to it
post() { world_message $FROM "$3" "$4" | as "$1" "${CLIENT[@]}" mail "$2" 25 $FROM "$3"; }
queued='^250 2\.0\.0 queued as [0-9A-Z]+$'
envelope() { printf 'EHLO client.example\\r\\nMAIL FROM:<%s>\\r\\nRCPT TO:<%s>\\r\\nDATA\\r\\n' $FROM "$1"; }
codes() { cut -c1-3 | tr '\n' ' '; }
log_since() { tail -n +$((mark + 1)) $LAB/log/signetd; }
mark_log() { mark=$(wc -l < $LAB/log/signetd); }
restart() { lab_signetd_stop; config "$1"; lab_signetd_start; }

# ---- programs that submit ----------------------------------------------------------

ok "it listens" lab_until 60 lab_answers 127.0.0.1 25
out=$(post alice 127.0.0.1 alice@$D "by smtplib")
like "smtplib: 250, and the queue id" "$out" "$queued"
ok "the mail arrives" lab_until 60 lab_has_mail $D alice
seen=$(header "$(copy $D alice)")
like "its Received says who said it" "$seen" '^Received: from [^ ]+ \(\[127\.0\.0\.1\]\) by mail\.sender\.example \(Signet\) with ESMTP id [0-9A-Z]+; '
like "it is signed, and passes" "$seen" 'dkim=pass'
like "the log says who it was" "$(cat $LAB/log/signetd)" 'signet/smtpd\[[0-9]+\]: [0-9A-Z]+: client=localhost\[127\.0\.0\.1\]'
like "and the queue knows whose it is" "$(cat $LAB/log/signetd)" "signet/pickup\[[0-9]+\]: ${out##* }: uid=1001 from=<$FROM>"
like "and trace by what it came" "$($SIGNET trace "${out##* }")" 'from uid 1001 \(SMTP client \[127\.0\.0\.1\]\)'
like "::1: 250" "$(post bob ::1 bob@$D six)" "$queued"
ok "it arrives" lab_until 60 lab_has_mail $D bob
like "with its address" "$(header "$(copy $D bob)")" '^Received: from [^ ]+ \(\[IPv6:::1\]\) by '

out=$(client say 127.0.0.1 25 <<END
EHLO x y\r\nMAIL FROM:<jörg@sender.example> BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=job+2B7\r\n
RCPT TO:<carol@$D> NOTIFY=SUCCESS ORCPT=rfc822;carol+2B1@elsewhere.example\r\nDATA\r\n
@354
From: Jörg <jörg@sender.example>\r\nSubject: eight bits\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nGrüße: \xe2\x82\xac\r\n..stuffed\r\n.\r\nQUIT\r\n
END
)
is "8-bit, SMTPUTF8 and DSN: the replies" "$(codes <<<"$out")" "220 250 250 250 354 250 221 "
ok "it arrives" lab_until 60 lab_has_mail $D carol
seen=$(cat "$(copy $D carol)")
like "from a sender in UTF-8" "$seen" '^Return-Path: <jörg@sender\.example>'
like "its bytes are as they were" "$seen" '^Grüße: €'
like "a dot that was doubled is one" "$seen" '^\.stuffed'
like "a name that is none stands in no field" "$(header "$(copy $D carol)")" '^Received: from \[127\.0\.0\.1\] \(\[127\.0\.0\.1\]\) by '
like "ORCPT reached the recipient's server" "$(header "$(copy $D carol)")" '^X-Original-To: carol@'

client say 127.0.0.1 25 > out <<END
EHLO x\r\nMAIL FROM:<dave@sender.example> ENVID=job+2B7\r\nRCPT TO:<dave@$D> NOTIFY=SUCCESS ORCPT=rfc822;was+40elsewhere.example\r\nDATA\r\n
@354
Subject: tell me\r\n\r\nx\r\n.\r\nQUIT\r\n
END
ok "who asks by NOTIFY=SUCCESS hears of it" lab_until 60 lab_has_mail sender.example dave
seen=$(/usr/bin/python3 "$LAB_SOURCE/tests/lab/bounce.py" "$(copy sender.example dave)" 2>&1)
like "the recipient's server knew ENVID" "$seen" '^group 0 Original-Envelope-Id: job\+7$'
like "and ORCPT" "$seen" '^group 1 Original-Recipient: rfc822; ?was@elsewhere\.example$'

# All in one go, garbage in between.
out=$(client say 127.0.0.1 25 <<END
HELO x\r\nRSET\r\n\x00\xff\x80garbage\r\nMAIL FROM:<$FROM>\r\nRCPT TO:<user1@$D>\r\nDATA\r\nSubject: one\r\n\r\n1\r\n.\r\nMAIL FROM:<$FROM>\r\nRCPT TO:<user1@$D>\r\nRCPT TO:<not an address>\r\nDATA\r\nSubject: two\r\n\r\n2\r\n.\r\nVRFY root\r\nEXPN list\r\nMAIL FROM:<>\r\nRCPT TO:<user1@$D>\r\nDATA\r\nSubject: three\r\n\r\n3\r\n.\r\nQUIT\r\n
END
)
is "pipelined: each is answered" "$(codes <<<"$out")" "220 250 250 500 250 250 354 250 250 250 501 354 250 252 502 250 250 354 250 221 "
ok "all three arrive" lab_until 60 lab_has_mail $D user1 3
is "once" "$(subjects $D user1 | tr '\n' ' ')" "one three two "

# As a program that thinks for a while, and sends byte by byte.
out=$(client say 127.0.0.1 25 <<END
EH
@wait 0.5
LO slow\r
@wait 0.5
\nMAIL FROM:<$FROM>\r\n
@250
@wait 1
RCPT TO:<user2@$D>\r\nDATA\r\nSubject: slow\r\n\r\n
@354
@wait 1
x\r\n.
@wait 1
\r\n
@wait 0.5
QUIT\r\n
END
)
is "slowly: the replies" "$(codes <<<"$out")" "220 250 250 250 354 250 221 "
ok "it arrives" lab_until 60 lab_has_mail $D user2

head -c 3000000 /dev/urandom | base64 > large.body
{ printf 'From: %s\nSubject: large\n\n' $FROM; cat large.body; } > large
like "more than memory is for: 250" "$(client mail 127.0.0.1 25 $FROM user3@$D < large)" "$queued"
ok "it arrives" lab_until 60 lab_has_mail $D user3
is "to the last byte" "$(sed '1,/^\r*$/d' "$(copy $D user3)" | tr -d '\r' | sha256sum)" "$(sha256sum < large.body)"
is "no file is left of it" "$(find /var/spool/signet/smtpd -type f | wc -l)" 0

# ---- what is not taken ----------------------------------------------------------------

like "larger than size_limit by SIZE" "$(client say 127.0.0.1 25 <<< 'EHLO x\r\nMAIL FROM:<> SIZE=6000000\r\nQUIT\r\n')" '^552 5\.3\.4 '
cat large large > larger
like "and without it" "$(client mail 127.0.0.1 25 $FROM user4@$D < larger)" '^552 5\.3\.4 '
is "line ends of other kinds end no command" "$(client say 127.0.0.1 25 <<< 'EHLO x\nMAIL FROM:<>\r\nNOOP\rNOOP\r\nQUIT\r\n' | codes)" "220 500 500 221 "
out=$(client say 127.0.0.1 25 <<< '@many 30 garbage\r\n')
like "nothing but garbage ends with 421" "$out" '^421 4\.7\.0 .*not understood'
like "a browser's, at once" "$(client say 127.0.0.1 25 <<< 'POST / HTTP/1.1\r\nHost: x\r\n\r\nMAIL FROM:<>\r\n')" '^421 4\.7\.0 .*HTTP'
like "a command without end" "$(client say 127.0.0.1 25 <<END
@many 3000000 x
\r\nNOOP\r\nQUIT\r\n
END
)" '^500 .*'
like "AUTH is not there" "$(client say 127.0.0.1 25 <<< 'EHLO x\r\nAUTH PLAIN AGEAYg==\r\nQUIT\r\n')" '^502 5\.5\.1'

# Each would be two messages for who ends one by less than CRLF.CRLF.
n=0
for end in '\n.\n' '\n.\r\n' '\r.\r' '\r\n.\n' '\r\n.\r' '\r.\r\n' '\n.\r' '\r\n\0.\r\n'; do
	n=$((n + 1))
	client say 127.0.0.1 25 >> smuggled <<END
$(envelope user5@$D)
@354
Subject: outer $n\r\n\r\nbefore${end}MAIL FROM:<evil@sender.example>\r\nRCPT TO:<user6@$D>\r\nDATA\r\nSubject: smuggled\r\n\r\nevil\r\n.\r\nQUIT\r\n
END
done
is "smuggling: one 250 for each" "$(grep -c '^250 2\.0\.0 queued' smuggled)" $n
is "and no second DATA" "$(grep -c '^354' smuggled)" $n
ok "they arrive" lab_until 60 lab_has_mail $D user5 $n
lab_until 60 lab_queue_is_empty
is "as they are, one message each" "$(lab_mail_count $D user5) $(lab_mail_count $D user6)" "$n 0"

# ---- crashes and restarts ---------------------------------------------------------------

client say 127.0.0.1 25 > out <<END &
$(envelope user7@$D)
@354
Subject: cut\r\n\r\nnot
@wait 3
END
waiting=$!
lab_until 60 grep -q '^354' out
kill -9 "$(lab_pids smtpd)"
wait $waiting
unlike "smtpd killed in the middle of a message: no 250 for it" "$(cat out)" '^250 2\.0\.0'
out=$(post alice 127.0.0.1 user7@$D "after it")
like "who connects again is served" "$out" "$queued"

mark_log
kill -STOP $(lab_pids pickup)
post alice 127.0.0.1 user7@$D "over a pickup's end" > out &
waiting=$!
said_all() { [ -n "$(ss -Htn state established '( sport = :25 )')" ]; }
lab_until 60 said_all
sleep 1
kill -9 $(lab_pids pickup)
wait $waiting
like "pickup killed with a message: another takes it" "$(cat out)" "$queued"

client times 127.0.0.1 25 $FROM user8@$D 60 > out &
waiting=$!
for _ in 1 2 3 4 5; do
	sleep 0.4
	kill -9 $(lab_pids pickup)
done
wait $waiting
is "pickup killed again and again: nobody is refused, nobody gives up" "$(cat out)" "refused 0 given up 0"
ok "all arrive" lab_until 60 lab_has_mail $D user8 60
lab_until 60 lab_queue_is_empty
is "once each" "$(subjects $D user8 | sort -u | wc -l) $(lab_mail_count $D user8)" "60 60"
ok "those before, too" lab_until 60 lab_has_mail $D user7 2
is "and none of what was cut" "$(subjects $D user7 | tr '\n' ' ')" "after it over a pickup's end "

client times 127.0.0.1 25 $FROM user9@$D 60 > out &
waiting=$!
for _ in 1 2 3 4 5; do
	sleep 0.4
	kill -9 $(lab_pids smtpd)
done
wait $waiting
is "smtpd killed again and again: nobody is refused, nobody gives up" "$(cat out)" "refused 0 given up 0"
ok "all arrive" lab_until 60 lab_has_mail $D user9 60
lab_until 60 lab_queue_is_empty
is "every one" "$(subjects $D user9 | sort -u | wc -l)" 60
ok "twice at most where the 250 was cut off" test "$(lab_mail_count $D user9)" -le 65

# A message that is being said when the configuration is read again.
client say 127.0.0.1 25 > out <<END &
$(envelope user10@$D)
@354
Subject: during a reload\r\n\r\nx
@wait 3
\r\n.\r\n
END
waiting=$!
lab_until 60 grep -q '^354' out
client until 127.0.0.1 25 60 > idle &
idler=$!
lab_until 60 grep -q '^220' idle
client times 127.0.0.1 25 $FROM user11@$D 20 > times &
old=$(lab_pids queue)
kill -HUP "$LAB_SIGNETD_PID"
wait $waiting
is "a reload waits for a message: the replies" "$(codes < out)" "220 250 250 250 354 250 421 "
wait $idler
like "who is idle is told to come again" "$(cat idle)" '^421 4\.3\.2 '
changed() { local now; now=$(lab_pids queue); [ -n "$now" ] && [ "$now" != "$old" ]; }
ok "it reloads" lab_until 60 changed
ok "clients all the while are served" lab_until 90 grep -q '^refused 0 given up 0$' times
ok "all of it arrives" lab_until 60 lab_has_mail $D user11 20
lab_until 60 lab_has_mail $D user10
is "and so does that message" "$(subjects $D user10)" "during a reload"

# ---- floods -----------------------------------------------------------------------------

mark_log
(as bob "${CLIENT[@]}" hold 127.0.0.1 25 500 '' < <(sleep 60)) > held &
flood=$!
ok "500 connections that say nothing" lab_until 60 grep -q held held
begin=${EPOCHREALTIME/./}
out=$(post alice 127.0.0.1 user12@$D "beside a flood")
like "another user is served" "$out" "$queued"
ok "within three seconds" test $(( ${EPOCHREALTIME/./} - begin )) -lt 3000000
sleep 2
like "and the same one, when they have been silent for two seconds" "$(post bob 127.0.0.1 user12@$D "of the flood's user")" "$queued"
like "the log says who is turned away, and why" "$(log_since)" 'client \[127\.0\.0\.1\]:[0-9]+ \(uid 1002\): turned away: 4\.3\.2 .*connections_per_user'
ok "but not 450 times" test "$(log_since | grep -c 'turned away')" -le 60
pkill -P $flood
wait $flood
(as bob "${CLIENT[@]}" hold 127.0.0.1 25 300 "$(envelope user13@$D)Subject: endless" < <(sleep 60)) > held &
flood=$!
ok "300 messages that do not end" lab_until 60 grep -q held held
like "another user is served" "$(post alice 127.0.0.1 user12@$D "beside messages")" "$queued"
pkill -P $flood
wait $flood
ok "all three arrive" lab_until 60 lab_has_mail $D user12 3
is "and nothing of those" "$(lab_mail_count $D user13)" 0

# ---- who may ------------------------------------------------------------------------------

out=$(client say 192.0.2.1 25 < /dev/null)
like "not who comes from elsewhere" "$out" '^554 mail\.sender\.example 5\.7\.1 .*listen_for'
like "config check says that nobody there may" "$($SIGNET config check 2>&1)" 'warning: listen names 192\.0\.2\.1:25, .*listen_for'
restart 'listen_for = [ "user:alice", "192.0.2.0/24", "user:nosuch" ];'
like "a user's: 250" "$(post alice 127.0.0.1 user14@$D "hers")" "$queued"
like "another's: 554" "$(post bob 127.0.0.1 user14@$D "his")" '^554 .*listen_for'
out=$(post bob 192.0.2.1 user14@$D "of the network")
like "a network: 250" "$out" "$queued"
like "its mail is the roles' user's, and the address is in the log" \
	"$(cat $LAB/log/signetd)" "${out##* }: uid=401 "
like "by its address" "$(cat $LAB/log/signetd)" "${out##* }: client=unknown\\[192\\.0\\.2\\.1\\]"
like "a user who is not there is told of" "$(cat $LAB/log/signetd)" 'listen_for "user:nosuch": there is no such user'
ok "both arrive" lab_until 60 lab_has_mail $D user14 2

# ---- silence --------------------------------------------------------------------------------

restart 'time_scale = 0.01;'
out=$(client until 127.0.0.1 25 30)
like "five minutes of silence, of which this is a hundredth, end with 421" "$out" '^421 4\.4\.2 .*five minutes'
ok "not before" test "$(tail -n 1 <<<"$out" | tr -d .)" -ge 29

# ---- without root ---------------------------------------------------------------------------

lab_signetd_stop
chown -R signet: $LAB/log /run/signet /var/spool/signet $LAB/signet
chgrp signetdrop /var/spool/signet/drop
config
# as_service CAPABILITY…: signetd as its unit starts it, and with these
as_service() {
	local caps
	caps=$(sed -n 's/^AmbientCapabilities=//p' "$LAB_SOURCE/etc/signetd.service" | tr A-Z a-z | sed 's/cap_//g; s/ /,+/g')
	caps="-all,+$caps${1:+,+$1}"
	setpriv --reuid signet --regid signet --groups signetdrop --inh-caps "$caps" --ambient-caps "$caps" --bounding-set "$caps" \
		--no-new-privs -- $LAB/build/signetd -C $CONF 2>>$LAB/log/signetd.stderr &
	LAB_SIGNETD_PID=$!
	lab_need 60 lab_signetd_ready
}
as_service
like "without the right to port 25: what to do is in the log" "$(cat $LAB/log/signetd)" \
	'error: cannot listen at 127\.0\.0\.1:25: Permission denied; .*LISTENING in signet\.conf\(5\)'
fails "and nobody listens" lab_answers 127.0.0.1 25
ok "but sendmail is served" $SENDMAIL -f $FROM user15@$D <<< x
lab_signetd_stop
as_service net_bind_service
like "with it: 250" "$(post alice 127.0.0.1 user15@$D "by the unit")" "$queued"
is "smtpd has no right at all" "$(sed -n 's/^CapPrm:\t*//p' "/proc/$(lab_pids smtpd)/status")" 0000000000000000
ok "both arrive" lab_until 60 lab_has_mail $D user15 2
lab_signetd_stop
# A socket unit holds the port, and gives it to signetd.
/usr/bin/python3 - $LAB/build/signetd -C $CONF 2>>$LAB/log/signetd.stderr <<'END' &
import os, socket, sys
kept = socket.create_server(("127.0.0.1", 25))
os.dup2(kept.fileno(), 3)
os.set_inheritable(3, True)
os.setgroups([411]); os.setgid(401); os.setuid(401)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1")
os.execv(sys.argv[1], sys.argv[1:])
END
LAB_SIGNETD_PID=$!
lab_need 60 lab_signetd_ready
like "by a socket unit, without any right: 250" "$(post alice 127.0.0.1 user16@$D "by the socket")" "$queued"
old=$(lab_pids smtpd)
kill -HUP "$LAB_SIGNETD_PID"
renewed() { local now; now=$(lab_pids smtpd); [ -n "$now" ] && [ "$now" != "$old" ]; }
ok "it reloads" lab_until 60 renewed
like "and keeps the socket: 250" "$(post alice 127.0.0.1 user16@$D "after the reload")" "$queued"
world_done
