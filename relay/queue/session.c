#include "relay/queue/session.h"

#include "base/log.h"
#include "base/pack.h"
#include "base/secret.h"
#include "relay/hop.h"
#include "relay/queue/fallback.h"
#include "relay/queue/feedback.h"
#include "relay/queue/job.h"
#include "relay/queue/look.h"
#include "relay/queue/mail.h"
#include "relay/queue/needs.h"
#include "relay/queue/orcpt.h"
#include "relay/queue/outcome.h"
#include "relay/queue/peers.h"
#include "relay/queue/site.h"
#include "relay/queue/strikes.h"
#include "relay/queue/tickets.h"

#include <stdlib.h>

enum {
	LINES_MAX = 20 * 1000,   /* of a transcript */
	CREDITS_MAX = 64, FRUITLESS_MAX = 3,
	STRUCK_MAX = 12,         /* of sessions that ended because of a message: there may be a few of those */
};

/* ---- beginning ---- */

void session_spawn(struct queue *q, struct site *s, uint8_t needs)
{
	struct smtp_session *x = mem_alloc(sizeof *x);
	struct spawn spawn = {
		.role = ROLE_SMTP,
		.ticket = queue_ticket(q),
		.smarthost = s->smarthost ? s->smarthost->name : "",
	};

	x->ticket = spawn.ticket;
	x->site = s;
	x->needs = needs;
	x->begun_boot_ms = q->boot_ms;
	x->next = q->sessions;
	q->sessions = x;
	table_put(&q->session_tickets, x->ticket, x);
	q->session_count++;
	s->sessions++;
	buf_clear(&q->scratch);
	spawn_encode(&spawn, &q->scratch);
	channel_put(q->parent, FRAME_SPAWN, buf_span(&q->scratch), -1);
}

static uint32_t draw(void *context, uint32_t below)
{
	return queue_random(context) % below;
}

/* Each session has its own order of the hosts that are equals. */
static void describe(struct queue *q, const struct site *s, uint8_t needs, struct session *out)
{
	const struct settings *set = q->settings;
	const struct smarthost *host = s->smarthost;

	*out = (struct session){
		.hop = host ? host->name : "mx",
		.domain = s->domain,
		.port = host ? host->port : set->mx_port,
		.implicit_tls = host && host->implicit_tls,
		.tls = host ? host->tls : set->mx_tls,
		.ca_file = host && host->ca_file[0] ? host->ca_file : set->ca_file,
		.helo = set->hostname,
		.needs = needs,
		.targets = s->targets,
		.target_count = s->target_count,
		.transcript = look_watches(q, s->alone),
	};
	hop_source(set, host, out->source);
	targets_draw(s->targets, s->target_count, draw, q);
}

void session_has_peer(struct queue *q, struct peer_channel *p)
{
	struct smtp_session *x = table_get(&q->session_tickets, p->instance);
	struct tls_ticket tickets[TLS_TICKETS_MAX];
	struct session frame;

	if (x == NULL || x->state != SMTP_SPAWNED) {
		peers_close(q, p);
		return;
	}
	x->peer = p->serial;
	x->state = SMTP_DIALLING;
	describe(q, x->site, x->needs, &frame);
	x->watched = frame.transcript;
	frame.tickets = tickets;
	frame.ticket_count = tickets_of(q, x->site->key, tickets);
	buf_clear(&q->scratch);
	session_encode(&frame, &q->scratch);
	peers_put(p, FRAME_SESSION, &q->scratch, -1);
	secret_free(&q->scratch);
}

/* ---- messages out ---- */

/* An owner's stand-in for a provider that takes no other; never for the null sender, whose bounces would come back. */
static char *sender_at(const struct site *s, const struct store_message *row)
{
	bool stands_in = s->smarthost && s->smarthost->envelope_from[0] && row->sender[0];

	return stands_in ? s->smarthost->envelope_from : row->sender;
}

static struct span fields_at(const struct site *s, const struct mail *m)
{
	return hop_signs(s->smarthost) ? buf_span(&m->fields) : SPAN("");
}

/* A server that makes reports is told whom the sender wrote to. orcpt is to be freed. */
static void address_to(const struct queue *q, const struct smtp_session *x, const struct job *job,
                       struct delivery_recipient *to)
{
	for (size_t i = 0; i < job->recipient_count; i++) {
		const struct store_recipient *r = &job->recipients[i];
		struct buf orcpt = { 0 };
		if (r->orcpt[0])
			buf_add_text(&orcpt, r->orcpt);
		else if (x->dsn)
			orcpt_make(r->original, q->settings->domain, &orcpt);
		to[i] = (struct delivery_recipient){ r->id, r->address, r->notify, buf_take(&orcpt) };
	}
}

bool session_deliver(struct queue *q, struct smtp_session *x, struct job *job)
{
	struct delivery_recipient to[DELIVERY_RECIPIENTS_MAX];
	const struct store_message *row = &job->mail->row;
	struct peer_channel *p = peers_find(q, x->peer);
	struct delivery d = {
		.ticket = job->ticket, .queue_id = job->mail->queue_id, .sender = sender_at(x->site, row), .envid = row->envid,
		.ret = row->ret, .eight_bit = row->eight_bit, .utf8 = row->utf8, .require_tls = row->require_tls,
		.size_bytes = row->size_bytes, .checksum = row->checksum,
		.recipients = to, .recipient_count = job->recipient_count, .fields = fields_at(x->site, job->mail),
	};
	int fd;

	if (p == NULL || !mail_bytes(q, job->mail, &d.message, &fd))
		return false;
	address_to(q, x, job, to);
	buf_clear(&q->scratch);
	delivery_encode(&d, &q->scratch);
	for (size_t i = 0; i < job->recipient_count; i++)
		free(to[i].orcpt);
	peers_put(p, FRAME_DELIVER, &q->scratch, fd);
	job->session = x;
	job_list_add(&x->sent, job);
	x->credits--;
	x->idle_boot_ms = 0;
	return true;
}

void session_quit(struct queue *q, struct smtp_session *x)
{
	struct peer_channel *p = peers_find(q, x->peer);

	x->state = SMTP_QUITTING;
	if (p)
		peers_put(p, FRAME_QUIT, NULL, -1);
}

void session_committed(struct queue *q, uint64_t ticket)
{
	struct smtp_session *x = table_get(&q->session_tickets, ticket);

	if (x)
		x->uncommitted++;
}

void session_tell_committed(struct queue *q)
{
	for (struct smtp_session *x = q->sessions; x; x = x->next) {
		if (x->uncommitted == 0)
			continue;
		struct peer_channel *p = peers_find(q, x->peer);
		buf_clear(&q->scratch);
		pack_u32(&q->scratch, x->uncommitted);
		if (p)
			peers_put(p, FRAME_COMMITTED, &q->scratch, -1);
		x->uncommitted = 0;
	}
}

/* ---- ending ---- */

static void count_fruitless(struct queue *q, struct smtp_session *x, const struct fault *f)
{
	if (x->fruitful || x->state == SMTP_QUITTING)
		x->site->fruitless = 0;
	else if (++x->site->fruitless >= (x->struck ? STRUCK_MAX : FRUITLESS_MAX))
		feedback_failed(q, x->site, f, false);
}

static void put_back_struck(struct queue *q, struct job *job, const struct fault *f, bool unknown)
{
	struct fault why;

	if (strikes_judge(q, job->mail->row.id, &why) == STRIKES_HOLD)
		outcome_hold(q, job, &why);
	else
		outcome_of_whole_job(q, job, f, unknown);
}

/* What esmtp ended over, before any of it was sent, waits for a retry; what was behind it goes on at once. */
static void take_back_unspoken(struct queue *q, struct smtp_session *x, const struct fault *f)
{
	struct job *first = x->sent.first;

	if (first && first->trouble)
		put_back_struck(q, job_list_take(&x->sent, first->ticket), f, false);
	for (struct job *job = x->sent.first; job; job = job->next)
		job->trouble = 0;
	site_take_back(q, x->site, &x->sent);
}

static void ended(struct queue *q, struct smtp_session *x, const struct session_end *end)
{
	bool quitting = x->state == SMTP_QUITTING;

	x->ended = true;
	take_back_unspoken(q, x, &end->fault);
	x->fruitful |= end->scope == SESSION_DONE && x->heard;
	if (end->scope == SESSION_LOST && fallback_is_block(&end->fault))
		feedback_blocked(q, x->site, &end->fault);
	if (end->scope == SESSION_DONE || end->scope == SESSION_LOST)
		count_fruitless(q, x, &end->fault);
	x->state = SMTP_OVER;
	if (end->scope == SESSION_DONE || end->scope == SESSION_LOST || quitting)
		return;
	if (end->scope == SESSION_UNMET || (end->scope == SESSION_TLS && (x->needs & NEED_TLS))) {
		needs_unmet(q, x->site, x->needs, &end->fault);
		return;
	}
	log_line(LOG_LEVEL_DEBUG, "session with %s: %s", end->relay, end->fault.text);
	if (end->scope == SESSION_REFUSED)
		feedback_refused(q, x->site, &end->fault);
	else
		feedback_failed(q, x->site, &end->fault, end->scope == SESSION_UNREACHABLE);
}

void session_peer_lost(struct queue *q, struct peer_channel *p)
{
	struct smtp_session *x = table_get(&q->session_tickets, p->instance);

	if (x == NULL || x->peer != p->serial)
		return;
	x->peer = 0;
	x->credits = 0;
	if (!x->ended)
		peers_kill(q, ROLE_SMTP, x->ticket);    /* what it had is free again once it is reaped */
	if (!x->ended && x->state != SMTP_QUITTING)
		x->state = x->state == SMTP_OPEN ? SMTP_OVER : x->state;
}

/* It was cut, or never let begin, as all ends: nobody's fault, and what it had is tried again by the next queue. */
static void cut_by_drain(struct queue *q, struct smtp_session *x)
{
	site_take_back(q, x->site, &x->sent);
	x->state = SMTP_OVER;
}

/*
 * One of those that it had is perhaps why. The first was being spoken, and may have arrived or not; the others, which
 * were not, go on at once.
 */
static void strike_all(struct queue *q, struct smtp_session *x, const struct fault *f)
{
	struct job_list others = { 0 };
	struct job *job = job_list_take(&x->sent, 0);

	strikes_add(q, job->mail->row.id, ROLE_SMTP);
	put_back_struck(q, job, f, true);
	while ((job = job_list_take(&x->sent, 0)) != NULL) {
		strikes_add(q, job->mail->row.id, ROLE_SMTP);
		job_list_add(&others, job);
	}
	site_take_back(q, x->site, &others);
}

/* The process died without a word. */
static void died(struct queue *q, struct smtp_session *x)
{
	bool stood = x->state == SMTP_OVER || x->state == SMTP_OPEN;
	struct fault f;

	fault_set(&f, FAULT_TEMPORARY, "4.3.0", "the smtp process ended unexpectedly; what it was sending will be "
	          "sent again");
	x->struck = x->sent.count > 0;
	if (x->struck)
		strike_all(q, x, &f);
	if (stood)
		count_fruitless(q, x, &f);
	else if (x->state != SMTP_QUITTING) {
		x->state = SMTP_OVER;
		feedback_failed(q, x->site, &f, false);
	}
}

static void free_session(struct queue *q, struct smtp_session *x)
{
	for (struct smtp_session **at = &q->sessions; *at; at = &(*at)->next)
		if (*at == x) {
			*at = x->next;
			break;
		}
	table_remove(&q->session_tickets, x->ticket);
	q->session_count--;
	x->site->sessions--;
	free(x->relay);
	free(x);
}

void session_exited(struct queue *q, uint64_t ticket)
{
	struct smtp_session *x = table_get(&q->session_tickets, ticket);

	if (x == NULL)
		return;
	struct peer_channel *p = peers_find(q, x->peer);
	if (p)
		peers_drain(q, p);
	if (!x->ended && q->draining)
		cut_by_drain(q, x);
	else if (!x->ended)
		died(q, x);
	q->busy = true;
	free_session(q, x);
}

/* ---- frames ---- */

/* Each is false for what an honest session does not say. */
static bool ready(struct queue *q, struct smtp_session *x, struct span payload)
{
	struct session_ready r;

	if (x->relay || session_ready_decode(payload, &r) < 0)
		return false;
	x->relay = mem_text(r.relay);
	if (x->state == SMTP_DIALLING) {
		x->state = SMTP_OPEN;
		x->dsn = r.capabilities & CAP_DSN;
		x->can = r.capabilities & CAP_SMTPUTF8 ? NEED_UTF8 : 0;
		tickets_keep(q, x->site->key, &r.ticket);
		feedback_reached(q, x->site);
	}
	session_ready_free(&r);
	return true;
}

static bool wants(struct smtp_session *x, struct span payload)
{
	struct unpack u = unpack_from(payload);
	uint32_t more = unpack_u32(&u);

	if (u.bad || more > CREDITS_MAX || x->credits + more > CREDITS_MAX)
		return false;
	x->credits += more;
	return true;
}

/* A final word on any recipient: the session was of use. */
static bool any_final(const struct outcome *o)
{
	for (size_t i = 0; i < o->recipient_count; i++)
		if (o->recipients[i].fault.kind != FAULT_TEMPORARY && !o->recipients[i].unknown)
			return true;
	return false;
}

/* What it tells of the site; *why is the answer that does. */
static enum pace_event event_of(const struct outcome *o, bool early, struct fault *why)
{
	enum pace_event all = PACE_DEFERRED;

	*why = (struct fault){ 0 };
	for (size_t i = 0; i < o->recipient_count; i++) {
		const struct recipient_outcome *r = &o->recipients[i];
		enum pace_event one = r->unknown ? PACE_DEFERRED : pace_event_of(&r->fault, early);
		if (one > all || i == 0)
			*why = r->fault;
		all = one > all ? one : all;
	}
	return all;
}

static bool trouble(struct queue *q, struct smtp_session *x, struct span payload)
{
	struct unpack u = unpack_from(payload);
	uint64_t ticket = unpack_u64(&u);
	uint8_t what = unpack_u8(&u);
	struct job *job = x->sent.first;

	while (job && job->ticket != ticket)
		job = job->next;
	if (job == NULL || job->trouble || u.bad || (what != TROUBLE_HELPER && what != TROUBLE_DAMAGED))
		return false;
	job->trouble = what;
	x->struck = true;
	if (what == TROUBLE_HELPER)
		strikes_add(q, job->mail->row.id, ROLE_SMTP);
	return true;
}

/* What its outcome says is of this host, and tells nothing of the site. */
static void end_troubled(struct queue *q, struct job *job, const struct outcome *o)
{
	struct fault f = { .kind = FAULT_TEMPORARY, .status = "4.3.0" };
	bool unknown = o->recipient_count > 0 && o->recipients[0].unknown;

	if (o->recipient_count > 0)
		f = o->recipients[0].fault;
	f.kind = FAULT_TEMPORARY;
	if (job->trouble == TROUBLE_DAMAGED)
		outcome_hold(q, job, &f);
	else
		put_back_struck(q, job, &f, unknown);
}

static bool outcome(struct queue *q, struct smtp_session *x, struct span payload)
{
	struct outcome o;

	if (outcome_decode(payload, &o) < 0)
		return false;
	struct job *job = o.ticket ? job_list_take(&x->sent, o.ticket) : NULL;
	if (job && job->trouble) {
		end_troubled(q, job, &o);
	} else if (job) {
		struct fault why;
		enum pace_event event = event_of(&o, !x->fruitful, &why);
		strikes_passed(q, job->mail->row.id, ROLE_SMTP);
		x->heard = true;
		x->fruitful |= any_final(&o);
		outcome_of_job(q, job, &o, x->ticket, event);
		feedback_heard(q, x->site, event, &why);
	}
	outcome_free(&o);
	return job != NULL;
}

static bool end_frame(struct queue *q, struct smtp_session *x, struct span payload)
{
	struct session_end e;

	if (session_end_decode(payload, &e) < 0)
		return false;
	ended(q, x, &e);
	session_end_free(&e);
	return true;
}

static bool take_frame(struct queue *q, struct smtp_session *x, const struct frame *frame)
{
	switch (frame->type) {
	case FRAME_READY:
		return ready(q, x, frame->payload);
	case FRAME_WANT:
		return wants(x, frame->payload);
	case FRAME_OUTCOME:
		return outcome(q, x, frame->payload);
	case FRAME_SESSION_END:
		return end_frame(q, x, frame->payload);
	case FRAME_TROUBLE:
		return trouble(q, x, frame->payload);
	case FRAME_TRANSCRIPT:
		look_transcript(q, x->site->alone, frame->payload);
		return x->watched && ++x->lines <= LINES_MAX;
	default:
		return false;
	}
}

void session_frame(struct queue *q, struct peer_channel *p, struct frame *frame)
{
	struct smtp_session *x = table_get(&q->session_tickets, p->instance);

	if (x == NULL || x->peer != p->serial)
		return;
	if (x->ended || !take_frame(q, x, frame))
		peers_misbehaves(q, p, "said what no session says");
}
