# SPDX-License-Identifier: ISC
# For callers that are daemons, or that look at the machine.

# until_true SECONDS COMMAND…: true as soon as COMMAND is; false when time is up.
until_true() {
	until_end=$(( $(date +%s) + $1 ))
	shift
	until "$@"; do
		[ "$(date +%s)" -lt "$until_end" ] || return 1
		sleep 0.1
	done
}

# With /var and /etc/apt of its own, in which one package is installed, and of that there is a newer one.
private() {
	if [ -z "${IS_PRIVATE:-}" ]; then
		IS_PRIVATE=1 exec unshare --mount sh "$0" "$@"
	fi
	for folder in /var/lib /var/cache /var/log /etc/apt; do
		mount -t tmpfs private $folder
	done
	mkdir -p /var/lib/dpkg/info /var/lib/dpkg/updates /var/lib/apt/lists/partial /var/lib/apt/periodic /var/cache/apt/archives/partial \
		/var/log/apt /etc/apt/apt.conf.d "$PLACE/letter/DEBIAN"
	echo 'APT::Sandbox::User "root";' > /etc/apt/apt.conf
	echo "deb [trusted=yes] file:$PLACE ./" > /etc/apt/sources.list
	printf '%s\n' 'Package: letter' 'Version: 1' 'Architecture: all' 'Maintainer: A <a@sender.example>' 'Description: a letter' > control
	{ cat control; echo 'Status: install ok installed'; } > /var/lib/dpkg/status
	sed 's/^Version: 1/Version: 2/' control > letter/DEBIAN/control
	dpkg-deb --build letter letter.deb >/dev/null
	{
		cat letter/DEBIAN/control
		printf '%s\n' 'Filename: ./letter.deb' "Size: $(stat -c %s letter.deb)" "SHA256: $(sha256sum < letter.deb | cut -d' ' -f1)"
	} > Packages
}
