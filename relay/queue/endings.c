/* SPDX-License-Identifier: ISC */
#include "relay/queue/endings.h"

#include "relay/queue/destination.h"
#include "relay/queue/flow.h"
#include "relay/queue/outcome.h"
#include "relay/queue/store_message.h"

enum { END_BATCH = 500 };

/* Those that are to be ended: none that is too old only by a clock that was set meanwhile, either way. */
static size_t to_be_ended(struct queue *q, const struct destination *d, struct store_recipient rows[END_BATCH])
{
	int64_t before_ms = d->end_before_ms;

	if (before_ms != INT64_MAX && !schedule_clock_is_trusted(&q->clock, d->begun_boot_ms))
		return 0;
	if (before_ms != INT64_MAX && before_ms > q->wall_ms)
		before_ms = q->wall_ms;
	return store_overdue(q->store, d->row.id, before_ms, rows, END_BATCH);
}

void endings_make_results(struct queue *q)
{
	static struct store_recipient rows[END_BATCH];

	for (struct destination *d = q->destinations; d; d = d->next) {
		if (d->state != DESTINATION_ENDING || d->in_flight > 0)
			continue;
		size_t n = to_be_ended(q, d, rows);
		for (size_t first = 0, i = 1; i <= n; i++) {
			if (i < n && rows[i].message == rows[first].message)
				continue;
			outcome_for_waiting(q, d, &rows[first], i - first, &d->end_reply);    /* one message makes one result */
			first = i;
		}
		if (n == 0)
			flow_ended(d);
	}
}
