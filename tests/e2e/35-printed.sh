#!/bin/bash
# SPDX-License-Identifier: ISC
# What our programs and pages tell a person to type is typed here, in the order in which it is printed, on a fresh root:
# what README and the manual say, and what programs said when they were run so. tests/lab/hints.py finds it in both, and
# a command that sources or pages hold and that nobody ran here fails the last test.
. "$(dirname "$0")/world.sh"
. "$(dirname "$0")/../lab/fresh.sh"
world_begin "$@"
tap_plan 139
if [ "$(stat -c %u /usr)" -ne 0 ]; then
	skip "what programs and pages print" "in a user namespace the files of the machine's root are nobody's, and no fresh root can be made of them" 138
	world_done
	exit
fi

RAN=$LAB/ran
: > $RAN
python3 "$LAB_SOURCE/tests/lab/hints.py" written "$LAB_SOURCE" > $LAB/written

waits() {   # one that does
	chroot "$root" signet queue list --json | sed -n 's/.*"queue_id": "\([^"]*\)".*/\1/p' | head -n 1
}

# Words that a person replaces.
filled() {
	sed -e "s/\bADDRESS\b/someone@else.org/; s/\bID\b/${id:-$(waits)}/; s/\bNAME\b/customers.example/" <<<"$1"
}

# follow WHAT EXPECTED TEXT [STATUSES]: types what TEXT tells to; EXPECTED names the commands, each as far as it matters.
follow() {
	local command bad='' list=''
	while read -r command; do
		[ -n "$command" ] || continue
		list=$list${list:+, }$command
		printf '%s\n' "$command" >> $RAN
		typed "$(filled "$command")"
		[[ " ${4:-0} " == *" $status "* ]] || bad="$bad$command: $status $out"$'\n'
	done < <(python3 "$LAB_SOURCE/tests/lab/hints.py" printed "$LAB_SOURCE" $LAB/written <<<"$3")
	like "$1: the commands" "$list" "^$2$"
	is "$1: each works" "$bad" ""
}

# ---- names and servers ------------------------------------------------------------------------

# zone DOMAIN: with the records that are in its folder
zone() {
	mkdir -p "records/$1"
	rm -f "$LAB/dns/$1.zone"
	{ echo '@ MX 10 mx.world.example.'; cat records/"$1"/* 2>/dev/null; } | lab_zone "$1"
	[ -z "${LAB_DNS_PID:-}" ] || lab_dns_reload
}
zone example.org
zone example.net
lab_zone world.example <<<'mx A 192.0.2.10'
lab_zone isp.example <<<'smtp A 192.0.2.20'
for domain in else.org example.com customers.example; do
	lab_zone $domain <<<'@ MX 10 mx.world.example.'
done
lab_dns_start
lab_mx_start mx 192.0.2.10 mx.world.example {else.org,example.org,example.com,example.net} -- \
	'virtual_alias_maps = inline:{someone@else.org=alice@else.org, someone@example.com=alice@example.com, me@example.org=alice@example.org, root@example.org=alice@example.org}' \
	'smtpd_recipient_restrictions = check_recipient_access inline:{{spf@else.org = 550 5.7.23 SPF validation failed}, {key@else.org = 550 5.7.1 DKIM sender invalid}, {words@else.org = 501 5.5.4 Syntax error in parameters}, {block@else.org = 554 5.7.1 Service unavailable, Client host [192.0.2.1] blocked using zen.spamhaus.org}}, permit_mynetworks, reject_unauth_destination'
lab_smarthost_start isp 192.0.2.20 smtp.isp.example me other

# ---- README: installing -----------------------------------------------------------------------

# section HEADING: its text
section() {
	awk -v h="$1" '
		{ line[NR] = $0 }
		END { for (i = 1; i < NR; i++) if (line[i + 1] ~ /^-+$/ && line[i] != "") at[i] = 1
		      for (i = 1; i <= NR; i++) { if (at[i]) on = line[i] == h; if (on) print line[i] } }' "$LAB_SOURCE/README"
}
indented() {
	sed -n 's/^    \([a-z].*\)/\1/p' | sed 's/   *.*//'
}
install=$(section Installing | indented)
fresh debian
bad=''
while read -r command; do
	typed "$command"
	[ $status -eq 0 ] || bad="$bad$command: $status $out"$'\n'
done < <(grep -v '^groupadd\|^useradd\|^make deb$\|^sudo apt install' <<<"$install" | awk '!seen[$0]++')    # packages: make check-packages
is "README: what installs with systemd works, in order" "$bad" ""
ready() {
	typed 'signet queue status'
	[ $status -eq 0 ]
}
ok "signetd runs" lab_until 60 ready
typed 'signet config check'
told "what was installed has no fault" 0 ': OK'

# ---- README: configuring ----------------------------------------------------------------------

conf=$root/etc/signet/signet.conf
# Its configuration, as it stands there; what the lab needs beside it: MXs on this host, a log to look at, few waits.
{
	section Configuring | sed -n '/^    hostname/,/^    );/s/^    //p'
	echo 'mx_allow = [ "192.0.2.0/24" ]; log = "/var/log/signet/log"; retry_min = "300ms"; retry_max = "1s";'
} > "$conf"
install -m 600 /dev/stdin "$root/etc/signet/isp.password" <<<wrong
log=$root/var/log/signet/log

typed 'signet config check'
told "README's configuration: its key is missing" 78 '/etc/signet/keys/s2026a\.pem: No such file; make it with: signet key new'
follow "config check" 'signet key new --domain example\.org --selector s2026a' "$out"
made=$out
like "key new makes the key that is named" "$made" '^/etc/signet/keys/s2026a\.pem: a new RSA key'
like "and needs no change of the configuration" "$made" 'names it already'

# Its record is published by what it printed: the form of a zone file, in whose strings the plain one is found again.
# published DOMAIN COMMAND: of its output, and that the zone has it
published() {
	typed "$2"
	printf '%s\n' "$out" > "records/$1/${out%%.*}"
	zone "$1"
}
published example.org "$(grep -o 'signet dns --format bind .*' <<<"$made")"
plain=$(sed -n 's/^    s2026a\._domainkey\.example\.org \(v=DKIM1.*\)/\1/p' <<<"$made")
is "the record that is printed is the one of the zone file" "$plain" "$(grep -o '"[^"]*"' records/example.org/s2026a | tr -d '"\n')"
S="--domain example\\.org --selector s2026a --key /etc/signet/keys/s2026a\\.pem"
follow "key new" "signet dns --format bind $S, signet dns --check $S, signet config check, signet reload" "$made"

bad=''
import='/etc/opendkim.conf'
mkdir -p "$root/etc/dkimkeys"
chroot "$root" sh -c "openssl genrsa -out /etc/dkimkeys/mail.private 2048 2>/dev/null
printf 'Domain example.net\nSelector mail\nKeyFile /etc/dkimkeys/mail.private\n' > $import"
ok "signetd goes on with it" lab_until 60 ready
echo '{ "organization-name": "else.org", "report-id": "1", "date-range": {}, "policies": [] }' > "$root/root/FILE"
while read -r command; do
	command=${command/RECEIVER/gmail}
	typed "${command/FILE//root/FILE}"
	case $status:$command in 0:*|75:*--check|77:signet\ setup|[0-3]:signet\ check|75:*rotate|1:*trace*) ;; *) bad="$bad$command: $status $out"$'\n' ;; esac
	[[ $command != *import* ]] || imported=$out
	[[ $command != *rotate ]] || rotated=$out
done < <(section Configuring | indented | grep '^signet ')
is "README: configuring works, in order" "$bad" ""
typed 'systemctl reload signetd'
is "README: so does reloading by systemctl" "$status" 0
ok "signetd has gone on" lab_until 60 ready

# By hand, as it says: behind the last entry of dkim, and a comma.
like "key import says where the entry goes" "$imported" 'Put this into dkim in /etc/signet/signet\.conf, after its last entry and a comma:$'
entry=$(grep '^    {' <<<"$imported")
ENTRY=$entry perl -0pi -e 's/(dkim = \(.*?\})(\s*\);)/$1,\n$ENV{ENTRY}$2/s' "$conf"
follow "key import" 'signet dns, signet dns --check, signet config check, signet reload' "$imported" '0 75'
typed 'signet key list'
is "both keys sign now" "$(grep -c ' DKIM .*/etc/signet/keys/' <<<"$out")" 2

# ---- a rotation, as it says itself ------------------------------------------------------------

# next REGEX: types the command in the last output that REGEX is the whole of
next() {
	local command
	command=$(python3 "$LAB_SOURCE/tests/lab/hints.py" printed "$LAB_SOURCE" $LAB/written <<<"$out" | grep -xE -- "$1" | head -n 1)
	like "it says: $1" "$command" "^signet "
	typed "${command:-false}"
}
DNS='signet dns --format bind --domain example\.org --selector s[0-9a-z]+ --key .*'
out=$rotated
published example.org "$(grep -oE "$DNS" <<<"$out")"
out=$rotated
next 'signet key rotate'
next 'signet key rotate --domain example\.org --selector s2026a --yes'
told "what it says at last switches" 0 'Leave the record of s2026a'
typed 'signet key revoke --domain example.org s2026a'
next 'signet key revoke --now --domain example\.org s2026a'
told "the record that revokes" 75 '^s2026a\._domainkey\.example\.org v=DKIM1; p=$'
revoking=$out
echo "s2026a._domainkey TXT \"$(sed -n 's/^s2026a\._domainkey\.example\.org //p' <<<"$out")\"" > records/example.org/s2026a
zone example.org
out=$revoking
next 'signet key revoke --now --domain example\.org s2026a'
told "and with it published the key goes" 0 's2026a\.pem: removed'
fails "its file too" test -e "$root/etc/signet/keys/s2026a.pem"

# ---- README: delivery -------------------------------------------------------------------------

sent() {   # sent TO…: from the owner, as a program would
	printf 'From: me@example.org\nTo: %s\nSubject: printed\n\nA body.\n' "$1" | chroot "$root" sendmail -f me@example.org "$@"
}
says() {
	grep -q -- "$1" "$log"
}
ok "a receiver that lists our address" sent block@else.org
lab_until 60 says 'blocked:'
follow "the log of a blocked site" 'signet route --sticky' "$(grep 'blocked:' "$log")"
typed 'signet route someone@else.org'
follow "route of a blocked site" 'signet route --sticky' "$out"
ok "a smarthost that takes no password" sent someone@rogers.com
lab_until 60 says 'then: signet queue flush'
follow "the log of it" 'signet queue flush' "$(grep 'then: signet' "$log" | head -n 1)"
id=$(waits)
bad=''
# A message that is being tried at that moment is left alone, with 75 and the advice to try again.
taken() {
	typed "$(filled "$1")"
	[ $status -ne 75 ]
}
while read -r command; do
	[[ $command != 'signet oauth login'* ]] || continue     # a person and their provider are needed: 58-oauth
	lab_until 60 taken "$command"
	case $status:$command in 0:*|1:*--dry-run*) ;; *) bad="$bad$command: $status $out"$'\n' ;; esac
done < <(section Delivery | indented | grep '^signet ')
is "README: delivery works, in order" "$bad" ""

# ---- what is said where something is wrong: COMMAND, the commands it leads to -----------------------

# hint COMMAND EXPECTED [STATUSES]
hint() {
	typed "$1"
	follow "$1" "$2" "$out" "${3:-0}"
}
hint 'sendmail -bv someone@else.org' 'signet route --sticky'
hint 'sendmail -qL' 'signet queue list --held' '0 1'
hint 'signet queue export --held' 'signet queue list'
typed 'signet help key'
told "help of one command" 0 'signet key new'
typed 'signet help key new'
told "and of one action" 0 'Makes a signing key'
hint 'signet queue hold' 'signet help'
hint 'signet quue' 'signet help'
hint 'signet key show nonesuch' 'signet key list'
hint 'signet dns example.com' 'signet key new --domain example\.com'
hint 'signet completions' 'signet completions, signet completions selectors 2>/dev/null, signet completions hops 2>/dev/null, signet completions ids 2>/dev/null'
chmod 666 "$conf"
hint 'signet config check' 'chmod go-w /etc/signet/signet\.conf'
echo '@include "part.conf"' > "$root/etc/signet/whole.conf"
echo 'libexec = "/usr/libexec/signet";' > "$root/etc/signet/part.conf"
chmod 666 "$root/etc/signet/part.conf"
hint 'signet config check /etc/signet/whole.conf' 'chmod go-w /etc/signet/part\.conf'
echo 'nobody: root' > "$root/etc/aliases"
chmod 600 "$root/etc/aliases"
hint 'signet config check' 'chmod o\+r /etc/aliases'
hint 'signet key new --selector mail --domain example.net' 'signet key rotate --domain example\.net --selector mail' 75
hint 'signet key revoke --domain example.net mail' 'signet key rotate, rm .*/mail\._domainkey\.example\.net\.rotation' '0 75'
typed 'signet key rotate --domain example.net'
state=$(ls "$root"/etc/signet/keys/*.rotation)
rm "$(sed -n 's/^new_file //p' "$state" | sed "s|^|$root|")"
hint 'signet key rotate --domain example.net' "rm .*/mail\._domainkey\.example\.net\.rotation"
fails "which gives the rotation up" test -e "$state"

typed 'signet key revoke --domain example.net nosuch'
told "revoke: a selector that nobody knows" 64 'nosuch of example\.net is not known.*configured are .*mail of example\.net'
hint "signet key import --domain customers.example --selector c --configure /etc/dkimkeys/mail.private" \
	'signet dns customers\.example, signet dns --check customers\.example, signet config check, signet reload' '0 75'

# ---- what became of a record: NAME VALUE in the zone of example.net, what --check says of it, and what it leads to ----

# damaged WHAT NAME VALUE REGEX [COMMANDS]
damaged() {
	rm -f records/example.net/*
	python3 -c 'import sys; v = sys.argv[2]; print(sys.argv[1], "TXT", " ".join("\"%s\"" % "".join(
		"\\%03d" % b if b in b"\"\\;" or b > 126 else chr(b) for b in v[i:i + 255].encode()) for i in range(0, len(v), 255)))' \
		"$2" "$3" > records/example.net/mail
	zone example.net
	typed 'signet dns --check example.net'
	told "dns --check: $1" 75 "$4"
	[ -z "${5:-}" ] || follow "$1" "$5" "$out"
}
typed 'signet key show mail --record'
record=${out#* }
name=mail._domainkey
damaged quotes $name "\"$record\"" 'damaged \(there are quotes inside'
damaged 'cut at 255' $name "${record:0:255}" 'the key in p= is cut off: a record of more than 255' 'signet dns --format bind'
damaged 'a zero width space' $name "${record:0:60}$(printf '\xe2\x80\x8b')${record:60}" 'there is an invisible character in the record'
damaged 'a private key' $name "v=DKIM1; k=rsa; p=$(chroot "$root" openssl pkey -in /etc/dkimkeys/mail.private -outform DER | base64 -w0)" \
	'the key is compromised' 'signet key new'
damaged 'the domain twice' $name.example.net "$record" 'the record is at mail\._domainkey\.example\.net\.example\.net: the form adds the domain'
damaged 'no _domainkey' mail "$record" 'the record is at mail\.example\.net: \._domainkey is missing'
rm -f records/example.net/*
typed "signet dns --format bind --domain example.net --selector mail --key /etc/dkimkeys/mail.private"
printf '%s\n' "$out" > records/example.net/mail
zone example.net
typed 'signet dns --check example.net'
told "dns --check: as it should be" 0 '1 of 1 show it'

# In a configuration beside the first.
beside() {
	printf '%s\n' "$1" > "$root/root/beside.conf"
}
K=/etc/signet/keys
chroot "$root" sh -c "openssl genrsa -out $K/few.pem 1024 2>/dev/null; openssl genpkey -algorithm ed25519 -out $K/ed.pem; cp $K/few.pem $K/open.pem
chmod 644 $K/open.pem; cp -p $K/few.pem $K/foreign.pem; chown nobody $K/foreign.pem; openssl pkey -in $K/few.pem -aes128 -passout pass:x -out $K/locked.pem"
hint "signet key show $K/open.pem" "chmod 600 $K/open\.pem"
hint "signet key show $K/foreign.pem" "chown root $K/foreign\.pem"
typed "signet key show $K/open.pem && signet key show $K/foreign.pem"
is "which makes both right" "$status" 0
typed "signet key show $K/locked.pem"
command=$(grep -o "openssl pkey -in $K/locked.pem -out $K/locked.pem.new" <<<"$out")
typed "echo x | setsid -w $command"   # without a terminal the pass phrase is read from standard input
printf '%s\n' "$command" >> $RAN
typed "signet key show $K/locked.pem.new"
is "an encrypted key: the command that is printed writes it without a pass phrase" "$status" 0

# aside REGEX: of the last output, the commands are typed with the configuration beside
aside() {
	local command bad='' list=''
	while read -r command; do
		list=$list${list:+, }$command
		printf '%s\n' "$command" >> $RAN
		typed "SIGNET_CONFIG=/root/beside.conf ${command//NAME/a.customers.example}"
		[[ $status = 0 || $status = 75 ]] || bad="$bad$command: $status $out"$'\n'
	done < <(python3 "$LAB_SOURCE/tests/lab/hints.py" printed "$LAB_SOURCE" $LAB/written <<<"$out")
	like "beside: $1" "$list" "^$1$"
	is "each works" "$bad" ""
}
beside 'domain = "example.com";'
typed 'signet -C /root/beside.conf key list'
aside 'signet key new --domain example\.com --configure|signet key new --domain example\.com'
beside "domain = \"example.com\"; dkim = ( { domain = \"example.com\"; selector = \"few\"; file = \"$K/few.pem\"; } );"
typed 'signet -C /root/beside.conf key list'
aside 'signet key rotate --domain example\.com --selector few'
rm -f "$root"$K/*.rotation
beside "domain = \"example.com\"; dkim = ( { domain = \"example.com\"; selector = \"ed\"; file = \"$K/ed.pem\"; domainkeys = { selector = \"dk\"; file = \"$K/ed.pem\"; }; } );"
typed 'signet -C /root/beside.conf config check'
aside 'signet key new --domain example\.com, signet key new --domainkeys --domain example\.com'
beside "domain = \"example.com\"; dkim = ( { domain = \"*.customers.example\"; selector = \"few\"; file = \"$K/few.pem\"; } );"
typed 'signet -C /root/beside.conf dns'
aside 'signet dns NAME'
typed 'signet -C /root/beside.conf key rotate'
aside 'signet key new'
beside 'hostname = "host"; domain = "host";'
typed 'signet -C /root/beside.conf key new'
aside 'signet key new --domain example\.org'
beside 'domian = "example.com"; rout = "x";'
typed 'signet -C /root/beside.conf queue list'
like "a configuration with faults" "$out" 'signet config check /root/beside\.conf'
typed 'signet config check /root/beside.conf'
is "which lists them" "$status $(grep -c 'beside.conf:1:' <<<"$out")" "78 2"

# ---- mail: what reports and queue say ---------------------------------------------------------------

reports() {
	[ "$(lab_mail example.org alice | wc -l)" -ge "$1" ]
}
typed 'signet queue delete --recipient block@else.org && signet route --sticky --clear all'
before=$(lab_mail example.org alice | wc -l)
for to in spf key words; do
	ok "mail that is refused: $to" sent $to@else.org
done
ok "three reports come" lab_until 60 reports $((before + 3))
# What each says to a person, before the parts for programs; its lines are wrapped.
said=$(lab_mail example.org alice | while read -r file; do
	tr -d '\r' < "$file" | sed '/^Content-Type: message/q' | tr '\n' ' ' | sed 's/  */ /g'
	echo
done)
ADVICE='signet (dns|route ADDRESS|key list|test ADDRESS)'
follow "reports" "$ADVICE(, $ADVICE)*" "$said" '0 75'
for command in dns 'route ADDRESS' 'key list' 'test ADDRESS'; do
	like "a report advises: signet $command" "$(python3 "$LAB_SOURCE/tests/lab/hints.py" printed "$LAB_SOURCE" $LAB/written <<<"$said")" "^signet $command$"
done

id=''
hint 'signet test someone@rogers.com' 'signet queue list, signet queue delete ID'
id=$(chroot "$root" signet trace someone@else.org --json | sed -n 's/.*"queue_id": "\([^"]*\)".*/\1/p' | head -n 1)
hint "signet queue export $id" "signet trace $id"

# ---- the manual --------------------------------------------------------------------------------------

bad=''
while read -r command; do
	typed "$command"
	case $status:$command in 0:*|75:*rotate*|1:*--dry-run*) ;; *) bad="$bad$command: $status $out"$'\n' ;; esac
done < <(sed -n 's/^\.Dl \(signet .*\)/\1/p' "$LAB_SOURCE/signet/signet.8")
is "signet(8): its examples work, in order" "$bad" ""

# ---- without signetd, and without systemd -----------------------------------------------------------

typed 'systemctl stop signetd'
hint 'signet queue status' 'systemctl start signetd'
ok "it runs again" lab_until 60 ready
fresh plain
bad=''
while read -r command; do
	typed "$command"
	[ $status -eq 0 ] || bad="$bad$command: $status $out"$'\n'
done < <(grep -v '^systemd\|^systemctl\|^make deb$\|^sudo apt install' <<<"$install" | awk '!/^chgrp/ { print } /^chgrp/ { last = $0 } END { print last }')
is "README: what installs without systemd works, in order" "$bad" ""
is "signet-drop is set-gid" "$(stat -c '%a %G' "$root/usr/sbin/signet-drop" | sed 's/UNKNOWN/signetdrop/')" "2755 signetdrop"

# ---- nothing is left that nobody typed ----------------------------------------------------------------

# Those that another test runs; the targets of make are long, and here it is seen that they are there.
elsewhere='pflogsumm --syslog-name=signet /var/log/mail.log
journalctl -t signet/smtp SIGNET_RECIPIENT=someone@example.net'
grep -q 'pflogsumm --syslog-name=signet' "$LAB_SOURCE/tests/e2e/22-log.sh" && printf '%s\n' "$elsewhere" >> $RAN
digest='signet queue list %s\r
signet queue release %s\r
signet queue delete %s\r'
grep -q 'signet queue \(list\|release\|delete\)' "$LAB_SOURCE/tests/e2e/46-identity.sh" && printf '%s\n' "$digest" >> $RAN
# What shows that a fix worked, and what to ask again.
checks='signet check --only egress --all
signet check --only helo
signet check --only dns.anchor --all
signet check --only spf example.org
signet check --only spf --all example.org
signet check --only dkim
signet check --only domainkeys
signet check --only smarthost example.org
signet check --only smarthost --all example.org
signet check --only blocklist
signet check --only blocklist --all --fresh
signet check --fresh
signet check --only senders --all
signet check --only bulk --all example.org
signet check --only queue --all
signet check --explain all
signet dns --publish
signet key new --domain example.org --configure
signet key new --domainkeys --domain example.org
signet route --from me@example.org someone@else.example'
grep -q 'signet check --explain\|SIGNET check --explain' "$LAB_SOURCE/tests/e2e/70-check.sh" && printf '%s\n' "$checks" >> $RAN
# elsewhere SCRIPT PATTERN COMMANDS: another script runs them, as the pattern in it shows.
elsewhere() {
	grep -q -- "$2" "$LAB_SOURCE"/tests/$1 && printf '%s\n' "$3" >> $RAN
}
elsewhere 'e2e/58-*.sh' 'SIGNET oauth login browser' 'signet oauth login gmail
signet oauth login
signet oauth login --browser gmail'
elsewhere 'base/oauth_saved_test.c' 'chown -R ' 'chmod 700 /var/spool/signet/oauth
chown -R 0 /var/spool/signet/oauth'
elsewhere 'e2e/53-*.sh' 'SIGNET suppress remove' 'signet suppress remove someone@else.org
signet suppress list'
elsewhere 'e2e/77-*.sh' 'delist gmail --asked' 'signet delist RECEIVER
signet delist gmail --asked
signet delist gmail --asked --address ADDRESS
signet delist gmail --forget'
elsewhere 'e2e/70-*.sh' 'SIGNET check .*--wait' 'signet check --wait'
elsewhere 'e2e/75-*.sh' 'SIGNET explain --verdicts' 'signet explain --verdicts'
elsewhere 'e2e/82-*.sh' 'SIGNET route --sticky --clear mx' 'signet route --sticky --clear'
elsewhere 'e2e/93-*.sh' 'import opendkim --root' 'signet import opendkim
signet check --mail'
elsewhere 'e2e/94-*.sh' 'SIGNET import .* --queue' 'signet import postfix --queue
signet import postfix --queue /var/spool/postfix
systemctl stop nullmailer'
elsewhere 'e2e/94-*.sh' 'SIGNET queue export --file' 'signet queue hold all
signet queue export --file ID.eml --envelope ID.json ID'
elsewhere 'signet/keys/keys_test.sh' '^rotate --status' 'signet key rotate --status'
elsewhere 'e2e/83-*.sh' 'SIGNET key rotate --status' 'signet key rotate --status'
elsewhere 'signet/config_test.sh' 'chown root .* && chmod go-w' 'chown root /usr/local/bin/publish && chmod go-w /usr/local/bin/publish'
elsewhere 'debian/*.sh' 'apt install $DEBS' 'sudo apt install ./build/deb/signet_*.deb ./build/deb/signet-mta_*.deb'
elsewhere 'e2e/81-*.sh' 'SIGNET check --all' 'signet check --all
signet check --changed --mail'
targets=$(sed -n 's/^    \(make [a-z].*\)/\1/p' "$LAB_SOURCE/README" | sed 's/   *.*//')
for target in $(grep -o 'make [a-z-]*' <<<"$targets" | sed 's/make //' | sort -u); do
	make -C "$LAB_SOURCE" -n "$target" RELEASE=trixie >/dev/null 2>&1 || echo "no target: $target"
done > no-targets
printf '%s\n' "$targets" make >> $RAN
is "README: the targets of make are there" "$(cat no-targets)" ""
is "every command that sources and pages hold was typed" "$(python3 "$LAB_SOURCE/tests/lab/hints.py" unrun "$LAB_SOURCE" $RAN)" ""
world_done
