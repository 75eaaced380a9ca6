/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "relay/smtp/reply_reader.h"

#include <stdlib.h>

struct row {
	const char *in;
	enum reply_state state;
	int code;
	const char *text;
	size_t left;       /* bytes not taken */
};

static const struct row rows[] = {
	{ "250 ok\r\n", REPLY_WHOLE, 250, "ok", 0 },
	{ "250\r\n", REPLY_WHOLE, 250, "", 0 },
	{ "250 \r\n", REPLY_WHOLE, 250, "", 0 },
	{ "250 ok\n", REPLY_WHOLE, 250, "ok", 0 },
	{ "250-a\r\n250-b\r\n250 c\r\n", REPLY_WHOLE, 250, "a\nb\nc", 0 },
	{ "250-\r\n250\r\n", REPLY_WHOLE, 250, "\n", 0 },
	{ "250-a\r\n451 b\r\n", REPLY_WHOLE, 451, "a\nb", 0 },
	{ "250 ok\r\n354 go\r\n", REPLY_WHOLE, 250, "ok", 8 },
	{ "250 o", REPLY_MORE, 0, NULL, 0 },
	{ "250-a\r\n", REPLY_MORE, 0, NULL, 0 },
	{ "", REPLY_MORE, 0, NULL, 0 },
	{ "150 ok\r\n", REPLY_MALFORMED, 0, NULL, 0 },
	{ "650 ok\r\n", REPLY_MALFORMED, 0, NULL, 0 },
	{ "250-a\r\n150 b\r\n", REPLY_MALFORMED, 0, NULL, 0 },

	/* what stands for the blank */
	{ "250\tok\r\n", REPLY_WHOLE, 250, "ok", 0 },
	{ "250_ok\r\n", REPLY_WHOLE, 250, "ok", 0 },
	{ "250\xa0ok\r\n", REPLY_WHOLE, 250, "ok", 0 },
	{ "250-a\r\n250\tb\r\n", REPLY_WHOLE, 250, "a\nb", 0 },

	/* lines without a code are skipped */
	{ "25 ok\r\n", REPLY_MORE, 0, NULL, 0 },
	{ "2500 ok\r\n", REPLY_MORE, 0, NULL, 0 },
	{ "hello\r\n", REPLY_MORE, 0, NULL, 0 },
	{ "\r\n", REPLY_MORE, 0, NULL, 0 },
	{ "HTTP/1.1 400 Bad Request\r\n", REPLY_MORE, 0, NULL, 0 },
	{ "\r\n250 ok\r\n", REPLY_WHOLE, 250, "ok", 0 },
	{ "\n\n250 ok\r\n", REPLY_WHOLE, 250, "ok", 0 },
	{ "clamdscan: warning\r\n250 2.0.0 ok\r\n", REPLY_WHOLE, 250, "2.0.0 ok", 0 },
	{ "212.0.2.1 is listed\r\n550 no\r\n", REPLY_WHOLE, 550, "no", 0 },
	{ "2026-11-29 12:00 scanned\r\n250 ok\r\n", REPLY_WHOLE, 250, "ok", 0 },
	{ "250-a\r\nx\r\n", REPLY_MORE, 0, NULL, 0 },
	{ "250-a\r\nx\r\n250 b\r\n", REPLY_WHOLE, 250, "a\nb", 0 },
	{ "250-a\r\n\r\n250-b\r\n\r\n250 c\r\n", REPLY_WHOLE, 250, "a\nb\nc", 0 },
	{ "250 ok\r\n\r\n250 b\r\n", REPLY_WHOLE, 250, "ok", 9 },
};

static void reads(void)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct reply_reader r = { 0 };
		struct span in = span_of(rows[i].in);
		enum reply_state state = reply_read(&r, &in);

		is_int(state, rows[i].state, "state of: %s", rows[i].in);
		if (state != REPLY_MALFORMED)
			is_int(in.len, rows[i].left, "bytes left");
		if (state == REPLY_WHOLE && rows[i].state == state) {
			is_int(r.reply.code, rows[i].code, "code");
			is_span(buf_span(&r.reply.text), span_of(rows[i].text), "text");
		}
		reply_reader_free(&r);
	}
}

/* The same whatever way the bytes are cut. */
static void reads_byte_by_byte(void)
{
	static const char in[] = "220-a\r\n220 b\r\n250 c\n";
	struct reply_reader r = { 0 };
	int whole = 0;

	ok(reply_reader_idle(&r), "a new reader is idle");
	for (size_t i = 0; i < sizeof in - 1; i++) {
		struct span one = { in + i, 1 };
		if (reply_read(&r, &one) == REPLY_WHOLE) {
			is_span(buf_span(&r.reply.text), whole ? SPAN("c") : SPAN("a\nb"), "reply %d", whole);
			whole++;
			ok(reply_reader_idle(&r), "idle behind a reply");
		} else {
			ok(!reply_reader_idle(&r), "not idle inside a reply");
		}
	}
	is_int(whole, 2, "two replies");
	reply_reader_free(&r);
}

static void is_bounded(void)
{
	struct reply_reader r = { 0 };
	struct buf big = { 0 };
	enum reply_state state = REPLY_MORE;

	buf_add_text(&big, "250 ");
	for (int i = 0; i < 1024 * 1024; i++)
		buf_add_byte(&big, 'x');
	struct span in = buf_span(&big);
	is_int(reply_read(&r, &in), REPLY_MALFORMED, "a line of 1 MB is refused");
	reply_reader_free(&r);
	for (int i = 0; i < 100000 && state == REPLY_MORE; i++) {
		in = SPAN("250-xxxxxxxx\r\n");
		state = reply_read(&r, &in);
	}
	is_int(state, REPLY_MALFORMED, "and so is a reply without end");
	ok(r.reply.text.len <= REPLY_KEPT_MAX, "text kept is bounded");
	reply_reader_free(&r);
	buf_free(&big);
}

/* Of a whole session, whatever replies are between. */
static void strays_are_bounded(void)
{
	struct reply_reader r = { 0 };
	struct buf big = { 0 };
	struct span in;

	for (int i = 0; i < STRAY_LINES_MAX; i++) {
		in = i % 2 ? SPAN("\r\n") : SPAN("x\r\n250 ok\r\n");
		is_int(reply_read(&r, &in), i % 2 ? REPLY_MORE : REPLY_WHOLE, "stray line %d", i);
	}
	in = SPAN("\r\n");
	is_int(reply_read(&r, &in), REPLY_MALFORMED, "one too many");
	reply_reader_free(&r);
	for (int i = 0; i < STRAY_BYTES_MAX; i++)
		buf_add_byte(&big, 'x');
	buf_add_byte(&big, '\n');
	in = buf_span(&big);
	is_int(reply_read(&r, &in), REPLY_MALFORMED, "one that is too long");
	reply_reader_free(&r);
	in = buf_span(&big);
	in.at += 1, in.len -= 1;
	is_int(reply_read(&r, &in), REPLY_MORE, "one that is just not");
	is_int(strlen(r.stray), STRAY_KEPT_MAX - 1, "of which the beginning is kept");
	reply_reader_free(&r);
	buf_free(&big);
}

static void skips_between_replies(void)
{
	struct reply_reader r = { 0 };
	struct span in = SPAN("250 ok\r\n\r\nwarning\r\n\r\n250 b\r\n");

	is_int(reply_read(&r, &in), REPLY_WHOLE, "a reply");
	ok(reply_skip_strays(&r, &in), "stray lines behind it are skipped");
	is_span(in, SPAN("250 b\r\n"), "and nothing else");
	is_span(buf_span(&r.reply.text), SPAN("ok"), "the reply stays");
	is_text(r.stray, "warning", "the last that says something is kept");
	in = SPAN("warn");
	ok(reply_skip_strays(&r, &in), "a line that has not ended");
	is_int(in.len, 4, "is left");
	reply_reader_free(&r);
}

int main(void)
{
	tap_plan(239);
	reads();
	strays_are_bounded();
	skips_between_replies();
	reads_byte_by_byte();
	is_bounded();
	return tap_done();
}
