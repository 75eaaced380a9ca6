#!/bin/bash
# SPDX-License-Identifier: ISC
# The documents are true: pages are well-formed mdoc whose links lead somewhere; what they tell to type is typed, in order, on a fresh
# root, and what they tell to put into a file is put there and works; tables of files and roles are compared with what is there.
# A display that is not run here is in the list at the end, with the script that runs it or the reason why nothing can.
LAB_PEERS="root manual metrics"
. "$(dirname "$0")/world.sh"
. "$(dirname "$0")/../lab/fresh.sh"
world_begin "$@"
tap_plan 111
if [ "$(stat -c %u /usr)" -ne 0 ]; then
	skip "what the documents say" "in a user namespace the files of the machine's root are nobody's, and no fresh root can be made of them" 99
	world_done
	exit
fi
RAN=$LAB/ran
: > $RAN

cd "$LAB_SOURCE" || exit 1
PAGES=$(ls doc/*.7 etc/*.5 sendmail-shim/*.8 relay/signetd/*.8 signet/*.8)
TASKS=$(ls doc/*.7)
cd "$LAB" || exit 1
pages() {
	/usr/bin/python3 -B "$LAB_SOURCE/tests/lab/pages.py" "$@"
}

# ---- form ----------------------------------------------------------------------------------

# What a page of another package is called is not known here, so that message is left out; links are looked at below.
lint() {
	(cd "$LAB_SOURCE" && for page in $PAGES; do mandoc -T lint "$page" 2>/dev/null; done) | grep -v 'referenced manual not found'
}
is "mandoc -T lint has nothing to say of the pages" "$(lint)" ""
named() {
	(cd "$LAB_SOURCE" && for page in $PAGES; do
		name=${page##*/}
		grep -qix "\.Dt ${name%.*} ${name##*.}" "$page" || echo "$page: .Dt"
		grep -qx '\.Os' "$page" || echo "$page: .Os"
	done)
}
is "each says its own name" "$(named)" ""
is "those by task are short" "$(cd "$LAB_SOURCE" && wc -l $TASKS | awk '$2 != "total" && $1 > 150')" ""
OTHERS='aliases:5 cron:8 fcntl:2 knsupdate:1 logrotate:8 mailq:1 mdoc:7 newaliases:1 nsupdate:1 openssl:1 passwd:5 postmap:1 prctl:2 procmail:1 ps:1
runuser:1 sd_notify:3 seccomp:2 sqlite3:1 sysexits:3 systemd:1 tsig-keygen:8'
lead_nowhere() {
	(cd "$LAB_SOURCE" && pages links $PAGES) | sort -u | while IFS=$'\t' read -r page name section; do
		case " $(echo $OTHERS) " in *" $name:$section "*) continue ;; esac
		case " $(echo $PAGES) " in *"/$name.$section "*) ;; *) echo "$page: $name($section)" ;; esac
	done
}
is "links lead to pages of ours, or to known ones of others" "$(lead_nowhere)" ""
is "a page by task is named by another" "$(cd "$LAB_SOURCE" && for page in $TASKS; do
	name=${page##*/}
	grep -l "^\.Xr ${name%.7} 7" $PAGES | grep -qv "$page" || echo "$name"
done)" ""

# A display is here as a reader sees it.
shown_otherwise() {
	local page
	for page in $PAGES; do
		mkdir -p "$LAB/pages/${page##*/}"
		pages displays "$LAB_SOURCE/$page" "$LAB/pages/${page##*/}"
		mandoc -T ascii -O width=240 "$LAB_SOURCE/$page" 2>/dev/null | col -b | sed 's/[ \t][ \t]*/ /g' > rendered
		cat "$LAB/pages/${page##*/}"/[0-9]* 2>/dev/null | sed 's/[ \t][ \t]*/ /g; s/^ //; s/ $//' | while IFS= read -r line; do
			grep -qF -- "$line" rendered || echo "${page##*/}: $line"
		done
	done
}
is "what is taken from them is what a reader sees" "$(shown_otherwise)" ""

# Names of Postfix's in "Known as": all that this version has; one of a later version says which.
known() {
	sed -n '/^Known as /,/\.$/p' "$LAB_SOURCE/etc/signet.conf.5" | tr '\n' ' ' | sed 's/Known as /\n/g' |
		grep -oE '[a-zA-Z_0-9]+( and [a-zA-Z_0-9]+)* \(Postfix\)' | sed 's/ (Postfix)//; s/ and /\n/g' | sort -u
}
# It has default_destination_... for each transport, by its name.
postconf -d 2>/dev/null | sed 's/ =.*//; s/^default_destination\(.*\)/&\nsmtp_destination\1/' > postconf.names
ok "the manual has Postfix's names" test "$(known | wc -l)" -gt 40
is "and Postfix has them" "$(known | grep -vxFf postconf.names)" ""

# ---- names and servers ---------------------------------------------------------------------------

lab_zone example.org <<'END'
@ MX 10 mx.world.example.
mail A 192.0.2.1
END
lab_zone world.example <<'END'
mx A 192.0.2.10
refuses A 192.0.2.11
END
lab_zone isp.example <<'END'
smtp A 192.0.2.20
END
lab_zone yahoodns.net <<'END'
mx.am0 A 192.0.2.10
END
lab_zone yahoo.example <<'END'
@ MX 10 mx.am0.yahoodns.net.
END
for domain in else.org example.com rogers.com; do
	lab_zone $domain <<<'@ MX 10 mx.world.example.'
done
lab_dns_start
DOMAINS="else.org example.org example.com rogers.com yahoo.example"
ALIASES='virtual_alias_maps = inline:{someone@else.org=alice@else.org, someone@example.com=alice@example.com, me@example.org=alice@example.org}'
lab_mx_start mx 192.0.2.10 mx.world.example $DOMAINS -- "$ALIASES" \
	'smtpd_recipient_restrictions = check_recipient_access inline:{{later@else.org = 450 4.2.0 Mailbox is busy}, {nobody@else.org = 550 5.1.1 No such user}}, permit_mynetworks, reject_unauth_destination'
# One that distrusts this host, and takes mail from the smarthost.
lab_mx_start refuses 192.0.2.11 refuses.world.example else.org -- "$ALIASES" \
	'smtpd_recipient_restrictions = check_client_access inline:{{192.0.2.1 = 451 4.7.1 Service unavailable, Client host [192.0.2.1] blocked using zen.spamhaus.org}}, permit_mynetworks, reject_unauth_destination'
lab_smarthost_start isp 192.0.2.20 smtp.isp.example other unused 'smtp_bind_address = 192.0.2.20' 'smtpd_sasl_local_domain ='
printf secret | saslpasswd2 -p -c -f $LAB/isp/etc/sasldb2 -u isp.example 'me'
# Port 465 too.
echo '465 inet n - n - - smtpd -o smtpd_tls_wrappermode=yes' >> $LAB/isp/etc/master.cf
postconf -c $LAB/isp/etc -e maillog_file= 2>/dev/null
kill -HUP "$LAB_PID_isp"
ok "the smarthost listens at 465" lab_until 60 lab_answers 192.0.2.20 465

# ---- running a page ----------------------------------------------------------------------------------

LAB_LINES='mx_allow = [ "192.0.2.0/24" ]; mx_source = [ "192.0.2.1" ]; mx_families = [ "ipv4" ]; log = "/var/log/signet/log"; retry_min = "300ms"; retry_max = "1s";'
inside() { chroot "$root" env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"; }
waiting() { inside signet queue list --json 2>/dev/null | sed -n 's/.*"queue_id": "\([^"]*\)".*/\1/p' | head -n 1; }
nothing_waits() { [ -z "$(waiting)" ]; }
ready() { inside signet queue status >/dev/null 2>&1; }
arrived() { # ADDRESS SUBJECT: the copy
	lab_mail "${1#*@}" "${1%@*}" | xargs -r grep -lE "^Subject: $2"$'\r?$'
}
has() { [ -n "$(arrived "$@")" ]; }
send() { # TO SUBJECT: by the root's sendmail, as a program would
	printf 'From: me@example.org\nTo: %s\nSubject: %s\n\nA body.\n' "$1" "$2" | inside sendmail -i -f me@example.org "$1"
}

# What a person replaces.
filled() {
	sed -e "s/\bID\b/$(waiting)/; s,headers\.txt,/root/headers.txt," <<<"$1"
}

# settings FILE: what is there, with what the lab needs beside it
settings() {
	install -D -m 644 /dev/stdin "$root/etc/signet/signet.conf" <<<"$(cat "$1"; echo "$LAB_LINES")"
}

# part FILE [INSIDE]: some settings, of which the rest is put around; prints what is wrong with them
part() {
	local text names more=
	text=$(cat "$1")
	case ${2:-} in
	smarthost) text="smarthost = { host = \"smtp.isp.example\"; user = \"me\"; $text };" ;;
	routes) text="routes = ( $text { to = [ \"*\" ]; via = [ \"mx\" ]; } );" ;;
	esac
	[[ $text == *smarthost* ]] || names=$(grep -oE '"(isp|bulk)"' <<<"$text" | sort -u)
	[ -z "${names:-}" ] || more="smarthosts = ( $(sed 's/.*/{ name = &; host = & ".example"; }/; s/" "//' <<<"$names" | paste -sd,) );"
	printf '%s\n' "$text" "$more" > "$root/root/part.conf"
	typed 'signet config check /root/part.conf'
	grep -vE 'No such file|: OK, |: [0-9]+ faults?$|^warning:|credential' <<<"$out"
}

# Each page's own: what is to be before a display, and what may come of it besides 0.
before() { :; }
after() { :; }
statuses() {
	case $1 in
	'signet check'*) echo 0 1 2 3 ;;                # of a host of the lab much is unknown
	'signet explain headers.txt') echo 0 1 ;;
	'signet queue flush --domain'*) echo 0 1 ;;      # it may have gone by itself
	'signet oauth status') echo 0 78 ;;             # nobody has logged in
	*) echo 0 ;;
	esac
}

tried() {
	typed "$1"
	[[ $1 != *'signet queue '* || $status -ne 75 ]]
}

# page NAME: all of its displays, in order; sets bad to what did not work
page() {
	local at=$LAB/pages/$1 number kind of first text
	bad=
	while IFS=$'\t' read -r number kind of first <&3; do
		text=$(cat "$at/$number")
		elsewhere "$1" "$first" && continue
		before "$first"
		case $kind in
		file) if [ "$of" = /etc/signet/signet.conf ]; then settings "$at/$number"; else install -D -m 644 "$at/$number" "$root$of"; fi ;;
		more) mkdir -p "$root${of%/*}" && cat "$at/$number" >> "$root$of" ;;
		part|inside) bad+=$(part "$at/$number" "$of") ;;
		typed)
			# What is being delivered at that moment is left alone, with the advice to try again.
			lab_until 60 tried "set -e
$(filled "$text")"
			[[ " $(statuses "$text") " == *" $status "* ]] || bad+="$text: $status $out"$'\n' ;;
		shown) ;;
		*) bad+="nobody knows what to do with $kind: $first"$'\n' ;;
		esac
		after "$first"
	done 3< "$at/list"
}

# elsewhere PAGE FIRST-LINE: whether that display is in the list below
elsewhere() {
	local name=$1 first=$2 page words script reason
	while IFS='|' read -r page words script reason; do
		[ "$page" = "$name" ] && [[ $first == "$words"* ]] && { echo "$page|$words" >> not-here; return 0; }
	done < list-elsewhere
	return 1
}
cat > list-elsewhere <<'END'
signet.conf.5|[Service]|-|systemd, of which these are settings, does not run in the lab
sendmail.8|signet trace ID|e2e/43-*.sh SIGNET trace|
sendmail.8|signet queue show ID|e2e/43-*.sh SIGNET queue show|
sendmail.8|signet queue delete ID|e2e/43-*.sh SIGNET queue delete|
signetd.8|cd /var/spool/signet|e2e/05-*.sh RECOVERY|
signetd.8|journalctl|e2e/22-*.sh journal|
signetd.8|pflogsumm|e2e/22-*.sh pflogsumm --syslog-name=signet|
signetd.8|/var/log/signet/log {|-|logrotate, of which this is a file, does not run in the lab
signet.8|key "name"|e2e/15-*.sh tsig|
signet.8|systemctl enable --now signet-check.timer|e2e/81-*.sh signet-check|
signet.8|20 6 * * *|e2e/81-*.sh --changed --mail|
signet.8|systemctl enable --now signet-rotate.timer|e2e/83-*.sh signet-rotate.service|
signet.8|40 * * * *|e2e/83-*.sh key rotate --due --mail|
signet.8|#!/usr/bin/python3|e2e/84-*.sh recipe lexicon|
signet.8|providers:|-|it is added to the configuration of octodns, of which every owner has another
signet.8|smtp      inet|e2e/62-*.sh recipe master.cf|
signet.8|#!/bin/sh|e2e/62-*.sh recipe authenticate|
signet.8|:0|e2e/62-*.sh recipe procmailrc|
signet-oauth.7|signet oauth login|e2e/58-*.sh SIGNET oauth login|
signet-containers.7|podman build|e2e/51-*.sh etc/container|
signet-containers.7|podman run|e2e/51-*.sh SIGNET_SOCKET|
signet-containers.7|COPY --from=signet|e2e/95-*.sh in Containerfile|
END
: > not-here

# ---- signet.conf(5): the four situations -----------------------------------------------------------

fresh host
typed 'make -s install && systemd-sysusers && systemd-tmpfiles --create && chgrp signetdrop /usr/sbin/signet-drop && chmod 2755 /usr/sbin/signet-drop'
is "it is installed" "$status" 0
log=$root/var/log/signet/log
ln -s "$log" $LAB/log/signetd
typed 'signet key new --domain example.org --selector s2026a'
typed 'signet dns --format bind --domain example.org --selector s2026a --key /etc/signet/keys/s2026a.pem'
lab_zone example.org <<<"$out"
lab_dns_reload
install -m 600 /dev/stdin "$root/etc/signet/isp.password" <<<secret
C=$LAB/pages/signet.conf.5


# through ADDRESS SUBJECT: the server that handed it to its MX
through() {
	header "$(arrived "$1" "$2" | head -n 1)" | sed -n 's/^Received: from \([^ ]*\) .*by mx\.world\.example.*/\1/p'
}
# situation N ADDRESS=SERVER…: its configuration is right, and mail to each ADDRESS goes there through that SERVER
situation() {
	local n=$1 way
	shift
	settings "$C/0$n"
	typed 'signet config check'
	told "situation $n: its configuration has no fault" 0 ': OK'
	typed 'systemctl restart signetd'
	ok "signetd runs with it" lab_until 60 ready
	for way; do
		ok "mail to ${way%=*}" send "${way%=*}" "situation $n"
		ok "arrives" lab_until 60 has "${way%=*}" "situation $n"
		is "through ${way#*=}" "$(through "${way%=*}" "situation $n")" "${way#*=}"
	done
}
OWN=mail.example.org
ISP=smtp.isp.example
situation 1 alice@else.org=$OWN
like "signed" "$(header "$(arrived alice@else.org 'situation 1')")" 'dkim=pass'
situation 2 alice@else.org=$ISP
like "from the one sender that the provider takes" "$(header "$(arrived alice@else.org 'situation 2')")" '^From: web1@example\.org'
situation 3 alice@else.org=$OWN alice@rogers.com=$ISP alice@yahoo.example=$ISP
# A container's, for the page about these, too; the smarthost is known by the lab's CA, as the system is.
cp "$C/04" "$root/root/container.conf"
install -D -m 400 /dev/stdin "$root/run/secrets/smtp_password" <<<secret
typed 'systemctl stop signetd'
TYPED_ENV=$'SIGNET_CONFIG=/root/container.conf\nMAIL_DOMAIN=example.org\nSMTP_HOST=smtp.isp.example\nSMTP_USER=me@isp.example\nSMTP_PASSWORD_FILE=/run/secrets/smtp_password'
typed 'signet config check'
told "situation 4: its configuration has no fault" 0 ': OK'
typed "printf 'From: me@example.org\nSubject: situation 4\n\nA body.\n' | sendmail -i -f me@example.org alice@else.org"
told "mail from a container" 0 'status=sent'
TYPED_ENV=
ok "arrives" lab_until 60 has alice@else.org 'situation 4'
is "through the smarthost" "$(through alice@else.org 'situation 4')" $ISP
list_rest() { sed -i '1,4d' "$C/list"; }
list_rest
install -D -m 644 /dev/stdin "$root/etc/mail/staff" <<<'me@example.org'
page signet.conf.5
is "signet.conf(5): its other examples are right" "$bad" ""
echo 'alias_programs = [ "/usr/lib/mailman/mail/mailman post test" ]; routes = ( { table = "/etc/signet/routes"; } ); smarthosts = ( { name = "isp"; host = "isp.example"; } );' > "$root/root/part.conf"
typed 'signet config check /root/part.conf'
told "so are its files of aliases and of routes" 0 ': OK'
rm -f "$root/etc/aliases"

# ---- by task: where is my mail? -----------------------------------------------------------------------

begin_with() { # N: a situation, and signetd with it
	settings "$C/0$1"
	typed 'systemctl restart signetd'
	lab_need 60 ready
}
is_deferred() { grep -q "to=<$1>.*status=deferred" "$log"; }
is_held() { inside signet queue list --held 2>/dev/null | grep -q "$1"; }
# What is being tried at that moment is left alone.
hold() {
	inside signet queue hold --recipient "$1"
	is_held "$1"
}
begin_with 1
ok "mail that will be looked for" send someone@else.org found
ok "arrives" lab_until 60 has alice@else.org found
ok "mail that waits" send later@else.org waits
ok "is tried" lab_until 60 is_deferred later@else.org
ok "mail for nobody" send nobody@else.org gone
arrived alice@else.org found | head -n 1 | xargs cat > "$root/root/headers.txt"
before() {
	case $1 in
	*'list --held'|*'--bounce'*)
		lab_until 60 hold later@else.org ;;
	esac
}
after() {
	case $1 in
	'signet trace someone@else.org') like "signet trace tells it" "$out" 'someone@else\.org>?.*delivered' ;;
	'sendmail --version') like "sendmail says whose it is" "$out" signet ;;
	'signet route root') like "and whom root's mail reaches" "$out" 'me@example\.org' ;;
	esac
}
page signet-where-is-my-mail.7
is "signet-where-is-my-mail(7): all of it works, in order" "$bad" ""
reported() { lab_mail example.org alice | xargs -r grep -l 'later@else\.org' | xargs -r grep -lq 'multipart/report'; }
ok "who gives a message up has its sender told" lab_until 60 reported

# ---- distrust ---------------------------------------------------------------------------------------------

sed -i 's/mx\.world/refuses.world/' $LAB/dns/else.org.zone
lab_dns_reload
LAB_LINES=${LAB_LINES/retry_min = \"300ms\"; retry_max = \"1s\"/retry_min = \"1h\"}
begin_with 1
ok "mail to a receiver that distrusts this host" send someone@else.org distrusted
ok "is refused" lab_until 60 is_deferred someone@else.org
before() {
	case $1 in
	'signet route --sticky')
		ok "mail there from then on" send someone@else.org 'way round'
		ok "takes the way round by itself" lab_until 60 has alice@else.org 'way round' ;;
	esac
}
after() {
	case $1 in
	'signet route --sticky') like "the receiver is listed" "$out" 'refuses\.world\.example' ;;
	'signet explain'*) like "the reply is explained" "$out" 'this host.s IP address' ;;
	'signet delist outlook --asked') like "a request is noted" "$out" '192\.0\.2\.1' ;;
	'signet queue flush'*) ok "what waited arrives" lab_until 60 has alice@else.org distrusted ;;
	esac
}
page signet-distrust.7
is "signet-distrust(7): all of it works, in order" "$bad" ""
sed -i 's/refuses\.world/mx.world/' $LAB/dns/else.org.zone
lab_dns_reload

# ---- OAuth ----------------------------------------------------------------------------------------------------

begin_with 1
echo secret > secret
TYPED_INPUT=$LAB/secret
after() { lab_until 60 ready; }
page signet-oauth.7
TYPED_INPUT=/dev/null
is "signet-oauth(7): all of it works, in order" "$bad" ""
is "the secret is the owner's alone" "$(stat -c %a "$root/etc/signet/google.secret") $(cat "$root/etc/signet/google.secret")" "600 secret"

# ---- containers ------------------------------------------------------------------------------------------------

LAB_LINES=${LAB_LINES/retry_min = \"1h\"/retry_min = \"300ms\"; retry_max = \"1s\"}
# A host that has not seen that receiver refuse.
typed 'systemctl stop signetd && rm -rf /var/spool/signet && systemd-tmpfiles --create'
begin_with 1
containers=$LAB/pages/signet-containers.7
is "the lines for an image of one's own are in Containerfile" "$(grep -h '^COPY' "$containers"/[0-9]* | while IFS= read -r line; do
	grep -qF -- "$line" "$LAB_SOURCE/etc/container/Containerfile" || echo "$line"
done)" ""
taken() { lab_mail_count else.org alice; }
before() {
	expected=$(taken)
	case $1 in 'export MAIL_DOMAIN'*) TYPED_ENV=SIGNET_CONFIG=/root/container.conf ;; esac
}
more_taken() { [ "$(taken)" -gt "$expected" ]; }
after() {
	TYPED_ENV=
	case $1 in
	export*) ok "what a container sends by: $1 arrives" lab_until 60 more_taken ;;
	'systemctl restart'*) lab_until 60 ready ;;
	'signet trace'*) like "the host knows of it" "$out" 'someone@else\.org' ;;
	esac
}
page signet-containers.7
is "signet-containers(7): all of it works, in order" "$bad" ""
like "what a relay takes for a container is signed" "$(header "$(arrived alice@else.org '.*' | tail -n 1)"; cat "$(lab_mail else.org alice | xargs ls -t | head -n 1)")" 'dkim=pass'

# ---- security: the tables ----------------------------------------------------------------------------------------

before() { :; }
after() { :; }
security=$LAB_SOURCE/doc/signet-security.7
page signet-security.7
is "signet-security(7): what it says to type works" "$bad" ""
inside signet check --only ptr >/dev/null 2>&1
inside signet delist outlook --asked >/dev/null 2>&1
as_told() {
	pages rows "$security" modes | while IFS=$'\t' read -r file owner mode rest; do
		found=$(chroot "$root" sh -c "stat -c '%U:%G %04a' $file" | sort -u)
		[ "$found" = "$owner $mode" ] || echo "$file: $found"
	done
}
is "files have the owners and modes of the table" "$(as_told)" ""
rm -r "$root"/var/spool/signet/check* "$root"/var/spool/signet/trust
ok "which has a row for what is there" test "$(pages rows "$security" modes | wc -l)" -ge 13
is "its roles are those of signetd" "$(pages rows "$security" roles | cut -f1 | sort | tr '\n' ' ')" \
	"$(sed -n 's/^ROLES *:= //p' "$LAB_SOURCE/GNUmakefile" | tr ' ' '\n' | grep -vx 'once\|event' | sort | tr '\n' ' ')"
# What the kernel says of each that runs: local is confined when it has become somebody, and oauth runs when there is a login.
confined() {
	pages rows "$security" roles | cut -f1 | grep -vx 'local\|oauth' | while read -r role; do
		found=0
		for at in /proc/[0-9]*; do
			[[ $(readlink "$at/exe" 2>/dev/null) == */usr/libexec/signet/"$role" ]] || continue
			found=1
			state=$(awk '/^(Uid|CapEff|NoNewPrivs|Seccomp):/ { printf "%s ", $2 }' "$at/status")
			case $state in "$(chroot "$root" id -u signet) 0000000000000000 1 2 ") ;; *) echo "$role: $state" ;; esac
		done
		case $found:$role in 0:bounce|0:sts) ;; 0:*) echo "$role does not run" ;; esac
	done
}
if [ -n "${SANITIZE:-}" ]; then
	skip "each role is signet's, without rights, and confined" "programs with sanitizers are not"
else
	is "each role is signet's, without rights, and confined" "$(confined)" ""
fi

# ---- gauges, alerts, dashboard --------------------------------------------------------------------------------------

M=$LAB_SOURCE/etc/monitoring
ok "promtool has nothing to say of the alert rules" promtool check rules "$M/signet-alerts.yaml"
mkdir alerts && cp "$M/signet-alerts.yaml" "$LAB_SOURCE/tests/lab/alerts.yaml" alerts
ok "each alert comes when it should, and no other does" promtool test rules alerts/alerts.yaml
# Each expression of a panel is a rule to promtool.
/usr/bin/python3 - "$M/grafana-dashboard.json" > alerts/panels.yaml <<'END'
import json, sys
board = json.load(open(sys.argv[1]))
print('groups: [ { name: panels, rules: [')
for panel in board['panels']:
    for target in panel['targets']:
        print(json.dumps({'record': 'panel:%d%s' % (panel['id'], target['refId']), 'expr': target['expr'].replace('$instance', '.*')}), ',')
print('] } ]')
END
ok "nor of what the dashboard's panels ask" promtool check rules alerts/panels.yaml
ok "of which there are some" test "$(grep -c '"record"' alerts/panels.yaml)" -gt 10
typed 'signet status --prometheus'
sed -n 's/^# TYPE \([a-z_]*\) .*/\1/p' <<<"$out" | sort -u > gauges.names
grep -ohE '\bsignet_[a-z_]+' "$M"/* | sort -u > gauges.asked
is "every metric that a panel or a rule names is in real output" "$(grep -vxFf gauges.names gauges.asked)" ""
is "every one that there is has a panel" "$(grep -vxFf <(grep -oE '\bsignet_[a-z_]+' "$M/grafana-dashboard.json" | sort -u) gauges.names)" ""
labels() { grep -ohE '\b(state|result)=\\?"[a-z_]+' "$M"/* | tr -d '"\\' | sort -u; }
is "and each label" "$(labels | while IFS== read -r name value; do grep -q "[{,]$name=\"$value\"" <<<"$out" || echo "$name=$value"; done)" ""
bad=
while read -r command; do
	typed "$command"
	[[ " 0 1 75 $(statuses "$command") " == *" $status "* ]] || bad+="$command: $status $out"$'\n'
done < <(sed -n 's/.*description: //p' "$M/signet-alerts.yaml" | grep -oE '(signet|systemctl) [a-z][a-z -]*"' | tr -d '"' | sort -u)
is "what the alerts tell to type works" "$bad" ""
like "and they tell something" "$(sort -u $RAN)" '^systemctl start signetd$'
typed "mkdir -p /var/lib/prometheus/node-exporter && $(cat "$(grep -l node-exporter "$LAB"/pages/signet.8/[0-9]*)")"
is "signet(8): the gauges of the node exporter" "$status $(ls "$root/var/lib/prometheus/node-exporter")" "0 signet.prom"
typed 'systemctl stop signetd'

# ---- a Postfix that is left, and comes back; and one that stays ------------------------------------------------------

fresh beside root
ln -s "$root/var/log/signet/log" $LAB/log/signetd.beside
lab_postfix_start old 192.0.2.1 25 mail.example.org 'inet_interfaces = 127.0.0.1, 192.0.2.1' 'mynetworks = 127.0.0.0/8' \
	'smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination' 'defer_transports = smtp'
mkdir -p "$root/run/lab/old" "$root$LAB/log"
mount --bind $LAB/old "$root/run/lab/old"
mount --bind $LAB/log "$root$LAB/log"
rm -rf "$root/etc/postfix" && ln -s /run/lab/old/etc "$root/etc/postfix"
grep '^postfix' /etc/passwd >> "$root/etc/passwd"
grep '^post' /etc/group >> "$root/etc/group"
old_is() { sha256sum < "$root/usr/sbin/sendmail"; }
theirs=$(old_is)
postfix_holds() { [ -n "$(find $LAB/old/spool/{incoming,active,deferred} -type f)" ]; }
say() { # TO SUBJECT: to the old Postfix
	/usr/bin/python3 - "$@" <<-'END'
	import smtplib, sys
	to, subject = sys.argv[1:]
	smtplib.SMTP("127.0.0.1", 25, timeout=60).sendmail("me@example.org", to, "From: me@example.org\r\nTo: %s\r\nSubject: %s\r\n\r\nbody\r\n" % (to, subject))
	END
}
ok "mail that Postfix has" say alice@else.org old
ok "stays in its queue" lab_until 60 postfix_holds
before() {
	case $1 in
	# What the lab needs besides, where Postfix did not say it.
	'signet config check')
		sed -i '/^retry_/d' "$root/etc/signet/signet.conf"
		while read -r line; do
			grep -q "^${line%% *} " "$root/etc/signet/signet.conf" || echo "$line"
		done <<<"root = \"me@example.org\";"$'\n'"${LAB_LINES//; /$';\n'}" > lines
		cat lines >> "$root/etc/signet/signet.conf" ;;
	'systemctl disable --now postfix') echo "$LAB_PID_old" > "$root/run/postfix.pid" ;;
	esac
}
after() {
	case $1 in
	'systemctl enable --now signetd') ok "signetd runs beside Postfix" lab_until 60 ready ;;
	'dpkg-divert --local --rename --add'*) ok "a program gets another sendmail" lab_need 5 is_ours ;;
	'signet import postfix --dry-run') like "what Postfix was told is Signet's" "$(cat "$root/etc/signet/signet.conf")" '^hostname = "mail.example.org"' ;;
	'echo hello'*) ok "which takes its mail" lab_until 60 lab_has_mail example.org alice "$((before_hello + 1))" ;;
	'systemctl disable --now postfix') ok "what Postfix had arrives" lab_until 60 has alice@else.org old ;;
	'systemctl enable --now postfix') old_begins ;;
	esac
}
# As the unit would, which begins nothing here.
old_begins() {
	lab_postfix_stop old
	postconf -c $LAB/old/etc -e defer_transports= maillog_file= 2>/dev/null
	MAIL_CONFIG=$LAB/old/etc /usr/lib/postfix/sbin/master -c $LAB/old/etc >>$LAB/log/old.start 2>&1 &
	LAB_PID_old=$!
	lab_need 60 lab_answers 192.0.2.1 25
}
is_ours() { inside sendmail --version | grep -q signet; }
before_hello=$(lab_mail_count example.org alice)
page signet-switching.7
is "signet-switching(7): all of it works, in order" "$bad" ""
is "at its end Postfix's sendmail is back, byte for byte" "$(old_is)" "$theirs"
nothing_is_left() { ! postfix_holds && [ -z "$(ls "$root/var/spool/signet/drop" 2>/dev/null)" ]; }
ok "and no mail is left in either queue" lab_until 60 nothing_is_left

before() { :; }
after() {
	case $1 in
	'systemctl enable --now signetd') ok "signetd runs again" lab_until 60 ready ;;
	'postconf -e'*) ok "mail that Postfix hands on" say alice@else.org beside
	                ok "arrives" lab_until 60 has alice@else.org beside
	                like "by way of Signet" "$(header "$(arrived alice@else.org beside)")" 'port 2525|127\.0\.0\.1' ;;
	esac
}

settings /dev/null
page signet-beside-postfix.7
is "signet-beside-postfix(7): all of it works, in order" "$bad" ""

# ---- the web site ------------------------------------------------------------------------------------------------------

ok "make docs" make -s -C "$LAB_SOURCE" docs BUILD=$LAB/site
cat > site.py <<'END'
import html.parser, os, re, sys
from urllib.parse import unquote
folder = sys.argv[1]
faults, ids, links = [], {}, []
class Page(html.parser.HTMLParser):
    void = {"meta", "link", "br", "hr", "img"}
    def __init__(self, name):
        super().__init__()
        self.name, self.open = name, []
        ids[name] = set()
    def handle_starttag(self, tag, attributes):
        a = dict(attributes)
        if "id" in a:
            ids[self.name].add(a["id"])
        if tag in ("script", "iframe", "img", "form") or any(n.startswith("on") for n in a) or "src" in a:
            faults.append(f"{self.name}: <{tag}>")
        if "href" in a:
            links.append((self.name, a["href"]))
        if tag not in self.void:
            self.open.append(tag)
    def handle_endtag(self, tag):
        if tag in self.void:
            return
        if not self.open or self.open.pop() != tag:
            faults.append(f"{self.name}: </{tag}> at {self.getpos()}")
for name in sorted(os.listdir(folder)):
    if name.endswith(".html"):
        page = Page(name)
        page.feed(open(os.path.join(folder, name), encoding="utf-8").read())
        page.close()
        faults += [f"{name}: {tag} is open" for tag in page.open]
for name, href in links:
    to, _, part = href.partition("#")
    to = unquote(to) or name
    if not os.path.exists(os.path.join(folder, to)) or (part and unquote(part) not in ids.get(to, set())):
        faults.append(f"{name}: {href} leads nowhere")
css = open(os.path.join(folder, "style.css"), encoding="utf-8").read()
if re.search(r"url\(|@import", css) or "prefers-color-scheme: dark" not in css:
    faults.append("style.css")
print(len(ids), faults)
END
is "its elements are closed, it asks for nothing, its links lead to places in it" "$(/usr/bin/python3 site.py $LAB/site/docs)" "$(wc -w <<<"$PAGES index") []"

# ---- nothing is left that nobody typed ----------------------------------------------------------------------------------------

for name in sendmail.8 signet-drop.8 signetd.8 signet.8; do
	[ -s "$LAB/pages/$name/list" ] || continue
	# Its commands are 35-printed's; the node exporter's was typed above.
	[ $name != signet.8 ] || sed -i '/\ttyped\t-\tsignet /d' "$LAB/pages/$name/list"
	page $name
	is "$name: its other displays are right" "$bad" ""
done
is "what another script runs is run there" "$(while IFS='|' read -r page words script reason; do
	[ "$script" = - ] || grep -q -- "${script#* }" $LAB_SOURCE/tests/${script%% *} || echo "$page: $words"
done < list-elsewhere)" ""
is "the list names nothing that is on no page" "$(while IFS='|' read -r page words rest; do
	grep -qxF "$page|$words" not-here || echo "$page: $words"
done < list-elsewhere)" ""
world_done
