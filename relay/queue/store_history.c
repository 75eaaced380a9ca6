/* SPDX-License-Identifier: ISC */
#include "relay/queue/store_history.h"

#include "base/mail/address.h"
#include "relay/queue/store_rows.h"
#include "relay/queue_id.h"

#include <stdlib.h>

static const char load_past_sql[] =
	"SELECT id,about,uid,sender,envid,message_id,program,body_file,arrival_ms,ifnull(finished_ms,0),size_bytes,"
	"unit,container "
	"FROM message WHERE id=?1";
static const char past_recipients_sql[] =
	"SELECT r.id,r.address,r.original,ifnull(d.via,''),r.state,r.failures,max(r.due_ms,ifnull(d.backoff_ms,0)),"
	"ifnull(r.done_ms,0),r.earlier,ifnull(d.domain,'')," SQL_REPLY_OF("r") "," SQL_REPLY_OF("d") " "
	"FROM recipient r LEFT JOIN destination d ON d.id=r.destination "
	"WHERE r.message=?1 AND r.id>?2 ORDER BY r.id LIMIT ?3";
static const char reports_on_sql[] =
	"SELECT id FROM message INDEXED BY message_about WHERE about IS NOT NULL AND about=?1 ORDER BY id LIMIT ?2";
static const char sent_with_sql[] =
	"SELECT m.id FROM message o JOIN message m ON m.uid=o.uid AND m.record=o.record AND m.id<>o.id "
	"WHERE o.id=?1 ORDER BY m.part LIMIT ?2";
static const char set_about_sql[] =
	"UPDATE message SET about=?2 WHERE id=?1";
static const char find_past_sql[] =
	"SELECT r.id,r.message,r.address,r.original,m.sender,m.message_id FROM recipient r "
	"JOIN message m ON m.id=r.message WHERE r.id<?1 AND r.id>=?2 ORDER BY r.id DESC LIMIT ?3";
static const char walk_history_sql[] =
	"SELECT r.id,m.sender,m.from_domain,r.address,r.state,m.size_bytes,m.arrival_ms,ifnull(r.done_ms,0),m.id," SQL_REPLY_OF("r") " "
	"FROM recipient r JOIN message m ON m.id=r.message WHERE r.id<?1 ORDER BY r.id DESC LIMIT ?2";
static const char first_recipient_sql[] =
	"SELECT min(id) FROM recipient WHERE message=(SELECT id FROM message WHERE id>=?1 ORDER BY id LIMIT 1)";

bool store_load_past(struct store *s, uint64_t id, struct store_past *out)
{
	struct sql_row *row = sql_bind(s->sql, load_past_sql, "i", (int64_t)id);

	*out = (struct store_past){ 0 };
	if (!sql_step(s->sql, row))
		return false;
	*out = (struct store_past){
		.id = (uint64_t)sql_int(row, 0), .about = (uint64_t)sql_int(row, 1), .uid = (uint32_t)sql_int(row, 2),
		.sender = sql_text(row, 3), .envid = sql_text(row, 4), .message_id = sql_text(row, 5),
		.program = sql_text(row, 6), .body_file = sql_text(row, 7), .arrival_ms = sql_int(row, 8),
		.finished_ms = sql_int(row, 9), .size_bytes = (uint64_t)sql_int(row, 10),
		.unit = sql_text(row, 11), .container = sql_text(row, 12),
	};
	sql_reset(row);
	return true;
}

void store_past_free(struct store_past *p)
{
	free(p->sender);
	free(p->envid);
	free(p->message_id);
	free(p->program);
	free(p->body_file);
	free(p->unit);
	free(p->container);
	*p = (struct store_past){ 0 };
}

void store_past_recipient_free(struct store_past_recipient *r)
{
	free(r->address);
	free(r->original);
	via_free(&r->via);
	free(r->earlier);
	*r = (struct store_past_recipient){ 0 };
}

static void read_recipient(struct sql_row *row, struct store_past_recipient *r)
{
	*r = (struct store_past_recipient){
		.id = (uint64_t)sql_int(row, 0), .address = sql_text(row, 1), .original = sql_text(row, 2),
		.state = (enum recipient_state)sql_int(row, 4), .failures = (unsigned)sql_int(row, 5),
		.next_ms = sql_int(row, 6), .done_ms = sql_int(row, 7), .earlier = sql_text(row, 8),
	};
	via_read(sql_span(row, 3), sql_span(row, 9), &r->via);
	sql_reply(row, 10, &r->reply);
	if (r->reply.kind == FAULT_NONE && r->state == RECIPIENT_WAITING)
		sql_reply(row, 10 + SQL_REPLY_COLUMNS, &r->reply);
	if (r->state != RECIPIENT_WAITING || r->via.kind == VIA_HELD)
		r->next_ms = STORE_NEVER;
	if (r->state == RECIPIENT_WAITING)
		r->done_ms = 0;          /* of the last attempt, which was not the last word */
}

size_t store_past_recipients(struct store *s, uint64_t message, uint64_t *after, struct store_past_recipient *out,
                             size_t max)
{
	struct sql_row *row = sql_bind(s->sql, past_recipients_sql, "iii", (int64_t)message, (int64_t)*after, (int64_t)max);
	size_t n = 0;

	while (n < max && sql_step(s->sql, row))
		read_recipient(row, &out[n++]);
	sql_reset(row);
	if (n > 0)
		*after = out[n - 1].id;
	return n;
}

static size_t read_ids(struct store *s, struct sql_row *row, uint64_t *out, size_t max)
{
	size_t n = 0;

	while (n < max && sql_step(s->sql, row))
		out[n++] = (uint64_t)sql_int(row, 0);
	sql_reset(row);
	return n;
}

size_t store_reports_on(struct store *s, uint64_t message, uint64_t *out, size_t max)
{
	return read_ids(s, sql_bind(s->sql, reports_on_sql, "ii", (int64_t)message, (int64_t)max), out, max);
}

size_t store_sent_with(struct store *s, uint64_t message, uint64_t *out, size_t max)
{
	return read_ids(s, sql_bind(s->sql, sent_with_sql, "ii", (int64_t)message, (int64_t)max), out, max);
}

void store_set_about(struct store *s, uint64_t report, uint64_t message)
{
	SQL_RUN(s->sql, set_about_sql, "ii", (int64_t)report, (int64_t)message);
}

static bool any_is(struct sql_row *row, int first, int last, struct span text)
{
	for (int column = first; column <= last; column++)
		if (span_eq_nocase(sql_span(row, column), text))
			return true;
	return false;
}

uint64_t store_find_past(struct store *s, const char *text, uint64_t floor, uint64_t *before, unsigned *rows)
{
	struct sql_row *row = sql_bind(s->sql, find_past_sql, "iii", (int64_t)*before, (int64_t)floor, (int64_t)*rows);
	uint64_t found = 0;

	while (found == 0 && *rows > 0 && sql_step(s->sql, row)) {
		*before = (uint64_t)sql_int(row, 0);
		if (any_is(row, 2, 5, span_of(text)))
			found = (uint64_t)sql_int(row, 1);
		--*rows;
	}
	sql_reset(row);
	return found;
}

static const enum history_result result_of[] = {
	[RECIPIENT_WAITING] = HISTORY_WAITS, [RECIPIENT_DELIVERED] = HISTORY_DELIVERED, [RECIPIENT_RELAYED] = HISTORY_DELIVERED,
	[RECIPIENT_REPORT] = HISTORY_BOUNCED, [RECIPIENT_FAILED] = HISTORY_BOUNCED, [RECIPIENT_DELETED] = HISTORY_DELETED,
};

static char *lower_domain(struct span domain)
{
	char *text = mem_text_span(domain_without_dot(domain));

	for (char *c = text; *c; c++)
		*c = byte_lower(*c);
	return text;
}

static void read_count(struct sql_row *row, int64_t arrival_ms, struct history_count *out)
{
	uint64_t state = (uint64_t)sql_int(row, 4);
	enum history_result result = state < sizeof result_of / sizeof result_of[0] ? result_of[state] : HISTORY_DELETED;
	char queue_id[QUEUE_ID_TEXT];
	int64_t done_ms = sql_int(row, 7), last_ms = result == HISTORY_WAITS || done_ms == 0 ? arrival_ms : done_ms;

	queue_id_print((uint64_t)sql_int(row, 8), queue_id);
	*out = (struct history_count){
		.queue_id = mem_text(queue_id), .hour_ms = last_ms - last_ms % HISTORY_HOUR_MS, .last_ms = last_ms, .result = result,
		.sender_domain = lower_domain(address_domain(sql_span(row, 1))), .from_domain = lower_domain(sql_span(row, 2)),
		.domain = lower_domain(address_domain(sql_span(row, 3))),
		.recipients = 1, .bytes = (uint64_t)sql_int(row, 5),
	};
	sql_reply(row, 9, &out->reply);
}

size_t store_walk_history(struct store *s, uint64_t *before, int64_t since_ms, struct history_count *out, size_t max)
{
	struct sql_row *row = sql_bind(s->sql, walk_history_sql, "ii", (int64_t)*before, (int64_t)max);
	size_t n = 0;

	while (n < max && sql_step(s->sql, row)) {
		int64_t arrival_ms = sql_int(row, 6);
		if (arrival_ms < since_ms)
			break;
		*before = (uint64_t)sql_int(row, 0);
		read_count(row, arrival_ms, &out[n++]);
	}
	sql_reset(row);
	return n;
}

uint64_t store_first_recipient(struct store *s, uint64_t message)
{
	struct sql_row *row = sql_bind(s->sql, first_recipient_sql, "i", (int64_t)message);
	uint64_t first = INT64_MAX;

	if (sql_step(s->sql, row)) {
		if (!sql_is_null(row, 0))
			first = (uint64_t)sql_int(row, 0);
		sql_reset(row);
	}
	return first;
}
