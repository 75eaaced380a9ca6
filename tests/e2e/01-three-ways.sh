#!/bin/bash
# SPDX-License-Identifier: ISC
# Three ways to a mailbox: MX, smarthost by the table, smarthost by fallback.
. "$(dirname "$0")/world.sh"
world_begin "$@"
tap_plan 50
world_names
world_keys
world_config < <(world_routes)
$SIGNET dns --zone | lab_zone sender.example
lab_dns_start
world_mx_start
world_isp_start
lab_signetd_start

send() {
	world_message you@sender.example "$1" "$2" | as alice $SENDMAIL -i -t -f you@sender.example
}
for to in alice@direct bob@picky carol@dead; do
	ok "sendmail takes the mail to $to" send "$to.world.example" "to $to"
done
ok "the queue empties"         lab_until 60 lab_queue_is_empty
ok "alice has hers, by MX"     lab_until 60 lab_has_mail direct.world.example alice
ok "bob has his"               lab_until 60 lab_has_mail picky.world.example bob
ok "carol has hers"            lab_until 60 lab_has_mail dead.world.example carol

for at in direct/alice picky/bob dead/carol; do
	file=$(copy "${at%/*}.world.example" "${at#*/}")
	[ -n "$file" ] || continue
	fields=$(header "$file")
	results=$(grep -i '^Authentication-Results: verifier' <<<"$fields")
	like "$at: rsa passes at the receiver"         "$results" 'dkim=pass (\([^)]*\) )?header.d=sender.example [^;]*header.a=rsa-sha256'
	like "$at: ed25519 passes at the receiver"     "$results" 'dkim=pass (\([^)]*\) )?header.d=sender.example [^;]*header.a=ed25519-sha256'
	unlike "$at: no signature fails"               "$results" 'dkim=(fail|neutral|perm|temp)'
	is "$at: one copy"   "$(lab_mail_count "${at%/*}.world.example" "${at#*/}")" 1
	like "$at: the sender is the one given"  "$fields" '^Return-Path: <you@sender.example>'
	like "$at: TLS"                          "$fields" 'using TLSv1\.[23]'
	like "$at: a Date was added"             "$fields" '^Date: '
	like "$at: a Message-ID was added"       "$fields" '^Message-I[Dd]: <[^<> ]+@[^<> ]+>'
	# Not in what is random: base64 spells uid now and then.
	unlike "$at: no uid or program is told"  "$(grep -Eiv '^(DKIM-Signature|Authentication-Results):' <<<"$fields")" \
		'\b(uid|userid|1001|from alice)\b'
	unlike "$at: no bare CR arrived"         "$(tr -d '\n' < "$file")" $'\r'
done

by_isp='by smtp.isp.world.example \(Postfix\) with ESMTPSA'
unlike "alice: no smarthost in between"   "$(header "$(copy direct.world.example alice)")" "$by_isp"
like "bob: the table sent it to the ISP"  "$(header "$(copy picky.world.example bob)")"    "$by_isp"
like "carol: fell back to the ISP"        "$(header "$(copy dead.world.example carol)")"   "$by_isp"
like "bob: with AUTH as the user"         "$(header "$(copy picky.world.example bob)")"    'Authenticated sender: me'

like "signet route: by MX"        "$($SIGNET route x@direct.world.example 2>&1)" 'mx\.world\.example'
like "signet route: by the table" "$($SIGNET route x@picky.world.example 2>&1)"  'smtp\.isp\.world\.example'
like "signet route: names the key" "$($SIGNET route x@direct.world.example 2>&1)" 'rsa\._domainkey|selector.*rsa|rsa.*sender\.example'

# Many in one session: while the MX is away they wait, then they go together.
lab_postfix_stop mx
for n in {1..40}; do
	world_message you@sender.example user1@lost.world.example "many $n" | $SENDMAIL -i -t
done
is "forty wait" "$(queue_count)" 40
LAB_ADDED=$(grep -c 'connect from' $LAB/log/mx)
sed -i 's/192.0.2.30/192.0.2.10/' $LAB/dns/world.example.zone
lab_dns_reload
world_mx_start
ok "signet queue flush" $SIGNET queue flush --now
ok "all forty arrive" lab_until 60 lab_has_mail lost.world.example user1 40
used=$(( $(grep -c '[0-9]: connect from' $LAB/log/mx) - LAB_ADDED ))
ok "in few sessions ($used)" test "$used" -le 8
is "none twice" "$(subjects lost.world.example user1 | sort -u | wc -l)/$(lab_mail_count lost.world.example user1)" 40/40
world_done
