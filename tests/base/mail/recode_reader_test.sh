#!/bin/bash
# SPDX-License-Identifier: ISC
# What Python's email reads in a message is the same after base/recode.
cd "$(dirname "$0")/../../.." || exit 1
. tests/lab/tap.sh
tap_plan 8
export PYTHONDONTWRITEBYTECODE=1

for seed in 1 2 3 4; do
	read -r made changed wrong < <(python3 tests/base/mail/recode_reader.py "${BUILD:-build}/tests/base/mail/recode_test" 1000 $seed)
	is "seed $seed: a thousand messages, and nothing wrong with them" "$made $wrong" "1000 0"
	ok "seed $seed: many of them had to change" test "${changed:-0}" -gt 200
done
tap_done
