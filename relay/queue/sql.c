/* SPDX-License-Identifier: ISC */
#include "relay/queue/sql.h"

#include "relay/queue/spool.h"
#include "relay/queue/table.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	BUSY_MS = 2000,                     /* a queue that is just ending */
	LOG_LARGE_PAGES = 1000,
	LOG_TOO_LARGE_PAGES = 8000,         /* checkpointed even when never idle */
	SHRINK_PAGES = 256,
	SHRINK_LEAST_FREE = 4096,
};

static const char pragmas[] =
	"PRAGMA locking_mode=EXCLUSIVE;"
	"PRAGMA page_size=4096;"
	"PRAGMA auto_vacuum=INCREMENTAL;"
	"PRAGMA journal_mode=WAL;"
	"PRAGMA synchronous=FULL;"
	"PRAGMA secure_delete=FAST;"
	"PRAGMA temp_store=MEMORY;"
	"PRAGMA cache_size=-32000;"
	"PRAGMA journal_size_limit=67108864;";

struct sql {
	sqlite3 *db;
	struct table statements;     /* by the address of their text */
	char *spool;
	bool open, failed, corrupt;
	struct fault trouble;        /* of the last failure */
	int log_pages;
};

static sqlite3_stmt *statement_of(struct sql_row *row)
{
	return (sqlite3_stmt *)row;
}

/* ---- failing ---- */

void sql_say_damaged(const char *spool, struct fault *f)
{
	fault_set(f, FAULT_TEMPORARY, "4.3.0", "%s/queue.db is damaged; the commands that save what can be read are in "
	          "signetd(8), section RECOVERY", spool);
}

static const char *system_reason(const struct sql *s, int code)
{
	int error = sqlite3_system_errno(s->db);

	return error ? strerror(error) : sqlite3_errstr(code);
}

/* The first failure of a transaction is what is told. */
static void fail(struct sql *s, int code)
{
	struct fault *f = &s->trouble;

	if (s->failed)
		return;
	s->failed = true;
	switch (code & 0xff) {
	case SQLITE_FULL:
		fault_set(f, FAULT_TEMPORARY, "4.3.1", "disk full: no room in the spool %s", s->spool);
		break;
	case SQLITE_READONLY:
		fault_set(f, FAULT_TEMPORARY, "4.3.5", "the spool %s cannot be written: read-only", s->spool);
		break;
	case SQLITE_IOERR:
		fault_set(f, FAULT_TEMPORARY, sqlite3_system_errno(s->db) == ENOSPC ? "4.3.1" : "4.3.0",
		          "the spool %s cannot be written: %s", s->spool, system_reason(s, code));
		break;
	case SQLITE_CANTOPEN:
		fault_set(f, FAULT_TEMPORARY, "4.3.5", "cannot open %s/queue.db: %s", s->spool, system_reason(s, code));
		break;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		fault_set(f, FAULT_TEMPORARY, "4.3.5", "another signetd has the spool %s open: end it, or give each its own "
		          "spool", s->spool);
		break;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		s->corrupt = true;
		sql_say_damaged(s->spool, f);
		break;
	default:
		fault_set(f, FAULT_TEMPORARY, "4.3.0", "%s/queue.db: %s", s->spool, sqlite3_errmsg(s->db));
	}
}

const struct fault *sql_trouble(const struct sql *s)
{
	return &s->trouble;
}

bool sql_is_corrupt(const struct sql *s)
{
	return s->corrupt;
}

bool sql_is_open(const struct sql *s)
{
	return s->open;
}

bool sql_failed(const struct sql *s)
{
	return s->failed;
}

/* ---- statements ---- */

static sqlite3_stmt *prepare(struct sql *s, const char *text)
{
	uint64_t key = (uint64_t)(uintptr_t)text;
	sqlite3_stmt *stmt = table_get(&s->statements, key);

	if (stmt)
		return stmt;
	int code = sqlite3_prepare_v3(s->db, text, -1, SQLITE_PREPARE_PERSISTENT, &stmt, NULL);
	if (code != SQLITE_OK)
		fail(s, code);
	else
		table_put(&s->statements, key, stmt);
	return stmt;
}

/* In one number: base/mail/reply.h's flags, and the reach above them. */
enum { REPLY_REACH_SHIFT = 4, REPLY_FLAGS = (1 << REPLY_REACH_SHIFT) - 1 };

static void bind_reply(sqlite3_stmt *stmt, int at, const struct reply *r)
{
	const char *texts[SQL_REPLY_COLUMNS] = {
		[1] = r->status, [2] = r->text, [3] = r->relay, [6] = r->reason ? r->reason->name : "", [8] = r->source,
	};
	int64_t numbers[SQL_REPLY_COLUMNS] = {
		[0] = (int64_t)r->kind, [4] = (int64_t)r->code, [5] = (int64_t)r->step,
		[7] = reply_flags(r) | (int64_t)r->reach << REPLY_REACH_SHIFT,
	};

	for (int i = 0; i < SQL_REPLY_COLUMNS; i++)
		if (texts[i])
			sqlite3_bind_text(stmt, at + i, texts[i], -1, SQLITE_STATIC);
		else
			sqlite3_bind_int64(stmt, at + i, numbers[i]);
}

struct sql_row *sql_bind(struct sql *s, const char *statement, const char *types, ...)
{
	sqlite3_stmt *stmt = prepare(s, statement);
	va_list ap;

	if (stmt == NULL)
		return NULL;
	va_start(ap, types);
	for (int i = 1; *types; types++, i++) {
		if (*types == 't') {
			sqlite3_bind_text(stmt, i, va_arg(ap, const char *), -1, SQLITE_STATIC);
		} else if (*types == 'b') {
			struct span b = va_arg(ap, struct span);
			sqlite3_bind_blob64(stmt, i, b.at ? b.at : "", b.len, SQLITE_STATIC);
		} else if (*types == 'r') {
			bind_reply(stmt, i, va_arg(ap, const struct reply *));
			i += SQL_REPLY_COLUMNS - 1;
		} else {
			int64_t v = va_arg(ap, int64_t);
			if (*types == 'n' && v == STORE_NEVER)
				sqlite3_bind_null(stmt, i);
			else
				sqlite3_bind_int64(stmt, i, v);
		}
	}
	va_end(ap);
	return (struct sql_row *)stmt;
}

bool sql_step(struct sql *s, struct sql_row *row)
{
	if (row == NULL)
		return false;
	int code = sqlite3_step(statement_of(row));
	if (code == SQLITE_ROW)
		return true;
	if (code != SQLITE_DONE)
		fail(s, sqlite3_extended_errcode(s->db));
	sqlite3_reset(statement_of(row));
	return false;
}

void sql_reset(struct sql_row *row)
{
	if (row)
		sqlite3_reset(statement_of(row));
}

int64_t sql_int(struct sql_row *row, int column)
{
	return sqlite3_column_int64(statement_of(row), column);
}

bool sql_is_null(struct sql_row *row, int column)
{
	return sqlite3_column_type(statement_of(row), column) == SQLITE_NULL;
}

int64_t sql_time(struct sql_row *row, int column)
{
	return sql_is_null(row, column) ? STORE_NEVER : sql_int(row, column);
}

char *sql_text(struct sql_row *row, int column)
{
	const char *z = (const char *)sqlite3_column_text(statement_of(row), column);

	return mem_text_span(z ? (struct span){ z, (size_t)sqlite3_column_bytes(statement_of(row), column) } : SPAN(""));
}

struct span sql_span(struct sql_row *row, int column)
{
	const char *at = sqlite3_column_blob(statement_of(row), column);

	return (struct span){ at, at ? (size_t)sqlite3_column_bytes(statement_of(row), column) : 0 };
}

static void copy_text(struct sql_row *row, int column, char *out, size_t room)
{
	const char *z = (const char *)sqlite3_column_text(statement_of(row), column);

	snprintf(out, room, "%s", z ? z : "");
}

static unsigned below(int64_t v, unsigned end)
{
	return v >= 0 && v < (int64_t)end ? (unsigned)v : 0;
}

void sql_reply(struct sql_row *row, int column, struct reply *out)
{
	int64_t code = sql_int(row, column + 4), flags = sql_int(row, column + 7);
	struct span reason = sql_span(row, column + 6);
	char name[64];

	*out = (struct reply){
		.kind = below(sql_int(row, column), FAULT_POLICY + 1), .code = code >= 200 && code <= 599 ? (unsigned)code : 0,
		.step = below(sql_int(row, column + 5), STEP_COUNT),
		.reach = below(flags >> REPLY_REACH_SHIFT, REACH_COUNT),
	};
	reply_set_flags(out, flags & REPLY_FLAGS);
	if (reason.len > 0) {
		snprintf(name, sizeof name, "%.*s", (int)reason.len, reason.at);
		out->reason = refusal_reason_named(name);
	}
	copy_text(row, column + 1, out->status, sizeof out->status);
	copy_text(row, column + 2, out->text, sizeof out->text);
	copy_text(row, column + 3, out->relay, sizeof out->relay);
	copy_text(row, column + 8, out->source, sizeof out->source);
}

uint64_t sql_last_row(const struct sql *s)
{
	return (uint64_t)sqlite3_last_insert_rowid(s->db);
}

int64_t sql_number(struct sql *s, const char *statement)
{
	struct sql_row *row = sql_bind(s, statement, "");
	int64_t n = 0;

	if (sql_step(s, row)) {
		n = sql_int(row, 0);
		sql_reset(row);
	}
	return n;
}

int sql_execute(struct sql *s, const char *text)
{
	if (sqlite3_exec(s->db, text, NULL, NULL, NULL) == SQLITE_OK)
		return 0;
	fail(s, sqlite3_extended_errcode(s->db));
	return -1;
}

/* ---- opening ---- */

static int remember_log(void *context, sqlite3 *db, const char *name, int pages)
{
	struct sql *s = context;

	(void)name;
	s->log_pages = pages;
	if (pages > LOG_TOO_LARGE_PAGES)
		sqlite3_wal_checkpoint_v2(db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	return SQLITE_OK;
}

static int open_database(struct sql *s)
{
	char path[SPOOL_PATH_MAX];

	snprintf(path, sizeof path, "%s/queue.db", s->spool);
	int code = sqlite3_open_v2(path, &s->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX |
	                           SQLITE_OPEN_NOFOLLOW, NULL);
	if (code != SQLITE_OK) {
		fail(s, code);
		return -1;
	}
	sqlite3_busy_timeout(s->db, BUSY_MS);
	sqlite3_extended_result_codes(s->db, 1);
	if (sql_execute(s, pragmas) < 0)
		return -1;
	sqlite3_wal_hook(s->db, remember_log, s);
	return 0;
}

struct sql *sql_open(const char *spool, struct fault *f)
{
	struct sql *s = mem_alloc(sizeof *s);

	s->spool = mem_text(spool);
	if (open_database(s) == 0)
		return s;
	*f = s->trouble;
	if (s->corrupt)
		f->kind = FAULT_PERMANENT;    /* opening it again will not help */
	sql_close(s);
	return NULL;
}

void sql_close(struct sql *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < s->statements.room; i++)
		if (s->statements.slots[i].key)
			sqlite3_finalize(s->statements.slots[i].value);
	table_free(&s->statements);
	sqlite3_close(s->db);
	free(s->spool);
	free(s);
}

/* ---- transactions ---- */

static const char begin[] = "BEGIN IMMEDIATE", commit[] = "COMMIT", rollback[] = "ROLLBACK";

void sql_begin(struct sql *s)
{
	if (s->open)
		return;
	s->open = true;
	s->failed = false;
	sql_step(s, sql_bind(s, begin, ""));
}

void sql_rollback(struct sql *s)
{
	if (!s->open)
		return;
	/* A full disk may have ended the transaction already. */
	if (!sqlite3_get_autocommit(s->db)) {
		sqlite3_stmt *stmt = prepare(s, rollback);
		if (stmt) {
			sqlite3_step(stmt);
			sqlite3_reset(stmt);
		}
	}
	s->open = false;
	s->failed = false;
}

int sql_commit(struct sql *s, struct fault *f)
{
	if (!s->open)
		return 0;
	if (!s->failed)
		sql_step(s, sql_bind(s, commit, ""));
	if (s->failed) {
		if (f)
			*f = s->trouble;
		sql_rollback(s);
		return -1;
	}
	s->open = false;
	return 0;
}

/* ---- the log that is written ahead ---- */

bool sql_log_is_large(const struct sql *s)
{
	return s->log_pages > LOG_LARGE_PAGES;
}

void sql_checkpoint(struct sql *s)
{
	if (s->open)
		return;
	sqlite3_wal_checkpoint_v2(s->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	s->log_pages = 0;
}

void sql_checkpoint_all(struct sql *s)
{
	sqlite3_wal_checkpoint_v2(s->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
}

void sql_shrink(struct sql *s)
{
	char text[64];

	if (sql_number(s, "PRAGMA freelist_count") < SHRINK_LEAST_FREE)
		return;
	snprintf(text, sizeof text, "PRAGMA incremental_vacuum(%d)", SHRINK_PAGES);
	sqlite3_exec(s->db, text, NULL, NULL, NULL);
}
