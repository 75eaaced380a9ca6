#!/bin/bash
# A real Postfix that takes two connections of a client and so many messages in a time: it gets no more than that for
# long, nothing is lost or doubled, and a single mail is not kept waiting by a mailing.
. "$(dirname "$0")/world.sh"
world_begin "$@"
tap_plan 10
world_names
world_keys
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
world_done
