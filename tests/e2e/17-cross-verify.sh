#!/bin/bash
# SPDX-License-Identifier: ISC
# Four others who sign and verify say of our signatures what we say, and we of theirs: at the
# edges of what may be signed (cross/inputs.py), in every canonicalisation, with both kinds of
# key and in DomainKeys; of what the filter makes and of what leaves through the whole program.
# shellcheck disable=SC2034
LAB_PEERS="root oracles"
. "$(dirname "$0")/world.sh"
world_begin "$@"
CROSS=$LAB_SOURCE/tests/e2e/cross
export PYTHONDONTWRITEBYTECODE=1

# What the others are known to do wrong: of what, who (before which version), in which signature,
# of which message, and why; patterns. Others that agree with us against them are the reason to call it their fault.
# Each stands for at least one verdict; when none is seen any more, the test says so.
cat > faults <<'END'
filter|rspamd|*|a body of blanks*|relaxed of a body that is only white space is the empty body (RFC 6376 section 3.4.4); rspamd leaves something
filter|rspamd|*|VT and FF in the body|rspamd takes VT and FF for white space, which is SP and HTAB alone (RFC 6376 section 2.8)
whole|rspamd|*|VT and FF in the body|the same, and the bytes of a body are not ours to change
filter|rspamd|*|controls in the body|the same: VT and FF are among them
whole|rspamd|*|controls in the body|the same: VT and FF are among them
filter|rspamd|*|FF in a field|rspamd takes FF for white space
filter|rspamd|*|VT and FF at the ends of a field|the same
filter|rspamd|*|controls in a field|the same: VT and FF are among them
filter|rspamd|*|NUL in a field|rspamd ends a field at NUL
filter|rspamd|*|two Subject*|rspamd fails by design what has a field twice that may be there once
filter|rspamd|*|two To|the same
filter|rspamd|*|two Cc*|the same
filter|rspamd|*|two Message-ID|the same
filter|opendkim|*-r?|VT *|libopendkim takes VT for white space in relaxed header fields
filter|opendkim|*-r?|FF in a field|and FF
filter|opendkim|*-r?|a fold of VT alone|and VT in a fold
filter|opendkim|*-r?|controls in a field|the same: VT and FF are among them
filter|opendkim|*-r?|NUL in a field|libopendkim ends a field at NUL
filter|dkimpy|*-r?|VT and FF at the ends of a field|dkimpy strips VT and FF from the ends of a relaxed field
filter|maildkim|*-r?|VT and FF at the ends of a field|Mail::DKIM strips VT and FF from the ends of a relaxed field
filter|maildkim before 1.20230630|ed25519-*|*|Mail::DKIM had no ed25519
whole|maildkim before 1.20230630|ed25519-*|*|Mail::DKIM had no ed25519
theirs|maildkim before 1.20230630|maildkim-ed25519-*|*|Mail::DKIM had no ed25519
filter|maildkim|dk-*|every field folded|Mail::DKIM looks for the address in the first line of From
filter|maildkim|dk-*|From with comments and quotes|the same
whole|maildkim|dk-*|every field folded|the same
whole|maildkim|dk-*|From with comments and quotes|the same
theirs|opendkim|opendkim-ed25519-s?|*|what libopendkim signs with ed25519 and a simple header nobody verifies, itself not
theirs|opendkim|*-r?|VT *|libopendkim takes VT for white space in relaxed header fields
theirs|opendkim|*-r?|FF in a field|and FF
theirs|opendkim|*-r?|a fold of VT alone|and VT in a fold
theirs|opendkim|*-r?|controls in a field|the same: VT and FF are among them
theirs|opendkim|*-r?|NUL in a field|libopendkim ends a field at NUL
theirs|opendkim|*|a tab before the colon|libopendkim takes no tab before the colon
theirs|opendkim|*|blanks before the colon of others|the same
theirs|dkimpy|*|* before the colon*|dkimpy takes no blanks before the colon
theirs|dkimpy|*-r?|VT and FF at the ends of a field|dkimpy strips VT and FF from the ends of a relaxed field
theirs|maildkim|*-r?|VT and FF at the ends of a field|Mail::DKIM strips VT and FF from the ends of a relaxed field
theirs|rspamd|*|a body of blanks*|as in verifying
theirs|rspamd|*|VT and FF in the body|as in verifying
theirs|rspamd|*|controls in the body|as in verifying
theirs|rspamd|*|FF in a field|as in verifying
theirs|rspamd|*|VT and FF at the ends of a field|as in verifying
theirs|rspamd|*|controls in a field|as in verifying
theirs|rspamd|*|NUL in a field|as in verifying
theirs|rspamd|*|a blank before the colon|rspamd keeps the blank that relaxed deletes (RFC 6376 section 3.4.2), or does not find the field
theirs|rspamd|*|a tab before the colon|the same
theirs|rspamd|*|two Subject*|rspamd fails by design what has a field twice, by making its signature void
theirs|rspamd|*|two To|the same
theirs|rspamd|*|two Cc*|the same
theirs|rspamd|*|two Message-ID|the same
theirs|rspamd|*|From of a subdomain|rspamd signs for the domain that is configured, and none below it
END

# ---- keys, names, servers ------------------------------------------------------------

world_names
mkdir -m 755 keys
for kind in rsa ed25519; do
	lab_key --type $kind --domain sender.example --selector $kind --file $LAB/keys/$kind.pem || lab_die "no $kind key"
done
selectors() {
	local who=$1 kind canon
	for canon in nofws simple; do echo "${who}dk-$canon rsa"; done
	for kind in rsa ed25519; do
		for canon in rr rs sr ss; do echo "$who$kind-$canon $kind"; done
	done
}
for who in '' opendkim- dkimpy- maildkim- rspamd-; do selectors "$who"; done > selectors
while read -r selector kind; do
	$SIGNET dns --domain sender.example --selector "$selector" --key "$LAB/keys/$kind.pem" | sed '/[.-]\?dk-/s/v=DKIM1; //'
done < selectors > records
sed 's/^\([^ ]*\) \(.*\)/\1. TXT "\2"/; s/\([A-Za-z0-9+/=]\{200\}\)/\1" "/g' records | lab_zone sender.example
lab_dns_start

# Many signatures are more than rspamd looks at by itself. It signs for who has authenticated.
mkdir -m 755 rspamd
install -o mailbox -d rspamd/data
install -m 644 keys/rsa.pem rspamd/rsa.key
openssl pkey -in keys/ed25519.pem -outform DER | tail -c 32 | base64 > rspamd/ed25519.key
echo example > rspamd/tld
echo 'require "global_functions" () rspamd_maps = {}' > rspamd/start.lua
cat > rspamd/conf <<END
options { filters = "dkim"; max_message = 50M; task_timeout = 60s; disable_hyperscan = true; url_tld = "$LAB/rspamd/tld";
  dns { nameserver = ["127.0.0.1"]; timeout = 2s; retransmits = 5; }
  pidfile = "$LAB/rspamd/data/pid"; control_socket = "$LAB/rspamd/data/control"; temp_dir = "$LAB/rspamd/data"; }
actions { reject = 1000; }
logging { type = "file"; filename = "$LAB/rspamd/data/log"; level = "notice"; }
lua = "$LAB/rspamd/start.lua";
modules { path = "/usr/share/rspamd/plugins/dkim_signing.lua"; }
worker "normal" { bind_socket = "127.0.0.1:11333"; count = 1; task_timeout = 60s; }
dkim { check_local = true; check_authed = true; max_sigs = 64; }
dkim_signing { enabled = true; sign_authenticated = true; sign_local = false; use_domain = "header"; use_esld = false;
  allow_username_mismatch = true; allow_hdrfrom_mismatch = true; allow_hdrfrom_multiple = true;
  domain { sender.example { selectors = [ { path = "$LAB/rspamd/rsa.key"; selector = "rspamd-rsa-rr"; },
    { path = "$LAB/rspamd/ed25519.key"; selector = "rspamd-ed25519-rr"; } ]; } } }
group "dkim" { symbols { R_DKIM_ALLOW { weight = 0; } R_DKIM_REJECT { weight = 0; }
  R_DKIM_PERMFAIL { weight = 0; } R_DKIM_TEMPFAIL { weight = 0; } } }
END
rspamd -f -c $LAB/rspamd/conf -u mailbox -g mailbox >$LAB/log/rspamd 2>&1 &

# ---- the messages ---------------------------------------------------------------------

# given: as a caller has them. filter, whole: with our signatures, as the filter and as the
# whole program make them. theirs: with those of the others.
mkdir given filter whole theirs hostile
$CROSS/inputs.py given
mapfile -t filter_does < <(cut -f3 given/inputs.tsv)
count=${#filter_does[@]}
# What is done with each message, and what each of the four says of those that are not refused; each fault that is listed.
tap_plan $(($(awk -F '\t' '
	{ n += ($3 == "dkim" ? 3 : 1) + ($4 ~ /^refuse/ ? 2 : 1) + ($3 !~ /^refuse/ ? 2 * 4 : 0) + ($4 !~ /^refuse/ ? 4 : 0) }
	END { print n }' given/inputs.tsv) + $(wc -l < faults) + 21))
declare -A canon_words=([rr]=relaxed/relaxed [rs]=relaxed/simple [sr]=simple/relaxed [ss]=simple/simple)

# through_filters SELECTOR…: a filter for each signature, in a row.
through_filters() {
	local kind=${1%-*} how
	case $1 in
	'')   cat; return ;;
	dk-*) kind=rsa how="--domainkeys ${1#dk-}" ;;
	*)    how="--canonicalization ${canon_words[${1#*-}]}" ;;
	esac
	# shellcheck disable=SC2086
	$SIGNET sign --domain sender.example --selector "$1" --key "keys/$kind.pem" $how | through_filters "${@:2}"
}

# filter_signs NUMBER WHAT: with all, or without DomainKeys; or why not, in NUMBER.refused.
filter_signs() {
	local selectors=({rsa,ed25519}-{rr,rs,sr,ss})
	case $2 in
	sign) selectors=(dk-nofws dk-simple "${selectors[@]}") ;;
	dkim) through_filters dk-nofws < "given/$1.eml" 2>"filter/$1.refused" >"filter/$1.none" ;;
	esac
	through_filters "${selectors[@]}" < "given/$1.eml" > "filter/$1.eml" 2>>"filter/$1.refused"
	if [ -s "filter/$1.eml" ]; then
		cp "given/$1.crlf" theirs/
	else
		rm "filter/$1.eml"
	fi
}

# Two at a time.
both() {
	local first
	$1 &
	first=$!
	$2
	wait $first
}
filter_every_other() {
	local n
	for (( n = $1; n <= count; n += 2 )); do
		filter_signs $n "${filter_does[n - 1]}"
	done
}
both 'filter_every_other 1' 'filter_every_other 2'

# The whole program: pickup, the signer, a server that records.
{
	lab_config_base
	echo 'dkim = ('
	for kind in rsa ed25519; do
		for canon in rr rs sr ss; do
			echo "{ domain = \"sender.example\"; selector = \"$kind-$canon\"; file = \"$LAB/keys/$kind.pem\";"
			echo "  header_canon = \"${canon_words[$canon]%/*}\"; body_canon = \"${canon_words[$canon]#*/}\";"
			case $kind-$canon in
			rsa-rr) echo '  domainkeys = { selector = "dk-nofws"; };' ;;
			rsa-ss) echo '  domainkeys = { selector = "dk-simple"; canon = "simple"; };' ;;
			esac
			echo "}$([ $kind-$canon = ed25519-ss ] || echo ,)"
		done
	done
	echo '); routes = ( { to = [ "*" ]; via = [ "mx" ]; } ); sessions_per_site = 2;'
} > $CONF
lab_signetd_start
printf 'word %s\n' PIPELINING 8BITMIME SMTPUTF8 DSN ENHANCEDSTATUSCODES 'SIZE 100000000' > hostile/script
lab_hostile_start hostile 192.0.2.30 25
submit_every_other() {
	local n
	for (( n = $1; n <= count; n += 2 )); do
		as alice $SENDMAIL -i -f you@sender.example "user$n@lost.world.example" < "given/$n.eml" 2>"whole/$n.refused"
		echo $? > "whole/$n.status"
	done
}
both 'submit_every_other 1' 'submit_every_other 2'
ok "all that was taken has left" lab_until 60 lab_queue_is_empty
$CROSS/wire.py hostile whole

# ---- what a relay drops and adds breaks no signature -----------------------------------------

world_mx_start -- 'always_add_missing_headers = yes'
# To alice, with all that may be there; to bob, with the least.
mkdir relayed
fields() {
	local name
	for name in "$@"; do echo "$name: x"; done
}
{
	fields Return-Path Received Delivered-To X-Original-To Bcc Resent-Bcc Content-Length Full-Name Lines Status X-Status X-UID \
		Comments Keywords X-Spam-Status X-MS-Exchange-Organization-SCL
	printf '%s\n' 'Content-Language: de' 'MIME-Version: 1.0' 'Content-Type: text/plain' 'List-Unsubscribe: <https://sender.example/u>' \
		'Resent-From: you@sender.example' 'Resent-To: a@example.net' 'Resent-Date: Mon, 23 Nov 2026 12:00:00 +0000' \
		'Resent-Message-ID: <2.3@sender.example>'
	sed 's/\r$//' given/1.eml
} > relayed/alice
printf 'From: You <you@sender.example>\nTo: A <a@example.net>\nSubject: plain\nDate: Mon, 23 Nov 2026 12:00:00 +0000\n%s\n\nx\n' \
	'Message-ID: <1.2@sender.example>' > relayed/bob
for user in alice bob; do
	through_filters rsa-rr rsa-ss ed25519-sr dk-nofws < relayed/$user > relayed/$user.signed
	python3 -c 'import smtplib, sys; smtplib.SMTP("192.0.2.10").sendmail("you@sender.example", [sys.argv[1]], sys.stdin.buffer.read())' \
		$user@direct.world.example < relayed/$user.signed
	ok "$user: Postfix delivers it" lab_until 60 lab_has_mail direct.world.example $user
	copy=$(lab_mail direct.world.example $user | head -1)
	verdict=$($SIGNET verify --all --dns records < "$copy")
	is "$user: what arrives verifies" "$? $(grep -c '=pass' <<<"$verdict")" "0 4"
	is "$user: says OpenDKIM too" "$(sed -n '/^Authentication-Results: verifier/,/^[^ \t]/p' "$copy" | grep -o 'dkim=[a-z]*' | sort | uniq -c | tr -s ' ')" " 3 dkim=pass"
done
is "it has dropped what is never signed" "$(grep -ciE '^(content-length|bcc|resent-bcc): ' "$(lab_mail direct.world.example alice | head -1)")" 0

# ---- what is refused is refused clearly, all else is signed ----------------------------------

while IFS=$'\t' read -r n name filter program; do
	case $filter in
	refuse*) like "$name: the filter refuses it and says why" "$(<"filter/$n.refused")" "^signet: .*${filter#refuse }" ;;
	dkim)    like "$name: the filter makes no DomainKeys signature and says why" "$(<"filter/$n.refused")" "^signet: not signed: "
	         is "$name: and nothing else" "$(<"filter/$n.none")" "" ;;&
	*)       ok "$name: the filter signs it" test -s "filter/$n.eml" ;;
	esac
	case $program in
	refuse*) is "$name: sendmail refuses it" "$(<"whole/$n.status")" 65
	         like "$name: and says why" "$(<"whole/$n.refused")" "${program#refuse }" ;;
	*)       ok "$name: leaves" test "$(<"whole/$n.status")" = 0 -a -s "whole/$n.eml" ;;
	esac
done < given/inputs.tsv

# ---- the verdicts -----------------------------------------------------------------------

# Those of the slow, beside those of the quick.
slow() {
	$CROSS/dkimpy.py "$@" > "$2/verdicts.slow"
}
quick() {
	{
		$CROSS/maildkim.pl "$@"
		$CROSS/opendkim.py "$@"
		$CROSS/rspamd.py "$@"
	} > "$2/verdicts.quick"
}
lab_need 60 lab_answers 127.0.0.1 11333
for way in filter whole; do
	both "slow verify $way" "quick verify $way"
done
both "slow sign theirs keys" "quick sign theirs keys"
# DomainKeys at the bottom: without h= they cover all that stands below them.
for message in theirs/*.crlf; do
	n=${message%.crlf}
	cat "$n".{opendkim,dkimpy,rspamd,maildkim-rsa,maildkim-ed25519,maildkim-dk} "$message" > "$n.eml"
done
$CROSS/signet.py verify theirs $SIGNET records > theirs/verdicts.ours

# Nobody is easy: what has been changed passes with none.
mkdir changed
sed 's/This is the body/That is the body/' filter/1.eml > changed/1.eml
sed 's/^Subject: a/Subject: b/' filter/1.eml > changed/2.eml
sed 's/This is the body/That is the body/' theirs/1.eml > changed/3.eml
both "slow verify changed" "quick verify changed"
$CROSS/signet.py verify changed $SIGNET records > changed/verdicts.ours
for who in opendkim dkimpy maildkim rspamd signet; do
	is "$who passes nothing that was changed" "$(cut -f2,4 changed/verdicts.* | sed -n "/^$who/s/.*\tpass$/pass/p" | sort -u)" ""
	ok "$who saw it" grep -Eqh "^[0-9]+	$who	" changed/verdicts.{slow,quick,ours}
done

for way in filter whole theirs; do
	while IFS=$'\t' read -r status what why; do
		case $status in
		ok)    tap_say 0 "$way: $what" ;;
		not)   tap_say 1 "$way: $what"; diag "$why" ;;
		fault) todo 1 "$way: $what" "$why" ;;
		gone)  todo 0 "$way: $what" "$why" ;;
		mended) skip "$way: $what" "$why" ;;
		sum)   echo "# $way: $what" ;;
		esac
	done < <($CROSS/judge.py $way given/inputs.tsv faults < <(cat $way/verdicts.*))
done
skip "theirs: rspamd, other than relaxed/relaxed" "rspamd signs in no other canonicalisation"
skip "theirs: opendkim, dkimpy, rspamd, DomainKeys" "they have none; nor do they verify it"
world_done
