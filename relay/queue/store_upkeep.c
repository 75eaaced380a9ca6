/* SPDX-License-Identifier: ISC */
#include "relay/queue/store_upkeep.h"

#include "relay/queue/store_rows.h"

static const char body_known_sql[] =
	"SELECT 1 FROM message INDEXED BY message_body WHERE body_file IS NOT NULL AND body_file=?1 AND finished_ms IS NULL";
static const char oldest_sql[] =
	"SELECT id FROM message WHERE id<?1 AND finished_ms IS NOT NULL ORDER BY id LIMIT ?2";
static const char purge_recipients_sql[] =
	"DELETE FROM recipient WHERE message=?1";
static const char purge_message_sql[] =
	"DELETE FROM message WHERE id=?1";
static const char pull_recipients_sql[] =
	"UPDATE recipient SET due_ms=?2 WHERE state=0 AND due_ms>?1";
static const char pull_reports_sql[] =
	"UPDATE message INDEXED BY message_report SET report_ms=?2 WHERE report_ms>?1";
static const char pull_destinations_sql[] =
	"UPDATE destination SET wake_ms=?2,backoff_ms=0 WHERE wake_ms>?1";
static const char extend_life_sql[] =
	"UPDATE recipient SET expires_ms=expires_ms+?2 WHERE state=0 AND expires_ms<=?1";
static const char extend_patience_sql[] =
	"UPDATE recipient SET notice_ms=notice_ms+?2 WHERE state=0 AND notice_ms BETWEEN 1 AND ?1";

/* ---- upkeep ---- */

bool store_body_is_known(struct store *s, const char *body_file)
{
	struct sql_row *row = sql_bind(s->sql, body_known_sql, "t", body_file);
	bool known = sql_step(s->sql, row);

	if (known)
		sql_reset(row);
	return known || sql_failed(s->sql);
}

unsigned store_purge(struct store *s, uint64_t older_than, uint64_t keep, unsigned max)
{
	enum { BATCH = 256 };
	int64_t ids[BATCH];
	unsigned n = 0;

	if (s->counts.history > keep)
		older_than = INT64_MAX;
	if (max > BATCH)
		max = BATCH;
	struct sql_row *row = sql_bind(s->sql, oldest_sql, "ii", (int64_t)older_than, (int64_t)max);
	while (n < max && sql_step(s->sql, row))
		ids[n++] = sql_int(row, 0);
	sql_reset(row);
	for (unsigned i = 0; i < n; i++) {
		SQL_RUN(s->sql, purge_recipients_sql, "i", ids[i]);
		SQL_RUN(s->sql, purge_message_sql, "i", ids[i]);
	}
	if (n > 0)
		store_set_number(s, "last_id", s->last_id);
	s->counts.history -= sql_failed(s->sql) ? 0 : n;
	return n;
}

void store_pull_work(struct store *s, int64_t limit_ms, int64_t now_ms)
{
	SQL_RUN(s->sql, pull_destinations_sql, "ii", limit_ms, now_ms);
	SQL_RUN(s->sql, pull_reports_sql, "ii", limit_ms, now_ms);
}

void store_pull_recipients(struct store *s, int64_t limit_ms, int64_t now_ms)
{
	SQL_RUN(s->sql, pull_recipients_sql, "ii", limit_ms, now_ms);
}

void store_extend_life(struct store *s, int64_t now_ms, int64_t step_ms)
{
	SQL_RUN(s->sql, extend_life_sql, "ii", now_ms, step_ms);
	SQL_RUN(s->sql, extend_patience_sql, "ii", now_ms, step_ms);
}
