#include "base/field_form.h"

#include "base/address.h"
#include "base/encoded_word.h"
#include "base/field_fold.h"
#include "base/idn.h"
#include "base/message.h"
#include "base/utf8.h"

#include <stdlib.h>

/* ---- the table ---- */

static const struct {
	const char *name;
	enum field_grammar grammar;
} fields[] = {
	{ "From", FIELD_MAILBOXES }, { "Sender", FIELD_MAILBOXES }, { "Resent-From", FIELD_MAILBOXES },
	{ "Resent-Sender", FIELD_MAILBOXES }, { "Return-Path", FIELD_MAILBOXES },
	{ "Reply-To", FIELD_ADDRESSES }, { "To", FIELD_ADDRESSES }, { "Cc", FIELD_ADDRESSES }, { "Bcc", FIELD_ADDRESSES },
	{ "Resent-To", FIELD_ADDRESSES }, { "Resent-Cc", FIELD_ADDRESSES }, { "Resent-Bcc", FIELD_ADDRESSES },
	{ "Resent-Reply-To", FIELD_ADDRESSES }, { "Errors-To", FIELD_ADDRESSES }, { "Apparently-To", FIELD_ADDRESSES },
	{ "Disposition-Notification-To", FIELD_ADDRESSES }, { "Return-Receipt-To", FIELD_ADDRESSES },
	{ "X-Confirm-Reading-To", FIELD_ADDRESSES }, { "Mail-Followup-To", FIELD_ADDRESSES },
	{ "Mail-Reply-To", FIELD_ADDRESSES }, { "Generate-Delivery-Report", FIELD_TEXT },
	{ "Keywords", FIELD_PHRASES }, { "List-Id", FIELD_PHRASES },
	{ "Content-Type", FIELD_PARAMETERS }, { "Content-Disposition", FIELD_PARAMETERS },
	{ "Message-ID", FIELD_IDS }, { "In-Reply-To", FIELD_IDS }, { "References", FIELD_IDS },
	{ "Resent-Message-ID", FIELD_IDS }, { "Content-ID", FIELD_IDS }, { "Original-Message-ID", FIELD_IDS },
	{ "Supersedes", FIELD_IDS },
	{ "List-Help", FIELD_URLS }, { "List-Unsubscribe", FIELD_URLS }, { "List-Subscribe", FIELD_URLS },
	{ "List-Post", FIELD_URLS }, { "List-Owner", FIELD_URLS }, { "List-Archive", FIELD_URLS }, { "Archived-At", FIELD_URLS },
	{ "Date", FIELD_COMMENTS }, { "Resent-Date", FIELD_COMMENTS }, { "Expires", FIELD_COMMENTS },
	{ "Received", FIELD_COMMENTS }, { "MIME-Version", FIELD_COMMENTS }, { "Content-Transfer-Encoding", FIELD_COMMENTS },
	{ "Content-Language", FIELD_COMMENTS }, { "Auto-Submitted", FIELD_COMMENTS }, { "List-Unsubscribe-Post", FIELD_COMMENTS },
	{ "DKIM-Signature", FIELD_COMMENTS }, { "DomainKey-Signature", FIELD_COMMENTS },
	{ "Authentication-Results", FIELD_COMMENTS }, { "Received-SPF", FIELD_COMMENTS }, { "ARC-Seal", FIELD_COMMENTS },
	{ "ARC-Message-Signature", FIELD_COMMENTS }, { "ARC-Authentication-Results", FIELD_COMMENTS },
	{ "Autocrypt", FIELD_COMMENTS }, { "TLS-Required", FIELD_COMMENTS },
};

enum field_grammar field_grammar_of(struct span name)
{
	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
		if (span_eq_nocase(name, span_of(fields[i].name)))
			return fields[i].grammar;
	return FIELD_TEXT;
}

/* ---- the form in the making ---- */

/* Words of a text, a phrase or a comment; those in a row that have to be encoded are gathered, with the blanks between them. */
struct form {
	struct span charset;
	struct buf out;           /* the field without its last CRLF */
	struct buf pending;       /* to be encoded; empty: nothing is */
	struct span pending_charset;
	bool after_encoded;       /* the last word was an encoded one already */
	bool changed;
};

enum word_syntax { PLAIN_WORDS, WORDS_WITH_PAIRS, WORDS_WITH_QUOTES };

static struct span from_to(struct span s, size_t from, size_t to)
{
	return (struct span){ s.at + from, to - from };
}

/* A blank-free run of it that no line has room for. */
static bool is_over_long(struct span s)
{
	size_t run = 0;

	for (size_t i = 0; i < s.len && run < MESSAGE_LINE_MAX; i++)
		run = byte_is_white(s.at[i]) ? 0 : run + 1;
	return run >= MESSAGE_LINE_MAX;     /* a blank stands before it */
}

static bool must_be_encoded(struct span s)
{
	return !utf8_is_ascii(s) || (s.len >= MESSAGE_LINE_MAX && is_over_long(s));
}

static void add_unfolded(struct buf *out, struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.at[i] != '\r' && s.at[i] != '\n')
			buf_add_byte(out, s.at[i]);
}

/* What a word stands for. */
static void read_word(struct span raw, enum word_syntax syntax, struct buf *out)
{
	for (size_t i = 0; i < raw.len; i++) {
		if (syntax != PLAIN_WORDS && raw.at[i] == '\\' && i + 1 < raw.len)
			i++;
		else if (raw.at[i] == '\r' || raw.at[i] == '\n' || (syntax == WORDS_WITH_QUOTES && raw.at[i] == '"'))
			continue;
		buf_add_byte(out, raw.at[i]);
	}
}

static char last_byte(const struct buf *b)
{
	return b->len > 0 ? b->at[b->len - 1] : ' ';
}

/* Where the line stands; a long one is folded before the word anyway. */
static size_t column_of(const struct buf *out)
{
	size_t column = 0;

	while (column < ENCODED_LINE_MAX && column < out->len && out->at[out->len - column - 1] != '\n')
		column++;
	return column;
}

/* A word that is encoded stands between blanks (RFC 2047 section 5), or the brackets of its comment. */
static void flush_words(struct form *f)
{
	if (f->pending.len == 0)
		return;
	if (!byte_is_white(last_byte(&f->out)) && last_byte(&f->out) != '(')
		buf_add_byte(&f->out, ' ');
	encoded_words(buf_span(&f->pending), f->pending_charset, column_of(&f->out), &f->out);
	buf_clear(&f->pending);
	f->changed = true;
}

/* A word to be encoded, behind gap, the blanks before it. */
static void gather_word(struct form *f, struct span gap, struct span text)
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

static void keep_word(struct form *f, struct span gap, struct span raw)
{
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
}

static void add_word(struct form *f, struct span gap, struct span raw, enum word_syntax syntax)
{
	struct buf text = { 0 };

	if (!must_be_encoded(raw)) {
		keep_word(f, gap, raw);
		return;
	}
	read_word(raw, syntax, &text);
	gather_word(f, gap, buf_span(&text));
	buf_free(&text);
}

/* The row of words ends with gap, and before `next`, which is '\0' at the end of the field. */
static void end_words(struct form *f, struct span gap, char next)
{
	bool encoded = f->pending.len > 0;

	flush_words(f);
	f->after_encoded = false;
	buf_add_span(&f->out, gap);
	if (encoded && gap.len == 0 && next != ')' && next != '\0')
		buf_add_byte(&f->out, ' ');
}

static void add_text(struct form *f, struct span s)
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
			add_word(f, from_to(s, gap, word), from_to(s, word, i), PLAIN_WORDS);
		else
			end_words(f, from_to(s, gap, word), '\0');
	}
	end_words(f, SPAN(""), '\0');
}

/* ---- structured fields ---- */

/* Behind the comment, quoted string or literal at i; 0 when it does not end. */
static size_t skip_closed(struct span s, size_t i)
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

static bool ends_comment_word(char c)
{
	return byte_is_white(c) || c == '(' || c == ')';
}

/* With its brackets. */
static void add_comment(struct form *f, struct span s)
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
			end_words(f, from_to(s, gap, word), s.at[i]);
			buf_add_byte(&f->out, s.at[i++]);
			continue;
		}
		while (i < s.len && !ends_comment_word(s.at[i]))
			i += s.at[i] == '\\' && i + 1 < s.len ? 2 : 1;
		add_word(f, from_to(s, gap, word), from_to(s, word, i), WORDS_WITH_PAIRS);
	}
}

static bool is_special(char c)
{
	return c && strchr("<>,;:@[]", c);
}

/* The end of a word of a phrase: atoms, quoted strings and dots without a blank between them. 0: it does not end. */
static size_t skip_phrase_word(struct span s, size_t i)
{
	while (i < s.len && !byte_is_white(s.at[i]) && !is_special(s.at[i]) && s.at[i] != '(') {
		if (s.at[i] == '"') {
			i = skip_closed(s, i);
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
static int add_structured(struct form *f, struct span s, bool phrases, char next)
{
	size_t i = 0;

	while (i < s.len) {
		size_t gap = i;
		while (i < s.len && byte_is_white(s.at[i]))
			i++;
		struct span blanks = from_to(s, gap, i);
		size_t from = i;
		if (i == s.len) {
			end_words(f, blanks, next);
			return 0;
		}
		if (s.at[i] == '(') {
			i = skip_closed(s, i);
			if (i == 0)
				return -1;
			end_words(f, blanks, '(');
			add_comment(f, from_to(s, from, i));
		} else if (is_special(s.at[i])) {
			end_words(f, blanks, s.at[i]);
			buf_add_byte(&f->out, s.at[i++]);
		} else {
			i = skip_phrase_word(s, i);
			if (i == 0 || (!phrases && must_be_encoded(from_to(s, from, i))))
				return -1;
			add_word(f, blanks, from_to(s, from, i), WORDS_WITH_QUOTES);
		}
	}
	end_words(f, SPAN(""), next);
	return 0;
}

/* ---- addresses ---- */

/* The addr-spec: as it stands, or with its domain in A-labels. -1: it is neither ASCII nor UTF-8. */
static int add_address(struct form *f, const struct address *a)
{
	struct span address = span_of(a->address);
	struct buf ascii = { 0 };

	if (utf8_is_ascii(a->spec)) {
		buf_add_span(&f->out, a->spec);
		return 0;
	}
	if (!utf8_is_valid(address))
		return -1;
	if (idn_address(address, &ascii, NULL) == 0)
		address = buf_span(&ascii);
	buf_add_span(&f->out, address);
	buf_free(&ascii);
	f->changed = true;
	return 0;
}

/* A name before an address that has what only quotes should hold. */
static bool is_loose_name(struct span display)
{
	size_t i = 0;

	while (i < display.len && !is_special(display.at[i])) {
		bool opens = display.at[i] == '"' || display.at[i] == '(';
		i = opens ? skip_closed(display, i) : i + 1;
		if (i == 0)
			return false;
	}
	return i < display.len && !utf8_is_ascii(display);
}

/* All of it is one word. */
static void add_loose_name(struct form *f, struct span display)
{
	struct buf text = { 0 };

	read_word(display, WORDS_WITH_QUOTES, &text);
	gather_word(f, SPAN(""), buf_span(&text));
	end_words(f, SPAN(""), '\0');
	buf_free(&text);
}

/* What cannot be read among the addresses is text. */
static int add_addresses(struct form *f, struct span value, enum address_separators separators)
{
	struct address_reader reader = address_reader_of(value, separators);
	const char *done = value.at, *end = value.at + value.len;
	struct address address;
	struct span raw;
	int got, result = 0;

	while (result == 0 && (got = address_next(&reader, &address, &raw, NULL)) != 0) {
		struct span what = got > 0 ? address.spec : raw;
		if (got > 0 && is_loose_name(address.display)) {
			result = add_structured(f, span_between(done, address.display.at), true, '"');
			add_loose_name(f, address.display);
			done = address.display.at + address.display.len;
		}
		result = result < 0 ? -1 : add_structured(f, span_between(done, what.at), true, '@');
		if (result == 0 && got > 0)
			result = add_address(f, &address);
		else if (result == 0)
			add_text(f, what);
		done = what.at + what.len;
		free(address.address);
	}
	return result < 0 ? -1 : add_structured(f, span_between(done, end), true, '\0');
}

/* ---- parameters ---- */

static bool is_token(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.at[i] <= ' ' || s.at[i] > '~' || strchr("()<>@,;:\\\"/[]?=", s.at[i]))
			return false;
	return s.len > 0;
}

/* To the next semicolon outside quotes and comments, or to the end; false when one of those does not end. */
static bool skip_parameter(struct span s, size_t *i)
{
	while (*i < s.len && s.at[*i] != ';') {
		bool opens = s.at[*i] == '"' || s.at[*i] == '(';
		*i = opens ? skip_closed(s, *i) : *i + 1;
		if (*i == 0)
			return false;
	}
	return true;
}

/* A quoted string and nothing behind it, or what there is. */
static void read_value(struct span raw, struct buf *out)
{
	bool quoted = raw.len > 1 && raw.at[0] == '"' && skip_closed(raw, 0) == raw.len;

	read_word(raw, quoted ? WORDS_WITH_QUOTES : PLAIN_WORDS, out);
}

/* NAME*=CHARSET''TEXT that was meant, but has bytes that should have been %XX. */
static void add_half_encoded(struct form *f, struct span name, struct span value)
{
	buf_printf(&f->out, "%.*s=", (int)name.len, name.at);
	for (size_t i = 0; i < value.len; i++)
		buf_printf(&f->out, value.at[i] > ' ' && value.at[i] <= '~' ? "%c" : "%%%02X", (unsigned char)value.at[i]);
}

/* A whole NAME=VALUE, blanks around it. */
static int add_parameter(struct form *f, struct span s)
{
	struct span value = s, name = span_cut(&value, '=');
	struct buf text = { 0 };

	if (!must_be_encoded(s)) {
		buf_add_span(&f->out, s);
		return 0;
	}
	name = span_trim(name);
	if (value.at == NULL || !is_token(name))
		return add_structured(f, s, false, ';');
	read_value(span_trim(value), &text);
	if (!byte_is_white(last_byte(&f->out)))
		buf_add_byte(&f->out, ' ');
	if (name.at[name.len - 1] == '*')
		add_half_encoded(f, name, buf_span(&text));
	else
		encoded_parameter(name, buf_span(&text), encoded_charset(buf_span(&text), f->charset), &f->out);
	buf_free(&text);
	f->changed = true;
	return 0;
}

static int add_parameters(struct form *f, struct span s)
{
	size_t i = 0, from = 0;

	if (!skip_parameter(s, &i) || add_structured(f, from_to(s, 0, i), false, '\0') < 0)
		return -1;
	while (i < s.len) {
		buf_add_byte(&f->out, s.at[i++]);
		from = i;
		if (!skip_parameter(s, &i) || add_parameter(f, from_to(s, from, i)) < 0)
			return -1;
	}
	return 0;
}

bool field_parameter(struct span value, struct span name, struct buf *out)
{
	size_t i = 0;

	while (skip_parameter(value, &i) && i < value.len) {
		size_t from = ++i;
		if (!skip_parameter(value, &i))
			return false;
		struct span rest = from_to(value, from, i);
		if (!span_eq_nocase(span_trim(span_cut(&rest, '=')), name) || rest.at == NULL)
			continue;
		read_value(span_trim(rest), out);
		return true;
	}
	return false;
}

/* ---- ids and URLs ---- */

static void add_percent(struct form *f, struct span s)
{
	for (size_t i = 0; i < s.len; i++) {
		bool high = (unsigned char)s.at[i] >= 0x80;
		if (high)
			buf_printf(&f->out, "%%%02X", (unsigned char)s.at[i]);
		else
			buf_add_byte(&f->out, s.at[i]);
		f->changed |= high;
	}
}

/* What stands in angle brackets is one; around them there are comments, and phrases in old fields. */
static int add_bracketed(struct form *f, struct span s)
{
	while (s.len > 0) {
		const char *opening = memchr(s.at, '<', s.len), *end = s.at + s.len;
		const char *closing = opening ? memchr(opening, '>', (size_t)(end - opening)) : NULL;
		const char *from = closing ? opening : end;
		if (add_structured(f, span_between(s.at, from), true, closing ? '<' : '\0') < 0)
			return -1;
		add_percent(f, span_between(from, closing ? closing + 1 : end));
		s = span_between(closing ? closing + 1 : end, end);
	}
	return 0;
}

/* ---- a field ---- */

static int add_value(struct form *f, enum field_grammar grammar, struct span value)
{
	switch (grammar) {
	case FIELD_ADDRESSES: return add_addresses(f, value, ADDRESS_BLANKS_TOO);
	case FIELD_MAILBOXES: return add_addresses(f, value, ADDRESS_COMMAS);
	case FIELD_PHRASES: return add_structured(f, value, true, '\0');
	case FIELD_PARAMETERS: return add_parameters(f, value);
	case FIELD_COMMENTS: return add_structured(f, value, false, '\0');
	case FIELD_IDS:
	case FIELD_URLS: return add_bracketed(f, value);
	case FIELD_TEXT: break;
	}
	return -1;
}

static void begin_field(struct form *f, struct span name)
{
	buf_clear(&f->out);
	buf_clear(&f->pending);
	f->after_encoded = f->changed = false;
	buf_add_span(&f->out, name);
	buf_add_byte(&f->out, ':');
}

static bool is_fine(struct span name, struct span value)
{
	struct span rest = value;
	size_t before = name.len + 1;

	while (rest.at) {
		size_t line = span_cut(&rest, '\n').len;
		if (before + line > MESSAGE_LINE_MAX + (rest.at != NULL))   /* with its CR */
			return false;
		before = 0;
	}
	return utf8_is_ascii(value);
}

static int refuse(struct span name, struct fault *f)
{
	return fault_set(f, FAULT_PERMANENT, "5.6.0", "a line of the field \"%.*s\" is longer than %d bytes and has no blank or "
	                 "comma where it can be folded (RFC 5322 section 2.1.1): make it shorter", name.len < 80 ? (int)name.len : 80,
	                 name.at, MESSAGE_LINE_MAX);
}

int field_form_write(struct span name, struct span value, struct span charset, bool *needs_utf8, struct buf *out,
                     struct fault *f)
{
	struct form form = { .charset = charset };
	size_t before = out->len;

	if (is_fine(name, value)) {
		buf_add_span(out, name);
		buf_add_byte(out, ':');
		buf_add_span(out, value);
		buf_add_text(out, "\r\n");
		return 0;
	}
	enum field_grammar grammar = field_grammar_of(name);
	begin_field(&form, name);
	if (add_value(&form, grammar, value) < 0) {
		begin_field(&form, name);
		add_text(&form, value);
	}
	int result = field_fold(buf_span(&form.out), name.len + 1, grammar, form.changed ? ENCODED_LINE_MAX : MESSAGE_LINE_MAX, out);
	if (result == 0)
		buf_add_text(out, "\r\n");
	*needs_utf8 |= result == 0 && form.changed && !utf8_is_ascii(span_between(out->at + before, out->at + out->len));
	buf_free(&form.out);
	buf_free(&form.pending);
	return result < 0 ? refuse(name, f) : 0;
}
