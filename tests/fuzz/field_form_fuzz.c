/* SPDX-License-Identifier: ISC */
/*
 * The form in which a field leaves: ASCII unless it says that it needs
 * SMTPUTF8, no line over 998 bytes, no bare CR or LF, every fold before
 * something that is not blank, and its own form. In unstructured text a reader
 * written here, from RFC 2047 alone, finds the text that was given. The first
 * byte chooses the field and the charset.
 */
#include "base/buf.h"
#include "base/mail/encoded_word.h"
#include "base/mail/field_form.h"
#include "base/mail/message.h"
#include "base/utf8.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool condition)
{
	if (!condition)
		abort();
}

/* ---- a reader of encoded words ---- */

static int hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void decode_q(struct span s, struct buf *out)
{
	for (size_t i = 0; i < s.len; i++) {
		if (s.at[i] == '_') {
			buf_add_byte(out, ' ');
		} else if (s.at[i] == '=' && i + 2 < s.len && hex_digit(s.at[i + 1]) >= 0 && hex_digit(s.at[i + 2]) >= 0) {
			buf_add_byte(out, (char)(hex_digit(s.at[i + 1]) << 4 | hex_digit(s.at[i + 2])));
			i += 2;
		} else {
			buf_add_byte(out, s.at[i]);
		}
	}
}

static void decode_b(struct span s, struct buf *out)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	unsigned bits = 0, count = 0;

	for (size_t i = 0; i < s.len && s.at[i] != '='; i++) {
		const char *digit = s.at[i] ? strchr(digits, s.at[i]) : NULL;
		if (digit == NULL)
			continue;
		bits = bits << 6 | (unsigned)(digit - digits);
		count += 6;
		if (count >= 8)
			buf_add_byte(out, (char)(bits >> (count -= 8) & 0xff));
	}
}

/* The encoded word at the front of s, decoded; its length, or 0. */
static size_t decode_word(struct span s, struct buf *out)
{
	size_t end = 0;

	while (end < s.len && s.at[end] != ' ' && s.at[end] != '\t')
		end++;
	struct span rest = { s.at, end };
	if (end < 8 || end > 75 || !utf8_is_ascii(rest) || memcmp(s.at, "=?", 2) != 0 || memcmp(s.at + end - 2, "?=", 2) != 0)
		return 0;
	rest = (struct span){ s.at + 2, end - 4 };
	struct span charset = span_cut(&rest, '?'), encoding = span_cut(&rest, '?');
	if (rest.at == NULL || charset.len == 0 || encoding.len != 1 || memchr(rest.at, '?', rest.len))
		return 0;
	if (encoding.at[0] == 'q' || encoding.at[0] == 'Q')
		decode_q(rest, out);
	else if (encoding.at[0] == 'b' || encoding.at[0] == 'B')
		decode_b(rest, out);
	else
		return 0;
	return end;
}

/* Unfolded and decoded; blanks between encoded words go. */
static void read_text(struct span s, struct buf *out)
{
	struct buf text = { 0 };
	bool word_before = false;
	size_t blanks = 0;

	for (size_t i = 0; i < s.len; i++)
		if (s.at[i] != '\r' && s.at[i] != '\n')
			buf_add_byte(&text, s.at[i]);
	for (size_t i = 0; i < text.len;) {
		if (text.at[i] == ' ' || text.at[i] == '\t') {
			blanks++;
			i++;
			continue;
		}
		struct buf word = { 0 };
		struct span rest = { text.at + i, text.len - i };
		size_t len = decode_word(rest, &word);
		if (len == 0 || !word_before)
			buf_add(out, text.at + i - blanks, blanks);
		word_before = len > 0;
		if (len == 0)
			while (len < rest.len && rest.at[len] != ' ' && rest.at[len] != '\t')
				buf_add_byte(&word, rest.at[len++]);
		buf_add_span(out, buf_span(&word));
		buf_free(&word);
		blanks = 0;
		i += len;
	}
	buf_free(&text);
}

/* ---- what holds of every form ---- */

static void check_lines(struct span field)
{
	while (field.at) {
		struct span line = span_cut(&field, '\n');
		if (field.at == NULL)
			break;
		expect(line.len > 0 && line.at[line.len - 1] == '\r');
		line.len--;
		expect(line.len <= MESSAGE_LINE_MAX && memchr(line.at, '\r', line.len) == NULL);
	}
}

/* With CRLF before a blank as the only line ends, and no other controls, as pickup hands it on. */
static void make_value(struct span data, struct buf *out)
{
	for (size_t i = 0; i < data.len; i++) {
		char c = data.at[i];
		if (c == '\n')
			buf_add_text(out, "\r\n ");
		else
			buf_add_byte(out, c == '\r' || c == '\0' || c == '\v' || c == '\f' ? ' ' : c);
	}
}

static const char *const names[] = {
	"Subject", "From", "To", "Keywords", "Content-Type", "Content-Disposition", "Message-ID", "List-Help", "Date", "X-Odd",
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf value = { 0 }, once = { 0 }, twice = { 0 }, meant = { 0 }, got = { 0 }, words = { 0 };
	bool utf8 = false, again = false;

	if (size < 1)
		return 0;
	struct span name = span_of(names[data[0] % (sizeof names / sizeof names[0])]);
	struct span charset = data[0] & 0x80 ? SPAN("iso-8859-1") : SPAN("shift_jis");
	make_value((struct span){ (const char *)data + 1, size - 1 }, &value);
	if (field_form_write(name, buf_span(&value), charset, &utf8, &once, NULL) == 0) {
		expect(once.len > name.len + 2 && once.at[once.len - 1] == '\n');
		check_lines(buf_span(&once));
		expect(utf8_is_valid(buf_span(&once)) && (utf8 || utf8_is_ascii(buf_span(&once))));
		struct span form = { once.at + name.len + 1, once.len - name.len - 3 };
		expect(field_form_write(name, form, charset, &again, &twice, NULL) == 0);
		expect(utf8 || span_eq(buf_span(&twice), buf_span(&once)));
		read_text(buf_span(&value), &meant);
		read_text(form, &got);
		if (field_grammar_of(name) == FIELD_TEXT && encoded_text_read(form, &words))
			expect(span_eq(span_trim(buf_span(&words)), span_trim(buf_span(&got))));
		if (field_grammar_of(name) == FIELD_TEXT && size < MESSAGE_LINE_MAX)
			expect(span_eq(span_trim(buf_span(&got)), span_trim(buf_span(&meant))));
	} else {
		expect(once.len == 0);
	}
	buf_free(&value);
	buf_free(&once);
	buf_free(&twice);
	buf_free(&meant);
	buf_free(&got);
	buf_free(&words);
	return 0;
}
