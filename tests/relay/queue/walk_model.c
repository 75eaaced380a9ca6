/* SPDX-License-Identifier: ISC */
#include "tests/relay/queue/walk_model.h"

#include "relay/queue/destination.h"
#include "relay/queue/job.h"
#include "relay/queue/outcome.h"
#include "relay/queue/site.h"
#include "relay/queue/smtp_session.h"
#include "relay/queue/store_rows.h"
#include "relay/queue/table.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct known {                    /* a recipient */
	uint64_t id;
	bool accepted;
	bool ever_delivered;          /* somebody said so, whether or not it was heard */
	bool delivered;               /* it was said to the queue that runs, which heard it */
	bool committed;               /* and it said that this is on stable storage */
	bool failed;                  /* somebody said so */
	uint64_t session;             /* that has it; 0 none */
	int state;                    /* at the last look; -1 not seen yet */
	unsigned seen;                /* that look */
};

static struct table known, records;
static uint64_t all_before;       /* messages up to that one have ended */
static unsigned look;
static bool wrong, any_may_fail, any_may_be_deleted;

void walk_wrong(const char *format, ...)
{
	va_list ap;

	if (wrong)
		return;
	wrong = true;
	va_start(ap, format);
	printf("# wrong: ");       /* within a step stderr is the core's log */
	vprintf(format, ap);
	putchar('\n');
	va_end(ap);
}

bool walk_is_wrong(void)
{
	return wrong;
}

static struct known *know(uint64_t id)
{
	struct known *k = table_get(&known, id);

	if (k)
		return k;
	k = mem_alloc(sizeof *k);
	k->id = id;
	k->state = -1;
	table_put(&known, id, k);
	return k;
}

static void forget_all(void)
{
	for (size_t i = 0; i < known.room; i++)
		if (known.slots[i].key)
			free(known.slots[i].value);
	table_free(&known);
	known = (struct table){ 0 };
}

void model_make(void)
{
	forget_all();
	table_free(&records);
	records = (struct table){ 0 };
	all_before = 0;
	wrong = any_may_fail = any_may_be_deleted = false;
}

static bool is_over(int state)
{
	return state == RECIPIENT_DELIVERED || state == RECIPIENT_FAILED || state == RECIPIENT_DELETED || state == RECIPIENT_RELAYED;
}

/* ---- what is said ---- */

void model_accepted(struct store *s, uint64_t record, uint64_t message)
{
	static const char rows[] = "SELECT id FROM recipient WHERE message=?1";
	uintptr_t before = (uintptr_t)table_get(&records, record);    /* of 32 bits, it has the low half of the id */
	struct sql_row *row = sql_bind(s->sql, rows, "i", (int64_t)message);
	unsigned n = 0;

	if (before && before != (uintptr_t)message)
		walk_wrong("submission %" PRIu64 " was accepted twice", record);
	table_put(&records, record, (void *)(uintptr_t)message);
	while (sql_step(s->sql, row)) {
		if (message > all_before)
			know((uint64_t)sql_int(row, 0))->accepted = true;
		n++;
	}
	if (n == 0)
		walk_wrong("submission %" PRIu64 " was accepted and is not in the store", record);
}

void model_in_session(uint64_t recipient, uint64_t session)
{
	know(recipient)->session = session;
}

void model_handed_out(uint64_t recipient, uint64_t session)
{
	struct known *k = know(recipient);

	if (k->session)
		walk_wrong("recipient %" PRIu64 " is handed to session %" PRIu64 " and to %" PRIu64, recipient, k->session, session);
	if (k->delivered || k->committed)
		walk_wrong("recipient %" PRIu64 " is handed out, and was delivered", recipient);
	if (is_over(k->state))
		walk_wrong("recipient %" PRIu64 " is handed out, and has ended", recipient);
	k->session = session;
}

void model_said_delivered(uint64_t recipient)
{
	struct known *k = know(recipient);

	k->ever_delivered = k->delivered = true;
}

void model_said_failed(uint64_t recipient)
{
	know(recipient)->failed = true;
}

void model_not_heard(uint64_t recipient)
{
	know(recipient)->delivered = false;
}

void model_committed(uint64_t recipient)
{
	know(recipient)->committed = true;
}

void model_may_fail(void)
{
	any_may_fail = true;
}

void model_may_be_deleted(void)
{
	any_may_be_deleted = true;
}

/* ---- the store ---- */

static const char recipients[] =
	"SELECT id,message,state,expires_ms FROM recipient WHERE message>?1";

static void look_at(struct known *k, int state, bool expired, bool settled)
{
	bool waits = state == RECIPIENT_WAITING;

	k->seen = look;
	if (k->state == state && !waits)
		return;
	if (is_over(k->state) && !(k->state == RECIPIENT_RELAYED && state == RECIPIENT_DELIVERED))
		walk_wrong("recipient %" PRIu64 " ended as %d, and is %d", k->id, k->state, state);
	if ((state == RECIPIENT_DELIVERED || state == RECIPIENT_RELAYED) && !k->ever_delivered)
		walk_wrong("recipient %" PRIu64 " is delivered, which nobody said", k->id);
	if (k->state == RECIPIENT_WAITING && (state == RECIPIENT_FAILED || state == RECIPIENT_REPORT) &&
	    !k->failed && !expired && !any_may_fail && !any_may_be_deleted)
		walk_wrong("recipient %" PRIu64 " has failed, which nobody said", k->id);
	if (state == RECIPIENT_DELETED && !any_may_be_deleted)
		walk_wrong("recipient %" PRIu64 " is deleted, which nobody ordered", k->id);
	if (waits && k->committed)
		walk_wrong("recipient %" PRIu64 " waits, and that it was delivered is on stable storage", k->id);
	if (waits && k->delivered && settled)
		walk_wrong("recipient %" PRIu64 " waits, and was delivered", k->id);
	k->state = state;
}

static void look_at_recipients(struct store *s, bool settled)
{
	struct sql_row *row = sql_bind(s->sql, recipients, "i", (int64_t)all_before);
	int64_t now_ms = rig_now().wall_ms;

	look++;
	while (sql_step(s->sql, row))
		look_at(know((uint64_t)sql_int(row, 0)), (int)sql_int(row, 2), sql_int(row, 3) <= now_ms, settled);
	for (size_t i = 0; i < known.room && !wrong; i++) {
		struct known *k = known.slots[i].value;
		if (known.slots[i].key && k->accepted && k->seen != look && !is_over(k->state))
			walk_wrong("recipient %" PRIu64 " is lost", k->id);
	}
}

/* What no message must be found to be, of those that are looked at (?1 and newer): its id. */
static const struct { const char *of, *what; } never[] = {
	{ "SELECT min(id) FROM message m WHERE id>?1 AND waiting<>(SELECT count(*) FROM recipient WHERE message=m.id AND state=0)",
	  "counts more or fewer recipients than wait" },
	{ "SELECT min(id) FROM message m WHERE id>?1 AND finished_ms IS NOT NULL AND (waiting<>0 OR report_ms IS NOT NULL OR "
	  "EXISTS(SELECT 1 FROM recipient WHERE message=m.id AND state IN (0,2,5)))", "is finished, and is not" },
	{ "SELECT min(id) FROM message m WHERE id>?1 AND finished_ms IS NULL AND waiting=0 AND report_ms IS NULL",
	  "has nothing left and is not finished" },
	{ "SELECT min(id) FROM message m WHERE id>?1 AND report_ms IS NULL AND EXISTS(SELECT 1 FROM recipient WHERE message=m.id "
	  "AND state IN (2,5))", "has something to tell, and never does" },
	{ "SELECT min(id) FROM message m WHERE id>?1 AND (finished_ms IS NULL)<>EXISTS(SELECT 1 FROM body WHERE message=m.id)",
	  "has bytes that it should not have, or none" },
	{ "SELECT min(message) FROM recipient r WHERE message>?1 AND state=0 AND NOT EXISTS(SELECT 1 FROM destination WHERE id=r.destination)",
	  "waits nowhere" },
	{ "SELECT min(message) FROM recipient r WHERE message>?1 AND NOT EXISTS(SELECT 1 FROM message WHERE id=r.message)",
	  "is not there, and has recipients" },
	/* Refused ones are told of at once. Notify: not given, or with failure. */
	{ "SELECT min(id) FROM message m WHERE id>?1 AND sender<>'' AND EXISTS(SELECT 1 FROM recipient WHERE message=m.id AND state=3 "
	  "AND (notify=0 OR notify&4)) AND NOT EXISTS(SELECT 1 FROM message a WHERE a.about=m.id)", "failed, and nobody was told" },
};

/* ---- what is there, for who looks for the reason ---- */

static const char dump_sql[] =
	"SELECT coalesce(r.id,0)||' of '||m.id||': state '||ifnull(r.state,'')||' '||ifnull(r.address,'')||', due '||ifnull(r.due_ms,'')||"
	"', notice '||ifnull(r.notice_ms,'none')||', '||ifnull(r.text,'')||'; at '||ifnull(d.via,'')||', wakes '||ifnull(d.wake_ms,'never')||"
	"', '||ifnull(d.text,'')||'; of the message: sender '||m.sender||', waiting '||m.waiting||', report '||ifnull(m.report_ms,'none') "
	"FROM message m LEFT JOIN recipient r ON r.message=m.id LEFT JOIN destination d ON d.id=r.destination "
	"WHERE m.id=?1 OR (?1=0 AND m.finished_ms IS NULL)";

void model_dump(struct store *s, int64_t message)
{
	struct sql_row *row = sql_bind(s->sql, dump_sql, "i", message);

	fprintf(stderr, "# it is %" PRId64 "\n", rig_now().wall_ms);
	while (sql_step(s->sql, row)) {
		char *line = sql_text(row, 0);
		fprintf(stderr, "# %s\n", line);
		free(line);
	}
}

static int64_t first_of(struct store *s, const char *statement)
{
	struct sql_row *row = sql_bind(s->sql, statement, "i", (int64_t)all_before);
	int64_t id = 0;

	if (sql_step(s->sql, row)) {
		id = sql_int(row, 0);
		sql_reset(row);
	}
	return id;
}

static void look_at_messages(struct store *s)
{
	struct store_counts counts = store_counts(s);
	int64_t open = sql_number(s->sql, "SELECT count(*) FROM message WHERE finished_ms IS NULL");
	int64_t history = sql_number(s->sql, "SELECT count(*) FROM message WHERE finished_ms IS NOT NULL");

	if ((int64_t)counts.open != open || (int64_t)counts.history != history)
		walk_wrong("%" PRIu64 " and %" PRIu64 " messages are counted, and there are %" PRId64 " and %" PRId64, counts.open,
		           counts.history, open, history);
	for (size_t i = 0; i < sizeof never / sizeof never[0]; i++) {
		int64_t id = first_of(s, never[i].of);
		if (id == 0)
			continue;
		walk_wrong("message %" PRId64 " %s", id, never[i].what);
		model_dump(s, id);
	}
}

/* ---- the memory ---- */

static unsigned in_jobs(const struct job_list *list, const struct destination *d)
{
	unsigned n = 0;

	for (const struct job *job = list->first; job; job = job->next)
		n += job->destination == d->row.id;
	return n;
}

static unsigned in_flight(const struct queue *q, const struct destination *d)
{
	unsigned n = in_jobs(&d->carried, d);

	for (const struct site *s = q->sites; s; s = s->next)
		n += in_jobs(&s->ahead, d);
	for (const struct smtp_session *x = q->sessions; x; x = x->next)
		n += in_jobs(&x->sent, d);
	return n + outcome_count(q, d);
}

static void look_at_memory(const struct queue *q)
{
	unsigned sessions = 0;

	for (const struct destination *d = q->destinations; d; d = d->next)
		if (in_flight(q, d) != d->in_flight)
			walk_wrong("%s counts %u in flight, and there are %u", d->name, d->in_flight, in_flight(q, d));
	for (const struct site *s = q->sites; s; s = s->next) {
		unsigned n = 0;
		for (const struct smtp_session *x = q->sessions; x; x = x->next)
			n += x->site == s->number;
		if (n != s->sessions)
			walk_wrong("a site counts %u sessions, and has %u", s->sessions, n);
		sessions += n;
	}
	if (sessions != q->session_count)
		walk_wrong("%u sessions are counted, and there are %u", q->session_count, sessions);
}

void model_look(const struct rig *r)
{
	struct store *s = r->core.store;
	bool settled = !outcome_waits(r->queue) && !r->queue->store_bad;

	look_at_memory(r->queue);
	if (store_is_open(s))
		return;
	look_at_recipients(s, settled);
	look_at_messages(s);
}

/* What it had heard and not written is as if it had not been said. */
void model_begun_again(struct store *s)
{
	static const char waits[] = "SELECT 1 FROM recipient WHERE id=?1 AND state=0";

	for (size_t i = 0; i < known.room; i++) {
		struct known *k = known.slots[i].value;
		if (known.slots[i].key == 0)
			continue;
		k->session = 0;
		if (!k->delivered || k->committed)
			continue;
		struct sql_row *row = sql_bind(s->sql, waits, "i", (int64_t)k->id);
		k->delivered = !sql_step(s->sql, row);
		if (!k->delivered)
			sql_reset(row);
	}
}

void model_all_ended(const struct rig *r)
{
	struct store *s = r->core.store;

	model_look(r);
	for (size_t i = 0; i < known.room && !wrong; i++) {
		struct known *k = known.slots[i].value;
		if (known.slots[i].key && k->accepted && !is_over(k->state))
			walk_wrong("recipient %" PRIu64 " has not ended: %d", k->id, k->state);
	}
	all_before = (uint64_t)sql_number(s->sql, "SELECT max(id) FROM message");
	any_may_fail = any_may_be_deleted = false;
	forget_all();
}
