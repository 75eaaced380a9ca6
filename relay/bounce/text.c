/* SPDX-License-Identifier: ISC */
#include "relay/bounce/text.h"

#include "base/utf8.h"

static size_t text_column(const struct text *t)
{
	return t->out->len - t->line_start;
}

void text_end_line(struct text *t)
{
	buf_add_text(t->out, "\r\n");
	t->line_start = t->out->len;
}

void text_line(struct text *t, const char *words)
{
	buf_add_text(t->out, words);
	text_end_line(t);
}

size_t text_shown(const struct text *t, struct span s)
{
	unsigned char c = (unsigned char)s.at[0];

	if (c < 0x80)
		return (c >= 0x20 && c < 0x7f) || c == '\t';
	size_t len = t->utf8 ? utf8_length(s) : 0;
	return len > 0 && utf8_is_harmless(utf8_code((struct span){ s.at, len })) ? len : 0;
}

void text_foreign(struct text *t, struct span s, const char *indent)
{
	for (size_t len; s.len > 0; s = (struct span){ s.at + len, s.len - len }) {
		size_t shown = text_shown(t, s);
		len = shown ? shown : 1;
		if (text_column(t) + (shown ? shown : 4) > LINE_MAX_BYTES) {
			text_end_line(t);
			buf_add_text(t->out, indent);
		}
		if (shown)
			buf_add(t->out, s.at, len);
		else
			buf_printf(t->out, "\\x%02x", (unsigned)(unsigned char)s.at[0]);
	}
}

void text_wrapped(struct text *t, const char *indent, struct span words)
{
	buf_add_text(t->out, indent);
	for (bool first = true; words.at; first = false) {
		struct span word = span_cut(&words, ' ');
		if (!first && text_column(t) + 1 + word.len > COLUMNS) {
			text_end_line(t);
			buf_add_text(t->out, indent);
		} else if (!first) {
			buf_add_byte(t->out, ' ');
		}
		text_foreign(t, word, indent);
	}
	text_end_line(t);
}

void text_prose(struct text *t, const char *indent, const char *format, ...)
{
	struct buf words = { 0 };
	va_list ap;

	va_start(ap, format);
	buf_vprintf(&words, format, ap);
	va_end(ap);
	text_wrapped(t, indent, buf_span(&words));
	buf_free(&words);
}

void text_paragraphs(struct text *t, const char *indent, struct span lines)
{
	while (lines.at) {
		struct span line = span_trim(span_cut(&lines, '\n'));
		if (line.len > 0)
			text_wrapped(t, indent, line);
	}
}

/* Each folded line holds a word: one of blanks alone would end a field for some readers. */
void text_field(struct text *t, const char *name, struct span value)
{
	buf_printf(t->out, "%s:", name);
	for (struct span word; (word = span_word(&value)).len > 0;) {
		if (text_column(t) + 1 + word.len > COLUMNS && text_column(t) > strlen(name) + 1) {
			text_end_line(t);
			buf_add_text(t->out, "   ");
		}
		buf_add_byte(t->out, ' ');
		text_foreign(t, word, "    ");
	}
	text_end_line(t);
}

struct span text_clipped(const char *z, size_t max)
{
	return (struct span){ z, z ? strnlen(z, max) : 0 };
}
