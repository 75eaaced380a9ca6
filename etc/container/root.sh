#!/bin/sh
# SPDX-License-Identifier: ISC
# root.sh BUILD ROOT - lays out in ROOT what a container needs for queue = "none", from the programs of a build ("make
# container-root" calls it). There is no shell and no other library in it:
#
#   /usr/sbin/sendmail         static; mailq, newaliases, rmail and /usr/lib/sendmail lead to it
#   /usr/libexec/signet        once, smtp and esmtp, with all that they are linked with, libc and its loader included, so
#                              that this folder works in any image
#   /etc/signet/signet.conf    asks the environment
#   /etc/ssl/certs             the root certificates of the web
set -eu
build=$1 root=$2
here=$(cd "$(dirname "$0")" && pwd)
libexec=$root/usr/libexec/signet

mkdir -p "$root/usr/sbin" "$root/usr/bin" "$root/usr/lib" "$libexec/lib" "$root/etc/signet" "$root/etc/ssl/certs" \
	"$root/dev" "$root/proc" "$root/run/signet" "$root/tmp"
chmod 1777 "$root/tmp"
: > "$root/etc/resolv.conf"
: > "$root/etc/hosts"

if ldd "$build/sendmail" 2> /dev/null | grep -q '=>'; then
	echo "root.sh: $build/sendmail is not static: install the static libconfig (libconfig-dev has it), and build it again" >&2
	exit 1
fi
install -m 755 "$build/sendmail" "$root/usr/sbin/sendmail"
for name in mailq newaliases; do
	ln -sf ../sbin/sendmail "$root/usr/bin/$name"
done
ln -sf sendmail "$root/usr/sbin/rmail"
ln -sf ../sbin/sendmail "$root/usr/lib/sendmail"

# Each is linked twice, with the same libraries: here is where they lie.
for role in once smtp esmtp; do
	install -m 755 "$build/container/$role" "$libexec/$role"
	ldd "$build/libexec/signet/$role" | awk '$2 == "=>" && $3 ~ /^\// { print $3 } $1 ~ /^\// { print $1 }' | while read -r library; do
		case $library in
		*/ld-linux*) install -m 755 "$library" "$libexec/lib/ld.so" ;;
		*) install -m 644 "$library" "$libexec/lib/$(basename "$library")" ;;
		esac
	done
done

install -m 644 "$here/signet.conf" "$root/etc/signet/signet.conf"
if [ ! -e /etc/ssl/certs/ca-certificates.crt ]; then
	echo "root.sh: there are no root certificates in /etc/ssl/certs: apt-get install ca-certificates" >&2
	exit 1
fi
cp -L /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/*.[0-9] "$root/etc/ssl/certs/"
