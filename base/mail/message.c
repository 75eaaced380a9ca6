/* SPDX-License-Identifier: ISC */
#include "base/mail/message.h"

#include "base/mail/date.h"

/* What the bytes at hand say about a line; UNDECIDED only when they end too early. */
enum line_kind { LINE_FIELD, LINE_EMPTY, LINE_TEXT, LINE_UNDECIDED };

/* RFC 5322 section 3.6.8: ftext. Counting stops where a name is too long for a line. */
static size_t name_length(struct span s)
{
	size_t n = 0;

	while (n < s.len && n < MESSAGE_LINE_MAX && s.at[n] > ' ' && s.at[n] < 0x7f && s.at[n] != ':')
		n++;
	return n;
}

static size_t skip_returns(struct span s, size_t at)
{
	while (at < s.len && s.at[at] == '\r')
		at++;
	return at;
}

static size_t skip_blanks(struct span s, size_t at)
{
	while (at < s.len && (byte_is_blank(s.at[at]) || s.at[at] == '\r'))
		at++;
	return at;
}

struct span message_field_name(struct span raw)
{
	size_t name = name_length(raw), colon = skip_blanks(raw, name);
	bool is_field = name < MESSAGE_LINE_MAX && colon < raw.len && raw.at[colon] == ':';

	return (struct span){ raw.at, is_field ? name : 0 };
}

/* Blanks before the colon: RFC 5322 section 4.5. */
static enum line_kind kind_of_line(struct span s)
{
	size_t name = name_length(s);

	if (name == MESSAGE_LINE_MAX)
		return LINE_TEXT;
	size_t at = name == 0 ? skip_returns(s, 0) : skip_blanks(s, name);
	if (at == s.len)
		return LINE_UNDECIDED;
	if (name == 0)
		return s.at[at] == '\n' ? LINE_EMPTY : LINE_TEXT;
	return s.at[at] == ':' ? LINE_FIELD : LINE_TEXT;
}

/* Length of the line at the front of s with its end; s.len when it has none. */
static size_t line_length(struct span s)
{
	const char *end = s.len > 0 ? memchr(s.at, '\n', s.len) : NULL;

	return end ? (size_t)(end - s.at) + 1 : s.len;
}

static struct span span_from(struct span s, size_t offset)
{
	return span_between(s.at + offset, s.at + s.len);
}

/* The first line of s and the folded lines after it (RFC 5322 section 2.2.3). */
static size_t field_length(struct span s)
{
	size_t len = line_length(s);

	for (;;) {
		/* A line that begins with white space, of which a CR is one here, and is not empty. */
		size_t at = skip_returns(s, len);
		bool folds = at < s.len && (at > len ? s.at[at] != '\n' : byte_is_blank(s.at[at]));
		if (!folds)
			return len;
		len += line_length(span_from(s, len));
	}
}

static struct span without_line_end(struct span s)
{
	if (s.len > 0 && s.at[s.len - 1] == '\n') {
		s.len--;
		while (s.len > 0 && s.at[s.len - 1] == '\r')
			s.len--;
	}
	return s;
}

bool message_next_field(struct span *rest, struct field *out)
{
	if (rest->len == 0)
		return false;
	enum line_kind kind = kind_of_line(*rest);
	if (kind == LINE_EMPTY)
		*rest = span_from(*rest, line_length(*rest));
	if (kind != LINE_FIELD)
		return false;
	size_t name = name_length(*rest), colon = skip_blanks(*rest, name);
	out->raw = (struct span){ rest->at, field_length(*rest) };
	out->name = (struct span){ rest->at, name };
	out->value = without_line_end(span_from(out->raw, colon + 1));
	*rest = span_from(*rest, out->raw.len);
	return true;
}

/* ---- the form of the wire ---- */

static size_t wire_field_length(struct span s)
{
	for (size_t at = 0; at < s.len;) {
		const char *lf = memchr(s.at + at, '\n', s.len - at);
		if (lf == NULL)
			break;
		at = (size_t)(lf - s.at) + 1;
		bool line_end = at >= 2 && s.at[at - 2] == '\r';
		if (line_end && (at == s.len || !byte_is_blank(s.at[at])))
			return at;
	}
	return s.len;
}

bool message_next_wire_field(struct span *rest, struct field *out)
{
	if (rest->len == 0)
		return false;
	out->raw = (struct span){ rest->at, wire_field_length(*rest) };
	out->name = message_field_name(out->raw);
	size_t from = out->name.len > 0 ? skip_blanks(out->raw, out->name.len) + 1 : 0;
	out->value = span_from(out->raw, from);
	if (out->raw.len >= 2 && memcmp(out->raw.at + out->raw.len - 2, "\r\n", 2) == 0)
		out->value.len -= 2;
	*rest = span_from(*rest, out->raw.len);
	return true;
}

/* ---- mbox ---- */

/* "From " with any number of '>' before it. */
static bool begins_as_mbox(struct span s)
{
	size_t quotes = 0;

	while (quotes < s.len && s.at[quotes] == '>')
		quotes++;
	return s.len - quotes >= 5 && memcmp(s.at + quotes, "From ", 5) == 0;
}

bool message_is_mbox_line(struct span line)
{
	struct span before[3] = { 0 };

	if (line.len > MESSAGE_LINE_MAX || !begins_as_mbox(line))
		return false;
	/* The date is as asctime(3) writes it: "Fri Feb 13 23:31:30 2009"; some leave out the time, or put a zone before the year. */
	for (struct span word = span_word(&line); word.len > 0; word = span_word(&line)) {
		bool is_time = date_is_shaped(word, "99:99") || date_is_shaped(word, "99:99:99") || date_is_shaped(word, "9:99:99");
		if ((is_time || date_is_shaped(word, "9999")) && date_is_weekday(before[0]) &&
		    date_is_month(before[1]) &&
		    (date_is_shaped(before[2], "9") || date_is_shaped(before[2], "99")))
			return true;
		before[0] = before[1];
		before[1] = before[2];
		before[2] = word;
	}
	return false;
}

struct span message_skip_mbox(struct span message)
{
	while (message.len > 0) {
		struct span line = { message.at, line_length(message) };
		if (!message_is_mbox_line(without_line_end(line)))
			break;
		message = span_from(message, line.len);
	}
	return message;
}

/* ---- blocks of Resent- fields ---- */

/* Bits of struct resent; a name that is not listed does not end a block. */
static const char *const resent_names[] = {
	"From", "Sender", "To", "Cc", "Bcc", "Date", "Message-ID", "Reply-To",
};

enum resent_place message_resent(struct resent *r, struct span name)
{
	if (span_eq_nocase(name, SPAN("Received")) || span_eq_nocase(name, SPAN("Return-Path")))
		r->open = false;
	if (!span_starts_nocase(name, SPAN("Resent-")))
		return RESENT_NOT;
	struct span word = span_from(name, strlen("Resent-"));
	unsigned bit = 0;
	for (unsigned i = 0; i < sizeof resent_names / sizeof resent_names[0]; i++)
		if (span_eq_nocase(word, span_of(resent_names[i])))
			bit = 1u << i;
	bool begins = !r->open || (r->seen & bit);
	r->seen = begins ? bit : r->seen | bit;
	r->open = true;
	return begins ? RESENT_BEGINS : RESENT_GOES_ON;
}

/* ---- the whole section ---- */

bool message_find_field(struct span message, struct span name, size_t n, struct field *out)
{
	struct field field;

	while (message_next_field(&message, &field)) {
		if (!span_eq_nocase(field.name, name))
			continue;
		if (n-- == 0) {
			*out = field;
			return true;
		}
	}
	return false;
}

size_t message_body_offset(struct span message)
{
	struct span rest = message;
	struct field field;

	while (message_next_field(&rest, &field))
		;
	return message.len - rest.len;
}

bool message_header_complete(struct span seen)
{
	struct span rest = message_skip_mbox(seen);
	const char *seen_from = rest.at;     /* an mbox line stands nowhere else */

	while (rest.len > 0) {
		/* A first line may still get the date that makes it one of an mbox. */
		if (rest.at == seen_from && rest.len <= MESSAGE_LINE_MAX && begins_as_mbox(rest) && !memchr(rest.at, '\n', rest.len))
			return false;
		enum line_kind kind = kind_of_line(rest);
		if (kind != LINE_FIELD)
			return kind != LINE_UNDECIDED;
		rest = span_from(rest, field_length(rest));
	}
	return false;
}
