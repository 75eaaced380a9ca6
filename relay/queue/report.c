/* SPDX-License-Identifier: ISC */
#include "relay/queue/report.h"

#include "base/log.h"
#include "base/pack.h"
#include "relay/queue/accept.h"
#include "relay/queue/mail.h"
#include "relay/queue/mail_log.h"
#include "relay/queue/out.h"
#include "relay/queue/peers.h"
#include "relay/queue/place.h"
#include "relay/queue/spool.h"
#include "relay/queue/store_destination.h"
#include "relay/queue/store_history.h"
#include "relay/queue/store_message.h"
#include "relay/queue/store_outcome.h"
#include "relay/queue/strikes.h"
#include "relay/queue_id.h"
#include "relay/route/aliases.h"
#include "relay/route/local_mail.h"

#include <stdlib.h>
#include <sys/random.h>

enum { REPORTS_MAX = 3, RECIPIENTS_MAX = 200, READERS_MAX = 10, DEADLINE_MS = 120 * 1000 };

struct report {
	uint64_t ticket, message;
	enum { REPORT_SPAWNED, REPORT_ASKED, REPORT_MADE, REPORT_NEEDLESS, REPORT_FAILED } state;
	enum report_kind kind;
	uint64_t peer;
	uint32_t uid;
	uint64_t recipients[RECIPIENTS_MAX];
	size_t recipient_count;
	struct buf answer;             /* the packed submission */
	uint64_t new_id;               /* while writing */
	bool held;                     /* filled while writing: why */
	struct fault why;
	bool finished;
	char *body_file;
	struct report *next;
};

struct reports {
	struct report *first;
	unsigned count;
};

void report_begin(struct queue *q)
{
	q->reports = mem_alloc(sizeof *q->reports);
}

unsigned report_count(const struct queue *q)
{
	return q->reports->count;
}

static struct report *find(struct queue *q, uint64_t ticket, uint64_t message)
{
	for (struct report *r = q->reports->first; r; r = r->next)
		if (ticket ? r->ticket == ticket : r->message == message)
			return r;
	return NULL;
}

/* The gravest first; one kind a report. 0: what was to be told is not so any more, as when it has arrived. */
static size_t choose(struct queue *q, struct report *r, struct store_recipient *rows, size_t max)
{
	size_t n = 0;

	for (r->kind = 0; r->kind < REPORT_KINDS; r->kind++) {
		n = store_report_recipients(q->store, r->message, r->kind, q->wall_ms, rows, max);
		if (n > 0)
			break;
	}
	return n;
}

static void begin(struct queue *q, uint64_t message)
{
	struct report *r = mem_alloc(sizeof *r);
	struct store_recipient first;

	r->ticket = queue_ticket(q);
	r->message = message;
	timers_set(&q->timers, TIMER_REPORT, r->ticket, peers_overdue_boot_ms(q, DEADLINE_MS));
	r->next = q->reports->first;
	q->reports->first = r;
	q->reports->count++;
	if (choose(q, r, &first, 1) > 0) {
		store_recipient_free(&first);
		out_spawn(q, ROLE_BOUNCE, r->ticket, "");
		return;
	}
	r->state = REPORT_NEEDLESS;
	queue_turn_at_once(q);
}

void report_start(struct queue *q)
{
	uint64_t id;
	int64_t report_ms;

	if (q->next_report_ms > q->wall_ms || q->reports->count >= REPORTS_MAX)
		return;
	q->next_report_ms = STORE_NEVER;
	for (uint64_t skip = 0; store_next_report(q->store, skip, &id, &report_ms); skip++) {
		if (find(q, 0, id))
			continue;
		q->next_report_ms = report_ms;
		if (report_ms > q->wall_ms || q->reports->count >= REPORTS_MAX)
			return;
		begin(q, id);
		q->next_report_ms = STORE_NEVER;
	}
}

/* ---- asking ---- */

/* What is late has perhaps never been tried by itself: its whole destination fails. */
static struct reply reason_of(struct queue *q, const struct store_recipient *row)
{
	struct store_destination d;
	struct reply r = row->reply;

	if (r.kind != FAULT_NONE || r.status[0] || !store_load_destination(q->store, row->destination, &d))
		return r;
	r = d.reply;
	store_destination_free(&d);
	return r;
}

/* What the aliases run is no address, and the sender's to know by what he wrote. */
static bool is_program(const struct store_recipient *row)
{
	return local_mail_program(span_of(row->address)).len > 0;
}

static void ask(struct queue *q, struct report *r, struct peer_channel *p, struct store_recipient *rows, size_t count)
{
	const struct store_message *mail = mail_row(q, r->message);
	static struct bounce_recipient to[RECIPIENTS_MAX];
	struct bounce_job job = {
		.ticket = r->ticket, .kind = r->kind, .queue_id = mail_queue_id(q, r->message), .sender = mail->sender,
		.envid = mail->envid, /* The report goes as mail goes; what asked for REQUIRETLS must not go with it. */
		.ret = mail->require_tls ? DSN_RET_HEADERS : mail->ret, .arrival_ms = mail->arrival_ms, .recipients = to,
		.recipient_count = count, .encode_8bit = place_encodes_report(q->routes, mail->sender),
	};
	int fd;

	for (size_t i = 0; i < count; i++) {
		const struct store_recipient *row = &rows[i];
		r->recipients[i] = row->id;
		to[i] = (struct bounce_recipient){
			.address = is_program(row) ? row->original : row->address, .original = row->original, .orcpt = row->orcpt, .tried_ms = row->tried_ms,
			.until_ms = row->expires_ms, .reply = reason_of(q, row), .earlier = row->earlier,
		};
	}
	r->recipient_count = count;
	r->uid = mail->uid;
	mail_bytes(q, r->message, &job.message, &fd);    /* without them the report says less, but says it */
	buf_clear(&q->scratch);
	bounce_job_encode(&job, &q->scratch);
	out_ask(p, OUT_BOUNCE, &q->scratch, fd);
	r->state = REPORT_ASKED;
}

void report_has_peer(struct queue *q, struct peer_channel *p)
{
	static struct store_recipient rows[RECIPIENTS_MAX];
	struct report *r = find(q, p->instance, 0);

	if (r == NULL || r->state != REPORT_SPAWNED || !mail_pin(q, r->message)) {
		peers_close(q, p);
		return;
	}
	r->peer = p->serial;
	size_t n = choose(q, r, rows, RECIPIENTS_MAX);
	if (n > 0)
		ask(q, r, p, rows, n);
	for (size_t i = 0; i < n; i++)
		store_recipient_free(&rows[i]);
	mail_unpin(q, r->message);
	if (n > 0)
		return;
	r->state = REPORT_NEEDLESS;
	peers_close(q, p);
}

void report_frame(struct queue *q, struct peer_channel *p, struct frame *frame)
{
	struct report *r = find(q, p->instance, 0);
	struct unpack u = unpack_from(frame->payload);
	struct submission s;

	if (r == NULL || r->state != REPORT_ASKED || frame->type != FRAME_BOUNCED || unpack_u64(&u) != r->ticket) {
		peers_expel(q, p, "sent what is not a report");
		return;
	}
	struct span packed = span_between(u.at, u.end);
	bool good = !u.bad && submission_decode(packed, &s) == 0;
	if (good) {
		good = s.recipient_count > 0 && s.body_file[0] == '\0' && s.message.len > 0;
		submission_free(&s);
	}
	strikes_passed(q, r->message, ROLE_BOUNCE);
	buf_clear(&r->answer);
	buf_add_span(&r->answer, packed);
	r->state = good ? REPORT_MADE : REPORT_FAILED;
	peers_close(q, p);
}

static void failed(struct report *r, const char *why)
{
	char queue_id[QUEUE_ID_TEXT];

	queue_id_print(r->message, queue_id);
	log_about(LOG_LEVEL_WARNING, &(struct log_about){ .queue_id = queue_id },
	          "%s: the report to the sender could not be made (%s)", queue_id, why);
	r->state = REPORT_FAILED;
}

void report_lost(struct queue *q, uint64_t ticket)
{
	struct report *r = find(q, ticket, 0);

	if (r == NULL || (r->state != REPORT_SPAWNED && r->state != REPORT_ASKED))
		return;
	if (r->state == REPORT_ASKED && !q->draining)
		strikes_add(q, r->message, ROLE_BOUNCE);
	failed(r, "its process ended");
}

void report_exited(struct queue *q, uint64_t ticket)
{
	struct report *r = find(q, ticket, 0);
	struct peer_channel *p = r ? peers_find(q, r->peer) : NULL;

	if (p)
		peers_drain(q, p);
	report_lost(q, ticket);
}

void report_timed_out(struct queue *q, uint64_t ticket)
{
	struct report *r = find(q, ticket, 0);

	if (r == NULL || (r->state != REPORT_SPAWNED && r->state != REPORT_ASKED))
		return;
	strikes_add(q, r->message, ROLE_BOUNCE);
	failed(r, "it took too long");
	struct peer_channel *p = peers_find(q, r->peer);
	if (p)
		peers_expel(q, p, "does not answer");
}

/* ---- the commit ---- */

static void add_reader(struct submission *s, const struct submission_recipient *to, const char *address)
{
	s->recipients = mem_resize(s->recipients, s->recipient_count + 1, sizeof *s->recipients);
	s->recipients[s->recipient_count++] = (struct submission_recipient){ .address = mem_text(address),
		.original = mem_text(to->original), .notify = to->notify, .orcpt = mem_text(to->orcpt), .refused = mem_text(""),
		.refused_status = mem_text("") };
}

/*
 * Its maker knows neither root nor the aliases: a sender of this host is looked for as pickup looks for names. What the
 * aliases refuse gets no report, which nobody would be told of; where that is all, its reader is who would get it without them.
 */
void report_find_readers(struct queue *q, struct submission *s)
{
	struct submission found = { 0 };

	for (size_t i = 0; i < s->recipient_count; i++) {
		const struct submission_recipient *to = &s->recipients[i];
		struct alias_expansion all = { 0 };
		const char *address = q->settings->redirect[0] ? q->settings->redirect : to->address;
		size_t before = found.recipient_count;
		if (q->aliases && routes_is_local(q->routes, span_of(address))) {
			struct alias_rules rules = { q->settings, routes_hostname_mx(q->routes) == HOSTNAME_HERE, aliases_source(q->aliases) };
			aliases_refresh(q->aliases);
			alias_expand(&rules, span_of(address), READERS_MAX - 1, &all);
		}
		for (size_t k = 0; k < all.count && k < READERS_MAX; k++)
			if (all.items[k].verdict != ALIAS_REFUSED)
				add_reader(&found, to, all.items[k].address);
		if (found.recipient_count == before)
			add_reader(&found, to, routes_reader_of(q->routes, address));
		alias_expansion_free(&all);
	}
	struct submission_recipient *old = s->recipients;
	size_t count = s->recipient_count;
	s->recipients = found.recipients;
	s->recipient_count = found.recipient_count;
	found.recipients = old;
	found.recipient_count = count;
	submission_free(&found);
}

/* The report belongs to whose message it is about, and is new whatever id its maker chose. */
static void write_report(struct queue *q, struct report *r)
{
	struct submission s;
	bool known;

	if (submission_decode(buf_span(&r->answer), &s) < 0)
		return;
	s.uid = r->uid;
	s.part = 0;
	s.sender[0] = '\0';
	s.held[0] = '\0';
	report_find_readers(q, &s);
	if (getrandom(s.id, sizeof s.id, 0) < 0)
		memcpy(s.id, &r->ticket, sizeof r->ticket);
	r->new_id = accept_part(q, &s, &known);
	store_set_about(q->store, r->new_id, r->message);
	submission_free(&s);
	for (size_t i = 0; i < r->recipient_count; i++)
		store_reported(q->store, r->recipients[i], r->kind);
}

static bool is_over(const struct report *r)
{
	return r->state == REPORT_MADE || r->state == REPORT_NEEDLESS || r->state == REPORT_FAILED;
}

/* Failures wait for the owner; what would only be good to know, that it is late or relayed, is told of in the log alone. */
static void hold(struct queue *q, struct report *r, const struct fault *why)
{
	for (size_t i = 0; i < r->recipient_count; i++)
		if (r->kind != REPORT_OF_FAILURE)
			store_reported(q->store, r->recipients[i], r->kind);
	if (r->kind == REPORT_OF_FAILURE)
		store_hold_failed(q->store, r->message, store_held_id(q->store, true), q->wall_ms, why);
	r->held = true;
	r->why = *why;
	free(r->body_file);
	store_report_done(q->store, r->message, q->wall_ms, &r->finished, &r->body_file);
}

static void write_end(struct queue *q, struct report *r)
{
	struct fault why;

	if (r->state == REPORT_FAILED && strikes_judge(q, r->message, &why) == STRIKES_HOLD) {
		hold(q, r, &why);
		return;
	}
	if (r->state == REPORT_FAILED) {
		store_postpone_report(q->store, r->message, q->wall_ms + q->rules.retry_min_ms);
		return;
	}
	if (r->state == REPORT_MADE)
		write_report(q, r);
	free(r->body_file);
	store_report_done(q->store, r->message, q->wall_ms, &r->finished, &r->body_file);
}

static const char *const notifications[] = {
	[REPORT_OF_FAILURE] = "non-delivery", [REPORT_OF_DELAY] = "delay", [REPORT_OF_RELAY] = "delivery status",
};

static void log_made(const struct queue *q, const struct committed *c, const struct report *r)
{
	struct submission s;

	mail_log_notification(c, r->message, notifications[r->kind], r->new_id);
	if (submission_decode(buf_span(&r->answer), &s) < 0)
		return;
	accept_log(c, &s, r->new_id, q->wall_ms, false);
	submission_free(&s);
}

static void log_held(const struct report *r, const char *queue_id)
{
	struct log_about about = { .queue_id = queue_id };

	if (r->kind == REPORT_OF_FAILURE)
		log_about(LOG_LEVEL_ERROR, &about, "%s: held: its sender cannot be told that it failed: %s; look at it: signet queue "
		          "show %s; try it again: signet queue release %s", queue_id, r->why.text, queue_id, queue_id);
	else
		log_about(LOG_LEVEL_ERROR, &about, "%s: its sender is not told of its %s: %s", queue_id,
		          r->kind == REPORT_OF_DELAY ? "delay" : "delivery", r->why.text);
}

static void close_report(struct queue *q, const struct committed *c, struct report *r)
{
	char queue_id[QUEUE_ID_TEXT];

	queue_id_print(r->message, queue_id);
	if (r->state == REPORT_MADE)
		log_made(q, c, r);
	if (r->held)
		log_held(r, queue_id);
	if (r->finished)
		mail_finished(q, c, r->message, r->body_file);
	timers_drop(&q->timers, TIMER_REPORT, r->ticket);
	free(r->body_file);
	buf_free(&r->answer);
	free(r);
	q->reports->count--;
}

static void written(struct queue *q, const struct committed *c, void *what)
{
	(void)what;
	for (struct report **at = &q->reports->first; *at;) {
		struct report *r = *at;
		if (!is_over(r)) {
			at = &r->next;
			continue;
		}
		*at = r->next;
		close_report(q, c, r);
		q->next_report_ms = 0;      /* look again */
	}
}

void report_write(struct queue *q)
{
	bool wrote = false;

	for (struct report *r = q->reports->first; r; r = r->next) {
		if (!is_over(r))
			continue;
		store_begin(q->store);
		write_end(q, r);
		wrote = true;
	}
	if (wrote)
		turn_after(q, written, NULL, NULL);
}
