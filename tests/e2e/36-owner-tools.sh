#!/bin/bash
# What the owner's tools say is what happens: this host's own names, the way of each class of address, the queue's
# state, the service.
. "$(dirname "$0")/world.sh"
world_begin "$@"
tap_plan 49
world_names
lab_zone sender.example <<'END2'
else MX 10 mx.world.example.
END2
world_keys
D=direct.world.example
config() {   # HOSTNAME; more lines on stdin
	world_config <<-END2
	root = "owner@$D";
	routes = ( { to = [ "*" ]; via = [ "mx" ]; } );
	retry_min = "1s"; retry_max = "20s";
	$(cat)
	END2
	sed -i "s/^hostname = .*/hostname = \"$1\";/" $CONF
}
config mail.sender.example </dev/null
$SIGNET dns --zone | lab_zone sender.example
lab_dns_start
world_mx_start else.sender.example
lab_signetd_start

# ---- this host's own names --------------------------------------------------------

OWN=(root@mail.sender.example root@MAIL.sender.example. root@mail root@localhost root@localhost.localdomain root)
for to in "${OWN[@]}"; do
	printf 'Subject: for %s\n\nx\n' "$to" | $SENDMAIL -f alice@mail.sender.example "$to"
done
ok "each of this host's names leads to root's reader" lab_until 60 eval '[ "$(lab_mail_count $D owner)" -eq ${#OWN[@]} ]'
is "which is all" "$(queue_count)" 0
one=$(header "$(copy $D owner)")
like "a hostname below domain is masqueraded in the envelope" "$one" '^Return-Path: <alice@sender\.example>'
like "and in the From that was added" "$one" '^From: .*alice@sender\.example'
like "and signed" "$one" 'dkim=pass'
like "the Message-ID is at domain" "$one" '^Message-ID: <[0-9a-f]+@sender\.example>'
ids() { lab_mail $D owner | xargs grep -ahoE 'mail\.sender\.example \(Signet\) id [^;]*' | sed 's/.*id //' | sort; }
logged() { grep -oE '[0-9A-Z]+: from=<[^>]*>' $LAB/log/signetd | sed 's/:.*//' | sort -u; }
is "the id in Received is the queue id" "$(ids)" "$(logged)"
id=$(ids | head -n 1)
like "which trace finds" "$($SIGNET trace "$id")" "owner@$D"
log_says 'mail for mail\.sender\.example' && diag "$(grep 'mail for mail' $LAB/log/signetd)"
lab_signetd_stop
config else.sender.example </dev/null
lab_signetd_start
printf 'Subject: elsewhere\n\nx\n' | $SENDMAIL -f alice@sender.example bob@else.sender.example
ok "a hostname that has an MX elsewhere is not local" lab_until 60 lab_has_mail else.sender.example bob
is "and nothing of it came to root's reader" "$(lab_mail_count $D owner)" "${#OWN[@]}"
lab_signetd_stop
config nowhere.invalid </dev/null
lab_signetd_start
printf 'Subject: no such name\n\nx\n' | $SENDMAIL -f alice@sender.example bob@nowhere.invalid
ok "one that the DNS does not know is local" lab_until 60 eval '[ "$(lab_mail_count $D owner)" -gt ${#OWN[@]} ]'
lab_signetd_stop

# A hostname without a dot.
config web1 </dev/null
lab_signetd_start
ok "a hostname without a domain is said at start" log_says 'this host.s name "web1" has no domain'
lab_signetd_stop
{ cat /etc/hosts; echo '192.0.2.1 web1.sender.example web1'; } > $LAB/tmp/hosts
mount --bind $LAB/tmp/hosts /etc/hosts
: > $LAB/log/signetd
lab_signetd_start
printf 'Subject: named\n\nx\n' | $SENDMAIL -f alice@web1 bob@$D
ok "hosts(5) completes it" lab_until 60 lab_has_mail $D bob
like "in what is sent" "$(header "$(copy $D bob)")" '^Received: by web1\.sender\.example \(Signet\)'
unlike "and nothing is said" "$(cat $LAB/log/signetd)" 'has no domain'
lab_signetd_stop
umount /etc/hosts

# ---- the word of signet route, and the outcome ----------------------------------------

# said ADDRESS: signet route's word. became ADDRESS: what a mail there came to, read from log and queue.
said() { $SIGNET route --json "$1" | grep -oE '"outcome": "[a-z-]*"' | sed 's/.*: "//; s/"//'; }
number=0
settled() { grep -qE "$id: to=.*status=" $LAB/log/signetd || $SIGNET queue list --json --held | grep -q "$id"; }
became() {
	local line
	printf 'Subject: class %d\n\nx\n' $number | $SENDMAIL -f "class$number@sender.example" "$1"
	id=$(grep -oE "[0-9A-Z]+: uid=0 from=<class$number@" $LAB/log/signetd | sed 's/:.*//')
	lab_until 60 settled
	line=$(grep -E "$id: to=.*status=" $LAB/log/signetd | head -n 1)
	case $line in
	*status=sent*) echo sent "${line#*relay=}" ;;
	*status=bounced*) echo returned "$line" ;;
	*'does not exist'*) echo returned-later "$line" ;;
	*status=deferred*) echo waits "$line" ;;
	*) $SIGNET queue list --json --held | grep -q "$id" && echo held "$line" ;;
	esac
}
word_holds() {   # ADDRESS WANT
	number=$((number + 1))
	local word=$(said "$1") fact=$(became "$1")
	is "$1: signet route says $2" "$word" "$2"
	is "$1: and so it is" "${fact%% *}" "$2"
}
classes() {   # lines on stdin are added; the routes of all
	world_config <<-END2
	retry_min = "1s"; retry_max = "20s";
	$(cat)
	END2
	sed -i 's|^smarthosts = (|smarthosts = ( { name = "lost"; host = "no-such-host.world.example"; },|' $CONF
	: > $LAB/log/signetd
	lab_signetd_start
}
world_isp_start 'smtpd_sender_login_maps = inline:{alice@sender.example=other}' \
	'smtpd_sender_restrictions = reject_known_sender_login_mismatch'
lab_signetd_stop 2>/dev/null
classes <<END2
root = "owner@$D";
routes = ( { to = [ "picky.world.example" ]; via = [ "isp" ]; }, { to = [ "other.world.example" ]; via = [ "lost" ]; },
  { to = [ "mx:.nowhere.example", "*" ]; via = [ "mx" ]; } );
END2
word_holds bob@$D sent
word_holds bob sent
word_holds root@mail.sender.example sent
word_holds root@localhost sent
word_holds bob@picky.world.example sent
word_holds bob@other.world.example waits
word_holds bob@null.world.example returned
word_holds bob@nothing.world.example returned-later
word_holds 'bob@[127.0.0.1]' returned
like "over which hop" "$($SIGNET route bob@picky.world.example)" '^so:     mail is sent over isp$'
printf 'Subject: not mine\n\nx\n' | $SENDMAIL -f alice@sender.example bob@picky.world.example
ok "a sender that the login does not own comes back" lab_until 60 lab_has_mail sender.example alice
like "with what the owner can do" "$(tr -s '\r\n ' ' ' < "$(copy sender.example alice)")" \
	'not owned by user.*Set from in signet\.conf, or envelope_from of that smarthost'
checked=$($SIGNET config check)
like "config check says it before" "$checked" '^warning: smarthost "isp" knows this host as me and may refuse other senders'
like "and whose /usr/sbin/sendmail this is" "$checked" '^warning: /usr/sbin/sendmail is another mail system'
unlike "but nothing of the trust anchor that is there" "$checked" 'trust anchor'
mount -t tmpfs none /usr/share/dns
like "and of one that is not" "$($SIGNET config check)" '^warning: no DNSSEC trust anchor .*install dns-root-data'
umount /usr/share/dns
mount --bind $SENDMAIL /usr/sbin/sendmail
unlike "nor of a sendmail that is ours" "$($SIGNET config check)" '/usr/sbin/sendmail'
umount /usr/sbin/sendmail
chmod 600 $LAB/signet/keys/rsa.pem; mv $LAB/signet/keys/rsa.pem $LAB/signet/keys/gone.pem
like "a key that is gone is said" "$($SIGNET route bob@$D)" 'rsa\.pem: No such file'
number=$((number + 1))
became bob@$D >/dev/null
like "and what is said of it holds: the running signetd signs" "$(header "$(lab_mail $D bob | xargs grep -l "class $number" | head -n 1)")" 'header\.s=rsa'
fails "and does not start with it" $LAB/build/signetd -C $CONF --check
mv $LAB/signet/keys/gone.pem $LAB/signet/keys/rsa.pem
lab_signetd_stop
classes <<END2
routes = ( { to = [ "direct.world.example" ]; via = [ "mx" ]; } );
END2
word_holds bob@other.world.example held
word_holds bob held
lab_signetd_stop
world_done
