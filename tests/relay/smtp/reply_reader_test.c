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
	{ "25 ok\r\n", REPLY_MALFORMED, 0, NULL, 0 },
	{ "2500 ok\r\n", REPLY_MALFORMED, 0, NULL, 0 },
	{ "150 ok\r\n", REPLY_MALFORMED, 0, NULL, 0 },
	{ "650 ok\r\n", REPLY_MALFORMED, 0, NULL, 0 },
	{ "hello\r\n", REPLY_MALFORMED, 0, NULL, 0 },
	{ "\r\n", REPLY_MALFORMED, 0, NULL, 0 },
	{ "250-a\r\nx\r\n", REPLY_MALFORMED, 0, NULL, 0 },
	{ "HTTP/1.1 400 Bad Request\r\n", REPLY_MALFORMED, 0, NULL, 0 },
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

int main(void)
{
	tap_plan(73);
	reads();
	reads_byte_by_byte();
	is_bounded();
	return tap_done();
}
