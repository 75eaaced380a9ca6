#!/bin/bash
# SPDX-License-Identifier: ISC
# Routes: rules for senders, tables, pools by SRV, MX and list, and what a hop may be, against real Postfix.
. "$(dirname "$0")/world.sh"
world_begin "$@"
tap_plan 53
world_names
lab_zone world.example <<'END'
smtp1.pool A 192.0.2.20
smtp2.pool A 192.0.2.21
gone.pool A 192.0.2.30
_submissions._tcp.pool SRV 0 0 0 .
_submission._tcp.pool SRV 10 3 587 smtp1.pool
_submission._tcp.pool SRV 10 1 587 smtp2.pool
_submission._tcp.pool SRV 10 400 587 gone.pool
pool MX 10 gone.pool
pool MX 20 smtp2.pool
_submission._tcp.astray SRV 10 1 587 smtp1.pool
srv MX 10 mx
mxpool MX 10 mx
list MX 10 mx
bare MX 10 mx
table MX 10 mx
strays MX 10 mx
waits MX 10 mx
nosource MX 10 mx
nofamily MX 10 mx
END
world_keys

hop() { # NAME WHERE [MORE]: with the login of both
	echo "{ name = \"$1\"; $2 user = \"me\"; password_file = \"/etc/signet/isp.password\"; ca_file = \"$LAB/tls/ca.pem\"; $3 }"
}

config() {
	lab_config_base
	cat <<-END
	dkim = ( { domain = "sender.example"; selector = "rsa"; file = "/etc/signet/keys/rsa.pem"; } );
	retry_min = "500ms"; retry_max = "2s"; mx_source = "192.0.2.11"; local_delivery = "none";
	smarthosts = (
	  $(hop srv 'host = "pool.world.example"; pool = "srv";' 'messages_per_session = 1;'),
	  $(hop mxpool 'host = "pool.world.example"; pool = "mx";'),
	  $(hop list 'hosts = [ "gone.pool.world.example weight=1000", "smtp2.pool.world.example:587" ];' 'source = "192.0.2.11";'),
	  $(hop bare 'host = "smtp2.pool.world.example";' 'sign = false; envelope_from = "owner@sender.example";'),
	  $(hop astray 'host = "astray.world.example"; pool = "srv";'),
	  $(hop nosource 'host = "smtp2.pool.world.example";' 'source = "203.0.113.9";'),
	  $(hop nofamily 'host = "smtp2.pool.world.example";' 'families = "ipv6";') );
	routes = (
	  { from = "@picky.world.example"; to = "mx:mx.world.example"; via = "list"; },
	  { from = "erin@dead.world.example"; via = "list"; },
	  { table = "/etc/signet/routes"; },
	  { to = "srv.world.example"; via = "srv"; },
	  { to = "mxpool.world.example"; via = "mxpool"; },
	  { to = "list.world.example"; via = "list"; },
	  { to = "bare.world.example"; via = "bare"; },
	  { to = "strays.world.example"; via = "astray"; },
	  { to = "nosource.world.example"; via = "nosource"; },
	  { to = "nofamily.world.example"; via = "nofamily"; },
	  { to = "*"; via = "mx"; } );
	END
}
config > $CONF
printf '%s\n' "$ISP_PASSWORD" > $LAB/signet/isp.password
chmod 600 $LAB/signet/isp.password
{
	printf '# customers\n'
	printf 'customer%d.example mx\n' {1..2000}
	printf 'waits.world.example nosource\ntable.world.example list\n'
	printf '%s mx\n' {direct,picky,dead}.world.example
} > $LAB/signet/routes
$SIGNET dns --zone | lab_zone sender.example
lab_dns_start
lab_mx_start mx 192.0.2.10 mx.world.example {direct,picky,dead,srv,mxpool,list,bare,table,strays,waits}.world.example sender.example
lab_smarthost_start isp1 192.0.2.20 smtp1.pool.world.example me "$ISP_PASSWORD"
lab_smarthost_start isp2 192.0.2.21 smtp2.pool.world.example me "$ISP_PASSWORD"
is "config check" "$($SIGNET config check | tail -n 1 | sed 's/, .*//')" "$CONF: OK"
lab_signetd_start

# send FROM TO…: one message
send() {
	local from=$1
	shift
	world_message "$from" "$1" "to $1" | as alice $SENDMAIL -i -f "$from" "$@"
}
logins() { # at that smarthost
	grep -c 'client=.*sasl_username=' "$LAB/log/$1"
}
by() { # DOMAIN USER: the smarthost that it came over, or nothing
	header "$(copy "$1" "$2")" | grep -o 'by smtp[12]\.pool\.world\.example' | sed 's/by //'
}
waits_for() { # DOMAIN REASON
	$SIGNET queue list --json | grep -F "@$1" | grep -Eq -- "$2"
}

# ---- pools ----

for n in {1..40}; do
	send you@sender.example user"$n"@srv.world.example
done
ok "forty messages through the pool of SRV records arrive" lab_until 60 lab_queue_is_empty
lab_until 60 lab_has_mail srv.world.example user40
# Postfix writes its log beside what it does.
pool_took() {
	[ $(( $(logins isp1) + $(logins isp2) )) -eq "$1" ]
}
ok "the pool took all" lab_until 60 pool_took 40
ok "by their weights, 3 to 1 ($(logins isp1) to $(logins isp2)), past a dead one of weight 400" \
	test "$(logins isp1)" -ge 20 -a "$(logins isp2)" -ge 1
before=$(logins isp2)
send you@sender.example alice@mxpool.world.example
ok "a pool of MX hosts: the dead one is passed over" lab_until 60 lab_has_mail mxpool.world.example alice
is "for the next by preference" "$(by mxpool.world.example alice)" smtp2.pool.world.example
send you@sender.example alice@list.world.example
ok "a pool by list" lab_until 60 lab_has_mail list.world.example alice
is "the dead one is passed over as well" "$(by list.world.example alice)" smtp2.pool.world.example
second_took() {
	[ $(( $(logins isp2) - before )) -eq "$1" ]
}
ok "the smarthost took those two" lab_until 60 second_took 2

# ---- source ----

like "a smarthost's source is seen by the server" "$(header "$(copy list.world.example alice)")" 'from mail\.sender\.example \([^)]*\[192\.0\.2\.11\]\).* by smtp2'
send you@sender.example alice@direct.world.example
ok "by MX" lab_until 60 lab_has_mail direct.world.example alice
like "mx_source is, too" "$(header "$(copy direct.world.example alice)")" 'from mail\.sender\.example \([^)]*\[192\.0\.2\.11\]\).* by mx'
send you@sender.example alice@nosource.world.example
ok "an address that is not ours is named" lab_until 60 waits_for nosource.world.example \
	'cannot send from 203\.0\.113\.9: Cannot assign requested address; the setting source'
send you@sender.example alice@nofamily.world.example
ok "so is a family that the server has not" lab_until 60 waits_for nofamily.world.example \
	'smtp2\.pool\.world\.example has no address of the families that its smarthost.s setting families allows .ipv6'
send you@sender.example alice@strays.world.example
ok "a member that only the DNS vouches for has to have the pool's certificate" lab_until 60 waits_for strays.world.example \
	'smtp1\.pool\.world\.example.*certificate'

# ---- signatures and senders of a hop ----

send you@sender.example bob@direct.world.example bob@bare.world.example
ok "one message, two ways" lab_until 60 lab_has_mail bare.world.example bob
lab_until 60 lab_has_mail direct.world.example bob
like "signed by MX" "$(header "$(copy direct.world.example bob)")" 'dkim=pass .*header\.d=sender\.example'
like "with its own sender" "$(header "$(copy direct.world.example bob)")" '^Return-Path: <you@sender\.example>'
unlike "unsigned at the hop that signs itself" "$(header "$(copy bare.world.example bob)")" '^DKIM-Signature:'
like "with that hop's sender" "$(header "$(copy bare.world.example bob)")" '^Return-Path: <owner@sender\.example>'
like "and the From it had" "$(header "$(copy bare.world.example bob)")" '^From: you@sender\.example'

# ---- senders ----

send alice@picky.world.example carol@direct.world.example
send alice@other.world.example dave@direct.world.example
send erin@dead.world.example erin@direct.world.example
send bob@dead.world.example owner@direct.world.example
for who in carol dave erin owner; do
	ok "$who has mail" lab_until 60 lab_has_mail direct.world.example $who
done
is "a domain's rule, where the MX decides as well" "$(by direct.world.example carol)" smtp2.pool.world.example
is "is not for other senders"                      "$(by direct.world.example dave)"  ""
is "an address's rule"                             "$(by direct.world.example erin)"  smtp2.pool.world.example
is "is not for its domain"                         "$(by direct.world.example owner)" ""
send alice@picky.world.example somebody@null.world.example
ok "a bounce comes back" lab_until 60 lab_has_mail picky.world.example alice
is "by its recipient's route, not its first sender's" "$(by picky.world.example alice)" ""

send owner@sender.example root@mail.sender.example
own_mail_is_held() { $SIGNET queue list --held | grep -q 'stays on this host, and local_delivery is "none"; set root'; }
ok "mail for this host's own name is held where nobody reads it, and says what to set" lab_until 60 own_mail_is_held
like "and goes by the owner's order" "$($SIGNET queue delete --held)" ': 1 recipient deleted$'

# ---- tables ----

send you@sender.example alice@table.world.example
ok "by a table's line" lab_until 60 lab_has_mail table.world.example alice
is "over its hop" "$(by table.world.example alice)" smtp2.pool.world.example
like "signet route names the line" "$($SIGNET route x@table.world.example)" 'rule 3: /etc/signet/routes:2003 via list'
like "signet route shows a pool" "$($SIGNET route x@srv.world.example)" '10  smtp1\.pool\.world\.example port 587 weight 3  192\.0\.2\.20'
like "and whose certificate it wants" "$($SIGNET route x@strays.world.example)" '192\.0\.2\.20  \(its certificate has to name astray\.world\.example\)'
like "as JSON, too" "$($SIGNET route --json x@srv.world.example)" '"host": "smtp2.pool.world.example", "preference": 10, "weight": 1, "port": 587, "implicit_tls": false, "dnssec": false, "host_is_known": true'
like "signet route knows a sender's rule" "$($SIGNET route --from erin@dead.world.example x@direct.world.example)" 'rule 2: '
like "and one that needs the MX" "$($SIGNET route --from x@picky.world.example x@direct.world.example)" 'rule 1: .* via list'
sed -i 's/^table.world.example list/table.world.example lost/' $LAB/signet/routes
kill -HUP "$LAB_SIGNETD_PID"
ok "a reload with a bad line is refused, and says which" lab_until 60 log_says \
	'/etc/signet/routes:2003: "lost": no smarthost of that name; the nearest is "list"'
send you@sender.example bob@table.world.example
ok "the old table holds" lab_until 60 lab_has_mail table.world.example bob
is "as it was" "$(by table.world.example bob)" smtp2.pool.world.example
kill -9 $(lab_pids queue)
queue_is_new() { log_says 'the queue has ended' && lab_signetd_ready; }
ok "a queue that was killed begins anew" lab_until 60 queue_is_new
send you@sender.example dave@table.world.example
ok "with the table" lab_until 60 lab_has_mail table.world.example dave
is "as signetd has read it" "$(by table.world.example dave)" smtp2.pool.world.example
send you@sender.example alice@waits.world.example
ok "some mail waits for a hop that cannot work" lab_until 60 waits_for waits.world.example 'cannot send from 203\.0\.113\.9'
begun=$(grep -c 'begins, spool' $LAB/log/signetd)
sed -i -e 's/^table.world.example lost/table.world.example mx/' -e 's/^waits.world.example nosource/waits.world.example mx/' \
	$LAB/signet/routes
kill -HUP "$LAB_SIGNETD_PID"
begun_anew() { [ "$(grep -c 'begins, spool' $LAB/log/signetd)" -gt "$begun" ]; }
ok "a reload with a good one works" lab_until 60 begun_anew
lab_until 60 lab_signetd_ready
send you@sender.example carol@table.world.example
ok "mail goes on" lab_until 60 lab_has_mail table.world.example carol
ok "what waited goes by its new line as well" lab_until 60 lab_has_mail waits.world.example alice
is "by the new line" "$(by table.world.example carol)" ""
world_done
