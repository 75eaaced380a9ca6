#!/bin/bash
# SPDX-License-Identifier: ISC
# Bodies that SMTP does not carry as they are, and 8-bit ones, whatever lies on their way: straight to a
# receiver with 8BITMIME and to one without, and through Postfix and Exim as smarthosts. Each copy verifies,
# and a reader finds in it what was sent.
# shellcheck disable=SC2034
LAB_PEERS="root exim"
. "$(dirname "$0")/world.sh"
world_begin "$@"
tap_plan 133
export PYTHONDONTWRITEBYTECODE=1
world_names
lab_zone world.example <<'END'
old A 192.0.2.11
exim A 192.0.2.21
old-mx MX 10 old
old-isp MX 10 old
old-exim MX 10 old
new-exim MX 10 mx
END
world_keys
config() {   # WHEN 8-bit is encoded
	lab_config_base
	cat <<-END
	dkim = (
	  { domain = "sender.example"; selector = "rsa"; file = "/etc/signet/keys/rsa.pem"; },
	  { domain = "sender.example"; selector = "ed25519"; file = "/etc/signet/keys/ed25519.pem"; } );
	smarthosts = (
	  { name = "isp"; host = "smtp.isp.world.example"; port = 587; user = "me"; password_file = "/etc/signet/isp.password"; },
	  { name = "exim"; host = "exim.world.example"; port = 25; tls = "none"; } );
	routes = (
	  { table = "/etc/signet/routes"; },
	  { to = [ "old-exim.world.example", "new-exim.world.example" ]; via = [ "exim" ]; },
	  { to = [ "*" ]; via = [ "mx" ]; } );
	retry_min = "500ms"; retry_max = "2s"; encode_8bit = "$1";
	END
}
printf '%s\n' 'picky.world.example isp' 'old-isp.world.example isp' > $LAB/signet/routes
printf '%s\n' "$ISP_PASSWORD" > $LAB/signet/isp.password
chmod 600 $LAB/signet/isp.password
config auto > $CONF
$SIGNET dns --zone | lab_zone sender.example
lab_dns_start
# Who offers SMTPUTF8 is taken by Postfix to have 8BITMIME as well.
world_mx_start new-exim.world.example
lab_mx_start old 192.0.2.11 old.world.example old-{mx,isp,exim}.world.example -- 'smtpd_discard_ehlo_keywords = 8bitmime, smtputf8'
world_isp_start
lab_exim_start exim 192.0.2.21 exim.world.example
lab_signetd_start

# What a reader finds in two messages, and what SMTP minds in the second: nothing when all is well.
cat > reader.py <<'END'
import email, email.policy, sys
def leaves(path):
    data = open(path, "rb").read().replace(b"\r\n", b"\n").rstrip(b"\n") + b"\n"
    message = email.message_from_bytes(data, policy=email.policy.default)
    content = [(part.get_content_type(), part.get_payload(decode=True).replace(b"\r\n", b"\n").rstrip(b"\n"))
               for part in message.walk() if not part.is_multipart()]
    return data, content
_, given = leaves(sys.argv[1])
data, got = leaves(sys.argv[2])
if given != got: print("another content:", str(given)[:200], str(got)[:200])
if max(map(len, data.split(b"\n"))) > 998: print("a long line")
if b"\0" in data: print("a NUL")
END

WAYS="direct old-mx picky old-isp new-exim old-exim"
n=0
names=()
# sends NAME [DOMAIN…]: the message on stdin to one user at each
sends() {
	local name=$1 to=()
	shift
	n=$((n + 1))
	names[n]=$name
	cat > "sent-$n"
	for domain in "$@"; do
		to+=("user$n@$domain.world.example")
	done
	# shellcheck disable=SC2086
	as alice $SENDMAIL -i -f you@sender.example "${to[@]}" < "sent-$n"
	is "$name: taken" $? 0
}
copy_at() {   # NUMBER DOMAIN
	copy "$2.world.example" "user$1"
}
all_there() {   # NUMBER DOMAIN…
	local k=$1 domain
	shift
	for domain in "$@"; do
		[ -n "$(copy_at "$k" "$domain")" ] || return 1
	done
}
verdict() {
	header "$1" | grep -o 'dkim=[a-z]*' | sort | uniq -c | xargs
}
verdicts() {   # NUMBER DOMAIN…
	local k=$1 domain
	shift
	for domain in "$@"; do
		verdict "$(copy_at "$k" "$domain")"
	done | sort -u
}
readings() {   # NUMBER DOMAIN…
	local k=$1 domain
	shift
	for domain in "$@"; do
		/usr/bin/python3 reader.py "sent-$k" "$(copy_at "$k" "$domain")" 2>&1
	done
}
encoding() {   # NUMBER DOMAIN
	header "$(copy_at "$1" "$2")" | sed -n 's/^Content-Transfer-Encoding: //p'
}

# ---- every kind of body, every way ------------------------------------------------------

x() {
	head -c "$1" /dev/zero | tr '\0' x
}
F='From: You <you@sender.example>\nSubject: s\n'
M="${F}MIME-Version: 1.0\n"
mixed() {
	printf "${M}Content-Type: multipart/mixed; boundary=\"in the middle\"\n\n%s\n--in the middle\nContent-Type: text/plain\n\nfine\n--in the middle \n" "$1"
	cat
	printf '\n--in the middle--\n'
}
rows=$n
sends "998 bytes"           $WAYS < <(printf "$F\n%s\n" "$(x 998)")
sends "999 bytes"           $WAYS < <(printf "$F\n%s\n" "$(x 999)")
sends "a line of 100,000"   $WAYS < <(printf "$F\none\n%s\ntwo\n" "$(x 100000)")
sends "lines of 1 MB in all" $WAYS < <(printf "$F\n"; for k in {1..10}; do x 100000; echo; done)
sends "NUL"                 $WAYS < <(printf "$F\na\0b\n\0\n")
sends "CR alone"            $WAYS < <(printf "$F\n10%%\r20%%\r30%%\r\ndone\n")
sends "8-bit that says nothing" $WAYS < <(printf "$F\ngrün\n")
sends "8-bit that says so"  $WAYS < <(printf "${M}Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\ngrün, und sonst nichts\n")
sends "8-bit by name alone" $WAYS < <(printf "${M}Content-Type: text/plain\nContent-Transfer-Encoding: 8bit\n\na = b\n")
sends "8-bit by a part's name alone" $WAYS < <(printf 'Content-Transfer-Encoding: 8bit\n\nfine' | mixed before)
sends "8-bit in a part's header" $WAYS < <(printf 'Content-Type: application/x; name=grün\nContent-Transfer-Encoding: 8bit\n\nfine' | mixed before)
sends "8-bit, mostly"       $WAYS < <(printf "${M}Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\nпривет\n")
sends "8-bit, one long line" $WAYS < <(printf "${M}Content-Type: text/html; charset=iso-8859-1\nContent-Transfer-Encoding: 8bit\n\n<p>gr\xfcn%s</p>\n" "$(x 2000)")
sends "base64 in one line"  $WAYS < <(printf "${M}Content-Type: image/png\nContent-Transfer-Encoding: base64\n\n%s\n" "$(x 3000 | base64 -w0)")
sends "one bad part"        $WAYS < <(printf 'Content-Type: text/plain\n\n%s' "$(x 1500)" | mixed before)
sends "a binary part"       $WAYS < <(printf 'Content-Type: application/octet-stream\nContent-Transfer-Encoding: binary\n\na\0\xff\n' | mixed "$(x 1200)")
sends "a message in it"     $WAYS < <(printf 'Content-Type: message/rfc822\nContent-Transfer-Encoding: 8bit\n\nSubject: in\n\ngrün %s' "$(x 1500)" | mixed before)
last=$n
for (( k = rows + 1; k <= last; k++ )); do
	ok "${names[k]}: arrives everywhere"          lab_until 60 all_there $k $WAYS
	is "${names[k]}: both signatures hold, everywhere" "$(verdicts $k $WAYS)" "2 dkim=pass"
	is "${names[k]}: a reader finds what was sent, in lines that fit" "$(readings $k $WAYS)" ""
done
is "998 bytes are not encoded" "$(encoding 1 direct)" ""
is "999 bytes are" "$(encoding 2 direct)" "quoted-printable"
ok "the queue is empty" lab_until 60 lab_queue_is_empty

# ---- what cannot be encoded ---------------------------------------------------------------

refused() {   # NAME WHY; the message on stdin
	local out
	out=$(as alice $SENDMAIL -i -f you@sender.example user60@direct.world.example 2>&1)
	is "$1: refused" $? 65
	like "$1: with the part and the reason" "$out" "$2"
}
refused "signed" 'part 2 \(multipart/signed\) has a line of 1500 bytes.*sign it again' < \
	<(printf 'Content-Type: multipart/signed; boundary=c\n\n--c\n\n%s\n--c--' "$(x 1500)" | mixed before)
refused "an unknown encoding" 'the body \(image/png\) has a NUL byte.*"x-uuencode"' < \
	<(printf "${M}Content-Type: image/png\nContent-Transfer-Encoding: x-uuencode\n\na\0b\n")
is "nothing of it went" "$(copy_at 60 direct)" ""
is "nor is it kept" "$(find /var/spool/signet/body -type f | wc -l)" 0

# ---- when 8-bit is encoded ------------------------------------------------------------------

eight_bit() {
	printf "${M}Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\ngrün, und sonst nichts\n"
}
with() {   # WHEN
	config "$1" > $CONF
	lab_signetd_stop
	lab_signetd_start
}
arrives() {   # ENCODING VERDICT DOMAIN…
	local encoding=$1 verdict=$2
	shift 2
	ok "${names[n]}: arrives" lab_until 60 all_there $n "$@"
	is "${names[n]}: as $encoding" "$(for domain in "$@"; do encoding $n "$domain"; done | sort -u)" "$encoding"
	is "${names[n]}: $verdict" "$(verdicts $n "$@")" "$verdict"
}
sends "auto, straight" direct old-mx < <(eight_bit)
arrives 8bit "2 dkim=pass" direct old-mx
sends "auto, one smarthost among the ways" direct picky < <(eight_bit)
arrives quoted-printable "2 dkim=pass" direct picky
with always
sends "always" direct old-mx < <(eight_bit)
arrives quoted-printable "2 dkim=pass" direct old-mx
with never
sends "never, and nobody encodes it" direct old-mx picky new-exim old-exim < <(eight_bit)
arrives 8bit "2 dkim=pass" direct old-mx picky new-exim old-exim
# Why auto is what it is: should Postfix begin to leave it alone, this is to be looked at again.
sends "never, and Postfix encodes it" old-isp < <(eight_bit)
arrives quoted-printable "2 dkim=fail" old-isp
with auto

# ---- what comes back, and what stays -----------------------------------------------------------

longest() {
	awk '{ if (length($0) > most) most = length($0) } END { print most + 0 }'
}
printf "From: owner@direct.world.example\nSubject: back\n\n%s\n" "$(x 5000)" |
	as alice $SENDMAIL -i -f owner@direct.world.example nobody@direct.world.example
ok "a report comes" lab_until 60 lab_has_mail direct.world.example owner
report=$(copy direct.world.example owner)
is "with what could not be delivered, in lines that fit" "$(( $(longest < "$report") <= 998 )) $(grep -c 'xxxxx=$' "$report")" "1 66"
printf "Subject: stays\n\n%s\n" "$(x 5000)" | as alice $SENDMAIL -i alice
lab_need 60 test -s /var/mail/alice
is "what stays on this host is the same" \
	"$(grep -c '^Content-Transfer-Encoding: quoted-printable' /var/mail/alice) $(longest < /var/mail/alice)" "1 76"

# ---- killed on the way ----------------------------------------------------------------------------

# pickup at each call that makes, reads, syncs or removes a file of a large body.
large() {
	printf "$F\n"
	for k in {1..20}; do x 10000; echo; done
}
kill_at() {   # CALL N
	local pid
	pid=$(lab_pids pickup | tail -n 1)
	timeout 20 strace -qq -o /dev/null -p "$pid" -e "trace=$1" -e "inject=$1:signal=KILL:when=$2" 2>/dev/null
}
pickup_runs() {
	[ -n "$(lab_pids pickup)" ]
}
sed -i 's/^retry_min/pickups = 1; retry_min/' $CONF
lab_signetd_stop
lab_signetd_start
first=$n
for step in "openat 1" "openat 2" "write 2" "mmap 1" "munmap 1" "unlinkat 1" "fsync 1" "fsync 2"; do
	pid=$(lab_pids pickup | tail -n 1)
	# shellcheck disable=SC2086
	kill_at $step &
	lab_need 20 grep -q '^TracerPid:.*[1-9]' /proc/$pid/status
	sends "killed at $step" direct < <(large)
	ok "killed at $step: it was" lab_until 30 test ! -e /proc/$pid
	wait $!
	lab_need 30 lab_signetd_ready
	lab_need 30 pickup_runs
done
for (( k = first + 1; k <= n; k++ )); do
	ok "${names[k]}: arrives" lab_until 90 all_there $k direct
	is "${names[k]}: once, whole, verified" "$(lab_mail_count direct.world.example "user$k") $(verdicts $k direct) $(readings $k direct)" "1 2 dkim=pass "
done
world_done
