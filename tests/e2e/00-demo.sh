#!/bin/bash
# SPDX-License-Identifier: ISC
# What make demo shows is so, and is shown in less than a minute.
cd "$(dirname "$0")/../.." || exit 1
. tests/lab/tap.sh
tap_plan 5

start=$SECONDS
ok "the demonstration ends well" tests/lab/demo.sh
took=$((SECONDS - start))
ok "in less than a minute ($took s)" test $took -lt 60
for name in alice bob carol; do
	ok "its copy for $name is there to be looked at" test -s build/demo/$name.eml
done
tap_done
