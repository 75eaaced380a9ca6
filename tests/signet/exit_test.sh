#!/bin/bash
# SPDX-License-Identifier: ISC
# signet: like faults end with like codes, whatever the command; signet/command_table.h has what each means.
cd "$(dirname "$0")/../.." || exit 1
. tests/lab/tap.sh
SIGNET=${BUILD:-build}/signet
T=$(mktemp -d) || exit 1
trap 'rm -rf "$T"' EXIT
cat > "$T/conf" <<END
hostname = "mail.b.example"; domain = "b.example"; root = "me@b.example"; control = "$T/none"; socket = "$T/none2"; spool = "$T/spool";
smarthosts = ( { name = "isp"; host = "smtp.isp.example"; } ); dkim = ( { domain = "b.example"; selector = "s1"; file = "$T/key"; } );
END
sed 's/^smarthosts/smartposts/' "$T/conf" > "$T/bad"
sed 's/dkim = .*//' "$T/conf" > "$T/keyless"
openssl genpkey -algorithm ed25519 -out "$T/key" 2>/dev/null
chmod 600 "$T/key"
echo 'hello' > "$T/text"
printf '\0\1' > "$T/bytes"
printf 'a b\n' > "$T/domains"
mkdir "$T/closed"
export SIGNET_CONFIG=$T/conf

# CODE | ARGUMENTS, of which T/ is the folder. Whatever is asked for does not need the DNS.
rows=$(cat <<'END'
64 | nosuch
64 | help nosuch
64 | help queue nosuch
64 | help check nosuch
64 | help queue list more
64 | queue nosuch
64 | queue nosuch --help
64 | key nosuch
64 | config nosuch
64 | suppress nosuch
64 | oauth nosuch
64 | completions tcsh
64 | import qmail
64 | check --nosuch
64 | check --only nosuch
64 | check --explain nosuch
64 | check two..dots
64 | key new --domain two..dots
64 | key new --domain b.example --selector two..dots
64 | key revoke --domain b.example two..dots
64 | key import --domain two..dots --selector s T/key
64 | dns --domain two..dots --selector s --key T/key
64 | sign --domain two..dots --selector s --key T/key
64 | sign --domain b.example --selector two..dots --key T/key
64 | key show nosuch
64 | key rotate --domain nosuch.example
64 | dns nosuch.example
64 | oauth login nosuch
64 | delist nosuch
64 | delist gmail --address nosuch
64 | dns --address nosuch
65 | route --offline @
65 | check --file T/domains
65 | report T/text
65 | import postfix T/bytes
65 | key import --opendkim T/text
66 | import dma --root T/nosuch
66 | import nullmailer --root T/nosuch
66 | import postfix --queue --root T/nosuch
66 | import dma --queue T/nosuch
73 | queue export --file T/nosuch/x 1
73 | queue export --file T/text 1
73 | queue export --envelope T/text 1
73 | key new --domain b.example --selector s2 --file T/nosuch/x
73 | key new --domain b.example --selector s2 --file T/text
73 | key import --domain b.example --selector s --folder T/nosuch T/key
75 | queue list
75 | queue show 1
75 | queue flush
75 | queue export 1
75 | queue destinations
75 | queue status
75 | suppress list
75 | suppress remove a@b.example
75 | trace a@b.example
75 | test a@b.example
75 | route --sticky
75 | reload
78 | -C T/bad queue list
78 | -C T/bad queue status
78 | -C T/bad key list
78 | -C T/bad key new --domain b.example
78 | -C T/bad key rotate
78 | -C T/bad dns
78 | -C T/bad route a@b.example
78 | -C T/bad delist gmail
78 | -C T/bad trace a@b.example
78 | -C T/bad test a@b.example
78 | -C T/bad suppress list
78 | -C T/bad oauth login
78 | -C T/bad reload
78 | -C T/bad config check
78 | -C T/bad import msmtp T/text
78 | -C T/bad setup --dry-run
78 | config check T/nosuch
78 | config check T/closed
78 | -C T/closed queue list
78 | -C T/keyless dns
78 | -C T/keyless key rotate
78 | oauth login
78 | key import --domain b.example --selector s T/text
78 | sign --domain b.example --selector s --key T/text
78 | key show T/text
78 | dns --publish --yes --tsig-file T/text
END
)
# All that take a file which is read, FILE here: one that is not there, a folder, and one that may not be read.
takes=$(cat <<'END'
key show FILE
key import --opendkim FILE
key import --key-table FILE
key import --key-table FILE --signing-table FILE
key import --domain b.example --selector s FILE
key revoke --domain b.example --file FILE s7
dns --domain b.example --selector s --key FILE
dns --publish --yes --tsig-file FILE
dns --publish --yes --tsig k:hmac-sha256:FILE
check --file FILE
sign --domain b.example --selector s --key FILE
verify --dns FILE
explain FILE
report FILE
import postfix FILE
import msmtp FILE
import dma FILE
import nullmailer FILE
import ssmtp FILE
import exim-smarthost FILE
import opendkim FILE
setup --dry-run --postfix FILE
setup --dry-run --import-opendkim FILE
setup --dry-run --tsig-file FILE
setup --dry-run --via smarthost --smarthost smtp.isp.example --user u --password-file FILE
END
)
tap_plan $(( $(wc -l <<<"$rows") + $(wc -l <<<"$takes") + 7 ))
while IFS='|' read -r code arguments; do
	# shellcheck disable=SC2086
	out=$($SIGNET ${arguments//T\//$T/} 2>&1 </dev/null)
	is "signet$arguments" "$?" "${code// /}" || diag "$out"
done <<<"$rows"

# A FILE that nobody may open is asked for by nobody, by a configuration with a key that is nobody's.
as() { SIGNET_CONFIG=${conf:-$T/conf} setpriv --reuid 65534 --regid 65534 --clear-groups -- "$SIGNET" "$@" >/dev/null 2>&1 </dev/null; echo $?; }
root=$(( $(id -u) == 0 ))
[ $root -eq 0 ] || chmod 711 "$T"
sed "s|$T/key|$T/nobody|" "$T/conf" > "$T/conf.nobody"
cp "$T/key" "$T/nobody"
cp "$T/text" "$T/secret"
chmod 600 "$T/secret"
[ $root -eq 0 ] || chown 65534 "$T/nobody"
while read -r arguments; do
	codes=
	for file in nosuch closed; do
		# shellcheck disable=SC2086
		$SIGNET ${arguments//FILE/$T/$file} >/dev/null 2>&1 </dev/null
		codes="$codes $?"
	done
	# shellcheck disable=SC2086
	[ $root -eq 0 ] || codes="$codes $(conf=$T/conf.nobody as ${arguments//FILE/$T/secret})"
	is "signet $arguments" "$codes" " 66 65$([ $root -eq 0 ] || echo ' 77')"
done <<<"$takes"
is "no option that takes a file is forgotten" "$(grep -oE -- '--[a-z-]+ [A-Z:]*FILE' signet/command_table.c | cut -d' ' -f1 | sort -u |
	while read -r option; do grep -qe " $option " <<<"$takes$rows" || echo "$option"; done)" ""

if [ "$(id -u)" -eq 0 ]; then
	chmod 700 "$T/closed"
	is "not permitted: to read, to make" "$(as report "$T/secret") $(as queue export --file "$T/closed/x" 1) $(as key new --domain b.example --selector s2 --file "$T/closed/x")" "77 77 77"
else
	skip "not permitted: to read, to make" "not root"
fi
is "a full disk" "$($SIGNET help > /dev/full 2>/dev/null; echo $?)" 74

meant=$(sed -nE 's/^ \*	([0-9]+)  .*/\1/p' signet/command_table.h)
is "the table of the header is that of signet(8)" "$(sed -n '/^\.Sh EXIT STATUS/,/^\.Sh EXAMPLES/s/^\.It //p' signet/signet.8)" "$meant"
is "no row has another code" "$(cut -d' ' -f1 <<<"$rows" | sort -u | grep -vxF "$meant")" ""
like "an unknown action is told with the nearest" "$($SIGNET queue lst 2>&1)" '^signet: queue has no action "lst"; the nearest is "list"; signet help lists them$'
like "in help, too" "$($SIGNET help key rotat 2>&1)" '^signet: key has no action "rotat"; the nearest is "rotate"; signet help lists them$'
tap_done
