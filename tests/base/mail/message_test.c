/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "base/buf.h"
#include "base/mail/message.h"

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
	{ "bare CR ends no field", SPAN("A: b\rBcc: c\r\rd\nE: f\n\nx"), SPAN("A= b\rBcc: c\r\rd|E= f|#x") },
	{ "bare CR folds", SPAN("A: b\n\rx\n\r\r y\nC: d\n"), SPAN("A= b\n\rx\n\r\r y|C= d|#") },
	{ "bare CR before the colon", SPAN("Bcc\r: b\n\r\n\rx"), SPAN("Bcc= b|#\rx") },
	{ "bare CR first is text", SPAN("\rA: b\n"), SPAN("#\rA: b\n") },
	{ "CR CR LF", SPAN("A: b\r\r\n\r\r\r\nx"), SPAN("A= b|#x") },
	{ "CR at the end", SPAN("A: b\r"), SPAN("A= b\r|#") },
	{ "a second mbox line", SPAN("A: b\nFrom x y\nC: d\n"), SPAN("A= b|#From x y\nC: d\n") },
	{ "From with a blank before the colon", SPAN("From : x\n\n"), SPAN("From= x|#") },
	{ "only line ends", SPAN("\r\n\r\n"), SPAN("#\r\n") },
};

/* The form of the wire, as "NAME=VALUE|". */
static const struct {
	const char *what;
	struct span section;
	struct span seen;
} wire_readings[] = {
	{ "nothing", SPAN(""), SPAN("") },
	{ "two fields", SPAN("A: b\r\nC:d\r\n"), SPAN("A= b|C=d|") },
	{ "folded", SPAN("A: b\r\n c\r\n\td\r\nE:\r\n"), SPAN("A= b\r\n c\r\n\td|E=|") },
	{ "LF ends nothing", SPAN("A: b\nC: d\r\nE: f\r\n"), SPAN("A= b\nC: d|E= f|") },
	{ "nor does LF before a blank line", SPAN("A: b\n\r\nC: d\r\n"), SPAN("A= b\n|C= d|") },
	{ "one CR is of the line's end", SPAN("A: b\r\r\nC: d\r\n"), SPAN("A= b\r|C= d|") },
	{ "CR folds nothing", SPAN("A: b\r\n\rc\r\n"), SPAN("A= b|=\rc|") },
	{ "no last line end", SPAN("A: b\r\nC: d"), SPAN("A= b|C= d|") },
	{ "half a last line end", SPAN("A: b\r"), SPAN("A= b\r|") },
	{ "blanks before the colon", SPAN("A \t: b\r\n"), SPAN("A= b|") },
	{ "no fields", SPAN("hello world\r\n: x\r\n y\r\nC: d\r\n"), SPAN("=hello world|=: x\r\n y|C= d|") },
	{ "the line that is empty is none", SPAN("A: b\r\n\r\n"), SPAN("A= b|=|") },
	{ "an mbox line", SPAN("From a b\r\nA: b\r\n"), SPAN("=From a b|A= b|") },
};

static void read_wire(struct span section, struct buf *out)
{
	struct span rest = section;
	struct field field;

	while (message_next_wire_field(&rest, &field)) {
		buf_add_span(out, field.name);
		buf_add_byte(out, '=');
		buf_add_span(out, field.value);
		buf_add_byte(out, '|');
	}
}

static void test_wire(void)
{
	for (int i = 0; i < TAP_ROWS(wire_readings); i++) {
		struct buf seen = { 0 };
		read_wire(wire_readings[i].section, &seen);
		is_span(buf_span(&seen), wire_readings[i].seen, "wire: %s", wire_readings[i].what);
		buf_free(&seen);
	}
}

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
	{ SPAN("From a@b Mon Jan  1 00:00:00 2026\nA: b\n"), 34 },
	{ SPAN("From a@b Mon Jan 11 00:00:00 CET 2026 remote from x\nA: b\n"), 52 },
	{ SPAN(">From - Mon Jan  1 00:00 2026\r\nA: b\n"), 31 },
	{ SPAN("From Mon Jan 1 00:00:00 2026\r\r\nA: b\n"), 31 },
	{ SPAN("From a Mon Jan 1 00:00:00 2026\n>>>From b Tue Feb  2 1:00:00 2026\nA: b\n"), 65 },
	{ SPAN("From a@b Mon Jan  1 00:00:00 2026"), 33 },
	{ SPAN("From a@b Mon Jan  1 2026\nA: b\n"), 25 },
	{ SPAN("From a@b Mon Jan  1\nA: b\n"), 0 },
	{ SPAN("From a@b\nA: b\n"), 0 },
	{ SPAN("From me to you on Mon\n"), 0 },
	{ SPAN("From a Mon Jan 32nd 00:00:00 2026\n"), 0 },
	{ SPAN("From a Mon, 1 Jan 2026 00:00:00\n"), 0 },
	{ SPAN("From a 00:00:00\n"), 0 },
	{ SPAN("From: a@b\n"), 0 },
	{ SPAN("From : a@b\n"), 0 },
	{ SPAN("Fromage: x\n"), 0 },
	{ SPAN("\nFrom a\n"), 0 },
	{ SPAN(""), 0 },
};

#define MBOX "From a Mon Jan 1 00:00:00 2026\n"

static void test_mboxes(void)
{
	for (size_t i = 0; i < sizeof mboxes / sizeof mboxes[0]; i++) {
		struct span rest = message_skip_mbox(mboxes[i].message);
		is_int(mboxes[i].message.len - rest.len, mboxes[i].skipped, "mbox lines of row %zu", i);
	}
	ok(!message_header_complete(SPAN("From a b c")), "an mbox line that has not ended is not text");
	ok(message_header_complete(SPAN("From a b c\nTo: x\n")), "it is text when it ends without a date");
	ok(!message_header_complete(SPAN(MBOX "To: x\n")), "what follows an mbox line is the header");
	ok(message_header_complete(SPAN(MBOX "To: x\n\n")), "to the empty line");
}

static void test_long_names(void)
{
	for (size_t len = MESSAGE_LINE_MAX - 1; len <= MESSAGE_LINE_MAX; len++) {
		struct buf message = { 0 };
		for (size_t i = 0; i < len; i++)
			buf_add_byte(&message, 'x');
		buf_add_text(&message, ": a\nB: c\n");
		bool fits = len < MESSAGE_LINE_MAX;
		is_int(message_field_name(buf_span(&message)).len, fits ? len : 0, "a name of %zu bytes is %s", len, fits ? "one" : "none");
		is_int(message_body_offset(buf_span(&message)), fits ? message.len : 0, "and the line a field or text");
		buf_free(&message);
	}
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

/* Fields by their first letter; "|" opens a block. */
static const struct { const char *fields, *blocks; } resendings[] = {
	{ "Subject To", "" },
	{ "Resent-To Resent-From Subject Resent-Date", "|TFD" },
	{ "Resent-To resent-to Resent-From", "|T|tF" },
	{ "Resent-To Received Resent-From", "|T|F" },
	{ "Resent-To Return-Path X-Y Resent-From RESENT-CC Resent-Cc", "|T|FC|C" },
	{ "Resent-Odd Resent-Odd Resent-To", "|OOT" },
};

static void test_resent(void)
{
	for (size_t i = 0; i < sizeof resendings / sizeof resendings[0]; i++) {
		struct span rest = span_of(resendings[i].fields);
		struct resent block = { 0 };
		struct buf got = { 0 };
		while (rest.at) {
			struct span name = span_cut(&rest, ' ');
			enum resent_place place = message_resent(&block, name);
			if (place == RESENT_BEGINS)
				buf_add_byte(&got, '|');
			if (place != RESENT_NOT)
				buf_add_byte(&got, name.at[7]);
		}
		is_text(buf_text(&got), resendings[i].blocks, "blocks of %s", resendings[i].fields);
		buf_free(&got);
	}
}

int main(void)
{
	tap_plan(150 + TAP_ROWS(wire_readings));
	test_readings();
	test_wire();
	test_mboxes();
	test_find();
	test_long_names();
	test_resent();
	return tap_done();
}
