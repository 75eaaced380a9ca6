# SPDX-License-Identifier: ISC
# shellcheck shell=bash
#
# world.sh - where most end-to-end scripts begin: the lab, TAP, and a world of
# one mail exchanger and one smarthost.
#
#   direct.world.example   MX mx.world.example, which takes mail (lab_mx_start)
#   picky.world.example    the same; the table sends it through the smarthost
#   dead.world.example     MX refuses connections; the smarthost knows a way
#   lost.world.example     MX refuses connections, and no way round it
#   null.world.example     null MX
#   other.world.example    the same as direct
#   nothing.world.example  does not exist at all

. "$(dirname "${BASH_SOURCE[0]}")/../lab/lab.sh"
. "$(dirname "${BASH_SOURCE[0]}")/../lab/tap.sh"

SIGNET=$LAB/build/signet
SENDMAIL=$LAB/build/sendmail
CONF=/etc/signet/signet.conf
ISP_PASSWORD='correct horse battery staple'

# world_begin SCRIPT-ARGUMENTS…: into the lab.
world_begin() {
	lab_enter "$@"
	install -o root -g signetdrop -m 2755 $LAB/build/signet-drop $LAB/signet-drop
}

# Names for all; records of this script's own on stdin where it is not a terminal.
world_names() {
	lab_zone sender.example <<-'END'
	@ MX 10 mx.world.example.
	mail A 192.0.2.1
	END
	lab_zone world.example <<-'END'
	mx A 192.0.2.10
	smtp.isp A 192.0.2.20
	gone A 192.0.2.30
	direct MX 10 mx
	picky MX 10 mx
	dead MX 10 gone
	lost MX 10 gone
	other MX 10 mx
	null MX 0 .
	END
}

# A key of each kind. Making one of RSA takes a while: there is one for all scripts, until build/lab/keys is removed.
world_keys() {
	local kind kept=$LAB/peers/keys
	mkdir -p $LAB/signet/keys "$kept"
	for kind in rsa ed25519; do
		[ -s "$kept/$kind.pem" ] || {
			lab_key --type $kind --domain sender.example --selector $kind --file $LAB/$kind.pem || lab_die "no $kind key"
			install -m 644 $LAB/$kind.pem "$kept/$kind.$LAB_NAME" && mv -f "$kept/$kind.$LAB_NAME" "$kept/$kind.pem"
		}
		install -m 600 "$kept/$kind.pem" /etc/signet/keys/ || lab_die "no $kind key"
	done
}

# The configuration; lines on stdin are added, and to the smarthosts those of this list.
world_smarthosts=
world_config() {
	{
		lab_config_base
		cat <<-END
		dkim = (
		  { domain = "sender.example"; selector = "rsa"; file = "/etc/signet/keys/rsa.pem"; },
		  { domain = "sender.example"; selector = "ed25519"; file = "/etc/signet/keys/ed25519.pem"; }
		);
		smarthosts = ( { name = "isp"; host = "smtp.isp.world.example"; port = 587;
		  user = "me"; password_file = "/etc/signet/isp.password"; }${world_smarthosts:+, $world_smarthosts} );
		END
		cat
	} > $CONF
	printf '%s\n' "$ISP_PASSWORD" > $LAB/signet/isp.password
	chmod 600 $LAB/signet/isp.password
}

# Condition: what is finished leaves no body file, once its commit is made and what nobody knows is swept.
world_has_no_body() {
	[ -z "$(find /var/spool/signet/body -type f)" ]
}

# The configured roles, of which some misbehave at a word (tests/lab/odd_role.c).
world_odd_roles() {
	mkdir $LAB/libexec
	cp $LAB/build/libexec/signet/* $LAB/libexec/
	cp $LAB/build/odd/* $LAB/libexec/ || lab_die "no odd roles: make odd"
	sed -i "s|^libexec = .*|libexec = \"$LAB/libexec\";|" $CONF
}

# world_stands TIMES ROLE…: so often any process of the role stands still at the word, and is as shipped from then on
world_stands() {
	local role times=$1
	shift
	for role; do
		printf "\\$times" > "$LAB/libexec/$role.stands"
		chmod 666 "$LAB/libexec/$role.stands"
	done
}

# world_shipped_roles ROLE…: what begins of them from now on is as shipped. Copies are of the template that runs.
world_shipped_roles() {
	local role pids=
	for role; do
		cp --remove-destination "$LAB/build/libexec/signet/$role" $LAB/libexec/
		pids+=" $(lab_pids "$role-template")"
	done
	# shellcheck disable=SC2086
	[ -z "${pids// /}" ] || kill -9 $pids
}

# shellcheck disable=SC2120
world_routes() {
	cat <<-'END'
	routes = (
	  { to = [ "picky.world.example" ]; via = [ "isp" ]; },
	  { to = [ "lost.world.example" ]; via = [ "mx" ]; },
	  { to = [ "*" ]; via = [ "mx", "isp" ]; fallback_on = [ "unreachable" ]; }
	);
	retry_min = "500ms"; retry_max = "2s";
	END
}

world_mx_start() {
	lab_mx_start mx 192.0.2.10 mx.world.example {direct,picky,dead,lost,other}.world.example sender.example "$@"
}

world_isp_start() {
	lab_smarthost_start isp 192.0.2.20 smtp.isp.world.example me "$ISP_PASSWORD" \
		'transport_maps = inline:{dead.world.example=smtp:[mx.world.example]}' "$@"
}

# A message to stdout: world_message FROM TO SUBJECT [LINE…]
world_message() {
	local from=$1 to=$2 subject=$3
	shift 3
	printf '%s\n' "From: $from" "To: $to" "Subject: $subject" '' "${@:-This is the body of $subject.}"
}

# as USER COMMAND…: with that user's uid and nothing of root's.
as() {
	local user=$1
	shift
	setpriv --reuid "$user" --regid "$(id -g "$user")" --clear-groups -- "$@"
}

# The one copy in a mailbox, as a path; and its header fields unfolded.
copy() {
	lab_mail "$1" "$2" | head -n 1
}

header() {
	sed '/^\r*$/q' "$1" | sed ':a;N;$!ba;s/\r*\n[ \t][ \t]*/ /g'
}

subjects() {
	lab_mail "$1" "$2" | xargs -r grep -hm1 '^Subject: ' | sed 's/^Subject: //' | sort
}

queue_count() {
	$SIGNET queue list --json | grep -c '"queue_id"'
}

queue_holds() {
	[ "$(queue_count)" -eq "$1" ]
}

log_says() {
	grep -Eq -- "$1" $LAB/log/signetd
}

# world_leaves_from ADDRESS TO…: from now on the kernel chooses that address of this host for connections to those, as if
# it were the host's own. Who has the other end sees it.
world_leaves_from() {
	local from=$1 to
	shift
	ip address replace "$from/32" dev lo
	for to; do
		ip route replace table local local "$to" dev lo src "$from"
	done
}

# world_do_fixes SERVER: executes the records among the fixes that a report on stdin prints, each as it stands there.
world_do_fixes() {
	tr -d '\r' | sed -n 's/^ *\(fix: *\)\{0,1\}\(update \(add\|delete\) .*\)/\2/p' | while IFS= read -r line; do
		printf 'server %s\n%s\nsend\n' "$1" "$line" | nsupdate -v || return 1
	done
}

# Ends a script: no sanitizer has spoken, no role has crashed unasked.
world_done() {
	local noise
	noise=$(grep -hE 'AddressSanitizer|runtime error:|LeakSanitizer|ended by signal (4|7|8|11|31) ' $LAB/log/* 2>/dev/null | head -n 5)
	is "no sanitizer had anything to say, and no role has crashed or was killed for a call that it may not make" "$noise" ""
	tap_done
}
