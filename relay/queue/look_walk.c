/* SPDX-License-Identifier: ISC */
/* Which messages: those that were named, or all of them in pages by id. */
#include "relay/queue/look_state.h"

#include "base/clock.h"
#include "relay/queue_id.h"

#include <unistd.h>

static bool is_excluded(const struct selection *s, uint64_t message)
{
	uint64_t id;

	for (size_t i = 0; i < s->not_ids.count; i++)
		if (queue_id_parse(span_of(s->not_ids.items[i]), &id) && id == message)
			return true;
	return false;
}

static bool fits(const struct queue *q, const struct look *l, const struct store_message *m)
{
	struct selection_message what = { m->uid, m->sender, m->unit, m->container, m->arrival_ms };

	return m->id != 0 && !is_excluded(&l->selection, m->id) && (l->only_uid < 0 || l->only_uid == m->uid) &&
	       selection_fits_message(&l->selection, &what, q->wall_ms);
}

/* False: there is none any more. m->id is 0 where that one is not there. */
static bool next(struct queue *q, struct look *l, struct store_message *m)
{
	const struct text_list *named = &l->selection.ids;
	uint64_t id;

	*m = (struct store_message){ 0 };
	if (named->count > 0) {
		if (l->next_id == named->count)
			return false;
		bool is_there = queue_id_parse(span_of(named->items[l->next_id++]), &id) && store_load_message(q->store, id, m);
		if (!is_there || m->waiting == 0)    /* it may be finished meanwhile */
			store_message_free(m);
		return true;
	}
	/* A uid that is asked for needs no walk through everybody's. */
	return store_next_open(q->store, &l->at, l->only_uid >= 0 ? l->only_uid : l->selection.uid, m);
}

bool look_walk(struct queue *q, struct look *l, look_visit *visit)
{
	int64_t until_ms = clock_boot_ms() + LOOK_STEP_MS;
	unsigned cost = 0;

	while (cost < LOOK_STEP && look_sink_has_room(q, &l->sink) && clock_boot_ms() < until_ms) {
		if (l->message.id == 0) {
			cost++;
			if (!next(q, l, &l->message))
				return true;
			l->after = 0;
			l->counted = false;
			if (!fits(q, l, &l->message))
				store_message_free(&l->message);
		} else if (visit(q, l, &cost)) {
			store_message_free(&l->message);
		}
	}
	return false;
}

bool look_fits_recipient(const struct queue *q, const struct look *l, const struct store_waiting *w)
{
	struct buf reason = { 0 };

	if (l->selection.reason)
		reply_print(&w->reply, &reason);
	struct selection_recipient r = {
		.address = w->address, .status = w->reply.status, .reason = buf_text(&reason),
		.held = w->next_ms == STORE_NEVER,
		.deferred = w->next_ms != STORE_NEVER && w->next_ms > q->wall_ms,
	};

	bool fits = selection_fits_recipient(&l->selection, &r);
	buf_free(&reason);
	return fits;
}

bool look_is_by_root(const struct look *l)
{
	return l->uid <= 0 || l->uid == (int64_t)getuid();
}
