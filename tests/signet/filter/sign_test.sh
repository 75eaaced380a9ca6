#!/bin/bash
# SPDX-License-Identifier: ISC
# signet key, dns, sign and verify: keys that nobody else can read, records as they are published, two filters.
cd "$(dirname "$0")/../../.." || exit 1
. tests/lab/tap.sh
tap_plan 195
SIGNET=${BUILD:-build}/signet
T=$(mktemp -d) || exit 1
trap 'rm -rf "$T"' EXIT
unset SIGNET_CONFIG

run() {
	out=$("$@" 2>&1 </dev/null)
	status=$?
}

# results MESSAGE [OPTION…]: "STATUS pass,fail"
results() {
	local file=$1 field status
	shift
	field=$($SIGNET verify --dns "$T/records" "$@" < "$file" 2>&1)
	status=$?
	echo "$status $(grep -o 'dkim=[a-z]*' <<<"$field" | cut -d= -f2 | paste -sd,)"
}

# ---- key new -------------------------------------------------------------------
for kind in rsa ed25519; do
	run $SIGNET key new --algorithm $kind --domain example.org --selector $kind --output "$T/$kind.pem"
	is "key new: $kind" "$status" 0
	like "says where it is" "$out" "^$T/$kind.pem: a new"
	like "what to configure" "$out" "^      \{ domain = \"example.org\"; selector = \"$kind\"; file = \"$T/$kind.pem\"; \}$"
	like "the record" "$out" "^    $kind\._domainkey\.example\.org v=DKIM1; k=$kind; p="
	like "and what comes next" "$out" "^    signet dns --check --domain example.org --selector $kind --key $T/$kind.pem$"
	is "nobody else can read it" "$(stat -c %a "$T/$kind.pem")" 600
	ok "OpenSSL can" openssl pkey -in "$T/$kind.pem" -noout
done
before=$(sha256sum < "$T/rsa.pem")
run $SIGNET key new --domain example.org --selector rsa --output "$T/rsa.pem"
is "never over another" "$status $(sha256sum < "$T/rsa.pem")" "73 $before"
like "and says so" "$out" 'never overwritten'
ln -s "$T/nowhere" "$T/link.pem"
run $SIGNET key new --domain example.org --selector x --output "$T/link.pem"
is "not through a symbolic link" "$status" 73
run $SIGNET key new --domain 'bad domain' --selector x --output "$T/x.pem"
is "a domain that is none" "$status" 64
fails "makes no file" test -e "$T/x.pem"
run $SIGNET key new --domain example.org --selector x --bits 512 --output "$T/x.pem"
is "512 bits" "$status" 64
run $SIGNET key new --domain example.org --selector x --bits 1024 --output "$T/few.pem"
like "1024 bits with a warning" "$status $out" 'warning'
run $SIGNET key new --domain example.org --selector x --output "$T/none/x.pem"
like "a folder that is not there is named" "$out" "$T/none/x.pem"
run $SIGNET key new --domain example.org --selector dk --domainkeys --file "$T/dk.pem"
like "for DomainKeys" "$status $out" "domainkeys = \{ selector = \"dk\"; file = \"$T/dk.pem\"; \};"
run $SIGNET key new --domain example.org --selector x --domainkeys --type ed25519 --file "$T/x.pem"
is "which has no ed25519" "$status" 64
run $SIGNET key new --domain example.org --file "$T/dated.pem"
like "a selector by date" "$status $out" "selector = \"s$(date -u +%Y)a\"; file = \"$T/dated.pem\""
echo "dkim = ( { domain = \"a.example\"; selector = \"s$(date -u +%Y)a\"; file = \"$T/dated.pem\"; } );" > "$T/conf"
run $SIGNET -C "$T/conf" key new --domain example.org --file "$T/dated2.pem"
like "the next is free" "$out" "selector = \"s$(date -u +%Y)b\""
is "a umask of nothing changes no mode" "$(umask 0; $SIGNET key new --domain example.org --selector u --file "$T/u.pem" >/dev/null; stat -c %a "$T/u.pem")" 600
is "no half of a file is left" "$(ls "$T" | grep -c '\.part')" 0
: > "$T/y.pem.part"
run $SIGNET key new --domain example.org --selector y --file "$T/y.pem"
like "one that another makes now" "$status $out" '^73 .*y\.pem\.part: another signet'
rm "$T/y.pem.part"
run $SIGNET key new --selector x
is "without a domain" "$status" 64

# ---- dns -------------------------------------------------------------------------
cat > "$T/conf" <<END
domain = "example.org";
dkim = ( { domain = "example.org"; selector = "rsa"; file = "$T/rsa.pem"; },
         { domain = "example.org"; selector = "ed25519"; file = "$T/ed25519.pem"; },
         { domain = "example.net"; selector = "few"; file = "$T/few.pem"; } );
END
run $SIGNET -C "$T/conf" dns
is "dns: a record a key, and one of DMARC a domain" "$status $(cut -d' ' -f1 <<<"$out" | paste -sd' ')" \
	"0 rsa._domainkey.example.org _dmarc.example.org ed25519._domainkey.example.org few._domainkey.example.net _dmarc.example.net"
like "the RSA key's" "$out" '^rsa\._domainkey\.example\.org v=DKIM1; k=rsa; p=MII[A-Za-z0-9+/=]*$'
like "the ed25519 key's" "$out" '^ed25519\._domainkey\.example\.org v=DKIM1; k=ed25519; p=[A-Za-z0-9+/=]{44}$'
echo "$out" > "$T/records"
public=$(openssl pkey -in "$T/rsa.pem" -pubout -outform DER | base64 -w0)
like "p= is what OpenSSL says" "$out" "k=rsa; p=${public//+/\\+}"
run $SIGNET dns -C "$T/conf" example.net
is "of one domain" "$status $(cut -d' ' -f1 <<<"$out" | paste -sd' ')" "0 few._domainkey.example.net _dmarc.example.net"
run $SIGNET dns -C "$T/conf" example.com
is "of one without a key" "$status" 64
like "says how to make it" "$out" 'signet key new --domain example.com'
run $SIGNET dns --domain example.org --selector rsa --key "$T/rsa.pem"
is "without a configuration" "$out" "$(head -1 "$T/records")"
run $SIGNET dns --format bind -C "$T/conf"
zone=$out
is "bind" "$status" 0
like "names end in a dot" "$zone" '^rsa\._domainkey\.example\.org\. IN TXT \($'
is "no string above 255 bytes" "$(grep -o '"[^"]*"' <<<"$zone" | awk 'length > 257')" ""
is "together they are the record" \
	"$(sed -n '/^rsa\./,/)$/p' <<<"$zone" | grep -o '"[^"]*"' | tr -d '"\n')" "$(head -1 "$T/records" | cut -d' ' -f2-)"
run $SIGNET dns --zone -C "$T/conf"
is "--zone is the same" "$out" "$zone"

# ---- sign ------------------------------------------------------------------------
printf 'From: Joe <joe@example.org>\nTo: a@example.net\nSubject: x\n\nHi.\n\nJoe.\n' > "$T/mail"
sign() {
	local selector=$1
	shift
	$SIGNET sign --domain example.org --selector "$selector" --key "$T/$selector.pem" "$@"
}
ok "sign" sh -c "$SIGNET sign --domain example.org --selector rsa --key $T/rsa.pem < $T/mail > $T/signed"
is "it verifies" "$(results "$T/signed")" "0 pass"
is "all lines end in CRLF" "$(grep -vc $'\r$' "$T/signed")" 0
is "the message is as it was" "$(tail -n 7 "$T/signed" | tr -d '\r')" "$(cat "$T/mail")"
for canon in simple simple/relaxed relaxed/simple relaxed/relaxed; do
	sign ed25519 --canonicalization $canon < "$T/signed" > "$T/two"
	is "a second one, $canon" "$(results "$T/two")" "0 pass,pass"
	tr -d '\r' < "$T/two" > "$T/two.lf"
	is "also with LF alone" "$(results "$T/two.lf")" "0 pass,pass"
done
like "c= without a body is simple" "$(sign rsa --canonicalization relaxed < "$T/mail" | head -1)" 'c=relaxed/simple'
sed 's/Joe\./Jim./' "$T/two" > "$T/changed"
is "a changed body" "$(results "$T/changed")" "1 fail,fail"
sed '1,/^DKIM-Signature: v=1; a=rsa/s/ t=[0-9]*;/ t=1111111111;/' "$T/two" > "$T/changed"
is "one changed signature: one that passes is enough" "$(results "$T/changed")" "0 fail,pass"
is "not for --all" "$(results "$T/changed" --all)" "1 fail,pass"
is "which is content with two that pass" "$(results "$T/two" --all)" "0 pass,pass"
is "no signature" "$(results "$T/mail")" "2 none"
cat "$T/mail" | sign rsa > "$T/piped"
is "from a pipe" "$(results "$T/piped")" "0 pass"
{ cat "$T/mail"; yes 'a line of a large body,  with blanks ' | head -c 5000000; } > "$T/large"
sign rsa < "$T/large" > "$T/large.signed"
is "5 MB" "$(results "$T/large.signed")" "0 pass"
printf 'From: a@example.org\r\n\r\nbare\rCR, twice\r\r\nno end' > "$T/odd"
sign rsa < "$T/odd" > "$T/odd.signed"
is "odd line ends become CRLF" "$(tail -n 4 "$T/odd.signed" | od -An -c | tr -d ' \n')" \
	'\r\nbare\r\nCR,twice\r\nnoend\r\n'
is "and it verifies" "$(results "$T/odd.signed")" "0 pass"

# ---- headers that others read in another way --------------------------------------
while IFS='|' read -r message want what; do
	printf "$message" | sign rsa --canonicalization simple/simple > "$T/odd.signed"
	is "$what: verifies" "$(results "$T/odd.signed")" "0 pass"
	is "$what: as it leaves" "$(sed -n '/^From/,$p' "$T/odd.signed" | od -An -c | tr -d ' \n')" "$want"
done <<'END'
From: a@example.org\r\n|From:a@example.org\r\n\r\n|a header alone
From: a@example.org|From:a@example.org\r\n\r\n|a header without a line end
From: a@example.org\n\n|From:a@example.org\r\n\r\n|an empty body
From : a@example.org\nTo\t:b\n\nc : d\n|From:a@example.org\r\nTo:b\r\n\r\nc:d\r\n|a blank before the colon
From: a@example.org\rBcc: b\r\r\n\n|From:a@example.orgBcc:b\r\n\r\n|a CR in a field
END

# ---- what else can be asked for --------------------------------------------------
unfold() {
	tr -d '\r' | sed ':a;N;$!ba;s/\n[ \t][ \t]*//g' | sed -n '1s/; /;/gp'
}
t_and_x=$(sign rsa --expires 3600 < "$T/mail" | unfold | sed -n 's/.*;t=\([0-9]*\);x=\([0-9]*\);.*/\2 - \1/p')
is "--expires counts from now" "$((t_and_x))" 3600
fields=$(sign rsa --signed-fields 'subject, x-*' --oversigned-fields to < <(printf 'X-a: 1\nCc: b\n'; cat "$T/mail") | unfold)
like "the fields that are named" "$fields" ';h=to:to:from:from:subject:x-a;'
fields=$(sign rsa --signed-fields subject < "$T/mail" | unfold)
like "one list alone leaves the other as usual" "$fields" 'h=from:from:reply-to:.*;bh'

# What signet.conf(5) says of the names: the usual ones are covered, each other is not, and none of those can be had.
# A sentence is a line here.
page() {
	sed -n '/^\.Sh SIGNED FIELDS/,/^\.Sh ROUTES/p' etc/signet.conf.5 | awk '/^\./ { print "\n" $0; next } { printf "%s ", $0 } /\.$/ { print "" }'
}
names_in() {
	page | grep "$1" | sed 's/(they[^)]*)//' | grep -oE '\b(To|Cc|Via|[A-Z][A-Za-z0-9]*(-[A-Za-z0-9]+)*-?)\b-?' | tr A-Z a-z
}
usual=$(names_in '^a signature covers' | sort -u)
never=$(names_in '^They are' | grep -vx they)
{
	for name in $usual content-language x-mine; do
		case $name in from) ;; *) echo "$name: x" ;; esac
	done
	cat "$T/mail"
} | grep -v '^to: x\|^subject: x' > "$T/all"
is "the usual names of the manual are those of a signature" \
	"$(sign rsa < "$T/all" | unfold | sed 's/.*;h=\([^;]*\);.*/\1/' | tr : '\n' | sort -u)" "$usual"
is "$(wc -w <<<"$never") names are never signed" "$(for name in $never; do
	case $name in *-) name+=\* ;; esac
	sign rsa --signed-fields "$name" < "$T/mail" 2>&1 | grep -q 'dropped on the way' || echo "$name"
done)" ""
ok "the manual lists them" test "$(wc -w <<<"$never")" -gt 40
lists=$(page | tr -d '\n' | sed -n 's/.*oversigned_fields = \[\([^]]*\)\].*/\1/p' | tr -d '" ')
sed '1i Reply-To: joe@example.org' "$T/mail" | sign rsa --oversigned-fields "$lists" > "$T/lists"
is "as the manual has it for lists: signed" "$(results "$T/lists")" "0 pass"
sed 's/^Reply-To: joe/Reply-To: jim/' "$T/lists" > "$T/changed"
is "and Reply-To is covered where it is" "$(results "$T/changed")" "1 fail"
sign rsa --oversigned-fields "$lists" < "$T/mail" > "$T/lists"
sed '/^From:/i Reply-To: list@example.net\r' "$T/lists" > "$T/changed"
is "but may be added where it is not" "$(results "$T/changed")" "0 pass"
sign rsa < "$T/mail" | sed '/^From:/i Reply-To: list@example.net\r' > "$T/changed"
is "unlike the usual" "$(results "$T/changed")" "1 fail"
sign rsa < "$T/mail" | sed '/^From:/i MIME-Version: 1.0\r\nContent-Type: text/plain\r' > "$T/changed"
is "a relay may add MIME fields to plain mail" "$(results "$T/changed")" "0 pass"
sed '/^From:/i Content-Length: 99\nStatus: RO' "$T/mail" | sign rsa | sed '/^Content-Length:/d; /^Status:/d' > "$T/changed"
is "and drop Content-Length and Status" "$(results "$T/changed")" "0 pass"

like "U-labels are written as A-labels" \
	"$($SIGNET sign --domain bücher.example --identity jö@b.BÜCHER.example --selector rsa --key "$T/rsa.pem" < "$T/mail" | unfold)" \
	';d=xn--bcher-kva.example;s=rsa;i=j=C3=B6@b.xn--bcher-kva.example;'

for canon in nofws simple; do
	sign rsa --domainkeys $canon < "$T/mail" > "$T/dk"
	like "--domainkeys $canon" "$(unfold < "$T/dk")" "^DomainKey-Signature: a=rsa-sha1;q=dns;c=$canon;d=example.org;s=rsa;h=from:to:subject;b="
	is "--domainkeys $canon: one signature" "$(grep -ic '^d[a-z]*-signature:' "$T/dk")" 1
	like "--domainkeys $canon: verifies" "$($SIGNET verify --dns "$T/records" < "$T/dk")" 'domainkeys=pass'
	sign ed25519 < "$T/dk" > "$T/both"
	is "--domainkeys $canon: DKIM above it" "$($SIGNET verify --dns "$T/records" < "$T/both" | grep -c '=pass')" 2
	sed 's/Joe\./Jim./' "$T/both" > "$T/changed"
	is "--domainkeys $canon: a changed body" "$($SIGNET verify --dns "$T/records" < "$T/changed" | grep -c '=fail')" 2
done
sed 's/^Hi\./H  i./' "$T/dk" > "$T/changed"
like "simple sees blanks" "$($SIGNET verify --dns "$T/records" < "$T/changed")" 'domainkeys=fail'
sign rsa --domainkeys nofws < "$T/mail" | sed 's/^Hi\./H  i./' > "$T/changed"
like "nofws does not" "$($SIGNET verify --dns "$T/records" < "$T/changed")" 'domainkeys=pass'
like "DomainKeys: the fields that are named are all" \
	"$(sign rsa --domainkeys nofws --signed-fields to < "$T/mail" | unfold)" ';h=from:to;b='

# ---- refusals --------------------------------------------------------------------
cp "$T/rsa.pem" "$T/open.pem"
chmod 644 "$T/open.pem"
run sh -c "$SIGNET sign --domain example.org --selector open --key $T/open.pem < $T/mail"
is "a key that others can read" "$status" 78
like "is refused with the chmod" "$out" "chmod 600 $T/open.pem"
run $SIGNET dns --domain example.org --selector open --key "$T/open.pem"
is "dns refuses it too" "$status" 78
for message in '' '\n' 'To: a\n\nx' 'From: a\nFrom: b\n\nx' 'no header at all\n'; do
	out=$(printf "$message" | sign rsa 2>"$T/error")
	is "nothing is signed for \"$message\"" "$? $out" "65 "
	like "with the reason" "$(cat "$T/error")" '^signet: '
done
{ printf '\357\273\277'; cat "$T/mail"; } > "$T/bom"
run sh -c "$SIGNET sign --domain example.org --selector rsa --key $T/rsa.pem < $T/bom"
like "a byte order mark is named" "$status $out" '^65 .*the message begins with a byte order mark'
run sh -c "$SIGNET sign --domain example.org --selector x --key $T/rsa.pem --algorithm ed25519-sha256 < $T/mail"
is "an algorithm that is not the key's" "$status" 64
run $SIGNET sign --domain example.org --selector x --key "$T/conf"
is "a key that is none" "$status" 78
run $SIGNET sign --domain example.org --selector x
is "no key" "$status" 64
run $SIGNET sign --domain example.org --selector x --key "$T/rsa.pem" --canonicalization nofws
is "an unknown canonicalisation" "$status" 64
while IFS='|' read -r options want reason; do
	out=$(eval "sign rsa $options" < "$T/mail" 2>"$T/error")
	is "sign $options" "$? $out" "$want "
	like "sign $options: and says why" "$(cat "$T/error")" "$reason"
done <<'END'
--domainkeys relaxed|64|--domainkeys cannot be "relaxed"
--domainkeys ''|64|--domainkeys cannot be ""
--domainkeys nofws --canonicalization simple|64|--canonicalization is for DKIM only
--domainkeys nofws --identity @example.org|64|--identity is for DKIM only
--domainkeys nofws --expires 60|64|--expires is for DKIM only
--domainkeys nofws --oversigned-fields to|64|--oversigned-fields is for DKIM only
--domainkeys nofws --algorithm rsa-sha256|64|it makes rsa-sha1
--domainkeys nofws --domain example.net|65|not signed: d= is not the domain of the sender
--domainkeys nofws --key "$T/ed25519.pem"|78|only with RSA keys
--expires 0|64|--expires cannot be "0"
--expires -5|64|--expires cannot be "-5"
--expires 2030-01-01|64|--expires cannot be "2030-01-01"
--expires 99999999999999999999|64|--expires cannot be "99999999999999999999"
--signed-fields ''|64|--signed-fields cannot be ""
--signed-fields a,,b|64|--signed-fields cannot be "a,,b"
--oversigned-fields to,|64|--oversigned-fields cannot be "to,"
--oversigned-fields 'x-*'|78|only whole names
--signed-fields received|78|"received" is added, changed or dropped on the way
--signed-fields 'a b'|78|"a b" is not the name of a header field
--identity a@example.net|78|not within example.org
--identity example.org|78|it is an address, whose user may be missing: @example.org
--domain example.org.|64|leave out the dot at its end
--selector rsa.|64|leave out the dot at its end
END
run sh -c "$SIGNET sign --domain example.org --selector x --key $T/rsa.pem < $T/mail > /dev/full"
is "a full disk" "$status" 74
run sh -c "$SIGNET verify --dns $T/records < $T/changed > /dev/full"
is "and verify on one, whatever it would say" "$status" 74
{ cat "$T/mail"; head -c 2000000 /dev/zero | tr '\0' x; } > "$T/large"
run sh -c "$SIGNET sign --domain example.org --selector x --key $T/rsa.pem < $T/large >&-"
is "a large message, and no standard output" "$status" 74
{ cat "$T/mail"; head -c 60000000 /dev/zero | tr '\0' '\r'; echo; } > "$T/large"
run sh -c "ulimit -t 10; $SIGNET verify --dns /dev/null < $T/large"
is "sixty million CR take next to no time of the processor" "$status" 2
rm "$T/large"
run sh -c "$SIGNET verify --dns $T/absent < $T/signed"
is "no such file of records" "$status" 66

# ---- the file of records -----------------------------------------------------------
name=rsa._domainkey.example.org
record=$(head -1 "$T/records" | cut -d' ' -f2-)
while IFS='|' read -r text want what; do
	printf '%b\n' "$text" > "$T/records"
	is "$what" "$(results "$T/signed")" "$want"
done <<END
$name\t$record|0 pass|a tab between name and value
RSA._DomainKey.example.org.  $record  |0 pass|case, a final dot, blanks
$name other\n$name $record|0 pass|two records, one a key
$name NXDOMAIN|1 permerror|NXDOMAIN
$name ""|1 permerror|an empty record
$name ~~error~~|75 temperror|trouble
x$name $record|1 permerror|another name
|1 permerror|an empty file
$name v=DKIM1; p=|1 permerror|a revoked key
END
# Two signatures, of ed25519 and of RSA: what is known of each, and what that makes of both.
other=ed25519._domainkey.example.org
while IFS='|' read -r first second want want_all; do
	printf '%s\n' "$other $first" "$name $second" > "$T/records"
	is "$first, $second" "$(results "$T/two")" "$want"
	is "$first, $second, with --all" "$(results "$T/two" --all)" "$want_all"
done <<END
~~error~~|$record|0 temperror,pass|75 temperror,pass
~~error~~|NXDOMAIN|75 temperror,permerror|1 temperror,permerror
~~error~~|~~error~~|75 temperror,temperror|75 temperror,temperror
NXDOMAIN|$record|0 permerror,pass|1 permerror,pass
NXDOMAIN|v=DKIM1; p=|1 permerror,permerror|1 permerror,permerror
END
$SIGNET sign --domain xn--bcher-kva.example --selector rsa --key "$T/rsa.pem" < "$T/mail" > "$T/idn"
for owner in rsa._domainkey.xn--bcher-kva.example rsa._domainkey.bücher.example RSA._domainkey.BÜCHER.example.; do
	echo "$owner $record" > "$T/records"
	is "a record at $owner" "$(results "$T/idn")" "0 pass"
done
echo "$name ${record//;/\\;}" > "$T/records"
like "what has become of a record is said" "$($SIGNET verify --dns "$T/records" < "$T/signed" | tr -d '\n')" 'reason="there is a backslash in the record'
echo "$name $record" > "$T/records"
{ printf '\357\273\277'; cat "$T/signed"; } > "$T/bom"
like "a byte order mark is named" "$($SIGNET verify --dns "$T/records" < "$T/bom" | tr -d '\n')" 'dkim=permerror reason="the message begins with a byte order mark'
echo "$name NXDOMAIN" > "$T/records"
is "--obsolete knows pass and fail only" "$(results "$T/signed" --obsolete)" "1 fail"
tap_done
