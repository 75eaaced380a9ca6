#!/bin/sh
# SPDX-License-Identifier: ISC
# arrows.sh [TREE] - holds every #include to the arrows between the rooms.
#
#   base/mail → base, base/conf and base/view → base/mail, base,
#   dns → base and its rooms, sign → base/mail, base, sendmail-shim → base and its rooms,
#   trust → dns, sign, base and its rooms, relay/route → dns, base and its rooms,
#   relay → relay/route, dns, sign, base and its rooms,
#   signet/talk → sendmail-shim, base and its rooms, signet/conf → sign, base and its rooms,
#   signet/keys → signet/talk, signet/conf, trust, dns, sign, base and its rooms,
#   signet/way → signet/talk, signet/keys, relay/route, dns, sign, base and its rooms,
#   signet/queue → signet/talk, signet/way, base and its rooms,
#   signet/filter → signet/talk, signet/keys, trust, dns, sign, base and its rooms,
#   signet/trust → sendmail-shim, signet/talk, signet/way, trust, relay/route, dns, sign, base and its rooms,
#   signet/import → sendmail-shim, signet/talk, signet/conf, signet/keys, base and its rooms,
#   signet/status → signet/queue, signet/keys, signet/trust and what these see,
#   signet/setup → signet/trust, signet/import, signet/conf and what the first sees,
#   signet → its rooms, trust, relay/route, dns, sign, base and its rooms.
#
# sign has one door, sign/sign.h. A role (relay/ROLE/) sees its own folder and what lies directly in relay/; once, which does
# alone what several do together, sees pickup, resolver, signer and signetd.
# A test sees what its room sees, and the helpers of those rooms' tests. A fuzz
# target may look at any parser, a benchmark at what it measures. Each library
# that others must be able to replace is included by one file only.
set -eu
cd "${1:-.}"

find base dns sign sendmail-shim relay trust signet tests -name '*.[ch]' -type f 2>/dev/null | sort |
	xargs -r grep -Hn '^[[:space:]]*#[[:space:]]*include' |
	awk '
	function complain(text) { print where ": " text; bad = 1 }

	# The room of a path: its folder; those in base/, relay/ and signet/ are rooms of their own.
	function room_of(path,   part, n) {
		n = split(path, part, "/")
		if (part[1] ~ /^(relay|base|signet)$/ && n > 2) return part[1] "/" part[2]
		return part[1]
	}

	function may(room, path,   target, i, n, list) {
		target = room_of(path)
		if (target == room) return 1
		if (target == "sign" && path != "sign/sign.h") return 0
		if (room ~ /^relay\// && !(room in arrows)) {
			if (target == "relay") return 1
			room = "relay"
		}
		n = split(arrows[room], list, " ")
		for (i = 1; i <= n; i++) if (list[i] == target) return 1
		return 0
	}

	BEGIN {
		words = "base base/mail base/conf base/view"
		arrows["base/mail"] = "base"
		arrows["base/conf"] = arrows["base/view"] = "base base/mail"
		arrows["dns"] = arrows["sendmail-shim"] = words
		arrows["sign"] = "base base/mail"
		arrows["trust"] = "dns sign " words
		arrows["relay/route"] = "dns " words
		arrows["relay"] = "relay/route dns " words
		arrows["relay/signer"] = "relay sign " arrows["relay"]
		arrows["relay/once"] = "relay/pickup relay/resolver relay/signer relay/signetd " arrows["relay/signer"]
		arrows["signet/talk"] = "sendmail-shim " words
		arrows["signet/conf"] = "sign " words
		arrows["signet/keys"] = "signet/talk signet/conf trust dns sign " words
		arrows["signet/way"] = "signet/talk signet/keys relay/route dns sign " words
		arrows["signet/queue"] = "signet/talk signet/way " words
		arrows["signet/filter"] = "signet/talk signet/keys trust dns sign " words
		arrows["signet/trust"] = "sendmail-shim signet/way trust " arrows["signet/way"]
		arrows["signet/import"] = "sendmail-shim signet/talk signet/conf signet/keys " words
		arrows["signet/status"] = "signet/queue signet/keys signet/trust " arrows["signet/trust"]
		arrows["signet/setup"] = "signet/trust signet/import signet/conf " arrows["signet/trust"]
		arrows["signet"] = "signet/way signet/status signet/queue signet/filter signet/conf signet/trust signet/setup signet/import trust " arrows["signet/way"]
		walled = "^(libesmtp|libconfig|sqlite3|cdb|unbound|ldns/[a-z]+|gsasl|idn2|expat|zlib|jansson|curl/[a-z]+)\\.h$"
	}

	{
		split($0, place, ":")
		file = place[1]
		where = file ":" place[2]
		line = $0
		sub(/^[^:]*:[^:]*:/, "", line)
		if (!match(line, /[<"][^>"]*[>"]/)) { complain("an include that names no file"); next }
		quoted = substr(line, RSTART, 1) == "\""
		name = substr(line, RSTART + 1, RLENGTH - 2)
	}

	!quoted {
		if (file !~ /^tests\// && name ~ walled) {
			if (name in door && door[name] != file)
				complain("<" name "> is included by " door[name] " already, its one door")
			door[name] = file
		}
		next
	}

	{
		if (name !~ /\//) { complain("\"" name "\" is not named from the root of the tree"); next }
		if ((getline ignored < name) < 0) { complain("\"" name "\" does not exist"); next }
		close(name)
		room = file
		test = sub(/^tests\//, "", room)
		if (test && (name == "tests/tap.h" || name == "tests/scratch.h" || name == "tests/process.h" || room !~ /\// || room ~ /^(fuzz|bench)\//)) next
		if (test && name ~ /^tests\//) {
			inner = name
			sub(/^tests\//, "", inner)
			if (may(room_of(room), inner)) next
		}
		if (!may(room_of(room), name))
			complain(room_of(file) " must not include \"" name "\": the arrows do not lead there")
	}

	END { exit bad }
	'
