#!/bin/sh
# SPDX-License-Identifier: ISC
# deps.sh NEED... - names the packages that a make target lacks and installs them.
#
# NEED is build, deb, test, lab, check, bench, again (tests/debian/again.sh),
# rpm, musl or on (a clean root: check_on.sh). What counts is whether the thing
# itself is there (a command, a header), not who installed it. Installs with
# apt-get only: by sudo where not root, after asking on a terminal, or unasked
# with YES=1. Elsewhere it names what is lacking and stops. No mail server is
# ever among them: those are unpacked under build/lab (peers.sh).
set -eu

CC=${CC:-cc}

# need     package          what shows that it is there
table='
build      gcc              cmd:gcc
build      libc6-dev        header:stdio.h
build      libesmtp-dev     header:libesmtp.h
build      libconfig-dev    header:libconfig.h
build      libssl-dev       header:openssl/ssl.h
build      libsqlite3-dev   header:sqlite3.h
build      libcdb-dev       header:cdb.h
build      libunbound-dev   header:unbound.h
build      libldns-dev      header:ldns/ldns.h
build      libgsasl-dev     header:gsasl.h
build      libcurl4-openssl-dev header:curl/curl.h
build      libjansson-dev   header:jansson.h
build      libidn2-dev      header:idn2.h
build      libseccomp-dev   header:seccomp.h
build      libexpat1-dev    header:expat.h
build      zlib1g-dev       header:zlib.h
build      dns-root-data    file:/usr/share/dns/root.key
deb        build-essential  file:/usr/share/build-essential/essential-packages-list
deb        dpkg-dev         cmd:dpkg-buildpackage
deb        debhelper        cmd:dh
test       perl             cmd:prove
test       python3          cmd:python3
test       openssl          cmd:openssl
test       openssh-client   cmd:ssh-keygen
test       ca-certificates  file:/etc/ssl/certs/ca-certificates.crt
lab        util-linux       cmd:unshare
lab        iproute2         cmd:ip
lab        procps           cmd:pgrep
lab        openssl          cmd:openssl
lab        ca-certificates  file:/etc/ssl/certs/ca-certificates.crt
check      python3          cmd:python3
check      python3-yaml     file:/usr/lib/python3/dist-packages/yaml/__init__.py
check      systemd-standalone-sysusers cmd:systemd-sysusers
check      systemd-standalone-tmpfiles cmd:systemd-tmpfiles
check      strace           cmd:strace
check      lintian          cmd:lintian
check      sqlite3          cmd:sqlite3
bench      python3          cmd:python3
sanitize   gcc              asan:
again      faketime         cmd:faketime
again      locales          file:/usr/share/i18n/locales/tr_TR
rpm        rpm              cmd:rpmbuild
rpm        rpmlint          cmd:rpmlint
musl       musl-tools       cmd:musl-gcc
musl       dpkg-dev         cmd:dpkg-source
on         debootstrap      cmd:debootstrap
on         util-linux       cmd:unshare
on         git              cmd:git
'
# Without root, the lab's user namespace needs a range of uids.
if [ "$(id -u)" -ne 0 ]; then
	table="$table
lab        uidmap           cmd:newuidmap"
fi

# Each probe answers quickly; headers are asked of the preprocessor, which knows where to look.
there() {
	case $1 in
	cmd:*)    PATH=$PATH:/usr/sbin:/sbin command -v "${1#cmd:}" >/dev/null 2>&1 ;;
	file:*)   [ -e "${1#file:}" ] ;;
	header:*) echo "#include <${1#header:}>" | $CC -E -x c - >/dev/null 2>&1 ;;
	asan:)    echo 'int main(void){return 0;}' | $CC -fsanitize=address,undefined -x c -o /dev/null - >/dev/null 2>&1 ;;
	esac
}

lacking=
for need in "$@"; do
	while read -r of package probe; do
		[ "$of" = "$need" ] || continue
		there "$probe" && continue
		case " $lacking " in *" $package "*) ;; *) lacking="$lacking $package" ;; esac
	done <<-END
	$table
	END
done
lacking=${lacking# }
[ -n "$lacking" ] || exit 0

echo "deps: missing for '$*': $lacking" >&2
if ! command -v apt-get >/dev/null 2>&1 || ! command -v dpkg >/dev/null 2>&1; then
	echo "deps: this is not a Debian-like system (no apt-get): install what these Debian packages contain, then run make again" >&2
	exit 1
fi

as_root=
if [ "$(id -u)" -ne 0 ]; then
	if ! command -v sudo >/dev/null 2>&1; then
		echo "deps: not root and no sudo here: as root, run: apt-get install $lacking" >&2
		exit 1
	fi
	as_root=sudo
fi

if [ "${YES:-}" != 1 ]; then
	if [ ! -t 0 ]; then
		echo "deps: there is no terminal to ask on: run make with YES=1, or run: ${as_root:+sudo }apt-get install $lacking" >&2
		exit 1
	fi
	printf 'Install them with %sapt-get? [Y/n] ' "${as_root:+sudo }" >&2
	read -r answer
	case $answer in ''|[Yy]*) ;; *) echo "deps: not installed" >&2; exit 1 ;; esac
fi

export DEBIAN_FRONTEND=noninteractive
install() {
	# shellcheck disable=SC2086
	$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $lacking
}
# Package lists may be absent or out of date: the second try has new ones.
# shellcheck disable=SC2086
if ! apt-get install --simulate --no-install-recommends $lacking >/dev/null 2>&1 || ! install; then
	$as_root apt-get update -q
	install
fi
