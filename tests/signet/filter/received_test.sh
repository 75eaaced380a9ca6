#!/bin/bash
# SPDX-License-Identifier: ISC
# signet verify with a client's address: SPF, DKIM, DomainKeys and DMARC of a received message, what is to become of it, and
# the message with the field on it.
cd "$(dirname "$0")/../../.." || exit 1
. tests/lab/tap.sh
tap_plan 76
SIGNET=${BUILD:-build}/signet
T=$(mktemp -d) || exit 1
trap 'rm -rf "$T"' EXIT
unset SIGNET_CONFIG

for selector in s dk; do
	$SIGNET key new --domain example.org --selector $selector --file "$T/$selector.pem" >/dev/null 2>&1
done
key() { $SIGNET dns --domain "$1" --selector "$2" --key "$T/$2.pem"; }
{
	key example.org s
	key bulk.example.net s
	key example.org dk
	cat <<'END'
example.org v=spf1 a mx ip4:198.51.100.7 -all
example.org A 192.0.2.1
example.org MX mx.example.org
mx.example.org AAAA 2001:db8::25
_dmarc.example.org v=DMARC1; p=reject; sp=quarantine; np=reject
sub.example.org A 192.0.2.8
soft.example v=spf1 ~all
_dmarc.soft.example v=DMARC1; p=quarantine
test.example v=spf1 -all
_dmarc.test.example v=DMARC1; p=quarantine; t=y
watch.example v=spf1 -all
_dmarc.watch.example v=DMARC1; p=none; rua=mailto:d@watch.example
alone.example v=spf1 -all
plain.example A 192.0.2.1
broken.example ~~error~~
_dmarc.broken.example v=DMARC1; p=reject
dark.example v=spf1 -all
_dmarc.dark.example ~~error~~
late.example v=spf1 a:broken.example -all
_dmarc.late.example v=DMARC1; p=none
wrong.example v=spf1 ip4:192.0.2.1 moo -all
helo.example v=spf1 ip4:192.0.2.1 -all
ptr.example v=spf1 ptr -all
1.2.0.192.in-addr.arpa PTR host.ptr.example
host.ptr.example A 192.0.2.1
xn--bcher-kva.example v=spf1 +all
_dmarc.xn--bcher-kva.example v=DMARC1; p=reject
END
} > "$T/records"

# message FROM...: a message with these From fields
message() {
	local from
	for from in "$@"; do printf 'From: %s\r\n' "$from"; done
	printf 'To: you@example.net\r\nSubject: hello\r\n\r\nbody\r\n'
}

# check NAME IP MAIL-FROM STATUS REGEX < MESSAGE
check() {
	local out status
	out=$($SIGNET verify --dns "$T/records" --id here.example --helo helo.example --ip "$2" --from "$3" 2>&1)
	status=$?
	is "$1: status" "$status" "$4"
	like "$1: the field" "$(tr '\n' ' ' <<<"$out")" "$5"
}

# ---- SPF alone ----
check "an address that may" 192.0.2.1 a@example.org 0 \
	'^Authentication-Results: here\.example;  spf=pass smtp\.mailfrom=a@example\.org;  dmarc=pass header\.from=example\.org polrec\.p=reject;  dkim=none $' < <(message a@example.org)
check "by the MX, over IPv6" 2001:db8::25 a@example.org 0 'spf=pass' < <(message a@example.org)
check "a mapped address is the IPv4 one" ::ffff:192.0.2.1 a@example.org 0 'spf=pass' < <(message a@example.org)
check "one that may not" 192.0.2.9 a@example.org 77 \
	'spf=fail reason="\\"-all\\" of example\.org matches" .*dmarc=fail reason="neither SPF nor DKIM vouches for example\.org" +header\.from=example\.org polrec\.p=reject;' < <(message a@example.org)
check "another's domain in MAIL FROM" 192.0.2.1 a@helo.example 77 'spf=pass smtp\.mailfrom=a@helo\.example; +dmarc=fail' < <(message a@example.org)
check "a bounce: HELO stands for its sender" 192.0.2.1 '' 0 'spf=pass smtp\.helo=helo\.example; +dmarc=none' < <(message a@helo.example)
check "a bounce as <>" 192.0.2.9 '<>' 1 'spf=fail .*smtp\.helo=helo\.example; +dmarc=none' < <(message a@helo.example)
check "a pointer" 192.0.2.1 a@ptr.example 0 'spf=pass' < <(message a@ptr.example)
check "a syntax error says its column" 192.0.2.1 a@wrong.example 0 'spf=permerror +reason="the record of wrong\.example has an error at column 22: \\"moo\\" is not a mechanism' < <(message a@wrong.example)
check "no record" 192.0.2.1 a@plain.example 0 'spf=none reason="plain\.example publishes no SPF record"' < <(message a@plain.example)
check "SPF fails, and there is no DMARC record" 192.0.2.1 a@alone.example 1 'spf=fail .*dmarc=none' < <(message a@alone.example)

# ---- policies ----
check "a subdomain that exists" 192.0.2.9 a@sub.example.org 1 'dmarc=fail .*polrec\.sp=quarantine polrec\.domain=example\.org' < <(message a@sub.example.org)
check "one that does not" 192.0.2.9 a@gone.example.org 77 'dmarc=fail .*polrec\.np=reject' < <(message a@gone.example.org)
check "quarantine" 192.0.2.9 a@soft.example 1 'spf=softfail .*dmarc=fail .*polrec\.p=quarantine' < <(message a@soft.example)
check "quarantine on trial" 192.0.2.9 a@test.example 0 'dmarc=fail .*polrec\.p=quarantine' < <(message a@test.example)
check "none" 192.0.2.9 a@watch.example 0 'spf=fail .*dmarc=fail .*polrec\.p=none' < <(message a@watch.example)
check "SPF cannot be told" 192.0.2.9 a@broken.example 75 'spf=temperror .*dmarc=temperror' < <(message a@broken.example)
check "nor the policy" 192.0.2.9 a@dark.example 75 'dmarc=temperror +reason="TXT _dmarc\.dark\.example could not be looked up: the file of records says so"' < <(message a@dark.example)
check "but a policy of none waits for nobody" 192.0.2.9 a@late.example 0 'spf=temperror .*dmarc=temperror' < <(message a@late.example)

# ---- From ----
check "From with U-labels" 192.0.2.1 $'a@b\xc3\xbccher.example' 0 'dmarc=pass header\.from=xn--bcher-kva\.example' < <(message $'"B\xc3\xbccher" <a@b\xc3\xbccher.example>')
check "two authors of one domain" 192.0.2.1 a@example.org 0 'dmarc=pass' < <(message 'a@example.org, B <b@EXAMPLE.org>')
check "two authors of two domains" 192.0.2.9 a@example.org 1 'dmarc=none +reason="there is not one domain alone in From"' < <(message 'a@example.org, b@example.net')
check "two From fields" 192.0.2.1 a@example.org 1 'dmarc=none' < <(message a@example.org b@example.net)
check "no From field" 192.0.2.1 a@example.org 1 'dmarc=none' < <(message)
check "a name that looks like an address" 192.0.2.9 a@helo.example 77 'dmarc=fail .*header\.from=example\.org' < <(message '"x@helo.example" <a@example.org>')

# ---- signatures ----
sign() { $SIGNET sign --domain "$1" --selector "$2" --key "$T/$2.pem" "${@:3}"; }
message a@example.org | sign example.org s > "$T/signed"
check "its own signature" 192.0.2.9 bounce@helo.example 0 'spf=fail .*dmarc=pass header\.from=example\.org polrec\.p=reject; +dkim=pass header\.d=example\.org' < "$T/signed"
message a@example.org | sign bulk.example.net s > "$T/foreign"
check "another's signature" 192.0.2.9 a@helo.example 77 'dmarc=fail .*dkim=pass header\.d=bulk\.example\.net' < "$T/foreign"
message a@sub.example.org | sign example.org s > "$T/parent"
check "its organization's" 192.0.2.9 a@helo.example 0 'dmarc=pass header\.from=sub\.example\.org' < "$T/parent"
message a@example.org | sign example.org dk --domainkeys nofws > "$T/old"
check "DomainKeys vouches for nothing" 192.0.2.9 a@helo.example 77 'dmarc=fail .*domainkeys=pass' < "$T/old"
sed 's/^body/other/' "$T/signed" > "$T/changed"
check "a signature that fails" 192.0.2.9 a@helo.example 77 'dmarc=fail .*dkim=fail' < "$T/changed"

# ---- --add ----
add() { $SIGNET verify --dns "$T/records" --id here.example --add --helo helo.example --ip 192.0.2.1 --from a@example.org; }
printf '%s\n' 'Received: from a' 'Authentication-Results: here.example; spf=pass' 'Authentication-Results: there.example; spf=fail' 'Authentication-Results: "here.example" 1; spf=pass' \
	'authentication-results: (x)' ' HERE.example 1;' ' dkim=pass' 'From: a@example.org' '' 'Authentication-Results: here.example; spf=pass' > "$T/forged"
out=$(add < "$T/forged")
is "--add puts the field on top" "$(head -n 1 <<<"$out")" 'Authentication-Results: here.example;'
is "what claims to be ours is taken out, the rest stays as it is" "$(sed '1,/dkim=none/d' <<<"$out")" \
	$'Received: from a\nAuthentication-Results: there.example; spf=fail\nFrom: a@example.org\n\nAuthentication-Results: here.example; spf=pass'
add < "$T/signed" > "$T/out"
is "line ends are those of the message" "$(grep -c $'\r$' "$T/out") $(grep -vc $'\r$' "$T/out")" "$(($(wc -l < "$T/signed") + $(add < "$T/signed" | sed '/^DKIM/,$d' | wc -l))) 0"
cmp -s <(tail -c "$(stat -c %s "$T/signed")" "$T/out") "$T/signed"
is "and every byte of it" $? 0
{ echo 'From a@example.org Mon Nov 30 10:00:00 2026'; cat "$T/forged"; } > "$T/mbox"
is "an mbox line stays first" "$(add < "$T/mbox" | sed -n '1p;2s/;.*//p' | tr '\n' '|')" 'From a@example.org Mon Nov 30 10:00:00 2026|Authentication-Results: here.example|'
is "a message that is no more than a body" "$(printf 'only text\n' | add | sed '1,/dkim=none/d' | tr '\n' '|')" '|only text|'
is "and none at all" "$(add < /dev/null | head -n 1)" 'Authentication-Results: here.example;'
{ printf 'From: a@example.org\n\n'; head -c 3000000 /dev/urandom | base64; } > "$T/large"
add < "$T/large" > "$T/out"
cmp -s <(tail -c "$(stat -c %s "$T/large")" "$T/out") "$T/large"
is "a large one" $? 0
$SIGNET verify --dns "$T/records" --add < "$T/forged" | grep -q '^Subject\|^From: a@example.org'
is "without a client too" $? 0

# ---- the command line ----
for wrong in "--ip 192.0.2.1" "--ip 192.0.2.1 --helo x" "--helo x --from y" "--ip nowhere --helo x --from y" "--ip 192.0.2.1 --helo x --from y --all" "--id="; do
	$SIGNET verify --dns "$T/records" $wrong < "$T/forged" > "$T/out" 2>&1
	is "usage: $wrong" $? 64
done
$SIGNET verify --dns "$T/records" --ip nowhere --helo x --from y < "$T/forged" 2>&1 | grep -q -- '--ip wants the address of the client that gave the message, not "nowhere"'
is "an address that is none" $? 0
tap_done
