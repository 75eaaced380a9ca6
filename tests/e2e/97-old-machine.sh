#!/bin/bash
# SPDX-License-Identifier: ISC
# A store that an older Signet left behind, with mail in the queue: all of it goes, whichever release that was. One that a
# newer Signet left is refused, and not touched.
. "$(dirname "$0")/world.sh"
LAB_LIMIT_S=${LAB_LIMIT_S:-300}
schemas=$(cd "$(dirname "$0")/../relay/queue/schemas" && ls *.sql | sort -n)
folder=$(cd "$(dirname "$0")/../relay/queue/schemas" && pwd)
world_begin "$@"
newest=$(wc -w <<< "$schemas")
tap_plan $((newest * 3 + 9))
SPOOL=/var/spool/signet
D=direct.world.example
world_names
world_keys
world_config <<'END'
routes = ( { to = [ "*" ]; via = [ "mx" ]; } );
END
lab_dns_start
world_mx_start

# What signetd made of it, with what another Signet would have left in its place.
leave_store() {   # DUMP
	rm -rf $SPOOL/queue.db* $SPOOL/body/*
	sqlite3 $SPOOL/queue.db < "$folder/$1"
	mkdir -p $SPOOL/body
	printf 'From: you@sender.example\r\nSubject: mail 2\r\n\r\nThe text of mail 2.\r\n' > $SPOOL/body/large.1790000000000
	chown -R signet: $SPOOL/queue.db $SPOOL/body
	chmod 600 $SPOOL/queue.db
}
came() {   # TIMES
	local name
	for name in alice bob dave; do
		[ "$(lab_mail_count $D $name)" -eq "$1" ] || return 1
	done
	[ "$(lab_mail_count other.world.example carol)" -eq "$1" ]
}
version_of() {
	od -An -tu1 -j63 -N1 "$1" | tr -d ' '
}

lab_signetd_start
lab_signetd_stop
n=0
for dump in $schemas; do
	n=$((n + 1))
	leave_store "$dump"
	lab_signetd_start
	$SIGNET queue flush --now >/dev/null
	ok "$dump: each recipient gets it" lab_until 30 came $n
	ok "$dump: and the queue is empty" lab_until 10 lab_queue_is_empty
	lab_signetd_stop
	is "$dump: once" "$(lab_mail_count $D erin) $(lab_mail_count $D owner) $(lab_mail_count $D alice)" "0 0 $n"
done
like "with its text" "$(cat "$(lab_mail $D alice | head -n 1)")" 'The text of mail 1\.'
like "also where that was in a file" "$(cat "$(lab_mail other.world.example carol | head -n 1)")" 'The text of mail 2\.'
is "and of the newest release's schema" "$(version_of $SPOOL/queue.db)" "$newest"

# ---- of a newer one ------------------------------------------------------------------

leave_store "$newest.sql"
sqlite3 $SPOOL/queue.db "PRAGMA user_version=$((newest + 1))"
before=$(sha256sum $SPOOL/queue.db $SPOOL/body/*; stat -c %Y $SPOOL/queue.db)
timeout 60 $LAB/build/signetd -C $CONF > $LAB/log/downgrade 2>&1
is "a store of a newer Signet: signetd ends for good" $? 78
like "with the reason" "$(cat $LAB/log/downgrade $LAB/log/signetd)" 'queue\.db.*newer'
is "and has not touched it" "$(sha256sum $SPOOL/queue.db $SPOOL/body/*; stat -c %Y $SPOOL/queue.db)" "$before"
world_message you@sender.example user5@$D kept | $SENDMAIL -i -f you@sender.example user5@$D
is "mail that is sent meanwhile is kept" $? 0
sqlite3 $SPOOL/queue.db "PRAGMA user_version=$newest"
chown signet: $SPOOL/queue.db
lab_signetd_start
$SIGNET queue flush --now >/dev/null
ok "and goes when the newer Signet is back" lab_until 30 lab_has_mail $D user5
world_done
