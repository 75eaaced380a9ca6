/* SPDX-License-Identifier: ISC */
#include "signet/filter/header_repair.h"

enum { HELD_MAX = 1000 };

static void release_blanks(struct header_repair *h, struct buf *out)
{
	buf_add_span(out, buf_span(&h->blanks));
	buf_clear(&h->blanks);
}

/* A blank may be of the value, or stand before the colon, or fold the line. */
static void take_blank(struct header_repair *h, char c, struct buf *out)
{
	if (h->place == HEADER_NAME)
		h->place = HEADER_BLANKS;
	if (h->place == HEADER_BLANKS && h->blanks.len < HELD_MAX) {
		buf_add_byte(&h->blanks, c);
		return;
	}
	release_blanks(h, out);
	buf_add_byte(out, c);
	h->place = HEADER_VALUE;
}

static void take_byte(struct header_repair *h, char c, struct buf *out)
{
	if (byte_is_blank(c)) {
		take_blank(h, c, out);
		return;
	}
	if (h->place == HEADER_BLANKS && c == ':')
		buf_clear(&h->blanks);
	release_blanks(h, out);
	buf_add_byte(out, c);
	bool in_name = c != ':' && (h->place == HEADER_LINE_START || h->place == HEADER_NAME);
	h->place = in_name ? HEADER_NAME : HEADER_VALUE;
}

static void end_header_line(struct header_repair *h, struct buf *out)
{
	release_blanks(h, out);
	buf_add_text(out, "\r\n");
	h->place = h->place == HEADER_LINE_START ? HEADER_ENDED : HEADER_LINE_START;
}

bool header_repair_feed(struct header_repair *h, struct span *piece, struct buf *out)
{
	struct line_part part;

	while (h->place != HEADER_ENDED && line_ends_next(&h->ends, piece, &part)) {
		if (part.kind == LINE_PART_END)
			end_header_line(h, out);
		for (size_t i = 0; i < part.text.len; i++)
			take_byte(h, part.text.at[i], out);
		for (size_t i = 0; part.kind == LINE_PART_RETURNS && i < part.returns; i++)
			take_blank(h, ' ', out);
	}
	return h->place == HEADER_ENDED;
}

void header_repair_end(struct header_repair *h, struct buf *out)
{
	while (h->place != HEADER_ENDED)
		end_header_line(h, out);
	buf_free(&h->blanks);
}
