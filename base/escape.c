/* SPDX-License-Identifier: ISC */
#include "base/escape.h"

static void add_escaped(struct buf *out, struct span s, bool tab_is_blank)
{
	for (size_t k = 0; k < s.len; k++) {
		unsigned char c = (unsigned char)s.at[k];
		if (c == '\t' && tab_is_blank)
			buf_add_byte(out, ' ');
		else if (c >= 0x20 && c < 0x7f && c != '\\')
			buf_add_byte(out, (char)c);
		else
			buf_printf(out, "\\x%02x", c);
	}
}

void escape(struct buf *out, struct span s)
{
	add_escaped(out, s, false);
}

void escape_for_terminal(struct buf *out, struct span s)
{
	add_escaped(out, s, true);
}
