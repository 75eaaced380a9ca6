/* SPDX-License-Identifier: ISC */
#include "relay/queue/feedback.h"

#include "base/log.h"
#include "relay/queue/blocked.h"
#include "relay/queue/destination.h"
#include "relay/queue/fallback.h"
#include "relay/queue/flow.h"
#include "relay/queue/smtp_session.h"

/* Those that have another hop for it go on to that; the others stay. */
static void leave_blocked(struct queue *q, const struct site *s)
{
	for (size_t i = 0; i < s->destination_count;) {
		struct destination *d = destination_find(q, s->destinations[i]);
		struct blocked_query at = site_blocked_query(s, d);
		const struct blocked *k;
		if (blocked_way(q, &at, &k) != WAY_NEXT_HOP) {
			i++;
			continue;
		}
		struct reply r = k->row.reply;
		flow_failed(q, d, &r, HOP_BLOCKED);    /* and is no longer among them */
	}
}

static void leave_blocked_sites(struct queue *q, const struct receiver *r)
{
	for (const struct site *s = q->sites; s; s = s->next)
		if (receiver_eq(&s->receiver, r))    /* whatever TLS they demand */
			leave_blocked(q, s);
}

/* Of the destinations that such a reply is about, the first that has another hop; else the first. */
static const struct destination *whose_rule(const struct queue *q, const struct site *s, const struct destination *d,
                                            const struct reply *r)
{
	if (r->reach == REACH_DOMAIN)
		return d;
	for (size_t i = 0; i < s->destination_count; i++)
		if (blocked_has_next_hop(destination_find(q, s->destinations[i])))
			return destination_find(q, s->destinations[i]);
	return d ? d : s->destination_count > 0 ? destination_find(q, s->destinations[0]) : NULL;
}

bool feedback_blocked(struct queue *q, const struct site *s, const struct destination *d, const struct reply *r)
{
	const struct destination *rule = whose_rule(q, s, d, r);
	struct blocked_query at = site_blocked_query(s, rule);
	bool another = blocked_leaves_another(q, &at, r), has_next = rule && blocked_has_next_hop(rule);
	struct buf how = { 0 };

	if (!another && !has_next)
		return false;
	if (another)
		buf_add_text(&how, "going from another of our addresses");
	else
		buf_printf(&how, "going via %s", rule->hops.items[rule->row.hops.hop + 1]);
	blocked_begin(q, &at, rule ? rule->hop_rules.blocked_stay_ms : 0, buf_text(&how), r);
	buf_free(&how);
	leave_blocked_sites(q, &s->receiver);
	return another || r->reach == REACH_DOMAIN;
}

void feedback_none_left(struct queue *q, const struct site *s, const struct destination *d)
{
	struct blocked_query at = site_blocked_query(s, d);

	blocked_is_alone(q, &at);
	leave_blocked_sites(q, &s->receiver);
}

void feedback_took(struct queue *q, const struct site *s, const struct destination *d, const struct smtp_session *x)
{
	struct blocked_query at = site_blocked_query(s, d);

	if (q->blocked)
		blocked_took(q, &at, x->source ? x->source : "");
}

/* Before the destinations are told: distrust of this host moves mail, and so does a trial that cannot be held. */
static void learn_of_failure(struct queue *q, const struct site *s, const struct reply *r)
{
	struct blocked_query at = site_blocked_query(s, NULL);

	if (fallback_is_block(r)) {
		feedback_blocked(q, s, NULL, r);
	} else if (q->blocked && blocked_is_on_trial(q, &at)) {
		blocked_put_off(q, &at, r);
		leave_blocked(q, s);
	}
}

/* It says something of this host or that one, not of a recipient. */
static struct reply of_the_site(const struct reply *r)
{
	struct reply own = *r;

	if (own.kind == FAULT_NONE)
		reply_set(&own, FAULT_TEMPORARY, "4.4.2", STEP_NONE, r->relay, "the session ended without a reason");
	reply_make_temporary(&own);
	return own;
}

static void fail(struct queue *q, const struct site *at, const struct reply *r, bool unreachable)
{
	struct site *s = site_change(at);

	s->reply = of_the_site(r);
	s->how = unreachable ? HOP_UNREACHABLE : HOP_TEMPORARY;
	s->bad_until_boot_ms = q->boot_ms + q->rules.retry_min_ms / 2;
	s->fruitless = 0;
	learn_of_failure(q, s, &s->reply);
	while (s->destination_count > 0)
		flow_failed(q, destination_find(q, s->destinations[0]), &s->reply, s->how);
}

void feedback_of_account(struct queue *q, const struct site *s, const struct reply *r)
{
	fail(q, s, r, false);
}

static void pause_receiver(struct queue *q, const struct site *s, const struct reply *r)
{
	struct pacer *p = pacer_change(s->pacer);
	int64_t wait_ms = p->pace.paused_until_ms - q->boot_ms;
	struct buf name = { 0 }, said = { 0 };

	p->reply = of_the_site(r);
	receiver_name(&p->receiver, &name);
	reply_print(&p->reply, &said);
	log_line(LOG_LEVEL_INFO, "site %s: %s; nothing goes there for %.3g s", buf_text(&name), buf_text(&said),
	         (double)wait_ms / 1000.0);
	buf_free(&name);
	buf_free(&said);
	learn_of_failure(q, s, &p->reply);
	for (const struct site *at = q->sites; at; at = at->next)
		if (at->pacer == p)
			flow_put_away(q, at, &p->reply, q->wall_ms + wait_ms);
}

/* After pauses only what becomes of a message shows it. */
void feedback_reached(struct queue *q, const struct site *s)
{
	if (s->pacer->pace.pauses > 0)
		return;
	site_change(s)->bad_until_boot_ms = 0;
	for (size_t i = 0; i < s->destination_count; i++)
		flow_reached(q, destination_find(q, s->destinations[i]));
}

static void heard(struct queue *q, const struct site *s, enum pace_event event, unsigned open, const struct reply *why,
                  bool unreachable)
{
	struct pacer *p = pacer_change(s->pacer);
	bool was_well = p->pace.pauses == 0, was_paused = q->boot_ms < p->pace.paused_until_ms;

	switch (pace_hear(&p->pace, &p->rules, event, open, q->boot_ms, queue_random(q))) {
	case PACE_ON:
		if (!was_well && p->pace.pauses == 0)
			feedback_reached(q, s);
		break;
	case PACE_PAUSE:
		if (!was_paused)
			pause_receiver(q, s, why);
		break;
	case PACE_FAILED:
		fail(q, s, why, unreachable);
		break;
	}
}

void feedback_heard(struct queue *q, const struct site *s, enum pace_event event, const struct reply *why)
{
	heard(q, s, event, 0, why, false);
}

void feedback_refused(struct queue *q, const struct site *s, const struct reply *r)
{
	unsigned open = site_receiver_sessions(q, s);

	if (r->kind == FAULT_TEMPORARY)
		heard(q, s, pace_event_of_refusal(r, open), open, r, false);
	else
		feedback_failed(q, s, r, false);
}

void feedback_failed(struct queue *q, const struct site *s, const struct reply *r, bool unreachable)
{
	heard(q, s, PACE_UNREACHABLE, site_open_sessions(q, s), r, unreachable);
}
