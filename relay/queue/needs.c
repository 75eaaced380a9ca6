#include "relay/queue/needs.h"

#include "base/address.h"
#include "relay/queue/job.h"
#include "relay/queue/outcome.h"
#include "relay/queue/site.h"

/* Else it goes as all the others do. */
static bool meets_sts(const struct site *s)
{
	for (size_t i = 0; s && i < s->target_count; i++)
		if (s->targets[i].sts == STS_ENFORCE && s->targets[i].dane == DANE_NONE)
			return true;
	return false;
}

uint8_t needs_of(const struct job *job)
{
	const struct store_message *row = &job->mail->row;
	uint8_t needs = (row->utf8 ? NEED_UTF8 : 0) | (row->require_tls ? NEED_TLS : 0);

	if (row->tls_optional && meets_sts(job->destination->site))
		needs |= NEED_ANY_TLS;
	for (size_t i = 0; i < job->recipient_count && !(needs & NEED_UTF8); i++)
		needs |= address_needs_utf8(span_of(job->recipients[i].address)) ? NEED_UTF8 : 0;
	return needs;
}

bool needs_are_met(const struct smtp_session *x, const struct job *job)
{
	uint8_t hope = x->state < SMTP_OPEN ? NEED_UTF8 : 0, needs = needs_of(job), asked = x->needs;

	if ((needs ^ asked) & NEED_ANY_TLS)
		return false;
	needs &= (uint8_t)~NEED_ANY_TLS;
	asked &= (uint8_t)~NEED_ANY_TLS;
	return needs ? (needs & ~(asked | x->can | hope)) == 0 : asked == 0;
}

static bool has_session(const struct queue *q, const struct site *s, const struct job *job)
{
	for (const struct smtp_session *x = q->sessions; x; x = x->next)
		if (x->site == s && x->state <= SMTP_OPEN && needs_are_met(x, job))
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
		if (needs_of(job) & NEED_ANY_TLS)
			return job;
		if (first == NULL)
			first = job;
	}
	return first;
}

bool needs_spare_some(const struct site *s, uint8_t needs)
{
	for (const struct job *job = s->ahead.first; job && !(needs & NEED_ANY_TLS); job = job->next)
		if (needs_of(job) & NEED_ANY_TLS)
			return true;
	return false;
}

void needs_insist(struct queue *q, struct site *s, const struct reply *r)
{
	for (struct job *job = s->ahead.first, *next; job; job = next) {
		next = job->next;
		if (!(needs_of(job) & NEED_ANY_TLS))
			outcome_of_whole_job(q, job_list_take(&s->ahead, job->ticket), r, false);
	}
}

void needs_unmet(struct queue *q, struct site *s, uint8_t needs, const struct reply *r)
{
	for (struct job *job = s->ahead.first, *next; job; job = next) {
		next = job->next;
		if ((needs_of(job) & needs) == needs)
			outcome_of_whole_job(q, job_list_take(&s->ahead, job->ticket), r, false);
	}
}
