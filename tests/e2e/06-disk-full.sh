#!/bin/bash
# SPDX-License-Identifier: ISC
# A full or read-only disk: EX_TEMPFAIL, nothing half-stored, and on it goes.
. "$(dirname "$0")/world.sh"
world_begin "$@"
tap_plan 16
world_names
world_keys
world_config <<'END'
routes = ( { to = [ "*" ]; via = [ "mx" ]; } );
retry_min = "10m"; retry_max = "20m"; time_scale = 0.05;
END
lab_dns_start
world_mx_start
mkdir -p /var/spool/signet
mount -t tmpfs -o size=12m,mode=755 spool /var/spool/signet
lab_signetd_start

# SIZE-KiB SUBJECT: prints sendmail's exit status
send() {
	{ world_message you@sender.example "${3:-alice@lost.world.example}" "$2" ''
	  head -c $(( $1 * 750 )) /dev/urandom | base64; } | timeout 100 $SENDMAIL -i -t 2>>err
	echo $?
}
is "a mail before the disk is full" "$(send 200 before)" 0
accepted=(before)

# Full, and kept so: what is given back (the reserve too) is taken again.
while [ ! -e room ]; do
	cat /dev/zero >> /var/spool/signet/filler
	sleep 0.02
done 2>/dev/null &
filler=$!
lab_need 60 eval '[ "$(stat -f -c %a /var/spool/signet)" -lt 10 ]'
# Larger than inline, whose body is a file: refused. Smaller ones go into the
# write-ahead log, which may have room left of its own: each is either refused
# or kept, until one must be refused. All at once, because a refused one is
# retried for a while.
small_until_refused() {
	local n
	for (( n = 1; n <= 40; n++ )); do
		[ "$(send 40 "small-$n")" = 0 ] || return 0
		echo "small-$n" >> small
	done
	return 1
}
: > small
for n in 1 2; do
	send 200 "large-$n" > "status-$n" &
	senders+=($!)
done
small_until_refused & small=$!
wait "${senders[@]}"
for n in 1 2; do
	is "with the disk full, a large mail ($n): EX_TEMPFAIL" "$(cat "status-$n")" 75
done
ok "and of small ones, after $(wc -l < small) that the log had room for" wait $small
mapfile -t -O 1 accepted < small
like "sendmail says why" "$(cat err)" '[Ss]pace|[Dd]isk|room|full'
like "mailq answers all the while" "$($SENDMAIL -bp)" 'alice@lost'
touch room
wait $filler
rm -f /var/spool/signet/filler
is "with room again, a mail is taken" "$(send 200 after)" 0
accepted+=(after)

# Read-only: signetd would not start, and the drop folder is on the same disk.
lab_signetd_stop
mount -o remount,ro /var/spool/signet
is "read-only: EX_TEMPFAIL" "$(send 2 readonly)" 75
timeout 60 $LAB/build/signetd -C $CONF > start 2>&1
like "signetd ends with an error" "$?" '^(7[0-8])$'
like "that says why" "$(cat start; tail -n 20 $LAB/log/signetd)" '[Rr]ead-only'
mount -o remount,rw /var/spool/signet
lab_signetd_start
is "writable again: taken" "$(send 2 writable)" 0
accepted+=(writable)

sed -i 's/192.0.2.30/192.0.2.10/' $LAB/dns/world.example.zone
lab_dns_reload
$SIGNET queue flush --now
ok "the queue empties" lab_until 60 lab_queue_is_empty
lab_until 60 lab_has_mail lost.world.example alice ${#accepted[@]}
is "what was accepted arrived, once; what was refused did not" \
	"$(subjects lost.world.example alice | tr '\n' ' ')" "$(printf '%s\n' "${accepted[@]}" | sort | tr '\n' ' ')"
ok "no body file is left" lab_until 60 world_has_no_body
like "large bodies arrive whole" "$(lab_mail lost.world.example alice | xargs -r grep -l '^Subject: before' | xargs -r wc -c)" '2[0-9]{5}'
world_done
