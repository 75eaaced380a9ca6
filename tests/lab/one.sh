#!/bin/sh
# SPDX-License-Identifier: ISC
# one.sh TEST - builds what one test needs and runs it, as make t T=TEST.
#
# TEST is base/fault for tests/base/fault_test.c (or .sh), e2e/05 for tests/e2e/05-*.sh, lint for
# tests/lint/lint_test.sh, or the path of one of these. A part of a name does where only one name
# has it. BUILD is make's; with SANITIZE=1 the programs are those under BUILD/san.
set -eu
cd "$(dirname "$0")/../.."

build=${BUILD:-build}
if [ -n "${SANITIZE:-}" ]; then
	SANITIZE=1
	build=${build%/san}/san
fi

# A line a test: its name and its path.
tests() {
	find tests -name '*_test.c' -o -name '*_test.sh' -o -path 'tests/e2e/[0-9]*.sh' | sort |
		sed 's,^tests/\(.*\)$,\1 &,; s,^lint/lint_test[^ ]*,lint,; s,^\([^ ]*\)_test\.[a-z]* ,\1 ,; s,^\([^ ]*\)\.sh ,\1 ,'
}

# Those that TEST means, the nearest kind only.
meant() {
	tests | T=$1 awk '
		BEGIN { t = ENVIRON["T"]; sub(/^\.\//, "", t) }
		$1 == t || $2 == t { is[++same] = $0 }
		t ~ /^e2e\// && index($1, t "-") == 1 { number[++numbered] = $0 }
		t != "" && index($1, t) { part[++parts] = $0 }
		END {
			if (same) for (i = 1; i <= same; i++) print is[i]
			else if (numbered) for (i = 1; i <= numbered; i++) print number[i]
			else for (i = 1; i <= parts; i++) print part[i]
		}'
}

# Names as one would type them, of the same folder where there are any.
offer() {
	echo "$1" >&2
	sed 's/^\([^ ]*\) .*/  make t T=\1/' >&2
	exit 2
}

test=${1:-}
found=$(meant "$test")
case $(printf %s "$found" | grep -c .) in
0)
	near=$(tests | grep "^${test%%/*}/" || tests)
	echo "$near" | offer "t: ${test:-T} names no test; there are:"
	;;
1) ;;
*) echo "$found" | offer "t: $test may be any of:" ;;
esac
path=${found#* }
folder=$(dirname "$path")

# What it needs besides itself: scripts and the tests of roles run the programs, and a script the
# test programs beside it.
needs=
case $path in
tests/lint/*) ;;
tests/e2e/51-*) needs="all container-root" ;;
tests/e2e/*) needs="all odd $build/bench/fill" ;;
*.sh) needs="all $(find "$folder" -maxdepth 1 -name '*_test.c' | sed "s,\(.*\)\.c$,$build/\1," | tr '\n' ' ')" ;;
tests/base/* | tests/dns/* | tests/sign/*) needs=$build/${path%.c} ;;
*) needs="all $build/${path%.c}" ;;
esac

case $path in tests/e2e/*) lab='lab check' ;; *) lab= ;; esac
# shellcheck disable=SC2086
sh tests/lab/deps.sh build test $lab ${SANITIZE:+sanitize}
# shellcheck disable=SC2086
[ -z "$needs" ] || make -s -j"$(nproc 2>/dev/null || echo 2)" BUILD="$build" ${SANITIZE:+SANITIZE=1} $needs

case $path in *.c) path=$build/${path%.c} ;; esac
export BUILD="$build" SANITIZE="${SANITIZE:-}"
exec prove --verbose --timer --exec '' "$path"
