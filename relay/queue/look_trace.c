/* SPDX-License-Identifier: ISC */
/*
 * What is known of a message, in the queue or past: of those that were named,
 * or of all that have a message-id or an address, from the newest back.
 */
#include "relay/queue/look_state.h"

#include "base/view/control.h"
#include "base/view/trace.h"
#include "relay/queue/spool.h"
#include "relay/queue/store_history.h"
#include "relay/queue_id.h"

#include <stdlib.h>
#include <unistd.h>

enum {
	ROWS_A_TURN = 1000,
	TOLD_MAX = 1000,             /* messages of one answer */
	RELATED_MAX = 20,
	HEADER_MAX = 64 * 1024,
};

/* ---- one row ---- */

static enum trace_state state_of(const struct queue *q, const struct store_past_recipient *r)
{
	switch (r->state) {
	case RECIPIENT_WAITING: break;
	case RECIPIENT_DELIVERED:
	case RECIPIENT_RELAYED: return TRACE_DELIVERED;
	case RECIPIENT_REPORT:
	case RECIPIENT_FAILED: return TRACE_BOUNCED;
	case RECIPIENT_DELETED: return TRACE_DELETED;
	}
	if (r->via.kind == VIA_HELD)
		return TRACE_HELD;
	return r->next_ms <= q->wall_ms ? TRACE_ACTIVE : TRACE_DEFERRED;
}

/* Borrows the texts of r, but for the reply and via, which are to be freed. */
static struct trace_recipient shown(const struct queue *q, const struct store_past_recipient *r)
{
	enum trace_state state = state_of(q, r);
	/* The last attempt is not among the failures where it was final. */
	bool was_final = r->state != RECIPIENT_WAITING && r->state != RECIPIENT_DELETED && r->reply.relay[0];
	struct buf via = { 0 }, said = { 0 };

	via_names_text(&r->via, &via);
	reply_print(&r->reply, &said);
	if (r->earlier[0])
		buf_printf(&said, "; before that, %s", r->earlier);
	return (struct trace_recipient){
		.address = r->address, .original = r->original, .via = buf_take(&via),
		.relay = (char *)(uintptr_t)r->reply.relay, .status = (char *)(uintptr_t)r->reply.status, .reply = buf_take(&said),
		.reason = (char *)(uintptr_t)(r->reply.reason ? r->reply.reason->name : ""),
		.state = state, .tries = r->failures + was_final,
		.next_try_ms = state == TRACE_DEFERRED ? r->next_ms : 0, .done_ms = r->done_ms,
	};
}

static char *ids_text(const uint64_t *ids, size_t count)
{
	struct buf text = { 0 };
	char queue_id[QUEUE_ID_TEXT];

	for (size_t i = 0; i < count; i++) {
		queue_id_print(ids[i], queue_id);
		buf_printf(&text, "%s%s", i > 0 ? " " : "", queue_id);
	}
	return buf_take(&text);
}

/* Up to the empty line, or as much as there is room for. */
static char *read_header(struct queue *q, const struct store_past *m)
{
	struct buf body = { 0 };
	struct fault f;
	bool damaged;
	int fd = m->body_file[0] ? spool_open_body(q->settings->spool, m->body_file, m->size_bytes, &damaged, &f) : -1;

	if (fd >= 0) {
		buf_reserve(&body, HEADER_MAX);
		ssize_t n = pread(fd, body.at, HEADER_MAX, 0);
		body.len = n > 0 ? (size_t)n : 0;
		close(fd);
	} else if (m->body_file[0] == '\0') {
		store_load_body(q->store, m->id, &body);
	}
	const char *end = body.len ? memmem(body.at, body.len, "\r\n\r\n", 4) : NULL;
	if (end)
		body.len = (size_t)(end + 2 - body.at);
	return buf_take(&body);
}

static void put_message(struct queue *q, const struct look *l, const struct store_past *m, bool first,
                        struct trace_entry *e)
{
	char queue_id[QUEUE_ID_TEXT];
	uint64_t related[RELATED_MAX];

	queue_id_print(m->id, queue_id);
	e->queue_id = mem_text(queue_id);
	e->about = m->about ? ids_text(&m->about, 1) : mem_text("");
	e->reports = ids_text(related, store_reports_on(q->store, m->id, related, RELATED_MAX));
	e->parts = ids_text(related, store_sent_with(q->store, m->id, related, RELATED_MAX));
	bool with_header = l->kind->operation == SUBMIT_SHOW && (look_is_by_root(l) || l->uid == m->uid);
	e->header = first && with_header && !m->finished_ms ? read_header(q, m) : mem_text("");
	e->sender = m->sender;
	e->message_id = m->message_id;
	e->program = m->program;
	e->unit = m->unit;
	e->container = m->container;
	e->envid = m->envid;
	e->uid = m->uid;
	e->arrival_ms = m->arrival_ms;
	e->finished_ms = m->finished_ms;
	e->size_bytes = m->size_bytes;
}

/* The next row of l->telling. Returns how many recipients are in it. */
static size_t tell(struct queue *q, struct look *l)
{
	struct store_past_recipient rows[TRACE_RECIPIENTS_MAX];
	struct trace_recipient recipients[TRACE_RECIPIENTS_MAX];
	struct trace_entry e = { .recipients = recipients };
	struct store_past m;
	struct buf packed = { 0 };
	bool first = l->after == 0;
	size_t n = 0;

	if (store_load_past(q->store, l->telling, &m)) {
		n = store_past_recipients(q->store, m.id, &l->after, rows, TRACE_RECIPIENTS_MAX);
		for (size_t i = 0; i < n; i++)
			recipients[e.recipient_count++] = shown(q, &rows[i]);
		if (n > 0 || first) {
			put_message(q, l, &m, first, &e);
			trace_encode(&e, &packed);
			look_sink_row(q, &l->sink, buf_span(&packed));
		}
	}
	buf_free(&packed);
	free(e.queue_id);
	free(e.about);
	free(e.reports);
	free(e.parts);
	free(e.header);
	store_past_free(&m);
	for (size_t i = 0; i < n; i++) {
		free(recipients[i].reply);
		free(recipients[i].via);
		store_past_recipient_free(&rows[i]);
	}
	if (n < TRACE_RECIPIENTS_MAX)
		l->telling = 0;
	return n;
}

/* ---- which ---- */

static bool was_told(const struct look *l, uint64_t id)
{
	for (size_t i = 0; i + sizeof id <= l->told.len; i += sizeof id)
		if (memcmp(l->told.at + i, &id, sizeof id) == 0)
			return true;
	return false;
}

static void begin_telling(struct look *l, uint64_t id)
{
	l->telling = id;
	l->after = 0;
	l->messages++;
	buf_add(&l->told, &id, sizeof id);
}

/* False, too, where there is no such message. */
static bool may_see(struct queue *q, const struct look *l, uint64_t id)
{
	struct store_past m;

	if (!store_load_past(q->store, id, &m))
		return false;
	bool may = l->only_uid < 0 || l->only_uid == m.uid;
	store_past_free(&m);
	return may;
}

/* False: there is no other. */
static bool next(struct queue *q, struct look *l, unsigned *rows)
{
	uint64_t id;

	if (l->next_id < l->selection.ids.count) {
		--*rows;
		if (queue_id_parse(span_of(l->selection.ids.items[l->next_id++]), &id) && may_see(q, l, id))
			begin_telling(l, id);
		return true;
	}
	if (l->selection.text == NULL || l->messages >= TOLD_MAX)
		return false;
	id = store_find_past(q->store, l->selection.text, l->floor, &l->before, rows);
	if (id && !was_told(l, id) && may_see(q, l, id))
		begin_telling(l, id);
	return id != 0 || *rows == 0;
}

static bool step(struct queue *q, struct look *l)
{
	unsigned rows = ROWS_A_TURN;

	while (rows > 0 && look_sink_has_room(q, &l->sink)) {
		if (l->telling) {
			size_t n = tell(q, l) + 1;
			rows -= n < rows ? (unsigned)n : rows;
		} else if (!next(q, l, &rows)) {
			return true;
		}
	}
	return false;
}

static int begin(struct queue *q, struct look *l, struct fault *f)
{
	bool bounded = l->selection.newer_ms > 0 && l->selection.newer_ms < q->wall_ms;

	if (l->selection.ids.count == 0 && l->selection.text == NULL)
		return fault_set(f, FAULT_PERMANENT, "5.5.4", "name a queue id, a message-id or an address");
	l->before = INT64_MAX;
	l->floor = bounded ? store_first_recipient(q->store, queue_id_at(q->wall_ms - l->selection.newer_ms)) : 0;
	return 0;
}

static void end(const struct look *l, struct buf *text)
{
	if (l->messages >= TOLD_MAX)
		buf_printf(text, "only the newest %d messages are shown", TOLD_MAX);
}

const struct look_kind look_show = { .operation = SUBMIT_SHOW, .reach = REACH_SEEN, .begin = begin, .step = step };
const struct look_kind look_trace = {
	.operation = SUBMIT_TRACE, .reach = REACH_SEEN, .begin = begin, .step = step, .end = end,
};
