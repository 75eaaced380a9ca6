#!/bin/bash
# SPDX-License-Identifier: ISC
# What base/json writes is read by Python's json as what was asked for.
cd "$(dirname "$0")/../.." || exit 1
. tests/lab/tap.sh
tap_plan 4
export PYTHONDONTWRITEBYTECODE=1

for seed in 1 2; do
	read -r made nested wrong < <(python3 tests/base/json_reader.py "${BUILD:-build}/tests/base/json_test" 2000 $seed)
	is "seed $seed: two thousand documents, and none says anything else" "$made $wrong" "2000 0"
	ok "seed $seed: many have something in something" test "${nested:-0}" -gt 300
done
tap_done
