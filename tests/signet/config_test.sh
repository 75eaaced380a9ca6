#!/bin/bash
# SPDX-License-Identifier: ISC
# signet config: every fault at once, files that cannot be used, and what is made from the table of settings.
cd "$(dirname "$0")/../.." || exit 1
. tests/lab/tap.sh
tap_plan 70
SIGNET=${BUILD:-build}/signet
T=$(mktemp -d) || exit 1
trap 'rm -rf "$T"' EXIT
unset SIGNET_CONFIG

run() {
	out=$("$@" 2>&1 </dev/null)
	status=$?
	warnings=$(grep '^warning: ' <<<"$out")
	out=$(grep -v '^warning: ' <<<"$out")
}

printf 'hostname = "a.example";\nsmarthost = { host = "h"; user = "u"; password_file = "%s"; };\n' "$T/password" > "$T/conf"
run $SIGNET config check "$T/conf"
is "a password file that is not there" "$status $out" "78 password file: $T/password: No such file or directory
$T/conf: 1 fault"
touch "$T/password"
chmod 644 "$T/password"
run $SIGNET config check "$T/conf"
is "one that others can read" "$status" 78
like "with the chmod that mends it" "$out" "chmod 600 $T/password"
chmod 600 "$T/password"
run $SIGNET config check "$T/conf"
is "an empty one" "$status $out" "78 password file: $T/password is empty
$T/conf: 1 fault"
echo secret > "$T/password"
run $SIGNET config check "$T/conf"
is "mended" "$status $out" "0 $T/conf: OK, 4 settings"
run $SIGNET -C "$T/conf" config check
is "-C names the file too" "$status" 0
run $SIGNET config check -C "$T/conf"
is "wherever it stands" "$status" 0
SIGNET_CONFIG=$T/conf run $SIGNET config check
is "and so does SIGNET_CONFIG" "$out" "$T/conf: OK, 4 settings"
printf 'dkim = ( { domain = "a.example"; selector = "s"; file = "%s"; } );\n' "$T/key" > "$T/keys"
# unusable NAME WANT < KEY-FILE
unusable() {
	cat > "$T/key"
	chmod 600 "$T/key"
	run $SIGNET config check "$T/keys"
	like "$1" "$status ${out//$'\n'/ }" "^78 signing key s of a.example: $T/key: .*$2.* $T/keys: 1 fault"
}
unusable "an empty key file"   'the file is empty'     < /dev/null
unusable "no key in it"        'no private key'     <<< garbage
unusable "a key too short"     '512 bits'           < <(openssl genrsa 512 2>/dev/null)
unusable "a key of no use"     'neither RSA nor'    < <(openssl ecparam -name prime256v1 -genkey -noout)
unusable "a key under a pass"  'encrypted'          < <(openssl genrsa -aes128 -passout pass:x 2048 2>/dev/null)
openssl genpkey -algorithm ed25519 -out "$T/key" 2>/dev/null
run $SIGNET config check "$T/keys"
like "an ed25519 key alone" "$status $warnings" "^0 warning: key s of a.example: a.example has no RSA key.*signet key new --domain a.example"
openssl genrsa -out "$T/key" 2048 2>/dev/null
run $SIGNET config check "$T/keys"
is "a good key" "$status $out" "0 $T/keys: OK, 3 settings"
cp /bin/true "$T/dropper" && chmod 2755 "$T/dropper"
printf 'drop = "/elsewhere"; drop_program = "%s";\n' "$T/dropper" > "$T/conf"
run $SIGNET config check "$T/conf"
like "a drop folder that a set-gid signet-drop lends no group to" "$status $warnings" "(^0 |^)warning: drop is /elsewhere, and into any folder but .* writes as its caller"
chmod 755 "$T/dropper"
run $SIGNET config check "$T/conf"
unlike "which one that is not set-gid never has" "$warnings" "drop"

# ---- what will be missed ------------------------------------------------------

# needs NAME WANT LINES: a warning, and no fault
needs() {
	echo "$3" > "$T/conf"
	run $SIGNET config check "$T/conf"
	is "$1: no fault" "$status" 0
	like "$1: said" "$warnings" "$2"
}
ISP='host = "smtp.isp.example"; user = "me"; password_command = "true";'
needs "a detour whose address nobody here sees" '^warning: on_address_change has no effect with mx_proxy: MX hosts see an address of the proxy socks5://p\.example:1080' \
	"smarthosts = ( { name = \"isp\"; $ISP } ); on_address_change = \"isp\"; mx_proxy = \"socks5://p.example:1080\"; hostname = \"a.example\";"
needs "no root" '^warning: mail for root stays on this host, and local_delivery is "none"; set root = .*is held$' 'local_delivery = "none";'
needs "a root that is local" '^warning: mail of this host goes to root = "me@localhost", which is itself' 'root = "me@localhost"; local_delivery = "none";'
needs "a route for some domains alone" '^warning: mail for a domain that no route matches is held' \
	'routes = ( { to = [ "b.example" ]; via = [ "mx" ]; } );'
needs "two smarthosts and no route" '^warning: there is no way out' 'smarthosts = ( { host = "a" }, { host = "b" } );'
needs "a login and no from" '^warning: smarthost "smarthost" knows this host as me and may refuse other senders' "smarthost = { $ISP };"
needs "mail that is redirected" '^warning: redirect is on: all mail goes to me@b.example, and none to its recipients' 'redirect = "me@b.example";'
needs "trusted users, and no others" '^warning: trusted_users has no effect while untrusted_sender is "keep"' 'trusted_users = [ "www-data" ];'
needs "an agent that is not there" '^warning: local_command: /none: No such file .*waits$' 'local_command = "/none"; root = "me@b.example";'
needs "a program for events that is not there" '^warning: event_command: /none: No such file .*of events$' 'event_command = "/none";'
needs "a user for programs who is not there" '^warning: command_user: there is no user "nonesuch" on this host: .*no program is run$' 'alias_programs = [ "/bin/true" ]; command_user = "nonesuch";'
printf '#!/bin/sh\n' > "$T/program"
chmod 777 "$T/program"
for setting in publish_command event_command local_command; do
	needs "$setting: a program that others can write" "^warning: $setting: $T/program: others can write it .*mode 0777.* fix it with: chown root $T/program && chmod go-w $T/program$" \
		"$setting = \"$T/program\"; root = \"me@b.example\";"
done
needs "alias_programs, too" "^warning: alias_programs: $T/program: others can write it" "alias_programs = [ \"$T/program\" ];"
needs "and what prints a password" "^warning: password_command: $T/program: others can write it" "smarthost = { host = \"a.example\"; user = \"me\"; password_command = \"$T/program me\"; };"
chmod 755 "$T/program"
needs "an agent and root" '^warning: root.s mail is not given to local_command' 'local_command = "/bin/true"; aliases = [ "/none" ];'
needs "signet-drop without set-gid" "^warning: $T/dropper is not set-gid to signetdrop: .*chmod 2755" "drop_program = \"$T/dropper\";"
needs "no signet-drop" '^warning: drop_program /none: No such file' 'drop_program = "/none";'
needs "a host without a domain" '^warning: this host.s name "a" has no domain' 'hostname = "a";'
echo "hostname = \"a.example\"; root = \"me@b.example\"; user = \"\"; from = \"me@b.example\"; ca_file = \"$T/conf\"; smarthost = { $ISP };" \
	> "$T/conf"
sed -i "1i event_command = \"$T/program\"; command_user = \"daemon\";" "$T/conf"
run $SIGNET config check "$T/conf"
is "nothing is missed: nothing is said" "$status $warnings" "0 "
printf 'hostnam = "a";\nmx_port = 0;\n' > "$T/conf"
run $SIGNET config check "$T/conf"
is "all faults" "$status $out" "78 $T/conf:1: unknown setting \"hostnam\"; the nearest is \"hostname\"
$T/conf:2: mx_port must be a port number from 1 to 65535, not \"0\"
$T/conf: 2 faults"
run $SIGNET config check "$T/none"
is "a file that is not there" "$status $out" "78 $T/none: there is no such file"
run $SIGNET config check a b
is "too many arguments" "$status" 64
run $SIGNET config chek
is "no such action" "$status" 64

# Of $out, but for what lies in files that are not on this host, and the sum.
faults_of_the_file() {
	grep -Ev 'No such file or directory|^(signing key|DomainKeys key) |^(password file|ca_file|trust_anchor[a-z_]*): |: ([0-9]+ faults?|OK, [0-9]+ settings)$' <<<"$out"
}

# ---- what lies in etc/ ------------------------------------------------------

run env MAIL_DOMAIN=a.example SMTP_HOST=b.example $SIGNET config check etc/container/signet.conf
is "the configuration for containers, without what only signetd needs" "$status $out$warnings" "0 etc/container/signet.conf: OK, 12 settings"
run $SIGNET config check etc/signet.conf
is "the configuration that is shipped" "$status $out" "0 etc/signet.conf: OK, 0 settings"
sed -E -e '/^# {0,3}[a-z_]+ = .*|^#   [{}].*|^# [});].*|^#     [a-z].*|^# {9,}".*/s/^# //' etc/signet.conf > "$T/all"
names=$(sed -n 's/^\.It Ic //p' <<<"$($SIGNET config manual)" | sort -u)
missing=
for name in $names; do
	grep -Eq "(^|[ {])$name = " "$T/all" || missing="$missing $name"
done
is "names every setting of the table" "$missing" ""
sed -e '/^smarthost = {/,/^};/d' "$T/all" > "$T/uncommented"
run $SIGNET config check "$T/uncommented"
is "and is right with its comment marks off" "$(faults_of_the_file)" ""

sed -n '/^    domain = /,/^ .*};/p' README > "$T/readme"
run $SIGNET config check "$T/readme"
is "the first example in README is right" "$(grep -c smarthost "$T/readme") $(faults_of_the_file)" "1 "
unlike "and misses nothing but what is installed" "$(grep -v 'sendmail\|drop_program\|no domain' <<<"$warnings")" .
sed -n '/^    hostname = /,/^    );/p' README > "$T/readme"
run $SIGNET config check "$T/readme"
is "the second is, too" "$(faults_of_the_file)" ""

if [ "$($SIGNET config manual | grep -c '/usr/sbin/signet-drop')" = 1 ]; then
	is "signet.conf(5) holds what the table says" \
		"$(sed -n '/^\.\\" What follows is printed by/,/^\.\\" What precedes is printed by/p' etc/signet.conf.5 | sed '1d;$d')" \
		"$($SIGNET config manual)"
else
	skip "signet.conf(5) holds what the table says" "another PREFIX"
fi
tap_done
