#include "relay/queue/destination.h"

#include "base/log.h"
#include "relay/hop.h"
#include "relay/queue/job.h"
#include "relay/queue/look.h"
#include "relay/queue/fallback.h"
#include "relay/queue/outcome.h"
#include "relay/queue/peers.h"
#include "relay/queue/place.h"
#include "relay/queue/policy.h"
#include "relay/queue/site.h"
#include "relay/queue/sticky.h"

#include <stdlib.h>

enum { ACTIVE_MAX = 300, DUE_BATCH = 32, END_BATCH = 500, TOLD_MAX = 10, PLAN_DEADLINE_MS = 120 * 1000, PLAN_LIFE_MS = 30 * 60 * 1000 };

static const struct store_cursor cursor_start = { INT64_MIN, 0 };

const char *destination_hop_name(const struct destination *d)
{
	return d->row.hops.hop < d->hops.count ? d->hops.items[d->row.hops.hop] : "mx";
}

const char *destination_name(const struct destination *d)
{
	return d->row.domain[0] ? d->row.domain : via_names(d->row.via);
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
	const struct smarthost *hop = settings_smarthost(q->settings, destination_hop_name(d));
	uint32_t set = hop_recipients(q->settings, hop);
	struct store_recipient found[DELIVERY_RECIPIENTS_MAX];
	struct job *job = NULL;

	most = most < set ? most : set;
	for (size_t i = 0; d->more && i < d->lane_count && job == NULL; i++) {
		d->turn = (d->turn + 1) % d->lane_count;
		struct lane *s = &d->lanes[d->turn];
		if (s->done)
			continue;
		size_t n = store_next_recipients(q->store, d->row.id, s->number, q->wall_ms, &s->cursor, found,
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

void destination_due_again(struct destination *d, uint64_t lane)
{
	find_lane(d, lane)->done = false;
	d->more = true;
	d->idle_boot_ms = 0;
}

/* ---- planning ---- */

static void ask_resolver(struct queue *q, struct destination *d)
{
	struct peer_channel *resolver = peers_least_busy(q, ROLE_RESOLVER);

	if (resolver == NULL)
		return;
	const struct smarthost *hop = d->needs_route ? NULL : settings_smarthost(q->settings, destination_hop_name(d));
	struct buf name = { 0 };
	struct plan_job job = { .ticket = queue_ticket(q), .kind = hop_plan(hop, d->row.domain, &name) };

	job.name = buf_take(&name);
	if (job.kind == PLAN_MX && q->settings->mx_tls == TLS_MAY)
		policy_known(q, job.name, &job.sts);
	d->plan_ticket = job.ticket;
	d->plan_deadline_ms = q->boot_ms + PLAN_DEADLINE_MS;
	table_put(&q->plan_tickets, job.ticket, d);
	buf_clear(&q->scratch);
	plan_job_encode(&job, &q->scratch);
	plan_job_free(&job);
	peers_put(resolver, FRAME_PLAN, &q->scratch, -1);
}

static void stop_planning(struct queue *q, struct destination *d)
{
	table_remove(&q->plan_tickets, d->plan_ticket);
	d->plan_ticket = 0;
}

static void plan(struct queue *q, struct destination *d)
{
	d->state = DESTINATION_PLANNING;
	d->awaits_policy = false;
	stop_planning(q, d);
	ask_resolver(q, d);
}

/* Mail never ends for some: their hosts, and what was published of their TLS, are looked up again meanwhile. */
static int64_t plan_ends_ms(const struct queue *q, const struct destination *d)
{
	return d->planned_boot_ms + (int64_t)(PLAN_LIFE_MS * q->settings->time_scale);
}

static void plan_again(struct queue *q, struct destination *d)
{
	if (d->more && plan_ends_ms(q, d) <= q->boot_ms)
		ask_resolver(q, d);
}

/* Any other name that resolves proves that an NXDOMAIN is not our own trouble. */
static void ask_control_name(struct queue *q)
{
	struct peer_channel *resolver = peers_least_busy(q, ROLE_RESOLVER);
	struct plan_job job = { .kind = PLAN_MX, .name = q->settings->domain };

	if (resolver == NULL)
		return;
	q->control_plan = job.ticket = queue_ticket(q);
	buf_clear(&q->scratch);
	plan_job_encode(&job, &q->scratch);
	peers_put(resolver, FRAME_PLAN, &q->scratch, -1);
}

static void leave(struct queue *q, struct destination *d)
{
	site_leave(q, d, &d->row.fault);
	stop_planning(q, d);
	d->state = DESTINATION_LEAVING;
	d->dirty = true;
}

/* Ends what waits there: all of it, or what is too old. */
static void end_recipients(struct destination *d, const struct fault *f, int64_t before_ms)
{
	d->ending = true;
	d->end_fault = *f;
	d->end_before_ms = before_ms;
}

/* Nothing of it was picked yet: a few are, so that the log says of some recipients why they wait. */
static void pick_to_tell(struct queue *q, struct destination *d)
{
	struct job *job;

	while (d->site == NULL && d->carried.count < TOLD_MAX && (job = destination_pick(q, d, TOLD_MAX)) != NULL)
		job_list_add(&d->carried, job);
}

static void wait_for_retry(struct queue *q, struct destination *d, const struct fault *f)
{
	int64_t seconds = (d->row.hops.backoff_ms - q->wall_ms) / 1000;

	log_line(LOG_LEVEL_INFO, "destination %s via %s: %s; next try in %lld s", destination_name(d),
	         destination_hop_name(d), f->text, (long long)seconds);
	pick_to_tell(q, d);
	leave(q, d);
	look_put_off(q, d->row.id, f);
	if (d->begun_boot_ms > q->clock.step_boot_ms)
		end_recipients(d, f, q->wall_ms);
}

/* Leads to its current hop anew, with all that waits. */
static void lead(struct queue *q, struct destination *d)
{
	site_leave(q, d, NULL);
	stop_planning(q, d);
	d->dirty = true;
	if (d->in_flight == 0)
		reopen(q, d);
	plan(q, d);
}

/* state.hop is the next one already. */
static void go_on(struct queue *q, struct destination *d, const struct fault *f, struct sticky *round)
{
	d->passed = round;
	d->hope |= !fallback_is_final(f);
	if (d->earlier == NULL)
		d->earlier = mem_text(f->text);
	lead(q, d);
}

static void forget_earlier(struct destination *d)
{
	d->passed = NULL;
	d->hope = d->row.hops.hop > 0;
	free(d->earlier);
	d->earlier = NULL;
}

void destination_failed(struct queue *q, struct destination *d, const struct fault *f, enum hop_failure how)
{
	static const char *const words[] = {
		[HOP_TEMPORARY] = "has failed for long", [HOP_UNREACHABLE] = "is unreachable", [HOP_BLOCKED] = "is passed by",
	};
	struct sticky *k = how == HOP_BLOCKED && d->site ? sticky_find(q, d->site->hosts) : NULL;
	struct hop_rules rules = d->hop_rules;
	unsigned hop = d->row.hops.hop;

	rules.on_temporary &= how != HOP_TEMPORARY || fallback_counts_as_temporary(f);
	d->row.fault = *f;
	if (schedule_hop_failed(&d->row.hops, &rules, &q->rules, how, q->wall_ms, queue_random(q)) == HOP_WAIT) {
		wait_for_retry(q, d, f);
		return;
	}
	log_line(LOG_LEVEL_INFO, "destination %s: %s %s (%s); trying %s", destination_name(d), d->hops.items[hop], words[how],
	         f->text, destination_hop_name(d));
	look_note(q, d->row.id, "%s %s (%s); trying %s", d->hops.items[hop], words[how], f->text, destination_hop_name(d));
	go_on(q, d, f, k);
}

void destination_pass_by(struct queue *q, struct destination *d, struct sticky *k)
{
	schedule_hop_failed(&d->row.hops, &d->hop_rules, &q->rules, HOP_BLOCKED, q->wall_ms, queue_random(q));
	go_on(q, d, &k->row.fault, k);
}

void destination_begin_again(struct queue *q, struct destination *d)
{
	if (d->state == DESTINATION_LEAVING)
		return;
	d->row.hops.hop = 0;
	d->row.hops.hop_until_ms = 0;
	forget_earlier(d);
	lead(q, d);
}

void destination_paused(struct queue *q, struct destination *d, const struct fault *f, int64_t until_ms)
{
	d->row.fault = *f;
	d->row.hops.backoff_ms = until_ms;
	leave(q, d);
	look_put_off(q, d->row.id, f);
}

void destination_reached(struct queue *q, struct destination *d)
{
	struct hop_state before = d->row.hops;
	struct hop_rules rules = d->hop_rules;

	if (d->passed)
		rules.stay_ms = 0;    /* as long as that site is passed by, and no longer */
	schedule_hop_reached(&d->row.hops, &rules, q->wall_ms);
	d->row.fault = (struct fault){ 0 };
	if (memcmp(&before, &d->row.hops, sizeof before) != 0)
		d->dirty = true;
}

static void no_such_domain(struct queue *q, struct destination *d, const struct plan *p)
{
	bool final = schedule_nxdomain(&d->row.hops, &q->rules, q->resolved_ms, q->wall_ms);

	d->row.fault = p->fault;
	if (final) {
		leave(q, d);
		end_recipients(d, &p->fault, INT64_MAX);
		return;
	}
	d->row.fault.kind = FAULT_TEMPORARY;
	d->row.fault.status[0] = '4';
	if (q->resolved_ms < d->row.hops.nxdomain_ms)
		ask_control_name(q);
	wait_for_retry(q, d, &d->row.fault);
}

/* A smarthost whose name is wrong is our fault, not the recipient's. */
static void plan_failed(struct queue *q, struct destination *d, const struct plan *p)
{
	bool is_mx = d->needs_route || strcmp(destination_hop_name(d), "mx") == 0;
	bool final = p->fault.kind != FAULT_TEMPORARY;
	struct fault f = p->fault;

	if (final && is_mx && d->row.hops.hop == 0) {
		if (p->unconfirmed) {
			no_such_domain(q, d, p);
			return;
		}
		d->row.fault = f;
		leave(q, d);
		end_recipients(d, &f, INT64_MAX);
		return;
	}
	f.kind = FAULT_TEMPORARY;
	f.status[0] = '4';
	destination_failed(q, d, &f, final ? HOP_UNREACHABLE : HOP_TEMPORARY);
}

/* The MX is known now, and with it the route. False: it has failed. */
static bool find_route(struct queue *q, struct destination *d, const struct plan *p)
{
	struct text_list hosts = { 0 };
	struct fault none;

	for (size_t i = 0; i < p->target_count; i++)
		text_list_add(&hosts, span_of(p->targets[i].host));
	bool found = place_hops(q->routes, d->row.domain, d->row.via, &hosts, &d->hops, &d->hop_rules);
	text_list_free(&hosts);
	d->needs_route = false;
	if (found) {
		schedule_round(&d->row.hops, &d->hop_rules, q->wall_ms);
		return true;
	}
	fault_set(&none, FAULT_TEMPORARY, "4.3.5", "no route to %s", d->row.domain);
	destination_failed(q, d, &none, HOP_TEMPORARY);
	return false;
}

/* Takes the targets over. */
static void open_at_site(struct queue *q, struct destination *d, struct plan *p)
{
	const struct smarthost *hop = settings_smarthost(q->settings, destination_hop_name(d));
	struct fault none;

	if (hop_keep_families(q->settings, hop, p->targets, &p->target_count, &none) < 0) {
		destination_failed(q, d, &none, HOP_UNREACHABLE);
		return;
	}
	look_note(q, d->row.id, "via %s: %zu host%s, the first of them %s", destination_hop_name(d), p->target_count,
	          p->target_count == 1 ? "" : "s", p->targets[0].host);
	d->planned_boot_ms = q->boot_ms;
	if (!site_renew(q, d, p->targets, p->target_count)) {
		site_leave(q, d, NULL);
		d->state = DESTINATION_OPEN;
		site_add(q, d, p->targets, p->target_count);
	}
	p->targets = NULL;
	p->target_count = 0;
}

static void use_plan(struct queue *q, struct destination *d, struct plan *p)
{
	bool routed_now = d->needs_route;

	if (p->fault.kind == FAULT_NONE && p->target_count == 0)
		fault_set(&p->fault, FAULT_TEMPORARY, "4.4.3", "planning found no host for %s", destination_name(d));
	if (p->fault.kind != FAULT_NONE) {
		plan_failed(q, d, p);
		return;
	}
	q->resolved_ms = q->wall_ms;
	if (routed_now && !find_route(q, d, p))
		return;
	if (routed_now && strcmp(destination_hop_name(d), "mx") != 0) {
		plan(q, d);
		return;
	}
	if (p->sts_id[0] && !d->policy_tried) {
		d->awaits_policy = true;
		policy_fetch(q, d->row.domain, p);
		return;
	}
	open_at_site(q, d, p);
}

void destination_policy_came(struct queue *q, const char *domain, const struct fault *f)
{
	for (struct destination *d = q->destinations; d; d = d->next) {
		if (!d->awaits_policy || strcmp(d->row.domain, domain) != 0)
			continue;
		d->awaits_policy = false;
		d->policy_tried = true;
		if (f)
			destination_failed(q, d, f, HOP_TEMPORARY);
		else
			plan(q, d);
	}
}

/* An answer that is a fault changes nothing for who has hosts already: they will tell. */
static void renew_plan(struct queue *q, struct destination *d, struct plan *p)
{
	d->planned_boot_ms = q->boot_ms;
	if (p->fault.kind != FAULT_NONE || p->target_count == 0)
		return;
	d->policy_tried = false;
	if (p->sts_id[0]) {
		site_leave(q, d, NULL);
		d->state = DESTINATION_PLANNING;
	}
	use_plan(q, d, p);
}

void destination_planned(struct queue *q, struct peer_channel *from, struct span payload)
{
	struct plan p;

	if (plan_decode(payload, &p) < 0) {
		peers_close(q, from);
		return;
	}
	struct destination *d = table_get(&q->plan_tickets, p.ticket);
	if (d) {
		stop_planning(q, d);
		if (d->state == DESTINATION_OPEN)
			renew_plan(q, d, &p);
		else
			use_plan(q, d, &p);
	} else if (p.ticket == q->control_plan && p.ticket != 0) {
		q->control_plan = 0;
		/* A null MX, or one that is ourselves, is an answer too. */
		if (p.fault.kind != FAULT_TEMPORARY && !p.unconfirmed)
			q->resolved_ms = q->wall_ms;
	}
	plan_free(&p);
}

void destination_resolver_came(struct queue *q)
{
	for (struct destination *d = q->destinations; d; d = d->next)
		if (d->state == DESTINATION_PLANNING && d->plan_ticket == 0 && !d->awaits_policy)
			ask_resolver(q, d);
}

void destination_resolver_lost(struct queue *q)
{
	for (struct destination *d = q->destinations; d; d = d->next)
		stop_planning(q, d);
	destination_resolver_came(q);
}

void destination_deadlines(struct queue *q)
{
	struct fault late;

	fault_set(&late, FAULT_TEMPORARY, "4.4.3", "the resolver did not answer in time");
	for (struct destination *d = q->destinations; d; d = d->next) {
		if (d->state == DESTINATION_OPEN && d->plan_ticket == 0)
			plan_again(q, d);
		if (d->plan_ticket == 0 || d->plan_deadline_ms > q->boot_ms)
			continue;
		stop_planning(q, d);
		d->planned_boot_ms = q->boot_ms;
		if (d->state == DESTINATION_PLANNING)
			destination_failed(q, d, &late, HOP_TEMPORARY);
	}
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
	d->needs_route = via_is_by_mx(via_plain(d->row.via));
	if (!d->needs_route && !place_hops(q->routes, d->row.domain, d->row.via, NULL, &d->hops, &d->hop_rules)) {
		struct fault gone;
		fault_set(&gone, FAULT_TEMPORARY, "4.3.5", "the configuration has no way via %s any more", via_names(d->row.via));
		d->hop_rules = (struct hop_rules){ .hops = 1 };
		destination_failed(q, d, &gone, HOP_TEMPORARY);
		return;
	}
	schedule_round(&d->row.hops, &d->hop_rules, q->wall_ms);
	forget_earlier(d);
	reopen(q, d);
	plan(q, d);
}

static void take_up(struct queue *q, uint64_t id)
{
	struct destination *d = mem_alloc(sizeof *d);

	if (!store_load_destination(q->store, id, &d->row)) {
		free(d);
		return;
	}
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

void destination_hurry(struct queue *q, uint64_t id)
{
	struct destination *d = table_get(&q->destination_ids, id);

	q->look_for_due = true;
	if (d == NULL) {
		store_hurry_destination(q->store, id, q->wall_ms);
		return;
	}
	d->row.hops.backoff_ms = 0;
	d->row.wake_ms = q->wall_ms;
	d->dirty = true;
}

static void free_destination(struct queue *q, struct destination *d)
{
	table_remove(&q->destination_ids, d->row.id);
	table_remove(&q->plan_tickets, d->plan_ticket);
	store_destination_free(&d->row);
	text_list_free(&d->hops);
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
	if (d->state == DESTINATION_OPEN && d->more && plan_ends_ms(q, d) > q->boot_ms)
		return plan_ends_ms(q, d);
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
		outcome_for_waiting(q, d, &rows[first], i - first, &d->end_fault);
		first = i;
	}
}

void destination_make_results(struct queue *q)
{
	static struct store_recipient rows[END_BATCH];

	for (struct destination *d = q->destinations; d; d = d->next) {
		if (!d->ending || d->in_flight > 0)
			continue;
		/* A clock that was set back meanwhile has made some of them young again. */
		int64_t before_ms = d->end_before_ms != INT64_MAX && d->end_before_ms > q->wall_ms ? q->wall_ms : d->end_before_ms;
		size_t n = store_overdue(q->store, d->row.id, before_ms, rows, END_BATCH);
		end_batch(q, d, rows, n);
		if (n == 0) {
			d->ending = false;
			d->dirty = true;
		}
	}
}

bool destination_write(struct queue *q)
{
	bool wrote = false;

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
		wrote = true;
	}
	return wrote;
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
