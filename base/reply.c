#include "base/reply.h"

#include "base/reply_table.h"

#include <stdio.h>
#include <string.h>

/* ---- patterns ---- */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Piece at the front of text, '#' being any digit. */
static bool stands_at(struct span piece, struct span text)
{
	if (piece.len > text.len)
		return false;
	for (size_t i = 0; i < piece.len; i++)
		if (piece.at[i] == '#' ? !is_digit(text.at[i]) : piece.at[i] != text.at[i])
			return false;
	return true;
}

/* Takes off all up to the end of piece; false: it is not there. */
static bool skip_to(struct span piece, struct span *text)
{
	for (; text->len >= piece.len; text->at++, text->len--)
		if (stands_at(piece, *text)) {
			text->at += piece.len;
			text->len -= piece.len;
			return true;
		}
	return false;
}

/* The pieces between '*' occur, in that order. The first place of each is as good as any later one. */
static bool text_fits(const char *pattern, struct span text)
{
	struct span rest = span_of(pattern);

	while (rest.at)
		if (!skip_to(span_cut(&rest, '*'), &text))
			return false;
	return true;
}

static bool code_fits(const char *pattern, struct span code)
{
	return pattern[0] == '\0' || (strlen(pattern) == code.len && stands_at(span_of(pattern), code));
}

/* ---- the text as it is looked at ---- */

struct looked_at {
	char text[REPLY_LOOKED_AT_MAX];
	size_t len;
	struct span status;       /* the first, in the reply's own bytes */
};

/* "5.7.1" at the front, and a word's end behind it; its length, or 0. */
static size_t status_at(struct span s)
{
	struct span rest = s;
	unsigned parts = 0;

	if (s.len == 0 || (s.at[0] != '4' && s.at[0] != '5'))
		return 0;
	for (; parts < 3; parts++) {
		size_t digits = 0;
		if (parts > 0 && (rest.len == 0 || *rest.at != '.'))
			return 0;
		rest = parts > 0 ? span_between(rest.at + 1, s.at + s.len) : rest;
		while (digits < rest.len && digits < 3 && is_digit(rest.at[digits]))
			digits++;
		if (digits == 0)
			return 0;
		rest = span_between(rest.at + digits, s.at + s.len);
	}
	return rest.len == 0 || byte_is_white(*rest.at) ? s.len - rest.len : 0;
}

/* Behind the closing quote of a local part (RFC 5321 section 4.1.2) that begins at at; NULL: it does not end. */
static const char *quote_end(const char *at, const char *end)
{
	for (at++; at < end && *at != '"'; at++)
		if (*at == '\\' && at + 1 < end)
			at++;
	return at < end ? at + 1 : NULL;
}

/*
 * An address that the server repeats: what stands in it was chosen by others.
 * In angle brackets, or one with a quoted local part, which may hold any text.
 */
static size_t address_at(struct span s)
{
	bool in_angles = s.len > 0 && s.at[0] == '<';
	const char *end = s.at + s.len, *from = s.at + in_angles;
	const char *quoted = from < end && *from == '"' ? quote_end(from, end) : NULL;

	if (quoted && (quoted == end || *quoted != '@'))
		quoted = NULL;
	if (!in_angles)
		return quoted ? (size_t)(quoted - s.at) : 0;
	from = quoted ? quoted : from;
	const char *close = from < end ? memchr(from, '>', (size_t)(end - from)) : NULL;
	return close ? (size_t)(close + 1 - s.at) : 0;
}

static void add(struct looked_at *to, char c)
{
	bool blank = (unsigned char)c <= ' ';

	if (blank && (to->len == 0 || to->text[to->len - 1] == ' '))
		return;
	if (to->len < sizeof to->text)
		to->text[to->len++] = blank ? ' ' : byte_lower(c);
}

static void look_at(struct span text, struct looked_at *out)
{
	bool word_begins = true;

	while (text.len > 0) {
		size_t status = word_begins ? status_at(text) : 0;
		size_t skipped = status ? status : address_at(text);
		if (status && out->len == 0 && out->status.len == 0)
			out->status = (struct span){ text.at, status };
		if (skipped == 0)
			add(out, *text.at);
		word_begins = skipped == 0 && (unsigned char)*text.at <= ' ';
		skipped = skipped ? skipped : 1;
		text.at += skipped;
		text.len -= skipped;
	}
}

/* ---- finding ---- */

const struct known_reply *reply_row(size_t index)
{
	return index < reply_table_rows ? &reply_table[index] : NULL;
}

const struct known_reply *reply_find(unsigned code, struct span text)
{
	char digits[3] = { (char)('0' + code / 100 % 10), (char)('0' + code / 10 % 10), (char)('0' + code % 10) };
	struct looked_at l = { .len = 0 };

	if (code < 400 || code > 599)
		return NULL;
	if (text.len > REPLY_LOOKED_AT_MAX)
		text.len = REPLY_LOOKED_AT_MAX;
	look_at(text, &l);
	for (size_t i = 0; i < reply_table_rows; i++) {
		const struct known_reply *row = &reply_table[i];
		if (code_fits(row->code, (struct span){ digits, 3 }) && code_fits(row->status, l.status) &&
		    text_fits(row->text, (struct span){ l.text, l.len }))
			return row;
	}
	return NULL;
}

/* "550" and then a blank or the end. */
static bool is_reply(struct span s)
{
	return stands_at(SPAN("###"), s) && (s.at[0] == '4' || s.at[0] == '5') && (s.len == 3 || s.at[3] == ' ');
}

static const char before_that[] = "; before that, ";

struct span reply_latest_in(struct span fault_text)
{
	struct span rest = fault_text;

	if (skip_to(span_of(before_that), &rest))
		fault_text.len = (size_t)(rest.at - strlen(before_that) - fault_text.at);
	return fault_text;
}

struct span reply_earlier_in(struct span fault_text)
{
	struct span rest = fault_text;

	return skip_to(span_of(before_that), &rest) ? rest : SPAN("");
}

void reply_add_earlier(struct fault *f, const char *earlier)
{
	enum { EARLIER_LEAST = FAULT_TEXT_MAX * 2 / 5 };
	struct fault both = *f;
	size_t mark = strlen(before_that), len = strlen(f->text), wanted = strlen(earlier);
	size_t least = wanted < EARLIER_LEAST ? wanted : EARLIER_LEAST;

	if (len + mark + least > FAULT_TEXT_MAX - 1)
		len = FAULT_TEXT_MAX - 1 - mark - least;
	snprintf(both.text, sizeof both.text, "%.*s%s%s", (int)len, f->text, before_that, earlier);
	*f = both;
}

struct span reply_in(struct span fault_text)
{
	const struct span said = SPAN(" said: "), tail = SPAN(" (in reply to ");
	struct span reply = reply_latest_in(fault_text);

	/* Behind the first: what follows is the server's, and could hold another. */
	if (!skip_to(said, &reply) || !is_reply(reply))
		return SPAN("");
	struct span rest = reply;
	size_t len = reply.len;
	while (skip_to(tail, &rest))
		len = (size_t)(rest.at - tail.len - reply.at);
	return (struct span){ reply.at, len };
}

const struct known_reply *reply_known(const struct fault *f)
{
	struct span reply = reply_in(span_of(f->text));

	if (reply.len < 3)
		return NULL;
	unsigned code = (unsigned)((reply.at[0] - '0') * 100 + (reply.at[1] - '0') * 10 + (reply.at[2] - '0'));
	return reply_find(code, span_between(reply.at + 3, reply.at + reply.len));
}

const char *refusal_name(enum refusal about)
{
	static const char *const names[REFUSAL_COUNT] = {
		[REFUSAL_UNKNOWN] = "unknown", [REFUSAL_ADDRESS] = "address", [REFUSAL_AUTHENTICATION] = "authentication",
		[REFUSAL_SENDER] = "sender", [REFUSAL_CONTENT] = "content", [REFUSAL_RATE] = "rate",
		[REFUSAL_GREYLISTING] = "greylisting", [REFUSAL_RELAY] = "relay", [REFUSAL_USER] = "user",
		[REFUSAL_QUOTA] = "quota", [REFUSAL_TLS] = "tls",
	};

	return names[about];
}
