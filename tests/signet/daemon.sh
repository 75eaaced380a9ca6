# SPDX-License-Identifier: ISC
# shellcheck shell=bash
#
# daemon.sh - a real signetd, of whoever runs the test, in a folder of its own,
# with two smarthosts on loopback that tests/lab/hostile_smtp.py plays:
#
#   isp, second   take everything unless daemon_script says otherwise
#   *.refused.example and all else go to isp; *.nowhere.example has no route
#
# Sources tap.sh; sets T, SIGNET, SENDMAIL, and SIGNET_CONFIG for both.
. tests/lab/tap.sh
KEEP_TREE=$PWD
. tests/lab/keep.sh
SIGNET=${BUILD:-build}/signet
SENDMAIL=${BUILD:-build}/sendmail
T=$(mktemp -d) || exit 1
export SIGNET_CONFIG=$T/conf
daemon_pids=()

# daemon_peer NAME: sets daemon_port
daemon_peer() {
	local fd
	mkdir -p "$T/$1"
	: > "$T/$1/script"
	mkfifo "$T/$1/stdin"
	python3 tests/lab/hostile_smtp.py "$T/$1" < "$T/$1/stdin" > "$T/$1/port" &
	daemon_pids+=($!)
	exec {fd}> "$T/$1/stdin"
	until_true grep -q '^port ' "$T/$1/port" || exit 1
	daemon_port=$(sed -n 's/^port //p' "$T/$1/port")
}

peer_rests() {
	[ "$(find "$T/$1" -name '*.commands' | wc -l)" -eq "$(find "$T/$1" -name '*.end' | wc -l)" ]
}

# daemon_script NAME LINE…: what the peer does from the next connection on, which none is open before
daemon_script() {
	local name=$1
	shift
	until_true peer_rests "$name"
	printf '%s\n' "$@" > "$T/$name/script"
}

# daemon_config: lines on stdin are added
daemon_config() {
	{
		cat <<-END
		hostname = "mail.sender.example"; domain = "sender.example"; log = "stderr"; user = ""; local_delivery = "none";
		spool = "$T/spool"; socket = "$T/socket"; control = "$T/control"; drop_program = "/bin/false";
		libexec = "$PWD/${BUILD:-build}/libexec/signet";
		smarthosts = ( { name = "isp"; host = "127.0.0.1"; port = $isp_port; tls = "none"; },
		               { name = "second"; host = "127.0.0.1"; port = $second_port; tls = "none"; } );
		END
		cat
	} > "$T/conf"
}

daemon_start() {
	"${BUILD:-build}/signetd" -C "$T/conf" 2>> "$T/log" &
	daemon=$!
	until_true "$SIGNET" queue status
}

daemon_stop() {
	kill "$daemon" 2>/dev/null
	wait "$daemon" 2>/dev/null
}

# until_true COMMAND…: as soon as COMMAND is; false after a minute
until_true() {
	local deadline=$((SECONDS + 60))
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $deadline ] || return 1
		sleep 0.05
	done
}

daemon_keep() {
	keep_begin "$1"
	keep "$T" "$T/log" "$T/conf"
	keep_said spool find "$T/spool" -ls
	keep_said queue "$SIGNET" queue list
	keep "$T" "$T"/*/*.commands
	keep_end
}

daemon_end() {
	local status=$? name
	name=$(basename "$0" .sh)${SANITIZE:+-sanitized}
	keep_nothing "$name"
	# Its work may be done all the same, or be tried again: no test would see it.
	if grep -E 'ended by signal (4|6|7|8|11|31) ' "$T/log" >&2; then
		echo '# a role has crashed' >&2
		status=1
	fi
	[ $status -eq 0 ] || daemon_keep "$name"
	daemon_stop
	kill "${daemon_pids[@]}" 2>/dev/null
	rm -rf "$T"
	exit $status
}

# daemon_begin: peers, and the end of them with the script
daemon_begin() {
	trap daemon_end EXIT
	daemon_peer isp
	isp_port=$daemon_port
	daemon_peer second
	second_port=$daemon_port
}

run() {
	out=$("$@" 2>&1 </dev/null)
	status=$?
}

# queued FROM TO…: sets id
queued() {
	local from=$1
	shift
	printf '%s\n' "From: $from" "To: $1" 'Subject: queued' '' 'A body.' | $SENDMAIL -f "$from" "$@" || return 1
	id=$($SIGNET queue list --json | sed -n '$s/.*"queue_id": "\([^"]*\)".*/\1/p')
}

# waits ID…: exactly these, in any order
waiting() {
	$SIGNET queue list --json "$@" | sed -n 's/.*"queue_id": "\([^"]*\)".*/\1/p' | sort | xargs
}

# peer_got NAME: how many messages
peer_got() {
	find "$T/$1" -name '*.data' | wc -l
}
