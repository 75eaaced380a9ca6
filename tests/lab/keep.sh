# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# keep.sh - what a script that failed leaves behind, so that one can see why: a folder of its own
# below build/lab/log, in the tree KEEP_TREE. Bounded: a mebibyte of each file, a hundred files,
# the newest twenty folders. A script that passes leaves nothing.

KEEP_FILES=100
KEEP_BYTES=1048576
KEEP_FOLDERS=20

# keep_nothing NAME: nor what was kept of an earlier run
keep_nothing() {
	rm -rf "${KEEP_TREE:?}/build/lab/log/${1:?}"
}

# keep_begin NAME: sets keep_at
keep_begin() {
	keep_nothing "$1"
	keep_at=$KEEP_TREE/build/lab/log/$1
	keep_count=0
	mkdir -p "$keep_at"
	find "$KEEP_TREE/build/lab/log" -mindepth 1 -maxdepth 1 -type d -printf '%T@ %p\n' 2>/dev/null | sort -rn |
		tail -n +$((KEEP_FOLDERS + 1)) | cut -d' ' -f2- | xargs -rd '\n' rm -rf
}

# keep FOLDER FILE…: the end of each, under its path from FOLDER on
keep() {
	local from=$1 file name
	shift
	for file in "$@"; do
		[ -f "$file" ] && [ "$keep_count" -lt $KEEP_FILES ] || continue
		name=${file#"$from"/}
		keep_count=$((keep_count + 1))
		tail -c $KEEP_BYTES "$file" > "$keep_at/${name//\//_}" 2>/dev/null
	done
}

# keep_said NAME COMMAND…: what that says now
keep_said() {
	timeout 10 "${@:2}" 2>&1 | tail -c $KEEP_BYTES > "$keep_at/$1"
}

# The last words of a script that failed.
keep_end() {
	echo "# what is left of it to look at: ${keep_at#"$KEEP_TREE"/}" >&2
}
