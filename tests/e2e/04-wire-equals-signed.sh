#!/bin/bash
# SPDX-License-Identifier: ISC
# What a server receives is, byte for byte, what was stored and signed: also
# where a library in between would like to add, drop, fold or stuff something.
. "$(dirname "$0")/world.sh"
world_begin "$@"
tap_plan 96
world_names
world_keys
world_config <<'END'
routes = ( { to = [ "*" ]; via = [ "mx" ]; } );
retry_min = "10m"; retry_max = "20m"; sessions_per_site = 1;
END
$SIGNET dns --zone | lab_zone sender.example
$SIGNET dns > records
lab_dns_start
lab_signetd_start
mkdir hostile wire

# Each is submitted while nobody listens. A large body (a file in the spool) makes the normal form readable.
filler() {
	head -c 70000 /dev/zero | tr '\0' y | fold -w 70
}
n=0
names=()
message() {
	n=$((n + 1))
	names[n]=$1
	{ cat; filler; } > "sent-$n"
	as alice $SENDMAIL -i -f you@sender.example "user$n@lost.world.example" < "sent-$n" || echo "not ok - sendmail failed for $1"
}
F='From: You <you@sender.example>\n'
message "plain"                         < <(printf "${F}To: a@b.example\nSubject: plain\n\nx\n")
message "what libesmtp would add"       < <(printf "${F}\n")
message "what libesmtp would strip"     < <(printf "${F}Return-Path: <x@y.example>\nOriginal-Recipient: rfc822;a@b.example\nOriginal-From: z@z.example\nOriginal-Foo: 1\nResent-Reply-To: q@q.example\nSubject: s\n\nx\n")
message "a blank before the colon"      < <(printf "${F}Date : Mon, 23 Nov 2026 12:00:00 +0000\nSubject : s\n\nx\n")
message "folding of every kind"         < <(printf "From:\n You\n\t<you@sender.example>\nTo: a@b.example,\n  c@d.example,\n\te@f.example\nSubject: a\n \n  b\n\nx\n")
message "odd names and empty values"    < <(printf "${F}X-!#\$%%&'*+-.^_\`|~: 1\nX-Empty:\nX-Blank:   \nX-Tab:\tv\t\nSubject:none\n\nx\n")
message "names twice, in any case"      < <(printf "${F}X-A: 1\nx-a: 2\nX-A: 3\nMESSAGE-ID: <a@b.example>\nsubject: s\n\nx\n")
message "dots"                          < <(printf "${F}Subject: dots\n\n.\n..\n...\n.x\n.\n\n.\n")
message "bare CR, LF and both"          < <(printf "${F}Subject: ends\n\na\rb\r\nc\n\rd\r\re\n.\r.\n")
message "smuggling"                     < <(printf "${F}Subject: smuggle\n\n\r.\r\n\n.\r\nMAIL FROM:<a@b>\r\n.\n\r\n.\n")
message "8-bit"                         < <(printf "${F}Subject: gr\xc3\xbc\xc3\x9fe\n\n\xff\xfe \xc3\xa4\n")
message "NUL"                           < <(printf "${F}Subject: nul\n\na\0b\n\0\n")
message "a long header line"            < <(printf "${F}X-Long: %s\nSubject: long\n\nx\n" "$(head -c 990 /dev/zero | tr '\0' h)")
message "long body lines"               < <(printf "${F}Subject: long\n\n"; for k in 997 998 999 1000 2047 5000; do head -c $k /dev/zero | tr '\0' l; echo; done)
message "blanks at ends of lines"       < <(printf "${F}Subject: blanks \t \n\na \t\n \n\t\n   b\n\n\n")
message "a body that looks like headers" < <(printf "${F}Subject: b\n\nTo: bob@direct.world.example\nBcc: x@y.example\n\nFrom me\n>From you\n")
message "Bcc and Resent-Bcc"            < <(printf "${F}Bcc: hidden@x.example\nResent-Bcc: more@x.example\nTo: a@b.example\nSubject: s\n\nx\n")

stored_all() {
	[ "$(find /var/spool/signet/body -type f | wc -l)" -eq $n ]
}
ok "all $n wait, each in a file of its own" lab_until 60 stored_all
mkdir stored
cp /var/spool/signet/body/* stored/

printf 'word %s\n' PIPELINING 8BITMIME SMTPUTF8 DSN ENHANCEDSTATUSCODES 'SIZE 100000000' > hostile/script
lab_hostile_start hostile 192.0.2.30 25
$SIGNET queue flush --now
arrived() {
	[ "$(find hostile -name '*.data' | wc -l)" -eq $n ] && lab_queue_is_empty
}
ok "all arrive at the recording server" lab_until 60 arrived

# The wire's bytes without the final dot line and the dots that transparency adds (RFC 5321 4.5.2).
unstuff() {
	perl -0777 -pe 's/(\A|\r\n)\.\r\n\z/$1/; s/(\A|\r\n)\./$1/g' "$1"
}
for file in hostile/*.data; do
	connection=$(basename "$file" .data)
	k=$(perl -0777 -ne 'BEGIN { $m = shift } @r = /^RCPT TO:<user(\d+)@/mg; print $r[$m - 1]' "${connection#*.}" "hostile/${connection%%.*}.commands")
	unstuff "$file" > "wire/$k"
done

# The stored form stands at the end of the wire's; what comes before are our signatures and nothing else.
same_as_stored() {
	local file size
	for file in stored/*; do
		size=$(stat -c %s "$file")
		if tail -c "$size" "$1" | cmp -s - "$file"; then
			! head -c -"$size" "$1" | tr -d '\r' | grep -qvE '^(DKIM-Signature: |[ 	])'
			return
		fi
	done
	return 1
}
cat > opendkim.test <<END
Mode v
Nameservers 127.0.0.1
TrustAnchorFile /usr/share/dns/root.key
Syslog no
END
only_crlf() {
	! perl -0777 -ne 'exit !(/[^\r]\n|\A\n|\r[^\n]|\r\z/)' "$1"
}
# OpenDKIM judges the bytes themselves, without a server in between.
opendkim_agrees() {
	opendkim -x opendkim.test -vv -t "$1" 2>/dev/null | tr -d '\n' > verdict
	[ "$(grep -o 'dkim=pass' verdict | wc -l)" -eq 2 ] && ! grep -q 'dkim=[^p]' verdict
}
for (( k = 1; k <= n; k++ )); do
	name=${names[k]}
	ok "$name: arrived as stored, behind our signatures" same_as_stored wire/$k
	ok "$name: no bare CR or LF on the wire"  only_crlf wire/$k
	out=$($SIGNET verify --dns records < wire/$k 2>&1)
	is "$name: signet verify passes"          "$?" 0
	is "$name: both signatures"               "$(grep -o 'dkim=pass' <<< "$out" | wc -l)" 2
	ok "$name: OpenDKIM agrees"               opendkim_agrees wire/$k
done
unlike "Bcc has not left" "$(header wire/$n)" 'hidden@|more@'
like "what libesmtp would strip is there" "$(header wire/3)" '^Original-Foo: 1'

# The verifier is no easy one.
for change in 's/From: You/From: Xou/' 's/yyyyyyyyyy\r\n/yyyyyyyyyz\r\n/' 's/^Subject: plain/Subject: plaim/m'; do
	perl -0777 -pe "$change" wire/1 > changed
	$SIGNET verify --dns records < changed > /dev/null
	is "changed by $change: signet verify fails" "$?" 1
	fails "changed by $change: OpenDKIM fails" opendkim_agrees changed
done
world_done
