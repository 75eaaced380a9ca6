#!/bin/sh
# SPDX-License-Identifier: ISC
# sendmail_names.sh check|divert|after|undivert PREFIX - may make install put its programs where a package has its own?
#
# check fails where one of our files or names belongs to a package of dpkg or rpm, and names the ways out. divert has
# dpkg keep the other files, now and for packages to come, under NAME.other-mta; after tells
# who chose neither that apt may bring another server; undivert gives the names back.
set -eu

action=$1
prefix=$2
names="$prefix/sbin/sendmail $prefix/lib/sendmail $prefix/bin/mailq $prefix/bin/newaliases
       $prefix/bin/hoststat $prefix/bin/purgestat $prefix/sbin/rmail"
files="$prefix/sbin/signetd $prefix/sbin/signet $prefix/sbin/signet-drop"

has() { command -v "$1" >/dev/null 2>&1; }

# The package that a file is of, by the name itself or, where that is a link, by what it leads to; nothing where it is of none.
owner() {
	[ -e "$1" ] || [ -L "$1" ] || return 0
	for path in "$1" "$(readlink -f "$1")"; do
		if has dpkg-query && found=$(dpkg-query -S "$path" 2>/dev/null | grep -v '^diversion by '); then
			echo "${found%%: *}"
			return
		fi
		if has rpm && found=$(rpm -q --qf '%{NAME}\n' -f "$path" 2>/dev/null); then
			echo "$found"
			return
		fi
	done
}

is_diverted() { has dpkg-divert && [ "$(dpkg-divert --truename "$1")" = "$1.other-mta" ]; }

check() {
	foreign='' packed=''
	for path in $names; do
		is_diverted "$path" && continue
		package=$(owner "$path")
		case $package in
		'') ;;
		signet|signet-mta) packed="$packed $path" ;;
		*) foreign="$foreign $path($package)" ;;
		esac
	done
	for path in $files; do
		[ -z "$(owner "$path")" ] || packed="$packed $path"
	done
	if [ -n "$packed" ]; then
		echo "install: Signet is installed as a package here:$packed; remove that first, or build a newer one: make deb" >&2
		exit 1
	fi
	[ -n "$foreign" ] || return 0
	echo "install: these belong to a package:$foreign. Nothing was installed. One of these ways:" >&2
	if has dpkg-divert; then
		cat >&2 <<-END
		  make deb            and install the packages, which take that server's place (or only signet, beside it)
		  make install DIVERT=1   keeps the other files under another name (dpkg-divert), until make uninstall
		  remove that package, and build one that stands for it, so that no other comes: make stub-mta
		END
	else
		cat >&2 <<-END
		  make rpm            and install the package, which takes that server's place
		  remove that package first
		  make install PREFIX=/usr/local    and have programs use /usr/local/sbin/sendmail
		END
	fi
	exit 1
}

# Every name, even one that nobody has today: what a package brings tomorrow does not land on ours.
divert() {
	has dpkg-divert || { echo "install: DIVERT=1 is for systems with dpkg" >&2; exit 1; }
	for path in $names; do
		is_diverted "$path" && continue
		rename=--no-rename
		[ -z "$(owner "$path")" ] || rename=--rename
		dpkg-divert --local $rename --divert "$path.other-mta" --add "$path"
	done
}

undivert() {
	for path in $names; do
		! is_diverted "$path" || dpkg-divert --local --rename --remove "$path"
	done
}

# apt knows nothing of ours: cron and its like recommend a mail server.
after() {
	has dpkg-query || return 0
	dpkg-query -W -f '${Status} ${Provides}\n' | grep -q '^install ok installed .*mail-transport-agent' ||
		echo "install: apt does not know of this mail server and may bring another, over it: make stub-mta, or make install DIVERT=1"
}

case $action in
check|divert|undivert|after) "$action" ;;
*) echo "usage: sendmail_names.sh check|divert|after|undivert PREFIX" >&2; exit 64 ;;
esac
