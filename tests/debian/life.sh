#!/bin/bash
# SPDX-License-Identifier: ISC
# The packages' life: installed beside and in place of another server, upgraded with mail in the queue, removed, purged,
# installed again; and make install without a package, and with the package that stands for it.
cd "$(dirname "$0")/../.." || exit 1
. tests/debian/booted.sh
tap_plan 82
world_start
mx_start

# Beside Exim, then in its place.
like "without us, callers bring a server" "$(would_bring cron bsd-mailx)" 'exim4-daemon-light|postfix'
ok "Exim is installed" apt install exim4-daemon-light
echo 'signet signet/root string owner@receiver.example' | debconf-set-selections
ok "signet is installed beside it" apt install $DEBS/before/signet_*.deb
is "sendmail is still Exim's" "$(whose /usr/sbin/sendmail)" exim4-daemon-light
ok "signetd runs" systemctl is-active signetd
is "and alone: the rest is the owner's to start" "$(systemctl list-unit-files --state=enabled --no-legend 'signet*' | cut -d' ' -f1 | paste -sd' ')" signetd.service
is "as nobody's but its own user" "$(ps -o user= -p "$(pid)")" signet
is "signet-drop is set-gid" "$(mode /usr/sbin/signet-drop)" "root:signetdrop 2755"
is "root's reader is configured" "$(setting root)" 'root = "owner@receiver.example";   # debconf'
like "config check says whose sendmail is" "$(signet config check)" "warning: /usr/sbin/sendmail .*exim4"
# Debconf changes what it wrote and nothing else.
reconfigure smarthost smtp.isp.example:465
is "debconf writes a smarthost" "$(setting smarthost)" 'smarthost = { host = "smtp.isp.example"; port = 465; };   # debconf'
sed -i 's/smtp\.isp\.example/other.isp.example/' $CONF
reconfigure
is "an edit of the line stands" "$(setting smarthost)" 'smarthost = { host = "other.isp.example"; port = 465; };   # debconf'
reconfigure smarthost plain.isp.example
reconfigure
is "so does one without a port" "$(setting smarthost)" 'smarthost = { host = "plain.isp.example"; };   # debconf'
reconfigure smarthost ''
is "an empty answer takes it away" "$(setting smarthost)" ""
sed -i 's/^root = .*/root = "mine@receiver.example";/' $CONF
reconfigure root other@receiver.example
is "the owner's own setting stands" "$(setting root)" 'root = "mine@receiver.example";'
ok "the configuration has no fault" signet config check

world_configure
ok "the other program hands over to us" bash -c "printf 'Subject: beside\n\nHello.\n' | /usr/libexec/signet/sendmail -i someone@receiver.example"
ok "and the mail comes" lab_until 60 has_come beside
ok "signet-mta takes the place" apt install $DEBS/before/signet-mta_*.deb
is "of Exim, which is gone" "$(mail_servers)" signet-mta
unlike "config check has nothing against sendmail" "$(signet config check)" "warning: /usr/sbin/sendmail"
ok "Exim is purged" apt purge 'exim4*'
for name in /usr/sbin/sendmail /usr/lib/sendmail /usr/bin/mailq /usr/bin/newaliases; do
	is "$name is ours" "$(readlink -f $name) $(whose $name)" "/usr/libexec/signet/sendmail signet-mta"
done
ok "mailq answers" mailq
ok "callers are installed, with what they recommend" apt install $CALLERS
is "and bring no other server" "$(mail_servers)" signet-mta

# An upgrade while mail waits, is handed over, and signetd changes.
mx_stop
ok "mail is taken while the MX is away" letters waiting 20
ok "and a large one" bash -c "{ printf 'Subject: large 1 of 1\n\n'; seq 100000; } | /usr/sbin/sendmail -i someone@receiver.example"
ok "it waits" lab_until 60 waiting_is 21
old=$(pid)
while [ ! -e $LAB/upgraded ]; do
	letter "during $((++n))" && echo $n
	sleep 0.05
done > $LAB/during &
pid=$!
ok "an upgrade" apt install $DEBS/signet_*.deb $DEBS/signet-mta_*.deb
touch $LAB/upgraded
wait $pid
taken=$(wc -l < $LAB/during)
is "is one" "$(dpkg-query -W -f '${Version}' signet)" "$(dpkg-deb -f $DEBS/signet_*.deb Version)"
ok "signetd runs" systemctl is-active signetd
isnt_old() { [ "$(pid)" != "$old" ]; }
ok "the new one" isnt_old
is "signet-drop is set-gid" "$(mode /usr/sbin/signet-drop)" "root:signetdrop 2755"
is "the configuration is the owner's" "$(setting root)" 'root = "mine@receiver.example";'
ok "mail was handed over meanwhile" test "$taken" -gt 0
ok "all waits" lab_until 60 waiting_is $((21 + taken))
mx_start
ok "every message from before comes, once" lab_until 120 all_came waiting 20
ok "the large one too" lab_until 120 all_came large 1
during_came() { [ "$(came 'during [0-9]')" -eq "$taken" ]; }
ok "and each from meanwhile" lab_until 120 during_came
ok "nothing waits" lab_until 60 waiting_is 0

ok "the callers' mail comes" env WORLD=1 bash "$TREE/debian/tests/callers"

# Removal with mail, and back.
mx_stop
ok "mail waits" letters removed 5
ok "the packages are removed" apt remove signet signet-mta
ok "no sendmail is left" test ! -e /usr/sbin/sendmail -a ! -L /usr/sbin/sendmail
is "the configuration stays" "$(setting root)" 'root = "mine@receiver.example";'
ok "and come back" apt install $DEBS/signet_*.deb $DEBS/signet-mta_*.deb
ok "with their mail" lab_until 60 waiting_is 5

# Purge with mail, and back.
ok "the packages are purged" apt purge signet signet-mta
like "it says that mail stays" "$said" 'mail may wait in /var/spool/signet'
ok "as it does" test -d /var/spool/signet
ok "but no configuration" test ! -e $CONF
ok "nor a set-gid rule" bash -c '! dpkg-statoverride --list /usr/sbin/signet-drop'
ok "and come back" apt install $DEBS/signet_*.deb $DEBS/signet-mta_*.deb
world_configure
mx_start
ok "the mail is delivered" lab_until 120 all_came removed 5
ok "nothing waits" lab_until 60 waiting_is 0
ok "the packages are purged" apt purge signet signet-mta
unlike "without a word on mail" "$said" 'mail may wait'
is "nothing is left" "$(ls -d /var/spool/signet /etc/signet /var/lib/signet /etc/apparmor.d/{,local/}usr.sbin.signetd 2>/dev/null)" ""

# Another server takes the place; the queue stays with signet.
ok "the packages come back" apt install $DEBS/signet_*.deb $DEBS/signet-mta_*.deb
ok "Exim takes the place" apt install exim4-daemon-light
is "of signet-mta alone" "$(dpkg-query -W -f '${db:Status-Abbrev}' signet)$(mail_servers)" "ii exim4-daemon-light"
ok "signetd runs on" systemctl is-active signetd
ok "we are purged" apt purge signet signet-mta
is "and sendmail is Exim's" "$(whose /usr/sbin/sendmail)" exim4-daemon-light
ok "which is there" test -x /usr/sbin/sendmail

# make install, without a package.
dpkg-deb -x $DEBS/signet_*.deb /root/unpacked.d
mkdir -p build/libexec
cp /root/unpacked.d/usr/sbin/* /root/unpacked.d/usr/libexec/signet/sendmail build
cp -r /root/unpacked.d/usr/libexec/signet build/libexec
fails "make install refuses Exim's names" make -s -o all install
like "and says whose they are, and the ways" "$(make -s -o all install 2>&1 | paste -sd' ')" '/usr/sbin/sendmail\(exim4-daemon-light\).*make deb.*DIVERT=1.*make stub-mta'
ok "make install DIVERT=1 keeps them" make -s -o all install DIVERT=1
like "and sendmail is ours" "$(/usr/sbin/sendmail -bV 2>&1; signet --version)" 'signet'
ok "Exim is purged" apt purge 'exim4*'
ok "and sendmail is still there" test -x /usr/sbin/sendmail
ok "Exim is installed" apt install exim4-daemon-light
ok "make uninstall" make -s uninstall
is "gives its sendmail back" "$(readlink /usr/sbin/sendmail) $(dpkg-divert --list '*other-mta')" "exim4 "
ok "Exim is purged" apt purge 'exim4*'
ok "make install and stub-mta" bash -c "make -s -o all install && make -s stub-mta && dpkg -i build/signet-local-mta_*.deb"
is "then callers bring no server" "$(apt purge cron bsd-mailx >/dev/null; would_bring cron bsd-mailx)" ""
ok "and the stub and we go" bash -c "dpkg -r signet-local-mta && make -s uninstall"
world_end
tap_done
