#!/bin/bash
# SPDX-License-Identifier: ISC
# make install beside dpkg: it overwrites no file of a package, with DIVERT=1 both keep their own, and make uninstall gives
# back. By dpkg itself, with a database and a system of their own below a temporary folder.
cd "$(dirname "$0")/../.." || exit 1
[ "$(id -u)" -eq 0 ] || [ -n "${IS_ROOT:-}" ] || IS_ROOT=1 exec unshare --map-root-user bash "$0" "$@"
. tests/lab/tap.sh
tap_plan 25
unset MAKEFLAGS MAKELEVEL
export LC_ALL=C

T=$(mktemp -d) || exit 1
trap 'rm -rf "$T"' EXIT
export DPKG_ADMINDIR=$T/dpkg
mkdir -p "$T"/dpkg/{info,updates,triggers} "$T/system"
touch "$T"/dpkg/{status,available}
usr=$T/system/usr

# package NAME PATH…: builds one whose files say its name
package() {
	local name=$1 path
	shift
	for path; do
		mkdir -p "$T/$name$(dirname "$path")"
		echo "$name" > "$T/$name$path"
	done
	mkdir -p "$T/$name/DEBIAN"
	printf '%s\n' "Package: $name" 'Version: 1' 'Architecture: all' 'Maintainer: A <a@sender.example>' "Description: $name" \
		'Provides: mail-transport-agent' > "$T/$name/DEBIAN/control"
	dpkg-deb --root-owner-group --build "$T/$name" "$T/$name.deb" >/dev/null
}
dpkg_() { dpkg --force-not-root --force-script-chrootless --admindir="$DPKG_ADMINDIR" --log="$T/log" "$@"; }
# What is built, as if everything were up to date: another PREFIX would have it compiled again.
make_() { make -s -o all "$@" BUILD="${BUILD:-build}" PREFIX="$usr" SYSCONFDIR="$T/system/etc"; }
is_ours() { cmp -s "${BUILD:-build}/sendmail" "$usr/sbin/sendmail"; }
is_theirs() { [ "$(cat "$usr/sbin/sendmail" "$usr/bin/mailq" "$usr/lib/sendmail" | sort -u)" = other ]; }

package other "$usr/sbin/sendmail" "$usr/bin/mailq" "$usr/lib/sendmail"
ok "another server is installed" dpkg_ -i "$T/other.deb"
said=$(make_ install 2>&1)
is "make install refuses" $? 2
like "names the files and their package" "$said" "$usr/sbin/sendmail\(other\) $usr/lib/sendmail\(other\) $usr/bin/mailq\(other\)\. Nothing was installed"
for way in 'make deb ' 'make install DIVERT=1 ' 'make stub-mta'; do
	like "and a way: $way" "$said" "$way"
done
is "nothing was installed" "$(find "$T/system" ! -type d | wc -l)" 3

said=$(make_ install DIVERT=1 2>&1)
is "make install DIVERT=1" $? 0
unlike "has nothing to warn of" "$said" 'apt does not know'
ok "sendmail is ours" is_ours
is "theirs is kept" "$(cat "$usr/sbin/sendmail.other-mta" "$usr/bin/mailq.other-mta" "$usr/lib/sendmail.other-mta" | sort -u)" other
ok "a second time" make_ install DIVERT=1
ok "their package goes" dpkg_ -r other
ok "sendmail is still ours" is_ours
ok "it comes back" dpkg_ -i "$T/other.deb"
ok "sendmail is still ours" is_ours
ok "as is mailq, of which it had none when we came" test "$(readlink "$usr/bin/newaliases")" = ../sbin/sendmail
ok "make uninstall" make_ uninstall
ok "gives its names back" is_theirs
is "and leaves no diversion" "$(dpkg-divert --list '*other-mta')" ""
dpkg_ -r other >/dev/null 2>&1
ok "with no other server, make install" make_ install
like "says that apt may bring one" "$(make_ install 2>&1)" 'apt does not know of this mail server.*make stub-mta.*DIVERT=1'
ok "sendmail is ours" is_ours
make_ uninstall >/dev/null 2>&1

package signet "$usr/sbin/signetd"
dpkg_ -i "$T/signet.deb" >/dev/null 2>&1
said=$(make_ install 2>&1)
is "over our own package it refuses" $? 2
like "and says so" "$said" "installed as a package here: $usr/sbin/signetd; remove that first"
tap_done
