#!/bin/sh
# SPDX-License-Identifier: ISC
# fuzz.sh NAME... - lets each target run for FUZZ_SECONDS, with its corpus
# copied to BUILD/fuzz/corpus/NAME, where it grows. A line each; 1 when one
# found something, with the input that does it and where its report lies.
set -u

: "${BUILD:=build}" "${FUZZ_SECONDS:=60}"
folder=$BUILD/fuzz
failed=0

run() {
	name=$1
	corpus=$folder/corpus/$name
	log=$folder/$name.log
	mkdir -p "$corpus" "$folder/found"
	[ ! -d "tests/fuzz/corpus/$name" ] || cp -n "tests/fuzz/corpus/$name"/* "$corpus"/ 2>/dev/null
	if "$folder/${name}_fuzz" -max_total_time="$FUZZ_SECONDS" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
	   -artifact_prefix="$folder/found/$name-" "$corpus" >"$log" 2>&1; then
		runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
		echo "fuzz: $name: nothing found in $runs runs, corpus $(ls "$corpus" | wc -l)"
	else
		input=$(sed -n 's/^.*Test unit written to //p' "$log" | tail -1)
		echo "fuzz: $name: FOUND: ${input:-no input kept}, report in $log"
		failed=1
	fi
}

for target in "$@"; do
	run "$target"
done
exit $failed
