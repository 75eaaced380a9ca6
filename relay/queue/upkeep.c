/* SPDX-License-Identifier: ISC */
#include "relay/queue/upkeep.h"

#include "base/log.h"
#include "base/view/trace.h"
#include "relay/queue/destination.h"
#include "relay/queue/spool.h"
#include "relay/queue/store_destination.h"
#include "relay/queue/store_sts.h"
#include "relay/queue/store_upkeep.h"
#include "relay/queue/suppress.h"
#include "relay/queue_id.h"

enum {
	DAY_MS = 24 * 3600 * 1000,
	PURGE_BATCH = 200,
	EVERY_MS = 60 * 1000,
	OVERDUE_MS = 300 * 1000,        /* a queue that is never idle */
	AGAIN_MS = 100,                 /* while there is more to purge */
	CLOCK_SLACK_MS = 10 * 1000,
	SWEEP_EVERY_MS = 3600 * 1000,
	ORPHAN_AGE_S = 3600,            /* pickup may still be writing a younger one */
};

struct upkeep {
	bool pull_wanted;             /* the clock was set: what is too far away is pulled near with the next commit that works */
	int64_t extend_ms;            /* and lives so much longer */
	uint64_t forgotten_to;        /* how far idle destinations were looked through */
	bool reserve_spent;
};

bool upkeep_waits(const struct queue *q)
{
	return q->upkeep->pull_wanted;
}

void upkeep_spend_reserve(struct queue *q)
{
	spool_release(q->settings->spool);
	q->upkeep->reserve_spent = true;
}

static bool body_is_known(void *context, const char *name)
{
	return store_body_is_known(context, name);
}

static void sweep(struct queue *q)
{
	unsigned n = spool_sweep(q->settings->spool, ORPHAN_AGE_S, body_is_known, q->store);

	if (n > 0)
		log_line(LOG_LEVEL_INFO, "removed %u body file%s that belonged to no message", n, n == 1 ? "" : "s");
	timers_set(&q->timers, TIMER_SWEEP, 0, q->boot_ms + SWEEP_EVERY_MS);
}

static int64_t furthest(const struct queue *q)
{
	int64_t longest = q->rules.retry_max_ms > q->rules.nxdomain_ms ? q->rules.retry_max_ms : q->rules.nxdomain_ms;

	return q->wall_ms + longest + longest / 4 + CLOCK_SLACK_MS;
}

/* What is in memory follows what the store was told. */
static void pull_forward(struct queue *q)
{
	q->upkeep->pull_wanted = true;
	for (struct destination *d = q->destinations; d; d = d->next) {
		if (schedule_too_far(&q->rules, d->row.hops.backoff_ms, q->wall_ms))
			d->row.hops.backoff_ms = 0;
		d->dirty = true;
	}
	q->look_for_due = true;
	q->next_report_ms = 0;
}

static void written(struct queue *q, const struct committed *c, void *what)
{
	(void)what;
	(void)c;
	q->upkeep->pull_wanted = false;
	q->upkeep->extend_ms = 0;
}

void upkeep_write(struct queue *q)
{
	if (!q->upkeep->pull_wanted)
		return;
	store_begin(q->store);
	turn_after(q, written, NULL, NULL);
	store_pull_work(q->store, furthest(q), q->wall_ms);
	store_pull_recipients(q->store, furthest(q), q->wall_ms);
	if (q->upkeep->extend_ms > 0)
		store_extend_life(q->store, q->wall_ms, q->upkeep->extend_ms);
}

void upkeep_clock(struct queue *q, int64_t wall_ms, int64_t boot_ms)
{
	q->wall_ms = wall_ms;
	q->boot_ms = boot_ms;
	int64_t step = schedule_clock_step(&q->clock, q->wall_ms, q->boot_ms);
	timers_now(&q->timers, q->wall_ms, q->boot_ms, step != 0);
	if (step == 0)
		return;
	log_line(LOG_LEVEL_WARNING, "the clock was set %s by %lld s", step > 0 ? "forward" : "back",
	         (long long)(step > 0 ? step : -step) / 1000);
	pull_forward(q);
	q->all_sites_changed = true;    /* caps go by the wall clock */
	if (step > 0)
		q->upkeep->extend_ms += step;
}

void upkeep_begin(struct queue *q, int64_t wall_ms, int64_t boot_ms)
{
	q->upkeep = mem_alloc(sizeof *q->upkeep);
	upkeep_clock(q, wall_ms, boot_ms);
	/* The clock at the last commit (commit.c): no recipient waits longer than was right then. */
	if ((int64_t)store_number(q->store, "wall_ms") > wall_ms + CLOCK_SLACK_MS) {
		pull_forward(q);
	} else {
		store_begin(q->store);
		store_pull_work(q->store, furthest(q), q->wall_ms);
	}
	if (!spool_reserve(q->settings->spool)) {
		log_line(LOG_LEVEL_WARNING, "no room for the reserve of 1 MiB in %s", q->settings->spool);
		q->upkeep->reserve_spent = true;
	}
	sweep(q);
	timers_set(&q->timers, TIMER_UPKEEP_LATE, 0, q->boot_ms + OVERDUE_MS);
}

static bool is_time_for(const struct queue *q, enum timer_kind kind)
{
	return timers_when(&q->timers, kind, 0) == INT64_MAX;
}

/* What is in memory is in use. */
static unsigned forget_destinations(struct queue *q)
{
	uint64_t ids[PURGE_BATCH];
	size_t n = store_idle_destinations(q->store, q->wall_ms, &q->upkeep->forgotten_to, ids, PURGE_BATCH);
	unsigned forgotten = 0;

	for (size_t i = 0; i < n; i++)
		if (destination_find(q, ids[i]) == NULL) {
			store_forget_destination(q->store, ids[i]);
			forgotten++;
		}
	return forgotten;
}

/* History, destinations and policies nobody needs, a batch at a time. */
static bool purge(struct queue *q)
{
	uint64_t old = queue_id_at(q->wall_ms - (int64_t)TRACE_HISTORY_DAYS * DAY_MS);

	store_begin(q->store);
	unsigned n = store_purge(q->store, old, TRACE_HISTORY_MAX, PURGE_BATCH);
	unsigned m = store_purge_refused(q->store, q->wall_ms - suppress_keeps_ms(q->settings), TRACE_HISTORY_MAX, PURGE_BATCH);
	unsigned others = forget_destinations(q) + store_forget_sts(q->store, q->wall_ms, PURGE_BATCH);
	if (n + m + others == 0)
		store_rollback(q->store);
	else
		store_commit(q->store, NULL);
	return n == PURGE_BATCH || m >= PURGE_BATCH || q->upkeep->forgotten_to != 0;
}

bool upkeep_is_overdue(const struct queue *q)
{
	return is_time_for(q, TIMER_UPKEEP_LATE);
}

void upkeep_idle(struct queue *q)
{
	if (store_log_is_large(q->store))
		store_checkpoint(q->store);
	if (q->store_bad || store_is_open(q->store) || !is_time_for(q, TIMER_UPKEEP))
		return;
	int64_t next_ms = q->boot_ms + (purge(q) ? AGAIN_MS : EVERY_MS);
	timers_set(&q->timers, TIMER_UPKEEP, 0, next_ms);
	timers_set(&q->timers, TIMER_UPKEEP_LATE, 0, next_ms + OVERDUE_MS);
	store_shrink(q->store);
	if (q->upkeep->reserve_spent && spool_reserve(q->settings->spool))
		q->upkeep->reserve_spent = false;
	if (is_time_for(q, TIMER_SWEEP))
		sweep(q);
}
