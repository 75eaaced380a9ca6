#!/bin/bash
# What cannot be delivered comes back to its sender, readable, and only then.
. "$(dirname "$0")/world.sh"
world_begin "$@"
world_names
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
lab_signetd_start

D=direct.world.example
send() {   # SENDER RECIPIENT…
	local from=$1
	shift
	world_message "$from" "$1" "about $1" "the body" | $SENDMAIL -i -f "$from" "$@"
}

ok "a mail to an unknown user is taken" send alice@sender.example nobody-here@$D bob@$D
ok "its sender hears of it" lab_until 15 lab_has_mail sender.example alice
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
ok "the other recipient has the mail" lab_until 10 lab_has_mail $D bob
is "once" "$(lab_mail_count $D bob)" 1

ok "a null sender's mail is taken" send '<>' nobody-either@$D
ok "the queue empties" lab_until 15 lab_queue_is_empty
is "nothing comes back for it" "$(lab_mail_count sender.example alice)" 1

ok "a null MX is taken" send bob@sender.example x@null.world.example
ok "and comes back at once" lab_until 4 lab_has_mail sender.example bob
like "saying that the domain takes no mail" "$(cat "$(copy sender.example bob)")" 'null\.world\.example'

ok "a 450 is taken" send carol@sender.example user9@$D
ok "a domain that does not exist is taken" send dave@sender.example x@nothing.world.example
ok "the 450 waits" lab_until 5 eval '$SIGNET queue list | grep -q "come back later"'
is "the 450 is not called permanent"  "$(lab_mail_count sender.example carol)" 0
is "neither is the unsigned NXDOMAIN" "$(lab_mail_count sender.example dave)" 0
ok "after queue_life the 450 comes back" lab_until 20 lab_has_mail sender.example carol
like "with the last reason" "$(tr -s '\n ' ' ' < "$(copy sender.example carol)")" 'come back later'
world_done
