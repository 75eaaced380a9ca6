#!/bin/bash
# SPDX-License-Identifier: ISC
# delivery.sh - from the queue to the next hop, beside Debian's Postfix in one
# run: draining, signing on the way, many domains, large messages, receivers that are
# far away or dead; with CPU and memory over all processes. Prints; judges nothing.
#
# The next hop is smtp-sink, which takes messages and forgets them; the floor
# is smtp-source speaking to it with nothing stored. Spools lie on the same
# disk, under build/. CPU is that of the mail system alone: all its processes,
# without those that submit and receive.
#
#   delivery.sh [SECTION…]    floor idle one drain signed hundred domains sites slow far refused large waiting; all of them
#   BENCH_PEERS=no            ours alone
#   BENCH_STEP_S=300          how long a step may take before all ends
set -u
. "$(dirname "$0")/../lab/lab.sh"
. "$(dirname "$0")/step.sh"
LAB_LIMIT_S=${LAB_LIMIT_S:-2400}
lab_enter "$@"

DRAIN=${BENCH_DRAIN:-10000}
SIGNED=${BENCH_SIGNED:-5000}
LARGE=${BENCH_LARGE:-200}
HUNDRED=${BENCH_HUNDRED:-2000}
FAR=${BENCH_FAR:-10000}
WAITING=${BENCH_WAITING:-100000}
IDLE_S=${BENCH_IDLE_S:-160}
SESSIONS=20
SITES=${BENCH_SITES:-1000}
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
	printf '%s\n' 'sink A 192.0.2.20' '*.many MX 10 sink' 'told MX 10 sink' 'refused MX 10 refuser' 'refuser A 192.0.2.21' \
		'dead MX 10 gone' 'gone A 192.0.2.30'
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
message 102400 > hundred
message 1048576 > large

. "$LAB_SOURCE"/tests/bench/systems.sh

# ---- the runs ----------------------------------------------------------------------

route="routes = ( { to = [ \"*\" ]; via = [ \"sink\" ]; } );
smarthosts = ( { name = \"sink\"; host = \"$SINK\"; port = 25; tls = \"none\"; sessions = $SESSIONS; } );"
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
	local before
	before=$(wakings "$LAB_SIGNETD_PID")
	sleep "$IDLE_S"
	awk -v n=$(($(wakings "$LAB_SIGNETD_PID") - before)) -v s="$IDLE_S" \
		'BEGIN { printf "  woken %.1f times a minute, in %d s; to reach: 6\n", n * 60 / s, s }'
	lab_signetd_stop
}

# From the beginning of sendmail to the message's last byte at the next hop, median of 30: one_mail SENDMAIL ARGUMENT…
one_mail() {
	/usr/bin/python3 "$LAB_SOURCE"/tests/bench/one_mail.py $SINK 30 "$@" -i -f you@sender.example x@world.example
}

one() {
	echo "One mail on an idle host, median of 30"
	signet_start "$route"
	sleep 2
	echo "  signet: $(one_mail $LAB/build/sendmail) ms (to reach: 5)"
	lab_signetd_stop
	[ "$PEERS" = yes ] || return 0
	postfix_start "$relay"
	sleep 2
	echo "  Postfix: $(one_mail sendmail -C $LAB/postfix/etc 2>/dev/null) ms"
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
	signet_end_to_end 'signet, unsigned' "$SIGNED" small "$route"
	postfix_end_to_end 'Postfix, unsigned' "$SIGNED" 2048 '' "$relay" "${tuned[@]}"
	signet_end_to_end 'signet, rsa-2048' "$SIGNED" small "$route" "$key"
	opendkim_signs
	postfix_end_to_end 'Postfix and OpenDKIM' "$SIGNED" 2048 "$opendkim_pid" "$relay" "${tuned[@]}" \
		"smtpd_milters = unix:$LAB/milter/socket/milter"
	kill "$opendkim_pid"
	echo "  to Postfix and OpenDKIM: $(ratio 'signet, rsa-2048' 'Postfix and OpenDKIM') (to reach: 3)"
	of_allowed
}

hundred() {
	echo "$HUNDRED of 100 KiB from the first submission to the last delivery"
	signet_end_to_end 'signet, 100 KiB' "$HUNDRED" hundred "$route"
	postfix_end_to_end 'Postfix, 100 KiB' "$HUNDRED" 102400 '' "$relay" "${tuned[@]}"
	signet_end_to_end 'signet, 100 KiB, rsa-2048' "$HUNDRED" hundred "$route" "$key"
	echo "  CPU to reach: 0.8 ms"
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

# What the sessions allow: a message needs two answers, one where it goes no further, and two more where a report of that goes
# the same way. Both have as many sessions.
FAR_DELAY_MS=30 FAR_STALL_MS=3000
far() {
	echo "$FAR to a receiver $FAR_DELAY_MS ms away, by $SESSIONS sessions; it defers 10 %, refuses 5 %, and takes $((FAR_STALL_MS / 1000)) s for 1 %"
	local far="$FAR_DELAY_MS $FAR_STALL_MS"
	RATE[far allowed]=$(awk -v s=$SESSIONS -v d=$FAR_DELAY_MS -v w=$FAR_STALL_MS \
		'BEGIN { printf "%.0f", 1000 * s / (0.85 * 2 * d + 0.15 * d + 0.05 * 2 * d + 0.01 * w) }')
	signet_drain 'signet, far' x%@world.example "$FAR" small "$route"
	postfix_drain 'Postfix, tuned, far' x%@world.example "$FAR" 2048 "$relay" "${tuned[@]}"
	echo "  sessions and round trips allow ${RATE[far allowed]}/s: $(ratio 'signet, far' 'far allowed') of it (to reach: 0.9)"
	[ "$PEERS" = no ] || echo "  to tuned Postfix: $(ratio 'signet, far' 'Postfix, tuned, far') (to reach: 2)"
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

# What others have to wait for them, by the same signetd.
waiting() {
	echo "Others, while $WAITING wait for a receiver that is dead"
	signet_start "${route/routes = (/routes = ( { to = [ \"dead.world.example\" ]; via = [ \"mx\" ]; \},}"
	echo "  none waiting: $(one_mail $LAB/build/sendmail) ms for one mail"
	signet_measure 'none waiting' "$SIGNED" small
	feed x@dead.world.example "$WAITING" small
	$LAB/build/signet queue status | head -n 3
	echo "  $WAITING waiting: $(one_mail $LAB/build/sendmail) ms for one mail"
	signet_measure "$WAITING waiting" "$SIGNED" small
	lab_signetd_stop
	echo "  rate with them: $(ratio "$WAITING waiting" 'none waiting') of that without (to reach: none beyond noise)"
}

echo "Delivery of 2 KiB, $(nproc) cores, $(uname -r), disk $(stat -f -c %T "$spool")"
[ $# -gt 0 ] || set -- floor idle one drain signed hundred domains sites slow far refused large waiting
for section in "$@"; do
	lab_step "$section"
	"$section"
done
exit 0
