#include "relay/queue/outcome.h"

#include "base/address.h"
#include "base/log.h"
#include "relay/queue/destination.h"
#include "relay/queue/mail.h"
#include "relay/queue/mail_log.h"
#include "relay/queue/place.h"
#include "relay/queue/session.h"
#include "relay/queue/site.h"
#include "relay/queue/spool.h"
#include "relay/queue/store_outcome.h"

#include <stdio.h>
#include <stdlib.h>

enum { REPORT_GATHER_MS = 3000 };   /* failures of one message that come together make one report */

/* ---- judging ---- */

static struct result *new_result(struct queue *q, struct destination *d, uint64_t message, size_t count)
{
	struct result *r = mem_alloc(sizeof *r);

	r->message = message;
	queue_id_print(message, r->queue_id);
	r->destination = d;
	r->recipients = mem_alloc(count * sizeof *r->recipients);
	r->recipient_count = count;
	*q->results_end = r;
	q->results_end = &r->next;
	d->in_flight++;
	d->touched = true;
	q->busy = true;
	return r;
}

static void judge(struct queue *q, const struct destination *d, int64_t begun_boot_ms, bool unknown,
                  struct result_recipient *r)
{
	struct attempt a = {
		.kind = r->fault.kind,
		.unknown = unknown,
		.no_room = r->no_room,
		.after_fallback = d->row.hops.hop > 0,
		.trusted_clock = begun_boot_ms > q->clock.step_boot_ms,
		.failures = r->row.failures,
		.expires_ms = r->row.expires_ms,
		.hop_until_ms = d->row.hops.hop_until_ms,
	};

	r->verdict = schedule_recipient(&a, &q->rules, q->wall_ms, queue_random(q), &r->due_ms);
	if (r->verdict == VERDICT_EXPIRED) {
		fault_prefix(&r->fault, "not delivered in time, given up; the last error was");
		r->fault.kind = FAULT_PERMANENT;
		snprintf(r->fault.status, sizeof r->fault.status, "5.4.7");
	}
}

static const struct recipient_outcome *find_outcome(const struct outcome *o, size_t guess, uint64_t id)
{
	if (guess < o->recipient_count && o->recipients[guess].id == id)
		return &o->recipients[guess];
	for (size_t i = 0; i < o->recipient_count; i++)
		if (o->recipients[i].id == id)
			return &o->recipients[i];
	return NULL;
}

static struct result *result_of_job(struct queue *q, struct job *job)
{
	struct result *r = new_result(q, job->destination, job->mail->row.id, job->recipient_count);

	r->sender = mem_text(job->mail->row.sender);
	r->null_sender = r->sender[0] == '\0';
	r->arrival_ms = job->mail->row.arrival_ms;
	r->last = job->mail->row.waiting == job->recipient_count;
	for (size_t i = 0; i < job->recipient_count; i++)
		r->recipients[i].row = job->recipients[i];
	job->recipient_count = 0;
	return r;
}

/* An unknown outcome goes to the same hop first: it is kept for that long. */
static void keep_hop(struct queue *q, struct destination *d)
{
	int64_t until = q->wall_ms + 4 * q->rules.unknown_ms;

	if (d->row.hops.hop > 0 && d->row.hops.hop_until_ms < until) {
		d->row.hops.hop_until_ms = until;
		d->dirty = true;
	}
}

/* Each transaction that leaves some over has taken others, so this comes to an end. */
static bool took_some(const struct outcome *o)
{
	for (size_t i = 0; i < o->recipient_count; i++)
		if (o->recipients[i].fault.kind == FAULT_NONE && !o->recipients[i].unknown)
			return true;
	return false;
}

static bool says_too_many(const struct recipient_outcome *said)
{
	return !said->unknown && said->fault.kind == FAULT_TEMPORARY && strcmp(said->fault.status, "4.5.3") == 0;
}

void outcome_of_job(struct queue *q, struct job *job, const struct outcome *o, uint64_t session)
{
	struct result *r = result_of_job(q, job);
	bool some = took_some(o);

	r->session = session;
	r->relay = mem_text(o->relay);
	r->setup_ms = o->setup_ms;
	r->transfer_ms = o->transfer_ms;
	for (size_t i = 0; i < r->recipient_count; i++) {
		struct result_recipient *x = &r->recipients[i];
		const struct recipient_outcome *said = find_outcome(o, i, x->row.id);
		bool unknown = said == NULL || said->unknown;
		if (said)
			x->fault = said->fault;
		else
			fault_set(&x->fault, FAULT_TEMPORARY, "4.3.0", "the session said nothing of this recipient");
		if (unknown)
			keep_hop(q, job->destination);
		x->no_room = some && said && says_too_many(said);
		judge(q, job->destination, job->begun_boot_ms, unknown, x);
	}
	job_free(q, job);
}

void outcome_of_whole_job(struct queue *q, struct job *job, const struct fault *f, bool unknown)
{
	struct result *r = result_of_job(q, job);

	r->relay = mem_text(job->session && job->session->relay ? job->session->relay : "none");
	if (unknown)
		keep_hop(q, job->destination);
	for (size_t i = 0; i < r->recipient_count; i++) {
		r->recipients[i].fault = *f;
		judge(q, job->destination, job->begun_boot_ms, unknown, &r->recipients[i]);
	}
	job_free(q, job);
}

void outcome_for_waiting(struct queue *q, struct destination *d, struct store_recipient *rows, size_t count,
                         const struct fault *f)
{
	struct result *r = new_result(q, d, rows[0].message, count);
	struct store_message message = { 0 };

	if (store_load_message(q->store, r->message, &message)) {
		r->sender = mem_text(message.sender);
		r->null_sender = r->sender[0] == '\0';
		r->arrival_ms = message.arrival_ms;
		r->last = message.waiting == count;
		store_message_free(&message);
	}
	r->relay = mem_text("none");
	for (size_t i = 0; i < count; i++) {
		r->recipients[i].row = rows[i];
		r->recipients[i].fault = *f;
		judge(q, d, d->begun_boot_ms, false, &r->recipients[i]);
	}
}

/* ---- writing ---- */

bool outcome_wants_report(bool null_sender, uint8_t notify)
{
	return !null_sender && (notify == 0 || (notify & NOTIFY_FAILURE));
}

/* What cannot be returned goes to the owner, once. True when it does. */
static bool redirect(struct queue *q, const struct result *r, const struct store_recipient *row)
{
	const char *root = q->settings->root;
	struct store_message message;
	struct place place = { 0 };
	int64_t wake_ms;

	if (root[0] == '\0' || strcmp(root, row->address) == 0 || !store_load_message(q->store, r->message, &message))
		return false;
	if (!message.redirected)
		place_find(q->routes, span_of(root), span_of(message.sender), &place);
	bool already = message.redirected;
	store_message_free(&message);
	if (already)
		return false;
	struct store_recipient to = *row;
	to.address = (char *)(uintptr_t)root;
	to.original = row->address;
	to.state = RECIPIENT_WAITING;
	to.failures = 0;
	to.due_ms = q->wall_ms;
	to.expires_ms = q->wall_ms + q->settings->queue_life_ms;
	to.fault = place.held;
	to.relay = NULL;
	to.destination = store_destination_id(q->store, buf_text(&place.domain), buf_text(&place.via), &wake_ms);
	store_put_recipient(q->store, &to);
	store_mark_redirected(q->store, r->message);
	if (place.held.kind == FAULT_NONE && to.destination)
		destination_mail_came(q, to.destination, wake_ms, to.lane);
	place_free(&place);
	return true;
}

/* True when it waits no longer. */
static bool write_recipient(struct queue *q, const struct result *r, struct result_recipient *x,
                            int64_t *report_ms)
{
	const struct store_recipient *row = &x->row;

	if (x->verdict == VERDICT_RETRY) {
		store_recipient_retry(q->store, row->id, x->due_ms, row->failures + !x->no_room, &x->fault, r->relay);
		return false;
	}
	if (x->verdict == VERDICT_DELIVERED) {
		store_recipient_done(q->store, row->id, RECIPIENT_DELIVERED, q->wall_ms, &x->fault, r->relay);
		return true;
	}
	bool report = outcome_wants_report(r->null_sender, row->notify);
	store_recipient_done(q->store, row->id, report ? RECIPIENT_REPORT : RECIPIENT_FAILED, q->wall_ms, &x->fault,
	                     r->relay);
	if (report)
		*report_ms = q->wall_ms + (r->last ? 0 : REPORT_GATHER_MS);
	else if (r->null_sender)
		x->redirected = redirect(q, r, row);
	return true;
}

static void write_result(struct queue *q, struct result *r)
{
	int64_t report_ms = STORE_NEVER;
	unsigned done = 0;

	for (size_t i = 0; i < r->recipient_count; i++)
		done += write_recipient(q, r, &r->recipients[i], &report_ms);
	free(r->body_file);
	r->body_file = NULL;
	if (done > 0)
		store_progress(q->store, r->message, done, report_ms, q->wall_ms, &r->finished, &r->body_file);
	if (report_ms < q->next_report_ms)
		q->next_report_ms = report_ms;
}

void outcome_write(struct queue *q)
{
	if (q->results == NULL)
		return;
	store_begin(q->store);
	for (struct result *r = q->results; r; r = r->next)
		write_result(q, r);
}

/* ---- after the commit ---- */

static const enum delivery_status statuses[] = {
	[VERDICT_DELIVERED] = DELIVERY_SENT,
	[VERDICT_RETRY] = DELIVERY_DEFERRED,
	[VERDICT_FAILED] = DELIVERY_BOUNCED,
	[VERDICT_EXPIRED] = DELIVERY_BOUNCED,
};

static bool is_lost(const struct result *r, const struct result_recipient *x)
{
	return r->null_sender && statuses[x->verdict] == DELIVERY_BOUNCED;
}

static void log_recipient(const struct queue *q, const struct result *r, const struct result_recipient *x)
{
	mail_log_delivery(&(struct mail_log_delivery){
		.queue_id = r->queue_id, .address = x->row.address, .original = x->row.original, .relay = r->relay,
		.status = statuses[x->verdict], .fault = &x->fault,
		.delays = delays_of(r->arrival_ms, x->row.due_ms, q->wall_ms, r->setup_ms, r->transfer_ms),
	});
	if (is_lost(r, x))
		log_about(LOG_LEVEL_WARNING, &(struct log_about){ .queue_id = r->queue_id, .recipient = x->row.address },
		          "%s: undeliverable and without a sender to tell: %s", r->queue_id, x->redirected ? "goes to root" :
		          q->settings->root[0] ? "given up" : "given up; set root to get such mail");
}

static void log_expired(const struct result *r)
{
	bool expired = false, returned = false;

	for (size_t i = 0; i < r->recipient_count; i++) {
		bool is_expired = r->recipients[i].verdict == VERDICT_EXPIRED;
		expired |= is_expired;
		returned |= is_expired && outcome_wants_report(r->null_sender, r->recipients[i].row.notify);
	}
	if (expired)
		mail_log_expired(r->queue_id, r->sender ? r->sender : "", returned);
}

static void free_result(struct result *r)
{
	for (size_t i = 0; i < r->recipient_count; i++)
		store_recipient_free(&r->recipients[i].row);
	free(r->recipients);
	free(r->relay);
	free(r->sender);
	free(r->body_file);
	free(r);
}

static void close_result(struct queue *q, struct result *r)
{
	for (size_t i = 0; i < r->recipient_count; i++)
		log_recipient(q, r, &r->recipients[i]);
	log_expired(r);
	if (r->finished) {
		mail_log_removed(r->queue_id);
		mail_forget(q, r->message);
	}
	if (r->body_file)
		spool_remove_body(q->settings->spool, r->body_file);
	if (r->session)
		session_committed(q, r->session);
	r->destination->in_flight--;
	free_result(r);
}

void outcome_written(struct queue *q)
{
	struct result *r = q->results;

	q->results = NULL;
	q->results_end = &q->results;
	while (r) {
		struct result *next = r->next;
		close_result(q, r);
		r = next;
	}
}
