#!/bin/sh
# SPDX-License-Identifier: ISC
# headers.sh - every header compiles alone.
set -u
cd "$(dirname "$0")/../.."
bad=0
for header in $(find base dns sign sendmail-shim relay trust signet -name '*.h' | sort); do
	printf '#include "%s"\n' "$header" |
		${CC:-cc} -std=c17 -D_GNU_SOURCE -I. -Wall -Wextra -Werror -fsyntax-only -x c - ||
		{ echo "$header: does not compile alone" >&2; bad=1; }
done
exit $bad
