/* SPDX-License-Identifier: ISC */
#include "relay/queue/store_sts.h"

#include "base/buf.h"
#include "relay/queue/store_rows.h"

#include <stdlib.h>

enum { FRESH_MS = 24 * 3600 * 1000 };

static const char load_sql[] =
	"SELECT id,policy,fetched_ms,expires_ms,barred_id,barred_ms FROM sts WHERE domain=?1";
static const char save_sql[] =
	"INSERT OR REPLACE INTO sts(domain,id,policy,fetched_ms,expires_ms,barred_id,barred_ms,keep_ms) "
	"VALUES(?1,?2,?3,?4,?5,?6,?7,max(?5,?7))";
static const char count_old_sql[] =
	"SELECT count(*) FROM (SELECT 1 FROM sts WHERE keep_ms<=?1 LIMIT ?2)";
static const char forget_sql[] =
	"DELETE FROM sts WHERE domain IN (SELECT domain FROM sts WHERE keep_ms<=?1 LIMIT ?2)";

bool store_load_sts(struct store *s, const char *domain, struct store_sts *out)
{
	struct sql_row *row = sql_bind(s->sql, load_sql, "t", domain);

	*out = (struct store_sts){ .domain = mem_text(domain) };
	if (!sql_step(s->sql, row)) {
		out->id = mem_text("");
		out->policy = mem_text("");
		out->barred_id = mem_text("");
		return false;
	}
	out->id = sql_text(row, 0);
	out->policy = sql_text(row, 1);
	out->fetched_ms = sql_int(row, 2);
	out->expires_ms = sql_int(row, 3);
	out->barred_id = sql_text(row, 4);
	out->barred_ms = sql_int(row, 5);
	sql_reset(row);
	return true;
}

void store_save_sts(struct store *s, const struct store_sts *row)
{
	SQL_RUN(s->sql, save_sql, "tttiiti", row->domain, row->id, row->policy, row->fetched_ms, row->expires_ms,
	        row->barred_id, row->barred_ms);
}

void store_sts_free(struct store_sts *row)
{
	free(row->domain);
	free(row->id);
	free(row->policy);
	free(row->barred_id);
	*row = (struct store_sts){ 0 };
}

void store_sts_known(const struct store_sts *row, int64_t now_ms, struct sts_known *out)
{
	bool valid = row->expires_ms > now_ms;
	int64_t age_ms = now_ms - row->fetched_ms;
	int64_t half_life_ms = (row->expires_ms - row->fetched_ms) / 2;

	*out = (struct sts_known){
		.id = mem_text(valid ? row->id : ""),
		.policy = mem_text(valid ? row->policy : ""),
		.fresh = valid && age_ms >= 0 && age_ms < FRESH_MS && age_ms < half_life_ms,
		.barred_id = mem_text(row->barred_ms > now_ms ? row->barred_id : ""),
	};
}

unsigned store_forget_sts(struct store *s, int64_t now_ms, unsigned max)
{
	struct sql_row *row = sql_bind(s->sql, count_old_sql, "ii", now_ms, (int64_t)max);
	unsigned old = 0;

	if (sql_step(s->sql, row)) {
		old = (unsigned)sql_int(row, 0);
		sql_reset(row);
	}
	if (old > 0)
		SQL_RUN(s->sql, forget_sql, "ii", now_ms, (int64_t)max);
	return old;
}
