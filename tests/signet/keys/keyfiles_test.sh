#!/bin/bash
# SPDX-License-Identifier: ISC
# A file that holds no private key in PEM: it is named for what it is, and the command that is printed makes one of it.
cd "$(dirname "$0")/../../.." || exit 1
. tests/lab/tap.sh
tap_plan 97
SIGNET=$PWD/${BUILD:-build}/signet
case ${BUILD:-build} in /*) SIGNET=$BUILD/signet ;; esac
T=$(mktemp -d) || exit 1
trap 'rm -rf "$T"' EXIT
unset SIGNET_CONFIG CREDENTIALS_DIRECTORY
export LC_ALL=C
umask 022
cd "$T" || exit 1

openssl genrsa -out rsa 2048 2>/dev/null
openssl genpkey -algorithm ed25519 -out ed
record=$($SIGNET key show rsa --record)
rsa=$(openssl pkey -in rsa -pubout)
ed=$(openssl pkey -in ed -pubout)
seed() {
	openssl pkey -in ed -outform DER | tail -c 32
}
both() {
	seed
	openssl pkey -in ed -pubout -outform DER | tail -c 32
}

# is_called NAME REGEX: what key show and key import say of it, and that they mean the same
is_called() {
	chmod 600 "$1"
	out=$($SIGNET key show "./$1" 2>&1)
	is "$1: not a key that can be used" $? 78
	like "is called what it is" "$out" "$2"
}

# is_turned NAME REGEX PUBLIC: and what the last line says behind its last ": " makes it one
is_turned() {
	is_called "$1" "$2"
	command=${out##*.new: }
	# Without a terminal a pass phrase is read from standard input.
	setsid -w bash -c "$command" <<<secret >/dev/null 2>said || cat said >&2
	is "the command that is printed turns it: $command" "$($SIGNET key show "./$1.new" --public 2>&1)" "$3"
	is "for its owner alone" "$(stat -c %a "$1.new")" 600
}

# ---- which can be turned ----
openssl pkey -in rsa -outform DER -out der
is_turned der 'a private key in DER, and PEM is needed' "$rsa"
openssl rsa -in rsa -traditional -outform DER -out pkcs1 2>/dev/null
is_turned pkcs1 'a private key in DER' "$rsa"
seed > 'raw seed'
is_turned 'raw seed' '32 bytes, as the seed of an ed25519 key' "$ed"
seed | base64 > dkimpy
is_turned dkimpy 'the seed of an ed25519 key in base64' "$ed"
seed | od -An -v -tx1 | tr -d ' \n' > hexadecimal
is_turned hexadecimal 'hexadecimal' "$ed"
both > secret
is_turned secret '64 bytes' "$ed"
both | base64 -w0 > secret64
is_turned secret64 '64 bytes in base64' "$ed"
sed '/-----/d' rsa > bare
is_turned bare 'without its BEGIN and END lines' "$rsa"
sed 's/^/    /' rsa > indented
is_turned indented 'indented' "$rsa"
sed 's/^/> /' ed > "quoted's"
is_turned "quoted's" 'indented, joined or otherwise changed' "$ed"
tr '\n' ' ' < rsa > joined
is_turned joined 'joined' "$rsa"
sed 's/$/\\n/' rsa | tr -d '\n' > escaped
is_turned escaped 'a backslash and an n' "$rsa"
{ printf '\xff\xfe'; iconv -f ASCII -t UTF-16LE rsa; } > utf16
is_turned utf16 'UTF-16' "$rsa"
openssl req -x509 -key rsa -subj /CN=x -out certificate 2>/dev/null
openssl pkcs12 -export -inkey rsa -in certificate -passout pass:secret -out bundle.p12
is_turned bundle.p12 'a PKCS#12 file' "$rsa"
openssl pkcs8 -topk8 -in rsa -outform DER -passout pass:secret -out locked.der
is_turned locked.der 'in DER, with a pass phrase' "$rsa"
with_ssh() {
	ssh-keygen -q -t rsa -b 2048 -N '' -f ssh-rsa
	is_turned ssh-rsa 'an RSA key in the form of OpenSSH' "$(cp ssh-rsa pem && ssh-keygen -q -p -N '' -m PEM -f pem >/dev/null && openssl pkey -in pem -pubout)"
	# Its public half is the last 32 bytes of what .pub says.
	ssh-keygen -q -t ed25519 -N '' -f ssh-ed
	is_turned ssh-ed 'an ed25519 key in the form of OpenSSH' "$({ echo MCowBQYDK2VwAyEA | base64 -d; cut -d' ' -f2 ssh-ed.pub | base64 -d | tail -c 32; } | openssl pkey -pubin -inform DER)"
	is_called ssh-rsa.pub "a public key of SSH.*without \.pub"
}
if command -v ssh-keygen >/dev/null; then
	with_ssh
else
	skip "keys of OpenSSH" "ssh-keygen is not here" 10
fi

# ---- which cannot ----
made=$(ls ./*.new)
is_new='signet key new$'
openssl pkey -in rsa -pubout -out public
is_called public "this is a public key: name the file of the private one.*$is_new"
openssl pkey -in rsa -pubout -outform DER -out public.der
is_called public.der "a public key in DER.*$is_new"
is_called certificate "this is a certificate: .*$is_new"
openssl x509 -in certificate -outform DER -out certificate.der
is_called certificate.der "a certificate in DER.*$is_new"
: > empty
is_called empty "the file is empty.*$is_new"
printf '\n\n' > blank
is_called blank "the file is empty.*$is_new"
head -n 10 rsa > truncated
is_called truncated "cut off.*-----END.*$is_new"
sed '5,9d' rsa > hole
is_called hole "damaged between its BEGIN and END.*$is_new"
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out ec 2>/dev/null
is_called ec "a key of type EC, and neither RSA nor ed25519.*$is_new"
echo "$record" > record
is_called record 'the DNS record, which holds only the public half'
echo "v=DKIM1; k=rsa; p=$(openssl pkey -in rsa -outform DER | base64 -w0)" > burnt
is_called burnt "p= holds the private key: if it was published, the key is compromised.*$is_new"
echo nonsense here > nonsense
is_called nonsense "no private key found.*$is_new"
is "none of these made a file" "$(ls ./*.new)" "$made"

# ---- the same is said wherever a key is named ----
chmod 600 der
run_import() {
	$SIGNET key import --domain example.org --selector s --folder "$T" "$1" 2>&1
}
like "key import says it too" "$(run_import der)" 'der: this is a private key in DER.*: openssl pkey -inform DER -in der -out der\.new$'
echo "dkim = ( { domain = \"example.org\"; selector = \"s\"; file = \"$T/der\"; } );" > conf
like "and config check" "$($SIGNET config check conf)" "signing key s of example.org: $T/der: this is a private key in DER"
tap_done
