# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# step.sh - what a benchmark runs is bounded in time, and what hangs is named.

STEP_S=${BENCH_STEP_S:-300}

# step NAME COMMAND…: the benchmark ends when that takes longer than STEP_S
step() {
	local name=$1 status=0
	shift
	timeout -k 5 "$STEP_S" "$@" || status=$?
	step_ended "$name" $status
	return $status
}

# step_ended NAME STATUS: of a timeout that ran elsewhere
step_ended() {
	case $2 in 124|137) echo "bench: $1: not done within $STEP_S s" >&2; exit 1 ;; esac
}
