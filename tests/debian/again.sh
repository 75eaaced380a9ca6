#!/bin/bash
# SPDX-License-Identifier: ISC
# The packages in DEB, built again: in another folder, later, with another umask, locale, time zone, home, host name and
# number of jobs. They are the same, byte for byte.
cd "$(dirname "$0")/../.." || exit 1
. tests/lab/tap.sh
tap_plan 2

DEB=$(realpath "${DEB:-build/deb}")
T=$(mktemp -d) || exit 1
trap 'rm -rf "$T"' EXIT
jobs=$(($(nproc) + 1))

again() (
	umask 077
	mkdir -p "$T/longer/than/the/other" && cd "$T/longer/than/the/other" || exit 1
	tar -C "$OLDPWD" --exclude=./build --exclude=./.git -cf - . | tar --no-same-permissions --no-same-owner -mxf - || exit 1
	mkdir "$T/locales" && localedef -i tr_TR -f UTF-8 "$T/locales/tr_TR.UTF-8" || exit 1
	export LOCPATH=$T/locales LC_ALL=tr_TR.UTF-8 LANG=tr_TR.UTF-8 TZ=Pacific/Kiritimati HOME=$T
	unshare --uts sh -c 'hostname another && exec "$@"' - \
		env NO_FAKE_STAT=1 faketime -f +398d make -s deb CORES=$jobs DEB="$T/deb" BUILD=build
)

ok "they are built again" again
sums() { (cd "$1" && sha256sum ./*.deb); }
is "and are the same" "$(sums "$T/deb")" "$(sums "$DEB")"
[ "$tap_failed" -eq 0 ] || { rm -rf build/again && cp -r "$T/deb" build/again; diag "the others are in build/again: diffoscope says what differs"; }
tap_done
