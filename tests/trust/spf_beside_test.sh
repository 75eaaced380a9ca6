#!/bin/bash
# SPDX-License-Identifier: ISC
# Our SPF gives what pyspf and Mail::SPF give on random records and zones, but for what spf_beside.list
# explains; a few of the ten thousand of make spf-beside.
cd "$(dirname "$0")/../.." || exit 1
. tests/lab/tap.sh
tap_plan 4
export PYTHONDONTWRITEBYTECODE=1

for seed in 1 2; do
	out=
	[ ! -e build/lab/spf/.complete ] ||
		out=$(/usr/bin/python3 tests/trust/spf_beside.py "${BUILD:-build}/tests/trust/spf_test" build/lab/spf tests/trust/spf_beside.list 400 $seed)
	for peer in pyspf Mail::SPF; do
		if [ ! -e build/lab/spf/.complete ]; then
			skip "seed $seed: $peer" "sh tests/lab/peers.sh spf fetches it"
		else
			like "seed $seed: $peer" "$out" "^ok [12] - $peer agrees in 3[0-9]+ of 400 "
		fi
	done
done
tap_done
