#!/bin/bash
# SPDX-License-Identifier: ISC
# make deb: what is in the packages, what they say of themselves, and that lintian finds nothing; make rpm, make apk and make
# stub-mta. Their life on a booted system is for make check-packages (tests/debian).
cd "$(dirname "$0")/../.." || exit 1
. tests/lab/tap.sh
tap_plan 43
unset MAKEFLAGS MAKELEVEL
export LC_ALL=C

BUILD=${BUILD:-build}
T=$(mktemp -d) || exit 1
trap 'rm -rf "$T"' EXIT
version=$("$BUILD/signetd" --version)
version=${version#signetd }

# Symbols for debuggers are packed by the same rule, and take their time.
deb() { DEB_BUILD_OPTIONS=noautodbgsym make -s deb BUILT=1 BUILD="$BUILD" SANITIZE="${SANITIZE:-}" DEB="$T/$1"; }
files() { dpkg-deb -c "$1" | awk '$1 !~ /^d/ { print $6 }' | grep -v '^\./usr/share/doc/' | sort; }
field() { dpkg-deb -f "$signet" "$1"; }
of_mta() { dpkg-deb -f "$mta" "$1"; }
script() { dpkg-deb -I "$signet" "$1"; }

ok "make deb" deb one
signet=$(echo "$T"/one/signet_*.deb) mta=$(echo "$T"/one/signet-mta_*.deb)
is "the version is that of the programs" "$(field Version) $(of_mta Version)" "$version $version"
is "which stands in one place" "$(git grep -lE "signet \($version\)|VERSION *:?= *$version" -- . ':!tests' 2>/dev/null || echo debian/changelog)" debian/changelog

# Each file that make install puts is in one package.
make -s install BUILD="$BUILD" SANITIZE="${SANITIZE:-}" DESTDIR="$T/all" >/dev/null 2>&1
named() { sed 's,^\.,,; s,^/lib/systemd,/usr/lib/systemd,; s,\.gz$,,; s,^/etc/signet/signet.conf,/usr/share/signet/signet.conf,' | sort; }
{ files "$signet"; files "$mta"; } | named > "$T/packed"
is "no file is in both" "$(uniq -d "$T/packed")" ""
is "every file of make install is packed" \
	"$(cd "$T/all" && find . ! -type d | named | comm -23 - "$T/packed")" ""
is "and besides: the caller's program in its own place, links of the manual, overrides" \
	"$(cd "$T/all" && find . ! -type d | named | comm -13 - "$T/packed" | paste -sd' ')" \
	"/usr/libexec/signet/sendmail /usr/share/lintian/overrides/signet /usr/share/man/man1/hoststat.1 /usr/share/man/man1/mailq.1 /usr/share/man/man1/newaliases.1 /usr/share/man/man1/purgestat.1 /usr/share/man/man8/rmail.8"
unlike "signet has none of the names that other mail servers have" "$(files "$signet")" '/(s?bin|lib)/(sendmail|mailq|newaliases|rmail)$'
dpkg-deb -x "$signet" "$T/root" && dpkg-deb -x "$mta" "$T/root"
for name in sbin/sendmail lib/sendmail bin/mailq bin/newaliases bin/hoststat bin/purgestat sbin/rmail; do
	is "$name is signet's sendmail" "$(readlink -f "$T/root/usr/$name")" "$T/root/usr/libexec/signet/sendmail"
done
ok "which is the one that was built" test "$("$T/root/usr/sbin/sendmail" -V 2>&1)" = "$("$BUILD/sendmail" -V 2>&1)"
is "no file is set-id in the package" "$(find "$T/root" -perm /6000)" ""
is "nobody but root owns anything" "$({ dpkg-deb -c "$signet"; dpkg-deb -c "$mta"; } | awk '$2 != "root/root"')" ""
is "signet conflicts with nothing" "$(field Conflicts)$(field Provides)$(field Replaces)" ""
is "signet-mta provides" "$(of_mta Provides)" "default-mta, mail-transport-agent"
is "conflicts and replaces" "$(of_mta Conflicts), $(of_mta Replaces)" "mail-transport-agent, mail-transport-agent"
is "for any architecture, and rests on signet" "$(of_mta Architecture), $(of_mta Depends)" "all, signet (>= $version)"
like "what is linked into sendmail is named" "$(field Built-Using)" 'libconfig \(= '
is "one conffile: the configuration is made by postinst and the owner's" "$(script conffiles 2>/dev/null)" "/etc/apparmor.d/usr.sbin.signetd"
sh tests/lab/peers.sh apparmor
peer=build/lab/apparmor
compile() {
	"$peer/usr/sbin/apparmor_parser" --skip-kernel-load --skip-cache --config-file /dev/null --base "$peer/etc/apparmor.d" "$@" 2>&1 |
		grep -v '^Cache read/write disabled'
}
is "AppArmor's compiler takes the profile that is packed" "$(compile --names "$T/root/etc/apparmor.d/usr.sbin.signetd" | grep -vx 'signetd\(//[a-z]*\)*')" ""
is "which has one for each role that is packed" "$(compile --names "$T/root/etc/apparmor.d/usr.sbin.signetd" | sed -n 's,^signetd//,,p' | sort)" \
	"$(find "$T/root/usr/libexec/signet" -type f -printf '%f\n' | grep -vxE 'once|sendmail' | sort)"
is "debconf asks for two things" "$(script templates | sed -n 's/^Template: //p' | paste -sd' ')" "signet/root signet/smarthost"
like "postinst starts signetd" "$(script postinst)" "deb-systemd-helper enable 'signetd.service'|deb-systemd-invoke .*signetd.service"
for script in postinst prerm postrm config preinst; do
	script $script > "$T/$script" 2>/dev/null
done
is "its scripts are plain sh" "$(for s in postinst prerm postrm config; do sh -n "$T/$s" 2>&1; done)" ""

if [ -z "${SANITIZE:-}" ]; then
	is "lintian finds nothing, also when pedantic" "$(cd "$T/one" && lintian --allow-root --profile debian --pedantic --fail-on none ./*.changes 2>&1)" ""
else
	skip "lintian finds nothing" "programs with sanitizers are none to ship"
fi

# Again, later, elsewhere: the same bytes.
if [ -n "${LAB_LONG:-}" ]; then
	deb two >/dev/null 2>&1
	is "a second build makes the same packages" "$(cd "$T/two" && sha256sum ./*.deb)" "$(cd "$T/one" && sha256sum ./*.deb)"
else
	skip "a second build makes the same packages" "LAB_LONG=1 (make check-full) makes them again"
fi

# Whom SECURITY tells to report to: its command, of this package as an installed one.
mkdir -p "$T/admin/info" "$T/admin/updates"
{ echo 'Status: install ok installed'; dpkg-deb -f "$signet"; } > "$T/admin/status"
maintainer=$(sed -n 's/^Maintainer: //p' debian/control)
like "the package has a maintainer with an address" "$maintainer" '^[^<]+ <[^ @]+@[^ @]+\.[^ @]+>$'
is "whom the command in SECURITY names" "$(DPKG_ADMINDIR=$T/admin sh -c "$(grep '^    dpkg-query ' SECURITY)" 2>&1)" "$maintainer"

# The RPMs' life is tests/debian/rpm.sh; a file that the spec does not know stops rpmbuild.
if command -v rpmbuild >/dev/null && command -v rpmlint >/dev/null; then
	ok "make rpm, of which rpmlint says nothing" make -s rpm BUILT=1 BUILD="$BUILD" SANITIZE="${SANITIZE:-}" RPM="$T/rpm"
else
	skip "make rpm" "rpm and rpmlint are not here; make check-packages has them"
fi

# The recipe for Alpine: its functions run, with the programs that are built. What they leave is compared with Debian's packages,
# but for what only one of the two systems has (units, init scripts, lintian's file) and where zsh looks.
ok "make apk" make -s apk BUILD="$BUILD"
ok "its scripts are plain sh" sh -c "for s in '$BUILD'/apk/APKBUILD '$BUILD'/apk/signet.*install '$BUILD'/apk/signetd.initd; do sh -n \$s || exit 1; done"
ok "its functions run as abuild runs them" env BUILD="$(realpath "$BUILD")" SANITIZE="${SANITIZE:-}" sh tests/lab/apkbuild.sh "$BUILD/apk" "$T/apk"
apk_files() { (cd "$T/apk/$1" && find . ! -type d -printf '%P\n' | sort); }
is "signet-mta has the names" "$(apk_files signet-mta | paste -sd' ')" \
	"usr/bin/hoststat usr/bin/mailq usr/bin/newaliases usr/bin/purgestat usr/lib/sendmail usr/sbin/rmail usr/sbin/sendmail"
is "one program is set-gid" "$(find "$T/apk" -perm /6000 -printf '%m %f ') $(cut -d' ' -f1 "$T/apk/chgrp")" "2755 signet-drop  signetdrop"
only_debian='^/usr/lib/(systemd|sysusers\.d|tmpfiles\.d)/|^/usr/share/lintian/|/man1/|/rmail\.8$'
for p in signet signet-mta signet-doc signet-openrc signet-bash-completion signet-fish-completion signet-zsh-completion; do
	apk_files $p | sed 's,^,/,'
done > "$T/of_apk"
is "no file is in two" "$(sort "$T/of_apk" | uniq -d)" ""
is "the files are Debian's" "$(sed 's,site-functions,vendor-completions,; s,^/etc/signet/signet.conf,/usr/share/signet/signet.conf,; \,^/etc/init.d/signetd$,d' "$T/of_apk" | sort)" \
	"$(grep -Ev "$only_debian" "$T/packed")"

ok "make stub-mta" make -s stub-mta BUILD="$T"
stub=$(echo "$T"/signet-local-mta_*.deb)
is "stands for a mail server" "$(dpkg-deb -f "$stub" Provides), $(dpkg-deb -f "$stub" Conflicts)" \
	"mail-transport-agent, default-mta, mail-transport-agent"
is "without files" "$(dpkg-deb -c "$stub" | wc -l)" 1

tap_done
