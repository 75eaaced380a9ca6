/* SPDX-License-Identifier: ISC */
#include "relay/queue/session.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/pack.h"
#include "base/secret.h"
#include "relay/queue/destination.h"
#include "relay/queue/fallback.h"
#include "relay/queue/feedback.h"
#include "relay/queue/hosts.h"
#include "relay/queue/job.h"
#include "relay/queue/mail.h"
#include "relay/queue/needs.h"
#include "relay/queue/orcpt.h"
#include "relay/queue/out.h"
#include "relay/queue/outcome.h"
#include "relay/queue/peers.h"
#include "relay/queue/site.h"
#include "relay/queue/smtp_session.h"
#include "relay/queue/strikes.h"
#include "relay/queue/tickets.h"
#include "relay/queue/watch.h"
#include "relay/route/hop.h"
#include "relay/route/local_mail.h"

#include <stdlib.h>

enum {
	LINES_MAX = 20 * 1000,   /* of a transcript */
	CREDITS_MAX = 64, FRUITLESS_MAX = 3,
	STRUCK_MAX = 12,         /* of sessions that ended because of a message: there may be a few of those */
	LONGEST_SILENCE_MS = 2 * 40 * 60 * 1000, LONGEST_GRACE_MS = 60 * 1000,
	SLOW_MS = 30 * 1000, SLOW_LEAST_MS = 10 * 1000,
	OF_USE_RECIPIENTS = 100, /* RFC 5321 section 4.5.3.1.8: what a server takes of one message */
};

static const struct site *site_of(const struct queue *q, const struct smtp_session *x)
{
	return site_at(q, x->site);
}

/* To change it, which changes its site. NULL: it is over. */
static struct smtp_session *session_change(const struct queue *q, uint64_t ticket)
{
	struct smtp_session *x = table_get(&q->session_tickets, ticket);

	if (x)
		site_change(site_of(q, x));
	return x;
}

/* ---- how long it may take ---- */

static bool waits_for_it(const struct smtp_session *x)
{
	return x->state < SMTP_OPEN || (x->state == SMTP_OPEN && x->sent.count > 0);
}

static int64_t slow_boot_ms(const struct queue *q, const struct smtp_session *x)
{
	int64_t slow_ms = clock_scaled_ms(q->settings->time_scale, SLOW_MS, 0);

	/* A message may be long on its way, and this machine busy, however short the network's time is made. */
	return x->heard_boot_ms + (x->state == SMTP_OPEN && slow_ms < SLOW_LEAST_MS ? SLOW_LEAST_MS : slow_ms);
}

bool session_is_slow(const struct queue *q, const struct smtp_session *x)
{
	return waits_for_it(x) && q->boot_ms >= slow_boot_ms(q, x);
}

/* Since it last said something, or was given work: how long may it be silent? */
static void wait_for_word(struct queue *q, const struct smtp_session *x)
{
	bool rests = x->state == SMTP_OPEN && x->sent.count == 0;
	const struct job *job = x->sent.first;
	/* To be set up, to send a message (by relay/smtp's own bound), and to hear the reply to its dot. */
	int64_t message_ms = job ? delivery_size_ms(job->recipient_count, mail_row(q, job->message)->size_bytes) : 0;
	int64_t longest_ms = LONGEST_SILENCE_MS + message_ms;
	int64_t until_boot_ms = x->heard_boot_ms + clock_scaled_ms(q->settings->time_scale, longest_ms, 0) + LONGEST_GRACE_MS;

	timers_set(&q->timers, TIMER_SESSION, x->ticket, rests ? INT64_MAX : until_boot_ms);
	timers_set(&q->timers, TIMER_SESSION_SLOW, x->ticket, waits_for_it(x) && !session_is_slow(q, x) ? slow_boot_ms(q, x) : INT64_MAX);
}

/* ---- beginning ---- */

/* One connection is counted from now on; how many they were is known later. */
static void count_dials(struct queue *q, struct smtp_session *x, unsigned connections)
{
	struct pace *pace = &pacer_change(site_of(q, x)->pacer)->pace;

	if (connections > x->dials) {
		pace_dials_made(pace, connections - x->dials, q->boot_ms);
		x->more_dials_boot_ms = q->boot_ms;
	} else if (connections < x->dials) {
		unsigned least = connections > 0 ? connections : 1;
		pace_dials_of_use(pace, x->dials - least, x->more_dials_boot_ms);
		pace_dials_of_use(pace, least - connections, x->begun_boot_ms);
	}
	x->dials = connections;
}

void session_spawn(struct queue *q, const struct site *s, const struct job *job)
{
	const struct job *for_whom = job ? job : s->ahead.first;
	struct smtp_session *x = mem_alloc(sizeof *x);

	x->ticket = queue_ticket(q);
	x->role = site_role(s);
	x->site = s->number;
	x->needs = job ? needs_of(q, job) : 0;
	x->for_rest = job && job->tried.count > 0;
	x->destination = job ? job->destination : 0;
	x->uid = for_whom ? mail_row(q, for_whom->message)->uid : 0;
	hosts_to_skip(q, s, job, &x->skipped);
	needs_addresses(q, s, job, &x->refused);
	x->begun_boot_ms = x->heard_boot_ms = q->boot_ms;
	x->next = q->sessions;
	q->sessions = x;
	table_put(&q->session_tickets, x->ticket, x);
	q->session_count++;
	site_change(s)->sessions++;
	count_dials(q, x, 1);
	wait_for_word(q, x);
	out_spawn(q, x->role, x->ticket, s->smarthost ? s->smarthost->name : "");
}

static uint32_t draw(void *context, uint32_t below)
{
	return queue_random(context) % below;
}

/* Those that it is not begun without; borrowed, the list is to be freed. */
static struct target *targets_for(const struct queue *q, const struct smtp_session *x, size_t *count)
{
	const struct site *s = site_of(q, x);
	struct target *targets = mem_alloc((s->target_count + 1) * sizeof *targets);

	*count = 0;
	for (size_t i = 0; i < s->target_count; i++)
		if (!text_list_has_nocase(&x->skipped, span_of(s->targets[i].host)))
			targets[(*count)++] = s->targets[i];
	if (*count == 0) {    /* the hosts are others by now */
		memcpy(targets, s->targets, s->target_count * sizeof *targets);
		*count = s->target_count;
	}
	return targets;
}

/* Each session has its own order of the hosts that are equals. */
static void describe(struct queue *q, const struct smtp_session *x, struct session *out)
{
	const struct settings *set = q->settings;
	const struct site *s = site_of(q, x);
	const struct smarthost *host = s->smarthost;

	*out = (struct session){
		.hop = host ? host->name : "mx",
		.domain = s->domain,
		.port = host ? host->port : set->mx_port,
		.implicit_tls = host && host->implicit_tls,
		.tls = host ? host->tls : set->mx_tls,
		.ca_file = host && host->ca_file[0] ? host->ca_file : set->ca_file,
		.helo = set->hostname,
		.needs = x->needs,
		.connections_max = pacer_dials(q, s->pacer) + 1,
		.step_by_step = pacer_goes_in_steps(q, s->pacer),
		.transcript = watch_is_on(q, s->alone),
	};
	hop_source(set, host, out->source);
	for (size_t i = 0; i < x->refused.count && out->refused_count < SESSION_REFUSED_MAX; i++)
		if (ip_address_parse(span_of(x->refused.items[i]), &out->refused[out->refused_count]))
			out->refused_count++;
	targets_draw(s->targets, s->target_count, draw, q);
	out->targets = targets_for(q, x, &out->target_count);
}

void session_has_peer(struct queue *q, struct peer_channel *p)
{
	struct smtp_session *x = session_change(q, p->instance);
	struct tls_ticket tickets[TLS_TICKETS_MAX];
	struct session frame;

	if (x == NULL || x->state != SMTP_SPAWNED) {
		peers_close(q, p);
		return;
	}
	x->peer = p->serial;
	x->state = SMTP_DIALLING;
	wait_for_word(q, x);
	describe(q, x, &frame);
	x->watched = frame.transcript;
	frame.tickets = tickets;
	frame.ticket_count = tickets_of(q, &site_of(q, x)->id, tickets);
	buf_clear(&q->scratch);
	session_encode(&frame, &q->scratch);
	free(frame.targets);
	out_ask(p, OUT_SESSION, &q->scratch, -1);
	secret_free(&q->scratch);
}

/* ---- messages out ---- */

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
		to[i] = (struct delivery_recipient){ r->id, r->address, r->notify, buf_take(&orcpt),
		                                     local_mail_program(span_of(r->address)).len > 0 ? r->original : NULL };
	}
}

bool session_deliver(struct queue *q, const struct committed *c, struct smtp_session *x, struct job *job)
{
	const struct site *s = site_change(site_of(q, x));
	static struct delivery_recipient to[DELIVERY_RECIPIENTS_MAX];    /* as in destination_pick() */
	const struct store_message *row = mail_row(q, job->message);
	struct peer_channel *p = peers_find(q, x->peer);
	/* An owner's stand-in for a provider that takes no other; never for the null sender, whose bounces would come back. */
	bool stands_in = s->smarthost && s->smarthost->envelope_from[0] && row->sender[0];
	struct delivery d = {
		.ticket = job->ticket, .queue_id = mail_queue_id(q, job->message),
		.sender = stands_in ? s->smarthost->envelope_from : row->sender, .envid = row->envid,
		.ret = row->ret, .eight_bit = row->eight_bit, .utf8 = row->utf8, .require_tls = row->require_tls, .no_data = row->no_data,
		.again = row->arrival_ms <= q->started_ms || strikes_has(q, job->message),
		.size_bytes = row->size_bytes, .checksum = row->checksum,
		.recipients = to, .recipient_count = job->recipient_count,
		.fields = hop_signs(s->smarthost) ? mail_fields(q, job->message) : SPAN(""),
	};
	int fd;

	if (p == NULL || !mail_bytes(q, job->message, &d.message, &fd))
		return false;
	address_to(q, x, job, to);
	buf_clear(&q->scratch);
	delivery_encode(&d, &q->scratch);
	for (size_t i = 0; i < job->recipient_count; i++)
		free(to[i].orcpt);
	out_tell(c, p, OUT_DELIVER, &q->scratch, fd);
	job->session = x->ticket;
	if (x->sent.count == 0)
		x->heard_boot_ms = q->boot_ms;
	job_list_add(&x->sent, job);
	wait_for_word(q, x);
	x->credits--;
	session_is_idle(q, x, false);
	return true;
}

bool session_is_idle(struct queue *q, struct smtp_session *x, bool idle)
{
	if (idle != x->idle)
		timers_set(&q->timers, TIMER_SESSION_IDLE, x->ticket, idle ? q->boot_ms + LINGER_MS : INT64_MAX);
	x->idle = idle;
	return idle && timers_when(&q->timers, TIMER_SESSION_IDLE, x->ticket) == INT64_MAX;
}

void session_quit(struct queue *q, struct smtp_session *x)
{
	struct peer_channel *p = peers_find(q, x->peer);

	site_change(site_of(q, x));
	x->state = SMTP_QUITTING;
	if (p)
		out_ask(p, OUT_QUIT, NULL, -1);
}

/* What it has told of is on stable storage, or nothing of it is to be written. */
static void tell_committed(struct queue *q, const struct committed *c, void *what)
{
	struct smtp_session *x = session_change(q, *(uint64_t *)what);
	struct peer_channel *p = x ? peers_find(q, x->peer) : NULL;

	buf_clear(&q->scratch);
	pack_u32(&q->scratch, x ? x->uncommitted : 0);
	if (p)
		out_tell(c, p, OUT_COMMITTED, &q->scratch, -1);
	if (x)
		x->uncommitted = 0;
	free(what);
}

/* Its results are tried again. */
static void tell_later(struct queue *q, const struct fault *f, void *what)
{
	(void)f;
	turn_after(q, tell_committed, tell_later, what);
}

static void heard_outcome(struct queue *q, struct smtp_session *x)
{
	if (x->uncommitted++ > 0)
		return;
	uint64_t *ticket = mem_alloc(sizeof *ticket);
	*ticket = x->ticket;
	turn_after(q, tell_committed, tell_later, ticket);
}

/* ---- ending ---- */

static void count_fruitless(struct queue *q, struct smtp_session *x, const struct reply *r)
{
	struct site *s = site_change(site_of(q, x));

	if (x->fruitful || x->state == SMTP_QUITTING)
		s->fruitless = 0;
	else if (++s->fruitless >= (x->struck ? STRUCK_MAX : FRUITLESS_MAX))
		feedback_failed(q, s, r, false);
}

/* What some hosts put off, the others could not be asked for: the words of those that were hold. */
static void settle_rest(struct queue *q, struct smtp_session *x)
{
	struct site *s = site_change(site_of(q, x));
	struct job_list ahead = s->ahead, rest = { 0 };
	struct job *job;

	s->ahead = (struct job_list){ 0 };
	while ((job = job_list_take(&ahead, 0)) != NULL)
		job_list_add(job->tried.count > 0 && needs_are_met(q, x, job) ? &rest : &s->ahead, job);
	while ((job = job_list_take(&rest, 0)) != NULL)
		outcome_of_rest(q, job);
}

/* It stood, or asked to be left. */
static void ended_after_ready(struct queue *q, struct smtp_session *x, const struct session_end *end)
{
	const struct site *s = site_of(q, x);
	bool lost = end->scope == SESSION_LOST;
	bool elsewhere = lost && !x->fruitful && x->host && hosts_have_another(q, s, x->host);

	x->state = SMTP_OVER;    /* before it is judged: it stands no longer */
	if (lost && fallback_is_block(&end->reply))
		feedback_blocked(q, s, NULL, &end->reply);
	if (elsewhere)
		hosts_failed(q, s, x->host);
	else
		count_fruitless(q, x, &end->reply);
}

static void log_end(const struct session_end *end)
{
	struct buf said = { 0 };

	reply_print(&end->reply, &said);
	log_line(LOG_LEVEL_DEBUG, "session with %s: %s", end->reply.relay, buf_text(&said));
	buf_free(&said);
}

/* No host that was asked can do what the message needs; those that were left out since they failed may. */
static void found_unfit(struct queue *q, struct smtp_session *x, const struct reply *r)
{
	struct reply own = *r;

	if (x->skipped.count > 0)
		reply_make_temporary(&own);
	if (x->for_rest)
		settle_rest(q, x);
	else
		needs_unmet(q, site_of(q, x), x->needs, &own);
}

/* No session came of it. */
static void ended_before_ready(struct queue *q, struct smtp_session *x, const struct session_end *end)
{
	const struct site *s = site_of(q, x);

	x->state = SMTP_OVER;
	log_end(end);
	if (end->scope == SESSION_UNMET || (end->scope == SESSION_TLS && (x->needs & NEED_TLS)))
		found_unfit(q, x, &end->reply);
	else if (end->scope == SESSION_TLS && needs_spare_some(q, s, x->needs))
		needs_insist(q, s, &end->reply);
	else if (end->none_left)
		feedback_none_left(q, s, destination_find(q, x->destination));
	else if (end->scope == SESSION_REFUSED && fallback_is_block(&end->reply) && feedback_blocked(q, s, NULL, &end->reply))
		return;
	else if (x->for_rest)
		settle_rest(q, x);
	else if (end->scope == SESSION_REFUSED)
		feedback_refused(q, s, &end->reply);
	else
		feedback_failed(q, s, &end->reply, end->scope == SESSION_UNREACHABLE);
}

/* A process of ours ended over it, which says nothing of the site. */
static void put_back_struck(struct queue *q, struct smtp_session *x, struct job *job, const struct reply *r, bool unknown)
{
	struct fault why;

	pacer_unsent(site_of(q, x)->pacer, job->recipient_count);
	if (strikes_judge(q, job->message, &why) == STRIKES_HOLD)
		outcome_hold(q, job, &why);
	else
		outcome_of_whole_job(q, job, r, unknown);
}

/* What esmtp ended over, before any of it was sent, waits for a retry; what was after it goes on at once. */
static void take_back_unspoken(struct queue *q, struct smtp_session *x, const struct reply *r)
{
	struct job *first = x->sent.first;

	if (first && first->trouble)
		put_back_struck(q, x, job_list_take(&x->sent, first->ticket), r, false);
	for (struct job *job = x->sent.first; job; job = job->next)
		job->trouble = 0;
	site_take_back(q, site_of(q, x), &x->sent);
}

/* False: no honest session says that. */
static bool ended(struct queue *q, struct smtp_session *x, struct span payload)
{
	struct site *s = site_change(site_of(q, x));
	bool quitting = x->state == SMTP_QUITTING;
	bool had_work = x->heard || x->sent.count > 0;    /* it has none while a signer is slow */
	struct session_end end;

	if (session_end_decode(payload, &end) < 0)
		return false;
	x->ended = true;
	take_back_unspoken(q, x, &end.reply);
	x->fruitful |= end.scope == SESSION_DONE && x->heard;
	count_dials(q, x, x->of_use ? 0 : end.connections);
	if (end.pipelining_broken)
		pacer_learn_steps(q, s->pacer);
	pacer_learn_recipients(q, s->pacer, end.rcpt_max);
	if (end.scope == SESSION_DONE || end.scope == SESSION_LOST) {
		if (quitting)
			s->fruitless = 0;
		else if (had_work || end.scope == SESSION_LOST)
			ended_after_ready(q, x, &end);
		x->state = SMTP_OVER;
	} else if (quitting) {
		x->state = SMTP_OVER;
	} else {
		ended_before_ready(q, x, &end);
	}
	session_end_free(&end);
	return true;
}

void session_peer_lost(struct queue *q, struct peer_channel *p)
{
	struct smtp_session *x = session_change(q, p->instance);

	if (x == NULL || x->peer != p->serial)
		return;
	x->peer = 0;
	x->credits = 0;
	if (!x->ended)
		out_kill(q, x->role, x->ticket);    /* what it had is free again once it is reaped */
	if (!x->ended && x->state != SMTP_QUITTING)
		x->state = x->state == SMTP_OPEN ? SMTP_OVER : x->state;
}

/*
 * The process died without a word, or never came: a few in a row are needed before its site waits for that. One of the
 * messages that it had is perhaps why: the first was being spoken, and may have arrived or not; the others, which were
 * not, go on at once.
 */
static void died(struct queue *q, struct smtp_session *x)
{
	struct reply r;

	reply_set(&r, FAULT_TEMPORARY, "4.3.0", STEP_NONE, x->relay ? x->relay : "",
	          "the smtp process ended unexpectedly; what it was sending will be sent again");
	x->struck = x->sent.count > 0;
	if (x->struck) {
		struct job *first = job_list_take(&x->sent, 0);
		strikes_add(q, first->message, x->role);
		put_back_struck(q, x, first, &r, true);
		for (const struct job *job = x->sent.first; job; job = job->next)
			strikes_add(q, job->message, x->role);
		site_take_back(q, site_of(q, x), &x->sent);
	}
	if (x->state != SMTP_QUITTING) {
		x->state = SMTP_OVER;
		count_fruitless(q, x, &r);
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
	timers_drop(&q->timers, TIMER_SESSION, x->ticket);
	timers_drop(&q->timers, TIMER_SESSION_SLOW, x->ticket);
	timers_drop(&q->timers, TIMER_SESSION_IDLE, x->ticket);
	q->session_count--;
	site_change(site_of(q, x))->sessions--;
	free(x->relay);
	free(x->host);
	free(x->source);
	text_list_free(&x->skipped);
	text_list_free(&x->refused);
	free(x->tls);
	free(x);
}

void session_became_slow(struct queue *q, uint64_t ticket)
{
	session_change(q, ticket);
}

void session_timed_out(struct queue *q, uint64_t ticket)
{
	const struct smtp_session *x = smtp_session_find(q, ticket);
	struct peer_channel *p = x ? peers_find(q, x->peer) : NULL;

	if (p)
		peers_expel(q, p, "has said nothing for longer than any session takes");
}

void session_exited(struct queue *q, uint64_t ticket)
{
	struct smtp_session *x = session_change(q, ticket);

	if (x == NULL)
		return;
	struct peer_channel *p = peers_find(q, x->peer);
	if (p)
		peers_drain(q, p);
	if (!x->ended && q->draining)    /* cut as all ends, by nobody's fault: the next queue tries again what it had */
		site_take_back(q, site_of(q, x), &x->sent);
	else if (!x->ended)
		died(q, x);
	free_session(q, x);
}

/* ---- frames ---- */

/* Each is false for what an honest session does not say. */
static bool ready(struct queue *q, struct smtp_session *x, struct span payload)
{
	const struct site *s = site_of(q, x);
	struct session_ready r;

	if (x->relay || session_ready_decode(payload, &r) < 0)
		return false;
	x->relay = mem_text(r.relay);
	if (x->state == SMTP_DIALLING) {
		x->state = SMTP_OPEN;
		x->host = mem_text(r.host);
		x->source = mem_text(r.source);
		count_dials(q, x, r.connections > 0 ? r.connections : 1);
		free(x->tls);
		x->tls = r.tls_summary[0] ? mem_text(r.tls_summary) : NULL;    /* a mailbox has none */
		x->dsn = r.capabilities & CAP_DSN;
		x->can = r.capabilities & CAP_SMTPUTF8 ? NEED_UTF8 : 0;
		pacer_learn_recipients(q, s->pacer, r.rcpt_max);
		tickets_keep(q, &s->id, &r.ticket);
		feedback_reached(q, s);
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

/* What it tells of the site; *why is the answer that does. */
static enum pace_event event_of(const struct outcome *o, bool early, struct reply *why)
{
	enum pace_event all = PACE_DEFERRED;

	*why = (struct reply){ 0 };
	for (size_t i = 0; i < o->recipient_count; i++) {
		const struct recipient_outcome *r = &o->recipients[i];
		enum pace_event one = r->unknown ? PACE_DEFERRED : pace_event_of(&r->reply, early);
		if (one > all || i == 0)
			*why = r->reply;
		all = one > all ? one : all;
	}
	return all;
}

/*
 * A session whose dial is not to be counted: it brought on a message that no other session did before, or as much of
 * one as a server is to take at once. Else one that takes a recipient of many and ends would cost a dial for each.
 */
static void hear_of_use(struct queue *q, struct smtp_session *x, const struct job *job, const struct outcome *o)
{
	const struct site *s = site_of(q, x);
	size_t final = 0;

	for (size_t i = 0; i < o->recipient_count; i++)
		final += o->recipients[i].reply.kind != FAULT_TEMPORARY && !o->recipients[i].unknown;
	if (final == 0)
		return;
	if (!x->fruitful) {
		x->fruitful = true;
		hosts_took(s, x->host);
	}
	x->settled += final;
	bool is_new = pacer_meets_message(s->pacer, job->message);
	if (x->of_use || (!is_new && x->settled < OF_USE_RECIPIENTS))
		return;
	x->of_use = true;
	count_dials(q, x, 0);
}

/* The first reply that refuses an address of ours; NULL: none does. */
static const struct reply *block_in(const struct outcome *o)
{
	for (size_t i = 0; i < o->recipient_count; i++)
		if (!o->recipients[i].unknown && fallback_is_block(&o->recipients[i].reply))
			return &o->recipients[i].reply;
	return NULL;
}

static bool says_used_up(const struct refusal_reason *reason)
{
	return reason->is_allowance;
}

static bool says_no_login(const struct refusal_reason *reason)
{
	return reason->about == REFUSAL_CONFIGURATION;
}

static const struct reply *reply_that(const struct outcome *o, bool (*says)(const struct refusal_reason *))
{
	for (size_t i = 0; i < o->recipient_count; i++)
		if (o->recipients[i].reply.reason && says(o->recipients[i].reply.reason))
			return &o->recipients[i].reply;
	return NULL;
}

/* What a smarthost says of our account and no message: all that is for it waits, or goes another way. */
static void hear_of_account(struct queue *q, struct smtp_session *x, const struct outcome *o)
{
	const struct site *s = site_of(q, x);
	const struct smarthost *host = s->smarthost;
	const struct reply *used_up = host ? reply_that(o, says_used_up) : NULL;
	const struct reply *no_login = host ? reply_that(o, says_no_login) : NULL;
	struct buf said = { 0 };

	if (used_up)
		pacer_says_used_up(q, s->pacer, used_up);
	if (no_login) {
		reply_print(no_login, &said);
		if (host->user[0])
			log_line(LOG_LEVEL_ERROR, "smarthost %s takes no mail from the account %s; it waits: %s; look at that account with the "
			         "provider and at user and password_file of that smarthost, then: signet queue flush", host->name, host->user,
			         buf_text(&said));
		else
			log_line(LOG_LEVEL_ERROR, "smarthost %s requires a login, and the configuration has no user for it; "
			         "its mail waits: %s; set user and password_file of that smarthost, then: signet queue flush",
			         host->name, buf_text(&said));
		buf_free(&said);
		feedback_of_account(q, s, no_login);
		session_quit(q, x);
	}
}

/* How many recipients it took before all the others were too many; 0: that is not how it went. */
static uint32_t taken_at_once(const struct outcome *o)
{
	size_t taken = 0, n;

	while (taken < o->recipient_count && !outcome_says_too_many(&o->recipients[taken]))
		taken++;
	for (n = taken; n < o->recipient_count && outcome_says_too_many(&o->recipients[n]);)
		n++;
	return n == o->recipient_count && n >= taken + 2 ? (uint32_t)taken : 0;
}

static void judge(struct queue *q, struct smtp_session *x, struct job *job, struct outcome *o)
{
	const struct site *s = site_of(q, x);
	struct reply why;
	enum pace_event event = event_of(o, !x->fruitful, &why);
	const struct reply *block = block_in(o);
	const struct destination *d = destination_find(q, job->destination);
	bool open_still = block && d->site == x->site && feedback_blocked(q, s, d, block);

	pacer_learn_recipients(q, s->pacer, taken_at_once(o));
	outcome_of_job(q, job, o, event);
	heard_outcome(q, x);
	if (!open_still || event == PACE_TAKEN)
		feedback_heard(q, s, event, &why);
	hear_of_account(q, x, o);
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
		strikes_add(q, job->message, x->role);
	return true;
}

/* What its outcome says is of this host, and tells nothing of the site. */
static void end_troubled(struct queue *q, struct smtp_session *x, struct job *job, const struct outcome *o)
{
	struct reply r = { .kind = FAULT_TEMPORARY, .status = "4.3.0" };
	bool unknown = o->recipient_count > 0 && o->recipients[0].unknown;
	struct fault damaged;

	if (o->recipient_count > 0)
		r = o->recipients[0].reply;
	r.kind = FAULT_TEMPORARY;
	fault_set(&damaged, FAULT_TEMPORARY, r.status, "%s", r.text);
	if (job->trouble == TROUBLE_DAMAGED) {
		pacer_unsent(site_of(q, x)->pacer, job->recipient_count);
		outcome_hold(q, job, &damaged);
	} else {
		put_back_struck(q, x, job, &r, unknown);
	}
}

static bool outcome(struct queue *q, struct smtp_session *x, struct span payload)
{
	struct outcome o;

	if (outcome_decode(payload, &o) < 0)
		return false;
	struct job *job = o.ticket ? job_list_take(&x->sent, o.ticket) : NULL;
	bool known = job != NULL;
	if (job && job->trouble) {
		end_troubled(q, x, job, &o);
	} else if (job) {
		strikes_passed(q, job->message, x->role);
		x->heard = true;
		hear_of_use(q, x, job, &o);
		size_t asked = job->recipient_count;
		bool some_go_on = hosts_ask_next(q, x, job, &o);
		if (some_go_on && job->recipient_count == 0) {
			pacer_unsent(site_of(q, x)->pacer, asked);
			heard_outcome(q, x);       /* nothing is to be written of it yet */
			job_free(q, job);
		} else {
			judge(q, x, job, &o);
		}
	}
	outcome_free(&o);
	return known;
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
		return ended(q, x, frame->payload);
	case FRAME_TROUBLE:
		return trouble(q, x, frame->payload);
	case FRAME_TRANSCRIPT:
		watch_transcript(q, site_of(q, x)->alone, frame->payload);
		return x->watched && ++x->lines <= LINES_MAX;
	default:
		return false;
	}
}

void session_frame(struct queue *q, struct peer_channel *p, struct frame *frame)
{
	struct smtp_session *x = session_change(q, p->instance);

	if (x == NULL || x->peer != p->serial)
		return;
	x->heard_boot_ms = q->boot_ms;
	if (x->ended || !take_frame(q, x, frame))
		peers_expel(q, p, "sent something that no session sends");
	wait_for_word(q, x);
}
