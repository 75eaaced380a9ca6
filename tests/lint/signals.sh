#!/bin/sh
# SPDX-License-Identifier: ISC
# signals.sh [TREE] - a test's program sends signals by process_signal() (tests/process.h), which
# does not take the pid of a process that could not be begun for all processes there are.
set -eu
cd "${1:-.}"

bad=$(find tests -name '*.[ch]' -type f ! -path tests/process.h ! -path tests/relay/confine_test.c | sort |
	xargs -r grep -HnE '(^|[^_[:alnum:]">])kill\(' | grep -v 'kill(2)\|__wrap_\|__real_' || true)
[ -z "$bad" ] || { echo "$bad" | sed 's/\(^[^:]*:[0-9]*\):.*/\1: kill() is called by process_signal alone/'; exit 1; }
