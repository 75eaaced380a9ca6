#!/bin/bash
# SPDX-License-Identifier: ISC
# Who submits mail: unit and container in log, queue and history; who may give which sender; a runaway.
. "$(dirname "$0")/world.sh"
world_begin "$@"
tap_plan 59
world_names
world_keys
D=direct.world.example
config() {
	{ printf 'root = "owner@%s";\n' $D; world_routes; cat $LAB/identity; } | world_config
}
touch $LAB/identity
config
lab_dns_start
world_mx_start
lab_signetd_start

# ---- unit and container --------------------------------------------------------------

# in_group PATH COMMAND…: in a control group of that path, where any can be made
groups=/sys/fs/cgroup
[ -e $groups/cgroup.procs ] || groups=/sys/fs/cgroup/unified
slice=$LAB_NAME.slice     # in the machine's own tree, where another run may be
in_group() {
	local path=$1
	shift
	mkdir -p "$groups/$path" && ( echo 0 > "$groups/$path/cgroup.procs" && exec "$@" )
}
leave_groups() { [ ! -d $groups/$slice ] || find $groups/$slice -depth -type d -exec rmdir {} + 2>/dev/null; }
trap 'leave_groups; lab_leave' EXIT

ID=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
send() { world_message "$1" "$2@$D" "$2" | "${@:3}" $SENDMAIL -f "$1" "$2@$D"; }
if in_group $slice/signet-test.service true 2>/dev/null; then
	send a@sender.example alice in_group $slice/signet-test.service
	ok "a message from a unit" lab_until 60 lab_has_mail $D alice
	like "the log says which" "$(grep 'uid=0 from=<a@' $LAB/log/signetd)" ' from=<a@sender\.example> unit=signet-test\.service$'
	id=$(grep -oE '[0-9A-Z]+: uid=0 from=<a@' $LAB/log/signetd | sed 's/:.*//')
	like "and signet trace" "$($SIGNET trace "$id")" '^Unit: +signet-test\.service'
	like "and its JSON" "$($SIGNET trace --json "$id")" '"unit": "signet-test.service", "container": ""'
	send b@sender.example carol in_group $slice/docker-$ID.scope
	like "a container in signet queue show" "$($SIGNET queue show "$(grep -oE '[0-9A-Z]+: uid=0 from=<b@' $LAB/log/signetd | sed 's/:.*//')")" \
		'^Container: +docker:0123456789ab'
	odd=$(printf 'signet-test\001 \377%0200d.service' 7)
	send c@sender.example dave in_group "$slice/$odd/$(printf '%0200d/%0200d/%0200d/%0200d/%0200d/%0200d' 1 2 3 4 5 6)"
	like "a path with odd bytes and much of it" "$(grep 'uid=0 from=<c@' $LAB/log/signetd)" ' unit=signet-test\?\?\?0+\?$'
	send d@sender.example erin in_group "$slice/user@1000.service/cron.service"
	like "a user's unit is seen to be one" "$(grep 'uid=0 from=<d@' $LAB/log/signetd)" ' unit=user@1000\.service/cron\.service$'
else
	skip "what a control group says" "none can be made here" 7
fi
send e@sender.example bob
ok "a message from here" lab_until 60 lab_has_mail $D bob
like "its line goes on" "$(grep 'uid=0 from=<e@' $LAB/log/signetd)" ' from=<e@sender\.example>'

# ---- who may give which sender -------------------------------------------------------

reconfigure() {
	printf '%s\n' "$1" > $LAB/identity
	config
	lab_signetd_stop
	lab_signetd_start
}
# from WHO SENDER SUBJECT: the exit status, and what was said
from() {
	local said status
	said=$(world_message "From Header <ceo@sender.example>" carol@$D "$3" | as "$1" $SENDMAIL -i -f "$2" carol@$D 2>&1)
	status=$?
	echo "$said $status"
}
came() { grep -l "^Subject: $1" $LAB/mail/$D/carol/new/* 2>/dev/null; }
came_from() { header "$(came "$1")" | grep -E '^(Return-Path|From):' | tr -d '\r' | tr '\n' ' '; }

is "by default everybody may give any sender" "$(from alice ceo@sender.example any)" " 0"
ok "it is sent" lab_until 60 came any
is "as from there" "$(came_from any)" "Return-Path: <ceo@sender.example> From: From Header <ceo@sender.example> "
reconfigure 'trusted_users = [ "bob", "unit:signet-test.service" ]; untrusted_sender = "rewrite";'
is "rewrite: one who is not trusted" "$(from alice ceo@sender.example rewritten)" " 0"
ok "is sent" lab_until 60 came rewritten
is "from his own address, and the header stays" "$(came_from rewritten)" \
	"Return-Path: <alice@sender.example> From: From Header <ceo@sender.example> "
like "the log says so" "$(cat $LAB/log/signetd)" ': the sender <ceo@sender\.example> is not one of this user.s own, and is replaced'
is "-f with his own address" "$(from alice alice+x@sender.example own)" " 0"
ok "stays" lab_until 60 came own
like "as it is" "$(came_from own)" '^Return-Path: <alice\+x@sender\.example>'
is "a trusted user" "$(from bob ceo@sender.example trusted)" " 0"
ok "gives any" lab_until 60 came trusted
like "as it is" "$(came_from trusted)" '^Return-Path: <ceo@sender\.example>'
printf '%s\r\n' EHLO\ x 'MAIL FROM:<ceo@sender.example>' "RCPT TO:<carol@$D>" DATA 'Subject: dialogue' '' x . QUIT |
	as alice $SENDMAIL -bs >/dev/null
ok "-bs is no way round" lab_until 60 came dialogue
like "it is his own address, too" "$(came_from dialogue)" '^Return-Path: <alice@sender\.example>'

reconfigure 'trusted_users = [ "bob", "unit:signet-test.service" ]; untrusted_sender = "refuse";'
like "refuse: one who is not trusted is told why, and what to do: 77" "$(from alice ceo@sender.example refused)" \
	'uid 1001 \(alice\) may not send as ceo@sender\.example: leave out -f ceo@sender\.example, or have the owner add "alice" to trusted_users in signet\.conf 77$'
is "his own address" "$(from alice alice own2)" " 0"
is "the null sender" "$(from alice '<>' null)" " 0"
is "root" "$(world_message x@sender.example carol@$D root | $SENDMAIL -f ceo@sender.example carol@$D; echo $?)" 0
ok "are taken" lab_until 60 came root
if in_group $slice/signet-test.service true 2>/dev/null; then
	echo 0 > $groups/$slice/signet-test.service/cgroup.procs
	is "whoever is in a trusted unit" "$(from alice ceo@sender.example unit)" " 0"
	echo 0 > $groups/cgroup.procs
	mkdir -p $groups/$slice/user@1001.service/signet-test.service
	echo 0 > $groups/$slice/user@1001.service/signet-test.service/cgroup.procs
	like "but not in a unit of his own that is called so" "$(from alice ceo@sender.example forged)" ' 77$'
	echo 0 > $groups/cgroup.procs
else
	skip "a trusted unit" "no control group can be made here" 2
fi
lab_signetd_stop
from alice ceo@sender.example dropped >/dev/null
lab_signetd_start
ok "through the drop folder: it goes back" lab_until 60 lab_has_mail sender.example alice
like "to whom it is from, with the reason" "$(cat $LAB/mail/sender.example/alice/new/*)" 'may not send as ceo@sender\.example'
is "and not on" "$(came dropped)$(came refused)" ""

# ---- a runaway -----------------------------------------------------------------------

reconfigure 'user_rate = "50/h"; unit_rate = "10/h"; time_scale = 0.1;'    # told after 6 s
storm() {   # FROM COUNT SUBJECT [COMMAND…]: the sum of what sendmail exits with
	local i sum=0
	for ((i = 0; i < $2; i++)); do
		world_message "$1@sender.example" user1@$D "$3 $i" | "${@:4}" $SENDMAIL user1@$D || sum=$((sum + 1))
	done
	echo $sum
}
has() { [ "$(grep -l "^Subject: $1" $LAB/mail/$D/user1/new/* 2>/dev/null | wc -l)" -eq "$2" ]; }
held() { [ "$($SIGNET queue list --json --held "$@" | wc -l)" -eq "$want" ]; }
notices() { grep -l "^Subject: Signet holds mail" $LAB/mail/$D/owner/new/* 2>/dev/null; }
newest() { notices | xargs ls -t | head -n 1; }
told() { [ "$(notices | wc -l)" -eq "$1" ]; }
printed() { sed -n "s/^    \(signet queue $2 .*\)/\1/p" "$1" | tr -d '\r'; }     # NOTICE ACTION

is "200 messages at 50/h: each exits 0" "$(storm alice 200 storm as alice)" 0
ok "50 are delivered" lab_until 60 has storm 50
want=150
ok "150 are held" held --uid 1001
is "nobody else's is" "$(storm bob 3 calm as bob)" 0
ok "they go" lab_until 60 has calm 3
ok "the owner is told" lab_until 100 told 1
notice=$(notices)
like "of whom and how many, since when" "$(tr -d '\r' < "$notice" | tr '\n' ' ')" \
	'uid 1001 submits more messages than user_rate = "50/h" allows\. .* since [A-Z][a-z][a-z], .*: [0-9]+ messages? so far'
like "with the first of them" "$(cat "$notice")" 'from <alice@sender\.example> to <user1@direct\.world\.example>, by .*, uid 1001'
command=$(printed "$notice" list)
is "the command that shows them" "$command" "signet queue list --uid 1001 --reason user_rate"
export PATH=$LAB/build:$PATH
is "does" "$(eval "$command --json" | wc -l)" 150
command=$(printed "$notice" release)
like "the command that releases them" "$(eval "$command")" '^150 recipients of 150 messages released$'
ok "does" lab_until 60 has storm 200
is "another storm" "$(storm alice 60 again as alice)" 0
ok "after that counts anew: 50 go" lab_until 60 has again 50
want=10
ok "and 10 are held" held --uid 1001
ok "the owner is told of it" lab_until 100 told 2
notice=$(newest)
command=$(printed "$notice" delete)
like "the command that deletes them" "$(eval "$command")" '^10 recipients of 10 messages deleted$'
is "does" "$($SIGNET queue list --json)" ""

# By unit, whichever uid; the commands name the unit, with a byte in it that the shell knows.
if in_group "$slice/signet-test\\x2d1.service" true 2>/dev/null; then
	echo 0 > "$groups/$slice/signet-test\\x2d1.service/cgroup.procs"
	is "a unit of two users: 0" "$(storm root 6 unit env)$(storm bob 6 unit as bob)" 00
	echo 0 > $groups/cgroup.procs
	want=2
	ok "two too many at 10/h" held --unit 'signet-test\x2d1.service'
	ok "the owner is told of the unit" lab_until 100 told 3
	notice=$(newest)
	like "in words" "$(cat "$notice")" 'unit signet-test\\x2d1\.service submits more messages than unit_rate = "10/h" allows'
	like "with a command" "$(eval "$(printed "$notice" delete)")" '^2 recipients of 2 messages deleted$'
else
	skip "a unit's rate" "no control group can be made here" 5
fi
is "all told" "$(notices | wc -l)" "$(grep -c 'what it submits is held' $LAB/log/signetd)"
world_done
