/* SPDX-License-Identifier: ISC */
#include "base/mail/line_ends.h"

static void skip_bytes(struct line_ends *l, struct span *piece, size_t bytes)
{
	*piece = span_between(piece->at + bytes, piece->at + piece->len);
	l->clear_bytes -= bytes < l->clear_bytes ? bytes : l->clear_bytes;
}

bool line_ends_next(struct line_ends *l, struct span *piece, struct line_part *out)
{
	while (piece->len > 0 && piece->at[0] == '\r') {
		skip_bytes(l, piece, 1);
		if (l->most > 0 && l->returns == l->most) {
			*out = (struct line_part){ .kind = LINE_PART_OVER, .returns = 1 };
			return true;
		}
		l->returns++;
	}
	if (piece->len == 0)
		return false;
	if (piece->at[0] == '\n') {
		*out = (struct line_part){ .kind = LINE_PART_END, .returns = l->returns };
		skip_bytes(l, piece, 1);
	} else if (l->returns > 0) {
		*out = (struct line_part){ .kind = LINE_PART_RETURNS, .returns = l->returns };
	} else {
		if (l->clear_bytes == 0) {
			const char *lf = memchr(piece->at, '\n', piece->len);
			l->clear_bytes = lf ? (size_t)(lf - piece->at) : piece->len;
		}
		const char *cr = memchr(piece->at, '\r', l->clear_bytes);
		struct span text = { piece->at, cr ? (size_t)(cr - piece->at) : l->clear_bytes };
		*out = (struct line_part){ .kind = LINE_PART_TEXT, .text = text };
		skip_bytes(l, piece, out->text.len);
		return true;
	}
	l->returns = 0;
	return true;
}
