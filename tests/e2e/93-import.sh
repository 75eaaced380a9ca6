#!/bin/bash
# SPDX-License-Identifier: ISC
# signet import: a real Postfix and the configuration that is made of its own send the same mail the same way. Then mail
# goes through the smarthost that Postfix, msmtp, dma, nullmailer, ssmtp and Exim were told of, with their passwords.
export LAB_PEERS="root"
. "$(dirname "$0")/world.sh"
world_begin "$@"
[ -n "${LAB_INSIDE:-}" ] && [ -n "${LAB:-}" ] || exit 1
tap_plan 43

OUT=$LAB/out/etc
declare -A SINKS=([hub]=192.0.2.41 [partner]=192.0.2.42 [listmx]=192.0.2.43 [other]=192.0.2.44 [straightmx]=192.0.2.45 [backup]=192.0.2.46)
world_names
{
	for name in "${!SINKS[@]}"; do echo "$name A ${SINKS[$name]}"; done
	printf '%s\n' 'straight MX 10 straightmx' 'lists MX 10 listmx'
} | lab_zone world.example
lab_zone sender.example <<< 'web1 A 192.0.2.1'
lab_dns_start
for address in "${SINKS[@]}"; do
	ip address add "$address/32" dev lo
	for port in 25 2525 2587; do
		smtp-sink -u nobody "$address:$port" 100 >>$LAB/log/sinks 2>&1 &
	done
done
for address in "${SINKS[@]}"; do
	for port in 25 2525 2587; do lab_need 60 lab_answers "$address" $port; done
done

# What is the lab's, and none of what an import is to say.
base() {
	lab_config_base | grep -v '^hostname\|^domain'
}
import() {
	out=$($SIGNET import "$@" 2>&1 </dev/null)
	status=$?
}

# send CONFIG SENDER RECIPIENT
send() {
	printf 'Subject: %s %s\n\nx\n' "$2" "$3" | MAIL_CONFIG=$1 sendmail -i -f "$2" -- "$3" 2>>$LAB/log/postfix
}

# has_sent NAME COUNT: that Postfix is done with so many
has_sent() {
	[ "$(grep -c 'status=sent' "$LAB/log/$1")" -ge "$2" ]
}

# ---- Postfix sends -----------------------------------------------------------------------------

mkdir -p $OUT
cat > $OUT/transport <<'END'
partner.world.example        smtp:[partner.world.example]
.partner.world.example       smtp:[partner.world.example]:2525
.deep.partner.world.example  smtp:[other.world.example]
straight.world.example       smtp:
named.world.example          :[other.world.example]:2525
unchanged.world.example      :
slow.world.example           slow:[other.world.example]:2587
pool.world.example           smtp:lists.world.example
END
cat > $OUT/relays <<'END'
news@sender.example          [other.world.example]:2587
@lists.sender.example        lists.world.example
END
printf '%s\n' 'info  bob@straight.world.example' 'sales@web1.sender.example  carol@partner.world.example' > $OUT/virtual
printf '%s\n' 'root: alice@straight.world.example' 'staff: bob' > $OUT/aliases
: > $OUT/main.cf
postmap -c $OUT hash:$OUT/transport hash:$OUT/relays
postalias -c $OUT hash:$OUT/aliases
rm $OUT/relays
LAB_POSTFIX_SERVICES=$'slow unix - - n - - smtp\n  -o smtp_helo_timeout=30'
lab_postfix_start out 192.0.2.1 25 web1.sender.example 'mydomain = sender.example' 'myorigin = $myhostname' \
	'mydestination = $myhostname, localhost.$mydomain, localhost, local.sender.example' 'relayhost = [hub.world.example]:2587' \
	"transport_maps = hash:$OUT/transport" "sender_dependent_relayhost_maps = hash:$OUT/relays" "virtual_alias_maps = texthash:$OUT/virtual" \
	"alias_maps = hash:$OUT/aliases" 'smtp_tls_security_level = may' 2>>$LAB/log/postfix
LAB_POSTFIX_SERVICES=

recipients=
for domain in partner x.partner y.x.partner deep.partner z.deep.partner straight sub.straight named x.named unchanged slow pool any; do
	recipients+=" a@$domain.world.example"
done
recipients+=" alice@web1.sender.example bob@localhost alice@local.sender.example bob@localhost.sender.example root staff info"
recipients+=" sales@web1.sender.example a@sender.example a@else.example"
senders='me@sender.example news@sender.example x@lists.sender.example root <>'
total=0
for sender in $senders; do
	for recipient in $recipients; do
		send $OUT "$sender" "$recipient"
		total=$((total + 1))
	done
done
# SENDER RECIPIENT PLACE of each delivery, by the log.
cat > theirs.py <<'END'
import re, sys
sender, seen = {}, set()
for line in open(sys.argv[1]):
    m = re.search(r': ([0-9A-F]{5,}): from=<([^>]*)>', line)
    if m:
        sender[m[1]] = m[2]
    m = re.search(r': ([0-9A-F]{5,}): to=<([^>]*)>,(?: orig_to=<([^>]*)>,)? relay=([^,]*),.* status=sent', line)
    # An alias leads on: where to is another line.
    if m and 'forwarded as' not in line:
        place = re.search(r'\[([^]]*)\]:(\d+)', m[4])
        seen.add((sender[m[1]] or '<>', m[3] or m[2], ':'.join(place.groups()) if place else 'local'))
for row in sorted(seen):
    print(*[w.replace('@web1.sender.example', '') for w in row])
END
cat > ours.py <<'END'
import json, sys
for line in sys.stdin:
    w = json.loads(line)
    first = w["hops"][0] if w["hops"] else None
    place = "local"
    if w["route"] != "local" and first and first["kind"] != "mailbox":
        target = first["targets"][0]
        place = "%s:%d" % (target["addresses"][0], target["port"] or first["port"])
    row = (w["sender"] or "<>", (w["alias"] or w["address"]).split(" (")[0], place)
    print(*[x.replace("@web1.sender.example", "") for x in row])
END
ok "Postfix has sent $total messages" lab_until 120 has_sent out $total
/usr/bin/python3 theirs.py $LAB/log/out | LC_ALL=C sort > theirs
is "each has one way" "$(wc -l < theirs)" "$total"

# ---- and so would we -------------------------------------------------------------------------------

base > $CONF
import postfix --dry-run $OUT/main.cf
is "a dry run" "$status $(cat $CONF)" "0 $(base)"
import postfix $OUT/main.cf
is "Postfix's set-up is imported" "$status" 0
[ "$status" = 0 ] || diag "$out"
unlike "nothing of its ways is left out" "$(sed -n '/not carried over/,/^[^ ]/p' <<<"$out" | grep '^  /')" 'transport|relay|alias'
like "the compiled table is read by postmap" "$(cat $CONF)" 'from = \[ "news@sender.example" \]; to = \[ "\*" \]'
is "the configuration is one" "$($SIGNET config check >told 2>&1; echo $?)" 0
we_say() {
	for sender in $senders; do
		# shellcheck disable=SC2086
		$SIGNET route --json --from "$sender" $recipients 2>>$LAB/log/route
	done | /usr/bin/python3 ours.py | LC_ALL=C sort
}
we_say > ours
is "for $total senders and recipients the way is the same" "$(diff theirs ours)" ""
is "and they are several" "$(cut -d' ' -f3 theirs | sort -u | wc -l)" 9
lab_postfix_stop out

# ---- nothing is local -------------------------------------------------------------------------------

lab_postfix_start null 192.0.2.1 25 node7.sender.example 'myorigin = sender.example' 'mydestination =' 'relayhost = lists.world.example' 'smtp_tls_security_level = may'
recipients='root alice alice@node7.sender.example bob@sender.example a@else.example' senders='me@sender.example root'
for sender in $senders; do
	for recipient in $recipients; do send $LAB/null/etc "$sender" "$recipient"; done
done
ok "a null client has sent ten messages" lab_until 120 has_sent null 10
is "all to one host" "$(sed -n 's/.*relay=\([^,]*\),.*status=sent.*/\1/p' $LAB/log/null | sort -u)" "listmx.world.example[192.0.2.43]:25"
base > $CONF
import postfix $LAB/null/etc/main.cf
is "it is imported" "$status" 0
we_say | cut -d' ' -f3 | sort | uniq -c | tr -s ' ' > ours
is "and all our mail goes there" "$(cat ours)" " 10 192.0.2.43:25"
lab_postfix_stop null

# ---- through a smarthost with a password ----------------------------------------------------------------

world_mx_start
lab_smarthost_start isp 192.0.2.20 smtp.isp.world.example me "$ISP_PASSWORD"
R=$LAB/other
mkdir -p $R/etc/{dma,nullmailer,exim4,ssmtp,postfix}
cat > $R/etc/msmtprc <<END
defaults
auth on
tls on
tls_trust_file /etc/ssl/certs/ca-certificates.crt
account isp
host smtp.isp.world.example
port 587
user me
password "$ISP_PASSWORD"
from web1@sender.example
account default : isp
END
printf '%s\n' 'SMARTHOST smtp.isp.world.example' 'PORT 587' 'SECURETRANSFER' 'STARTTLS' 'AUTHPATH /etc/dma/auth.conf' 'MAILNAME web1.sender.example' \
	'MASQUERADE web1@sender.example' > $R/etc/dma/dma.conf
echo "me|smtp.isp.world.example:$ISP_PASSWORD" > $R/etc/dma/auth.conf
echo "smtp.isp.world.example smtp --port=587 --starttls --user=me --pass='$ISP_PASSWORD'" > $R/etc/nullmailer/remotes
echo web1.sender.example > $R/etc/mailname
printf '%s\n' 'mailhub=smtp.isp.world.example:587' 'rewriteDomain=sender.example' 'UseSTARTTLS=YES' 'AuthUser=me' "AuthPass=$ISP_PASSWORD" > $R/etc/ssmtp/ssmtp.conf
printf '%s\n' "dc_eximconfig_configtype='smarthost'" "dc_other_hostnames='web1.sender.example'" "dc_local_interfaces='127.0.0.1'" \
	"dc_smarthost='smtp.isp.world.example::587'" > $R/etc/exim4/update-exim4.conf.conf
echo "*.isp.world.example:me:$ISP_PASSWORD" > $R/etc/exim4/passwd.client
printf '%s\n' 'myhostname = web1.sender.example' 'relayhost = [smtp.isp.world.example]:587' 'smtp_sasl_auth_enable = yes' 'smtp_tls_security_level = encrypt' \
	'smtp_sasl_password_maps = hash:/etc/postfix/sasl' 'inet_interfaces = loopback-only' 'alias_maps =' > $R/etc/postfix/main.cf
echo "[smtp.isp.world.example]:587 me:$ISP_PASSWORD" > $R/etc/postfix/sasl

# One with that subject is in alice's mailbox.
copy_of() {
	grep -rl "^Subject: $1\$" $LAB/mail/direct.world.example/alice/new
}
for program in postfix msmtp dma nullmailer ssmtp exim-smarthost; do
	lab_step $program
	rm -f /etc/signet/*.password
	base > $CONF
	import $program --root $R
	is "$program is imported" "$status" 0
	[ "$status" = 0 ] || diag "$out"
	is "$program: the password is root's alone" "$(stat -c '%U %a' /etc/signet/*.password)" "root 600"
	sed -i '/^listen/d' $CONF
	lab_signetd_start
	printf 'Subject: by %s\nTo: alice@direct.world.example\n\nx\n' $program | $SENDMAIL -i alice@direct.world.example
	ok "$program: mail arrives" lab_until 60 copy_of "by $program"
	like "$program: through its smarthost, as its user" "$(cat "$(copy_of "by $program")")" 'Authenticated sender: me'
	lab_signetd_stop
done

# ---- commands in a file that others can write; OpenDKIM's keys ---------------------------------------------

base > $CONF
printf '%s\n' 'account default' 'host smtp.isp.world.example' 'auth on' 'user me' 'passwordeval touch /run/lab/ran' > $R/etc/msmtprc
chmod 666 $R/etc/msmtprc
import msmtp --root $R
like "a command in a file that others can write is told" "$out" 'msmtprc:5: password_command: the command is not taken over'
unlike "and not taken over" "$(cat $CONF)" 'touch'
base > $CONF
mkdir -p $R/etc/dkimkeys
openssl genrsa 2048 > $R/etc/dkimkeys/mail.private 2>/dev/null
printf '%s\n' 'Domain sender.example' 'Selector mail' 'KeyFile /etc/dkimkeys/mail.private' > $R/etc/opendkim.conf
import opendkim --root $R
is "OpenDKIM's key is imported" "$status" 0
[ "$status" = 0 ] || diag "$out"
like "and signs" "$($SIGNET key list)" 'sender.example.*mail'
is "its file is root's alone" "$(stat -c '%U %a' /etc/signet/keys/sender.example.mail.pem)" "root 600"
world_done
