/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "signet/filter/header_repair.h"

/* What goes in, what comes out, and what is left as body; however it is cut in two. */
static const struct {
	const char *in, *out, *body, *what;
} rows[] = {
	{ "A: 1\r\nB: 2\r\n\r\nx\r\n", "A: 1\r\nB: 2\r\n\r\n", "x\r\n", "nothing to repair" },
	{ "A: 1\nB: 2\n\nx\n", "A: 1\r\nB: 2\r\n\r\n", "x\n", "LF alone" },
	{ "A: 1\r\r\nB: 2\r\r\n\r\r\r\nx", "A: 1\r\nB: 2\r\n\r\n", "x", "several CR before LF" },
	{ "A: 1\r\n", "A: 1\r\n\r\n", "", "no empty line" },
	{ "A: 1", "A: 1\r\n\r\n", "", "no line end" },
	{ "A: 1\r", "A: 1\r\n\r\n", "", "half a line end" },
	{ "A: 1\r\n\r", "A: 1\r\n\r\n", "", "half an empty line" },
	{ "A: 1\r\n\r\n", "A: 1\r\n\r\n", "", "an empty body" },
	{ "", "\r\n", "", "nothing" },
	{ "\n\nx", "\r\n", "\nx", "no header" },
	{ "A : 1\n\n", "A: 1\r\n\r\n", "", "a blank before the colon" },
	{ "A \t  : 1\nB:2\nC\t:3 : 4\n\n", "A: 1\r\nB:2\r\nC:3 : 4\r\n\r\n", "", "blanks before colons" },
	{ "A: b : c\n d : e\n\tf\t: g\n\n", "A: b : c\r\n d : e\r\n\tf\t: g\r\n\r\n", "", "those in values and folds stay" },
	{ "From you Mon: x\n\n", "From you Mon: x\r\n\r\n", "", "a blank that is not before the colon" },
	{ "A b\nC \nD\n\n", "A b\r\nC \r\nD\r\n\r\n", "", "lines that are no fields" },
	{ "A: 1\rB: 2\n\nx", "A: 1 B: 2\r\n\r\n", "x", "a CR begins no field" },
	{ "A: 1\r\rB: 2\n\nx", "A: 1  B: 2\r\n\r\n", "x", "two do not end the header" },
	{ "A: 1\n\rB: 2\n\nx", "A: 1\r\n B: 2\r\n\r\n", "x", "one in front of a line folds it" },
	{ "A\r: 1\n\n", "A: 1\r\n\r\n", "", "one before the colon goes as a blank does" },
	{ "A: 1\n\r \nB: 2\n\n", "A: 1\r\n  \r\nB: 2\r\n\r\n", "", "a line of CR and blanks folds" },
	{ "A: 1\n \nB: 2\n\n", "A: 1\r\n \r\nB: 2\r\n\r\n", "", "and so does one of blanks" },
	{ "A\v: 1\f\n\n", "A\v: 1\f\r\n\r\n", "", "VT and FF are no blanks" },
	{ ": 1\n :2\n\n", ": 1\r\n :2\r\n\r\n", "", "no name" },
};

static void repair(struct span in, size_t cut, struct buf *out, struct buf *body)
{
	struct header_repair h = { 0 };
	struct span parts[2] = { { in.at, cut }, { in.at + cut, in.len - cut } };

	for (size_t i = 0; i < 2; i++)
		if (header_repair_feed(&h, &parts[i], out))
			buf_add_span(body, parts[i]);
	header_repair_end(&h, out);
}

static void tables(void)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		int wrong = 0;
		for (size_t cut = 0; cut <= strlen(rows[i].in); cut++) {
			struct buf out = { 0 }, body = { 0 };
			repair(span_of(rows[i].in), cut, &out, &body);
			if (cut == 0) {
				is_text(buf_text(&out), rows[i].out, "%s", rows[i].what);
				is_text(buf_text(&body), rows[i].body, "and the body");
			}
			wrong += !span_eq(buf_span(&out), span_of(rows[i].out)) || !span_eq(buf_span(&body), span_of(rows[i].body));
			buf_free(&out);
			buf_free(&body);
		}
		is_int(wrong, 0, "however it is cut");
	}
}

/* What is kept back is bounded, and nothing of it is lost. */
static void many_blanks(void)
{
	struct buf in = { 0 }, out = { 0 }, body = { 0 };

	buf_add_text(&in, "Name");
	for (int i = 0; i < 5000; i++)
		buf_add_byte(&in, i % 2 ? '\r' : '\t');
	buf_add_text(&in, ": x\n\n");
	repair(buf_span(&in), 0, &out, &body);
	is_int(out.len, in.len + 2, "a crowd of blanks stays");
	ok(span_ends_nocase(buf_span(&out), SPAN("\t : x\r\n\r\n")), "to its end");
	buf_free(&in);
	buf_free(&out);
	buf_free(&body);
}

static void many_returns(void)
{
	struct buf in = { 0 }, out = { 0 }, body = { 0 };

	buf_add_text(&in, "A: x");
	for (int i = 0; i < 5000; i++)
		buf_add_byte(&in, '\r');
	buf_add_text(&in, "B: y\n\n");
	repair(buf_span(&in), 0, &out, &body);
	is_int(out.len, in.len + 2, "a crowd of CR becomes as many blanks");
	ok(memchr(out.at, '\r', 5004) == NULL, "all of them");
	buf_free(&in);
	buf_free(&out);
	buf_free(&body);
}

int main(void)
{
	tap_plan(73);
	tables();
	many_blanks();
	many_returns();
	return tap_done();
}
