/* SPDX-License-Identifier: ISC */
#include "relay/queue/store_rows.h"

#include <stdlib.h>

void store_message_free(struct store_message *m)
{
	free(m->sender);
	free(m->envid);
	free(m->from_domain);
	free(m->message_id);
	free(m->body_file);
	free(m->unit);
	free(m->container);
	*m = (struct store_message){ 0 };
}

void store_read_message(struct sql_row *row, struct store_message *out)
{
	int64_t flags = sql_int(row, 8);

	*out = (struct store_message){
		.id = (uint64_t)sql_int(row, 0), .uid = (uint32_t)sql_int(row, 1), .sender = sql_text(row, 2),
		.envid = sql_text(row, 3), .from_domain = sql_text(row, 4), .message_id = sql_text(row, 5),
		.body_file = sql_text(row, 6), .ret = (enum dsn_ret)sql_int(row, 7),
		.eight_bit = flags & FLAG_EIGHT_BIT, .utf8 = flags & FLAG_UTF8, .require_tls = flags & FLAG_REQUIRE_TLS,
		.tls_optional = flags & FLAG_TLS_OPTIONAL, .no_data = flags & FLAG_NO_DATA, .redirected = flags & FLAG_REDIRECTED,
		.arrival_ms = sql_int(row, 9), .size_bytes = (uint64_t)sql_int(row, 10),
		.waiting = (unsigned)sql_int(row, 11), .checksum = (uint64_t)sql_int(row, 12),
		.unit = sql_text(row, 13), .container = sql_text(row, 14),
	};
}

void store_read_recipient(struct sql_row *row, struct store_recipient *out)
{
	*out = (struct store_recipient){
		.id = (uint64_t)sql_int(row, 0), .message = (uint64_t)sql_int(row, 1),
		.destination = (uint64_t)sql_int(row, 2), .lane = (uint64_t)sql_int(row, 3),
		.state = (enum recipient_state)sql_int(row, 4), .due_ms = sql_int(row, 5),
		.expires_ms = sql_int(row, 6), .failures = (unsigned)sql_int(row, 7),
		.notify = (uint8_t)sql_int(row, 8), .address = sql_text(row, 9), .original = sql_text(row, 10),
		.orcpt = sql_text(row, 11), .notice_ms = sql_time(row, 12), .tried_ms = sql_int(row, 13),
		.earlier = sql_text(row, 14),
	};
	sql_reply(row, 15, &out->reply);
}

size_t store_read_recipients(struct store *s, struct sql_row *row, struct store_recipient *out, size_t max)
{
	size_t n = 0;

	while (n < max && sql_step(s->sql, row))
		store_read_recipient(row, &out[n++]);
	sql_reset(row);
	return n;
}

void store_recipient_free(struct store_recipient *r)
{
	free(r->address);
	free(r->original);
	free(r->orcpt);
	free(r->earlier);
	*r = (struct store_recipient){ 0 };
}
