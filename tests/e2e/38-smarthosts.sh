#!/bin/bash
# SPDX-License-Identifier: ISC
# What callers give to sendmail goes through a Postfix and an Exim as smarthosts, to a server with 8BITMIME and SMTPUTF8 and
# to one without. Each copy arrives once, its signatures verify by OpenDKIM, dkimpy and Mail::DKIM, and a reader finds in it
# what was sent (smarthosts/messages.py). A report that goes this way keeps its signatures, whatever mail it quotes.
# shellcheck disable=SC2034
LAB_PEERS="root oracles exim"
. "$(dirname "$0")/world.sh"
world_begin "$@"
HERE=$LAB_SOURCE/tests/e2e
export PYTHONDONTWRITEBYTECODE=1
WAYS=(new-isp old-isp new-exim old-exim)
DOMAINS=("${WAYS[@]/%/.world.example}")
"$HERE/smarthosts/messages.py" sent "${DOMAINS[@]}" || lab_die "no messages"
mapfile -t rows < sent/messages.tsv
count=${#rows[@]}
tap_plan $((6 * count + 33))

# ---- names, servers --------------------------------------------------------------------

world_names
lab_zone world.example <<'END'
old A 192.0.2.11
exim A 192.0.2.21
new-isp MX 10 mx
new-exim MX 10 mx
old-isp MX 10 old
old-exim MX 10 old
END
world_keys
$SIGNET key new --domainkeys --domain sender.example --selector dk --file /etc/signet/keys/dk.pem >/dev/null ||
	lab_die "no DomainKeys key"
{
	lab_config_base
	cat <<-'END'
	dkim = (
	  { domain = "sender.example"; selector = "rsa"; file = "/etc/signet/keys/rsa.pem";
	    domainkeys = { selector = "dk"; file = "/etc/signet/keys/dk.pem"; }; },
	  { domain = "sender.example"; selector = "ed25519"; file = "/etc/signet/keys/ed25519.pem"; } );
	smarthosts = (
	  { name = "isp"; host = "smtp.isp.world.example"; port = 587; user = "me"; password_file = "/etc/signet/isp.password"; },
	  { name = "exim"; host = "exim.world.example"; port = 25; tls = "none"; } );
	routes = (
	  { to = [ "new-isp.world.example", "old-isp.world.example" ]; via = [ "isp" ]; },
	  { to = [ "new-exim.world.example", "old-exim.world.example" ]; via = [ "exim" ]; },
	  { to = [ "*" ]; via = [ "mx" ]; } );
	retry_min = "500ms"; retry_max = "2s"; root = "owner@old-isp.world.example";
	END
} > $CONF
printf '%s\n' "$ISP_PASSWORD" > $LAB/signet/isp.password
chmod 600 $LAB/signet/isp.password
$SIGNET dns --zone | lab_zone sender.example
lab_dns_start
LAB_MX_BOXES=$(
	for (( n = 61; n <= count; n++ )); do
		for domain in "${DOMAINS[@]}"; do echo "user$n@$domain $domain/user$n/"; done
	done
)
world_mx_start {new-isp,new-exim}.world.example
lab_mx_start old 192.0.2.11 old.world.example {old-isp,old-exim}.world.example -- 'smtpd_discard_ehlo_keywords = 8bitmime, smtputf8'
world_isp_start
lab_exim_start exim 192.0.2.21 exim.world.example
lab_signetd_start

# ---- all of them, every way -------------------------------------------------------------

for row in "${rows[@]}"; do
	IFS=$'\t' read -r n name args _ <<< "$row"
	to=("${DOMAINS[@]/#/user$n@}")
	case " $args " in *' -t '*) to=() ;; esac
	# shellcheck disable=SC2086
	as alice $SENDMAIL $args "${to[@]}" < "sent/$n.eml"
	is "$name: taken" $? 0
done
all_are_there() {
	[ "$(find "${DOMAINS[@]/#/$LAB/mail/}" -path '*/new/*' -type f | wc -l)" -ge $((count * ${#WAYS[@]})) ] && lab_queue_is_empty
}
ok "all copies arrive" lab_until 90 all_are_there
"$HERE/smarthosts/copies.py" sent $LAB/mail copies "${DOMAINS[@]}" > copies.tsv

# ---- what three verifiers and a reader say ------------------------------------------------

"$HERE/cross/dkimpy.py" verify copies > dkimpy &
"$HERE/cross/maildkim.pl" verify copies > maildkim
wait $!
cat copies/verdicts dkimpy maildkim > verdicts
version=$(awk -F '\t' '$1 == "version" { print $4 }' maildkim)

# Of each message and verifier: which of our signatures pass, each different answer of the ways once.
declare -A passes copies differs
while IFS=$'\t' read -r n who which; do
	passes[$n $who]+=${passes[$n $who]:+ / }$which
done < <(awk -F '\t' -v OFS='\t' -v ways=${#WAYS[@]} -v count="$count" '
	$4 == "pass" { pass[$1, $2, $3] = " " $3 }
	function passing(n, who) { return pass[n, who, "rsa"] pass[n, who, "ed25519"] pass[n, who, "dk"] }
	END {
		split("opendkim dkimpy maildkim", verifiers, " ")
		for (n = 1; n <= count * ways; n++)
			for (i in verifiers)
				print int((n - 1) / ways) + 1, verifiers[i], passing(n, verifiers[i]) ? passing(n, verifiers[i]) : " none"
	}' verdicts | sort -u)
while IFS=$'\t' read -r n domain number difference; do
	copies[$n]+=" $number"
	differs[$n]+=${difference:+$domain: $difference; }
done < copies.tsv

ed25519=' ed25519' date=${version#*.}
[ "${date%%[!0-9]*}" -ge 20230630 ] || ed25519=''
for row in "${rows[@]}"; do
	IFS=$'\t' read -r n name _ <<< "$row"
	none='' dk=' dk'
	case $name in
	# Mail::DKIM looks for the address in the first line of From.
	"every field folded") dk='' ;;
	# Postfix encodes for a server without 8BITMIME what calls itself 8bit, signed by itself or not (RFC 1847 section 2.1 has it
	# 7-bit). Should it begin to leave that alone, this is to be looked at again.
	"8-bit in a signed part") none=' none / ' ;;
	esac
	is "$name: one copy each way" "${copies[$n]}" " 1 1 1 1"
	is "$name: OpenDKIM" "${passes[$n opendkim]}" "$none rsa ed25519"
	is "$name: dkimpy" "${passes[$n dkimpy]}" "$none rsa ed25519"
	is "$name: Mail::DKIM" "${passes[$n maildkim]}" "$none rsa$ed25519$dk"
	is "$name: a reader finds what was sent" "${differs[$n]}" ""
done
is "Postfix encodes a signed part on one of the ways alone" "$(awk -F '\t' '$2 == "opendkim" && $3 == "rsa" && $4 != "pass"' verdicts | wc -l)" 1
if [ "$ed25519" ]; then
	ok "Mail::DKIM verifies ed25519" grep -q $'maildkim\ted25519\tpass' verdicts
else
	skip "Mail::DKIM verifies ed25519" "$version has no ed25519"
fi

# ---- reports, and what cron says to root -----------------------------------------------------

M='From: you@sender.example\nSubject: s\nMIME-Version: 1.0\n'
verdict() {
	header "$1" | grep -o 'dkim=[a-z]*' | sort | uniq -c | xargs
}
# reported SENDER NAME QUOTED < MESSAGE: the message is refused at once; the report comes through a smarthost and quotes it so.
reported() {
	local user=${1%@*} domain=${1#*@}.world.example name="a report on $2" before
	before=$(lab_mail_count "$domain" "$user")
	as alice $SENDMAIL -i -f "$user@$domain" nobody@direct.world.example
	is "$name: the mail is taken" $? 0
	ok "$name: comes" lab_until 60 lab_has_mail "$domain" "$user" $((before + 1))
	is "$name: keeps its signatures" "$(verdict "$(copy "$domain" "$user")")" "2 dkim=pass"
	like "$name: quotes it" "$(tr -d '\r\n' < "$(copy "$domain" "$user")")" "$3"
}
reported alice@old-isp "8-bit that says so" 'message/rfc822.*gr=C3=BCn' < \
	<(printf "${M}Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\ngrün, und sonst nichts\n")
reported alice@old-exim "8-bit, by Exim" 'message/rfc822.*gr=C3=BCn' < \
	<(printf "${M}Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\ngrün, und sonst nichts\n")
reported bob@old-isp "8-bit that says nothing" 'message/rfc822.*charset=utf-8.*gr=C3=BCn' < \
	<(printf "From: you@sender.example\nSubject: s\n\ngrün, und sonst nichts\n")
reported carol@old-isp "8-bit by name alone" 'message/rfc822.*Content-Type: text/plainContent-Transfer-Encoding: 7bit.*fine' < \
	<(printf "${M}Content-Type: text/plain\nContent-Transfer-Encoding: 8bit\n\nfine\n")
reported dave@old-isp "8-bit in the fields of a part" 'message/rfc822.*name=grün' < \
	<(printf "${M}Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain; name=grün\n\nfine\n--b--\n")
reported erin@old-isp "8-bit that is signed, and not to be encoded" 'rfc822-headers.*multipart/signed' < \
	<(printf "${M}Content-Type: multipart/signed; boundary=b\n\n--b\nContent-Transfer-Encoding: 8bit\n\ngrün\n--b--\n")

as root $SENDMAIL -FCronDaemon -i -odi -oem -oi -t -f root <<-'END'
	From: "(Cron Daemon)" <root>
	To: root
	Subject: Cron <root@mail> grün
	Content-Type: text/plain; charset=UTF-8

	grün, und sonst nichts
END
ok "cron's to root comes to its reader" lab_until 60 lab_has_mail old-isp.world.example owner
cron=$(copy old-isp.world.example owner)
is "cron's to root: keeps its signatures" "$(verdict "$cron")" "2 dkim=pass"
like "cron's to root: says the same" "$(cat "$cron")" '^gr=C3=BCn'

ok "the queue is empty" lab_until 60 lab_queue_is_empty
is "and no copy has come twice" "$(find "${DOMAINS[@]/#/$LAB/mail/}" -path '*/user*/new/*' -type f | wc -l)" $((count * ${#WAYS[@]}))
world_done
