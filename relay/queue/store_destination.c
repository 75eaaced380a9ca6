/* SPDX-License-Identifier: ISC */
#include "relay/queue/store_destination.h"

#include "relay/queue/store_rows.h"

#include <stdlib.h>

static const char find_destination_sql[] =
	"SELECT id,wake_ms FROM destination WHERE domain=?1 AND via=?2";
static const char put_destination_sql[] =
	"INSERT INTO destination(domain,via) VALUES(?1,?2)";
static const char wake_sql[] =
	"UPDATE destination SET wake_ms=?2 WHERE id=?1";
static const char save_destination_sql[] =
	"UPDATE destination SET hop=?2,hop_until_ms=?3,failures=?4,backoff_ms=?5,nxdomain_ms=?6,"
	"wake_ms=?7,failing_since_ms=?8,tried_ms=?9,undecided_ms=?10,(" SQL_REPLY ")="
	"(?11,?12,?13,?14,?15,?16,?17,?18,?19) WHERE id=?1";
static const char load_destination_sql[] =
	"SELECT id,domain,via,hop,hop_until_ms,failures,backoff_ms,nxdomain_ms,wake_ms,failing_since_ms,tried_ms,"
	"undecided_ms," SQL_REPLY " "
	"FROM destination WHERE id=?1";
static const char due_destinations_sql[] =
	"SELECT id,wake_ms FROM destination WHERE wake_ms IS NOT NULL ORDER BY wake_ms LIMIT ?1";
static const char walk_destinations_sql[] =
	"SELECT id FROM destination WHERE id>?1 ORDER BY id LIMIT ?2";
static const char idle_destinations_sql[] =
	"SELECT id FROM destination WHERE wake_ms IS NULL AND " VIA_IS_NOT_HELD_SQL("via") " AND backoff_ms<=?1 "
	"AND hop_until_ms<=?1 AND id>?2 ORDER BY id LIMIT ?3";
static const char forget_destination_sql[] =
	"DELETE FROM destination WHERE id=?1";
static const char hurry_destination_sql[] =
	"UPDATE destination SET backoff_ms=min(backoff_ms,?2),wake_ms=?2 WHERE id=?1 AND wake_ms>?2";

/* ---- destinations ---- */

void store_destination_free(struct store_destination *d)
{
	free(d->domain);
	via_free(&d->via);
	*d = (struct store_destination){ 0 };
}

uint64_t store_destination_id(struct store *s, const char *domain, const struct via *via, int64_t *wake_ms)
{
	struct buf text = { 0 };
	via_print(via, &text);
	domain = via_print_domain(via, domain);
	struct sql_row *row = sql_bind(s->sql, find_destination_sql, "tt", domain, buf_text(&text));
	int64_t wake = STORE_NEVER;
	uint64_t id = 0;

	if (sql_step(s->sql, row)) {
		id = (uint64_t)sql_int(row, 0);
		wake = sql_time(row, 1);
		sql_reset(row);
	} else if (!sql_failed(s->sql)) {
		SQL_RUN(s->sql, put_destination_sql, "tt", domain, buf_text(&text));
		id = sql_failed(s->sql) ? 0 : sql_last_row(s->sql);
	}
	buf_free(&text);
	if (wake_ms)
		*wake_ms = wake;
	return id;
}

uint64_t store_held_id(struct store *s, bool by_owner)
{
	return store_destination_id(s, "", &(struct via){ .kind = VIA_HELD, .held_by_owner = by_owner }, NULL);
}

void store_wake(struct store *s, uint64_t destination, int64_t wake_ms)
{
	SQL_RUN(s->sql, wake_sql, "in", (int64_t)destination, wake_ms);
}

void store_save_destination(struct store *s, const struct store_destination *d)
{
	const struct hop_state *h = &d->hops;

	SQL_RUN(s->sql, save_destination_sql, "iiiiiiniiir", (int64_t)d->id, (int64_t)h->hop, h->hop_until_ms,
	    (int64_t)h->failures,
	    h->backoff_ms, h->nxdomain_ms, d->wake_ms, h->failing_since_ms, h->tried_ms,
	    h->undecided_ms, &d->reply);
}

bool store_load_destination(struct store *s, uint64_t id, struct store_destination *out)
{
	struct sql_row *row = sql_bind(s->sql, load_destination_sql, "i", (int64_t)id);

	if (!sql_step(s->sql, row))
		return false;
	*out = (struct store_destination){
		.id = (uint64_t)sql_int(row, 0),
		.hops = { (unsigned)sql_int(row, 3), sql_int(row, 4), (unsigned)sql_int(row, 5),
		          sql_int(row, 6), sql_int(row, 7), sql_int(row, 9), sql_int(row, 10), sql_int(row, 11) },
		.wake_ms = sql_time(row, 8),
	};
	via_read(sql_span(row, 2), sql_span(row, 1), &out->via);
	out->domain = out->via.held_by_owner ? mem_text("") : sql_text(row, 1);
	sql_reply(row, 12, &out->reply);
	sql_reset(row);
	return true;
}

size_t store_due_destinations(struct store *s, struct store_due *out, size_t max)
{
	struct sql_row *row = sql_bind(s->sql, due_destinations_sql, "i", (int64_t)max);
	size_t n = 0;

	while (n < max && sql_step(s->sql, row))
		out[n++] = (struct store_due){ (uint64_t)sql_int(row, 0), sql_int(row, 1) };
	sql_reset(row);
	return n;
}

size_t store_walk_destinations(struct store *s, uint64_t *after, uint64_t *out, size_t max)
{
	struct sql_row *row = sql_bind(s->sql, walk_destinations_sql, "ii", (int64_t)*after, (int64_t)max);
	size_t n = 0;

	while (n < max && sql_step(s->sql, row))
		out[n++] = (uint64_t)sql_int(row, 0);
	sql_reset(row);
	if (n > 0)
		*after = out[n - 1];
	return n;
}

size_t store_idle_destinations(struct store *s, int64_t now_ms, uint64_t *after, uint64_t *out, size_t max)
{
	struct sql_row *row = sql_bind(s->sql, idle_destinations_sql, "iii", now_ms, (int64_t)*after, (int64_t)max);
	size_t n = 0;

	while (n < max && sql_step(s->sql, row))
		out[n++] = (uint64_t)sql_int(row, 0);
	sql_reset(row);
	*after = n > 0 ? out[n - 1] : 0;
	return n;
}

void store_forget_destination(struct store *s, uint64_t id)
{
	SQL_RUN(s->sql, forget_destination_sql, "i", (int64_t)id);
}

void store_hurry_destination(struct store *s, uint64_t id, int64_t at_ms)
{
	SQL_RUN(s->sql, hurry_destination_sql, "ii", (int64_t)id, at_ms);
}
