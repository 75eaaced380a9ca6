# SPDX-License-Identifier: ISC
# shellcheck shell=bash
#
# world.sh - a name server and an MX on this machine's own loopback, for the tests of the packages to source.
#
# For machines that are thrown away afterwards: /etc/resolv.conf and the configuration become the tests'. What the
# MX took lies in $LAB/mx.N/*.data, N counting how often it was started. A script that is run by another that has begun
# this world uses that one.

TREE=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
. "$TREE/tests/lab/lab.sh"
. "$TREE/tests/lab/tap.sh"
CONF=/etc/signet/signet.conf
MX_STARTS=0

world_start() {
	export LC_ALL=C DEBIAN_FRONTEND=noninteractive
	[ -z "${WORLD:-}" ] || return 0
	rm -rf $LAB
	mkdir -p $LAB/{dns,log}
	mkfifo $LAB/hold
	exec 7<>$LAB/hold
	systemctl disable --quiet --now knot
	lab_arrange_network 2>/dev/null
	rm -f /etc/resolv.conf
	printf '%s\n' 'nameserver 127.0.0.1' 'options timeout:2 attempts:2' > /etc/resolv.conf
	printf '%s\n' '@ MX 10 mx' 'mx A 192.0.2.10' | lab_zone receiver.example
	printf '%s\n' '@ A 192.0.2.1' | lab_zone sender.example
	lab_dns_start
}

mx_start() {
	[ -z "${WORLD:-}" ] || return 0
	MX_STARTS=$((MX_STARTS + 1))
	mkdir -p $LAB/mx.$MX_STARTS
	: > $LAB/mx.$MX_STARTS/script
	/usr/bin/python3 "$TREE/tests/lab/hostile_smtp.py" $LAB/mx.$MX_STARTS 192.0.2.10 25 <&7 >/dev/null 2>>$LAB/log/mx &
	MX_PID=$!
	lab_need 60 lab_answers 192.0.2.10 25
}

mx_stop() {
	kill $MX_PID
	wait $MX_PID 2>/dev/null
}

world_end() {
	[ -z "${WORLD:-}" ] || return 0
	kill $MX_PID "$LAB_DNS_PID" 2>/dev/null
	umount /usr/share/dns/root.key
}

# world_configure: straight to the MX, behind what the package's own scripts wrote.
world_configure() {
	[ -z "${WORLD:-}" ] || return 0
	cat >> $CONF <<-'END'
	domain = "sender.example";
	hostname = "mail.sender.example";
	routes = ( { to = [ "*" ]; via = [ "mx" ]; } );
	mx_allow = [ "192.0.2.0/24" ];
	retry_min = "1s"; retry_max = "2s";
	END
	systemctl restart signetd
}

# How often a message with that subject has come, and the subjects that have come.
came() { cat $LAB/mx.*/*.data 2>/dev/null | grep -ac "^Subject: $1"; }
has_come() { [ "$(came "$1")" -gt 0 ]; }

# Every package that is installed and says that it is a mail server.
mail_servers() {
	dpkg-query -W -f '${db:Status-Abbrev} ${Package} ${Provides}\n' | sed -n 's/^ii  *\([^ ]*\) .*mail-transport-agent.*/\1/p' | paste -sd' '
}
