#include "relay/queue/destination.h"

#include "base/log.h"
#include "relay/queue/blocked.h"
#include "relay/queue/fallback.h"
#include "relay/queue/job.h"
#include "relay/queue/outcome.h"
#include "relay/queue/place.h"
#include "relay/queue/plans.h"
#include "relay/queue/site.h"
#include "relay/queue/watch.h"

#include <stdlib.h>

enum { ACTIVE_MAX = 300, DUE_BATCH = 32, END_BATCH = 500, TOLD_MAX = 10 };

static const struct store_cursor cursor_start = { INT64_MIN, 0 };

const char *destination_hop_name(const struct destination *d)
{
	return d->row.hops.hop < d->hops.count ? d->hops.items[d->row.hops.hop] : "mx";
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

/* Looks at everything that waits again. Only while nothing is in flight: it waits, too, says the store. */
static void reopen(struct queue *q, struct destination *d)
{
	d->lane_count = 0;
	for (int64_t lane = store_next_lane(q->store, d->row.id, -1); lane >= 0;
	     lane = store_next_lane(q->store, d->row.id, lane))
		find_lane(d, (uint64_t)lane);
	d->more = true;
	d->idle_boot_ms = 0;
}

static int64_t find_wake(struct queue *q, const struct destination *d)
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
	uint32_t set = d->site ? d->site->pacer->recipients : DELIVERY_RECIPIENTS_MAX;
	struct store_recipient found[DELIVERY_RECIPIENTS_MAX];
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
		d->idle_boot_ms = 0;
	return job;
}

int64_t destination_due_at_once(struct queue *q, struct destination *d, uint64_t lane)
{
	struct lane *l = find_lane(d, lane);

	l->again_ms = l->cursor.due_ms < q->wall_ms ? q->wall_ms : l->cursor.due_ms + 1;
	return l->again_ms;
}

void destination_due_again(struct destination *d, uint64_t lane)
{
	find_lane(d, lane)->done = false;
	d->more = true;
	d->idle_boot_ms = 0;
}

/* ---- failing, and going on ---- */

static void leave(struct queue *q, struct destination *d)
{
	site_leave(q, d, &d->row.reply);
	plans_stop(q, d);
	d->state = DESTINATION_LEAVING;
	d->dirty = true;
}

/* Ends what waits there: all of it, or what is too old. */
static void end_recipients(struct destination *d, const struct reply *r, int64_t before_ms)
{
	d->ending = true;
	d->end_reply = *r;
	d->end_before_ms = before_ms;
}

/* Nothing of it was picked yet: a few are, so that the log says of some recipients why they wait. */
static void pick_to_tell(struct queue *q, struct destination *d)
{
	struct job *job;

	while (d->site == NULL && d->carried.count < TOLD_MAX && (job = destination_pick(q, d, TOLD_MAX)) != NULL)
		job_list_add(&d->carried, job);
}

void destination_wait(struct queue *q, struct destination *d, const struct reply *r)
{
	int64_t seconds = (d->row.hops.backoff_ms - q->wall_ms) / 1000;

	struct buf said = { 0 };

	reply_print(r, &said);
	log_line(LOG_LEVEL_INFO, "destination %s via %s: %s; next try in %lld s", d->name,
	         destination_hop_name(d), buf_text(&said), (long long)seconds);
	buf_free(&said);
	pick_to_tell(q, d);
	leave(q, d);
	watch_put_off(q, d->row.id, r);
	if (schedule_clock_is_trusted(&q->clock, d->begun_boot_ms))
		end_recipients(d, r, q->wall_ms);
}

void destination_end(struct queue *q, struct destination *d, const struct reply *r)
{
	leave(q, d);
	end_recipients(d, r, INT64_MAX);
}

/* Leads to its current hop anew, with all that waits. */
static void lead(struct queue *q, struct destination *d)
{
	site_leave(q, d, NULL);
	plans_stop(q, d);
	d->dirty = true;
	if (d->in_flight == 0)
		reopen(q, d);
	plans_ask(q, d);
}

/* state.hop is the next one already. */
static void go_on(struct queue *q, struct destination *d, const struct reply *r, struct blocked *round)
{
	d->passed = round;
	d->hope |= !fallback_is_final(r);
	if (d->earlier == NULL) {
		struct buf said = { 0 };
		reply_print(r, &said);
		d->earlier = buf_take(&said);
	}
	lead(q, d);
}

static void forget_earlier(struct destination *d)
{
	d->passed = NULL;
	d->limited = false;
	d->hope = d->row.hops.hop > 0;
	free(d->earlier);
	d->earlier = NULL;
}

void destination_failed(struct queue *q, struct destination *d, const struct reply *r, enum hop_failure how)
{
	static const char *const words[] = {
		[HOP_TEMPORARY] = "has failed for long", [HOP_UNREACHABLE] = "is unreachable", [HOP_BLOCKED] = "distrusts this host",
		[HOP_LIMIT] = "takes no more for now",
	};
	struct blocked *k = NULL;
	struct hop_rules rules = d->hop_rules;
	unsigned hop = d->row.hops.hop;
	struct buf said = { 0 };

	if (how == HOP_BLOCKED && d->site) {
		struct blocked_place at = site_place(d->site, d);
		k = blocked_find(q, &at);
	}
	rules.on_temporary &= how != HOP_TEMPORARY || fallback_counts_as_temporary(r);
	d->row.reply = *r;
	if (schedule_hop_failed(&d->row.hops, &rules, &q->rules, how, q->wall_ms, queue_random(q)) == HOP_WAIT) {
		destination_wait(q, d, r);
		return;
	}
	reply_print(r, &said);
	log_line(LOG_LEVEL_INFO, "destination %s: %s %s (%s); trying %s", d->name, d->hops.items[hop], words[how],
	         buf_text(&said), destination_hop_name(d));
	watch_note(q, d->row.id, "%s %s (%s); trying %s", d->hops.items[hop], words[how], buf_text(&said),
	          destination_hop_name(d));
	buf_free(&said);
	go_on(q, d, r, k);
}

void destination_pass_by(struct queue *q, struct destination *d, struct blocked *k)
{
	schedule_hop_failed(&d->row.hops, &d->hop_rules, &q->rules, HOP_BLOCKED, q->wall_ms, queue_random(q));
	go_on(q, d, &k->row.reply, k);
}

void destination_begin_again(struct queue *q, struct destination *d)
{
	if (d->state == DESTINATION_LEAVING)
		return;
	d->row.hops.hop = 0;
	d->row.hops.hop_until_ms = d->row.hops.undecided_ms = 0;
	forget_earlier(d);
	lead(q, d);
}

void destination_paused(struct queue *q, struct destination *d, const struct reply *r, int64_t until_ms)
{
	d->row.reply = *r;
	d->row.hops.backoff_ms = until_ms;
	d->row.hops.tried_ms = q->wall_ms;
	leave(q, d);
	watch_put_off(q, d->row.id, r);
}

bool destination_limited(struct queue *q, struct destination *d, const struct reply *r)
{
	if (!schedule_leads_on(&d->row.hops, &d->hop_rules, HOP_LIMIT, q->wall_ms))
		return false;
	d->limited = true;
	destination_failed(q, d, r, HOP_LIMIT);
	return true;
}

void destination_reached(struct queue *q, struct destination *d)
{
	struct hop_state before = d->row.hops;
	struct hop_rules rules = d->hop_rules;

	if (d->passed || d->limited)
		rules.stay_ms = 0;    /* as long as that site is passed by, and no longer */
	schedule_hop_reached(&d->row.hops, &rules, q->wall_ms);
	d->row.reply = (struct reply){ 0 };
	if (memcmp(&before, &d->row.hops, sizeof before) != 0)
		d->dirty = true;
}

/* ---- coming and going ---- */

/* One that was written before the clock was set back is none. */
static int64_t near_backoff_ms(const struct queue *q, const struct hop_state *hops)
{
	return schedule_too_far(&q->rules, hops->backoff_ms, q->wall_ms) ? 0 : hops->backoff_ms;
}

static void begin_round(struct queue *q, struct destination *d)
{
	d->begun_boot_ms = q->boot_ms;
	d->policy_tried = false;
	d->needs_route = d->row.via.kind == VIA_BY_MX;
	if (!d->needs_route && !place_hops(q->routes, d->row.domain, &d->row.via, NULL, &d->hops, &d->hop_rules)) {
		struct buf names = { 0 };
		struct reply gone;
		via_names_text(&d->row.via, &names);
		reply_set(&gone, FAULT_TEMPORARY, "4.3.5", STEP_NONE, "", "the configuration has no way via %s any more",
		          buf_text(&names));
		buf_free(&names);
		d->hop_rules = (struct hop_rules){ .hops = 1 };
		destination_failed(q, d, &gone, HOP_TEMPORARY);
		return;
	}
	schedule_round(&d->row.hops, &d->hop_rules, q->wall_ms);
	forget_earlier(d);
	reopen(q, d);
	plans_ask(q, d);
}

static char *name_of(const struct store_destination *row)
{
	struct buf name = { 0 };

	buf_add_text(&name, row->domain);
	if (name.len == 0)
		via_names_text(&row->via, &name);
	return buf_take(&name);
}

static void take_up(struct queue *q, uint64_t id)
{
	struct destination *d = mem_alloc(sizeof *d);

	if (!store_load_destination(q->store, id, &d->row)) {
		free(d);
		return;
	}
	d->name = name_of(&d->row);
	d->row.hops.backoff_ms = near_backoff_ms(q, &d->row.hops);
	d->next = q->destinations;
	q->destinations = d;
	q->destination_count++;
	table_put(&q->destination_ids, id, d);
	q->busy = true;
	begin_round(q, d);
}

void destination_activate(struct queue *q)
{
	struct store_due due[ACTIVE_MAX + DUE_BATCH];

	if (!q->look_for_due && q->next_wake_ms > q->wall_ms)
		return;
	q->look_for_due = q->places_wanted = false;
	q->next_wake_ms = STORE_NEVER;
	/* Those in memory stand among the first in the store's order: look past them. */
	size_t n = store_due_destinations(q->store, due, q->destination_count + DUE_BATCH);
	size_t room = ACTIVE_MAX - q->destination_count;
	for (size_t i = 0; i < n; i++) {
		if (table_get(&q->destination_ids, due[i].id))
			continue;
		if (due[i].wake_ms > q->wall_ms) {
			q->next_wake_ms = due[i].wake_ms;
			return;
		}
		if (room == 0) {
			q->places_wanted = true;    /* one that goes sets look_for_due */
			return;
		}
		room--;
		take_up(q, due[i].id);
		q->look_for_due = true;
	}
}

void destination_mail_came(struct queue *q, uint64_t id, int64_t wake_ms, uint64_t lane)
{
	struct destination *d = table_get(&q->destination_ids, id);

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
	if (d->state == DESTINATION_LEAVING) {
		d->dirty = true;    /* wake_ms is found again when it is written */
		return;
	}
	if (d->row.wake_ms > q->wall_ms || wake_ms > q->wall_ms) {
		d->row.wake_ms = q->wall_ms;
		store_wake(q->store, id, q->wall_ms);
	}
	find_lane(d, lane)->done = false;
	d->more = true;
	d->idle_boot_ms = 0;
}

static int64_t hurried(const struct queue *q, int64_t tried_ms, bool at_once)
{
	return at_once ? q->wall_ms : schedule_hurried(&q->rules, tried_ms, q->wall_ms);
}

static int64_t hurry_stored(struct queue *q, uint64_t id, bool at_once)
{
	struct store_destination row;

	if (!store_load_destination(q->store, id, &row))
		return q->wall_ms;
	int64_t at_ms = hurried(q, row.hops.tried_ms, at_once);
	store_destination_free(&row);
	store_hurry_destination(q->store, id, at_ms);
	return at_ms;
}

int64_t destination_hurry(struct queue *q, uint64_t id, bool at_once)
{
	struct destination *d = table_get(&q->destination_ids, id);

	q->look_for_due = true;
	if (d == NULL)
		return hurry_stored(q, id, at_once);
	int64_t at_ms = hurried(q, d->row.hops.tried_ms, at_once);
	if (d->row.hops.backoff_ms > at_ms)
		d->row.hops.backoff_ms = at_ms;
	d->row.wake_ms = at_ms;
	d->dirty = true;
	return at_ms;
}

static void free_destination(struct queue *q, struct destination *d)
{
	table_remove(&q->destination_ids, d->row.id);
	table_remove(&q->plan_tickets, d->plan_ticket);
	store_destination_free(&d->row);
	text_list_free(&d->hops);
	free(d->name);
	free(d->earlier);
	free(d->lanes);
	free(d);
	q->destination_count--;
	q->look_for_due = true;
}

/* True when it may go from memory. */
static bool settle(struct queue *q, struct destination *d)
{
	if (d->in_flight > 0 || d->ending)
		return false;
	if (d->state == DESTINATION_LEAVING)
		return !d->dirty;
	if (d->state != DESTINATION_OPEN || d->more)
		return false;
	if (d->row.wake_ms <= q->wall_ms) {
		d->row.wake_ms = find_wake(q, d);
		if (d->row.wake_ms <= q->wall_ms) {
			reopen(q, d);
			return false;
		}
		d->dirty = true;
	}
	if (d->idle_boot_ms == 0)
		d->idle_boot_ms = q->boot_ms;
	/* Kept for a moment for the next message, unless others need the place. */
	bool lingers = q->destination_count <= ACTIVE_MAX / 2 && q->boot_ms - d->idle_boot_ms < LINGER_MS;
	if (lingers || d->dirty || d->touched)
		return false;
	site_leave(q, d, NULL);
	return true;
}

void destination_settle(struct queue *q)
{
	for (struct destination **at = &q->destinations; *at;) {
		struct destination *d = *at;
		if (settle(q, d)) {
			*at = d->next;
			free_destination(q, d);
		} else {
			at = &d->next;
		}
	}
}

/* When it wants a turn although nothing comes. */
static int64_t next_boot_ms(const struct queue *q, const struct destination *d)
{
	if (d->state == DESTINATION_PLANNING && d->plan_ticket)
		return d->plan_deadline_ms;
	/* Overdue, it waits for a resolver, whose coming is a turn of its own. */
	if (d->state == DESTINATION_OPEN && d->more && plans_end_ms(q, d) > q->boot_ms)
		return plans_end_ms(q, d);
	if (d->idle_boot_ms == 0)
		return INT64_MAX;
	int64_t leaves = d->idle_boot_ms + LINGER_MS;
	int64_t wakes = d->row.wake_ms == STORE_NEVER ? INT64_MAX : q->boot_ms + (d->row.wake_ms - q->wall_ms);
	return leaves < wakes ? leaves : wakes;
}

int64_t destination_next_boot_ms(const struct queue *q)
{
	int64_t next = INT64_MAX;

	for (const struct destination *d = q->destinations; d; d = d->next) {
		int64_t at = next_boot_ms(q, d);
		if (at < next)
			next = at;
	}
	return next;
}

/* ---- the commit ---- */

/* Recipients of one message, as one result. */
static void end_batch(struct queue *q, struct destination *d, struct store_recipient *rows, size_t count)
{
	for (size_t first = 0, i = 1; i <= count; i++) {
		if (i < count && rows[i].message == rows[first].message)
			continue;
		outcome_for_waiting(q, d, &rows[first], i - first, &d->end_reply);
		first = i;
	}
}

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

void destination_make_results(struct queue *q)
{
	static struct store_recipient rows[END_BATCH];

	for (struct destination *d = q->destinations; d; d = d->next) {
		if (!d->ending || d->in_flight > 0)
			continue;
		size_t n = to_be_ended(q, d, rows);
		end_batch(q, d, rows, n);
		if (n == 0) {
			d->ending = false;
			d->dirty = true;
		}
	}
}

void destination_write(struct queue *q)
{
	for (struct destination *d = q->destinations; d; d = d->next) {
		if (!d->dirty && !d->touched)
			continue;
		int64_t wake = find_wake(q, d);
		bool both_due = wake <= q->wall_ms && d->row.wake_ms <= q->wall_ms;
		if (!d->dirty && (both_due || wake == d->row.wake_ms))
			continue;
		d->row.wake_ms = wake;
		d->dirty = true;
		store_begin(q->store);
		store_save_destination(q->store, &d->row);
	}
}

void destination_written(struct queue *q)
{
	for (struct destination *d = q->destinations; d; d = d->next)
		d->dirty = d->touched = false;
}

bool destination_needs_turn(const struct queue *q)
{
	for (const struct destination *d = q->destinations; d; d = d->next)
		if (d->dirty || (d->ending && d->in_flight == 0))
			return true;
	return false;
}
