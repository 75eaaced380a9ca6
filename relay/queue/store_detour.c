/* SPDX-License-Identifier: ISC */
#include "relay/queue/store_detour.h"

#include "relay/queue/store_rows.h"
#include "relay/queue/via.h"

static const char load_sql[] =
	"SELECT settled,address,since_ms,why FROM detour WHERE family=?1";
static const char save_sql[] =
	"INSERT OR REPLACE INTO detour(family,settled,address,since_ms,why) VALUES(?1,?2,?3,?4,?5)";
#define STRAIGHT "undecided_ms<=?1 AND " VIA_MAY_GO_STRAIGHT_SQL("via")
static const char hurry_recipients_sql[] =
	"UPDATE recipient SET due_ms=?1 WHERE state=0 AND due_ms>?1 AND destination IN (SELECT id FROM destination WHERE " STRAIGHT ")";
static const char hurry_destinations_sql[] =
	"UPDATE destination SET wake_ms=?1,backoff_ms=0 WHERE wake_ms>?1 AND " STRAIGHT;

void store_load_detour(struct store *s, uint32_t family, struct detour_row *out)
{
	struct sql_row *row = sql_bind(s->sql, load_sql, "i", (int64_t)family);

	*out = (struct detour_row){ .family = family };
	if (sql_step(s->sql, row)) {
		out->settled = sql_text(row, 0);
		out->address = sql_text(row, 1);
		out->since_ms = sql_int(row, 2);
		out->why = sql_text(row, 3);
		sql_reset(row);
		return;
	}
	out->settled = mem_text("");
	out->address = mem_text("");
	out->why = mem_text("");
}

void store_save_detour(struct store *s, const struct detour_row *r)
{
	SQL_RUN(s->sql, save_sql, "ittit", (int64_t)r->family, r->settled, r->address, r->since_ms, r->why);
}

void store_hurry_straight(struct store *s, int64_t now_ms)
{
	SQL_RUN(s->sql, hurry_recipients_sql, "i", now_ms);
	SQL_RUN(s->sql, hurry_destinations_sql, "i", now_ms);
}
