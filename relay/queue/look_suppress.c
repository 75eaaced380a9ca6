/* SPDX-License-Identifier: ISC */
/* Addresses that servers said do not exist, in pages by id: listed, and forgotten by the owner's order. */
#include "relay/queue/look_state.h"

#include "base/clock.h"
#include "base/view/control.h"
#include "relay/queue/suppress.h"
#include "relay/queue_id.h"

enum { PAGE = 50 };

typedef void visit_refused(struct queue *q, struct look *l, const struct store_refused *r);

static bool walk(struct queue *q, struct look *l, visit_refused *visit)
{
	int64_t until_ms = clock_boot_ms() + LOOK_STEP_MS;
	struct store_refused rows[PAGE];
	size_t n;

	do {
		n = store_walk_refused(q->store, &l->after, rows, PAGE);
		for (size_t i = 0; i < n; i++) {
			const char *wanted = l->selection.recipient;
			if (wanted == NULL || selection_pattern_fits(wanted, span_of(rows[i].address)))
				visit(q, l, &rows[i]);
			store_refused_free(&rows[i]);
		}
	} while (n == PAGE && look_sink_has_room(q, &l->sink) && clock_boot_ms() < until_ms);
	return n < PAGE;
}

static void say(struct queue *q, struct look *l, const struct store_refused *r)
{
	char queue_id[QUEUE_ID_TEXT];
	struct buf packed = { 0 };

	queue_id_print(r->message, queue_id);
	control_suppressed_encode(&(struct control_suppressed){
		.address = r->address, .queue_id = queue_id, .refused_ms = r->refused_ms,
		.until_ms = suppress_until(q->settings, r), .reply = r->reply,
	}, &packed);
	look_sink_row(q, &l->sink, buf_span(&packed));
	buf_free(&packed);
}

static void forget(struct queue *q, struct look *l, const struct store_refused *r)
{
	l->recipients++;
	if (l->selection.dry_run)
		return;
	store_begin(q->store);
	store_forget_refused(q->store, r->address);
	l->forgets = true;
}

static bool list(struct queue *q, struct look *l)
{
	return walk(q, l, say);
}

static bool remove_some(struct queue *q, struct look *l)
{
	return walk(q, l, forget);
}

static int begin_remove(struct queue *q, struct look *l, struct fault *f)
{
	(void)q;
	return l->selection.recipient ? 0 : fault_set(f, FAULT_PERMANENT, "5.5.4", "no address was given");
}

static void end_remove(const struct look *l, struct buf *text)
{
	if (l->recipients == 0)
		buf_add_text(text, CONTROL_NOT_SUPPRESSED);
	else
		buf_printf(text, "%llu address%s tried again", (unsigned long long)l->recipients, l->recipients == 1 ? " is" : "es are");
}

const struct look_kind look_suppressed = { .operation = CONTROL_SUPPRESSED, .step = list };
const struct look_kind look_suppress_remove = {
	.operation = CONTROL_SUPPRESS_REMOVE, .writes = true, .begin = begin_remove, .step = remove_some, .end = end_remove,
};
