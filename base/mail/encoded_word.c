/* SPDX-License-Identifier: ISC */
#include "base/mail/encoded_word.h"

#include "base/base64.h"
#include "base/utf8.h"

#include <stdint.h>

enum {
	WORD_MAX = 75,            /* RFC 2047 section 2 */
	CHARSET_MAX = 32,         /* longer than any that is registered with a use in mail */
	PAYLOAD_LEAST = 16,       /* less room on a line is not worth a word */
};

/* ---- charsets ---- */

/* How many bytes make one character. */
enum characters { ONE_BYTE, AS_UTF8, DOUBLE_BYTE, AS_EUC, AS_SHIFT_JIS, NOT_HERE };

/* By the beginning of their names; NOT_HERE are those that such bytes cannot be, or that are not a superset of ASCII. */
static const struct {
	const char *prefix;
	enum characters characters;
} charsets[] = {
	{ "utf-8", AS_UTF8 }, { "utf", NOT_HERE }, { "unicode", NOT_HERE }, { "ucs", NOT_HERE }, { "iso-10646", NOT_HERE },
	{ "us-ascii", NOT_HERE }, { "ascii", NOT_HERE }, { "ansi_x3", NOT_HERE }, { "iso-2022", NOT_HERE }, { "iso2022", NOT_HERE },
	{ "hz", NOT_HERE }, { "ebcdic", NOT_HERE }, { "euc", AS_EUC }, { "shift", AS_SHIFT_JIS }, { "sjis", AS_SHIFT_JIS },
	{ "windows-31j", AS_SHIFT_JIS }, { "cp932", AS_SHIFT_JIS }, { "big5", DOUBLE_BYTE }, { "gb", DOUBLE_BYTE },
	{ "cp936", DOUBLE_BYTE }, { "windows-936", DOUBLE_BYTE }, { "ks_c", DOUBLE_BYTE }, { "cp949", DOUBLE_BYTE },
	{ "windows-949", DOUBLE_BYTE }, { "cp950", DOUBLE_BYTE },
};

static enum characters characters_of(struct span charset)
{
	for (size_t i = 0; i < sizeof charsets / sizeof charsets[0]; i++)
		if (span_starts_nocase(charset, span_of(charsets[i].prefix)))
			return charsets[i].characters;
	return ONE_BYTE;
}

static bool is_charset_name(struct span name)
{
	for (size_t i = 0; i < name.len; i++)
		if (!byte_is_letter_or_digit(name.at[i]) && (name.at[i] == '\0' || !strchr("-_.:+", name.at[i])))
			return false;
	return name.len > 0 && name.len <= CHARSET_MAX;
}

struct span encoded_charset(struct span text, struct span named)
{
	if (utf8_is_valid(text))
		return SPAN("utf-8");
	enum characters characters = characters_of(named);
	if (is_charset_name(named) && characters != AS_UTF8 && characters != NOT_HERE)
		return named;
	return SPAN("unknown-8bit");
}

/* At the front of text, which is not empty; what is not a character counts byte by byte. */
static size_t character_length(struct span text, enum characters characters)
{
	unsigned char lead = (unsigned char)text.at[0], second = text.len > 1 ? (unsigned char)text.at[1] : 0;
	size_t length = 2;

	if (characters == AS_UTF8)
		length = utf8_length(text);
	else if (characters == ONE_BYTE || lead < 0x81 || (characters == AS_SHIFT_JIS && lead > 0x9f && lead < 0xe0))
		length = 1;
	else if (characters == AS_EUC && lead == 0x8f)
		length = 3;
	else if ((characters == AS_EUC && lead == 0x8e && second >= 0xa1 && second <= 0xb0) ||
	         (characters == DOUBLE_BYTE && second >= '0' && second <= '9'))
		length = 4;
	return length > 0 && length <= text.len ? length : 1;
}

/* ---- words ---- */

/* RFC 2047 section 5 (3) has the narrowest set, which is right everywhere. */
static bool stands_for_itself(char c)
{
	return byte_is_letter_or_digit(c) || (c && strchr("!*+-/", c));
}

static size_t q_length(struct span s)
{
	size_t length = 0;

	for (size_t i = 0; i < s.len; i++)
		length += stands_for_itself(s.at[i]) || s.at[i] == ' ' ? 1 : 3;
	return length;
}

static size_t b_length(size_t bytes)
{
	return (bytes + 2) / 3 * 4;
}

static void add_q(struct span s, struct buf *out)
{
	for (size_t i = 0; i < s.len; i++)
		if (stands_for_itself(s.at[i]))
			buf_add_byte(out, s.at[i]);
		else if (s.at[i] == ' ')
			buf_add_byte(out, '_');
		else
			buf_printf(out, "=%02X", (unsigned char)s.at[i]);
}

/* How much of text goes into a word of that many bytes, encoded; a character at least. */
static size_t fitting_bytes(struct span text, enum characters characters, bool q, size_t room)
{
	size_t taken = 0, q_taken = 0;

	while (taken < text.len) {
		struct span rest = { text.at + taken, text.len - taken };
		size_t length = character_length(rest, characters);
		q_taken += q_length((struct span){ rest.at, length });
		if (taken > 0 && (q ? q_taken : b_length(taken + length)) > room)
			break;
		taken += length;
	}
	return taken;
}

void encoded_words(struct span text, struct span charset, size_t column, struct buf *out)
{
	enum characters characters = characters_of(charset);
	bool q = q_length(text) <= b_length(text.len);
	size_t frame = strlen("=??q?\?=") + charset.len;
	size_t room = WORD_MAX - frame;

	if (column + frame + PAYLOAD_LEAST <= ENCODED_LINE_MAX && ENCODED_LINE_MAX - column - frame < room)
		room = ENCODED_LINE_MAX - column - frame;
	while (text.len > 0) {
		struct span part = { text.at, fitting_bytes(text, characters, q, room) };
		buf_printf(out, "=?%.*s?%c?", (int)charset.len, charset.at, q ? 'q' : 'b');
		(q ? add_q : base64_encode)(part, out);
		buf_add_text(out, "?=");
		text = (struct span){ text.at + part.len, text.len - part.len };
		if (text.len > 0)
			buf_add_text(out, "\r\n ");
		room = WORD_MAX - frame;
	}
}

size_t encoded_word_length(struct span text)
{
	size_t i = 2, marks = 0, from = 2;

	if (!span_starts_nocase(text, SPAN("=?")))
		return 0;
	for (; i < text.len && text.at[i] > ' ' && text.at[i] < 0x7f; i++) {
		if (text.at[i] != '?')
			continue;
		size_t len = i - from;
		if (++marks == 3)
			return i + 1 < text.len && text.at[i + 1] == '=' ? i + 2 : 0;
		if (marks == 1 ? !is_charset_name((struct span){ text.at + from, len }) : len != 1 || !strchr("qQbB", text.at[from]))
			return 0;
		from = i + 1;
	}
	return 0;
}

bool encoded_word_is(struct span word)
{
	if (word.len < strlen("=?x?q?\?=") || word.len > WORD_MAX || !span_starts_nocase(word, SPAN("=?")) ||
	    !span_ends_nocase(word, SPAN("?=")))
		return false;
	struct span rest = { word.at + 2, word.len - 4 };
	struct span charset = span_cut(&rest, '?');
	if (charset.len == 0 || rest.at == NULL)
		return false;
	struct span encoding = span_cut(&rest, '?');
	return encoding.len == 1 && strchr("qQbB", encoding.at[0]) && rest.at && !memchr(rest.at, '?', rest.len);
}

/* ---- reading them ---- */

static bool read_q(struct span s, struct buf *out)
{
	for (size_t i = 0; i < s.len; i++) {
		if (s.at[i] != '=') {
			buf_add_byte(out, s.at[i] == '_' ? ' ' : s.at[i]);
			continue;
		}
		int high = i + 2 < s.len ? byte_hex_value(s.at[i + 1]) : -1;
		int low = i + 2 < s.len ? byte_hex_value(s.at[i + 2]) : -1;
		if (high < 0 || low < 0)
			return false;
		buf_add_byte(out, (char)(high << 4 | low));
		i += 2;
	}
	return true;
}

static bool read_b(struct span s, struct buf *out)
{
	uint32_t bits = 0;
	unsigned count = 0;

	while (s.len > 0 && s.at[s.len - 1] == '=')
		s.len--;
	for (size_t i = 0; i < s.len; i++) {
		int value = base64_digit_value(s.at[i]);
		if (value < 0)
			return false;
		bits = (bits << 6 | (uint32_t)value) & 0xffffff;
		count += 6;
		if (count < 8)
			continue;
		count -= 8;
		buf_add_byte(out, (char)(bits >> count & 0xff));
	}
	return true;
}

/* word is one (encoded_word_length). */
static bool read_word(struct span word, struct buf *out)
{
	struct span rest = { word.at + 2, word.len - 4 };
	struct span charset = span_cut(&rest, '?'), encoding = span_cut(&rest, '?');
	size_t before = out->len;
	bool good = byte_lower(encoding.at[0]) == 'q' ? read_q(rest, out) : read_b(rest, out);

	return good && (span_eq_nocase(charset, SPAN("utf-8")) || span_eq_nocase(charset, SPAN("us-ascii"))) &&
	       utf8_is_valid(span_between(out->at + before, out->at + out->len));
}

bool encoded_text_read(struct span value, struct buf *out)
{
	struct buf text = { 0 };
	bool good = true, behind = false;
	size_t i = 0;

	for (size_t k = 0; k < value.len; k++)
		if (value.at[k] != '\r' && value.at[k] != '\n')
			buf_add_byte(&text, value.at[k]);
	while (good && i < text.len) {
		size_t gap = i;
		while (i < text.len && byte_is_blank(text.at[i]))
			i++;
		size_t from = i;
		while (i < text.len && !byte_is_blank(text.at[i]))
			i++;
		struct span word = { text.at + from, i - from };
		bool encoded = encoded_word_is(word) || (word.len > 0 && encoded_word_length(word) == word.len);
		if (!behind || !encoded)
			buf_add(out, text.at + gap, from - gap);
		if (encoded)
			good = read_word(word, out);
		else
			buf_add_span(out, word);
		behind = encoded;
	}
	buf_free(&text);
	return good;
}

/* ---- parameters ---- */

/* RFC 2231 section 7: attribute-char. */
static bool is_attribute_char(char c)
{
	return byte_is_letter_or_digit(c) || (c && strchr("!#$&+-.^_`|~", c));
}

static size_t percent_length(struct span s)
{
	size_t length = 0;

	for (size_t i = 0; i < s.len; i++)
		length += is_attribute_char(s.at[i]) ? 1 : 3;
	return length;
}

static void add_percent(struct span s, struct buf *out)
{
	for (size_t i = 0; i < s.len; i++)
		buf_printf(out, is_attribute_char(s.at[i]) ? "%c" : "%%%02X", (unsigned char)s.at[i]);
}

/* The charset stands in the first section alone. */
static void add_section(struct span name, size_t number, struct span charset, struct buf *out)
{
	buf_printf(out, "%.*s*%zu*=", (int)name.len, name.at, number);
	if (number == 0)
		buf_printf(out, "%.*s''", (int)charset.len, charset.at);
}

void encoded_parameter(struct span name, struct span value, struct span charset, struct buf *out)
{
	size_t whole = name.len + strlen(" *='';") + charset.len + percent_length(value);
	enum characters characters = characters_of(charset);
	size_t start = out->len, number = 0;

	if (whole <= ENCODED_LINE_MAX) {
		buf_printf(out, "%.*s*=%.*s''", (int)name.len, name.at, (int)charset.len, charset.at);
		add_percent(value, out);
		return;
	}
	add_section(name, number++, charset, out);
	for (size_t length; value.len > 0; value = (struct span){ value.at + length, value.len - length }) {
		length = character_length(value, characters);
		struct span character = { value.at, length };
		if (out->len - start + percent_length(character) + strlen(" ;") > ENCODED_LINE_MAX) {
			buf_add_text(out, ";\r\n ");
			start = out->len;
			add_section(name, number++, charset, out);
		}
		add_percent(character, out);
	}
}
