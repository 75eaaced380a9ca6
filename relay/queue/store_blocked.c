#include "relay/queue/store_blocked.h"

#include "relay/queue/store_rows.h"

#include <stdlib.h>

static const char save_blocked_sql[] =
	"INSERT OR REPLACE INTO blocked(site,domain,address,since_ms,until_ms,stay_ms,times,alone," SQL_REPLY ") "
	"VALUES(?1,'','',?2,?3,?4,?5,1,?6,?7,?8,?9,?10,?11,?12,?13,?14)";
static const char forget_blocked_sql[] =
	"DELETE FROM blocked WHERE site=?1";
static const char next_blocked_sql[] =
	"SELECT site,since_ms,until_ms,stay_ms,times," SQL_REPLY " FROM blocked WHERE site>?1 ORDER BY site LIMIT 1";

void store_blocked_free(struct store_blocked *s)
{
	receiver_free(&s->receiver);
	*s = (struct store_blocked){ 0 };
}

void store_save_blocked(struct store *s, const struct store_blocked *row)
{
	const struct fallback_block *b = &row->block;
	struct buf site = { 0 };

	receiver_print(&row->receiver, &site);
	SQL_RUN(s->sql, save_blocked_sql, "tiiiir", buf_text(&site), b->since_ms, b->until_ms, b->stay_ms,
	        (int64_t)b->times, &row->reply);
	buf_free(&site);
}

void store_forget_blocked(struct store *s, const struct receiver *r)
{
	struct buf site = { 0 };

	receiver_print(r, &site);
	SQL_RUN(s->sql, forget_blocked_sql, "t", buf_text(&site));
	buf_free(&site);
}

/* That of the first row after it, which takes its place; false: there is none. */
static bool read_next(struct store *s, struct buf *site, struct store_blocked *out, bool *malformed)
{
	struct sql_row *row = sql_bind(s->sql, next_blocked_sql, "t", buf_text(site));

	if (!sql_step(s->sql, row))
		return false;
	*out = (struct store_blocked){ 0 };
	*malformed = receiver_read(sql_span(row, 0), &out->receiver) < 0;
	out->block = (struct fallback_block){ sql_int(row, 1), sql_int(row, 2), sql_int(row, 3), (unsigned)sql_int(row, 4) };
	sql_reply(row, 5, &out->reply);
	char *next = sql_text(row, 0);
	sql_reset(row);
	buf_clear(site);
	buf_add_text(site, next);
	free(next);
	return true;
}

bool store_next_blocked(struct store *s, const struct receiver *after, struct store_blocked *out)
{
	struct buf site = { 0 };
	bool malformed, found;

	if (after)
		receiver_print(after, &site);
	do
		found = read_next(s, &site, out, &malformed);
	while (found && malformed);
	buf_free(&site);
	return found;
}
