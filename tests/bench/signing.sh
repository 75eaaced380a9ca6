#!/bin/bash
# SPDX-License-Identifier: ISC
# signing.sh - signatures and verifications a second on one core: ours, OpenSSL
# alone over the same bytes (the floor), libopendkim, dkimpy and Mail::DKIM, in
# turn. Prints medians and their ratio to the floor; judges nothing.
set -eu -o pipefail
cd "$(dirname "$0")/../.."
. tests/bench/step.sh
build=${BUILD:-build}
lab=build/lab
rounds=${BENCH_ROUNDS:-3}
ms=${BENCH_MS:-300}
T=$(mktemp -d)
trap 'rm -rf "$T"' EXIT

for kind in rsa ed25519; do
	said=$("$build/signet" key new --type $kind --domain bench.example --selector $kind --file "$T/$kind.pem" 2>&1 >/dev/null)
	grep -v ' has no RSA key, ' <<<"$said" | grep . >&2 || true      # as is expected of the ed25519 key
	"$build/signet" dns --domain bench.example --selector $kind --key "$T/$kind.pem" >> "$T/records"
done

# message BYTES: text as people write it, two blanks behind some full stops.
message() {
	printf '%s\r\n' 'From: Joe Sixpack <joe@bench.example>' 'To: Suzie Q <suzie@shopping.example.net>' \
		'Subject: Is dinner ready?' 'Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)' \
		'Message-ID: <20030712040037.46341.5F8J@football.example.com>' 'MIME-Version: 1.0' \
		'Content-Type: text/plain; charset=utf-8' ''
	{ yes "$(printf '%s\r\n' 'We lost the game.  Are you hungry yet?  The quick brown fox jumped over' \
		'the lazy dog; nobody was surprised, and the dog least of all.  It slept' \
		'on.' '' "$(printf '\tJoe, who writes this from the road')" '')" || true; } 2>/dev/null | head -c "$1"
	printf '\r\n'
}
message 1600 > "$T/2k.eml"
message 102000 > "$T/100k.eml"
message 10485000 > "$T/10m.eml"

libraries=$(dirname "$(find $lab/root $lab/opendkim-dev -name 'libopendkim.so.11*' 2>/dev/null | head -n 1)")
peers() {
	step 'libopendkim' taskset -c 0 env LD_LIBRARY_PATH="$libraries" "$build/bench/peer_opendkim" "$T" "$ms"
	step 'dkimpy' taskset -c 0 env PYTHONPATH=$lab/oracles/usr/lib/python3/dist-packages /usr/bin/python3 tests/bench/peer_dkimpy.py "$T" "$ms"
	step 'Mail::DKIM' taskset -c 0 env PERL5LIB=$lab/root/usr/share/perl5:"$(echo $lab/root/usr/lib/*/perl5/*)" perl tests/bench/peer_maildkim.pl "$T" "$ms"
}
echo "Signing and verifying on one core, a second, and as a part of the floor; $rounds rounds of $ms ms a case"
echo "To reach: sign rsa 2k 0.9, ed25519 2k 0.6, 10m relaxed 0.5 and simple 0.8; verify rsa 2k 0.5"
for (( i = 0; i < rounds; i++ )); do
	step 'ours and the floor' taskset -c 0 "$build/bench/signing" "$T" "$ms"
	peers || echo "(a peer is missing)" >&2
done | awk '
	{ rates[$2 " " $1] = rates[$2 " " $1] " " $3; if (!($2 in seen)) { seen[$2] = 1; cases[++n] = $2 } who[$1] = 1 }
	function median(text,   v, count, i, j, t) {
		count = split(text, v, " ")
		for (i = 2; i <= count; i++)
			for (j = i; j > 1 && v[j - 1] + 0 > v[j] + 0; j--) { t = v[j]; v[j] = v[j - 1]; v[j - 1] = t }
		return v[int((count + 1) / 2)]
	}
	END {
		printf "%-28s %9s %16s %16s %16s %16s\n", "", "floor", "signet", "opendkim", "dkimpy", "Mail::DKIM"
		split("signet opendkim dkimpy Mail::DKIM", order, " ")
		for (i = 1; i <= n; i++) {
			floor = median(rates[cases[i] " floor"])
			printf "%-28s %9.0f", cases[i], floor
			for (k = 1; k <= 4; k++) {
				key = cases[i] " " order[k]
				if (key in rates) printf " %9.0f (%.2f)", median(rates[key]), median(rates[key]) / floor
				else printf " %16s", "-"
			}
			print ""
		}
	}'
