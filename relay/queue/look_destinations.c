/* SPDX-License-Identifier: ISC */
/* Where mail goes, or is to go: each destination that waits or of which something is remembered, in pages by id. */
#include "relay/queue/look_state.h"

#include "base/clock.h"
#include "base/view/control.h"
#include "relay/queue/destination.h"
#include "relay/queue/site.h"

#include <stdlib.h>

enum { PAGE = 50 };

static void say(struct queue *q, const struct look *l, const struct store_destination *row, const struct destination *d)
{
	const struct site *site = d ? site_at(q, d->site) : NULL;
	struct buf via = { 0 }, reply = { 0 }, packed = { 0 };
	struct reply why = { 0 };
	int64_t until_boot_ms;
	/* Where a pause keeps its receiver from being sent mail: until when (wall). */
	bool pauses = site && !pacer_may_send(q, site->pacer, &until_boot_ms, &why);
	int64_t pause_ms = pauses ? q->wall_ms + (until_boot_ms - q->boot_ms) : 0;
	int64_t next_ms = row->wake_ms > row->hops.backoff_ms ? row->wake_ms : row->hops.backoff_ms;
	const struct reply *said = pause_ms > 0 ? &why : &row->reply;
	struct control_destination shown = {
		.domain = row->domain, .held = row->via.kind == VIA_HELD, .failures = row->hops.failures,
		.sessions = site ? site_open_sessions(q, site) : 0, .tried_ms = row->hops.tried_ms,
		.next_try_ms = pause_ms > 0 ? pause_ms : row->wake_ms != STORE_NEVER && next_ms > q->wall_ms ? next_ms : 0,
		.waits = row->wake_ms != STORE_NEVER || (d && d->in_flight > 0),
		.status = (char *)(uintptr_t)said->status,
	};

	via_names_text(&row->via, &via);
	if (said->kind != FAULT_NONE)
		reply_print(said, &reply);
	shown.via = buf_take(&via);
	shown.reply = buf_take(&reply);
	control_destination_encode(&shown, &packed);
	look_sink_row(q, &l->sink, buf_span(&packed));
	buf_free(&packed);
	free(shown.via);
	free(shown.reply);
}

static bool step(struct queue *q, struct look *l)
{
	int64_t until_ms = clock_boot_ms() + LOOK_STEP_MS;
	uint64_t ids[PAGE];
	size_t n;

	do {
		n = store_walk_destinations(q->store, &l->after, ids, PAGE);
		for (size_t i = 0; i < n; i++) {
			const struct destination *d = destination_find(q, ids[i]);
			struct store_destination row = { 0 };
			if (d)    /* in memory it may be newer than in the store */
				say(q, l, &d->row, d);
			else if (store_load_destination(q->store, ids[i], &row))
				say(q, l, &row, NULL);
			store_destination_free(&row);
		}
	} while (n == PAGE && look_sink_has_room(q, &l->sink) && clock_boot_ms() < until_ms);
	return n < PAGE;
}

const struct look_kind look_destinations = { .operation = CONTROL_DESTINATIONS, .step = step };
