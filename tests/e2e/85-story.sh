#!/bin/bash
# SPDX-License-Identifier: ISC
# A server's mail was taken for spam. Its owner's whole story, with real servers: no records; setup, and what it prints is
# published; mail passes SPF, DKIM, DomainKeys and DMARC; a receiver blocks the address, and the ISP takes its mail; the
# address changes, mail moves, the printed fix is executed, and all goes straight again.
# shellcheck disable=SC2034
LAB_PEERS="root spf"
. "$(dirname "$0")/world.sh"
world_begin "$@"
tap_plan 43

OURS=198.18.6.1 NEW=198.18.6.2
OUTSIDE="192.0.2.10 192.0.2.11 192.0.2.40"
FRIENDS=friends.world.example BIG=bigmail.world.example
LAB_DNS_UPDATES=1
lab_zone world.example <<-'END'
mx A 192.0.2.10
picky A 192.0.2.11
smtp.isp A 192.0.2.20
friends MX 10 mx
bigmail MX 10 picky
echo MX 10 echo
echo A 192.0.2.40
END
lab_zone story.example < /dev/null
lab_zone 18.198.in-addr.arpa < /dev/null
lab_zone spamhaus.org <<< $'2.0.0.127.zen A 127.0.0.2\ndbltest.com.dbl A 127.0.1.2'
lab_zone spamcop.net <<< '2.0.0.127.bl A 127.0.0.2'
lab_dns_start
world_leaves_from $OURS $OUTSIDE
ip address add 192.0.2.40/32 dev lo
sleep infinity | /usr/bin/python3 "$LAB_SOURCE/tests/e2e/check/echo.py" 192.0.2.40 &
lab_need 60 lab_answers 192.0.2.40 25
lab_mx_start mx 192.0.2.10 mx.world.example $FRIENDS story.example
mkdir -p $LAB/picky/etc
: > $LAB/picky/etc/clients
lab_mx_start picky 192.0.2.11 picky.world.example $BIG -- 'max_use = 1' "smtpd_client_restrictions = check_client_access cidr:$LAB/picky/etc/clients"
world_isp_start 'smtp_bind_address = 192.0.2.20'
printf '%s\n' "$ISP_PASSWORD" > $LAB/signet/isp.password
chmod 600 $LAB/signet/isp.password
{
	lab_config_base | grep -v '^hostname\|^domain'
	printf '%s\n' 'echo_domains = [ "echo.world.example" ];' 'mx_families = [ "ipv4" ];' 'retry_min = "500ms"; retry_max = "2s";'
} > $CONF
lab_signetd_start

sent=0
send() {     # USER@DOMAIN
	sent=$((sent + 1))
	world_message 'The Owner <me@story.example>' "$1" "number $sent" | $SENDMAIL -i -t -f me@story.example
}
arrives() { lab_until 60 lab_has_mail "${1#*@}" "${1%@*}" "${2:-1}"; }
newest() { lab_mail "${1#*@}" "${1%@*}" | xargs -r ls -t | head -n 1; }
# The client that the receiver saw, and its HELO.
client() { header "$(newest "$1")" | sed -n 's/^Received: from \([^ ]*\) ([^[]*\[\([^]]*\)\].* by \(mx\|picky\)\.world\.example.*/\2 \1/p' | head -n 1; }
body() { sed '1,/^\r*$/d' "$1" | tr -d '\r'; }
all_is_told() { [ "$(lab_mail_count $FRIENDS owner)" -eq "$(grep -c ': from=<>, size=' $LAB/log/signetd)" ]; }
daily() {
	lab_step "daily $*"
	$SIGNET check --changed --mail >out 2>&1 </dev/null || diag "$(cat out)"
	lab_until 60 all_is_told
}
is_green() {     # of what the world judges this host by
	$SIGNET check --only egress,port25,helo,ptr,spf,dkim,domainkeys,dmarc,blocklist,smarthost >green 2>&1
}
# "NAME VALUE" on stdin, as signet prints records for people: into the zone of the name.
publish() {
	while read -r name value; do
		printf 'server 127.0.0.1\nupdate add %s. 60 TXT %s\nsend\n' "$name" "$(lab_txt <<<"$value")" | nsupdate -v || return 1
	done
}
pyspf() {     # CLIENT HELO: what the receiver's SPF library says of the sender
	PYTHONPATH=$LAB/peers/spf/usr/lib/python3/dist-packages /usr/bin/python3 -c \
		'import spf, sys; print(spf.check2(i=sys.argv[1], s="me@story.example", h=sys.argv[2])[0])' "$1" "$2" 2>&1
}
# What real receivers and we ourselves say of the newest copy, a word each.
verdicts() {     # USER@DOMAIN
	local mail ip helo
	mail=$(newest "$1")
	read -r ip helo <<< "$(client "$1")"
	printf '%s %s ' "$ip" "pyspf=$(pyspf "$ip" "$helo")"
	header "$mail" | grep '^Authentication-Results: verifier' | grep -o 'dkim=[a-z]*' | head -n 1 | sed 's/^/opendkim:/' | tr '\n' ' '
	"$LAB_SOURCE/tests/lab/domainkeys.pl" < "$mail" | sed -n 's/^\(domainkeys=[a-z]*\).*/mail-dkim:\1/p' | tr '\n' ' '
	$SIGNET verify --ip "$ip" --helo "$helo" --from me@story.example < "$mail" 2>/dev/null | sed '/^\r*$/q' |
		tr -d '\r\n' | grep -oE '(spf|dmarc|dkim|domainkeys)=[a-z]+' | sort -u | paste -sd' '
}
PASSES='pyspf=pass opendkim:dkim=pass mail-dkim:domainkeys=pass dkim=pass dmarc=pass domainkeys=pass spf=pass'

# ---- a host without any records, and setup --------------------------------------------------------

fails "the world has nothing to trust it by" is_green
$SIGNET setup --yes --no-test --root owner@$FRIENDS --domain story.example --hostname mail.story.example \
	--via mix --smarthost smtp.isp.world.example:587 --user me --password-file /etc/signet/isp.password >printed 2>&1 </dev/null
is "signet setup" "$?" 0
ok "makes a key for DomainKeys as well" $SIGNET key new --domainkeys --domain story.example --selector dk --configure
{ cat printed; $SIGNET dns 2>/dev/null; } | grep -E '^[a-z0-9_.]*story\.example [a-z]=' | sort -u > records
is "records are printed" "$(cut -d' ' -f1 records | sort -u | sed 's/^s20[0-9a-z]*\./KEY./' | paste -sd' ')" \
	'_dmarc.story.example _domainkey.story.example dk._domainkey.story.example KEY._domainkey.story.example story.example'
ok "which are published" publish < records
$SIGNET check > checked 2>/dev/null
ok "and so are those that signet check prints" world_do_fixes 127.0.0.1 < checked
$SIGNET check > checked 2>/dev/null
ok "until there are no more" world_do_fixes 127.0.0.1 < checked
ok "the check is green" is_green || diag "$(cat green)"
like "setup has asked for the ISP where the address changes" "$(cat $CONF)" '^on_address_change = \[ "isp" \];$'
ok "signetd reads it" $SIGNET reload
lab_need 60 lab_signetd_ready
daily

# ---- mail -----------------------------------------------------------------------------------------------

ok "a mail to friends" send alice@$FRIENDS
ok "arrives" arrives alice@$FRIENDS
is "straight, and passes at them" "$(verdicts alice@$FRIENDS)" "$OURS $PASSES"
ok "one to a big receiver" send alice@$BIG
ok "arrives" arrives alice@$BIG
is "straight, and passes there" "$(verdicts alice@$BIG)" "$OURS $PASSES"

# ---- a receiver blocks the address --------------------------------------------------------------------------

lab_until 60 eval '[ -z "$(lab_pids smtp)" ]'
echo "$OURS/32 554 5.7.1 Service unavailable; Client host [$OURS] blocked using zen.spamhaus.org; https://www.spamhaus.org/query/ip/$OURS" > $LAB/picky/etc/clients
ok "the big receiver blocks: a mail" send bob@$BIG
ok "arrives" arrives bob@$BIG
like "by the ISP, by itself" "$(client bob@$BIG)" '^192\.0\.2\.20 '
like "which is told, with what to do" "$($SIGNET route --sticky)" 'refuses our address 198\.18\.6\.1'
ok "a mail to friends" send bob@$FRIENDS
ok "arrives" arrives bob@$FRIENDS
is "straight, as before" "$(verdicts bob@$FRIENDS)" "$OURS $PASSES"

# ---- the address changes --------------------------------------------------------------------------------------

world_leaves_from $NEW $OUTSIDE
ip address del $OURS/32 dev lo
daily
like "the daily check moves mail" "$($SIGNET route --sticky)" '^mx, by IPv4'
report=$(lab_mail $FRIENDS owner | xargs grep -l "it was $OURS at the last check" | head -n 1)
like "the owner's mail begins with it" "$(body "$report" | head -n 1)" \
	"^IPv4: the outside now sees $NEW; it was $OURS at the last check; mail that would go straight goes by isp until .* Fix: put $NEW into SPF and PTR in the place of $OURS"
like "it came by the ISP" "$(header "$report")" '^Received: from smtp\.isp\.world\.example '
ok "a mail to friends" send carol@$FRIENDS
ok "arrives" arrives carol@$FRIENDS
like "by the ISP" "$(client carol@$FRIENDS)" '^192\.0\.2\.20 '
like "signed as ever" "$(header "$(newest carol@$FRIENDS)")" 'dkim=pass .*header\.d=story\.example'
fails "the check is not green" is_green

# ---- the printed fix --------------------------------------------------------------------------------------------

body "$report" > fix
ok "the fix that the mail prints is executed" world_do_fixes 127.0.0.1 < fix
daily
ok "the check is green" is_green || diag "$(cat green)"
unlike "mail goes straight again" "$($SIGNET route --sticky)" '^mx, by'
ok "a mail to friends" send dave@$FRIENDS
ok "arrives" arrives dave@$FRIENDS
is "straight, and passes" "$(verdicts dave@$FRIENDS)" "$NEW $PASSES"
ok "one to the big receiver, which had blocked the old address" send dave@$BIG
ok "arrives" arrives dave@$BIG
is "straight, and passes" "$(verdicts dave@$BIG)" "$NEW $PASSES"

lab_need 60 lab_queue_is_empty
is "each arrived once" "$(for user in alice bob carol dave; do subjects $FRIENDS $user; subjects $BIG $user; done)" \
	"$(for n in 1 2 4 3 5 6 7; do echo "number $n"; done)"
is "and none came back" "$(lab_mail_count story.example me)" 0
world_done
