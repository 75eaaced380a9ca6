#!/bin/bash
# SPDX-License-Identifier: ISC
# A user without root runs a queue of his own: signetd as himself, a spool in his home, his own keys; the configuration is
# the one that he names, and where a program has more rights than he, not even that.
. "$(dirname "$0")/world.sh"
world_begin "$@"
tap_plan 41

H=$LAB/home
mkdir -p $H hostile
install -o root -g signetdrop -m 2755 $LAB/build/signet-drop $LAB/signet-drop
world_names
lab_dns_start
printf 'word PIPELINING\n' > hostile/script
lab_hostile_start hostile 192.0.2.20 25
chown alice $H
for kind in rsa ed25519; do
	as alice $SIGNET key new --type $kind --domain sender.example --selector $kind --file $H/$kind.pem > /dev/null 2>&1
done
cat > $H/conf <<END
hostname = "mail.sender.example"; domain = "sender.example"; root = "owner@direct.world.example";
spool = "$H/spool"; socket = "$H/run/socket"; control = "$H/run/control"; log = "$H/log";
libexec = "$LAB/build/libexec/signet"; drop_program = "$LAB/signet-drop";
smarthost = { host = "192.0.2.20"; port = 25; tls = "none"; user = "me"; password_file = "$H/password"; };
dkim = ( { domain = "sender.example"; selector = "rsa"; file = "$H/rsa.pem"; },
         { domain = "sender.example"; selector = "ed25519"; file = "$H/ed25519.pem"; } );
END
sed -i 's/^word.*/&\nauth PLAIN me sesame/' hostile/script
echo sesame > $H/password
chown alice $H/conf $H/password
chmod 600 $H/password
world_message you@sender.example a@direct.world.example first > message

# With nothing of root's but the programs.
alice() {
	as alice env SIGNET_CONFIG=$H/conf "$@"
}
answers() {
	alice $SENDMAIL -bP
}
runs() {
	pgrep -u alice signetd
}
mails() {
	[ "$(find hostile -name '*.data' | wc -l)" -eq "$1" ]
}
newest() {
	find hostile -name "*.$1" -printf '%T@ %p\n' | sort -n | tail -n 1 | cut -d' ' -f2
}
subject() {
	sed -n 's/\r//; s/^Subject: //p' "$(newest data)"
}
begin() {
	alice $LAB/build/signetd &
	daemon=$!
	ok "$1" lab_until 60 answers
}
end() {
	kill "$(pgrep -o -u alice signetd)"
	lab_until 60 eval '! runs'
}

# ---- a queue of one's own ------------------------------------------------------------------

like "signet config check is content with it" "$(alice $SIGNET config check 2>&1 | grep -v sendmail:)" ': OK'
as alice $SIGNET -C $H/conf dns > records 2> /dev/null
begin "signetd runs as alice, with her configuration"
users() {
	ps -eo user:20,args | grep -E '/(signetd|libexec/signet/[a-z]*)( |$)' | grep -v grep | cut -d' ' -f1 | sort -u
}
is "and so do all its roles" "$(users)" alice
is "her spool is hers" "$(stat -c %U $H/spool $H/spool/drop $H/run/socket | sort -u)" alice
is "nobody else may look into it" "$(stat -c %a $H/spool/body)" 700
ok "sendmail, by SIGNET_CONFIG" alice $SENDMAIL -i -f you@sender.example a@direct.world.example < message
ok "is delivered" lab_until 60 mails 1
perl -0777 -pe 's/(\A|\r\n)\.\r\n\z/$1/; s/(\A|\r\n)\./$1/g' "$(newest data)" > wire
is "signed with her keys" "$($SIGNET verify --dns records < wire 2>&1 | grep -o 'dkim=pass' | wc -l)" 2
like "with her password" "$(cat "$(newest commands)")" '^AUTH PLAIN'
ok "sendmail -C" as alice $SENDMAIL -C $H/conf -i a@direct.world.example < message
ok "is delivered, too" lab_until 60 mails 2
ok "-bs" eval 'printf "%s\r\n" "EHLO me" "MAIL FROM:<you@sender.example>" "RCPT TO:<a@direct.world.example>" DATA "Subject: bs" "" x . QUIT |
	alice $SENDMAIL -bs | grep -q "^250 2.0.0 queued as"'
ok "is delivered" lab_until 60 mails 3
like "mailq" "$(alice $SENDMAIL -bp)" 'Mail queue is empty'
like "signet trace" "$(alice $SIGNET trace a@direct.world.example)" 'a@direct\.world\.example'
ok "signet reload" alice $SIGNET reload
ok "goes on" lab_until 60 answers
like "bob may not read her mail" "$(as bob ls $H/spool/body 2>&1)" 'Permission denied'

# ---- while it is away ----------------------------------------------------------------------

ok "signetd ends" end
world_message you@sender.example a@direct.world.example away > message
out=$(alice $SENDMAIL -v -i -f you@sender.example a@direct.world.example < message)
is "a mail while it is away is taken" "$?" 0
is "into her drop folder, by a set-gid signet-drop" "$out" "kept in $H/spool/drop until signetd runs"
is "as her own" "$(stat -c '%U:%G' $H/spool/drop/*)" alice:alice
as bob env SIGNET_CONFIG=$H/conf $SENDMAIL -i a@direct.world.example < message 2> err
is "bob cannot write there" "$?" 75
like "and runs nothing that her file names" "$(cat err)" 'drop_program says what to run, and this file belongs to uid 1001'
is "nothing was left by him" "$(find $H/spool/drop -type f ! -user alice | wc -l)" 0
ok "sendmail -bd begins hers" alice $SENDMAIL -bd
ok "what waited is delivered" lab_until 60 mails 4
is "it is that one" "$(subject)" away
ok "it ends again" end

# ---- set-gid to her own group's advantage: none ------------------------------------------------

mkdir $LAB/taken
chgrp signetdrop $LAB/taken
chmod 1770 $LAB/taken
as alice $LAB/signet-drop $LAB/taken < message 2> err
is "signet-drop lends its group to no other folder" "$?" 75
like "it says so" "$(cat err)" 'taken.*Permission denied'
is "nothing is in it" "$(ls -A $LAB/taken)" ""
install -o root -g signetdrop -m 2755 $LAB/build/sendmail $LAB/sendmail-setgid
echo 'nonsense' > $H/broken
chown alice $H/broken
env_of() {
	as alice env SIGNET_CONFIG=$H/broken SIGNET_SOCKET=$H/run/socket "$1" -bP 2>&1
}
like "SIGNET_CONFIG is read" "$(env_of $SENDMAIL)" "$H/broken"
unlike "but not by a program that is set-id" "$(env_of $LAB/sendmail-setgid)" "$H/broken"

# ---- never a file that was not named -------------------------------------------------------

mkdir -p $H/.config/signet $H/.signet
for place in .config/signet/signet.conf .signet/signet.conf .signetrc .signet.conf; do
	cp $H/broken $H/$place
done
out=$(cd $H && as alice env HOME=$H XDG_CONFIG_HOME=$H/.config $SENDMAIL -i a@direct.world.example < /dev/null 2>&1)
unlike "a file in her home is not found by itself" "$out" 'nonsense|\.signet|\.config'
like "it is the system's that is meant" "$out" '/run/signet/socket'

# ---- or none -------------------------------------------------------------------------------

cp $H/conf $H/none
echo 'queue = "none";' >> $H/none
chown alice $H/none
world_message you@sender.example a@direct.world.example none > message
ok "queue = none, by -C" as alice $SENDMAIL -C $H/none -i -f you@sender.example a@direct.world.example < message
ok "is delivered when sendmail ends" mails 5
like "signed with her keys" "$(cat "$(newest data)")" '^DKIM-Signature: '
as bob $SENDMAIL -C $H/none -i a@direct.world.example < message 2> err
is "for bob her file runs nothing" "$?" 75
world_done
