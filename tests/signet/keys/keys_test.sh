#!/bin/bash
# SPDX-License-Identifier: ISC
# signet key list, show, import; rotate and revoke as far as they go without DNS; what config check says of keys.
cd "$(dirname "$0")/../../.." || exit 1
. tests/lab/tap.sh
tap_plan 196
SIGNET=$PWD/${BUILD:-build}/signet
case ${BUILD:-build} in /*) SIGNET=$BUILD/signet ;; esac
T=$(mktemp -d) || exit 1
trap 'rm -rf "$T"' EXIT
unset SIGNET_CONFIG CREDENTIALS_DIRECTORY
K=$T/keys
mkdir "$K"

run() {
	out=$("$@" 2>&1 </dev/null)
	status=$?
}

# told NAME STATUS EXTENDED-REGEX: of the last run
told() {
	is "$1: status" "$status" "$2"
	like "$1" "$out" "$3"
}

new() {
	$SIGNET key new --domain example.org --selector "$1" --file "$K/$1.pem" "${@:2}" >/dev/null 2>&1
}

new rsa
new ed25519 --type ed25519
new few --bits 1024
new dk --domainkeys
openssl pkey -in "$K/rsa.pem" -aes256 -passout pass:secret -out "$K/locked.pem"
chmod 600 "$K/locked.pem"

# ---- list and config check: each way in which a key cannot be used -------------------
# one NAME STATUS PATTERN CONFIG: the same is said by both
one() {
	echo "$4" > "$T/conf"
	run $SIGNET -C "$T/conf" key list
	is "list: $1" "$status" "$2"
	like "what it says" "$out" "$3"
	run $SIGNET -C "$T/conf" config check
	is "config check: $1" "$status" "$2"
	[ "$2" -eq 0 ] || like "and says it too" "$out" "$3"
}
dkim() {
	echo "dkim = ( { domain = \"example.org\"; selector = \"s\"; file = \"$K/$1.pem\"; ${2:-} } );"
}
one "an RSA key" 0 "^example\.org +s +DKIM +rsa +2048 +$K/rsa.pem$" "$(dkim rsa)"
one "an ed25519 key" 0 "^example\.org +s +DKIM +ed25519 +[0-9]+ +$K/ed25519.pem$" "$(dkim ed25519)"
one "a short one" 0 "warning: 1024 bits are few.*signet key rotate --domain example.org --selector s" "$(dkim few)"
one "one for every domain below" 0 '^\*\.example\.org' "$(dkim rsa | sed 's/"example.org/"*.example.org/')"
one "DomainKeys" 0 "^example\.org +dk +DomainKeys +rsa +2048 +$K/dk.pem$" \
	"$(dkim rsa "domainkeys = { selector = \"dk\"; file = \"$K/dk.pem\"; };")"
one "DomainKeys with DKIM's key" 0 "^example\.org +s +DomainKeys +rsa" "$(dkim rsa 'domainkeys = { selector = "s"; };')"
one "DomainKeys with an ed25519 key" 78 "$K/ed25519.pem: DomainKeys signs only with RSA keys.*key new --domainkeys" \
	"$(dkim rsa "domainkeys = { selector = \"dk\"; file = \"$K/ed25519.pem\"; };")"
one "DomainKeys with DKIM's, which is ed25519" 78 "$K/ed25519.pem: DomainKeys signs only with RSA keys" \
	"$(dkim ed25519 'domainkeys = { selector = "dk"; };')"
one "an encrypted key without a command" 78 "$K/locked.pem: the private key is encrypted.*password_command" "$(dkim locked)"
one "with one" 0 'DKIM +rsa +2048' "$(dkim locked 'password_command = "echo secret";')"
one "with a wrong pass phrase" 78 'other than the one given' "$(dkim locked 'password_command = "echo wrong";')"
one "with a command that fails" 78 'the command failed' "$(dkim locked 'password_command = "exit 3";')"
cp "$K/rsa.pem" "$K/open.pem"
chmod 640 "$K/open.pem"
one "one that others can read" 78 "chmod 600 $K/open.pem" "$(dkim open)"
openssl genrsa -out "$K/short.pem" 512 2>/dev/null
chmod 600 "$K/short.pem"
one "one that is too short" 78 '512 bits: receivers refuse' "$(dkim short)"
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$K/ec.pem" 2>/dev/null
chmod 600 "$K/ec.pem"
one "one of another type" 78 'neither RSA nor ed25519' "$(dkim ec)"
one "a selector with _domainkey" 78 'more than a selector, which is what comes before \._domainkey: s' "$(dkim rsa | sed 's/"s"/"s._domainkey"/')"
one "one that begins with -" 78 'no name begins with "-"' "$(dkim rsa | sed 's/"s"/"-s"/')"
one "none" 78 "$K/absent.pem: No such file" "$(dkim absent)"
echo 'dkim = ( { domain = "example.org"; selector = "s"; file = "credential:dkim"; } );' > "$T/conf"
run $SIGNET -C "$T/conf" key list
told "a credential outside of its unit is not looked at" 0 'credential'
CREDENTIALS_DIRECTORY=$K run $SIGNET -C "$T/conf" key list
told "inside it is" 78 'cannot be used'
cp "$K/rsa.pem" "$K/dkim"
CREDENTIALS_DIRECTORY=$K run $SIGNET -C "$T/conf" key list
like "and is used" "$status $out" 'DKIM +rsa +2048 +credential:dkim'
rm "$K/dkim"
echo "signed_fields = [ \"received\" ]; $(dkim rsa)" > "$T/conf"
run $SIGNET -C "$T/conf" config check
told "config check: fields that may not be signed" 78 'signed_fields or oversigned_fields: '

echo "dkim = ( { domain = \"example.org\"; selector = \"a\"; file = \"$K/rsa.pem\"; },
  { domain = \"example.org\"; selector = \"b\"; file = \"$K/open.pem\"; },
  { domain = \"example.net\"; selector = \"c\"; file = \"$K/few.pem\"; } );" > "$T/conf"
run $SIGNET -C "$T/conf" key list --json
is "list --json: one object a key, and a status" "$status $(wc -l <<<"$out")" "78 3"
ok "each is JSON" python3 -c 'import json, sys; [json.loads(l) for l in sys.stdin]' <<<"$out"
like "usable" "$out" '^\{"domain": "example.org", "selector": "a", "scheme": "DKIM", "file": ".*", "usable": true, "type": "rsa", "bits": 2048\}$'
like "not usable, and why" "$out" '"selector": "b".*"usable": false, "fault": ".*chmod 600'
like "with a warning" "$out" '"selector": "c".*"bits": 1024, "warning": "1024 bits'
run $SIGNET -C "$T/conf" key list --jsn
is "list: no such option" "$status" 64

# ---- show ------------------------------------------------------------------------------
public=$(openssl pkey -in "$K/rsa.pem" -pubout)
fingerprint=$(openssl pkey -in "$K/rsa.pem" -pubout -outform DER | sha256sum | cut -d' ' -f1)
for what in a "$K/rsa.pem"; do
	run $SIGNET -C "$T/conf" key show "$what"
	is "show $what" "$status" 0
	like "its fingerprint is OpenSSL's" "$out" "^fingerprint  SHA256 $fingerprint$"
	like "its record" "$out" "a._domainkey.example.org v=DKIM1; k=rsa; p="
	unlike "nothing private" "$out" 'PRIVATE'
done
run $SIGNET -C "$T/conf" key show a --public
is "show --public is OpenSSL's form" "$out" "$public"
run $SIGNET -C "$T/conf" key show --record a
is "show --record is that of signet dns" "$out" "$($SIGNET dns --domain example.org --selector a --key "$K/rsa.pem")"
run $SIGNET -C "$T/none" key show "$K/ed25519.pem" --public
is "show: a file that is not configured" "$out" "$(openssl pkey -in "$K/ed25519.pem" -pubout)"
run $SIGNET -C "$T/none" key show "$K/ed25519.pem" --record
like "its record has no name" "$out" '^v=DKIM1; k=ed25519; p=.{44}$'
run $SIGNET -C "$T/conf" key show EXAMPLE.net
told "show: by domain" 0 'domain +example.net'
run $SIGNET -C "$T/conf" key show example.org
told "all of a domain, one of which cannot be read" 78 ''
run $SIGNET -C "$T/conf" key show /etc/passwd
told "show: a file that is no key" 78 '^signet: /etc/passwd: '
unlike "which others may read" "$out" 'chmod'
run $SIGNET -C "$T/conf" key show nonesuch
told "show: nothing of that name" 64 'signet: no configured key'
run $SIGNET -C "$T/conf" key show a --public --record
is "show: both at once" "$status" 64

# ---- import ------------------------------------------------------------------------------
I=$T/imported
D=$T/opendkim
mkdir "$I" "$D"
cp "$K/rsa.pem" "$D/mail.private"
cp "$K/few.pem" "$D/old.private"
chmod 644 "$D/old.private"
cat > "$D/KeyTable" <<END
# name  domain:selector:path
org  example.org:mail:$D/mail.private
net  example.net:old:$D/old.private
any  %:s:$D/mail.private
END
cat > "$D/SigningTable" <<END
*@example.org      org
*@*.example.net    net   # below

*@customers.example any:@customers.example
END
cat > "$D/opendkim.conf" <<END
Syslog yes
KeyTable        $D/KeyTable
SigningTable    refile:$D/SigningTable
Canonicalization relaxed/simple
OversignHeaders From
END
run $SIGNET -C "$T/none" key import --opendkim "$D/opendkim.conf" --folder "$I" --configure --dry-run
is "a dry run of the import" "$status $(ls -A "$I") $(ls "$T/none" 2>/dev/null)" "0  "
like "says what it would put in" "$out" 'domain = "example.org"; selector = "mail"'
mkdir -p "$T/root/$D" && cp "$D"/* "$T/root/$D" && mv "$D/mail.private" "$D/mail.away"
run $SIGNET -C "$T/none" key import --opendkim "$D/opendkim.conf" --root "$T/root" --folder "$I" --dry-run
is "of another root" "$status" 0
like "whose files are named" "$out" "$T/root$D/old.private: 1024 bits are few"
mv "$D/mail.away" "$D/mail.private"
run $SIGNET -C "$T/none" key import --opendkim "$D/opendkim.conf" --folder "$I"
is "import of a set-up" "$status" 0
like "says what is short" "$out" 'old\.private: 1024 bits are few.*signet key rotate --domain example.net --selector old'
like "and what others could read" "$out" 'old\.private: others can read it \(mode 0644\)'
like "what is otherwise" "$out" 'SigningTable:2: the key signs for all of example.net'
like "what is not taken over" "$out" 'OversignHeaders is not taken over'
is "the keys are copied, for their owner alone" "$(cd "$I" && stat -c '%a %n' ./*)" "600 ./customers.example.s.pem
600 ./example.net.old.pem
600 ./example.org.mail.pem"
is "as they are" "$(sha256sum < "$I/example.org.mail.pem")" "$(sha256sum < "$K/rsa.pem")"
ok "the old ones stay" test -s "$D/mail.private"
$SIGNET -C "$T/none" key import --opendkim "$D/opendkim.conf" --folder "$I" > "$T/conf" 2>/dev/null
is "twice is as good as once" "$?" 0
run $SIGNET config check "$T/conf"
told "what it prints is a configuration" 0 ': OK, 16 settings'
run $SIGNET -C "$T/conf" key list
is "of three keys" "$(grep -c DKIM <<<"$out")" 3
like "with i= and canonicalisation" "$(cat "$T/conf")" \
	'domain = "customers.example"; selector = "s"; file = ".*"; identity = "@customers.example"; header_canon = "relaxed"; body_canon = "simple";'
echo other > "$I/example.org.mail.pem"
run $SIGNET -C "$T/none" key import --opendkim "$D/opendkim.conf" --folder "$I"
told "never over another file" 65 'never overwritten'
is "which stays" "$(cat "$I/example.org.mail.pem")" other
like "the others are taken" "$out" 'domain = "example.net"'
rm -r "$I" && mkdir "$I"

run $SIGNET -C "$T/none" key import --key-table "$D/KeyTable" --signing-table "refile:$D/SigningTable" --folder "$I"
is "import by tables" "$status" 0
run $SIGNET -C "$T/none" key import --key-table "$D/KeyTable" --folder "$I"
told "without a signing table" 65 'KeyTable:4: not taken over'
echo '*@foreign.example org' >> "$D/SigningTable"
run $SIGNET -C "$T/none" key import --opendkim "$D/opendkim.conf" --folder "$I"
told "a row of foreign addresses" 65 "SigningTable:5: not taken over: its addresses"
like "leaves the rest" "$out" 'domain = "example.org"'
rm -r "$I" && mkdir "$I"
printf 'bad line\nworse \033[2J\n' >> "$D/KeyTable"
run $SIGNET -C "$T/none" key import --opendkim "$D/opendkim.conf" --folder "$I"
is "of a malformed table nothing is taken" "$status $(ls "$I")" "65 "
like "each fault has its line" "$out" 'KeyTable:5: a key table has lines'
like "nothing of it reaches the terminal" "$out" 'KeyTable:6: bytes that are not text'
rm "$D/KeyTable"
run $SIGNET -C "$T/none" key import --opendkim "$D/opendkim.conf" --folder "$I"
told "a table that is not there" 66 'KeyTable: No such file'
printf 'Domain example.org, example.net\nSelector mail\nKeyFile %s\n' "$D/mail.private" > "$D/opendkim.conf"
run $SIGNET -C "$T/none" key import --opendkim "$D/opendkim.conf" --folder "$I"
is "one key for several domains" "$status $(ls "$I" | paste -sd' ')" "0 example.net.mail.pem example.org.mail.pem"
printf 'Syslog yes\n' > "$D/opendkim.conf"
run $SIGNET -C "$T/none" key import --opendkim "$D/opendkim.conf" --folder "$I"
told "no keys at all" 65 'neither KeyTable nor'
echo 'KeyTable dsn:mysql://u:p@h/d' > "$D/opendkim.conf"
run $SIGNET -C "$T/none" key import --opendkim "$D/opendkim.conf" --folder "$I"
told "a data base" 65 'cannot be read here'
rm -r "$I" && mkdir "$I"

bare() {
	run $SIGNET -C "$T/none" key import --folder "$I" --domain example.org --selector "$@"
}
bare mail "$K/rsa.pem"
told "import of a bare PEM" 0 ""
like "its entry" "$out" "\{ domain = \"example.org\"; selector = \"mail\"; file = \"$I/example.org.mail.pem\"; \}"
is "for its owner alone" "$(stat -c %a "$I/example.org.mail.pem")" 600
bare locked "$K/locked.pem"
told "an encrypted one" 78 'password_command'
bare locked --password-command 'echo secret' "$K/locked.pem"
told "with its command" 0 ''
like "which stands in the entry" "$out" 'password_command = "echo secret";'
ok "it stays encrypted" grep -q ENCRYPTED "$I/example.org.locked.pem"
bare '../../x' "$K/rsa.pem"
is "a selector that is none" "$status" 64
bare x "$T/conf"
told "a file that holds no key" 78 'no private key'
bare x "$T"
told "a folder" 65 'it is not a file'
bare x "$K/short.pem"
is "a key that is too short" "$status" 78
is "none of these left a file" "$(ls "$I" | paste -sd' ')" "example.org.locked.pem example.org.mail.pem"
run $SIGNET key import "$K/rsa.pem"
is "without names" "$status" 64
run $SIGNET key import
is "without anything" "$status" 64

# ---- rotate and revoke, without DNS --------------------------------------------------------
rotate() {
	run $SIGNET -C "$T/conf" key rotate "$@"
}
dead='forwarders = [ "127.0.0.1@1" ]; trust_anchor_file = "/dev/null"; time_scale = 0.05;'
echo "$(dkim rsa) $dead" > "$T/conf"
rotate --selector other
told "rotate: no such key" 64 'no configured key'
rotate --to 'a b'
is "a selector that is none" "$status" 64
rotate --to s
told "the same selector" 64 'in use'
rotate --to few
told "a file that is there" 73 'never overwritten'
if [ "$(id -u)" -eq 0 ]; then
	chown nobody "$K/rsa.pem"
	rotate --yes --to theirs
	chown root "$K/rsa.pem"
	told "root, a key of another user" 78 "^signet: $K/rsa.pem: belongs to another user \\(uid [0-9]+\\), .*first: chown root $K/rsa.pem$"
else
	skip "root, a key of another user" "not root" 2
fi
is "none of these began" "$(ls "$K" | grep -E 'rotation$|theirs')" ""
rotate --type x
is "a type that is none" "$status" 64
echo "$(dkim rsa | sed 's/"example.org/"*/') $dead" > "$T/conf"
rotate
told "a key of every domain" 64 'each domain as itself'
echo "$(dkim rsa 'domainkeys = { selector = "s"; };') $dead" > "$T/conf"
rotate
told "several configured keys" 64 'more than one'
echo "$(dkim rsa 'domainkeys = { selector = "dk2"; };') $dead" > "$T/conf"
rotate --selector s
told "a key that DomainKeys shares: both are rotated" 75 "s20[0-9][0-9]a.pem: the new rsa key of example.org, selector s20[0-9][0-9]a"
like "DomainKeys under another selector" "$out" "s20[0-9][0-9]a.pem: the new rsa key of example.org, selector s20[0-9][0-9]b"
is "in one state" "$(ls "$K" | grep -c 'rotation$') $(ls "$K" | grep -c 's20')" "1 1"
rm "$K"/*.rotation "$K"/s20*
echo "$(dkim rsa) $dead" > "$T/conf"
run $SIGNET -C "$T/conf" key revoke s
told "revoke: a key that signs" 78 'the configuration signs with s'
run $SIGNET -C "$T/conf" key revoke
is "revoke: nothing" "$status" 64
rotate --to next --type ed25519
told "rotate makes the key, and waits for DNS" 75 "^$K/next.pem: the new ed25519 key of example.org"
is "the state is for its owner alone" "$(stat -c %a "$K/s._domainkey.example.org.rotation")" 600
before=$(sha256sum < "$K/next.pem")
rotate
is "and goes on with that key" "$status $(sha256sum < "$K/next.pem")" "75 $before"
rotate --to another
told "not with another" 64 'goes to next'
rotate --status
is "--status" "$status $out" "0 example.org DKIM s -> next: publish"
run $SIGNET -C "$T/conf" key list
like "list tells of it" "$out" 'rotation: is followed by next \(publish\)'
run $SIGNET -C "$T/conf" key revoke s
told "revoke waits its turn" 78 'not that far'
is "the configuration is as it was" "$(cat "$T/conf")" "$(dkim rsa) $dead"
exec 9< "$K"
flock -n 9
rotate
told "one at a time" 75 'another signet is at work'
exec 9<&-
mv "$K/next.pem" "$K/away"
rotate
told "a key that is gone" 78 "the new key's file is gone"
like "says how to give up" "$out" "rm $K/s._domainkey.example.org.rotation"
mv "$K/away" "$K/next.pem"
echo nonsense > "$K/s._domainkey.example.org.rotation"
rotate
told "a damaged state" 78 'not the state of a key rotation'
tap_done
