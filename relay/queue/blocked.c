/* SPDX-License-Identifier: ISC */
#include "relay/queue/blocked.h"

#include "relay/queue/destination.h"

#include "base/log.h"
#include "base/units.h"

#include <stdlib.h>

enum { BLOCKED_MAX = 500 };
static const int64_t unasked_ms = INT64_C(30) * 24 * 3600 * 1000;   /* nobody has written there since: forgotten */

/* ---- the list ---- */

static const char *domain_of(const struct blocked_query *at)
{
	return at->destination ? at->destination->row.domain : "";
}

static bool is_of(const struct blocked *k, const struct blocked_query *at)
{
	return !k->gone && receiver_eq(&k->row.receiver, at->receiver);
}

static bool concerns_domain(const struct blocked *k, const struct blocked_query *at, const char *domain)
{
	return is_of(k, at) && (k->row.domain[0] == '\0' || strcmp(k->row.domain, domain) == 0);
}

static bool concerns(const struct blocked *k, const struct blocked_query *at)
{
	return concerns_domain(k, at, domain_of(at));
}

/* The only way to change a block: dispatch looks at all sites again. */
static struct blocked *change(struct queue *q, const struct blocked *k)
{
	q->all_sites_changed = true;
	return (struct blocked *)(uintptr_t)k;
}

const struct blocked *blocked_find(const struct queue *q, const struct blocked_query *at)
{
	const struct blocked *first = NULL;

	for (const struct blocked *k = q->blocked; k; k = k->next)
		if (concerns(k, at) && (first == NULL || k->row.block.until_ms < first->row.block.until_ms))
			first = k;
	return first;
}

/* Takes over what row holds. */
static struct blocked *add(struct queue *q, const struct store_blocked *row)
{
	struct blocked *k = mem_alloc(sizeof *k);
	struct buf name = { 0 };

	receiver_name(&row->receiver, &name);
	if (row->domain[0])
		buf_printf(&name, ", mail to %s", row->domain);
	k->number = queue_ticket(q);
	k->name = buf_take(&name);    /* "mx.example.org", "mx.example.org, mail to example.net" */
	k->row = *row;
	k->next = q->blocked;
	q->blocked = k;
	return change(q, k);
}

/* For the end of its time, when one of those that went on to their next hop comes back. */
static struct blocked *wait(struct queue *q, struct blocked *k)
{
	timers_set_wall(&q->timers, TIMER_BLOCK, k->number, k->row.block.until_ms);
	return k;
}

void blocked_load(struct queue *q)
{
	struct store_blocked row;
	const struct store_blocked *after = NULL;

	while (store_next_blocked(q->store, after, &row))
		after = &wait(q, add(q, &row))->row;
}

static void end(struct queue *q, const struct blocked *at, const char *why)
{
	struct blocked *k = change(q, at);

	k->gone = k->dirty = true;
	k->trial = 0;
	log_line(LOG_LEVEL_WARNING, "site %s: no longer blocked: %s", k->name, why);
}

/* By an order, whose giver hears of it with the commit. */
static void end_by_order(struct queue *q, const struct blocked *at, const char *why)
{
	struct blocked *k = change(q, at);

	k->gone = k->dirty = true;
	k->ordered = why;
}

/* The one whose time is over first makes room. */
static void keep_bounded(struct queue *q)
{
	const struct blocked *first = NULL;
	size_t n = 0;

	for (const struct blocked *k = q->blocked; k; k = k->next) {
		n += !k->gone;
		if (!k->gone && (first == NULL || k->row.block.until_ms < first->row.block.until_ms))
			first = k;
	}
	if (n >= BLOCKED_MAX)
		end(q, first, "forgotten, since too many sites are blocked");
}

static struct blocked *find_or_add(struct queue *q, const struct receiver *r, const char *domain, const char *address)
{
	for (const struct blocked *at = q->blocked; at; at = at->next)
		if (receiver_eq(&at->row.receiver, r) && strcmp(at->row.domain, domain) == 0 &&
		    strcmp(at->row.address, address) == 0) {
			struct blocked *k = change(q, at);
			if (k->gone)
				k->row.block = (struct fallback_block){ 0 };
			k->gone = false;
			k->ordered = NULL;
			return k;
		}
	struct store_blocked row = { .domain = mem_text(domain), .address = mem_text(address) };
	keep_bounded(q);
	receiver_copy(r, &row.receiver);
	return add(q, &row);
}

/* ---- addresses of ours ---- */

static bool is_its_trial(const struct blocked *k, const struct blocked_query *at)
{
	return at->destination && k->trial == at->destination->row.id;
}

/*
 * Families of ours that are refused there for mail to that domain: we send from one address of each
 * (relay/route/hop.h). but: a destination whose trials do not count.
 */
static unsigned families_for(const struct queue *q, const struct blocked_query *at, const char *domain,
                             const struct destination *but)
{
	unsigned families = 0;

	for (const struct blocked *k = q->blocked; k; k = k->next)
		if (concerns_domain(k, at, domain) && !(but && k->trial == but->row.id))
			families |= k->row.alone ? FAMILY_ALL : family_of_text(k->row.address);
	return families;
}

static unsigned refused_families(const struct queue *q, const struct blocked_query *at)
{
	return families_for(q, at, domain_of(at), at->destination);
}

static bool has_another(const struct queue *q, const struct blocked_query *at)
{
	return (at->families & ~refused_families(q, at)) != 0;
}

bool blocked_leaves_another(const struct queue *q, const struct blocked_query *at, const struct reply *r)
{
	return (at->families & ~refused_families(q, at) & ~family_of_text(r->source)) != 0;
}

size_t blocked_addresses(const struct queue *q, const struct blocked_query *at, const char **out, size_t max)
{
	size_t n = 0;

	if (q->blocked == NULL || !has_another(q, at))
		return 0;
	for (const struct blocked *k = q->blocked; k && n < max; k = k->next)
		if (concerns(k, at) && !is_its_trial(k, at))
			out[n++] = k->row.address;
	return n;
}

/* ---- deciding ---- */

bool blocked_has_next_hop(const struct destination *d)
{
	bool leads_on = d->hop_rules.on_blocked || schedule_is_detour(&d->hop_rules, d->row.hops.hop);

	return leads_on && schedule_has_next(&d->hop_rules, d->row.hops.hop);
}

enum fallback_way blocked_way(const struct queue *q, const struct blocked_query *at, const struct blocked **block)
{
	const struct blocked *k = *block = blocked_find(q, at);

	if (k == NULL)
		return WAY_DIRECT;
	const struct destination *d = at->destination;
	struct fallback_view v = {
		.over = fallback_is_over(&k->row.block, q->wall_ms),
		.trial_runs = k->trial != 0 && !is_its_trial(k, at), .may_move = blocked_has_next_hop(d),
		.kept = d->row.hops.undecided_ms > q->wall_ms, .other_address = has_another(q, at),
	};
	return fallback_way(&v);
}

void blocked_begin_trial(struct queue *q, const struct blocked *k, const struct destination *d)
{
	if (k->trial != d->row.id)
		log_line(LOG_LEVEL_INFO, "site %s: one message tests whether it is still blocked", k->name);
	blocked_expect_trial(q, k, d);
}

void blocked_expect_trial(struct queue *q, const struct blocked *k, const struct destination *d)
{
	change(q, k)->trial = d->row.id;
}

bool blocked_is_on_trial(const struct queue *q, const struct blocked_query *at)
{
	for (const struct blocked *k = q->blocked; k; k = k->next)
		if (is_of(k, at) && k->trial != 0 && (at->families & ~families_for(q, at, k->row.domain, NULL)) == 0)
			return true;
	return false;
}

void blocked_begin(struct queue *q, const struct blocked_query *at, int64_t stay_ms, const char *how,
                   const struct reply *r)
{
	struct blocked *k = find_or_add(q, at->receiver, r->reach == REACH_DOMAIN ? domain_of(at) : "", r->source);
	struct buf said = { 0 }, stay = { 0 };

	if (!fallback_blocked(&k->row.block, stay_ms, q->wall_ms))
		return;
	k->row.reply = *r;
	k->row.alone = false;
	k->trial = 0;
	k->dirty = true;
	wait(q, k);
	units_print_duration(k->row.block.until_ms - q->wall_ms, &stay);
	reply_print(r, &said);
	log_line(LOG_LEVEL_WARNING, "site %s: blocked%s: %s; %s for %s (our address %s. %s See signet route --sticky)",
	         k->name, k->row.block.times > 1 ? " again" : "", buf_text(&said), how, buf_text(&stay),
	         r->source[0] ? r->source : "is not known", r->reason ? r->reason->means : "");
	buf_free(&said);
	buf_free(&stay);
}

void blocked_is_alone(struct queue *q, const struct blocked_query *at)
{
	for (const struct blocked *by = q->blocked; by; by = by->next)
		if (concerns(by, at) && !is_its_trial(by, at) && !by->row.alone) {
			struct blocked *k = change(q, by);
			k->row.alone = k->dirty = true;
			log_line(LOG_LEVEL_INFO, "site %s: no other address of this host reaches it", k->name);
		}
}

void blocked_took(struct queue *q, const struct blocked_query *at, const char *address)
{
	for (const struct blocked *k = q->blocked; k; k = k->next) {
		bool from_there = k->row.address[0] == '\0' || strcmp(k->row.address, address) == 0;
		if (concerns(k, at) && from_there && fallback_is_over(&k->row.block, q->wall_ms))
			end(q, k, "it takes mail from this host again");
	}
}

void blocked_put_off(struct queue *q, const struct blocked_query *at, const struct reply *r)
{
	struct buf said = { 0 };

	reply_print(r, &said);
	for (const struct blocked *on_trial = q->blocked; on_trial; on_trial = on_trial->next) {
		if (!is_of(on_trial, at) || on_trial->trial == 0)
			continue;
		struct blocked *k = change(q, on_trial);
		fallback_put_off(&k->row.block, q->wall_ms);
		wait(q, k);
		k->dirty = true;
		log_line(LOG_LEVEL_WARNING, "site %s: the test whether it is still blocked had no result: %s", k->name,
		         buf_text(&said));
	}
	buf_free(&said);
}

unsigned blocked_clear(struct queue *q, struct span which)
{
	bool all = span_eq(which, SPAN("all"));
	unsigned n = 0;

	for (struct blocked *k = q->blocked; k; k = k->next)
		if (!k->gone && which.len > 0 && (all || receiver_is_called(&k->row.receiver, which))) {
			end_by_order(q, k, "the owner says so");
			n++;
		}
	return n;
}

void blocked_forget_family(struct queue *q, unsigned family)
{
	for (const struct blocked *k = q->blocked; k; k = k->next)
		if (!k->gone && k->row.address[0] && family_of_text(k->row.address) == family)
			end_by_order(q, k, "our address has changed");
}

void blocked_trial_over(struct queue *q, uint64_t destination)
{
	for (const struct blocked *k = q->blocked; k; k = k->next)
		if (k->trial == destination)
			wait(q, change(q, k))->trial = 0;
}

/* ---- when it is over ---- */

bool blocked_is_in_force(const struct queue *q, uint64_t number)
{
	for (const struct blocked *k = q->blocked; k; k = k->next)
		if (k->number == number)
			return !k->gone;
	return false;
}

/* One that has mail on its way round k; NULL: nobody has. */
static struct destination *avoiding(const struct queue *q, const struct blocked *k)
{
	for (struct destination *d = q->destinations; d; d = d->next)
		if (d->avoided == k->number && (d->more || d->in_flight > 0))
			return d;
	return NULL;
}

struct destination *blocked_due(struct queue *q, const struct blocked **block)
{
	for (const struct blocked *k = q->blocked; k; k = k->next) {
		if (k->gone || k->trial || !fallback_is_over(&k->row.block, q->wall_ms))
			continue;
		struct destination *d = avoiding(q, k);
		*block = k;
		if (d)
			return d;
		if (q->wall_ms - k->row.block.until_ms > unasked_ms)
			end(q, k, "nobody has written there for long");
	}
	return NULL;
}

/* ---- the commit ---- */

static void written(struct queue *q, const struct committed *c, void *what)
{
	(void)what;
	(void)c;
	for (struct blocked **at = &q->blocked; *at;) {
		struct blocked *k = *at;
		k->dirty = false;
		if (!k->gone) {
			at = &k->next;
			continue;
		}
		if (k->ordered)
			log_line(LOG_LEVEL_WARNING, "site %s: no longer blocked: %s", k->name, k->ordered);
		*at = k->next;
		q->all_sites_changed = true;
		timers_drop(&q->timers, TIMER_BLOCK, k->number);
		store_blocked_free(&k->row);
		free(k->name);
		free(k);
	}
}

/* It stays blocked, as the store has it. */
static void refused(struct queue *q, const struct fault *f, void *what)
{
	(void)f;
	(void)what;
	for (const struct blocked *at = q->blocked; at; at = at->next) {
		if (at->ordered == NULL)
			continue;
		struct blocked *k = wait(q, change(q, at));
		k->gone = false;
		k->ordered = NULL;
	}
}

void blocked_write(struct queue *q)
{
	for (const struct blocked *k = q->blocked; k; k = k->next) {
		if (!k->dirty)
			continue;
		store_begin(q->store);
		if (k->gone)
			store_forget_blocked(q->store, &k->row);
		else
			store_save_blocked(q->store, &k->row);
	}
	if (q->blocked && store_is_open(q->store))
		turn_after(q, written, refused, NULL);
}

