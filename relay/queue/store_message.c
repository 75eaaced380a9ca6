/* SPDX-License-Identifier: ISC */
#include "relay/queue/store_message.h"

#include "relay/queue_id.h"
#include "relay/queue/store_rows.h"

enum { AHEAD_MS = 24 * 3600 * 1000 };   /* of the clock when the id was made, if it was set back since */

static const char put_message_sql[] =
	"INSERT INTO message(id,uid,record,part,sender,envid,ret,flags,from_domain,message_id,program,"
	"arrival_ms,size_bytes,body_file,checksum,unit,container,waiting) VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,"
	"?14,nullif(?15,0),nullif(?16,''),nullif(?17,''),0) "
	"ON CONFLICT(uid,record,part) DO NOTHING RETURNING id";
static const char find_message_sql[] =
	"SELECT id FROM message WHERE uid=?1 AND record=?2 AND part=?3";
static const char has_id_sql[] =
	"SELECT 1 FROM message WHERE id=?1";
static const char put_body_sql[] =
	"INSERT INTO body(message,bytes) VALUES(?1,?2)";
static const char put_recipient_sql[] =
	"INSERT INTO recipient(message,destination,uid,state,due_ms,expires_ms,failures,notify,address,"
	"original,orcpt,notice_ms," SQL_REPLY ") VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19,"
	"?20,?21)";
static const char put_waiting_sql[] =
	"UPDATE message SET waiting=?2,report_ms=?3 WHERE id=?1";
static const char load_message_sql[] =
	"SELECT " MESSAGE_COLUMNS " FROM message WHERE id=?1";
static const char load_body_sql[] =
	"SELECT bytes FROM body WHERE message=?1";
static const char next_lane_sql[] =
	"SELECT uid FROM recipient INDEXED BY recipient_due WHERE state=0 AND destination=?1 AND uid>?2 "
	"ORDER BY uid LIMIT 1";
static const char first_due_sql[] =
	"SELECT due_ms FROM recipient INDEXED BY recipient_due WHERE state=0 AND destination=?1 AND uid=?2 "
	"ORDER BY due_ms LIMIT 1";
/* Two each for (a,b)>(?,?): SQLite uses only the first column of such a pair when the second is the row's id. */
static const char next_at_time_sql[] =
	"SELECT " RECIPIENT_COLUMNS " FROM recipient INDEXED BY recipient_due WHERE state=0 "
	"AND destination=?1 AND uid=?2 AND due_ms=?3 AND id>?4 ORDER BY id";
static const char next_later_sql[] =
	"SELECT " RECIPIENT_COLUMNS " FROM recipient INDEXED BY recipient_due WHERE state=0 "
	"AND destination=?1 AND uid=?2 AND due_ms>?3 AND due_ms<=?4 ORDER BY due_ms,id";
static const char overdue_sql[] =
	"SELECT " RECIPIENT_COLUMNS " FROM recipient INDEXED BY recipient_overdue WHERE state=0 AND destination=?1 "
	"AND min(expires_ms, ifnull(nullif(notice_ms, 0), expires_ms))<=?2 LIMIT ?3";

/* ---- accepting ---- */

static uint64_t find_message(struct store *s, const struct submission *m)
{
	struct span record = { (const char *)m->id, sizeof m->id };
	struct sql_row *row = sql_bind(s->sql, find_message_sql, "ibi", (int64_t)m->uid, record, (int64_t)m->part);
	uint64_t id = 0;

	if (sql_step(s->sql, row)) {
		id = (uint64_t)sql_int(row, 0);
		sql_reset(row);
	}
	return id;
}

/* That which its Received field names, unless it is taken, or of a time that has not come. */
static uint64_t id_for(struct store *s, const struct submission *m, int64_t now_ms)
{
	bool fine = m->queue_id != 0 && m->queue_id < queue_id_at(now_ms + AHEAD_MS);
	struct sql_row *row = fine ? sql_bind(s->sql, has_id_sql, "i", (int64_t)m->queue_id) : NULL;

	if (row && sql_step(s->sql, row)) {
		sql_reset(row);
		fine = false;
	}
	return fine ? m->queue_id : queue_id_next(s->last_id, QUEUE_ID_QUEUE, now_ms);
}

void store_put_message(struct store *s, const struct submission *m, int64_t now_ms, uint64_t *id, bool *known)
{
	struct span record = { (const char *)m->id, sizeof m->id };
	bool in_file = m->body_file[0] != '\0';

	*known = false;
	*id = 0;
	if (sql_failed(s->sql))
		return;
	*id = id_for(s, m, now_ms);
	int64_t flags = (m->eight_bit ? FLAG_EIGHT_BIT : 0) | (m->utf8 ? FLAG_UTF8 : 0) |
	                (m->require_tls ? FLAG_REQUIRE_TLS : 0) | (m->tls_optional ? FLAG_TLS_OPTIONAL : 0) |
	                (m->no_data ? FLAG_NO_DATA : 0);
	struct sql_row *row = sql_bind(s->sql, put_message_sql, "iibittiitttiititt", (int64_t)*id, (int64_t)m->uid, record,
	                          (int64_t)m->part, m->sender, m->envid, (int64_t)m->ret, flags, m->from_domain,
	                          m->message_id, m->program, m->arrival_ms, (int64_t)m->size_bytes,
	                          in_file ? m->body_file : NULL, (int64_t)m->checksum, m->unit, m->container);
	if (!sql_step(s->sql, row)) {
		if (!sql_failed(s->sql)) {
			*known = true;
			*id = find_message(s, m);
		}
		return;
	}
	sql_reset(row);
	s->last_id = *id > s->last_id ? *id : s->last_id;
	s->counts.open++;
	if (!in_file)
		SQL_RUN(s->sql, put_body_sql, "ib", (int64_t)*id, m->message);
}

void store_put_recipient(struct store *s, const struct store_recipient *r)
{
	SQL_RUN(s->sql, put_recipient_sql, "iiiiiiiitttnr", (int64_t)r->message, (int64_t)r->destination,
	    (int64_t)r->lane,
	    (int64_t)r->state, r->due_ms, r->expires_ms, (int64_t)r->failures, (int64_t)r->notify, r->address, r->original,
	    r->orcpt, r->notice_ms, &r->reply);
}

void store_put_waiting(struct store *s, uint64_t message, unsigned waiting, int64_t report_ms)
{
	SQL_RUN(s->sql, put_waiting_sql, "iin", (int64_t)message, (int64_t)waiting, report_ms);
}


bool store_load_message(struct store *s, uint64_t id, struct store_message *out)
{
	struct sql_row *row = sql_bind(s->sql, load_message_sql, "i", (int64_t)id);

	if (!sql_step(s->sql, row))
		return false;
	store_read_message(row, out);
	sql_reset(row);
	return true;
}

void store_load_body(struct store *s, uint64_t id, struct buf *out)
{
	struct sql_row *row = sql_bind(s->sql, load_body_sql, "i", (int64_t)id);

	if (sql_step(s->sql, row)) {
		buf_add_span(out, sql_span(row, 0));
		sql_reset(row);
	}
}

int64_t store_next_lane(struct store *s, uint64_t destination, int64_t after)
{
	struct sql_row *row = sql_bind(s->sql, next_lane_sql, "ii", (int64_t)destination, after);
	int64_t lane = -1;

	if (sql_step(s->sql, row)) {
		lane = sql_int(row, 0);
		sql_reset(row);
	}
	return lane;
}

int64_t store_first_due(struct store *s, uint64_t destination, uint64_t lane)
{
	struct sql_row *row = sql_bind(s->sql, first_due_sql, "ii", (int64_t)destination, (int64_t)lane);
	int64_t due = STORE_NEVER;

	if (sql_step(s->sql, row)) {
		due = sql_int(row, 0);
		sql_reset(row);
	}
	return due;
}

/* Adds rows to out[n] on, as long as they are of one message; false when another one's came. */
static bool add_of_message(struct store *s, struct sql_row *row, struct store_recipient *out, size_t *n, size_t max)
{
	bool same = true;

	while (*n < max && sql_step(s->sql, row)) {
		same = *n == 0 || (uint64_t)sql_int(row, 1) == out[0].message;
		if (!same)
			break;
		store_read_recipient(row, &out[(*n)++]);
	}
	sql_reset(row);
	return same;
}

size_t store_next_recipients(struct store *s, uint64_t destination, uint64_t lane, int64_t now_ms,
                             struct store_cursor *cursor, struct store_recipient *out, size_t max)
{
	int64_t d = (int64_t)destination, u = (int64_t)lane;
	size_t n = 0;

	if (add_of_message(s, sql_bind(s->sql, next_at_time_sql, "iiii", d, u, cursor->due_ms, (int64_t)cursor->id),
	    out, &n, max) &&
	    n < max)
		add_of_message(s, sql_bind(s->sql, next_later_sql, "iiii", d, u, cursor->due_ms, now_ms), out, &n, max);
	if (n > 0)
		*cursor = (struct store_cursor){ out[n - 1].due_ms, out[n - 1].id };
	return n;
}

size_t store_overdue(struct store *s, uint64_t destination, int64_t now_ms, struct store_recipient *out, size_t max)
{
	return store_read_recipients(s, sql_bind(s->sql, overdue_sql, "iii", (int64_t)destination, now_ms, (int64_t)max),
	    out, max);
}
