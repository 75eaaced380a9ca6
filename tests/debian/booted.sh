# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# booted.sh - for scripts that try the packages on a system that run.sh has booted, and that is theirs alone.

. "$(dirname "${BASH_SOURCE[0]}")/../../debian/tests/world.sh"
DEBS=/root/debs
CALLERS="at bsd-mailx cron git git-email logwatch mailutils mdadm"
SERVERS="postfix exim4-daemon-light dma nullmailer msmtp-mta"
[ "${CHECK_ON:-}" = 1 ] || lab_die "this installs mail servers on the system it runs on; make check-packages has a root for it"

# apt's own exit; what it said is in $said.
apt() {
	said=$(apt-get -y -q -o Dpkg::Use-Pty=0 "$@" </dev/null 2>&1)
	local status=$?
	[ $status -eq 0 ] || diag "apt-get $*" "$(tail -n 12 <<< "$said")"
	return $status
}
would_bring() { apt-get install -s "$@" | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -E 'exim4-daemon|postfix|signet-mta' | paste -sd' '; }
whose() { dpkg-query -S "$1" 2>&1 | cut -d: -f1; }
letter() { printf 'Subject: %s\n\nHello.\n' "$1" | /usr/sbin/sendmail -i -f root@sender.example someone@receiver.example; }
letters() { local n; for n in $(seq "$2"); do letter "$1 $n of $2" || return 1; done; }
# Each of them has come, and once.
all_came() { [ "$(cat $LAB/mx.*/*.data | grep -a "^Subject: $1 [0-9]* of $2" | sort | uniq -c | awk '$1 == 1' | wc -l)" -eq "$2" ]; }
waits() { signet queue list --json | grep -c '"queue_id"'; }
waiting_is() { [ "$(waits)" -eq "$1" ]; }
mode() { stat -c '%U:%G %a' "$1"; }
pid() { systemctl show -P MainPID signetd; }
setting() { grep "^$1 = " $CONF; }
# As a person would answer; without arguments, who leaves all as it is.
reconfigure() {
	local edit=true
	[ $# -eq 0 ] || edit="sed -i 's|^signet/$1=.*|signet/$1=\"$2\"|'"
	DEBIAN_FRONTEND=editor EDITOR=$edit dpkg-reconfigure -p low signet >/dev/null 2>&1
}
