/* SPDX-License-Identifier: ISC */
#include "base/mail/field_words.h"

#include "base/mail/encoded_word.h"
#include "base/mail/message.h"
#include "base/utf8.h"

struct span field_part(struct span s, size_t from, size_t to)
{
	return (struct span){ s.at + from, to - from };
}

bool field_must_encode(struct span s)
{
	size_t run = 0;

	if (!utf8_is_ascii(s))
		return true;
	/* A run of it without blanks that no line has room for: a blank stands before it. */
	for (size_t i = 0; i < s.len && run < MESSAGE_LINE_MAX; i++)
		run = byte_is_white(s.at[i]) ? 0 : run + 1;
	return run >= MESSAGE_LINE_MAX;
}

static void add_unfolded(struct buf *out, struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.at[i] != '\r' && s.at[i] != '\n')
			buf_add_byte(out, s.at[i]);
}

/* What a word stands for. */
void field_read_word(struct span raw, enum word_syntax syntax, struct buf *out)
{
	for (size_t i = 0; i < raw.len; i++) {
		if (syntax != PLAIN_WORDS && raw.at[i] == '\\' && i + 1 < raw.len)
			i++;
		else if (raw.at[i] == '\r' || raw.at[i] == '\n' || (syntax == WORDS_WITH_QUOTES && raw.at[i] == '"'))
			continue;
		buf_add_byte(out, raw.at[i]);
	}
}

char field_last_byte(const struct buf *b)
{
	return b->len > 0 ? b->at[b->len - 1] : ' ';
}

/* A word that is encoded stands between blanks (RFC 2047 section 5), or the brackets of its comment. */
static void flush_words(struct field_words *f)
{
	if (f->pending.len == 0)
		return;
	if (!byte_is_white(field_last_byte(&f->out)) && field_last_byte(&f->out) != '(')
		buf_add_byte(&f->out, ' ');
	size_t column = 0;      /* where the line stands; a long one is folded before the word anyway */
	while (column < ENCODED_LINE_MAX && column < f->out.len && f->out.at[f->out.len - column - 1] != '\n')
		column++;
	encoded_words(buf_span(&f->pending), f->pending_charset, column, &f->out);
	buf_clear(&f->pending);
	f->changed = true;
}

/* A word to be encoded; gap is the blanks before it. */
void field_words_gather(struct field_words *f, struct span gap, struct span text)
{
	bool adjacent = f->pending.len > 0;
	struct span charset = encoded_charset(text, f->charset);

	if (adjacent && !span_eq(charset, f->pending_charset)) {
		flush_words(f);
		buf_add_byte(&f->out, ' ');
	} else if (!adjacent) {
		buf_add_span(&f->out, gap);
	}
	/* A reader drops the blanks between encoded words: they are carried inside. */
	if (adjacent || f->after_encoded)
		add_unfolded(&f->pending, gap);
	buf_add_span(&f->pending, text);
	f->pending_charset = charset;
	f->after_encoded = false;
}

static void add_word(struct field_words *f, struct span gap, struct span raw, enum word_syntax syntax)
{
	struct buf text = { 0 };

	if (!field_must_encode(raw)) {
		bool encoded = encoded_word_is(raw);
		if (f->pending.len > 0 && encoded)
			add_unfolded(&f->pending, gap);
		bool behind = f->pending.len > 0;
		flush_words(f);
		buf_add_span(&f->out, gap);
		if (behind && gap.len == 0)
			buf_add_byte(&f->out, ' ');
		buf_add_span(&f->out, raw);
		f->after_encoded = encoded;
		return;
	}
	field_read_word(raw, syntax, &text);
	field_words_gather(f, gap, buf_span(&text));
	buf_free(&text);
}

/* The row of words ends with gap, and before `next`, which is '\0' at the end of the field. */
void field_words_end(struct field_words *f, struct span gap, char next)
{
	bool encoded = f->pending.len > 0;

	flush_words(f);
	f->after_encoded = false;
	buf_add_span(&f->out, gap);
	if (encoded && gap.len == 0 && next != ')' && next != '\0')
		buf_add_byte(&f->out, ' ');
}

void field_words_text(struct field_words *f, struct span s)
{
	size_t i = 0;

	while (i < s.len) {
		size_t gap = i;
		while (i < s.len && byte_is_white(s.at[i]))
			i++;
		size_t word = i;
		while (i < s.len && !byte_is_white(s.at[i]))
			i++;
		if (i > word)
			add_word(f, field_part(s, gap, word), field_part(s, word, i), PLAIN_WORDS);
		else
			field_words_end(f, field_part(s, gap, word), '\0');
	}
	field_words_end(f, SPAN(""), '\0');
}

/* ---- structured fields ---- */

/* Behind the comment, quoted string or literal at i; 0 when it does not end. */
size_t field_skip_closed(struct span s, size_t i)
{
	char opening = s.at[i], closing = opening == '(' ? ')' : opening == '[' ? ']' : '"';
	size_t depth = 0;

	for (; i < s.len; i++) {
		if (s.at[i] == '\\')
			i++;
		else if (s.at[i] == closing && (opening == '"' ? depth == 1 : --depth == 0))
			return i + 1;
		else if (s.at[i] == opening)
			depth++;
	}
	return 0;
}

/* With its brackets. */
static void add_comment(struct field_words *f, struct span s)
{
	size_t i = 0;

	while (i < s.len) {
		size_t gap = i;
		while (i < s.len && byte_is_white(s.at[i]))
			i++;
		if (i == s.len)
			break;
		size_t word = i;
		if (s.at[i] == '(' || s.at[i] == ')') {
			field_words_end(f, field_part(s, gap, word), s.at[i]);
			buf_add_byte(&f->out, s.at[i++]);
			continue;
		}
		while (i < s.len && !byte_is_white(s.at[i]) && s.at[i] != '(' && s.at[i] != ')')
			i += s.at[i] == '\\' && i + 1 < s.len ? 2 : 1;
		add_word(f, field_part(s, gap, word), field_part(s, word, i), WORDS_WITH_PAIRS);
	}
}

bool field_is_special(char c)
{
	return c && strchr("<>,;:@[]", c);
}

/* The end of a word of a phrase: atoms, quoted strings and dots without a blank between them. 0: it does not end. */
static size_t skip_phrase_word(struct span s, size_t i)
{
	while (i < s.len && !byte_is_white(s.at[i]) && !field_is_special(s.at[i]) && s.at[i] != '(') {
		if (s.at[i] == '"') {
			i = field_skip_closed(s, i);
			if (i == 0)
				return 0;
		} else {
			i += s.at[i] == '\\' && i + 1 < s.len ? 2 : 1;
		}
	}
	return i;
}

/*
 * Comments, and what stands around addresses and the like: words where
 * phrases says that they are words of phrases, else only ASCII. `next` is what
 * follows in the field. -1: it cannot be read, and a part of it may be in out.
 */
int field_words_structured(struct field_words *f, struct span s, bool phrases, char next)
{
	size_t i = 0;

	while (i < s.len) {
		size_t gap = i;
		while (i < s.len && byte_is_white(s.at[i]))
			i++;
		struct span blanks = field_part(s, gap, i);
		size_t from = i;
		if (i == s.len) {
			field_words_end(f, blanks, next);
			return 0;
		}
		if (s.at[i] == '(') {
			i = field_skip_closed(s, i);
			if (i == 0)
				return -1;
			field_words_end(f, blanks, '(');
			add_comment(f, field_part(s, from, i));
		} else if (field_is_special(s.at[i])) {
			field_words_end(f, blanks, s.at[i]);
			buf_add_byte(&f->out, s.at[i++]);
		} else {
			i = skip_phrase_word(s, i);
			if (i == 0 || (!phrases && field_must_encode(field_part(s, from, i))))
				return -1;
			add_word(f, blanks, field_part(s, from, i), WORDS_WITH_QUOTES);
		}
	}
	field_words_end(f, SPAN(""), next);
	return 0;
}
