/* SPDX-License-Identifier: ISC */
#include "relay/queue/job.h"

#include "base/log.h"
#include "base/mail/address.h"
#include "relay/queue/destination.h"
#include "relay/queue/mail.h"

#include <stdlib.h>

void job_find_needs(const struct queue *q, struct job *job)
{
	const struct store_message *row = mail_row(q, job->message);

	job->tls_optional = row->tls_optional;
	job->needs = (uint8_t)((row->utf8 ? NEED_UTF8 : 0) | (row->require_tls ? NEED_TLS : 0));
	for (size_t i = 0; i < job->recipient_count && !(job->needs & NEED_UTF8); i++)
		job->needs |= address_needs_utf8(span_of(job->recipients[i].address)) ? NEED_UTF8 : 0;
}

struct job *job_new(struct queue *q, struct destination *d, struct store_recipient *recipients, size_t count)
{
	uint64_t message = recipients[0].message;

	if (!mail_pin(q, message)) {
		log_line(LOG_LEVEL_ERROR, "recipient %llu waits for a message that is not there; signetd(8), section RECOVERY, "
		         "says how to repair the store",
		         (unsigned long long)recipients[0].id);
		for (size_t i = 0; i < count; i++)
			store_recipient_free(&recipients[i]);
		return NULL;
	}
	struct job *job = mem_alloc(sizeof *job);
	job->ticket = queue_ticket(q);
	job->message = message;
	job->destination = d->row.id;
	job->hop = d->row.hops.hop;
	job->begun_boot_ms = q->boot_ms;
	job->recipients = mem_alloc(count * sizeof *recipients);
	memcpy(job->recipients, recipients, count * sizeof *recipients);
	job->recipient_count = count;
	job_find_needs(q, job);
	d->in_flight++;
	q->job_count++;
	return job;
}

void job_free(struct queue *q, struct job *job)
{
	for (size_t i = 0; i < job->recipient_count; i++)
		store_recipient_free(&job->recipients[i]);
	free(job->recipients);
	text_list_free(&job->tried);
	destination_find(q, job->destination)->in_flight--;
	mail_unpin(q, job->message);
	q->job_count--;
	free(job);
}

/* ---- lists ---- */

void job_list_add(struct job_list *list, struct job *job)
{
	job->next = NULL;
	*(list->last ? &list->last->next : &list->first) = job;
	list->last = job;
	list->count++;
}

static struct job *take_after(struct job_list *list, struct job *before)
{
	struct job *job = before ? before->next : list->first;

	*(before ? &before->next : &list->first) = job->next;
	if (list->last == job)
		list->last = before;
	list->count--;
	job->next = NULL;
	return job;
}

struct job *job_list_take(struct job_list *list, uint64_t ticket)
{
	struct job *before = NULL;

	for (struct job *at = list->first; at; before = at, at = at->next)
		if (ticket == 0 || at->ticket == ticket)
			return take_after(list, before);
	return NULL;
}

bool job_list_has(const struct job_list *list, uint64_t recipient)
{
	for (const struct job *job = list->first; job; job = job->next)
		for (size_t i = 0; i < job->recipient_count; i++)
			if (job->recipients[i].id == recipient)
				return true;
	return false;
}

static bool leave_out(struct job *job, uint64_t recipient)
{
	for (size_t i = 0; i < job->recipient_count; i++) {
		if (job->recipients[i].id != recipient)
			continue;
		store_recipient_free(&job->recipients[i]);
		job->recipient_count--;
		memmove(&job->recipients[i], &job->recipients[i + 1], (job->recipient_count - i) * sizeof *job->recipients);
		return true;
	}
	return false;
}

bool job_list_leave_out(struct queue *q, struct job_list *list, uint64_t recipient)
{
	struct job *before = NULL;

	for (struct job *job = list->first; job; before = job, job = job->next) {
		if (!leave_out(job, recipient))
			continue;
		destination_find(q, job->destination)->touched = true;
		job_find_needs(q, job);
		if (job->recipient_count == 0)
			job_free(q, take_after(list, before));
		return true;
	}
	return false;
}
