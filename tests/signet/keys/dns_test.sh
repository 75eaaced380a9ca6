#!/bin/bash
# SPDX-License-Identifier: ISC
# signet dns: which records there are, and the forms they come in. Publishing them is tests/e2e/15-publish.sh.
cd "$(dirname "$0")/../../.." || exit 1
. tests/lab/tap.sh
tap_plan 47
SIGNET=${BUILD:-build}/signet
T=$(mktemp -d) || exit 1
trap 'rm -rf "$T"' EXIT
unset SIGNET_CONFIG

run() {
	out=$("$@" 2>"$T/error" </dev/null)
	status=$?
	error=$(cat "$T/error")
}

names() {
	cut -d' ' -f1 <<<"$out" | paste -sd' '
}

key() {
	openssl genpkey -quiet -algorithm "$2" "${@:3}" -out "$T/$1.pem" && chmod 600 "$T/$1.pem"
}
key one RSA -pkeyopt rsa_keygen_bits:2048
key big RSA -pkeyopt rsa_keygen_bits:4096
key two RSA -pkeyopt rsa_keygen_bits:2048
key ed ed25519
openssl pkcs8 -topk8 -in "$T/two.pem" -passout pass:secret -out "$T/locked.pem" && chmod 600 "$T/locked.pem"

conf() {
	printf 'domain = "example.org";\ndkim = ( %s );\n' "$1" > "$T/conf"
}
public() {
	openssl pkey -in "$T/$1.pem" -pubout -outform DER | base64 -w0
}

# ---- which records --------------------------------------------------------------
conf "{ domain = \"example.org\"; selector = \"a\"; file = \"$T/one.pem\"; domainkeys = { selector = \"dk\"; }; }"
run $SIGNET dns -C "$T/conf"
is "DKIM, DomainKeys, its policy, DMARC" "$status $(names)" \
	"0 a._domainkey.example.org dk._domainkey.example.org _domainkey.example.org _dmarc.example.org"
is "one line each" "$out" "a._domainkey.example.org v=DKIM1; k=rsa; p=$(public one)
dk._domainkey.example.org k=rsa; p=$(public one)
_domainkey.example.org o=~; r=postmaster@example.org
_dmarc.example.org v=DMARC1; p=none; rua=mailto:postmaster@example.org"

conf "{ domain = \"example.org\"; selector = \"a\"; file = \"$T/one.pem\"; domainkeys = { selector = \"dk\"; file = \"$T/two.pem\"; }; }"
run $SIGNET dns -C "$T/conf"
like "DomainKeys with a key of its own" "$out" "^dk\._domainkey\.example\.org k=rsa; p=$(public two | sed 's/+/\\+/g')\$"

conf "{ domain = \"example.org\"; selector = \"a\"; file = \"$T/one.pem\"; domainkeys = { selector = \"a\"; }; }"
run $SIGNET dns -C "$T/conf"
is "one key under one name is one record" "$status $(names)" \
	"0 a._domainkey.example.org _domainkey.example.org _dmarc.example.org"
conf "{ domain = \"example.org\"; selector = \"a\"; file = \"$T/one.pem\"; }, { domain = \"example.org\"; selector = \"a\"; file = \"$T/two.pem\"; }"
run $SIGNET dns -C "$T/conf"
is "two keys under one name are a fault" "$status" 78
like "with the reason" "$error" 'the selector a of example\.org has two keys, .*one\.pem and .*two\.pem'
conf "{ domain = \"example.org\"; selector = \"a\"; file = \"$T/locked.pem\"; password_command = \"echo secret\"; }"
run $SIGNET dns -C "$T/conf"
like "an encrypted key" "$status $out" "^0 a\._domainkey\.example\.org v=DKIM1; k=rsa; p=$(public two | sed 's/+/\\+/g')\$"
conf "{ domain = \"example.org\"; selector = \"a\"; file = \"$T/none.pem\"; }, { domain = \"example.org\"; selector = \"b\"; file = \"$T/ed.pem\"; }"
run $SIGNET dns -C "$T/conf"
is "a key that is not there: the others are told all the same" "$status $(names)" "78 _dmarc.example.org b._domainkey.example.org"
like "and which it is" "$error" "$T/none.pem"

# ---- patterns ----------------------------------------------------------------------
conf "{ domain = \"*.example.org\"; selector = \"w\"; file = \"$T/ed.pem\"; }, { domain = \"*\"; selector = \"x\"; file = \"$T/one.pem\"; },
      { domain = \"web.example.org\"; selector = \"a\"; file = \"$T/two.pem\"; }"
run $SIGNET dns -C "$T/conf"
is "a pattern has no records of its own" "$status $(grep -v '^#' <<<"$out" | cut -d' ' -f1)" "0 a._domainkey.web.example.org"
like "but tells what is needed" "$out" '^# w\._domainkey\.DOMAIN v=DKIM1; k=ed25519; p='
like "and where a DMARC record covers all" "$out" '^# _dmarc\.example\.org v=DMARC1;'
unlike "a domain below needs none of its own" "$out" '^_dmarc\.web'
like "for a bare star, one each" "$out" '^# _dmarc\.DOMAIN v=DMARC1; p=none; rua=mailto:postmaster@DOMAIN$'
run $SIGNET dns -C "$T/conf" shop.example.org.
is "for a domain below, its own" "$status $(names)" "0 w._domainkey.shop.example.org"
run $SIGNET dns -C "$T/conf" example.net
is "for any domain" "$status $(names)" "0 x._domainkey.example.net _dmarc.example.net"
run $SIGNET dns -C "$T/conf" web.example.org
is "what is most specific signs" "$status $(names)" "0 a._domainkey.web.example.org"
run $SIGNET dns -C "$T/conf" 'no domain'
is "no domain at all" "$status $out" "78 "

# ---- forms -----------------------------------------------------------------------------
conf "{ domain = \"example.org\"; selector = \"a\"; file = \"$T/big.pem\"; domainkeys = { selector = \"dk\"; }; }, { domain = \"*\"; selector = \"x\"; file = \"$T/ed.pem\"; }"
run $SIGNET dns -C "$T/conf" --format plain
plain=$(grep -v '^#' <<<"$out")
run $SIGNET dns -C "$T/conf" --format bind
is "bind" "$status" 0
is "no string above 255 bytes" "$(grep -o '"[^"]*"' <<<"$out" | awk 'length > 257')" ""
is "put together they are the value" "$(sed -n '/^a\./,/)$/p' <<<"$out" | grep -o '"[^"]*"' | tr -d '"\n')" "$(head -1 <<<"$plain" | cut -d' ' -f2-)"
is "all others are comments" "$(grep -vE '^(;|[^ ]+\. IN TXT \($|	")' <<<"$out")" ""

run $SIGNET dns -C "$T/conf" --format json
is "json" "$status" 0
if command -v python3 >/dev/null; then
	is "is one array, and says the same as plain" "$(python3 -c '
import json, sys
for r in json.load(sys.stdin):
    assert r["type"] == "TXT" and "".join(r["strings"]) == r["value"] and max(map(len, r["strings"])) <= 255
    assert r["purpose"] in ("dkim", "domainkeys", "domainkeys-policy", "dmarc")
    print(r["name"], r["value"])' <<<"$out" 2>&1)" "$plain"
else
	skip "json is one array" "no python3"
fi
like "notes go to stderr there" "$error" '^signet: x\._domainkey\.DOMAIN v=DKIM1'
conf ""
run $SIGNET dns -C "$T/conf" --format json
is "no key at all: nothing is printed" "$status $out" "78 "
conf "{ domain = \"*\"; selector = \"x\"; file = \"$T/ed.pem\"; }"
run $SIGNET dns -C "$T/conf" --format json
is "notes alone: an empty array" "$status $(tr -d '\n' <<<"$out")" "0 []"

conf "{ domain = \"example.org\"; selector = \"a\"; file = \"$T/ed.pem\"; }"
run $SIGNET dns -C "$T/conf" --format nsupdate
is "nsupdate: keys are replaced, a policy is made where none is" "$status $out" "0 update delete a._domainkey.example.org. TXT
update add a._domainkey.example.org. 3600 TXT \"v=DKIM1; k=ed25519; p=$(openssl pkey -in "$T/ed.pem" -pubout -outform DER | tail -c 32 | base64)\"
send
prereq nxrrset _dmarc.example.org. TXT
update add _dmarc.example.org. 3600 TXT \"v=DMARC1; p=none; rua=mailto:postmaster@example.org\"
send"

# ---- command lines --------------------------------------------------------------------
run $SIGNET dns --format zone -C "$T/conf"
is "an unknown form" "$status" 64
like "tells the known ones" "$error" 'plain\|bind\|json\|nsupdate'
for options in --server=127.0.0.1 --yes --tsig-file=x --tsig=a:b '--publish --tsig-file x --tsig a:b' '--publish a b'; do
	run $SIGNET dns -C "$T/conf" $options
	is "dns $options: EX_USAGE" "$status" 64
done

# ---- keys of updates: refused before anything is sent ------------------------------------
publish() {
	run $SIGNET dns -C "$T/conf" --publish --yes --server 127.0.0.1@1 "$@"
}
printf 'key "k" { algorithm hmac-sha256; secret "c2VjcmV0"; };\n' > "$T/tsig"
chmod 644 "$T/tsig"
publish --tsig-file "$T/tsig"
like "a secret that others can read" "$status $error" "^78 .*chmod 600 $T/tsig"
chmod 600 "$T/tsig"
publish --tsig-file "$T/tsig"
like "one of ours is taken: the server is next" "$status $error" '^75 .*127\.0\.0\.1: no name server there'
publish --tsig-file "$T/absent"
like "one that is not there" "$status $error" "^66 .*$T/absent"
printf 'k hmac-md5 c2VjcmV0\n' > "$T/tsig"
publish --tsig-file "$T/tsig"
like "an algorithm that nobody should use" "$status $error" '^78 .*not hmac-sha256'
printf 'not base64' > "$T/tsig"
publish --tsig "k:hmac-sha256:$T/tsig"
like "a secret that is none" "$status $error" '^78 .*secret is not base64'
unlike "is not told" "$error" 'not base64.*not base64'
printf 'c2VjcmV0\n' > "$T/tsig"
for argument in "k:hmac-sha256:$T/tsig" "k::$T/tsig" "k:$T/tsig"; do
	publish --tsig "$argument"
	like "--tsig ${argument%%/*}" "$status $error" '^75 .*no name server there'
done
publish --tsig k
like "--tsig without a file" "$status $error" '^64 .*NAME:ALGORITHM:FILE'
run $SIGNET dns -C "$T/conf" --publish --yes --server 127.0.0.1@99999
is "--server with no port" "$status" 64
tap_done
