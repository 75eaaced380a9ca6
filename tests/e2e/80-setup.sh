#!/bin/bash
# SPDX-License-Identifier: ISC
# signet setup: from a configuration that says nothing of the host to signed mail; again, which changes nothing; and
# where port 25 is shut.
. "$(dirname "$0")/world.sh"
world_begin "$@"
tap_plan 59

SERVER=127.0.0.2
ECHO=192.0.2.77 OURS=198.18.4.1
world_names
lab_zone world.example <<-'END'
echo MX 10 echo
echo A 192.0.2.77
shut MX 10 gone
END
lab_dns_start
mkdir -p $LAB/zones
zone() {
	{ printf '%s\n' "\$ORIGIN $1." '$TTL 60' '@ SOA ns1.setup.example. hostmaster.setup.example. 1 3600 600 86400 5' '@ NS ns1.setup.example.'; cat; } > "$LAB/zones/$1.zone"
}
zone setup.example <<END
ns1 A $SERVER
mail A $OURS
@ MX 10 mail
END
zone 18.198.in-addr.arpa <<< '1.4 PTR mail.setup.example.'
zone spamhaus.org <<< '2.0.0.127.zen A 127.0.0.2'
zone spamcop.net <<< '2.0.0.127.bl A 127.0.0.2'
ZONES="setup.example 18.198.in-addr.arpa spamhaus.org spamcop.net"
# shellcheck disable=SC2086
lab_knot_start names $SERVER < <(lab_knot_zones $LAB/zones $ZONES)
ip address add $OURS/32 dev lo
ip address add $ECHO/32 dev lo
sleep infinity | /usr/bin/python3 "$LAB_SOURCE/tests/e2e/check/echo.py" $ECHO &
lab_need 60 lab_answers $ECHO 25
world_mx_start

# ---- what the lab needs, and nothing of the host ----------------------------------------

config() {
	lab_config_base | grep -v '^hostname\|^domain'
	cat <<-END
	# A word of mine.
	echo_domains = [ "${1:-echo}.world.example" ];   # mine, too
	mx_source = [ "$OURS" ];
	stub_zones = ( $(comma=; for name in $ZONES; do printf '%s{ zone = "%s"; servers = [ "%s" ]; }' "$comma" $name $SERVER; comma=', '; done) );
	END
}
config > $CONF
cp $CONF before.conf
setup() {
	out=$($SIGNET setup "$@" 2>&1 </dev/null)
	status=$?
}
all_files() {
	find /etc/signet /var/spool/signet $LAB/zones -type f -exec sha256sum {} + 2>/dev/null | sort
}

# ---- what it would do ----------------------------------------------------------------------

was=$(all_files)
setup --dry-run
like "nobody knows who reads root's mail" "$status $out" '^64 .*no root is known.*--root'
setup --dry-run --root bob@direct.world.example
is "--dry-run" "$status" 0
like "recommends to send straight" "$out" '^recommended: mx: port 25 is open, the PTR leads back'
like "with the name of the PTR" "$out" 'set: +hostname = "mail.setup.example";'
like "and where it is from" "$out" "^ +the PTR of $OURS"
like "and the domain of that" "$out" 'set: +domain = "setup.example";'
like "a key" "$out" 'run: +signet key new --domain setup.example --configure'
setup --root bob@direct.world.example
like "without a terminal, without --yes: nothing" "$status $out" '^77 .*--yes'
is "nothing has changed by all that" "$(all_files)" "$was"
planned() { setup "$1" --root bob@direct.world.example --via mix --smarthost smtp.isp.world.example "${@:2}"; }
for how in --dry-run --yes; do
	planned $how --smarthost isp:99999
	like "$how: a port that there is not" "$status $out" '^78 .*signet.conf stays as it was.*port'
	planned $how --smarthost 'a b'
	like "a host that is none" "$status $out" '^78 .*signet.conf stays as it was.*"a b"'
	planned $how --server nope
	like "a name server that has no address" "$status $out" '^[67][0-9] .*nope'
	planned $how --tsig-file /nonexist
	like "a key that is not there" "$status $out" '^66 .*/nonexist: '
done
is "nor by these" "$(all_files)" "$was"
setup --via by-pigeon
is "a way that there is not" "$status" 64

# ---- does it -----------------------------------------------------------------------------------

lab_signetd_start
setup --yes --root bob@direct.world.example --server $SERVER
is "set up" "$status" 0
[ "$status" = 0 ] || diag "$out"
is "a person's text stays as it was" "$(head -n "$(wc -l < before.conf)" $CONF)" "$(cat before.conf)"
like "what was found is in the configuration" "$(cat $CONF)" '^hostname = "mail.setup.example";$'
is "which has no fault" "$($SIGNET config check >told 2>&1; echo $?)" 0
like "a key is published" "$(kdig +short @$SERVER "$(sed -n 's/.*selector = "\([^"]*\)".*/\1/p' $CONF)._domainkey.setup.example" TXT)" '^"v=DKIM1; k=rsa; p=MII'
like "so is SPF" "$(kdig +short @$SERVER setup.example TXT)" "v=spf1 .*ip4:$OURS"
like "how to go on waiting is told" "$out" 'signet check --wait'
ok "the test mail has arrived" lab_until 60 lab_has_mail direct.world.example bob
like "signed" "$(header "$(copy direct.world.example bob)")" '^DKIM-Signature:.* d=setup.example;'
$SIGNET check --only port25,ptr,dkim,dmarc,spf.record >found 2>&1
is "signet check is content" "$?" 0
[ "$(grep -c '^fail\|^warn' found)" = 0 ] || diag "$(cat found)"

# ---- again -----------------------------------------------------------------------------------------

was=$(sha256sum $CONF /etc/signet/keys/*; kdig +short @$SERVER setup.example SOA)
setup --yes --root bob@direct.world.example --server $SERVER
is "again" "$status" 0
like "there is nothing to do" "$out" '^nothing to do$'
like "and what is there is told" "$out" 'there: +a key signs for the domain already'
unlike "no mail is sent" "$out" '^\$ signet test'
is "nothing has changed, byte for byte" "$(sha256sum $CONF /etc/signet/keys/*; kdig +short @$SERVER setup.example SOA)" "$was"
setup --yes --root other@direct.world.example --via smarthost --smarthost smtp.isp.world.example --server $SERVER
like "what is set stays, whatever is answered" "$out" 'root is set in signet.conf, and stays as it is; to have another, change it there'
is "indeed" "$(sha256sum $CONF /etc/signet/keys/*; kdig +short @$SERVER setup.example SOA)" "$was"
lab_signetd_stop

# ---- who distrusts the address, and who is asked -------------------------------------------------------

export SIGNET_CONFIG=$LAB/fresh.conf
config > $SIGNET_CONFIG
listed() {
	printf 'server %s\nzone spamhaus.org.\nupdate delete 1.4.18.198.zen.spamhaus.org. A\nupdate add 1.4.18.198.zen.spamhaus.org. 60 A %s\nsend\n' $SERVER "$1" | nsupdate
	setup --dry-run --root bob@direct.world.example --smarthost smtp.isp.world.example
}
listed 127.0.0.2
like "on a blocklist: a mix" "$status $out" "^0 recommended: mix: $OURS is on a blocklist"
like "through the smarthost where mail is refused" "$out" 'set: +routes = \( \{ to = \[ "\*" \]; via = \[ "mx", "isp" \]; \} \);'
like "and where the address changes" "$out" 'set: +on_address_change = \[ "isp" \];'
listed 127.0.0.10
like "in the PBL: a smarthost" "$status $out" "^0 recommended: smarthost: $OURS "
on_terminal() {
	printf '%s\n' "$@" | script -qec "$SIGNET setup --no-test" /dev/null 2>&1
}
out=$(on_terminal bob@direct.world.example smtp.isp.world.example n)
like "a terminal is asked who reads root's mail" "$out" "Who reads root's mail\? An address:"
like "and through which server" "$out" 'host = "smtp.isp.world.example"'
like "and told no, nothing is done" "$out" 'nothing was done'
is "indeed" "$(cat $SIGNET_CONFIG)" "$(config)"
out=$(on_terminal bob@direct.world.example smtp.isp.world.example y)
like "told yes, it is" "$(cat $SIGNET_CONFIG)" '^root = "bob@direct.world.example";$'

# ---- port 25 is shut ----------------------------------------------------------------------------------

export SIGNET_CONFIG=$LAB/shut.conf
config shut > $SIGNET_CONFIG
setup --dry-run --root bob@direct.world.example --hostname mail.setup.example
like "a smarthost is recommended, with the reason" "$status $out" '^64 .*through a smarthost, as port 25 outside cannot be reached.*--smarthost'
printf '%s\n' '# mine' 'isp = isp.world.example' 'relayhost = [smtp.$isp]:587' > main.cf
setup --dry-run --postfix main.cf --root bob@direct.world.example --hostname mail.setup.example
like "that of Postfix is proposed" "$out" 'set: +smarthosts = .*host = "smtp.isp.world.example"; port = 587;'
setup --dry-run --smarthost smtp.isp.world.example:465 --user me --password-file /etc/signet/isp.password
like "a password that is not there is said so" "$status $out" '^[67][0-9] .*isp.password: the password cannot be read'
echo secret > $LAB/signet/isp.password
setup --dry-run --root bob@direct.world.example --hostname mail.setup.example --smarthost smtp.isp.world.example:465 --user me --password-file /etc/signet/isp.password
like "or that which is said" "$out" 'host = "smtp.isp.world.example"; port = 465; user = "me"; password_file = "/etc/signet/isp.password";'
like "all mail goes there" "$out" 'set: +default_via = \[ "isp" \];'
like "and this host's address is no sender's" "$out" 'run: +signet dns$'
is "Postfix keeps its configuration" "$(cat main.cf)" $'# mine\nisp = isp.world.example\nrelayhost = [smtp.$isp]:587'
setup --dry-run --postfix nowhere.cf
like "a file that is not there is said so" "$status $out" '^66 .*nowhere.cf: .* cannot be read'

# ---- the keys of OpenDKIM ---------------------------------------------------------------------------------

openssl genrsa 2048 > old.pem 2>/dev/null
printf '%s\n' 'Domain setup.example' 'Selector old' "KeyFile $PWD/old.pem" > opendkim.conf
setup --yes --no-test --root bob@direct.world.example --hostname mail.setup.example --via smarthost --smarthost smtp.isp.world.example \
	--import-opendkim "$PWD/opendkim.conf"
is "OpenDKIM: set up" "$status" 0
like "its keys are taken over" "$(cat $SIGNET_CONFIG)" 'selector = "old"'
like "their record is printed" "$out" '^old\._domainkey\.setup\.example v=DKIM1; k=rsa; p='
like "signetd is to be started" "$out" 'signetd does not run: start it'
is "again: the same, byte for byte" "$(was=$(cat $SIGNET_CONFIG); setup --yes; [ "$was" = "$(cat $SIGNET_CONFIG)" ] && echo "$status")" 0
world_done
