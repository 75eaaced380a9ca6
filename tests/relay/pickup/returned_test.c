/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "relay/pickup/returned.h"

static const struct {
	const char *what;
	struct span given;
	uint64_t all_bytes;
	struct span made;
	bool eight_bit;
} rows[] = {
	{ "a message", SPAN("From: a\nSubject: b\n\nc\n"), 22, SPAN("From: a\r\nSubject: b\r\n\r\nc\r\n"), false },
	{ "with CRLF", SPAN("From: a\r\n\r\nc\r\n"), 14, SPAN("From: a\r\n\r\nc\r\n"), false },
	{ "two From fields stay", SPAN("From: a\nFrom: b\n\n"), 17, SPAN("From: a\r\nFrom: b\r\n\r\n"), false },
	{ "no line end at its end", SPAN("From: a\n\nc"), 10, SPAN("From: a\r\n\r\nc\r\n"), false },
	{ "no header", SPAN("just text\n"), 10, SPAN("just text\r\n"), false },
	{ "8-bit", SPAN("\n\xc3\xbc\n"), 4, SPAN("\r\n\xc3\xbc\r\n"), true },
	{ "nothing", SPAN(""), 0, SPAN("\r\n"), false },
	{ "more than was read", SPAN("From: a\n\nc\n"), 100, SPAN("From: a\r\n\r\nc\r\n\r\n[89 more bytes of this message were not kept.]\r\n"), false },
	{ "what is behind it is not of it", SPAN("From: a\n\nc\nmore"), 11, SPAN("From: a\r\n\r\nc\r\n"), false },
};

/* What is read of any message travels inline, also where each byte becomes two. */
static void bounds(void)
{
	static const char *const kinds[] = { "\n", "x", "x\n", "a: b\n" };

	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		struct buf given = { 0 }, made = { 0 };
		bool eight_bit;
		while (given.len < 200 * 1024)
			buf_add_text(&given, kinds[i]);
		returned_message(buf_span(&given), given.len, &made, &eight_bit);
		ok(made.len >= RETURNED_MESSAGE_MAX && made.len <= MESSAGE_INLINE_MAX, "200 KiB become %zu bytes", made.len);
		buf_free(&given);
		buf_free(&made);
	}
}

int main(void)
{
	tap_plan(2 * sizeof rows / sizeof rows[0] + 4);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct buf made = { 0 };
		bool eight_bit;
		returned_message(rows[i].given, rows[i].all_bytes, &made, &eight_bit);
		is_span(buf_span(&made), rows[i].made, "%s", rows[i].what);
		is_int(eight_bit, rows[i].eight_bit, "%s: 8-bit", rows[i].what);
		buf_free(&made);
	}
	bounds();
	return tap_done();
}
