#!/bin/bash
# SPDX-License-Identifier: ISC
# "sendmail -bs": the same sessions with Postfix's, Sendmail 8's and ours come to the same replies and the same mail,
# or bs/differences says why ours are right; and what Python's smtplib hands to it arrives.
# shellcheck disable=SC2034
LAB_PEERS="root sendmail"
. "$(dirname "$0")/world.sh"
world_begin "$@"
BESIDE=$LAB_SOURCE/tests/e2e/beside
BS=$LAB_SOURCE/tests/e2e/bs
export PYTHONDONTWRITEBYTECODE=1
mkdir given ours postfix sendmail copies
$BS/sessions.py given

# Those of this Postfix: a row of "postfix<VERSION" is of older ones alone.
version=$(postconf -d -h mail_version)
while IFS= read -r row; do
	if [[ $row =~ ^postfix\<([0-9.]+)(\|.*) ]]; then
		newest=$(printf '%s\n' "$version" "${BASH_REMATCH[1]}" | sort -V | tail -n 1)
		[ "$newest" != "$version" ] || continue
		row=postfix${BASH_REMATCH[2]}
	fi
	printf '%s\n' "$row"
done < $BS/differences > differences
tap_plan $(( $(wc -l < given/inputs.tsv) + $(grep -c '^[^#]' differences) + 30 ))

# ---- three that speak, each with a server of its own to send to ---------------------------

world_names
world_keys
world_config <<'END'
root = "owner@direct.world.example";
size_limit = "10M";
routes = ( { to = [ "*" ]; via = [ "mx" ]; } );
END
lab_dns_start
for at in "ours 192.0.2.10" "postfix 192.0.2.20" "sendmail 192.0.2.21"; do
	printf 'word %s\n' PIPELINING 8BITMIME SMTPUTF8 DSN ENHANCEDSTATUSCODES 'SIZE 100000000' > "${at% *}/script"
	lab_hostile_start "${at% *}" "${at#* }" 25
done
lab_signetd_start

# As in 37-beside.sh; nobody waits for who errs, and line ends are read as by versions before 3.9.
lab_postfix_start relay 192.0.2.11 25 mail.sender.example 'myorigin = sender.example' 'relayhost = [192.0.2.20]' \
	'message_size_limit = 0' 'smtpd_error_sleep_time = 0' 'smtpd_forbid_bare_newline = no' 'smtpd_forbid_unauth_pipelining = no'
mount --bind relay/etc /etc/postfix
install -g postdrop -m 2755 /usr/sbin/postdrop postdrop
mount --bind postdrop /usr/sbin/postdrop
postfix_is_done() {
	[ -z "$(find relay/spool/{maildrop,incoming,active,deferred} -type f)" ]
}

install -d -o alice -g alice -m 700 clientmqueue
m4 -D_CF_DIR_=/usr/share/sendmail/cf/ -DQUEUE=$LAB/clientmqueue $BESIDE/submit.mc > submit.cf || lab_die "no submit.cf"
install -m 755 "$(find peers/sendmail/ -path '*/libexec/*' -name sendmail -type f)" sendmail8
SENDMAIL8="$LAB/sendmail8 -C $LAB/submit.cf"
sendmail8_is_done() {
	as alice $SENDMAIL8 -q
	[ -z "$(find clientmqueue -name '[dq]f*')" ]
}

# ---- all through all ----------------------------------------------------------------------

lab_step "speaking"
$BS/talk.py given ours $SENDMAIL -bs &
ours=$!
$BS/talk.py given postfix /usr/sbin/sendmail -bs &
postfix=$!
ok "Sendmail was spoken with" $BS/talk.py given sendmail $SENDMAIL8 -bs
ok "Postfix was spoken with"  wait $postfix
ok "ours was spoken with"     wait $ours
ok "what ours took has left"           lab_until 60 lab_queue_is_empty
ok "what Postfix took has left"        lab_until 60 postfix_is_done
ok "what Sendmail took has left"       lab_until 60 sendmail8_is_done

lab_step "comparing"
while IFS=$'\t' read -r status what why; do
	case $status in
	ok)  tap_say 0 "$what" ;;
	not) tap_say 1 "$what"; diag "$why" ;;
	sum) echo "# $what" ;;
	esac
done < <($BESIDE/compare.py given differences ours postfix sendmail)

# ---- smtplib ------------------------------------------------------------------------------

lab_step "smtplib"
as alice $BS/smtplib_pipe.py $SENDMAIL other.world.example > smtplib
while IFS=$'\t' read -r status what; do
	case $status in
	id) id=$what ;;
	*)  [ "$status" = ok ]; tap_say $? "smtplib: $what" ;;
	esac
done < smtplib
ok "what it handed over has left" lab_until 60 lab_queue_is_empty
like "the queue id of 250 is that of the log" "$(grep -a ": $id: " log/signetd)" 'to=<owner@other.world.example>.*status=sent'
like "it is in the trace" "$($SIGNET trace owner@other.world.example)" "$id"
# data_to ADDRESS: the last message for it
data_to() {
	local how
	how=$(grep -lF "$1" ours/*.how | tail -1)
	[ -z "$how" ] || cat "${how%.how}.data"
}
has_data() {
	[ -n "$(data_to "$1")" ]
}
like "a dot at the beginning of a line arrives doubled, as SMTP has it" "$(data_to alice@other.world.example)" '^\.\.html'
like "and so does a dot alone" "$(data_to alice@other.world.example | tr -d '\r')" '^\.\.$'
like "it is signed" "$(data_to alice@other.world.example)" '^DKIM-Signature:'
like "the good one of two recipients has it" "$(data_to dave@other.world.example)" '^hi'
like "parameters went on" "$(cat ours/*.commands)" 'RCPT TO:<carol@other.world.example> .*NOTIFY=NEVER'

# ---- neither signetd nor names are needed ----------------------------------------------------

# say_it ADDRESS: what -bs says to a message for it, sent in one piece
say_it() {
	printf '%s\r\n' 'EHLO me' 'MAIL FROM:<me@sender.example>' "RCPT TO:<$1>" DATA 'Subject: s' '' hello . QUIT | as alice $SENDMAIL -bs
}
lab_step "without names"
lab_dns_stop
like "250 is said while no name server answers" "$(say_it user1@other.world.example)" '^250 2.0.0 queued as '
lab_dns_start
ok "and it goes when one does" lab_until 60 lab_queue_is_empty
lab_signetd_stop
like "250 is said while signetd is away" "$(say_it user2@other.world.example)" '^250 2.0.0 kept in /var/spool/signet/drop until signetd runs'
lab_signetd_start
ok "and it goes when signetd is back" lab_until 60 has_data user2@other.world.example
world_done
