#!/bin/sh
# SPDX-License-Identifier: ISC
# waits.sh [TREE] - a wait asks its condition again each time: what "$(…)" says in the words
# of lab_until, lab_need and until_true is asked once, before the wait begins. Such a
# condition is a function, or stands in the single quotes of an eval.
set -eu
cd "${1:-.}"

find tests -name '*.sh' -type f | sort | xargs -r awk '
	FNR == 1 { held = "" }
	{ line = held $0 }
	sub(/\\$/, "", line) { held = line; next }
	{ held = "" }
	line ~ /^[ \t]*#/ { next }
	{
		gsub(/\047[^\047]*\047/, "", line)
		if (!match(line, /(^|[^a-z_])(lab_until|lab_need|until_true)[ \t]/)) next
		line = substr(line, RSTART)
		sub(/(\|\||&&|;).*/, "", line)
		gsub(/\\\$/, "", line)
		gsub(/\$\(\(/, "", line)
		if (line ~ /\$\(|`/) {
			print FILENAME ":" FNR ": this condition is asked once, before the wait begins"
			bad = 1
		}
	}
	END { exit bad }
	'
