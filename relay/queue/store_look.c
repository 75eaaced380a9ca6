/* SPDX-License-Identifier: ISC */
#include "relay/queue/store_look.h"

#include "relay/queue/store_rows.h"

#include <stdlib.h>

static const char next_open_user_sql[] =
	"SELECT " MESSAGE_COLUMNS " FROM message INDEXED BY message_open WHERE finished_ms IS NULL "
	"AND uid>?1 ORDER BY uid,id LIMIT 1";
static const char next_open_of_sql[] =
	"SELECT " MESSAGE_COLUMNS " FROM message INDEXED BY message_open WHERE finished_ms IS NULL "
	"AND uid=?1 AND id>?2 ORDER BY id LIMIT 1";
static const char waiting_of_sql[] =
	"SELECT r.address,d.via,d.hop,d.id,max(r.due_ms,d.backoff_ms),"
	"r.id,r.notify,d.domain,r.uid,ifnull(r.done_ms,0)," SQL_REPLY_OF("r") "," SQL_REPLY_OF("d") " FROM recipient r JOIN destination d ON d.id=r.destination "
	"WHERE r.message=?1 AND r.id>?2 AND r.state=0 ORDER BY r.id LIMIT ?3";
static const char hurry_recipient_sql[] =
	"UPDATE recipient SET due_ms=?2 WHERE id=?1 AND state=0 AND due_ms>?2";
static const char walk_recipients_sql[] =
	"SELECT " RECIPIENT_COLUMNS " FROM recipient WHERE id>?1 AND state=0 ORDER BY id LIMIT ?2";
static const char move_recipient_sql[] =
	"UPDATE recipient SET address=?2,destination=?3,due_ms=?4,(" SQL_REPLY ")=(?5,?6,?7,?8,?9,?10,?11,?12,?13) WHERE id=?1";

/* ---- looking ---- */

bool store_next_open(struct store *s, struct store_open_cursor *at, int64_t only_uid, struct store_message *out)
{
	struct sql_row *row = sql_bind(s->sql, next_open_of_sql, "ii", only_uid < 0 ? at->uid : only_uid,
	    (int64_t)at->id);

	if (!sql_step(s->sql, row)) {
		row = only_uid < 0 ? sql_bind(s->sql, next_open_user_sql, "i", at->uid) : NULL;
		if (!sql_step(s->sql, row))
			return false;
	}
	store_read_message(row, out);
	sql_reset(row);
	*at = (struct store_open_cursor){ out->uid, out->id };
	return true;
}

void store_waiting_free(struct store_waiting *w)
{
	free(w->address);
	via_free(&w->via);
	*w = (struct store_waiting){ 0 };
}

static void read_waiting(struct sql_row *row, struct store_waiting *w)
{
	*w = (struct store_waiting){
		.address = sql_text(row, 0), .hop = (unsigned)sql_int(row, 2),
		.destination = (uint64_t)sql_int(row, 3), .next_ms = sql_int(row, 4),
		.id = (uint64_t)sql_int(row, 5), .notify = (uint8_t)sql_int(row, 6), .lane = (uint64_t)sql_int(row, 8), .tried_ms = sql_int(row, 9),
	};
	via_read(sql_span(row, 1), sql_span(row, 7), &w->via);
	if (w->via.kind == VIA_HELD)
		w->next_ms = STORE_NEVER;
	sql_reply(row, 10, &w->reply);
	if (w->reply.kind == FAULT_NONE)
		sql_reply(row, 10 + SQL_REPLY_COLUMNS, &w->reply);
}

size_t store_waiting(struct store *s, uint64_t message, uint64_t *after, struct store_waiting *out, size_t max)
{
	struct sql_row *row = sql_bind(s->sql, waiting_of_sql, "iii", (int64_t)message, (int64_t)*after, (int64_t)max);
	size_t n = 0;

	while (n < max && sql_step(s->sql, row))
		read_waiting(row, &out[n++]);
	sql_reset(row);
	if (n > 0)
		*after = out[n - 1].id;
	return n;
}

void store_hurry_recipient(struct store *s, uint64_t id, int64_t at_ms)
{
	SQL_RUN(s->sql, hurry_recipient_sql, "ii", (int64_t)id, at_ms);
}

size_t store_walk_recipients(struct store *s, uint64_t *after, struct store_recipient *out, size_t max)
{
	size_t n = store_read_recipients(s, sql_bind(s->sql, walk_recipients_sql, "ii", (int64_t)*after, (int64_t)max), out,
	    max);

	if (n > 0)
		*after = out[n - 1].id;
	return n;
}

void store_move_recipient(struct store *s, uint64_t id, const char *address, uint64_t destination, int64_t due_ms,
                          const struct reply *reason)
{
	SQL_RUN(s->sql, move_recipient_sql, "itiir", (int64_t)id, address, (int64_t)destination, due_ms, reason);
}
