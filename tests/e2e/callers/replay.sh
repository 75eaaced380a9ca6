# SPDX-License-Identifier: ISC
# shellcheck shell=bash
#
# replay.sh - the programs of callers/table send a letter each, six times: while signetd runs ("up"), to
# recipients whom their server refuses ("refused"), while signetd is away ("down"), while nobody can
# take mail at all ("lost"), and where there is no queue, to good recipients ("once") and to refused ones ("never").
#
# A caller is a row of the table and a program beside it, which is told in its environment what to send:
#
#   FROM FROM_NAME TO CC BCC SUBJECT    BODY FILE    paths of the text and of something to attach
#   PLACE     an empty folder, HOME       CALLERS    the folder with its like
#
# It exits as what it calls does, or 77 behind the words "cannot run here: WHY".
#
# Row: name | set | as | program and arguments | way | what of it is not as with others
#   set   core: in make check, too; more: in make check-full alone
#   as    a user, or a uid that nobody has, and: no-new-privs, alone (in a network of its own)
#   way   sendmail; or bs, smtp: it hears at once when a message is not taken
#   what is not as with others (key=value; …):
#     sender from named    MAIL FROM (FROM unless told), the address and the name in From
#     to                   who gets it: of "to cc bcc"
#     subject body         patterns, in place of the letter's; prefix (_ is a blank), quoted: what stands before Subject and each line
#     dot=ends             it says without -i that a line with a dot alone ends its text
#     mbox=1               it writes ">" before a line that begins with "From " itself
#     files                how often FILE is attached
#     up refused down lost once never
#                          what the caller shows: sent (exit 0), fails (exit not 0), silent, or a pattern of what it says
#     status=0             it may exit 0 when it shows that
#     local                a local name by which it mails TO
#     needs                a program that not every release has

CALLERS=$LAB/callers
D=callers.world.example
export REFUSED_AT=nobody.world.example
FOLDER=$LAB_SOURCE/tests/e2e/callers

# ---- the world -----------------------------------------------------------------------------

replay_begin() {
	cp -r "$FOLDER" $CALLERS
	chmod -R a+rX $CALLERS
	mkdir -m 711 calls
	world_names
	lab_zone world.example <<< $'callers MX 10 mx\nnobody MX 10 mx'
	world_keys
	world_config <<-END
	root = "root@$D";
	routes = ( { to = [ "*" ]; via = [ "mx" ]; } );
	listen = [ "127.0.0.1:25" ];
	retry_min = "500ms"; retry_max = "2s";
	END
	$SIGNET dns --zone | lab_zone sender.example
	lab_dns_start
	# shellcheck disable=SC2034
	LAB_MX_BOXES=$(printf '@%s all/\n' $D sender.example)
	lab_mx_start mx 192.0.2.10 mx.world.example $D sender.example $REFUSED_AT -- 'smtpd_hard_error_limit = 1000' 'smtpd_error_sleep_time = 0'
	mount --bind $SENDMAIL /usr/sbin/sendmail
	# What phpenmod would have made.
	mkdir php.d
	find /usr/lib/php -name '*.so' ! -name opcache.so -printf 'extension=%f\n' > php.d/all.ini
	PHP=$(find /usr/bin -name 'php[0-9]*.[0-9]' | head -n 1)
	replay_letter
	printf '%s:*:20000::::::\n' root alice bob > $LAB/etc/shadow
	lab_signetd_start
}

replay_letter() {
	export FROM=alice@sender.example FROM_NAME='Álice Çaller' SUBJECT='Grüße aus Łódź: 7 € – NAME' BODY=$LAB/letter FILE=$LAB/attachment
	{
		printf '%s\n' 'Hello,' '' 'Zażółć gęślą jaźń: 7 €.' '.' '..' '.html' 'From here on all is text.' '>From there as well.' \
			'=3D is no sign of quoted-printable.' '-- ' 'trailing blanks   '
		printf '%0600d%0600d\n' 1 2
		echo 'The end.'
	} > $BODY
	{ printf '\0\r\n.\r\n\377\n.\n'; head -c 3000 /dev/urandom; } > $FILE
}

# ---- a round -------------------------------------------------------------------------------

# rows SET: those of core, or all
rows() {
	grep -E '^[a-z]' $CALLERS/table | if [ "$1" = core ]; then grep -E '^[^|]*\| *core'; else cat; fi
}

# choose ROWS: those whose program is there
choose() {
	local row
	while read -r row; do
		[[ $row =~ needs=([a-z0-9-]+) ]] && ! command -v "${BASH_REMATCH[1]}" >/dev/null || echo "$row"
	done < "$1"
}

trim() {
	local text=${1#"${1%%[! ]*}"}
	printf %s "${text%"${text##*[! ]}"}"
}

# domain_of ROUND: where its recipients are
domain_of() {
	case $1 in
	refused|never) echo $REFUSED_AT ;;
	*)             echo $D ;;
	esac
}

# call ROUND NAME AS PROGRAM: runs it, and keeps what it said and how it ended
call() {
	local round=$1 name=$2 at words program arguments runner how=() user
	read -ra words <<< "$3"
	user=${words[0]}
	eval "arguments=($4)"
	program=$CALLERS/${arguments[0]}
	case $program in
	*.php) runner=("$PHP") ;;
	*.pl)  runner=(perl) ;;
	*.py)  runner=(/usr/bin/python3) ;;
	*.rb)  runner=(ruby) ;;
	*.js)  runner=(env NODE_PATH=/usr/share/nodejs node) ;;
	*.el)  runner=(emacs-nox -Q --batch -l) ;;
	*)     runner=(sh) ;;
	esac
	case " ${words[*]} " in *" alone "*) how+=(unshare --net) ;; esac
	how+=(setpriv --reuid "$user" --regid "$(id -g "$user" 2>/dev/null || echo "$user")" --clear-groups)
	case " ${words[*]} " in *" no-new-privs "*) how+=(--no-new-privs) ;; esac
	at=$(domain_of "$round")
	install -d -o "$user" -m 711 "calls/$name.$round"
	(
		cd "calls/$name.$round" || exit
		exec timeout --kill-after=5 90 "${how[@]}" env -i PATH="$PATH" LANG=C.UTF-8 LC_ALL=C.UTF-8 USER="$user" LOGNAME="$user" TMPDIR=$LAB/tmp \
			PHP_INI_SCAN_DIR=$LAB/php.d CALLERS=$CALLERS PLACE="$PWD" HOME="$PWD" FROM="$FROM" FROM_NAME="$FROM_NAME" BODY=$BODY FILE=$FILE \
			TO="$name.$round.to@$at" CC="$name.$round.cc@$at" BCC="$name.$round.bcc@$at" SUBJECT="${SUBJECT/NAME/$name.$round}" ROUND="$round" \
			"${runner[@]}" "$program" "${arguments[@]:1}"
	) > "calls/$name.$round.said" 2>&1 < /dev/null
	echo $? > "calls/$name.$round.status"
}

# The local names of a round lead to who is meant by them.
aliases() {
	local name wanted at
	at=$(domain_of "$1")
	while IFS='|' read -r name _ _ _ _ wanted; do
		[[ $wanted =~ local=([a-z0-9]+) ]] && echo "${BASH_REMATCH[1]}: $(trim "$name").$1.to@$at"
	done < chosen > $LAB/etc/aliases
}

# all ROUND: all callers, LANES at a time
LANES=3
all() {
	local lane lanes=()
	aliases "$1"
	lab_step "$1"
	for (( lane = 0; lane < LANES; lane++ )); do
		lane "$1" $lane &
		lanes+=($!)
	done
	wait "${lanes[@]}"
}

lane() {
	local name as program n=0
	while IFS='|' read -r name _ as program _; do
		[ $(( n++ % LANES )) -ne "$2" ] || call "$1" "$(trim "$name")" "$(trim "$as")" "$(trim "$program")"
	done < chosen
}

judge() {
	while IFS=$'\t' read -r status what why; do
		case $status in
		skip) skip "$what" "$why" ;;
		*)    [ "$status" = ok ]; tap_say $? "$what" || diag "$why" ;;
		esac
	done < <(SUBJECT=$SUBJECT /usr/bin/python3 $CALLERS/judge.py $CALLERS/table "$1" $LAB/calls $LAB/mail $SIGNET $LAB/log "${names[@]}")
}

nothing_waits() {
	[ -z "$(find /var/spool/signet/drop -type f)" ] && lab_queue_is_empty
}

# Without a queue there is no listener and there are no aliases. A key has one owner: nothing is signed.
without_queue() {
	lab_signetd_stop
	install -m 666 /dev/null log/once
	world_config <<-END
	queue = "none";
	END
	sed -i '/^dkim/,/^);/d; /^smarthosts/,/^ *user/d; s|^log = .*|log = "'$LAB'/log/once";|' $CONF
	echo 'smarthost = { host = "mx.world.example"; port = 25; tls = "none"; };' >> $CONF
	grep -vE '\| *smtp *\||local=' chosen > with_sendmail
	mv with_sendmail chosen
	mapfile -t names < <(cut -d'|' -f1 chosen | tr -d ' ')
}

# replay SET: all of a script
replay() {
	local name names
	replay_begin
	rows "$1" > wanted
	choose wanted > chosen
	mapfile -t names < <(cut -d'|' -f1 chosen | tr -d ' ')
	tap_plan $(( $(wc -l < wanted) * 8 + $(grep -cvE '\| *smtp *\||local=' chosen) * 4 + 9 ))
	while IFS='|' read -r name _; do
		skip "$(trim "$name")" "it is in no package of this release" 8
	done < <(grep -vxFf chosen wanted)

	all up
	ok "up: nothing is left in queue and drop folder" lab_until 60 nothing_waits
	judge up

	all refused
	ok "refused: nothing is left" lab_until 60 nothing_waits
	judge refused

	lab_signetd_stop
	all down
	is "down: nobody but root can see what was dropped" "$(find /var/spool/signet/drop -type f ! -perm 640)" ""
	lab_signetd_start
	ok "down: all of it goes when signetd is back" lab_until 60 nothing_waits
	judge down

	lab_signetd_stop
	chmod 0 signet-drop
	all lost
	is "lost: nothing was dropped" "$(find /var/spool/signet/drop -type f)" ""
	lab_signetd_start
	ok "lost: nothing comes of it" lab_until 60 nothing_waits
	judge lost
	is "signetd had nothing to complain of" "$(grep -E ' (error|warning|panic|fatal): ' log/signetd)" ""

	without_queue
	all once
	judge once
	all never
	judge never
	is "without a queue nothing is kept" "$(find /var/spool/signet/drop -type f)" ""
}
