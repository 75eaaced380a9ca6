/* SPDX-License-Identifier: ISC */
#include "relay/queue/hosts.h"

#include "relay/queue/destination.h"
#include "relay/queue/job.h"
#include "relay/queue/next_host.h"
#include "relay/queue/smtp_session.h"

#include <stdlib.h>

struct sick_host {
	char *host;
	int64_t until_boot_ms;
	struct sick_host *next;
};

/* ---- who is left ---- */

static bool was_asked(const struct job *job, const char *host)
{
	return job && text_list_has_nocase(&job->tried, span_of(host));
}

static bool is_of_site(const struct site *s, const char *host)
{
	for (size_t i = 0; i < s->target_count; i++)
		if (strcmp(s->targets[i].host, host) == 0)
			return true;
	return false;
}

/* There is a host of the site that has not put the job off, beside that one. */
static bool hosts_are_left(const struct site *s, const struct job *job, const char *host)
{
	if (job->tried.count + 1 >= HOSTS_A_ROUND || !is_of_site(s, host))
		return false;
	for (size_t i = 0; i < s->target_count; i++)
		if (strcmp(s->targets[i].host, host) != 0 && !was_asked(job, s->targets[i].host))
			return true;
	return false;
}

/* ---- going on ---- */

/* Moves those that go on out of job, into rows, and out of the outcome. */
static size_t take_out(const struct queue *q, struct job *job, struct outcome *o, struct store_recipient *rows, bool *sick)
{
	size_t taken = 0, kept = 0;

	for (size_t i = 0; i < job->recipient_count; i++) {
		struct recipient_outcome *said = outcome_of_recipient(o, i, job->recipients[i].id);
		if (said == NULL || !next_host_is_asked(said)) {
			job->recipients[kept++] = job->recipients[i];
			continue;
		}
		*sick |= next_host_comes_first(&said->reply);
		rows[taken] = job->recipients[i];
		rows[taken++].reply = said->reply;
		*said = o->recipients[--o->recipient_count];
	}
	job->recipient_count = kept;
	job_find_needs(q, job);
	return taken;
}

bool hosts_ask_next(struct queue *q, struct smtp_session *x, struct job *job, struct outcome *o)
{
	const struct site *at = site_at(q, x->site);

	if (x->host == NULL || destination_find(q, job->destination)->site != at->number || !hosts_are_left(at, job, x->host))
		return false;
	struct store_recipient *rows = mem_alloc((job->recipient_count + 1) * sizeof *rows);
	bool sick = false;
	size_t count = take_out(q, job, o, rows, &sick);
	struct job *rest = count > 0 ? job_new(q, destination_find(q, job->destination), rows, count) : NULL;
	free(rows);
	if (rest == NULL)
		return false;
	rest->hop = job->hop;
	rest->begun_boot_ms = job->begun_boot_ms;
	text_list_copy(&job->tried, &rest->tried);
	text_list_add(&rest->tried, span_of(x->host));
	if (sick)
		hosts_failed(q, at, x->host);
	struct site *s = site_change(at);
	struct job_list before = s->ahead;
	s->ahead = (struct job_list){ 0 };
	job_list_add(&s->ahead, rest);
	for (struct job *next; (next = job_list_take(&before, 0)) != NULL;)
		job_list_add(&s->ahead, next);
	return true;
}

/* ---- those that failed ---- */

static struct sick_host *find(const struct site *s, const char *host)
{
	struct sick_host *h = s->sick;

	while (h && strcmp(h->host, host) != 0)
		h = h->next;
	return h;
}

static bool is_sick(const struct queue *q, const struct site *s, const char *host)
{
	const struct sick_host *h = find(s, host);

	return h && h->until_boot_ms > q->boot_ms;
}

void hosts_failed(struct queue *q, const struct site *at, const char *host)
{
	struct site *s = site_change(at);
	struct sick_host *h = find(s, host);

	if (h == NULL) {
		h = mem_alloc(sizeof *h);
		h->host = mem_text(host);
		h->next = s->sick;
		s->sick = h;
	}
	h->until_boot_ms = q->boot_ms + q->rules.retry_min_ms;
}

void hosts_took(const struct site *s, const char *host)
{
	struct sick_host *h = host ? find(site_change(s), host) : NULL;

	if (h)
		h->until_boot_ms = 0;
}

void hosts_forget(struct site *s)
{
	while (s->sick) {
		struct sick_host *h = s->sick;
		s->sick = h->next;
		free(h->host);
		free(h);
	}
}

bool hosts_have_another(const struct queue *q, const struct site *s, const char *host)
{
	if (!is_of_site(s, host))
		return false;
	for (size_t i = 0; i < s->target_count; i++)
		if (strcmp(s->targets[i].host, host) != 0 && !is_sick(q, s, s->targets[i].host))
			return true;
	return false;
}

bool hosts_suit(const struct site *s, const struct smtp_session *x, const struct job *job)
{
	bool goes_to_asked = x->host && was_asked(job, x->host);
	size_t asked = 0;

	for (size_t i = 0; i < s->target_count && job->tried.count > 0; i++) {
		const char *host = s->targets[i].host;
		if (!was_asked(job, host))
			continue;
		asked++;
		goes_to_asked |= x->host == NULL && !text_list_has_nocase(&x->skipped, span_of(host));
	}
	return !goes_to_asked || asked == s->target_count;
}

void hosts_to_skip(const struct queue *q, const struct site *s, const struct job *job, struct text_list *out)
{
	size_t sick = 0, asked = 0;

	for (size_t i = 0; i < s->target_count; i++) {
		const char *host = s->targets[i].host;
		asked += was_asked(job, host);
		sick += !was_asked(job, host) && is_sick(q, s, host);
	}
	/* Where all the rest are known to have failed they are asked all the same; where all were asked, any is. */
	bool spare_sick = asked + sick < s->target_count, spare_asked = asked < s->target_count;
	for (size_t i = 0; i < s->target_count; i++) {
		const char *host = s->targets[i].host;
		bool skip = was_asked(job, host) ? spare_asked : is_sick(q, s, host) && spare_sick;
		if (skip)
			text_list_add(out, span_of(host));
	}
}
