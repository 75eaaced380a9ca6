#!/bin/bash
# SPDX-License-Identifier: ISC
# delivery.sh - from the queue to the next hop, beside Debian's Postfix in one
# run: draining, signing on the way, many domains, large messages; with CPU and
# memory over all processes. Prints; judges nothing.
#
# The next hop is smtp-sink, which takes messages and forgets them; the floor
# is smtp-source speaking to it with nothing stored. Spools lie on the same
# disk, under build/. CPU is that of the mail system alone: all its processes,
# without those that submit and receive.
#
#   delivery.sh [SECTION…]    floor idle one drain signed domains sites slow refused large; all of them
#   BENCH_PEERS=no            ours alone
#   BENCH_STEP_S=300          how long a step may take before all ends
set -u
. "$(dirname "$0")/../lab/lab.sh"
. "$(dirname "$0")/step.sh"
LAB_LIMIT_S=${LAB_LIMIT_S:-1500}
lab_enter "$@"

DRAIN=${BENCH_DRAIN:-10000}
SIGNED=${BENCH_SIGNED:-5000}
LARGE=${BENCH_LARGE:-200}
SITES=1000
REFUSED=2000
PEERS=${BENCH_PEERS:-yes}
SINK=192.0.2.20
BENCH=$LAB/build/bench
spool=$LAB_SOURCE/build/bench-spool
rm -rf "$spool"
mkdir -p "$spool"/{signet,postfix}
trap 'lab_leave; rm -rf "$spool"' EXIT

lab_zone sender.example <<'END'
@ MX 10 mail
mail A 192.0.2.1
END
{
	printf '%s\n' 'sink A 192.0.2.20' '*.many MX 10 sink' 'told MX 10 sink' 'refused MX 10 refuser' 'refuser A 192.0.2.21'
	for ((n = 0; n < SITES; n++)); do
		printf '%s\n' "d$n.sites MX 10 mx$n" "mx$n A 192.0.2.20"
	done
} | lab_zone world.example
lab_dns_start

message() {
	{
		printf '%s\n' 'From: you@sender.example' 'To: x@world.example' 'Subject: bench' \
			'Date: Thu, 26 Nov 2026 12:00:00 +0000' 'Message-ID: <bench@sender.example>' ''
		head -c "$1" /dev/zero | tr '\0' x | fold -w 70
	} | head -c "$1"
}
message 2048 > small
message 1048576 > large

now_ms() {
	echo $(($(date +%s%N) / 1000000))
}

# ---- what receives -------------------------------------------------------------

sink_options=
sink_start() {
	# shellcheck disable=SC2086
	timeout -k 5 "$STEP_S" smtp-sink $sink_options -u nobody -m 400 -M "$1" $SINK:25 1000 >>$LAB/log/sink 2>&1 &
	sink=$!
	lab_need 60 lab_answers $SINK 25
}

# Until the sink has all of them and ends: sink_ends NAME
sink_ends() {
	wait "$sink" 2>/dev/null
	step_ended "$1: what the sink is to get" $?
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
sessions='sessions = 20; sessions_per_site = 20;'
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
	step "feeding $2 to signet" $BENCH/feed /run/signet/socket "$from" "$1" "$2" "${4:-20}" "$3" || lab_die 'feeding failed'
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

signet_end_to_end() {
	local name=$1 count=$2
	shift 2
	signet_start "$@"
	sink_start "$count"
	local cpu begun others
	cpu=$(cpu_ms "$LAB_SIGNETD_PID")
	others=$(others_ms)
	begun=$(now_ms)
	feed x@world.example "$count" small
	sink_ends "$name"
	note "$name" "$count" "$begun" $(($(cpu_ms "$LAB_SIGNETD_PID") - cpu))
	OTHERS[$name]=$(awk -v n="$count" -v ms=$(($(others_ms) - others)) 'BEGIN { printf "%.3f", ms / n }')
	lab_signetd_stop
}

# ---- Postfix ---------------------------------------------------------------------

mkdir -p $LAB/postfix
mount --bind "$spool/postfix" $LAB/postfix
tuned=('default_destination_concurrency_limit = 20' 'initial_destination_concurrency = 20'
	"smtp_connection_cache_destinations = [$SINK]" 'qmgr_message_active_limit = 20000')

# postfix_start SETTING…: a queue of its own, relaying to the sink.
postfix_start() {
	find $LAB/postfix -mindepth 1 -delete
	lab_postfix_start postfix 192.0.2.10 25 mail.sender.example 'smtpd_relay_restrictions = permit_mynetworks, reject' \
		'mynetworks = 127.0.0.0/8 192.0.2.0/24' 'smtpd_client_connection_count_limit = 0' 'smtp_tls_security_level = none' \
		'smtp_bind_address = 192.0.2.1' 'smtpd_tls_security_level = none' 'in_flow_delay = 0' "$@"
}

# No more sessions than there are messages.
postfix_feed() {
	step "feeding $1 to Postfix" smtp-source -s $(($1 < 20 ? $1 : 20)) -m "$1" -l "$2" -f "$from" -t "$3" 192.0.2.10:25 || lab_die 'smtp-source failed'
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

# postfix_end_to_end NAME COUNT OTHER_PID SETTING…: the CPU of OTHER_PID counts.
postfix_end_to_end() {
	[ "$PEERS" = yes ] || return 0
	local name=$1 count=$2 other=$3 cpu begun
	shift 3
	postfix_start "$@"
	sink_start "$count"
	cpu=$(($(cpu_ms "$LAB_PID_postfix") + ${other:+$(cpu_ms "$other")} + 0))
	begun=$(now_ms)
	postfix_feed "$count" 2048 x@world.example
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

# ---- the runs ----------------------------------------------------------------------

route="routes = ( { to = [ \"*\" ]; via = [ \"sink\" ]; } );
smarthosts = ( { name = \"sink\"; host = \"$SINK\"; port = 25; tls = \"none\"; sessions = 20; } );"
many='routes = ( { to = [ "*" ]; via = [ "mx" ]; } ); mx_tls = "none";'
key='dkim = ( { domain = "sender.example"; selector = "bench"; file = "/etc/signet/bench.pem"; } );'
relay="relayhost = [$SINK]:25"

floor() {
	echo "The sink alone (smtp-source, nothing stored)"
	sink_start $((2 * DRAIN))
	local begun
	begun=$(now_ms)
	step 'smtp-source at the sink' smtp-source -d -s 10 -m "$DRAIN" -l 2048 -f you@sender.example -t x@world.example $SINK:25
	note 'smtp-source' "$DRAIN" "$begun" 0
	kill "$sink"
	sink_ends 'smtp-source'
}

idle() {
	signet_start "$route"
	sleep 2
	echo "Idle: $(pss_kib "$LAB_SIGNETD_PID") KiB of memory (PSS) over all roles; to reach: 6144"
	lab_signetd_stop
}

# From the beginning of sendmail to the message's last byte at the next hop.
one() {
	echo "One mail on an idle host, median of 30"
	signet_start "$route"
	sleep 2
	echo "  signet: $(/usr/bin/python3 "$LAB_SOURCE"/tests/bench/one_mail.py $SINK 30 $LAB/build/sendmail -i -f you@sender.example x@world.example) ms (to reach: 5)"
	lab_signetd_stop
	[ "$PEERS" = yes ] || return 0
	postfix_start "$relay"
	sleep 2
	echo "  Postfix: $(/usr/bin/python3 "$LAB_SOURCE"/tests/bench/one_mail.py $SINK 30 sendmail -C $LAB/postfix/etc -i -f you@sender.example x@world.example 2>/dev/null) ms"
	lab_postfix_stop postfix
}

drain() {
	echo "Drain of $DRAIN to one smarthost, unsigned"
	signet_drain 'signet' x@world.example "$DRAIN" small "$route"
	echo "  loaded: $loaded_pss KiB (PSS) over all roles with $DRAIN queued"
	postfix_drain 'Postfix' x@world.example "$DRAIN" 2048 "$relay"
	postfix_drain 'Postfix, tuned' x@world.example "$DRAIN" 2048 "$relay" "${tuned[@]}"
	echo "  to tuned Postfix: $(ratio 'signet' 'Postfix, tuned') (to reach: 3); CPU to reach: 0.5 ms"
}

# What the cores allow when a signature costs what OpenSSL takes for it alone; and when what submits and receives on the
# same cores counts too.
of_allowed() {
	local sign_ms
	sign_ms=$(openssl speed -seconds 2 rsa2048 2>/dev/null | awk '$1 == "rsa" { sub("s", "", $4); printf "%.4f", $4 * 1000 }')
	allowed() {
		awk -v c="$(nproc)" -v s="$sign_ms" -v u="${CPU['signet, unsigned']}" -v o="$1" 'BEGIN { printf "%.0f", c * 1000 / (s + u + o) }'
	}
	RATE[allowed]=$(allowed 0)
	RATE[shared]=$(allowed "${OTHERS['signet, unsigned']}")
	echo "  OpenSSL signs in $sign_ms ms; with our unsigned CPU the cores allow ${RATE[allowed]}/s:" \
		"$(ratio 'signet, rsa-2048' allowed) of it (to reach: 0.85)"
	echo "  less what submits and receives (${OTHERS['signet, unsigned']} ms a message), they allow ${RATE[shared]}/s:" \
		"$(ratio 'signet, rsa-2048' shared) of it"
}

signed() {
	echo "$SIGNED from the first submission to the last delivery"
	signet_end_to_end 'signet, unsigned' "$SIGNED" "$route"
	postfix_end_to_end 'Postfix, unsigned' "$SIGNED" '' "$relay" "${tuned[@]}"
	signet_end_to_end 'signet, rsa-2048' "$SIGNED" "$route" "$key"
	opendkim_signs
	postfix_end_to_end 'Postfix and OpenDKIM' "$SIGNED" "$opendkim_pid" "$relay" "${tuned[@]}" \
		"smtpd_milters = unix:$LAB/milter/socket/milter"
	kill "$opendkim_pid"
	echo "  to Postfix and OpenDKIM: $(ratio 'signet, rsa-2048' 'Postfix and OpenDKIM') (to reach: 3)"
	of_allowed
}

domains() {
	echo "Drain of $SIGNED to 1,000 domains behind one MX, unsigned"
	signet_drain 'signet, 1000 domains' x@d%.many.world.example "$SIGNED" small "$many"
}

# One for each recipient in turn: postfix_feed_sites COUNT
postfix_feed_sites() {
	step "feeding $1 to Postfix" /usr/bin/python3 - "$1" small <<-'END' || lab_die 'feeding failed'
	import smtplib, sys
	with open(sys.argv[2]) as file:
	    message = file.read()
	with smtplib.SMTP('192.0.2.10') as smtp:
	    for n in range(int(sys.argv[1])):
	        smtp.sendmail('you@sender.example', [f'x@d{n}.sites.world.example'], message)
	END
}

sites() {
	echo "Drain of $SITES, each to a site of its own, unsigned"
	sessions='' signet_drain 'signet, 1000 sites' x@d%.sites.world.example "$SITES" small "$many"
	[ "$PEERS" = yes ] || return 0
	postfix_drain 'Postfix, tuned, 1000 sites' sites "$SITES" 2048 "${tuned[@]}"
	echo "  to tuned Postfix: $(ratio 'signet, 1000 sites' 'Postfix, tuned, 1000 sites') (to reach: 1.1); CPU to reach: 0.8 ms"
}

# What each has open is by its defaults.
slow() {
	echo "Drain of $SITES, each to a site of its own that takes a second for it"
	sink_options='-w 1'
	sessions='' watch=yes signet_drain 'signet, slow sites' x@d%.sites.world.example "$SITES" small "$many"
	postfix_drain 'Postfix, slow sites' sites "$SITES" 2048
	sink_options=
	[ "$PEERS" = yes ] && echo "  to Postfix: $(ratio 'signet, slow sites' 'Postfix, slow sites') (to reach: 2)"
}

# From the first refusal to the last report that its sender has.
refused() {
	echo "$REFUSED refused at RCPT, and the reports of it delivered"
	local from=you@told.world.example refuser
	timeout -k 5 "$STEP_S" smtp-sink -u nobody -m 400 -f RCPT 192.0.2.21:25 1000 >>$LAB/log/sink 2>&1 &
	refuser=$!
	lab_need 60 lab_answers 192.0.2.21 25
	signet_drain 'signet, refused' x@refused.world.example "$REFUSED" small "$many"
	postfix_drain 'Postfix, tuned, refused' x@refused.world.example "$REFUSED" 2048 "${tuned[@]}"
	kill "$refuser"
	[ "$PEERS" = yes ] && echo "  to tuned Postfix: $(ratio 'signet, refused' 'Postfix, tuned, refused'); to reach: 1,000/s"
}

large() {
	echo "Drain of $LARGE messages of 1 MiB, unsigned"
	signet_drain 'signet, 1 MiB' x@world.example "$LARGE" large "$route"
	postfix_drain 'Postfix, tuned, 1 MiB' x@world.example "$LARGE" 1048576 "$relay" "${tuned[@]}"
}

echo "Delivery of 2 KiB, $(nproc) cores, $(uname -r), disk $(stat -f -c %T "$spool")"
[ $# -gt 0 ] || set -- floor idle one drain signed domains sites slow refused large
for section in "$@"; do
	lab_step "$section"
	"$section"
done
exit 0
