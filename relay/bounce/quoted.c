#include "relay/bounce/quoted.h"

enum { COLUMNS = 76 };

static void add_quoted_byte(struct buf *out, size_t *column, char c, bool last)
{
	bool plain = c == '\t' || (c >= ' ' && c <= '~' && c != '=');

	/* a blank at a line's end would be lost on its way */
	if (last && (c == ' ' || c == '\t'))
		plain = false;
	if (*column + (plain ? 1 : 3) > COLUMNS - 1) {
		buf_add_text(out, "=\r\n");
		*column = 0;
	}
	if (plain)
		buf_add_byte(out, c);
	else
		buf_printf(out, "=%02X", (unsigned)(unsigned char)c);
	*column += plain ? 1 : 3;
}

void quoted_write(struct span s, struct buf *out)
{
	size_t column = 0;

	for (size_t i = 0; i < s.len; i++) {
		bool line_ends = s.len - i >= 2 && s.at[i] == '\r' && s.at[i + 1] == '\n';
		if (line_ends) {
			buf_add_text(out, "\r\n");
			column = 0;
			i++;
			continue;
		}
		add_quoted_byte(out, &column, s.at[i], i + 1 == s.len || s.at[i + 1] == '\r');
	}
}
