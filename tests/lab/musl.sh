#!/bin/sh
# SPDX-License-Identifier: ISC
# musl.sh BUILD - sendmail and signet-drop as BUILD/sendmail and BUILD/signet-drop, static, with musl in the place of glibc.
#
# Debian has musl but no library for it: libconfig is compiled from Debian's source, which apt fetches into
# build/lab/musl by lists of its own. Other headers of the system (curl's, idn2's) are read and not linked.
set -eu

cd "$(dirname "$0")/../.."
build=$1
at=$PWD/build/lab/musl
system=$(gcc -print-multiarch)

fetch() {
	rm -rf "$at" && mkdir -p "$at/lists/partial" "$at/cache/archives/partial"
	apt-get indextargets --format '$(REPO_URI) $(CODENAME) $(COMPONENT) $(ORIGIN) $(SIGNED_BY)' 'Identifier: Packages' |
		awk '$3 == "main" && $4 == "Debian" { print "deb-src" ($5 ~ /^\// ? " [signed-by=" $5 "]" : ""), $1, $2, $3; exit }' > "$at/sources.list"
	(
		cd "$at"
		set -- -q -o Dir::Etc::SourceList="$at/sources.list" -o Dir::Etc::SourceParts=/dev/null -o Dir::State::Lists="$at/lists" \
			-o Dir::Cache="$at/cache" -o APT::Sandbox::User=root
		apt-get "$@" update && apt-get "$@" source libconfig
	) > "$at.log" 2>&1 || { tail -n 5 "$at.log" >&2; echo "musl: apt could not fetch libconfig's source; all it said is in $at.log" >&2; exit 1; }
	rm -rf "$at/lists" "$at/cache"
}

compile_libconfig() {
	cd "$at"/libconfig-*/lib
	for part in grammar scanner scanctx strbuf strvec util libconfig; do
		[ -e $part.c ] || continue
		musl-gcc -O2 -fPIC -w -D_GNU_SOURCE -DPACKAGE='"libconfig"' -DHAVE_USELOCALE -DHAVE_NEWLOCALE -DHAVE_FREELOCALE -c $part.c -o $part.o
	done
	mkdir -p "$at/include" "$at/lib"
	cp libconfig.h "$at/include"
	ar rcs "$at/lib/libconfig.a" ./*.o
}

[ -e "$at/lib/libconfig.a" ] || { fetch; (compile_libconfig); }
make -s BUILD="$build" CC=musl-gcc WARNINGS='-Wall -Wextra' HARDEN_LD='-static -no-pie' LDFLAGS="-L$at/lib" \
	HARDEN='-fstack-protector-strong -fPIE' \
	CFLAGS="-O2 -g -isystem $at/include -idirafter /usr/include -idirafter /usr/include/$system" "$build/sendmail" "$build/signet-drop"
