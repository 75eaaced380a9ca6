#!/bin/bash
# SPDX-License-Identifier: ISC
# The same calls through Postfix's sendmail, Sendmail 8's and ours: status, envelope and bytes are the same,
# or beside/differences says why ours are right; and three others verify each copy that is ours.
# shellcheck disable=SC2034
LAB_PEERS="root oracles sendmail"
. "$(dirname "$0")/world.sh"
world_begin "$@"
BESIDE=$LAB_SOURCE/tests/e2e/beside
CROSS=$LAB_SOURCE/tests/e2e/cross
export PYTHONDONTWRITEBYTECODE=1
mkdir given ours postfix sendmail copies
$BESIDE/inputs.py given
tap_plan $(( $(wc -l < given/inputs.tsv) + $(grep -c '^[^#]' $BESIDE/differences) + 14 ))

# ---- three that send, each to a server of its own --------------------------------------

world_names
world_keys
world_config <<'END'
root = "owner@direct.world.example";
routes = ( { to = [ "*" ]; via = [ "mx" ]; } );
END
$SIGNET dns --zone | lab_zone sender.example
lab_dns_start
for at in "ours 192.0.2.10" "postfix 192.0.2.20" "sendmail 192.0.2.21"; do
	printf 'word %s\n' PIPELINING 8BITMIME SMTPUTF8 DSN ENHANCEDSTATUSCODES 'SIZE 100000000' > "${at% *}/script"
	lab_hostile_start "${at% *}" "${at#* }" 25
done
lab_signetd_start

# With names as ours makes them. postdrop takes its configuration from /etc/postfix alone, and needs its group.
lab_postfix_start relay 192.0.2.11 25 mail.sender.example 'myorigin = sender.example' 'relayhost = [192.0.2.20]'
mount --bind relay/etc /etc/postfix
install -g postdrop -m 2755 /usr/sbin/postdrop postdrop
mount --bind postdrop /usr/sbin/postdrop
postfix_is_done() {
	[ -z "$(find relay/spool/{maildrop,incoming,active,deferred} -type f)" ]
}

# Nothing of it is set-id, so that its queue is the caller's.
install -d -o alice -g alice -m 700 clientmqueue
m4 -D_CF_DIR_=/usr/share/sendmail/cf/ -DQUEUE=$LAB/clientmqueue $BESIDE/submit.mc > submit.cf || lab_die "no submit.cf"
install -m 755 "$(find peers/sendmail/ -path '*/libexec/*' -name sendmail -type f)" sendmail8
SENDMAIL8="$LAB/sendmail8 -C $LAB/submit.cf"
# It has left in its queue what came with -odq.
sendmail8_is_done() {
	as alice $SENDMAIL8 -q
	[ -z "$(find clientmqueue -name '[dq]f*')" ]
}

# ---- all through all ----------------------------------------------------------------------

lab_step "submitting"
$BESIDE/submit.py given ours $SENDMAIL &
ours=$!
$BESIDE/submit.py given postfix /usr/sbin/sendmail &
postfix=$!
ok "Sendmail was called"    $BESIDE/submit.py given sendmail $SENDMAIL8
ok "Postfix was called"     wait $postfix
ok "ours was called"        wait $ours
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
done < <($BESIDE/compare.py given $BESIDE/differences ours postfix sendmail)

# ---- all verify all -------------------------------------------------------------------------

lab_step "verifying"
count=$(find copies -name '*.eml' | wc -l)
$CROSS/dkimpy.py verify copies > dkimpy.verdicts &
dkimpy=$!
$CROSS/maildkim.pl verify copies > maildkim.verdicts
$CROSS/opendkim.py verify copies > opendkim.verdicts
wait $dkimpy
# verdicts WHO KEY: in how many copies that key's signature holds, and in how many not
verdicts() {
	awk -F '\t' -v key="$2" '$3 == key { if ($4 == "pass") good[$1]; else bad[$1] } END { print length(good), length(bad) }' "$1.verdicts"
}
for who in opendkim dkimpy maildkim; do
	is "$who verifies each copy, by rsa" "$(verdicts $who rsa)" "$count 0"
	if awk -F '\t' '$1 == "version" && $2 == "maildkim" && $4 < 1.20230630 { old = 1 } END { exit !old }' $who.verdicts; then
		skip "$who verifies each copy, by ed25519" "it had no ed25519 before 1.20230630"
	else
		is "$who verifies each copy, by ed25519" "$(verdicts $who ed25519)" "$count 0"
	fi
done
world_done
