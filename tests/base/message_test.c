#include "tests/tap.h"

#include "base/buf.h"
#include "base/message.h"

/* Fields as "NAME=VALUE|", then the body behind "#". */
static const struct {
	const char *what;
	struct span message;
	struct span seen;
} readings[] = {
	{ "nothing", SPAN(""), SPAN("#") },
	{ "LF", SPAN("A: b\nC: d\n\nbody\n"), SPAN("A= b|C= d|#body\n") },
	{ "CRLF", SPAN("A: b\r\nC: d\r\n\r\nbody\r\n"), SPAN("A= b|C= d|#body\r\n") },
	{ "mixed ends", SPAN("A: b\r\nC: d\n\r\nbody"), SPAN("A= b|C= d|#body") },
	{ "folded", SPAN("A: b\r\n c\n\td\r\nE:f\n\n"), SPAN("A= b\r\n c\n\td|E=f|#") },
	{ "a fold of blanks alone", SPAN("A: b\n \t\nC:d\n\nx"), SPAN("A= b\n \t|C=d|#x") },
	{ "header only", SPAN("A: b\n"), SPAN("A= b|#") },
	{ "no last line end", SPAN("A: b\nC: d"), SPAN("A= b|C= d|#") },
	{ "no headers", SPAN("hello world\nmore: text\n"), SPAN("#hello world\nmore: text\n") },
	{ "no headers but an empty line", SPAN("\nTo: a@b\n"), SPAN("#To: a@b\n") },
	{ "no empty line", SPAN("A: b\nhello world\nC: d\n"), SPAN("A= b|#hello world\nC: d\n") },
	{ "begins with a blank", SPAN(" A: b\nC: d\n"), SPAN("# A: b\nC: d\n") },
	{ "blanks before the colon", SPAN("A \t: b\n\nx"), SPAN("A= b|#x") },
	{ "no name", SPAN(": b\n\nx"), SPAN("#: b\n\nx") },
	{ "empty value", SPAN("A:\nB: \n\n"), SPAN("A=|B= |#") },
	{ "NUL in a value", SPAN("A: b\0c\n\nx\0y"), SPAN("A= b\0c|#x\0y") },
	{ "NUL in a name", SPAN("A\0: b\n\nx"), SPAN("#A\0: b\n\nx") },
	{ "8-bit in a name", SPAN("\xc3\xa4: b\n"), SPAN("#\xc3\xa4: b\n") },
	{ "bare CR in a value", SPAN("A: b\rc\n\nx"), SPAN("A= b\rc|#x") },
	{ "bare CR as a line", SPAN("A: b\n\rx\n"), SPAN("A= b|#\rx\n") },
	{ "CR CR LF", SPAN("A: b\r\r\n\r\nx"), SPAN("A= b\r|#x") },
	{ "a second mbox line", SPAN("A: b\nFrom x y\nC: d\n"), SPAN("A= b|#From x y\nC: d\n") },
	{ "From with a blank before the colon", SPAN("From : x\n\n"), SPAN("From= x|#") },
	{ "only line ends", SPAN("\r\n\r\n"), SPAN("#\r\n") },
};

static void read_message(struct span message, struct buf *out)
{
	struct span rest = message;
	struct field field;
	size_t at = 0;

	while (message_next_field(&rest, &field)) {
		buf_add_span(out, field.name);
		buf_add_byte(out, '=');
		buf_add_span(out, field.value);
		buf_add_byte(out, '|');
		ok(field.raw.at == message.at + at, "raw fields follow each other");
		at += field.raw.len;
	}
	buf_add_byte(out, '#');
	buf_add_span(out, rest);
}

/* Complete once is complete for good, and says so no later than at the whole. */
static void test_completeness(struct span message)
{
	size_t body = message_body_offset(message);
	bool before = false;

	for (size_t n = 0; n <= message.len; n++) {
		struct span seen = { message.at, n };
		bool complete = message_header_complete(seen);
		if (before && !complete)
			ok(0, "complete at %zu bytes is taken back at %zu", n - 1, n);
		if (complete && message_body_offset(seen) != body)
			ok(0, "complete at %zu bytes, yet the body begins elsewhere", n);
		before = complete;
	}
	ok(before || body == message.len, "a header with a body behind it is complete");
}

static void test_readings(void)
{
	for (size_t i = 0; i < sizeof readings / sizeof readings[0]; i++) {
		struct buf seen = { 0 };
		read_message(readings[i].message, &seen);
		is_span(buf_span(&seen), readings[i].seen, "%s", readings[i].what);
		test_completeness(readings[i].message);
		size_t body = message_body_offset(readings[i].message);
		ok(span_ends_nocase(readings[i].seen, (struct span){ readings[i].message.at + body,
		                                                      readings[i].message.len - body }),
		   "the body begins there");
		buf_free(&seen);
	}
}

static const struct {
	struct span message;
	size_t skipped;
} mboxes[] = {
	{ SPAN("From a@b Mon Jan  1\nA: b\n"), 20 },
	{ SPAN(">From a@b\r\nA: b\n"), 11 },
	{ SPAN(">>>From a@b\n>From x\nA: b\n"), 20 },
	{ SPAN("From a@b"), 8 },
	{ SPAN("From: a@b\n"), 0 },
	{ SPAN("From : a@b\n"), 0 },
	{ SPAN("Fromage: x\n"), 0 },
	{ SPAN("\nFrom a\n"), 0 },
	{ SPAN(""), 0 },
};

static void test_mboxes(void)
{
	for (size_t i = 0; i < sizeof mboxes / sizeof mboxes[0]; i++) {
		struct span rest = message_skip_mbox(mboxes[i].message);
		is_int(mboxes[i].message.len - rest.len, mboxes[i].skipped, "mbox lines of row %zu", i);
	}
	ok(!message_header_complete(SPAN("From a b c")), "an mbox line that has not ended is not text");
	ok(!message_header_complete(SPAN("From a b c\nTo: x\n")), "nor is what follows it");
	ok(message_header_complete(SPAN("From a b c\nTo: x\n\n")), "but the empty line counts");
}

static void test_find(void)
{
	struct span message = SPAN("To: a\nX: 1\nto: b\n\nTO: c\n");
	struct field field;

	ok(message_find_field(message, SPAN("TO"), 0, &field), "found");
	is_span(field.value, SPAN(" a"), "the first");
	ok(message_find_field(message, SPAN("TO"), 1, &field), "found");
	is_span(field.raw, SPAN("to: b\n"), "the second");
	ok(!message_find_field(message, SPAN("TO"), 2, &field), "the body is not searched");
	ok(!message_find_field(message, SPAN("T"), 0, &field), "a beginning is no name");
}

int main(void)
{
	tap_plan(113);
	test_readings();
	test_mboxes();
	test_find();
	return tap_done();
}
