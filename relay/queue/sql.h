/* SPDX-License-Identifier: ISC */
/*
 * sql - the one door to SQLite: a database file that this process alone has
 * open, in WAL mode with synchronous=FULL.
 *
 * What is written between sql_begin and a sql_commit that returns 0 is on
 * stable storage. Between the two nothing fails: the first thing that cannot
 * be written is remembered, what follows is skipped, and sql_commit says so
 * and takes everything back. Reading sees what has been written, committed or
 * not.
 *
 * A statement is named by its text, which must be a constant: it is prepared
 * once for each address. Deleted text is overwritten where that costs no
 * extra write (secure_delete=FAST): the file is its owner's alone, and a full
 * overwrite would double the writes of every message.
 */
#ifndef RELAY_QUEUE_SQL_H
#define RELAY_QUEUE_SQL_H

#include "base/buf.h"
#include "base/mail/reply.h"

#include <stdint.h>

#define STORE_NEVER INT64_MAX     /* a time that is NULL in its column */

struct sql;
struct sql_row;

/* SPOOL/queue.db, made when missing. Faults as sql_trouble says, and NULL. */
struct sql *sql_open(const char *spool, struct fault *f);
void sql_close(struct sql *s);

void sql_begin(struct sql *s);                        /* again inside is nothing */
int sql_commit(struct sql *s, struct fault *f);       /* 0, or -1 and all is taken back */
void sql_rollback(struct sql *s);
bool sql_is_open(const struct sql *s);                /* between begin and commit */
bool sql_failed(const struct sql *s);                 /* since begin: what is written now is skipped */

/*
 * The last failure: 4.3.1 disk full, 4.3.5 read-only, not to be opened or
 * locked by another, 4.3.0 damaged or anything else. Names the spool.
 */
const struct fault *sql_trouble(const struct sql *s);
bool sql_is_corrupt(const struct sql *s);             /* found at any time */
void sql_say_damaged(const char *spool, struct fault *f);

/*
 * Binds in order what `types` says: i int64_t, t const char * (NULL is NULL),
 * n int64_t where STORE_NEVER is NULL, b struct span, r const struct reply *
 * for the SQL_REPLY_COLUMNS parameters of SQL_REPLY. Bound text is the
 * caller's and must last until the row is stepped to. NULL in trouble.
 */
enum { SQL_REPLY_COLUMNS = 9 };
#define SQL_REPLY "kind,status,text,relay,code,step,reason,reply_flags,source"
#define SQL_REPLY_OF(t) t ".kind," t ".status," t ".text," t ".relay," t ".code," t ".step," t ".reason," \
	t ".reply_flags," t ".source"
struct sql_row *sql_bind(struct sql *s, const char *statement, const char *types, ...);

/* True for a row. At the end, or when it fails, nothing is left to reset. */
bool sql_step(struct sql *s, struct sql_row *row);
void sql_reset(struct sql_row *row);                  /* enough rows were read */

/* Runs what returns no row, unless something failed before. */
#define SQL_RUN(s, ...) \
	do { \
		if (!sql_failed(s)) \
			sql_step((s), sql_bind((s), __VA_ARGS__)); \
	} while (0)

int64_t sql_int(struct sql_row *row, int column);
int64_t sql_time(struct sql_row *row, int column);    /* STORE_NEVER for NULL */
bool sql_is_null(struct sql_row *row, int column);
char *sql_text(struct sql_row *row, int column);      /* owned; "" for NULL */
struct span sql_span(struct sql_row *row, int column);               /* until the next step or reset */
void sql_reply(struct sql_row *row, int column, struct reply *out);  /* SQL_REPLY's columns from there on */
uint64_t sql_last_row(const struct sql *s);           /* id of what was inserted last */

/* One number of a statement without parameters; 0 where there is none. */
int64_t sql_number(struct sql *s, const char *statement);

/* Several statements, outside a transaction; -1 in trouble. */
int sql_execute(struct sql *s, const char *text);

/* ---- the log that is written ahead ---- */

bool sql_log_is_large(const struct sql *s);
void sql_checkpoint(struct sql *s);       /* what can be moved without waiting */
void sql_checkpoint_all(struct sql *s);   /* all of it, and the file is synced */
void sql_shrink(struct sql *s);           /* gives a little free room back to the file system */

#endif
