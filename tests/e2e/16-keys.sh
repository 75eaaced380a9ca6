#!/bin/bash
# SPDX-License-Identifier: ISC
# Keys: taken over from OpenDKIM, rotated while one of two name servers lags and while signet is killed at each of
# its steps, encrypted, and given by systemd. What signs is looked at in the mail that arrives.
. "$(dirname "$0")/world.sh"
world_begin "$@"
tap_plan 75

D=direct.world.example
KEYS=/etc/signet/keys
mkdir -p $KEYS records $LAB/dns2 /etc/signet/opendkim
chmod 700 $KEYS

# ---- names: two servers of one zone ------------------------------------------------

# The zone as it is now, out of records/: to the first server, with "both" to the second too.
zone() {
	local file=$LAB/dns/sender.example.zone
	rm -f $file
	{
		printf '%s\n' '@ MX 10 mx.world.example.' 'mail A 192.0.2.1' '@ NS ns2' 'ns2 A 127.0.0.2'
		cat records/* 2>/dev/null
	} | lab_zone sender.example
	[ -z "${LAB_DNS_PID:-}" ] || lab_dns_reload
	[ "${1:-}" != both ] || second
}

second() {
	cp $LAB/dns/sender.example.zone $LAB/dns2/
	[ -z "${second_pid:-}" ] || knotc -c $LAB/dns2/knot.conf -b zone-reload >/dev/null
}

second_start() {
	cat > $LAB/dns2/knot.conf <<-END
	server:
	  rundir: $LAB/dns2
	  listen: 127.0.0.2@53
	database:
	  storage: $LAB/dns2
	log:
	  - target: $LAB/log/knot2
	    any: info
	template:
	  - id: default
	    storage: $LAB/dns2
	    zonefile-sync: -1
	    journal-content: none
	zone:
	  - domain: sender.example.
	    file: sender.example.zone
	END
	knotd -c $LAB/dns2/knot.conf >>$LAB/log/knot2 2>&1 &
	second_pid=$!
	lab_need 60 lab_answers 127.0.0.2 53
}

# published SELECTOR FILE: its record
published() {
	$SIGNET dns --domain sender.example --selector "$1" --key "$2" --format bind > "records/$1"
}

revoked() {
	echo "$1._domainkey.sender.example. IN TXT \"v=DKIM1; p=\"" > "records/$1"
}

# ---- what signs ------------------------------------------------------------------------

# The copy with that subject.
arrived() {
	grep -l "^Subject: $1" $(lab_mail $D alice) /dev/null
}

# signed_by: sends a mail and says "SELECTORS VERDICTS" of the copy that arrives.
signed_by() {
	local subject="at $EPOCHREALTIME" file
	world_message you@sender.example "alice@$D" "$subject" | $SENDMAIL -i -t || return
	lab_until 60 arrived "$subject" || return
	file=$(arrived "$subject")
	echo "$(header "$file" | sed -n 's/^DKIM-Signature:.* s=\([^;]*\);.*/\1/p' | paste -sd,)" \
		"$(header "$file" | sed -n '/^Authentication-Results: verifier/p' | grep -o 'dkim=[a-z]*' | paste -sd,)"
}

run() {
	out=$("$@" 2>&1 </dev/null)
	status=$?
}

# told NAME STATUS EXTENDED-REGEX: of the last run
told() {
	is "$1: status" "$status" "$2"
	like "$1" "$out" "$3"
}

# ---- OpenDKIM's set-up -------------------------------------------------------------------

openssl genrsa -out /etc/signet/opendkim/mail.private 2048 2>/dev/null
chown opendkim /etc/signet/opendkim/mail.private
chmod 600 /etc/signet/opendkim/mail.private
printf '%s\n' '# the keys' 'main sender.example:mail:/etc/signet/opendkim/mail.private' > /etc/signet/opendkim/KeyTable
printf '%s\n' '*@sender.example main' '*@*.sender.example main' > /etc/signet/opendkim/SigningTable
cat > /etc/signet/opendkim/opendkim.conf <<END
Mode sv
Socket inet:8892@127.0.0.1
UserID opendkim
Syslog no
Canonicalization relaxed/simple
KeyTable file:/etc/signet/opendkim/KeyTable
SigningTable refile:/etc/signet/opendkim/SigningTable
END
ok "OpenDKIM takes the set-up" opendkim -n -x /etc/signet/opendkim/opendkim.conf
run $SIGNET key import --opendkim /etc/signet/opendkim/opendkim.conf
told "and so does signet" 0 'selector = "mail"; file = "/etc/signet/keys/sender.example.mail.pem"; header_canon = "relaxed"; body_canon = "simple";'
is "its key is root's alone" "$(stat -c '%U %a' $KEYS/sender.example.mail.pem)" "root 600"
{
	lab_config_base
	echo 'routes = ( { to = [ "*" ]; via = [ "mx" ]; } ); retry_min = "200ms"; retry_max = "1s";'
	$SIGNET key import --opendkim /etc/signet/opendkim/opendkim.conf 2>/dev/null
	echo '# the end of my configuration'
} > $CONF
chmod 640 $CONF
chgrp alice $CONF
ok "the configuration is right" $SIGNET config check

world_names </dev/null
published mail $KEYS/sender.example.mail.pem
zone both
lab_dns_start
second_start
world_mx_start
lab_signetd_start
is "mail is signed with it, and verified" "$(signed_by)" "mail dkim=pass"
like "canonicalised as it was" "$(header "$(copy $D alice)")" 'c=relaxed/simple'

# ---- a rotation, one name server of which lags ----------------------------------------------

rotate() {
	run $SIGNET key rotate "$@"
}
cp $CONF before
rotate --to next
told "rotate: a key is made" 75 "^$KEYS/next.pem: the new rsa key of sender.example, selector next"
like "its record is told" "$out" '^next\._domainkey\.sender\.example v=DKIM1; k=rsa; p=[A-Za-z0-9+/]+=*$'
like "no server shows it" "$out" '0 of 2 show it'
published next $KEYS/next.pem
zone
rotate --yes
told "one server lags" 75 '1 of 2 show it'
like "which is named, with how long resolvers may hold that" "$out" 'ns2\.sender\.example\[127\.0\.0\.2\]: shows no record; resolvers may hold that for [0-9]+ s'
like "as is the one that shows it" "$out" 'ns\.sender\.example\[127\.0\.0\.1\]: shows it'
ok "nothing is switched" cmp before $CONF
is "the old one signs on" "$(signed_by)" "mail dkim=pass"

kill $second_pid && wait $second_pid 2>/dev/null
rotate --yes
told "one server is down" 75 'ns2\.sender\.example\[127\.0\.0\.2\]: gives no answer'
ok "nothing is switched then" cmp before $CONF
sed 's/p=MII/p=MIJ/; s/^\$TTL 1$/$TTL 600/' $LAB/dns/sender.example.zone > $LAB/dns2/sender.example.zone
second_start
rotate --yes
told "one shows another key" 75 'ns2\.sender\.example\[127\.0\.0\.2\]: shows (a record that is damaged|another key)'
second
rotate --yes
told "caches may hold that one" 75 'resolvers may hold until 20'
ok "nothing is switched before they cannot" cmp before $CONF
sed -i 's/^not_before .*/not_before 1/' $KEYS/*.rotation
rotate
told "now all show it; without a terminal nothing is changed unasked" 75 'signet key rotate --domain sender.example --selector mail --yes'
ok "and is not" cmp before $CONF
rotate --yes
told "with --yes it is" 0 'signs for sender.example with next in place of mail'
is "in just this line" "$(diff before $CONF | grep -c '^[<>]')" 2
like "which is" "$(cat $CONF)" '^ +\{ domain = "sender.example"; selector = "next"; file = "/etc/signet/keys/next.pem"; header_canon = "relaxed"; body_canon = "simple"; \}$'
is "owner and mode stay" "$(stat -c '%U %G %a' $CONF)" "root alice 640"
signs_next() {
	[ "$(signed_by)" = "next dkim=pass" ]
}
ok "mail is signed with the new one, and verified" lab_until 60 signs_next
rotate --status
told "the old one is kept" 0 'mail -> next: keep until 20'
rotate
told "so says rotate" 0 'Leave the record of mail as it is until'
run $SIGNET key revoke mail
told "revoke comes later" 75 'revoke --now'
ok "the old file is there" test -s $KEYS/sender.example.mail.pem
sed -i 's/^keep_until .*/keep_until 1/' $KEYS/*.rotation
rotate
told "in time it is due" 0 'signet key revoke --domain sender.example mail$'
run $SIGNET key revoke mail
told "the record that revokes it" 75 '^mail\._domainkey\.sender\.example v=DKIM1; p=$'
revoked mail
zone
run $SIGNET key revoke mail
told "one server lags again" 75 '1 of 2 show that it is revoked'
ok "the old file stays" test -s $KEYS/sender.example.mail.pem
second
run $SIGNET key revoke mail
told "all show it" 0 'the rotation to next is done'
is "the old file and the state are gone" "$(ls $KEYS)" next.pem
is "and mail is signed on" "$(signed_by)" "next dkim=pass"
run $SIGNET key list
told "list" 0 "^sender.example +next +DKIM +rsa +2048 +$KEYS/next.pem$"

# ---- switched by hand, where signet cannot ----------------------------------------------------

sed -i 's/selector = "next"/selector = "ne" "xt"/' $CONF
rotate --to byhand --type ed25519
published byhand $KEYS/byhand.pem
zone both
sleep 1.2
rotate --yes
told "a text that is not plain" 78 'no plain dkim entry'
like "what to change by hand" "$out" 'selector = "byhand"; file = "/etc/signet/keys/byhand.pem";'
sed -i 's/selector = "ne" "xt"/selector = "byhand"/; s/next\.pem/byhand.pem/' $CONF
lab_signetd_stop
rotate
told "signetd does not run" 75 'signetd has not been told'
lab_signetd_start
rotate
told "the next call notices what was done by hand" 0 'Leave the record of next as it is'
revoked next
zone both
run $SIGNET key revoke --now next
told "a key that leaked is revoked at once" 0 'the rotation to byhand is done'

# ---- killed at each step -----------------------------------------------------------------------

# What there was before a phase, each file at once: signetd may be reading them.
restore() {
	local file
	for file in tree/keys/* tree/signet.conf; do
		cp -a "$file" /etc/signet/restored && mv /etc/signet/restored "/etc/signet/${file#tree/}"
	done
	for file in $KEYS/* /etc/signet/*; do
		[ -e "tree/${file#/etc/signet/}" ] || rm "$file"
	done
}

there() {
	ls /etc/signet /etc/signet/keys | paste -sd' '
}

# again STATUS COMMAND…: called again, and, as it may say itself (75) while signetd still starts anew, once more.
again() {
	local want=$1
	shift
	run "$@"
	[ "$status" -eq "$want" ] || [ "$status" -ne 75 ] || { sleep 1; run "$@"; }
}

# phase NAME STATUS FILES COMMAND…: killed when it begins the N-th call of a kind, then called again: from whatever
# step, its end is that status and these files in the folder of the keys.
killed=0
phase() {
	local name=$1 want=$2 files=$3 call n wrong=0
	shift 3
	rm -rf tree && cp -a /etc/signet tree
	for call in fsync /^rename /^link /^unlink; do
		for (( n = 1; n < 20; n++ )); do
			restore
			# LeakSanitizer cannot be traced.
			( ASAN_OPTIONS=detect_leaks=0 exec strace -qq -o /dev/null -e "trace=$call" \
				-e "inject=$call:signal=KILL:when=$n" "$@" ) >/dev/null 2>&1
			[ $? -ge 128 ] || break
			killed=$((killed + 1))
			$SIGNET config check >/dev/null || wrong=$((wrong + 1))
			again "$want" "$@"
			if [ "$status" -ne "$want" ] || [ "$(there)" != "/etc/signet: keys opendkim signet.conf  /etc/signet/keys: $files" ]; then
				wrong=$((wrong + 1))
				diag "$name: $call $n: $status" "$out" "$(there)"
			fi
		done
	done 2>/dev/null
	restore
	again "$want" "$@"
	is "killed at each step: $name" "$wrong $status" "0 $want"
}
STATE=byhand._domainkey.sender.example.rotation
phase make 75 "$STATE byhand.pem last.pem" $SIGNET key rotate --selector byhand --to last --type ed25519 --yes
published last $KEYS/last.pem
zone both
sleep 1.2
phase switch 0 "$STATE byhand.pem last.pem" $SIGNET key rotate --selector byhand --yes
is "the configuration says so" "$(grep -c 'selector = "last"; file = "/etc/signet/keys/last.pem"' $CONF)" 1
signs_last() {
	[ "$(signed_by)" = "last dkim=pass" ]
}
ok "and mail is signed so" lab_until 60 signs_last
revoked byhand
zone both
sed -i 's/^keep_until .*/keep_until 1/' $KEYS/*.rotation
# Killed behind the last step, there is nothing left to do.
cat > revoke.sh <<END
[ -e $KEYS/$STATE ] || exit 0
exec $SIGNET key revoke --domain sender.example byhand
END
phase revoke 0 last.pem bash revoke.sh
ok "there were as many steps as one would think ($killed)" test "$killed" -gt 20

# ---- encrypted, and a credential ------------------------------------------------------------------

lab_signetd_stop
openssl pkey -in $KEYS/last.pem -aes256 -passout 'pass:correct horse' -out $KEYS/locked.pem
mkdir -p credentials
$SIGNET key new --domain sender.example --selector cred --file "$PWD/credentials/dkim" >/dev/null
chmod 400 credentials/dkim
published cred "$PWD/credentials/dkim"
zone both
printf 'correct horse\n' > /etc/signet/passphrase
chmod 600 /etc/signet/passphrase
{
	lab_config_base
	cat <<-END
	routes = ( { to = [ "*" ]; via = [ "mx" ]; } ); retry_min = "200ms"; retry_max = "1s";
	dkim = ( { domain = "sender.example"; selector = "last"; file = "$KEYS/locked.pem"; password_command = "cat /etc/signet/passphrase"; },
	         { domain = "sender.example"; selector = "cred"; file = "credential:dkim"; } );
	END
} > $CONF
run $SIGNET config check
told "a credential is signetd's to look at" 0 'credential'
export CREDENTIALS_DIRECTORY=$PWD/credentials
run $SIGNET key list
told "as signetd sees it" 0 'cred +DKIM +rsa +2048 +credential:dkim'
lab_signetd_start
is "an encrypted key and a credential sign" "$(signed_by)" "last,cred dkim=pass,dkim=pass"
world_done
