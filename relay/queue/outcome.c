/* SPDX-License-Identifier: ISC */
#include "relay/queue/outcome.h"

#include "base/log.h"
#include "base/mail/address.h"
#include "relay/queue/destination.h"
#include "relay/queue/detour.h"
#include "relay/queue/event.h"
#include "relay/queue/fallback.h"
#include "relay/queue/feedback.h"
#include "relay/queue/flow.h"
#include "relay/queue/job.h"
#include "relay/queue/mail.h"
#include "relay/queue/mail_log.h"
#include "relay/queue/place.h"
#include "relay/queue/site.h"
#include "relay/queue/smtp_session.h"
#include "relay/queue/spool.h"
#include "relay/queue/store_look.h"
#include "relay/queue/store_outcome.h"
#include "relay/queue/strikes.h"
#include "relay/queue/suppress.h"
#include "relay/queue/watch.h"
#include "relay/queue_id.h"

#include <stdlib.h>

enum { REPORT_GATHER_MS = 3000 };   /* what comes together of one message makes one report */

struct result_recipient {
	struct store_recipient row;
	bool unknown;                 /* lost after the dot */
	bool site_busy;               /* what was said is the site's, which waits, and not this one's */
	bool no_room;                 /* others were taken, and this one is to go in the next transaction */
	bool moved;                   /* goes on to another hop */
	bool redirected;              /* to root; filled while writing */
	bool untold;                  /* held, since nobody could be told; filled while writing */
	bool late;                    /* its sender is to be told that it still waits */
	enum verdict verdict;
	int64_t due_ms;
	struct reply reply;
	char *earlier;                /* what the first hop said before it went on, for who is told that it ended; NULL nothing */
};

struct result {
	uint64_t message;
	char queue_id[QUEUE_ID_TEXT];
	char *sender;                 /* for the log */
	bool null_sender;
	bool last;                    /* nothing else of the message waits, as far as known */
	int64_t arrival_ms;
	uint64_t destination;
	bool whole;                   /* nothing at all gets there */
	bool no_data;                 /* of what is never sent */
	char *held;                   /* why, where it is held until the owner looks at it; NULL: it is not */
	bool reports;                 /* the server was asked for reports (DSN), and makes them */
	uint32_t setup_ms, transfer_ms;
	char *tls;                    /* of the session that it was handed to; NULL: none */
	struct result_recipient *recipients;
	size_t recipient_count;
	bool finished;                /* filled while writing */
	char *body_file;
	struct result *next;
};

/* Until they are committed. */
struct results {
	struct result *first, **end;
};

void outcome_begin(struct queue *q)
{
	q->results = mem_alloc(sizeof *q->results);
	q->results->end = &q->results->first;
}

bool outcome_waits(const struct queue *q)
{
	return q->results->first != NULL;
}

unsigned outcome_count(const struct queue *q, const struct destination *d)
{
	unsigned n = 0;

	for (const struct result *r = q->results->first; r; r = r->next)
		n += r->destination == d->row.id;
	return n;
}

bool outcome_has(const struct queue *q, uint64_t message, uint64_t recipient)
{
	for (const struct result *r = q->results->first; r; r = r->next)
		for (size_t i = 0; r->message == message && i < r->recipient_count; i++)
			if (r->recipients[i].row.id == recipient)
				return true;
	return false;
}

/* ---- judging ---- */

static struct result *new_result(struct queue *q, struct destination *d, uint64_t message, size_t count)
{
	struct result *r = mem_alloc(sizeof *r);

	r->message = message;
	queue_id_print(message, r->queue_id);
	r->destination = d->row.id;
	r->recipients = mem_alloc(count * sizeof *r->recipients);
	r->recipient_count = count;
	*q->results->end = r;
	q->results->end = &r->next;
	d->in_flight++;
	d->touched = true;
	return r;
}

/* It refuses an address of ours, and another one can be tried there. */
static bool leaves_another_address(const struct queue *q, const struct destination *d, const struct reply *r)
{
	if (!fallback_is_block(r) || d->site == 0)
		return false;
	struct blocked_query at = site_blocked_query(site_at(q, d->site), d);
	return blocked_leaves_another(q, &at, r);
}

/* It refuses an address of ours that such mail does not leave from any more: the order for that began meanwhile. */
static bool has_left(const struct queue *q, const struct destination *d, unsigned hop, const struct reply *r)
{
	bool straight = d->hop_rules.detour > 0 && !schedule_is_detour(&d->hop_rules, hop);

	return straight && fallback_is_block(r) && r->source[0] && (detour_families(q) & family_of_text(r->source)) &&
	       d->row.hops.undecided_ms <= q->wall_ms;
}

/* Of the hop it was sent to, which may not be the destination's any more. */
static void judge(struct queue *q, struct destination *d, unsigned hop, int64_t begun_boot_ms, bool no_data,
                  struct result_recipient *r)
{
	if (no_data) {
		r->verdict = VERDICT_ASKED;
		return;
	}
	bool at_hop = hop == d->row.hops.hop;
	/* It refuses an address of ours, and the route has other ways, now or when that is over. */
	bool has_another_way = fallback_is_block(&r->reply) &&
	                       (d->hop_rules.on_blocked || leaves_another_address(q, d, &r->reply) || has_left(q, d, hop, &r->reply));
	struct attempt a = {
		.kind = r->reply.kind,
		.unknown = r->unknown,
		.no_room = r->no_room,
		/* What a hop says to which an order took the mail is never final: its own way is not closed. */
		.after_fallback = (hop > 0 && d->hope) || schedule_is_detour(&d->hop_rules, hop),
		.blocked = has_another_way,
		.moved = r->moved,
		.site_busy = r->site_busy,
		.trusted_clock = schedule_clock_is_trusted(&q->clock, begun_boot_ms),
		.failures = r->row.failures,
		.expires_ms = r->row.expires_ms,
		.hop_until_ms = at_hop || !r->moved ? d->row.hops.hop_until_ms : 0,
		.greylisted = reply_about(&r->reply) == REFUSAL_GREYLISTING,
	};

	r->verdict = schedule_recipient(&a, &q->rules, q->wall_ms, queue_random(q), &r->due_ms);
	if (r->verdict == VERDICT_RETRY && r->due_ms <= q->wall_ms)
		r->due_ms = destination_due_at_once(q, d, r->row.lane);
	r->late = r->verdict == VERDICT_RETRY && schedule_is_late(r->row.notice_ms, a.trusted_clock, q->wall_ms);
	if (r->verdict == VERDICT_EXPIRED)
		reply_expire(&r->reply);
	if (hop > 0 && d->earlier && (r->verdict == VERDICT_EXPIRED || r->verdict == VERDICT_FAILED))
		r->earlier = mem_text(d->earlier);
}

static struct result *result_of_job(struct queue *q, struct job *job)
{
	const struct smtp_session *x = smtp_session_find(q, job->session);
	const struct store_message *row = mail_row(q, job->message);
	struct result *r = new_result(q, destination_find(q, job->destination), job->message, job->recipient_count);

	r->sender = mem_text(row->sender);
	r->null_sender = r->sender[0] == '\0';
	r->arrival_ms = row->arrival_ms;
	r->no_data = row->no_data;
	r->last = row->waiting == job->recipient_count;
	r->tls = x && x->tls ? mem_text(x->tls) : NULL;
	for (size_t i = 0; i < job->recipient_count; i++)
		r->recipients[i].row = job->recipients[i];
	job->recipient_count = 0;
	return r;
}

/* An unknown outcome goes to the same hop first: that is kept until it was tried again. */
static void keep_hop(struct queue *q, struct destination *d, int64_t due_ms)
{
	int64_t until = due_ms + q->rules.retry_min_ms;

	if (d->hop_rules.hops + d->hop_rules.detour < 2 || d->row.hops.undecided_ms >= until)
		return;
	d->row.hops.undecided_ms = until;
	if (d->row.hops.hop_until_ms < until)
		d->row.hops.hop_until_ms = until;
	d->dirty = true;
}

bool outcome_says_too_many(const struct recipient_outcome *said)
{
	return !said->unknown && said->reply.kind == FAULT_TEMPORARY && reply_about(&said->reply) == REFUSAL_RECIPIENTS;
}

static void take_outcome(const struct outcome *o, const char *relay, enum pace_event site, struct result *r)
{
	bool took_some = false, busy = site == PACE_SLOWED || site == PACE_CLOSED;

	/* Each transaction that leaves some over has taken others, so this comes to an end. */
	for (size_t i = 0; i < o->recipient_count; i++)
		took_some |= o->recipients[i].reply.kind == FAULT_NONE && !o->recipients[i].unknown;
	for (size_t i = 0; i < r->recipient_count; i++) {
		struct result_recipient *x = &r->recipients[i];
		const struct recipient_outcome *said = outcome_of_recipient(o, i, x->row.id);
		if (said)
			x->reply = said->reply;
		else
			reply_set(&x->reply, FAULT_TEMPORARY, "4.3.0", STEP_NONE, relay, "the session said nothing of this recipient");
		x->unknown = said == NULL || said->unknown;
		x->no_room = took_some && said && outcome_says_too_many(said);
		x->site_busy = busy && !x->unknown && x->reply.kind == FAULT_TEMPORARY;
	}
}

/* What a job's replies say of the hop that gave them. */
struct hop_word {
	bool taken;               /* it took a mail */
	bool decided;             /* or refused one permanently */
	bool blocked;             /* it refuses this host's address: reply */
	bool put_off;             /* it may be failing: reply */
	struct reply reply;
};

static void hear(const struct result *r, struct hop_word *word)
{
	*word = (struct hop_word){ 0 };
	/* What was only asked took nothing, and nothing of it waits. */
	for (size_t i = 0; i < r->recipient_count && !r->no_data; i++) {
		const struct result_recipient *x = &r->recipients[i];
		bool block = fallback_is_block(&x->reply), put_off = fallback_counts_as_temporary(&x->reply);
		if (x->unknown || x->no_room)
			continue;
		word->taken |= x->reply.kind == FAULT_NONE;
		word->decided |= x->reply.kind != FAULT_TEMPORARY && !block;
		if ((block && !word->blocked) || (put_off && !word->blocked && !word->put_off))
			word->reply = x->reply;
		word->blocked |= block;
		word->put_off |= put_off;
	}
}

static void mark_moved(const struct queue *q, const struct destination *d, unsigned hop, bool on_temporary,
                       struct result *r)
{
	bool another = schedule_has_next(&d->hop_rules, hop), on_detour = schedule_is_detour(&d->hop_rules, hop);

	for (size_t i = 0; i < r->recipient_count && !r->no_data; i++) {
		struct result_recipient *x = &r->recipients[i];
		bool put_off = on_temporary && another && fallback_counts_as_temporary(&x->reply);
		bool blocked = (d->hop_rules.on_blocked || on_detour) && another && fallback_is_block(&x->reply);
		bool here = leaves_another_address(q, d, &x->reply), left = has_left(q, d, hop, &x->reply);
		x->moved = !x->unknown && (blocked || put_off || here || left);
	}
}

/* All that was said is in r: what becomes of its recipients, and of the destination. */
static void decide(struct queue *q, struct job *job, struct result *r)
{
	struct destination *d = destination_find(q, job->destination);
	const struct smtp_session *x = smtp_session_find(q, job->session);
	struct hop_state *hops = &d->row.hops;
	struct hop_word word;

	hear(r, &word);
	d->dirty |= word.decided || word.put_off;
	if (word.decided)
		schedule_hop_decided(hops, job->hop);
	else if (word.put_off)
		schedule_hop_deferred(hops, job->hop, q->wall_ms);
	/* What is put off, or refused for this host's address, goes on to the next hop where the route says so. */
	bool moves = job->hop == hops->hop && word.put_off && schedule_leads_on(hops, &d->hop_rules, HOP_TEMPORARY, q->wall_ms);
	mark_moved(q, d, job->hop, moves || (d->hop_rules.on_temporary && job->hop < hops->hop), r);
	for (size_t i = 0; i < r->recipient_count; i++) {
		judge(q, d, job->hop, job->begun_boot_ms, r->no_data, &r->recipients[i]);
		if (r->recipients[i].unknown)
			keep_hop(q, d, r->recipients[i].due_ms);
	}
	if (!word.blocked && moves && d->state == DESTINATION_OPEN)
		flow_failed(q, d, &word.reply, HOP_TEMPORARY);
	if (x && word.taken)
		feedback_took(q, site_at(q, x->site), d, x);
}

void outcome_of_job(struct queue *q, struct job *job, const struct outcome *o, enum pace_event site)
{
	const struct smtp_session *x = smtp_session_find(q, job->session);
	struct result *r = result_of_job(q, job);

	r->reports = x && x->dsn;
	r->setup_ms = o->setup_ms;
	r->transfer_ms = o->transfer_ms;
	take_outcome(o, x && x->relay ? x->relay : "", site, r);
	decide(q, job, r);
	job_free(q, job);
}

void outcome_of_whole_job(struct queue *q, struct job *job, const struct reply *why, bool unknown)
{
	struct destination *d = destination_find(q, job->destination);
	struct result *r = result_of_job(q, job);

	r->whole = true;
	for (size_t i = 0; i < r->recipient_count; i++) {
		r->recipients[i].reply = *why;
		r->recipients[i].unknown = unknown;
		judge(q, d, job->hop, job->begun_boot_ms, r->no_data, &r->recipients[i]);
		if (unknown)
			keep_hop(q, d, r->recipients[i].due_ms);
	}
	job_free(q, job);
}

void outcome_of_rest(struct queue *q, struct job *job)
{
	struct result *r = result_of_job(q, job);

	for (size_t i = 0; i < r->recipient_count; i++)
		r->recipients[i].reply = r->recipients[i].row.reply;
	decide(q, job, r);
	job_free(q, job);
}

void outcome_hold(struct queue *q, struct job *job, const struct fault *why)
{
	struct result *r = result_of_job(q, job);

	r->held = mem_text(why->text);
	for (size_t i = 0; i < r->recipient_count; i++) {
		r->recipients[i].reply = reply_of_fault(why, STEP_NONE, "");
		r->recipients[i].verdict = VERDICT_HELD;
	}
	job_free(q, job);
}

void outcome_for_waiting(struct queue *q, struct destination *d, struct store_recipient *rows, size_t count,
                         const struct reply *why)
{
	struct result *r = new_result(q, d, rows[0].message, count);
	unsigned hop = d->earlier ? 1 : 0;    /* the first, or some other: its number may be the next round's by now */
	struct store_message message = { 0 };

	if (store_load_message(q->store, r->message, &message)) {
		r->sender = mem_text(message.sender);
		r->null_sender = r->sender[0] == '\0';
		r->arrival_ms = message.arrival_ms;
		r->no_data = message.no_data;
		r->last = message.waiting == count;
		store_message_free(&message);
	}
	r->whole = true;
	for (size_t i = 0; i < count; i++) {
		r->recipients[i].row = rows[i];
		r->recipients[i].reply = *why;
		judge(q, d, hop, d->begun_boot_ms, r->no_data, &r->recipients[i]);
	}
}

/* ---- writing ---- */

bool outcome_wants_report(bool null_sender, uint8_t notify, uint8_t what)
{
	uint8_t wanted = notify == 0 ? NOTIFY_FAILURE | NOTIFY_DELAY : notify;

	return !null_sender && (wanted & what);
}

/* Once a message, whoever of its recipients failed first. True when it does. */
static bool redirect(struct queue *q, const struct result *r, const struct store_recipient *row)
{
	const char *root = settings_root(q->settings);
	struct store_message message;
	struct place place = { 0 };
	int64_t wake_ms;

	if (!store_load_message(q->store, r->message, &message))
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
	to.reply = reply_of_fault(&place.held, STEP_NONE, "");
	to.earlier = NULL;
	to.notice_ms = STORE_NEVER;
	to.destination = store_destination_id(q->store, buf_text(&place.domain), &place.via, &wake_ms);
	store_put_recipient(q->store, &to);
	store_mark_redirected(q->store, r->message);
	if (place.held.kind == FAULT_NONE && to.destination)
		destination_mail_came(q, to.destination, wake_ms, to.lane);
	place_free(&place);
	return true;
}

/* Nothing gets where the notice would have to go, or it would be held: it would come with the mail, or not at all. */
static bool notice_is_pointless(struct queue *q, const struct result *r)
{
	const struct store_destination *d = &destination_find(q, r->destination)->row;
	struct place place = { 0 };

	if (r->sender == NULL)
		return false;
	place_of_report(q->routes, r->sender, &place);
	bool held = place.held.kind != FAULT_NONE;
	bool same = strcmp(buf_text(&place.domain), d->domain) == 0 && via_eq(&place.via, &d->via);
	place_free(&place);
	return held || (r->whole && same);
}

static void hold_untold(struct result_recipient *x)
{
	struct buf said = { 0 };

	reply_print(&x->reply, &said);
	reply_set(&x->reply, x->reply.kind, x->reply.status, STEP_NONE, "", "it failed, and there is no sender or root who can be "
	          "told: %s", buf_text(&said));
	buf_free(&said);
	x->verdict = VERDICT_HELD;
	x->untold = true;
}

/* True when it waits no longer. */
static bool write_recipient(struct queue *q, const struct result *r, struct result_recipient *x,
                            int64_t *report_ms)
{
	const struct store_recipient *row = &x->row;
	const char *root = settings_root(q->settings);

	if (x->verdict == VERDICT_DELIVERED)
		suppress_delivered(q->store, row->address);
	else if (x->verdict == VERDICT_FAILED)
		suppress_failed(q->store, row->address, r->message, &x->reply, r->recipient_count == 1, q->wall_ms);
	if (x->verdict == VERDICT_RETRY) {
		store_recipient_retry(q->store, row->id, x->due_ms, row->failures + !(x->no_room || x->moved),
		                      q->wall_ms, &x->reply);
		if (!x->late || x->moved)
			return false;
		bool pointless = notice_is_pointless(q, r);
		store_set_notice(q->store, row->id, pointless ? STORE_NEVER : 0);
		if (!pointless)
			*report_ms = q->wall_ms + REPORT_GATHER_MS;
		return false;
	}
	/* What cannot be returned goes to the owner; where that is who it failed for, or is not set, it is held. */
	if ((x->verdict == VERDICT_FAILED || x->verdict == VERDICT_EXPIRED) && r->null_sender &&
	    (root[0] == '\0' || strcmp(root, row->address) == 0))
		hold_untold(x);
	if (x->verdict == VERDICT_HELD) {
		store_move_recipient(q->store, row->id, row->address, store_held_id(q->store, true), q->wall_ms, &x->reply);
		return false;
	}
	if (x->verdict == VERDICT_ASKED)
		return store_recipient_done(q->store, row->id, RECIPIENT_DELETED, q->wall_ms, &x->reply, "");
	if (x->verdict == VERDICT_DELIVERED) {
		/* RFC 3461 section 5.2.2: asked for, and the server does not do it. */
		bool tell = outcome_wants_report(r->null_sender, row->notify, NOTIFY_SUCCESS) && !r->reports;
		if (!store_recipient_done(q->store, row->id, tell ? RECIPIENT_RELAYED : RECIPIENT_DELIVERED, q->wall_ms,
		                          &x->reply, ""))
			return false;
		if (tell)
			*report_ms = q->wall_ms + (r->last ? 0 : REPORT_GATHER_MS);
		return true;
	}
	bool report = outcome_wants_report(r->null_sender, row->notify, NOTIFY_FAILURE);
	if (!store_recipient_done(q->store, row->id, report ? RECIPIENT_REPORT : RECIPIENT_FAILED, q->wall_ms, &x->reply,
	                          x->earlier ? x->earlier : ""))
		return false;
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
	if (done > 0 || report_ms != STORE_NEVER)
		store_progress(q->store, r->message, done, report_ms, q->wall_ms, &r->finished, &r->body_file);
	if (report_ms < q->next_report_ms)
		q->next_report_ms = report_ms;
}

/* ---- after the commit ---- */

static const enum delivery_status statuses[] = {
	[VERDICT_DELIVERED] = DELIVERY_SENT,
	[VERDICT_RETRY] = DELIVERY_DEFERRED,
	[VERDICT_FAILED] = DELIVERY_BOUNCED,
	[VERDICT_EXPIRED] = DELIVERY_BOUNCED,
	[VERDICT_HELD] = DELIVERY_DEFERRED,
	[VERDICT_ASKED] = DELIVERY_ASKED,
};

static void log_recipient(const struct queue *q, const struct committed *c, const struct result *r, const struct result_recipient *x)
{
	struct log_about about = { .queue_id = r->queue_id, .recipient = x->row.address };

	mail_log_delivery(c, &(struct mail_log_delivery){
		.queue_id = r->queue_id, .address = x->row.address, .original = x->row.original,
		.status = statuses[x->verdict], .reply = &x->reply, .earlier = x->earlier, .tls = r->tls,
		.delays = delays_of(r->arrival_ms, x->row.due_ms, q->wall_ms, r->setup_ms, r->transfer_ms),
	});
	if (x->untold)
		log_about(LOG_LEVEL_ERROR, &about, "%s: held: undeliverable and nobody to tell%s; look at it: signet queue show %s; "
		          "try it again: signet queue release %s", r->queue_id, settings_root(q->settings)[0] ? "" :
		          "; set root in the configuration to get such mail", r->queue_id, r->queue_id);
	else if (r->null_sender && statuses[x->verdict] == DELIVERY_BOUNCED)
		log_about(LOG_LEVEL_WARNING, &about, "%s: undeliverable and without a sender to tell: %s", r->queue_id,
		          x->redirected ? "goes to root" : "root has it already");
}

static void log_expired(const struct committed *c, const struct result *r)
{
	bool expired = false, returned = false;

	for (size_t i = 0; i < r->recipient_count; i++) {
		bool is_expired = r->recipients[i].verdict == VERDICT_EXPIRED;
		expired |= is_expired;
		returned |= is_expired && outcome_wants_report(r->null_sender, r->recipients[i].row.notify, NOTIFY_FAILURE);
	}
	if (expired)
		mail_log_expired(c, r->queue_id, r->sender ? r->sender : "", returned);
}

static void log_held(const struct committed *c, const struct result *r)
{
	struct reply why;

	if (r->held == NULL)
		return;
	reply_set(&why, FAULT_TEMPORARY, "4.3.0", STEP_NONE, "", "%s", r->held);
	event_tell(c, &(struct event){ EVENT_HELD, r->queue_id, "", "", &why });
	log_about(LOG_LEVEL_ERROR, &(struct log_about){ .queue_id = r->queue_id },
	          "%s: held: %s; look at it: signet queue show %s; let it go: signet queue release %s", r->queue_id, r->held,
	          r->queue_id, r->queue_id);
}

static void free_result(struct result *r)
{
	for (size_t i = 0; i < r->recipient_count; i++) {
		store_recipient_free(&r->recipients[i].row);
		free(r->recipients[i].earlier);
	}
	free(r->recipients);
	free(r->sender);
	free(r->tls);
	free(r->held);
	free(r->body_file);
	free(r);
}

static void close_result(struct queue *q, const struct committed *c, struct result *r)
{
	struct destination *d = destination_find(q, r->destination);

	log_held(c, r);
	for (size_t i = 0; i < r->recipient_count; i++) {
		if (!r->recipients[i].no_room)    /* the next transaction, which is at once, decides */
			log_recipient(q, c, r, &r->recipients[i]);
		if (!r->recipients[i].moved)
			watch_outcome(q, r->message, r->recipients[i].verdict, &r->recipients[i].reply);
		if (r->recipients[i].moved || r->recipients[i].no_room)
			destination_due_again(q, d, r->recipients[i].row.lane);
	}
	log_expired(c, r);
	if (r->finished)
		mail_finished(q, c, r->message, r->body_file);
	d->in_flight--;
	free_result(r);
}

static void written(struct queue *q, const struct committed *c, void *what)
{
	struct result *r = q->results->first;

	(void)what;
	q->results->first = NULL;
	q->results->end = &q->results->first;
	while (r) {
		struct result *next = r->next;
		close_result(q, c, r);
		r = next;
	}
}

void outcome_write(struct queue *q)
{
	if (!outcome_waits(q))
		return;
	store_begin(q->store);
	turn_after(q, written, NULL, NULL);
	for (struct result *r = q->results->first; r; r = r->next)
		write_result(q, r);
}
