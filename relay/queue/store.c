#include "relay/queue/store.h"

#include "base/clock.h"
#include "base/io.h"
#include "relay/queue/queue_id.h"
#include "relay/queue/spool.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	APPLICATION_ID = 0x5369676e,        /* "Sign" */
	BUSY_MS = 2000,                     /* a queue that is just ending */
	WAL_LARGE_PAGES = 1000,
	WAL_TOO_LARGE_PAGES = 8000,         /* checkpointed even when never idle */
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

/*
 * message.finished_ms NULL: in the queue. Partial indexes hold only what is in
 * the queue, so that history costs nothing. recipient.state is enum
 * recipient_state. uid is copied into recipient for the turns of submitters.
 */
static const char schema[] =
	"CREATE TABLE number(name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;"
	"CREATE TABLE destination(id INTEGER PRIMARY KEY, domain TEXT NOT NULL, via TEXT NOT NULL,"
	" hop INTEGER NOT NULL DEFAULT 0, hop_until_ms INTEGER NOT NULL DEFAULT 0,"
	" failures INTEGER NOT NULL DEFAULT 0, backoff_ms INTEGER NOT NULL DEFAULT 0,"
	" nxdomain_ms INTEGER NOT NULL DEFAULT 0, wake_ms INTEGER, status TEXT NOT NULL DEFAULT '',"
	" text TEXT NOT NULL DEFAULT '', UNIQUE(domain, via));"
	"CREATE INDEX destination_wake ON destination(wake_ms) WHERE wake_ms IS NOT NULL;"
	"CREATE TABLE message(id INTEGER PRIMARY KEY, uid INTEGER NOT NULL, record BLOB NOT NULL, part INTEGER NOT NULL,"
	" sender TEXT NOT NULL, envid TEXT NOT NULL, ret INTEGER NOT NULL, flags INTEGER NOT NULL,"
	" from_domain TEXT NOT NULL, message_id TEXT NOT NULL, program TEXT NOT NULL, arrival_ms INTEGER NOT NULL,"
	" size_bytes INTEGER NOT NULL, body_file TEXT, waiting INTEGER NOT NULL, report_ms INTEGER, finished_ms INTEGER,"
	" UNIQUE(uid, record, part));"
	"CREATE INDEX message_open ON message(uid, id) WHERE finished_ms IS NULL;"
	"CREATE INDEX message_report ON message(report_ms, id) WHERE report_ms IS NOT NULL;"
	"CREATE INDEX message_body ON message(body_file) WHERE body_file IS NOT NULL;"
	"CREATE TABLE body(message INTEGER PRIMARY KEY, bytes BLOB NOT NULL);"
	"CREATE TABLE recipient(id INTEGER PRIMARY KEY, message INTEGER NOT NULL, destination INTEGER NOT NULL,"
	" uid INTEGER NOT NULL, state INTEGER NOT NULL, due_ms INTEGER NOT NULL, expires_ms INTEGER NOT NULL,"
	" failures INTEGER NOT NULL, notify INTEGER NOT NULL, address TEXT NOT NULL, original TEXT NOT NULL,"
	" orcpt TEXT NOT NULL, kind INTEGER NOT NULL, status TEXT NOT NULL, text TEXT NOT NULL, relay TEXT NOT NULL,"
	" done_ms INTEGER);"
	"CREATE INDEX recipient_message ON recipient(message);"
	"CREATE INDEX recipient_due ON recipient(destination, uid, due_ms, id) WHERE state=0;"
	"CREATE INDEX recipient_expiry ON recipient(destination, expires_ms) WHERE state=0;";

/* ---- statements ---- */

#define RECIPIENT_COLUMNS "id,message,destination,uid,state,due_ms,expires_ms,failures,notify,address,original,orcpt," \
	"kind,status,text,relay"
#define MESSAGE_COLUMNS "id,uid,sender,envid,from_domain,message_id,body_file,ret,flags,arrival_ms,size_bytes,waiting"
#define FINISH_COLUMNS "finished_ms IS NOT NULL,body_file"

enum statement {
	BEGIN, COMMIT, ROLLBACK,
	FIND_DESTINATION, PUT_DESTINATION, WAKE, SAVE_DESTINATION, LOAD_DESTINATION, DUE_DESTINATIONS,
	IDLE_DESTINATIONS, FORGET_DESTINATION, HURRY_DESTINATION,
	PUT_MESSAGE, FIND_MESSAGE, PUT_BODY, PUT_RECIPIENT, PUT_WAITING,
	LOAD_MESSAGE, LOAD_BODY, NEXT_SUBMITTER, FIRST_DUE, NEXT_AT_TIME, NEXT_LATER, EXPIRED,
	RECIPIENT_IS_DONE, RECIPIENT_AGAIN, PROGRESS, REMOVE_BODY, REDIRECTED,
	NEXT_REPORT, REPORT_RECIPIENTS, REPORTED, POSTPONE_REPORT, REPORT_DONE,
	NEXT_OPEN_USER, NEXT_OPEN_OF, WAITING_OF, HURRY_MESSAGE, DESTINATIONS_OF,
	BODY_KNOWN, OLDEST, PURGE_RECIPIENTS, PURGE_MESSAGE,
	PULL_RECIPIENTS, PULL_DESTINATIONS, EXTEND_LIFE, WALK_RECIPIENTS, MOVE_RECIPIENT,
	NUMBER, SET_NUMBER, COUNT_OPEN, COUNT_ALL, LAST_ID,
	STATEMENTS
};

static const char *const sql[STATEMENTS] = {
	[BEGIN] = "BEGIN IMMEDIATE",
	[COMMIT] = "COMMIT",
	[ROLLBACK] = "ROLLBACK",
	[FIND_DESTINATION] = "SELECT id,wake_ms FROM destination WHERE domain=?1 AND via=?2",
	[PUT_DESTINATION] = "INSERT INTO destination(domain,via) VALUES(?1,?2)",
	[WAKE] = "UPDATE destination SET wake_ms=?2 WHERE id=?1",
	[SAVE_DESTINATION] = "UPDATE destination SET hop=?2,hop_until_ms=?3,failures=?4,backoff_ms=?5,nxdomain_ms=?6,"
		"wake_ms=?7,status=?8,text=?9 WHERE id=?1",
	[LOAD_DESTINATION] = "SELECT id,domain,via,hop,hop_until_ms,failures,backoff_ms,nxdomain_ms,wake_ms,status,text "
		"FROM destination WHERE id=?1",
	[DUE_DESTINATIONS] = "SELECT id,wake_ms FROM destination WHERE wake_ms IS NOT NULL ORDER BY wake_ms LIMIT ?1",
	[IDLE_DESTINATIONS] = "SELECT id FROM destination WHERE wake_ms IS NULL AND via<>'' AND backoff_ms<=?1 "
		"AND hop_until_ms<=?1 AND id>?2 ORDER BY id LIMIT ?3",
	[FORGET_DESTINATION] = "DELETE FROM destination WHERE id=?1",
	[HURRY_DESTINATION] = "UPDATE destination SET backoff_ms=0,wake_ms=?2 WHERE id=?1 AND wake_ms>?2",
	[PUT_MESSAGE] = "INSERT INTO message(id,uid,record,part,sender,envid,ret,flags,from_domain,message_id,program,"
		"arrival_ms,size_bytes,body_file,waiting) VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,0) "
		"ON CONFLICT(uid,record,part) DO NOTHING RETURNING id",
	[FIND_MESSAGE] = "SELECT id FROM message WHERE uid=?1 AND record=?2 AND part=?3",
	[PUT_BODY] = "INSERT INTO body(message,bytes) VALUES(?1,?2)",
	[PUT_RECIPIENT] = "INSERT INTO recipient(message,destination,uid,state,due_ms,expires_ms,failures,notify,address,"
		"original,orcpt,kind,status,text,relay) VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15)",
	[PUT_WAITING] = "UPDATE message SET waiting=?2,report_ms=?3 WHERE id=?1",
	[LOAD_MESSAGE] = "SELECT " MESSAGE_COLUMNS " FROM message WHERE id=?1",
	[LOAD_BODY] = "SELECT bytes FROM body WHERE message=?1",
	[NEXT_SUBMITTER] = "SELECT uid FROM recipient INDEXED BY recipient_due WHERE state=0 AND destination=?1 AND uid>?2 "
		"ORDER BY uid LIMIT 1",
	[FIRST_DUE] = "SELECT due_ms FROM recipient INDEXED BY recipient_due WHERE state=0 AND destination=?1 AND uid=?2 "
		"ORDER BY due_ms LIMIT 1",
	/* Two each for (a,b)>(?,?): SQLite uses only the first column of such a pair when the second is the row's id. */
	[NEXT_AT_TIME] = "SELECT " RECIPIENT_COLUMNS " FROM recipient INDEXED BY recipient_due WHERE state=0 "
		"AND destination=?1 AND uid=?2 AND due_ms=?3 AND id>?4 ORDER BY id",
	[NEXT_LATER] = "SELECT " RECIPIENT_COLUMNS " FROM recipient INDEXED BY recipient_due WHERE state=0 "
		"AND destination=?1 AND uid=?2 AND due_ms>?3 AND due_ms<=?4 ORDER BY due_ms,id",
	[EXPIRED] = "SELECT " RECIPIENT_COLUMNS " FROM recipient INDEXED BY recipient_expiry WHERE state=0 "
		"AND destination=?1 AND expires_ms<=?2 ORDER BY expires_ms LIMIT ?3",
	[RECIPIENT_IS_DONE] = "UPDATE recipient SET state=?2,done_ms=?3,kind=?4,status=?5,text=?6,relay=?7 WHERE id=?1",
	[RECIPIENT_AGAIN] = "UPDATE recipient SET due_ms=?2,failures=?3,kind=?4,status=?5,text=?6,relay=?7 WHERE id=?1",
	[PROGRESS] = "UPDATE message SET waiting=waiting-?2,report_ms=ifnull(?3,report_ms),finished_ms=CASE WHEN "
		"waiting=?2 AND ifnull(?3,report_ms) IS NULL THEN ?4 END WHERE id=?1 RETURNING " FINISH_COLUMNS,
	[REMOVE_BODY] = "DELETE FROM body WHERE message=?1",
	[REDIRECTED] = "UPDATE message SET waiting=waiting+1,flags=flags|4 WHERE id=?1",
	[NEXT_REPORT] = "SELECT id,report_ms FROM message INDEXED BY message_report WHERE report_ms IS NOT NULL "
		"ORDER BY report_ms,id LIMIT 1 OFFSET ?1",
	[REPORT_RECIPIENTS] = "SELECT " RECIPIENT_COLUMNS " FROM recipient WHERE message=?1 AND state=2 ORDER BY id LIMIT ?2",
	[REPORTED] = "UPDATE recipient SET state=3 WHERE id=?1",
	[POSTPONE_REPORT] = "UPDATE message SET report_ms=?2 WHERE id=?1 AND report_ms IS NOT NULL",
	[REPORT_DONE] = "UPDATE message SET report_ms=CASE WHEN x.more THEN ?2 END,finished_ms=CASE WHEN waiting=0 AND NOT "
		"x.more THEN ?2 END FROM (SELECT EXISTS(SELECT 1 FROM recipient WHERE message=?1 AND state=2) AS more) AS x "
		"WHERE id=?1 RETURNING " FINISH_COLUMNS,
	[NEXT_OPEN_USER] = "SELECT " MESSAGE_COLUMNS " FROM message INDEXED BY message_open WHERE finished_ms IS NULL "
		"AND uid>?1 ORDER BY uid,id LIMIT 1",
	[NEXT_OPEN_OF] = "SELECT " MESSAGE_COLUMNS " FROM message INDEXED BY message_open WHERE finished_ms IS NULL "
		"AND uid=?1 AND id>?2 ORDER BY id LIMIT 1",
	[WAITING_OF] = "SELECT r.address,d.via,d.hop,d.id,max(r.due_ms,d.backoff_ms),"
		"CASE WHEN r.text<>'' THEN r.status ELSE d.status END,CASE WHEN r.text<>'' THEN r.text ELSE d.text END "
		"FROM recipient r JOIN destination d ON d.id=r.destination WHERE r.message=?1 AND r.state=0 ORDER BY r.id LIMIT ?2",
	[HURRY_MESSAGE] = "UPDATE recipient SET due_ms=?2 WHERE message=?1 AND state=0 AND due_ms>?2",
	[DESTINATIONS_OF] = "SELECT DISTINCT destination FROM recipient WHERE message=?1 AND state=0 LIMIT ?2",
	[BODY_KNOWN] = "SELECT 1 FROM message INDEXED BY message_body WHERE body_file IS NOT NULL AND body_file=?1",
	[OLDEST] = "SELECT id FROM message WHERE id<?1 AND finished_ms IS NOT NULL ORDER BY id LIMIT ?2",
	[PURGE_RECIPIENTS] = "DELETE FROM recipient WHERE message=?1",
	[PURGE_MESSAGE] = "DELETE FROM message WHERE id=?1",
	[PULL_RECIPIENTS] = "UPDATE recipient SET due_ms=?2 WHERE state=0 AND due_ms>?1",
	[PULL_DESTINATIONS] = "UPDATE destination SET wake_ms=min(wake_ms,?2),backoff_ms=0 WHERE wake_ms>?1 OR backoff_ms>?1",
	[EXTEND_LIFE] = "UPDATE recipient SET expires_ms=expires_ms+?2 WHERE state=0 AND expires_ms<=?1",
	[WALK_RECIPIENTS] = "SELECT " RECIPIENT_COLUMNS " FROM recipient WHERE id>?1 AND state=0 ORDER BY id LIMIT ?2",
	[MOVE_RECIPIENT] = "UPDATE recipient SET address=?2,destination=?3,due_ms=?4,kind=?5,status=?6,text=?7 WHERE id=?1",
	[NUMBER] = "SELECT value FROM number WHERE name=?1",
	[SET_NUMBER] = "INSERT INTO number(name,value) VALUES(?1,?2) ON CONFLICT(name) DO UPDATE SET value=?2",
	[COUNT_OPEN] = "SELECT count(*) FROM message INDEXED BY message_open WHERE finished_ms IS NULL",
	[COUNT_ALL] = "SELECT count(*) FROM message",
	[LAST_ID] = "SELECT max(id) FROM message",
};

/* message.flags */
enum { FLAG_EIGHT_BIT = 1, FLAG_UTF8 = 2, FLAG_REDIRECTED = 4 };

struct store {
	sqlite3 *db;
	sqlite3_stmt *statements[STATEMENTS];
	char *spool;
	bool open, failed, corrupt;
	struct fault trouble;        /* of the last failure */
	uint64_t last_id;
	struct store_counts counts;
	struct store_counts counts_before;   /* the open transaction */
	int wal_pages;
};

/* ---- failing ---- */

static void note_trouble(struct store *s, int code)
{
	struct fault *f = &s->trouble;

	switch (code & 0xff) {
	case SQLITE_FULL:
		fault_set(f, FAULT_TEMPORARY, "4.3.1", "disk full: no room in the spool %s", s->spool);
		break;
	case SQLITE_READONLY:
		fault_set(f, FAULT_TEMPORARY, "4.3.5", "the spool %s cannot be written: read-only", s->spool);
		break;
	case SQLITE_IOERR:
		fault_set(f, FAULT_TEMPORARY, sqlite3_system_errno(s->db) == ENOSPC ? "4.3.1" : "4.3.0",
		          "the spool %s cannot be written: %s", s->spool,
		          sqlite3_system_errno(s->db) ? strerror(sqlite3_system_errno(s->db)) : sqlite3_errstr(code));
		break;
	case SQLITE_CANTOPEN:
		fault_set(f, FAULT_TEMPORARY, "4.3.5", "cannot open %s/queue.db: %s", s->spool,
		          sqlite3_system_errno(s->db) ? strerror(sqlite3_system_errno(s->db)) : sqlite3_errstr(code));
		break;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		fault_set(f, FAULT_TEMPORARY, "4.3.5", "another signetd has the spool %s open: end it, or give each its own "
		          "spool", s->spool);
		break;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		s->corrupt = true;
		fault_set(f, FAULT_TEMPORARY, "4.3.0", "%s/queue.db is damaged; the commands that save what can be read are in "
		          "signetd(8), section RECOVERY", s->spool);
		break;
	default:
		fault_set(f, FAULT_TEMPORARY, "4.3.0", "%s/queue.db: %s", s->spool, sqlite3_errmsg(s->db));
	}
}

static void fail(struct store *s, int code)
{
	if (!s->failed)
		note_trouble(s, code);
	s->failed = true;
}

const struct fault *store_trouble(const struct store *s)
{
	return &s->trouble;
}

bool store_is_corrupt(const struct store *s)
{
	return s->corrupt;
}

bool store_is_open(const struct store *s)
{
	return s->open;
}

/* ---- binding and stepping ---- */

static sqlite3_stmt *prepare(struct store *s, enum statement which)
{
	sqlite3_stmt **stmt = &s->statements[which];

	if (*stmt == NULL) {
		int code = sqlite3_prepare_v3(s->db, sql[which], -1, SQLITE_PREPARE_PERSISTENT, stmt, NULL);
		if (code != SQLITE_OK)
			fail(s, code);
	}
	return *stmt;
}

/*
 * Binds in order what `types` says: i int64_t, t const char * (NULL is NULL),
 * n int64_t where STORE_NEVER is NULL, b struct span. Bound text is the
 * caller's and must last until the statement is stepped.
 */
static sqlite3_stmt *bind(struct store *s, enum statement which, const char *types, ...)
{
	sqlite3_stmt *stmt = prepare(s, which);
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
		} else {
			int64_t v = va_arg(ap, int64_t);
			if (*types == 'n' && v == STORE_NEVER)
				sqlite3_bind_null(stmt, i);
			else
				sqlite3_bind_int64(stmt, i, v);
		}
	}
	va_end(ap);
	return stmt;
}

/* True for a row. At the end, or when it fails, the statement is reset. */
static bool step(struct store *s, sqlite3_stmt *stmt)
{
	if (stmt == NULL)
		return false;
	int code = sqlite3_step(stmt);
	if (code == SQLITE_ROW)
		return true;
	if (code != SQLITE_DONE)
		fail(s, sqlite3_extended_errcode(s->db));
	sqlite3_reset(stmt);
	return false;
}

static void reset(sqlite3_stmt *stmt)
{
	if (stmt)
		sqlite3_reset(stmt);
}

/* Runs what returns no row, unless something failed before. */
#define RUN(s, ...) \
	do { \
		if (!(s)->failed) \
			step((s), bind((s), __VA_ARGS__)); \
	} while (0)

static int64_t column_int(sqlite3_stmt *stmt, int i)
{
	return sqlite3_column_int64(stmt, i);
}

static int64_t column_time(sqlite3_stmt *stmt, int i)
{
	return sqlite3_column_type(stmt, i) == SQLITE_NULL ? STORE_NEVER : sqlite3_column_int64(stmt, i);
}

static char *column_text(sqlite3_stmt *stmt, int i)
{
	const char *z = (const char *)sqlite3_column_text(stmt, i);

	return mem_text_span(z ? (struct span){ z, (size_t)sqlite3_column_bytes(stmt, i) } : SPAN(""));
}

static struct span column_span(sqlite3_stmt *stmt, int i)
{
	const char *at = sqlite3_column_blob(stmt, i);

	return (struct span){ at, at ? (size_t)sqlite3_column_bytes(stmt, i) : 0 };
}

/* kind, status, text in three columns. */
static void column_fault(sqlite3_stmt *stmt, int i, struct fault *f)
{
	*f = (struct fault){ .kind = (enum fault_kind)column_int(stmt, i) };
	snprintf(f->status, sizeof f->status, "%s", (const char *)sqlite3_column_text(stmt, i + 1));
	snprintf(f->text, sizeof f->text, "%s", (const char *)sqlite3_column_text(stmt, i + 2));
}

static int64_t one_number(struct store *s, enum statement which)
{
	sqlite3_stmt *stmt = prepare(s, which);
	int64_t n = 0;

	if (step(s, stmt)) {
		n = column_int(stmt, 0);
		reset(stmt);
	}
	return n;
}

/* ---- opening ---- */

static int remember_wal(void *context, sqlite3 *db, const char *name, int pages)
{
	struct store *s = context;

	(void)name;
	s->wal_pages = pages;
	if (pages > WAL_TOO_LARGE_PAGES)
		sqlite3_wal_checkpoint_v2(db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	return SQLITE_OK;
}

static int execute(struct store *s, const char *text)
{
	int code = sqlite3_exec(s->db, text, NULL, NULL, NULL);

	if (code == SQLITE_OK)
		return 0;
	fail(s, sqlite3_extended_errcode(s->db));
	return -1;
}

static int make_schema(struct store *s)
{
	char mark[128];

	snprintf(mark, sizeof mark, "PRAGMA application_id=%d;PRAGMA user_version=%d;", APPLICATION_ID, STORE_VERSION);
	if (execute(s, "BEGIN EXCLUSIVE;") < 0 || execute(s, schema) < 0 || execute(s, mark) < 0 ||
	    execute(s, "COMMIT;") < 0)
		return -1;
	/* The version must stand in the file's own header, where spool_check_version looks. */
	sqlite3_wal_checkpoint_v2(s->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	io_sync_folder(s->spool);
	return 0;
}

static int read_version(struct store *s)
{
	sqlite3_stmt *stmt = NULL;
	int version = -1;

	if (sqlite3_prepare_v2(s->db, "PRAGMA user_version", -1, &stmt, NULL) == SQLITE_OK &&
	    sqlite3_step(stmt) == SQLITE_ROW)
		version = sqlite3_column_int(stmt, 0);
	else
		fail(s, sqlite3_extended_errcode(s->db));
	sqlite3_finalize(stmt);
	return version;
}

static int open_database(struct store *s, const char *path)
{
	int code = sqlite3_open_v2(path, &s->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX |
	                           SQLITE_OPEN_NOFOLLOW, NULL);
	if (code != SQLITE_OK) {
		fail(s, code);
		return -1;
	}
	sqlite3_busy_timeout(s->db, BUSY_MS);
	sqlite3_extended_result_codes(s->db, 1);
	if (execute(s, pragmas) < 0)
		return -1;
	sqlite3_wal_hook(s->db, remember_wal, s);
	int version = read_version(s);
	return version == 0 ? make_schema(s) : version < 0 ? -1 : 0;
}

/* What is counted once and then kept. */
static void read_state(struct store *s)
{
	s->last_id = (uint64_t)one_number(s, LAST_ID);
	uint64_t kept = store_number(s, "last_id");
	if (kept > s->last_id)
		s->last_id = kept;
	s->counts.open = (uint64_t)one_number(s, COUNT_OPEN);
	s->counts.history = (uint64_t)one_number(s, COUNT_ALL) - s->counts.open;
}

struct store *store_open(const char *spool, struct fault *f)
{
	char path[SPOOL_PATH_MAX];

	snprintf(path, sizeof path, "%s/queue.db", spool);
	if (spool_check(spool, f) < 0)
		return NULL;
	struct store *s = mem_alloc(sizeof *s);
	s->spool = mem_text(spool);
	if (spool_check_version(path, APPLICATION_ID, STORE_VERSION, f) < 0) {
		if (f->kind == FAULT_PERMANENT)
			fail(s, SQLITE_NOTADB);
	} else {
		if (open_database(s, path) == 0)
			read_state(s);
		if (!s->failed)
			return s;
	}
	if (s->failed)
		*f = s->trouble;
	if (s->corrupt)
		f->kind = FAULT_PERMANENT;    /* opening it again will not help */
	store_close(s);
	return NULL;
}

void store_close(struct store *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(s->statements[i]);
	sqlite3_close(s->db);
	free(s->spool);
	free(s);
}

/* ---- transactions ---- */

void store_begin(struct store *s)
{
	if (s->open)
		return;
	s->open = true;
	s->failed = false;
	s->counts_before = s->counts;
	step(s, prepare(s, BEGIN));
}

void store_rollback(struct store *s)
{
	if (!s->open)
		return;
	/* A full disk may have ended the transaction already. */
	if (!sqlite3_get_autocommit(s->db)) {
		sqlite3_stmt *stmt = prepare(s, ROLLBACK);
		if (stmt) {
			sqlite3_step(stmt);
			sqlite3_reset(stmt);
		}
	}
	s->open = false;
	s->failed = false;
	s->counts = s->counts_before;
}

int store_commit(struct store *s, struct fault *f)
{
	if (!s->open)
		return 0;
	if (!s->failed)
		step(s, prepare(s, COMMIT));
	if (s->failed) {
		if (f)
			*f = s->trouble;
		store_rollback(s);
		return -1;
	}
	s->open = false;
	return 0;
}

/* ---- destinations ---- */

void store_destination_free(struct store_destination *d)
{
	free(d->domain);
	free(d->via);
	*d = (struct store_destination){ 0 };
}

uint64_t store_destination_id(struct store *s, const char *domain, const char *via, int64_t *wake_ms)
{
	sqlite3_stmt *stmt = bind(s, FIND_DESTINATION, "tt", domain, via);
	int64_t wake = STORE_NEVER;
	uint64_t id = 0;

	if (step(s, stmt)) {
		id = (uint64_t)column_int(stmt, 0);
		wake = column_time(stmt, 1);
		reset(stmt);
	} else if (!s->failed) {
		RUN(s, PUT_DESTINATION, "tt", domain, via);
		id = s->failed ? 0 : (uint64_t)sqlite3_last_insert_rowid(s->db);
	}
	if (wake_ms)
		*wake_ms = wake;
	return id;
}

void store_wake(struct store *s, uint64_t destination, int64_t wake_ms)
{
	RUN(s, WAKE, "in", (int64_t)destination, wake_ms);
}

void store_save_destination(struct store *s, const struct store_destination *d)
{
	const struct hop_state *h = &d->hops;

	RUN(s, SAVE_DESTINATION, "iiiiiintt", (int64_t)d->id, (int64_t)h->hop, h->hop_until_ms, (int64_t)h->failures,
	    h->backoff_ms, h->nxdomain_ms, d->wake_ms, d->fault.status, d->fault.text);
}

bool store_load_destination(struct store *s, uint64_t id, struct store_destination *out)
{
	sqlite3_stmt *stmt = bind(s, LOAD_DESTINATION, "i", (int64_t)id);

	if (!step(s, stmt))
		return false;
	*out = (struct store_destination){
		.id = (uint64_t)column_int(stmt, 0), .domain = column_text(stmt, 1), .via = column_text(stmt, 2),
		.hops = { (unsigned)column_int(stmt, 3), column_int(stmt, 4), (unsigned)column_int(stmt, 5),
		          column_int(stmt, 6), column_int(stmt, 7) },
		.wake_ms = column_time(stmt, 8),
	};
	column_fault(stmt, 8, &out->fault);
	out->fault.kind = out->fault.text[0] ? FAULT_TEMPORARY : FAULT_NONE;
	reset(stmt);
	return true;
}

size_t store_due_destinations(struct store *s, struct store_due *out, size_t max)
{
	sqlite3_stmt *stmt = bind(s, DUE_DESTINATIONS, "i", (int64_t)max);
	size_t n = 0;

	while (n < max && step(s, stmt))
		out[n++] = (struct store_due){ (uint64_t)column_int(stmt, 0), column_int(stmt, 1) };
	reset(stmt);
	return n;
}

size_t store_idle_destinations(struct store *s, int64_t now_ms, uint64_t *after, uint64_t *out, size_t max)
{
	sqlite3_stmt *stmt = bind(s, IDLE_DESTINATIONS, "iii", now_ms, (int64_t)*after, (int64_t)max);
	size_t n = 0;

	while (n < max && step(s, stmt))
		out[n++] = (uint64_t)column_int(stmt, 0);
	reset(stmt);
	*after = n > 0 ? out[n - 1] : 0;
	return n;
}

void store_forget_destination(struct store *s, uint64_t id)
{
	RUN(s, FORGET_DESTINATION, "i", (int64_t)id);
}

void store_hurry_destination(struct store *s, uint64_t id, int64_t now_ms)
{
	RUN(s, HURRY_DESTINATION, "ii", (int64_t)id, now_ms);
}

/* ---- accepting ---- */

static uint64_t find_message(struct store *s, const struct submission *m)
{
	struct span record = { (const char *)m->id, sizeof m->id };
	sqlite3_stmt *stmt = bind(s, FIND_MESSAGE, "ibi", (int64_t)m->uid, record, (int64_t)m->part);
	uint64_t id = 0;

	if (step(s, stmt)) {
		id = (uint64_t)column_int(stmt, 0);
		reset(stmt);
	}
	return id;
}

static int64_t flags_of(const struct submission *m)
{
	return (m->eight_bit ? FLAG_EIGHT_BIT : 0) | (m->utf8 ? FLAG_UTF8 : 0);
}

void store_put_message(struct store *s, const struct submission *m, int64_t now_ms, uint64_t *id, bool *known)
{
	struct span record = { (const char *)m->id, sizeof m->id };
	bool in_file = m->body_file[0] != '\0';

	*known = false;
	*id = queue_id_next(s->last_id, now_ms);
	if (s->failed)
		return;
	sqlite3_stmt *stmt = bind(s, PUT_MESSAGE, "iibittiitttiit", (int64_t)*id, (int64_t)m->uid, record,
	                          (int64_t)m->part, m->sender, m->envid, (int64_t)m->ret, flags_of(m), m->from_domain,
	                          m->message_id, m->program, m->arrival_ms, (int64_t)m->size_bytes,
	                          in_file ? m->body_file : NULL);
	if (!step(s, stmt)) {
		if (!s->failed) {
			*known = true;
			*id = find_message(s, m);
		}
		return;
	}
	reset(stmt);
	s->last_id = *id;
	s->counts.open++;
	if (!in_file)
		RUN(s, PUT_BODY, "ib", (int64_t)*id, m->message);
}

void store_recipient_free(struct store_recipient *r)
{
	free(r->address);
	free(r->original);
	free(r->orcpt);
	free(r->relay);
	*r = (struct store_recipient){ 0 };
}

void store_put_recipient(struct store *s, const struct store_recipient *r)
{
	RUN(s, PUT_RECIPIENT, "iiiiiiiitttittt", (int64_t)r->message, (int64_t)r->destination, (int64_t)r->uid,
	    (int64_t)r->state, r->due_ms, r->expires_ms, (int64_t)r->failures, (int64_t)r->notify, r->address, r->original,
	    r->orcpt, (int64_t)r->fault.kind, r->fault.status, r->fault.text, r->relay ? r->relay : "");
}

void store_put_waiting(struct store *s, uint64_t message, unsigned waiting, int64_t report_ms)
{
	RUN(s, PUT_WAITING, "iin", (int64_t)message, (int64_t)waiting, report_ms);
}

/* ---- sending ---- */

void store_message_free(struct store_message *m)
{
	free(m->sender);
	free(m->envid);
	free(m->from_domain);
	free(m->message_id);
	free(m->body_file);
	*m = (struct store_message){ 0 };
}

static void read_message(sqlite3_stmt *stmt, struct store_message *out)
{
	int64_t flags = column_int(stmt, 8);

	*out = (struct store_message){
		.id = (uint64_t)column_int(stmt, 0), .uid = (uint32_t)column_int(stmt, 1), .sender = column_text(stmt, 2),
		.envid = column_text(stmt, 3), .from_domain = column_text(stmt, 4), .message_id = column_text(stmt, 5),
		.body_file = column_text(stmt, 6), .ret = (enum dsn_ret)column_int(stmt, 7),
		.eight_bit = flags & FLAG_EIGHT_BIT, .utf8 = flags & FLAG_UTF8, .redirected = flags & FLAG_REDIRECTED,
		.arrival_ms = column_int(stmt, 9), .size_bytes = (uint64_t)column_int(stmt, 10),
		.waiting = (unsigned)column_int(stmt, 11),
	};
}

bool store_load_message(struct store *s, uint64_t id, struct store_message *out)
{
	sqlite3_stmt *stmt = bind(s, LOAD_MESSAGE, "i", (int64_t)id);

	if (!step(s, stmt))
		return false;
	read_message(stmt, out);
	reset(stmt);
	return true;
}

void store_load_body(struct store *s, uint64_t id, struct buf *out)
{
	sqlite3_stmt *stmt = bind(s, LOAD_BODY, "i", (int64_t)id);

	if (step(s, stmt)) {
		buf_add_span(out, column_span(stmt, 0));
		reset(stmt);
	}
}

int64_t store_next_submitter(struct store *s, uint64_t destination, int64_t after_uid)
{
	sqlite3_stmt *stmt = bind(s, NEXT_SUBMITTER, "ii", (int64_t)destination, after_uid);
	int64_t uid = -1;

	if (step(s, stmt)) {
		uid = column_int(stmt, 0);
		reset(stmt);
	}
	return uid;
}

int64_t store_first_due(struct store *s, uint64_t destination, uint32_t uid)
{
	sqlite3_stmt *stmt = bind(s, FIRST_DUE, "ii", (int64_t)destination, (int64_t)uid);
	int64_t due = STORE_NEVER;

	if (step(s, stmt)) {
		due = column_int(stmt, 0);
		reset(stmt);
	}
	return due;
}

static void read_recipient(sqlite3_stmt *stmt, struct store_recipient *out)
{
	*out = (struct store_recipient){
		.id = (uint64_t)column_int(stmt, 0), .message = (uint64_t)column_int(stmt, 1),
		.destination = (uint64_t)column_int(stmt, 2), .uid = (uint32_t)column_int(stmt, 3),
		.state = (enum recipient_state)column_int(stmt, 4), .due_ms = column_int(stmt, 5),
		.expires_ms = column_int(stmt, 6), .failures = (unsigned)column_int(stmt, 7),
		.notify = (uint8_t)column_int(stmt, 8), .address = column_text(stmt, 9), .original = column_text(stmt, 10),
		.orcpt = column_text(stmt, 11), .relay = column_text(stmt, 15),
	};
	column_fault(stmt, 12, &out->fault);
}

/* Adds rows to out[n] on, as long as they are of one message; false when another one's came. */
static bool add_of_message(struct store *s, sqlite3_stmt *stmt, struct store_recipient *out, size_t *n, size_t max)
{
	bool same = true;

	while (*n < max && step(s, stmt)) {
		same = *n == 0 || (uint64_t)column_int(stmt, 1) == out[0].message;
		if (!same)
			break;
		read_recipient(stmt, &out[(*n)++]);
	}
	reset(stmt);
	return same;
}

size_t store_next_recipients(struct store *s, uint64_t destination, uint32_t uid, int64_t now_ms,
                             struct store_cursor *cursor, struct store_recipient *out, size_t max)
{
	int64_t d = (int64_t)destination, u = (int64_t)uid;
	size_t n = 0;

	if (add_of_message(s, bind(s, NEXT_AT_TIME, "iiii", d, u, cursor->due_ms, (int64_t)cursor->id), out, &n, max) &&
	    n < max)
		add_of_message(s, bind(s, NEXT_LATER, "iiii", d, u, cursor->due_ms, now_ms), out, &n, max);
	if (n > 0)
		*cursor = (struct store_cursor){ out[n - 1].due_ms, out[n - 1].id };
	return n;
}

static size_t read_recipients(struct store *s, sqlite3_stmt *stmt, struct store_recipient *out, size_t max)
{
	size_t n = 0;

	while (n < max && step(s, stmt))
		read_recipient(stmt, &out[n++]);
	reset(stmt);
	return n;
}

size_t store_expired(struct store *s, uint64_t destination, int64_t now_ms, struct store_recipient *out, size_t max)
{
	return read_recipients(s, bind(s, EXPIRED, "iii", (int64_t)destination, now_ms, (int64_t)max), out, max);
}

/* ---- outcomes ---- */

void store_recipient_done(struct store *s, uint64_t id, enum recipient_state state, int64_t now_ms,
                          const struct fault *f, const char *relay)
{
	RUN(s, RECIPIENT_IS_DONE, "iiiittt", (int64_t)id, (int64_t)state, now_ms, (int64_t)f->kind, f->status, f->text,
	    relay);
}

void store_recipient_retry(struct store *s, uint64_t id, int64_t due_ms, unsigned failures,
                           const struct fault *f, const char *relay)
{
	RUN(s, RECIPIENT_AGAIN, "iiiittt", (int64_t)id, due_ms, (int64_t)failures, (int64_t)f->kind, f->status, f->text,
	    relay);
}

/* The statement returns FINISH_COLUMNS. */
static void maybe_finish(struct store *s, uint64_t message, sqlite3_stmt *stmt, bool *finished, char **body_file)
{
	*finished = false;
	if (body_file)
		*body_file = NULL;
	if (s->failed || !step(s, stmt))
		return;
	*finished = column_int(stmt, 0) != 0;
	bool in_file = sqlite3_column_type(stmt, 1) != SQLITE_NULL;
	if (*finished && in_file && body_file)
		*body_file = column_text(stmt, 1);
	reset(stmt);
	if (!*finished)
		return;
	if (!in_file)
		RUN(s, REMOVE_BODY, "i", (int64_t)message);
	s->counts.open--;
	s->counts.history++;
}

void store_progress(struct store *s, uint64_t message, unsigned done, int64_t report_ms, int64_t now_ms,
                    bool *finished, char **body_file)
{
	sqlite3_stmt *stmt = bind(s, PROGRESS, "iini", (int64_t)message, (int64_t)done, report_ms, now_ms);

	maybe_finish(s, message, stmt, finished, body_file);
}

void store_mark_redirected(struct store *s, uint64_t message)
{
	RUN(s, REDIRECTED, "i", (int64_t)message);
}

/* ---- reports ---- */

bool store_next_report(struct store *s, uint64_t skip, uint64_t *id, int64_t *report_ms)
{
	sqlite3_stmt *stmt = bind(s, NEXT_REPORT, "i", (int64_t)skip);

	if (!step(s, stmt))
		return false;
	*id = (uint64_t)column_int(stmt, 0);
	*report_ms = column_int(stmt, 1);
	reset(stmt);
	return true;
}

size_t store_report_recipients(struct store *s, uint64_t message, struct store_recipient *out, size_t max)
{
	return read_recipients(s, bind(s, REPORT_RECIPIENTS, "ii", (int64_t)message, (int64_t)max), out, max);
}

void store_reported(struct store *s, uint64_t recipient)
{
	RUN(s, REPORTED, "i", (int64_t)recipient);
}

void store_postpone_report(struct store *s, uint64_t message, int64_t report_ms)
{
	RUN(s, POSTPONE_REPORT, "ii", (int64_t)message, report_ms);
}

void store_report_done(struct store *s, uint64_t message, int64_t now_ms, bool *finished, char **body_file)
{
	sqlite3_stmt *stmt = bind(s, REPORT_DONE, "ii", (int64_t)message, now_ms);

	maybe_finish(s, message, stmt, finished, body_file);
}

/* ---- looking ---- */

bool store_next_open(struct store *s, struct store_place *at, int64_t only_uid, struct store_message *out)
{
	sqlite3_stmt *stmt = bind(s, NEXT_OPEN_OF, "ii", only_uid < 0 ? at->uid : only_uid, (int64_t)at->id);

	if (!step(s, stmt)) {
		stmt = only_uid < 0 ? bind(s, NEXT_OPEN_USER, "i", at->uid) : NULL;
		if (!step(s, stmt))
			return false;
	}
	read_message(stmt, out);
	reset(stmt);
	*at = (struct store_place){ out->uid, out->id };
	return true;
}

void store_waiting_free(struct store_waiting *w)
{
	free(w->address);
	free(w->via);
	free(w->status);
	free(w->reason);
	*w = (struct store_waiting){ 0 };
}

size_t store_waiting(struct store *s, uint64_t message, struct store_waiting *out, size_t max)
{
	sqlite3_stmt *stmt = bind(s, WAITING_OF, "ii", (int64_t)message, (int64_t)max);
	size_t n = 0;

	while (n < max && step(s, stmt)) {
		struct store_waiting *w = &out[n++];
		*w = (struct store_waiting){
			.address = column_text(stmt, 0), .via = column_text(stmt, 1), .hop = (unsigned)column_int(stmt, 2),
			.destination = (uint64_t)column_int(stmt, 3), .next_ms = column_int(stmt, 4),
			.status = column_text(stmt, 5), .reason = column_text(stmt, 6),
		};
		if (strcmp(w->via, VIA_HELD) == 0)
			w->next_ms = STORE_NEVER;
	}
	reset(stmt);
	return n;
}

size_t store_hurry_message(struct store *s, uint64_t message, int64_t now_ms, uint64_t *destinations, size_t max)
{
	size_t n = 0;

	RUN(s, HURRY_MESSAGE, "ii", (int64_t)message, now_ms);
	sqlite3_stmt *stmt = bind(s, DESTINATIONS_OF, "ii", (int64_t)message, (int64_t)max);
	while (n < max && step(s, stmt))
		destinations[n++] = (uint64_t)column_int(stmt, 0);
	reset(stmt);
	return n;
}

struct store_counts store_counts(const struct store *s)
{
	return s->counts;
}

/* ---- upkeep ---- */

bool store_body_is_known(struct store *s, const char *body_file)
{
	sqlite3_stmt *stmt = bind(s, BODY_KNOWN, "t", body_file);
	bool known = step(s, stmt);

	if (known)
		reset(stmt);
	return known || s->failed;
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
	sqlite3_stmt *stmt = bind(s, OLDEST, "ii", (int64_t)older_than, (int64_t)max);
	while (n < max && step(s, stmt))
		ids[n++] = column_int(stmt, 0);
	reset(stmt);
	for (unsigned i = 0; i < n; i++) {
		RUN(s, PURGE_RECIPIENTS, "i", ids[i]);
		RUN(s, PURGE_MESSAGE, "i", ids[i]);
	}
	if (n > 0)
		store_set_number(s, "last_id", s->last_id);
	s->counts.history -= s->failed ? 0 : n;
	return n;
}

bool store_wal_is_large(const struct store *s)
{
	return s->wal_pages > WAL_LARGE_PAGES;
}

void store_checkpoint(struct store *s)
{
	if (s->open)
		return;
	sqlite3_wal_checkpoint_v2(s->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	s->wal_pages = 0;
}

void store_shrink(struct store *s)
{
	char text[64];
	sqlite3_stmt *stmt = NULL;
	int free_pages = 0;

	if (sqlite3_prepare_v2(s->db, "PRAGMA freelist_count", -1, &stmt, NULL) == SQLITE_OK &&
	    sqlite3_step(stmt) == SQLITE_ROW)
		free_pages = sqlite3_column_int(stmt, 0);
	sqlite3_finalize(stmt);
	if (free_pages < SHRINK_LEAST_FREE)
		return;
	snprintf(text, sizeof text, "PRAGMA incremental_vacuum(%d)", SHRINK_PAGES);
	sqlite3_exec(s->db, text, NULL, NULL, NULL);
}

void store_pull_forward(struct store *s, int64_t limit_ms, int64_t now_ms)
{
	RUN(s, PULL_RECIPIENTS, "ii", limit_ms, now_ms);
	RUN(s, PULL_DESTINATIONS, "ii", limit_ms, now_ms);
}

void store_extend_life(struct store *s, int64_t now_ms, int64_t step_ms)
{
	RUN(s, EXTEND_LIFE, "ii", now_ms, step_ms);
}

size_t store_walk_recipients(struct store *s, uint64_t *after, struct store_recipient *out, size_t max)
{
	size_t n = read_recipients(s, bind(s, WALK_RECIPIENTS, "ii", (int64_t)*after, (int64_t)max), out, max);

	if (n > 0)
		*after = out[n - 1].id;
	return n;
}

void store_move_recipient(struct store *s, uint64_t id, const char *address, uint64_t destination, int64_t due_ms,
                          const struct fault *reason)
{
	RUN(s, MOVE_RECIPIENT, "itiiitt", (int64_t)id, address, (int64_t)destination, due_ms, (int64_t)reason->kind,
	    reason->status, reason->text);
}

uint64_t store_number(struct store *s, const char *name)
{
	sqlite3_stmt *stmt = bind(s, NUMBER, "t", name);
	uint64_t value = 0;

	if (step(s, stmt)) {
		value = (uint64_t)column_int(stmt, 0);
		reset(stmt);
	}
	return value;
}

void store_set_number(struct store *s, const char *name, uint64_t value)
{
	RUN(s, SET_NUMBER, "ti", name, (int64_t)value);
}
