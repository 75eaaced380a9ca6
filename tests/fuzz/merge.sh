#!/bin/sh
# SPDX-License-Identifier: ISC
# merge.sh NAME... - adds to tests/fuzz/corpus/NAME some of what fuzzing found (BUILD/fuzz/corpus/NAME) and reaches code that
# nothing there does. Of such inputs of at most 4 KiB the MOST largest are taken, which reach nearly what all do: corpora stay
# small. A line for each that grew.
set -u

: "${BUILD:=build}" "${MOST:=16}"
folder=$BUILD/fuzz
failed=0
for name in "$@"; do
	corpus=tests/fuzz/corpus/$name
	merged=$folder/merged/$name
	[ -d "$folder/corpus/$name" ] || continue
	rm -rf "$merged"
	mkdir -p "$corpus" "$merged"
	cp "$corpus"/* "$merged"/ 2>/dev/null
	"$folder/${name}_fuzz" -merge=1 -use_counters=0 -max_len=4096 -timeout=10 "$merged" "$folder/corpus/$name" > "$folder/$name.merge.log" 2>&1 || {
		echo "fuzz-merge: $name: failed: see $folder/$name.merge.log"
		failed=1
	}
	added=0
	for input in $(ls -S "$merged"); do
		[ ! -e "$corpus/$input" ] && [ $added -lt "$MOST" ] || continue
		cp "$merged/$input" "$corpus/$input"
		added=$((added + 1))
	done
	[ $added -eq 0 ] || echo "fuzz-merge: $name: $added inputs more, $(ls "$corpus" | wc -l) in all"
done
exit $failed
