#!/bin/sh
# SPDX-License-Identifier: ISC
# check_on.sh RELEASE [TEST...] - the suite as a newcomer on that release of Debian or Ubuntu runs it.
#
# ARCH names one of Debian's architectures that this kernel runs besides its own
# (i386 on amd64): then the root is of that one, and lies in build/on/RELEASE-ARCH.
#
# Debootstrap makes a root with nothing but the release's least packages and
# make; in it lies a clone of this tree's last commit, and there `make check
# YES=1` is run (TARGET names another target; with TEST..., scripts or test
# programs, all is built and those alone are run). Mirrors, keys and proxies are
# those of this machine's own apt.
#
# The root lives in namespaces, which end with the command however it ends, and
# all that it makes lies under build/on/RELEASE: what debootstrap made and the
# packages stay there for the next run, root and clone only with KEEP=1, whose
# next run goes on in them with what was committed since; KEEP=clone keeps the
# clone, for a next run in a clean root. The logs of what failed are copied to
# build/on/RELEASE/log.
#
# Ubuntu's releases come from UBUNTU, by the keys of the package ubuntu-keyring
# (Debian has it since 13), or those in UBUNTU_KEYRING.
set -eu

cd "$(dirname "$0")/../.."
self=$PWD/tests/lab/check_on.sh

die() {
	echo "check-on: $*" >&2
	exit 1
}

# ---- in the root's namespaces ------------------------------------------------------

# Lays out what a system has mounted and leaves the host's files behind.
enter_root() {
	mount --bind "$1/root" "$1/root"
	cd "$1/root"
	mount -t proc proc proc
	mount -t sysfs sysfs sys
	mount -t tmpfs -o mode=755 dev dev
	mkdir -p dev/pts dev/shm signet host
	for node in null zero full random urandom tty; do
		: > dev/$node
		mount --bind /dev/$node dev/$node
	done
	mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts dev/pts
	mount -t tmpfs -o mode=1777 shm dev/shm
	ln -s pts/ptmx dev/ptmx
	ln -s /proc/self/fd dev/fd
	for n in 0:stdin 1:stdout 2:stderr; do
		ln -s "/proc/self/fd/${n%:*}" "dev/${n#*:}"
	done
	mount --bind "$1/clone" signet
	mount --bind "$1/packages" var/cache/apt/archives
	pivot_root . host
	cd /
	umount -l /host
	rmdir /host
}

# As README says it.
newcomer() {
	# A mirror may be behind with some list of an architecture that few use: what the others have will do.
	{ apt-get update -qq || apt-cache show make >/dev/null 2>&1; } &&
		apt-get upgrade -qq >/dev/null &&
		apt-get install -qq --no-install-recommends make >/dev/null || die "apt-get failed in the clean root"
	cd /signet
	# What is built and run offline installs nothing.
	case $TARGET in all|test|tests) YES=1 sh tests/lab/deps.sh build test ;; esac
	if [ $# -eq 0 ]; then
		exec make "$TARGET" YES=1
	fi
	make check-build YES=1
	BUILD=build exec prove --timer --exec '' "$@"
}

if [ "${1:-}" = --inside ]; then
	enter_root "$2"
	shift 2
	newcomer "$@"
fi

# ---- what this machine's apt knows -----------------------------------------------------

ubuntu=${UBUNTU:-http://archive.ubuntu.com/ubuntu}
ubuntu_keyring=${UBUNTU_KEYRING:-/usr/share/keyrings/ubuntu-archive-keyring.gpg}
is_ubuntu() { case $release in noble|plucky|questing) ;; *) return 1 ;; esac; }

# "URI SUFFIX SOURCE" for each source of Debian's main archive for this machine's own
# release; SUFFIX is what follows the release's name (-updates, -security), or "main".
sources() {
	if is_ubuntu; then
		for suffix in main -updates -security; do
			echo "$ubuntu $suffix -"
		done
		return
	fi
	own=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
	apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT) $(SOURCESENTRY) $(ORIGIN)' 'Identifier: Packages' |
		awk -v own="$own" '$3 == "main" && $5 == "Debian" {
			name = suffix = $2
			sub(/[-\/].*/, "", name)
			sub(/^[^-\/]*/, "", suffix)
			if (name !~ "^(" own "|stable|oldstable|testing|unstable|sid)$" || suffix !~ /^(-updates|-security|\/updates|)$/)
				next
			sub(/:[0-9]*$/, "", $4)
			print $1, suffix == "" ? "main" : suffix, $4
		}' | sort -u
}

# The keyrings that those sources name, and those that hold for all.
keyrings() {
	if is_ubuntu; then
		[ -e "$ubuntu_keyring" ] || die "no keys of Ubuntu's archive in $ubuntu_keyring: install ubuntu-keyring, or name them by UBUNTU_KEYRING"
		echo "$ubuntu_keyring"
		return
	fi
	sed -n 's/.*[Ss]igned-[Bb]y[:=] *\(\/[^] ]*\).*/\1/p' $(cut -d' ' -f3 "$at/sources" | sort -u)
	find /etc/apt/trusted.gpg.d -type f
}

apt_says() {
	eval "$(apt-config shell said "$1")"
	[ "${said:-DIRECT}" = DIRECT ] || echo "$said"
	unset said
}

lock() {
	exec 9>"$at/lock"
	flock -n 9 || die "another run in $at has not ended"
}

# ---- a clean root ------------------------------------------------------------------------

make_base() {
	main=$(awk '$2 == "main" { print $1; exit }' "$at/sources")
	script=
	[ -e "/usr/share/debootstrap/scripts/$release" ] || script=$(is_ubuntu && echo gutsy || echo sid)
	keyring=$(keyrings | grep '\.gpg$' | head -n 1)
	set --
	[ -z "$keyring" ] || set -- "$@" --keyring="$keyring"
	! grep -q '^https:' "$at/sources" || set -- "$@" --include=ca-certificates
	echo "check-on: debootstrap makes a root of $name"
	rm -rf "$at/root"
	in_namespaces --mount-proc env http_proxy="$(apt_says Acquire::http::Proxy)" https_proxy="$(apt_says Acquire::https::Proxy)" \
		debootstrap --variant=minbase --arch="$arch" --cache-dir="$at/packages" "$@" \
		"$release" "$at/root" "$main" $script > "$at/debootstrap.log" 2>&1 ||
		die "debootstrap failed: $(tail -n 3 "$at/debootstrap.log"); all it said is in $at/debootstrap.log"
	tar --numeric-owner --xattrs -C "$at/root" -cf "$at/base.tar.new" .
	mv "$at/base.tar.new" "$at/base.tar"
}

configure_apt() {
	while read -r uri suffix _; do
		case $release$suffix in
		sid-*|unstable-*|sid/*|unstable/*) ;;
		*) echo "deb $uri $release${suffix#main} main$(! is_ubuntu || echo ' universe')" ;;
		esac
	done < "$at/sources" > "$at/root/etc/apt/sources.list"
	for file in $(keyrings | sort -u); do
		[ ! -e "$file" ] || cp "$file" "$at/root/etc/apt/trusted.gpg.d/"
	done
	apt-config dump | grep -E '^Acquire::(https?|Check-|Retries|ForceIPv)' > "$at/root/etc/apt/apt.conf.d/10host" || :
}

make_root() {
	[ -e "$at/base.tar" ] || make_base
	if [ ! -e "$at/root/etc/debian_version" ] || [ "${KEEP:-}" != 1 ]; then
		rm -rf "$at/root"
		mkdir -p "$at/root"
		tar --numeric-owner --xattrs -C "$at/root" -xf "$at/base.tar"
	fi
	configure_apt
	cat /etc/resolv.conf > "$at/root/etc/resolv.conf"
	printf '%s\n' '127.0.0.1 localhost' '::1 localhost' > "$at/root/etc/hosts"
}

# ---- runs, and leaves nothing running -------------------------------------------------------

# In the background, so that a signal is heard at once. All ends with this shell, even if that is killed.
child=
in_namespaces() {
	setpriv --pdeathsig KILL setarch "$machine" unshare --mount --pid --ipc --uts --fork --kill-child "$@" 9>&- &
	child=$!
	status=0
	wait "$child" || status=$?
	child=
	return "$status"
}

leave() {
	status=$?
	trap - EXIT
	[ -z "$child" ] || kill -KILL "$child" 2>/dev/null || :
	wait
	rm -rf "$at/log"
	[ ! -d "$at/clone/build/lab/log" ] || cp -r "$at/clone/build/lab/log" "$at/log" || :
	if [ "${KEEP:-}" != 1 ]; then
		# What was killed may take a moment to be gone.
		gone="$at/root $([ "${KEEP:-}" = clone ] || echo "$at/clone")"
		# shellcheck disable=SC2086
		rm -rf $gone 2>/dev/null || { sleep 2; rm -rf $gone; }
	fi
	[ -z "${SUDO_UID:-}" ] || find "$at" -path "$at/root" -prune -o -exec chown -h "$SUDO_UID:$SUDO_GID" {} +
	exit "$status"
}

as_root() {
	release=$1 arch=$2 at=$3
	name=${at##*/}
	# What uname -m says there.
	case $arch in i386) machine=i686 ;; *) machine=$(uname -m) ;; esac
	shift 3
	mkdir -p "$at/packages/partial"
	lock
	trap leave EXIT
	trap 'exit 130' INT TERM HUP
	sources > "$at/sources"
	# What apt has not fetched yet it does not tell.
	[ -s "$at/sources" ] || { apt-get update -q; sources > "$at/sources"; }
	grep -q ' main ' "$at/sources" || die "this machine's apt has no source of Debian's main archive (apt-get indextargets)"
	make_root
	began=$(date +%s)
	echo "check-on: $name: ${*:-make $TARGET YES=1}"
	result=0
	in_namespaces env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
		TERM="${TERM:-dumb}" DEBIAN_FRONTEND=noninteractive CHECK_ON=1 TARGET="$TARGET" LAB_KEEP_PACKAGES=/var/cache/apt/archives \
		${http_proxy:+http_proxy="$http_proxy"} ${https_proxy:+https_proxy="$https_proxy"} ${no_proxy:+no_proxy="$no_proxy"} \
		sh "$self" --inside "$at" "$@" || result=$?
	echo "check-on: $name: $([ $result -eq 0 ] && echo green || echo "red ($result)") after $(( $(date +%s) - began )) s"
	exit $result
}

if [ "${1:-}" = --as-root ]; then
	shift
	as_root "$@"
fi

# ---- the clone, as who called -----------------------------------------------------------------

release=${1:-}
case $release in
''|*[!a-z]*) echo "usage: make check-on RELEASE=NAME [ARCH=i386], a release of Debian by its name, as in bookworm" >&2; exit 64 ;;
esac
shift
TARGET=${TARGET:-check}
command -v apt-get >/dev/null 2>&1 || die "this is not a Debian-like system (no apt-get), which names the mirrors"
own=$(dpkg --print-architecture)
arch=${ARCH:-$own}
case $own-$arch in
"$own-$own"|amd64-i386|arm64-armhf) ;;
*) die "a $own kernel does not run programs of ARCH=$arch" ;;
esac
at=$PWD/build/on/$release
[ "$arch" = "$own" ] || at=$at-$arch
mkdir -p "$at"
lock

[ -z "$(git status --porcelain)" ] || echo "check-on: the clone has only what is committed; this tree has other changes"
if [ -n "${KEEP:-}" ] && [ -d "$at/clone/.git" ]; then
	git -C "$at/clone" fetch -q "$PWD" HEAD
	git -C "$at/clone" reset -q --hard FETCH_HEAD
else
	rm -rf "$at/clone"
	git clone -q . "$at/clone"
fi

as_root=
[ "$(id -u)" -eq 0 ] || as_root=sudo
exec $as_root env TARGET="$TARGET" KEEP="${KEEP:-}" UBUNTU="$ubuntu" UBUNTU_KEYRING="$ubuntu_keyring" TERM="${TERM:-dumb}" \
	http_proxy="${http_proxy:-}" https_proxy="${https_proxy:-}" no_proxy="${no_proxy:-}" \
	sh "$self" --as-root "$release" "$arch" "$at" "$@"
