#!/bin/sh
# SPDX-License-Identifier: ISC
# peers.sh SET - unpacks the servers that the tests speak with, from their
# Debian packages, under build/lab; installs nothing.
#
# SET is root (Postfix, Knot and BIND's tools, OpenDKIM, Cyrus SASL, Mail::DKIM, BounceParser),
# apparmor and selinux (their compilers and what profiles and policies include), oracles (more that sign and verify), spf (that evaluate SPF), testers (of records), readers (of logs), metrics (readers of gauges), publishers (of DNS records: lexicon, PowerDNS), manual (mandoc), dovecot, agents (that deliver mail), proxies, exim, dma, movers (that people come from), sendmail
# (Sendmail 8, with m4 and what makes its configuration), opendkim-dev (to compile with its library), or callers and callers-more
# (programs that send mail: tests/e2e/60-callers.sh, 61-all-callers.sh). They run only in namespaces of their own (lab.sh), laid over
# /usr there. What a package rests on and this machine lacks is fetched with it; a set
# whose list has changed since is fetched again. With LAB_KEEP_PACKAGES, a folder,
# the packages are kept there; apt takes what its own archive folder has.
set -eu

cd "$(dirname "$0")/../.."
set_name=$1
also=    # what not every release has
without=
case $set_name in
root)    wanted="postfix knot knot-dnsutils knot-dnssecutils bind9-dnsutils bind9-utils opendkim libmail-dkim-perl libmail-deliverystatus-bounceparser-perl"
         wanted="$wanted sasl2-bin libsasl2-modules libsasl2-modules-db" ;;
oracles) wanted="python3-dkim python3-nacl rspamd" ;;
readers) wanted="pflogsumm" ;;
metrics) wanted="prometheus python3-prometheus-client" ;;
manual)  wanted="mandoc" ;;
dovecot) wanted="dovecot-core" ;;
agents)  wanted="procmail" ;;
spf)     wanted="python3-spf libmail-spf-perl" ;;
testers) wanted="opendkim-tools opendmarc python3-spf" ;;
proxies) wanted="microsocks" ;;
apparmor) wanted="apparmor" ;;
selinux) wanted="checkpolicy semodule-utils selinux-policy-dev" ;;
exim)    wanted="exim4-daemon-light" ;;
movers)  wanted="nullmailer msmtp" ;;
dma)     wanted="dma" ;;
sendmail) wanted="sendmail-bin" ;;
opendkim-dev) wanted="libopendkim-dev" ;;
publishers) wanted="lexicon pdns-server pdns-backend-sqlite3" ;;
callers) wanted="cron mutt bsd-mailx s-nail git-email php-cli php-mbstring libphp-phpmailer php-symfony-mailer"
         wanted="$wanted libmime-lite-perl libemail-sender-perl" ;;
callers-more) wanted="at neomutt mailutils nmh libmail-sendmail-perl libmailtools-perl ruby-mail emacs-nox logwatch apticron"
         wanted="$wanted unattended-upgrades smartmontools mdadm sudo monit fail2ban anacron swaks node-nodemailer"
         command -v node >/dev/null || wanted="$wanted nodejs"
         also=cronie ;;
*)       echo "peers: no set '$set_name'" >&2; exit 64 ;;
esac
case $set_name in
# Who sends mail rests on a server that takes it: that is ours. A tester of DMARC records rests on a database: it asks none.
callers*) without='exim4.*' ;;
# To testers) without='mariadb.*|mysql.*|galera.*|gawk|rsync|libdb[di].*|dbconfig.*' ;; compile a policy is all that is wanted.
selinux) without='python3-.*|policycoreutils.*|libauparse.*' ;;
esac

into=build/lab/$set_name
[ "$(cat "$into/.complete" 2>/dev/null)" = "$wanted${also:+ $also}" ] && exit 0

if ! command -v apt-get >/dev/null 2>&1; then
	echo "peers: the servers used as peers ($wanted) are unpacked from Debian packages, which needs apt-get" >&2
	exit 1
fi

as_root=
[ "$(id -u)" -eq 0 ] || as_root=sudo
mkdir -p build/lab

# With a cache that the next set finds: images of Debian for containers have apt make it again in each run, and forget it.
apt() {
	program=$1
	shift
	"$program" -o Dir::Cache::pkgcache="$cache" -o Dir::Cache::srcpkgcache= "$@"
}
cache=$PWD/build/lab/pkgcache.bin

# What installing would bring, without installing; the wanted themselves even if they are installed.
brings() {
	said=$(apt apt-get install --simulate --no-install-recommends "$@" 2>/dev/null) &&
		echo "$said" | sed -n 's/^Inst \([^ ]*\) .*/\1/p'
}

# All in one question, and one by one where they conflict.
names() {
	{
		printf '%s\n' $wanted
		# shellcheck disable=SC2086
		brings $wanted || for package in $wanted; do
			brings "$package"
		done
		for package in $also; do
			brings "$package" && echo "$package"
		done
	} | sort -u | grep -vxE "${without:-}"
}

fetch() {
	apt apt-cache show "${wanted%% *}" >/dev/null 2>&1 || return 1
	rm -rf "$into.debs" && mkdir -p "$into.debs"
	list=$(names)
	# shellcheck disable=SC2086
	(cd "$into.debs" && apt apt-get download -q $list >../"$set_name".log 2>&1)
}

echo "Fetching peers for the lab: $wanted (unpacked under $into, not installed)"
if ! fetch; then
	if [ -n "$as_root" ] && ! command -v sudo >/dev/null 2>&1; then
		echo "peers: apt-get could not find them; as root, run: apt-get update" >&2
		exit 1
	fi
	$as_root apt-get update -q
	fetch || { cat "build/lab/$set_name.log" >&2; exit 1; }
fi

# With /lib as a link, as on every merged-/usr system, all lies under usr and can be laid over /usr.
rm -rf "$into"
mkdir -p "$into/usr/lib" "$into/usr/bin" "$into/usr/sbin" "$into/etc"
ln -s usr/lib "$into/lib"
ln -s usr/bin "$into/bin"
ln -s usr/sbin "$into/sbin"
for deb in "$into.debs"/*.deb; do
	dpkg-deb --fsys-tarfile "$deb" |
		tar -x --no-same-owner --keep-directory-symlink --exclude=./usr/share/doc --exclude=./usr/share/man -C "$into" -f -
done
# What update-alternatives would have made.
if [ "$set_name" = callers ]; then
	ln -sf bsd-mailx "$into/usr/bin/mail"
	ln -sf bsd-mailx "$into/usr/bin/mailx"
fi
[ -z "${LAB_KEEP_PACKAGES:-}" ] || cp -n "$into.debs"/*.deb "$LAB_KEEP_PACKAGES"
rm -rf "$into.debs"
echo "$wanted${also:+ $also}" > "$into/.complete"
