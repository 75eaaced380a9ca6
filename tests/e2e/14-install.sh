#!/bin/bash
# SPDX-License-Identifier: ISC
# make install puts everything where it belongs, and nothing elsewhere.
cd "$(dirname "$0")/../.." || exit 1
. tests/lab/tap.sh
tap_plan 42

to=$(mktemp -d)
trap 'rm -rf "$to"' EXIT
unset MAKEFLAGS MAKELEVEL
like "make alone makes the programs, to the last of them" "$(make -n BUILD="$to/none")" ' -o [^ ]*/none/libexec/signet/bounce '
ok "make install DESTDIR=… PREFIX=/usr" \
	make -s install BUILD="${BUILD:-build}" SANITIZE="${SANITIZE:-}" DESTDIR="$to" PREFIX=/usr
for program in sbin/sendmail sbin/signetd sbin/signet sbin/signet-drop libexec/signet/{pickup,queue,signer,resolver,smtp,esmtp,bounce,smtpd,event}; do
	ok "$program" test -x "$to/usr/$program"
done
for name in bin/{mailq,newaliases,hoststat,purgestat} sbin/rmail lib/sendmail; do
	is "$name is sendmail" "$(readlink -f "$to/usr/$name")" "$to/usr/sbin/sendmail"
done
for file in bash-completion/completions/signet zsh/vendor-completions/_signet fish/vendor_completions.d/signet.fish; do
	ok "completions: $file" test -s "$to/usr/share/$file"
done
ok "an example configuration" test -s "$to/etc/signet/signet.conf"
ok "which has no fault" "$to/usr/sbin/signet" config check "$to/etc/signet/signet.conf"
ok "the manual" test -s "$to/usr/share/man/man5/signet.conf.5"
is "each page of the source" "$(for page in $(ls doc/*.7 etc/*.5 */*.8 relay/*/*.8); do
	test -s "$to/usr/share/man/man${page##*.}/${page##*/}" || echo "$page"
done)" ""
is "what Prometheus and Grafana read" "$(ls "$to/usr/share/signet/monitoring" | tr '\n' ' ')" "grafana-dashboard.json signet-alerts.yaml "
like "the unit starts what was installed" "$(cat "$to/usr/lib/systemd/system/signetd.service")" '^ExecStart=/usr/sbin/signetd'
like "so does the one for each day" "$(cat "$to/usr/lib/systemd/system/signet-check.service")" '^ExecStart=/usr/sbin/signet check '
ok "which has a timer" test -s "$to/usr/lib/systemd/system/signet-check.timer"
like "and the one that rotates keys, each hour" "$(cat "$to/usr/lib/systemd/system"/signet-rotate.{service,timer} | paste -sd' ')" 'ExecStart=/usr/sbin/signet key rotate --due --mail .*OnCalendar=hourly'
is "the profile for AppArmor" "$(grep -c '^profile signetd /usr/sbin/signetd ' "$to/etc/apparmor.d/usr.sbin.signetd")" 1
# What the tests beside this one run is not to be made again for another prefix: -o all.
of_others() { find "${BUILD:-build}"/{sendmail,signet,signetd,signet-drop,libexec} -type f -printf '%p %T@\n' | sort; }
before=$(of_others)
make -s -o all install BUILD="${BUILD:-build}" SANITIZE="${SANITIZE:-}" DESTDIR="$to/local" PREFIX=/usr/local >/dev/null 2>&1
is "what others run is as it was" "$(of_others)" "$before"
is "elsewhere it is of the program there" "$(grep -E '/usr/(sbin|libexec)/signet|usr\.sbin\.signetd' "$to/local/etc/apparmor.d/usr.local.sbin.signetd" || echo none)" none
rm -r "$to/local"
echo '# mine' > "$to/etc/signet/signet.conf"
make -s install BUILD="${BUILD:-build}" SANITIZE="${SANITIZE:-}" DESTDIR="$to" PREFIX=/usr >/dev/null 2>&1
ok "the socket unit for SMTP" test -s "$to/usr/lib/systemd/system/signetd-smtp.socket"
ok "and for submissions" test -s "$to/usr/lib/systemd/system/signetd.socket"
is "an existing configuration stays" "$(cat "$to/etc/signet/signet.conf")" "# mine"
is "nothing lies elsewhere" "$(find "$to" -mindepth 1 -maxdepth 2 | sed "s,$to,," | sort | tr '\n' ' ')" "/etc /etc/apparmor.d /etc/signet /usr /usr/bin /usr/lib /usr/libexec /usr/sbin /usr/share "
make -s uninstall DESTDIR="$to" PREFIX=/usr >/dev/null 2>&1
is "make uninstall leaves what is the owner's" "$(cd "$to" && find . ! -type d)" ./etc/signet/signet.conf
help=$(make -s help)
is "make help names every target that its users call" \
	"$(for target in check test demo bench lint fuzz docs install uninstall check-on clean deps help; do
		grep -q "make $target\b" <<<"$help" || echo "$target"
	done)" ""
tap_done
