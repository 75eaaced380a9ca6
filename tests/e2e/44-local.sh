#!/bin/bash
# SPDX-License-Identifier: ISC
# Mail for this host's users, where nothing is configured: it is in their
# mailboxes, once, whoever is killed and however the mailbox is.
. "$(dirname "$0")/world.sh"
world_begin "$@"
tap_plan 42

MAIL=/var/mail

# Without a name server, a network, a domain or root: only where things lie.
cat > $CONF <<END
libexec = "$LAB/build/libexec/signet";
drop_program = "$LAB/signet-drop";
log = "$LAB/log/signetd";
retry_min = "500ms"; retry_max = "2s"; time_scale = 0.05;
END

mailbox_has() { grep -q "^Subject: $2\$" "$MAIL/$1" 2>/dev/null; }
times() { grep -c "^Subject: $2\$" "$MAIL/$1" 2>/dev/null; }
cron() {
	printf '%s\n' "From: root (Cron Daemon)" "To: $1" "Subject: $2" '' 'output' 'From here on' '.' |
		as "$1" $SENDMAIL -i -FCronDaemon -B8BITMIME -oem "$1"
}
queue_is_empty() { [ -z "$($SIGNET queue list)" ] || $SIGNET queue list | grep -q 'empty'; }

lab_signetd_start
ok "cron's mail to root is taken" cron root one
ok "and is in root's mailbox" lab_until 60 mailbox_has root one
is "which is root's, and group mail may read it" "$(stat -c '%U:%G %a' $MAIL/root)" "root:mail 660"
is "begins with a From_ line" "$(head -n 1 $MAIL/root | cut -d' ' -f1,2)" "From root"
is "says whose it is" "$(sed -n 2,3p $MAIL/root | tr '\n' ' ')" "Return-Path: <root> Delivered-To: root "
is "has LF alone, and a From quoted" "$(grep -c $'\r' $MAIL/root)$(grep -c '^>From here on$' $MAIL/root)" 01
is "ends with an empty line" "$(tail -c 3 $MAIL/root | od -An -c | tr -d ' \n')" '.\n\n'
ok "alice's own mail" cron alice two
ok "is in hers" lab_until 60 mailbox_has alice two
is "which is hers" "$(stat -c '%U:%G %a' $MAIL/alice)" "alice:mail 660"
like "the log says where" "$(cat $LAB/log/signetd)" 'relay=local, .*status=sent \(delivered to /var/mail/alice\)'
is "no lock is left" "$(find $MAIL -name '*.lock')" ''

# Nobody of that name: the sender is told, in the mailbox.
ok "mail for a user that does not exist is taken" as alice $SENDMAIL -i nosuch < <(world_message alice nosuch three)
ok "and comes back" lab_until 60 grep -q 'there is no user "nosuch" on this host' $MAIL/alice

ok "a mail whose sender wants to hear of its delivery" as bob $SENDMAIL -N success -i alice < <(world_message bob alice told)
ok "hears of it" lab_until 60 grep -q '^Action: delivered$' $MAIL/bob
rm $MAIL/bob

# What is no mailbox is left alone, and the mail waits.
mkfifo $MAIL/bob
ok "mail for bob, whose mailbox is a FIFO" cron bob four
waits() { $SIGNET queue list | grep -q 'is not a plain file'; }
ok "waits, and says why" lab_until 60 waits
rm $MAIL/bob
ln -s /etc/passwd $MAIL/bob
$SIGNET queue flush --now >/dev/null
sleep 1
is "a link is not followed" "$(grep -c Subject /etc/passwd)" 0
rm $MAIL/bob
ok "when it is gone, the mail arrives" lab_until 60 mailbox_has bob four

# A delivery that was killed in the middle: its lock says how long the file was.
printf '%s\n' '99999999' "signet mbox of $(stat -c %s $MAIL/bob) bytes" > $MAIL/bob.lock
chown bob:mail $MAIL/bob.lock
printf 'From half@a.letter' >> $MAIL/bob
ok "the next delivery" cron bob five
ok "arrives" lab_until 60 mailbox_has bob five
is "and what was left unfinished is gone" "$(grep -c 'half@a' $MAIL/bob)" 0

# Two programs lock at once: every letter is whole.
for n in $(seq 20); do
	cron alice "many-$n"
done
all_there() { [ "$(grep -c '^Subject: many-' $MAIL/alice)" -ge 20 ]; }
ok "twenty at once arrive" lab_until 60 all_there
is "each once" "$(grep '^Subject: many-' $MAIL/alice | sort -u | wc -l)" 20
ok "nothing is left in the queue" lab_until 60 lab_queue_is_empty

# A folder of mailboxes that is not there.
lab_signetd_stop
cp $CONF $LAB/kept.conf
echo "mail_folder = \"$LAB/mailboxes\";" >> $CONF
lab_signetd_start
ok "without a folder of mailboxes" cron alice folderless
names_setting() { $SIGNET queue list | grep -q "$LAB/mailboxes: No such file or directory; the setting mail_folder names"; }
ok "mail waits, and the setting is named" lab_until 60 names_setting
install -d -g mail -m 2775 $LAB/mailboxes
in_folder() { grep -q '^Subject: folderless$' $LAB/mailboxes/alice 2>/dev/null; }
ok "with one it arrives" lab_until 60 in_folder
chmod 755 $LAB/mailboxes
ok "where users may make no file" cron alice lockless
names_mode() { $SIGNET queue list | grep -q "cannot be locked: Permission denied; users have to be able to make files in $LAB/mailboxes, .*2775"; }
ok "mail waits, and says what they need" lab_until 60 names_mode
chmod 2775 $LAB/mailboxes
is_unlocked() { grep -q '^Subject: lockless$' $LAB/mailboxes/alice; }
ok "with it, it arrives" lab_until 60 is_unlocked
lab_signetd_stop
cp $LAB/kept.conf $CONF
lab_signetd_start

# The aliases say whose mailbox; root takes the rest, but not who has one by an alias.
lab_signetd_stop
cat >> $CONF <<END
aliases = [ "$LAB/aliases" ]; root = "bob@localhost";
END
printf '%s\n' 'hostmaster: alice' 'alice: alice' > $LAB/aliases
lab_signetd_start
ok "an alias leads to a mailbox" as alice $SENDMAIL -i hostmaster < <(world_message alice hostmaster six)
ok "of another user" lab_until 60 mailbox_has alice six
ok "the rest" as alice $SENDMAIL -i daemon < <(world_message alice daemon seven)
ok "goes to root, which is a mailbox here" lab_until 60 mailbox_has bob seven

# Into the user's home.
lab_signetd_stop
mkdir -p $LAB/home
sed "s|^\(alice:.*\):[^:]*:[^:]*$|\1:$LAB/home/alice:/bin/sh|; s|^\(bob:.*\):[^:]*:[^:]*$|\1:$LAB/home/bob:/bin/sh|" \
	/etc/passwd > $LAB/passwd
mount --bind $LAB/passwd /etc/passwd
install -d -o alice -g alice -m 700 $LAB/home/alice
echo 'local_delivery = "maildir";' >> $CONF
lab_signetd_start
as bob $SENDMAIL -i hostmaster < <(world_message bob hostmaster eight)
in_maildir() { grep -q '^Subject: eight$' $LAB/home/alice/Maildir/new/* 2>/dev/null; }
ok "into a Maildir, which is made" lab_until 60 in_maildir
is "for its user alone" "$(stat -c '%U %a' $LAB/home/alice/Maildir/new) $(stat -c '%U %a' $LAB/home/alice/Maildir/new/*)" "alice 700 alice 600"

# A home that is not there when the first mail comes: what a session found missing is looked for again.
ok "mail for bob, whose home is not there" as alice $SENDMAIL -i bob@localhost < <(world_message alice bob nine)
homeless() { $SIGNET queue list | grep -q "$LAB/home/bob/Maildir: cannot be made: No such file"; }
ok "waits, and says why" lab_until 60 homeless
failures() { grep -c "Maildir: cannot be made" $LAB/log/signetd; }
install -d -o bob -g bob -m 700 $LAB/home/bob
before=$(failures)
$SIGNET queue flush --now >/dev/null
arrived() { grep -q '^Subject: nine$' $LAB/home/bob/Maildir/new/* 2>/dev/null; }
ok "when there is one, the mail arrives" lab_until 60 arrived
ok "after one more failure at most, which was on its way" test $(($(failures) - before)) -le 1
