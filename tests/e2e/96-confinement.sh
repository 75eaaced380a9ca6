#!/bin/bash
# SPDX-License-Identifier: ISC
# Roles that were taken over by what they read (tests/lab/odd_role.c: snoops) get nothing of keys, of the store, of other mail
# or of other processes, though their user may have all of it; the log names the call that ended them. Keys are in memory that
# is not swapped, dumped or read by others. AppArmor's profile and SELinux's policy compile, and the profile lets the roles work.
. "$(dirname "$0")/world.sh"
[ -z "${SANITIZE:-}" ] || { echo '1..0 # SKIP programs with sanitizers are not confined'; exit 0; }
LAB_PEERS='root apparmor selinux'
world_begin "$@"
roles='smtp esmtp signer bounce resolver pickup smtpd queue'
tap_plan 72
D=direct.world.example
SPOOL=/var/spool/signet
world_names
for name in smtp esmtp resolver; do
	lab_zone world.example <<< "snoops-$name MX 10 mx-$name"$'\n'"mx-$name A 192.0.2.10"
done
sed -i '/^snoops-resolver/d' $LAB/dns/world.example.zone
lab_zone world.example <<< $'sts MX 10 mx\n_mta-sts.sts TXT "v=STSv1; id=1"\nmta-sts.sts A 192.0.2.30'
world_keys
world_config <<'END'
routes = ( { to = [ "*" ]; via = [ "mx" ]; } );
retry_min = "10m"; retry_max = "20m"; time_scale = 0.2;
listen = [ "127.0.0.1:2525" ];
END
world_odd_roles
lab_dns_start
lab_zone world.example <<< $'hole MX 10 gone'
world_mx_start

# What there is to get: all of it is the roles' own user's.
chown -R signet: /etc/signet/keys /etc/signet/isp.password
chmod 755 /etc/signet /etc/signet/keys
mkdir -p /run/signet $SPOOL
touch $LAB/log/signetd
chown -R signet: /run/signet $SPOOL $LAB/log/signetd
install -o root -g signetdrop -m 2755 $LAB/build/signet-drop $LAB/signet-drop
# As the unit does it: signetd is of that user, too.
start() {
	setpriv --reuid signet --regid signet --groups signetdrop --inh-caps=-all --bounding-set=-all $LAB/build/signetd -C $CONF >>$LAB/log/signetd.stderr 2>&1 &
	LAB_SIGNETD_PID=$!
	lab_need 60 lab_signetd_ready
}
start
{ world_message you@sender.example alice@lost.world.example "a large one"; head -c 2000000 /dev/zero | base64 -w 70; } |
	$SENDMAIL -i -f you@sender.example alice@lost.world.example
has_body() {
	[ -n "$(find $SPOOL/body -maxdepth 1 -type f)" ]
}
ok "a large message of another user waits" lab_until 30 has_body
# Root's, with a mode that keeps nobody from them.
echo 'root:$y$a hash:20000::::::' > $LAB/shadow
mount --bind $LAB/shadow /etc/shadow
cp /etc/signet/keys/rsa.pem /etc/signet/keys/lax.pem
cp /etc/signet/isp.password /etc/signet/lax.password
chmod 644 $LAB/shadow /etc/signet/keys/lax.pem /etc/signet/lax.password
chown root: $LAB/shadow /etc/signet/keys/lax.pem /etc/signet/lax.password
readable_by_all="/etc/passwd
/etc/aliases
/etc/hosts
/etc/shadow
/etc/signet/keys/lax.pem
/etc/signet/lax.password"
treasure="/etc/signet/keys/rsa.pem
/etc/signet/keys/ed25519.pem
$CONF
$SPOOL/queue.db
$SPOOL/queue.db-wal
$SPOOL/body
$(find $SPOOL/body -maxdepth 1 -type f | head -n 1)
/run/signet/control
/proc/$LAB_SIGNETD_PID/environ
/proc/$(lab_pids signer | head -n 1)/mem
/proc/$(lab_pids queue)/environ
/var/lib/signet/rsa.pem
$readable_by_all
/etc
/tmp"
for role in $roles; do
	echo "$treasure" > $LAB/libexec/$role.snoops
done
# Store and mail are its own.
grep -v "^$SPOOL" <<< "$treasure" > $LAB/libexec/queue.snoops
install -D -o signet -m 600 /etc/signet/keys/rsa.pem /var/lib/signet/rsa.pem
readable=0
for path in /etc/signet/keys/rsa.pem /var/lib/signet/rsa.pem $SPOOL/queue.db "$(find $SPOOL/body -maxdepth 1 -type f | head -n 1)" $readable_by_all; do
	as signet head -c 1 "$path" >/dev/null 2>&1 && readable=$((readable + 1))
done
is "their user may read keys, store, mail and these files of root's" "$readable" 10
lab_signetd_stop
start

# ---- each role -----------------------------------------------------------------------

send() {   # ADDRESS SUBJECT
	world_message you@sender.example "$1" "$2" | $SENDMAIL -i -f you@sender.example "$1"
}
tempt() {   # ROLE: something that it reads has the word
	case $1 in
	smtp|esmtp) send "alice@snoops-$1.world.example" tempting ;;
	resolver) send alice@snoops-resolver.world.example tempting ;;
	bounce) send nobody@$D snoops-bounce ;;
	smtpd) printf 'EHLO snoops-smtpd\r\n' > /dev/tcp/127.0.0.1/2525 ;;
	*) send alice@$D "snoops-$1" ;;
	esac >/dev/null 2>&1 &
}
has_snooped() {
	grep -q "^$1 snooped: " $LAB/log/signetd
}
is_named() {
	grep -Eq "signet/${1/queue/qmgr}\[[0-9]+\]: error: this process made the system call [0-9]+ \(ptrace\), which is forbidden to it" $LAB/log/signetd
}
is_reaped() {
	grep -Eq "$1 [0-9]+ \(process [0-9]+\) ended by signal 31" $LAB/log/signetd
}
for role in $roles; do
	tempt $role
	ok "$role does what it may not" lab_until 25 has_snooped $role
	is "$role got nothing" "$(grep "^$role got" $LAB/log/signetd; grep "^$role snooped: " $LAB/log/signetd | sed 's/ of [1-9][0-9]*$//' | sort -u)" "$role snooped: it got 0"
	ok "$role: the log names the call that ended it" lab_until 10 is_named $role
	ok "$role: and signetd the process" lab_until 10 is_reaped $role
done
$SIGNET queue delete all >/dev/null 2>&1
ok "the store is as good as before" grep -q . <<< "$(sqlite3 "file:$SPOOL/queue.db?mode=ro" 'PRAGMA quick_check' 2>&1)"
lab_signetd_stop
: > $LAB/log/signetd

# ---- memory with keys ----------------------------------------------------------------

# A smarthost that a session stays with when it has logged in.
mkdir -p isp
lab_certificate smtp.isp.world.example
lab_ca_is_trusted
cp $LAB/tls/smtp.isp.world.example.pem isp/isp.crt
cp $LAB/tls/smtp.isp.world.example.key isp/isp.key
echo correct-horse-battery-staple > /etc/signet/isp.password
printf '%s\n' 'cert isp' 'auth PLAIN me correct-horse-battery-staple' 'on mail stall' > isp/script
lab_hostile_start isp 192.0.2.20 587
sed -i 's/^routes = ( /&{ to = [ "picky.world.example" ]; via = [ "isp" ]; }, /' $CONF
world_shipped_roles $(ls $LAB/libexec | grep -v snoops)
start
send bob@$D "signed"
ok "mail goes, signed" lab_until 30 lab_has_mail $D bob
send dave@picky.world.example "by a login"
ok "a session has logged in" lab_until 30 grep -qs '^MAIL' isp/1.commands isp/2.commands
status_of() {   # PID FIELD
	sed -n "s/^$2:[\t ]*\([0-9]*\).*/\1/p" /proc/"$1"/status
}
signer=$(lab_pids signer | head -n 1)
for who in "signer $signer" "signetd $LAB_SIGNETD_PID"; do
	read -r name pid <<< "$who"
	ok "$name: its keys are in locked memory" test "$(status_of "$pid" VmLck)" -ge 64
done
keys="/etc/signet/keys/rsa.pem /etc/signet/keys/ed25519.pem"
while read -r name secrets; do
	pids=$(lab_pids "$name")
	is "$name: what it has of keys and passwords is neither swapped nor dumped" "$(for pid in $pids; do
		# shellcheck disable=SC2086
		/usr/bin/python3 $LAB_SOURCE/tests/lab/secrets.py "$pid" $secrets 2>&1
	done | sort -u)" held
	[ "$name" = signetd ] && continue
	is "$name: no core is dumped" "$(for pid in $pids; do awk '/^Max core file size/ { print $5, $6 }' /proc/"$pid"/limits; done | sort -u)" "0 0"
done <<-END
	signetd $keys /etc/signet/isp.password
	signer $keys
	smtp /etc/signet/isp.password
END
for pid in $(lab_pids queue) $(lab_pids pickup) $(lab_pids resolver) $(lab_pids esmtp) $(lab_pids smtp-template); do
	/usr/bin/python3 $LAB_SOURCE/tests/lab/secrets.py "$pid" $keys /etc/signet/isp.password
done > others
is "and no other process has any" "$(cat others)" ""
# What may not be dumped belongs to root in /proc, and is read by nobody else.
for role in signetd signer smtp smtp-template esmtp-template queue pickup resolver; do
	pid=$(lab_pids $role | head -n 1)
	is "$role: others of its user cannot read its memory" "$(as signet head -c 1 /proc/"$pid"/environ 2>&1 | grep -o 'Permission denied')" "Permission denied"
done

# ---- a limit that is too low ---------------------------------------------------------

lab_signetd_stop
: > $LAB/log/signetd
swap=$(awk '/^SwapTotal:/ { print $2 }' /proc/meminfo)
ulimit -S -l 0
start
send carol@$D "with a low limit"
ok "where nothing may be locked, mail goes all the same" lab_until 40 lab_has_mail $D carol
if [ "${swap:-0}" -gt 0 ]; then
	like "and the log says what to raise" "$(cat $LAB/log/signetd)" 'keys and passwords may be written to swap space: .*LimitMEMLOCK='
else
	is "and there is nothing to say where there is no swap space" "$(grep -c 'swap space' $LAB/log/signetd)" 0
fi
lab_signetd_stop

# ---- AppArmor ------------------------------------------------------------------------

# The kernel may have none: then its compiler alone judges, and a word that it does not know is one.
profile=$LAB_SOURCE/etc/apparmor.d/usr.sbin.signetd
compile() {
	$LAB/peers/apparmor/usr/sbin/apparmor_parser --skip-kernel-load --skip-cache --config-file /dev/null \
		--base $LAB/peers/apparmor/etc/apparmor.d "$@" 2>&1 | grep -v '^Cache read/write disabled'
}
is "AppArmor's compiler takes the profile" "$(compile $profile)" ""
sed 's/capability setuid,/capability setsomething,/' $profile > $LAB/profile
like "and would not take another" "$(compile $LAB/profile)" 'setsomething'
roles_with_a_profile=$(sed -n 's,^  /usr/libexec/signet/\([a-z]*\) *px -> &signetd//\1\,$,\1,p' $profile | sort)
is "each role that signetd begins has a profile" "$roles_with_a_profile" "$(ls $LAB/build/libexec/signet | grep -vx once | sort)"

# What each process does in a whole life, beside what the profile lets it do (tests/lab/apparmor.py).
ulimit -S -l "$(ulimit -H -l)"
chown -R root: /etc/signet/keys /etc/signet/isp.password
sed -i 's/^local_delivery = .*/local_delivery = "mbox";/' $CONF
rights=+dac_read_search,+setuid,+setgid,+kill
mkdir $LAB/trace
strace -ff -y -qq -s 300 -o $LAB/trace/trace -e trace=%file,%process,%creds,socket,connect,bind,recvmsg,mmap,flock,fcntl,fchown \
	setpriv --reuid signet --regid signet --groups signetdrop --inh-caps=-all,$rights --ambient-caps=-all,$rights --bounding-set=-all,$rights \
	$LAB/build/signetd -C $CONF >>$LAB/log/signetd.stderr 2>&1 &
LAB_SIGNETD_PID=$!
lab_need 60 lab_signetd_ready
send dave@$D "traced"
send dave@sts.world.example "by a policy"
# Large ones go from process to process as files.
for address in dave@$D nobody@$D bob@localhost; do
	{ world_message you@sender.example $address "traced and large"; head -c 2000000 /dev/zero | base64 -w 70; } |
		$SENDMAIL -i -f you@sender.example $address
done
world_message you@sender.example erin@$D "by SMTP" | sed 's/$/\r/' > $LAB/by-smtp
exec 7<>/dev/tcp/127.0.0.1/2525
{ printf '%s\r\n' 'EHLO x' 'MAIL FROM:<you@sender.example>' "RCPT TO:<erin@$D>" DATA; cat $LAB/by-smtp; printf '.\r\nQUIT\r\n'; } >&7
cat <&7 >/dev/null
exec 7>&-
has_mails() {
	[ "$(lab_mail $D dave | wc -l)" -eq 2 ]
}
ok "under a tracer: mail goes, large mail, too" lab_until 60 has_mails
ok "mail by SMTP" lab_until 60 lab_has_mail $D erin
ok "and to a mailbox" lab_until 60 test -s /var/mail/bob
has_bounced() {
	grep -q 'to=<nobody@direct.world.example>.*status=bounced' $LAB/log/signetd
}
ok "and a report is made" lab_until 60 has_bounced
ok "and a policy is asked for" lab_until 60 grep -q 'the MTA-STS policy of sts.world.example, id 1, cannot be fetched' $LAB/log/signetd
/usr/bin/python3 $LAB_SOURCE/tests/lab/apparmor.py held $LAB/trace
traced=$(lab_pids signetd)
begun() {
	grep -c 'signet .* begins, spool' $LAB/log/signetd
}
before=$(begun)
has_begun_again() {
	[ "$(begun)" -gt "$before" ]
}
kill -HUP "$traced"
ok "and it begins again" lab_until 60 has_begun_again
kill "$traced"
wait $LAB_SIGNETD_PID
judge() {   # PROFILE
	compile --debug "$1" > $LAB/rules
	/usr/bin/python3 $LAB_SOURCE/tests/lab/apparmor.py judge $LAB/rules "$1" $LAB/trace $LAB/libexec=/usr/libexec/signet \
		$LAB/build/signetd=/usr/sbin/signetd $LAB/log=/var/log/signet 2>&1
}
is "the profile denies nothing that was done" "$(judge $profile)" "watched: bounce esmtp local pickup queue resolver signer signetd smtp smtpd sts"
sed -e '/profile signer/,/^  }/{/body/d}' -e '/profile resolver/,/^  }/{/network inet/d;/nameservice/d}' -e '/capability setgid/d' $profile > $LAB/profile
judge $LAB/profile > $LAB/judged
like "a file that it lacks would be noticed" "$(cat $LAB/judged)" 'signer: /var/spool/signet/body/[^ ]* r \(profile signer\)'
like "a network" "$(cat $LAB/judged)" 'resolver: network inet dgram \(profile resolver\)'
like "and a capability" "$(cat $LAB/judged)" 'local: capability setgid \(profile signetd\)'

# ---- SELinux -------------------------------------------------------------------------

# Likewise.
mkdir -p $LAB/policy
cp $LAB_SOURCE/etc/selinux/signet.* $LAB/policy
package() {
	make -C $LAB/policy -f /usr/share/selinux/devel/Makefile NAME=default AWK=awk signet.pp 2>&1
	test -s $LAB/policy/signet.pp
}
said=$(package)
is "SELinux's compiler takes the policy" "$? $(grep -i error <<< "$said")" "0 "
is "each role that signetd begins has a domain" "$(sed -n "s/^signet_role_begin(\`\([a-z]*\)')$/\1/p" $LAB/policy/signet.te | sort)" \
	"$(ls $LAB/build/libexec/signet | grep -vx once | sort)"
sed -i 's/signet_key_t }:file/signet_unknown_t }:file/' $LAB/policy/signet.te
rm $LAB/policy/signet.pp
like "a type that is not there is noticed" "$(package)" 'unknown type signet_unknown_t'
world_done
