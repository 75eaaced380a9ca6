#!/bin/sh
# SPDX-License-Identifier: ISC
# apkbuild.sh FOLDER OUT - builds by FOLDER/APKBUILD as Alpine's abuild does, as far as what "make apk" lays out needs: sums, build(),
# package() and the subpackages in their order. Each package's files come to OUT/NAME; OUT/chgrp has the groups that were given,
# which are given here only where there is such a group.
set -eu
startdir=$(realpath "$1")
mkdir -p "$2"
out=$(realpath "$2")
srcdir=$out/src

amove() {
	for path in "$@"; do
		mkdir -p "$subpkgdir/$(dirname "$path")"
		mv "$pkgdir/$path" "$subpkgdir/$path"
		rmdir -p --ignore-fail-on-non-empty "$pkgdir/$(dirname "$path")"
	done
}
doc() { amove usr/share/man; }
openrc() { amove etc/init.d; }
chgrp() {
	echo "$*" >> "$out/chgrp"
	! getent group "$1" >/dev/null || command chgrp "$@"
}
die() {
	echo "apkbuild: $*" >&2
	exit 1
}

. "$startdir/APKBUILD"
for file in $source; do
	[ -e "$startdir/$file" ] || die "source names $file, which is not in $startdir"
done
[ "$(echo "$sha512sums" | grep -c .)" -eq "$(echo "$source" | grep -c '[a-z]')" ] || die "sha512sums has not a sum for each source"
(cd "$startdir" && echo "$sha512sums" | grep . | sha512sum --quiet -c -)
for script in $install; do
	[ -e "$startdir/$script" ] || die "install names $script, which is not in $startdir"
done

mkdir -p "$srcdir"
for file in $source; do
	case $file in
	*.tar.gz) tar -C "$srcdir" -xzf "$startdir/$file" ;;
	*)        cp "$startdir/$file" "$srcdir" ;;
	esac
done
pkgdir=$out/$pkgname
mkdir -p "$pkgdir"
cd "$builddir"
build
package
for subpackage in $subpackages; do
	IFS=: read -r subpkgname function _ <<-END
	$subpackage
	END
	subpkgdir=$out/$subpkgname
	mkdir -p "$subpkgdir"
	("${function:-${subpkgname#"$pkgname"-}}")
done
