# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# systems.sh - what a benchmark of delivery sets up: a sink, signetd and Postfix, each with
# a spool of its own on the same disk, and what they cost. It is sourced within the lab, with
# step.sh, SINK (an address), SESSIONS (at once, of both), BENCH (the folder of the tools), PEERS (yes or no) and spool (a folder).

now_ms() {
	echo $(($(date +%s%N) / 1000000))
}

# ---- what receives -------------------------------------------------------------

# sink_start COUNT: one that ends when it has taken so many. What is to be another than smtp-sink
# as it is sets sink_options, or far: the milliseconds of far_sink.
sink_options= far=
sink_start() {
	# shellcheck disable=SC2086
	if [ -n "$far" ]; then
		timeout -k 5 "$STEP_S" $BENCH/far_sink $SINK 25 $far "$1" >$LAB/log/far_sink 2>&1 &
	else
		timeout -k 5 "$STEP_S" smtp-sink $sink_options -u nobody -m 400 -M "$1" $SINK:25 1000 >>$LAB/log/sink 2>&1 &
	fi
	sink=$!
	lab_need 60 lab_answers $SINK 25
}

# Until the sink has all of them and ends: sink_ends NAME
sink_ends() {
	wait "$sink" 2>/dev/null
	step_ended "$1: what the sink is to get" $?
	[ -z "$far" ] || cat $LAB/log/far_sink
}

# ---- what it costs ---------------------------------------------------------------

# A process and its living descendants.
family() {
	local all=$1 next=$1
	while [ -n "$next" ]; do
		next=$(for pid in $next; do cat /proc/"$pid"/task/*/children 2>/dev/null; done | tr -s ' \n' ' ')
		all="$all $next"
		next=${next% }
	done
	echo "$all"
}

# Milliseconds of CPU of a process, its living descendants, and what it has reaped.
cpu_ms() {
	for pid in $(family "$1"); do
		sed 's/.*) //' /proc/"$pid"/stat 2>/dev/null
	done | awk -v hz="$(getconf CLK_TCK)" '{ n += $12 + $13 + $14 + $15 } END { printf "%d", n * 1000 / hz }'
}

# KiB of memory of a process and its descendants, shared pages shared out.
pss_kib() {
	for pid in $(family "$1"); do
		grep -h '^Pss:' /proc/"$pid"/smaps_rollup 2>/dev/null
	done | awk '{ n += $2 } END { print n + 0 }'
}

# How often a process and its descendants have waited for something: each time something has woken one.
wakings() {
	for pid in $(family "$1"); do
		grep -h '^voluntary_ctxt_switches:' /proc/"$pid"/task/*/status 2>/dev/null
	done | awk '{ n += $2 } END { print n + 0 }'
}

# What this script's own children cost until they were waited for: they submit and receive.
others_ms() {
	sed 's/.*) //' /proc/$$/stat | awk -v hz="$(getconf CLK_TCK)" '{ printf "%d", ($14 + $15) * 1000 / hz }'
}

declare -A RATE CPU OTHERS
# note NAME COUNT BEGUN_MS CPU_MS
note() {
	local took=$(($(now_ms) - $3))
	RATE[$1]=$(awk -v n="$2" -v ms="$took" 'BEGIN { printf "%.0f", n * 1000 / ms }')
	CPU[$1]=$(awk -v n="$2" -v ms="$4" 'BEGIN { printf "%.3f", ms / n }')
	printf '  %-28s %7s/s %9s ms of CPU a message\n' "$1" "${RATE[$1]}" "${CPU[$1]}"
}

# ratio NAME NAME
ratio() {
	awk -v a="${RATE[$1]:-0}" -v b="${RATE[$2]:-0}" 'BEGIN { printf "%.2f", b ? a / b : 0 }'
}

# ---- ours ------------------------------------------------------------------------

mkdir -p /var/spool/signet
mount --bind "$spool/signet" /var/spool/signet
$LAB/build/signet key new --type rsa --domain sender.example --selector bench --file /etc/signet/bench.pem >/dev/null ||
	lab_die 'no key'

# signet_start LINE…: a spool of its own.
sessions="sessions = $SESSIONS; sessions_per_site = $SESSIONS;"
signet_start() {
	find /var/spool/signet -mindepth 1 -delete
	{
		lab_config_base
		printf '%s\n' "$sessions" 'connections_per_user = 200;' "$@"
	} > /etc/signet/signet.conf
	lab_signetd_start
}

from=you@sender.example
feed() {
	step "feeding $2 to signet" $BENCH/feed /run/signet/socket "$from" "$1" "$2" 20 "$3" || lab_die 'feeding failed'
}

# What the sessions that are open at the moment hold, shared pages shared out.
watch=
session_memory() {
	sleep 1
	local pid words at=()
	for pid in $(cat /proc/"$LAB_SIGNETD_PID"/task/*/children); do
		read -r -d '' words < /proc/"$pid"/cmdline
		case ${words##*/} in smtp|esmtp) grep -q template /proc/"$pid"/cmdline || at+=(/proc/"$pid"/smaps_rollup) ;; esac
	done 2>/dev/null
	awk '/^Pss:/ { kib += $2; n++ } END { printf "  %d processes of sessions, %.0f KiB (PSS) a session (to reach: 512)\n", n, n ? 2 * kib / n : 0 }' \
		"${at[@]}" 2>/dev/null
}

signet_drain() {
	local name=$1 recipient=$2 count=$3 file=$4
	shift 4
	signet_start "$@"
	feed "$recipient" "$count" "$file"
	loaded_pss=$(pss_kib "$LAB_SIGNETD_PID")
	sink_start "$count"
	local cpu begun
	cpu=$(cpu_ms "$LAB_SIGNETD_PID")
	begun=$(now_ms)
	step "$name: signet queue flush" $LAB/build/signet queue flush --now >/dev/null
	[ -z "$watch" ] || session_memory
	sink_ends "$name"
	note "$name" "$count" "$begun" $(($(cpu_ms "$LAB_SIGNETD_PID") - cpu))
	lab_signetd_stop
}

# signet_measure NAME COUNT FILE: from the first submission to the last delivery, by the signetd that runs
signet_measure() {
	local name=$1 count=$2 file=$3
	sink_start "$count"
	local cpu begun others
	cpu=$(cpu_ms "$LAB_SIGNETD_PID")
	others=$(others_ms)
	begun=$(now_ms)
	feed x@world.example "$count" "$file"
	sink_ends "$name"
	note "$name" "$count" "$begun" $(($(cpu_ms "$LAB_SIGNETD_PID") - cpu))
	OTHERS[$name]=$(awk -v n="$count" -v ms=$(($(others_ms) - others)) 'BEGIN { printf "%.3f", ms / n }')
}

# signet_end_to_end NAME COUNT FILE LINE…
signet_end_to_end() {
	signet_start "${@:4}"
	signet_measure "$1" "$2" "$3"
	lab_signetd_stop
}

# ---- Postfix ---------------------------------------------------------------------

mkdir -p $LAB/postfix
mount --bind "$spool/postfix" $LAB/postfix
tuned=("default_destination_concurrency_limit = $SESSIONS" "initial_destination_concurrency = $SESSIONS"
	"smtp_connection_cache_destinations = [$SINK]" 'qmgr_message_active_limit = 20000')

# postfix_start SETTING…: a queue of its own, relaying to the sink.
postfix_start() {
	find $LAB/postfix -mindepth 1 -delete
	lab_postfix_start postfix 192.0.2.10 25 mail.sender.example 'smtpd_relay_restrictions = permit_mynetworks, reject' \
		'mynetworks = 127.0.0.0/8 192.0.2.0/24' 'smtpd_client_connection_count_limit = 0' 'smtp_tls_security_level = none' \
		'smtp_bind_address = 192.0.2.1' 'smtpd_tls_security_level = none' 'in_flow_delay = 0' "$@"
}

# postfix_feed COUNT BYTES RECIPIENT: "%" in it stands for the message's number; no more sessions than there are messages
postfix_feed() {
	local numbered=
	[ "$3" = "${3/\%/}" ] || numbered=-N
	step "feeding $1 to Postfix" smtp-source -s $(($1 < 20 ? $1 : 20)) -m "$1" -l "$2" -f "$from" $numbered -t "${3/\%/}" 192.0.2.10:25 || lab_die 'smtp-source failed'
}

# Nothing moves while its queue manager stands still: postfix_drain NAME RECIPIENT COUNT BYTES SETTING…
postfix_drain() {
	[ "$PEERS" = yes ] || return 0
	local name=$1 recipient=$2 count=$3 bytes=$4 qmgr cpu begun
	shift 4
	postfix_start "$@"
	postfix_feed 1 100 x@held.invalid
	qmgr=$(pgrep -P "$LAB_PID_postfix" -x qmgr) || lab_die 'no qmgr'
	kill -STOP "$qmgr"
	if [ "$recipient" = sites ]; then
		postfix_feed_sites "$count"
	else
		postfix_feed "$count" "$bytes" "$recipient"
	fi
	sink_start "$count"
	cpu=$(cpu_ms "$LAB_PID_postfix")
	begun=$(now_ms)
	kill -CONT "$qmgr"
	sink_ends "$name"
	note "$name" "$count" "$begun" $(($(cpu_ms "$LAB_PID_postfix") - cpu))
	lab_postfix_stop postfix
}

# postfix_end_to_end NAME COUNT BYTES OTHER_PID SETTING…: the CPU of OTHER_PID counts.
postfix_end_to_end() {
	[ "$PEERS" = yes ] || return 0
	local name=$1 count=$2 bytes=$3 other=$4 cpu begun
	shift 4
	postfix_start "$@"
	sink_start "$count"
	cpu=$(($(cpu_ms "$LAB_PID_postfix") + ${other:+$(cpu_ms "$other")} + 0))
	begun=$(now_ms)
	postfix_feed "$count" "$bytes" x@world.example
	sink_ends "$name"
	note "$name" "$count" "$begun" $(($(cpu_ms "$LAB_PID_postfix") + ${other:+$(cpu_ms "$other")} - cpu))
	lab_postfix_stop postfix
}

opendkim_signs() {
	local at=$LAB/milter
	mkdir -p $at/key $at/socket
	chown opendkim: $at/key $at/socket
	install -o opendkim -m 600 /etc/signet/bench.pem $at/key/bench.private
	cat > $at/opendkim.conf <<-END
	Mode s
	Domain sender.example
	Selector bench
	KeyFile $at/key/bench.private
	Socket local:$at/socket/milter
	UMask 000
	Syslog no
	Background no
	UserID opendkim
	InternalHosts 0.0.0.0/0
	Canonicalization relaxed/relaxed
	END
	opendkim -f -x $at/opendkim.conf >>$LAB/log/opendkim 2>&1 &
	opendkim_pid=$!
	lab_need 60 test -S $at/socket/milter
}
