/* SPDX-License-Identifier: ISC */
#include "relay/queue/store_refused.h"

#include "relay/queue/store_rows.h"

#include <stdlib.h>

#define COLUMNS "id,address,refused_ms,message," SQL_REPLY

static const char save_sql[] =
	"INSERT OR REPLACE INTO refused(address,refused_ms,message," SQL_REPLY ") VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12)";
static const char forget_sql[] =
	"DELETE FROM refused WHERE address=?1";
static const char load_sql[] =
	"SELECT " COLUMNS " FROM refused WHERE address=?1";
static const char walk_sql[] =
	"SELECT " COLUMNS " FROM refused WHERE id>?1 ORDER BY id LIMIT ?2";
static const char purge_old_sql[] =
	"DELETE FROM refused WHERE id IN (SELECT id FROM refused WHERE refused_ms<?1 LIMIT ?2) RETURNING 1";
/* Ids only grow: no more rows are there than from the first to the last. */
static const char purge_many_sql[] =
	"DELETE FROM refused WHERE id IN (SELECT id FROM refused WHERE id<=(SELECT max(id) FROM refused)-?1 LIMIT ?2) RETURNING 1";

void store_refused_free(struct store_refused *r)
{
	free(r->address);
	*r = (struct store_refused){ 0 };
}

void store_save_refused(struct store *s, const char *address, int64_t refused_ms, uint64_t message, const struct reply *reply)
{
	SQL_RUN(s->sql, save_sql, "tiir", address, refused_ms, (int64_t)message, reply);
}

void store_forget_refused(struct store *s, const char *address)
{
	SQL_RUN(s->sql, forget_sql, "t", address);
}

static void read_row(struct sql_row *row, struct store_refused *out)
{
	*out = (struct store_refused){
		.id = (uint64_t)sql_int(row, 0), .address = sql_text(row, 1), .refused_ms = sql_int(row, 2),
		.message = (uint64_t)sql_int(row, 3),
	};
	sql_reply(row, 4, &out->reply);
}

bool store_load_refused(struct store *s, const char *address, struct store_refused *out)
{
	struct sql_row *row = sql_bind(s->sql, load_sql, "t", address);

	*out = (struct store_refused){ 0 };
	if (!sql_step(s->sql, row))
		return false;
	read_row(row, out);
	sql_reset(row);
	return true;
}

size_t store_walk_refused(struct store *s, uint64_t *after, struct store_refused *out, size_t max)
{
	struct sql_row *row = sql_bind(s->sql, walk_sql, "ii", (int64_t)*after, (int64_t)max);
	size_t n = 0;

	while (n < max && sql_step(s->sql, row))
		read_row(row, &out[n++]);
	sql_reset(row);
	if (n > 0)
		*after = out[n - 1].id;
	return n;
}

static unsigned purge(struct store *s, const char *statement, int64_t limit, unsigned max)
{
	unsigned n = 0;

	if (sql_failed(s->sql))
		return 0;
	for (struct sql_row *row = sql_bind(s->sql, statement, "ii", limit, (int64_t)max); sql_step(s->sql, row);)
		n++;
	return n;
}

unsigned store_purge_refused(struct store *s, int64_t older_than_ms, uint64_t keep, unsigned max)
{
	unsigned n = purge(s, purge_old_sql, older_than_ms, max);

	return n + purge(s, purge_many_sql, (int64_t)keep, max);
}
