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

/* Holds back the white space in front, byte by byte, so that it is the same however it is cut; returns its length. */
static size_t hold_white(struct white *w, struct span text, struct buf *out)
{
	size_t len = 0;

	for (; len < text.len && byte_is_white(text.at[len]); len++) {
		buf_add_byte(&w->held, text.at[len]);
		if (w->held.len > HELD_MAX)
			add_without_blanks(w, out);
	}
	return len;
}

void white_add(struct white *w, struct span text, struct buf *out)
{
	size_t white = w->has_text ? 0 : hold_white(w, text, out);

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
