#!/bin/bash
# SPDX-License-Identifier: ISC
# A full queue costs what a small one does: starting, taking one message, a run
# with ten due and counting what waits take the queue at most 1.3 times as long with
# 20,000 messages (LAB_LONG: 1,000,000) as with 1,000, and the queue's memory
# stays below 64 MiB. Where all is to be routed anew it answers all the same.
. "$(dirname "$0")/world.sh"
here=$(cd "$(dirname "$0")" && pwd)
world_begin "$@"
tap_plan 8
FULL=${SCALE_FULL:-20000}
ROUNDS=10
[ -z "${LAB_LONG:-}" ] || FULL=1000000
lab_zone sender.example <<< 'mail A 192.0.2.1'
lab_zone scale.example <<-'END'
mx A 192.0.2.21
due MX 10 mx
END
mkdir -p $LAB/signet/keys hostile
{
	lab_config_base
	echo 'routes = ( { to = [ "held.scale.example" ]; via = [ "nowhere" ]; }, { to = [ "*" ]; via = [ "mx" ]; } );'
	echo 'smarthost = { name = "nowhere"; host = "192.0.2.30"; }; retry_min = "1h"; pickups = 1; signers = 1;'
} > $CONF
sed 's/hostname = "mail/hostname = "mail2/' $CONF > $LAB/signet/other.conf
lab_dns_start
lab_hostile_start hostile 192.0.2.21 25

# measured COUNT: the figures, with a store of its own that signetd made and fill filled.
measured() {
	rm -rf /var/spool/signet
	lab_signetd_start
	lab_signetd_stop
	setpriv --reuid signet --regid signet --clear-groups $LAB/build/bench/fill /var/spool/signet "$1" ||
		lab_die "fill cannot fill the store"
	/usr/bin/python3 "$here/scale.py" $LAB $CONF $LAB/signet/other.conf hostile $ROUNDS <<< \
		"setpriv --reuid signet --regid signet --clear-groups $LAB/build/bench/fill /var/spool/signet 0"
}
# What else this machine does only adds: of each figure the least counts, and it is measured anew while that is too much.
least() {
	sort -k1,1 -k2,2g "$1".all | sort -s -u -k1,1 > "$1"
}
fits() {   # NAME WITH-MANY WITH-FEW
	case $1 in
	memory)              [ "${2%.*}" -lt 64 ] ;;
	ten_due)             true ;;
	start_while_routing) [ "${2%.*}" -lt 500 ] ;;
	*)                   awk "BEGIN { exit !($2 <= 1.3 * $3 + 5) }" ;;
	esac
}
all_fit() {
	join -o 1.1,2.2,1.2 small full | while read -r figure; do
		# shellcheck disable=SC2086
		fits $figure || exit 1
	done
}
for _ in 1 2 3 4; do
	measured 1000 >> small.all
	measured $FULL >> full.all
	least small
	least full
	all_fit && break
done
ok "figures of both" test "$(wc -l < small)$(wc -l < full)" = 77

# The ten are carried by other processes than the queue: what is judged is its
# part. 5 ms are left to what else this machine does.
while read -r name with_few; do
	with_many=$(awk -v name="$name" '$1 == name { print $2 }' full)
	figure="${name//_/ }: $with_many ms with $FULL, $with_few ms with 1,000"
	case $name in
	memory)  ok "the queue takes $with_many MiB of 64" fits memory "$with_many" "$with_few" ;;
	ten_due) diag "$figure" ;;
	*)       ok "$figure" fits "$name" "$with_many" "$with_few" ;;
	esac
done < small
world_done
