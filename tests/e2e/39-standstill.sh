#!/bin/bash
# SPDX-License-Identifier: ISC
# Roles that stand still at a word in what they read (tests/lab/odd_role.c): each is ended when its time is
# up, others' mail goes on meanwhile, and what it had in hand arrives once the role works again.
. "$(dirname "$0")/world.sh"
world_begin "$@"
tap_plan 28
world_names
lab_zone world.example <<'END'
stands-resolver MX 10 mx
second MX 10 second
third MX 10 third
second A 192.0.2.11
third A 192.0.2.21
END
world_keys
world_config <<'END'
routes = ( { to = [ "*" ]; via = [ "mx" ]; } );
retry_min = "500ms"; retry_max = "1s"; time_scale = 0.005; signers = 2; pickups = 2;
root = "owner@direct.world.example";
END
world_odd_roles
world_stands 1 smtp esmtp bounce signer resolver    # pickup: each time
lab_dns_start
world_mx_start stands-resolver.world.example
lab_mx_start second 192.0.2.11 second.world.example second.world.example
lab_mx_start third 192.0.2.21 third.world.example third.world.example
lab_signetd_start
D=direct.world.example

send() {   # FROM TO BODY
	world_message "$1" "$2" "$3" "$3" | $SENDMAIL -i -f "$1" "$2"
}
stands() {   # ROLE: it has said so, and nothing since
	grep -qx "$1 stands still" $LAB/log/signetd
}
file_is_set_aside() {
	compgen -G '/var/spool/signet/drop/*.bad'
}
is_told_of() {   # RECIPIENT: of whose mail its sender has a report
	lab_mail sender.example erin | xargs -r grep -l -- "$1"
}

# The first of them is ended after twelve seconds at the least: what is asked of the time before can be asked only then.
STANDING_S=10
begun=$SECONDS

# Each has taken what it stands at; the resolver last, for all that goes to new places waits for it.
send alice@sender.example alice@second.world.example stands-smtp
send stands-esmtp@sender.example bob@third.world.example nobody    # the envelope is all that it is given
send erin@sender.example stands-bounce@$D nobody
send alice@sender.example carol@$D stands-signer
send alice@sender.example dave@$D stands-pickup & caller=$!
for role in smtp esmtp bounce signer pickup; do
	ok "$role stands still" lab_until 60 stands $role
done
for n in 1 2 3 4 5; do    # one by one: what the queue has given a signer stays there
	send owner@sender.example "user$n@other.world.example" fine
	ok "others' mail goes on: $n" lab_until 20 lab_has_mail other.world.example "user$n"
done
log_until_now=$(cat $LAB/log/signetd)
if [ $((SECONDS - begun)) -lt $STANDING_S ]; then
	unlike "while none of these has been ended" "$log_until_now" 'it is ended'
else
	skip "while none of these has been ended" "this machine was so busy that the first one's time was up"
fi
send alice@sender.example erin@stands-resolver.world.example new
ok "the resolver stands still" lab_until 60 stands resolver

ok "the resolver is ended"  lab_until 120 log_says 'resolver [0-9]+ does not answer: it is ended'
ok "the signer is ended"    lab_until 120 log_says 'signer [0-9]+ does not answer: it is ended'
ok "bounce is ended"        lab_until 120 log_says 'bounce [0-9]+ does not answer: it is ended'
ok "smtp is ended"          lab_until 180 log_says 'smtp [0-9]+ has said nothing for longer than any session takes: it is ended'
ok "pickup is ended"        lab_until 120 log_says 'pickup [0-9]+ stands still: it is ended'
ok "pickup: after the second time in the folder its file is set aside" lab_until 180 file_is_set_aside
wait $caller
is "pickup: its caller was told that the mail is kept" $? 0
ok "what smtp had arrives" lab_until 120 lab_has_mail second.world.example alice
ok "what esmtp had arrives" lab_until 120 lab_has_mail third.world.example bob
ok "what the signer had arrives" lab_until 120 lab_has_mail $D carol
ok "so does that to the new place" lab_until 120 lab_has_mail stands-resolver.world.example erin
ok "and the report" lab_until 120 is_told_of stands-bounce@$D
ok "the queue is empty" lab_until 60 lab_queue_is_empty
unlike "no destination failed for want of a signature" "$(cat $LAB/log/signetd)" 'without a reason'
is "each once" "$(find $LAB/mail -path '*/new/*' | wc -l)" 11
world_done
