/* SPDX-License-Identifier: ISC */
#include "relay/bounce/quoted.h"

enum { COLUMNS = 76 };

void quoted_write(struct span s, struct buf *out)
{
	size_t column = 0;

	for (size_t i = 0; i < s.len; i++) {
		char c = s.at[i];
		if (s.len - i >= 2 && c == '\r' && s.at[i + 1] == '\n') {
			buf_add_text(out, "\r\n");
			column = 0;
			i++;
			continue;
		}
		/* A blank at a line's end would be lost on its way. */
		bool last = i + 1 == s.len || s.at[i + 1] == '\r';
		bool plain = c == '\t' || c == ' ' ? !last : c > ' ' && c <= '~' && c != '=';
		size_t width = plain ? 1 : 3;
		if (column + width > COLUMNS - 1) {
			buf_add_text(out, "=\r\n");
			column = 0;
		}
		if (plain)
			buf_add_byte(out, c);
		else
			buf_printf(out, "=%02X", (unsigned)(unsigned char)c);
		column += width;
	}
}
