#!/bin/bash
# SPDX-License-Identifier: ISC
# Mail that another server takes: signet verify beside Postfix and procmail, by the recipes of signet(8).
LAB_PEERS="root agents"
. "$(dirname "$0")/world.sh"
world_begin "$@"
tap_plan 43
# In place, before anybody looks: /etc lies over it.
mkdir -p $LAB/etc/postfix && : > $LAB/etc/postfix/main.cf

lab_zone sender.example <<-'END'
@ MX 10 mx.world.example.
@ TXT "v=spf1 a:mail.sender.example -all"
_dmarc TXT "v=DMARC1; p=reject"
mail A 192.0.2.1
mail TXT "v=spf1 a -all"
END
lab_zone lax.example <<-'END'
@ TXT "v=spf1 include:sender.example ~all"
END
lab_zone world.example <<-'END'
mx A 192.0.2.10
@ MX 10 mx
END
lab_dns_start
lab_mx_start mx 192.0.2.10 mx.world.example world.example
echo 'time_scale = 0.1;' > /etc/signet/signet.conf

# recipe NAME: as it stands in the manual
recipe() {
	sed -n "/^\.\\\\\" recipe: $1\$/,/^\.Ed/p" "$LAB_SOURCE/signet/signet.8" | sed '1,2d;$d;s/\\e/\\/g'
}

# comes SOURCE SENDER SUBJECT RECIPIENT…: over SMTP from that address
comes() {
	python3 - "$@" <<-'END'
	import smtplib, sys
	source, sender, subject, *to = sys.argv[1:]
	s = smtplib.SMTP("192.0.2.10", 25, local_hostname="mail.sender.example", source_address=(source, 0))
	s.sendmail(sender, to, "From: %s\r\nTo: you\r\nSubject: %s\r\n"
	           "Authentication-Results: mx.world.example; dmarc=pass\r\n\r\nbody\r\n.dot\r\n" % (sender or "owner@sender.example", subject))
	END
}

copies() { grep -lr "^Subject: $1\$" $LAB/mail/world.example/"${2:-alice}"/new 2>/dev/null; }
has() { [ -n "$(copies "$@")" ]; }
unfolded() { sed '/^$/,$d' "$1" | sed -e ':a' -e 'N;$!ba' -e 's/\n[ \t]/ /g'; }
results() { unfolded "$1" | grep '^Authentication-Results: mx\.world\.example;'; }

# ---- procmail: what has been delivered without a filter ------------------------------------

ok "genuine mail comes" comes 192.0.2.1 me@sender.example genuine alice@world.example
ok "forged mail comes" comes 192.0.2.21 me@sender.example forged alice@world.example
ok "a bounce comes" comes 192.0.2.1 '' bounce alice@world.example
ok "both are there" lab_until 60 has genuine
ok "unharmed" lab_until 60 has forged
ok "and the bounce" lab_until 60 has bounce
hostname mx.world.example
mkdir -p $LAB/procmail/suspect/{new,cur,tmp}
{
	printf '%s\n' SHELL=/bin/sh "MAILDIR=$LAB/procmail" "DEFAULT=$LAB/procmail/inbox/" "LOGFILE=$LAB/log/procmail"
	recipe procmailrc | sed "s,| signet ,| $LAB/build/signet ,"
} > $LAB/procmailrc
is "the manual's recipe was found" "$(grep -c 'signet verify' $LAB/procmailrc)" 1
filed() { grep -lr "^Subject: $1\$" "$LAB/procmail/$2/new" 2>/dev/null; }
for subject in genuine forged bounce; do
	# Postfix's local(8) and most agents give the envelope's sender as Return-Path.
	ok "procmail takes $subject mail" procmail -t $LAB/procmailrc < "$(copies $subject)"
done
like "genuine mail passes" "$(results "$(filed genuine inbox)")" 'spf=pass smtp\.mailfrom=me@sender\.example; *dmarc=pass'
like "forged mail is put aside" "$(results "$(filed forged suspect)")" 'spf=fail .*smtp\.mailfrom=me@sender\.example *; *dmarc=fail .*polrec\.p=reject'
like "a bounce is judged by HELO" "$(results "$(filed bounce inbox)")" 'spf=pass smtp\.helo=mail\.sender\.example; *dmarc=pass'
is "what a sender has written of it is gone" "$(grep -c '^Authentication-Results: mx.world.example; dmarc=pass' "$(filed forged suspect)")" 0
sed 's/^Received: from.*/Received: by mx.world.example (Postfix, from userid 0)/' "$(copies genuine)" | sed 's/^Subject: .*/Subject: local/' > local
ok "local mail has no client" procmail -t $LAB/procmailrc < local
is "and passes unchanged" "$(grep -c '^Authentication-Results:' "$(filed local inbox)")" "$(grep -c '^Authentication-Results:' local)"
sed -i "s,$LAB/build/signet,$LAB/missing," $LAB/procmailrc
sed 's/^Subject: .*/Subject: kept/' "$(copies genuine)" > kept
ok "a filter that is not there" procmail -t $LAB/procmailrc < kept
is "loses nothing" "$(tail -n 2 "$(filed kept inbox)" | tr -d '\n')" 'body.dot'

# ---- Postfix ---------------------------------------------------------------------------------

recipe authenticate | sed "s,^signet ,$LAB/build/signet ," > $LAB/authenticate
chmod 755 $LAB/authenticate
is "the manual's script was found" "$(head -c 9 $LAB/authenticate)" '#!/bin/sh'
# Here nothing is chrooted, and the port is a number. Unpacked, postdrop is not set-gid; where it is, it reads no other
# configuration than that of /etc/postfix.
{ echo "alternate_config_directories = $LAB/mx/etc"; cat $LAB/mx/etc/main.cf; } > $LAB/etc/postfix/main.cf
install -g postdrop -m 2755 /usr/sbin/postdrop $LAB/postdrop && mount --bind $LAB/postdrop /usr/sbin/postdrop
{
	recipe master.cf | sed -e 's/^smtp  *inet  n - y/25 inet n - n/' -e "s,/usr/local/bin/authenticate,$LAB/authenticate," -e 's/user=mailfilter/user=bob/'
	sed '/^25 /d' $LAB/mx/etc/master.cf
} > master.cf
is "the manual's services were found" "$(grep -c 'content_filter=authenticate:' master.cf)" 1
cp master.cf $LAB/mx/etc/master.cf
kill -HUP "$LAB_PID_mx"
ok "where Postfix looks for it" grep -q '^myhostname' /etc/postfix/main.cf
probes=0
filters() {   # at the latest with the next mail
	grep -q 'relay=authenticate' $LAB/log/mx && return
	[ $probes -gt 0 ] && ! has probe$probes carol || comes 192.0.2.1 me@sender.example probe$((++probes)) carol@world.example
	return 1
}
ok "Postfix has read it" lab_until 60 filters

ok "genuine mail, for two" comes 192.0.2.1 me@sender.example genuine2 alice@world.example bob@world.example
ok "forged mail" comes 192.0.2.21 me@sender.example forged2 alice@world.example
ok "a bounce" comes 192.0.2.1 '' bounce2 alice@world.example
ok "another domain" comes 192.0.2.21 me@lax.example lax2 alice@world.example
for subject in genuine2 forged2 bounce2 lax2; do
	ok "$subject arrives" lab_until 60 has $subject
done
ok "for each" lab_until 60 has genuine2 bob
like "genuine" "$(results "$(copies genuine2)")" 'spf=pass smtp\.mailfrom=me@sender\.example; *dmarc=pass header\.from=sender\.example polrec\.p=reject; *dkim=none'
like "forged" "$(results "$(copies forged2)")" 'spf=fail .*dmarc=fail'
like "bounce" "$(results "$(copies bounce2)")" 'spf=pass smtp\.helo=mail\.sender\.example; *dmarc=pass'
like "another domain" "$(results "$(copies lax2)")" 'spf=softfail .*dmarc=none'
is "once, and not by another" "$(unfolded "$(copies forged2)" | grep -c '^Authentication-Results: mx\.world\.example;')" 1
is "the sender stays the sender" "$(grep -h '^Return-Path:' "$(copies forged2)" "$(copies bounce2)" | tr '\n' ' ')" \
	'Return-Path: <me@sender.example> Return-Path: <> '
is "and the body the body" "$(tail -n 2 "$(copies genuine2)" | tr -d '\n')" 'body.dot'

lab_dns_stop
ok "mail while no name server answers" comes 192.0.2.21 me@sender.example dark alice@world.example
deferred() { grep -q 'relay=authenticate.*status=deferred' $LAB/log/mx; }
ok "waits" lab_until 60 deferred
fails "and is not delivered" has dark
lab_dns_start
ok "until one does" lab_until 120 has dark
world_done
