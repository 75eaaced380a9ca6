/* SPDX-License-Identifier: ISC */
#include "relay/smtp/dialogue.h"

#include "relay/esmtp_job.h"
#include "relay/smtp/answers.h"
#include "relay/smtp/transcript.h"
#include "relay/template.h"

#include <poll.h>
#include <stdlib.h>

enum {
	LINE_MAX_BYTES = 2048,
	GROUP_MAX_BYTES = 16 * 1024,    /* more is sent before DATA is there */
	UNSENT_MAX = 256 * 1024,        /* more of a message waits in its file */
};

enum heard { HEARD, HEARD_LATER, HEARD_WRONG };

/* The EHLO keywords that libesmtp is shown; SIZE without its limit, which it never looks at. */
static const struct {
	uint32_t capability;
	const char *word;
} shown[] = {
	{ CAP_PIPELINING, "PIPELINING" },
	{ CAP_SIZE,       "SIZE" },
	{ CAP_8BITMIME,   "8BITMIME" },
	{ CAP_DSN,        "DSN" },
};

/* libesmtp begins a session: the greeting, the answer to its EHLO and, where that is ours to give, to its MAIL. */
static enum heard on_connect(struct pump *p, struct span line)
{
	(void)line;
	buf_add_text(&p->said, "220 smtp\r\n250-smtp\r\n");
	for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++)
		if (p->server->ehlo.capabilities & shown[i].capability)
			buf_printf(&p->said, "250-%s\r\n", shown[i].word);
	buf_add_text(&p->said, "250 HELP\r\n");
	p->mails_said = 0;
	pump_promise_mail(p);
	return HEARD;
}

static enum heard on_ehlo(struct pump *p, struct span line)
{
	(void)p;
	(void)line;
	return HEARD;
}

/* "VERB:<address>" must be what we asked for; the parameters after it are libesmtp's. */
static bool is_path(struct span line, struct span verb, const char *address, struct span *parameters)
{
	size_t len = strlen(address);

	if (line.len < verb.len + len + 2 || memcmp(line.at, verb.at, verb.len) != 0)
		return false;
	const char *path = line.at + verb.len;
	if (path[0] != '<' || memcmp(path + 1, address, len) != 0 || path[len + 1] != '>')
		return false;
	*parameters = span_between(path + len + 2, line.at + line.len);
	for (size_t i = 0; i < parameters->len; i++)
		if (parameters->at[i] < ' ' || parameters->at[i] > '~')
			return false;
	return parameters->len == 0 || parameters->at[0] == ' ';
}

/* Where commands go. */
static struct buf *out_of(struct pump *p)
{
	return p->gathering ? &p->group : wire_out(p->server->wire);
}

/* Where it begins in what waits to be sent. */
static size_t begin_line(struct pump *p, struct span line)
{
	struct buf *out = out_of(p);
	size_t from = out->len;

	buf_add_span(out, line);
	return from;
}

static void end_line(struct pump *p, size_t from)
{
	struct buf *out = out_of(p);

	transcript_said(span_between(out->at + from, out->at + out->len));
	buf_add_text(out, "\r\n");
}

static enum heard on_mail(struct pump *p, struct span line)
{
	struct job *j = p->job_count > 0 ? pump_job(p) : NULL;
	struct span parameters;

	if (j == NULL || p->in_transaction)
		return HEARD_WRONG;
	p->holding = p->uncommitted >= UNCOMMITTED_MAX || pump_awaits(p) || !j->handed;
	if (p->holding)
		return HEARD_LATER;
	if (!is_path(line, SPAN("MAIL FROM:"), j->delivery.sender, &parameters))
		return HEARD_WRONG;
	p->in_transaction = true;
	p->asked = p->data_said = false;
	/* Nothing follows RCPT that they could go with. */
	p->gathering = p->mail_answered = pump_answers_mail(p, j);
	p->mail_refused = p->in_body = p->dot_sent = false;
	p->rcpts_sent = 0;
	j->accepted_count = 0;
	int64_t message_ms = DELIVERY_WAIT_MS + delivery_size_ms(j->asked_count, j->total_bytes);
	p->message_until_ms = patience_until(p->server->patience, message_ms);
	/* Where MAIL may wait for RCPT and DATA, libesmtp must not: it is told now what it wants to hear. */
	if (p->mail_answered && !p->mail_promised)
		pump_reply(p, 250);
	p->mail_promised = false;
	p->mails_said++;
	size_t from = begin_line(p, line);
	job_mail_extras(j, &p->server->ehlo, out_of(p));
	end_line(p, from);
	pump_await(p, STEP_MAIL, 0);
	j->begun_ms = p->since_ms;
	return HEARD;
}

static enum heard on_rcpt(struct pump *p, struct span line)
{
	struct job *j = pump_job(p);
	struct span parameters;

	if (!p->in_transaction || !p->mail_answered || p->rcpts_sent >= j->asked_count ||
	    !is_path(line, SPAN("RCPT TO:"), job_asked_address(j, p->rcpts_sent), &parameters))
		return HEARD_WRONG;
	size_t from = begin_line(p, line);
	job_rcpt_extras(j, p->rcpts_sent, &p->server->ehlo, out_of(p));
	end_line(p, from);
	pump_await(p, STEP_RCPT, p->rcpts_sent++);
	if (p->group.len > GROUP_MAX_BYTES)
		answers_send_group(p);
	return HEARD;
}

static enum heard on_data(struct pump *p, struct span line)
{
	(void)line;
	if (p->asked) {
		pump_reply(p, 554);
		return HEARD;
	}
	if (!p->in_transaction || p->rcpts_sent != pump_job(p)->asked_count)
		return HEARD_WRONG;
	if (pump_job(p)->delivery.whole) {
		if (p->gathering)
			answers_send_group(p);
		if (!p->over && pump_awaits(p))
			return HEARD_LATER;
		if (!p->over && pump_job(p)->accepted_count < pump_job(p)->asked_count)
			answers_take_back(p);
		if (!p->in_transaction)
			return HEARD;
	}
	/* The server never hears it: the answer comes when RCPT is answered. */
	if (pump_job(p)->delivery.no_data) {
		p->data_said = true;
		return HEARD;
	}
	end_line(p, begin_line(p, SPAN("DATA")));
	pump_await(p, STEP_DATA, 0);
	if (p->gathering)
		answers_send_group(p);
	return HEARD;
}

/* The server has been reset already, by us. */
static enum heard on_rset(struct pump *p, struct span line)
{
	(void)line;
	pump_reply(p, 250);
	return HEARD;
}

/* Its session, not ours: it begins another with the next job. */
static enum heard on_quit(struct pump *p, struct span line)
{
	(void)line;
	pump_reply(p, 221);
	return HEARD;
}

static const struct {
	struct span verb;
	enum heard (*act)(struct pump *p, struct span line);
} verbs[] = {
	{ { "MAIL FROM:", 10 },   on_mail },
	{ { "RCPT TO:", 8 },      on_rcpt },
	{ { "DATA", 4 },          on_data },
	{ { "RSET", 4 },          on_rset },
	{ { "QUIT", 4 },          on_quit },
	{ { "EHLO ", 5 },         on_ehlo },
	{ { ESMTP_CONNECT, sizeof ESMTP_CONNECT - 1 }, on_connect },
};

enum { VERB_COUNT = sizeof verbs / sizeof verbs[0] };

/* One command line off the front: false when there is none, or it has to wait. */
static bool next_line(struct pump *p)
{
	struct span in = span_between(p->heard.at + p->heard_taken, p->heard.at + p->heard.len);
	const char *end = in.len ? memchr(in.at, '\n', in.len) : NULL;
	enum heard heard = end || in.len > LINE_MAX_BYTES ? HEARD_WRONG : HEARD_LATER;

	if (end) {
		struct span line = span_between(in.at, end > in.at && end[-1] == '\r' ? end - 1 : end);
		size_t i = 0;
		while (i < VERB_COUNT && !span_starts_nocase(line, verbs[i].verb))
			i++;
		if (i < VERB_COUNT)
			heard = verbs[i].act(p, line);
		if (heard == HEARD)
			p->heard_taken += (size_t)(end - in.at) + 1;
	}
	if (heard == HEARD_WRONG)
		pump_lose_for(p, "4.3.0", "libesmtp said something that it was not asked to: %.*s",
		              (int)(in.len < 200 ? in.len : 200),
		              in.at);
	return heard == HEARD;
}

/* In place of the message, which it does not have. */
static bool hear_preface(struct pump *p)
{
	struct span in = span_between(p->heard.at + p->heard_taken, p->heard.at + p->heard.len);
	size_t len = in.len < p->preface.len ? in.len : p->preface.len;

	if (len == 0 || memcmp(in.at, p->preface.at, len) != 0) {
		pump_lose_for(p, "4.3.0", "libesmtp sent something that it was not given: the message is not sent");
		return false;
	}
	p->heard_taken += len;
	p->preface.at += len;
	p->preface.len -= len;
	return true;
}

/* libesmtp has said its dot: the one after the message is the answer to that. */
void dialogue_send_body(struct pump *p)
{
	struct pollfd queue = { .fd = channel_fd(p->setup->queue) };
	struct job *j = pump_job(p);
	struct fault f;
	int done = 0;

	if (p->preface.len > 0)
		return;
	while (done == 0 && wire_unsent(p->server->wire) < UNSENT_MAX)
		done = transfer_make(&p->transfer, wire_out(p->server->wire), &f);
	if (done == 1) {
		/* The last moment at which the message can be taken back: the queue may be gone. */
		if (poll(&queue, 1, 0) != 0 && (queue.revents & (POLLHUP | POLLERR)))
			template_copy_end(EXIT_SUCCESS);
		p->in_body = false;
		p->dot_sent = true;
		transcript_note("%llu bytes of message", (unsigned long long)(j->accepted_count > 0 ? j->total_bytes : 0));
		end_line(p, begin_line(p, SPAN(".")));
		pump_await(p, STEP_DOT, 0);
	}
	if (done >= 0)
		return;
	if (p->transfer.damaged)
		pump_tell_trouble(p, j, TROUBLE_DAMAGED);
	pump_lose_for(p, f.status, "%s", f.text);
}

void dialogue_hear(struct pump *p)
{
	p->holding = false;
	while (!p->over && p->heard_taken < p->heard.len) {
		if (!(p->in_body ? hear_preface(p) : next_line(p)))
			break;
	}
	buf_drop_front(&p->heard, p->heard_taken);
	p->heard_taken = 0;
}
