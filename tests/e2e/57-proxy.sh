#!/bin/bash
# SPDX-License-Identifier: ISC
# SOCKS5 proxies: a real one before the MX hosts and another, with a login and with names of its own, before a
# smarthost; then one that fails in every way. Its faults are told as its own: the receiver is not blamed, and nothing
# is bounced. DANE and certificates hold as they do without it.
LAB_PEERS="root proxies"
. "$(dirname "$0")/world.sh"
world_begin "$@"
MODES="reply1 reply2 reply3 reply4 reply5 reply6 reply7 reply8 reply99 nomethod login other http smtp silence mute close halfway endless"
tap_plan 62

# ---- the world -----------------------------------------------------------------------

world_names
world_mx_start {good,bad}.dane.example {kept,broken}.sts.example
key_hash() {
	openssl x509 -in "$1" -noout -pubkey | openssl pkey -pubin -outform DER | openssl dgst -sha256 -r | cut -d' ' -f1
}
printf '%s\n' 'proxy A 192.0.2.11' 'lost MX 5 mx-distrust' 'mx-distrust A 192.0.2.21' | lab_zone world.example
lab_zone dane.example <<END
mx-good A 192.0.2.10
_25._tcp.mx-good TLSA 3 1 1 $(key_hash $LAB/tls/mx.world.example.pem)
good MX 10 mx-good
mx-bad A 192.0.2.10
_25._tcp.mx-bad TLSA 3 1 1 $(printf x | sha256sum | cut -d' ' -f1)
bad MX 10 mx-bad
END
lab_zone_sign dane.example
for domain in kept broken; do
	printf '%s\n' "$domain MX 10 mx.world.example." "_mta-sts.$domain TXT \"v=STSv1; id=1\"" "mta-sts.$domain A 192.0.2.21"
done | lab_zone sts.example
# policy DOMAIN MX: what mta-sts.DOMAIN serves
policy() {
	local at=https/mta-sts.$1
	mkdir -p "$at"
	lab_certificate "mta-sts.$1"
	cp "$LAB/tls/mta-sts.$1.pem" "$at/server.pem"
	cp "$LAB/tls/mta-sts.$1.key" "$at/server.key"
	cp "$at"/server.* https/
	printf '%s\r\n' 'HTTP/1.1 200 OK' 'Content-Type: text/plain' 'Connection: close' '' \
		'version: STSv1' 'mode: enforce' "mx: $2" 'max_age: 86400' > "$at/response"
}
policy kept.sts.example mx.world.example
policy broken.sts.example mx.elsewhere.example
lab_https_start https 192.0.2.21
# Nobody but the second proxy knows where it is.
HIDDEN=smtp.hidden.example
lab_smarthost_start isp 192.0.2.20 $HIDDEN me "$ISP_PASSWORD" \
	'transport_maps = inline:{dead.world.example=smtp:[mx.world.example], lost.world.example=smtp:[mx.world.example]}'
# And an MX that distrusts whoever comes.
mkdir -p distrust
echo 'on rcpt reply 550 5.7.1 Service unavailable; client host [192.0.2.11] blocked using zen.spamhaus.org' > distrust/script
lab_hostile_start distrust 192.0.2.21 25

# real_proxy PORT [OPTION…]: microsocks, which speaks from an address of its own; sets PROXY_PID
real_proxy() {
	local port=$1
	shift
	unshare --mount sh -c "mount --bind $LAB/proxy-hosts /etc/hosts && exec microsocks -i 192.0.2.11 -b 192.0.2.11 -p $port \"\$@\"" sh "$@" \
		>>$LAB/log/microsocks 2>&1 &
	PROXY_PID=$!
	lab_need 60 lab_answers 192.0.2.11 "$port"
}
{ cat /etc/hosts; echo "192.0.2.20 $HIDDEN"; } > proxy-hosts
real_proxy 1080
MX_PROXY_PID=$PROXY_PID
real_proxy 1081 -u lab -P 'proxy secret'

printf 'proxy secret\n' > signet/proxy.password
printf '%s\n' "$ISP_PASSWORD" > signet/isp.password
chmod 600 signet/proxy.password signet/isp.password
configure() {   # PROXY-OF-ISP
	{
		lab_config_base
		cat <<-END
		ca_file = "$LAB/tls/ca.pem";
		mx_proxy = "socks5://proxy.world.example:1080";
		$MX_LOGIN
		smarthosts = ( { name = "isp"; host = "$HIDDEN"; port = 587; user = "me"; password_file = "/etc/signet/isp.password";
		  ca_file = "$LAB/tls/ca.pem"; proxy = "$1"; proxy_password_file = "/etc/signet/proxy.password"; } );
		routes = (
		  { to = [ "picky.world.example" ]; via = [ "isp" ]; },
		  { to = [ "dead.world.example", "lost.world.example" ]; via = [ "mx", "isp" ]; fallback_on = [ "unreachable", "blocked" ]; },
		  { to = [ "*" ]; via = [ "mx" ]; }
		);
		retry_min = "500ms"; retry_max = "1s"; time_scale = "0.1";
		END
	} > $CONF
}
MX_LOGIN=
configure 'socks5://lab@192.0.2.11:1081'
lab_dns_start
lab_signetd_start

send() {   # TO SUBJECT
	world_message you@sender.example "$1" "$2" | $SENDMAIL -i -f you@sender.example "$1"
}
# waits TO REGEX: mail for it waits, and says why
waits() {
	$SIGNET queue list --json | grep -F "\"$1\"" | grep -Eq "$2"
}
reload() {
	local before
	before=$(grep -c 'the new configuration is good' $LAB/log/signetd)
	kill -HUP "$LAB_SIGNETD_PID"
	lab_need 60 eval "[ \"\$(grep -c 'the new configuration is good' $LAB/log/signetd)\" -gt $before ] && lab_signetd_ready"
}

# ---- all is well -----------------------------------------------------------------------

send alice@direct.world.example direct
ok "an MX, through a real proxy" lab_until 60 lab_has_mail direct.world.example alice
ok "which is whom the MX speaks with" lab_until 60 grep -q 'connect from .*\[192\.0\.2\.11\]' $LAB/log/mx
ok "and nobody else" eval '! grep -q "connect from .*\[192\.0\.2\.1\]" $LAB/log/mx'
{ cat $CONF; echo 'echo_domains = [ "direct.world.example" ];'; } > echo.conf
like "signet check knows that the world sees the proxy's address" "$($SIGNET -C echo.conf check --only egress,port25 --all 2>&1)" \
	'egress\.address.* through the proxy socks5://proxy\.world\.example:1080'
ok "and asks nobody past it, either" eval '! grep -q "connect from .*\[192\.0\.2\.1\]" $LAB/log/mx'
ok "the log line names the proxy beside the address" log_says \
	'to=<alice@direct.world.example>, relay=mx\.world\.example\[192\.0\.2\.10\+socks5://proxy\.world\.example:1080\]:25, .*status=sent'
like "and so does queue show" "$($SIGNET trace alice@direct.world.example)" 'socks5://proxy\.world\.example:1080'

send alice@picky.world.example picky
ok "a smarthost whose name only its proxy knows, with a login there and one here" lab_until 60 log_says \
	"to=<alice@picky.world.example>, relay=smtp\.hidden\.example\[socks5://192\.0\.2\.11:1081\]:587, .*status=sent"
ok "its certificate was verified" log_says "Verified TLS connection established to smtp\.hidden\.example\[socks5"
like "signet route says which way" "$($SIGNET route alice@picky.world.example)" 'through socks5://lab@192\.0\.2\.11:1081'
like "and for programs" "$($SIGNET route --json alice@direct.world.example)" '"proxy": "socks5://proxy\.world\.example:1080"'

send alice@good.dane.example dane
ok "DANE: the right key" lab_until 60 lab_has_mail good.dane.example alice
ok "is verified by DANE" log_says 'Verified TLS connection established to mx-good\.dane\.example.*dane'
send alice@bad.dane.example dane
ok "DANE: another key, so the mail waits" lab_until 60 waits alice@bad.dane.example 'TLS is demanded \(dane'
send alice@kept.sts.example sts
ok "MTA-STS: the host of the policy" lab_until 60 lab_has_mail kept.sts.example alice
ok "has proved its name" log_says 'Verified TLS connection established to mx\.world\.example\[.*mta-sts enforce'
send alice@broken.sts.example sts
ok "MTA-STS: another host, so the mail waits" lab_until 60 waits alice@broken.sts.example 'MTA-STS|mta-sts'
$SIGNET queue delete --recipient alice@bad.dane.example >/dev/null
$SIGNET queue delete --recipient alice@broken.sts.example >/dev/null

send alice@dead.world.example dead
ok "what the proxy cannot reach counts as unreachable: the next hop" lab_until 60 lab_has_mail dead.world.example alice
ok "though the fault is the proxy's" log_says 'proxy socks5://proxy\.world\.example:1080: the connection that it tried was refused'
send alice@lost.world.example lost
ok "distrust of the proxy's address: the next hop" lab_until 60 lab_has_mail lost.world.example alice
like "of ours none is to blame" "$($SIGNET route --sticky --json)" '"address": ""'
$SIGNET route --sticky --clear all >/dev/null

# Without a queue: sendmail itself.
printf '%s\n' 'queue = "none"; domain = "sender.example"; hostname = "web";' "libexec = \"$LAB/build/libexec/signet\";" \
	"log = \"$LAB/log/once\"; socket = \"/nonexistent\"; drop_program = \"/nonexistent\";" \
	"smarthost = { host = \"$HIDDEN\"; port = 587; user = \"me\"; password_file = \"/etc/signet/isp.password\"; ca_file = \"$LAB/tls/ca.pem\";" \
	'  proxy = "socks5://lab@192.0.2.11:1081"; proxy_password_file = "/etc/signet/proxy.password"; };' > once.conf
ok "without a queue, through the proxy as well" $SENDMAIL -C $LAB/once.conf -i -f you@sender.example bob@direct.world.example \
	< <(world_message you@sender.example bob@direct.world.example once)
ok "and it arrives" lab_until 60 lab_has_mail direct.world.example bob

printf 'not it\n' > signet/proxy.password
reload
send bob@picky.world.example 'wrong password'
ok "a wrong password at the proxy" lab_until 60 waits bob@picky.world.example \
	'proxy socks5://192\.0\.2\.11:1081: it does not accept the user or the password'
unlike "which stands in no log, as the right one" "$(cat log/signetd)" 'not it|proxy secret'
printf 'proxy secret\n' > signet/proxy.password
reload
ok "the right one: it goes" lab_until 60 log_says 'to=<bob@picky.world.example>.*status=sent'
kill -9 "$PROXY_PID" && wait "$PROXY_PID" 2>/dev/null
send carol@picky.world.example 'nobody there'
ok "no proxy: the mail waits for it" lab_until 60 waits carol@picky.world.example 'proxy socks5://192\.0\.2\.11:1081: cannot connect: Connection refused'
real_proxy 1081 -u lab -P 'proxy secret'
ok "it is back: it goes" lab_until 60 log_says 'to=<carol@picky.world.example>.*status=sent'
configure 'socks5://lab@nowhere.world.example:1081'
reload
send dave@picky.world.example 'no address'
ok "a proxy without an address" lab_until 60 waits dave@picky.world.example 'the proxy nowhere\.world\.example has no address'
configure 'socks5://lab@192.0.2.11:1081'
reload
ok "it has one: it goes" lab_until 60 log_says 'to=<dave@picky.world.example>.*status=sent'

# ---- a proxy that fails -------------------------------------------------------------------

kill -9 $MX_PROXY_PID && wait $MX_PROXY_PID 2>/dev/null
mkdir -p hostile
/usr/bin/python3 "$LAB_SOURCE/tests/lab/socks_proxy.py" $LAB/hostile 192.0.2.11 1080 >>$LAB/log/socks_proxy 2>&1 &
lab_need 60 lab_answers 192.0.2.11 1080

reason() {
	case $1 in
	reply1) echo 'it has a failure of its own \(SOCKS reply 1\)' ;;
	reply2) echo 'its rules do not allow this connection' ;;
	reply3) echo 'it cannot reach the server.s network' ;;
	reply4) echo 'it cannot reach the server, or does not know its name' ;;
	reply5) echo 'the connection that it tried was refused' ;;
	reply6) echo 'the connection that it tried did not come about in time' ;;
	reply7) echo 'it does not make connections for others' ;;
	reply8) echo 'it does not take this type of address' ;;
	reply99) echo 'it refuses, with a SOCKS reply 99 that is not a known one' ;;
	nomethod|login) echo 'it does not let us in without a user' ;;
	other) echo 'it chooses the method 128, which was not offered' ;;
	http) echo 'it does not speak SOCKS5: its answer begins with the byte 72' ;;
	smtp) echo 'it does not speak SOCKS5: its answer begins with the byte 50' ;;
	silence) echo 'it says nothing' ;;
	mute|endless) echo 'it did not say in time that it has reached the server' ;;
	close|halfway) echo 'it closed the connection before it was open|Connection reset|connection to it broke' ;;
	esac
}
n=0
for mode in $MODES; do
	n=$((n + 1))
	sed 's/reply\([0-9]\)/reply \1/' <<< "$mode" > hostile/mode.new
	mv hostile/mode.new hostile/mode    # at once: without a mode it serves well
	send "user$n@other.world.example" "$mode"
	why=$(reason "$mode")
	ok "$mode: the mail waits, and says why" lab_until 60 waits "user$n@other.world.example" \
		"proxy socks5://proxy\.world\.example:1080: ($why)"
done
like "the log names the proxy" "$(grep 'status=deferred' log/signetd)" 'to=<user[0-9]*@other\.world\.example>, .*proxy socks5://proxy\.world\.example:1080'
like "and so does queue show" "$($SIGNET queue show "$($SIGNET queue list --json | sed -n 's/.*"queue_id": "\([^"]*\)".*/\1/p' | head -n 1)")" \
	'proxy socks5://proxy\.world\.example:1080'
is "all of it waits" "$(queue_count)" "$n"
is "nobody is blamed" "$($SIGNET route --sticky --json)" ""
is "and nothing came back" "$(lab_mail_count sender.example you)" 0
is "no MX was asked past the proxy" "$(grep -c 'connect from .*\[192\.0\.2\.1\]' $LAB/log/mx)" 0
is "by addresses alone" "$(grep -Eo '192\.0\.2\.10:25 [a-z0-9]+$|[a-z.]+example:25 [a-z0-9]+$' hostile/asked | sort -u)" '192.0.2.10:25 ipv4'

# ---- and is mended --------------------------------------------------------------------------

echo drip > hostile/mode
all_arrived() { [ "$(cat mail/other.world.example/user*/new/* 2>/dev/null | grep -c '^Subject: ')" -eq "$n" ]; }
ok "slow, but it works: all arrives" lab_until 120 all_arrived
echo login > hostile/mode
MX_LOGIN='mx_proxy_password_file = "/etc/signet/proxy.password";'
configure 'socks5://lab@192.0.2.11:1081'
sed -i 's,^mx_proxy = "socks5://,&lab@,' $CONF
reload
send erin@direct.world.example login
ok "mx_proxy with a login" lab_until 60 lab_has_mail direct.world.example erin
ok "the queue is empty" lab_until 60 lab_queue_is_empty
unlike "no password is in a log" "$(cat log/signetd)" 'proxy secret'
unlike "nor in what others see of a process of ours" "$(for pid in $(lab_roles | awk '{ print $3 }'); do tr '\0' ' ' < "/proc/$pid/cmdline"; done)" 'proxy secret'
world_done
