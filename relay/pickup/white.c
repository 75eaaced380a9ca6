/* SPDX-License-Identifier: ISC */
#include "relay/pickup/white.h"

enum { HELD_MAX = 32 * 1024 };

/* Nothing but line ends; a CR at the very end may yet be a part of one, if more comes. */
static void add_line_ends(struct white *w, bool more, struct buf *out)
{
	struct span held = buf_span(&w->held);
	bool open = more && held.len > 0 && held.at[held.len - 1] == '\r';

	for (size_t i = 0; i + 1 < held.len; i++)
		if (held.at[i] == '\r' && held.at[i + 1] == '\n')
			buf_add_text(out, "\r\n");
	buf_clear(&w->held);
	if (open)
		buf_add_byte(&w->held, '\r');
}

void white_add(struct white *w, struct span text, struct buf *out)
{
	size_t white = 0;

	/* White space in front is held back byte by byte, so that it is the same however it is cut. */
	for (; !w->has_text && white < text.len && byte_is_white(text.at[white]); white++) {
		buf_add_byte(&w->held, text.at[white]);
		if (w->held.len > HELD_MAX)
			add_line_ends(w, true, out);
	}
	if (white == text.len)
		return;
	if (!w->has_text) {
		w->has_text = true;
		buf_add_span(out, buf_span(&w->held));
		buf_clear(&w->held);
	}
	buf_add_span(out, span_between(text.at + white, text.at + text.len));
}

void white_finish(struct white *w, struct buf *out)
{
	add_line_ends(w, false, out);
}

void white_free(struct white *w)
{
	buf_free(&w->held);
	*w = (struct white){ 0 };
}
