#include "signet/crlf.h"

enum { HELD_MAX = 1000 };   /* as relay/pickup has it */

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

/* A CR more than can be held is none of those before an LF. */
static void take_cr(struct crlf *c, struct buf *out)
{
	if (c->carriage_returns < HELD_MAX)
		c->carriage_returns++;
	else if (c->kind == CRLF_REPAIR)
		end_line(c, out);
	else
		buf_add_byte(out, '\r');
}

static void take_text(struct crlf *c, struct span text, struct buf *out)
{
	if (text.len == 0)
		return;
	release(c, out);
	buf_add_span(out, text);
	c->in_line = true;
}

/* What has no LF in it. */
static void take_line(struct crlf *c, struct span line, struct buf *out)
{
	while (line.len > 0) {
		const char *cr = memchr(line.at, '\r', line.len);
		struct span text = span_between(line.at, cr ? cr : line.at + line.len);
		take_text(c, text, out);
		if (cr)
			take_cr(c, out);
		line = span_between(line.at + text.len + (cr != NULL), line.at + line.len);
	}
}

/* Each byte is looked at twice and no more, however many CR there are. */
void crlf_feed(struct crlf *c, struct span piece, struct buf *out)
{
	while (piece.len > 0) {
		const char *lf = memchr(piece.at, '\n', piece.len);
		struct span line = span_between(piece.at, lf ? lf : piece.at + piece.len);
		take_line(c, line, out);
		if (lf)
			take_lf(c, out);
		piece = span_between(piece.at + line.len + (lf != NULL), piece.at + piece.len);
	}
}

void crlf_end(struct crlf *c, struct buf *out)
{
	release(c, out);
	if (c->kind == CRLF_REPAIR && c->in_line)
		end_line(c, out);
}
