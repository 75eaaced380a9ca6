/* SPDX-License-Identifier: ISC */
#include "relay/queue/pacer.h"

#include "base/hash.h"
#include "base/log.h"
#include "relay/route/hop.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* A slot is kept in one number: when it begins, and below that how many went in it. */
enum { COUNT_BITS = 22, COUNT_MAX = (1 << COUNT_BITS) - 1 };
enum { SLOT_NAME_MAX = 300, LEARNT_MS = 4 * 3600 * 1000, USED_UP_MS = 3600 * 1000 };

struct pacers {
	struct table by_hash;
	struct pacer *newest, *oldest;      /* of those that no site uses */
	size_t idle;
	struct pacer *capped;
};

void pacer_begin(struct queue *q)
{
	q->pacers = mem_alloc(sizeof *q->pacers);
}

void pacer_end(struct queue *q)
{
	table_free(&q->pacers->by_hash);
	free(q->pacers);
}

/* ---- finding ---- */

/* Never 0. Two receivers may share a number: they are compared. */
static uint64_t hash_of(const struct receiver *r)
{
	struct buf text = { 0 };

	receiver_print(r, &text);
	uint64_t hash = hash_span(HASH_BEGIN, buf_span(&text));
	buf_free(&text);
	return hash | 1;
}

static void slot_name(const struct pacer *p, size_t slot, char name[SLOT_NAME_MAX])
{
	snprintf(name, SLOT_NAME_MAX, "limit %s %zu", p->smarthost->name, slot);
}

/* Pauses go with the retries: from a twentieth of the first wait to all of it. */
static void set_rules(const struct queue *q, struct pacer *p, const struct target *targets, size_t count)
{
	int64_t least_ms = q->rules.retry_min_ms / 20;
	struct hop_limits limits;

	hop_limits(q->settings, p->smarthost, targets, count, &limits);
	p->recipients = limits.of[HOP_RECIPIENTS].most.count;
	p->rules = (struct pace_rules){
		.sessions = limits.of[HOP_SESSIONS].most.count,
		.rate = limits.of[HOP_RATE].most,
		.pause_min_ms = least_ms > 0 ? least_ms : 1,
		.pause_max_ms = q->rules.retry_min_ms,
		.dials_window_ms = q->rules.floor_ms,
	};
	if (p->smarthost)
		p->limit = p->smarthost->limit;
}

static struct pacer *make(struct queue *q, const struct receiver *r, uint64_t hash, const struct smarthost *smarthost,
                          const struct target *targets, size_t count)
{
	struct pacer *p = mem_alloc(sizeof *p);
	char name[SLOT_NAME_MAX];

	receiver_copy(r, &p->receiver);
	p->any_changed = &q->any_site_changed;
	p->hash = hash;
	p->smarthost = smarthost;
	p->same_hash = table_get(&q->pacers->by_hash, hash);
	table_put(&q->pacers->by_hash, hash, p);
	set_rules(q, p, targets, count);
	if (p->limit.count == 0)
		return p;
	for (size_t i = 0; i < PACE_CAP_SLOTS; i++) {
		slot_name(p, i, name);
		uint64_t number = store_number(q->store, name);
		p->cap.slots[i] = (struct pace_cap_slot){ (int64_t)(number >> COUNT_BITS), (uint32_t)number & COUNT_MAX };
	}
	p->sites++;
	p->next_capped = q->pacers->capped;
	q->pacers->capped = p;
	return p;
}

/* ---- keeping ---- */

static void unlink_idle(struct queue *q, struct pacer *p)
{
	*(p->newer ? &p->newer->older : &q->pacers->newest) = p->older;
	*(p->older ? &p->older->newer : &q->pacers->oldest) = p->newer;
	p->newer = p->older = NULL;
	q->pacers->idle--;
}

static void forget(struct queue *q, struct pacer *p)
{
	struct pacer *first = table_get(&q->pacers->by_hash, p->hash), **at = &first;

	while (*at != p)
		at = &(*at)->same_hash;
	*at = p->same_hash;
	if (first)
		table_put(&q->pacers->by_hash, p->hash, first);
	else
		table_remove(&q->pacers->by_hash, p->hash);
	receiver_free(&p->receiver);
	free(p);
}

struct pacer *pacer_hold(struct queue *q, const struct receiver *r, const struct smarthost *smarthost,
                         const struct target *targets, size_t count)
{
	uint64_t hash = hash_of(r);
	struct pacer *p = table_get(&q->pacers->by_hash, hash);

	while (p && !receiver_eq(&p->receiver, r))
		p = p->same_hash;
	if (p && p->sites == 0)
		unlink_idle(q, p);
	if (p == NULL)
		p = make(q, r, hash, smarthost, targets, count);
	p->sites++;
	return p;
}

void pacer_release(struct queue *q, const struct pacer *of)
{
	struct pacer *p = pacer_change(of);

	if (--p->sites > 0)
		return;
	p->older = q->pacers->newest;
	*(q->pacers->newest ? &q->pacers->newest->newer : &q->pacers->oldest) = p;
	q->pacers->newest = p;
	if (++q->pacers->idle <= PACERS_IDLE_MAX)
		return;
	struct pacer *last = q->pacers->oldest;
	unlink_idle(q, last);
	forget(q, last);
}

void pacer_forgive(struct queue *q)
{
	for (size_t i = 0; i < q->pacers->by_hash.room; i++)
		for (struct pacer *p = q->pacers->by_hash.slots[i].value; p; p = p->same_hash) {
			pace_forgive(&p->pace);
			p->used_up_until_ms = 0;
			pacer_change(p);
		}
}

/* ---- what may go ---- */

uint32_t pacer_cap_room(const struct queue *q, const struct pacer *p)
{
	return q->boot_ms < p->used_up_until_ms ? 0 : pace_cap_room(&p->cap, &p->limit, q->wall_ms);
}

bool pacer_is_used_up(const struct queue *q, const struct pacer *p, struct reply *why)
{
	struct buf limit = { 0 };

	if (q->boot_ms < p->used_up_until_ms) {
		*why = p->used_up;
		return true;
	}
	if (pace_cap_next_ms(&p->cap, &p->limit, q->wall_ms) <= q->wall_ms)
		return false;
	/* RFC 3463 section 3.5: X.4.5 is congestion, here of our own making. */
	rate_print(&p->limit, &limit);
	reply_set(why, FAULT_TEMPORARY, "4.4.5", STEP_NONE, "", "the limit of smarthost %s, %s, is used up; the rest waits",
	          p->smarthost->name, buf_text(&limit));
	buf_free(&limit);
	return true;
}

void pacer_says_used_up(const struct queue *q, const struct pacer *of, const struct reply *r)
{
	struct pacer *p = pacer_change(of);

	p->used_up = *r;
	reply_make_temporary(&p->used_up);
	p->used_up_until_ms = q->boot_ms + (q->rules.retry_max_ms < USED_UP_MS ? q->rules.retry_max_ms : USED_UP_MS);
}

bool pacer_may_send(const struct queue *q, const struct pacer *p, int64_t *until_boot_ms, struct reply *why)
{
	int64_t cap_ms = pace_cap_next_ms(&p->cap, &p->limit, q->wall_ms) - q->wall_ms;
	int64_t pace_ms = pace_next_ms(&p->pace, &p->rules, q->boot_ms) - q->boot_ms;

	if (p->used_up_until_ms - q->boot_ms > cap_ms)
		cap_ms = p->used_up_until_ms - q->boot_ms;
	*until_boot_ms = q->boot_ms + (cap_ms > pace_ms ? cap_ms : pace_ms);
	if (cap_ms <= 0 && pace_ms <= 0)
		return true;
	if (cap_ms >= pace_ms)
		pacer_is_used_up(q, p, why);
	else if (q->boot_ms < p->pace.paused_until_ms)
		*why = p->reply;
	else
		reply_set(why, FAULT_TEMPORARY, "4.4.5", STEP_NONE, "", "sent evenly, at the rate that is set or that the receiver takes");
	return false;
}

int64_t pacer_changes_boot_ms(const struct queue *q, const struct pacer *p)
{
	int64_t next = pace_more_ms(&p->pace, &p->rules, q->boot_ms);
	int64_t cap_ms = pace_cap_changes_ms(&p->cap, &p->limit, q->wall_ms);

	if (cap_ms != INT64_MAX && q->boot_ms + (cap_ms - q->wall_ms) < next)
		next = q->boot_ms + (cap_ms - q->wall_ms);
	return p->used_up_until_ms > q->boot_ms && p->used_up_until_ms < next ? p->used_up_until_ms : next;
}

void pacer_sent(const struct queue *q, const struct pacer *of, size_t recipients)
{
	struct pacer *p = pacer_change(of);

	pace_sent(&p->pace, &p->rules, q->boot_ms);
	if (p->limit.count == 0)
		return;
	p->last_slot = pace_cap_add(&p->cap, &p->limit, (uint32_t)recipients, q->wall_ms);
	p->unwritten |= 1U << p->last_slot;
}

void pacer_unsent(const struct pacer *of, size_t recipients)
{
	struct pacer *p = pacer_change(of);

	pace_unsent(&p->pace, &p->rules);
	if (p->limit.count == 0)
		return;
	pace_cap_undo(&p->cap, p->last_slot, (uint32_t)recipients);
	p->unwritten |= 1U << p->last_slot;
}

unsigned pacer_dials(const struct queue *q, const struct pacer *p)
{
	return pace_dials(&p->pace, &p->rules, q->boot_ms);
}

int64_t pacer_next_dial_boot_ms(const struct queue *q, const struct pacer *p)
{
	return pace_next_dial_ms(&p->pace, &p->rules, q->boot_ms);
}

/* ---- ways of a receiver ---- */

uint32_t pacer_recipients(const struct queue *q, const struct pacer *p)
{
	return p->rcpt_max > 0 && p->rcpt_until_ms > q->boot_ms ? p->rcpt_max : UINT32_MAX;
}

void pacer_learn_recipients(const struct queue *q, const struct pacer *of, uint32_t most)
{
	uint32_t known = pacer_recipients(q, of);

	if (most == 0 || most > known)    /* what it showed holds against what it says */
		return;
	struct pacer *p = pacer_change(of);
	p->rcpt_max = most;
	p->rcpt_until_ms = q->boot_ms + LEARNT_MS;
}

void pacer_learn_steps(const struct queue *q, const struct pacer *p)
{
	struct buf name = { 0 };

	if (!pacer_goes_in_steps(q, p)) {
		receiver_name(&p->receiver, &name);
		log_line(LOG_LEVEL_INFO, "site %s offers PIPELINING but does not handle it: commands are sent one at a time "
		         "for a while",
		         buf_text(&name));
		buf_free(&name);
	}
	pacer_change(p)->step_until_ms = q->boot_ms + LEARNT_MS;
}

bool pacer_goes_in_steps(const struct queue *q, const struct pacer *p)
{
	return p->step_until_ms > q->boot_ms;
}

bool pacer_meets_message(const struct pacer *of, uint64_t message)
{
	for (size_t i = 0; i < PACER_MESSAGES; i++)
		if (of->messages[i] == message)
			return false;
	struct pacer *p = pacer_change(of);
	p->messages[p->next_message] = message;
	p->next_message = (p->next_message + 1) % PACER_MESSAGES;
	return true;
}

/* ---- the commit ---- */

static void written(struct queue *q, const struct committed *c, void *what)
{
	(void)what;
	(void)c;
	for (struct pacer *p = q->pacers->capped; p; p = p->next_capped)
		p->unwritten = 0;
}

void pacer_write(struct queue *q)
{
	char name[SLOT_NAME_MAX];

	for (struct pacer *p = q->pacers->capped; p; p = p->next_capped)
		for (size_t i = 0; i < PACE_CAP_SLOTS; i++) {
			const struct pace_cap_slot *s = &p->cap.slots[i];
			if (!(p->unwritten & 1U << i))
				continue;
			slot_name(p, i, name);
			store_begin(q->store);
			store_set_number(q->store, name, (uint64_t)s->begin_ms << COUNT_BITS | (s->count < COUNT_MAX ? s->count : COUNT_MAX));
		}
	if (q->pacers->capped && store_is_open(q->store))
		turn_after(q, written, NULL, NULL);
}

