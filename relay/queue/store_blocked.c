/* SPDX-License-Identifier: ISC */
#include "relay/queue/store_blocked.h"

#include "relay/queue/store_rows.h"

#include <stdlib.h>

static const char save_blocked_sql[] =
	"INSERT OR REPLACE INTO blocked(site,domain,address,since_ms,until_ms,stay_ms,times,alone," SQL_REPLY ") "
	"VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17)";
static const char forget_blocked_sql[] =
	"DELETE FROM blocked WHERE site=?1 AND domain=?2 AND address=?3";
static const char next_blocked_sql[] =
	"SELECT site,domain,address,since_ms,until_ms,stay_ms,times,alone," SQL_REPLY " FROM blocked "
	"WHERE (site,domain,address)>(?1,?2,?3) ORDER BY site,domain,address LIMIT 1";

void store_blocked_free(struct store_blocked *s)
{
	receiver_free(&s->receiver);
	free(s->domain);
	free(s->address);
	*s = (struct store_blocked){ 0 };
}

void store_save_blocked(struct store *s, const struct store_blocked *row)
{
	const struct fallback_block *b = &row->block;
	struct buf site = { 0 };

	receiver_print(&row->receiver, &site);
	SQL_RUN(s->sql, save_blocked_sql, "tttiiiiir", buf_text(&site), row->domain, row->address, b->since_ms, b->until_ms,
	        b->stay_ms, (int64_t)b->times, (int64_t)row->alone, &row->reply);
	buf_free(&site);
}

void store_forget_blocked(struct store *s, const struct store_blocked *row)
{
	struct buf site = { 0 };

	receiver_print(&row->receiver, &site);
	SQL_RUN(s->sql, forget_blocked_sql, "ttt", buf_text(&site), row->domain, row->address);
	buf_free(&site);
}

/* The key of a row, as texts. */
struct place_after {
	struct buf site;
	char *domain, *address;
};

static void go_to(struct place_after *at, struct span site, const char *domain, const char *address)
{
	buf_clear(&at->site);
	buf_add_span(&at->site, site);
	free(at->domain);
	free(at->address);
	at->domain = mem_text(domain);
	at->address = mem_text(address);
}

/* The first row after it, which takes its place; false: there is none. */
static bool read_next(struct store *s, struct place_after *at, struct store_blocked *out, bool *malformed)
{
	struct sql_row *row = sql_bind(s->sql, next_blocked_sql, "ttt", buf_text(&at->site), at->domain, at->address);

	*out = (struct store_blocked){ 0 };
	if (!sql_step(s->sql, row))
		return false;
	*malformed = receiver_read(sql_span(row, 0), &out->receiver) < 0;
	out->domain = sql_text(row, 1);
	out->address = sql_text(row, 2);
	out->block = (struct fallback_block){ sql_int(row, 3), sql_int(row, 4), sql_int(row, 5), (unsigned)sql_int(row, 6) };
	out->alone = sql_int(row, 7) != 0;
	sql_reply(row, 8, &out->reply);
	char *site = sql_text(row, 0);
	sql_reset(row);
	go_to(at, span_of(site), out->domain, out->address);
	free(site);
	if (*malformed)
		store_blocked_free(out);
	return true;
}

bool store_next_blocked(struct store *s, const struct store_blocked *after, struct store_blocked *out)
{
	struct place_after at = { .domain = mem_text(after ? after->domain : ""), .address = mem_text(after ? after->address : "") };
	bool malformed = false, found;

	if (after)
		receiver_print(&after->receiver, &at.site);
	do
		found = read_next(s, &at, out, &malformed);
	while (found && malformed);
	buf_free(&at.site);
	free(at.domain);
	free(at.address);
	return found;
}
