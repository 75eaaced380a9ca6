#include "relay/bounce/text.h"

#include <time.h>

static size_t column(const struct text *t)
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

size_t text_shown_bytes(char c)
{
	return (c >= 0x20 && c < 0x7f) || c == '\t' ? 1 : 4;
}

static void add_byte(struct text *t, char c, const char *indent)
{
	if (column(t) + text_shown_bytes(c) > LINE_MAX_BYTES) {
		text_end_line(t);
		buf_add_text(t->out, indent);
	}
	if (text_shown_bytes(c) == 1)
		buf_add_byte(t->out, c);
	else
		buf_printf(t->out, "\\x%02x", (unsigned)(unsigned char)c);
}

void text_foreign(struct text *t, struct span s, const char *indent)
{
	for (size_t i = 0; i < s.len; i++)
		add_byte(t, s.at[i], indent);
}

void text_wrapped(struct text *t, const char *indent, struct span words)
{
	buf_add_text(t->out, indent);
	for (bool first = true; words.at; first = false) {
		struct span word = span_cut(&words, ' ');
		if (!first && column(t) + 1 + word.len > COLUMNS) {
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

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct span next_word(struct span *rest)
{
	*rest = span_trim(*rest);
	struct span word = { rest->at, 0 };
	while (word.len < rest->len && !is_blank(rest->at[word.len]))
		word.len++;
	*rest = span_between(rest->at + word.len, rest->at + rest->len);
	return word;
}

/* Each folded line holds a word: one of blanks alone would end a field for some readers. */
void text_field(struct text *t, const char *name, struct span value)
{
	buf_printf(t->out, "%s:", name);
	for (struct span word; (word = next_word(&value)).len > 0;) {
		if (column(t) + 1 + word.len > COLUMNS && column(t) > strlen(name) + 1) {
			text_end_line(t);
			buf_add_text(t->out, "   ");
		}
		buf_add_byte(t->out, ' ');
		text_foreign(t, word, "    ");
	}
	text_end_line(t);
}

void text_date(struct buf *out, int64_t wall_ms)
{
	time_t seconds = (time_t)(wall_ms / 1000);
	struct tm utc;
	char text[64];

	gmtime_r(&seconds, &utc);
	strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S +0000", &utc);
	buf_add_text(out, text);
}

struct span text_clipped(const char *z, size_t max)
{
	return (struct span){ z, z ? strnlen(z, max) : 0 };
}
