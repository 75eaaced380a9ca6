#!/bin/bash
# SPDX-License-Identifier: ISC
# What cannot be delivered comes back to its sender, readable, and only then.
. "$(dirname "$0")/world.sh"
world_begin "$@"
tap_plan 91
world_names
lab_zone world.example <<'END'
hostile A 192.0.2.11
rude MX 10 hostile
END
world_keys
world_config <<'END'
root = "owner@direct.world.example";
routes = ( { to = [ "*" ]; via = [ "mx" ]; } );
retry_min = "300ms"; retry_max = "1s"; queue_life = "8s";
END
$SIGNET dns --zone | lab_zone sender.example
lab_dns_start
world_mx_start -- \
	'smtpd_recipient_restrictions = check_recipient_access inline:{{user9@direct.world.example=450 4.7.1 come back later}}, permit'
mkdir hostile
cat > hostile/script <<'END'
on rcpt reply 550-5.1.1 \x1b[2J\xc3\xbc\xff\x07 --\r\n550-5.1.1 Content-Type: text/html\r\n550-5.1.1 \r\n550 5.1.1 Action: delivered LONG
END
sed -i "s/LONG/$(printf 'long%.0s' {1..200})/" hostile/script
lab_hostile_start hostile 192.0.2.11 25
lab_signetd_start

D=direct.world.example
send() {   # SENDER [OPTION…] RECIPIENT…
	local from=$1 to=${!#} body='the body'
	shift
	[ "$from" != erin@sender.example ] || body=$'the b\xc3\xb6dy'
	world_message "$from" "$to" "about $to" "$body" | $SENDMAIL -i -f "$from" "$@"
}

in_bounce() {
	/usr/bin/python3 "$LAB_SOURCE/tests/lab/bounce.py" "$(copy sender.example "$1")" 2>&1
}

parsed() {
	perl "$LAB_SOURCE/tests/lab/bounce.pl" "$(copy sender.example "$1")" 2>&1
}

ok "a mail to an unknown user is taken" send alice@sender.example bob@$D nobody-here@$D
ok "its sender hears of it" lab_until 60 lab_has_mail sender.example alice
bounce=$(copy sender.example alice)
text=$(cat "$bounce")
like "bounce: null sender"                     "$text" '^Return-Path: <>'
like "bounce: a From that others accept"       "$(header "$bounce")" '^From: .*<?[a-zA-Z-]+@[a-z.]*sender\.example>?'
like "bounce: says whom"                       "$text" "nobody-here@$D"
like "bounce: says what the server said"       "$text" '550 5\.1\.1'
like "bounce: says which server"               "$text" 'mx\.world\.example'
like "bounce: brings the message's subject"    "$text" "Subject: about nobody-here@$D"
unlike "bounce: does not blame who got it"     "$text" "bob@$D"
like "bounce: is signed, and passes"           "$(header "$bounce")" 'dkim=pass'
like "bounce: is marked as automatic"          "$(header "$bounce")" '^Auto-Submitted: auto-replied'
found=$(in_bounce alice)
like "Python: a report"                        "$found" '^whole multipart/report delivery-status 7bit$'
like "Python: nothing wrong with it"           "$found" '^defects$'
like "Python: first for a person"              "$found" '^part 1 text/plain'
like "Python: then the status"                 "$found" '^part 2 message/delivery-status'
like "Python: then the mail, whole"            "$found" '^part 3 message/rfc822 7bit$'
like "Python: its subject"                     "$found" "^mail Subject: about nobody-here@$D"
like "Python: its body"                        "$found" "^body b'the body"
like "Python: who reports"                     "$found" '^group 0 Reporting-MTA: dns; mail\.sender\.example$'
like "Python: since when"                      "$found" '^group 0 Arrival-Date: [A-Z][a-z][a-z], '
like "Python: for whom"                        "$found" "^group 1 Final-Recipient: rfc822; nobody-here@$D$"
like "Python: failed"                          "$found" '^group 1 Action: failed$'
like "Python: the status"                      "$found" '^group 1 Status: 5\.1\.1$'
like "Python: by which server"                 "$found" '^group 1 Remote-MTA: dns; mx\.world\.example$'
like "Python: what it said"                    "$found" '^group 1 Diagnostic-Code: smtp; 550 5\.1\.1 .*nobody-here'
unlike "Python: of one recipient"              "$found" '^group 2'
found=$(parsed alice)
like "BounceParser: a bounce"                  "$found" '^bounce=1$'
like "BounceParser: whom, why"                 "$found" "^email=nobody-here@$D reason=user_unknown status=5\\.1\\.1 smtp=550$"
like "BounceParser: the mail's Message-ID"     "$found" '^original=<.*@.*>$'
ok "the other recipient has the mail" lab_until 60 lab_has_mail $D bob
is "once" "$(lab_mail_count $D bob)" 1

ok "a null sender's mail is taken" send '<>' nobody-either@$D
ok "the queue empties" lab_until 60 lab_queue_is_empty
is "nothing comes back for it" "$(lab_mail_count sender.example alice)" 1

ok "a null MX is taken" send bob@sender.example -R hdrs -V job+2B7 x@null.world.example
ok "and comes back at once" lab_until 60 lab_has_mail sender.example bob
like "saying that the domain takes no mail" "$(cat "$(copy sender.example bob)")" 'null\.world\.example'

found=$(in_bounce bob)
like "RET=HDRS: just the header"               "$found" '^part 3 text/rfc822-headers 7bit$'
like "RET=HDRS: whole"                         "$found" '^header Subject: about '
like "RET=HDRS: no body"                       "$found" '^no body$'
like "ENVID: as it was meant"                  "$found" '^group 0 Original-Envelope-Id: job\+7$'
like "a null MX: the status"                   "$found" '^group 1 Status: 5\.1\.10$'
like "a null MX: said by ourselves"            "$found" '^group 1 Diagnostic-Code: X-Signet; '
unlike "a null MX: no other server"            "$found" 'Remote-MTA'
like "a null MX: BounceParser's view"          "$(parsed bob)" '^email=x@null\.world\.example .*status=5\.1\.10'

ok "8-bit to three who are not there is taken" send erin@sender.example -R full {one,two,three}-not@$D
ok "and comes back" lab_until 60 lab_has_mail sender.example erin
found=$(in_bounce erin)
like "three: 8-bit, and says so"               "$found" '^whole multipart/report delivery-status 8bit$'
like "three: nothing wrong with it"            "$found" '^defects$'
like "three: the mail, whole"                  "$found" '^part 3 message/rfc822 8bit$'
like "three: its bytes"                        "$found" '^body b.the b\\xc3\\xb6dy'
is "three: a group each" "$(grep -c 'Final-Recipient: rfc822; .*-not@' <<< "$found")" 3
is "three: BounceParser's view" "$(parsed erin | grep -c 'reason=user_unknown status=5\.1\.1 smtp=550')" 3
like "three: signed, and passes"               "$(header "$(copy sender.example erin)")" 'dkim=pass'

ok "a mail to a rude server is taken" send user1@sender.example x@rude.world.example
ok "and comes back" lab_until 60 lab_has_mail sender.example user1
found=$(in_bounce user1)
like "rude: nothing wrong with it"             "$found" '^defects$'
is "rude: three parts" "$(grep -c '^part' <<< "$found")" 3
like "rude: its words, harmless"               "$found" '^group 1 Diagnostic-Code: smtp; 550 5\.1\.1 \\x1b\[2J\\xc3\\xbc\\xff\\x07 -- '
like "rude: what a person can read of them"     "$found" '^text +550.5\.1\.1 \\x1b\[2Jü\\xff\\x07 --'
is "rude: its words are no field" "$(grep '^group [0-9]* \(Action\|Content-Type\):' <<< "$found")" 'group 1 Action: failed'
is "rude: no line too long" "$(awk 'length($0) > 999' "$(copy sender.example user1)")" ""
is "rude: no foreign bytes" "$(LC_ALL=C grep -c $'[\x1b\x80-\xff]' "$(copy sender.example user1)")" 0
like "rude: BounceParser's view"               "$(parsed user1)" '^email=x@rude\.world\.example .*status=5\.1\.1 smtp=550$'

before=$(lab_mail_count $D owner)
ok "a mail whose sender does not exist" send nosuch@sender.example nobody-here@$D
ok "its report goes to the owner" lab_until 60 eval '[ "$(lab_mail_count '$D' owner)" -gt '"$before"' ]'
ok "and the queue empties" lab_until 60 lab_queue_is_empty
is "once" "$(lab_mail_count $D owner)" $((before + 1))
like "saying that in the log" "$(cat $LAB/log/signetd)" 'warning: [0-9A-Z]+: undeliverable and without a sender to tell: goes to root'
like "with what it was about" "$(cat $(lab_mail $D owner))" "^Subject: Not delivered: your mail to nobody-here@$D"

ok "one who wants to hear nothing" send user2@sender.example -N never nobody-here@$D
ok "the queue empties again" lab_until 60 lab_queue_is_empty
is "nothing comes back for that" "$(lab_mail_count sender.example user2)" 0

ok "a 450 is taken" send carol@sender.example user9@$D
ok "a domain that does not exist is taken" send dave@sender.example x@nothing.world.example
ok "the 450 waits" lab_until 60 eval '$SIGNET queue list | grep -q "come back later"'
is "the 450 is not called permanent"  "$(lab_mail_count sender.example carol)" 0
is "neither is the unsigned NXDOMAIN" "$(lab_mail_count sender.example dave)" 0
ok "after queue_life the 450 comes back" lab_until 60 lab_has_mail sender.example carol
like "in the log: bounced"                     "$(cat $LAB/log/signetd)" "signet/smtp\[[0-9]+\]: [0-9A-Z]+: to=<user9@$D>.* dsn=5\.4\.7, status=bounced \(not delivered in time"
like "in the log: why, as Postfix's readers look for it" "$(cat $LAB/log/signetd)" 'signet/qmgr\[[0-9]+\]: [0-9A-Z]+: from=<carol@sender\.example>, status=expired, returned to sender$'
like "with the status of it"                   "$(in_bounce carol)" '^group 1 Status: 5\.4\.7$'
like "with the last reply"                     "$(in_bounce carol)" '^group 1 Diagnostic-Code: smtp; 450 4\.7\.1 '
like "with the last reason" "$(tr -s '\n ' ' ' < "$(copy sender.example carol)")" 'come back later'

# Nobody to tell at all: it waits for the owner, and the log says how it goes on.
lab_signetd_stop
sed -i 's/^root = .*/local_delivery = "none";/' $CONF
lab_signetd_start
ok "with no root, a null sender's mail to nobody" send '<>' nobody-last@$D
ok "is held" lab_until 60 eval '$SIGNET queue list --held | grep -q nobody-last@'
said=$(grep -o 'held: undeliverable and nobody to tell; .*' $LAB/log/signetd)
like "as the log says, with what to do" "$said" 'set root .*signet queue show [0-9A-Z]+; .*signet queue release [0-9A-Z]+$'
like "the first command shows why" "$($SIGNET $(grep -o 'queue show [0-9A-Z]*' <<< "$said"))" 'no sender or root who can be told: .*550 5\.1\.1'
echo "root = \"dave@$D\";" >> $CONF
lab_signetd_stop
lab_signetd_start
ok "with root set the second lets it go" $SIGNET $(grep -o 'queue release [0-9A-Z]*' <<< "$said")
ok "to root" lab_until 60 lab_has_mail $D dave
world_done
