#include "relay/queue/needs.h"

#include "base/address.h"
#include "relay/queue/job.h"
#include "relay/queue/outcome.h"
#include "relay/queue/site.h"

uint8_t needs_of(const struct job *job)
{
	uint8_t needs = (job->mail->row.utf8 ? NEED_UTF8 : 0) | (job->mail->row.require_tls ? NEED_TLS : 0);

	for (size_t i = 0; i < job->recipient_count && !(needs & NEED_UTF8); i++)
		needs |= address_needs_utf8(span_of(job->recipients[i].address)) ? NEED_UTF8 : 0;
	return needs;
}

bool needs_are_met(const struct smtp_session *x, const struct job *job)
{
	uint8_t hope = x->state < SMTP_OPEN ? NEED_UTF8 : 0, needs = needs_of(job);

	return needs ? (needs & ~(x->needs | x->can | hope)) == 0 : x->needs == 0;
}

static bool has_session(const struct queue *q, const struct site *s, const struct job *job)
{
	for (const struct smtp_session *x = q->sessions; x; x = x->next)
		if (x->site == s && x->state <= SMTP_OPEN && needs_are_met(x, job))
			return true;
	return false;
}

const struct job *needs_without_session(const struct queue *q, const struct site *s)
{
	for (const struct job *job = s->ahead.first; job; job = job->next)
		if (!has_session(q, s, job))
			return job;
	return NULL;
}

void needs_unmet(struct queue *q, struct site *s, uint8_t needs, const struct reply *r)
{
	for (struct job *job = s->ahead.first, *next; job; job = next) {
		next = job->next;
		if ((needs_of(job) & needs) == needs)
			outcome_of_whole_job(q, job_list_take(&s->ahead, job->ticket), r, false);
	}
}
