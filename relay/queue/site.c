/* SPDX-License-Identifier: ISC */
#include "relay/queue/site.h"

#include "relay/queue/destination.h"
#include "relay/queue/hosts.h"
#include "relay/queue/job.h"
#include "relay/queue/mail.h"
#include "relay/queue/mail_log.h"
#include "relay/queue/smtp_session.h"

#include <stdlib.h>

enum { CLOCKS_MS = 10 };      /* a destination wakes by the wall clock, and may be as much too early for a pause's end */

static void log_deferred(const struct queue *q, const struct job *job, const struct reply *why)
{
	for (size_t i = 0; i < job->recipient_count; i++) {
		const struct store_recipient *r = &job->recipients[i];
		mail_log_waits(&(struct mail_log_delivery){
			.queue_id = mail_queue_id(q, job->message), .address = r->address, .original = r->original,
			.status = DELIVERY_DEFERRED, .reply = why,
			.delays = delays_of(mail_row(q, job->message)->arrival_ms, r->due_ms, q->wall_ms, 0, 0),
		});
	}
}

void site_is_due(struct queue *q, uint64_t number)
{
	const struct site *s = site_at(q, number);

	if (s)
		site_change(s);
}

/* ---- coming and going ---- */

static const char *smarthost_of(const struct destination *d)
{
	const char *hop = destination_hop_name(d);

	return strcmp(hop, "mx") == 0 ? NULL : hop;
}

static void identify(const struct queue *q, const struct destination *d, const struct target *targets, size_t count,
                     struct site_id *out)
{
	struct site_way way = {
		.smarthost = smarthost_of(d), .domain = d->row.domain, .setting = q->settings->mx_tls,
		.alone = d->row.via.alone ? d->row.id : 0,
	};

	site_id_make(&way, targets, count, out);
}

const struct site *site_find(struct queue *q, struct destination *d, const struct target *targets, size_t count)
{
	struct site_id id;

	identify(q, d, targets, count, &id);
	for (const struct site *s = q->sites; s; s = s->next)
		if (site_id_eq(&s->id, &id)) {
			site_id_free(&id);
			return s;
		}
	struct site *s = mem_alloc(sizeof *s);
	s->number = queue_ticket(q);
	s->id = id;
	receiver_make(smarthost_of(d), targets, count, &s->receiver);
	s->smarthost = settings_smarthost(q->settings, destination_hop_name(d));
	s->alone = d->row.via.alone ? d->row.id : 0;
	s->domain = mem_text(s->smarthost && !smarthost_is_local(s->smarthost) ? s->smarthost->host : d->row.domain);
	s->pacer = pacer_hold(q, &s->receiver, s->smarthost, targets, count);
	s->next = q->sites;
	q->sites = s;
	table_put(&q->site_numbers, s->number, s);
	return s;
}

struct blocked_query site_blocked_query(const struct site *s, const struct destination *d)
{
	return (struct blocked_query){ &s->receiver, targets_families(s->targets, s->target_count), d };
}

unsigned site_open_sessions(const struct queue *q, const struct site *s)
{
	unsigned n = 0;

	for (const struct smtp_session *x = q->sessions; x; x = x->next)
		n += x->state == SMTP_OPEN && x->site == s->number;
	return n;
}

unsigned site_receiver_sessions(const struct queue *q, const struct site *s)
{
	unsigned n = 0;

	for (const struct smtp_session *x = q->sessions; x; x = x->next)
		n += x->state == SMTP_OPEN && site_at(q, x->site)->pacer == s->pacer;
	return n;
}

bool site_has_to_wait(struct queue *q, const struct site *s, int64_t *until_ms, struct reply *why)
{
	int64_t until_boot_ms;

	if (pacer_may_send(q, s->pacer, &until_boot_ms, why))
		return false;
	int64_t wait_ms = until_boot_ms - q->boot_ms;
	*until_ms = q->wall_ms + wait_ms;
	return wait_ms >= PACER_SOON_MS || q->boot_ms + CLOCKS_MS < s->pacer->pace.paused_until_ms;
}

struct site_word site_judge(struct queue *q, const struct site *s, const struct blocked_query *at)
{
	const struct destination *d = at->destination;
	struct site_word w = { .verdict = SITE_OPEN };
	enum fallback_way way = blocked_way(q, at, &w.block);

	w.on_trial = way == WAY_TRIAL;
	if (way == WAY_NEXT_HOP) {
		w.verdict = SITE_BLOCKED;
		w.why = w.block->row.reply;
	} else if (pacer_is_used_up(q, s->pacer, &w.why) && schedule_leads_on(&d->row.hops, &d->hop_rules, HOP_LIMIT, q->wall_ms)) {
		w.verdict = SITE_FAILED;
		w.how = HOP_LIMIT;
	} else if (s->bad_until_boot_ms > q->boot_ms) {
		w.verdict = SITE_FAILED;
		w.why = s->reply;
		w.how = s->how;
	} else if (site_has_to_wait(q, s, &w.until_ms, &w.why)) {
		w.verdict = SITE_PAUSED;
	}
	return w;
}

void site_add(const struct site *at, struct destination *d, struct target *targets, size_t count)
{
	struct site *s = site_change(at);

	targets_free(s->targets, s->target_count);
	s->targets = targets;
	s->target_count = count;
	d->site = s->number;
	s->destinations = mem_resize(s->destinations, s->destination_count + 1, sizeof *s->destinations);
	s->destinations[s->destination_count++] = d->row.id;
	for (struct job *job; (job = job_list_take(&d->carried, 0)) != NULL; job_list_add(&s->ahead, job))
		job->hop = d->row.hops.hop;
}

bool site_renew(struct queue *q, struct destination *d, struct target *targets, size_t count)
{
	const struct site *at = site_at(q, d->site);
	struct site_id id;

	if (at == NULL)
		return false;
	identify(q, d, targets, count, &id);
	bool same = site_id_eq(&id, &at->id);
	site_id_free(&id);
	if (!same)
		return false;
	struct site *s = site_change(at);
	targets_free(s->targets, s->target_count);
	s->targets = targets;
	s->target_count = count;
	return true;
}

void site_leave(struct queue *q, struct destination *d, const struct reply *why)
{
	const struct site *at = site_at(q, d->site);
	struct site *s = at ? site_change(at) : NULL;
	struct job_list all = s ? s->ahead : (struct job_list){ 0 };
	struct job *job;

	blocked_trial_over(q, d->row.id);
	if (s)
		s->ahead = (struct job_list){ 0 };
	while ((job = job_list_take(&all, 0)) != NULL)
		job_list_add(job->destination == d->row.id ? &d->carried : &s->ahead, job);
	while (why && (job = job_list_take(&d->carried, 0)) != NULL) {
		if (why->kind != FAULT_NONE)
			log_deferred(q, job, why);
		job_free(q, job);
	}
	if (s == NULL)
		return;
	d->site = 0;
	for (size_t i = 0; i < s->destination_count; i++)
		if (s->destinations[i] == d->row.id) {
			s->destinations[i] = s->destinations[--s->destination_count];
			return;
		}
}

void site_take_back(struct queue *q, const struct site *at, struct job_list *jobs)
{
	struct site *s = site_change(at);
	struct job_list before = s->ahead;
	struct job *job;

	s->ahead = (struct job_list){ 0 };
	while ((job = job_list_take(jobs, 0)) != NULL) {
		pacer_unsent(s->pacer, job->recipient_count);
		job->session = 0;
		struct destination *d = destination_find(q, job->destination);
		if (d->site == s->number)
			job_list_add(&s->ahead, job);
		else if (destination_is_planning(d))
			job_list_add(&d->carried, job);
		else
			job_free(q, job);
	}
	while ((job = job_list_take(&before, 0)) != NULL)
		job_list_add(&s->ahead, job);
}

bool site_take_out(struct queue *q, uint64_t recipient)
{
	for (const struct site *s = q->sites; s; s = s->next)
		if (job_list_has(&s->ahead, recipient))
			return job_list_leave_out(q, &site_change(s)->ahead, recipient);
	for (struct destination *d = q->destinations; d; d = d->next)
		if (job_list_leave_out(q, &d->carried, recipient))
			return true;
	return false;
}

void site_forgive(struct queue *q, bool at_once)
{
	for (const struct site *s = q->sites; s; s = s->next)
		site_change(s)->bad_until_boot_ms = 0;
	if (at_once)
		pacer_forgive(q);
}

void site_free_unneeded(struct queue *q)
{
	for (struct site **at = &q->sites; *at;) {
		struct site *s = *at;
		if (s->destination_count > 0 || s->sessions > 0 || s->ahead.count > 0 || s->bad_until_boot_ms > q->boot_ms) {
			at = &s->next;
			continue;
		}
		*at = s->next;
		q->waiting_sites -= s->waits_since_ms != 0;
		pacer_release(q, s->pacer);
		targets_free(s->targets, s->target_count);
		hosts_forget(s);
		timers_drop(&q->timers, TIMER_SITE, s->number);
		table_remove(&q->site_numbers, s->number);
		free(s->destinations);
		free(s->domain);
		receiver_free(&s->receiver);
		site_id_free(&s->id);
		free(s);
	}
}
