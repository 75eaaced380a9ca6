/* SPDX-License-Identifier: ISC */
/* What became of mail, in counts: each page of recipients, from the newest back, added up by itself. */
#include "relay/queue/look_state.h"

#include "base/clock.h"
#include "base/view/control.h"
#include "relay/queue/store_history.h"

enum { PAGE = 200 };

static int begin(struct queue *q, struct look *l, struct fault *f)
{
	(void)q;
	(void)f;
	l->before = INT64_MAX;
	return 0;
}

static void say(struct queue *q, const struct look *l, struct history *page)
{
	struct buf packed = { 0 };

	history_merge(page);
	for (size_t i = 0; i < page->count; i++) {
		buf_clear(&packed);
		history_count_encode(&page->items[i], &packed);
		look_sink_row(q, &l->sink, buf_span(&packed));
	}
	buf_free(&packed);
}

static bool step(struct queue *q, struct look *l)
{
	int64_t until_ms = clock_boot_ms() + LOOK_STEP_MS, since_ms = l->selection.newer_ms ? q->wall_ms - l->selection.newer_ms : 0;
	size_t n;

	do {
		struct history_count read[PAGE];
		struct history page = { 0 };
		n = store_walk_history(q->store, &l->before, since_ms, read, PAGE);
		for (size_t i = 0; i < n; i++)
			history_add(&page, &read[i]);
		say(q, l, &page);
		history_free(&page);
	} while (n == PAGE && look_sink_has_room(q, &l->sink) && clock_boot_ms() < until_ms);
	return n < PAGE;
}

const struct look_kind look_history = { .operation = CONTROL_HISTORY, .begin = begin, .step = step };
