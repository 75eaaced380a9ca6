/* SPDX-License-Identifier: ISC */
#include "relay/smtp/pump_state.h"

#include "base/clock.h"
#include "base/pack.h"
#include "relay/esmtp_job.h"
#include "relay/smtp/transcript.h"

enum { GROUP_OVERDUE_MS = 60 * 1000 };

void pump_progressed(struct pump *p)
{
	p->since_ms = clock_boot_ms();
}

void pump_await(struct pump *p, enum smtp_step step, size_t asked)
{
	if (p->awaited_first == p->awaited_count) {
		p->awaited_first = p->awaited_count = 0;
		pump_progressed(p);
	}
	if (p->awaited_count == p->awaited_room) {
		p->awaited_room = p->awaited_room ? 2 * p->awaited_room : 64;
		p->awaited = mem_resize(p->awaited, p->awaited_room, sizeof *p->awaited);
	}
	p->awaited[p->awaited_count++] = (struct awaited){ step, asked };
}

/* ---- jobs ---- */

void pump_want(struct pump *p, size_t count)
{
	struct buf payload = { 0 };
	size_t left = p->setup->message_max - p->wanted;

	count = count < left ? count : left;
	if (count == 0 || p->quitting || p->over)
		return;
	p->wanted += count;
	pack_u32(&payload, (uint32_t)count);
	channel_put(p->setup->queue, FRAME_WANT, buf_span(&payload), -1);
	buf_free(&payload);
}

void pump_report(struct pump *p)
{
	struct job *j = pump_job(p);
	uint32_t transfer_ms = j->begun_ms ? (uint32_t)(clock_boot_ms() - j->begun_ms) : 0;
	struct buf payload = { 0 };

	job_encode_outcome(j, p->finished == 0 ? p->setup->setup_ms : 0, transfer_ms, &payload);
	channel_put(p->setup->queue, FRAME_OUTCOME, buf_span(&payload), -1);
	buf_free(&payload);
	p->uncommitted++;
	p->finished++;
	p->handed_count -= j->handed;
	job_free(j);
	p->job_count--;
	memmove(p->jobs, p->jobs + 1, p->job_count * sizeof *p->jobs);
	pump_progressed(p);
}

static void put_reset(struct pump *p)
{
	wire_put(p->server->wire, SPAN("RSET\r\n"));
	transcript_said(SPAN("RSET"));
	pump_await(p, STEP_RSET, 0);
}

void pump_finish_job(struct pump *p, bool reset)
{
	p->in_transaction = p->in_body = p->dot_sent = false;
	pump_report(p);
	if (reset)
		put_reset(p);
	pump_want(p, 1);
}

void pump_finish_group(struct pump *p)
{
	p->in_transaction = false;
	p->in_doubt = true;
	put_reset(p);
}

void pump_settle_doubt(struct pump *p, bool in_step)
{
	if (!p->in_doubt)
		return;
	p->in_doubt = false;
	if (!in_step)
		job_doubt(pump_job(p));
	pump_report(p);
	pump_want(p, 1);
}

/* ---- the end ---- */

void pump_end_with(struct pump *p, enum session_scope scope, const struct reply *r)
{
	if (p->over)
		return;
	p->over = true;
	/* libesmtp crashes when replies that it waits for do not come, so it gets them. */
	for (size_t i = p->awaited_first; i < p->awaited_count; i++) {
		enum smtp_step step = p->awaited[i].step;
		if (step != STEP_RSET && !(step == STEP_MAIL && p->mail_answered))
			pump_reply(p, 421);
	}
	if (p->in_body || (p->data_said && !p->asked))
		pump_reply(p, 421);
	*p->end = (struct session_end){ .scope = scope, .pipelining_broken = p->pipelining_broken, .rcpt_max = p->rcpt_max };
	if (r)
		p->end->reply = *r;
}

enum smtp_step pump_step(const struct pump *p)
{
	return pump_awaits(p) ? p->awaited[p->awaited_first].step : p->in_body ? STEP_MESSAGE : STEP_NONE;
}

void pump_lose(struct pump *p, enum session_scope scope, const struct reply *r)
{
	int64_t overdue_ms = patience_scaled(p->server->patience->scale, GROUP_OVERDUE_MS);

	if (p->over)
		return;
	/*
	 * Replies to a group have been awaited for long: some servers that offer PIPELINING drop what came together with
	 * MAIL. What they did say may have been to another command.
	 */
	if (p->in_transaction && pump_awaits(p) && pump_is_grouped(p, pump_step(p)) &&
	    clock_boot_ms() - p->since_ms >= overdue_ms) {
		p->pipelining_broken = true;
		job_doubt(pump_job(p));
	}
	pump_settle_doubt(p, true);
	if (p->in_transaction) {
		/* While the dot is still here, the message cannot have arrived. */
		bool unknown = p->dot_sent && wire_unsent(p->server->wire) == 0;
		job_settle_rest(pump_job(p), r, unknown);
		p->in_transaction = false;
		pump_report(p);
	}
	pump_end_with(p, scope, r);
}

void pump_lose_for(struct pump *p, const char *status, const char *format, ...)
{
	struct fault f;
	va_list ap;

	va_start(ap, format);
	fault_vset(&f, FAULT_TEMPORARY, status, format, ap);
	va_end(ap);
	struct reply r = reply_of_fault(&f, pump_step(p), p->server->relay);
	pump_lose(p, SESSION_LOST, &r);
}

void pump_tell_trouble(struct pump *p, const struct job *j, enum delivery_trouble what)
{
	struct buf payload = { 0 };

	pack_u64(&payload, j->delivery.ticket);
	pack_u8(&payload, (uint8_t)what);
	channel_put(p->setup->queue, FRAME_TROUBLE, buf_span(&payload), -1);
	buf_free(&payload);
}

void pump_reply(struct pump *p, int code)
{
	buf_printf(&p->said, "%d reply\r\n", code);
}

void pump_promise_mail(struct pump *p)
{
	const struct job *next = p->job_count > 0 ? pump_job(p) : NULL;

	if (p->in_doubt || next == NULL || !next->handed || !pump_answers_mail(p, next) || p->mails_said >= ESMTP_MESSAGES_MAX)
		return;
	p->mail_promised = true;
	pump_reply(p, 250);
}
