#include "signet/crlf.h"

static void end_line(struct crlf *c, struct buf *out)
{
	buf_add_text(out, "\r\n");
	c->in_line = false;
}

/* No LF followed. */
static void release(struct crlf *c, struct buf *out)
{
	for (; c->carriage_returns > 0; c->carriage_returns--) {
		if (c->kind == CRLF_REPAIR)
			end_line(c, out);
		else
			buf_add_byte(out, '\r');
	}
}

static void take_lf(struct crlf *c, struct buf *out)
{
	if (c->carriage_returns > 0)
		c->carriage_returns--;
	if (c->kind == CRLF_REPAIR)
		c->carriage_returns = 0;
	release(c, out);
	end_line(c, out);
}

static void take_text(struct crlf *c, struct span text, struct buf *out)
{
	if (text.len == 0)
		return;
	release(c, out);
	buf_add_span(out, text);
	c->in_line = true;
}

void crlf_feed(struct crlf *c, struct span piece, struct buf *out)
{
	while (piece.len > 0) {
		const char *lf = memchr(piece.at, '\n', piece.len);
		size_t len = lf ? (size_t)(lf - piece.at) : piece.len;
		const char *cr = memchr(piece.at, '\r', len);
		struct span text = { piece.at, cr ? (size_t)(cr - piece.at) : len };
		take_text(c, text, out);
		piece = span_between(piece.at + text.len, piece.at + piece.len);
		if (piece.len == 0)
			break;
		if (piece.at[0] == '\r')
			c->carriage_returns++;
		else
			take_lf(c, out);
		piece = span_between(piece.at + 1, piece.at + piece.len);
	}
}

void crlf_end(struct crlf *c, struct buf *out)
{
	release(c, out);
	if (c->kind == CRLF_REPAIR && c->in_line)
		end_line(c, out);
}
