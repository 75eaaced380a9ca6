#!/bin/bash
# SPDX-License-Identifier: ISC
# All modes and names of sendmail(8): what they do, what users may do with the queue, and what they may not.
. "$(dirname "$0")/world.sh"
world_begin "$@"
tap_plan 96
world_names
world_keys
D=direct.world.example
config() {
	{ printf 'root = "owner@%s"; mailq_users = [ "nobody" ];\n' $D
	world_routes | sed 's/retry_min.*/retry_min = "1h"; retry_max = "1h";/'; } | world_config
}
config
lab_dns_start
world_mx_start
for name in mailq hoststat purgestat rmail newaliases; do
	ln -s $SENDMAIL $LAB/tmp/$name
done
SOCKET=/run/signet/socket
mail_of() { printf 'Subject: %s\n\nx\n' "$1"; }
answers() { $SENDMAIL -bp; }
gone() { ! kill -0 "$daemon" 2>/dev/null; }

# ---- -bd and -bD: the daemon ------------------------------------------------------

out=$($SENDMAIL -q30m 2>&1)
like "-q30m where none runs" "$? $out" '^69 .*sendmail -bd starts it'
echo 'retry_min = "soon";' >> $CONF
out=$($SENDMAIL -bd -q30m 2>&1 </dev/null)
is "-bd with a broken configuration: 78" $? 78
like "says what is wrong with it" "$out" 'retry_min.*"soon"|"soon".*retry_min'
like "and that it did not start" "$out" 'signetd did not start \(exit status 78\)'
config
out=$(cd /etc/signet && $SENDMAIL -C signet.conf -bd -q30m 2>&1 </dev/null)
is "-bd starts it, with a file that is named from here: 0, and nothing said" "$? $out" "0 "
ok "when it returns, signetd answers" answers
daemon=$(lab_pids signetd)
is "it has a session of its own" "$(ps -o sid= -p "$daemon" | tr -d ' ')" "$daemon"
is "and holds no folder" "$(readlink /proc/"$daemon"/cwd)" /
out=$($SENDMAIL -bd -q30m 2>&1 </dev/null)
like "a second one says that it runs: 0" "$? $out" '^0 signetd runs already'
is "and starts none" "$(lab_pids signetd)" "$daemon"
out=$($SENDMAIL -q30m 2>&1)
like "-q30m says who runs the queue: 0" "$? $out" '^0 signetd runs the queue by itself'
kill "$daemon"
ok "a signal ends it" lab_until 60 gone
$SENDMAIL -bD 2>>$LAB/log/signetd.stderr </dev/null &
LAB_SIGNETD_PID=$!
ok "-bD becomes signetd, in the foreground" lab_until 60 answers
is "the same process" "$(readlink /proc/$LAB_SIGNETD_PID/exe)" "$LAB/build/signetd"
cp $SENDMAIL $LAB/tmp/alone
out=$($LAB/tmp/alone -bh 2>&1)
like "a sendmail without signet beside it says what it needs: 69" "$? $out" '^69 .*-bh is carried out by signet, which cannot be run: .*No such file'

# ---- -bv and -bt: which way ---------------------------------------------------------

out=$($SENDMAIL -bv alice@$D,bob@picky.world.example 2>&1)
is "-bv: 0" $? 0
like "each address is told of" "$(tr '\n' ' ' <<<"$out")" "alice@$D .*mail is sent over mx .*bob@picky\\.world\\.example .*mail is sent over isp"
out=$($SENDMAIL -bv -f '' -t 2>&1 <<END
To: alice@$D
Cc: nobody@null.world.example

text
END
)
like "-bv -t: those of the header" "$(tr '\n' ' ' <<<"$out")" "alice@$D .*nobody@null\\.world\\.example"
out=$($SENDMAIL -bv 'a b@c@d' 2>&1)
is "-bv of no address: 65" $? 65
out=$(printf '3,0 alice@%s\n/parse bob@picky.world.example\n/quit\nx@y\n' $D | $SENDMAIL -bt 2>&1)
is "-bt: 0" $? 0
is "a dialogue until /quit" "$(grep -c '^so: ' <<<"$out")" 2
is "nothing was sent by either" "$(queue_count)$(ls $LAB/mail/$D 2>/dev/null)" 0

# ---- rmail ----------------------------------------------------------------------------

rmail() { as alice $LAB/tmp/rmail "$@"; }
arrived() { copy $D "$1"; }
printf '%s\n' 'From uucp Mon Nov 30 10:00:00 2026 remote from near.example' '>From joe Mon Nov 30 09:00:00 2026 remote from far.example' \
	'Subject: by two hosts' '' 'one' '.' 'From two' | rmail near!$D!carol
is "rmail: 0" $? 0
ok "it arrives" lab_until 60 lab_has_mail $D carol
like "from whom the lines say" "$(header "$(arrived carol)")" '^Return-Path: <joe@far\.example>'
unlike "without the lines" "$(cat "$(arrived carol)")" 'remote from'
like "and whole, dots and all" "$(sed '1,/^\r*$/d' "$(arrived carol)" | tr -d '\r' | tr '\n' '|')" '^one\|\.\|>?From two\|'
printf '%s\n' 'From joe Mon Nov 30 10:00:00 2026 remote from near.example' 'Subject: by one' '' x | rmail -f other@sender.example $D!dave
ok "with -f" lab_until 60 lab_has_mail $D dave
like "that is the sender" "$(header "$(arrived dave)")" '^Return-Path: <other@sender\.example>'
printf '%s\n' 'From <> Mon Nov 30 10:00:00 2026 remote from near.example' 'Subject: by none' '' x | rmail erin@$D
ok "the null sender" lab_until 60 lab_has_mail $D erin
like "is null" "$(header "$(arrived erin)")" '^Return-Path: <>'

# ---- the queue, as its users see it ------------------------------------------------------

# send_as USER SUBJECT RECIPIENT…: prints the queue id
send_as() {
	local user=$1 subject=$2
	shift 2
	mail_of "$subject" | as "$user" $SENDMAIL -v -f "$user@sender.example" "$@" | sed -n 's/^queued as //p'
}
has_tried() { as "$1" $LAB/tmp/mailq | grep -q refused; }
A=$(send_as alice first dave@lost.world.example)
A2=$(send_as alice second two@lost.world.example other@dead.invalid)
B=$(send_as bob third three@lost.world.example)
like "a submission says its queue id, and the command that traces it" \
	"$(mail_of said | as alice $SENDMAIL -v -f alice@sender.example bob@$D)" '^signet trace [0-9A-Z]+ tells what becomes of it$'
like "and from a terminal without being asked" \
	"$(mail_of typed | /usr/bin/python3 $LAB_SOURCE/tests/lab/typed.py $SENDMAIL bob@$D)" '^signet trace [0-9A-Z]+ tells'
ok "they arrive" lab_until 60 lab_has_mail $D bob 2
ok "the others wait" lab_until 60 has_tried alice
ok "all of them" lab_until 60 has_tried bob

listed() { grep -oE '^[0-9A-Z]{9,}' | sort | tr '\n' ' '; }
ids() { printf '%s\n' "$@" | sort | tr '\n' ' '; }
is "mailq: one's own" "$(as alice $LAB/tmp/mailq | listed)" "$(ids $A $A2)"
is "another's" "$(as bob $LAB/tmp/mailq | listed)" "$(ids $B)"
is "root's: all" "$($LAB/tmp/mailq | listed)" "$(ids $A $A2 $B)"
is "of mailq_users, too" "$(as nobody $LAB/tmp/mailq | listed)" "$(ids $A $A2 $B)"
is "the count in Postfix's words" "$($LAB/tmp/mailq | tail -n 1 | sed 's/[0-9]* Kbytes/N Kbytes/')" "-- N Kbytes in 3 Requests."
is "and in Sendmail's" "$($LAB/tmp/mailq | tail -n 2 | head -n 1)" "$(printf '\t\tTotal requests: 3')"
like "-v says when it is tried next" "$(as bob $LAB/tmp/mailq -v)" '^    next try 20[0-9-]+ [0-9:]+ UTC$'
is "--json is what signet queue list says" "$(as alice $LAB/tmp/mailq --json)" "$(as alice $SIGNET queue list --json)"
is "an object a line" "$(as alice $LAB/tmp/mailq --json | /usr/bin/python3 -c 'import json, sys; print(sorted(json.loads(l)["queue_id"] for l in sys.stdin) == sorted(sys.argv[1:]))' $A $A2)" True
is "of a part" "$($LAB/tmp/mailq -qRtwo@ | listed)" "$(ids $A2)"
is "of the others" "$($LAB/tmp/mailq -q!Salice | listed)" "$(ids $B)"

# ---- trace, show, delete -----------------------------------------------------------------

out=$(as alice $SIGNET trace $A)
is "a user traces his own: 0" $? 0
like "with what was said" "$out" '<dave@lost\.world\.example>, deferred'
like "by his address, his own alone" "$(as alice $SIGNET trace alice@sender.example | grep '^Queue id:' | grep -c .)" '^[3-9]'
like "shows his own, with the header" "$(as alice $SIGNET queue show $A)" '    Subject: first'
like "mailq_users see others'" "$(as nobody $SIGNET queue show $A)" "^Queue id: +$A"
unlike "but not what it says" "$(as nobody $SIGNET queue show $A)" 'Subject: first'
NONE=0000000000
said() { "$@" 2>&1; echo "status $?"; }
same() {   # NAME COMMAND…: with another's id in place of the last word as with one that is not there
	local name=$1
	shift
	is "$name: another's is as none" "$(said as bob "$@" $A | sed "s/$A/ID/g")" "$(said as bob "$@" $NONE | sed "s/$NONE/ID/g")"
}
same "trace" $SIGNET trace
same "trace --json" $SIGNET trace --json
same "queue show" $SIGNET queue show
same "queue list" $SIGNET queue list
same "queue flush" $SIGNET queue flush
same "queue delete" $SIGNET queue delete
same "queue delete --bounce" $SIGNET queue delete --bounce
same "queue export" $SIGNET queue export
same "sendmail -v -qI" $SENDMAIL -v -qI
out=$(as bob $SIGNET trace dave@lost.world.example 2>&1)
like "nor is it found by its address: 1" "$? $out" '^1 signet: nothing is known of it'
for order in hold release 'move --via isp'; do
	out=$(as alice $SIGNET queue $order $A 2>&1)
	like "${order%% *} is the owner's: 77" "$? $out" '^77 .*by the owner'
done
out=$(as nobody $SIGNET queue delete $A 2>&1)
like "mailq_users delete nothing of others: 1" "$? $out" '^1 0 recipients of 0 messages deleted'
out=$(as alice $SIGNET queue delete $A2 2>&1)
is "a user deletes his own: 0" "$? $out" "0 $A2: 2 recipients deleted
2 recipients of 1 message deleted"
ok "the log says by which uid" log_says "$A2: to=<two@lost\\.world.example>.*status=deleted \\(by uid 1001\\)"
is "the rest is there" "$($LAB/tmp/mailq | listed)" "$(ids $A $B)"
out=$(as bob $SIGNET queue delete all 2>&1)
like "all are one's own" "$? $out" "^0 $B: 1 recipient deleted"
is "the other's stays" "$($LAB/tmp/mailq | listed)" "$(ids $A)"
like "what is deleted can be traced" "$(as bob $SIGNET trace $B)" 'deleted from the queue by uid 1002'

# ---- -q: a part of it now -----------------------------------------------------------------

B=$(send_as bob fourth carol@lost.world.example)
ok "another waits" lab_until 60 has_tried bob
says() { as "$1" $SENDMAIL "${@:2}"; }
is "-qR of nobody" "$(says alice -v -qRnowhere)" "nothing waits"
like "-qR of a part of the address" "$(says alice -v -qRdave@lost)" '^1 message will be tried now'
is "-qR of another's" "$(says alice -v -qRcarol@)" "nothing waits"
like "-qS" "$(says alice -v -qSalice@)" '^1 message will be tried now'
is "-qS of another's" "$(says alice -v -qSbob@)" "nothing waits"
is "-q!R" "$(says alice -v -q!Rdave@lost)" "nothing waits"
like "-qI" "$(says alice -v -qI $A)" '^1 message will be tried now'
is "-q!I" "$(says alice -v -q!I$A)" "nothing waits"
like "root's -qR means everybody's" "$($SENDMAIL -v -qRlost.world)" '^2 messages will be tried now'
out=$($SENDMAIL -qI'no id' 2>&1)
like "-qI of what is no id: 64" "$? $out" '^64 .*"no id" is not a queue id'
is "-qL" "$(says alice -qL)" "there are no lost and no quarantined messages here; signet queue list --held shows what is held"

# ---- -bh and -bH ---------------------------------------------------------------------------

out=$($LAB/tmp/hoststat)
is "hoststat: 0" $? 0
like "the destination, its failures and its next try" "$out" '^lost\.world\.example via mx: .*next try 20.*failed [0-9]+ time'
like "and what was said" "$out" '^    \(.*refused'
like "for programs" "$($SIGNET queue destinations --json)" '"domain": "lost.world.example", "via": "mx", "held": false'
out=$(as alice $SENDMAIL -bh 2>&1)
like "it is the owner's: 77" "$? $out" '^77 .*by the owner'
sed -i 's/^gone A .*/gone A 192.0.2.10/' $LAB/dns/world.example.zone
lab_dns_reload
out=$($LAB/tmp/purgestat)
like "purgestat: 0" "$? $out" '2 messages will be tried now$'
ok "what waited an hour is delivered" lab_until 60 lab_has_mail lost.world.example carol
ok "all of it" lab_until 60 lab_queue_is_empty
is "mailq of an empty queue" "$(as alice $LAB/tmp/mailq)" "Mail queue is empty"
is "mailq --json of it" "$(as alice $LAB/tmp/mailq --json)" ""
world_done
