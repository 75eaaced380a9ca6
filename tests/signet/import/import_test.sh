#!/bin/bash
# SPDX-License-Identifier: ISC
# signet import: each folder of setups/ is what a host had, and its file want is what is said of it.
cd "$(dirname "$0")/../../.." || exit 1
. tests/lab/tap.sh
SIGNET=$PWD/${BUILD:-build}/signet
KEPT=$PWD/tests/signet/import/setups
T=$(mktemp -d) || exit 1
SETUPS=$(mktemp -d) || exit 1
trap 'rm -rf "$T" "$SETUPS"' EXIT
# Whose files they are, and who can write them, matters.
cp -r "$KEPT"/* "$SETUPS" && chmod -R go-w "$SETUPS"
export SIGNET_CONFIG=$T/signet.conf HOME=/nowhere
folders=$(cd "$SETUPS" && echo *)
tap_plan $((6 * $(wc -w <<<"$folders") + 33))

# Of a folder, which program it is of: all of its name that is one.
program_of() {
	case $1 in exim-smarthost*) echo exim-smarthost ;; *) echo "${1%%-*}" ;; esac
}
run() {
	out=$("$@" 2>&1 </dev/null)
	status=$?
}
# Where things lie is not the test's.
plain() {
	sed "s,$SETUPS/[^/ ]*,,g; s,$T,/etc/signet,g"
}
begin() {
	rm -rf "$T" && mkdir "$T"
	if [ -e "$SETUPS/$1/conf" ]; then cp "$SETUPS/$1/conf" "$SIGNET_CONFIG"; else : > "$SIGNET_CONFIG"; fi
}

for folder in $folders; do
	begin "$folder"
	was=$(cat "$SIGNET_CONFIG")
	run "$SIGNET" import "$(program_of "$folder")" --root "$SETUPS/$folder" --dry-run
	[ -z "${WRITE_WANT:-}" ] || plain <<<"$out" | tee "$SETUPS/$folder/want" > "$KEPT/$folder/want"
	is "$folder: what it says" "$status $(plain <<<"$out")" "0 $(cat "$SETUPS/$folder/want")"
	is "$folder: a dry run writes nothing" "$(ls "$T") $(cat "$SIGNET_CONFIG")" "signet.conf $was"
	run "$SIGNET" import "$(program_of "$folder")" --root "$SETUPS/$folder"
	is "$folder: done" "$status" 0
	is "$folder: every line of it is there" "$(grep -c . <<<"$(sed -n 's/^  set: *\([a-z_]* =\).*/^\1/p' "$SETUPS/$folder/want" | grep -f - "$SIGNET_CONFIG")")" \
		"$(grep -c '^  set:' "$SETUPS/$folder/want")"
	run "$SIGNET" config check
	# Passwords that stand in other places are still to be put there.
	like "$folder: the configuration is one" "$status $(grep -v '^warning' <<<"$out")" '^0 .*OK|cannot be read: No such file|No such file or directory'
	before=$(cd "$T" && sha256sum ./*)
	run "$SIGNET" import "$(program_of "$folder")" --root "$SETUPS/$folder"
	is "$folder: again: nothing changes" "$status $(cd "$T" && sha256sum ./*)" "0 $before"
done

# ---- secrets -------------------------------------------------------------------------------

begin postfix-server
run "$SIGNET" import postfix --root "$SETUPS/postfix-server"
unlike "no password is shown" "$out" 's3cret|pw2'
unlike "nor is one in the configuration" "$(cat "$SIGNET_CONFIG")" 's3cret|pw2'
is "they are for their owner alone" "$(stat -c %a "$T"/*.password | sort -u)" 600
is "whole" "$(cat "$T/smtp.isp.example.password")" 's3cret:with"colon'
is "the configuration is for all to read" "$(stat -c %a "$SIGNET_CONFIG")" 644

# ---- what a person wrote -------------------------------------------------------------------------

begin postfix-server
printf '# mine\nhostname = "other.example.org";\ndefault_via = [ "mx" ];' > "$SIGNET_CONFIG"
cp "$SIGNET_CONFIG" "$T/before"
echo other > "$T/smtp.isp.example.password"
run "$SIGNET" import postfix --root "$SETUPS/postfix-server"
is "done" "$status" 0
is "what a person wrote stays, byte for byte" "$(head -c "$(wc -c < "$T/before")" "$SIGNET_CONFIG" | cmp - "$T/before"; echo $?)" 0
like "and it is said" "$out" 'kept: +hostname: .*signet.conf sets it, and stays as it is'
like "with the line that it would be" "$out" '^ +hostname = "web1.example.org";'
like "the way that mail goes is one" "$out" 'kept: +smarthosts: .*says which way mail goes'
unlike "no part of it is written" "$(cat "$SIGNET_CONFIG")" '^(smarthosts|routes) ='
like "the rest is" "$(cat "$SIGNET_CONFIG")" '^domain = "example.org";'
is "a file that is there stays" "$(cat "$T/smtp.isp.example.password")" other
like "and it is said, too" "$out" 'kept: +.*smtp.isp.example.password .*something else in it'
printf 'hostname = ' > "$SIGNET_CONFIG"
run "$SIGNET" import postfix --root "$SETUPS/postfix-server"
is "a configuration that is broken" "$status $(cat "$SIGNET_CONFIG")" "78 hostname = "

# ---- a large table ---------------------------------------------------------------------------------

begin postfix-server
mkdir -p "$T/root/etc/postfix"
printf '%s\n' 'myhostname = web1.example.org' 'transport_maps = texthash:/etc/postfix/transport' 'relayhost = [smtp.isp.example]' > "$T/root/etc/postfix/main.cf"
for ((n = 0; n < 500; n++)); do echo "d$n.example smtp:[mx$((n % 3)).partner.example]"; done > "$T/root/etc/postfix/transport"
run "$SIGNET" import postfix --root "$T/root"
is "500 transports" "$status" 0
is "are in a table" "$(grep -c . "$T/postfix-transport.routes") $(grep '^routes' -A 1 "$SIGNET_CONFIG" | tail -n 1)" \
	"500   { table = \"$T/postfix-transport.routes\"; } );"
run "$SIGNET" route --offline x@d4.example
like "by which mail goes" "$out" 'mx1.partner.example'

# ---- what Postfix would not start with ----------------------------------------------------------------

begin postfix-server
mkdir -p "$T/root/etc/postfix"
printf '%s\n' 'myhostname =' 'mydomain = $nobody' 'mydestination = $myhostname, localhost' 'relayhost = [smtp.isp.example]' > "$T/root/etc/postfix/main.cf"
sed '1,2d' "$T/root/etc/postfix/main.cf" > "$T/root/etc/postfix/unset.cf"
run "$SIGNET" import postfix --dry-run "$T/root/etc/postfix/unset.cf"
unset=$(grep -A 1 'set:' <<<"$out" | sed 's/unset.cf[:0-9]*/main.cf/g')
run "$SIGNET" import postfix --dry-run "$T/root/etc/postfix/main.cf"
is "an empty myhostname: as if it were not set" "$status $(grep -A 1 'set:' <<<"$out" | sed 's/main.cf[:0-9]*/main.cf/g')" "0 $unset"
host=$(sed -n 's/^  set: *hostname = "\(.*\)";/\1/p' <<<"$out")
like "which is said, with the name that counts" "$out" "main.cf:1: myhostname: is empty, with which Postfix does not start; .* the name of this host: $host$"
like "an empty mydomain, behind another name, too" "$out" 'main.cf:2: mydomain: is empty, with which Postfix does not start; here it counts as not set$'

# ---- a queue that cannot be seen whole --------------------------------------------------------------

mkdir -p "$T/queue/deferred/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17" "$T/queue/active/1/2/3/4/5/6/7"
: > "$T/queue/active/1/2/3/4/5/6/7/ABC"
echo "queue_directory = $T/queue" > "$T/main.cf"
run "$SIGNET" import postfix --queue --dry-run "$T/main.cf"
like "folders as deep as hash_queue_depth may say are looked into" "$out" 'left .*/queue/active/1/2/3/4/5/6/7/ABC: '
like "what is deeper still is said" "$status ${out//$'\n'/ }" '^75 .*left .*/queue/deferred/1/.*/16/17: folders are not nested so deep'
if [ "$(id -u)" -eq 0 ]; then
	chmod 755 "$T" "$T/queue"
	chmod 700 "$T/queue/deferred"
	chmod 644 "$SIGNET_CONFIG"
	run setpriv --reuid 65534 --regid 65534 --clear-groups -- "$SIGNET" import postfix --queue --dry-run "$T/main.cf"
	like "what only root can read is said, too" "$status ${out//$'\n'/ }" '^75 .*left .*/queue/deferred: cannot be read: Permission denied; run this as root'
else
	skip "what only root can read is said, too" "not root"
fi

# ---- OpenDKIM ---------------------------------------------------------------------------------------

begin postfix-server
mkdir -p "$T/root/etc/dkimkeys"
openssl genrsa 2048 > "$T/root/etc/dkimkeys/mail.private" 2>/dev/null
printf '%s\n' 'Domain example.org' 'Selector mail' 'KeyFile /etc/dkimkeys/mail.private' > "$T/root/etc/opendkim.conf"
run "$SIGNET" import opendkim --root "$T/root" --dry-run
like "OpenDKIM's keys, as a dry run" "$status $(tr '\n' ' ' <<<"$out")" '^0 .*domain = "example.org"; selector = "mail";.*The way back'
is "put nothing into the configuration" "$(cat "$SIGNET_CONFIG")" ""

# ---- how it is called --------------------------------------------------------------------------------

run "$SIGNET" import
is "no program" "$status" 64
run "$SIGNET" import qmail
like "one that is not known" "$status $out" '^64 .*"qmail" is not a program that is known here'
run "$SIGNET" import postfix /nowhere/main.cf
like "a file that is not there" "$status $out" '^66 .*/nowhere/main.cf: cannot be read: No such file'
run "$SIGNET" import postfix "$T"
like "a folder" "$status $out" "^65 .*$T: cannot be read: it is not a text file"
printf 'myhostname = a.example\n\0\n' > "$T/binary"
run "$SIGNET" import postfix "$T/binary"
like "a program, or the like" "$status $out" "^65 .*$T/binary: cannot be read: it is not a text file"
{ printf 'account a0\nhost smtp.isp.example\n'; for ((n = 1; n < 40; n++)); do echo "account a$n : a$((n - 1)), a$((n - 1))"; done; } > "$T/msmtprc"
run timeout 20 "$SIGNET" import msmtp --dry-run "$T/msmtprc"
is "accounts that inherit twice, forty times" "$status" 0
run "$SIGNET" import ssmtp --queue
like "a program without a queue" "$status $out" '^64 .*it keeps none'
tap_done
