/* SPDX-License-Identifier: ISC */
/* What the server's replies do (RFC 5321 section 4.3.2). */
#include "relay/smtp/answers.h"

#include "relay/esmtp_job.h"
#include <stdio.h>

int64_t answers_wait_ms(enum smtp_step step)
{
	static const int64_t minutes[STEP_COUNT] = {
		[STEP_MAIL] = 5, [STEP_RCPT] = 5, [STEP_DATA] = 2, [STEP_DOT] = 10, [STEP_RSET] = 1,
	};

	return minutes[step] * 60 * 1000;
}

static const struct server_reply *last_reply(const struct pump *p)
{
	return &p->server->reader.reply;
}

/* Where TLS was tried and failed, that is why mail in clear is refused, and may be cured. */
static void hear_reply(const struct pump *p, enum smtp_step step, struct reply *out)
{
	const struct server_reply *last = last_reply(p);
	struct buf said = { 0 };

	heard_reply((unsigned)last->code, buf_span(&last->text), &p->server->at, step, out);
	bool wants_tls = reply_about(out) == REFUSAL_TLS || (out->code == 530 && reply_about(out) == REFUSAL_UNKNOWN);
	if (p->server->no_tls == NULL || out->kind == FAULT_NONE || !wants_tls)
		return;
	reply_print_words(out, &said);
	reply_set(out, FAULT_TEMPORARY, "4.7.5", step, p->server->relay, "%s; in clear it says: %s", p->server->no_tls,
	          buf_text(&said));
	buf_free(&said);
}

/*
 * A reply that is none of the answers to that command: who says such things is not to be trusted further. In a group,
 * those before it may have been to other commands as well.
 */
static void hear_nonsense(struct pump *p, enum smtp_step step)
{
	pump_settle_doubt(p, false);
	if (p->in_transaction && pump_is_grouped(p, step))
		job_doubt(pump_job(p));
	pump_lose_for(p, "4.5.0", "%s said %d in reply to %s, which is not an answer to it", p->server->relay,
	              last_reply(p)->code, smtp_step_name(step));
}

/*
 * "503 Bad sequence", "502 Command not recognized" to what every server knows: it has lost its place among commands that
 * went together, or in a session that has carried other mail. That is no word on this mail; spoken alone and first, it is.
 */
static bool may_be_out_of_step(const struct pump *p, enum smtp_step step)
{
	int code = last_reply(p)->code;

	if (!p->in_transaction || step > STEP_DOT || (code != 500 && code != 502 && code != 503))
		return false;
	/* Behind a MAIL or RCPT that was refused it is the right answer. */
	bool follows = step == STEP_MAIL || (!p->mail_refused && (step == STEP_RCPT || pump_job(p)->accepted_count > 0));
	return follows && (p->finished > 0 || (p->server->ehlo.capabilities & CAP_PIPELINING));
}

/* Others answer 500 to a recipient that they do not want. */
static bool says_unknown_command(const char *text)
{
	return strcasestr(text, "recogni") || strcasestr(text, "unknown command") || strcasestr(text, "implemented");
}

static bool hear_out_of_step(struct pump *p, enum smtp_step step)
{
	struct reply r;

	if (!may_be_out_of_step(p, step))
		return false;
	hear_reply(p, step, &r);
	if (reply_about(&r) != REFUSAL_PROTOCOL || (r.code != 503 && !says_unknown_command(r.text)))
		return false;
	reply_make_temporary(&r);
	job_settle_rest(pump_job(p), &r, false);
	p->pipelining_broken |= (p->server->ehlo.capabilities & CAP_PIPELINING) != 0;
	pump_lose(p, SESSION_LOST, &r);
	return true;
}

static void on_mail(struct pump *p, size_t asked)
{
	bool answered = p->mail_answered;
	struct reply r;

	(void)asked;
	p->mail_answered = true;
	if (!answered)
		pump_reply(p, last_reply(p)->code);
	if (reply_class(last_reply(p)) == 2)
		return;
	hear_reply(p, STEP_MAIL, &r);
	job_settle_rest(pump_job(p), &r, false);
	/* RCPT and DATA that went with it are answered as well. */
	if (answered)
		p->mail_refused = true;
	else
		pump_finish_job(p, false);
}

/* A job without a message is over with the reply to its last RCPT, which is what it wants to know. */
static void on_asked(struct pump *p, size_t asked)
{
	struct job *j = pump_job(p);
	struct reply r;

	pump_reply(p, last_reply(p)->code);
	hear_reply(p, STEP_RCPT, &r);
	job_settle_asked(j, asked, &r);
	if (asked + 1 < j->asked_count)
		return;
	p->asked = true;
	if (p->data_said)
		pump_reply(p, 554);
	pump_finish_job(p, true);
}

static void on_rcpt(struct pump *p, size_t asked)
{
	struct job *j = pump_job(p);
	struct reply r;

	if (j->delivery.no_data) {
		on_asked(p, asked);
		return;
	}
	/* A recipient without a sender is none, whatever the server says: libesmtp must not send the message. */
	pump_reply(p, p->mail_refused ? 503 : last_reply(p)->code);
	if (p->mail_refused)
		return;
	if (reply_class(last_reply(p)) == 2) {
		j->accepted_count++;
		return;
	}
	hear_reply(p, STEP_RCPT, &r);
	/*
	 * RFC 5321 section 4.5.3.1.10: too many recipients, once said as 552; many say
	 * a bare 452, which beside others that were taken means the same.
	 */
	bool bare = r.code == 452 && reply_about(&r) == REFUSAL_UNKNOWN && j->accepted_count > 0;
	if (bare || reply_about(&r) == REFUSAL_RECIPIENTS) {
		reply_make_temporary(&r);
		r.reason = refusal_reason_named("recipients");
		snprintf(r.status, sizeof r.status, "4.5.3");
	}
	job_settle_asked(j, asked, &r);
}

/* To libesmtp; all is settled. */
static void refuse_data(struct pump *p, int code)
{
	pump_reply(p, code);
	if (pump_is_grouped(p, STEP_DATA))
		pump_finish_group(p);
	else
		pump_finish_job(p, true);
}

static void on_data(struct pump *p, size_t asked)
{
	struct job *j = pump_job(p);
	struct reply r;

	(void)asked;
	if (last_reply(p)->code == 354) {
		bool empty = j->accepted_count == 0;    /* all were refused, and libesmtp sends the dot alone */
		transfer_begin(&p->transfer, empty ? SPAN("") : j->delivery.fields, empty ? SPAN("") : j->delivery.message,
		               empty ? -1 : j->fd);
		transfer_expect(&p->transfer, empty ? 0 : j->delivery.checksum);
		p->in_body = true;
		p->preface = empty ? SPAN(".\r\n") : SPAN(ESMTP_PREFACE ".\r\n");
		pump_reply(p, 354);
		return;
	}
	hear_reply(p, STEP_DATA, &r);
	job_settle_rest(j, &r, false);
	refuse_data(p, last_reply(p)->code);
}

void answers_take_back(struct pump *p)
{
	job_settle_unsent(pump_job(p), p->server->relay);
	refuse_data(p, 554);
}

static void on_dot(struct pump *p, size_t asked)
{
	bool good = reply_class(last_reply(p)) == 2;
	struct reply r;

	(void)asked;
	if (good && wire_unsent(p->server->wire) > 0) {
		pump_lose_for(p, "4.5.0", "%s said %d before it had all of the message", p->server->relay, last_reply(p)->code);
		return;
	}
	hear_reply(p, STEP_DOT, &r);
	bool sent = good && pump_job(p)->accepted_count > 0;    /* and not the dot alone */
	job_settle_rest(pump_job(p), &r, false);
	pump_reply(p, last_reply(p)->code);
	pump_finish_job(p, !good);
	if (sent)
		pump_promise_mail(p);
}

static void on_rset(struct pump *p, size_t asked)
{
	(void)asked;
	if (reply_class(last_reply(p)) == 2)
		pump_settle_doubt(p, true);
	else
		hear_nonsense(p, STEP_RSET);
}

static const struct {
	void (*act)(struct pump *p, size_t asked);
	bool wants_text;     /* 354 and not 2xx is how it goes on */
} acts[STEP_COUNT] = {
	[STEP_MAIL] = { on_mail, false },
	[STEP_RCPT] = { on_rcpt, false },
	[STEP_DATA] = { on_data, true },
	[STEP_DOT]  = { on_dot, false },
	[STEP_RSET] = { on_rset, false },
};

static void on_reply(struct pump *p)
{
	int code = last_reply(p)->code, class = reply_class(last_reply(p));
	enum smtp_step step = pump_step(p);
	struct reply r;

	/* 421 may come at any time (RFC 5321 section 3.8): it answers what was asked, and nothing follows. */
	if (code == 421) {
		if (step == STEP_RCPT)
			p->rcpt_max = (uint32_t)pump_job(p)->accepted_count;
		hear_reply(p, step, &r);
		if (p->in_transaction)
			job_settle_rest(pump_job(p), &r, false);
		pump_lose(p, SESSION_LOST, &r);
		return;
	}
	/* Nothing was asked: during the message it is a refusal that could not wait. */
	if (!pump_awaits(p)) {
		if (!p->in_body || class < 4) {
			pump_lose_for(p, "4.5.0", "%s said %d when nothing had been asked", p->server->relay, code);
			return;
		}
		hear_reply(p, STEP_DOT, &r);
		job_settle_rest(pump_job(p), &r, false);
		pump_lose(p, SESSION_LOST, &r);
		return;
	}
	if (class < 4 && !(acts[step].wants_text ? code == 354 : class == 2)) {
		hear_nonsense(p, step);
		return;
	}
	if (hear_out_of_step(p, step))
		return;
	size_t asked = p->awaited[p->awaited_first++].asked;
	pump_progressed(p);
	acts[step].act(p, asked);
}

static void take_all(struct pump *p)
{
	while (!p->over) {
		enum reply_state state = server_next_reply(p->server);
		if (state == REPLY_MORE)
			return;
		if (state == REPLY_WHOLE)
			on_reply(p);
		else
			pump_lose_for(p, "4.5.0", "%s: not an SMTP reply: %.200s", p->server->relay,
			              buf_text(&p->server->reader.line));
	}
}

/* A server may close a session that rests; that is no fault once it did its work. */
static void on_wire_lost(struct pump *p)
{
	const char *trouble = wire_trouble(p->server->wire);
	char words[SERVER_STRAYED_MAX];

	if (!p->in_transaction && !pump_awaits(p) && p->finished > 0)
		pump_end_with(p, SESSION_DONE, NULL);
	else if (pump_awaits(p))
		pump_lose_for(p, "4.4.2", "%s: %s before the reply to %s%s", p->server->relay, trouble,
		              smtp_step_name(p->awaited[p->awaited_first].step), server_strayed(p->server, words));
	else
		pump_lose_for(p, "4.4.2", "%s: %s%s", p->server->relay, trouble, p->in_body ? " during the message" : "");
}

void answers_read(struct pump *p)
{
	int n = wire_read(p->server->wire, &p->server->in);

	take_all(p);
	if (n < 0 && !p->over)
		on_wire_lost(p);
}

void answers_read_last(struct pump *p)
{
	while (!p->over && wire_read(p->server->wire, &p->server->in) > 0)
		take_all(p);
	if (!p->over)
		on_wire_lost(p);
}

void answers_send_group(struct pump *p)
{
	p->in_transaction = false;    /* as far as the server is concerned */
	answers_read(p);
	if (p->over)
		return;
	p->in_transaction = true;
	p->gathering = false;
	wire_put(p->server->wire, buf_span(&p->group));
	buf_clear(&p->group);
	pump_progressed(p);
}
