/* What the server's replies do (RFC 5321 section 4.3.2). */
#include "relay/smtp/pump_state.h"

#include <stdio.h>

static const struct {
	const char *name;
	int64_t wait_ms;      /* RFC 5321 section 4.5.3.2 */
} steps[] = {
	[STEP_MAIL] = { "MAIL FROM", 5 * 60 * 1000 },
	[STEP_RCPT] = { "RCPT TO", 5 * 60 * 1000 },
	[STEP_DATA] = { "DATA", 2 * 60 * 1000 },
	[STEP_DOT]  = { "end of DATA", 10 * 60 * 1000 },
	[STEP_RSET] = { "RSET", 60 * 1000 },
};

const char *step_name(enum step step)
{
	return steps[step].name;
}

int64_t step_wait_ms(enum step step)
{
	return steps[step].wait_ms;
}

static const struct reply *last_reply(const struct pump *p)
{
	return &p->server->reader.reply;
}

static void refusal(const struct pump *p, enum step step, struct fault *f)
{
	reply_fault(last_reply(p), p->server->relay, step_name(step), f);
}

/* A reply that is none of the answers to that command: who says such things is not to be trusted further. */
static void nonsense(struct pump *p, enum step step)
{
	pump_lose_for(p, "4.5.0", "%s said %d in reply to %s, which is no answer to it", p->server->relay,
	              last_reply(p)->code, step_name(step));
}

static void on_mail(struct pump *p, size_t asked)
{
	bool answered = p->mail_answered;
	struct fault f;

	(void)asked;
	p->mail_answered = true;
	if (!answered)
		dialogue_reply(p, last_reply(p)->code);
	if (reply_class(last_reply(p)) == 2)
		return;
	refusal(p, STEP_MAIL, &f);
	job_settle_rest(pump_job(p), &f, false);
	/* RCPT and DATA that went with it are answered as well. */
	if (answered)
		p->mail_refused = true;
	else
		pump_finish_job(p, false);
}

/* RFC 5321 section 4.5.3.1.10: too many recipients, once said as 552; many say 452 without a status. */
static bool has_no_room(const struct pump *p, const struct fault *f)
{
	bool no_storage = last_reply(p)->code == 452 && strcmp(f->status, "4.3.1") == 0;

	return strcmp(f->status, "5.5.3") == 0 || (no_storage && pump_job(p)->accepted_count > 0);
}

static void on_rcpt(struct pump *p, size_t asked)
{
	struct fault f;

	/* A recipient without a sender is none, whatever the server says: libesmtp must not send the message. */
	dialogue_reply(p, p->mail_refused ? 503 : last_reply(p)->code);
	if (p->mail_refused)
		return;
	if (reply_class(last_reply(p)) == 2) {
		pump_job(p)->accepted_count++;
		return;
	}
	refusal(p, STEP_RCPT, &f);
	if (has_no_room(p, &f)) {
		f.kind = FAULT_TEMPORARY;
		snprintf(f.status, sizeof f.status, "4.5.3");
	}
	job_settle_asked(pump_job(p), asked, &f);
}

static void on_data(struct pump *p, size_t asked)
{
	struct job *j = pump_job(p);
	struct fault f;

	(void)asked;
	if (last_reply(p)->code == 354) {
		transfer_begin(&p->transfer, j->delivery.fields, j->delivery.message, j->fd, j->accepted_count == 0);
		transfer_expect(&p->transfer, j->delivery.checksum);
		p->in_body = true;
		dialogue_reply(p, 354);
		return;
	}
	refusal(p, STEP_DATA, &f);
	job_settle_rest(j, &f, false);
	dialogue_reply(p, last_reply(p)->code);
	pump_finish_job(p, true);
}

static void accepted(const struct pump *p, struct fault *f)
{
	const struct reply *r = last_reply(p);

	refusal(p, STEP_DOT, f);   /* for the status */
	snprintf(f->text, sizeof f->text, "%d %.*s", r->code, (int)(r->text.len < 400 ? r->text.len : 400),
	         r->text.len ? r->text.at : "");
	for (char *c = f->text; *c; c++)
		if (*c == '\n')
			*c = ' ';
}

static void on_dot(struct pump *p, size_t asked)
{
	bool good = reply_class(last_reply(p)) == 2;
	struct fault f;

	(void)asked;
	if (good)
		accepted(p, &f);
	else
		refusal(p, STEP_DOT, &f);
	job_settle_rest(pump_job(p), &f, false);
	dialogue_reply(p, last_reply(p)->code);
	pump_finish_job(p, !good);
}

static void on_rset(struct pump *p, size_t asked)
{
	(void)asked;
	if (reply_class(last_reply(p)) != 2)
		nonsense(p, STEP_RSET);
}

static const struct {
	void (*act)(struct pump *p, size_t asked);
	bool wants_text;     /* 354 and not 2xx is how it goes on */
} acts[] = {
	[STEP_MAIL] = { on_mail, false },
	[STEP_RCPT] = { on_rcpt, false },
	[STEP_DATA] = { on_data, true },
	[STEP_DOT]  = { on_dot, false },
	[STEP_RSET] = { on_rset, false },
};

static bool fits(const struct reply *r, enum step step)
{
	int class = reply_class(r);

	return class >= 4 || (acts[step].wants_text ? r->code == 354 : class == 2);
}

/* 421 may come at any time (RFC 5321 section 3.8): it answers what was asked, and nothing follows. */
static void on_closing(struct pump *p)
{
	struct fault f;

	reply_fault(last_reply(p), p->server->relay,
	            pump_awaits(p) ? step_name(p->awaited[p->awaited_first].step) : p->in_body ? "the message" : "nothing",
	            &f);
	if (p->in_transaction)
		job_settle_rest(pump_job(p), &f, false);
	pump_lose(p, SESSION_LOST, &f);
}

/* Nothing was asked. During the message it is a refusal that could not wait. */
static void on_unasked(struct pump *p)
{
	struct fault f;

	if (!p->in_body || reply_class(last_reply(p)) < 4) {
		pump_lose_for(p, "4.5.0", "%s said %d when nothing had been asked", p->server->relay, last_reply(p)->code);
		return;
	}
	refusal(p, STEP_DOT, &f);
	job_settle_rest(pump_job(p), &f, false);
	pump_lose(p, SESSION_LOST, &f);
}

static void on_reply(struct pump *p)
{
	if (last_reply(p)->code == 421) {
		on_closing(p);
		return;
	}
	if (!pump_awaits(p)) {
		on_unasked(p);
		return;
	}
	struct awaited a = p->awaited[p->awaited_first];
	if (!fits(last_reply(p), a.step)) {
		nonsense(p, a.step);
		return;
	}
	p->awaited_first++;
	pump_progressed(p);
	acts[a.step].act(p, a.asked);
}

void answers_take(struct pump *p)
{
	while (!p->over) {
		enum reply_state state = server_next_reply(p->server);
		if (state == REPLY_MORE)
			return;
		if (state == REPLY_WHOLE)
			on_reply(p);
		else
			pump_lose_for(p, "4.5.0", "%s: no SMTP reply: %.200s", p->server->relay,
			              buf_text(&p->server->reader.line));
	}
}
