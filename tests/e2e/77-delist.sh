#!/bin/bash
# SPDX-License-Identifier: ISC
# signet delist: the answers that a receiver's form asks for, from what this host knows; and a case with a life.
. "$(dirname "$0")/world.sh"
world_begin "$@"
tap_plan 64
world_names
lab_zone world.example <<< $'hot MX 10 hotmail-com.olc.protection.outlook.com.\nlisted MX 10 listed\nlisted A 192.0.2.11'
lab_zone outlook.com <<< 'hotmail-com.olc.protection A 192.0.2.21'
lab_zone 18.198.in-addr.arpa <<< $'1.0 PTR mail.sender.example.\n2.0 PTR other.sender.example.'
lab_zone sender.example <<< $'mail A 198.18.0.1\nother A 198.18.0.1'
world_keys
world_config < <(world_routes; echo 'mx_source = [ "192.0.2.1" ]; messages_per_session = 1;')
sed 's/^mx_source = [^;]*;//' $CONF > unset.conf
$SIGNET dns --zone | lab_zone sender.example
lab_dns_start
world_mx_start
mkdir -p hot listed
: > hot/script
printf '%s\n' 'on rcpt reply 554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org' > listed/script
lab_hostile_start hot 192.0.2.21 25
lab_hostile_start listed 192.0.2.11 25

delist() { # ARGUMENTS…
	out=$($SIGNET -C "${CONFIG:-$CONF}" delist "$@" 2>&1 </dev/null)
	status=$?
}

# Before anything is known.
delist nobody
like "a receiver that is not known: all are named" "$status $out" '^64 signet: "nobody" is not .*gmail outlook'
delist gmail --address nonsense
like "what is no address" "$status $out" '^64 signet: --address nonsense: it is not an IP address'
delist gmail
is "without signetd, it tells what it can" "$status" 0
like "the form" "$out" '^ask: +https://support.google.com/mail/contact/'
like "how it is there" "$out" '^how: +Google takes nobody off a list by hand'
like "whose word that is" "$out" '^\(source: https://support.google.com/a/answer/81126\)'
like "nothing shows a refusal" "$out" '^state: +nothing here shows'
like "the configured address" "$out" 'address: +192.0.2.1'
CONFIG=unset.conf
delist gmail
like "where none is configured, none is known" "$out" 'address: +not known here: name it with --address'
delist telekom
like "by its other name, with what only that one wants" "$out" 'imprint: +https://mail.sender.example must say'
delist gmail --asked
like "nothing is noted without an address" "$status $out" '^64 signet: no address of this host is known'
CONFIG=
delist gmail --forget
like "nothing to forget" "$status $out" '^1 signet: gmail was not asked'

# Addresses and their names.
delist gmail --address 198.18.0.1 --address 198.18.0.2 --address 198.18.0.3 --address 10.0.0.1
like "a PTR that leads back" "$out" '198.18.0.1, PTR mail.sender.example, which leads back to it'
like "one that does not" "$out" '198.18.0.2, PTR other.sender.example, which does NOT lead back'
like "none" "$out" '198.18.0.3; it has NO PTR record'
like "a private address" "$out" '10.0.0.1, which is private'

# What was sent, and refused.
lab_signetd_start
send() {
	world_message alice@sender.example "someone" "$2" | $SENDMAIL -i -f alice@sender.example "$1"
}
send one@hot.world.example first
ok "one mail is taken" lab_until 30 grep -q 'to=<one@hot.world.example>.*status=sent' $LAB/log/signetd
echo "on rcpt reply 550 5.7.1 Unfortunately, messages from [192.0.2.1] weren't sent. Please contact your Internet service provider since part of their network is on our block list (S3140)." > hot/script
send two@hot.world.example second
ok "the next is refused" lab_until 30 grep -Eq 'to=<two@hot.world.example>.*status=(bounced|deferred) .*S3140' $LAB/log/signetd
send three@listed.world.example third
ok "and one by a list" lab_until 30 grep -Eq 'to=<three@listed.world.example>.*status=(bounced|deferred) .*zen' $LAB/log/signetd
id=$(sed -nE 's/.* ([0-9A-Z]+): to=<two@hot.*/\1/p' $LAB/log/signetd | head -n 1)
delist outlook
like "it refuses: ask" "$out" '^state: +it refuses this host, and was not asked: ask now'
like "for the address that mail goes out from" "$out" 'address: +192.0.2.1'
CONFIG=unset.conf
delist outlook
like "which the history knows, where none is configured" "$out" 'address: +192.0.2.1'
CONFIG=
like "with the name in EHLO" "$out" 'host: +mail.sender.example'
like "the volume to that receiver" "$out" 'volume: +2 mails to this receiver in 30 days, of which 1 were taken'
like "the reply, in the log's words" "$out" 'reply: .*550 5.7.1 .*S3140'
like "with its queue id" "$out" "reply: .*$id: hotmail-com.olc.protection.outlook.com"
like "what comes next" "$out" 'signet delist outlook --asked'
blocked=$($SIGNET route --sticky)
case $blocked in
*hotmail-com*) like "signetd passes it by" "$out" 'signetd passes it by until' ;;
*) skip "signetd passes it by" "no site is blocked" ;;
esac
delist spamhaus
like "a list is found by its name in what another said" "$out" '^state: +it refuses this host|reply: .*zen.spamhaus.org'
like "whose volume is that of the host" "$out" 'volume: +[0-9]+ mails in all'
delist gmail
like "others do not refuse" "$out" '^state: +nothing here shows that it refuses this host$'
delist --list
like "all at a glance" "$out" '^outlook +refuses this host: ask$'
like "with those that do not" "$out" '^gmail +-$'

# The same for programs.
says() { /usr/bin/python3 -c 'import json, sys; d = json.load(open("out")); print(eval(sys.argv[1], {"d": d, "r": d["receivers"][0]}))' "$1"; }
delist outlook --json
echo "$out" > out
is "as JSON: its version, and one receiver" "$(says '(d["version"], len(d["receivers"]), r["name"], r["state"], r["asked"], r["history_known"])')" "(1, 1, 'outlook', 'ask', None, True)"
is "with its addresses" "$(says 'r["addresses"]')" "[{'address': '192.0.2.1', 'private': False, 'ptr_known': True, 'ptr': None}]"
is "the volume" "$(says '[r["volume"][k] for k in ("of", "mails", "taken")]')" "['receiver', 2, 1]"
is "the reply with its queue id" "$(says '[(x["queue_id"], "S3140" in x["reply"]) for x in r["replies"]]')" "[('$id', True)]"
is "what it wants, where to ask" "$(says '"address" in r["wants"], r["ask"][:5], r["helo"]')" "(True, 'https', 'mail.sender.example')"
delist gmail --json --address 198.18.0.1 --address 198.18.0.2 --address 10.0.0.1
echo "$out" > out
is "names of addresses" "$(says '[(a["private"], a.get("ptr"), a.get("leads_back")) for a in r["addresses"]]')" \
	"[(False, 'mail.sender.example', True), (False, 'other.sender.example', False), (True, None, None)]"
delist --list --json
echo "$out" > out
is "all at a glance, as JSON" "$(says '[x["state"] for x in d["receivers"] if x["name"] in ("outlook", "gmail")], "ask" in r')" "(['no-need', 'ask'], False)"
delist gmail --json --asked
is "to note is not to ask" "$status" 64

# A case with a life.
delist outlook --asked
like "it is noted" "$status $out" '^0 Noted: outlook was asked today for 192.0.2.1'
delist outlook
like "and remembered, with the address" "$out" '^state: +asked on 20.* for 192.0.2.1: wait'
delist outlook --address 198.18.0.1 --json
echo "$out" > out
is "and in JSON" "$(says 'r["state"], r["new_address"], r["asked_for"]')" "('ask-for-address', '198.18.0.1', ['192.0.2.1'])"
delist outlook --address 198.18.0.1
like "another address: ask again" "$out" '^state: +asked on .* for 192.0.2.1, but mail goes out from 198.18.0.1 now: ask again'
notes=/var/spool/signet/trust/delistings
is "it is of whom the spool is, and of nobody else" "$(stat -c '%a %U' $notes ${notes%/*} | paste -sd' ')" "600 signet 700 signet"
out=$(as signet $SIGNET delist outlook 2>&1)
like "so that one reads what root has noted" "$? ${out//$'\n'/ }" '^0 .*state: +asked on'
out=$(as signet $SIGNET delist gmail --asked --address 192.0.2.1 2>&1)
is "and notes something" "$? ${out%%:*}" "0 Noted"
out=$(as nobody $SIGNET delist outlook 2>&1)
like "others are told who may" "$? $out" '^77 .*/spool/signet/trust/delistings: .*Permission denied: run this as root or as signet$'
rm -r ${notes%/*}
out=$(as nobody $SIGNET delist outlook --asked --address 192.0.2.1 2>&1)
like "where nothing is noted yet, too" "$? $out" '^77 .*/spool/signet/trust/delistings: .*Permission denied: run this as root or as signet$'
delist outlook --asked
cp $notes $notes.more
chown -R root:root ${notes%/*}
out=$(as signet $SIGNET delist outlook 2>&1)
like "what an older one kept to root" "$? $out" '^77 .*/spool/signet/trust/delistings: .*Permission denied: run this as root$'
delist outlook
is "root gives to whom it belongs" "$(stat -c %U $notes $notes.more ${notes%/*} | paste -sd' ')" "signet signet signet"
rm $notes.more
ln -s /etc/passwd $notes.part
delist outlook --asked
is "a link in the place of what is not yet whole is not followed" "$status $(stat -c %F $notes) $(grep -c outlook /etc/passwd)" "0 regular file 0"
mv /var/spool/signet/trust /var/spool/signet/else
ln -s else /var/spool/signet/trust
delist outlook
is "nor one in the place of the folder" "$status" 74
rm /var/spool/signet/trust
mv /var/spool/signet/else /var/spool/signet/trust
sed -i -E "s/^(outlook\t)[0-9]+/\1$(( $(date +%s) - 9 * 86400 ))/" $notes
delist outlook
like "after a week of refusals: ask again" "$out" 'refuses still after more than a week: ask again'
delist --list
like "at a glance, too" "$out" '^outlook +asked long ago, refuses still: ask again'
delist gmail --asked --address 192.0.2.1
sed -i -E "s/^(gmail\t)[0-9]+/\1$(( $(date +%s) - 9 * 86400 ))/" $notes
delist gmail
like "where nothing is refused any more" "$out" 'it has refused nothing since: signet delist gmail --forget'
is "two cases stand beside each other" "$(grep -c $'\t' $notes)" 2
delist gmail --forget
like "one ends" "$status $out" '^0 Forgotten'
is "the other stays" "$(grep -c '^outlook' $notes) $(grep -c '^gmail' $notes)" '1 0'
for row in outlook gmail spamhaus; do
	$SIGNET delist $row >/dev/null || echo "$row"
done > failed
is "each can be asked" "$(cat failed)" ''
echo 'egress 4 198.18.0.1' > /var/spool/signet/check
delist outlook
like "the address that signet check has seen from outside comes first" "$out" '^state: +asked on .* for 192.0.2.1, but mail goes out from 198.18.0.1 now'
rm /var/spool/signet/check
lab_signetd_stop
delist outlook
like "without signetd it is still remembered" "$out" '^state: +asked on .*for 192.0.2.1'
delist outlook --json
echo "$out" > out
is "without it, JSON says why nothing is known of the volume" "$(says 'r["volume"], r["history_known"], len(r["history_fault"]) > 10')" "(None, False, True)"
tap_done
