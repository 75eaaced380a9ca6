#include "signet/header_repair.h"

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

static void end_line(struct header_repair *h, struct buf *out)
{
	h->carriage_returns = 0;
	release_blanks(h, out);
	buf_add_text(out, "\r\n");
	h->place = h->place == HEADER_LINE_START ? HEADER_ENDED : HEADER_LINE_START;
}

/* No LF followed. */
static void release_returns(struct header_repair *h, struct buf *out)
{
	for (; h->carriage_returns > 0; h->carriage_returns--)
		take_blank(h, ' ', out);
}

bool header_repair_feed(struct header_repair *h, struct span *piece, struct buf *out)
{
	while (h->place != HEADER_ENDED && piece->len > 0) {
		char c = piece->at[0];
		*piece = (struct span){ piece->at + 1, piece->len - 1 };
		if (c == '\r' && h->carriage_returns < HELD_MAX) {
			h->carriage_returns++;
		} else if (c == '\n') {
			end_line(h, out);
		} else {
			release_returns(h, out);
			take_byte(h, c == '\r' ? ' ' : c, out);
		}
	}
	return h->place == HEADER_ENDED;
}

void header_repair_end(struct header_repair *h, struct buf *out)
{
	while (h->place != HEADER_ENDED)
		end_line(h, out);
	buf_free(&h->blanks);
}
