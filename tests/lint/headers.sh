#!/bin/sh
# SPDX-License-Identifier: ISC
# headers.sh - every header compiles alone. One that NAME.c includes before anything else does wherever NAME.c compiles, which is
# make's to see to; the others are compiled here.
set -u
cd "$(dirname "$0")/../.."
bad=0
rooms='base dns sign sendmail-shim relay trust signet'
# shellcheck disable=SC2086
for header in $({
	find $rooms -name '*.h'
	find $rooms -name '*.c' | xargs awk '
		FNR == 1 { first = 1 }
		first && /^#include/ { first = 0; own = FILENAME; sub(/\.c$/, ".h", own); if ($0 == "#include \"" own "\"") print own }'
} | sort | uniq -u); do
	printf '#include "%s"\n' "$header" |
		${CC:-cc} -std=c17 -D_GNU_SOURCE -I. -Wall -Wextra -Werror -fsyntax-only -x c - ||
		{ echo "$header: does not compile alone" >&2; bad=1; }
done
exit $bad
