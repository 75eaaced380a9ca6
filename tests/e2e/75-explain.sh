#!/bin/bash
# SPDX-License-Identifier: ISC
# signet explain: what was pasted, the log, bounces and delivered copies, in the same words as the bounce and
# the log; and what a receiver thought of a test mail stays known.
. "$(dirname "$0")/world.sh"
world_begin "$@"
tap_plan 45
world_names
lab_zone world.example <<< $'harsh MX 10 harsh\nharsh A 192.0.2.21'
world_keys
world_config < <(world_routes)
$SIGNET dns --zone | lab_zone sender.example
lab_dns_start
world_mx_start
mkdir -p harsh
printf '%s\n' 'on rcpt:1 reply 550 5.7.25 The IP address sending this message does not have a PTR record setup' > harsh/script
lab_hostile_start harsh 192.0.2.21 25

explain() { # explained from standard input, or by words
	if [ $# -gt 0 ]; then out=$($SIGNET explain "$@" 2>&1 </dev/null); else out=$($SIGNET explain - 2>&1); fi
	status=$?
}
PTR='no name in the DNS that leads back'

# Without signetd, and whatever the configuration is like.
explain 550 5.7.25 The IP address sending this message does not have a PTR record setup
is "a reply is explained" "$status" 0
like "what it means" "$out" "meaning:  .*$PTR"
like "whom it is about" "$out" "about:    this host's IP address"
like "what to do" "$out" 'to do:    Have whoever assigned the address set its PTR'
like "who says so" "$out" 'known as: a reply of Gmail; source: https://'
explain '550-5.7.26 This mail has been blocked because the sender is unauthenticated. 550-5.7.26 Gmail requires it. 550 5.7.26 See https://support.google.com/mail/answer/81126#authentication'
like "a reply that was joined into one" "$status $out" '^0 .*Neither SPF nor DKIM|meaning:  Neither SPF nor DKIM'
like "and its link" "$out" 'link:     https://support.google.com/mail/answer/81126#authentication'
explain "421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to unexpected volume or user complaints"
like "one that puts off" "$out" 'outcome:  put off'
like "and its address" "$out" "this host's IP address, 192.0.2.1"
explain '550 no way'
is "one that says nothing" "$status" 1
like "is not explained, which is said" "$out" 'meaning:  not known'
explain 'Dear Sir or Madam'
is "what is no reply" "$status" 1
like "is not understood" "$out" '^signet: not understood: no reply of a server'
explain --json "452 4.2.2 The recipient's mailbox is full"
is "JSON" "$(/usr/bin/python3 -c 'import json,sys; r=json.loads(sys.argv[1])["replies"][0]; print(r["about"], r["outcome"], r["code"])' "$out")" \
	'quota deferred 452'
explain --json nothing
like "JSON of what is not understood" "$out" '\{"kind": "unknown"\}'
explain /nonexistent/file
is "a file that is not there" "$status $out" '66 signet: cannot read /nonexistent/file: No such file or directory'
$SIGNET explain >/dev/null 2>&1
is "nothing: EX_USAGE" "$?" 64
echo 'nonsense = ' > broken.conf
out=$($SIGNET -C broken.conf explain 550 5.1.1 No such user 2>&1)
like "with a broken configuration too" "$? $out" '^0 |mailbox at that domain'

# Log lines of others, from a file and from standard input.
cat > maillog <<'END'
Nov 30 11:00:01 mail postfix/smtp[123]: 4ABC: to=<bob@example.org>, relay=mx.example.org[192.0.2.9]:25, delay=1, delays=0/0/1/0, dsn=5.7.1, status=bounced (host mx.example.org[192.0.2.9] said: 550 5.7.1 Service unavailable; Client host [192.0.2.25] blocked using zen.spamhaus.org (in reply to RCPT TO command))
Nov 30 11:00:02 mail postfix/smtp[123]: 4ABD: to=<eve@example.org>, relay=none, delay=1, dsn=4.4.1, status=deferred (connect to mx.example.org[192.0.2.9]:25: Connection timed out)
END
explain maillog
like "a log line of Postfix" "$out" 'mx.example.org\[192.0.2.9\]:25 said: 550 5.7.1'
like "its recipient and step" "$out" $'mail to:  bob@example.org|at:       RCPT TO'
like "one without a reply" "$out" 'meaning:  The receiving server could not be reached'
is "both are explained" "$status" 0
explain < <(echo '2026-11-30 11:00:01 1abc-00 ** bob@example.org R=dnslookup T=remote_smtp H=mx.example.org [192.0.2.9]: SMTP error from remote mail server after RCPT TO:<bob@example.org>: 550 5.1.1 No such user here')
like "a log line of Exim" "$status $out" '^0 mx.example.org said: 550 5.1.1'

# Signet's own log, and its bounce: the same words.
lab_signetd_start
world_message alice@sender.example "someone" hello | $SENDMAIL -i -f alice@sender.example bob@harsh.world.example
ok "the bounce comes" lab_until 30 lab_has_mail sender.example alice
bounce=$(lab_mail sender.example alice | head -n 1)
explain "$bounce"
is "a bounce is explained" "$status" 0
like "by the same words as are in it" "$(tr -s '\n ' ' ' < "$bounce")" "$PTR"
like "as here" "$out" "meaning:  .*$PTR"
like "with its recipient" "$out" 'mail to:  bob@harsh.world.example'
is "as JSON it is a bounce" "$($SIGNET explain --json "$bounce" | cut -c1-18)" '{"kind": "bounce",'
explain < <(grep 'status=bounced' $LAB/log/signetd)
like "and Signet's own log line" "$status $out" "^0 harsh.*said: 550 5.7.25"
like "in the same words" "$out" "$PTR"
like "which signet trace has, too" "$($SIGNET trace bob@harsh.world.example)" "meaning: .*$PTR"

# A test mail, its copy as a receiver delivers it, and what is noted.
$SIGNET test --from you@sender.example user1@direct.world.example > dialogue
is "the test mail goes" "$?" 0
ok "and arrives" lab_until 30 lab_has_mail direct.world.example user1
copy=$(lab_mail direct.world.example user1 | head -n 1)
{
	cat <<-'END'
	Authentication-Results: mx.google.com;
	       dkim=pass header.i=@sender.example header.s=rsa;
	       spf=softfail (google.com: domain of transitioning you@sender.example does not designate 192.0.2.1 as permitted sender) smtp.mailfrom=you@sender.example;
	       dmarc=none header.from=sender.example
	END
	cat "$copy"
} > shown
explain shown
is "its header is explained" "$status" 0
like "good" "$out" '^good  dkim=pass  sender.example, selector rsa'
like "bad, and what to do" "$out" '^BAD   spf=softfail|to do: Let the SPF record'
like "and noted for the receiver, by its Message-ID" "$out" '^Noted for gmail, of the test mail to user1@direct.world.example'
out=$($SIGNET explain --verdicts)
like "it is shown again" "$out" '^Gmail.*spf=softfail dkim=pass dmarc=none'
like "with whom it went to" "$out" 'the test mail to user1@direct.world.example.*seen from 192.0.2.1'
sed 's/softfail/pass/' shown | $SIGNET explain - >/dev/null
is "the next takes its place" "$($SIGNET explain --verdicts --json | grep -c '"spf": "pass"') $($SIGNET explain --verdicts --json | wc -l)" '1 1'
sed 's/^Message-ID: .*/Message-ID: <1@elsewhere.example>/I' shown > other
explain other
like "a mail that this host has not sent is not noted" "$out" '^Not noted: this host has not sent it'
is "what is noted is the owner's alone" "$(stat -c %a /var/spool/signet/trust /var/spool/signet/trust/verdicts | xargs)" '700 600'
lab_signetd_stop
explain shown
like "without signetd a test mail is known by its Message-ID" "$out" '^Noted for gmail, of the test mail'
printf 'Authentication-Results: mx.nobody.example; spf=pass\r\nFrom: a@b.example\r\n\r\n' > stranger
explain stranger
like "a server that is not known" "$out" 'does not know that server'
tap_done
