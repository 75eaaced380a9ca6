/* SPDX-License-Identifier: ISC */
#include "relay/queue/policy.h"

#include "base/clock.h"
#include "base/log.h"
#include "dns/sts.h"
#include "relay/queue/out.h"
#include "relay/queue/peers.h"
#include "relay/queue/store_sts.h"

#include <stdlib.h>

enum {
	HTTPS_PORT = 443,
	FETCHES_MAX = 20,                    /* processes at once */
	FETCH_DEADLINE_MS = 150 * 1000,      /* two waits of the fetcher, and then some */
	BARRED_MS = 5 * 60 * 1000,           /* section 3.3 */
	BARRED_REFRESH_MS = 3600 * 1000,     /* while another holds */
};

struct policy_fetch {
	uint64_t ticket;                     /* 0: waits for its turn */
	uint64_t peer;                       /* 0: not there yet */
	char *domain, *id;
	struct ip_address *addresses;
	size_t address_count;
	struct policy_fetch *next;
};

struct policies {
	struct policy_fetch *first;
	unsigned processes;
	bool fail;                           /* for a reason of this host's: said once */
};

void policy_begin(struct queue *q)
{
	q->policies = mem_alloc(sizeof *q->policies);
}

/* ---- what is known ---- */

void policy_known(struct queue *q, const char *domain, struct sts_known *out)
{
	struct store_sts row;

	store_load_sts(q->store, domain, &row);
	store_sts_known(&row, q->wall_ms, out);
	out->wanted = true;
	store_sts_free(&row);
}

/* ---- beginning ---- */

static void spawn_more(struct queue *q)
{
	for (struct policy_fetch *f = q->policies->first; f && q->policies->processes < FETCHES_MAX; f = f->next)
		if (f->ticket == 0) {
			f->ticket = queue_ticket(q);
			timers_set(&q->timers, TIMER_POLICY, f->ticket, peers_overdue_boot_ms(q, FETCH_DEADLINE_MS));
			q->policies->processes++;
			out_spawn(q, ROLE_STS, f->ticket, "");
		}
}

void policy_fetch(struct queue *q, const char *domain, const struct plan *p)
{
	if (policy_is_awaited(q, domain))
		return;
	struct policy_fetch *f = mem_alloc(sizeof *f);
	*f = (struct policy_fetch){ .domain = mem_text(domain), .id = mem_text(p->sts_id), .next = q->policies->first };
	f->address_count = p->sts_address_count;
	f->addresses = mem_alloc((f->address_count + 1) * sizeof *f->addresses);
	for (size_t i = 0; i < f->address_count; i++)
		f->addresses[i] = p->sts_addresses[i];
	q->policies->first = f;
	spawn_more(q);
}

bool policy_is_awaited(const struct queue *q, const char *domain)
{
	for (const struct policy_fetch *f = q->policies->first; f; f = f->next)
		if (strcmp(f->domain, domain) == 0)
			return true;
	return false;
}

static struct policy_fetch *find(struct queue *q, uint64_t ticket)
{
	for (struct policy_fetch *f = q->policies->first; f; f = f->next)
		if (f->ticket == ticket)
			return f;
	return NULL;
}

void policy_has_peer(struct queue *q, struct peer_channel *p)
{
	struct policy_fetch *f = find(q, p->instance);

	if (f == NULL || f->peer) {
		peers_close(q, p);
		return;
	}
	f->peer = p->serial;
	struct sts_job job = { .ticket = f->ticket, .domain = f->domain, .port = HTTPS_PORT, .addresses = f->addresses,
	                       .address_count = f->address_count };
	buf_clear(&q->scratch);
	sts_job_encode(&job, &q->scratch);
	out_ask(p, OUT_FETCH, &q->scratch, -1);
}

/* ---- ending ---- */

static void forget(struct queue *q, struct policy_fetch *f)
{
	for (struct policy_fetch **at = &q->policies->first; *at; at = &(*at)->next)
		if (*at == f) {
			*at = f->next;
			break;
		}
	q->policies->processes--;
	timers_drop(&q->timers, TIMER_POLICY, f->ticket);
	timers_set(&q->timers, TIMER_POLICY_OVER, 0, q->boot_ms);
	free(f->domain);
	free(f->id);
	free(f->addresses);
	free(f);
	spawn_more(q);
}

static void replace(char **text, const char *with)
{
	free(*text);
	*text = mem_text(with);
}

static void say_known(struct queue *q, const struct committed *c, void *what)
{
	(void)q;
	(void)c;
	log_line(LOG_LEVEL_INFO, "%s", (char *)what);
	free(what);
}

static void say_nothing(struct queue *q, const struct fault *f, void *what)
{
	(void)q;
	(void)f;
	free(what);
}

static void take_policy(struct queue *q, const struct policy_fetch *f, const struct sts_fetched *got, struct store_sts *row)
{
	struct buf known = { 0 };

	replace(&row->id, f->id);
	replace(&row->policy, got->policy);
	replace(&row->barred_id, "");
	row->barred_ms = 0;
	row->fetched_ms = q->wall_ms;
	row->expires_ms = q->wall_ms + (int64_t)got->max_age_s * 1000;
	q->policies->fail = false;
	buf_printf(&known, "the MTA-STS policy of %s, id %s, is valid for %u s", f->domain, f->id, got->max_age_s);
	turn_after(q, say_known, say_nothing, buf_take(&known));
}

static void bar(struct queue *q, const struct policy_fetch *f, const struct sts_fetched *got, struct store_sts *row)
{
	bool holds = row->expires_ms > q->wall_ms;
	int64_t wait_ms = holds ? BARRED_REFRESH_MS : BARRED_MS;
	/* Our own trouble meets every policy: it is warned of once, until a fetch shows that it is over. */
	enum log_level level = got->unable && q->policies->fail ? LOG_LEVEL_DEBUG : LOG_LEVEL_WARNING;

	q->policies->fail = got->unable;
	replace(&row->barred_id, f->id);
	row->barred_ms = q->wall_ms + clock_scaled_ms(q->settings->time_scale, wait_ms, 0);
	log_line(level, "the MTA-STS policy of %s, id %s, cannot be fetched: %s; %s", f->domain, f->id, got->fault.text,
	         holds ? "the one that is known stays valid" : "none is known, so mail goes as if there were none (RFC 8461)");
}

static void fetched(struct queue *q, struct policy_fetch *f, const struct sts_fetched *got)
{
	struct store_sts row;

	store_load_sts(q->store, f->domain, &row);
	if (got->fault.kind == FAULT_NONE)
		take_policy(q, f, got, &row);
	else
		bar(q, f, got, &row);
	store_begin(q->store);
	store_save_sts(q->store, &row);
	store_sts_free(&row);
	forget(q, f);
}

void policy_frame(struct queue *q, struct peer_channel *p, struct frame *frame)
{
	struct policy_fetch *f = find(q, p->instance);
	struct sts_fetched got;

	if (f == NULL || f->peer != p->serial || frame->type != FRAME_FETCHED || sts_fetched_decode(frame->payload, &got) < 0) {
		peers_expel(q, p, "sent what is not a policy");
		return;
	}
	bool bounded = strlen(got.policy) <= STS_POLICY_BYTES_MAX && got.max_age_s <= STS_AGE_MOST_S;
	if (got.ticket == f->ticket && bounded)
		fetched(q, f, &got);
	sts_fetched_free(&got);
}

/* A policy that cannot be had is none (RFC 8461 section 5), whoever's fault that is; one that is known holds. */
static void failed(struct queue *q, struct policy_fetch *f, const char *why)
{
	struct sts_fetched got = { .ticket = f->ticket, .unable = true };

	fault_set(&got.fault, FAULT_TEMPORARY, "4.3.0", "the process that fetches it %s", why);
	if (q->draining)
		forget(q, f);
	else
		fetched(q, f, &got);
}

void policy_lost(struct queue *q, uint64_t ticket)
{
	struct policy_fetch *f = find(q, ticket);
	struct peer_channel *p = f ? peers_find(q, f->peer) : NULL;

	if (p)
		peers_drain(q, p);
	f = find(q, ticket);      /* its last word may have been the answer */
	if (f)
		failed(q, f, "ended unexpectedly");
}

void policy_timed_out(struct queue *q, uint64_t ticket)
{
	struct policy_fetch *f = find(q, ticket);
	struct peer_channel *p = f ? peers_find(q, f->peer) : NULL;

	if (p)
		peers_close(q, p);
	if (f)
		failed(q, f, "took too long");
}
