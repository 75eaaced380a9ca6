#!/bin/bash
# SPDX-License-Identifier: ISC
# Logins by OAuth: a code that is typed on another device, a browser, tokens that signetd renews, and an authorization
# server that lies. AUTH is Dovecot's, behind a real Postfix. What a login that is over never costs: a bounce, a token
# in a log, mail without AUTH.
LAB_PEERS="root dovecot"
. "$(dirname "$0")/world.sh"
world_begin "$@"
tap_plan 66

HOST=smtp.isp.world.example
LOGIN=login.world.example
HOPS="device browser bearer behind"

lab_zone world.example <<'END'
smtp.isp A 192.0.2.20
login A 192.0.2.21
END
lab_certificate $HOST
lab_certificate $LOGIN
. "$LAB_SOURCE/tests/lab/dovecot.sh"
dovecot_start me 'not used'

{
	for hop in $HOPS; do
		printf '%s@%s.world.example %s.world.example/box/\n' box "$hop" "$hop"
		mkdir -p "mail/$hop.world.example/box"
	done
} > boxes
chown -R mailbox mail
lab_postfix_start isp 192.0.2.20 587 $HOST \
	"virtual_mailbox_domains = $(for hop in $HOPS; do printf '%s.world.example ' "$hop"; done)" \
	"virtual_mailbox_base = $LAB/mail" "virtual_mailbox_maps = texthash:$LAB/boxes" \
	'virtual_uid_maps = static:404' 'virtual_gid_maps = static:404' \
	"smtpd_tls_cert_file = $LAB/tls/$HOST.pem" "smtpd_tls_key_file = $LAB/tls/$HOST.key" \
	'smtpd_tls_security_level = may' 'smtpd_tls_auth_only = yes' \
	'smtpd_sasl_auth_enable = yes' 'smtpd_sasl_type = dovecot' "smtpd_sasl_path = $LAB/dovecot/auth" \
	'smtpd_sasl_security_options = noanonymous' 'smtpd_recipient_restrictions = permit_sasl_authenticated, reject'

# ---- the authorization server ------------------------------------------------------

SERVER=$LAB/oauth-server
mkdir -p $SERVER
cp $LAB/tls/$LOGIN.pem $SERVER/server.pem
cp $LAB/tls/$LOGIN.key $SERVER/server.key
printf '%s' "$DOVECOT_TOKEN_KEY" > $SERVER/key
lab_oauth_start $SERVER 192.0.2.21 443
says() { printf '%s\n' "${@:2}" > "$SERVER/$1"; }
asked() { grep -c "$1" $SERVER/requests 2>/dev/null; }
was_asked() { [ "$(asked "$1")" -ge "$2" ]; }
kept() { sed -n 's/^refresh_token //p' "$LAB/oauth/$1"; }

# ---- ours ---------------------------------------------------------------------------

printf 'lab secret\n' > signet/client
printf 'proxy secret\n' > signet/proxy
chmod 600 signet/client signet/proxy
mkdir -p proxy
echo login > proxy/mode
/usr/bin/python3 "$LAB_SOURCE/tests/lab/socks_proxy.py" $LAB/proxy 192.0.2.11 1080 >>$LAB/log/proxy 2>&1 &
lab_need 60 lab_answers 192.0.2.11 1080
oauth() {
	printf 'oauth = { client_id = "lab-client"; client_secret_file = "/etc/signet/client"; scope = "mail offline_access"; token_endpoint = "https://%s/token"; %s };' $LOGIN "$1"
}
entry() {
	printf '{ name = "%s"; host = "%s"; port = 587; ca_file = "%s"; user = "me"; %s }' "$1" $HOST "$LAB/tls/ca.pem" "$2"
}
{
	lab_config_base
	cat <<-END
	ca_file = "$LAB/tls/ca.pem";
	oauth_folder = "$LAB/oauth";
	retry_min = "500ms"; retry_max = "1s";
	smarthosts = (
	  $(entry device "$(oauth "device_endpoint = \"https://$LOGIN/device\";") mechanisms = [ \"XOAUTH2\" ];"),
	  $(entry browser "$(oauth "authorize_endpoint = \"https://$LOGIN/page\";") mechanisms = [ \"XOAUTH2\" ];"),
	  $(entry bearer "$(oauth "device_endpoint = \"https://$LOGIN/device\";")"),
	  $(entry behind "proxy = \"socks5://lab@192.0.2.11:1080\"; proxy_password_file = \"/etc/signet/proxy\"; $(oauth "device_endpoint = \"https://$LOGIN/device\";")")
	);
	routes = (
	END
	for hop in $HOPS; do
		echo "  { to = [ \"$hop.world.example\" ]; via = [ \"$hop\" ]; },"
	done | sed '$s/,$//'
	echo ');'
} > $CONF
lab_dns_start
lab_signetd_start

submit() {
	world_message you@sender.example "box@$1.world.example" "by $1" | $SENDMAIL -i -f you@sender.example "box@$1.world.example"
}
arrived() {
	[ "$(lab_mail_count "$1.world.example" box)" -ge "$2" ]
}
# waits HOP REGEX: mail for it waits, and says why
waits() {
	$SIGNET queue list --json | grep "box@$1\." | grep -Eq "$2"
}
no_session() {
	[ -z "$(lab_pids smtp)" ]
}

# login HOP: by device code, the person being quick
login() {
	rm -f $SERVER/approved
	$SIGNET oauth login "$1" > login.out 2>&1 &
	LOGIN_PID=$!
}
approve() {
	lab_until 60 grep -q LAB-CODE login.out && echo yes > $SERVER/approved
	wait $LOGIN_PID
}

# ---- before anybody has logged in -----------------------------------------------------

like "config check says what is still to be done" "$($SIGNET config check)" 'smarthost "device": nobody has logged in yet; run: signet oauth login device'
like "status says the same" "$($SIGNET oauth status)" '^browser: me: nobody has logged in yet'
fails "and its exit status" $SIGNET oauth status
submit device
ok "mail waits for it" lab_until 60 waits device 'nobody has logged in yet; run: signet oauth login device'
like "several have oauth: one is to be named" "$($SIGNET oauth login 2>&1)" 'several smarthosts have oauth: name one'
like "another is not one" "$($SIGNET oauth login nobody 2>&1)" 'nobody is not a smarthost with oauth'

# ---- a code ---------------------------------------------------------------------------

login device
ok "the code is shown" lab_until 60 grep -q '^ *LAB-CODE$' login.out
like "and the page" "$(cat login.out)" "Open https://$LOGIN/type in a browser.*log in as me"
ok "it asks again while the person thinks" lab_until 60 was_asked 'POST /token .*device_code' 2
unlike "nothing secret is in what others see of the process" "$(tr '\0' ' ' < /proc/$LOGIN_PID/cmdline; tr '\0' ' ' < /proc/$LOGIN_PID/environ)" 'the-device-code|lab secret'
echo yes > $SERVER/approved
ok "approved: it is done" wait $LOGIN_PID
like "and says what comes next" "$(cat login.out)" '^Logged in: mail through device is sent as me\..*signet queue flush'
REFRESH=$(cat $SERVER/refresh)
is "the refresh token is kept" "$(kept device)" "$REFRESH"
is "for signetd alone" "$(stat -c '%U %a' $LAB/oauth $LAB/oauth/device | tr '\n' ' ')" "root 700 root 600 "
fails "the user of the roles cannot read it" as signet cat $LAB/oauth/device
unlike "the command has not shown it" "$(cat login.out)" "$REFRESH"
ok "without a flush too, what waited goes out by itself" lab_until 60 arrived device 1
ok "by XOAUTH2, so Postfix says" lab_until 60 grep -q 'sasl_method=XOAUTH2, sasl_username=me' $LAB/log/isp
ok "the session ends" lab_until 60 no_session
refreshes=$(asked 'grant_type": "refresh_token')
submit device
ok "the next session" lab_until 60 arrived device 2
is "has the token that is still good" "$(asked 'grant_type": "refresh_token')" "$refreshes"
like "status shows the login" "$($SIGNET oauth status)" '^device: me: logged in 20[0-9-]* [0-9:]* UTC, less than a minute ago; refresh token less than a minute old$'
unlike "and no token" "$($SIGNET oauth status; $SIGNET oauth status --json)" "$REFRESH"
like "nor for programs" "$($SIGNET oauth status --json | head -n 1)" '^\{"smarthost": "device", "user": "me", "logged_in": true, "login_user": "me", "login_s": [0-9]+, "token_s": [0-9]+\}$'

# ---- OAUTHBEARER, and a refresh token that is replaced -----------------------------------

login bearer
approve
ok "another smarthost, and its first mail" eval 'submit bearer; lab_until 60 arrived bearer 1'
ok "by OAUTHBEARER" lab_until 60 grep -q 'sasl_method=OAUTHBEARER, sasl_username=me' $LAB/log/isp
ok "the session ends" lab_until 60 no_session
# From now on no access token lasts, so that each session asks.
says lifetime 0
says token rotate
kill -HUP "$LAB_SIGNETD_PID"
ok "signetd begins again" lab_until 60 eval '[ "$(grep -c "the new configuration is good" $LAB/log/signetd)" -ge 1 ] && lab_signetd_ready'
submit bearer
ok "another refresh token comes: the mail arrives" lab_until 60 arrived bearer 2
isnt_refresh() { [ "$(kept bearer)" = "$(cat $SERVER/refresh)" ] && [ "$(kept bearer)" != "$REFRESH" ]; }
ok "and the new one is kept" lab_until 60 isnt_refresh
ok "the session ends" lab_until 60 no_session
submit bearer
ok "which is what is asked with next" lab_until 60 arrived bearer 3
ok "the session ends" lab_until 60 no_session

# ---- a token server that is away, or lies ---------------------------------------------------

says token 'status 503'
submit bearer
ok "503: the mail waits" lab_until 60 waits bearer 'oauth of smarthost bearer: the token server cannot be used now: the server answers 503'
says token html
ok "HTML: likewise" lab_until 60 waits bearer 'does not answer as RFC 6749 says: the answer is not a JSON object'
says token redirect
ok "a redirect to plain HTTP is not followed" lab_until 60 waits bearer 'the server answers 307'
says token control
ok "a token that would end the command" lab_until 60 waits bearer 'no access_token that could be one'
cp $LAB/tls/$HOST.pem $SERVER/server.pem
cp $LAB/tls/$HOST.key $SERVER/server.key
ok "the certificate of another" lab_until 60 waits bearer "no alternative certificate subject name matches target host ?name '$LOGIN'"
kill "$LAB_OAUTH_PID"
ok "nobody is there" lab_until 60 waits bearer 'Failed to connect|onnection refused'
cp $LAB/tls/$LOGIN.pem $SERVER/server.pem
cp $LAB/tls/$LOGIN.key $SERVER/server.key
says token normal
lab_oauth_start $SERVER 192.0.2.21 443
ok "it is back: the mail arrives" lab_until 60 arrived bearer 4
ok "the session ends" lab_until 60 no_session

# ---- a login that is over -----------------------------------------------------------------------

says refresh revoked
submit bearer
ok "revoked: the mail waits for its owner" lab_until 60 waits bearer 'not accepted any more.*Token has been expired or revoked.*signet oauth login bearer'
ok "the log says so" log_says 'error: oauth of smarthost bearer: .*invalid_grant.*; log in again: signet oauth login bearer'
rm $SERVER/refresh
login bearer
approve
ok "logged in again, by the command of the log: it arrives" lab_until 60 arrived bearer 5
ok "the session ends" lab_until 60 no_session

# ---- an access token that the server does not take ------------------------------------------------

says lifetime 3600
says valid -3600
kill -HUP "$LAB_SIGNETD_PID"
ok "signetd begins again" lab_until 60 eval '[ "$(grep -c "the new configuration is good" $LAB/log/signetd)" -ge 2 ] && lab_signetd_ready'
before=$(asked 'grant_type": "refresh_token')
submit bearer
ok "refused: the mail waits with the server's words" lab_until 60 waits bearer '535 5\.7\.8'
ok "another token was asked for" log_says 'asking the token server of smarthost bearer for another'
ok "and the log says what to do" log_says 'AUTH failed; mail for bearer waits: .*535 5\.7\.8.*log in again, as the user of that smarthost: signet oauth login bearer; then: signet queue flush'
says valid 3600
ok "tokens are good again: it arrives" lab_until 60 arrived bearer 6
is "nobody gets mail without AUTH" "$(grep -c 'Relay access denied\|NOQUEUE: reject' $LAB/log/isp)" 0
is "and no bounce was made" "$($SIGNET queue list | grep -c MAILER-DAEMON)" 0

# ---- behind a proxy -----------------------------------------------------------------------------------

login behind
approve
submit behind
ok "a smarthost behind a proxy: its mail arrives" lab_until 60 arrived behind 1
is "the provider and the server were asked through it, by name" "$(awk '$3 == "name" { print $2, $3 }' proxy/asked | sort -u | tr '\n' ' ')" \
	"$LOGIN:443 name $HOST:587 name "
rm $SERVER/approved

# ---- logins that come to nothing ---------------------------------------------------------------------

login_fails() {   # NAME REGEX
	$SIGNET oauth login device > login.out 2>&1
	local status=$?
	[ $status -ne 0 ] && grep -Eq "$2" login.out
}
says approved denied
ok "the person says no" login_fails denied 'access was denied in the browser: access_denied'
rm $SERVER/approved
says token expired_token
ok "the code is over" login_fails expired 'the code has expired before it was entered; begin again'
says token norefresh
echo yes > $SERVER/approved
ok "no refresh token" login_fails norefresh 'gave no refresh token.*offline_access'
says token normal
for lie in html empty list types negative control huge endless redirect close 'status 503' invalid_scope; do
	says device "$lie"
	login_fails "$lie" '^signet: ' || echo "$lie: $(cat login.out)"
done > lies.out
is "a device endpoint that lies in twelve ways: each ends in a sentence" "$(cat lies.out)" ""
says device normal
is "what was kept before is kept" "$(kept device)" "$REFRESH"

# ---- a browser -----------------------------------------------------------------------------------------

mkfifo pasted
$SIGNET oauth login browser < pasted > login.out 2>&1 &
LOGIN_PID=$!
exec 9> pasted
ok "the address is shown" lab_until 60 grep -q "^https://$LOGIN/page?" login.out
address=$(grep "^https://$LOGIN/page?" login.out)
part() { sed "s/.*[?&]$1=\([^&]*\).*/\1/" <<< "$address"; }
says code 'a/code'
says challenge "$(part code_challenge)"
like "with a proof, and to nobody else" "$address" 'code_challenge_method=S256.*&login_hint=me$'
printf 'http://127.0.0.1:8425/?state=%s&code=a%%2Fcode\n' "$(part state)" >&9
exec 9>&-
ok "the pasted address logs in" wait $LOGIN_PID
submit browser
ok "and its mail arrives" lab_until 60 arrived browser 1
is "an address of another login does not" "$(echo 'http://127.0.0.1:8425/?state=x&code=c' | $SIGNET oauth login browser 2>&1 | grep -c 'of another login')" 1

secrets="$REFRESH|$(cat $SERVER/refresh)|lab secret|eyJ[A-Za-z0-9_-]+\.eyJ"
unlike "no token is in a log" "$(cat log/signetd* log/isp)" "$secrets"
world_done
