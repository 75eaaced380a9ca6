#!/bin/bash
# SPDX-License-Identifier: ISC
# The packages' own tests (debian/tests), as Debian and Ubuntu run them: autopkgtest installs the packages that were
# built, and what their tests ask for, on a booted system that has neither. What it says lies in build/lab/log/autopkgtest.
cd "$(dirname "$0")/../.." || exit 1
. tests/debian/booted.sh
tap_plan 4

log=build/lab/log/autopkgtest
rm -rf $log
mkdir -p build/lab/log
is "nothing of ours, and no mail server, is here before" "$(dpkg-query -W -f '${Package}\n' 'signet*' 'knot*' 2>/dev/null)$(mail_servers)" ""
# autopkgtest's own word for a testbed that is where it runs itself is null, which promises nothing. This root has all that a
# container has, and is thrown away afterwards.
ok "autopkgtest finds no fault" autopkgtest --output-dir $log --ignore-restrictions=isolation-container,breaks-testbed build/deb/signet_*.changes -- null
is "and has run each test" "$(cat $log/summary)" "$(sed -n 's/^Tests: //p' debian/tests/control | tr -s ', ' '\n' | awk '{ printf "%-20s PASS\n", $1 }')"
is "which said that all is well" "$(grep -c '^not ok' $log/callers-stdout) $(grep -c '^ok' $log/callers-stdout)" "0 9"
tap_done
