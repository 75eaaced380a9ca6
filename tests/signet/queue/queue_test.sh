#!/bin/bash
# SPDX-License-Identifier: ISC
# signet queue, while no signetd answers; with one, see e2e.
cd "$(dirname "$0")/../../.." || exit 1
. tests/lab/tap.sh
tap_plan 14
SIGNET=${BUILD:-build}/signet
T=$(mktemp -d) || exit 1
trap 'rm -rf "$T"' EXIT
export SIGNET_CONFIG=$T/conf
printf 'socket = "%s/socket"; control = "%s/control";\n' "$T" "$T" > "$T/conf"

run() {
	out=$("$@" 2>&1 </dev/null)
	status=$?
}

run $SIGNET queue list
is "nobody answers: EX_TEMPFAIL" "$status $out" \
	"75 signet: no signetd answers at $T/socket; start it: systemctl start signetd"
run $SIGNET queue list --json
is "in JSON nothing else is said on standard output" "$($SIGNET queue list --json 2>/dev/null)" ""
run $SIGNET queue flush
is "flush too" "$status" 75
touch "$T/control"
run $SIGNET queue list
is "a file that is no socket" "$status" 75
for wrong in "list --jsn" "list --sender" "list --dry-run" "flush -a" "hold" "move --via mx" "status x" "" "lst"; do
	run $SIGNET queue $wrong
	is "queue $wrong: EX_USAGE" "$status" 64
done
echo 'x = ;' > "$T/conf"
run $SIGNET queue list
is "a broken configuration: EX_CONFIG" "$status" 78
tap_done
