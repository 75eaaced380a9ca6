#!/bin/bash
# SPDX-License-Identifier: ISC
# submission.sh - what handing over 2 KiB costs its caller, as a whole process: ours,
# Debian's Postfix and dma, and the least possible. Prints; judges nothing.
#
# All write to the same disk (under build/), and nothing is delivered meanwhile:
# ours waits for a host that refuses, Postfix and dma are told to wait.
set -u
. "$(dirname "$0")/../lab/lab.sh"
. "$(dirname "$0")/step.sh"
LAB_LIMIT_S=${LAB_LIMIT_S:-600}
lab_enter "$@"

spool=$LAB_SOURCE/build/bench-spool
rm -rf "$spool"
mkdir -p "$spool"/{floor,signet,postfix,dma} $LAB/dma $LAB/floor
trap 'lab_leave; rm -rf "$spool"' EXIT

lab_zone world.example <<'END'
gone A 192.0.2.30
dead MX 10 gone
END
lab_dns_start

# Ours.
mkdir -p /var/spool/signet
mount --bind "$spool/signet" /var/spool/signet
{
	lab_config_base
	echo 'routes = ( { to = [ "*" ]; via = [ "mx" ]; } );'
} > /etc/signet/signet.conf
lab_signetd_start

# Debian's Postfix, its queue running and its deliveries deferred.
mkdir -p $LAB/postfix
mount --bind "$spool/postfix" $LAB/postfix
lab_postfix_start postfix 192.0.2.10 25 mail.sender.example 'defer_transports = smtp' \
	'import_environment = MAIL_CONFIG'
export MAIL_CONFIG=$LAB/postfix/etc

# dma: its own files over /usr, its spool where Debian has it.
mkdir -p $LAB/etc/dma /var/spool/dma
mount --bind "$spool/dma" /var/spool/dma
echo 'mail:x:8:8:mail:/:/usr/sbin/nologin' >> $LAB/etc/passwd
echo 'mail:x:8:' >> $LAB/etc/group
printf '%s\n' DEFER 'MAILNAME mail.sender.example' > $LAB/etc/dma/dma.conf
: > $LAB/etc/dma/auth.conf
chown mail:mail /var/spool/dma
chmod 2775 /var/spool/dma
dma=$(find "$LAB_SOURCE/build/lab/dma" -type f -name dma -path '*bin*' | head -n 1)
install -m 755 "$dma" $LAB/dma/dma

{
	printf '%s\n' 'From: you@sender.example' 'To: x@dead.world.example' 'Subject: bench' ''
	head -c 2048 /dev/zero | tr '\0' x | fold -w 70
} | head -c 2048 > message

echo "Submission of 2 KiB, whole processes in turn, ${BENCH_ROUNDS:-3} x ${BENCH_RUNS:-100} (to reach: 1.15 times the floor)"
echo "Disk: $(stat -f -c %T "$spool"), $(nproc) cores, $(uname -r)"
submitters() {
	step "measuring the four by $1" $LAB/build/bench/measure "${BENCH_ROUNDS:-3}" "${BENCH_RUNS:-100}" "$1" message \
		'floor' "$LAB/build/bench/floor $spool/floor" \
		'signet sendmail' "$LAB/build/sendmail -i -f you@sender.example x@dead.world.example" \
		'Postfix sendmail' '/usr/sbin/sendmail -i -f you@sender.example x@dead.world.example' \
		'dma' "$LAB/dma/dma -i -f you@sender.example x@dead.world.example"
}
submitters 1
echo "The same by 8 callers at once (to reach: 1.1 times the floor's rate)"
BENCH_RUNS=${BENCH_RUNS_AT_ONCE:-800}
submitters 8
