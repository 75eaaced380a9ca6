/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "base/buf.h"
#include "base/mail/line_ends.h"

/* What comes of it: text as it is, "$" and the number of CR for an end, "~" and the number for others, "^" for one over. */
static const struct row {
	struct span in;
	size_t most;
	const char *want;
	size_t left;
} rows[] = {
	{ SPAN(""), 0, "", 0 },
	{ SPAN("ab"), 0, "ab", 0 },
	{ SPAN("ab\ncd\n"), 0, "ab$0cd$0", 0 },
	{ SPAN("ab\r\ncd"), 0, "ab$1cd", 0 },
	{ SPAN("ab\r\r\r\n\r\n\n"), 0, "ab$3$1$0", 0 },
	{ SPAN("a\rb\r\rc"), 0, "a~1b~2c", 0 },
	{ SPAN("\ra\r\n"), 0, "~1a$1", 0 },
	{ SPAN("a\r"), 0, "a", 1 },
	{ SPAN("\r\r\r"), 0, "", 3 },
	{ SPAN("\n\r"), 0, "$0", 1 },
	{ SPAN("a\0\r\n"), 0, "a.$1", 0 },
	{ SPAN("\r\r\r\r\n"), 4, "$4", 0 },
	{ SPAN("\r\r\r\r\r\n"), 4, "^$4", 0 },
	{ SPAN("\r\r\r\r\r\ra"), 4, "^^~4a", 0 },
	{ SPAN("\r\r\r\r\r\r"), 4, "^^", 4 },
	{ SPAN("\r\r\r\r\r\n"), 0, "$5", 0 },
};

static void take(struct line_ends *l, struct span piece, struct buf *out)
{
	struct line_part part;

	while (line_ends_next(l, &piece, &part))
		switch (part.kind) {
		case LINE_PART_TEXT:
			for (size_t i = 0; i < part.text.len; i++)
				buf_add_byte(out, part.text.at[i] ? part.text.at[i] : '.');
			break;
		case LINE_PART_END:
			buf_printf(out, "$%zu", part.returns);
			break;
		case LINE_PART_RETURNS:
			buf_printf(out, "~%zu", part.returns);
			break;
		case LINE_PART_OVER:
			buf_printf(out, part.returns == 1 ? "^" : "^%zu", part.returns);
			break;
		}
}

/* However it is cut in three. */
static void cuts(const struct row *r)
{
	int wrong = 0;

	for (size_t first = 0; first <= r->in.len; first++)
		for (size_t second = first; second <= r->in.len; second++) {
			struct line_ends l = { .most = r->most };
			struct buf out = { 0 };
			take(&l, (struct span){ r->in.at, first }, &out);
			take(&l, (struct span){ r->in.at + first, second - first }, &out);
			take(&l, (struct span){ r->in.at + second, r->in.len - second }, &out);
			if (first == 0 && second == 0) {
				is_text(buf_text(&out), r->want, "row %d", (int)(r - rows));
				is_int(l.returns, r->left, "kept back at the end");
			}
			wrong += !span_eq(buf_span(&out), span_of(r->want)) || l.returns != r->left;
			buf_free(&out);
		}
	is_int(wrong, 0, "however it is cut");
}

int main(void)
{
	tap_plan(3 * TAP_ROWS(rows));
	for (int i = 0; i < TAP_ROWS(rows); i++)
		cuts(&rows[i]);
	return tap_done();
}
