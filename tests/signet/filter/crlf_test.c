/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "signet/filter/crlf.h"

enum { MANY = 1003 };

/* What becomes of it: a body to be signed, and what was signed elsewhere. */
static const struct row {
	const char *in, *repaired, *kept;
} rows[] = {
	{ "", "", "" },
	{ "a\nb\n", "a\r\nb\r\n", "a\r\nb\r\n" },
	{ "a\r\nb\r\n", "a\r\nb\r\n", "a\r\nb\r\n" },
	{ "a\r\r\nb", "a\r\nb\r\n", "a\r\r\nb" },
	{ "a\r\r\r\n", "a\r\n", "a\r\r\r\n" },
	{ "a\rb", "a\r\nb\r\n", "a\rb" },
	{ "a\r\rb\n", "a\r\n\r\nb\r\n", "a\r\rb\r\n" },
	{ "a\r", "a\r\n", "a\r" },
	{ "a\n\r", "a\r\n\r\n", "a\r\n\r" },
	{ "\r", "\r\n", "\r" },
	{ "\r\ra", "\r\n\r\na\r\n", "\r\ra" },
	{ "\n\n", "\r\n\r\n", "\r\n\r\n" },
};

static void feed(enum crlf_kind kind, struct span in, size_t cut, struct buf *out)
{
	struct crlf c = { .kind = kind };

	crlf_feed(&c, (struct span){ in.at, cut }, out);
	crlf_feed(&c, (struct span){ in.at + cut, in.len - cut }, out);
	crlf_end(&c, out);
}

static void is_made(enum crlf_kind kind, const char *in, const char *want)
{
	int wrong = 0;

	for (size_t cut = 0; cut <= strlen(in); cut++) {
		struct buf out = { 0 };
		feed(kind, span_of(in), cut, &out);
		if (cut == 0)
			is_text(buf_text(&out), want, kind == CRLF_REPAIR ? "to be signed" : "signed elsewhere");
		wrong += strcmp(buf_text(&out), want) != 0;
		buf_free(&out);
	}
	is_int(wrong, 0, "however it is cut");
}

/* More CR than are kept back. */
static void many_returns(void)
{
	struct buf in = { 0 }, out = { 0 };

	for (int i = 0; i < MANY; i++)
		buf_add_byte(&in, '\r');
	buf_add_byte(&in, '\n');
	feed(CRLF_REPAIR, buf_span(&in), 5, &out);
	is_int(out.len, 2 * (MANY - LINE_ENDS_MOST + 1), "those over the bound are lines");
	buf_clear(&out);
	feed(CRLF_FROM_LF, buf_span(&in), 5, &out);
	is_span(buf_span(&out), buf_span(&in), "and stay where nothing is to be touched");
	buf_free(&in);
	buf_free(&out);
}

int main(void)
{
	tap_plan(4 * TAP_ROWS(rows) + 2);
	for (int i = 0; i < TAP_ROWS(rows); i++) {
		is_made(CRLF_REPAIR, rows[i].in, rows[i].repaired);
		is_made(CRLF_FROM_LF, rows[i].in, rows[i].kept);
	}
	many_returns();
	return tap_done();
}
