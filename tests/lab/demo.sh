#!/bin/bash
# SPDX-License-Identifier: ISC
# make demo: the main job on this machine only, shown step by step.
set -u
. "$(dirname "$0")/lab.sh"
LAB_LIMIT_S=${LAB_LIMIT_S:-120}
lab_enter "$@"

step_count=0
step() {
	step_count=$((step_count + 1))
	printf '\n\033[1m%d. %s\033[0m\n' $step_count "$1"
}

say() {
	printf '   %s\n' "$@"
}

# show COMMAND…: prints it as one would type it, then what it prints.
show() {
	printf '   $ %s\n' "$*"
	eval "$*" 2>&1 | sed 's/^/     /'
	return "${PIPESTATUS[0]}"
}

promise() {
	local what=$1
	shift
	if "$@" >/dev/null 2>&1; then
		printf '   \xe2\x9c\x93 %s\n' "$what"
	else
		printf '   \xe2\x9c\x97 %s\n' "$what"
		say '' 'This is not as promised. The log ends with:'
		tail -n 30 $LAB/log/signetd | sed 's/^/     /'
		exit 1
	fi
}

[ -t 1 ] || step() {
	step_count=$((step_count + 1))
	printf '\n%d. %s\n' $step_count "$1"
}

cat <<'END'
Signet is a /usr/sbin/sendmail: it keeps a message safe, signs it on this host
and delivers it itself. What follows is all real and all private: servers
unpacked from their Debian packages, in namespaces that end with this script.
END

# ---------------------------------------------------------------------------------
step 'A name server, with the zone of the sender and that of the world'
lab_zone sender.example <<'END'
@ MX 10 mail
mail A 192.0.2.1
END
lab_zone world.example <<'END'
mx A 192.0.2.10
smtp.isp A 192.0.2.20
gone A 192.0.2.30
direct MX 10 mx
picky MX 10 mx
dead MX 10 gone
END
say 'direct.world.example   has a mail exchanger that takes mail from anyone' \
    'picky.world.example    has one too, but our table sends its mail through the ISP' \
    'dead.world.example     has a mail exchanger that nobody answers at'

step 'A signing key of each kind, and the records that publish them'
mkdir -p $LAB/signet/keys
cd $LAB || exit 1
show build/signet key new --type rsa --domain sender.example --selector s1 --file /etc/signet/keys/s1.pem
show build/signet key new --type ed25519 --domain sender.example --selector s2 --file /etc/signet/keys/s2.pem
show build/signet key new --type rsa --domain sender.example --selector dk --file /etc/signet/keys/dk.pem
say '' 'The third is for DomainKeys, the ancestor of DKIM, which some receivers still look at.'

printf 'correct horse battery staple\n' > $LAB/signet/isp.password
chmod 600 $LAB/signet/isp.password
cat > $LAB/signet/signet.conf <<END
hostname = "mail.sender.example";
domain = "sender.example";
dkim = (
  { domain = "sender.example"; selector = "s1"; file = "/etc/signet/keys/s1.pem";
    domainkeys = { selector = "dk"; file = "/etc/signet/keys/dk.pem"; }; },
  { domain = "sender.example"; selector = "s2"; file = "/etc/signet/keys/s2.pem"; }
);
smarthosts = ( {
  name = "isp"; host = "smtp.isp.world.example"; port = 587;       # TLS, verified
  user = "me"; password_file = "/etc/signet/isp.password";
  ca_file = "$LAB/tls/ca.pem";
} );
mx_allow = [ "192.0.2.0/24" ];                                     # the lab's servers are on this host
routes = (                                                         # first match wins
  { to = [ "picky.world.example" ]; via = [ "isp" ]; },
  { to = [ "*" ]; via = [ "mx", "isp" ]; fallback_on = [ "unreachable" ]; }
);
libexec = "$LAB/build/libexec/signet";                        # this tree, not installed
drop_program = "$LAB/signet-drop";
log = "$LAB/log/signetd";
END
show build/signet dns --zone
build/signet dns --zone | lab_zone sender.example
say '' 'These go into the zone as they are, and the name server starts.'
lab_dns_start

step 'The others: two real Postfix, and OpenDKIM to judge our signatures'
lab_mx_start mx 192.0.2.10 mx.world.example {direct,picky,dead}.world.example
say 'mx.world.example        Postfix, the mail exchanger; OpenDKIM verifies what it takes'
lab_smarthost_start isp 192.0.2.20 smtp.isp.world.example me 'correct horse battery staple' \
	'transport_maps = inline:{dead.world.example=smtp:[mx.world.example]}'
say 'smtp.isp.world.example  Postfix, the smarthost; demands TLS and AUTH on port 587'

step 'The configuration, and what it means for three addresses'
show cat /etc/signet/signet.conf
show build/signet config check
promise 'the configuration has no faults' build/signet config check
for address in alice@direct bob@picky carol@dead; do
	show build/signet route $address.world.example
done

step 'signetd starts its roles'
lab_signetd_start
lab_roles | sed 's/^/     /'
promise 'the roles run without privilege, as user signet' \
	test "$(lab_roles | awk '$2 != "signetd" { print $1 }' | sort -u)" = signet

step 'Three messages, given to sendmail as any program does'
for to in alice@direct bob@picky carol@dead; do
	cat > mail-"${to%@*}" <<-END
	From: You <you@sender.example>
	To: $to.world.example
	Subject: A word to ${to%@*}

	Hello ${to%@*},
	this was given to sendmail and left signed.
	.
	The line above, a dot alone, is text (-i).
	END
done
show cat mail-alice
for name in alice bob carol; do
	show "build/sendmail -i -t < mail-$name"
	promise "exit status 0: the mail to $name is on stable storage" test $? -eq 0
done

step 'Where they went'
lab_until 60 lab_queue_is_empty
show build/signet queue list
promise 'the queue is empty' lab_queue_is_empty
promise 'alice has hers, by the mail exchanger of her domain' lab_has_mail direct.world.example alice
promise 'bob has his' lab_until 60 lab_has_mail picky.world.example bob
promise 'carol has hers' lab_until 60 lab_has_mail dead.world.example carol

copy_of() {
	lab_mail "$1.world.example" "$2"
}
came_by_isp() {
	grep -q 'by smtp.isp.world.example (Postfix) with ESMTPSA' "$(copy_of "$1" "$2")"
}
came_alone() {
	! came_by_isp "$1" "$2"
}
passes() {
	sed -n '/^Authentication-Results: verifier/,/^[^ \t]/p' "$(copy_of "$1" "$2")" | tr -d '\n' |
		grep -Eq "$3"
}
cp "$LAB_SOURCE/tests/lab/domainkeys.pl" .
domainkeys_pass() {
	./domainkeys.pl < "$(copy_of "$1" "$2")" | grep -q '^domainkeys=pass header.d=sender.example header.s=dk '
}
promise 'alice: no smarthost in between'                     came_alone direct alice
promise 'bob: through the smarthost, as the table says'      came_by_isp picky bob
promise 'carol: through the smarthost, because nobody answered at her mail exchanger' came_by_isp dead carol
show "grep -h status= $LAB/log/signetd | sed 's/^[^ ]* [^ ]* //'"

step 'What OpenDKIM at the receiving side says, and Mail::DKIM of DomainKeys'
mkdir -p "$LAB_SOURCE/build/demo"
for at in direct/alice picky/bob dead/carol; do
	domain=${at%/*} name=${at#*/}
	sed -n '/^Authentication-Results: verifier/{p;:more;n;/^[ \t]/{p;b more};q}' "$(copy_of "$domain" "$name")" | sed 's/^/     /'
	promise "$name: dkim=pass, rsa"     passes "$domain" "$name" 'dkim=pass (\([^)]*\) )?header.d=sender.example [^;]*header.a=rsa-sha256'
	promise "$name: dkim=pass, ed25519" passes "$domain" "$name" 'dkim=pass (\([^)]*\) )?header.d=sender.example [^;]*header.a=ed25519-sha256'
	copy=$(copy_of "$domain" "$name")
	show "./domainkeys.pl < ${copy#"$LAB"/}"
	promise "$name: domainkeys=pass" domainkeys_pass "$domain" "$name"
	cp "$(copy_of "$domain" "$name")" "$LAB_SOURCE/build/demo/$name.eml"
done
lab_signetd_stop

cat <<END

All as promised. The delivered copies, to look at:

   build/demo/alice.eml   build/demo/bob.eml   build/demo/carol.eml

What to do next:

   make check                        the tests, in the same private world
   sudo make install                 then write /etc/signet/signet.conf (README has an example)
   signet key new, signet dns        your own key, and the records to publish
   signet route someone@example.com  how mail to them would go
END
