#!/bin/bash
# SPDX-License-Identifier: ISC
# What the processes of a session have in memory: their own session, and nothing of another; the templates that they are
# copies of have nothing at all (relay/template.h).
. "$(dirname "$0")/world.sh"
world_begin "$@"
tap_plan 24
world_names
lab_zone world.example <<'END'
slow MX 10 slow
slow A 192.0.2.21
END
world_config <<'END'
routes = ( { to = [ "picky.world.example" ]; via = [ "isp" ]; }, { to = [ "*" ]; via = [ "mx" ]; } );
END
world_keys
lab_dns_start
world_mx_start
world_isp_start
mkdir slow
echo 'on dot sleep 120' > slow/script
lab_hostile_start $LAB/slow 192.0.2.21 25
lab_signetd_start

send() { # TO WORD
	world_message owner@direct.world.example "$1" "about $2" "$2" | $SENDMAIL -i -f owner@direct.world.example "$1"
}
holds() { # PIDS WORD: one of them does
	local pid
	for pid in $1; do
		/usr/bin/python3 "$LAB_SOURCE"/tests/lab/holds.py "$pid" "$2"
		case $? in 0) return 0 ;; 1) ;; *) echo "process $pid cannot be read"; return 2 ;; esac
	done
	return 1
}
holds_not() {
	holds "$@"
	[ $? -eq 1 ]
}
is_at_the_dot() {
	grep -qs '^\.' $LAB/slow/*.data
}

send alice@picky.world.example first-of-all
ok "the first goes by the smarthost" lab_until 60 lab_has_mail picky.world.example alice
first_smtp=$(lab_pids smtp) first_esmtp=$(lab_pids esmtp)
send bob@slow.world.example second-of-all
ok "the second waits for the answer to its dot" lab_until 60 is_at_the_dot
for pid in $(lab_pids smtp); do [[ " $first_smtp " = *" $pid "* ]] || smtp=$pid; done
for pid in $(lab_pids esmtp); do [[ " $first_esmtp " = *" $pid "* ]] || esmtp=$pid; done
templates="$(lab_pids smtp-template) $(lab_pids esmtp-template)"
is "there is a template of each" "$(wc -w <<< "$templates")" 2

ok "smtp holds its message"                   holds "$smtp" second-of-all
ok "and whom it is for"                       holds "$smtp" bob@slow
ok "signetd itself has the smarthost's password" holds "$LAB_SIGNETD_PID" "$ISP_PASSWORD"
ok "nothing of the other's message"           holds_not "$smtp" first-of-all
ok "nor of its recipient"                     holds_not "$smtp" alice@picky
ok "nor the smarthost's password"             holds_not "$smtp" "$ISP_PASSWORD"
ok "esmtp knows whom it is for"               holds "$esmtp" bob@slow
ok "it was not given the message"             holds_not "$esmtp" second-of-all
ok "nor anything of the other"                holds_not "$esmtp" alice@picky
ok "nor the password"                         holds_not "$esmtp" "$ISP_PASSWORD"
for word in first-of-all second-of-all alice@picky bob@slow "$ISP_PASSWORD"; do
	ok "templates do not hold: $word"     holds_not "$templates" "$word"
done
for pid in $templates; do
	is "a template has one socket, to signetd" "$(find /proc/$pid/fd -mindepth 1 -lname 'socket:*' -printf x)" x
done
is "a copy is signetd's own child" "$(awk '/^PPid:/ { print $2 }' /proc/$smtp/status)" "$LAB_SIGNETD_PID"
like "ps shows which is which" "$(tr '\0' ' ' < /proc/$smtp/cmdline)" 'libexec/signet/smtp [0-9]+ '
kill -9 "$LAB_SIGNETD_PID"
is_gone() {
	[ -z "$(lab_roles)" ]
}
ok "and it dies with that"                    lab_until 30 is_gone
world_done
