/* SPDX-License-Identifier: ISC */
#include "relay/queue/store_outcome.h"

#include "relay/queue/store_rows.h"
#include "relay/queue/via.h"

#define FINISH_COLUMNS "finished_ms IS NOT NULL,body_file"

static const char recipient_is_done_sql[] =
	"UPDATE recipient SET state=?2,done_ms=?3,earlier=?4,(" SQL_REPLY ")=(?5,?6,?7,?8,?9,?10,?11,?12,?13) "
	"WHERE id=?1 AND state=0 RETURNING 1";
static const char recipient_again_sql[] =
	"UPDATE recipient SET due_ms=?2,failures=?3,done_ms=?4,(" SQL_REPLY ")=(?5,?6,?7,?8,?9,?10,?11,?12,?13) WHERE id=?1";
static const char progress_sql[] =
	"UPDATE message SET waiting=waiting-?2,report_ms=ifnull(?3,report_ms),finished_ms=CASE WHEN "
	"waiting=?2 AND ifnull(?3,report_ms) IS NULL THEN ?4 END WHERE id=?1 RETURNING " FINISH_COLUMNS;
static const char remove_body_sql[] =
	"DELETE FROM body WHERE message=?1";
static const char redirected_sql[] =
	"UPDATE message SET waiting=waiting+1,flags=flags|4 WHERE id=?1";
static const char next_report_sql[] =
	"SELECT id,report_ms FROM message INDEXED BY message_report WHERE report_ms IS NOT NULL "
	"ORDER BY report_ms,id LIMIT 1 OFFSET ?1";
static const char set_notice_sql[] =
	"UPDATE recipient SET notice_ms=?2 WHERE id=?1";
/* Not what is held, for that waits for the owner, nor what waits for its turn: there is a reason to tell. */
#define IS_LATE(now) \
	"state=0 AND notice_ms<=" now " AND EXISTS(SELECT 1 FROM destination d WHERE d.id=recipient.destination AND " \
	VIA_IS_NOT_HELD_SQL("d.via") " AND (recipient.kind<>0 OR d.kind<>0))"
static const char failed_recipients_sql[] =
	"SELECT " RECIPIENT_COLUMNS " FROM recipient WHERE message=?1 AND state=2 ORDER BY id LIMIT ?3";
static const char late_recipients_sql[] =
	"SELECT " RECIPIENT_COLUMNS " FROM recipient WHERE message=?1 AND " IS_LATE("?2") " ORDER BY id LIMIT ?3";
static const char relayed_recipients_sql[] =
	"SELECT " RECIPIENT_COLUMNS " FROM recipient WHERE message=?1 AND state=5 ORDER BY id LIMIT ?3";
static const char reported_sql[] =
	"UPDATE recipient SET state=?3,notice_ms=NULL WHERE id=?1 AND state=?2";
static const char postpone_report_sql[] =
	"UPDATE message SET report_ms=?2 WHERE id=?1 AND report_ms IS NOT NULL";
static const char hold_failed_sql[] =
	"UPDATE recipient SET state=0,destination=?2,due_ms=?3,kind=?4,status=?5,"
	"text=?6||CASE WHEN code>0 THEN code||' ' ELSE '' END||text,code=0,step=0,reason='',reply_flags=0 WHERE message=?1 AND state=2";
static const char hold_waiting_sql[] =
	"UPDATE message SET waiting=waiting+(SELECT count(*) FROM recipient WHERE message=?1 AND state=2) WHERE id=?1";
static const char report_done_sql[] =
	"UPDATE message SET report_ms=CASE WHEN x.more THEN ?2 END,finished_ms=CASE WHEN waiting=0 AND NOT "
	"x.more THEN ?2 END FROM (SELECT EXISTS(SELECT 1 FROM recipient WHERE message=?1 AND (state IN (2,5) OR "
	IS_LATE("?2") ")) AS more) AS x WHERE id=?1 RETURNING " FINISH_COLUMNS;

/* ---- outcomes ---- */

bool store_recipient_done(struct store *s, uint64_t id, enum recipient_state state, int64_t now_ms,
                          const struct reply *reply, const char *earlier)
{
	if (sql_failed(s->sql))
		return true;     /* it will be taken back, and done again */
	struct sql_row *row = sql_bind(s->sql, recipient_is_done_sql, "iiitr", (int64_t)id, (int64_t)state, now_ms,
	                               earlier, reply);
	bool waited = sql_step(s->sql, row);
	if (waited)
		sql_reset(row);
	return waited || sql_failed(s->sql);
}

void store_recipient_retry(struct store *s, uint64_t id, int64_t due_ms, unsigned failures, int64_t now_ms,
                           const struct reply *reply)
{
	SQL_RUN(s->sql, recipient_again_sql, "iiiir", (int64_t)id, due_ms, (int64_t)failures, now_ms, reply);
}

void store_set_notice(struct store *s, uint64_t recipient, int64_t notice_ms)
{
	SQL_RUN(s->sql, set_notice_sql, "in", (int64_t)recipient, notice_ms);
}

/* The statement returns FINISH_COLUMNS. */
static void maybe_finish(struct store *s, uint64_t message, struct sql_row *row, bool *finished, char **body_file)
{
	*finished = false;
	if (body_file)
		*body_file = NULL;
	if (sql_failed(s->sql) || !sql_step(s->sql, row))
		return;
	*finished = sql_int(row, 0) != 0;
	bool in_file = !sql_is_null(row, 1);
	if (*finished && in_file && body_file)
		*body_file = sql_text(row, 1);
	sql_reset(row);
	if (!*finished)
		return;
	if (!in_file)
		SQL_RUN(s->sql, remove_body_sql, "i", (int64_t)message);
	s->counts.open--;
	s->counts.history++;
}

void store_progress(struct store *s, uint64_t message, unsigned done, int64_t report_ms, int64_t now_ms,
                    bool *finished, char **body_file)
{
	struct sql_row *row = sql_bind(s->sql, progress_sql, "iini", (int64_t)message, (int64_t)done, report_ms, now_ms);

	maybe_finish(s, message, row, finished, body_file);
}

void store_mark_redirected(struct store *s, uint64_t message)
{
	SQL_RUN(s->sql, redirected_sql, "i", (int64_t)message);
}

bool store_next_report(struct store *s, uint64_t skip, uint64_t *id, int64_t *report_ms)
{
	struct sql_row *row = sql_bind(s->sql, next_report_sql, "i", (int64_t)skip);

	if (!sql_step(s->sql, row))
		return false;
	*id = (uint64_t)sql_int(row, 0);
	*report_ms = sql_int(row, 1);
	sql_reset(row);
	return true;
}

/* ---- reports ---- */

static const struct {
	const char *recipients;
	enum recipient_state state, told;
} kinds[] = {
	[REPORT_OF_FAILURE] = { failed_recipients_sql, RECIPIENT_REPORT, RECIPIENT_FAILED },
	[REPORT_OF_DELAY] = { late_recipients_sql, RECIPIENT_WAITING, RECIPIENT_WAITING },
	[REPORT_OF_RELAY] = { relayed_recipients_sql, RECIPIENT_RELAYED, RECIPIENT_DELIVERED },
};

size_t store_report_recipients(struct store *s, uint64_t message, enum report_kind kind, int64_t now_ms,
                               struct store_recipient *out, size_t max)
{
	struct sql_row *row = sql_bind(s->sql, kinds[kind].recipients, "iii", (int64_t)message, now_ms, (int64_t)max);

	return store_read_recipients(s, row, out, max);
}

void store_reported(struct store *s, uint64_t recipient, enum report_kind kind)
{
	SQL_RUN(s->sql, reported_sql, "iii", (int64_t)recipient, (int64_t)kinds[kind].state, (int64_t)kinds[kind].told);
}

void store_postpone_report(struct store *s, uint64_t message, int64_t report_ms)
{
	SQL_RUN(s->sql, postpone_report_sql, "ii", (int64_t)message, report_ms);
}

void store_hold_failed(struct store *s, uint64_t message, uint64_t destination, int64_t now_ms, const struct fault *why)
{
	struct buf text = { 0 };

	buf_printf(&text, "%s; to be told: ", why->text);
	SQL_RUN(s->sql, hold_waiting_sql, "i", (int64_t)message);
	SQL_RUN(s->sql, hold_failed_sql, "iiiitt", (int64_t)message, (int64_t)destination, now_ms, (int64_t)why->kind,
	    why->status, buf_text(&text));
	buf_free(&text);
}

void store_report_done(struct store *s, uint64_t message, int64_t now_ms, bool *finished, char **body_file)
{
	struct sql_row *row = sql_bind(s->sql, report_done_sql, "ii", (int64_t)message, now_ms);

	maybe_finish(s, message, row, finished, body_file);
}
