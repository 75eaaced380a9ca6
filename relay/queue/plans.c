/* SPDX-License-Identifier: ISC */
#include "relay/queue/plans.h"

#include "base/clock.h"
#include "base/conf/proxy_place.h"
#include "relay/queue/destination.h"
#include "relay/queue/out.h"
#include "relay/queue/peers.h"
#include "relay/queue/policy.h"
#include "relay/route/hop.h"

enum {
	PLAN_DEADLINE_MS = 120 * 1000,
	PLAN_LIFE_MS = 30 * 60 * 1000,
	HOSTNAME_LIFE_MS = 6 * 3600 * 1000,
};

/* ---- asking ---- */

static void ask_resolver(struct queue *q, struct destination *d)
{
	struct peer_channel *resolver = peers_least_busy(q, ROLE_RESOLVER);

	if (resolver == NULL)
		return;
	const struct smarthost *hop = d->state == DESTINATION_ROUTING ? NULL : settings_smarthost(q->settings, destination_hop_name(d));
	struct buf name = { 0 };
	struct plan_job job = { .ticket = queue_ticket(q), .kind = hop_plan(hop, d->row.domain, &name) };
	struct proxy_place proxy;

	job.name = buf_take(&name);
	if (proxy_place_parse(span_of(hop_proxy(q->settings, hop)), &proxy))
		job.proxy = mem_text_span(proxy.host);
	if (job.kind == PLAN_MX && q->settings->mx_tls == TLS_MAY)
		policy_known(q, job.name, &job.sts);
	d->plan_ticket = job.ticket;
	timers_set(&q->timers, TIMER_PLAN, d->row.id, peers_overdue_boot_ms(q, PLAN_DEADLINE_MS));
	d->plan_peer = resolver->serial;
	table_put(&q->plan_tickets, job.ticket, d);
	buf_clear(&q->scratch);
	plan_job_encode(&job, &q->scratch);
	plan_job_free(&job);
	out_ask(resolver, OUT_PLAN, &q->scratch, -1);
}

void plans_stop(struct queue *q, struct destination *d)
{
	table_remove(&q->plan_tickets, d->plan_ticket);
	timers_drop(&q->timers, TIMER_PLAN, d->row.id);
	d->plan_ticket = 0;
}

void plans_ask(struct queue *q, struct destination *d)
{
	plans_stop(q, d);
	ask_resolver(q, d);
}

void plans_hold(struct queue *q, struct destination *d)
{
	int64_t life_ms = clock_scaled_ms(q->settings->time_scale, PLAN_LIFE_MS, 0);

	timers_set(&q->timers, TIMER_PLAN_OLD, d->row.id, q->boot_ms + life_ms);
}

/* Mail never ends for some: their hosts, and what was published of their TLS, are looked up again meanwhile. */
static void ask_again(struct queue *q, struct destination *d)
{
	if (d->state == DESTINATION_OPEN && d->more && d->plan_ticket == 0)
		ask_resolver(q, d);
}

void plans_expired(struct queue *q, uint64_t destination)
{
	struct destination *d = destination_find(q, destination);

	if (d)
		ask_again(q, d);
}

void plans_ask_control_name(struct queue *q)
{
	struct peer_channel *resolver = peers_least_busy(q, ROLE_RESOLVER);
	struct plan_job job = { .kind = PLAN_MX, .name = q->settings->domain };

	if (resolver == NULL)
		return;
	q->control_plan = job.ticket = queue_ticket(q);
	buf_clear(&q->scratch);
	plan_job_encode(&job, &q->scratch);
	out_ask(resolver, OUT_PLAN, &q->scratch, -1);
}

/* ---- this host's own name ---- */

void plans_doubt_hostname(struct queue *q, struct span domain)
{
	int64_t life_ms = clock_scaled_ms(q->settings->time_scale, HOSTNAME_LIFE_MS, 0);

	if (routes_hostname_mx(q->routes) != HOSTNAME_UNKNOWN && settings_is_hostname(q->settings, domain) &&
	    q->hostname_boot_ms + life_ms <= q->boot_ms)
		routes_set_hostname_mx(q->routes, HOSTNAME_UNKNOWN);
}

void plans_resolver_came(struct queue *q)
{
	for (struct destination *d = q->destinations; d; d = d->next)
		if (destination_is_planning(d) && d->state != DESTINATION_FETCHING && d->plan_ticket == 0)
			ask_resolver(q, d);
		else if (timers_when(&q->timers, TIMER_PLAN_OLD, d->row.id) == INT64_MAX)
			ask_again(q, d);
}

void plans_resolver_lost(struct queue *q, struct peer_channel *p)
{
	(void)p;
	for (struct destination *d = q->destinations; d; d = d->next)
		plans_stop(q, d);
	plans_resolver_came(q);
}
