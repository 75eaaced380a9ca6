#!/bin/bash
# SPDX-License-Identifier: ISC
# The log: what pflogsumm counts in it is what happened; a file that is rotated; a journal with fields, that may
# stand still without holding up mail.
export LAB_PEERS="root readers"
. "$(dirname "$0")/world.sh"
world_begin "$@"
tap_plan 43
world_names
world_keys
config() {   # LOG
	world_config <<-'END'
	root = "owner@direct.world.example";
	routes = ( { to = [ "*" ]; via = [ "mx" ]; } );
	retry_min = "300ms"; retry_max = "1s"; queue_life = "1h";
	END
	sed -i "s,^log = .*,log = \"$1\";," $CONF
}
config $LAB/log/signetd
$SIGNET dns --zone | lab_zone sender.example
lab_dns_start
world_mx_start -- \
	'smtpd_recipient_restrictions = check_recipient_access inline:{{user9@direct.world.example=450 4.7.1 come back later}}, permit'
lab_signetd_start

send() {   # SENDER [OPTION…] RECIPIENT…
	local from=$1
	shift
	world_message "$from" "${!#}" "for ${!#}" "${BODY:-the body}" | $SENDMAIL -i -f "$from" "$@"
}

summary() {
	perl /usr/sbin/pflogsumm --syslog-name=signet "$@"
}

# grand NAME: a number of pflogsumm's first table, in bytes where it is a size.
grand() {
	summary $LAB/log/signetd | sed -n "s/^ *\([0-9]\+\)\([kmg]\?\) *$1.*/\1 \2/p" | head -n 1 |
		awk '{ print $1 * ($2 == "k" ? 1024 : $2 == "m" ? 1048576 : 1) }'
}

# host_row SECTION DOMAIN: its line in a table.
host_row() {
	summary $LAB/log/signetd | awk -v section="$1" -v name="$2" \
		'/^[A-Z]/ { inside = index($0, section) == 1 } inside && $NF == name { print; exit }'
}

within() {   # GOT LEAST MOST
	[ "$1" -ge "$2" ] && [ "$1" -le "$3" ]
}

D=direct.world.example
BODY=$(printf 'a line of sixty-three characters, which is enough to be counted\n%.0s' {1..3000})   # 192,000 bytes
ok "a large mail to two is taken"        send alice@sender.example bob@$D carol@other.world.example
BODY=small
ok "one whose recipient is unknown, too" send bob@sender.example nobody-here@$D
ok "and one that is put off"             send carol@sender.example user9@$D
ok "the first two arrive" eval 'lab_until 60 lab_has_mail '$D' bob && lab_until 60 lab_has_mail other.world.example carol'
ok "the report arrives" lab_until 60 lab_has_mail sender.example bob
ok "the third is tried at least twice" lab_until 60 eval '[ "$(grep -c "user9@.*status=deferred" $LAB/log/signetd)" -ge 2 ]'

all_is_written() {
	[ "$(grep -c 'status=sent' $LAB/log/signetd) $(grep -c ': removed$' $LAB/log/signetd)" = "3 3" ]
}
ok "all of that is in the log" lab_until 60 all_is_written
is "pflogsumm: received"   "$(grand received)" 3
is "pflogsumm: delivered"  "$(grand delivered)" 3
is "pflogsumm: bounced"    "$(grand bounced)" 1
is "pflogsumm: deferred"   "$(grand deferred)" 1
is "pflogsumm: senders"    "$(grand senders)" 3
is "pflogsumm: recipients" "$(grand recipients)" 3
ok "pflogsumm: bytes received"  within "$(grand 'bytes received')" 193000 197000
ok "pflogsumm: bytes delivered" within "$(grand 'bytes delivered')" 386000 395000
like "pflogsumm: a domain and its sizes" "$(host_row 'Host/Domain Summary: Message Delivery' $D)" '^ *1 +19[0-9]{4} '
like "pflogsumm: another"  "$(host_row 'Host/Domain Summary: Message Delivery' other.world.example)" '^ *1 +19[0-9]{4} '
like "pflogsumm: senders' domain" "$(host_row 'Host/Domain Summary: Messages Received' sender.example)" '^ *3 '
like "pflogsumm: why it bounced" "$(summary $LAB/log/signetd)" 'User unknown'
like "pflogsumm: why it was put off" "$(summary $LAB/log/signetd)" 'come back later'
like "pflogsumm: no warnings"  "$(summary $LAB/log/signetd)" '^Warnings: none'

log=$(cat $LAB/log/signetd)
id=$(sed -n 's/.*signet\/smtp\[[0-9]*\]: \([0-9A-Z]*\): to=<bob@.*/\1/p' <<< "$log")
stamp='^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{12}Z mail '
number='[0-9]+(\.[0-9]{1,2})?'
like "who submitted it"   "$log" "${stamp}signet/pickup\[[0-9]+\]: $id: uid=0 from=<alice@sender\.example>$"
like "its Message-ID"     "$log" "${stamp}signet/cleanup\[[0-9]+\]: $id: message-id=<[^>]+@[^>]+>$"
like "its size"           "$log" "${stamp}signet/qmgr\[[0-9]+\]: $id: from=<alice@sender\.example>, size=19[0-9]{4}, nrcpt=2 \(queue active\)$"
like "its delivery"       "$log" "${stamp}signet/smtp\[[0-9]+\]: $id: to=<bob@$D>, relay=mx\.world\.example\[192\.0\.2\.10\]:25, delay=$number, delays=$number/$number/$number/$number tls=TLSv1\.[23]/untrusted, dsn=2\.[0-9]\.[0-9], status=sent \(250 "
like "its TLS"            "$log" "${stamp}signet/smtp\[[0-9]+\]: (Untrusted|Trusted|Verified|Anonymous) TLS connection established to mx\.world\.example\[192\.0\.2\.10\]:25: TLSv1\.[23] with cipher "
like "its end"            "$log" "${stamp}signet/qmgr\[[0-9]+\]: $id: removed$"
like "the report"         "$log" "${stamp}signet/bounce\[[0-9]+\]: [0-9A-Z]+: sender non-delivery notification: [0-9A-Z]+$"
report=$(sed -n 's/.*sender non-delivery notification: //p' <<< "$log")
like "what it is"         "$log" "signet/qmgr\[[0-9]+\]: $report: from=<>, size=[0-9]+, nrcpt=1 \(queue active\)$"
like "where it went"      "$log" "signet/smtp\[[0-9]+\]: $report: to=<bob@sender\.example>, relay=.*status=sent"

# ---- rotation -----------------------------------------------------------------------

mv $LAB/log/signetd $LAB/log/signetd.1
kill -HUP $LAB_SIGNETD_PID
ok "renamed, and SIGHUP: a new file is begun" lab_until 60 eval 'grep -q "signetd.*begins" $LAB/log/signetd'
lab_need 60 lab_signetd_ready
send dave@sender.example dave@$D
ok "which has what comes then" lab_until 60 eval 'grep -q "to=<dave@$D>.*status=sent" $LAB/log/signetd'
cp $LAB/log/signetd $LAB/log/signetd.2
: > $LAB/log/signetd
send erin@sender.example erin@$D
ok "copied, and truncated: it goes on" lab_until 60 eval 'grep -q "to=<erin@$D>.*status=sent" $LAB/log/signetd'
is "from the beginning" "$(head -c 2 $LAB/log/signetd)" 20
lab_signetd_stop
is "none is in two files" "$(cat $LAB/log/signetd* | grep -c 'to=<erin@.*status=sent')" 1

# ---- journald -------------------------------------------------------------------------

if [ -e /dev/log ] && [[ "$(readlink /dev/log)" != /run/systemd/journal/* ]]; then
	skip "the journal" "this machine has another syslog" 7
	world_done
	exit
fi
# Others see the socket of the lab alone.
/usr/bin/python3 "$LAB_SOURCE/tests/lab/journal.py" /run/systemd/journal/socket $LAB/log/journal 2>>$LAB/log/journal.py &
journal=$!
lab_need 60 test -S /run/systemd/journal/socket
config syslog
lab_signetd_start
send user1@sender.example user1@$D
ok "syslog is the journal, where there is one" lab_until 60 grep -q 'to=<user1@.*status=sent' $LAB/log/journal
like "with fields" "$(grep 'to=<user1@' $LAB/log/journal)" \
	"^PRIORITY=6\|SYSLOG_FACILITY=2\|SYSLOG_IDENTIFIER=signet/smtp\|SYSLOG_PID=[0-9]+\|SIGNET_QUEUE_ID=[0-9A-Z]+\|SIGNET_RECIPIENT=user1@$D\|SIGNET_RELAY=mx\.world\.example\[192\.0\.2\.10\]:25\|SIGNET_TLS=TLSv1\.[23]/untrusted\|SIGNET_DSN=2\.[0-9]\.[0-9]\|SIGNET_STATUS=sent\|MESSAGE=[0-9A-Z]+: to=<user1@"
kill -STOP $journal
for i in {10..29}; do
	send "user$i@sender.example" "user$i@$D"
done
arrived() {
	[ "$(find $LAB/mail/$D/user{10..29}/new -type f | wc -l)" -eq 20 ]
}
before=$(wc -l < $LAB/log/journal)
ok "while it stands still mail goes on" lab_until 60 arrived
is "though nothing can be logged" "$(wc -l < $LAB/log/journal)" "$before"
kill -CONT $journal
send user30@sender.example user30@$D
ok "then it is heard again" lab_until 60 grep -q 'to=<user30@.*status=sent' $LAB/log/journal
kill $journal
rm /run/systemd/journal/socket
send user31@sender.example user31@$D
lab_need 60 lab_has_mail $D user31
/usr/bin/python3 "$LAB_SOURCE/tests/lab/journal.py" /run/systemd/journal/socket $LAB/log/journal 2>>$LAB/log/journal.py &
lab_need 60 test -S /run/systemd/journal/socket
send user32@sender.example user32@$D
ok "one that was begun anew is found by roles that can open nothing" lab_until 60 grep -q 'to=<user32@.*status=sent' $LAB/log/journal
like "and of what was dropped" "$(cat $LAB/log/journal)" 'PRIORITY=4.*MESSAGE=warning: [0-9]+ lines were dropped: the log did not take them$'
world_done
