/* SPDX-License-Identifier: ISC */
#include "relay/smtp/transcript.h"

#include "base/clock.h"
#include "relay/protocol.h"

static struct {
	struct channel *queue;      /* NULL: nobody asked */
	unsigned lines;
	bool in_auth;               /* the server has asked for more of an AUTH exchange */
} told;

void transcript_begin(struct channel *queue)
{
	told.queue = queue;
}

static void tell_line(enum transcript_side side, struct span text)
{
	char line[TRANSCRIPT_LINE_MAX + 1];
	struct transcript_line t = { .boot_ms = clock_boot_ms(), .side = side, .text = line };
	struct buf payload = { 0 };

	if (told.queue == NULL || told.lines++ >= TRANSCRIPT_LINES_MAX)
		return;
	size_t len = text.len < TRANSCRIPT_LINE_MAX ? text.len : TRANSCRIPT_LINE_MAX;
	for (size_t i = 0; i < len; i++)
		line[i] = text.at[i] ? text.at[i] : '?';
	line[len] = '\0';
	transcript_line_encode(&t, &payload);
	channel_put(told.queue, FRAME_TRANSCRIPT, buf_span(&payload), -1);
	channel_flush(told.queue);
	buf_free(&payload);
}

void transcript_said(struct span line)
{
	struct span rest = span_trim(line);

	if (told.in_auth) {
		tell_line(TRANSCRIPT_OURS, SPAN("(not shown)"));
		return;
	}
	if (!span_starts_nocase(rest, SPAN("AUTH "))) {
		tell_line(TRANSCRIPT_OURS, rest);
		return;
	}
	span_cut(&rest, ' ');
	struct buf shown = { 0 };
	struct span mechanism = span_cut(&rest, ' ');
	buf_printf(&shown, "AUTH %.*s%s", (int)mechanism.len, mechanism.at, rest.len > 0 ? " (not shown)" : "");
	tell_line(TRANSCRIPT_OURS, buf_span(&shown));
	buf_free(&shown);
}

void transcript_heard(const struct server_reply *r)
{
	struct span rest = buf_span(&r->text);

	told.in_auth = r->code == 334;
	if (told.in_auth)
		rest = SPAN("(not shown)");
	do {
		struct buf line = { 0 };
		struct span text = span_cut(&rest, '\n');
		buf_printf(&line, "%d%c%.*s", r->code, rest.at ? '-' : ' ', (int)text.len, text.at ? text.at : "");
		tell_line(TRANSCRIPT_THEIRS, buf_span(&line));
		buf_free(&line);
	} while (rest.at);
}

void transcript_note(const char *format, ...)
{
	struct buf text = { 0 };
	va_list ap;

	va_start(ap, format);
	buf_vprintf(&text, format, ap);
	va_end(ap);
	tell_line(TRANSCRIPT_NOTE, buf_span(&text));
	buf_free(&text);
}
