#include "relay/bounce/quoted.h"

#include "base/utf8.h"

enum { COLUMNS = 76, WORD_MAX = 75 };

#define WORD_BEGIN "=?utf-8?q?"
#define WORD_END "?="

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

/* RFC 2047 section 5 (3) has the narrowest set, which is right everywhere. */
static bool stands_for_itself(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c && strchr("!*+-/", c));
}

static void add_word_bytes(struct buf *out, struct span character)
{
	for (size_t i = 0; i < character.len; i++)
		if (stands_for_itself(character.at[i]))
			buf_add_byte(out, character.at[i]);
		else
			buf_printf(out, "=%02X", (unsigned)(unsigned char)character.at[i]);
}

void quoted_words(struct span utf8, struct buf *out)
{
	size_t start = out->len;

	buf_add_text(out, WORD_BEGIN);
	for (size_t len; utf8.len > 0; utf8 = (struct span){ utf8.at + len, utf8.len - len }) {
		len = utf8_length(utf8);
		len = len ? len : 1;
		if (out->len - start + 3 * len + sizeof WORD_END - 1 > WORD_MAX) {
			buf_add_text(out, WORD_END "\r\n ");
			start = out->len;
			buf_add_text(out, WORD_BEGIN);
		}
		add_word_bytes(out, (struct span){ utf8.at, len });
	}
	buf_add_text(out, WORD_END);
}
