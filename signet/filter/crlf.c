/* SPDX-License-Identifier: ISC */
#include "signet/filter/crlf.h"

static void add_line_end(struct crlf *c, struct buf *out)
{
	buf_add_text(out, "\r\n");
	c->in_line = false;
}

/* No LF followed. */
static void add_returns(struct crlf *c, size_t count, struct buf *out)
{
	for (; count > 0; count--) {
		if (c->kind == CRLF_REPAIR)
			add_line_end(c, out);
		else
			buf_add_byte(out, '\r');
	}
}

void crlf_feed(struct crlf *c, struct span piece, struct buf *out)
{
	struct line_part part;

	c->ends.most = LINE_ENDS_MOST;
	while (line_ends_next(&c->ends, &piece, &part))
		switch (part.kind) {
		case LINE_PART_TEXT:
			buf_add_span(out, part.text);
			c->in_line = true;
			break;
		case LINE_PART_END:
			if (c->kind == CRLF_FROM_LF && part.returns > 1)
				add_returns(c, part.returns - 1, out);
			add_line_end(c, out);
			break;
		case LINE_PART_RETURNS:
		case LINE_PART_OVER:
			add_returns(c, part.returns, out);
			break;
		}
}

void crlf_end(struct crlf *c, struct buf *out)
{
	add_returns(c, c->ends.returns, out);
	if (c->kind == CRLF_REPAIR && c->in_line)
		add_line_end(c, out);
}
