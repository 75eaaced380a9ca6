#!/bin/bash
# SPDX-License-Identifier: ISC
# A real Postfix that takes two connections of a client and so many messages in a time: it gets no more than that for
# long, nothing is lost or doubled, and a single mail is not kept waiting by a mailing. And a receiver that is known to
# take so many sessions gets no more.
. "$(dirname "$0")/world.sh"
world_begin "$@"
tap_plan 18
world_names
world_keys
lab_zone orange.fr <<'END'
@ MX 10 smtp-in.orange.fr.
smtp-in A 192.0.2.11
END
lab_zone plain.example <<'END'
@ MX 10 mx.plain.example.
mx A 192.0.2.11
END
world_config <<'END'
routes = ( { to = [ "*" ]; via = [ "mx" ]; } );
sessions_per_site = 10; retry_min = "10s"; retry_max = "10s";
END
lab_dns_start
world_mx_start -- 'smtpd_client_event_limit_exceptions =' 'smtpd_client_connection_count_limit = 2' \
	'smtpd_client_message_rate_limit = 40' 'anvil_rate_time_unit = 5s'
lab_signetd_start

mailing() {   # FROM TO
	local n to
	for n in $(seq "$1" "$2"); do
		to=user$((n % 50 + 1))@direct.world.example
		world_message news@sender.example "$to" "number $n" | sed '1i List-Id: <news.sender.example>' |
			$SENDMAIL -i -f news@sender.example "$to"
	done
}
said() {
	grep -c "$1" $LAB/log/signetd
}

feeders=
for n in 1 51 101; do
	mailing $n $((n + 49)) &
	feeders="$feeders $!"
done
mailing 151 200
wait $feeders
world_message boss@sender.example alice@direct.world.example single | $SENDMAIL -i -f boss@sender.example alice@direct.world.example
ok "a single mail arrives" lab_until 60 lab_has_mail direct.world.example alice
left=$(queue_count)
ok "while $left of a mailing of 200 wait" test "$left" -gt 20
ok "which arrives in the end" lab_until 120 lab_queue_is_empty
once=0 all=0
for n in $(seq 1 50); do
	once=$((once + $(subjects direct.world.example "user$n" | sort -u | wc -l)))
	all=$((all + $(lab_mail_count direct.world.example "user$n")))
done
is "each once" "$once of $all" "200 of 200"
connections=$(said 'session with .*too many connections')
messages=$(said 'status=deferred .*too much mail')
ok "too many connections: $connections times" test "$connections" -le 5
ok "the limit of messages was met" test "$messages" -gt 0
ok "too much mail: $messages times" test "$messages" -le 40
ok "the log says why nothing goes for a while" log_says 'too much mail.*nothing goes there for [0-9.]+ s'
ok "nobody was told of a failure" test -z "$(grep -h 'status=bounced' $LAB/log/signetd)"

# ---- what a receiver is known to take --------------------------------------------------

# A server that takes a while over each recipient, so that as many sessions as may be are open.
lab_signetd_stop
lab_mx_start slow 192.0.2.11 mx.plain.example orange.fr plain.example -- 'smtpd_recipient_restrictions = sleep 1, permit'
world_config <<'END'
routes = ( { to = [ "*" ]; via = [ "mx" ]; } );
END
lab_signetd_start

# sessions_since LINE: the most sessions that the server has seen at once since, and how many are open. One that was
# there before does not count.
sessions_since() {
	tail -n +$(($1 + 1)) $LAB/log/slow | awk '
		/ connect from/ { open[$5] = 1; if (length(open) > most) most = length(open) }
		/ disconnect from/ { delete open[$5] }
		END { print most + 0, length(open) }'
}
# most_open DOMAIN: so many mails go there; the most sessions that the server saw at once.
most_open() {
	local n begin
	begin=$(wc -l < $LAB/log/slow)
	for n in $(seq 24); do
		world_message "sender$n@sender.example" "user$n@$1" "number $n" | $SENDMAIL -i -f "sender$n@sender.example" "user$n@$1"
	done
	lab_until 60 lab_queue_is_empty || return
	lab_until 60 eval '[[ $(sessions_since $begin) == *" 0" ]]' || return
	sessions_since "$begin" | cut -d " " -f 1
}
ok "a receiver of whom nothing is known: more than two sessions" test "$(most_open plain.example)" -gt 2
is "one that is known to take two: two"                          "$(most_open orange.fr)" 2
shown=$($SIGNET route someone@orange.fr)
like "signet route says so, and whose word it is" "$shown" '^ +limits: 2 sessions at once \(Orange\), 100 messages a session \(Orange\), 100 recipients a message$'
like "and where it is from" "$shown" '^ +Orange: .*OFR004_104'
like "the default" "$($SIGNET route someone@plain.example)" '^ +limits: 5 sessions at once, 100 messages a session, 100 recipients a message$'
lab_signetd_stop
sed -i '1i sessions_per_site = 4;' $CONF
lab_signetd_start
ok "the owner's word counts more" test "$(most_open orange.fr)" -gt 2
sed -i '1i mx_rate = "100/s";' $CONF
like "signet route says that, too" "$($SIGNET route someone@orange.fr)" '^ +limits: 4 sessions at once \(sessions_per_site\), .*, 100/s messages \(mx_rate\)$'
is "for programs" "$($SIGNET route --json someone@orange.fr | /usr/bin/python3 -c 'import json, sys
for name, limit in json.load(sys.stdin)["hops"][0]["limits"].items():
	print(name, limit["most"], limit["window_ms"], limit["setting"], limit["receiver"], limit["source"][:8])')" \
	'sessions 4 0 sessions_per_site  
messages_per_session 100 0  Orange suped.co
recipients_per_message 100 0   
rate 100 1000 mx_rate  '
world_done
