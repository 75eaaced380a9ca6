#!/bin/bash
# SPDX-License-Identifier: ISC
# AUTH against Dovecot's SASL behind a real Postfix: every mechanism, a wrong
# password, passwords and tokens that commands print, a token that has expired;
# and what a failed AUTH never is: a bounce, or mail without AUTH.
LAB_PEERS="root dovecot"
. "$(dirname "$0")/world.sh"
world_begin "$@"
tap_plan 35

HOST=smtp.isp.world.example
LOGINS="best sha1 plain login cram wrong command xoauth2 bearer stale badtoken badcommand credential"
SECRET='correct horse battery staple'

lab_zone world.example < <(echo 'smtp.isp A 192.0.2.20')
lab_certificate $HOST

# ---- Dovecot: one user, one key for tokens -------------------------------------

. "$LAB_SOURCE/tests/lab/dovecot.sh"
dovecot_start me "$SECRET"

# ---- Postfix: takes mail with AUTH in TLS and no other ----------------------------

{
	for login in $LOGINS; do
		printf '%s@%s.world.example %s.world.example/box/\n' box "$login" "$login"
		mkdir -p "mail/$login.world.example/box"
	done
} > boxes
chown -R mailbox mail
lab_postfix_start isp 192.0.2.20 587 $HOST \
	"virtual_mailbox_domains = $(for login in $LOGINS; do printf '%s.world.example ' "$login"; done)" \
	"virtual_mailbox_base = $LAB/mail" "virtual_mailbox_maps = texthash:$LAB/boxes" \
	'virtual_uid_maps = static:404' 'virtual_gid_maps = static:404' \
	"smtpd_tls_cert_file = $LAB/tls/$HOST.pem" "smtpd_tls_key_file = $LAB/tls/$HOST.key" \
	'smtpd_tls_security_level = may' 'smtpd_tls_auth_only = yes' \
	'smtpd_sasl_auth_enable = yes' 'smtpd_sasl_type = dovecot' "smtpd_sasl_path = $LAB/dovecot/auth" \
	'smtpd_sasl_security_options = noanonymous' 'smtpd_sasl_authenticated_header = yes' \
	'smtpd_recipient_restrictions = permit_sasl_authenticated, reject'

# ---- ours: one smarthost for each way to log in, all of them that server -----------

GOOD=$(dovecot_token 3600)
EXPIRED=$(dovecot_token -3600)
printf '%s\n' "$EXPIRED" "$GOOD" > tokens
cat > next-token <<END
#!/bin/sh
n=\$(cat $LAB/runs 2>/dev/null || echo 0)
echo \$((n + 1)) > $LAB/runs
[ "\$n" -ge 1 ] && n=1
sed -n "\$((n + 1))p" $LAB/tokens
END
chmod 755 next-token
mkdir -p credentials
printf '%s\n' "$SECRET" > signet/password
printf '%s\n' "$SECRET" > credentials/isp
printf 'not it\n' > signet/wrong
chmod 600 signet/password signet/wrong credentials/isp
FILE='password_file = "/etc/signet/password";'
entry() {
	printf '{ name = "%s"; host = "%s"; port = 587; ca_file = "%s"; user = "me"; %s }' "$1" $HOST "$LAB/tls/ca.pem" "$2"
}
{
	lab_config_base
	cat <<-END
	retry_min = "500ms"; retry_max = "1s";
	smarthosts = (
	  $(entry best "$FILE"),
	  $(entry sha1 "$FILE mechanisms = [ \"SCRAM-SHA-1\" ];"),
	  $(entry plain "$FILE mechanisms = [ \"PLAIN\" ];"),
	  $(entry login "$FILE mechanisms = [ \"LOGIN\" ];"),
	  $(entry cram "$FILE mechanisms = [ \"CRAM-MD5\" ];"),
	  $(entry wrong 'password_file = "/etc/signet/wrong";'),
	  $(entry command "password_command = \"cat /etc/signet/password\";"),
	  $(entry xoauth2 "token_command = \"echo $GOOD\"; mechanisms = [ \"XOAUTH2\" ];"),
	  $(entry bearer "token_command = \"echo $GOOD\";"),
	  $(entry stale "token_command = \"$LAB/next-token\";"),
	  $(entry badtoken "token_command = \"echo $EXPIRED\";"),
	  $(entry badcommand "token_command = \"exit 7\";"),
	  $(entry credential "password_file = \"credential:isp\";")
	);
	routes = (
	END
	for login in $LOGINS; do
		echo "  { to = [ \"$login.world.example\" ]; via = [ \"$login\" ]; },"
	done | sed '$s/,$//'
	echo ');'
} > $CONF
lab_dns_start
export CREDENTIALS_DIRECTORY=$LAB/credentials
lab_signetd_start

submit() {
	world_message you@sender.example "box@$1.world.example" "by $1" | $SENDMAIL -i -f you@sender.example "box@$1.world.example"
}
arrived() {
	[ "$(lab_mail_count "$1.world.example" box)" -ge "${2:-1}" ]
}
no_session() {
	[ -z "$(lab_pids smtp)" ]
}
# Postfix writes its log beside what it does.
is_method() {   # METHOD "TIMES USER"
	[ "$(method "$1")" = "$2" ]
}
method() {
	grep -ho 'sasl_method=[A-Z0-9-]*, sasl_username=[a-z]*' $LAB/log/isp | sort | uniq -c | awk -v m="sasl_method=$1," '$2 == m { print $1, $3 }'
}

good="best:SCRAM-SHA-256 sha1:SCRAM-SHA-1 plain:PLAIN login:LOGIN cram:CRAM-MD5 xoauth2:XOAUTH2 bearer:OAUTHBEARER"
for pair in $good; do
	submit "${pair%:*}"
	ok "${pair#*:}: the mail arrives" lab_until 60 arrived "${pair%:*}"
	ok "${pair#*:}: so Postfix says" lab_until 60 is_method "${pair#*:}" "1 sasl_username=me"
done
submit command
ok "password_command: the mail arrives" lab_until 60 arrived command
submit credential
ok "a systemd credential: the mail arrives" lab_until 60 arrived credential

# ---- a token that has expired -------------------------------------------------------

submit stale
ok "an expired token: asked for another, the mail arrives" lab_until 60 arrived stale
is "the command ran twice" "$(cat runs)" 2
like "and the log says so" "$(cat log/signetd)" 'asking the command of smarthost stale for another'
ok "the session ends when there is no more for it" lab_until 60 no_session
submit stale
ok "the next session" lab_until 60 arrived stale 2
is "has the token that was good, without the command" "$(cat runs)" 2

# ---- what fails waits, loudly ----------------------------------------------------------

waits() {
	$SIGNET queue list | grep -A 3 "box@$1\." | grep -Eq "$2" || $SIGNET queue list | grep -B 3 "box@$1\." | grep -Eq "$2"
}
submit wrong
ok "a wrong password: the mail waits with the server's word" lab_until 60 waits wrong '535 5\.7\.8'
like "and the log says how to mend it" "$(cat log/signetd)" \
	'AUTH failed; mail for wrong waits: .*535 5\.7\.8.*; fix user or password_file of that smarthost, then: signet queue flush'
submit badtoken
ok "a token that is never good: the mail waits" lab_until 60 waits badtoken '535 5\.7\.8'
like "and the log names token_command" "$(cat log/signetd)" 'AUTH failed; mail for badtoken waits: .*; fix user or token_command'
submit badcommand
ok "a command that fails: the mail waits" lab_until 60 waits badcommand 'token_command of smarthost badcommand: the command failed'
like "and the log says what to do" "$(cat log/signetd)" 'the command failed; run it by hand'
is "nobody gets mail without AUTH" "$(grep -c 'Relay access denied\|NOQUEUE: reject' $LAB/log/isp)" 0
is "and no bounce was made" "$(lab_mail_count sender.example you)" 0
queued=$(queue_count)
is "the three are there still" "$queued" 3

# ---- mended ------------------------------------------------------------------------------

printf '%s\n' "$SECRET" > signet/wrong
kill -HUP "$LAB_SIGNETD_PID"
ok "the right password and a reload: it arrives" lab_until 60 arrived wrong

unlike "no secret is in a log" "$(cat log/*)" "$SECRET|$GOOD|$(printf '\0me\0%s' "$SECRET" | base64)"
unlike "nor in what others see of a process" "$(cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | tr '\0' ' ')" "$SECRET"
world_done
