#!/bin/bash
# SPDX-License-Identifier: ISC
#
# run.sh SCRIPT... - tries the packages in build/deb (build/rpm) on the Debian that it runs in, booted.
#
# SCRIPT is life, moves, autopkgtest or rpm: tests/debian/SCRIPT.sh. For a clean root that check_on.sh made (make
# check-packages). It fetches what the scripts need, boots systemd in namespaces without a way out, and runs them
# there, one after the other.
cd "$(dirname "$0")/../.." || exit 1
. tests/debian/booted.sh

# ---- with a network: what apt will need -----------------------------------------------

install() { apt-get install -qq --no-install-recommends "$@" >>/root/prepare.log 2>&1; }
fetch() { apt-get install -qq --download-only "$@" >>/root/prepare.log 2>&1; }
knot_tools() { if apt-cache show knot-dnssecutils >/dev/null 2>&1; then echo knot-dnssecutils; else echo knot-dnsutils; fi; }

# What every script of ours stands on: systemd, and debian/tests/world.sh.
prepare_world() { install dns-root-data iproute2 knot "$(knot_tools)" python3; }

prepare_life() {
	mkdir -p $DEBS/before
	cp build/deb/signet_*.deb build/deb/signet-mta_*.deb $DEBS
	for deb in $DEBS/*.deb; do
		before "$deb"
	done
	prepare_world && install make && fetch $DEBS/*.deb $CALLERS && fetch exim4-daemon-light $CALLERS
}

prepare_moves() {
	for server in $SERVERS; do
		fetch "$server" || return 1
	done
}

# The world is not laid out here: what the tests need, debian/tests/control has to say.
prepare_autopkgtest() {
	install autopkgtest apt-utils dpkg-dev && fetch ./build/deb/signet_*.deb ./build/deb/signet-mta_*.deb &&
		apt-get satisfy -qq --no-install-recommends --download-only "$(sed -n 's/^Depends: signet-mta, //p' debian/tests/control)" >>/root/prepare.log 2>&1
}

prepare_rpm() { prepare_world && install ca-certificates; }

prepare() {
	install systemd dbus procps || return 1
	for script in "$@"; do
		"prepare_$script" || return 1
	done
}

# The same package as an older version of it.
before() {
	rm -rf /root/unpacked
	dpkg-deb -R "$1" /root/unpacked
	sed -i 's/^Version: .*/Version: 0.0.9/; s/signet (>= [^)]*)/signet (>= 0.0.9)/' /root/unpacked/DEBIAN/control
	dpkg-deb -b /root/unpacked $DEBS/before >/dev/null
}

# systemd as process 1, on this root, with loopback alone.
boot() {
	mkdir -p /run/cgroups
	mount -t cgroup2 cgroups /run/cgroups || lab_die "this kernel has no cgroup2 for systemd"
	cgroup=$(mktemp -d /run/cgroups/life.XXXXXX)
	unshare --mount --pid --net --uts --ipc --fork --kill-child sh -c "
		echo 0 > $cgroup/cgroup.procs
		exec unshare --cgroup sh -c '
			mount --make-rprivate /
			mount -t proc proc /proc
			mount -t sysfs -o ro sysfs /sys
			mount -t cgroup2 cgroup2 /sys/fs/cgroup
			mount -t tmpfs -o mode=755 run /run
			hostname mail.sender.example
			exec env -i container=lxc PATH=/usr/sbin:/usr/bin:/sbin:/bin \
				/lib/systemd/systemd --system --unit=multi-user.target --show-status=0 --log-level=warning'" </dev/null >/root/boot.log 2>&1 &
	init=
	lab_until 60 found_init || lab_die "systemd does not begin: $(tail -n 3 /root/boot.log)"
	lab_until 120 booted || lab_die "systemd does not come up: $(tail -n 3 /root/boot.log)"
}
found_init() { init=$(pgrep -P $! -f systemd) && [ -n "$init" ]; }
booted() { within systemctl is-system-running | grep -qE 'running|degraded'; }
within() { nsenter -t "$init" -m -p -n -u -i -C -r -w -- "$@"; }


prepare "$@" || lab_die "apt-get failed: $(tail -n 3 /root/prepare.log)"
boot
status=0
for script in "$@"; do
	echo "# $script"
	within env CHECK_ON=1 PATH="$PATH" bash "$PWD/tests/debian/$script.sh" || status=1
done
within journalctl --no-pager -u signetd > /root/signetd.log 2>&1
mkdir -p build/lab/log
cp /root/*.log build/lab/log
kill -KILL "$init"
lab_until 30 eval 'rmdir $(find $cgroup -depth -type d)'
exit $status
