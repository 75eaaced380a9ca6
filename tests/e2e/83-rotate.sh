#!/bin/bash
# SPDX-License-Identifier: ISC
# Keys follow each other by themselves: what signet-rotate.service runs publishes by updates with TSIG, switches when both name
# servers show the records, and revokes; pairs, shared keys and DomainKeys together. Others' verifiers judge the mail of each phase.
. "$(dirname "$0")/world.sh"
LAB_LIMIT_S=${LAB_LIMIT_S:-600}
world_begin "$@"
tap_plan 73

D=direct.world.example
KEYS=/etc/signet/keys
PRIMARY=127.0.0.1 SECONDARY=127.0.0.2
YEAR=$(date -u +%Y)
UNIT=$LAB_SOURCE/etc/signet-rotate.service
mkdir -p $KEYS
chmod 700 $KEYS

# ---- names: a primary that takes updates, and a secondary ------------------------------

key() {     # NAME DOMAIN SELECTOR TYPE: a key, and its record in the zone
	lab_key --type "$4" --domain "$2" --selector "$3" --file "$KEYS/$1.pem" || lab_die "no key $1"
	record "$2" "$3" "$KEYS/$1.pem"
}
record() {  # DOMAIN SELECTOR FILE
	$SIGNET dns --domain "$1" --selector "$2" --key "$3" --format bind | lab_zone "$1"
}
world_names </dev/null
for zone in sender shop fair; do
	printf '%s\n' '@ MX 10 mx.world.example.' 'mail A 192.0.2.1' '@ NS ns2' "ns2 A $SECONDARY" | lab_zone $zone.example
done
key rsa sender.example rsa rsa
key ed sender.example ed ed25519
key dk sender.example dk rsa
key shared shop.example one ed25519
record fair.example two $KEYS/shared.pem
SECRET=$(openssl rand -base64 32)
for name in good wrong; do
	printf 'key "signet" { algorithm hmac-sha256; secret "%s"; };\n' "$SECRET" > $LAB/$name.key
	chmod 600 $LAB/$name.key
	SECRET=$(openssl rand -base64 32)
done
SECRET=$(sed -n 's/.*secret "\(.*\)".*/\1/p' $LAB/good.key)
lab_dns_start
# The lab's own server, as it is, but for updates and a secondary that follows.
sed -i "/^policy:/i\\
key:\\
  - id: signet.\\
    algorithm: hmac-sha256\\
    secret: $SECRET\\
remote:\\
  - id: second\\
    address: $SECONDARY@53\\
acl:\\
  - id: publish\\
    key: signet.\\
    action: update\\
    update-type: TXT\\
  - id: follow\\
    address: 127.0.0.0/8\\
    action: transfer" $LAB/dns/knot.conf
for zone in sender shop fair; do
	sed -i "/domain: $zone.example/a\\    acl: [ publish, follow ]\\n    notify: second\\n    zonefile-load: whole\\n    journal-content: changes" $LAB/dns/knot.conf
done
knotc -c $LAB/dns/knot.conf reload >/dev/null || lab_die "knot does not take updates"
lab_knot_follow second $SECONDARY $PRIMARY sender.example shop.example fair.example
sees() { kdig +short +norec "@$1" "$2" TXT | sed 's/" "//g' | tr -d '"'; }
second_has_all() {
	local zone
	for zone in sender shop fair; do
		kdig +noall +answer @$SECONDARY $zone.example SOA | grep -q SOA || return 1
	done
}
lab_need 60 second_has_all

# ---- mail -----------------------------------------------------------------------------------

arrived() { grep -l "^Subject: $1" $(lab_mail $D alice) /dev/null; }

# signed_by DOMAIN: sends a mail, keeps the copy that arrives in $file and says "SELECTORS VERDICTS" of its DKIM signatures.
signed_by() {
	local subject="at $EPOCHREALTIME"
	world_message "you@$1" "alice@$D" "$subject" | $SENDMAIL -i -t || return
	lab_until 60 arrived "$subject" || return
	file=$(arrived "$subject")
	cp "$file" copy
	echo "$(header "$file" | sed -n 's/^DKIM-Signature:.* s=\([^;]*\);.*/\1/p' | sort | paste -sd,)" \
		"$(header "$file" | sed -n '/^Authentication-Results: verifier/p' | grep -o 'dkim=[a-z]*' | paste -sd,)"
}
signs() { [ "$(signed_by "$1")" = "$2" ]; }
domainkeys() { perl "$LAB_SOURCE/tests/lab/domainkeys.pl" < "${1:-copy}" | sed 's/ header.d.*header.s=\([^ ]*\).*/ \1/'; }
owner_mails() { lab_mail_count $D owner; }
newest() { lab_mail $D owner | xargs ls -t | head -n 1; }
subject() { header "$(newest)" | sed -n 's/^Subject: //p' | tr -d '\r'; }
mails_are() { lab_until 60 lab_has_mail $D owner "$1" && lab_need 60 lab_queue_is_empty; }

config() {
	{
		lab_config_base
		cat <<-END
		root = "owner@$D";
		routes = ( { to = [ "*" ]; via = [ "mx" ]; } ); retry_min = "200ms"; retry_max = "1s";
		$1
		END
	} > $CONF
}
SETTINGS='rotate = "90d"; publish_server = "127.0.0.1"; publish_tsig_file = "'$LAB'/good.key";'
PAIR='{ domain = "sender.example"; selector = "rsa"; file = "/etc/signet/keys/rsa.pem"; domainkeys = { selector = "dk"; file = "/etc/signet/keys/dk.pem"; }; },
	{ domain = "sender.example"; selector = "ed"; file = "/etc/signet/keys/ed.pem"; }'
SHARED='{ domain = "shop.example"; selector = "one"; file = "/etc/signet/keys/shared.pem"; },
	{ domain = "fair.example"; selector = "two"; file = "/etc/signet/keys/shared.pem"; }'
# What the unit runs.
COMMAND=$(sed -n 's,^ExecStart=/usr/sbin/,,p' "$UNIT")
due() {
	# shellcheck disable=SC2086
	out=$($LAB/build/$COMMAND 2>&1 </dev/null)
	status=$?
}
old() { touch -d '91 days ago' "$@"; }
is "what the unit runs" "$COMMAND" "signet key rotate --due --mail"
if command -v systemd-analyze >/dev/null && exposure=$(systemd-analyze security --offline=true "$UNIT" 2>/dev/null | grep -oE 'signet-rotate.service: [0-9.]+'); then
	ok "it is exposed by 4.5 at most ($exposure)" awk -v n="${exposure##* }" 'BEGIN { exit !(n <= 4.5) }'
else
	skip "it is exposed by 4.5 at most" "no systemd-analyze here that judges offline"
fi

# ---- when nothing is to be done ---------------------------------------------------------------

config "dkim = ( $PAIR, $SHARED );"
world_mx_start
lab_signetd_start
old $KEYS/*.pem
due
is "rotate is not set: nothing is done" "$status $out" "0 "
sed -i '/^dkim/i rotate = "90d";' $CONF
due
like "nobody says how to publish" "$status $out" '^78 signet: rotate is set, and nothing says how to publish'
ok "its owner is told" mails_are 1
like "of what" "$(subject)" '^signet key rotate on mail\.sender\.example: keys are not rotated'
like "and why" "$(cat "$(newest)")" 'rotate is set, and nothing says how to publish the new keys: set publish_command'
due
lab_need 60 lab_queue_is_empty
is "once" "$(owner_mails)" 1
like "config check says so, too" "$($SIGNET config check 2>&1)" 'warning: rotate: .*publish_command, publish_server or publish_tsig_file'
sed -i "/^rotate/d; /^dkim/i $SETTINGS" $CONF
ok "the configuration is right" $SIGNET config check
touch $KEYS/*.pem
due
is "no key is old" "$status $out $(ls $KEYS | paste -sd' ')" "0  dk.pem ed.pem rsa.pem shared.pem"
old $KEYS/rsa.pem
echo damaged > $KEYS/x._domainkey.sender.example.rotation
chmod 600 $KEYS/x._domainkey.sender.example.rotation
due
like "a damaged state: none begins" "$status $out" '^78 .*not the state of a key rotation'
ok "its owner is told, as runs went well in between" mails_are 2
like "why" "$(cat "$(newest)")" 'x\._domainkey\.sender\.example\.rotation: .*not the state of a key rotation'
due
lab_need 60 lab_queue_is_empty
is "once, too" "$(owner_mails)" 2
rm $KEYS/x._domainkey.sender.example.rotation $(lab_mail $D owner)
touch $KEYS/*.pem
due
is "a pair signs, and is verified" "$(signed_by sender.example)" "ed,rsa dkim=pass,dkim=pass"
is "so is its DomainKeys signature" "$(domainkeys)" "domainkeys=pass dk"
cp copy before

# ---- one of a pair is old, and one of two name servers is away ----------------------------------------

old $KEYS/rsa.pem
cp $CONF conf.before
kill $LAB_PID_second && wait $LAB_PID_second 2>/dev/null
due
is "a name server is away: no failure yet" "$status" 0
like "it is named" "$out" 'not yet shown by ns2\.sender\.example\[127\.0\.0\.2\]'
like "one has the new record" "$(sees $PRIMARY s${YEAR}a._domainkey.sender.example)" '^v=DKIM1; k=rsa; p='
ok "nothing is switched" cmp conf.before $CONF
is "the old keys sign on, and are verified" "$(signed_by sender.example)" "ed,rsa dkim=pass,dkim=pass"
is "their DomainKeys, too" "$(domainkeys)" "domainkeys=pass dk"
is "its owner hears nothing of a wait" "$(owner_mails)" 0
sed -i "s/^failing_since .*/failing_since $(( $(date +%s) - 90000 ))/" $KEYS/*.rotation
due
is "after a day it is a failure" "$status" 75
ok "of which its owner is told" mails_are 1
like "by name" "$(subject)" '^signet key rotate on mail\.sender\.example: sender\.example: the key is not rotated'
due
lab_need 60 lab_queue_is_empty
is "once" "$(owner_mails)" 1
knotd -c $LAB/second/knot.conf >>$LAB/log/second.start 2>&1 &
lab_need 60 lab_answers $SECONDARY 53
lab_need 60 second_has_all
knotc -c $LAB/second/knot.conf zone-refresh >/dev/null
caught_up() { [ "$(kdig +short @$PRIMARY sender.example SOA)" = "$(kdig +short @$SECONDARY sender.example SOA)" ]; }
lab_need 60 caught_up
due
is "it follows: the run is well" "$status" 0
is "all that sign together are switched" "$(grep -o 'selector = "[a-z0-9]*"' $CONF | paste -sd' ')" \
	"selector = \"s${YEAR}a\" selector = \"s${YEAR}b\" selector = \"s${YEAR}c\" selector = \"one\" selector = \"two\""
is "the files, too" "$(grep -c "/etc/signet/keys/s${YEAR}[abc].pem" $CONF)" 2
ok "mail is signed with the new pair, and verified" lab_until 60 signs sender.example "s${YEAR}a,s${YEAR}c dkim=pass,dkim=pass"
is "and with the new DomainKeys" "$(domainkeys)" "domainkeys=pass s${YEAR}b"
ok "its owner is told" mails_are 2
is "of what" "$(subject)" "signet key rotate on mail.sender.example: sender.example: signs with a new key"
like "signed itself" "$(header "$(newest)")" 'dkim=pass'
is "mail of before is still verified" "$(domainkeys before) $($SIGNET verify --all < before >/dev/null 2>&1; echo $?)" "domainkeys=pass dk 0"
due
is "again: nothing to do" "$status $out" "0 "
like "where it stands" "$($SIGNET key rotate --status)" "^sender\.example DKIM rsa -> s${YEAR}a: keep until 20"
sed -i 's/^keep_until .*/keep_until 1/' $KEYS/*.rotation
due
is "when nothing is under way any more, the old ones are revoked" \
	"$status $(for s in rsa dk ed; do sees $SECONDARY $s._domainkey.sender.example; done | sort -u)" $'0 p=\nv=DKIM1; p='
is "their files and the state are gone" "$(ls $KEYS | paste -sd' ')" "s${YEAR}a.pem s${YEAR}b.pem s${YEAR}c.pem shared.pem"
ok "its owner is told, too" mails_are 3
is "of the end" "$(subject)" "signet key rotate on mail.sender.example: sender.example: the old key is revoked"
is "mail is signed on" "$(signed_by sender.example)" "s${YEAR}a,s${YEAR}c dkim=pass,dkim=pass"

# ---- a key of two domains; the name server refuses -----------------------------------------------------

sed -i "s/good.key/wrong.key/" $CONF
cp $CONF conf.before
old $KEYS/shared.pem
due
is "refused: the status says so" "$status" 77
like "with whose fault it is" "$out" 'has another secret for the key "signet"'
like "and what to publish otherwise" "$out" "^s${YEAR}d\._domainkey\.shop\.example v=DKIM1; k=ed25519; p="
ok "nothing is switched" cmp conf.before $CONF
ok "its owner is told at once" mails_are 4
like "why" "$(cat "$(newest)")" 'has another secret for the key'
is "the old key signs on, and is verified" "$(signed_by shop.example)" "one dkim=pass"
due
lab_need 60 lab_queue_is_empty
is "the same again is not told" "$status $(owner_mails)" "77 4"
sed 's/"signet"/"stranger"/' $LAB/wrong.key > $LAB/stranger.key
chmod 600 $LAB/stranger.key
sed -i "s/wrong.key/stranger.key/" $CONF
due
is "another fault with the same status" "$status" 77
ok "its owner is told, too" mails_are 5
like "of that one" "$(cat "$(newest)")" 'the key "stranger"'
sed -i "s/stranger.key/wrong.key/" $CONF
due
lab_need 60 lab_queue_is_empty
is "but not of the first again" "$status $(owner_mails)" "77 5"
sed -i "s/wrong.key/good.key/" $CONF
due
is "the right key: it goes on" "$status" 0
is "one file for both domains again" "$(grep -o "file = \"[^\"]*s${YEAR}d.pem\"" $CONF | wc -l) $(ls $KEYS | grep -c "s${YEAR}[de]")" "2 1"
ok "one domain is signed with it" lab_until 60 signs shop.example "s${YEAR}d dkim=pass"
ok "so is the other" lab_until 60 signs fair.example "s${YEAR}e dkim=pass"
ok "which is told" mails_are 6
sed -i 's/^keep_until .*/keep_until 1/' $KEYS/*.rotation
due
is "and both are revoked" "$status $(sees $SECONDARY one._domainkey.shop.example) $(sees $SECONDARY two._domainkey.fair.example)" "0 v=DKIM1; p= v=DKIM1; p="
is "the name of a revoked key does not come again" "$(ls $KEYS | paste -sd' ')" "s${YEAR}a.pem s${YEAR}b.pem s${YEAR}c.pem s${YEAR}d.pem"
mails_are 7

# ---- what has to be done by hand ------------------------------------------------------------------------

cp $CONF conf.good
openssl pkey -in $KEYS/s${YEAR}d.pem -aes256 -passout 'pass:correct horse' -out $KEYS/locked.pem
printf 'correct horse\n' > /etc/signet/passphrase
config "$SETTINGS dkim = ( { domain = \"shop.example\"; selector = \"s${YEAR}d\"; file = \"$KEYS/locked.pem\"; password_command = \"cat /etc/signet/passphrase\"; } );"
old $KEYS/locked.pem
due
like "an encrypted key" "$status $out" "^0 s${YEAR}d of shop\.example .*not rotated by themselves: one of them is encrypted"
config "$SETTINGS dkim = ( { domain = \"*\"; selector = \"x\"; file = \"$KEYS/s${YEAR}d.pem\"; }, { domain = \"shop.example\"; selector = \"s${YEAR}d\"; file = \"$KEYS/s${YEAR}d.pem\"; } );"
old $KEYS/s${YEAR}d.pem
due
like "one that signs for every domain" "$status $out" '^0 .*not rotated by themselves: an entry for many domains'
like "config check names it" "$($SIGNET config check 2>&1)" 'warning: rotate: .*an entry for many domains'
rm $KEYS/locked.pem /etc/signet/passphrase
cp conf.good $CONF

# ---- killed at each step ----------------------------------------------------------------------------------

touch $KEYS/*.pem
old $KEYS/s${YEAR}d.pem
cat > forget <<END
server $PRIMARY
$(for zone in shop fair; do for s in f g; do echo "zone $zone.example."; echo "update delete s${YEAR}$s._domainkey.$zone.example. TXT"; echo send; done; done)
END
followed() { [ "$(kdig +short @$PRIMARY "$1" SOA)" = "$(kdig +short @$SECONDARY "$1" SOA)" ]; }
# What there was before a phase, in the zones, too: each file at once, as signetd may be reading them.
restore() {
	local at
	knsupdate -k forget.key forget >>$LAB/log/knsupdate 2>&1
	for at in tree/keys/* tree/signet.conf; do
		cp -a "$at" /etc/signet/restored && mv /etc/signet/restored "/etc/signet/${at#tree/}"
	done
	for at in $KEYS/* /etc/signet/*; do
		[ -e "tree/${at#/etc/signet/}" ] || rm "$at"
	done
	lab_need 60 followed shop.example
	lab_need 60 followed fair.example
}
echo "hmac-sha256:signet:$SECRET" > forget.key
# The keys that the configuration signs with are shown by both servers, or it is wrong.
seen() {
	local domain selector file
	while read -r domain selector file; do
		for server in $PRIMARY $SECONDARY; do
			[ "$(sees $server "$selector._domainkey.$domain")" = "$($SIGNET dns --domain "$domain" --selector "$selector" --key "$file" | cut -d' ' -f2-)" ] || return 1
		done
	done < <(sed -n 's/.*domain = "\(shop\.example\|fair\.example\)"; selector = "\([^"]*\)"; file = "\([^"]*\)".*/\1 \2 \3/p' $CONF)
}
killed=0
# phase NAME FILES: killed when it begins the N-th call of a kind, then run again, until it has nothing to wait for.
phase() {
	local name=$1 files=$2 call n wrong=0
	rm -rf tree && cp -a /etc/signet tree
	for call in fsync /^rename /^link /^unlink connect; do
		for (( n = 1; n < 40; n++ )); do
			case $call in connect) n=$(( n + 9 )) ;; fsync) n=$(( n + 2 )) ;; esac
			restore
			# LeakSanitizer cannot be traced.
			# shellcheck disable=SC2086
			( ASAN_OPTIONS=detect_leaks=0 exec strace -f -qq -o /dev/null -e "trace=$call" -e "inject=$call:signal=KILL:when=$n" \
				$LAB/build/$COMMAND ) >/dev/null 2>&1
			[ $? -ge 128 ] || break
			killed=$((killed + 1))
			seen && $SIGNET config check >/dev/null || { wrong=$((wrong + 1)); diag "$name: $call $n: not seen by all"; }
			lab_until 60 finished "$files" || { wrong=$((wrong + 1)); diag "$name: $call $n: $status" "$out" "$(ls $KEYS)"; }
		done
	done 2>/dev/null
	restore
	due
	is "killed at each step: $name" "$wrong $status" "0 0"
}
finished() {
	due
	[ "$status" -eq 0 ] && [ "$(ls $KEYS | paste -sd' ')" = "$1" ] && seen
}
LEFT="s${YEAR}a.pem s${YEAR}b.pem s${YEAR}c.pem"
STATE="s${YEAR}d._domainkey.shop.example.rotation"
phase "to the switch" "$(printf '%s\n' $LEFT s${YEAR}d.pem s${YEAR}f.pem $STATE | LC_ALL=C sort | paste -sd' ')"
ok "then mail is signed so, and verified" lab_until 60 signs shop.example "s${YEAR}f dkim=pass"
ok "of both domains" lab_until 60 signs fair.example "s${YEAR}g dkim=pass"
sed -i 's/^keep_until .*/keep_until 1/' $KEYS/*.rotation
: > forget
phase "to the end" "$LEFT s${YEAR}f.pem"
ok "there were as many steps as one would think ($killed)" test "$killed" -gt 12
is "and mail is signed on" "$(signed_by shop.example) $(signed_by fair.example)" "s${YEAR}f dkim=pass s${YEAR}g dkim=pass"
world_done
