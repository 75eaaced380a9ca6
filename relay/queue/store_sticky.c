#include "relay/queue/store_sticky.h"

#include "relay/queue/store_rows.h"

#include <stdlib.h>

static const char save_sticky_sql[] =
	"INSERT OR REPLACE INTO blocked(site,domain,address,since_ms,until_ms,stay_ms,times,alone," SQL_REPLY ") "
	"VALUES(?1,'','',?2,?3,?4,?5,1,?6,?7,?8,?9,?10,?11,?12,?13,?14)";
static const char forget_sticky_sql[] =
	"DELETE FROM blocked WHERE site=?1";
static const char next_sticky_sql[] =
	"SELECT site,since_ms,until_ms,stay_ms,times," SQL_REPLY " FROM blocked WHERE site>?1 ORDER BY site LIMIT 1";

void store_sticky_free(struct store_sticky *s)
{
	free(s->site);
	*s = (struct store_sticky){ 0 };
}

void store_save_sticky(struct store *s, const struct store_sticky *row)
{
	const struct fallback_block *b = &row->block;

	SQL_RUN(s->sql, save_sticky_sql, "tiiiir", row->site, b->since_ms, b->until_ms, b->stay_ms, (int64_t)b->times,
	        &row->reply);
}

void store_forget_sticky(struct store *s, const char *site)
{
	SQL_RUN(s->sql, forget_sticky_sql, "t", site);
}

bool store_next_sticky(struct store *s, const char *after, struct store_sticky *out)
{
	struct sql_row *row = sql_bind(s->sql, next_sticky_sql, "t", after);

	if (!sql_step(s->sql, row))
		return false;
	*out = (struct store_sticky){
		.site = sql_text(row, 0),
		.block = { sql_int(row, 1), sql_int(row, 2), sql_int(row, 3), (unsigned)sql_int(row, 4) },
	};
	sql_reply(row, 5, &out->reply);
	sql_reset(row);
	return true;
}
