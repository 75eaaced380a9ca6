#!/bin/bash
# A smarthost that hangs, drops, answers nonsense, shows a wrong certificate or
# refuses the password: each time the mail waits with a reason, sendmail is
# served all the while, and when the server behaves the mail arrives.
. "$(dirname "$0")/world.sh"
world_begin "$@"
world_names
lab_zone world.example <<< 'hostile A 192.0.2.21'
mkdir -p $LAB/signet/keys hostile
lab_certificate hostile.world.example
lab_certificate other.world.example
for name in hostile other; do
	cp $LAB/tls/$name.world.example.pem hostile/$name.crt
	cp $LAB/tls/$name.world.example.key hostile/$name.key
done
printf 'secret\n' > $LAB/signet/password
chmod 600 $LAB/signet/password
{
	lab_config_base
	cat <<-END
	smarthost = { host = "hostile.world.example"; port = 587; tls = "verify"; ca_file = "$LAB/tls/ca.pem";
	  user = "me"; password_file = "/etc/signet/password"; };
	retry_min = "100ms"; retry_max = "300ms"; time_scale = 0.004;
	END
} > $CONF
lab_dns_start
# Closing behind the reply makes every mail need a session of its own.
good() {
	printf '%s\n' 'cert hostile' 'auth PLAIN,LOGIN me secret' 'on dot normal ; close'
}
good > hostile/script
lab_hostile_start hostile 192.0.2.21 587
lab_signetd_start

n=0
subjects=()
submit() {
	n=$((n + 1))
	subjects[n]=$1
	world_message you@sender.example "user$n@direct.world.example" "$1" "$2" | $SENDMAIL -i -t
}
connections() {
	find hostile -name '*.commands' | wc -l
}
tried() {
	[ "$(connections)" -gt "$1" ] && $SIGNET queue list | grep -q '^ *(.'
}
gone() {
	lab_queue_is_empty
}
# bad NAME SCRIPT-LINE…: the mail is tried and waits
bad() {
	local name=$1 before
	shift
	{ good; printf '%s\n' "$@"; } > hostile/script
	before=$(connections)
	if ! submit "$name"; then
		tap_say 1 "$name: taken"
		return
	fi
	ok "$name: tried, waits with a reason" lab_until 15 tried "$before"
	diag "$($SIGNET queue list | grep -m 1 '^ *(.' | cut -c 1-200)"
	{ good; } > hostile/script
	ok "$name: arrives when the server behaves" lab_until 20 gone
}

bad "hangs before its greeting"        'on connect stall'
bad "hangs after EHLO"                 'on ehlo stall'
bad "hangs in the TLS handshake"       'on tls stall'
bad "hangs after MAIL"                 'on mail stall'
bad "hangs after RCPT"                 'on rcpt stall'
bad "hangs after DATA"                 'on data stall'
bad "hangs after the dot"              'on dot stall'
bad "drips its greeting"               'on connect drip 0.01 220-x'
bad "drips its reply to the dot"       'on dot drip 0.01 250-x'
bad "drops before its greeting"        'on connect close'
bad "resets at EHLO"                   'on ehlo reset'
bad "drops at STARTTLS"                'on starttls close'
bad "drops at AUTH"                    'on auth close'
bad "drops at MAIL"                    'on mail close'
bad "drops at RCPT"                    'on rcpt close'
bad "drops at DATA"                    'on data reset'
bad "drops at the dot"                 'on dot close'
bad "421 and drops at RCPT"            'on rcpt reply 421 4.3.2 going down ; close'
bad "greets with nonsense"             'on connect reply SSH-2.0-OpenSSH_9.2'
bad "answers EHLO with nonsense"       'on ehlo reply \x00\x01\x02 what'
bad "answers MAIL with nonsense"       'on mail reply 99999 yes'
bad "answers the dot with nonsense"    'on dot reply hello'
bad "a reply without end"              'on mail raw 250-a'
bad "a reply of a megabyte"            'on mail long 1000000'
bad "a reply of ten thousand lines"    'on ehlo flood 10000'
bad "replies nobody asked for"         'on connect reply 220 hi\r\n250 ok\r\n250 ok\r\n250 ok'
bad "plain text behind STARTTLS"       'on starttls raw 220 go\r\n250 injected\r\n ; normal'
bad "the greeting is a refusal"        'on connect reply 554 5.7.1 go away ; close'
bad "451 and drops"                     'on mail reply 451 4.3.0 later ; close'
bad "the wrong password, it says"      'on auth reply 535 5.7.8 no'
bad "a certificate for another name"   'cert other'

# TLS is demanded: without it, nothing is said.
{ echo 'auth PLAIN me secret'; } > hostile/script
before=$(connections)
submit "no STARTTLS offered"
ok "no STARTTLS offered: tried, waits" lab_until 15 tried "$before"
for file in hostile/*.commands; do
	[ "${file//[^0-9]/}" -gt "$before" ] && cat "$file"
done > said
unlike "no STARTTLS offered: neither AUTH nor MAIL was said" "$(cat said)" '^(AUTH|MAIL)'
good > hostile/script
ok "no STARTTLS offered: arrives when it is" lab_until 20 gone

unlike "the password was never said in clear" "$(for f in hostile/*.commands; do sed '/^STARTTLS/q' "$f"; done)" 'AUTH'
for (( k = 1; k <= n; k++ )); do
	grep -lq "^Subject: ${subjects[k]}"$'\r' hostile/*.data || tap_say 1 "${subjects[k]}: is lost"
done
is "no bounce was made of any of it" "$(grep -lE '^MAIL FROM:<>' hostile/*.commands | wc -l)" 0
ok "signetd lives" kill -0 "$LAB_SIGNETD_PID"
world_done
