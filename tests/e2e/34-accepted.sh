#!/bin/bash
# SPDX-License-Identifier: ISC
# What was taken ends as delivered, as a report that a person reads, or as held; and nobody can fill what all share.
. "$(dirname "$0")/world.sh"
world_begin "$@"
tap_plan 93
world_names
world_keys
DROP=/var/spool/signet/drop
D=direct.world.example
PLAY=$LAB_SOURCE/tests/e2e/accepted.py
config() {
	world_config <<-END
	routes = ( { to = [ "*" ]; via = [ "mx" ]; } );
	size_limit = "1M"; connections = 20; connections_per_user = 10;
	$1
	END
}
ROOT="root = \"owner@$D\";"
config "$ROOT"
lab_dns_start
world_mx_start
mkdir -p /var/spool/signet
mount -t tmpfs -o size=16m,mode=755 spool /var/spool/signet

# send USER ARGUMENT…: the message is on stdin; prints sendmail's exit status
send() {
	local user=$1
	shift
	timeout 100 setpriv --reuid "$user" --regid "$(id -g "$user")" --clear-groups -- $SENDMAIL "$@" 2>err
	echo $?
}
plain() {   # SUBJECT [KiB]
	world_message alice@sender.example "bob@$D" "$1" "$(head -c $(( ${2:-1} * 700 )) /dev/urandom | base64)"
}
bad_files() {
	find $DROP -name '*.bad' | wc -l
}
drop_is_empty() {
	[ -z "$(find $DROP -type f ! -name '*.bad')" ]
}
reports() {   # USER DOMAIN
	lab_mail "$2" "$1" | xargs -r grep -l 'multipart/report' | wc -l
}
has_reports() {   # USER DOMAIN COUNT
	[ "$(reports "$1" "$2")" -ge "$3" ]
}
report_text() {   # USER DOMAIN
	lab_mail "$2" "$1" | xargs -r cat | tr -s '\r\n ' ' '
}
forget_mail() {
	rm -rf "$LAB"/mail/*
}
two_from() {
	printf '%s\n' 'From: a@sender.example' 'From: b@sender.example' "To: bob@$D" "Subject: $1" '' 'the body of it'
}

lab_signetd_start
lab_signetd_stop

# ---- a writer that is silent, begun first because it takes half a minute ---------------

mkfifo silent
exec 7<> silent
as alice $LAB/signet-drop < silent 2> silent.err & silent=$!
kill_me() {
	as alice $LAB/signet-drop < silent 2>/dev/null & victim=$!
	lab_need 60 eval '[ "$(find $DROP -name "*.tmp" | wc -l)" -eq 2 ]'
	kill -KILL "$(pgrep -P $victim -x signet-drop || echo $victim)"
	wait $victim
} 2>/dev/null
kill_me
is "two files are begun, and the writer of one is dead" "$(find $DROP -name '*.tmp' | wc -l)" 2

# ---- what the drop folder took ----------------------------------------------------------

is "signetd down: two From fields, exit 0" "$(two_from one | send alice -t -i)" 0
is "no recipient that can be read, exit 0" "$(printf 'Subject: two\n\nb\n' | send alice '@nowhere')" 0
is "sixty of them, exit 0" "$(printf 'Subject: sixty\n\nb\n' | send alice $(seq -f '@%g' 60))" 0
is "from the null sender, exit 0" "$(two_from three | send bob -t -f '<>')" 0
is "a mail that has passed too many hosts, exit 0" \
	"$({ seq -f 'Received: from %g' 60; world_message x@y "bob@$D" four; } | send alice -t -f carol@sender.example)" 0
lab_signetd_start
ok "the sender hears of the first three" lab_until 60 has_reports alice sender.example 3
ok "root's reader of that without a sender" lab_until 60 has_reports owner $D 1
ok "the envelope's sender of the last" lab_until 60 has_reports carol sender.example 1
ok "and the drop folder is empty but for who still writes" lab_until 60 eval '[ "$(find $DROP -type f | wc -l)" -eq 1 ]'
is "sixty refused recipients are one report" "$(reports alice sender.example)" 3
is "nothing is set aside" "$(bad_files)" 0
like "the reason is told"                    "$(report_text alice sender.example)" '2 From fields'
like "in plain words"                        "$(report_text alice sender.example)" 'not written as a mail must be'
like "with its status"                       "$(report_text alice sender.example)" 'Status: 5\.6\.0'
like "and the mail itself"                   "$(report_text alice sender.example)" 'the body of it'
like "that of one without recipients too"    "$(report_text alice sender.example)" '@nowhere'
like "and of the mail loop"                  "$(report_text carol sender.example)" 'mail loop'
like "status says that nothing is set aside" "$($SIGNET queue status --counters)" '^drop_bad +0$|drop_bad 0'
ok "the dead writer's file is gone, the living one's is there" eval '[ "$(find $DROP -name "*.tmp" | wc -l)" -eq 1 ]'

# ---- the same while signetd runs ---------------------------------------------------------

forget_mail
is "no recipient that can be read, in a header" "$(printf 'To: "x@%s\nSubject: five\n\nb\n' $D | send alice -t)" 0
is "among good ones, from the null sender" "$(printf 'Subject: six\n\nb\n' | send alice -f '<>' bob@$D '@')" 0
is "alone, from the null sender" "$(printf 'Subject: seven\n\nb\n' | send bob -f '<>' '@ @')" 0
ok "the sender hears of it" lab_until 60 has_reports alice sender.example 1
ok "root's reader of the other two" lab_until 60 has_reports owner $D 2
ok "the good one arrives" lab_until 60 lab_has_mail $D bob

# ---- where nobody reads root's mail --------------------------------------------------------

lab_signetd_stop
config 'local_delivery = "none";'
lab_signetd_start
is "from the null sender, and no root: nobody could be told, exit 65" "$(printf 'Subject: x\n\nb\n' | send alice -f '<>' '@ @')" 65
like "which is said" "$(cat err)" 'root is not set'
lab_signetd_stop
is "dropped, it is taken" "$(two_from eight | send alice -t -f '<>')" 0
lab_signetd_start
ok "and held for the owner" lab_until 60 eval '$SIGNET queue list | grep -A3 root | grep -q "set root"'
is "not set aside" "$(bad_files)" 0
lab_signetd_stop
forget_mail
config "$ROOT"
lab_signetd_start
ok "until root is set" lab_until 60 has_reports owner $D 1

# ---- what is no record ----------------------------------------------------------------------

forget_mail
echo 'no record at all' > /var/spool/signet/garbage
chown signet: /var/spool/signet/garbage
mv /var/spool/signet/garbage $DROP
ok "garbage is set aside" lab_until 60 test -e $DROP/garbage.bad
ok "and the owner is told" lab_until 60 lab_has_mail $D owner
like "by name" "$(report_text owner $D)" 'garbage\.bad \(uid 401\): this is not a submission record'
like "status counts it" "$($SIGNET queue status --counters)" 'drop_bad +1'
lab_signetd_stop
touch -d '40 days ago' $DROP/garbage.bad
lab_signetd_start
ok "when it is old, it is removed" lab_until 60 eval '! test -e $DROP/garbage.bad'
ok "and the owner is told that too" lab_until 60 eval 'report_text owner $D | grep -q "garbage.bad .*: removed"'

# ---- options of others ------------------------------------------------------------------------

body_of() {   # SUBJECT
	lab_mail $D bob | xargs grep -l "^Subject: $1" | xargs sed '1,/^\r*$/d' | tr -d '\r' | tr '\n' '|'
}
has_subject() {
	subjects $D bob | grep -q "^$1$"
}
is "the ARPANET mode, with CRLF" "$(printf 'From: a@sender.example\r\nTo: bob@%s\r\nSubject: arpanet\r\n\r\nb\r\n' $D | send alice -t -i -ba)" 0
is "dots by their long name" "$(world_message a@sender.example bob@$D dots one . two | send alice -O IgnoreDots=True bob@$D)" 0
is "an account of msmtp's" "$(world_message a@sender.example bob@$D account | send alice -a work -t)" 0
for subject in arpanet dots account; do
	ok "$subject arrives" lab_until 60 has_subject $subject
done
is "as it was given" "$(body_of arpanet)" 'b|'
is "to its end" "$(body_of dots)" 'one|.|two|'
ok "and nobody else has anything" lab_until 60 lab_queue_is_empty
is "no report comes of it" "$(reports alice sender.example)" 0

# ---- limits ------------------------------------------------------------------------------------

is "an endless stdin ends" "$(yes | send alice bob@$D)" 65
like "with the limit's name" "$(cat err)" 'size_limit'
is "with three recipients too many" "$(printf 'b\n' | send alice $(seq -f 'u%g@x.example' 50001))" 65
unwritable() {
	unshare -m bash -c 'for at in /tmp /var/tmp "$TMPDIR"; do mount -t tmpfs -o '"$1"' none $at; done
		setpriv --reuid alice --regid alice --clear-groups -- '"$SENDMAIL"' -i -t 2>'"$PWD"'/err'
	echo $?
}
is "a mail over 256 KiB where no folder can be written" "$(plain unwritable 700 | unwritable ro)" 0
is "and where they are full" "$(plain full 700 | unwritable size=128k,mode=1777)" 0
ok "the first arrives" lab_until 60 has_subject unwritable
ok "and the second" lab_until 60 has_subject full
ok "whole" eval '[ "$(lab_mail $D bob | xargs grep -l "Subject: full" | xargs cat | wc -c)" -gt 650000 ]'

lab_signetd_stop
is "signetd down: the endless one too" "$(yes | send alice bob@$D)" 65
is "nothing of it is left" "$(find $DROP -type f ! -name '*.tmp' | wc -l)" 0
is "signet-drop has the same limit" "$(/usr/bin/python3 "$PLAY" record bob@$D 1048577 | as alice $LAB/signet-drop 2>err; echo "${PIPESTATUS[1]}")" 65
like "by its name" "$(cat err)" 'size_limit'

taken=0
while [ "$(plain share 900 | send alice -t)" = 0 ] && [ $taken -lt 20 ]; do
	taken=$((taken + 1))
done
ok "of 16 MiB one user gets a few ($taken)" eval '[ $taken -ge 1 ] && [ $taken -le 5 ]'
like "and is told of the share" "$(cat err)" 'their share'
is "which is not another's" "$(plain other | send bob -t)" 0
head -c "$(( ($(stat -f -c '%a * %S' /var/spool/signet)) - 600 * 1024 ))" /dev/zero > /var/spool/signet/filler
is "with little free space nobody gets it" "$(plain floor | send bob -t)" 75
like "and is told why" "$(cat err)" 'too little free space'
is "root gets half of what is left free" "$(plain root | send root -t)" 0
rm /var/spool/signet/filler
mount -o remount,nr_inodes=1000 /var/spool/signet
mkdir /var/spool/signet/many
(cd /var/spool/signet/many && eval "$(printf 'touch f%d; ' {1..940})")
is "so it is with inodes" "$(plain inodes | send bob -t)" 75
like "and they are named" "$(cat err)" 'inodes'
rm -r /var/spool/signet/many

# ---- reasons --------------------------------------------------------------------------------------

nnp() {
	setpriv --no-new-privs --reuid alice --regid alice --clear-groups -- "$@" 2>err
	echo $?
}
is "a unit with NoNewPrivileges, and no signetd" "$(plain nnp | nnp $SENDMAIL -t)" 75
like "its reason" "$(cat err)" 'NoNewPrivileges'
like "and the other" "$(cat err)" 'nobody listens there|no such socket'
is "given the group, it is kept" "$(plain group | setpriv --no-new-privs --reuid alice --regid alice --groups signetdrop -- \
	$SENDMAIL -t 2>err; echo "${PIPESTATUS[1]}")" 0
lab_signetd_start
is "with signetd" "$(plain nnp | nnp $SENDMAIL -t)" 0
is "a unit without AF_UNIX" "$(plain unix | /usr/bin/python3 "$PLAY" without-unix \
	setpriv --no-new-privs --reuid alice --regid alice --clear-groups -- $SENDMAIL -t 2>err; echo "${PIPESTATUS[1]}")" 75
like "its reason" "$(cat err)" 'RestrictAddressFamilies= of its unit must have AF_UNIX'
ok "what had been dropped has gone" lab_until 60 drop_is_empty

# ---- floods ----------------------------------------------------------------------------------------

mkfifo hold
exec 8<> hold
held() {   # USER COUNT: idle connections that stand until the end
	as "$1" /usr/bin/python3 "$PLAY" hold /run/signet/socket "$2" < hold > "held.$1" &
	lab_need 60 grep -q held "held.$1"
}
held alice 100
held nobody 100
for user in bob root alice; do
	like "beside two hundred idle connections $user is served" "$(plain "flood $user" | send $user -v -t)" 'queued as'
done
before=$(wc -l < $LAB/log/signetd)
as alice /usr/bin/python3 "$PLAY" garbage /run/signet/socket 500
ok "five hundred refusals are few lines" eval '[ $(( $(wc -l < $LAB/log/signetd) - before )) -le 70 ]'
exec 8>&-

# ---- whose file it is ---------------------------------------------------------------------------------

mkdir -m 755 home
chown alice: home
printf '#!/bin/sh\ntouch %s/ran\ncat >/dev/null\n' "$PWD/home" > home/program
chmod 755 home/program
printf 'socket = "/nowhere"; drop_program = "%s/home/program";\n' "$PWD" > home/conf
printf 'password = hunter2 {{{\n' > home/broken
chown alice: home/*
is "root with alice's file" "$(plain c | send root -C "$PWD/home/conf" -t)" 0
fails "runs nothing of hers" test -e home/ran
like "and says so" "$(cat err)" 'belongs to uid 1001'
is "alice with her own" "$(plain c | send alice -C "$PWD/home/conf" -t)" 0
ok "runs what it says" test -e home/ran
plain c | send root -C "$PWD/home/broken" -t >/dev/null
unlike "root's errors do not quote hers" "$(cat err)" 'hunter2'
plain c | send alice -C "$PWD/home/broken" -t >/dev/null
like "her own do" "$(cat err)" 'hunter2'
chmod 666 $CONF
like "signet.conf that all can write is refused" "$($SIGNET config check 2>&1)" 'chmod go-w'
fails "by signetd too" timeout 60 $LAB/build/signetd -C $CONF
chmod 644 $CONF

# ---- the silent writer -------------------------------------------------------------------------------------

silent_has_ended() {
	! kill -0 $silent
}
ok "a silent writer of the drop folder is given up" lab_until 60 silent_has_ended
like "with its reason" "$(cat silent.err)" 'does not end in time'
ok "and leaves nothing" lab_until 60 eval '[ -z "$(find $DROP -name "*.tmp")" ]'
lab_signetd_stop
world_done
