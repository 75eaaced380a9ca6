#!/bin/bash
# SPDX-License-Identifier: ISC
# A receiver that distrusts this host's address: mail goes another way by itself, and comes back later.
. "$(dirname "$0")/world.sh"
world_begin "$@"
tap_plan 101
world_names
lab_zone world.example <<'END'
big A 192.0.2.11
one MX 10 big
two MX 10 big
three MX 10 big
four MX 10 big
only MX 10 big
six MX 10 big
five MX 10 sick.five
five MX 20 dead.five
sick.five A 192.0.2.31
dead.five A 192.0.2.32
END
world_keys
world_config <<'END'
routes = (
  { to = [ "only.world.example" ]; via = [ "mx" ]; },
  { to = [ "four.world.example" ]; via = [ "mx", "isp" ]; fallback_on = [ "temporary" ]; fallback_after = "1s"; },
  { to = [ "six.world.example" ]; via = [ "mx", "isp" ]; fallback_on = [ "blocked" ]; fallback_for = "1h"; },
  { to = [ "five.world.example" ]; via = [ "mx", "isp" ]; fallback_on = [ "temporary" ]; fallback_after = "1s"; },
  { to = [ "*" ]; via = [ "mx", "isp" ]; fallback_on = [ "unreachable", "blocked" ]; fallback_for = "1h"; }
);
retry_min = "400ms"; retry_max = "1s"; queue_life = "1h";
END
$SIGNET dns --zone | lab_zone sender.example
lab_dns_start

# The big receiver looks at a table for each step of each connection; the ISP takes all mail and keeps it, in its own folder.
steps='client helo sender recipient data end_of_data'
mkdir -p $LAB/big/etc
declare -a restrict=('smtpd_delay_reject = no' 'max_use = 1')
for step in $steps; do
	: > $LAB/big/etc/$step.cidr
	restrict+=("smtpd_${step}_restrictions = check_client_access cidr:$LAB/big/etc/$step.cidr")
done
big() {
	lab_mx_start big 192.0.2.11 big.world.example {one,two,three,four,six,only}.world.example -- "${restrict[@]}" \
		'header_checks = regexp:{{/^Subject: content/ REJECT spam message rejected}}'
}
big
world_mx_start
isp() {
	lab_smarthost_start isp 192.0.2.20 smtp.isp.world.example me "$ISP_PASSWORD" \
		'smtpd_milters = inet:127.0.0.1:8891' 'milter_default_action = tempfail' \
		'virtual_mailbox_domains = one.world.example two.world.example three.world.example four.world.example five.world.example six.world.example' \
		"virtual_mailbox_base = $LAB/mail/isp" "virtual_mailbox_maps = texthash:$LAB/big/etc/boxes" \
		'virtual_uid_maps = static:404' 'virtual_gid_maps = static:404' \
		'transport_maps = inline:{sender.example=smtp:[mx.world.example]}' "$@"
}
mkdir -p $LAB/mail/isp && chown mailbox: $LAB/mail/isp
echo "alice@five.world.example five.world.example/alice/" >> $LAB/big/etc/boxes
isp
mkdir sick
echo 'on rcpt reply 451 4.3.0 trouble of our own' > sick/script
ip address add 192.0.2.31/32 dev lo
ip address add 192.0.2.32/32 dev lo
lab_hostile_start sick 192.0.2.31 25
lab_signetd_start

refuse() {   # STEP REPLY: from now on
	echo "0.0.0.0/0 $2" > $LAB/big/etc/$1.cidr
	echo "::/0 $2" >> $LAB/big/etc/$1.cidr
}
mend() {
	local step
	for step in $steps; do
		: > $LAB/big/etc/$step.cidr
	done
}
send() {   # TO SUBJECT
	world_message owner@sender.example "$1.world.example" "$2" | $SENDMAIL -i -t -f owner@sender.example
}
# A session that lingers knows the table of before.
no_session() {
	lab_until 60 eval '[ -z "$(lab_pids smtp)" ]'
}
dials() {
	grep -c 'smtpd\[[0-9]*\]: connect from' $LAB/log/big
}
# Postfix writes its log beside what it does.
dialled() {   # TIMES, since before
	[ $(( $(dials) - before )) -eq "$1" ]
}
at_isp() {   # DOMAIN USER [COUNT]
	lab_has_mail "isp/$1.world.example" "$2" "${3:-1}"
}
direct() {
	lab_has_mail "$1.world.example" "$2" "${3:-1}"
}
waits() {
	$SIGNET queue list --json | grep -q -- "$1"
}

# ---- at every step, by the reply's text ----------------------------------------

yahoo='421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to unexpected volume or user complaints - 4.16.55.1'
outlook="550 5.7.1 Unfortunately, messages from [192.0.2.1] weren't sent. Please contact your Internet service provider since part of their network is on our block list (S3140)."
spamhaus='554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org'
telekom='554 IP=192.0.2.1 - None/bad reputation. Ask your postmaster for help (NOWL)'
gmail='421 4.7.28 Gmail has detected an unusual rate of unsolicited mail oriuser21ting from your IP address'
n=0
while read -r step text; do
	n=$((n + 1))
	no_session
	refuse "$step" "${!text}"
	before=$(dials)
	ok "$step, $text: the mail is taken" send "user$n@one" "moved $n"
	ok "$step, $text: it goes by the ISP at once" lab_until 60 at_isp one "user$n"
	ok "$step, $text: one dial" lab_until 60 dialled 1
	like "$step, $text: listed" "$($SIGNET route --sticky)" '^big\.world\.example$'
	mend
	like "$step, $text: cleared" "$($SIGNET route --sticky --clear big.world.example)" '^1 site: '
done <<'END'
client spamhaus
client telekom
helo gmail
sender yahoo
recipient outlook
data spamhaus
end_of_data outlook
END
copy=$(lab_mail isp/one.world.example user1 | head -n 1)
like "signed as ever" "$(header "$copy")" 'dkim=pass .*header\.d=sender\.example'
ok "the log says so" log_says 'warning: site big\.world\.example: blocked: big\.world\.example\[192\.0\.2\.11\]:25 said: 554 5\.7\.1 .*going via isp for 1h'
is "nothing bounced" "$(lab_mail_count sender.example owner)" 0

# ---- the site, not the domain; and what moves nothing -----------------------------

no_session
refuse sender "$yahoo"
ok "a mail is taken" send alice@one 'learnt once'
ok "and goes by the ISP" lab_until 60 at_isp one alice
before=$(dials)
for to in alice@two bob@two alice@three; do
	ok "one to $to" send $to 'no dial'
done
ok "they go by the ISP" lab_until 60 at_isp three alice
ok "all" lab_until 60 eval 'at_isp two alice && at_isp two bob'
ok "without a dial" dialled 0
like "signet route says it of the hop" "$($SIGNET route x@two.world.example)" '^ +blocked until .* 421 4\.7\.0 .*\[TSS04\]'
like "and so does its JSON" "$($SIGNET route --json x@two.world.example)" '"passed_by": \{"since": [0-9]+, "until": [0-9]+, "reply": "421 '
shown=$($SIGNET route --sticky)
like "--sticky: what it means" "$shown" '^  meaning:  The receiver distrusts the sending server.s IP address'
like "--sticky: what to do" "$shown" '^  to do:    '
like "--sticky: until when" "$shown" '^  blocked until 20'
like "--sticky --json" "$($SIGNET route --sticky --json)" '^\{"site": "mx big\.world\.example", "domain": "", "address": "[0-9.]+", "since": [0-9]+, .*"times": 1, '
send dave@only 'no other way'
ok "a route with one hop waits" lab_until 60 waits 'TSS04'
like "signet route says so" "$($SIGNET route x@only.world.example)" 'distrusts this host, and the route has no other way: mail waits there: 421'
like "and in JSON" "$($SIGNET route --json x@only.world.example)" '"distrusts": true, "passed_by": false'
unlike "and signet route does not say that such mail goes round it" "$($SIGNET route x@only.world.example)" 'blocked until'
fails "an unknown site is not cleared" $SIGNET route --sticky --clear elsewhere.example
fails "nobody else may ask" as alice $SIGNET route --sticky

kill -9 "$LAB_SIGNETD_PID"
wait "$LAB_SIGNETD_PID" 2>/dev/null
like "without signetd it is unknown" "$($SIGNET route x@two.world.example)" 'unknown: no signetd answers'
lab_until 60 eval '[ -z "$(lab_pids queue)" ]'
lab_signetd_start
before=$(grep -c 'connect from' $LAB/log/big)
ok "after kill -9: one more is taken" send carol@two 'kept'
ok "after kill -9: by the ISP" lab_until 60 at_isp two carol
like "after kill -9: still listed" "$($SIGNET route --sticky)" '^big\.world\.example$'
mend
$SIGNET queue flush --now >/dev/null
ok "the one without another way arrives directly" lab_until 60 direct only dave
like "cleared" "$($SIGNET route --sticky --clear all)" '^1 site: '
ok "then mail goes directly" send dave@two 'direct'
ok "and arrives" lab_until 60 direct two dave
is "not by the ISP" "$(lab_mail_count isp/two.world.example dave)" 0

no_session
ok "content that is refused is taken here" send erin@two 'content is refused'
ok "and bounces" lab_until 60 lab_has_mail sender.example owner
is "it did not go by the ISP" "$(lab_mail_count isp/two.world.example erin)" 0
is "and nothing is blocked" "$($SIGNET route --sticky)" 'no site is blocked'

# ---- temporary, for long ------------------------------------------------------------

no_session
refuse recipient '451 4.3.0 trouble of our own'
ok "a mail to who fails temporarily" send alice@four 'for long'
ok "waits" lab_until 60 waits 'trouble of our own'
ok "and after fallback_after goes by the ISP" lab_until 60 at_isp four alice
is "that is no block" "$($SIGNET route --sticky)" 'no site is blocked'
mend
send alice@five 'one host is sick, the other dead'
ok "so does mail for who has a sick host and a dead one" lab_until 60 at_isp five alice

# ---- coming back --------------------------------------------------------------------

lab_signetd_stop
sed -i 's/fallback_for = "1h"/fallback_for = "2s"/g' $CONF
lab_signetd_start
refuse client "$spamhaus"
ok "blocked for two seconds" send bob@one 'trial'
ok "by the ISP" lab_until 60 at_isp one bob
before=$(dials)
sleep 2.2
ok "when it is over" send carol@one 'trial'
ok "the one that tries goes by the ISP, too" lab_until 60 at_isp one carol
ok "after one dial" lab_until 60 dialled 1
ok "the block is renewed, for twice as long" log_says 'site big\.world\.example: blocked again: .* for 4s'
mend
sleep 4.2
ok "mended: the next" send dave@one 'back'
ok "goes directly" lab_until 60 direct one dave
ok "and ends it" lab_until 60 log_says 'site big\.world\.example: no longer blocked: it takes mail'
is "nothing is blocked" "$($SIGNET route --sticky)" 'no site is blocked'

# One customer's rule: its trial, too, is put off when the receiver is in trouble.
no_session
refuse recipient '421 4.7.0 IP not in whitelist for RCPT domain, closing connection'
ok "one domain's rule" send alice@six 'rule'
ok "by the ISP" lab_until 60 at_isp six alice
like "of that domain alone" "$($SIGNET route --sticky)" 'only mail to six\.world\.example'
lab_postfix_stop big
sleep 2.2
ok "when it is over, and the receiver gone" send bob@six 'trial of one domain'
ok "its mail goes by the ISP all the same" lab_until 60 at_isp six bob
ok "and the log says why" log_says 'site big\.world\.example, mail to six\.world\.example: the test whether it is still blocked had no result: '
mend
big
like "cleared" "$($SIGNET route --sticky --clear all)" '^1 site: '

# ---- all hops blocked ------------------------------------------------------------------

lab_signetd_stop
sed -i 's/fallback_for = "2s"/fallback_for = "1h"/g; s/queue_life = "1h"/queue_life = "6s"/' $CONF
lab_postfix_stop isp
isp 'smtpd_client_restrictions =' "smtpd_sender_restrictions = check_client_access inline:{{192.0.2.20 = 554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using bl.spamcop.net}, {192.0.2.1 = 554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using bl.spamcop.net}}"
lab_signetd_start
refuse recipient "$outlook"
sent=$(lab_mail_count sender.example owner)
ok "both hops refuse" send erin@one 'both'
ok "it waits, and does not bounce at once" lab_until 60 waits 'spamcop'
is "no bounce yet" "$(lab_mail_count sender.example owner)" "$sent"
ok "when its time is over it comes back" lab_until 60 lab_has_mail sender.example owner $((sent + 1))
bounce=$(tr -s '\n ' ' ' < "$(lab_mail sender.example owner | xargs -r ls -t | head -n 1)")
said=$(grep -c 'reject: .*bl.spamcop.net' $LAB/log/isp)
ok "and was tried with pauses between ($said times)" test "$said" -le 12
like "telling of the one"   "$bounce" 'bl\.spamcop\.net'
like "and of the other"     "$bounce" 'S3140'
world_done
