/* SPDX-License-Identifier: ISC */
#include "relay/queue/schema.h"
#include "relay/queue/spool.h"
#include "relay/queue/store.h"
#include "relay/queue_id.h"

#include "base/clock.h"
#include "base/io.h"
#include "relay/queue/store_blocked.h"
#include "relay/queue/store_detour.h"
#include "relay/queue/store_destination.h"
#include "relay/queue/store_history.h"
#include "relay/queue/store_look.h"
#include "relay/queue/store_message.h"
#include "relay/queue/store_outcome.h"
#include "relay/queue/store_refused.h"
#include "relay/queue/store_sts.h"
#include "relay/queue/store_upkeep.h"
#include "tests/base/mail/said.h"
#include "tests/scratch.h"
#include "tests/tap.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static char spool[64], database[100], wal[100];
static const int64_t now = 1790000000000;

static void new_spool(void)
{
	snprintf(spool, sizeof spool, "/tmp/signet-store-test.XXXXXX");
	scratch_make(spool);
	snprintf(database, sizeof database, "%s/queue.db", spool);
	snprintf(wal, sizeof wal, "%s/queue.db-wal", spool);
}

static void shell(const char *format, ...)
{
	struct buf command = { 0 };
	va_list ap;

	va_start(ap, format);
	buf_vprintf(&command, format, ap);
	va_end(ap);
	if (system(buf_text(&command)) != 0)
		fprintf(stderr, "# %s failed\n", buf_text(&command));
	buf_free(&command);
}

static struct store *open_it(void)
{
	struct fault f = { 0 };
	struct store *s = store_open(spool, &f);

	ok(s != NULL, "opened %s", f.text);
	if (s == NULL)
		exit(tap_done());
	return s;
}

static uint64_t by_mx(struct store *s, const char *domain)
{
	char *name = "mx";

	return store_destination_id(s, domain, &(struct via){ .kind = VIA_NAMES, .names = { &name, 1 } }, NULL);
}

static uint64_t held_by(struct store *s, bool owner)
{
	return store_destination_id(s, "", &(struct via){ .kind = VIA_HELD, .held_by_owner = owner }, NULL);
}

/* One message with as many recipients at the destination. */
static uint64_t put(struct store *s, unsigned char serial, uint32_t uid, unsigned recipients, bool *known)
{
	struct submission m = {
		.id = { serial }, .uid = uid, .sender = "a@example.org", .envid = "", .from_domain = "example.org",
		.message_id = "", .program = "", .arrival_ms = now, .size_bytes = 5, .held = "", .body_file = "",
		.message = SPAN("hello"),
	};
	struct store_recipient r = { .lane = uid, .address = "b@example.net", .original = "b", .orcpt = "", .due_ms = now,
		.expires_ms = now + 1000, .notice_ms = STORE_NEVER };
	uint64_t id;

	store_put_message(s, &m, now, &id, known);
	if (*known)
		return id;
	r.message = id;
	r.destination = by_mx(s, "example.net");
	for (unsigned i = 0; i < recipients; i++)
		store_put_recipient(s, &r);
	store_put_waiting(s, id, recipients, STORE_NEVER);
	store_wake(s, r.destination, now);
	return id;
}

static size_t take(struct store *s, uint32_t uid, struct store_cursor *c, struct store_recipient *out, size_t max)
{
	return store_next_recipients(s, by_mx(s, "example.net"), uid, now, c, out, max);
}

static void free_rows(struct store_recipient *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		store_recipient_free(&rows[i]);
}

static void unique_and_lasting(void)
{
	struct fault f;
	bool known;

	new_spool();
	struct store *s = open_it();
	store_begin(s);
	uint64_t id = put(s, 1, 1000, 1, &known);
	ok(!known && id != 0, "new");
	is_int(put(s, 1, 1000, 1, &known), id, "the same id again");
	ok(known, "is known");
	ok(put(s, 1, 1001, 1, &known) != id && !known, "not when another user says it");
	is_int(store_commit(s, &f), 0, "committed");
	is_int(store_counts(s).open, 2, "two");
	store_begin(s);
	put(s, 2, 1000, 2, &known);
	is_int(store_counts(s).open, 3, "three, uncommitted");
	store_close(s);
	s = open_it();
	is_int(store_counts(s).open, 2, "what was not committed is gone");
	store_begin(s);
	is_int(put(s, 1, 1000, 1, &known), id, "known after a restart");
	store_rollback(s);
	store_close(s);
}

/* A power cut leaves any front part of the log: what is found is a prefix of what was committed. */
static void cut_off(void)
{
	enum { COMMITS = 6, CUTS = 12 };
	struct fault f;
	struct stat st = { 0 };
	bool known;

	new_spool();
	pid_t pid = fork();
	if (pid == 0) {
		struct store *s = store_open(spool, &f);
		for (unsigned char i = 1; s && i <= COMMITS; i++) {
			store_begin(s);
			put(s, i, 1000, 1, &known);
			store_commit(s, &f);
		}
		_exit(0);                     /* as if killed: nothing is closed */
	}
	waitpid(pid, NULL, 0);
	stat(wal, &st);
	ok(st.st_size > 0, "there is a log");
	shell("cp %s %s.saved; cp %s %s.saved", database, database, wal, wal);
	uint64_t before = 0;
	for (int i = 0; i <= CUTS; i++) {
		shell("cp %s.saved %s; rm -f %s-shm; cp %s.saved %s; truncate -s %lld %s", database, database, database, wal, wal,
		      (long long)st.st_size * i / CUTS, wal);
		struct store *s = open_it();
		uint64_t n = store_counts(s).open;
		ok(n >= before && n <= COMMITS, "cut at %d/%d: %llu messages", i, CUTS, (unsigned long long)n);
		before = n;
		store_close(s);
	}
	is_int(before, COMMITS, "uncut: all");
}

/* The sweep leaves what a message needs, and takes what a finished one left when the queue was killed behind its commit. */
static void files_of_bodies(void)
{
	struct submission m = {
		.id = { 1 }, .sender = "a@example.org", .envid = "", .from_domain = "example.org", .message_id = "", .program = "",
		.arrival_ms = now, .size_bytes = 5, .held = "", .body_file = "one",
	};
	struct store_recipient r = { .address = "b@example.net", .original = "b", .orcpt = "", .due_ms = now, .expires_ms = now + 1000,
		.notice_ms = STORE_NEVER };
	struct reply taken = said(FAULT_NONE, "2.0.0", "250");
	struct store_recipient row;
	struct store_cursor c = { INT64_MIN, 0 };
	char *body_file = NULL;
	bool known, finished;
	struct fault f;

	new_spool();
	struct store *s = open_it();
	store_begin(s);
	store_put_message(s, &m, now, &r.message, &known);
	r.destination = by_mx(s, "example.net");
	store_put_recipient(s, &r);
	store_put_waiting(s, r.message, 1, STORE_NEVER);
	store_commit(s, &f);
	ok(store_body_is_known(s, "one") && !store_body_is_known(s, "two"), "the file of a message that waits is known");
	is_int(take(s, 0, &c, &row, 1), 1, "its recipient");
	store_begin(s);
	store_recipient_done(s, row.id, RECIPIENT_DELIVERED, now, &taken, "");
	store_progress(s, r.message, 1, STORE_NEVER, now, &finished, &body_file);
	store_commit(s, &f);
	is_text(body_file, "one", "finished: its file is to be removed");
	ok(!store_body_is_known(s, "one"), "and is not known any more, should that not have come");
	free(body_file);
	store_recipient_free(&row);
	store_close(s);
}

static void turns(void)
{
	struct store_recipient rows[100];
	struct store_cursor c = { INT64_MIN, 0 };
	bool known;
	struct fault f;

	new_spool();
	struct store *s = open_it();
	store_begin(s);
	uint64_t first = put(s, 1, 1000, 3, &known);
	uint64_t second = put(s, 2, 1000, 1, &known);
	put(s, 3, 7, 1, &known);
	is_int(store_commit(s, &f), 0, "stored");
	uint64_t d = by_mx(s, "example.net");
	is_int(store_next_lane(s, d, -1), 7, "the first lane");
	is_int(store_next_lane(s, d, 7), 1000, "the second");
	is_int(store_next_lane(s, d, 1000), -1, "no third");
	is_int(store_first_due(s, d, 7), now, "when due");
	size_t n = take(s, 1000, &c, rows, 2);
	is_int(n, 2, "as many as wanted");
	is_int(rows[0].message, first, "of the first message");
	free_rows(rows, n);
	n = take(s, 1000, &c, rows, 100);
	is_int(n, 1, "the rest of it, not of another");
	uint64_t last_of_first = rows[0].id;
	free_rows(rows, n);
	n = take(s, 1000, &c, rows, 100);
	is_int(n == 1 ? rows[0].message : 0, second, "then the next");
	uint64_t one = rows[0].id;
	free_rows(rows, n);
	is_int(take(s, 1000, &c, rows, 100), 0, "then none");

	bool finished;
	struct reply r = said(FAULT_TEMPORARY, "4.2.0", "450 later");
	store_begin(s);
	store_recipient_retry(s, last_of_first, now + 500, 1, now, &r);
	r = said(FAULT_NONE, "2.0.0", "250");
	ok(store_recipient_done(s, one, RECIPIENT_DELIVERED, now, &r, ""), "an outcome");
	ok(!store_recipient_done(s, one, RECIPIENT_FAILED, now, &r, ""), "and no other after it");
	store_progress(s, second, 1, STORE_NEVER, now, &finished, NULL);
	ok(finished, "all done: finished");
	is_int(store_commit(s, &f), 0, "committed");
	struct buf body = { 0 };
	store_load_body(s, second, &body);
	is_int(body.len, 0, "its body is gone");
	store_load_body(s, first, &body);
	is_span(buf_span(&body), SPAN("hello"), "the other's is not");
	buf_free(&body);
	c = (struct store_cursor){ INT64_MIN, 0 };
	n = take(s, 1000, &c, rows, 100);
	is_int(n, 2, "what is to be retried later is not due");
	free_rows(rows, n);
	n = store_overdue(s, d, now + 1000, rows, 100);
	is_int(n, 4, "all that wait expire in time");
	free_rows(rows, n);
	store_begin(s);
	store_pull_recipients(s, now + 100, now);
	store_commit(s, &f);
	c = (struct store_cursor){ INT64_MIN, 0 };
	n = take(s, 1000, &c, rows, 100);
	free_rows(rows, n);
	is_int(n, 3, "what is too far away is pulled forward");
	is_int(store_counts(s).history, 1, "one in the history");
	store_begin(s);
	is_int(store_purge(s, UINT64_MAX >> 1, 10, 100), 1, "which is forgotten by age");
	store_commit(s, &f);
	store_close(s);
}

static void reports(void)
{
	struct store_recipient rows[10];
	struct fault f;
	struct reply no;
	bool known, finished = true;
	uint64_t found;
	int64_t when;
	struct store_cursor c = { INT64_MIN, 0 };

	new_spool();
	struct store *s = open_it();
	store_begin(s);
	uint64_t id = put(s, 1, 5, 2, &known);
	size_t n = take(s, 5, &c, rows, 10);
	no = said(FAULT_PERMANENT, "5.1.1", "550 no");
	store_recipient_done(s, rows[0].id, RECIPIENT_REPORT, now, &no, "");
	store_progress(s, id, 1, now + 5, now, &finished, NULL);
	ok(!finished, "not finished while one waits");
	ok(store_next_report(s, 0, &found, &when) && found == id && when == now + 5, "to be reported");
	store_reported(s, rows[0].id, REPORT_OF_FAILURE);
	store_report_done(s, id, now, &finished, NULL);
	ok(!finished, "reported, and still one waits");
	ok(!store_next_report(s, 0, &found, &when), "no more to report");
	store_recipient_done(s, rows[1].id, RECIPIENT_REPORT, now, &no, "");
	store_progress(s, id, 1, now, now, &finished, NULL);
	ok(!finished, "not finished before the report");
	free_rows(rows, n);
	n = store_report_recipients(s, id, REPORT_OF_FAILURE, now, rows, 10);
	is_int(n, 1, "only the new one is reported");
	ok(memcmp(&rows[0].reply, &no, sizeof no) == 0, "with its reason");
	store_reported(s, rows[0].id, REPORT_OF_FAILURE);
	free_rows(rows, n);
	store_report_done(s, id, now, &finished, NULL);
	ok(finished, "finished");
	is_int(store_commit(s, &f), 0, "committed");
	store_close(s);
}

static void policies(void)
{
	struct fault f;
	struct store_sts row, back;

	new_spool();
	struct store *s = open_it();
	ok(!store_load_sts(s, "a.example", &row), "no policy is known");
	is_text(row.id, "", "and so it has no id");
	store_begin(s);
	free(row.id);
	free(row.policy);
	row.id = mem_text("1");
	row.policy = mem_text("mode: none\n");
	row.fetched_ms = 100;
	row.expires_ms = 200;
	store_save_sts(s, &row);
	row.expires_ms = 300;
	store_save_sts(s, &row);
	store_sts_free(&row);
	is_int(store_commit(s, &f), 0, "committed");
	store_close(s);
	s = open_it();
	ok(store_load_sts(s, "a.example", &back), "it outlives the process");
	is_text(back.policy, "mode: none\n", "as it was");
	is_int(back.expires_ms, 300, "the later of two");
	store_begin(s);
	is_int(store_forget_sts(s, 299, 10), 0, "it is not forgotten while it holds");
	is_int(store_forget_sts(s, 300, 10), 1, "but then");
	is_int(store_commit(s, &f), 0, "committed");
	ok(!store_load_sts(s, "a.example", &row), "gone");
	store_sts_free(&row);
	store_sts_free(&back);
	store_close(s);
}

static struct receiver receiver_called(const char *text)
{
	struct receiver r;

	is_int(receiver_read(span_of(text), &r), 0, "%s", text);
	return r;
}

static struct store_blocked row_of(const char *site, const char *domain, const char *address)
{
	return (struct store_blocked){
		.receiver = receiver_called(site), .domain = mem_text(domain), .address = mem_text(address),
	};
}

static void is_next(struct store *s, const struct store_blocked *after, const char *want, const char *what)
{
	struct store_blocked got;
	struct buf text = { 0 };

	if (store_next_blocked(s, after, &got)) {
		receiver_print(&got.receiver, &text);
		buf_printf(&text, ",%s,%s", got.domain, got.address);
		store_blocked_free(&got);
	}
	is_text(buf_text(&text), want, "%s", what);
	buf_free(&text);
}

static void blocked(void)
{
	struct store_blocked row = row_of("mx a.example b.example", "", "192.0.2.1"), got;
	struct store_blocked six = row_of("mx a.example b.example", "", "2001:db8::1");
	struct store_blocked one_domain = row_of("mx a.example b.example", "example.net", "192.0.2.1");
	struct store_blocked other = row_of("via isp", "", "");
	struct fault f;
	sqlite3 *db;

	new_spool();
	struct store *s = open_it();
	row.reply = said(FAULT_TEMPORARY, "4.7.0", "421 4.7.0 [TSS04]");
	ok(!store_next_blocked(s, NULL, &got), "nothing is blocked");
	store_begin(s);
	store_save_blocked(s, &row);
	row.block = (struct fallback_block){ now, now + 5, 5, 2 };
	row.alone = true;
	store_save_blocked(s, &row);
	store_save_blocked(s, &six);
	store_save_blocked(s, &one_domain);
	store_save_blocked(s, &other);
	is_int(store_commit(s, &f), 0, "committed");
	store_close(s);
	ok(sqlite3_open(database, &db) == SQLITE_OK &&
	   sqlite3_exec(db, "CREATE TEMP TABLE t AS SELECT * FROM blocked WHERE site='via isp'; UPDATE t SET site='mx b a';"
	                "INSERT INTO blocked SELECT * FROM t", NULL, NULL, NULL) == SQLITE_OK,
	   "and one that is malformed");
	sqlite3_close(db);
	s = open_it();
	ok(store_next_blocked(s, NULL, &got), "a block lasts");
	ok(receiver_eq(&got.receiver, &row.receiver), "its receiver");
	ok(strcmp(got.domain, "") == 0 && strcmp(got.address, "192.0.2.1") == 0 && got.alone, "and our address");
	ok(memcmp(&got.block, &row.block, sizeof row.block) == 0, "its times, as written last");
	ok(memcmp(&got.reply, &row.reply, sizeof got.reply) == 0, "its reply");
	store_blocked_free(&got);
	is_next(s, &row, "mx a.example b.example,,2001:db8::1", "that of another address is another");
	is_next(s, &six, "mx a.example b.example,example.net,192.0.2.1", "and that for one domain");
	is_next(s, &one_domain, "via isp,,", "the next that can be read");
	is_next(s, &other, "", "and no other");
	store_begin(s);
	store_forget_blocked(s, &six);
	store_forget_blocked(s, &other);
	is_int(store_commit(s, &f), 0, "committed");
	is_next(s, &row, "mx a.example b.example,example.net,192.0.2.1", "and forgotten");
	is_next(s, &one_domain, "", "both");
	store_close(s);
	store_blocked_free(&row);
	store_blocked_free(&six);
	store_blocked_free(&one_domain);
	store_blocked_free(&other);
}

static void detours(void)
{
	struct detour_row row;

	new_spool();
	struct store *s = open_it();
	store_load_detour(s, 4, &row);
	ok(row.family == 4 && row.settled[0] == '\0' && row.address[0] == '\0' && row.since_ms == 0, "no address was heard of");
	detour_row_free(&row);
	row = (struct detour_row){ .family = 4, .settled = mem_text("192.0.2.1"), .address = mem_text("192.0.2.9"), .since_ms = 7,
		.why = mem_text("w") };
	store_begin(s);
	store_save_detour(s, &row);
	is_int(store_commit(s, NULL), 0, "a detour is written");
	store_close(s);
	detour_row_free(&row);
	s = open_it();
	store_load_detour(s, 4, &row);
	ok(strcmp(row.settled, "192.0.2.1") == 0 && strcmp(row.address, "192.0.2.9") == 0 && row.since_ms == 7 && strcmp(row.why, "w") == 0,
	   "and lasts");
	detour_row_free(&row);
	store_load_detour(s, 6, &row);
	is_text(row.settled, "", "of its family alone");
	detour_row_free(&row);
	store_close(s);
}

/* Which ways go straight: what waits there is due at once. */
static void hurried_straight(void)
{
	static const struct { const char *domain, *via; int64_t undecided_ms; bool due; } ways[] = {
		{ "a.example", "mx", 0, true }, { "b.example", "mx,isp", 0, true }, { "c.example", "isp,mx", 0, true }, { "d.example", "?", 0, true },
		{ "e.example", "?me@a.example", 0, true }, { "", "isp", 0, false }, { "f.example", "=mx", 0, false },
		{ "g.example", "=isp,mx", 0, false }, { "h.example", "mx", 5000, false }, { "", "mxer", 0, false },
	};

	new_spool();
	struct store *s = open_it();
	for (int pass = 0; pass < 2; pass++) {
		store_begin(s);
		if (pass)
			store_hurry_straight(s, 1000);
		for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
			struct store_destination d;
			struct via via;
			via_read(span_of(ways[i].via), span_of(ways[i].domain), &via);
			uint64_t id = store_destination_id(s, ways[i].domain, &via, NULL);
			via_free(&via);
			store_load_destination(s, id, &d);
			if (pass)
				ok((d.wake_ms == 1000 && d.hops.backoff_ms == 0) == ways[i].due, "\"%s\" is %sdue", ways[i].via, ways[i].due ? "" : "not ");
			d.hops.backoff_ms = d.wake_ms = 9000;
			d.hops.undecided_ms = ways[i].undecided_ms;
			if (!pass)
				store_save_destination(s, &d);
			store_destination_free(&d);
		}
		store_commit(s, NULL);
	}
	store_close(s);
}

/* What takes later steps back. */
#define DROP(t, c) "ALTER TABLE " t " DROP COLUMN " c ";"
#define DROP_REPLY(t) DROP(t, "code") DROP(t, "step") DROP(t, "reason") DROP(t, "reply_flags") DROP(t, "source")
#define BEFORE_REPLIES DROP_REPLY("recipient") DROP("recipient", "earlier") DROP_REPLY("destination") \
	DROP("destination", "kind") DROP("destination", "relay") DROP("destination", "tried_ms") DROP("destination", "undecided_ms") \
	DROP("message", "unit") DROP("message", "container") "DROP TABLE blocked; DROP TABLE refused; DROP TABLE detour;"
#define BEFORE_STICKY BEFORE_REPLIES DROP("message", "checksum") "DROP INDEX message_about; ALTER TABLE message DROP COLUMN about;" \
	"DROP INDEX recipient_overdue; ALTER TABLE recipient DROP COLUMN notice_ms;" \
	"CREATE INDEX recipient_expiry ON recipient(destination, expires_ms) WHERE state=0;" \
	"ALTER TABLE destination DROP COLUMN failing_since_ms;"

/* A store of the first version gets what came later, and keeps what it has. */
static void older(void)
{
	struct store_sts row;
	sqlite3 *db;

	new_spool();
	struct store *s = open_it();
	store_begin(s);
	store_set_number(s, "kept", 7);
	is_int(store_commit(s, NULL), 0, "committed");
	store_close(s);
	ok(sqlite3_open(database, &db) == SQLITE_OK &&
	   sqlite3_exec(db, BEFORE_STICKY "DROP TABLE sts; PRAGMA user_version=1; PRAGMA journal_mode=DELETE;",
	                NULL, NULL, NULL) == SQLITE_OK,
	   "a store of version 1");
	sqlite3_close(db);
	s = open_it();
	is_int(store_number(s, "kept"), 7, "is brought up to date");
	ok(!store_load_sts(s, "a.example", &row) && store_trouble(s)->kind == FAULT_NONE, "with what was missing");
	store_sts_free(&row);
	store_close(s);
}

/* What is counted is kept, and counted once in a store from before. */
static void counts(void)
{
	struct fault f;
	bool known, finished;
	uint64_t ids[3];

	new_spool();
	struct store *s = open_it();
	store_begin(s);
	for (unsigned char i = 0; i < 3; i++) {
		struct submission m = { .id = { i }, .sender = "", .envid = "", .from_domain = "", .message_id = "",
			.program = "", .body_file = "", .message = SPAN("hello") };
		store_put_message(s, &m, now, &ids[i], &known);
	}
	store_progress(s, ids[0], 0, STORE_NEVER, now, &finished, NULL);
	is_int(store_commit(s, &f), 0, "two wait, one is done");
	store_begin(s);
	store_progress(s, ids[1], 0, STORE_NEVER, now, &finished, NULL);
	store_rollback(s);
	store_close(s);
	for (int older = 0; older < 2; older++) {
		s = open_it();
		is_int(store_counts(s).open, 2, "two are counted");
		is_int(store_counts(s).history, 1, "and one");
		store_close(s);
		struct sql *sql = sql_open(spool, &f);
		sql_execute(sql, BEFORE_STICKY "DELETE FROM number; PRAGMA user_version=2;");
		sql_checkpoint_all(sql);
		sql_close(sql);
	}
}

/* The columns of a destination, as other versions have them. */
static void ways(void)
{
	static const struct { const char *domain, *via, *shown; enum via_kind kind; bool by_owner; } rows[] = {
		{ "!", "", "", VIA_HELD, true },
		{ "", "", "", VIA_HELD, false },
		{ "b.example", "?<>", "", VIA_BY_MX, false },
		{ "b.example", "#7f =isp,mx", "isp,mx", VIA_CHOSEN, false },
		{ "b.example", "isp,,mx", "isp,,mx", VIA_NAMES, false },    /* malformed */
	};
	char insert[200];
	sqlite3 *db;

	new_spool();
	store_close(open_it());
	ok(sqlite3_open(database, &db) == SQLITE_OK, "a store");
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		snprintf(insert, sizeof insert, "INSERT INTO destination(id,domain,via) VALUES(%zu,'%s','%s')", i + 1,
		         rows[i].domain, rows[i].via);
		is_int(sqlite3_exec(db, insert, NULL, NULL, NULL), SQLITE_OK, "with domain \"%s\", via \"%s\"", rows[i].domain,
		       rows[i].via);
	}
	sqlite3_close(db);
	struct store *s = open_it();
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct store_destination d;
		struct buf shown = { 0 };
		ok(store_load_destination(s, i + 1, &d), "\"%s\" is loaded", rows[i].via);
		via_names_text(&d.via, &shown);
		is_text(buf_text(&shown), rows[i].shown, "its names");
		ok(d.via.kind == rows[i].kind && d.via.held_by_owner == rows[i].by_owner, "its kind");
		is_text(d.domain, rows[i].by_owner ? "" : rows[i].domain, "its domain");
		if (i + 1 < sizeof rows / sizeof rows[0])
			is_int(store_destination_id(s, d.domain, &d.via, NULL), i + 1, "and found again by its value");
		buf_free(&shown);
		store_destination_free(&d);
	}
	store_close(s);
}

/* The id that a Received field names is the message's, unless another message has it or its time is far off. */
static void wished_ids(void)
{
	const uint64_t wish = queue_id_next(0, QUEUE_ID_PICKUP, now);
	const struct { uint64_t wish; bool granted; } rows[] = {
		{ wish, true }, { wish, false }, { wish + 1, true }, { queue_id_at(now - 1000), true }, { UINT64_MAX, false },
		{ queue_id_at(now + INT64_C(48) * 3600 * 1000), false }, { 0, false },
	};
	uint64_t id, last = 0;
	struct fault f;
	bool known;

	new_spool();
	struct store *s = open_it();
	store_begin(s);
	for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct submission m = { .id = { (uint8_t)(i + 1) }, .queue_id = rows[i].wish, .sender = "", .envid = "",
			.from_domain = "", .message_id = "", .program = "", .body_file = "", .message = SPAN("hello") };
		store_put_message(s, &m, now, &id, &known);
		ok(!known && (id == rows[i].wish) == rows[i].granted && id != last, "wish %u", i);
		last = id;
		m.queue_id = queue_id_at(now) + 4000;
		store_put_message(s, &m, now, &id, &known);
		ok(known && id == last, "a repeated submission has the first one's");
	}
	is_int(store_commit(s, &f), 0, "all of them are stored");
	store_close(s);
}

/* Only what is further away than any retry comes nearer. */
static void pulls(void)
{
	struct fault f;
	struct store_due due[4];
	uint64_t id;
	int64_t report_ms;
	bool known;

	new_spool();
	struct store *s = open_it();
	store_begin(s);
	uint64_t near = by_mx(s, "near.example"), far = by_mx(s, "far.example");
	by_mx(s, "never.example");
	store_wake(s, near, now + 100);
	store_wake(s, far, now + 101);
	struct submission m = { .sender = "", .envid = "", .from_domain = "", .message_id = "", .program = "",
		.body_file = "", .message = SPAN("hello") };
	store_put_message(s, &m, now, &id, &known);
	store_put_waiting(s, id, 0, now + 101);
	store_pull_work(s, now + 100, now);
	is_int(store_commit(s, &f), 0, "pulled");
	ok(store_next_report(s, 0, &id, &report_ms) && report_ms == now, "a report, too");
	is_int(store_due_destinations(s, due, 4), 2, "what waits for nothing is not woken");
	ok(due[0].id == far && due[0].wake_ms == now, "what was too far away is due");
	ok(due[1].id == near && due[1].wake_ms == now + 100, "what was near stays");
	store_close(s);
}

static size_t to_tell(struct store *s, uint64_t id, enum report_kind kind, int64_t now_ms)
{
	struct store_recipient rows[10];
	size_t n = store_report_recipients(s, id, kind, now_ms, rows, 10);

	free_rows(rows, n);
	return n;
}

/* Of two messages with two recipients: who is overdue, and what is told of them. */
static void notices(void)
{
	struct store_recipient rows[10];
	struct fault f;
	struct reply later;
	bool known, finished;
	struct store_cursor c = { INT64_MIN, 0 };

	later = said(FAULT_TEMPORARY, "4.2.0", "450 later");
	new_spool();
	struct store *s = open_it();
	store_begin(s);
	uint64_t d = by_mx(s, "example.net"), id = put(s, 1, 5, 2, &known);
	size_t n = take(s, 5, &c, rows, 10);
	uint64_t first = rows[0].id, second = rows[1].id;
	free_rows(rows, n);
	store_set_notice(s, first, now + 10);
	store_set_notice(s, second, now + 20);
	is_int(store_overdue(s, d, now + 9, rows, 10), 0, "nothing is overdue");
	n = store_overdue(s, d, now + 10, rows, 10);
	is_int(n, 1, "one is late");
	is_int(rows[0].notice_ms, now + 10, "since then");
	free_rows(rows, n);
	store_recipient_retry(s, first, now + 500, 1, now + 11, &later);
	store_set_notice(s, first, 0);
	store_progress(s, id, 0, now + 12, now + 11, &finished, NULL);
	ok(!finished, "it still waits");
	is_int(store_overdue(s, d, now + 19, rows, 10), 0, "which is decided: not asked again");
	is_int(to_tell(s, id, REPORT_OF_FAILURE, now + 12), 0, "no failure is to be told");
	is_int(to_tell(s, id, REPORT_OF_DELAY, now + 12), 1, "but a delay");
	is_int(to_tell(s, id, REPORT_OF_DELAY, now + 20), 1, "not of what waits for its turn");
	store_recipient_retry(s, second, now + 500, 1, now + 11, &later);
	is_int(to_tell(s, id, REPORT_OF_DELAY, now + 20), 2, "but with what is late by then and was tried");
	store_reported(s, first, REPORT_OF_DELAY);
	is_int(to_tell(s, id, REPORT_OF_DELAY, now + 12), 0, "once");
	store_report_done(s, id, now + 12, &finished, NULL);
	uint64_t found;
	int64_t when;
	ok(!finished && !store_next_report(s, 0, &found, &when), "the other's time is not here");
	store_extend_life(s, now + 30, 100);
	n = store_overdue(s, d, now + 119, rows, 10);
	is_int(n, 0, "nor is it when the clock jumps");
	n = store_overdue(s, d, now + 1000, rows, 10);
	is_int(n, 2, "in time all expire");
	free_rows(rows, n);
	store_recipient_done(s, first, RECIPIENT_RELAYED, now, &later, "");
	store_recipient_done(s, second, RECIPIENT_DELIVERED, now, &later, "");
	store_progress(s, id, 2, now, now, &finished, NULL);
	ok(!finished, "not finished while a success is to be told");
	is_int(to_tell(s, id, REPORT_OF_DELAY, now + 1000), 0, "no delay of what has arrived");
	is_int(to_tell(s, id, REPORT_OF_RELAY, now), 1, "one is told of as relayed");
	store_reported(s, first, REPORT_OF_RELAY);
	store_report_done(s, id, now, &finished, NULL);
	ok(finished, "finished");
	uint64_t held = put(s, 2, 5, 1, &known);
	n = take(s, 5, &c, rows, 10);
	store_set_notice(s, rows[0].id, 0);
	store_recipient_retry(s, rows[0].id, now + 500, 1, now, &later);
	is_int(to_tell(s, held, REPORT_OF_DELAY, now), 1, "another is late");
	store_move_recipient(s, rows[0].id, "b@example.net", held_by(s, false), now, &later);
	is_int(to_tell(s, held, REPORT_OF_DELAY, now), 0, "not when the owner holds it");
	free_rows(rows, n);
	is_int(store_commit(s, &f), 0, "committed");
	store_close(s);
}

static void refusals(void)
{
	struct fault f;
	unsigned char version[4] = { 0, 0, 0, (unsigned char)(schema_version() + 1) };

	new_spool();
	store_close(open_it());
	int fd = open(database, O_RDWR);
	ok(pwrite(fd, version, 4, 60) == 4, "a newer store");
	struct stat before, after;
	fstat(fd, &before);
	ok(store_open(spool, &f) == NULL, "is refused");
	is_text(f.status, "4.3.5", "as a matter of configuration");
	ok(strstr(f.text, "newer") != NULL, "%s", f.text);
	stat(database, &after);
	ok(before.st_mtim.tv_nsec == after.st_mtim.tv_nsec && access(wal, F_OK) != 0, "and not touched");
	ok(pwrite(fd, "no database at all", 18, 0) == 18, "a broken store");
	ok(store_open(spool, &f) == NULL, "is refused");
	ok(strstr(f.text, "RECOVERY") != NULL, "with what to do: %s", f.text);
	ok(pwrite(fd, "SQLite format 3", 16, 0) == 16 && pwrite(fd, "\0\0\0\1", 4, 60) == 4, "a good header");
	char garbage[4096];
	memset(garbage, 0xa5, sizeof garbage);
	ok(pwrite(fd, garbage, 3900, 100) == 3900, "and nothing good behind it");
	ok(store_open(spool, &f) == NULL, "is refused");
	ok(strstr(f.text, "damaged") != NULL, "%s", f.text);
	io_close(&fd);
	ok(store_open("/nonexistent/spool", &f) == NULL, "%s", f.text);
	is_text(spool_network_name(0x6969), "NFS", "NFS is known");
	is_text(spool_network_name(0xff534d42), "CIFS", "CIFS is known");
	ok(spool_network_name(0xef53) == NULL, "ext4 is none");
}

static bool knows_b(void *context, const char *name)
{
	(void)context;
	return name[0] == 'b';
}

static void make_body(const char *name, int64_t age_s)
{
	char path[200];
	struct timespec when[2];

	snprintf(path, sizeof path, "%s/body/%s", spool, name);
	int fd = open(path, O_WRONLY | O_CREAT, 0600);
	when[0] = when[1] = (struct timespec){ .tv_sec = clock_wall_ms() / 1000 - age_s };
	futimens(fd, when);
	io_close(&fd);
}

static bool is_there(const char *name)
{
	char path[200];

	snprintf(path, sizeof path, "%s/body/%s", spool, name);
	return access(path, F_OK) == 0;
}

static bool has_body(const char *name)
{
	struct fault f;
	bool damaged;
	int fd = spool_open_body(spool, name, 0, &damaged, &f);
	bool there = fd >= 0;

	io_close(&fd);
	return there;
}

static void make_socket(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	memcpy(address.sun_path, path, strnlen(path, sizeof address.sun_path - 1));
	ok(bind(fd, (struct sockaddr *)&address, sizeof address) == 0, "a socket there");
	io_close(&fd);
}

static void bodies_that_are_not(void)
{
	static const struct {
		const char *made_by, *says;
		bool damaged;
	} rows[] = {
		{ "rm -f %1$s", "No such file", false },
		{ "printf 1234 > %1$s", "has 4 bytes, and 5 were stored", true },
		{ "printf 123456 > %1$s", "has 6 bytes, and 5 were stored", true },
		{ ": > %1$s", "has 0 bytes", true },
		{ "mkfifo %1$s", "not a regular file", true },
		{ "mkdir %1$s", "not a regular file", true },
		{ "ln -s /etc/passwd %1$s", "symbolic link", true },
		{ "true # a socket", "No such device", true },
		{ "printf 12345 > %1$s", "", false },
	};
	char path[200], command[600];

	snprintf(path, sizeof path, "%s/body/odd", spool);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct fault f = { 0 };
		bool damaged;
		int len = snprintf(command, sizeof command, "rm -rf %s; ", path);
		snprintf(command + len, sizeof command - (size_t)len, rows[i].made_by, path);
		is_int(system(command), 0, "%s", command);
		if (strstr(command, "# a socket"))
			make_socket(path);
		int fd = spool_open_body(spool, "odd", 5, &damaged, &f);
		ok((fd >= 0) == (rows[i].says[0] == '\0') && strstr(f.text, rows[i].says), "%s: %s", rows[i].made_by, f.text);
		is_int(damaged, rows[i].damaged, "and another try %s help", rows[i].damaged ? "will not" : "may");
		io_close(&fd);
	}
}

/* A store that is gone, beside what it knew. */
static void store_is_gone(void)
{
	struct fault f;
	char path[200];

	new_spool();
	struct store *s = store_open(spool, &f);
	ok(s != NULL, "a new folder gets a store");
	store_close(s);
	make_body("new/a", 0);
	s = store_open(spool, &f);
	ok(s != NULL, "which is opened again, bodies or not");
	store_close(s);
	snprintf(path, sizeof path, "%s/queue.db", spool);
	is_int(unlink(path), 0, "it is removed");
	s = store_open(spool, &f);
	ok(s == NULL && strcmp(f.status, "4.3.5") == 0 && strstr(f.text, "RECOVERY"), "no empty store is made beside bodies: %s", f.text);
	ok(access(path, F_OK) < 0, "and no file made");
	close(open(path, O_WRONLY | O_CREAT, 0600));
	ok(store_open(spool, &f) == NULL, "nor where the file is empty");
	snprintf(path, sizeof path, "%s/body/new/a", spool);
	unlink(path);
	s = store_open(spool, &f);
	ok(s != NULL, "without bodies it is");
	store_close(s);
}

static void spools(void)
{
	struct fault f;
	char path[200];
	struct stat st;

	new_spool();
	is_int(spool_check(spool, &f), 0, "a local folder");
	make_body("a", 7200);
	make_body("b", 7200);
	make_body("c", 10);
	is_int(spool_sweep(spool, 3600, knows_b, NULL), 1, "one orphan swept");
	ok(!has_body("a"), "the old one nobody knows");
	ok(has_body("b"), "not a known one");
	ok(has_body("c"), "not a young one");
	make_body("new/d", 7200);
	make_body("new/e", 10);
	make_body("new/b2", 7200);
	is_int(spool_sweep(spool, 3600, knows_b, NULL), 1, "one orphan swept of the new ones");
	ok(!has_body("d") && has_body("e"), "the old one, as well");
	ok(has_body("b2") && !is_there("new/b2"), "a known one is moved to where pickup cannot write");
	spool_keep_body(spool, "e");
	ok(has_body("e") && !is_there("new/e"), "and so is what is stored");
	bodies_that_are_not();
	ok(spool_reserve(spool), "the reserve is made");
	snprintf(path, sizeof path, "%s/reserve", spool);
	ok(stat(path, &st) == 0 && st.st_blocks * 512 >= SPOOL_RESERVE_BYTES, "of real blocks");
	spool_release(spool);
	ok(stat(path, &st) < 0, "and given back");
	ok(spool_body_name_ok("0123abc") && !spool_body_name_ok("../x") && !spool_body_name_ok(".tmp") &&
	   !spool_body_name_ok(""), "names are plain");
}

/* Counts of one, from the newest recipient back to a time. */
static void counts_of_the_past(void)
{
	struct history_count rows[3];
	uint64_t before = INT64_MAX;
	bool known;

	new_spool();
	struct store *s = open_it();
	store_begin(s);
	put(s, 1, 1000, 2, &known);
	put(s, 2, 1000, 2, &known);
	is_int(store_commit(s, NULL), 0, "two messages of two recipients");
	is_int((long long)store_walk_history(s, &before, 0, rows, 3), 3, "a page of the past");
	is_text(rows[0].domain, "example.net", "for a domain");
	is_text(rows[0].sender_domain, "example.org", "from a domain");
	ok(rows[0].result == HISTORY_WAITS && rows[0].recipients == 1 && rows[0].hour_ms % HISTORY_HOUR_MS == 0, "that waits");
	ok(rows[0].last_ms - rows[0].hour_ms >= 0 && rows[0].last_ms - rows[0].hour_ms < HISTORY_HOUR_MS, "in the hour of its arrival");
	int64_t arrived_ms = rows[0].last_ms;
	for (int i = 0; i < 3; i++)
		history_count_free(&rows[i]);
	is_int((long long)store_walk_history(s, &before, 0, rows, 3), 1, "the rest of it");
	history_count_free(&rows[0]);
	before = INT64_MAX;
	is_int((long long)store_walk_history(s, &before, arrived_ms + 1, rows, 3), 0, "nothing arrived later");
	store_close(s);
}

/* By what the past is found, and how far back. */
static void history(void)
{
	struct store_past past;
	struct store_past_recipient rows[3];
	uint64_t ids[3], related[3], before = INT64_MAX, after = 0;
	unsigned left = 100;
	bool known;

	new_spool();
	struct store *s = open_it();
	store_begin(s);
	for (unsigned char i = 0; i < 3; i++)
		ids[i] = put(s, (unsigned char)(i + 1), 1000, 2, &known);
	store_set_about(s, ids[2], ids[0]);
	is_int(store_commit(s, NULL), 0, "three messages");
	is_int(store_find_past(s, "B@example.NET", 0, &before, &left), ids[2], "the newest by its recipient");
	is_int(left, 99, "at once");
	is_int(store_find_past(s, "b", 0, &before, &left), ids[2], "then by its other one, as it was submitted");
	is_int(store_find_past(s, "a@example.org", 0, &before, &left), ids[1], "then another by its sender");
	left = 2;
	is_int(store_find_past(s, "c@example.net", 0, &before, &left), 0, "nobody of that name");
	is_int(left, 0, "and more to look at");
	left = 100;
	is_int(store_find_past(s, "c@example.net", 0, &before, &left), 0, "nor there");
	ok(left > 0, "and that was all");
	before = INT64_MAX;
	is_int(store_find_past(s, "c@example.net", store_first_recipient(s, ids[1]), &before, &left), 0, "from a floor on");
	is_int(left, 100 - 1 - 4, "four are looked at");
	is_int(store_first_recipient(s, ids[2] + 1), INT64_MAX, "no floor above the newest");
	ok(store_load_past(s, ids[2], &past), "one of them");
	is_int(past.about, ids[0], "is about the first");
	is_int(past.finished_ms, 0, "and waits");
	store_past_free(&past);
	ok(!store_load_past(s, 1, &past), "one that is not there");
	store_past_free(&past);
	is_int((long long)store_reports_on(s, ids[0], related, 3), 1, "one report on the first");
	is_int(related[0], ids[2], "that one");
	is_int((long long)store_reports_on(s, ids[1], related, 3), 0, "none on the second");
	is_int((long long)store_sent_with(s, ids[1], related, 3), 0, "nothing was sent with it");
	is_int((long long)store_past_recipients(s, ids[0], &after, rows, 1), 1, "its first recipient");
	is_text(rows[0].via.names.items[0], "mx", "by MX");
	is_int(rows[0].state, RECIPIENT_WAITING, "waits");
	store_past_recipient_free(&rows[0]);
	is_int((long long)store_past_recipients(s, ids[0], &after, rows, 3), 1, "its second");
	store_past_recipient_free(&rows[0]);
	store_close(s);
}

/* An address that a server does not know: one row each, whatever the case; the oldest and the most are forgotten. */
static void refused_addresses(void)
{
	struct reply one = said(FAULT_PERMANENT, "5.1.1", "550 5.1.1 no such user"), other = said(FAULT_PERMANENT, "5.2.1", "550 closed");
	struct store_refused got, rows[3];
	uint64_t after = 0;
	struct fault f;

	new_spool();
	struct store *s = open_it();
	store_begin(s);
	store_save_refused(s, "Bob@Example.net", now, 7, &one);
	store_save_refused(s, "carol@example.net", now + 1, 8, &one);
	is_int(store_commit(s, &f), 0, "committed");
	store_close(s);
	s = open_it();
	ok(store_load_refused(s, "bob@example.NET", &got), "found after a restart, whatever the case");
	is_text(got.address, "Bob@Example.net", "as it was written");
	is_int(got.refused_ms, now, "with its time");
	is_int((long long)got.message, 7, "its message");
	is_text(said_line(&got.reply), said_line(&one), "and what was said");
	is_int(reply_about(&got.reply), reply_about(&one), "which is about the same");
	store_refused_free(&got);
	store_begin(s);
	store_save_refused(s, "BOB@example.net", now + 2, 9, &other);
	is_int((long long)store_walk_refused(s, &after, rows, 3), 2, "refused again, it is still one row");
	is_text(rows[0].address, "carol@example.net", "the oldest first");
	is_text(rows[1].reply.text, "closed", "with the last reply");
	store_refused_free(&rows[0]);
	store_refused_free(&rows[1]);
	is_int((long long)store_walk_refused(s, &after, rows, 3), 0, "no others");
	is_int(store_purge_refused(s, now + 2, 100, 10), 1, "what is older than that is forgotten");
	ok(!store_load_refused(s, "carol@example.net", &got), "it was this one");
	store_save_refused(s, "dave@example.net", now + 3, 9, &other);
	is_int(store_purge_refused(s, now, 1, 10), 1, "and what is too much");
	ok(!store_load_refused(s, "bob@example.net", &got), "the older of two");
	store_forget_refused(s, "DAVE@example.net");
	ok(!store_load_refused(s, "dave@example.net", &got), "another by its name");
	store_rollback(s);
	ok(store_load_refused(s, "bob@example.net", &got), "what is taken back was not forgotten");
	store_refused_free(&got);
	store_close(s);
}

int main(void)
{
	tap_plan(316 + 17);
	refused_addresses();
	unique_and_lasting();
	cut_off();
	turns();
	files_of_bodies();
	reports();
	policies();
	blocked();
	detours();
	hurried_straight();
	ways();
	older();
	counts();
	pulls();
	wished_ids();
	notices();
	refusals();
	spools();
	store_is_gone();
	history();
	counts_of_the_past();
	return tap_done();
}
