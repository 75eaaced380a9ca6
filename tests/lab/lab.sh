# SPDX-License-Identifier: ISC
# shellcheck shell=bash
#
# lab.sh - a small internet inside namespaces, for bash scripts to source.
#
#   . tests/lab/lab.sh
#   lab_enter "$@"          # from here on: own mounts, network, pids; root inside
#   lab_zone …; lab_dns_start
#   lab_mx_start …; lab_smarthost_start …
#   lab_signetd_start CONFIG
#
# LAB_PEERS, set before, names the sets of peers.sh to be there: root alone unless it is.
#
# lab_enter runs the script again in new mount, network, pid, ipc and uts
# namespaces (and a user namespace where not root). There /usr has the peers'
# files laid over it and /etc has passwd, group, hosts and resolv.conf of its
# own; /run and /var/spool are empty. Nothing of the machine's mail set-up is
# seen or touched, and when the script ends, its pid namespace ends with it.
#
# Addresses, all on the lab's own loopback interface:
#   127.0.0.1     the name server        192.0.2.10, .11   mail exchangers
#   192.0.2.1     this host              192.0.2.20, .21   smarthosts
#   192.0.2.30    refuses connections    198.51.100.0/24   swallows everything, where the kernel can

. "$(dirname "${BASH_SOURCE[0]}")/keep.sh"

LAB=/run/lab
LAB_ROOT_ZONE_SERIAL=1

lab_die() {
	echo "lab: $*" >&2
	exit 1
}

# ---- the way in ----------------------------------------------------------------

lab_enter() {
	if [ -z "${LAB_INSIDE:-}" ]; then
		lab_unshare "$@"
	fi
	KEEP_TREE=$LAB_SOURCE
	trap 'exit 130' INT TERM
	trap lab_leave EXIT
	lab_watch &
	lab_arrange_mounts
	lab_arrange_users
	lab_arrange_network
	cd "$LAB" || exit 1
}

# A chroot's folder that is no mount point cannot be kept apart from what is mounted around it.
lab_chroot_hint() {
	awk '$5 == "/" { found = 1 } END { exit found }' /proc/self/mountinfo 2>/dev/null &&
		echo "; in a chroot, first make its folder a mount point, from outside: mount --bind FOLDER FOLDER"
}

# Runs this script again, inside; does not return.
lab_unshare() {
	local source build peers user=() spaces
	source=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
	build=${BUILD:-$source/build}
	[ "${build#/}" != "$build" ] || build=$source/$build
	for peers in ${LAB_PEERS:-root}; do
		sh "$source/tests/lab/peers.sh" "$peers" || exit 1
	done
	[ -x "$build/signetd" ] || lab_die "no programs in $build: run make first"

	[ "$(id -u)" -eq 0 ] || user=(--user --map-root-user --map-auto)
	spaces=("${user[@]}" --mount --net --pid --ipc --uts --fork --kill-child --mount-proc)
	if ! why=$(unshare "${spaces[@]}" true 2>&1); then
		lab_die "this system does not allow us namespaces (${why:-no reason given}), and the servers of the lab run nowhere else: run it as root, on a machine or container that may unshare$(lab_chroot_hint)"
	fi
	export LAB_INSIDE=1 LAB_SOURCE=$source LAB_BUILD=$build LAB_NAME
	LAB_NAME=$(basename "$0" .sh)${SANITIZE:+-sanitized}
	export LC_ALL=C PATH=/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/bin
	# The limit is lab_watch's; this one is for what does not end by that.
	exec timeout --foreground --kill-after=5 $((${LAB_LIMIT_S:-300} + 30)) \
		unshare "${spaces[@]}" bash "$0" "$@"
}

# Ends a script that takes longer than LAB_LIMIT_S, whatever it waits for; first it keeps what there is to see.
lab_watch() {
	trap - INT TERM EXIT
	sleep "${LAB_LIMIT_S:-300}"
	echo "# lab: $LAB_NAME is not done within ${LAB_LIMIT_S:-300} s$(sed 's/^/, at /' $LAB/step 2>/dev/null)" >&2
	lab_keep
	kill $$
	sleep 10
	kill -KILL $$
}

# lab_step NAME: where the script is, should its time be up.
lab_step() {
	echo "$1" > $LAB/step
}

# What the lab logged is worth keeping only when something went wrong.
lab_leave() {
	local status=$?
	keep_nothing "$LAB_NAME"
	[ "$status" -eq 0 ] || lab_keep
}

# The logs of signetd and its peers, what lies in the spool, who runs, and what was said to hostile servers last.
lab_keep() {
	local said
	keep_begin "$LAB_NAME"
	mapfile -t said < <(find $LAB -maxdepth 3 -name '*.commands' -printf '%T@ %p\n' 2>/dev/null | sort -rn | cut -d' ' -f2-)
	keep $LAB/log $LAB/log/*
	keep /etc/signet /etc/signet/*.conf
	keep_said spool find /var/spool/signet -ls
	keep_said queue $LAB/build/signet queue list
	keep_said processes ps -eo pid,ppid,user,stat,etimes,args
	keep $LAB "${said[@]}"
	keep_end
}

lab_arrange_mounts() {
	local peers over_usr='' over_etc=''
	mount -t tmpfs -o mode=755 lab /run || lab_die "cannot mount a tmpfs"
	mkdir -p $LAB/{etc,peers,build,log,tls,dns,mail,signet} $LAB/tmp /run/lock
	mkfifo -m 666 $LAB/pause
	chmod 1777 $LAB/tmp
	export TMPDIR=$LAB/tmp
	mount --rbind "$LAB_SOURCE/build/lab" $LAB/peers
	# Other users must reach the programs, wherever this source lies.
	mount --rbind "$LAB_BUILD" $LAB/build
	mkdir $LAB/etc/signet
	printf '%s\n' 'nameserver 127.0.0.1' 'options timeout:2 attempts:2' > $LAB/etc/resolv.conf
	printf '%s\n' '127.0.0.1 localhost' '::1 localhost' '192.0.2.1 mail.sender.example' > $LAB/etc/hosts
	printf '%s\n' 'passwd: files' 'group: files' 'hosts: files dns' 'services: files' > $LAB/etc/nsswitch.conf
	: > $LAB/etc/passwd
	: > $LAB/etc/group
	: > $LAB/etc/ld.so.preload
	: > $LAB/etc/aliases
	for peers in ${LAB_PEERS:-root}; do
		over_usr=$over_usr$LAB/peers/$peers/usr:
		over_etc=$over_etc$LAB/peers/$peers/etc:
	done
	mount -t overlay lab -o "lowerdir=$over_usr/usr" /usr &&
		mount -t overlay lab -o "lowerdir=$LAB/etc:$over_etc/etc" /etc ||
		lab_die "this kernel cannot lay one folder over another (overlayfs), which the lab needs"
	mount --bind $LAB/signet /etc/signet
	mount -t tmpfs -o mode=755 lab /var/spool
	[ ! -d /var/mail ] || [ -L /var/mail ] || mount -t tmpfs -o mode=2775,gid=8 lab /var/mail
	hostname mail.sender.example
}

lab_arrange_users() {
	cat > $LAB/etc/passwd <<-'END'
	root:x:0:0:root:/root:/bin/sh
	daemon:x:1:1:daemon:/:/usr/sbin/nologin
	nobody:x:65534:65534:nobody:/:/usr/sbin/nologin
	signet:x:401:401:Signet:/:/usr/sbin/nologin
	postfix:x:402:402:Postfix:/:/usr/sbin/nologin
	opendkim:x:403:403:OpenDKIM:/:/usr/sbin/nologin
	mailbox:x:404:404:Delivered mail:/:/usr/sbin/nologin
	Debian-exim:x:405:405:Exim:/:/usr/sbin/nologin
	alice:x:1001:1001:Alice Caller:/:/bin/sh
	bob:x:1002:1002:Bob Caller:/:/bin/sh
	END
	cat > $LAB/etc/group <<-'END'
	root:x:0:
	daemon:x:1:
	mail:x:8:
	nogroup:x:65534:
	signet:x:401:
	signetdrop:x:411:
	postfix:x:402:
	postdrop:x:412:
	opendkim:x:403:
	mailbox:x:404:
	Debian-exim:x:405:
	alice:x:1001:
	bob:x:1002:
	END
}

lab_arrange_network() {
	local address
	ip link set lo up
	for address in 192.0.2.{1,10,11,20,21,30}; do
		ip address add $address/32 dev lo
	done
	ip -6 address add 2001:db8::10/128 dev lo 2>/dev/null
	# A dummy interface answers nothing at all: a silent host.
	if ip link add silent0 type dummy 2>/dev/null; then
		ip link set silent0 up
		ip route add 198.51.100.0/24 dev silent0
	fi
	return 0
}

lab_has_silence() {
	ip link show silent0 >/dev/null 2>&1
}

# ---- keys ------------------------------------------------------------------------

# lab_key OPTIONS…: signet key new, and its records are not shown. Of an ed25519 key it is expected to warn that many receivers want RSA,
# unless an RSA key is configured; whatever else it warns of is shown.
lab_key() {
	local said result
	said=$($SIGNET key new "$@" 2>&1 >/dev/null)
	result=$?
	grep -v '^signet: warning: [^ ]* has no RSA key, and many receivers verify no other' <<<"$said" | grep . >&2
	return $result
}

# ---- waiting, always with a deadline -------------------------------------------

# lab_until SECONDS COMMAND…: true as soon as COMMAND is; false when time is up. It asks often at first, then the more seldom
# the longer it has waited and the longer asking takes: many scripts that ask share the machine with what they wait for.
# COMMAND may be a function, which sees what is local here: hence the names.
lab_until() {
	local lab_begun_us=${EPOCHREALTIME/./} lab_asked_us lab_now_us lab_pause_us
	local lab_end_us=$(( lab_begun_us + $1 * 1000000 ))
	shift
	lab_asked_us=$lab_begun_us
	until "$@" >/dev/null 2>&1; do
		lab_now_us=${EPOCHREALTIME/./}
		[ "$lab_now_us" -lt "$lab_end_us" ] || return 1
		lab_pause_us=$(( (lab_now_us - lab_begun_us) / 16 + 2 * (lab_now_us - lab_asked_us) ))
		lab_pause $(( lab_pause_us < 20000 ? 20000 : lab_pause_us > 250000 ? 250000 : lab_pause_us ))
		lab_asked_us=${EPOCHREALTIME/./}
	done
}

# lab_pause MICROSECONDS: without a process of its own. Nobody ever writes into that FIFO; where it is not seen, sleep(1) does.
lab_pause() {
	local time nothing
	printf -v time '0.%06d' "$1"
	read -rt "$time" nothing <> $LAB/pause
	[ $? -gt 128 ] || sleep "$time"
}

lab_answers() {
	(: < "/dev/tcp/$1/$2") 2>/dev/null
}

lab_need() {
	lab_until "$@" || lab_die "not within $1 s: ${*:2}"
}

# ---- names -----------------------------------------------------------------------

# lab_zone NAME: adds the records on stdin to a zone; SOA and NS come by themselves.
lab_zone() {
	local file=$LAB/dns/$1.zone
	if [ ! -e "$file" ]; then
		printf '%s\n' "\$ORIGIN $1." '$TTL 1' \
			"@ SOA ns hostmaster 1 3600 600 86400 1" '@ NS ns' 'ns A 127.0.0.1' > "$file"
	fi
	cat >> "$file"
}

# lab_zone_sign NAME…: those zones will be signed, and the root will vouch for them.
lab_zone_sign() {
	local zone
	for zone in "$@"; do
		: > "$LAB/dns/$zone.signed"
	done
}

# One Knot serves the root and every zone; the root is signed, and its key is
# the lab's trust anchor in the place of the world's. With LAB_DNS_UPDATES it takes
# updates of any of them (RFC 2136), which last until it ends.
lab_dns_start() {
	local zone name
	{
		printf '%s\n' '. 300 SOA ns. hostmaster. 1 3600 600 86400 5' '. 300 NS ns.' 'ns. 300 A 127.0.0.1'
		for zone in $LAB/dns/*.zone; do
			name=$(basename "$zone" .zone)
			printf '%s\n' "$name. 300 NS ns.$name." "ns.$name. 300 A 127.0.0.1"
		done
	} > $LAB/dns/root
	{
		cat <<-END
		server:
		  rundir: $LAB/dns
		  listen: 127.0.0.1@53
		database:
		  storage: $LAB/dns
		log:
		  - target: $LAB/log/knot
		    any: info
		acl:
		  - id: all
		    address: 127.0.0.0/8
		    action: update
		policy:
		  - id: lab
		    single-type-signing: on
		    algorithm: ed25519
		template:
		  - id: default
		    storage: $LAB/dns
		    zonefile-sync: -1
		    journal-content: none
		$([ -z "${LAB_DNS_UPDATES:-}" ] || printf '%s\n' '    acl: all')
		zone:
		  - domain: .
		    file: root
		    dnssec-signing: on
		    dnssec-policy: lab
		END
		for zone in $LAB/dns/*.zone; do
			printf '  - domain: %s\n    file: %s\n' "$(basename "$zone" .zone)." "$zone"
			[ ! -e "${zone%.zone}.signed" ] || printf '    %s\n' 'dnssec-signing: on' 'dnssec-policy: lab'
		done
	} > $LAB/dns/knot.conf
	for zone in . $LAB/dns/*.signed; do
		[ "$zone" = . ] || [ -e "$zone" ] || continue
		name=$(basename "$zone" .signed)
		keymgr -c $LAB/dns/knot.conf "$name" generate algorithm=ed25519 ksk=yes zsk=yes >/dev/null ||
			lab_die "keymgr could not make a key for $name"
		[ "$zone" = . ] || keymgr -c $LAB/dns/knot.conf "$name" ds >> $LAB/dns/root
	done
	keymgr -c $LAB/dns/knot.conf . dnskey | sed 's/^\. /. 300 IN /' > $LAB/dns/root.key
	mount --bind $LAB/dns/root.key /usr/share/dns/root.key
	knotd -c $LAB/dns/knot.conf >>$LAB/log/knot 2>&1 &
	LAB_DNS_PID=$!
	lab_need 60 lab_answers 127.0.0.1 53
	lab_need 60 knotc -c $LAB/dns/knot.conf zone-read . . SOA
}

lab_dns_stop() {
	kill "$LAB_DNS_PID"
	wait "$LAB_DNS_PID" 2>/dev/null
}

# lab_knot_start NAME ADDRESS: one more Knot, that takes updates or follows
# another; its keys, ACLs and zones on stdin, zone files in $LAB/NAME.
lab_knot_start() {
	local at=$LAB/$1
	mkdir -p "$at"
	{
		printf '%s\n' 'server:' "  rundir: $at" "  listen: $2@53" 'database:' "  storage: $at" \
			'log:' "  - target: $LAB/log/$1" '    any: info'
		cat
	} > "$at/knot.conf"
	knotd -c "$at/knot.conf" >>"$LAB/log/$1.start" 2>&1 &
	eval "LAB_PID_${1//-/_}=\$!"
	lab_need 60 lab_answers "$2" 53
}

# lab_knot_zones FOLDER ZONE...: the end of its configuration, with ZONE.zone of that folder, which whoever is on loopback may update.
lab_knot_zones() {
	local zone
	printf '%s\n' 'acl:' '  - id: all' '    address: 127.0.0.0/8' '    action: update' 'template:' \
		'  - id: default' "    storage: $1" '    zonefile-sync: -1' '    journal-content: none' '    acl: all' 'zone:'
	for zone in "${@:2}"; do
		printf '  - domain: %s\n    file: %s.zone\n' "$zone" "$zone"
	done
}

# lab_knot_follow NAME ADDRESS PRIMARY ZONE...: one that gets these zones from the server at PRIMARY.
lab_knot_follow() {
	lab_knot_start "$1" "$2" < <(
		printf '%s\n' 'remote:' '  - id: primary' "    address: $3@53" 'acl:' '  - id: told' '    address: 127.0.0.0/8' \
			'    action: notify' 'template:' '  - id: default' "    storage: $LAB/$1" '    master: primary' '    acl: told' 'zone:'
		printf '  - domain: %s\n' "${@:4}"
	)
}

# The text on stdin as the strings of a TXT record.
lab_txt() {
	fold -w 250 | sed 's/.*/"&"/' | paste -sd' '
}

# After lab_zone on a running server.
lab_dns_reload() {
	local zone
	for zone in $LAB/dns/*.zone; do
		sed -i "s/^@ SOA ns hostmaster [0-9]*/@ SOA ns hostmaster $(( ++LAB_ROOT_ZONE_SERIAL ))/" "$zone"
	done
	knotc -c $LAB/dns/knot.conf -b zone-reload >/dev/null
	sleep 1.1   # the time to live of what was there before
}

# ---- certificates ----------------------------------------------------------------

lab_ca() {
	[ -e $LAB/tls/ca.pem ] || openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
		-subj '/CN=Lab CA' -keyout $LAB/tls/ca.key -out $LAB/tls/ca.pem 2>/dev/null
}

# The lab's CA is the one root of this system, in a folder as Debian keeps them.
lab_ca_is_trusted() {
	lab_ca
	mountpoint -q /etc/ssl/certs || mount -t tmpfs -o mode=755 lab /etc/ssl/certs
	rm -f /etc/ssl/certs/ca-certificates.crt
	cp $LAB/tls/ca.pem /etc/ssl/certs/lab.pem
	openssl rehash /etc/ssl/certs
	cp $LAB/tls/ca.pem /etc/ssl/certs/ca-certificates.crt
}

# lab_certificate HOST: $LAB/tls/HOST.pem and .key, signed by $LAB/tls/ca.pem.
lab_certificate() {
	lab_ca
	openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$1" \
		-keyout "$LAB/tls/$1.key" -out "$LAB/tls/$1.csr" 2>/dev/null
	openssl x509 -req -in "$LAB/tls/$1.csr" -CA $LAB/tls/ca.pem -CAkey $LAB/tls/ca.key -CAcreateserial \
		-days 2 -extfile <(echo "subjectAltName=DNS:$1") -out "$LAB/tls/$1.pem" 2>/dev/null
}

# ---- Postfix -----------------------------------------------------------------------

# lab_postfix_start NAME ADDRESS PORT HOSTNAME SETTING…: an instance of its own; LAB_POSTFIX_SERVICES are more lines of master.cf.
lab_postfix_start() {
	local name=$1 address=$2 port=$3 host=$4 setting
	local at=$LAB/$name
	shift 4
	mkdir -p "$at/etc" "$at/data" "$at/spool"/{active,bounce,corrupt,defer,deferred,flush,hold,incoming,maildrop,pid,private,public,saved,trace}
	chown postfix "$at/data" "$at/spool"/{active,bounce,corrupt,defer,deferred,flush,hold,incoming,maildrop,private,public,saved,trace}
	chgrp postdrop "$at/spool"/{maildrop,public}
	chmod 700 "$at/spool"/{active,bounce,corrupt,defer,deferred,flush,hold,incoming,private,saved,trace}
	chmod 710 "$at/spool/public"
	chmod 730 "$at/spool/maildrop"
	{
		printf '%s\n' 'compatibility_level = 3.6' "queue_directory = $at/spool" "data_directory = $at/data" \
			"inet_interfaces = $address" 'inet_protocols = all' "myhostname = $host" \
			'mydestination =' 'mynetworks = 127.0.0.2/32' 'biff = no' 'local_recipient_maps =' \
			'alias_maps =' 'alias_database =' 'smtpd_relay_restrictions = reject_unauth_destination' \
			"maillog_file = $LAB/log/$name" "maillog_file_prefixes = $LAB" \
			'daemon_directory = /usr/lib/postfix/sbin' 'shlib_directory = /usr/lib/postfix' \
			'smtputf8_enable = yes' 'minimal_backoff_time = 5s' 'queue_run_delay = 5s'
		for setting in "$@"; do
			echo "$setting"
		done
	} > "$at/etc/main.cf"
	cat > "$at/etc/master.cf" <<-END
	$port      inet  n - n - - smtpd
	pickup    unix  n - n 60 1 pickup
	cleanup   unix  n - n - 0 cleanup
	qmgr      unix  n - n 300 1 qmgr
	rewrite   unix  - - n - - trivial-rewrite
	tlsmgr    unix  - - n 1000? 1 tlsmgr
	bounce    unix  - - n - 0 bounce
	defer     unix  - - n - 0 bounce
	trace     unix  - - n - 0 bounce
	verify    unix  - - n - 1 verify
	flush     unix  n - n 1000? 0 flush
	proxymap  unix  - - n - - proxymap
	smtp      unix  - - n - - smtp
	relay     unix  - - n - - smtp
	showq     unix  n - n - - showq
	error     unix  - - n - - error
	retry     unix  - - n - - error
	discard   unix  - - n - - discard
	local     unix  - n n - - local
	virtual   unix  - n n - - virtual
	anvil     unix  - - n - 1 anvil
	scache    unix  - - n - 1 scache
	postlog   unix-dgram n - n - 1 postlogd
	END
	[ -z "${LAB_POSTFIX_SERVICES:-}" ] || printf '%s\n' "$LAB_POSTFIX_SERVICES" >> "$at/etc/master.cf"
	# Once in hundreds its postlogd stands still from the start, and all else waits for it: then begun again.
	for _ in 1 2 3; do
		MAIL_CONFIG=$at/etc /usr/lib/postfix/sbin/master -c "$at/etc" >>"$LAB/log/$name.start" 2>&1 &
		eval "LAB_PID_${name//-/_}=\$!"
		lab_until 60 lab_answers "$address" "$port" && lab_until 30 test -s "$LAB/log/$name" && return
		lab_postfix_stop "$name"
	done
	lab_die "Postfix $name does not begin"
}

# Until its children are gone as well: one that lives on takes connections that were meant for the next instance.
lab_postfix_stop() {
	local pid=LAB_PID_${1//-/_}
	kill "${!pid}" 2>/dev/null
	wait "${!pid}" 2>/dev/null
	lab_until 60 lab_group_is_gone "${!pid}"
}

lab_group_is_gone() {
	! pgrep -g "$1"
}

# lab_mx_start NAME ADDRESS HOSTNAME DOMAIN… [-- SETTING…]: takes mail for
# alice, bob, carol, dave, erin, owner, postmaster and user1 … user60 of each DOMAIN into
# $LAB/mail/DOMAIN/USER/new; OpenDKIM writes its opinion into every copy.
# Anyone else is unknown (5xx), but for LAB_MX_BOXES: more lines "ADDRESS FOLDER/", of which
# Postfix reads none that comes when it runs.
lab_mx_start() {
	local name=$1 address=$2 host=$3 domains=() domain user
	shift 3
	while [ $# -gt 0 ] && [ "$1" != -- ]; do
		domains+=("$1")
		shift
	done
	[ "${1:-}" != -- ] || shift
	lab_opendkim_start
	lab_certificate "$host"
	mkdir -p "$LAB/$name/etc"
	chown mailbox: $LAB/mail
	for domain in "${domains[@]}"; do
		for user in alice bob carol dave erin owner postmaster user{1..60}; do
			echo "$user@$domain $domain/$user/"
		done
	done > "$LAB/$name/etc/boxes"
	[ -z "${LAB_MX_BOXES:-}" ] || echo "$LAB_MX_BOXES" >> "$LAB/$name/etc/boxes"
	lab_postfix_start "$name" "$address" 25 "$host" \
		"virtual_mailbox_domains = ${domains[*]}" "virtual_mailbox_base = $LAB/mail" \
		"virtual_mailbox_maps = texthash:$LAB/$name/etc/boxes" \
		'virtual_uid_maps = static:404' 'virtual_gid_maps = static:404' 'virtual_mailbox_limit = 0' 'mailbox_size_limit = 0' 'message_size_limit = 0' \
		"smtpd_tls_cert_file = $LAB/tls/$host.pem" "smtpd_tls_key_file = $LAB/tls/$host.key" \
		'smtpd_tls_security_level = may' 'smtpd_tls_received_header = yes' \
		'smtpd_milters = inet:127.0.0.1:8891' 'milter_default_action = tempfail' "$@"
}

# lab_smarthost_start NAME ADDRESS HOSTNAME USER PASSWORD [SETTING…]: port 587,
# nothing without TLS and AUTH; relays by MX.
lab_smarthost_start() {
	local name=$1 address=$2 host=$3 user=$4 password=$5
	shift 5
	lab_certificate "$host"
	lab_ca_is_trusted
	mkdir -p "$LAB/$name/etc/sasl"
	printf '%s\n' 'pwcheck_method: auxprop' 'auxprop_plugin: sasldb' "sasldb_path: $LAB/$name/etc/sasldb2" \
		'mech_list: PLAIN LOGIN SCRAM-SHA-1 SCRAM-SHA-256' > "$LAB/$name/etc/sasl/smtpd.conf"
	printf %s "$password" | saslpasswd2 -p -c -f "$LAB/$name/etc/sasldb2" -u "$host" "$user" ||
		lab_die "saslpasswd2 failed"
	chown postfix "$LAB/$name/etc/sasldb2"
	lab_postfix_start "$name" "$address" 587 "$host" \
		"smtpd_tls_cert_file = $LAB/tls/$host.pem" "smtpd_tls_key_file = $LAB/tls/$host.key" \
		'smtpd_tls_security_level = encrypt' 'smtpd_tls_auth_only = yes' 'smtpd_tls_received_header = yes' \
		'smtpd_sasl_auth_enable = yes' 'smtpd_sasl_type = cyrus' 'smtpd_sasl_path = smtpd' \
		"cyrus_sasl_config_path = $LAB/$name/etc/sasl" "smtpd_sasl_local_domain = $host" \
		'smtpd_sasl_security_options = noanonymous' 'smtpd_sasl_authenticated_header = yes' \
		'smtpd_relay_restrictions = permit_sasl_authenticated, reject' \
		'smtpd_recipient_restrictions = permit_sasl_authenticated, reject' "$@"
}

# lab_exim_start NAME ADDRESS HOSTNAME: port 25, without TLS and AUTH; relays by MX, all of a connection at once.
lab_exim_start() {
	local at=$LAB/$1
	mkdir -p "$at/etc" "$at/log"
	install -d -o Debian-exim -g Debian-exim "$at/spool" "$at/log"
	cat > "$at/etc/exim4.conf" <<-END
	primary_hostname = $3
	local_interfaces = $2
	daemon_smtp_ports = 25
	spool_directory = $at/spool
	log_file_path = $at/log/%slog
	acl_smtp_rcpt = take
	acl_smtp_data = take
	smtp_accept_queue_per_connection = 0
	tls_advertise_hosts =
	keep_environment =
	begin acl
	take:
	  accept
	begin routers
	by_mx:
	  driver = dnslookup
	  transport = smtp
	  self = send
	begin transports
	smtp:
	  driver = smtp
	  hosts_avoid_tls = *
	END
	mount --bind "$at/etc" /etc/exim4
	exim4 -bdf -q1m >>"$LAB/log/$1" 2>&1 &
	lab_need 60 lab_answers "$2" 25
}

# Verifies what it sees, and says so in an Authentication-Results field.
lab_opendkim_start() {
	[ -z "${LAB_OPENDKIM_PID:-}" ] || return 0
	cat > $LAB/opendkim.conf <<-END
	Mode v
	Socket inet:8891@127.0.0.1
	AuthservID verifier.world.example
	AlwaysAddARHeader yes
	Syslog no
	Background no
	UserID opendkim
	Nameservers 127.0.0.1
	TrustAnchorFile /usr/share/dns/root.key
	On-DNSError accept
	On-BadSignature accept
	RemoveOldSignatures no
	END
	opendkim -f -x $LAB/opendkim.conf >>$LAB/log/opendkim 2>&1 &
	LAB_OPENDKIM_PID=$!
	lab_need 60 lab_answers 127.0.0.1 8891
}

# The copies in a mailbox: lab_mail DOMAIN USER prints their paths.
lab_mail() {
	local at=("$LAB/mail/$1/$2/new/"*)
	[ ! -e "${at[0]}" ] || printf '%s\n' "${at[@]}"
}

lab_mail_count() {
	local at=("$LAB/mail/$1/$2/new/"*)
	[ -e "${at[0]}" ] && echo ${#at[@]} || echo 0
}

lab_has_mail() {
	local at=("$LAB/mail/$1/$2/new/"*)
	[ -e "${at[0]}" ] && [ ${#at[@]} -ge "${3:-1}" ]
}

# ---- signetd ------------------------------------------------------------------------

# The settings every configuration here begins with: where things lie in the lab.
lab_config_base() {
	cat <<-END
	hostname = "mail.sender.example";
	domain = "sender.example";
	libexec = "$LAB/build/libexec/signet";
	drop_program = "$LAB/signet-drop";
	log = "$LAB/log/signetd";
	mx_allow = [ "192.0.2.0/24", "198.18.0.0/15", "2001:db8::/32" ];
	END
}

# lab_signetd_start [CONFIG]: waits until a submission would be taken.
lab_signetd_start() {
	local config=${1:-/etc/signet/signet.conf}
	install -o root -g signetdrop -m 2755 $LAB/build/signet-drop $LAB/signet-drop
	$LAB/build/signetd -C "$config" >>$LAB/log/signetd.stderr 2>&1 &
	LAB_SIGNETD_PID=$!
	lab_need 60 lab_signetd_ready
}

lab_signetd_ready() {
	kill -0 "$LAB_SIGNETD_PID" 2>/dev/null || lab_die "signetd ended: $(tail -n 3 $LAB/log/signetd.stderr)"
	$LAB/build/sendmail -C "${LAB_CONFIG:-/etc/signet/signet.conf}" -bp
}

lab_signetd_stop() {
	kill "$LAB_SIGNETD_PID" 2>/dev/null
	wait "$LAB_SIGNETD_PID" 2>/dev/null
}

lab_queue_is_empty() {
	[ -z "$($LAB/build/signet queue list --json 2>&1)" ]
}

# One line a process of ours: USER NAME PID. Zombies have no program.
lab_roles() {
	local at program name uid words
	local -A users
	while IFS=: read -r name _ uid _; do
		users[$uid]=$name
	done < /etc/passwd
	# shellcheck disable=SC2094
	while read -r at program; do
		# Postfix has programs of the same names.
		case $program in $LAB/build/signetd*|$LAB/build/libexec/signet/*|$LAB/libexec/*) ;; *) continue ;; esac
		uid=
		while read -r words; do
			case $words in Uid:*) read -r _ uid _ <<< "$words"; break ;; esac
		done < "$at/status"
		[ -n "$uid" ] || continue
		name=${program##*/}
		name=${name% (deleted)}
		# relay/template.h: it waits, and is at no work
		mapfile -d '' -t words < "$at/cmdline"
		[[ "${words[*]} " != *' template '* ]] || name+=-template
		echo "${users[$uid]:-$uid} $name ${at#/proc/}"
	done < <(find /proc/[0-9]*/exe -maxdepth 0 -printf '%h %l\n') 2>/dev/null | sort -k3n
}

# lab_pids ROLE; of the process that copies are made of: ROLE-template
lab_pids() {
	lab_roles | awk -v role="$1" '$2 == role { print $3 }'
}

# lab_hostile_start FOLDER ADDRESS PORT [many]: hostile_smtp.py, which records in FOLDER
# and does what FOLDER/script says; without a script it behaves.
lab_hostile_start() {
	mkdir -p "$1"
	[ -e "$1/script" ] || : > "$1/script"
	sleep infinity | /usr/bin/python3 "$LAB_SOURCE/tests/lab/hostile_smtp.py" "$@" >/dev/null 2>>$LAB/log/hostile &
	lab_need 60 lab_answers "$2" "$3"
}

# lab_https_start FOLDER ADDRESS: https_server.py on port 443, serving what FOLDER/HOST says. Sets LAB_HTTPS_PID.
lab_https_start() {
	mkdir -p "$1"
	/usr/bin/python3 "$LAB_SOURCE/tests/lab/https_server.py" "$1" "$2" 443 < <(sleep infinity) >/dev/null 2>>$LAB/log/https &
	LAB_HTTPS_PID=$!
	lab_need 60 lab_answers "$2" 443
}

# lab_oauth_start FOLDER ADDRESS PORT: oauth_server.py, which does what the files of FOLDER say; its certificate is to be there.
# Sets LAB_OAUTH_PID.
lab_oauth_start() {
	sleep infinity | /usr/bin/python3 "$LAB_SOURCE/tests/lab/oauth_server.py" "$@" >/dev/null 2>>$LAB/log/oauth &
	LAB_OAUTH_PID=$!
	lab_need 60 lab_answers "$2" "$3"
}
