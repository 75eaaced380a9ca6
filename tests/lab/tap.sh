# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# tap.sh - the Test Anything Protocol for bash scripts: tap_plan, then ok and its kin, then tap_done.
# Why a test failed goes to stderr, which prove lets through.

tap_planned=0
tap_count=0
tap_failed=0

# tap_plan COUNT: how many tests there are going to be, rows of tables included. One that is not
# made fails the script.
tap_plan() {
	tap_planned=$1
	echo "1..$1"
}

# ok NAME COMMAND…
ok() {
	local name=$1 status
	shift
	"$@" >"${TMPDIR:-/tmp}/tap.$$" 2>&1
	status=$?
	tap_say $status "$name"
	[ $status -eq 0 ] || diag "failed ($status): $*" "$(head -c 2000 "${TMPDIR:-/tmp}/tap.$$")"
	return $status
}

# fails NAME COMMAND…: the opposite
fails() {
	local name=$1
	shift
	if "$@" >/dev/null 2>&1; then
		tap_say 1 "$name"
		diag "should have failed: $*"
		return 1
	fi
	tap_say 0 "$name"
}

# is NAME GOT WANT
is() {
	[ "$2" = "$3" ]
	tap_say $? "$1" || diag "got:  $2" "want: $3"
}

# like NAME GOT EXTENDED-REGEX
like() {
	grep -aEq -- "$3" <<<"$2"
	tap_say $? "$1" || diag "got:    $2" "wanted: $3"
}

unlike() {
	! grep -aEq -- "$3" <<<"$2"
	tap_say $? "$1" || diag "got:      $2" "unwanted: $3"
}

# tap_say STATUS NAME; returns STATUS
tap_say() {
	tap_count=$((tap_count + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $tap_count - $2"
	else
		tap_failed=$((tap_failed + 1))
		echo "not ok $tap_count - $2"
		echo "# not ok $tap_count - $2" >&2
	fi
	return "$1"
}

# skip NAME WHY [COUNT]: so many tests of the plan cannot be made here
skip() {
	local n
	for (( n = 0; n < ${3:-1}; n++ )); do
		tap_count=$((tap_count + 1))
		echo "ok $tap_count - $1 # SKIP $2"
	done
}

# todo STATUS NAME WHY: known to fail; prove tells when it does not
todo() {
	tap_count=$((tap_count + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $tap_count - $2 # TODO $3"
	else
		echo "not ok $tap_count - $2 # TODO $3"
	fi
}

diag() {
	{
		printf '%s\n' "$@" | head -c 1500 | cat -v | sed 's/^/# /'
		echo '#'
	} >&2
}

tap_done() {
	rm -f "${TMPDIR:-/tmp}/tap.$$"
	[ "$tap_count" -eq "$tap_planned" ] || diag "tap_plan states $tap_planned tests, $tap_count were made"
	exit $((tap_failed > 0 || tap_count != tap_planned))
}
