/* SPDX-License-Identifier: ISC */
#include "relay/queue/needs.h"

#include "relay/queue/destination.h"
#include "relay/queue/detour.h"
#include "relay/queue/hosts.h"
#include "relay/queue/job.h"
#include "relay/queue/outcome.h"
#include "relay/queue/site.h"
#include "relay/queue/smtp_session.h"

/* Else it goes as all the others do. */
static bool meets_sts(const struct site *s)
{
	for (size_t i = 0; s && i < s->target_count; i++)
		if (s->targets[i].sts == STS_ENFORCE && s->targets[i].dane == DANE_NONE)
			return true;
	return false;
}

uint8_t needs_of(const struct queue *q, const struct job *job)
{
	uint8_t needs = job->needs;

	if (job->tls_optional && meets_sts(site_at(q, destination_find(q, job->destination)->site)))
		needs |= NEED_ANY_TLS;
	return needs;
}

enum { ADDRESSES_MAX = SESSION_REFUSED_MAX };

void needs_addresses(const struct queue *q, const struct site *s, const struct job *job, struct text_list *out)
{
	const char *refused[ADDRESSES_MAX];
	struct blocked_query at = site_blocked_query(s, job ? destination_find(q, job->destination) : NULL);
	size_t n = blocked_addresses(q, &at, refused, ADDRESSES_MAX);

	for (size_t i = 0; i < n; i++)
		text_list_add(out, span_of(refused[i]));
}

static bool can_what_it_needs(const struct queue *q, const struct smtp_session *x, const struct job *job)
{
	uint8_t hope = x->state < SMTP_OPEN ? NEED_UTF8 : 0, needs = needs_of(q, job), asked = x->needs;

	if ((needs ^ asked) & NEED_ANY_TLS)
		return false;
	needs &= (uint8_t)~NEED_ANY_TLS;
	asked &= (uint8_t)~NEED_ANY_TLS;
	return needs ? (needs & ~(asked | x->can | hope)) == 0 : asked == 0;
}

static bool is_from_elsewhere(const struct queue *q, const struct smtp_session *x, const struct job *job)
{
	struct text_list refused = { 0 };
	bool elsewhere = true;

	if (q->blocked == NULL)
		return true;
	needs_addresses(q, site_at(q, x->site), job, &refused);
	for (size_t i = 0; i < refused.count; i++)
		elsewhere &= x->source ? strcmp(x->source, refused.items[i]) != 0 :
		                         text_list_has_nocase(&x->refused, span_of(refused.items[i]));
	text_list_free(&refused);
	return elsewhere;
}

bool needs_are_met(const struct queue *q, const struct smtp_session *x, const struct job *job)
{
	if (site_at(q, x->site)->smarthost == NULL && detour_outdates(q, x->ticket))
		return false;
	return can_what_it_needs(q, x, job) && hosts_suit(site_at(q, x->site), x, job) && is_from_elsewhere(q, x, job);
}

static bool has_session(const struct queue *q, const struct site *s, const struct job *job)
{
	for (const struct smtp_session *x = q->sessions; x; x = x->next)
		if (x->site == s->number && x->state <= SMTP_OPEN && needs_are_met(q, x, job))
			return true;
	return false;
}

/* What takes any TLS first: what insists on more may find the site unfit, and nothing is tried there for a while. */
const struct job *needs_without_session(const struct queue *q, const struct site *s)
{
	const struct job *first = NULL;

	for (const struct job *job = s->ahead.first; job; job = job->next) {
		if (has_session(q, s, job))
			continue;
		if (needs_of(q, job) & NEED_ANY_TLS)
			return job;
		if (first == NULL)
			first = job;
	}
	return first;
}

bool needs_spare_some(const struct queue *q, const struct site *s, uint8_t needs)
{
	for (const struct job *job = s->ahead.first; job && !(needs & NEED_ANY_TLS); job = job->next)
		if (needs_of(q, job) & NEED_ANY_TLS)
			return true;
	return false;
}

void needs_insist(struct queue *q, const struct site *at, const struct reply *r)
{
	struct site *s = site_change(at);

	for (struct job *job = s->ahead.first, *next; job; job = next) {
		next = job->next;
		if (!(needs_of(q, job) & NEED_ANY_TLS))
			outcome_of_whole_job(q, job_list_take(&s->ahead, job->ticket), r, false);
	}
}

void needs_unmet(struct queue *q, const struct site *at, uint8_t needs, const struct reply *r)
{
	struct site *s = site_change(at);

	for (struct job *job = s->ahead.first, *next; job; job = next) {
		next = job->next;
		if ((needs_of(q, job) & needs) == needs)
			outcome_of_whole_job(q, job_list_take(&s->ahead, job->ticket), r, false);
	}
}
