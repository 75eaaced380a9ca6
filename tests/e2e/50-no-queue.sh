#!/bin/bash
# SPDX-License-Identifier: ISC
# queue = "none": sendmail hands a message to one smarthost itself. Exit code and words are the smarthost's verdict, to all
# recipients or to none; whatever that server does, it is over within the setting timeout; what is signed is what is sent.
. "$(dirname "$0")/world.sh"
world_begin "$@"

HOST=smtp.isp.world.example
KEYS=$LAB/keys
mkdir -p hostile $KEYS wire
touch $LAB/log/once
chmod 666 $LAB/log/once

# ---- the server, and whom it is configured for ---------------------------------------------

world_names
lab_certificate $HOST
cp "$LAB/tls/$HOST.pem" hostile/good.crt
cp "$LAB/tls/$HOST.key" hostile/good.key
lab_dns_start
lab_hostile_start hostile 192.0.2.20 25
for kind in rsa ed25519; do
	$SIGNET key new --type $kind --domain sender.example --selector $kind --file $KEYS/$kind.pem > /dev/null 2>&1
done
printf 'open-sesame\n' > $KEYS/password
owner() {
	chown -R "$1" $KEYS
	chmod 600 $KEYS/*
}
owner alice

# conf SMARTHOST [LINE…]
conf() {
	local hop=$1
	shift
	printf '%s\n' 'queue = "none"; domain = "sender.example"; hostname = "web";' "libexec = \"$LAB/build/libexec/signet\";" \
		"log = \"$LAB/log/once\"; drop_program = \"/nonexistent\"; socket = \"/nonexistent\";" \
		"smarthost = { $hop };" "$@" > $CONF
}
TO="host = \"$HOST\"; port = 25; tls = \"none\";"
KEYS_SET="dkim = ( { domain = \"sender.example\"; selector = \"rsa\"; file = \"$KEYS/rsa.pem\"; },
  { domain = \"sender.example\"; selector = \"ed25519\"; file = \"$KEYS/ed25519.pem\"; } );"

# says [LINE…]: how the server behaves from now on
says() {
	printf '%s\n' "$@" > hostile/script
}
connections() {
	find hostile -name '*.begun' | wc -l
}
# What was said in the last connection, once it has ended.
ended() {
	[ -e "hostile/$(connections).end" ]
}
said() {
	lab_until 30 ended
	tr -d '\r' < "hostile/$(connections).commands"
}
unstuff() {
	perl -0777 -pe 's/(\A|\r\n)\.\r\n\z/$1/; s/(\A|\r\n)\./$1/g' "$1"
}
MESSAGE=$'From: You <you@sender.example>\nTo: a@direct.world.example\nSubject: once\n\nhello\n'

# deliver ARGUMENTS… <MESSAGE: sets code, out and err
deliver() {
	as "${USER_AS:-alice}" $SENDMAIL "$@" > out 2> err
	code=$?
	out=$(cat out)
	err=$(cat err)
}
send() {
	deliver -i -f you@sender.example "$@" <<< "$MESSAGE"
}

tap_plan 199

# ---- taken -----------------------------------------------------------------------------

conf "$TO" "$KEYS_SET"
as alice $SIGNET dns > records 2> /dev/null
says 'word PIPELINING' 'word 8BITMIME'
send a@direct.world.example b@direct.world.example
is "what the smarthost took ends with 0" "$code" 0
is "and without a word" "$out$err" ""
is "the dialogue" "$(said)" "$(printf '%s\n' 'EHLO web.sender.example' 'MAIL FROM:<you@sender.example>' 'RCPT TO:<a@direct.world.example>' \
	'RCPT TO:<b@direct.world.example>' DATA QUIT)"
unstuff "hostile/$(connections).1.data" > wire/1
out=$($SIGNET verify --dns records < wire/1 2>&1)
is "what arrived is signed, with both keys" "$(grep -o 'dkim=pass' <<< "$out" | wc -l)" 2
like "it has a Date" "$(header wire/1)" '^Date: '
like "and a Message-ID" "$(header wire/1)" '^Message-ID: <.*sender\.example>'
ok "its lines end with CRLF" perl -0777 -e 'undef $/; $_ = <STDIN>; exit(/[^\r]\n/)' < wire/1
ok "nothing is left of it" lab_until 30 bash -c '! pgrep -u alice'
like "the log says what became of it" "$(cat $LAB/log/once)" 'to=<a@direct\.world\.example>, relay=smtp\.isp\.world\.example\[192\.0\.2\.20\]:25 tls=none, dsn=2\.0\.0, status=sent \(250'

deliver -t -v <<< $'From: you@sender.example\nTo: a@direct.world.example\nCc: c@direct.world.example\nBcc: hidden@direct.world.example\n\n..x\n.\nnot this'
is "-t takes the recipients of the header" "$(said | grep -c '^RCPT')" 3
unlike "without Bcc" "$(cat "hostile/$(connections).1.data")" 'hidden|not this'
like "-v says who took it, in which words" "$out" '^delivered to smtp\.isp\.world\.example\[192\.0\.2\.20\]:25: 250 2\.0\.0'
for command in status 'queue list' 'queue status' 'test a@direct.world.example' 'suppress list' reload; do
	# shellcheck disable=SC2086
	like "no signetd is missed by: signet $command" "$($SIGNET $command 2>&1)" 'with queue = "none" there is no queue and no signetd to ask'
done
is "what is asked for beside the queue: mailq" "$(as alice $SENDMAIL -bp; echo $?)" 'there is no queue (queue = "none"): what could not be delivered at once was refused
0'
is "-bP" "$(as alice $SENDMAIL -bP)" 0
ok "-q" as alice $SENDMAIL -q
deliver -bd < /dev/null
is "-bd has nothing to begin" "$code" 78
like "and says so" "$err" 'nothing for signetd to do'
like "nor has signetd" "$($LAB/build/signetd --check 2>&1; echo $?)" 'nothing for signetd to do.*set it to "disk"'
like "signet config check is content with it" "$(as alice $SIGNET config check 2>&1)" '^[^ ]*signet\.conf: OK, [0-9]* settings$'
send bob
is "a bare name is at the setting domain" "$code $(said | grep ^RCPT)" '0 RCPT TO:<bob@sender.example>'
conf "$TO" 'root = "owner@direct.world.example";'
send root
like "root's mail goes to root's reader" "$(said)" '^RCPT TO:<owner@direct\.world\.example>'
send 'a <b'
is "what is not an address is refused at once" "$code" 65
like "by name" "$err" 'nothing was sent: .*a <b'

# ---- each verdict ---------------------------------------------------------------------------

conf "$TO" 'timeout = "2s";'
# verdict NAME SCRIPT CODE REGEX
verdict() {
	says "word PIPELINING" "$2"
	send a@direct.world.example
	is "$1: exit code" "$code" "$3"
	like "$1: it says why" "$err" "$4"
}
verdict "no such user"            'on rcpt reply 550 5.1.1 no such user'            67 'a@direct\.world\.example.*550 5\.1\.1 no such user \(in reply to RCPT TO\)'
verdict "the mailbox is full"     'on rcpt reply 552 5.2.2 mailbox full'            69 '552 5\.2\.2'
verdict "put off"                 'on rcpt reply 450 4.2.0 try later'               75 '450 4\.2\.0'
verdict "greylisted by a 5xx"     'on rcpt reply 550 5.7.1 greylisted, try again later' 75 'greylisted'
verdict "the sender is refused"   'on mail reply 550 5.1.8 sender rejected'         69 'in reply to MAIL FROM'
verdict "it wants a login"        'on mail reply 530 5.7.0 authentication required' 75 '530 5\.7\.0'
verdict "DATA is refused"         'on data reply 451 4.3.0 not now'                 75 'in reply to DATA'
verdict "spam"                    'on dot reply 554 5.7.1 message rejected as spam' 65 'rejected as spam'
verdict "too large"               'on dot reply 552 5.3.4 message too large'        65 '552 5\.3\.4'
verdict "larger than its SIZE"    'word SIZE 20'                                    65 'takes at most 20'
verdict "no after all"            'on dot reply 554 5.0.0 transaction failed'       69 '554 5\.0\.0'
verdict "later, after all"        'on dot reply 451 4.3.0 disk'                     75 '451 4\.3\.0'
verdict "not today"               'on connect reply 554 5.3.2 no service'           75 'nothing was sent.*554 5\.3\.2'
verdict "busy"                    'on connect reply 421 4.3.2 busy ; close'         75 '421 4\.3\.2'
verdict "421 in the middle"       'on rcpt reply 421 4.7.0 enough ; close'          75 '421 4\.7\.0'

# ---- bad servers, in every step -------------------------------------------------------------

# The time of the slow ones is over after the 2 s of the setting timeout.
for step in connect ehlo mail rcpt data; do
	verdict "it closes at $step"  "on $step close"      75 '[Cc]onnection|hangs? up'
	verdict "it stalls at $step"  "on $step stall"      75 'no answer within the setting timeout \(2 s\).*; nothing was sent'
	verdict "it drips at $step"   "on $step drip 0.2 250-x\\\\r\\\\n" 75 'no answer within the setting timeout.*nothing was sent'
done
for step in connect ehlo mail rcpt; do
	verdict "it lies at $step"    "on $step reply 354 go on" 75 '354'
done
verdict "it lies at data"          'on data reply 250 ok'     75 '250 in reply to DATA'
verdict "it closes in the message" 'on body close'      75 '[Cc]onnection (closed|reset)'
verdict "it closes after the dot"  'on dot close'       75 'may have arrived'
verdict "it stalls after the dot"  'on dot stall'       75 'no answer within the setting timeout.*after \.; the message may have arrived'
verdict "it drips after the dot"   'on dot drip 0.2 250-x\\r\\n' 75 'the message may have arrived'
verdict "its reply has no end"     'on mail endless'    75 .
verdict "it speaks another language" 'on connect reply HTTP/1.1 400 Bad Request ; close' 75 'not an SMTP reply'

says 'word PIPELINING' 'on quit stall'
send a@direct.world.example
is "who does not say good-bye has taken it all the same" "$code" 0
conf 'host = "192.0.2.30"; port = 25; tls = "none";'
send a@direct.world.example
is "a host that refuses connections" "$code" 75
like "is named" "$err" '192\.0\.2\.30.*refused'
conf 'host = "nothing.world.example"; port = 25; tls = "none";'
send a@direct.world.example
is "a name that does not exist" "$code" 75
like "is named, too" "$err" 'nothing\.world\.example'

conf 'hosts = [ "192.0.2.30:25", "smtp.isp.world.example:25" ]; tls = "none";'
says 'word PIPELINING'
send a@direct.world.example
is "of a pool the one that answers takes it" "$code" 0

mkdir -p proxy
/usr/bin/python3 "$LAB_SOURCE/tests/lab/socks_proxy.py" $LAB/proxy 192.0.2.11 1080 >>$LAB/log/socks_proxy 2>&1 &
lab_need 60 lab_answers 192.0.2.11 1080
: > proxy/asked
conf "$TO proxy = \"socks5://192.0.2.11:1080\";" 'timeout = "2s";'
send a@direct.world.example
is "by a proxy" "$code" 0
like "which is given the name" "$(cat proxy/asked)" "$HOST"
echo mute > proxy/mode
send a@direct.world.example
is "a proxy that does not answer" "$code" 75
like "is waited for no longer" "$err" 'within the setting timeout|proxy'

# ---- all or nothing ------------------------------------------------------------------------

conf "$TO"
for word in PIPELINING SIZE; do
	says "word $word" 'on rcpt:2 reply 550 5.1.1 no such user'
	send a@direct.world.example b@direct.world.example c@direct.world.example
	is "one of three is refused, $word: exit code" "$code" 67
	like "it is named, and why" "$err" 'nothing was sent: <b@direct\.world\.example>: .*550 5\.1\.1 no such user'
	unlike "the others are not" "$err" '<[ac]@'
	unlike "nobody gets it" "$(said)" '^DATA'
	like "it is taken back" "$(said)" '^RSET'
done
many=$(for (( i = 1; i <= 300; i++ )); do echo "r$i@direct.world.example"; done)
says 'word PIPELINING'
# shellcheck disable=SC2086
send $many
is "300 recipients" "$code" 0
is "in one transaction" "$(said | grep -c '^RCPT') $(said | grep -c '^DATA')" "300 1"
says 'word PIPELINING' 'on rcpt:299 reply 450 4.2.0 later'
# shellcheck disable=SC2086
send $many
is "300, of which one is put off" "$code" 75
unlike "get nothing" "$(said)" '^DATA'
like "and it is named" "$err" '<r299@direct'

# ---- large, and odd ------------------------------------------------------------------------

conf "$TO" "$KEYS_SET" 'timeout = "60s";'
says 'word PIPELINING' 'word 8BITMIME'
large() {
	printf '%s' "$MESSAGE"
	head -c $(( 6 * 1024 * 1024 )) /dev/zero | tr '\0' y | fold -w 70
}
deliver -i -f you@sender.example a@direct.world.example < <(large)
is "a message of 6 MB" "$code" 0
said > /dev/null
unstuff "hostile/$(connections).1.data" > wire/large
ok "is as large" test "$(stat -c %s wire/large)" -gt $(( 6 * 1024 * 1024 ))
is "and signed" "$($SIGNET verify --dns records < wire/large 2>&1 | grep -o 'dkim=pass' | wc -l)" 2
deliver -f you@sender.example a@direct.world.example < <(printf 'Subject: odd\n\na\0b\n'; head -c 3000 /dev/zero | tr '\0' l; printf '\n')
is "NUL and a long line" "$code" 0
said > /dev/null
unstuff "hostile/$(connections).1.data" > wire/odd
is "are made fit, then signed" "$($SIGNET verify --dns records < wire/odd 2>&1 | grep -o 'dkim=pass' | wc -l)" 2
before=$(connections)
conf "$TO" 'size_limit = "1M";'
deliver -i a@direct.world.example < <(large)
is "beyond size_limit" "$code" 65
is "nobody is asked" "$(connections)" "$before"

# ---- keys that cannot sign -----------------------------------------------------------------

conf "$TO" "$KEYS_SET"
chmod 644 $KEYS/rsa.pem
send a@direct.world.example
is "a key that others can read" "$code" 78
like "is refused, with the command that helps" "$err" 'chmod 600 .*rsa\.pem'
chmod 600 $KEYS/rsa.pem

# ---- TLS and AUTH --------------------------------------------------------------------------

# tls NAME SMARTHOST SCRIPT CODE REGEX
tls() {
	conf "host = \"$HOST\"; port = 25; $2" 'timeout = "10s";'
	says 'word PIPELINING' "$3"
	send a@direct.world.example
	is "$1: exit code" "$code" "$4"
	like "$1" "$err$(said)" "$5"
}
CA="ca_file = \"$LAB/tls/ca.pem\";"
tls "verified, as is the default"   "$CA"                    'cert good' 0  '^QUIT'
tls "verified, by nobody we know"   "ca_file = \"$LAB/tls/$HOST.pem\";" 'cert good' 75 'certificate'
tls "no TLS is offered"             "$CA"                    ''          75 'does not offer STARTTLS'
tls "no TLS is offered, encrypt"    'tls = "encrypt";'       ''          75 'does not offer STARTTLS'
tls "no TLS is offered, may"        'tls = "may";'           ''          0  '^QUIT'
tls "encrypted, whoever it is"      'tls = "encrypt";'       'cert good' 0  '^STARTTLS'
tls "TLS from the first byte"       "implicit_tls = true; $CA" "$(printf 'cert good\nimplicit')" 0 '^QUIT'
LOGIN="$CA user = \"me\"; password_file = \"$KEYS/password\";"
auth() {
	tls "$1" "$2" "$(printf 'cert good\nauth PLAIN me %s' "$3")" "$4" "$5"
}
auth "a login"                      "$LOGIN"                          'open-sesame' 0  '^AUTH PLAIN'
auth "a wrong password"             "$LOGIN"                          'another'    75 '535'
unlike "which is not shown" "$err" 'open-sesame'
like "the log says what to fix" "$(tail -n 3 $LAB/log/once)" 'AUTH failed at smarthost: .*fix user or password_file of that smarthost$'
auth "a password that is printed"   "$CA user = \"me\"; password_command = \"cat $KEYS/password\";" 'open-sesame' 0 '^AUTH PLAIN'
auth "a command that fails"         "$CA user = \"me\"; password_command = \"false\";" 'open-sesame' 75 'password_command'
chown root $KEYS/password
auth "a password of another user's" "$LOGIN"                          'open-sesame' 78 "$KEYS/password"
chown alice $KEYS/password

# ---- the environment -----------------------------------------------------------------------

conf 'host = "env:SMTP_HOST"; port = "env:SMTP_PORT"; tls = "env:SMTP_TLS"; user = "env:SMTP_USER"; password_file = "env:SMTP_PASSWORD";'
sed -i 's/domain = "sender.example"/domain = "env:MAIL_DOMAIN"/; s/hostname = "web"/hostname = "env:HOST_NAME"/' $CONF
says 'word PIPELINING' 'auth PLAIN me open-sesame'
export SMTP_HOST=192.0.2.20 SMTP_PORT=25 SMTP_TLS=none SMTP_USER=me SMTP_PASSWORD=$KEYS/password MAIL_DOMAIN=sender.example HOST_NAME=pod
send bob
is "all of it may come from the environment" "$code" 0
like "the name, the login, the domain" "$(said | tr '\n' ' ')" '^EHLO pod\.sender\.example AUTH PLAIN .*RCPT TO:<bob@sender\.example>'
unset SMTP_USER
send bob
is "what is missing there" "$code" 78
like "is named" "$err" 'the environment has no SMTP_USER'

# ---- any uid, and stderr -------------------------------------------------------------------

conf "$TO" "$KEYS_SET"
sed -i 's/log = "[^"]*"/log = "stderr"/' $CONF
says 'word PIPELINING'
owner 12345
setpriv --reuid 12345 --regid 12345 --clear-groups -- $SENDMAIL a@direct.world.example <<< "$MESSAGE" 2> err
is "a user whom passwd does not know" "$?" 0
like "is the sender by number" "$(said)" '^MAIL FROM:<uid12345@sender\.example>'
like "log = stderr" "$(cat err)" 'status=sent'
sed -i "s/log = \"stderr\"/log = \"\/nonexistent\/log\"/" $CONF
setpriv --reuid 12345 --regid 12345 --clear-groups -- $SENDMAIL a@direct.world.example <<< "$MESSAGE" 2> err
is "a log that cannot be opened" "$?" 78
like "is named" "$(cat err)" '/nonexistent/log \(setting log\)'
owner alice

# ---- the caller goes -----------------------------------------------------------------------

conf "$TO"
says 'word PIPELINING' 'on rcpt stall'
timeout 2 setpriv --reuid alice --regid alice --clear-groups -- $SENDMAIL a@direct.world.example <<< "$MESSAGE" 2> /dev/null
ok "when the caller is killed, so is the session" lab_until 30 ended
unlike "and nothing was sent" "$(said)" '^DATA'
ok "nobody stays" lab_until 30 bash -c '! pgrep -u alice'

# ---- -bs -----------------------------------------------------------------------------------

# dialogue COMMANDS…: the replies' codes, with -bs
dialogue() {
	printf '%s\r\n' "$@" | as alice $SENDMAIL -bs 2> err | tr -d '\r' | tee replies | cut -c1-3 | tr '\n' ' '
}
letter=('MAIL FROM:<you@sender.example>' 'RCPT TO:<a@direct.world.example>' DATA 'From: you@sender.example' 'Subject: bs' '' '..dots' .)
says 'word PIPELINING'
before=$(connections)
like "-bs: two messages" "$(dialogue 'EHLO me' "${letter[@]}" "${letter[@]}" QUIT)" '^220 (250 )+250 250 354 250 250 250 354 250 221 $'
is "each is handed on at once" "$(connections)" $((before + 2))
like "in the server's words" "$(cat replies)" '^250 2\.0\.0 delivered to smtp\.isp\.world\.example\[192\.0\.2\.20\]:25: 250 2\.0\.0 queued as'
like "as it was" "$(cat "hostile/$(connections).1.data")" '^\.\.dots'
says 'word PIPELINING' 'on rcpt reply 550 5.1.1 no such user'
like "-bs: a refusal is the caller's reply" "$(dialogue 'EHLO me' "${letter[@]}" QUIT)" '354 550 221 $'
like "in its words" "$(cat replies)" '^550 5\.1\.1 .*no such user'
says 'word PIPELINING' 'on dot reply 554 5.7.1 spam, rejected'
like "-bs: refused after the dot" "$(dialogue 'EHLO me' "${letter[@]}" QUIT)" '354 55[0-9] 221 $'
says 'word PIPELINING' 'on dot reply 451 4.3.0 later'
like "-bs: put off" "$(dialogue 'EHLO me' "${letter[@]}" QUIT)" '354 45[0-9] 221 $'
like "in its words, too" "$(cat replies)" '^45[0-9] 4\.3\.0 .*451 4\.3\.0 later'

# ---- what is broken here -------------------------------------------------------------------

conf "$TO"
sed -i 's|^libexec.*|libexec = "/nonexistent";|' $CONF
send a@direct.world.example
is "without LIBEXEC/once" "$code" 75
like "it says so" "$err" '/nonexistent/once.*cannot be run: No such file.*setting libexec'
conf "$TO"
echo 'nonsense = 1;' >> $CONF
send a@direct.world.example
is "a configuration with a fault" "$code" 78
like "is not obeyed" "$err" 'nonsense'
mkdir libexec
cp $LAB/build/libexec/signet/* libexec/
conf "$TO"
sed -i "s|^libexec.*|libexec = \"$LAB/libexec\";|" $CONF
printf '#!/bin/sh\nexit 1\n' > libexec/smtp
chmod 755 libexec/smtp
send a@direct.world.example
is "a role that crashes" "$code" 75
like "is named" "$err" 'process that speaks SMTP'

cp $LAB/log/once $LAB/log/all-once
world_done
