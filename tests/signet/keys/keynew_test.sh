#!/bin/bash
# SPDX-License-Identifier: ISC
# signet key new: which key it makes, what it refuses and why, and the change of signet.conf that fits the file that is
# there. That what it prints works in the order printed is tests/e2e/35-printed.sh.
cd "$(dirname "$0")/../../.." || exit 1
. tests/lab/tap.sh
tap_plan 65
SIGNET=$PWD/${BUILD:-build}/signet
case ${BUILD:-build} in /*) SIGNET=$BUILD/signet ;; esac
T=$(mktemp -d) || exit 1
trap 'rm -rf "$T"' EXIT
unset CREDENTIALS_DIRECTORY
export SIGNET_CONFIG=$T/conf
cd "$T" || exit 1

run() {
	out=$("$@" 2>&1 </dev/null)
	status=$?
}

# told NAME STATUS EXTENDED-REGEX: of the last run
told() {
	is "$1: status" "$status" "$2"
	like "$1" "$out" "$3"
}

# ---- what is refused, and why ----
echo 'domain = "example.org";' > conf
run $SIGNET key new --type rsa2 --file x
told "a type that is none" 64 '^signet: --type rsa2: use rsa, .* or ed25519'
run $SIGNET key new --bits 2o48 --file x
told "a size that is none" 64 '^signet: --bits 2o48: an RSA key has 2048, 3072 or 4096'
run $SIGNET key new --bits 512 --file x
told "one that is too small" 64 'receivers refuse less than 1024'
run $SIGNET key new --type ed25519 --bits 2048 --file x
told "a size for ed25519" 64 '^signet: --bits is for RSA'
run $SIGNET key new --domainkeys --type ed25519 --file x
told "ed25519 for DomainKeys" 64 'DomainKeys signs only with RSA keys'
run $SIGNET key new --selector -x --file x
told "a selector that begins with -" 64 'no name begins with "-"'
run $SIGNET key new --selector s1._domainkey --file x
told "a selector with _domainkey" 64 'comes before \._domainkey: s1$'
run $SIGNET key new --domain s1._domainkey.example.org --file x
told "a domain with it" 64 'comes after _domainkey\.: example\.org$'
is "none of these made a key" "$(ls)" conf
for command in "dns --domain example.org --selector -s --key x" "sign --domain example.org --selector s._domainkey --key x"; do
	run $SIGNET ${command}
	unlike "not elsewhere either: $command" "$status" '^0$'
done

# ---- the file that is there decides what is printed, and what --configure changes ----
run $SIGNET key new --file a.pem
told "the domain is that of the configuration" 0 "^a.pem: a new RSA key of 2048 bits of example.org, selector s$(date -u +%Y)a$"
like "no dkim yet: the whole setting" "$out" "^Then sign with it. Add this to $T/conf:$"
run $SIGNET key new --selector a --file a.pem
told "never over another" 73 'never overwritten'
rm a.pem
run $SIGNET key new --selector a --file a.pem --configure
told "--configure" 0 "^$T/conf now has its entry"
like "the entry" "$(cat conf)" "^  \{ domain = \"example.org\"; selector = \"a\"; file = \"$T/a.pem\"; \}$"
run $SIGNET config check
told "is one that signs" 0 ': OK'
run $SIGNET key new --selector b --file b.pem
like "with a list: one more entry" "$out" "Put this into dkim in $T/conf, after its last entry and a comma:"
rm b.pem
run $SIGNET key new --selector b --file b.pem --configure
is "--configure puts it there" "$status $($SIGNET key list | grep -c ' DKIM ')" "0 2"
run $SIGNET key new --domainkeys --selector dk --file dk.pem
like "DomainKeys: into the entry" "$out" "Put this into the entry of the domain in dkim"
like "as a group" "$out" "^    domainkeys = \{ selector = \"dk\"; file = \"$T/dk.pem\"; \};$"
like "with a record of its own form" "$out" '^    dk\._domainkey\.example\.org k=rsa; p='
rm dk.pem
run $SIGNET key new --domainkeys --selector dk --file dk.pem --configure
is "--configure puts it there" "$status $($SIGNET key list | grep -c ' DomainKeys ')" "0 1"
run $SIGNET key new --selector a --file other.pem
told "a second key for a selector" 64 "has a key in $T/a.pem: .*signet key rotate --domain example.org --selector a$"
fails "is not made" test -e other.pem
cp conf before
echo 'dkim = "x";' > conf
run $SIGNET key new --domain example.org --selector c --file c.pem --configure
unlike "a file that cannot be read is not changed" "$status $(cat conf)" '^0'
cp before conf

# ---- a key that the file names, and that is not there ----
rm b.pem
run $SIGNET key new
told "is made where it says" 0 "^$T/b.pem: a new RSA key of 2048 bits of example.org, selector b$"
like "and needs no change" "$out" "^$T/conf names it already"
is "the file is as it was" "$(cat conf)" "$(cat before)"
run $SIGNET key list
is "all are there" "$status" 0
rm dk.pem a.pem
run $SIGNET key new --domainkeys
told "of DomainKeys too" 0 "^$T/dk.pem: a new RSA key"
run $SIGNET key new --selector a --type ed25519
told "the selector says which" 0 "^$T/a.pem: a new ed25519 key"
unlike "beside RSA nothing is to be warned of" "$out" warning

# ---- ed25519 alone ----
run $SIGNET key new --domain other.example --type ed25519 --selector o --file o.pem --configure
told "ed25519 as a domain's only key" 0 'warning: other\.example has no RSA key, and many receivers verify no other.*signet key new --domain other\.example$'
run $SIGNET key list
like "key list warns of it" "$out" 'warning: other\.example has no RSA key'
unlike "not of the other domain's" "$out" 'example\.org has no RSA'
run $SIGNET config check
told "and so does config check" 0 'warning: key o of other\.example: other\.example has no RSA key'

# ---- which one: the candidates ----
run $SIGNET key rotate
told "rotate: several" 64 'configured are a of example\.org, dk of example\.org, b of example\.org, o of other\.example; name one, as in: signet key rotate --domain other\.example --selector o'
run $SIGNET key rotate --selector x
told "rotate: none" 64 'no configured key is meant by --selector x; configured are a of'
run $SIGNET key rotate --type x --selector a
told "rotate: a type that is none" 64 '^signet: --type x: use rsa'
run $SIGNET key rotate --type ed25519 --bits 2048 --selector a --domain example.org
told "rotate: a size for ed25519" 64 '--bits is for RSA'
echo '# nothing' > conf
run $SIGNET key rotate
told "rotate: no key at all" 78 'no key is configured; make one with: signet key new'
tap_done
