/* SPDX-License-Identifier: ISC */
#include "relay/smtp/server.h"

#include "base/clock.h"
#include "base/log.h"
#include "relay/smtp/transcript.h"
#include "relay/template.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

enum { WAIT_LEAST_MS = 20, READS_MAX = 16, SECRET_LEAST = 4 /* bytes; fewer tell nothing and are in much */ };

int64_t patience_scaled(double scale, int64_t ms)
{
	return clock_scaled_ms(scale, ms, WAIT_LEAST_MS);
}

int64_t patience_until(const struct patience *p, int64_t ms)
{
	int64_t until = clock_boot_ms() + patience_scaled(p->scale, ms);

	return until < p->setup_until_ms ? until : p->setup_until_ms;
}

size_t patience_poll(const struct patience *p, struct pollfd *fds, size_t count, int64_t until_ms)
{
	struct pollfd all[PATIENCE_FDS_MAX + 2] = {
		{ .fd = p->ours[0] },    /* POLLHUP needs no asking */
		{ .fd = p->ours[1] },
	};
	size_t ready = 0;

	if (count > PATIENCE_FDS_MAX)
		abort();
	memcpy(all + 2, fds, count * sizeof *fds);
	for (;;) {
		int n = poll(all, 2 + count, clock_wait_ms(until_ms));
		if ((all[0].revents | all[1].revents) & (POLLHUP | POLLERR))
			template_copy_end(EXIT_SUCCESS);
		for (size_t i = 0; n > 0 && i < count; i++) {
			fds[i].revents = all[2 + i].revents;
			ready += fds[i].revents != 0;
		}
		if (ready > 0 || (n == 0 && clock_wait_ms(until_ms) == 0))
			return ready;
	}
}

int patience_wait(const struct patience *p, int fd, short events, int64_t until_ms)
{
	struct pollfd one = { .fd = fd, .events = events };

	return patience_poll(p, &one, 1, until_ms) > 0;
}

void server_free(struct server *s)
{
	wire_free(s->wire);
	reply_reader_free(&s->reader);
	buf_free(&s->in);
	free(s->relay);
	free(s->tls);
	free(s->no_tls);
	*s = (struct server){ 0 };
}

/* Also what is left of it where the text was cut. */
static void hide_secret(struct buf *text, struct span secret)
{
	char *end = text->at + text->len, *found = text->at;

	if (secret.len < SECRET_LEAST || text->len == 0)
		return;
	for (; (found = memmem(found, (size_t)(end - found), secret.at, secret.len)) != NULL; found += secret.len)
		memset(found, '*', secret.len);
	for (size_t n = secret.len < text->len ? secret.len : text->len; n >= SECRET_LEAST; n--)
		if (memcmp(end - n, secret.at, n) == 0)
			memset(end - n, '*', n);
}

/* Strays are told of once a session in the log, and each time to who watches. */
static void tell_strays(struct server *s, size_t before)
{
	struct span said = { s->reader.stray, strlen(s->reader.stray) };

	if (s->reader.strays == before || said.len == 0)
		return;
	hide_secret(&(struct buf){ .at = s->reader.stray, .len = said.len }, s->secret);
	if (!s->strayed)
		log_line(LOG_LEVEL_WARNING, "%s sent a line that is not an SMTP reply; it is ignored: %s", s->relay,
		         s->reader.stray);
	s->strayed = true;
	transcript_note("ignored, since it is not a reply: %s", s->reader.stray);
}

enum reply_state server_next_reply(struct server *s)
{
	struct span in = buf_span(&s->in);
	size_t strays = s->reader.strays;
	enum reply_state state = reply_read(&s->reader, &in);

	buf_drop_front(&s->in, s->in.len - in.len);
	tell_strays(s, strays);
	if (state == REPLY_MALFORMED)
		hide_secret(&s->reader.line, s->secret);
	else if (state == REPLY_WHOLE && s->reader.reply.code != 334)
		hide_secret(&s->reader.reply.text, s->secret);
	if (state == REPLY_WHOLE)
		transcript_heard(&s->reader.reply);
	return state;
}

/*
 * No byte came that was not part of a reply taken. Stray lines after it do not count, but where TLS is to begin: all
 * that came in clear after the reply to STARTTLS may be from others.
 */
static bool is_quiet(struct server *s, enum smtp_step step)
{
	struct span in = buf_span(&s->in);
	size_t strays = s->reader.strays;
	bool starts_tls = step == STEP_STARTTLS && s->reader.reply.code == 220;
	bool few = starts_tls || reply_skip_strays(&s->reader, &in);

	buf_drop_front(&s->in, s->in.len - in.len);
	tell_strays(s, strays);
	return few && in.len == 0 && reply_reader_idle(&s->reader);
}

/* For people: nothing was asked for the first reply. */
static const char *place_name(enum smtp_step step)
{
	return step == STEP_CONNECTION ? "the greeting" : smtp_step_name(step);
}

const char *server_strayed(const struct server *s, char words[SERVER_STRAYED_MAX])
{
	words[0] = '\0';
	if (s->reader.stray[0])
		snprintf(words, SERVER_STRAYED_MAX, "; it sent a line that is not an SMTP reply: %s", s->reader.stray);
	return words;
}

/* Something follows the reply to step: a 421, which may come at any time, or what does not belong there. */
static int said_too_much(struct server *s, enum smtp_step step, struct reply *out)
{
	if (server_next_reply(s) == REPLY_WHOLE && s->reader.reply.code == 421)
		return server_refused(s, STEP_NONE, out);
	return server_trouble(s, "4.5.0", step, out, "it said more than it was asked at %s", place_name(step));
}

int server_await_until(struct server *s, int64_t until_ms, enum smtp_step step, struct reply *out)
{
	char words[SERVER_STRAYED_MAX];

	s->late = false;
	for (;;) {
		enum reply_state state = server_next_reply(s);
		if (state == REPLY_WHOLE)
			return is_quiet(s, step) ? 0 : said_too_much(s, step, out);
		if (state == REPLY_MALFORMED)
			return server_trouble(s, "4.5.0", step, out, "what it said at %s is not an SMTP reply: %.200s",
			                      place_name(step), buf_text(&s->reader.line));
		int n = wire_flush(s->wire) < 0 ? -1 : wire_read(s->wire, &s->in);
		if (n < 0)
			return server_trouble(s, "4.4.2", step, out, "%s at %s%s", wire_trouble(s->wire), place_name(step),
			                      server_strayed(s, words));
		/* Also for a server that never pauses: drips do not move the deadline. */
		s->late = clock_wait_ms(until_ms) == 0;
		if (n == 0 && !s->late)
			s->late = patience_wait(s->patience, wire_fd(s->wire), wire_events(s->wire), until_ms) == 0;
		if (s->late)
			return server_trouble(s, "4.4.2", step, out, "no reply in time at %s%s", place_name(step),
			                      server_strayed(s, words));
	}
}

int server_stays(struct server *s, enum smtp_step step, struct reply *out)
{
	int n = 1;

	for (int i = 0; i < READS_MAX && n > 0; i++)
		n = wire_read(s->wire, &s->in);
	if (!is_quiet(s, step))
		return said_too_much(s, step, out);
	if (n < 0)
		return server_trouble(s, "4.4.2", step, out, "%s right after the reply to %s", wire_trouble(s->wire),
		                      smtp_step_name(step));
	return 0;
}

int server_ask(struct server *s, const char *line, int64_t wait_ms, enum smtp_step step, struct reply *out)
{
	wire_put(s->wire, span_of(line));
	wire_put(s->wire, SPAN("\r\n"));
	transcript_said(span_of(line));
	return server_await_until(s, patience_until(s->patience, wait_ms), step, out);
}

int server_ask_secretly(struct server *s, const char *line, struct span secret, int64_t wait_ms, enum smtp_step step,
                        struct reply *out)
{
	s->secret = secret;
	int result = server_ask(s, line, wait_ms, step, out);
	s->secret = SPAN("");
	return result;
}

int server_trouble(const struct server *s, const char *status, enum smtp_step step, struct reply *out,
                   const char *format, ...)
{
	struct fault f;
	va_list ap;

	va_start(ap, format);
	fault_vset(&f, FAULT_TEMPORARY, status, format, ap);
	va_end(ap);
	fault_prefix(&f, "%s", s->relay);
	*out = reply_of_fault(&f, step, s->relay);
	return -1;
}

int server_refused(const struct server *s, enum smtp_step step, struct reply *out)
{
	heard_reply((unsigned)s->reader.reply.code, buf_span(&s->reader.reply.text), &s->at, step, out);
	if (out->kind == FAULT_NONE)
		out->kind = FAULT_TEMPORARY;
	return -1;
}
