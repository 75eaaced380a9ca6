/* SPDX-License-Identifier: ISC */
/*
 * Stores of every schema that was ever released, each made by its own tables (schemas/N.sql) and with mail in the queue, are
 * opened: nothing of it is lost, and what results cannot be told from a new store.
 */
#include "relay/queue/schema.h"

#include "base/io.h"
#include "relay/queue/store_blocked.h"
#include "relay/queue/store_destination.h"
#include "relay/queue/store_look.h"
#include "relay/queue/store_outcome.h"
#include "relay/queue/store_refused.h"
#include "relay/queue/store_rows.h"
#include "relay/queue/store_sts.h"
#include "tests/scratch.h"
#include "tests/tap.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <unistd.h>

enum { EACH = 16 };

static const int64_t now = 1790000000000;
static char spool[64], database[100];

static void new_spool(void)
{
	snprintf(spool, sizeof spool, "/tmp/signet-schema-test.XXXXXX");
	scratch_make(spool);
	snprintf(database, sizeof database, "%s/queue.db", spool);
}

static void read_dump(unsigned version, struct buf *out)
{
	char path[64];

	snprintf(path, sizeof path, "tests/relay/queue/schemas/%u.sql", version);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || io_read_file(fd, out, 1 << 20) < 0)
		printf("# %s cannot be read: a new schema needs a dump, as .dump of sqlite3(1) writes it, with the mail of the one before\n", path);
	io_close(&fd);
}

/* As sqlite3 makes it of the dump. */
static bool make_old(unsigned version)
{
	struct buf dump = { 0 };
	sqlite3 *db;

	new_spool();
	read_dump(version, &dump);
	bool made = sqlite3_open(database, &db) == SQLITE_OK && dump.len > 0 &&
	            sqlite3_exec(db, buf_text(&dump), NULL, NULL, NULL) == SQLITE_OK;
	if (!made)
		printf("# %s\n", sqlite3_errmsg(db));
	sqlite3_close(db);
	buf_free(&dump);
	return made;
}

/* Every column and index by its name, a line each, in their order. */
static char *shape_of(struct store *s)
{
	static const char shape[] = "SELECT group_concat(line, char(10)) FROM (SELECT t.name || '.' || c.name || ' ' || c.type || ' ' || "
		"c.\"notnull\" || ' ' || c.pk AS line FROM sqlite_schema t, pragma_table_info(t.name) c WHERE t.type='table' UNION ALL "
		"SELECT name || ' on ' || tbl_name || ' ' || ifnull(sql, '') FROM sqlite_schema WHERE type='index' ORDER BY 1)";
	struct sql_row *row = sql_bind(s->sql, shape, "");
	char *text = sql_step(s->sql, row) ? sql_text(row, 0) : NULL;

	if (text)
		sql_reset(row);
	return text;
}

static char *shape_of_new(void)
{
	struct fault f = { 0 };

	new_spool();
	struct store *s = store_open(spool, &f);
	char *shape = s ? shape_of(s) : NULL;
	store_close(s);
	return shape;
}

/* "UID SENDER FILE: ADDRESS TEXT|..." for each message in the queue. */
static void print_open(struct store *s, struct buf *out)
{
	struct store_open_cursor at = { -1, 0 };
	struct store_message m;

	while (store_next_open(s, &at, -1, &m)) {
		struct store_waiting w[8];
		uint64_t after = 0;
		size_t n = store_waiting(s, m.id, &after, w, 8);
		buf_printf(out, "%u %s %s:", m.uid, m.sender, m.body_file ? m.body_file : "");
		for (size_t i = 0; i < n; i++) {
			buf_printf(out, " %s", w[i].address);
			store_waiting_free(&w[i]);
		}
		buf_add_byte(out, '\n');
		store_message_free(&m);
	}
}

static const char in_queue[] =
	"0 you@sender.example large.1790000000000: carol@other.world.example\n"
	"1000 you@sender.example : alice@direct.world.example bob@direct.world.example\n"
	"1001 you@sender.example : dave@direct.world.example\n";

static void mail_is_there(struct store *s, unsigned version)
{
	struct buf listing = { 0 }, body = { 0 };
	struct store_counts counts = store_counts(s);

	print_open(s, &listing);
	is_text(buf_text(&listing), in_queue, "%u: the mail in the queue", version);
	is_int((int64_t)counts.open, 3, "%u: is counted", version);
	is_int((int64_t)counts.history, 1, "%u: and what is over", version);
	store_load_body(s, (uint64_t)(now + 1) << 12, &body);
	is_text(buf_text(&body), "From: you@sender.example\r\nSubject: mail 1\r\n\r\nThe text of mail 1.\r\n", "%u: its bytes", version);
	buf_free(&listing);
	buf_free(&body);
}

/* What was said of a recipient, and the times of the destination. */
static void state_is_there(struct store *s, unsigned version)
{
	struct store_destination d;
	uint64_t after = 0;
	struct store_waiting w[8];
	size_t n = store_waiting(s, (uint64_t)(now + 1) << 12, &after, w, 8);

	ok(n == 2 && w[1].reply.kind == FAULT_TEMPORARY && strstr(w[1].reply.text, "451 4.3.0 busy") && w[1].reply.relay[0] == '\0',
	   "%u: what was said of the second", version);
	for (size_t i = 0; i < n; i++)
		store_waiting_free(&w[i]);
	ok(store_load_destination(s, 1, &d) && d.hops.failures == 2 && d.wake_ms == now + 600000 && d.via.kind == VIA_NAMES,
	   "%u: when the destination is tried again", version);
	store_destination_free(&d);
}

static int64_t count_of(struct store *s, const char *statement)
{
	return sql_number(s->sql, statement);
}

static void rest_is_there(struct store *s, unsigned version)
{
	is_int(count_of(s, "SELECT count(*) FROM sts"), version >= 2, "%u: policies", version);
	is_int(count_of(s, "SELECT count(*) FROM blocked WHERE site='mx.blocked.example'"), version >= 4, "%u: blocked sites", version);
	is_int(count_of(s, "SELECT count(*) FROM refused"), version >= 11, "%u: addresses that were refused", version);
	is_int(count_of(s, "SELECT count(*) FROM recipient WHERE state=1"), 2, "%u: what was delivered", version);
}

/* One is delivered, and another put off. */
static void mail_goes_on(struct store *s, unsigned version)
{
	struct store_recipient r[8];
	struct store_cursor cursor = { 0, 0 };
	struct fault f = { 0 };
	struct reply said = { 0 };
	bool finished = false;
	char *file = NULL;

	store_begin(s);
	size_t n = store_next_recipients(s, 1, 1000, now + 1000, &cursor, r, 8);
	is_int((int64_t)n, 2, "%u: what is due at the destination", version);
	if (n == 2) {
		store_recipient_done(s, r[0].id, RECIPIENT_DELIVERED, now + 1000, &said, "");
		store_recipient_retry(s, r[1].id, now + 5000, 3, now + 1000, &said);
		store_progress(s, r[0].message, 1, STORE_NEVER, now + 1000, &finished, &file);
	}
	for (size_t i = 0; i < n; i++)
		store_recipient_free(&r[i]);
	is_int(store_commit(s, &f), 0, "%u: outcomes are written", version);
	free(file);
}

static void upgrade(unsigned version, const char *new_shape)
{
	struct fault f = { 0 };

	ok(make_old(version), "a store of schema %u", version);
	struct store *s = store_open(spool, &f);
	ok(s != NULL, "%u: is opened %s", version, f.text);
	if (s == NULL)
		exit(tap_done());
	is_int(count_of(s, "PRAGMA user_version"), schema_version(), "%u: and is of the newest", version);
	char *shape = shape_of(s);
	is_text(shape, new_shape, "%u: as a new one has it", version);
	free(shape);
	mail_is_there(s, version);
	state_is_there(s, version);
	rest_is_there(s, version);
	mail_goes_on(s, version);
	store_close(s);
	s = store_open(spool, &f);
	is_int(s ? (int64_t)store_counts(s).open : -1, 3, "%u: it is opened again", version);
	store_close(s);
}

int main(void)
{
	unsigned newest = schema_version();

	tap_plan((int)newest * 17);
	char *shape = shape_of_new();
	for (unsigned version = 1; version <= newest; version++)
		upgrade(version, shape);
	free(shape);
	return tap_done();
}
