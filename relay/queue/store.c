/* SPDX-License-Identifier: ISC */
#include "relay/queue/store.h"

#include "relay/queue/schema.h"
#include "relay/queue/spool.h"
#include "relay/queue/store_rows.h"

#include <stdlib.h>

static const char last_id_sql[] = "SELECT max(id) FROM message";
static const char number_sql[] = "SELECT value FROM number WHERE name=?1";
static const char set_number_sql[] =
	"INSERT INTO number(name,value) VALUES(?1,?2) ON CONFLICT(name) DO UPDATE SET value=?2";

/* ---- opening ---- */

struct store *store_open(const char *spool, struct fault *f)
{
	if (spool_check(spool, f) < 0 || schema_check(spool, f) < 0)
		return NULL;
	struct sql *sql = sql_open(spool, f);
	if (sql == NULL)
		return NULL;
	struct store *s = mem_alloc(sizeof *s);
	s->sql = sql;
	if (schema_ready(sql, spool) == 0) {    /* nothing here may walk through what waits */
		uint64_t newest = (uint64_t)sql_number(sql, last_id_sql), kept = store_number(s, "last_id");
		s->last_id = kept > newest ? kept : newest;
		s->counts.open = store_number(s, "open");
		s->counts.history = store_number(s, "history");
	}
	if (!sql_failed(sql))
		return s;
	*f = *sql_trouble(sql);
	if (sql_is_corrupt(sql))
		f->kind = FAULT_PERMANENT;    /* opening it again will not help */
	store_close(s);
	return NULL;
}

void store_close(struct store *s)
{
	if (s == NULL)
		return;
	sql_close(s->sql);
	free(s);
}

/* ---- transactions ---- */

void store_begin(struct store *s)
{
	if (sql_is_open(s->sql))
		return;
	s->counts_before = s->counts;
	sql_begin(s->sql);
}

void store_rollback(struct store *s)
{
	if (!sql_is_open(s->sql))
		return;
	sql_rollback(s->sql);
	s->counts = s->counts_before;
}

int store_commit(struct store *s, struct fault *f)
{
	if (!sql_is_open(s->sql))
		return 0;
	if (s->counts.open != s->counts_before.open)
		store_set_number(s, "open", s->counts.open);
	if (s->counts.history != s->counts_before.history)
		store_set_number(s, "history", s->counts.history);
	if (sql_commit(s->sql, f) == 0)
		return 0;
	s->counts = s->counts_before;
	return -1;
}

bool store_is_open(const struct store *s)
{
	return sql_is_open(s->sql);
}

bool store_is_corrupt(const struct store *s)
{
	return sql_is_corrupt(s->sql);
}

const struct fault *store_trouble(const struct store *s)
{
	return sql_trouble(s->sql);
}

/* ---- what is counted ---- */

struct store_counts store_counts(const struct store *s)
{
	return s->counts;
}

uint64_t store_number(struct store *s, const char *name)
{
	struct sql_row *row = sql_bind(s->sql, number_sql, "t", name);
	uint64_t value = 0;

	if (sql_step(s->sql, row)) {
		value = (uint64_t)sql_int(row, 0);
		sql_reset(row);
	}
	return value;
}

void store_set_number(struct store *s, const char *name, uint64_t value)
{
	SQL_RUN(s->sql, set_number_sql, "ti", name, (int64_t)value);
}

/* ---- the log that is written ahead ---- */

bool store_log_is_large(const struct store *s)
{
	return sql_log_is_large(s->sql);
}

void store_checkpoint(struct store *s)
{
	sql_checkpoint(s->sql);
}

void store_shrink(struct store *s)
{
	sql_shrink(s->sql);
}
