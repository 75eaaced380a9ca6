#!/bin/bash
# SPDX-License-Identifier: ISC
# A hostile server at every step of SMTP, some hundred cases at once
# (hostile.py has the table): none ends a role, hangs one, or loses or doubles
# a message, but where nobody can know whether it arrived. Programs with
# sanitizers are slow: they get each third case, and all of them with LAB_LONG.
. "$(dirname "$0")/world.sh"
here=$(cd "$(dirname "$0")" && pwd)
LAB_LIMIT_S=${LAB_LIMIT_S:-600}
world_begin "$@"
SCALE=0.01 SESSIONS=60
RETRY_MIN_MS=500
if [ -n "${SANITIZE:-}" ]; then
	SCALE=0.03 SESSIONS=20
	[ -n "${LAB_LONG:-}" ] || export CASES_EVERY=3
fi

export CASES_SCALE=$SCALE

hostile() {
	/usr/bin/python3 "$here/hostile.py" "$@"
}
mkdir hostile $LAB/signet/keys
ip route add local 198.18.0.0/16 dev lo
# Else a whole message is in the kernel's hands before the server says what it thinks of its beginning.
echo '4096 16384 65536' > /proc/sys/net/ipv4/tcp_wmem
hostile make hostile || lab_die "hostile.py cannot make its cases"
tap_plan $(($(wc -l < hostile/cases) + 8))
lab_zone sender.example <<< 'mail A 192.0.2.1'
lab_zone hostile.example < hostile/zone
lab_certificate '*.hostile.example'
lab_certificate other.world.example
for pair in 'wild *.hostile.example' 'other other.world.example'; do
	cp "$LAB/tls/${pair#* }.pem" "hostile/${pair%% *}.crt"
	cp "$LAB/tls/${pair#* }.key" "hostile/${pair%% *}.key"
done
printf 'secret\n' > $LAB/signet/password
chmod 600 $LAB/signet/password
{
	lab_config_base
	cat hostile/conf
	echo "sessions = $SESSIONS; retry_min = \"${RETRY_MIN_MS}ms\"; retry_max = \"2s\"; time_scale = $SCALE; pickups = 4;"
} > $CONF
lab_dns_start
lab_hostile_start hostile 0.0.0.0 25 many
lab_signetd_start

descriptors() {
	local pid
	for pid in $(lab_pids signetd) $(lab_pids queue); do
		find "/proc/$pid/fd" -mindepth 1 -printf '%l\n'
	done | sed 's/\[[0-9]*\]//' | sort | uniq -c
}
no_session() {
	[ -z "$(lab_pids smtp)$(lab_pids bounce)" ]
}
# The same twice, half a second apart: a start holds more for a moment.
settled() {
	before=$(descriptors)
	sleep 0.5
	[ "$(descriptors)" = "$before" ]
}
lab_need 60 settled

# submit NUMBER SIZE RECIPIENT…
submit() {
	local number=$1 size=$2
	shift 2
	{
		world_message owner@back.hostile.example "$1" "case $number" ''
		head -c "$size" /dev/zero | tr '\0' x | fold -w 76
	} | $SENDMAIL -i -f owner@back.hostile.example "$@"
}
submit_each() {
	local line
	while read -r line; do
		# shellcheck disable=SC2086
		submit $line || echo "$line"
	done
}
split -n r/4 hostile/cases hostile/cases.
for part in hostile/cases.??; do
	submit_each < "$part" > "$part.refused" &
	submitters+=($!)
done
wait "${submitters[@]}"
is "all $(wc -l < hostile/cases) were taken" "$(cat hostile/cases.??.refused)" ""

# What no connection can mend waits on; its reason is what the judge looks for.
only_those_that_never_go() {
	[ "$(queue_count)" -le "$(cat hostile/never)" ]
}
ok "all that can be settled is" lab_until 180 only_those_that_never_go
lab_until 60 no_session
while read -r verdict; do
	case $verdict in
	"ok "*) tap_say 0 "${verdict#ok }" ;;
	*)      tap_say 1 "${verdict#not ok }" ;;
	esac
done < <(hostile judge hostile $LAB/log/signetd $SCALE $RETRY_MIN_MS)

# Else a session is there for it again and again.
nothing_waits() {
	$SIGNET queue delete all > /dev/null
	lab_queue_is_empty
}
ok "what never goes is deleted" lab_until 60 nothing_waits
as_before() {
	[ "$(descriptors)" = "$before" ]
}
ok "descriptors of signetd and queue: as before" lab_until 60 as_before || diag "before:" "$before" "now:" "$(descriptors)"
is "no role crashed" "$(grep -cE 'ended by signal|ended with exit code' $LAB/log/signetd)" 0
ok "signetd lives" kill -0 "$LAB_SIGNETD_PID"
world_done
