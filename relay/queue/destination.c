/* SPDX-License-Identifier: ISC */
#include "relay/queue/destination.h"

#include "relay/queue/job.h"
#include "relay/queue/site.h"

#include <stdlib.h>

struct lane {
	uint64_t number;
	bool done;                    /* nothing due beyond the cursor */
	struct store_cursor cursor;
	int64_t again_ms;             /* what is due till then goes now: destination_due_at_once */
};

static const struct store_cursor cursor_start = { INT64_MIN, 0 };

const char *destination_hop_name(const struct destination *d)
{
	return d->row.hops.hop < d->hops.count ? d->hops.items[d->row.hops.hop] : "mx";
}

static void is_busy(struct queue *q, struct destination *d)
{
	if (d->idle_boot_ms == 0)
		return;
	d->idle_boot_ms = 0;
	timers_drop(&q->timers, TIMER_LINGER, d->row.id);
}

/* Something may be due there. */
static void has_more(struct queue *q, struct destination *d)
{
	d->more = true;
	if (d->site)
		site_change(site_at(q, d->site));
	is_busy(q, d);
	if (timers_when(&q->timers, TIMER_PLAN_OLD, d->row.id) == INT64_MAX && d->state == DESTINATION_OPEN)
		timers_set(&q->timers, TIMER_PLAN_OLD, d->row.id, q->boot_ms);
}

/* ---- lanes ---- */

static struct lane *find_lane(struct destination *d, uint64_t number)
{
	for (size_t i = 0; i < d->lane_count; i++)
		if (d->lanes[i].number == number)
			return &d->lanes[i];
	d->lanes = mem_resize(d->lanes, d->lane_count + 1, sizeof *d->lanes);
	d->lanes[d->lane_count] = (struct lane){ .number = number, .cursor = cursor_start };
	return &d->lanes[d->lane_count++];
}

void destination_reopen(struct queue *q, struct destination *d)
{
	d->lane_count = 0;
	for (int64_t lane = store_next_lane(q->store, d->row.id, -1); lane >= 0;
	     lane = store_next_lane(q->store, d->row.id, lane))
		find_lane(d, (uint64_t)lane);
	has_more(q, d);
}

int64_t destination_find_wake(struct queue *q, const struct destination *d)
{
	int64_t first = STORE_NEVER;

	for (int64_t lane = store_next_lane(q->store, d->row.id, -1); lane >= 0;
	     lane = store_next_lane(q->store, d->row.id, lane)) {
		int64_t due = store_first_due(q->store, d->row.id, (uint64_t)lane);
		if (due < first)
			first = due;
		if (first <= q->wall_ms)
			break;
	}
	return first != STORE_NEVER && first < d->row.hops.backoff_ms ? d->row.hops.backoff_ms : first;
}

struct job *destination_pick(struct queue *q, struct destination *d, size_t most)
{
	uint32_t set = d->site ? site_at(q, d->site)->pacer->recipients : DELIVERY_RECIPIENTS_MAX;
	/* More than a megabyte, which a compiler that fills variables (GNUmakefile) would zero for each job. */
	static struct store_recipient found[DELIVERY_RECIPIENTS_MAX];
	struct job *job = NULL;

	most = most < set ? most : set;
	for (size_t i = 0; d->more && i < d->lane_count && job == NULL; i++) {
		d->turn = (d->turn + 1) % d->lane_count;
		struct lane *s = &d->lanes[d->turn];
		if (s->done)
			continue;
		int64_t until_ms = s->again_ms > q->wall_ms ? s->again_ms : q->wall_ms;
		size_t n = store_next_recipients(q->store, d->row.id, s->number, until_ms, &s->cursor, found,
		                                 most < DELIVERY_RECIPIENTS_MAX ? most : DELIVERY_RECIPIENTS_MAX);
		s->done = n == 0;
		if (n > 0)
			job = job_new(q, d, found, n);
	}
	if (job == NULL)
		d->more = false;
	else
		is_busy(q, d);
	return job;
}

int64_t destination_due_at_once(struct queue *q, struct destination *d, uint64_t lane)
{
	struct lane *l = find_lane(d, lane);

	l->again_ms = l->cursor.due_ms < q->wall_ms ? q->wall_ms : l->cursor.due_ms + 1;
	return l->again_ms;
}

void destination_due_again(struct queue *q, struct destination *d, uint64_t lane)
{
	find_lane(d, lane)->done = false;
	has_more(q, d);
}

/* ---- coming and going ---- */

/* One that was written before the clock was set back does not count. */
static int64_t near_backoff_ms(const struct queue *q, const struct hop_state *hops)
{
	return schedule_too_far(&q->rules, hops->backoff_ms, q->wall_ms) ? 0 : hops->backoff_ms;
}

struct destination *destination_load(struct queue *q, uint64_t id)
{
	struct destination *d = mem_alloc(sizeof *d);
	struct buf name = { 0 };

	if (!store_load_destination(q->store, id, &d->row)) {
		free(d);
		return NULL;
	}
	buf_add_text(&name, d->row.domain);
	if (name.len == 0)
		via_names_text(&d->row.via, &name);
	d->name = buf_take(&name);
	d->row.hops.backoff_ms = near_backoff_ms(q, &d->row.hops);
	d->next = q->destinations;
	q->destinations = d;
	q->destination_count++;
	table_put(&q->destination_ids, id, d);
	queue_turn_at_once(q);
	return d;
}

void destination_mail_came(struct queue *q, uint64_t id, int64_t wake_ms, uint64_t lane)
{
	struct destination *d = destination_find(q, id);

	if (d == NULL) {
		if (wake_ms > q->wall_ms) {
			struct store_destination row;
			int64_t backoff_ms = 0;
			if (store_load_destination(q->store, id, &row)) {
				backoff_ms = near_backoff_ms(q, &row.hops);
				store_destination_free(&row);
			}
			store_wake(q->store, id, backoff_ms > q->wall_ms ? backoff_ms : q->wall_ms);
		}
		q->look_for_due = true;
		return;
	}
	if (d->state == DESTINATION_LEAVING || d->state == DESTINATION_ENDING) {
		d->dirty = true;    /* wake_ms is found again when it is written */
		return;
	}
	if (d->row.wake_ms > q->wall_ms || wake_ms > q->wall_ms) {
		d->row.wake_ms = q->wall_ms;
		store_wake(q->store, id, q->wall_ms);
	}
	find_lane(d, lane)->done = false;
	has_more(q, d);
}

int64_t destination_hurry(struct queue *q, uint64_t id, bool at_once)
{
	struct destination *d = destination_find(q, id);
	struct store_destination stored = { 0 };

	q->look_for_due = true;
	if (d == NULL && !store_load_destination(q->store, id, &stored))
		return q->wall_ms;
	int64_t tried_ms = d ? d->row.hops.tried_ms : stored.hops.tried_ms;
	int64_t at_ms = at_once ? q->wall_ms : schedule_hurried(&q->rules, tried_ms, q->wall_ms);
	if (d == NULL) {
		store_destination_free(&stored);
		store_hurry_destination(q->store, id, at_ms);
		return at_ms;
	}
	if (d->row.hops.backoff_ms > at_ms)
		d->row.hops.backoff_ms = at_ms;
	d->row.wake_ms = at_ms;
	d->dirty = true;
	return at_ms;
}

void destination_unload(struct queue *q, struct destination *d)
{
	struct destination **at = &q->destinations;

	while (*at != d)
		at = &(*at)->next;
	*at = d->next;
	table_remove(&q->destination_ids, d->row.id);
	table_remove(&q->plan_tickets, d->plan_ticket);
	timers_drop(&q->timers, TIMER_PLAN, d->row.id);
	timers_drop(&q->timers, TIMER_PLAN_OLD, d->row.id);
	timers_drop(&q->timers, TIMER_LINGER, d->row.id);
	store_destination_free(&d->row);
	text_list_free(&d->hops);
	free(d->name);
	free(d->earlier);
	free(d->lanes);
	free(d);
	q->destination_count--;
	q->look_for_due = true;
}

/* ---- the commit ---- */

static void written(struct queue *q, const struct committed *c, void *what)
{
	(void)what;
	(void)c;
	for (struct destination *d = q->destinations; d; d = d->next)
		d->dirty = d->touched = false;
}

void destination_write(struct queue *q)
{
	for (struct destination *d = q->destinations; d; d = d->next) {
		if (!d->dirty && !d->touched)
			continue;
		int64_t wake = destination_find_wake(q, d);
		bool both_due = wake <= q->wall_ms && d->row.wake_ms <= q->wall_ms;
		if (!d->dirty && (both_due || wake == d->row.wake_ms))
			continue;
		d->row.wake_ms = wake;
		d->dirty = true;
		store_begin(q->store);
		store_save_destination(q->store, &d->row);
	}
	if (store_is_open(q->store))
		turn_after(q, written, NULL, NULL);
}

bool destination_needs_turn(const struct queue *q)
{
	for (const struct destination *d = q->destinations; d; d = d->next) {
		bool became_empty = d->state == DESTINATION_OPEN && !d->more && d->idle_boot_ms == 0;
		if (d->dirty || (d->in_flight == 0 && (became_empty || d->state == DESTINATION_ENDING)))
			return true;
	}
	return false;
}
