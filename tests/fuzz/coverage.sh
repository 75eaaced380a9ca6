#!/bin/bash
# SPDX-License-Identifier: ISC
# coverage.sh NAME... - how much of what each target is for its corpus reaches: a line each, with the functions that it
# never enters. What it is for: the modules that tests/fuzz/NAME_fuzz.c includes and what they rest on beside them. The programs are those that run the corpora
# again (tests/fuzz/corpus.h), compiled by clang with coverage, under BUILD/coverage.
set -u

: "${BUILD:=build}"
folder=$BUILD/coverage
raw=$folder/raw
mkdir -p "$raw"
version=$(clang --version | sed -n 's/.*version \([0-9]*\).*/\1/p;q')
tool() {   # of clang's own version: another may not read what it writes
	command -v "$1-$version" || command -v "$1" || {
		echo "fuzz-coverage: $1 is needed: apt-get install llvm" >&2
		exit 1
	}
}
profdata=$(tool llvm-profdata) && cov=$(tool llvm-cov) || exit 1

# The modules that are included, and what else of their folders it reaches; base alone has much that is not meant.
sources() {   # NAME PROGRAM
	local reached included folders
	included=$(sed -n 's/^#include "\(.*\)\.h".*/\1.c/p' "tests/fuzz/$1_fuzz.c" | grep -v '^tests/\|^base/\(buf\|span\|fault\)\.c$')
	folders=$(sed 's,/[^/]*$,,' <<< "$included" | sort -u | grep -vx base)
	reached=$("$cov" report "$2" -instr-profile="$raw/$1.data" | awk '$8 ~ /^[0-9]+$/ && $8 > $9 { print $1 }')
	{
		while read -r file; do [ ! -e "$file" ] || echo "$file"; done <<< "$included"
		while read -r file; do ! grep -qx "${file%/*}" <<< "$folders" || echo "$file"; done <<< "$reached"
	} | grep -Fx -f <("$cov" report "$2" -instr-profile="$raw/$1.data" | awk '{ print $1 }') | sort -u
}

failed=0
for name in "$@"; do
	program=$folder/tests/fuzz/corpus_test
	! grep -q '"relay/smtp/' "tests/fuzz/${name}_fuzz.c" || program=$folder/tests/fuzz/corpus_smtp_test
	if ! LLVM_PROFILE_FILE=$raw/$name.raw "$program" "$name" > "$raw/$name.log" 2>&1 ||
	   ! "$profdata" merge -o "$raw/$name.data" "$raw/$name.raw"; then
		echo "fuzz-coverage: $name: its corpus does not run: see $raw/$name.log"
		failed=1
		continue
	fi
	mapfile -t files < <(sources "$name" "$program")
	lines=$("$cov" report "$program" -instr-profile="$raw/$name.data" "${files[@]}" | awk '$1 == "TOTAL" { print $8, $9, $10 }')
	read -r total missed percent <<< "$lines"
	never=$("$cov" report "$program" -instr-profile="$raw/$name.data" -show-functions "${files[@]}" |
		awk 'NF == 10 && $1 != "TOTAL" && $5 > 0 && $5 == $6 { sub(/.*:/, "", $1); print $1 }' | sort -u | tr '\n' ' ')
	echo "fuzz-coverage: $name: $percent of $total lines of ${files[*]}${never:+; never enters ${never% }}"
done
exit $failed
