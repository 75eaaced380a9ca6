#!/bin/bash
# SPDX-License-Identifier: ISC
# What the owner's tools say is what happens: this host's own names, the way of each class of address, the queue's
# state, the service.
. "$(dirname "$0")/world.sh"
world_begin "$@"
tap_plan 88
world_names
lab_zone sender.example <<'END2'
else MX 10 mx.world.example.
END2
world_keys
D=direct.world.example
config() {   # HOSTNAME; more lines on stdin
	world_config <<-END2
	root = "owner@$D";
	routes = ( { to = [ "*" ]; via = [ "mx" ]; } );
	retry_min = "1s"; retry_max = "20s";
	$(cat)
	END2
	sed -i "s/^hostname = .*/hostname = \"$1\";/" $CONF
}
config mail.sender.example </dev/null
$SIGNET dns --zone | lab_zone sender.example
lab_dns_start
world_mx_start else.sender.example
lab_signetd_start

# ---- this host's own names --------------------------------------------------------

OWN=(root@mail.sender.example root@MAIL.sender.example. root@mail root@localhost root@localhost.localdomain root)
for to in "${OWN[@]}"; do
	printf 'Subject: for %s\n\nx\n' "$to" | $SENDMAIL -f alice@mail.sender.example "$to"
done
ok "each of this host's names leads to root's reader" lab_until 60 eval '[ "$(lab_mail_count $D owner)" -eq ${#OWN[@]} ]'
is "which is all" "$(queue_count)" 0
one=$(header "$(copy $D owner)")
like "a hostname below domain is masqueraded in the envelope" "$one" '^Return-Path: <alice@sender\.example>'
like "and in the From that was added" "$one" '^From: .*alice@sender\.example'
like "and signed" "$one" 'dkim=pass'
like "the Message-ID is at domain" "$one" '^Message-ID: <[0-9a-f]+@sender\.example>'
ids() { lab_mail $D owner | xargs grep -ahoE 'mail\.sender\.example \(Signet\) id [^;]*' | sed 's/.*id //' | sort; }
logged() { grep -oE '[0-9A-Z]+: from=<[^>]*>' $LAB/log/signetd | sed 's/:.*//' | sort -u; }
is "the id in Received is the queue id" "$(ids)" "$(logged)"
id=$(ids | head -n 1)
like "which trace finds" "$($SIGNET trace "$id")" "owner@$D"
log_says 'mail for mail\.sender\.example' && diag "$(grep 'mail for mail' $LAB/log/signetd)"
lab_signetd_stop
config else.sender.example </dev/null
lab_signetd_start
printf 'Subject: elsewhere\n\nx\n' | $SENDMAIL -f alice@sender.example bob@else.sender.example
ok "a hostname that has an MX elsewhere is not local" lab_until 60 lab_has_mail else.sender.example bob
is "and nothing of it came to root's reader" "$(lab_mail_count $D owner)" "${#OWN[@]}"
lab_signetd_stop
config nowhere.invalid </dev/null
lab_signetd_start
printf 'Subject: no such name\n\nx\n' | $SENDMAIL -f alice@sender.example bob@nowhere.invalid
ok "one that the DNS does not know is local" lab_until 60 eval '[ "$(lab_mail_count $D owner)" -gt ${#OWN[@]} ]'
lab_signetd_stop

# A hostname without a dot.
config web1 </dev/null
lab_signetd_start
ok "a hostname without a domain is said at start" log_says 'this host.s name "web1" has no domain'
lab_signetd_stop
{ cat /etc/hosts; echo '192.0.2.1 web1.sender.example web1'; } > $LAB/tmp/hosts
mount --bind $LAB/tmp/hosts /etc/hosts
: > $LAB/log/signetd
lab_signetd_start
printf 'Subject: named\n\nx\n' | $SENDMAIL -f alice@web1 bob@$D
ok "hosts(5) completes it" lab_until 60 lab_has_mail $D bob
like "in what is sent" "$(header "$(copy $D bob)")" '^Received: by web1\.sender\.example \(Signet\)'
unlike "and nothing is said" "$(cat $LAB/log/signetd)" 'has no domain'
lab_signetd_stop
umount /etc/hosts

# ---- the word of signet route, and the outcome ----------------------------------------

# said ADDRESS: signet route's word. became ADDRESS: what a mail there came to, read from log and queue.
said() { $SIGNET route --json "$1" | grep -oE '"outcome": "[a-z-]*"' | sed 's/.*: "//; s/"//'; }
number=0
settled() { grep -qE "$id: to=.*status=" $LAB/log/signetd || $SIGNET queue list --json --held | grep -q "$id"; }
became() {
	local line
	printf 'Subject: class %d\n\nx\n' $number | $SENDMAIL -f "class$number@sender.example" "$1"
	id=$(grep -oE "[0-9A-Z]+: uid=0 from=<class$number@" $LAB/log/signetd | sed 's/:.*//')
	lab_until 60 settled
	line=$(grep -E "$id: to=.*status=" $LAB/log/signetd | head -n 1)
	case $line in
	*status=sent*) echo sent "${line#*relay=}" ;;
	*status=bounced*) echo returned "$line" ;;
	*'does not exist'*) echo returned-later "$line" ;;
	*status=deferred*) echo waits "$line" ;;
	*) $SIGNET queue list --json --held | grep -q "$id" && echo held "$line" ;;
	esac
}
word_holds() {   # ADDRESS WANT
	number=$((number + 1))
	local word=$(said "$1") fact=$(became "$1")
	is "$1: signet route says $2" "$word" "$2"
	is "$1: and so it is" "${fact%% *}" "$2"
}
classes() {   # lines on stdin are added; the routes of all
	world_config <<-END2
	retry_min = "1s"; retry_max = "20s";
	$(cat)
	END2
	sed -i 's|^smarthosts = (|smarthosts = ( { name = "lost"; host = "no-such-host.world.example"; },|' $CONF
	: > $LAB/log/signetd
	lab_signetd_start
}
world_isp_start 'smtpd_sender_login_maps = inline:{alice@sender.example=other}' \
	'smtpd_sender_restrictions = reject_known_sender_login_mismatch'
lab_signetd_stop 2>/dev/null
classes <<END2
root = "owner@$D";
routes = ( { to = [ "picky.world.example" ]; via = [ "isp" ]; }, { to = [ "other.world.example" ]; via = [ "lost" ]; },
  { to = [ "mx:.nowhere.example", "*" ]; via = [ "mx" ]; } );
END2
word_holds bob@$D sent
word_holds bob sent
word_holds root@mail.sender.example sent
word_holds root@localhost sent
word_holds bob@picky.world.example sent
word_holds bob@other.world.example waits
word_holds bob@null.world.example returned
word_holds bob@nothing.world.example returned-later
word_holds 'bob@[127.0.0.1]' sent
word_holds 'bob@[127.0.0.2]' returned
lab_until 60 queue_holds 2
listed=$($SIGNET queue list)
like "queue list says when it is tried next" "$listed" '^    next try 20[0-9-]+ [0-9:]+ UTC$'
like "and sums up" "$listed" '^-- 2 waiting, 0 held, 0 in delivery, for 2 recipients; the oldest since .*; next try '
unlike "mailq stays as others have it" "$($SENDMAIL -bp)" 'next try'
touch /var/spool/signet/drop/1.bad
status=$($SIGNET queue status)
like "queue status: since when" "$status" '^signetd   [0-9.]+, for [0-9]+[ms]'
like "what waits" "$status" '^queue     2 waiting, 0 held, 0 in delivery'
like "and why" "$status" '^       1 waiting: .*does not exist'
like "what nobody can read" "$status" '1 cannot be read and are kept as \*\.bad'
like "the DNS" "$status" '^DNS       answered [0-9]+s ago'
like "blocks" "$status" '^blocks    no receiver distrusts this host'
like "counters" "$($SIGNET queue status --counters)" '^destinations_active [0-9]'
rm /var/spool/signet/drop/1.bad
is "ids for a shell" "$($SIGNET completions ids | wc -l)" 2
like "over which hop" "$($SIGNET route bob@picky.world.example)" '^so:     mail is sent over isp$'
printf 'Subject: not mine\n\nx\n' | $SENDMAIL -f alice@sender.example bob@picky.world.example
ok "a sender that the login does not own comes back" lab_until 60 lab_has_mail sender.example alice
like "with what the owner can do" "$(tr -s '\r\n ' ' ' < "$(copy sender.example alice)")" \
	'not owned by user.*Set from in signet\.conf, or envelope_from of that smarthost'
checked=$($SIGNET config check)
like "config check says it before" "$checked" '^warning: smarthost "isp" knows this host as me and may refuse other senders'
like "and whose /usr/sbin/sendmail this is" "$checked" '^warning: /usr/sbin/sendmail is another mail system'
unlike "but nothing of the trust anchor that is there" "$checked" 'trust anchor'
mount -t tmpfs none /usr/share/dns
like "and of one that is not" "$($SIGNET config check)" '^warning: no DNSSEC trust anchor .*install dns-root-data'
umount /usr/share/dns
mount --bind $SENDMAIL /usr/sbin/sendmail
unlike "nor of a sendmail that is ours" "$($SIGNET config check)" '/usr/sbin/sendmail'
umount /usr/sbin/sendmail
chmod 600 $LAB/signet/keys/rsa.pem; mv $LAB/signet/keys/rsa.pem $LAB/signet/keys/gone.pem
like "a key that is gone is said" "$($SIGNET route bob@$D)" 'rsa\.pem: No such file'
number=$((number + 1))
became bob@$D >/dev/null
like "and what is said of it holds: the running signetd signs" "$(header "$(lab_mail $D bob | xargs grep -l "class $number" | head -n 1)")" 'header\.s=rsa'
fails "and does not start with it" $LAB/build/signetd -C $CONF --check
mv $LAB/signet/keys/gone.pem $LAB/signet/keys/rsa.pem
lab_signetd_stop
classes <<END2
local_delivery = "none"; routes = ( { to = [ "direct.world.example" ]; via = [ "mx" ]; } );
END2
word_holds bob@other.world.example held
word_holds bob held
like "queue status says what is held, and why" "$($SIGNET queue status)" 'held: .*no route to other\.world\.example'
lab_signetd_stop

# ---- as a service: no root, and systemd told what goes on --------------------------------

# What systemd-analyze thinks of the unit, where it is there; what the unit says is how signetd is started below.
if exposure=$(systemd-analyze security --offline=true "$LAB_SOURCE/etc/signetd.service" 2>/dev/null | grep -oE 'signetd.service: [0-9.]+'); then
	ok "the unit is exposed by 2.2 at most" awk -v n="${exposure##* }" 'BEGIN { exit !(n <= 2.2) }'
else
	skip "the unit is exposed by 2.2 at most" "no systemd-analyze here that judges offline"
fi
UNIT=$LAB_SOURCE/etc/signetd.service
caps=$(sed -n 's/^AmbientCapabilities=//p' "$UNIT" | tr A-Z a-z | sed 's/cap_//g; s/ /,+/g')
user=$(sed -n 's/^User=//p' "$UNIT")
is "the unit's user and its capabilities" "$user $caps" "signet dac_read_search,+setuid,+setgid,+kill"
like "the unit checks before it reloads" "$(sed -n 's/^ExecReload=//p' "$UNIT" | head -n 1)" 'signetd --check$'
rm -rf /run/signet /var/spool/signet $LAB/log/signetd
install -d -o signet -g signet -m 755 /run/signet
install -d -o signet -g signet -m 711 /var/spool/signet
install -d -o signet -g signetdrop -m 1770 /var/spool/signet/drop
chown signet $LAB/log
classes_config() { printf 'root = "owner@%s";\nroutes = ( { to = [ "*" ]; via = [ "mx" ]; } );\n' $D | world_config; }
classes_config
cat > $LAB/tmp/hear.py <<'END2'
import os, socket, sys
path = sys.argv[1]
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(path)
os.chmod(path, 0o666)
while True:
    print(s.recv(4096).decode().split("\n")[0], flush=True)
END2
/usr/bin/python3 $LAB/tmp/hear.py /run/notify > $LAB/tmp/heard &
hearer=$!
lab_until 30 test -S /run/notify
heard() { tr '\n' ' ' < $LAB/tmp/heard; }
heard_is() { [ "$(heard)" = "$1" ]; }
AS_SERVICE=(setpriv --reuid signet --regid signet --groups signetdrop --inh-caps "-all,+$caps" --ambient-caps "-all,+$caps"
	--bounding-set "-all,+$caps" --no-new-privs --)
NOTIFY_SOCKET=/run/notify "${AS_SERVICE[@]}" $LAB/build/signetd -C $CONF 2>>$LAB/log/signetd.stderr &
LAB_SIGNETD_PID=$!
ok "an unprivileged signetd starts, and says when it is ready" lab_until 60 heard_is "READY=1 "
is "the key that it reads is root's alone" "$(stat -c '%U %a' $LAB/signet/keys/rsa.pem)" "root 600"
printf 'Subject: from the service\n\nx\n' | as alice $SENDMAIL -f alice@sender.example carol@$D
ok "its mail arrives" lab_until 60 lab_has_mail $D carol
like "signed" "$(header "$(copy $D carol)")" 'dkim=pass'
is "no role has a capability" "$(for pid in $(lab_roles | awk '$2 != "signetd" { print $3 }'); do grep -h '^Cap[EP]' /proc/$pid/status; done | grep -v ':.0*$')" ""
is "of which there are some" "$(lab_roles | awk '$1 == "signet" && $2 != "signetd"' | grep -c 'queue\|pickup\|signer\|resolver' | awk '{ print ($1 >= 4) }')" 1
kill -STOP $LAB_SIGNETD_PID
printf 'Subject: dropped\n\nx\n' | as alice $LAB/build/sendmail -C $CONF -f alice@sender.example dave@$D
kill -CONT $LAB_SIGNETD_PID
ok "what it finds in the drop folder, too" lab_until 60 lab_has_mail $D dave
kill -HUP $LAB_SIGNETD_PID
ok "a reload is told, and its end" lab_until 60 heard_is "READY=1 RELOADING=1 READY=1 "
echo 'retry_min = "soon";' >> $CONF
fails "signetd --check, which the unit runs first, refuses a bad file" "${AS_SERVICE[@]}" $LAB/build/signetd --check -C $CONF
kill -HUP $LAB_SIGNETD_PID
ok "a reload that fails is told as well" lab_until 60 heard_is "READY=1 RELOADING=1 READY=1 RELOADING=1 READY=1 "
kill $LAB_SIGNETD_PID
wait $LAB_SIGNETD_PID
is "and the end" "$(heard)" "READY=1 RELOADING=1 READY=1 RELOADING=1 READY=1 STOPPING=1 "
kill $hearer
# Without the group that reads the drop folder it says what to do.
classes_config
setpriv --reuid signet --regid signet --clear-groups -- $LAB/build/signetd -C $CONF >$LAB/tmp/out 2>&1
like "a service that is not in drop_group says so" "$(cat $LAB/tmp/out)" 'usermod -aG signetdrop signet'

# ---- what each program says of itself ---------------------------------------------------

for program in sendmail signetd signet signet-drop; do
	like "$program --version" "$($LAB/build/$program --version)" '^(sendmail of )?signet(d|-drop)? 0\.'
	like "$program --help" "$($LAB/build/$program --help)" '^usage: '
done
for name in mailq newaliases; do
	ln -s $LAB/build/sendmail $LAB/tmp/$name
	like "$name --help" "$($LAB/tmp/$name --help)" "^usage: $name"
done
world_done
