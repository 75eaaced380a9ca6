#!/bin/bash
# SPDX-License-Identifier: ISC
# The RPMs' life: installed by rpm, mail sent and delivered, upgraded with mail in the queue, erased, installed again.
#
# On Debian there is rpm, but no package of rpm's: one that is built here names the libraries and programs that this root
# has, so that rpm itself judges what ours require. Alternatives are dpkg's program, under the name that Fedora's has.
cd "$(dirname "$0")/../.." || exit 1
. tests/debian/booted.sh
tap_plan 54

RPM_DIR=$PWD/build/rpm/RPMS
LATER=$PWD/build/rpm-later/RPMS

# rpm's own exit; what it said is in $said.
rpms() {
	said=$(rpm "$@" 2>&1 </dev/null)
	local status=$?
	said=$(grep -v '^rpm: ' <<< "$said")    # Debian's rpm would rather be alien
	[ $status -eq 0 ] || diag "rpm $*" "$(tail -n 12 <<< "$said")"
	return $status
}
stand_in() {
	local at=$LAB/stand-in
	mkdir -p $at
	{
		printf '%s\n' 'Name: debian-root' 'Version: 1' 'Release: 1' 'Summary: What this root has' 'License: ISC' 'BuildArch: noarch'
		find /usr/lib /lib -name '*.so*' -type f | /usr/lib/rpm/elfdeps --provides | sort -u | sed 's/^/Provides: /'
		dpkg-query -W -f '${db:Status-Abbrev}${Package}\n' ca-certificates passwd | sed -n 's/^ii //p' | sed 's/^passwd$/shadow-utils/; s/^/Provides: /'
		echo 'Provides: rtld(GNU_HASH)'    # of every glibc since 2006; rpm's packages of it say so
		for file in /bin/sh /usr/sbin/update-alternatives; do
			[ ! -x $file ] || echo "Provides: $file"
		done
		printf '%s\n' '%description' 'What this root has.' '%files'
	} > $at/debian-root.spec
	rpmbuild -bb --quiet --define "_topdir $at" $at/debian-root.spec && rpm -i $at/RPMS/noarch/debian-root-1-1.noarch.rpm
}
spool() { stat -c '%a %U:%G %n' /run/signet /var/lib/signet /var/spool/signet /var/spool/signet/{body,drop} 2>&1 | paste -sd' '; }
no_signetd() { ! systemctl is-active --quiet signetd && ! pgrep -x signetd >/dev/null; }

ln -sf ../bin/update-alternatives /usr/sbin/update-alternatives
world_start
mx_start

# Beside another server: no name that others have.
fails "rpm does not install signet where nothing is there that it requires" rpm -i --test $RPM_DIR/*/signet-0*.rpm
ok "a package names what this root has" stand_in
ok "rpm installs signet" rpms -i $RPM_DIR/*/signet-0*.rpm
is "without a word" "$said" ""
is "as it was packed" "$(rpm -V signet)" ""
is "signet-drop is set-gid" "$(mode /usr/sbin/signet-drop)" "root:signetdrop 2755"
is "no other file is set-id, or another's than root's" \
	"$(rpm -q --qf '[%{FILEMODES:perms} %{FILEUSERNAME}:%{FILEGROUPNAME} %{FILENAMES}\n]' signet | awk '$1 ~ /[sStT]/ || $2 != "root:root" { print $1, $2, $3 }')" \
	"-rwxr-sr-x root:signetdrop /usr/sbin/signet-drop"
is "signet is a user of the system, and in the group that the drop folder has" \
	"$(getent passwd signet | cut -d: -f6,7) $(id -nG signet) $(($(id -u signet) < 1000))" "/var/spool/signet:/sbin/nologin signet signetdrop 1"
is "its folders are made" "$(spool)" \
	"755 signet:signet /run/signet 700 signet:signet /var/lib/signet 711 signet:signet /var/spool/signet 700 signet:signet /var/spool/signet/body 1770 signet:signetdrop /var/spool/signet/drop"
is "the configuration is the example's" "$(cmp /etc/signet/signet.conf etc/signet.conf 2>&1)" ""
is "sendmail is nobody's" "$(ls /usr/sbin/sendmail /usr/lib/sendmail /usr/bin/mailq 2>/dev/null)" ""
ok "signetd is not started: that is for who owns the host" no_signetd
ok "signetd is enabled and started" systemctl enable --quiet --now signetd
ok "and runs" systemctl is-active signetd
is "as nobody's but its own user" "$(ps -o user= -p "$(pid)")" signet
world_configure
ok "the other program hands over to us" bash -c "printf 'Subject: beside\n\nHello.\n' | /usr/libexec/signet/sendmail -i someone@receiver.example"
ok "and the mail comes" lab_until 60 has_come beside

# In the place of a server.
ok "rpm installs signet-mta" rpms -i $RPM_DIR/*/signet-mta-*.rpm
for name in /usr/sbin/sendmail /usr/lib/sendmail /usr/bin/mailq /usr/bin/newaliases; do
	is "$name is ours, by alternatives" "$(readlink $name | cut -d/ -f1-3) $(readlink -f $name) $(rpm -qf $name)" \
		"/etc/alternatives /usr/libexec/signet/sendmail $(rpm -q signet-mta)"
done
is "and so is its page" "$(readlink -f /usr/share/man/man8/sendmail.8.gz)" /usr/share/man/man8/sendmail.signet.8.gz
is "for who asks rpm for a mail server" "$(rpm -q --whatprovides MTA 'server(smtp)' /usr/sbin/sendmail | sort -u)" "$(rpm -q signet-mta)"
unlike "config check has nothing against sendmail" "$(signet config check)" "warning: /usr/sbin/sendmail"
ok "a letter by sendmail" letter first
ok "comes" lab_until 60 has_come first
ok "mailq answers" mailq

# An upgrade while mail waits.
mx_stop
ok "mail is taken while the MX is away" letters waiting 5
ok "it waits" lab_until 60 waiting_is 5
old=$(pid)
ok "an upgrade" rpms -U $LATER/*/signet-0*.rpm $LATER/*/signet-mta-*.rpm
is "without a word" "$said" ""
is "is one" "$(rpm -q signet signet-mta | grep -c '\.later\.')" 2
isnt_old() { [ "$(pid)" != "$old" ] && systemctl is-active --quiet signetd; }
ok "the new signetd runs" lab_until 60 isnt_old
is "signet-drop is set-gid" "$(mode /usr/sbin/signet-drop)" "root:signetdrop 2755"
is "the configuration is the owner's" "$(setting domain)$(ls /etc/signet)" 'domain = "sender.example";signet.conf'
is "sendmail is still ours" "$(readlink -f /usr/sbin/sendmail)" /usr/libexec/signet/sendmail
mx_start
ok "every message from before comes, once" lab_until 120 all_came waiting 5
ok "nothing waits" lab_until 60 waiting_is 0

# Erased with mail in the queue, and back.
mx_stop
ok "mail waits" letters erased 3
fails "signet is not erased from under signet-mta" rpm -e signet
ok "the packages are erased" rpms -e signet-mta signet
like "rpm says where the configuration is kept" "$said" 'signet\.conf\.rpmsave'
is "no name of sendmail is left" "$(find /usr/sbin/sendmail /usr/lib/sendmail /usr/bin/mailq /usr/bin/newaliases /usr/share/man/man8/sendmail.8.gz /etc/alternatives/mta* /var/lib/dpkg/alternatives/mta* 2>/dev/null)" ""
ok "signetd has ended" lab_until 60 no_signetd
is "and starts no more" "$(systemctl list-unit-files --no-legend 'signet*')$(find /etc/systemd -name 'signet*')" ""
is "what is left is the owner's: configuration, queue, what signetd keeps" \
	"$(find / -xdev \( -path /proc -o -path /sys -o -path "$PWD" -o -path /tmp -o -path /root -o -path /var/cache \) -prune -o -name '*signet*' -print | sort | paste -sd' ')" \
	"/etc/signet /etc/signet/signet.conf.rpmsave /var/lib/signet /var/log/signet /var/spool/signet"
is "and the users, whose mail it is" "$(id -un signet) $(getent group signetdrop | cut -d: -f4)" "signet signet"
ok "the packages come back" rpms -i $RPM_DIR/*/signet-0*.rpm $RPM_DIR/*/signet-mta-*.rpm
ok "with the owner's configuration" mv /etc/signet/signet.conf.rpmsave $CONF
mx_start
ok "signetd is started" systemctl enable --quiet --now signetd
ok "the mail is delivered, once" lab_until 120 all_came erased 3
ok "and none waits" lab_until 60 waiting_is 0
ok "the packages are erased" rpms -e signet-mta signet
world_end
tap_done
