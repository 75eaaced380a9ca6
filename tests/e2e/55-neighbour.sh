#!/bin/bash
# SPDX-License-Identifier: ISC
# A Postfix that receives mail, and leaves what goes out to Signet, by what signet-beside-postfix(7) says to type: nothing is rewritten, lost or
# sent in circles.
. "$(dirname "$0")/world.sh"
here=$(cd "$(dirname "$0")" && pwd)
world_begin "$@"
tap_plan 60

D=direct.world.example
lab_zone sender.example <<-'END'
@ MX 10 mail
mail A 192.0.2.1
END
lab_zone world.example <<-'END'
mx A 192.0.2.10
smtp.isp A 192.0.2.20
direct MX 10 mx
other MX 10 mx
picky MX 10 mx
loop MX 10 mx
END
world_keys

# ---- what the manual says ----------------------------------------------------------------

# manual FIRST: the display of the page that begins so, as it is shown, for the domain of this lab
mkdir displays
/usr/bin/python3 -B "$LAB_SOURCE/tests/lab/pages.py" displays "$LAB_SOURCE/doc/signet-beside-postfix.7" displays
manual() {
	sed 's/example\.org/sender.example/g' "$(grep -l "^$1" displays/[0-9]* | head -n 1)"
}
# signet_config MORE: the lab's places, what the manual says, and more routes before its own
signet_config() {
	{
		lab_config_base | grep -v '^hostname\|^domain'
		manual "hostname " | sed "s|^routes = (|routes = ( $1|; s|^smarthosts = (|smarthosts = ( { name = \"isp\"; host = \"smtp.isp.world.example\"; port = 587; user = \"me\"; password_file = \"/etc/signet/isp.password\"; },|"
		cat <<-'END'
		dkim = ( { domain = "sender.example"; selector = "rsa"; file = "/etc/signet/keys/rsa.pem"; } );
		retry_min = "500ms"; retry_max = "2s"; untrusted_sender = "refuse"; trusted_users = [ "postfix" ];
		END
	} > $CONF
	printf '%s\n' "$ISP_PASSWORD" > $LAB/signet/isp.password
	chmod 600 $LAB/signet/isp.password
}
signet_config '{ to = [ "picky.world.example" ]; via = [ "isp" ]; }, { to = [ "loop.world.example" ]; via = [ "postfix" ]; },'
is "the manual's settings have no fault" "$($SIGNET config check 2>&1 | grep -v '^warning' | sed 's/OK, .*/OK/')" "$CONF: OK"
$SIGNET dns --zone | lab_zone sender.example
lab_dns_start
lab_mx_start mx 192.0.2.10 mx.world.example {direct,other,picky}.world.example
world_isp_start
mkdir -p $LAB/local/etc
for user in alice bob carol postmaster; do
	echo "$user@sender.example sender.example/$user/"
done > $LAB/local/etc/boxes
lab_postfix_start local 192.0.2.1 25 mail.sender.example 'inet_interfaces = 127.0.0.1, 192.0.2.1' 'myorigin = sender.example' 'mynetworks = 127.0.0.0/8' 'smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination' \
	'virtual_mailbox_domains = sender.example' "virtual_mailbox_base = $LAB/mail" "virtual_mailbox_maps = texthash:$LAB/local/etc/boxes" \
	'virtual_uid_maps = static:404' 'virtual_gid_maps = static:404' \
	'virtual_alias_maps = inline:{ forward@sender.example=alice@direct.world.example, gone@sender.example=nobody@direct.world.example }' \
	'smtp_tls_security_level = may' 'smtp_destination_concurrency_limit = 5' 'default_destination_recipient_limit = 3'
lab_signetd_start
# Its postlogd may stand still after a reload, and all else with it.
postconf -c $LAB/local/etc -e maillog_file= 2>/dev/null
manual "postconf -e" > typed
is "the manual says two commands" "$(wc -l < typed)" 2
ok "which can be typed" env MAIL_CONFIG=$LAB/local/etc bash -ec '. ./typed'
like "and Postfix knows them" "$(postconf -c $LAB/local/etc -h relayhost 2>/dev/null)" '^\[127\.0\.0\.1\]:2525$'

# say HOST FROM-PARAMETERS RCPT-PARAMETERS… < MESSAGE: one mail to a Postfix by SMTP
say() {
	/usr/bin/python3 - "$@" 3<&0 <<-'END'
	import os, smtplib, sys
	host, sender, *recipients = sys.argv[1:]
	message = b"\r\n".join(os.fdopen(3, "rb").read().split(b"\n"))
	with smtplib.SMTP(host, 25, timeout=60, source_address=("192.0.2.30", 0) if host == "192.0.2.1" else None) as smtp:
	    smtp.command_encoding = "utf-8"
	    smtp.ehlo()
	    for command in ["MAIL FROM:" + sender] + ["RCPT TO:" + r for r in recipients]:
	        code, text = smtp.docmd(command)
	        if code >= 400:
	            sys.exit(f"{command}: {code} {text}")
	    code, text = smtp.data(message)
	    if code >= 400:
	        sys.exit(f"message: {code} {text}")
	END
}
mails() { lab_mail "${1#*@}" "${1%@*}" | xargs -r grep -lE "^Subject: $2"$'\r?$'; }
has_mail() { [ -n "$(mails "$@")" ]; }
count() { mails "$@" | wc -l; }
postfix_queue_is_empty() { [ -z "$(find $LAB/local/spool/{maildrop,incoming,active,deferred} -type f)" ]; }
all_is_done() { lab_queue_is_empty && postfix_queue_is_empty && lab_queue_is_empty; }
reports() { lab_mail sender.example "$1" | xargs -r grep -l '^Content-Type: multipart/report' | xargs -r grep -lE "$2"; }
has_report() { [ -n "$(reports "$@")" ]; }

# ---- on its way out ----------------------------------------------------------------------

ok "a user's mail" say 127.0.0.1 '<alice@sender.example>' "<alice@$D>" < <(world_message 'Alice <alice@sender.example>' alice@$D one)
ok "arrives" lab_until 60 has_mail alice@$D one
seen=$(header "$(mails alice@$D one)")
like "signed" "$seen" 'dkim=pass'
like "once over each of the two" "$(grep -c '^Received: .* by mail\.sender\.example' <<< "$seen")" '^2$'
like "recorded as Postfix's" "$($SIGNET trace alice@$D)" "from uid $(id -u postfix) \(SMTP client \[127\.0\.0\.1\]\)"

ok "a stranger's mail to an address that is forwarded" say 192.0.2.1 '<stranger@elsewhere.example>' '<forward@sender.example>' \
	< <(world_message '"Strange, R" <stranger@elsewhere.example>' forward@sender.example two)
ok "arrives" lab_until 60 has_mail alice@$D two
seen=$(header "$(mails alice@$D two)")
like "from the stranger, in the envelope" "$seen" '^Return-Path: <stranger@elsewhere\.example>'
like "and in the header" "$seen" '^From: "Strange, R" <stranger@elsewhere\.example>'
as alice $SENDMAIL -i -f stranger@elsewhere.example alice@$D < <(world_message alice alice@$D three) 2> refused
is "while a user may not send as one" "$?" 77
like "and is told so" "$(cat refused)" 'may not send as stranger@elsewhere\.example'
like "nor use Postfix's door" "$(as alice /usr/bin/python3 "$here/listen.py" say 127.0.0.1 2525 <<< 'QUIT\r\n')" '^554 '

# ---- what is said beside a mail ------------------------------------------------------------

ok "8-bit mail from an address in UTF-8" say 127.0.0.1 '<jörg@sender.example> BODY=8BITMIME SMTPUTF8' "<bob@$D>" <<-'END'
From: Jörg <jörg@sender.example>
Subject: four
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

Grüße: €
END
ok "arrives" lab_until 60 has_mail bob@$D four
like "as it was" "$(cat "$(mails bob@$D four)")" '^Grüße: €'
like "its header too" "$(header "$(mails bob@$D four)")" '^From: .*<jörg@sender\.example>'
like "signed" "$(header "$(mails bob@$D four)")" 'dkim=pass'

head -c 3000000 /dev/urandom | base64 > large
ok "a large mail to seven" say 127.0.0.1 '<alice@sender.example>' "<user"{1..7}"@$D>" < <(world_message alice@sender.example users@$D five; cat large)
seven_have_it() { for n in 1 2 3 4 5 6 7; do has_mail user$n@$D five || return 1; done; }
ok "reaches all of them" lab_until 120 seven_have_it
is "to the last byte" "$(sed '1,/This is the body/d' "$(mails user7@$D five)" | tr -d '\r' | sha256sum)" "$(sha256sum < large)"

ok "mail with a wish for a report" say 127.0.0.1 '<carol@sender.example> RET=HDRS ENVID=job+2B7' \
	"<carol@$D> NOTIFY=SUCCESS ORCPT=rfc822;was+40elsewhere.example" < <(world_message carol@sender.example carol@$D six)
ok "is reported on by the recipient's server" lab_until 60 has_report carol '^Reporting-MTA: dns; ?mx\.world\.example'
seen=$(/usr/bin/python3 "$LAB_SOURCE/tests/lab/bounce.py" "$(reports carol '^Reporting-MTA: dns; ?mx\.world\.example')" 2>&1)
like "with ENVID" "$seen" '^group 0 Original-Envelope-Id: job\+7$'
like "and ORCPT" "$seen" '^group 1 Original-Recipient: rfc822; ?was@elsewhere\.example$'

ok "mail for nobody" say 127.0.0.1 '<carol@sender.example> RET=HDRS ENVID=job+2B8' "<nobody@$D> NOTIFY=FAILURE" \
	< <(world_message carol@sender.example nobody@$D seven 'Secret words.')
ok "comes back through Postfix" lab_until 60 has_report carol '^Reporting-MTA: dns; ?mail\.sender\.example'
report=$(reports carol '^Reporting-MTA: dns; ?mail\.sender\.example')
like "with ENVID" "$(cat "$report")" '^Original-Envelope-Id: job\+8'
unlike "and the header alone" "$(cat "$report")" 'Secret words'
ok "mail for nobody that nobody wants to hear of" say 127.0.0.1 '<carol@sender.example>' "<nobody@$D> NOTIFY=NEVER" \
	< <(world_message carol@sender.example nobody@$D eight)
ok "leaves both queues" lab_until 60 all_is_done
is "and is not told of" "$(reports carol '^Subject: eight' | wc -l)" 0

# ---- header fields that Postfix would rewrite -------------------------------------------------

n=0
while IFS= read -r field; do
	n=$((n + 1))
	ok "mail with $field" say 127.0.0.1 '<alice@sender.example>' '<carol@picky.world.example>' \
		<<< "$(printf '%s\nFrom: Alice <alice@sender.example>\nSubject: form %s\nDate: Mon, 30 Nov 2026 12:00:00 +0000\n\ntext' "$field" $n)"
done <<-'END'
	To: Carol. Q Public <carol@picky.world.example>
	Cc: carol@picky.world.example, (nobody), "a b"@picky.world.example ,, dave @ picky.world.example
	To: undisclosed recipients: ;
	Reply-To: <@relay.example:carol@picky.world.example>, =?utf-8?q?J=C3=B6rg?= jorg@picky.world.example
END
forms_arrived() { for form in 1 2 3 4; do has_mail carol@picky.world.example "form $form" || return 1; done; }
ok "they arrive over another Postfix" lab_until 60 forms_arrived
is "and their signatures pass" "$(for form in 1 2 3 4; do header "$(mails carol@picky.world.example "form $form")" | grep -c 'dkim=pass'; done | tr '\n' ' ')" "1 1 1 1 "

# ---- no sender, no way, no end ------------------------------------------------------------------

ok "mail without a sender" say 127.0.0.1 '<>' "<alice@$D>" < <(world_message mailer@sender.example alice@$D nine)
ok "arrives" lab_until 60 has_mail alice@$D nine
like "without one" "$(header "$(mails alice@$D nine)")" '^Return-Path: <>'
ok "such mail for nobody" say 127.0.0.1 '<>' "<nobody@$D>" < <(world_message mailer@sender.example nobody@$D ten)
ok "goes to root's reader" lab_until 60 has_mail postmaster@sender.example ten
ok "a stranger's mail that is forwarded to nobody, from one who is not there" say 192.0.2.1 '<nosuch@sender.example>' '<gone@sender.example>' \
	< <(world_message nosuch@sender.example gone@sender.example eleven)
ok "ends" lab_until 60 all_is_done
ok "with its report at root's reader" lab_until 60 has_report postmaster '^Subject: eleven'
ok "mail that each leaves to the other" say 127.0.0.1 '<bob@sender.example>' '<x@loop.world.example>' < <(world_message bob@sender.example x@loop.world.example twelve)
ok "comes back" lab_until 120 has_report bob '^Subject: twelve'
like "as a loop" "$(tr -d '\r' < "$(reports bob '^Subject: twelve')")" '(5\.4\.6 mail loop|5\.4\.0 .*too many hops)'
ok "and leaves both queues" lab_until 60 all_is_done
is "it was told once" "$(reports bob '^Subject: twelve' | wc -l)" 1

# ---- while signetd is not there -----------------------------------------------------------------

lab_signetd_stop
ok "mail while signetd does not run" say 127.0.0.1 '<alice@sender.example>' "<alice@$D>" < <(world_message alice@sender.example alice@$D thirteen)
in_postfix_queue() { [ -n "$(find $LAB/local/spool/deferred -type f)" ]; }
ok "stays in Postfix's queue" lab_until 60 in_postfix_queue
lab_signetd_start
for n in $(seq 20); do
	say 127.0.0.1 '<alice@sender.example>' "<alice@$D>" < <(world_message alice@sender.example alice@$D "many $n") || echo "# not taken: $n"
	[ $((n % 7)) -ne 0 ] || $SIGNET reload >/dev/null
done
all_there() { has_mail alice@$D thirteen && [ "$(count alice@$D 'many [0-9]*')" -ge 20 ]; }
ok "it and what comes while signetd restarts arrives" lab_until 120 all_there
ok "both queues are empty" lab_until 60 all_is_done
is "each is there once" "$(count alice@$D thirteen) $(count alice@$D 'many [0-9]*')" "1 20"
world_done
