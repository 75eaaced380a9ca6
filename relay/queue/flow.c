/* SPDX-License-Identifier: ISC */
#include "relay/queue/flow.h"

#include "base/log.h"
#include "relay/queue/blocked.h"
#include "relay/queue/destination.h"
#include "relay/queue/detour.h"
#include "relay/queue/fallback.h"
#include "relay/queue/job.h"
#include "relay/queue/place.h"
#include "relay/queue/plans.h"
#include "relay/queue/site.h"
#include "relay/queue/watch.h"

#include <stdlib.h>

enum {
	ACTIVE_MAX = 300, DUE_BATCH = 32, TOLD_MAX = 10,
	DESTINATIONS_MAX = 100,    /* destinations of one site in memory while others want in */
};

/* ---- states ---- */

enum event {
	ROUTE_HANGS_ON_MX, HOP_IS_KNOWN, POLICY_IS_MISSING, POLICY_WAS_TRIED, LEADS_TO_SITE, LEADS_ELSEWHERE,
	IS_PUT_OFF, IS_OVER, ALL_HAS_ENDED,
	EVENTS
};

/* What is not here must not happen: nothing leads back to the first state, which is 0. */
static const enum destination_state transitions[DESTINATION_STATES][EVENTS] = {
	[DESTINATION_LOADED] = {
		[ROUTE_HANGS_ON_MX] = DESTINATION_ROUTING, [HOP_IS_KNOWN] = DESTINATION_PLANNING,
		[IS_PUT_OFF] = DESTINATION_LEAVING, [IS_OVER] = DESTINATION_ENDING,
	},
	[DESTINATION_ROUTING] = {
		[HOP_IS_KNOWN] = DESTINATION_PLANNING, [POLICY_IS_MISSING] = DESTINATION_FETCHING, [LEADS_TO_SITE] = DESTINATION_OPEN,
		[IS_PUT_OFF] = DESTINATION_LEAVING, [IS_OVER] = DESTINATION_ENDING,
	},
	[DESTINATION_PLANNING] = {
		[HOP_IS_KNOWN] = DESTINATION_PLANNING, [POLICY_IS_MISSING] = DESTINATION_FETCHING, [LEADS_TO_SITE] = DESTINATION_OPEN,
		[IS_PUT_OFF] = DESTINATION_LEAVING, [IS_OVER] = DESTINATION_ENDING,
	},
	[DESTINATION_FETCHING] = {
		[HOP_IS_KNOWN] = DESTINATION_PLANNING, [POLICY_WAS_TRIED] = DESTINATION_PLANNING_AGAIN,
	},
	[DESTINATION_PLANNING_AGAIN] = {
		[HOP_IS_KNOWN] = DESTINATION_PLANNING, [LEADS_TO_SITE] = DESTINATION_OPEN,
		[IS_PUT_OFF] = DESTINATION_LEAVING, [IS_OVER] = DESTINATION_ENDING,
	},
	[DESTINATION_OPEN] = {
		[HOP_IS_KNOWN] = DESTINATION_PLANNING, [LEADS_TO_SITE] = DESTINATION_OPEN, [LEADS_ELSEWHERE] = DESTINATION_PLANNING,
		[IS_PUT_OFF] = DESTINATION_LEAVING, [IS_OVER] = DESTINATION_ENDING,
	},
	[DESTINATION_ENDING] = { [ALL_HAS_ENDED] = DESTINATION_LEAVING },
};

static void move(struct destination *d, enum event what)
{
	enum destination_state next = transitions[d->state][what];

	if (next == DESTINATION_LOADED)
		abort();
	d->state = next;
}

/* ---- failing, and going on ---- */

/* Put off, or over: then what waits there ends, all of it or what expires before. */
static void leave(struct queue *q, struct destination *d, enum event how, int64_t before_ms)
{
	site_leave(q, d, &d->row.reply);
	plans_stop(q, d);
	move(d, how);
	d->end_before_ms = before_ms;
	d->avoided = 0;    /* the round is over; that block may end before what is still under way */
	d->dirty = true;
}

void flow_ended(struct destination *d)
{
	move(d, ALL_HAS_ENDED);
	d->dirty = true;
}

void flow_wait(struct queue *q, struct destination *d, const struct reply *r)
{
	int64_t seconds = (d->row.hops.backoff_ms - q->wall_ms) / 1000;
	struct buf said = { 0 };

	reply_print(r, &said);
	log_line(LOG_LEVEL_INFO, "destination %s via %s: %s; next try in %lld s", d->name,
	         destination_hop_name(d), buf_text(&said), (long long)seconds);
	buf_free(&said);
	/* Nothing of it was picked yet: a few are, so that the log says of some recipients why they wait. */
	for (struct job *job; d->site == 0 && d->carried.count < TOLD_MAX && (job = destination_pick(q, d, TOLD_MAX)) != NULL;)
		job_list_add(&d->carried, job);
	d->end_reply = *r;
	leave(q, d, schedule_clock_is_trusted(&q->clock, d->begun_boot_ms) ? IS_OVER : IS_PUT_OFF, q->wall_ms);
	watch_put_off(q, d->row.id, r);
}

void flow_end(struct queue *q, struct destination *d, const struct reply *r)
{
	d->end_reply = *r;
	leave(q, d, IS_OVER, INT64_MAX);
}

void flow_plan(struct queue *q, struct destination *d)
{
	move(d, HOP_IS_KNOWN);
	plans_ask(q, d);
}

/* Leads to its current hop again, with all that waits. */
static void lead(struct queue *q, struct destination *d)
{
	site_leave(q, d, NULL);
	plans_stop(q, d);
	d->dirty = true;
	if (d->in_flight == 0)
		destination_reopen(q, d);
	flow_plan(q, d);
}

/* state.hop is the next one already. */
static void go_on(struct queue *q, struct destination *d, const struct reply *r, const struct blocked *round)
{
	d->avoided = round ? round->number : 0;
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
	d->avoided = 0;
	d->limited = false;
	d->hope = d->row.hops.hop > 0;
	free(d->earlier);
	d->earlier = NULL;
}

void flow_failed(struct queue *q, struct destination *d, const struct reply *r, enum hop_failure how)
{
	static const char *const words[] = {
		[HOP_TEMPORARY] = "has failed for long", [HOP_UNREACHABLE] = "is unreachable", [HOP_BLOCKED] = "distrusts this host",
		[HOP_LIMIT] = "takes no more for now",
	};
	const struct blocked *k = NULL;
	struct hop_rules rules = d->hop_rules;
	unsigned hop = d->row.hops.hop;
	struct buf said = { 0 };

	if (how == HOP_BLOCKED && d->site) {
		struct blocked_query at = site_blocked_query(site_at(q, d->site), d);
		k = blocked_find(q, &at);
	}
	rules.on_temporary &= how != HOP_TEMPORARY || fallback_counts_as_temporary(r);
	d->row.reply = *r;
	if (schedule_hop_failed(&d->row.hops, &rules, &q->rules, how, q->wall_ms, queue_random(q)) == HOP_WAIT) {
		flow_wait(q, d, r);
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

void flow_take_detour(struct queue *q, struct destination *d)
{
	struct reply why;

	detour_reply(q, &why);
	schedule_take_detour(&d->row.hops, &d->hop_rules);
	watch_note(q, d->row.id, "%s; trying %s", why.text, destination_hop_name(d));
	go_on(q, d, &why, NULL);
}

static void begin_again(struct queue *q, struct destination *d)
{
	d->row.hops.hop = 0;
	d->row.hops.hop_until_ms = d->row.hops.undecided_ms = 0;
	forget_earlier(d);
	lead(q, d);
}

void flow_paused(struct queue *q, struct destination *d, const struct reply *r, int64_t until_ms)
{
	d->row.reply = *r;
	d->row.hops.backoff_ms = until_ms;
	d->row.hops.tried_ms = q->wall_ms;
	leave(q, d, IS_PUT_OFF, 0);
	watch_put_off(q, d->row.id, r);
}

void flow_reached(struct queue *q, struct destination *d)
{
	struct hop_state before = d->row.hops;
	struct hop_rules rules = d->hop_rules;

	if (d->avoided || d->limited || schedule_is_detour(&rules, d->row.hops.hop))
		rules.stay_ms = 0;    /* as long as that site is blocked, its limit used up or its way barred, and no longer */
	schedule_hop_reached(&d->row.hops, &rules, q->wall_ms);
	d->row.reply = (struct reply){ 0 };
	if (memcmp(&before, &d->row.hops, sizeof before) != 0)
		d->dirty = true;
}

/* ---- opening ---- */

void flow_open(struct queue *q, struct destination *d, struct target *targets, size_t count)
{
	const struct site *s = site_find(q, d, targets, count);
	struct blocked_query at = { &s->receiver, targets_families(targets, count), d };

	site_leave(q, d, NULL);
	struct site_word word = site_judge(q, s, &at);
	move(d, LEADS_TO_SITE);
	if (word.on_trial)
		blocked_begin_trial(q, word.block, d);
	if (word.verdict == SITE_BLOCKED)
		targets_free(targets, count);
	else
		site_add(s, d, targets, count);
	switch (word.verdict) {
	case SITE_OPEN:
		if (site_open_sessions(q, s) > 0)
			flow_reached(q, d);
		break;
	case SITE_BLOCKED:
		schedule_hop_failed(&d->row.hops, &d->hop_rules, &q->rules, HOP_BLOCKED, q->wall_ms, queue_random(q));
		go_on(q, d, &word.block->row.reply, word.block);
		break;
	case SITE_FAILED:
		d->limited |= word.how == HOP_LIMIT;
		flow_failed(q, d, &word.why, word.how);
		break;
	case SITE_PAUSED:
		flow_paused(q, d, &word.why, word.until_ms);
		break;
	}
}

void flow_reconsider(struct queue *q, struct destination *d)
{
	site_leave(q, d, NULL);
	move(d, LEADS_ELSEWHERE);
}

void flow_fetch(struct destination *d)
{
	move(d, POLICY_IS_MISSING);
}

void flow_fetched(struct queue *q, struct destination *d)
{
	move(d, POLICY_WAS_TRIED);
	plans_ask(q, d);
}

/* ---- sites that wait ---- */

void flow_put_away(struct queue *q, const struct site *s, const struct reply *why, int64_t until_ms)
{
	struct reply r = *why;

	while (s->destination_count > 0)
		flow_paused(q, destination_find(q, s->destinations[0]), &r, until_ms);
}

void flow_turn_of_site(struct queue *q, const struct site *s)
{
	struct reply why;
	int64_t until_ms;

	/* The limit is used up: those that have another hop for that go on to it, the others wait. */
	bool is_used_up = s->destination_count > 0 && pacer_is_used_up(q, s->pacer, &why);
	for (size_t i = 0; is_used_up && i < s->destination_count;) {
		struct destination *d = destination_find(q, s->destinations[i]);
		if (!schedule_leads_on(&d->row.hops, &d->hop_rules, HOP_LIMIT, q->wall_ms)) {
			i++;
			continue;
		}
		d->limited = true;
		flow_failed(q, d, &why, HOP_LIMIT);    /* and is no longer among them */
	}
	if (s->destination_count > 0 && site_has_to_wait(q, s, &until_ms, &why))
		flow_put_away(q, s, &why, until_ms);
}

void flow_make_room(struct queue *q, const struct site *s)
{
	int64_t stay_ms = q->rules.retry_min_ms / 10;
	struct reply why;

	if (!q->room_wanted || s->destination_count <= DESTINATIONS_MAX)
		return;
	reply_set(&why, FAULT_TEMPORARY, "4.4.5", STEP_NONE, "", "waits for its turn: the receiver takes its mail slowly");
	for (size_t i = s->destination_count; i-- > 0 && s->destination_count > DESTINATIONS_MAX;) {
		struct destination *d = destination_find(q, s->destinations[i]);
		if (d->in_flight == 0 && q->boot_ms - d->begun_boot_ms >= stay_ms)
			flow_paused(q, d, &why, q->wall_ms + stay_ms + queue_random(q) % (2 * stay_ms + 1));
	}
}

/* ---- blocks that are over ---- */

/*
 * It goes straight by a family that it must not, or takes a detour that is over; changed: one has begun or ended, so that
 * all are judged again. What may have arrived at a hop stays there for its time.
 */
static bool is_astray(const struct queue *q, const struct destination *d, bool changed)
{
	bool has_hop = d->state >= DESTINATION_PLANNING && d->state <= DESTINATION_OPEN;
	bool straight = d->state == DESTINATION_OPEN && strcmp(destination_hop_name(d), "mx") == 0;
	bool on_detour = has_hop && schedule_is_detour(&d->hop_rules, d->row.hops.hop);
	unsigned barred = detour_families(q);

	if ((!straight && !on_detour) || d->row.hops.undecided_ms > q->wall_ms)
		return false;
	if (changed || on_detour)
		return changed || barred == 0;
	const struct site *s = site_at(q, d->site);
	return d->hop_rules.detour > 0 && (targets_families(s->targets, s->target_count) & barred) != 0;
}

void flow_call_back(struct queue *q)
{
	struct destination *d;
	const struct blocked *k;

	bool changed = !q->draining && detour_take_change(q);
	while (!q->draining && (d = blocked_due(q, &k)) != NULL) {
		begin_again(q, d);
		blocked_expect_trial(q, k, d);
	}
	for (d = q->destinations; d; d = d->next)
		if ((d->avoided && !blocked_is_in_force(q, d->avoided)) || (!q->draining && is_astray(q, d, changed)))
			begin_again(q, d);
}

/* ---- into memory, and out of it ---- */

static void begin_round(struct queue *q, struct destination *d)
{
	bool needs_mx = d->row.via.kind == VIA_BY_MX;

	d->begun_boot_ms = q->boot_ms;
	if (!needs_mx && !place_hops(q->routes, d->row.domain, &d->row.via, NULL, &d->hops, &d->hop_rules)) {
		struct buf names = { 0 };
		struct reply gone;
		via_names_text(&d->row.via, &names);
		reply_set(&gone, FAULT_TEMPORARY, "4.3.5", STEP_NONE, "", "the configuration no longer has a route via %s",
		          buf_text(&names));
		buf_free(&names);
		d->hop_rules = (struct hop_rules){ .hops = 1 };
		flow_failed(q, d, &gone, HOP_TEMPORARY);
		return;
	}
	schedule_round(&d->row.hops, &d->hop_rules, q->wall_ms);
	forget_earlier(d);
	destination_reopen(q, d);
	move(d, needs_mx ? ROUTE_HANGS_ON_MX : HOP_IS_KNOWN);
	plans_ask(q, d);
}

void flow_activate(struct queue *q)
{
	struct store_due due[ACTIVE_MAX + DUE_BATCH];

	if (!q->look_for_due && q->next_wake_ms > q->wall_ms)
		return;
	q->look_for_due = q->room_wanted = false;
	q->next_wake_ms = STORE_NEVER;
	/* Those in memory stand among the first in the store's order: look past them. */
	size_t n = store_due_destinations(q->store, due, q->destination_count + DUE_BATCH);
	size_t room = ACTIVE_MAX - q->destination_count;
	for (size_t i = 0; i < n; i++) {
		if (destination_find(q, due[i].id))
			continue;
		if (due[i].wake_ms > q->wall_ms) {
			q->next_wake_ms = due[i].wake_ms;
			return;
		}
		if (room == 0) {
			q->room_wanted = true;    /* one that goes sets look_for_due */
			return;
		}
		room--;
		struct destination *d = destination_load(q, due[i].id);
		if (d)
			begin_round(q, d);
		q->look_for_due = true;
	}
}

/* True when it may go from memory. */
static bool settle(struct queue *q, struct destination *d)
{
	if (d->in_flight > 0)
		return false;
	if (d->state == DESTINATION_LEAVING)
		return !d->dirty;
	if (d->state != DESTINATION_OPEN || d->more)
		return false;
	if (d->row.wake_ms <= q->wall_ms) {
		d->row.wake_ms = destination_find_wake(q, d);
		if (d->row.wake_ms <= q->wall_ms) {
			destination_reopen(q, d);
			return false;
		}
		d->dirty = true;
	}
	if (d->idle_boot_ms == 0)
		d->idle_boot_ms = q->boot_ms;
	/* Kept for a moment for the next message, unless others need the room. */
	bool lingers = q->destination_count <= ACTIVE_MAX / 2 && q->boot_ms - d->idle_boot_ms < LINGER_MS;
	if (lingers) {    /* until it goes, or something is due there */
		int64_t leaves = d->idle_boot_ms + LINGER_MS;
		int64_t wakes = d->row.wake_ms == STORE_NEVER ? INT64_MAX : q->boot_ms + (d->row.wake_ms - q->wall_ms);
		timers_set(&q->timers, TIMER_LINGER, d->row.id, leaves < wakes ? leaves : wakes);
	}
	if (lingers || d->dirty || d->touched)
		return false;
	site_leave(q, d, NULL);
	return true;
}

void flow_settle(struct queue *q)
{
	for (struct destination *d = q->destinations, *next; d; d = next) {
		next = d->next;
		if (settle(q, d))
			destination_unload(q, d);
	}
}
