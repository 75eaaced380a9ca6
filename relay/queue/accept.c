/* SPDX-License-Identifier: ISC */
#include "relay/queue/accept.h"

#include "base/io.h"
#include "base/mail/address.h"
#include "relay/queue/destination.h"
#include "relay/queue/event.h"
#include "relay/queue/mail_log.h"
#include "relay/queue/out.h"
#include "relay/queue/outcome.h"
#include "relay/queue/peers.h"
#include "relay/queue/place.h"
#include "relay/queue/plans.h"
#include "relay/queue/runaway.h"
#include "relay/queue/spool.h"
#include "relay/queue/store_outcome.h"
#include "relay/queue/store_upkeep.h"
#include "relay/queue/suppress.h"
#include "relay/queue_id.h"
#include "relay/route/aliases.h"
#include "relay/route/local_mail.h"

#include <stdlib.h>

enum { PARTS_MAX = 64 };

struct answer {
	uint64_t peer, ticket, first_id;
	struct submit submit;          /* for the log; message bytes are gone */
	uint64_t *ids;
	bool *known;
};

/* ---- one entry ---- */

static struct reply refusal_of(const struct submission_recipient *r)
{
	const char *status = strncmp(r->refused_status, "5.", 2) == 0 ? r->refused_status : "5.1.3";
	struct reply reply;

	reply_set(&reply, FAULT_PERMANENT, status, STEP_NONE, "", "%s", r->refused);
	return reply;
}

/* NULL: it is not a name at hostname, or has no alias with one reader. */
static const char *reader_at_hostname(struct queue *q, const char *address)
{
	struct alias_expansion reader = { 0 };

	if (q->aliases == NULL || local_mail_program(span_of(address)).len > 0 || routes_hostname_mx(q->routes) != HOSTNAME_HERE)
		return NULL;
	aliases_refresh(q->aliases);
	if (!alias_reader_at_hostname(q->settings, aliases_source(q->aliases), span_of(address), &reader))
		return NULL;
	buf_clear(&q->reader);
	buf_add_text(&q->reader, reader.items[0].address);
	alias_expansion_free(&reader);
	return buf_text(&q->reader);
}

/* Who reads what is addressed so; borrowed until the next. */
static const char *reader_of(struct queue *q, const char *address, bool was_held)
{
	const char *reader = reader_at_hostname(q, address);

	if (reader == NULL)
		reader = was_held ? routes_reader_of(q->routes, address) : routes_settled_of(q->routes, address);
	return reader;
}

/* ---- news of what is held ---- */

struct held_news {
	uint64_t message;
	char *address, *original;
	struct reply why;
};

static void free_news(struct held_news *n)
{
	free(n->address);
	free(n->original);
	free(n);
}

static void news_is_so(struct queue *q, const struct committed *c, void *what)
{
	struct held_news *n = what;
	char queue_id[QUEUE_ID_TEXT];

	(void)q;
	queue_id_print(n->message, queue_id);
	event_tell(c, &(struct event){ EVENT_HELD, queue_id, n->address, n->original, &n->why });
	free_news(n);
}

static void news_is_not(struct queue *q, const struct fault *f, void *what)
{
	(void)q;
	(void)f;
	free_news(what);
}

/* Where the recipient goes: at once to the sender again, held, or to a destination that is woken. */
static void put_recipient(struct queue *q, const struct submission *s, const struct submission_recipient *r,
                          bool by_owner, struct place *place, struct store_recipient *row)
{
	bool null_sender = s->sender[0] == '\0';
	/* A mailing that one provider delays would bring its sender thousands of notices, unless he asks for them. */
	bool wants_notice = outcome_wants_report(null_sender, r->notify, NOTIFY_DELAY) && (r->notify || !s->bulk);
	int64_t wake_ms = 0;

	row->address = r->address;
	row->original = r->original;
	row->orcpt = r->orcpt;
	row->notify = r->notify;
	row->state = RECIPIENT_WAITING;
	row->reply = (struct reply){ 0 };
	row->notice_ms = schedule_notice(&q->rules, wants_notice, q->wall_ms);
	if (r->refused[0]) {
		row->reply = refusal_of(r);
		row->state = outcome_wants_report(null_sender, r->notify, NOTIFY_FAILURE) ? RECIPIENT_REPORT : RECIPIENT_FAILED;
		row->destination = 0;
		store_put_recipient(q->store, row);
		return;
	}
	if (local_mail_program(span_of(r->address)).len == 0)
		plans_doubt_hostname(q, address_domain(span_of(r->address)));
	if (s->held[0] == '\0')
		row->address = (char *)(uintptr_t)reader_of(q, r->address, false);
	place_find(q->routes, span_of(row->address), span_of(s->sender), place);
	if (s->held[0]) {
		reply_set(&row->reply, FAULT_TEMPORARY, "4.3.5", STEP_NONE, "", "%s", s->held);
		row->destination = store_held_id(q->store, by_owner);
	} else {
		row->reply = reply_of_fault(&place->held, STEP_NONE, "");
		row->destination = store_destination_id(q->store, buf_text(&place->domain), &place->via, &wake_ms);
	}
	store_put_recipient(q->store, row);
	if (row->reply.kind != FAULT_NONE) {
		struct held_news *n = mem_alloc(sizeof *n);
		*n = (struct held_news){ row->message, mem_text(row->address), mem_text(row->original), row->reply };
		turn_after(q, news_is_so, news_is_not, n);
	} else if (row->destination) {
		destination_mail_came(q, row->destination, wake_ms, row->lane);
	}
}

/* by_owner: if it is held, it is until the owner releases it, and not until the configuration knows a way. */
static void put_recipients(struct queue *q, const struct submission *s, uint64_t id, bool by_owner)
{
	struct lane_mail mail = { s->uid, span_of(s->sender), s->recipient_count, s->bulk };
	struct store_recipient row = {
		.message = id, .lane = lane_of(&q->lane_senders, &mail, q->boot_ms), .due_ms = q->wall_ms,
		/* What only asks, asks once: its time is over as soon as an attempt has failed. */
		.expires_ms = s->no_data ? q->wall_ms : q->wall_ms + q->settings->queue_life_ms,
	};
	struct place place = { 0 };
	unsigned waiting = 0;
	int64_t report_ms = STORE_NEVER;
	bool finished;

	for (size_t i = 0; i < s->recipient_count; i++) {
		put_recipient(q, s, &s->recipients[i], by_owner, &place, &row);
		waiting += row.state == RECIPIENT_WAITING;
		if (row.state == RECIPIENT_REPORT)
			report_ms = q->wall_ms;
	}
	place_free(&place);
	store_put_waiting(q->store, id, waiting, report_ms);
	if (report_ms < q->next_report_ms)
		q->next_report_ms = report_ms;
	if (waiting == 0 && report_ms == STORE_NEVER)
		store_progress(q->store, id, 0, STORE_NEVER, q->wall_ms, &finished, NULL);
}

uint64_t accept_part(struct queue *q, const struct submission *part, bool *known)
{
	uint64_t id;

	store_put_message(q->store, part, q->wall_ms, &id, known);
	if (!*known)
		put_recipients(q, part, id, false);
	return id;
}

void accept_log(const struct committed *c, const struct submission *part, uint64_t id, int64_t now_ms, bool by_caller)
{
	char queue_id[QUEUE_ID_TEXT];

	queue_id_print(id, queue_id);
	mail_log_accepted(c, part, id, by_caller);
	for (size_t i = 0; i < part->recipient_count; i++) {
		const struct submission_recipient *r = &part->recipients[i];
		if (r->refused[0] == '\0')
			continue;
		struct reply refused = refusal_of(r);
		mail_log_delivery(c, &(struct mail_log_delivery){
			.queue_id = queue_id, .address = r->address, .original = r->original,
			.status = DELIVERY_BOUNCED, .reply = &refused, .refused = true,
			.delays = delays_of(part->arrival_ms, now_ms, now_ms, 0, 0),
		});
	}
}

/* ---- a submission ---- */

/* f NULL: it is stored. */
static void encode_answer(struct queue *q, uint64_t ticket, uint64_t id, const struct fault *f)
{
	char queue_id[QUEUE_ID_TEXT] = "";
	struct submitted s = { .ticket = ticket, .queue_id = queue_id };

	if (f)
		s.fault = *f;
	else
		queue_id_print(id, queue_id);
	buf_clear(&q->scratch);
	submitted_encode(&s, &q->scratch);
}

static void refuse(struct queue *q, uint64_t serial, uint64_t ticket, const struct fault *f)
{
	struct peer_channel *p = peers_find(q, serial);

	if (p == NULL)
		return;
	encode_answer(q, ticket, 0, f);
	out_ask(p, OUT_REFUSED, &q->scratch, -1);
}

static void tell(struct queue *q, const struct committed *c, const struct answer *a)
{
	struct peer_channel *p = peers_find(q, a->peer);

	if (p == NULL)
		return;
	encode_answer(q, a->ticket, a->first_id, NULL);
	out_tell(c, p, OUT_SUBMITTED, &q->scratch, -1);
}

/* 0, or -1 with why it is refused, before anything is touched. Pickup is believed in nothing that could hurt others. */
static int check(const struct queue *q, const struct submit *s, struct fault *f)
{
	size_t recipients = 0;
	bool damaged;

	if (q->draining)
		return fault_set(f, FAULT_TEMPORARY, "4.3.2", "signetd is about to restart; try again");
	if (q->store_bad) {
		*f = *store_trouble(q->store);
		return -1;
	}
	if (s->count == 0 || s->count > PARTS_MAX)
		return fault_set(f, FAULT_PERMANENT, "5.5.4", "a submission of %zu parts", s->count);
	for (size_t i = 0; i < s->count; i++) {
		const struct submission *part = &s->parts[i];
		bool has_file = part->body_file[0] != '\0';
		recipients += part->recipient_count;
		if (part->recipient_count == 0)
			return fault_set(f, FAULT_PERMANENT, "5.5.1", "no recipients");
		if (has_file ? !spool_body_name_ok(part->body_file) : part->message.len == 0)
			return fault_set(f, FAULT_PERMANENT, "5.6.0", "the message has no bytes");
		/* The sweep of the spool, while the clock was wrong, may have removed a body that no message named yet. */
		int fd = has_file ? spool_open_body(q->settings->spool, part->body_file, part->size_bytes, &damaged, f) : -1;
		if (has_file && fd < 0)
			return -1;
		io_close(&fd);
	}
	if (recipients > 2 * RECORD_RECIPIENTS_MAX)
		return fault_set(f, FAULT_PERMANENT, "5.5.3", "%zu recipients are too many", recipients);
	return 0;
}

static void free_answer(struct answer *a)
{
	submit_free(&a->submit);
	free(a->ids);
	free(a->known);
	free(a);
}

static void answered(struct queue *q, const struct committed *c, void *what)
{
	struct answer *a = what;

	tell(q, c, a);
	for (size_t i = 0; i < a->submit.count; i++) {
		const struct submission *part = &a->submit.parts[i];
		bool has_file = part->body_file[0] != '\0';
		if (!a->known[i]) {
			if (has_file)
				spool_keep_body(q->settings->spool, part->body_file);
			accept_log(c, part, a->ids[i], q->wall_ms, i == 0);
		} else if (has_file && !store_body_is_known(q->store, part->body_file)) {
			/* A repeated submission brought its body again; the stored one may even be the same file. */
			spool_remove_body(q->settings->spool, part->body_file);
		}
	}
	free_answer(a);
}

static void refused(struct queue *q, const struct fault *f, void *what)
{
	struct answer *a = what;

	refuse(q, a->peer, a->ticket, f);
	free_answer(a);
}

void accept_submit(struct queue *q, struct peer_channel *from, struct span payload)
{
	struct answer *a = mem_alloc(sizeof *a);
	struct submit *s = &a->submit;
	struct buf reason = { 0 };
	bool is_counted = false, runs_away = false;
	struct fault f;

	if (submit_decode(payload, s) < 0) {
		free(a);
		peers_close(q, from);
		return;
	}
	a->peer = from->serial;
	a->ticket = s->ticket;
	if (check(q, s, &f) < 0) {
		refuse(q, a->peer, a->ticket, &f);
		free_answer(a);
		return;
	}
	a->ids = mem_alloc(s->count * sizeof *a->ids);
	a->known = mem_alloc(s->count * sizeof *a->known);
	store_begin(q->store);
	for (size_t i = 0; i < s->count; i++) {
		struct submission *part = &s->parts[i];
		store_put_message(q->store, part, q->wall_ms, &a->ids[i], &a->known[i]);
		part->message = SPAN("");     /* borrowed from the frame */
		if (a->known[i])
			continue;
		if (!is_counted)
			runs_away = runaway_holds(q, part, &reason);
		is_counted = true;
		if (runs_away) {
			free(part->held);
			part->held = mem_text(buf_text(&reason));
		} else {
			suppress_recipients(q->store, q->settings, part, q->wall_ms);
		}
		put_recipients(q, part, a->ids[i], runs_away);
	}
	buf_free(&reason);
	a->first_id = a->ids[0];
	turn_after(q, answered, refused, a);
}

/* ---- where to ---- */

void accept_place(struct queue *q, const char *address, bool was_held, const char *sender, struct place *place,
                  struct placed *out)
{
	out->address = reader_of(q, address, was_held);
	place_find(q->routes, span_of(out->address), span_of(sender), place);
	out->destination = store_destination_id(q->store, buf_text(&place->domain), &place->via, &out->wake_ms);
}
