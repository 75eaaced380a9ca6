#!/bin/bash
# SPDX-License-Identifier: ISC
# Mail by sendmail and by SMTP, to others and to this host, while roles and signetd are killed, the disk is full, names go and come,
# the clock jumps and servers misbehave (chaos.py): each message is delivered or
# bounced, and repeats stay within the plan's bound. Short: 1,000 messages; with
# LAB_LONG 20,000 in twenty minutes. CHAOS_SEED repeats the order of events.
. "$(dirname "$0")/world.sh"
here=$(cd "$(dirname "$0")" && pwd)
LAB_LIMIT_S=${LAB_LIMIT_S:-480}
world_begin "$@"
tap_plan 9
MESSAGES=1000 SECONDS_OF_IT=20 SPOOL=48m
if [ -n "${LAB_LONG:-}" ]; then
	MESSAGES=20000 SECONDS_OF_IT=1200 SPOOL=300m
	[ -z "${SANITIZE:-}" ] || MESSAGES=5000 SECONDS_OF_IT=300
fi
CHAOS_SEED=${CHAOS_SEED:-$RANDOM}
diag "CHAOS_SEED=$CHAOS_SEED"
world_names
lab_zone hostile.example <<-'END'
h1 A 198.18.0.1
h2 A 198.18.0.2
h3 A 198.18.0.3
h4 A 198.18.0.4
END
world_keys
world_config <<-'END'
routes = ( { to = [ "*" ]; via = [ "mx" ]; } );
sessions = 20; sessions_per_site = 8; retry_min = "300ms"; retry_max = "2s"; time_scale = 0.01;
listen = [ "127.0.0.1:25" ];
END
lab_dns_start
# No names are asked for on the other side, so that it is not slow when they are gone.
lab_mx_start mx 192.0.2.10 mx.world.example direct.world.example -- 'smtpd_milters =' 'smtpd_peername_lookup = no'
lab_dns_stop
ip route add local 198.18.0.0/16 dev lo
mkdir hostile
for n in 1 2 3 4; do
	lab_hostile_start hostile/198.18.0.$n 198.18.0.$n 25
done
mkdir -p /var/spool/signet
mount -t tmpfs -o size=$SPOOL,mode=755 spool /var/spool/signet
install -o root -g signetdrop -m 2755 $LAB/build/signet-drop $LAB/signet-drop
head -c 8 /dev/zero > $LAB/clock
if [ -z "${SANITIZE:-}" ]; then
	cc -shared -fPIC -D_GNU_SOURCE -o $LAB/clock.so $LAB_SOURCE/tests/lab/clock.c || lab_die "cc cannot make clock.so"
	chmod 755 $LAB/clock.so
	echo $LAB/clock.so > $LAB/etc/ld.so.preload
fi

while read -r verdict; do
	case $verdict in
	"ok "*) tap_say 0 "${verdict#ok }" ;;
	*)      tap_say 1 "${verdict#not ok }" ;;
	esac
done < <(/usr/bin/python3 "$here/chaos.py" $LAB $CONF "$CHAOS_SEED" $MESSAGES $SECONDS_OF_IT)
is "all was judged" "$tap_count" 7
: > $LAB/etc/ld.so.preload
world_done
