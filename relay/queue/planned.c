/* SPDX-License-Identifier: ISC */
#include "relay/queue/planned.h"

#include "relay/queue/destination.h"
#include "relay/queue/detour.h"
#include "relay/queue/flow.h"
#include "relay/queue/peers.h"
#include "relay/queue/place.h"
#include "relay/queue/plans.h"
#include "relay/queue/policy.h"
#include "relay/queue/site.h"
#include "relay/queue/watch.h"
#include "relay/route/hop.h"

enum {
	HOSTNAME_PAUSE_MS = 1000,      /* until its mail has been placed again, which takes a turn or few */
	TOLD_MAX = 10,                 /* hosts, to who watches */
};

/* ---- what the answer means ---- */

/* A smarthost whose name is wrong is our fault, not the recipient's. */
static void plan_failed(struct queue *q, struct destination *d, const struct plan *p)
{
	bool is_mx = d->state == DESTINATION_ROUTING || strcmp(destination_hop_name(d), "mx") == 0;
	enum hop_trouble trouble = hop_plan_trouble(is_mx, d->row.hops.hop, &p->fault, p->unconfirmed);
	struct reply r = reply_of_fault(&p->fault, STEP_NONE, "");

	bool is_final = trouble == HOP_PLAN_FINAL ||
	                (trouble == HOP_PLAN_UNCONFIRMED && schedule_nxdomain(&d->row.hops, &q->rules, q->resolved_ms, q->wall_ms));
	if (is_final) {
		d->row.reply = r;
		flow_end(q, d, &r);
		return;
	}
	reply_make_temporary(&r);
	if (trouble != HOP_PLAN_UNCONFIRMED) {
		flow_failed(q, d, &r, trouble == HOP_PLAN_USELESS ? HOP_UNREACHABLE : HOP_TEMPORARY);
		return;
	}
	d->row.reply = r;
	if (q->resolved_ms < d->row.hops.nxdomain_ms)
		plans_ask_control_name(q);
	flow_wait(q, d, &r);
}

/* The MX is known now, and with it the route. False: it has failed. */
static bool find_route(struct queue *q, struct destination *d, const struct plan *p)
{
	struct text_list hosts = { 0 };
	struct reply none;

	for (size_t i = 0; i < p->target_count; i++)
		text_list_add(&hosts, span_of(p->targets[i].host));
	bool found = place_hops(q->routes, d->row.domain, &d->row.via, &hosts, &d->hops, &d->hop_rules);
	text_list_free(&hosts);
	if (found) {
		schedule_round(&d->row.hops, &d->hop_rules, q->wall_ms);
		return true;
	}
	reply_set(&none, FAULT_TEMPORARY, "4.3.5", STEP_NONE, "", "no route to %s", d->row.domain);
	flow_failed(q, d, &none, HOP_TEMPORARY);
	return false;
}

/* The answer is about hostname, and says that its mail stays: what waits there is placed again. */
static bool stays_here(struct queue *q, struct destination *d, const struct plan *p)
{
	struct reply r;

	if (d->state != DESTINATION_ROUTING ||
	    !routes_learn_hostname_mx(q->routes, span_of(d->row.domain), p->fault.kind, p->mx_elsewhere))
		return false;
	q->hostname_boot_ms = q->boot_ms;
	if (p->mx_elsewhere)
		return false;
	reply_set(&r, FAULT_TEMPORARY, "4.3.5", STEP_NONE, "", "%s is this host: its mail goes to root's reader", d->row.domain);
	flow_paused(q, d, &r, q->wall_ms + HOSTNAME_PAUSE_MS);
	q->hostname_is_here = true;
	return true;
}

/* What the DNS says of each host, and what its TLS must be on whose word: for who watches. */
static void tell_targets(struct queue *q, const struct destination *d, const struct plan *p)
{
	static const char *const dane[] = {
		[DANE_NONE] = "no TLSA records", [DANE_USABLE] = "TLSA records, by which its certificate is proved (DANE)",
		[DANE_UNUSABLE] = "TLSA records of no use to mail", [DANE_FAILED] = "TLSA records that cannot be looked up: it is not used",
	};

	watch_note(q, d->row.id, "via %s: %zu host%s, the first of them %s", destination_hop_name(d), p->target_count,
	           p->target_count == 1 ? "" : "s", p->targets[0].host);
	for (size_t i = 0; i < p->target_count && i < TOLD_MAX && watch_is_on(q, d->row.id); i++) {
		const struct target *t = &p->targets[i];
		struct buf addresses = { 0 };
		for (size_t k = 0; k < t->address_count; k++) {
			buf_add_byte(&addresses, ' ');
			ip_address_print(&t->addresses[k], &addresses);
		}
		watch_note(q, d->row.id, "%s, preference %u:%s; %s%s%s%s", t->host, t->preference, buf_text(&addresses), dane[t->dane],
		           t->sts == STS_NONE ? "" : "; MTA-STS ", t->sts == STS_NONE ? "" : sts_mode_name(t->sts),
		           t->sts == STS_NONE ? "" : t->sts_listed ? ", which names it" : ", which does NOT name it");
		buf_free(&addresses);
	}
}

/*
 * Hosts of an MX lose the addresses of a family that no mail goes straight by. True: they had no others, and d's mail
 * takes its detour. What the owner sends straight does not, nor does what may have arrived there: both go as they are.
 */
static bool must_take_detour(struct queue *q, const struct destination *d, struct plan *p)
{
	unsigned barred = detour_families(q);

	if (barred == 0)
		return false;
	if (targets_families(p->targets, p->target_count) & ~barred)
		hop_drop_families(barred, p->targets, &p->target_count);
	else
		return d->hop_rules.detour > 0 && d->row.hops.undecided_ms <= q->wall_ms;
	return false;
}

/* Takes the targets over. */
static void open_at_site(struct queue *q, struct destination *d, struct plan *p)
{
	const struct smarthost *hop = settings_smarthost(q->settings, destination_hop_name(d));
	struct fault none;

	if (hop_keep_families(q->settings, hop, p->targets, &p->target_count, &none) < 0) {
		struct reply r = reply_of_fault(&none, STEP_NONE, "");
		flow_failed(q, d, &r, HOP_UNREACHABLE);
		return;
	}
	if (hop == NULL && must_take_detour(q, d, p)) {
		flow_take_detour(q, d);
		return;
	}
	tell_targets(q, d, p);
	plans_hold(q, d);
	if (!site_renew(q, d, p->targets, p->target_count))
		flow_open(q, d, p->targets, p->target_count);
	p->targets = NULL;
	p->target_count = 0;
}

static void use_plan(struct queue *q, struct destination *d, struct plan *p)
{
	bool routed_now = d->state == DESTINATION_ROUTING;

	if (stays_here(q, d, p))
		return;
	if (p->fault.kind == FAULT_NONE && p->target_count == 0)
		fault_set(&p->fault, FAULT_TEMPORARY, "4.4.3", "planning found no host for %s", d->name);
	if (p->fault.kind != FAULT_NONE) {
		plan_failed(q, d, p);
		return;
	}
	q->resolved_ms = q->wall_ms;
	if (routed_now && !find_route(q, d, p))
		return;
	if (routed_now && strcmp(destination_hop_name(d), "mx") != 0) {
		flow_plan(q, d);
		return;
	}
	if (p->sts_id[0] && d->state != DESTINATION_PLANNING_AGAIN) {
		flow_fetch(d);
		policy_fetch(q, d->row.domain, p);
		return;
	}
	open_at_site(q, d, p);
}

/* An answer that is a fault changes nothing for who has hosts already: they will tell. */
static void renew_plan(struct queue *q, struct destination *d, struct plan *p)
{
	plans_hold(q, d);
	if (p->fault.kind != FAULT_NONE || p->target_count == 0)
		return;
	if (p->sts_id[0])
		flow_reconsider(q, d);
	use_plan(q, d, p);
}

void planned_answer(struct queue *q, struct peer_channel *from, struct frame *frame)
{
	struct plan p;

	if (plan_decode(frame->payload, &p) < 0) {
		peers_close(q, from);
		return;
	}
	struct destination *d = table_get(&q->plan_tickets, p.ticket);
	if (d) {
		from->strange = 0;
		plans_stop(q, d);
		if (d->state == DESTINATION_OPEN)
			renew_plan(q, d, &p);
		else
			use_plan(q, d, &p);
	} else if (p.ticket == q->control_plan && p.ticket != 0) {
		q->control_plan = 0;
		/* A null MX, or one that is ourselves, is an answer too. */
		if (p.fault.kind != FAULT_TEMPORARY && !p.unconfirmed)
			q->resolved_ms = q->wall_ms;
	} else {
		peers_is_strange(q, from);
	}
	plan_free(&p);
}

/* ---- time ---- */

void planned_policy_over(struct queue *q)
{
	for (struct destination *d = q->destinations; d && !q->draining; d = d->next)
		if (d->state == DESTINATION_FETCHING && !policy_is_awaited(q, d->row.domain))
			flow_fetched(q, d);
}

void planned_timed_out(struct queue *q, uint64_t destination)
{
	struct destination *d = destination_find(q, destination);
	struct reply late;

	if (d == NULL || d->plan_ticket == 0)
		return;
	reply_set(&late, FAULT_TEMPORARY, "4.4.3", STEP_NONE, "", "the resolver did not answer in time");
	timers_set(&q->timers, TIMER_RESOLVER, d->plan_peer, q->boot_ms);
	plans_stop(q, d);
	plans_hold(q, d);
	if (destination_is_planning(d))
		flow_failed(q, d, &late, HOP_TEMPORARY);
}

/* A look-up that comes to nothing ends long before, with a word of why. */
void planned_resolver_timed_out(struct queue *q, uint64_t serial)
{
	struct peer_channel *p = peers_find(q, serial);

	if (p)
		peers_expel(q, p, "does not answer");
}
