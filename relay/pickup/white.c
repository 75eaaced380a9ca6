/* SPDX-License-Identifier: ISC */
#include "relay/pickup/white.h"

enum { HELD_MAX = 32 * 1024 };

static void add_without_blanks(struct white *w, struct buf *out)
{
	for (size_t i = 0; i < w->held.len; i++)
		if (!byte_is_blank(w->held.at[i]))
			buf_add_byte(out, w->held.at[i]);
	buf_clear(&w->held);
}

void white_add(struct white *w, struct span text, struct buf *out)
{
	size_t white = 0;

	/* White space in front is held back byte by byte, so that it is the same however it is cut. */
	for (; !w->has_text && white < text.len && byte_is_white(text.at[white]); white++) {
		buf_add_byte(&w->held, text.at[white]);
		if (w->held.len > HELD_MAX)
			add_without_blanks(w, out);
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
	add_without_blanks(w, out);
}

void white_free(struct white *w)
{
	buf_free(&w->held);
	*w = (struct white){ 0 };
}
