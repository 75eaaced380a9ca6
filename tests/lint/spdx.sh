#!/bin/sh
# SPDX-License-Identifier: ISC
#
# spdx.sh [TREE] [add] - each source file says its licence on one line at its top, and that is the one of LICENSE.
# With add, those that do not are given the line.
set -eu
cd "${1:-.}"
add=${2:-}
case $(head -n 1 LICENSE) in
'ISC License') licence=ISC ;;
*) echo "spdx: LICENSE begins with no licence that is known here"; exit 1 ;;
esac
tag="SPDX-License-Identifier: $licence"
bad=0

# Where the line goes: first, or behind #!.
give() {
	case $1 in
	*.c|*.h|*.css) line="/* $tag */" ;;
	*.[578])       line=".\\\" $tag" ;;
	*.php|*.js)    line="// $tag" ;;
	*.el)          line=";; $tag" ;;
	*)             line="# $tag" ;;
	esac
	case $(head -n 1 "$1") in
	'#!'*)   at=1 ;;
	'<?php') at=1 ;;
	*)       at=0 ;;
	esac
	{ head -n $at "$1"; printf '%s\n' "$line"; tail -n +$((at + 1)) "$1"; } > "$1.tagged"
	cat "$1.tagged" > "$1"    # its mode stays
	rm "$1.tagged"
}

# Programs, scripts, pages, and what configures; not prose, data, or what is compared byte for byte. Prints those that do not.
silent() {
	find . -path ./build -prune -o -path ./.git -prune -o -type f \( -name '*.[ch]' -o -name '*.sh' -o -name '*.py' -o -name '*.pl' -o -name '*.css' \
		-o -name '*.[578]' -o -name GNUmakefile \) -print | sort | xargs -r awk -v tag="$tag" '
		FNR <= 5 && /SPDX-License-Identifier: / { count[FILENAME]++; if ($0 ~ tag "( [*]/)?$") right[FILENAME] = 1 }
		END { for (i = 1; i < ARGC; i++) if (count[ARGV[i]] != 1 || !right[ARGV[i]]) print ARGV[i] }'
}

if [ "$add" = add ]; then
	for file in $(silent); do
		head -n 5 "$file" | grep -q 'SPDX-License-Identifier: ' || give "$file"
	done
fi
for file in $(silent); do
	echo "spdx: ${file#./}: no line \"$tag\" at its top (sh tests/lint/spdx.sh . add)"
	bad=1
done
exit $bad
