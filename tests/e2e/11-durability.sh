#!/bin/bash
# SPDX-License-Identifier: ISC
# No acknowledgement leaves before the sync of what it acknowledges; and the
# judge of that is no easy one: with a sync taken out, it says so.
. "$(dirname "$0")/world.sh"
here=$(cd "$(dirname "$0")" && pwd)
world_begin "$@"
tap_plan 21
world_names
world_keys
world_config <<'END'
routes = ( { to = [ "*" ]; via = [ "mx" ]; } );
pickups = 1; signers = 1; retry_min = "200ms"; retry_max = "1s";
END
lab_dns_start
world_mx_start
install -o root -g signetdrop -m 2755 $LAB/build/signet-drop $LAB/signet-drop

D=direct.world.example
CALLS=execve,clone,clone3,fork,vfork,openat,write,writev,pwrite64,pwritev,fsync,fdatasync,rename,renameat,renameat2,unlink,unlinkat,sendmsg,recvmsg,exit_group
send() {
	{
		world_message you@sender.example user1@$D "$1" ''
		[ "${2:-}" != large ] || head -c 150000 /dev/zero | tr '\0' x | fold -w 76
	} | $SENDMAIL -i -t
}

# traced FILE: signetd down and up, small and large mails, by socket and by drop folder; all under strace.
traced() {
	cat > life.sh <<-END
	. $here/world.sh
	$(declare -f send)
	D=$D
	$LAB/build/signetd -C $CONF >>$LAB/log/signetd.stderr 2>&1 &
	signetd=\$!
	lab_until 60 $SENDMAIL -bp
	send small-1; send large-1 large; send small-2
	kill \$signetd; wait \$signetd
	send drop-1; send drop-2 large
	$LAB/build/signetd -C $CONF >>$LAB/log/signetd.stderr 2>&1 &
	signetd=\$!
	lab_until 60 $SENDMAIL -bp
	lab_until 60 lab_has_mail $D user1 \$1
	lab_until 60 lab_queue_is_empty
	kill \$signetd; wait \$signetd
	END
	strace -f -y -xx -s 1000000 -e "trace=$CALLS" -e signal=none -o "$1" bash life.sh "$2" >>$LAB/log/life 2>&1
}
judge() {
	/usr/bin/python3 "$here/durability.py" "$1"
}

traced trace 5
is "all five arrived" "$(subjects $D user1 | tr '\n' ' ')" "drop-1 drop-2 large-1 small-1 small-2 "
verdict=$(judge trace)
is "no acknowledgement came before its sync" "$?" 0
diag "$verdict"
like "submissions over the socket were judged"  "$verdict" '[0-9]+ SUBMITTED'
like "and outcomes"                             "$verdict" '[0-9]+ COMMITTED'
like "and drops"                                "$verdict" '2 signet-drop exit 0'
like "and the removal of what was dropped"      "$verdict" '2 pickup removes a drop file'

# A trace in which one kind of sync did not happen.
# without NAME SED-SCRIPT WANTED
without() {
	sed -E "$2" trace > doctored
	verdict=$(judge doctored)
	is "without $1: noticed" "$?" 1
	like "without $1: named" "$verdict" "$3"
}
wal=$(printf -- '-wal' | od -An -tx1 | tr -d '\n' | sed 's/ /\\\\x/g')
body=$(printf '/body' | od -An -tx1 | tr -d '\n' | sed 's/ /\\\\x/g')
new=$(printf '/body/new' | od -An -tx1 | tr -d '\n' | sed 's/ /\\\\x/g')
drop=$(printf '/drop' | od -An -tx1 | tr -d '\n' | sed 's/ /\\\\x/g')
without "syncs of the WAL"            "/fdatasync|fsync/{/-wal>|$wal>/d}"                 'WAL was not synced'
without "syncs of body files"         "/fsync|fdatasync/{/(\/body|$body)(\/|\\\\x2f)/d}"   'SUBMIT with .*body.*not synced'
without "the sync of the body folder" "/fsync|fdatasync/{/(\/body\/new|$new)>/d}"             'SUBMIT with .*body.*new name'
without "syncs of drop files"         "/fsync|fdatasync/{/(\/drop|$drop)(\/|\\\\x2f)/d}"   'signet-drop'
without "the sync of the drop folder" "/fsync|fdatasync/{/(\/drop|$drop)>/d}"             'signet-drop'

# And a life in which no sync reaches the kernel.
if [ -z "${SANITIZE:-}" ]; then
	cat > nosync.c <<-'END'
	int fsync(int fd) { (void)fd; return 0; }
	int fdatasync(int fd) { (void)fd; return 0; }
	END
	cc -shared -fPIC -o nosync.so nosync.c
	chmod 755 nosync.so
	echo $LAB/nosync.so > $LAB/etc/ld.so.preload
	traced swallowed 10
	: > $LAB/etc/ld.so.preload
	verdict=$(judge swallowed)
	is "a life without syncs: noticed" "$?" 1
	like "a life without syncs: the WAL"       "$verdict" 'WAL was not synced'
	like "a life without syncs: bodies"        "$verdict" 'SUBMIT with'
	like "a life without syncs: signet-drop"   "$verdict" 'signet-drop: exit 0 after'
else
	skip "a life without syncs" "nothing is preloaded beside sanitizers" 4
fi
world_done
