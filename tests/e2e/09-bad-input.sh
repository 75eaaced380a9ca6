#!/bin/bash
# SPDX-License-Identifier: ISC
# Bad input of every kind ends in a clear error or a retry, and nothing is lost.
. "$(dirname "$0")/world.sh"
world_begin "$@"
tap_plan 86
world_names
world_keys
world_config <<'END'
routes = ( { to = [ "*" ]; via = [ "mx" ]; } );
size_limit = "100M"; retry_min = "500ms"; retry_max = "1s"; time_scale = 0.2;
END
cp $CONF good
$SIGNET dns --zone | lab_zone sender.example
lab_dns_start
world_mx_start
D=direct.world.example

# run COMMAND…: its output in $out, its status in $status
run() {
	out=$("$@" 2>&1 </dev/null)
	status=$?
}
signetd_once() {
	run timeout 60 $LAB/build/signetd -C "$1"
}

# ---- configuration ----------------------------------------------------------
# wrong NAME SED-SCRIPT WANTED
wrong() {
	sed "$2" good > bad.conf
	run $SIGNET config check $LAB/bad.conf
	is "config: $1: an error" "$((status != 0))" 1
	like "config: $1: names file and line" "$out" 'bad\.conf:?[^0-9]*[0-9]+'
	like "config: $1: $3" "$out" "$3"
}
wrong "an unknown setting"   's/^hostname/hostnam/'                 'hostname'
wrong "a missing comma"      's/{ to = \[ "\*" \]; via = \[ "mx" \]; }/& &/' '[Cc]omma'
wrong "an unknown smarthost" 's/via = \[ "mx" \]/via = [ "ips" ]/'  'ips'
wrong "no such tls level"    's/port = 587;/& tls = "verfy";/'      'verify'
wrong "a size without sense" 's/"100M"/"100X"/'                     'size'
sed 's/^hostname/hostnam/' good > $CONF
signetd_once $CONF
is "signetd does not start with it: EX_CONFIG" "$status" 78
like "and says why" "$out$(cat $LAB/log/signetd 2>/dev/null)" 'hostnam'
cp good $CONF

# ---- keys ---------------------------------------------------------------------
chmod 644 $LAB/signet/keys/rsa.pem
signetd_once $CONF
is "a key that others can read: refused" "$((status != 0))" 1
like "with the chmod that mends it" "$out$(cat $LAB/log/signetd 2>/dev/null)" 'chmod [0-7go=,-]+ .*rsa\.pem'
chmod 600 $LAB/signet/keys/rsa.pem

# ---- a trust anchor: that of another zone validates nothing, and it is said --------
keymgr -c $LAB/dns/knot.conf other.example generate algorithm=ed25519 ksk=yes zsk=yes >/dev/null
keymgr -c $LAB/dns/knot.conf other.example dnskey | sed 's/^other.example\. /. 300 IN /' > other.key
cp $LAB/dns/root.key right.key
for anchor in right other; do
	{ cat good; echo "trust_anchor_file = \"$LAB/$anchor.key\";"; } > anchor.conf
	run $SIGNET -C $LAB/anchor.conf route alice@$D
	like "the $anchor trust anchor: a way is found" "$status $out" '^0 .*|mx\.world\.example'
	is "the $anchor trust anchor: validated" "$(grep -c unvalidated <<<"$out")" "$([ $anchor = right ] && echo 0 || echo 1)"
done

# ---- sendmail with a configuration that is wrong ---------------------------------
lab_signetd_start
echo 'this is no configuration {{{' > $CONF
world_message a@sender.example alice@$D "under a wrong configuration" | as alice $SENDMAIL -i -t
is "sendmail accepts mail whatever the configuration says" $? 0
chmod 000 $CONF
world_message a@sender.example alice@$D "under an unreadable one" | as alice $SENDMAIL -i -t
is "even when it cannot be read" $? 0
rm -f $CONF
cp good $CONF
ok "both arrive" lab_until 60 lab_has_mail $D alice 2

# ---- messages ---------------------------------------------------------------------
# odd NAME USER < MESSAGE: must be taken and arrive
odd() {
	as alice $SENDMAIL -i -f alice@sender.example "$2@$D" > out 2>&1
	is "$1: taken" $? 0
	ok "$1: arrives" lab_until 60 lab_has_mail $D "$2"
	unlike "$1: no signature is broken" "$(header "$(copy $D "$2")")" 'dkim=(fail|perm)'
}
odd "0 bytes"           user1 < /dev/null
odd "no headers"        user2 < <(printf 'just text\nand more\n')
odd "headers only"      user3 < <(printf 'Subject: only\n')
odd "bare CR"           user4 < <(printf 'Subject: cr\n\na\rb\r\nc\n')
odd "NUL"               user5 < <(printf 'Subject: nul\n\na\0b\n')
odd "a long line"       user6 < <(printf 'Subject: long\n\n'; head -c 5000 /dev/zero | tr '\0' x; echo)
odd "8-bit header"      user7 < <(printf 'Subject: gr\xfc\xdfe\n\nx\n')
odd "smuggling"         user8 < <(printf 'Subject: smuggle\n\na\n.\r\nMAIL FROM:<x@y>\r\n\r.\r\nb\n')
odd "no end of line"    user9 < <(printf 'Subject: end\n\nno end')
like "no headers: the text is body" "$(sed '1,/^\r*$/d' "$(copy $D user2)")" 'just text'
unlike "bare CR does not leave"  "$(sed '1,/^$/d' "$(copy $D user4)" | od -c)" '\\r'
is "smuggling: one copy, and no other" "$(lab_mail_count $D user8)" 1
like "smuggling: its text is text" "$(cat "$(copy $D user8)")" 'MAIL FROM:<x@y>'

# ---- what must be refused ------------------------------------------------------------
# refused NAME STATUSES WANTED ARGUMENTS… < MESSAGE
refused() {
	local name=$1 statuses=$2 wanted=$3
	shift 3
	out=$(as alice $SENDMAIL "$@" 2>&1)
	like "$name: exit status" "$?" "^($statuses)\$"
	like "$name: says why" "$out" "$wanted"
}
message() {
	world_message a@sender.example alice@$D refused
}
refused "no recipients"          '64|65' '[Rr]ecipient' -i < <(message)
refused "-t without recipients"  '64|65' '[Rr]ecipient' -i -t < <(printf 'From: a@b.example\nSubject: x\n\nx\n')
refused "two From fields"        '65'    'From'         -i alice@$D < <(printf 'From: a@sender.example\nFrom: b@sender.example\n\nx\n')
refused "CRLF in a recipient"    '64|65|67' '.'         -i $'alice@direct.world.example>\r\nRCPT TO:<bob' < <(message)
refused "CRLF in the sender"     '64|65|67' '.'         -i -f $'a@b>\r\nDATA' alice@$D < <(message)
before=$(lab_mail_count $D alice)
big() {
	printf 'Subject: big\n\n'
	yes 'sixty-three bytes and a line end make sixty-four in each of the lines' | head -c 1073741824
}
mkdir -p "$LAB_SOURCE/build/lab/tmp" && chmod 1777 "$LAB_SOURCE/build/lab/tmp"
mount --bind "$LAB_SOURCE/build/lab/tmp" $LAB/tmp
refused "1 GiB"                  '65|69|77|75' '(size|large|limit|MiB|bytes|M\b)' -i alice@$D < <(big)
umount $LAB/tmp
is "1 GiB: nothing of it is left" "$(find /var/spool/signet/body /var/spool/signet/drop -type f -size +1M 2>/dev/null | wc -l)" 0
is "nothing refused has arrived" "$(lab_mail_count $D alice)" "$before"
# Among good ones: taken and bounced, for cron reads no exit status.
world_message a@sender.example "x" "mixed" | $SENDMAIL -i -f owner@$D 'not an address@@' bob@$D
is "a bad recipient among good ones: taken" $? 0
ok "the good one arrives" lab_until 60 lab_has_mail $D bob
ok "the bad one is told to the sender" lab_until 60 lab_has_mail $D owner

# ---- a silent name server --------------------------------------------------------------
kill -STOP "$LAB_DNS_PID"
world_message a@sender.example carol@other.world.example "in silence" | $SENDMAIL -i -t
is "a silent name server: mail is taken" $? 0
silence() {
	$SIGNET queue list | grep -Eqi 'DNS|name server|look|resolv'
}
ok "it waits, with the reason" lab_until 60 silence
is "and is not called permanent" "$(lab_mail_count sender.example alice)" 0
for n in {1..20}; do
	echo "DKIM-Signature: v=1; a=rsa-sha256; d=other.world.example; s=s$n; h=from; bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; c=relaxed/relaxed; b=AAAA"
done > crowd
printf 'From: a@other.world.example\n\n' >> crowd
begun=$SECONDS
verdict=$($SIGNET verify < crowd)
is "signet verify has all its keys looked up in a bounded time, and does not know" \
	"$? $(grep -c 'dkim=temperror' <<<"$verdict") $((SECONDS - begun < 12))" "75 20 1"
kill -CONT "$LAB_DNS_PID"
ok "when it speaks again, the mail goes" lab_until 60 lab_has_mail other.world.example carol

# ---- a second signetd; a network file system ----------------------------------------------
signetd_once $CONF
is "a second signetd on the same spool ends" "$((status != 0))" 1
like "and says why" "$out$(tail -n 20 $LAB/log/signetd)" '(already|another|in use|locked)'
ok "the first runs on" kill -0 "$LAB_SIGNETD_PID"
world_message a@sender.example dave@$D "after the second" | $SENDMAIL -i -t
ok "and serves" lab_until 60 lab_has_mail $D dave
lab_signetd_stop

cat > nfs.c <<'END'
#include <sys/vfs.h>
#include <string.h>
int statfs64(const char *path, struct statfs64 *s) { (void)path; memset(s, 0, sizeof *s); s->f_type = 0x6969; s->f_bsize = 4096; return 0; }
END
if [ -z "${SANITIZE:-}" ]; then
	cc -shared -fPIC -D_GNU_SOURCE -o nfs.so nfs.c
	echo $LAB/nfs.so > $LAB/etc/ld.so.preload
	signetd_once $CONF
	: > $LAB/etc/ld.so.preload
	is "a spool on NFS is refused" "$((status != 0))" 1
	like "with the reason" "$out$(tail -n 20 $LAB/log/signetd)" '(NFS|nfs|network)'
else
	skip "a spool on NFS" "nothing is preloaded beside sanitizers" 2
fi
world_done
