#!/bin/bash
# SPDX-License-Identifier: ISC
# Aliases and senders: who gets mail for local names, as whom mail leaves, and that a change of the files is enough.
. "$(dirname "$0")/world.sh"
world_begin "$@"
tap_plan 72
D=direct.world.example
S=alice@sender.example
lists=$LAB/lists
mkdir -p "$lists"
world_names
lab_zone world.example <<'END'
many MX 10 hostile
hostile A 192.0.2.11
peer A 192.0.2.21
END
world_keys
world_config <<END
local_delivery = "none";
aliases = [ "$lists/aliases", "$lists/more" ];
routes = ( { to = [ "*" ]; via = [ "mx" ]; } );
END
$SIGNET dns --zone | lab_zone sender.example
lab_dns_start
LAB_MX_BOXES="list-owner@sender.example sender.example/list-owner/" world_mx_start -- 'recipient_delimiter = +'
mkdir hostile
printf 'word %s\n' PIPELINING 8BITMIME ENHANCEDSTATUSCODES > hostile/script
lab_hostile_start hostile 192.0.2.11 25

# The file as an editor leaves it: a new one that takes the name.
aliases() {
	cat > "$lists/new"
	mv "$lists/new" "$lists/aliases"
}

# send [OPTION…] RECIPIENT…: with a subject of its own, in $subject; its From is $from
next=0
from=$S
send() {
	subject=mail-$((++next))
	world_message "$from" "$subject@nowhere.example" "$subject" | as alice $SENDMAIL -i "$@"
}

# Who has got the last mail, as SENDER>RECIPIENT of the envelope, sorted; @$D is left out.
copies() {
	find $LAB/mail -path '*/new/*' -type f -exec grep -lxE "Subject: $subject"$'\r?' {} +
}
got() {
	copies | while read -r file; do
		printf '%s>%s\n' "$(sed -n 's/^Return-Path: <\(.*\)>.*/\1/p' "$file" | head -n 1)" \
			"$(sed -n 's/^Delivered-To: *//p' "$file" | head -n 1)"
	done | sed "s/@$D\$//" | grep -v '^>' | sort | paste -sd ' '
}
has_got() {
	[ "$(got)" = "$1" ]
}
arrives() {   # NAME WANTED
	lab_until 60 has_got "$2"
	is "$1" "$(got)" "$2"
}

# The reports that alice has got.
has_report() {
	lab_mail sender.example alice | xargs -r cat | tr -d '\r' | sed ':a;N;$!ba;s/\n *//g' | grep -Eq -- "$1"
}
report() {   # NAME PATTERN: without blanks at the ends of lines
	ok "$1" lab_until 60 has_report "$2"
}

aliases <<END
# who reads what
all:     Staff, bob@$D,
# a comment in between
         carol
staff:   alice, bob
alice:   alice@$D
bob:     bob@$D
carol:   "Carol C." <carol@$D>
ring:    ring2
ring2:   ring
erin:    erin, erin@$D
listed:  :include:$lists/list, dave@$D
news:    :include:$lists/news
owner-news: list-owner@sender.example
loose:   bob@$D
owner-loose: nobody-there
pipe:    "|/usr/bin/touch $lists/ran", bob@$D
file:    $lists/written
bad:     bob@$D, not an address, carol@$D
END
printf '%s\n' '# people' "user1@$D" "alice, user2@$D" > "$lists/list"
printf '%s\n' "user3@$D" 'news' "user4@$D" > "$lists/news"
lab_signetd_start

# ---- who gets it ---------------------------------------------------------------------------

send all
arrives "nested, and each once" "$S>alice $S>bob $S>carol"
send ALL@localhost
arrives "at a local domain, in any case" "$S>alice $S>bob $S>carol"
send carol@sender.example
arrives "the domain is not local by itself" "$S>carol@sender.example"
send listed
arrives "a list" "$S>alice $S>dave $S>user1 $S>user2"
send bob+tag
arrives "a tag is kept" "$S>bob+tag"
send all+tag
arrives "through nested ones" "$S>alice+tag $S>bob+tag $S>carol+tag"
send bob carol all
arrives "by several ways, once" "$S>alice $S>bob $S>carol"
send erin
arrives "an alias that names itself is no loop" "$S>erin"
like "and its own mail is kept" "$($SIGNET queue list)" 'mail for erin stays on this host by the alias'
$SIGNET queue delete all >/dev/null
send news
arrives "an owner sends to its list" "list-owner@sender.example>user3 list-owner@sender.example>user4"
like "the list's own name is a user" "$($SIGNET queue list)" 'mail for news stays on this host by the alias'
$SIGNET queue delete all >/dev/null
send loose
arrives "an owner that is no address at domain" "owner-loose@sender.example>bob"

# ---- what is refused -----------------------------------------------------------------------

send ring
report "a loop comes back, with file, line and alias" "leads back to itself and.*\\(alias \"ring\", ?$lists/aliases:9\\)"
send pipe
arrives "a program's neighbour gets it" "$S>bob"
report "the program is refused by name" "/usr/bin/touch.*is a program.*alias \"pipe\", ?$lists/aliases:17"
fails "and has not run" test -e "$lists/ran"
send file
report "a file is refused by name" "$lists/written is a file"
fails "and was not written" test -e "$lists/written"
send bad
arrives "members beside one that is no address" "$S>bob $S>carol"
report "which comes back" "\"not an address\".*alias \"bad\", ?$lists/aliases:19"
is "the log names the line, once" "$(grep -c 'lists/aliases:19: .*not an address' $LAB/log/signetd)" 1
checked=$($SIGNET config check 2>&1)
like "config check does, too" "$checked" "lists/aliases:19: .*not an address"
like "and names the loop" "$checked" 'lists/aliases:9: "ring": the alias leads back'
is "newaliases counts them" "$(as alice $SENDMAIL -bi 2>/dev/null | head -n 1)" "$lists/aliases: 16 aliases, 1 fault"
like "signet route explains" "$($SIGNET route --offline listed)" "alias:  listed \\($lists/list:2\\) names user1@$D"

# ---- changes, without any command ----------------------------------------------------------

pickups=$(lab_pids pickup)
aliases <<END
moved: alice@$D
END
send moved
arrives "a file that has changed" "$S>alice"
aliases <<END
moved: carol@$D
END
send moved
arrives "changed again" "$S>carol"
for user in dave1 dave2 user5; do
	printf 'moved: %s@%s\nlisted: :include:%s/list\n' $user $D "$lists" > "$lists/aliases"
done
send moved
arrives "written in place, to the same length" "$S>user5"
echo "user6@$D" > "$lists/list"
send listed
arrives "a list that has changed" "$S>user6"
echo "extra: user7@$D" > "$lists/more"
send extra
arrives "a file that came" "$S>user7"
rm "$lists/aliases"
send extra moved
arrives "one that has gone" "$S>user7"
like "what it had has no reader" "$($SIGNET queue list)" 'mail for moved stays on this host'
$SIGNET queue delete all >/dev/null
is "all that by the same processes" "$(lab_pids pickup)" "$pickups"

# ---- ten thousand ---------------------------------------------------------------------------

{ echo "many:"; for ((i = 1; i <= 10000; i++)); do echo " m$i@many.world.example,"; done; echo " bad one"; } | aliases
ok "a mail to ten thousand members is taken" send many
members() {
	cat hostile/*.how 2>/dev/null | grep -o 'm[0-9]*@many' | sort -u | wc -l
}
has_members() {
	[ "$(members)" -ge 10000 ]
}
lab_until 240 has_members
is "and each gets it" "$(members)" 10000
report "but one that is no address" "\"bad one\".*alias \"many\", ?$lists/aliases:10002"

# ---- a catch-all, root, local_map -----------------------------------------------------------

restart() {   # SETTING…
	sed -i '/^# more/,$d' $CONF
	printf '%s\n' '# more' "$@" >> $CONF
	lab_signetd_stop
	lab_signetd_start
}
aliases <<END
*: bob@$D
carol: carol@$D
END
send anyone carol 'x@y@z'
arrives "a catch-all, for local names" "$S>bob $S>carol"
report "and not for what cannot be read" 'x@y@z'
restart "root = \"owner@$D\";"
send anyone
arrives "a catch-all comes before root" "$S>bob"
aliases <<END
carol: carol@$D
END
send anyone
arrives "then root" "$S>owner"
restart "root = \"owner@$D\";" 'local_map = "domain";'
send bob root carol dave@mail.sender.example
arrives "local_map: a name is a mailbox at domain" "$S>bob@sender.example $S>carol $S>dave@sender.example $S>owner"

# ---- senders --------------------------------------------------------------------------------

restart "root = \"owner@$D\";" 'rewrite = ( { from = "root@"; to = "bob@sender.example"; },' \
	'  { from = "@old.example"; to = "@sender.example"; } );'
from='root (Cron Daemon)'
send -f root alice@$D
arrives "a rewritten sender" "bob@sender.example>alice"
mail=$(header "$(copies)")
like "and From, with its words" "$mail" '^From: bob@sender\.example \(Cron Daemon\)'
like "signed as what it is" "$mail" '^Authentication-Results: .*dkim=pass.*header\.d=sender\.example'
like "the To stays" "$mail" "^To: $subject@nowhere\\.example"
from='"C" <carol@old.example>'
send -f carol@old.example alice@$D
arrives "a rewritten domain" "carol@sender.example>alice"
mail=$(header "$(copies)")
like "in From as well" "$mail" '^From: "?C"? <carol@sender\.example>'
like "signed, too" "$mail" '^Authentication-Results: .*dkim=pass'
restart "root = \"owner@$D\";" 'from = "owner@sender.example";' 'host_in_name = true;'
from=root
send -f root alice@$D
arrives "from" "owner@sender.example>alice"
mail=$(header "$(copies)")
like "with the host in the name" "$mail" '^From: root on mail <owner@sender\.example>'
like "signed with it" "$mail" '^Authentication-Results: .*dkim=pass'
from=$S

# ---- and a mailbox of this host -----------------------------------------------------------------

sed -i 's/^local_delivery = .*/local_delivery = "mbox";/' $CONF
restart
aliases <<END
alice: alice, bob@$D
team:  \\bob, alice
*:     nobody-of-that-name
END
in_mailbox() {   # NAME USER
	ok "$1" lab_until 60 grep -qx "Subject: $subject" /var/mail/$2
}
send alice
arrives "an alias that names itself and another" "$S>bob"
in_mailbox "and the user's mailbox" alice
send team
arrives "nested" "$S>bob"
in_mailbox "a user named with a backslash" bob
in_mailbox "and one whose alias names itself" alice
send someone
ok "a catch-all that leads to no user comes back" lab_until 60 log_says 'to=<nobody-of-that-name>.*status=bounced'

# ---- reports to users, whose names are local ----------------------------------------------------

aliases <<END
alice: carol@$D, erin@$D
END
from=alice
send -f alice nobody-at-all
told() {
	lab_mail $D "$1" | xargs -r grep -l 'no user "nobody-at-all"'
}
ok "a report to a user goes where its alias says" lab_until 60 eval '[ -n "$(told carol)" ] && [ -n "$(told erin)" ]'
fails "and not to the mailbox" grep -q 'nobody-at-all' /var/mail/alice
from=$S

# ---- names at hostname, which the DNS has to say is this host ------------------------------------

aliases <<END
dora:  dorothy
dorothy: user1@$D
END
send dora@mail.sender.example
arrives "a name at hostname" "$S>user1"
send Dora+tag@Mail.Sender.Example
arrives "and once that is known, with a tag" "$S>user1+tag"
like "signet route has asked the DNS, too" "$($SIGNET route dora@mail.sender.example)" \
	"alias:  dorothy \\($lists/aliases:2\\) names user1@$D"
from=dora@mail.sender.example
send -f dora@mail.sender.example nobody-at-all@localhost
ok "a report to one" lab_until 60 eval 'lab_mail $D user1 | xargs -r grep -lq "no user .nobody-at-all"'
from=$S

# ---- beside Postfix, with the same file -------------------------------------------------------

restart
aliases <<END
all:     staff, bob@$D,
         "Carol C." <carol@$D>
staff:   Alice, bob
alice:   alice@$D
bob:     bob@$D, user8@$D
quoted:  user9@$D (a comment, with a comma), <user10@$D>
listed:  :include:$lists/list, dave@$D
news:    user11@$D, staff
owner-news: list-owner@sender.example
END
printf '%s\n' "user12@$D" "alice, user13@$D" "# no: user14@$D" > "$lists/list"
lab_postfix_start peer 192.0.2.21 25 peer.world.example 'myorigin = peer.world.example' 'mydestination = peer.world.example' \
	"alias_maps = hash:$lists/aliases" 'recipient_delimiter = +' 'propagate_unmatched_extensions = alias' \
	'expand_owner_alias = yes'
MAIL_CONFIG=peer/etc postalias "hash:$lists/aliases" 2>/dev/null || lab_die "no postalias"
# What a look misses, for one mail gives birth to another while it goes, the next sees.
peers_are_done() {
	for _ in 1 2 3; do
		[ -z "$(find {peer,mx}/spool/{maildrop,incoming,active,deferred} -type f)" ] || return 1
	done
}
for name in all staff Bob quoted listed news bob+tag all+tag; do
	send $name@peer.world.example
	lab_need 60 log_says "to=<${name/+/[+]}@peer.world.example>.*status=sent"
	lab_need 60 peers_are_done
	postfix=$(got)
	send $name
	arrives "$name goes to whom Postfix sends it" "$postfix"
done
world_done
