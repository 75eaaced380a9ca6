/* SPDX-License-Identifier: ISC */
#include "base/mail/field_form.h"

#include "base/mail/address.h"
#include "base/mail/encoded_word.h"
#include "base/mail/field_fold.h"
#include "base/mail/field_words.h"
#include "base/mail/idn.h"
#include "base/mail/message.h"
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

/* ---- addresses ---- */

/* The addr-spec: as it stands, or with its domain in A-labels. -1: it is neither ASCII nor UTF-8. */
static int add_address(struct field_words *f, const struct address *a)
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

/* A display name without quotes, in which there is what belongs in quotes. */
static bool is_loose_name(struct span display)
{
	size_t i = 0;

	while (i < display.len && !field_is_special(display.at[i])) {
		bool opens = display.at[i] == '"' || display.at[i] == '(';
		i = opens ? field_skip_closed(display, i) : i + 1;
		if (i == 0)
			return false;
	}
	return i < display.len && !utf8_is_ascii(display);
}

/* What cannot be read among the addresses is text. */
static int add_addresses(struct field_words *f, struct span value, enum address_separators separators)
{
	struct address_reader reader = address_reader_of(value, separators);
	const char *done = value.at, *end = value.at + value.len;
	struct address address;
	struct span raw;
	int got, result = 0;

	while (result == 0 && (got = address_next(&reader, &address, &raw, NULL)) != 0) {
		struct span what = got > 0 ? address.spec : raw;
		if (got > 0 && address.display.at < address.spec.at && is_loose_name(address.display)) {
			result = field_words_structured(f, span_between(done, address.display.at), true, '"');
			/* The whole name is one word. */
			struct buf text = { 0 };
			field_read_word(address.display, WORDS_WITH_QUOTES, &text);
			field_words_gather(f, SPAN(""), buf_span(&text));
			field_words_end(f, SPAN(""), '\0');
			buf_free(&text);
			done = address.display.at + address.display.len;
		}
		result = result < 0 ? -1 : field_words_structured(f, span_between(done, what.at), true, '@');
		if (result == 0 && got > 0)
			result = add_address(f, &address);
		else if (result == 0)
			field_words_text(f, what);
		done = what.at + what.len;
		free(address.address);
	}
	return result < 0 ? -1 : field_words_structured(f, span_between(done, end), true, '\0');
}

/* ---- parameters ---- */

/* To the next semicolon outside quotes and comments, or to the end; false when one of those does not end. */
static bool skip_parameter(struct span s, size_t *i)
{
	while (*i < s.len && s.at[*i] != ';') {
		bool opens = s.at[*i] == '"' || s.at[*i] == '(';
		*i = opens ? field_skip_closed(s, *i) : *i + 1;
		if (*i == 0)
			return false;
	}
	return true;
}

/* A quoted string and nothing after it, or what there is. */
static void read_value(struct span raw, struct buf *out)
{
	bool quoted = raw.len > 1 && raw.at[0] == '"' && field_skip_closed(raw, 0) == raw.len;

	field_read_word(raw, quoted ? WORDS_WITH_QUOTES : PLAIN_WORDS, out);
}

/* One NAME=VALUE, with the blanks around it. */
static int add_parameter(struct field_words *f, struct span s)
{
	struct span value = s, name = span_cut(&value, '=');
	struct buf text = { 0 };

	if (!field_must_encode(s)) {
		buf_add_span(&f->out, s);
		return 0;
	}
	name = span_trim(name);
	if (value.at == NULL || !message_is_token(name))
		return field_words_structured(f, s, false, ';');
	read_value(span_trim(value), &text);
	if (!byte_is_white(field_last_byte(&f->out)))
		buf_add_byte(&f->out, ' ');
	struct span plain = buf_span(&text);
	if (name.at[name.len - 1] == '*') {
		/* NAME*=CHARSET''TEXT that was meant, but has bytes that should have been %XX. */
		buf_printf(&f->out, "%.*s=", (int)name.len, name.at);
		for (size_t i = 0; i < plain.len; i++)
			buf_printf(&f->out, plain.at[i] > ' ' && plain.at[i] <= '~' ? "%c" : "%%%02X", (unsigned char)plain.at[i]);
	} else {
		encoded_parameter(name, plain, encoded_charset(plain, f->charset), &f->out);
	}
	buf_free(&text);
	f->changed = true;
	return 0;
}

static int add_parameters(struct field_words *f, struct span s)
{
	size_t i = 0, from = 0;

	if (!skip_parameter(s, &i) || field_words_structured(f, field_part(s, 0, i), false, '\0') < 0)
		return -1;
	while (i < s.len) {
		buf_add_byte(&f->out, s.at[i++]);
		from = i;
		if (!skip_parameter(s, &i) || add_parameter(f, field_part(s, from, i)) < 0)
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
		struct span rest = field_part(value, from, i);
		if (!span_eq_nocase(span_trim(span_cut(&rest, '=')), name) || rest.at == NULL)
			continue;
		read_value(span_trim(rest), out);
		return true;
	}
	return false;
}

/* ---- ids and URLs ---- */

/* What stands in angle brackets is one; around them there are comments, and phrases in old fields. */
static int add_bracketed(struct field_words *f, struct span s)
{
	while (s.len > 0) {
		const char *opening = memchr(s.at, '<', s.len), *end = s.at + s.len;
		const char *closing = opening ? memchr(opening, '>', (size_t)(end - opening)) : NULL;
		const char *from = closing ? opening : end, *to = closing ? closing + 1 : end;
		if (field_words_structured(f, span_between(s.at, from), true, closing ? '<' : '\0') < 0)
			return -1;
		for (const char *at = from; at < to; at++) {
			bool high = (unsigned char)*at >= 0x80;
			if (high)
				buf_printf(&f->out, "%%%02X", (unsigned char)*at);
			else
				buf_add_byte(&f->out, *at);
			f->changed |= high;
		}
		s = span_between(to, end);
	}
	return 0;
}

/* ---- a field ---- */

static int add_value(struct field_words *f, enum field_grammar grammar, struct span value)
{
	switch (grammar) {
	case FIELD_ADDRESSES: return add_addresses(f, value, ADDRESS_BLANKS_TOO);
	case FIELD_MAILBOXES: return add_addresses(f, value, ADDRESS_AUTHORS);
	case FIELD_PHRASES: return field_words_structured(f, value, true, '\0');
	case FIELD_PARAMETERS: return add_parameters(f, value);
	case FIELD_COMMENTS: return field_words_structured(f, value, false, '\0');
	case FIELD_IDS:
	case FIELD_URLS: return add_bracketed(f, value);
	case FIELD_TEXT: break;
	}
	return -1;
}

static void begin_field(struct field_words *f, struct span name)
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

/* Encoded words that stand side by side, and that some servers refuse, are parted: readers drop blanks between them (RFC 2047). */
static bool part_words(enum field_grammar grammar, struct span value, struct buf *out)
{
	bool has_words = grammar == FIELD_TEXT || grammar == FIELD_PHRASES || grammar == FIELD_ADDRESSES || grammar == FIELD_MAILBOXES;
	bool may_begin = true;

	if (!has_words || value.len == 0 || !memmem(value.at, value.len, "?==?", 4))
		return false;
	for (size_t i = 0; i < value.len;) {
		struct span rest = field_part(value, i, value.len);
		size_t word = may_begin ? encoded_word_length(rest) : 0, length = word > 0 ? word : 1;
		buf_add(out, rest.at, length);
		i += length;
		may_begin = word > 0 || byte_is_white(rest.at[0]);
		if (word > 0 && encoded_word_length(field_part(value, i, value.len)) > 0)
			buf_add_byte(out, ' ');
	}
	return true;
}

static int write_value(struct span name, struct span value, enum field_grammar grammar, struct span charset, bool *needs_utf8,
                       struct buf *out, struct fault *f)
{
	struct field_words form = { .charset = charset };
	size_t before = out->len;

	if (is_fine(name, value)) {
		buf_add_span(out, name);
		buf_add_byte(out, ':');
		buf_add_span(out, value);
		buf_add_text(out, "\r\n");
		return 0;
	}
	begin_field(&form, name);
	if (add_value(&form, grammar, value) < 0) {
		begin_field(&form, name);
		field_words_text(&form, value);
	}
	int result = field_fold(buf_span(&form.out), name.len + 1, grammar, form.changed ? ENCODED_LINE_MAX : MESSAGE_LINE_MAX, out);
	if (result == 0)
		buf_add_text(out, "\r\n");
	*needs_utf8 |= result == 0 && form.changed && !utf8_is_ascii(span_between(out->at + before, out->at + out->len));
	buf_free(&form.out);
	buf_free(&form.pending);
	if (result == 0)
		return 0;
	return fault_set(f, FAULT_PERMANENT, "5.6.0", "a line of the field \"%.*s\" is longer than %d bytes and has no blank or "
	                 "comma where it can be folded (RFC 5322 section 2.1.1): make it shorter", name.len < 80 ? (int)name.len : 80,
	                 name.at, MESSAGE_LINE_MAX);
}

int field_form_write(struct span name, struct span value, struct span charset, bool *needs_utf8, struct buf *out,
                     struct fault *f)
{
	enum field_grammar grammar = field_grammar_of(name);
	struct buf parted = { 0 };
	bool are_parted = part_words(grammar, value, &parted);

	int result = write_value(name, are_parted ? buf_span(&parted) : value, grammar, charset, needs_utf8, out, f);
	buf_free(&parted);
	return result;
}
