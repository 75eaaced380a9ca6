#!/bin/sh
# merge.sh NAME... - adds to tests/fuzz/corpus/NAME what fuzzing found (BUILD/fuzz/corpus/NAME) and reaches code that
# nothing there does: the smallest such inputs, of at most 4 KiB, so that corpora stay small. A line for each that grew.
set -u

: "${BUILD:=build}"
folder=$BUILD/fuzz
failed=0
for name in "$@"; do
	corpus=tests/fuzz/corpus/$name
	[ -d "$folder/corpus/$name" ] || continue
	mkdir -p "$corpus"
	before=$(ls "$corpus" | wc -l)
	"$folder/${name}_fuzz" -merge=1 -use_counters=0 -max_len=4096 -timeout=10 "$corpus" "$folder/corpus/$name" > "$folder/$name.merge.log" 2>&1 || {
		echo "fuzz-merge: $name: failed: see $folder/$name.merge.log"
		failed=1
	}
	after=$(ls "$corpus" | wc -l)
	[ "$after" -eq "$before" ] || echo "fuzz-merge: $name: $((after - before)) inputs more, $after in all"
done
exit $failed
