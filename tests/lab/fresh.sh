# shellcheck shell=bash
# SPDX-License-Identifier: ISC
#
# fresh.sh - a root as a new Debian has it, inside the lab, where what a person
# is told to type is typed. For scripts that have sourced world.sh.
#
#   fresh NAME [PEERS]     sets root; the programs of that set of peers are in it besides. What is written there is gone with the lab.
#   typed COMMAND          as root there, in the source's folder; sets out and status. Each line of TYPED_ENV is in its
#                          environment, and TYPED_INPUT is its standard input.
#
# Nothing that it writes leaves the lab: the folder of programs is laid under one of its own, so that make may build there.

LAYERS=$LAB/layers
RAN=${RAN:-$LAB/ran}
TYPED_ENV=
TYPED_INPUT=/dev/null

fresh() {
	local name=$1 peers=${2:-}
	root=$LAYERS/$name/root
	mkdir -p $LAYERS/$name/{up,work,root,build-up,build-work,usr-up,usr-work}
	mount -t overlay lab -o "lowerdir=/,upperdir=$LAYERS/$name/up,workdir=$LAYERS/$name/work" "$root" || lab_die "no fresh root"
	[ -z "$peers" ] || fresh_peers "$LAYERS/$name" "$peers"
	mount --rbind /dev "$root/dev"
	mount -t proc lab "$root/proc"
	mount -t tmpfs -o mode=755 lab "$root/run"
	mount -t tmpfs -o mode=1777 lab "$root/tmp"
	mkdir -p "$root$LAB_SOURCE" "$root$LAB_BUILD"
	mount --bind "$LAB_SOURCE" "$root$LAB_SOURCE"
	mount -t overlay lab -o "lowerdir=$LAB_BUILD,upperdir=$LAYERS/$name/build-up,workdir=$LAYERS/$name/build-work" "$root$LAB_BUILD" ||
		lab_die "no folder of programs for the fresh root"
	rm -rf "$root"/{etc/signet,var/spool/signet,var/lib/signet,etc/resolv.conf}
	sed -i '/^signet/d' "$root"/etc/{passwd,group,shadow,gshadow} 2>/dev/null
	echo 'nameserver 127.0.0.1' > "$root/etc/resolv.conf"
	printf '%s\n' '127.0.0.1 localhost' '192.0.2.1 mail.example.org' > "$root/etc/hosts"
	install -D -m 644 $LAB/dns/root.key "$root/usr/share/dns/root.key"
	rm -rf "$root/etc/ssl/certs"
	cp -a /etc/ssl/certs "$root/etc/ssl/"
	mkdir -p "$root/usr/local/bin"
	printf '#!/bin/sh\nexec "$@"\n' > "$root/usr/local/bin/sudo"
	fresh_init > "$root/usr/local/bin/systemctl"
	chmod 755 "$root"/usr/local/bin/{sudo,systemctl}
}

# Over the system's own /usr and not over the lab's: overlays may not be laid on each other at will.
fresh_peers() {
	mountpoint -q $LAB/system || { mkdir $LAB/system && mount --bind / $LAB/system; }
	mount -t overlay lab -o "lowerdir=$LAB/peers/$2/usr:$LAB/system/usr,upperdir=$1/usr-up,workdir=$1/usr-work" "$root/usr" ||
		lab_die "no peers for the fresh root"
}

# No systemd runs here: this does what the unit says, as far as a unit of one daemon needs.
fresh_init() {
	cat <<-'END'
	#!/bin/sh
	set -u
	action=$1; shift
	case $action in
	enable) shift; action=start ;;
	disable) shift; action=stop ;;
	esac
	unit_of() {
		for folder in /usr/local/lib/systemd/system /usr/lib/systemd/system; do
			[ ! -e "$folder/$1" ] || { echo "$folder/$1"; return; }
		done
		echo "Unit $1 not found." >&2
		return 5
	}
	case $1 in
	*.timer) grep -q '^OnCalendar=' "$(unit_of "$1")"; exit ;;
	*.socket) grep -q '^Listen[A-Za-z]*=' "$(unit_of "$1")"; exit ;;
	esac
	unit=$(unit_of "$1.service") || exit 5
	lines() { sed -n "s/^$1=[-+!@:]*//p" "$unit"; }
	running() { MAINPID=$(cat "/run/$unit_name.pid" 2>/dev/null) && kill -0 "$MAINPID" 2>/dev/null; }
	unit_name=$1
	case $action in
	stop|restart)
		running && { kill "$MAINPID"; while running; do sleep 0.05; done; }
		[ "$action" = restart ] || exit 0 ;;
	reload)
		running || { echo "$1.service is not active, cannot reload." >&2; exit 1; }
		export MAINPID
		lines ExecReload | while read -r command; do sh -c "$command" || exit; done
		exit ;;
	start) ;;
	*) echo "no $action here" >&2; exit 1 ;;
	esac
	running && exit 0
	user=$(lines User)
	for folder in $(lines RuntimeDirectory | sed 's,^,/run/,') $(lines LogsDirectory | sed 's,^,/var/log/,') $(lines StateDirectory | sed 's,^,/var/lib/,'); do
		mkdir -p "$folder"
		[ -z "$user" ] || chown "$user:" "$folder"
	done
	caps=$(lines AmbientCapabilities | tr 'A-Z' 'a-z' | sed 's/cap_/+/g; s/ /,/g')
	setsid ${user:+setpriv --reuid "$user" --regid "$user" --init-groups --no-new-privs --inh-caps "$caps" --ambient-caps "$caps"} \
		$(lines ExecStart) >> /run/journal 2>&1 < /dev/null &
	echo $! > "/run/$unit_name.pid"
	END
}

typed() {
	local environment=()
	[ -z "$TYPED_ENV" ] || mapfile -t environment <<<"$TYPED_ENV"
	out=$(chroot "$root" env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C USER=root \
		BUILD="$LAB_BUILD" SANITIZE="${SANITIZE:-}" ASAN_OPTIONS="${ASAN_OPTIONS:-}" "${environment[@]}" \
		bash -c "cd '$LAB_SOURCE' && $1" 2>&1 <"$TYPED_INPUT")
	status=$?
	printf '%s\n' "$1" >> $RAN
}

# told NAME STATUS REGEX: of the last one typed
told() {
	is "$1: status" "$status" "$2"
	like "$1" "$out" "$3"
}
