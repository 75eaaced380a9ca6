/* SPDX-License-Identifier: ISC */
/* What waits, a row for each message with the recipients that fit. */
#include "relay/queue/look_state.h"

#include "base/mail/submit.h"
#include "base/view/listing.h"
#include "relay/queue_id.h"

#include <stdlib.h>

/* The name that the attempt is made with, or the last was; behind those of the route are those of its detour. */
static char *hop_of(const struct queue *q, const struct store_waiting *w)
{
	const struct text_list *names = &w->via.names, *detour = &q->settings->on_address_change;

	if (names->count == 0)
		return mem_text("");
	if (w->hop >= names->count && w->hop - names->count < detour->count)
		return mem_text(detour->items[w->hop - names->count]);
	return mem_text(names->items[w->hop < names->count ? w->hop : names->count - 1]);
}

/* The first that fit, whose texts e takes over, and when the first of them is tried. */
static void show_recipients(struct queue *q, struct look *l, struct listing_entry *e, int64_t *next_ms, unsigned *cost)
{
	struct store_waiting rows[LISTING_RECIPIENTS_MAX];
	size_t n;

	do {
		n = store_waiting(q->store, l->message.id, &l->after, rows, LISTING_RECIPIENTS_MAX);
		*cost += (unsigned)n;
		for (size_t i = 0; i < n; i++) {
			if (e->recipient_count == LISTING_RECIPIENTS_MAX || !look_fits_recipient(q, l, &rows[i])) {
				store_waiting_free(&rows[i]);
				continue;
			}
			if (rows[i].next_ms < *next_ms)
				*next_ms = rows[i].next_ms;
			struct buf reason = { 0 };
			reply_print(&rows[i].reply, &reason);
			e->recipients[e->recipient_count++] = (struct listing_recipient){
				rows[i].address, buf_take(&reason), mem_text(rows[i].reply.status), hop_of(q, &rows[i]),
			};
			rows[i].address = NULL;
			store_waiting_free(&rows[i]);
		}
	} while (n == LISTING_RECIPIENTS_MAX && e->recipient_count < LISTING_RECIPIENTS_MAX);
}

static bool visit(struct queue *q, struct look *l, unsigned *cost)
{
	const struct store_message *m = &l->message;
	struct listing_recipient shown[LISTING_RECIPIENTS_MAX];
	char queue_id[QUEUE_ID_TEXT];
	struct buf packed = { 0 };
	int64_t next_ms = STORE_NEVER;
	struct listing_entry e = {
		.queue_id = queue_id, .arrival_ms = m->arrival_ms, .size_bytes = m->size_bytes, .uid = m->uid,
		.sender = m->sender, .waiting = m->waiting, .recipients = shown,
	};

	show_recipients(q, l, &e, &next_ms, cost);
	if (e.recipient_count == 0 && selection_has_recipients(&l->selection))
		return true;
	queue_id_print(m->id, queue_id);
	/* Where there is no recipient, nothing waits but the report to the sender. */
	e.state = e.recipient_count == 0 || next_ms <= q->wall_ms ? LISTING_ACTIVE :
	          next_ms == STORE_NEVER ? LISTING_HELD : LISTING_DEFERRED;
	e.next_try_ms = e.state == LISTING_DEFERRED ? next_ms : 0;
	listing_encode(&e, &packed);
	look_sink_row(q, &l->sink, buf_span(&packed));
	buf_free(&packed);
	for (size_t i = 0; i < e.recipient_count; i++) {
		free(shown[i].address);
		free(shown[i].reason);
		free(shown[i].status);
		free(shown[i].next_hop);
	}
	return true;
}

static bool step(struct queue *q, struct look *l)
{
	return look_walk(q, l, visit);
}

const struct look_kind look_list = { .operation = SUBMIT_LIST, .reach = REACH_SEEN, .step = step };
