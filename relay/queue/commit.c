/* SPDX-License-Identifier: ISC */
#include "relay/queue/commit.h"

#include "base/log.h"
#include "relay/queue/blocked.h"
#include "relay/queue/destination.h"
#include "relay/queue/detour.h"
#include "relay/queue/endings.h"
#include "relay/queue/outcome.h"
#include "relay/queue/pacer.h"
#include "relay/queue/report.h"
#include "relay/queue/reroute.h"
#include "relay/queue/upkeep.h"

enum { RETRY_MS = 2000 };

/* That somebody has it says all. */
struct committed {
	char nothing;
};

static const struct committed committed;

bool commit_is_needed(const struct queue *q)
{
	return store_is_open(q->store) || upkeep_waits(q) || outcome_waits(q) || turn_is_awaited(q) || q->store_bad;
}

/* 1 committed, 0 nothing to do, -1 failed and taken back. */
static int try_commit(struct queue *q, struct fault *f)
{
	reroute_step(q);
	outcome_write(q);
	report_write(q);
	upkeep_write(q);
	detour_write(q);
	destination_write(q);
	blocked_write(q);
	pacer_write(q);
	if (q->store_bad) {
		store_begin(q->store);
		store_set_number(q->store, "written", (uint64_t)q->wall_ms);
	}
	if (!store_is_open(q->store))
		return 0;
	store_set_number(q->store, "wall_ms", (uint64_t)q->wall_ms);
	return store_commit(q->store, f) < 0 ? -1 : 1;
}

/* 1 committed, 0 there was nothing to do, -1 failed, though the reserve was spent on it. */
static int commit(struct queue *q, struct fault *f)
{
	int done = try_commit(q, f);

	if (done >= 0)
		return done;
	turn_has_failed(q, f);
	upkeep_spend_reserve(q);
	/* A log that was moved into the database begins at its front again and need not grow. */
	store_checkpoint(q->store);
	if (outcome_waits(q) || report_count(q) > 0)
		done = try_commit(q, f);
	if (done < 0)
		turn_has_failed(q, f);
	return done;
}

const struct committed *commit_turn(struct queue *q)
{
	struct fault f;

	if (q->store_bad && timers_when(&q->timers, TIMER_COMMIT, 0) != INT64_MAX)
		return NULL;
	endings_make_results(q);
	int done = commit(q, &f);
	if (done < 0) {
		if (!q->store_bad)
			log_line(LOG_LEVEL_ERROR, "%s; nothing is accepted or sent until it can be written", f.text);
		q->store_bad = true;
		timers_set(&q->timers, TIMER_COMMIT, 0, q->boot_ms + RETRY_MS);
		return NULL;
	}
	if (done > 0) {
		if (q->store_bad)
			log_line(LOG_LEVEL_INFO, "the spool can be written again");
		q->store_bad = false;
	}
	turn_has_worked(q, &committed);
	return &committed;
}
