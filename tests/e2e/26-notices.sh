#!/bin/bash
# SPDX-License-Identifier: ISC
# What a sender hears of mail that has not failed: that it is late, once; that it was passed on, where he asked.
. "$(dirname "$0")/world.sh"
world_begin "$@"
tap_plan 45
world_names
lab_zone world.example <<'END'
hostile A 192.0.2.11
plain MX 10 hostile
END
world_keys
world_config <<'END'
root = "owner@direct.world.example";
routes = ( { to = [ "*" ]; via = [ "mx" ]; } );
retry_min = "1s"; retry_max = "20s"; queue_life = "1h"; delay_notice = "1s";
END
$SIGNET dns --zone | lab_zone sender.example
lab_dns_start
world_mx_start -- \
	'smtpd_recipient_restrictions = check_recipient_access inline:{{user9@direct.world.example=450 4.7.1 come back later}}, permit'
mkdir hostile
echo 'word 8BITMIME' > hostile/script
lab_hostile_start hostile 192.0.2.11 25
lab_signetd_start

D=direct.world.example
send() {   # SENDER [OPTION…] RECIPIENT…
	local from=$1
	shift
	world_message "$from" "${!#}" "about ${!#}" | $SENDMAIL -i -f "$from" "$@"
}

found() {   # USER: what Python finds in the one notice
	/usr/bin/python3 "$LAB_SOURCE/tests/lab/bounce.py" "$(copy sender.example "$1")" 2>&1
}

# ---- late ------------------------------------------------------------------------

send alice@sender.example -V job+2B7 -R full -N delay,failure user9@$D
send bob@sender.example user9@$D
send carol@sender.example -N failure user9@$D
send dave@sender.example -N never user9@$D
send '<>' user9@$D
send erin@sender.example x@lost.world.example y@lost.world.example bob@$D
ok "who asked for it hears of a delay" lab_until 60 lab_has_mail sender.example alice
ok "who did not ask for anything, too" lab_until 60 lab_has_mail sender.example bob
ok "so does who wrote to a host that does not answer" lab_until 60 lab_has_mail sender.example erin
text=$(cat "$(copy sender.example alice)")
like "from the null sender"                    "$text" '^Return-Path: <>'
like "the subject"                             "$text" "^Subject: Delayed: your mail to user9@$D"
like "marked as automatic"                     "$text" '^Auto-Submitted: auto-replied'
like "for a person: nothing to do"             "$(tr -s '\r\n ' ' ' <<< "$text")" 'could not be delivered yet to the recipient below, and it will be tried again automatically\. You need not do anything'
like "for a person: until when"                "$(tr -s '\r\n ' ' ' <<< "$text")" 'It will be tried until [A-Z][a-z][a-z], '
like "for a person: who said what"             "$text" '^    The last time mx\.world\.example\[192\.0\.2\.10\]:25 said:'
like "is signed, and passes"                   "$(header "$(copy sender.example alice)")" 'dkim=pass'
seen=$(found alice)
like "Python: a report"                        "$seen" '^whole multipart/report delivery-status 7bit$'
like "Python: nothing wrong with it"           "$seen" '^defects$'
like "Python: the envelope's id"               "$seen" '^group 0 Original-Envelope-Id: job\+7$'
like "Python: for whom"                        "$seen" "^group 1 Final-Recipient: rfc822; user9@$D$"
like "Python: delayed"                         "$seen" '^group 1 Action: delayed$'
like "Python: the status"                      "$seen" '^group 1 Status: 4\.7\.1$'
like "Python: by which server"                 "$seen" '^group 1 Remote-MTA: dns; mx\.world\.example$'
like "Python: what it said"                    "$seen" '^group 1 Diagnostic-Code: smtp; 450 4\.7\.1 .*come back later'
like "Python: when last"                       "$seen" '^group 1 Last-Attempt-Date: [A-Z][a-z][a-z], '
like "Python: until when"                      "$seen" '^group 1 Will-Retry-Until: [A-Z][a-z][a-z], '
like "Python: just the header, though RET=FULL" "$seen" '^part 3 text/rfc822-headers'
seen=$(found erin)
is "an answerless host: one notice of both" "$(grep -c '^group [12] Action: delayed' <<< "$seen")" 2
unlike "an answerless host: not of who got it" "$(grep '^group' <<< "$seen")" 'bob@'
like "BounceParser: none of an address that is good" \
	"$(perl "$LAB_SOURCE/tests/lab/bounce.pl" "$(copy sender.example alice)" 2>&1)" '^bounce=0$'
sleep 4
is "once: alice" "$(lab_mail_count sender.example alice)" 1
is "once: bob" "$(lab_mail_count sender.example bob)" 1
is "once: erin" "$(lab_mail_count sender.example erin)" 1
is "not who wants to hear of failure alone" "$(lab_mail_count sender.example carol)" 0
is "not who wants to hear nothing" "$(lab_mail_count sender.example dave)" 0
is "all still wait" "$(queue_count)" 6
like "logged" "$(cat $LAB/log/signetd)" 'signet/bounce\[[0-9]+\]: [0-9A-Z]+: sender delay notification: [0-9A-Z]+$'

# ---- passed on ------------------------------------------------------------------

send user1@sender.example -N success x@plain.world.example
ok "who asked hears where nobody else reports" lab_until 60 lab_has_mail sender.example user1
seen=$(found user1)
like "Python: relayed"                         "$seen" '^group 1 Action: relayed$'
like "Python: nothing wrong with that"         "$seen" '^defects$'
like "Python: relayed: the status"             "$seen" '^group 1 Status: 2\.[0-9]+\.[0-9]+$'
like "Python: relayed: by which server"        "$seen" '^group 1 Remote-MTA: dns; hostile\.world\.example$'
like "Python: relayed: for whom"               "$seen" '^group 1 Final-Recipient: rfc822; x@plain\.world\.example$'
send user2@sender.example -N success user3@$D
ok "a server that reports is asked to" lab_until 60 lab_has_mail sender.example user2
like "and it reports" "$(header "$(copy sender.example user2)")" '^From: .*MAILER-DAEMON@mx\.world\.example'
like "knowing whom the mail was to" "$(found user2)" "^group 1 Original-Recipient: rfc822; ?user3@$D$"
like "that it is delivered" "$(found user2)" '^group 1 Action: (delivered|relayed)$'
is "it alone" "$(lab_mail_count sender.example user2)" 1
send user4@sender.example user5@$D
send user4@sender.example x@plain.world.example
ok "what is not asked for" lab_until 60 lab_has_mail $D user5
is "is not told" "$(lab_mail_count sender.example user4)" 0
world_done
