#!/bin/bash
# SPDX-License-Identifier: ISC
# From another mail server to Signet by its packages, and back, with mail waiting in both: nothing is lost, and each
# message comes once. What a person types is recorded, with what it says, in build/lab/log/from-SERVER.
cd "$(dirname "$0")/../.." || exit 1
. tests/debian/booted.sh
mkdir -p build/lab/log

typed() {
	printf '# %s\n' "$*" >> "$record"
	script -qefac "$*" "$record" </dev/null >/dev/null
}

# Each: how it gets its smarthost before it is installed and after, and how it is told to try its queue.
preseed_postfix() {
	printf '%s\n' 'postfix postfix/main_mailer_type select Satellite system' 'postfix postfix/mailname string sender.example' \
		'postfix postfix/relayhost string [192.0.2.10]' 'postfix postfix/destinations string ' | debconf-set-selections
}
configure_postfix() { postconf -e 'relayhost = [192.0.2.10]' 'mydestination =' && systemctl restart postfix; }
flush_postfix() { postqueue -f; }
preseed_exim4-daemon-light() {
	printf '%s\n' 'exim4-config exim4/dc_eximconfig_configtype select mail sent by smarthost; no local mail' \
		'exim4-config exim4/dc_smarthost string 192.0.2.10' 'exim4-config exim4/mailname string sender.example' | debconf-set-selections
}
configure_exim4-daemon-light() { :; }
flush_exim4-daemon-light() { exim4 -qff; }
preseed_dma() { echo 'dma dma/relayhost string 192.0.2.10' | debconf-set-selections; }
configure_dma() { grep -q '^SMARTHOST 192.0.2.10' /etc/dma/dma.conf; }
flush_dma() { sendmail -q; }
preseed_nullmailer() {
	printf '%s\n' 'nullmailer nullmailer/relayhost string 192.0.2.10 smtp' 'nullmailer shared/mailname string sender.example' | debconf-set-selections
}
configure_nullmailer() { grep -q 192.0.2.10 /etc/nullmailer/remotes; }
flush_nullmailer() { systemctl restart nullmailer; }
preseed_msmtp-mta() { printf '%s\n' 'account default' 'host 192.0.2.10' 'from root@sender.example' > /etc/msmtprc; }
configure_msmtp-mta() { :; }
flush_msmtp-mta() { :; }

tried_again() { all_came "$@" && return; "flush_$server"; sleep 1; all_came "$@"; }

# move SERVER: eleven tests. msmtp has no queue: while the smarthost is away, it takes no mail.
move() {
	server=$1 record=build/lab/log/from-$1 theirs=2
	[ "$server" != msmtp-mta ] || theirs=0
	rm -f "$record"
	"preseed_$server"
	ok "$server is installed" apt install "$server"
	ok "and has a smarthost" "configure_$server"
	ok "$server: mail waits" letters "theirs-$server" $theirs

	rm -rf /etc/signet
	echo 'signet signet/root string owner@receiver.example' | debconf-set-selections
	ok "$server: the packages are installed" typed apt-get install -y $DEBS/signet_*.deb $DEBS/signet-mta_*.deb
	is "$server: they take its place" "$(mail_servers)" signet-mta
	world_configure
	ok "$server: mail waits with us too" letters "ours-$server" 2
	mx_start
	ok "$server: the first mail" typed "printf 'Subject: first after $server\n\nHello.\n' | sendmail someone@receiver.example"
	first_came() { has_come "first after $server" && all_came "ours-$server" 2; }
	ok "$server: comes, and what waited" lab_until 120 first_came

	ok "$server: and back" typed apt-get install -y "$server"
	is "$server: it has its place again" "$(mail_servers)" "$server"
	ok "$server: what it had comes" lab_until 120 tried_again "theirs-$server" $theirs || diag "$(mailq; tail -n 5 /var/log/exim4/mainlog)"
	mx_stop
	apt purge signet signet-mta "$server" >/dev/null
}

tap_plan 55
world_start
for server in $SERVERS; do
	move $server
done
world_end
tap_done
