#include "base/message.h"

/* What the bytes at hand say about a line; UNDECIDED only when they end too early. */
enum line_kind { LINE_FIELD, LINE_EMPTY, LINE_TEXT, LINE_UNDECIDED };

/* RFC 5322 section 3.6.8: ftext. */
static bool is_name_byte(char c)
{
	return c > ' ' && c < 0x7f && c != ':';
}

static size_t name_length(struct span s)
{
	size_t n = 0;

	while (n < s.len && is_name_byte(s.at[n]))
		n++;
	return n;
}

static size_t skip_blanks(struct span s, size_t at)
{
	while (at < s.len && byte_is_blank(s.at[at]))
		at++;
	return at;
}

static enum line_kind kind_of_empty(struct span s)
{
	if (s.len == 0 || (s.at[0] == '\r' && s.len == 1))
		return LINE_UNDECIDED;
	if (s.at[0] == '\n' || (s.at[0] == '\r' && s.at[1] == '\n'))
		return LINE_EMPTY;
	return LINE_TEXT;
}

/* Blanks before the colon: RFC 5322 section 4.5. */
static enum line_kind kind_of_line(struct span s)
{
	size_t name = name_length(s);

	if (name == 0)
		return kind_of_empty(s);
	size_t at = skip_blanks(s, name);
	if (at == s.len)
		return LINE_UNDECIDED;
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

	while (len < s.len && byte_is_blank(s.at[len]))
		len += line_length(span_from(s, len));
	return len;
}

static struct span without_line_end(struct span s)
{
	if (s.len > 0 && s.at[s.len - 1] == '\n') {
		s.len--;
		if (s.len > 0 && s.at[s.len - 1] == '\r')
			s.len--;
	}
	return s;
}

static void take_field(struct span *rest, struct field *out)
{
	size_t name = name_length(*rest);
	size_t colon = skip_blanks(*rest, name);

	out->raw = (struct span){ rest->at, field_length(*rest) };
	out->name = (struct span){ rest->at, name };
	out->value = without_line_end(span_from(out->raw, colon + 1));
	*rest = span_from(*rest, out->raw.len);
}

bool message_next_field(struct span *rest, struct field *out)
{
	if (rest->len == 0)
		return false;
	switch (kind_of_line(*rest)) {
	case LINE_FIELD:
		take_field(rest, out);
		return true;
	case LINE_EMPTY:
		*rest = span_from(*rest, line_length(*rest));
		return false;
	default:
		return false;
	}
}

/* "From " opens an mbox line, but "From :" is a field. */
static bool is_mbox_line(struct span s)
{
	size_t quotes = 0;

	while (quotes < s.len && s.at[quotes] == '>')
		quotes++;
	struct span word = SPAN("From ");
	struct span line = span_from(s, quotes);
	if (line.len < word.len || memcmp(line.at, word.at, word.len) != 0)
		return false;
	size_t at = skip_blanks(line, word.len);
	return quotes > 0 || at == line.len || line.at[at] != ':';
}

struct span message_skip_mbox(struct span message)
{
	while (message.len > 0 && is_mbox_line(message))
		message = span_from(message, line_length(message));
	return message;
}

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

	while (rest.len > 0) {
		enum line_kind kind = kind_of_line(rest);
		if (kind != LINE_FIELD)
			return kind != LINE_UNDECIDED;
		rest = span_from(rest, field_length(rest));
	}
	return false;
}
