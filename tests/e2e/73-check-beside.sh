#!/bin/bash
# SPDX-License-Identifier: ISC
# signet check beside opendkim-testkey, pyspf and opendmarc-check on the zones of check/setups: where they differ,
# check/beside.list says why ours is right.
export LAB_PEERS='root testers'
. "$(dirname "$0")/world.sh"
world_begin "$@"
. "$LAB_SOURCE/tests/e2e/check/rows.sh"
tap_plan 7

/usr/bin/python3 "$LAB_SOURCE/tests/e2e/check/beside.py" "$SETUPS" $SIGNET $CONF.rows $KEYS/s1.pem "$LAB_SOURCE/tests/e2e/check/beside.list" $SERVER >beside 2>beside.err
is "all are compared" "$? $(cat beside.err)" "0 "
for kind in dkim spf dmarc; do
	zones=$(sed -n "s/^$kind: \([0-9]*\) zones, .*/\1/p" beside)
	ok "$(sed -n "s/^\($kind: .*\)/\1/p" beside)" test "${zones:-0}" -ge 15
done
is "each difference is known" "$(grep -vE '^(dkim|spf|dmarc): [0-9]+ zones' beside)" ""
is "and has its reason" "$(grep -vc '^#\|^$' "$LAB_SOURCE/tests/e2e/check/beside.list")" "$(grep -cE '^[a-z0-9-]+ *\| (good|bad) +\| .{20}' "$LAB_SOURCE/tests/e2e/check/beside.list")"
world_done
