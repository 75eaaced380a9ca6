/* SPDX-License-Identifier: ISC */
#include "base/mail/refusal_text.h"

#include "base/mail/refusal_ip.h"

#include <stdio.h>
#include <string.h>

/* ---- patterns ---- */

/* Piece at the front of text, '#' being any digit. */
static bool stands_at(struct span piece, struct span text)
{
	if (piece.len > text.len)
		return false;
	for (size_t i = 0; i < piece.len; i++)
		if (piece.at[i] == '#' ? !byte_is_digit(text.at[i]) : piece.at[i] != text.at[i])
			return false;
	return true;
}

/* Where piece occurs at or after from; NULL: nowhere. Its first plain byte is what is searched for. */
static const char *next_of(struct span piece, const char *from, const char *end)
{
	size_t plain = 0;

	while (plain < piece.len && piece.at[plain] == '#')
		plain++;
	while (end - from >= (ptrdiff_t)piece.len) {
		if (plain < piece.len) {
			const char *at = memchr(from + plain, piece.at[plain], (size_t)(end - from) - piece.len + 1);
			if (!at)
				return NULL;
			from = at - plain;
		}
		if (stands_at(piece, span_between(from, end)))
			return from;
		from++;
	}
	return NULL;
}

/* Takes off all up to the end of piece; false: it is not there. */
static bool skip_to(struct span piece, const struct refusal_text *t, struct span *rest)
{
	const char *begin = t->text, *end = t->text + t->len, *from = rest->at;
	bool begins = piece.len > 0 && piece.at[0] == '\b', ends = piece.len > 1 && piece.at[piece.len - 1] == '\b';

	piece = (struct span){ piece.at + begins, piece.len - begins - ends };
	for (const char *at; (at = next_of(piece, from, end)) != NULL; from = at + 1) {
		const char *behind = at + piece.len;
		if ((begins && at > begin && byte_is_letter_or_digit(at[-1])) || (ends && behind < end && byte_is_letter_or_digit(*behind)))
			continue;
		*rest = span_between(behind, end);
		return true;
	}
	return false;
}

/* Six bits of each byte: letters are told apart. */
static unsigned pair_of(char a, char b)
{
	return ((unsigned)a & 0x3f) << 6 | ((unsigned)b & 0x3f);
}

void refusal_text_changed(struct refusal_text *t)
{
	memset(t->pairs, 0, sizeof t->pairs);
	for (size_t i = 1; i < t->len; i++) {
		unsigned pair = pair_of(t->text[i - 1], t->text[i]);
		t->pairs[pair / 8] |= (unsigned char)(1 << pair % 8);
	}
}

static bool is_plain(char c)
{
	return c != '#' && c != '*' && c != '\b';
}

static bool may_occur(const struct refusal_text *t, const char *pattern)
{
	for (; pattern[0] && pattern[1]; pattern++) {
		unsigned pair = pair_of(pattern[0], pattern[1]);
		if (is_plain(pattern[0]) && is_plain(pattern[1]) && !(t->pairs[pair / 8] & 1 << pair % 8))
			return false;
	}
	return true;
}

/* The first place of each piece is as good as any later one. */
bool refusal_text_has(const struct refusal_text *t, const char *pattern)
{
	struct span pieces = span_of(pattern), rest = { t->text, t->len };

	if (!may_occur(t, pattern))
		return false;
	while (pieces.at)
		if (!skip_to(span_cut(&pieces, '*'), t, &rest))
			return false;
	return true;
}

bool refusal_code_fits(const char *pattern, const char *s)
{
	return pattern[0] == '\0' || (strlen(pattern) == strlen(s) && stands_at(span_of(pattern), span_of(s)));
}

/* ---- what is left out ---- */

/* "5.7.1" at the front, a word; its length with a '#' before it, or 0. */
static size_t status_at(struct span s)
{
	size_t at = s.len > 0 && s.at[0] == '#', digits;

	if (at == s.len || (s.at[at] != '4' && s.at[at] != '5'))
		return 0;
	for (unsigned part = 0; part < 3; part++) {
		if (part > 0 && (at == s.len || s.at[at++] != '.'))
			return 0;
		for (digits = 0; at < s.len && digits < 3 && byte_is_digit(s.at[at]); digits++)
			at++;
		if (digits == 0)
			return 0;
	}
	return at == s.len || byte_is_white(s.at[at]) || strchr(":;,)", s.at[at]) ? at : 0;
}

/* The reply's code again, as each line of a pasted reply has it. */
static size_t code_at(struct span s, const char *code)
{
	if (s.len < 3 || memcmp(s.at, code, 3) != 0)
		return 0;
	if (s.len == 3 || byte_is_white(s.at[3]))
		return 3;
	return s.at[3] == '-' ? 4 : 0;
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
 * The length of what precedes a link in angle brackets, which are not those of an address: "<" or "<URL:". 0: there is none. With a blank or
 * an @ behind it, it is somebody's address, or words.
 */
static size_t link_mark_at(struct span s)
{
	static const char *const marks[] = { "<", "<url:" };

	for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
		struct span mark = span_of(marks[i]);
		if (!span_starts_nocase(s, mark))
			return 0;
		struct span link = { s.at + mark.len, s.len - mark.len };
		const char *close = link.len > 0 ? memchr(link.at, '>', link.len) : NULL;
		if (close)
			link.len = (size_t)(close - link.at);
		if (span_starts_nocase(link, SPAN("http://")) || span_starts_nocase(link, SPAN("https://")))
			return memchr(link.at, ' ', link.len) || memchr(link.at, '@', link.len) ? 0 : mark.len;
	}
	return 0;
}

/* What stands in angle brackets, and an address with a quoted local part, which may hold any text. */
static size_t quoted_at(struct span s)
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

/* "x@example.org", a word; up to the end of its domain. */
static size_t mailbox_at(struct span s)
{
	size_t at = 0;

	while (at < s.len && at < 64 && (refusal_is_name_byte(s.at[at]) || strchr("!#$%&'*+/=?^`{|}~", s.at[at])) && s.at[at])
		at++;
	if (at == 0 || at == s.len || s.at[at] != '@' || at + 1 == s.len || !refusal_is_name_byte(s.at[at + 1]))
		return 0;
	for (at++; at < s.len && refusal_is_name_byte(s.at[at]);)
		at++;
	while (s.at[at - 1] == '.')
		at--;
	return at;
}

/* A host's name, as a word: the server's own may hold any words. */
static size_t name_at(struct span s, struct span name)
{
	if (name.len == 0 || !span_starts_nocase(s, name) || (s.len > name.len && refusal_is_name_byte(s.at[name.len])))
		return 0;
	return name.len;
}

/* "mail.example.org" is a host's, "example.org" may be the sender's domain. */
static struct span host_name(const char *own_name)
{
	struct span rest = span_of(own_name);
	size_t labels = 0;

	while (rest.at)
		labels += span_cut(&rest, '.').len > 0;
	return labels > 2 ? span_of(own_name) : SPAN("");
}

/* ---- reading ---- */

struct reading {
	const struct refusal_heard *heard;
	struct refusal_own own;
	struct span own_name;     /* empty: could be the sender's domain as well */
	char code[4];
	struct refusal_text *out;
};

static void add_plain(struct refusal_text *to, char c)
{
	bool blank = (unsigned char)c <= ' ' || c == 0x7f;

	if (blank && (to->len == 0 || to->text[to->len - 1] == ' '))
		return;
	if (to->len < sizeof to->text)
		to->text[to->len++] = blank ? ' ' : byte_lower(c);
}

static void add_mark(struct refusal_text *to, char c)
{
	if (to->len < sizeof to->text)
		to->text[to->len++] = c;
}

static char mark_of(enum refusal_ip_of of)
{
	return of == IP_OF_US ? OUR_ADDRESS_MARK[0] : of == IP_OF_ANOTHER ? OTHER_ADDRESS_MARK[0] : '?';
}

/* At the front of what is left: what is skipped, and its length. */
static size_t pass_over(struct reading *r, struct span rest, bool first, char before)
{
	enum refusal_ip_of of;
	size_t len = 0;
	bool word_begins = first || byte_is_white(before);

	if (word_begins || before == '(')
		len = status_at(rest);
	if (len > 0) {
		/* In front, or as qmail has it: "(#5.7.1)". */
		if (r->out->len == 0 || rest.at[0] == '#') {
			/* A status of another class than the code contradicts itself, and explains nothing. */
			struct span s = (struct span){ rest.at, len };
			size_t hash = s.at[0] == '#';
			if (r->out->status[0] == '\0' && s.at[hash] == r->code[0])
				snprintf(r->out->status, sizeof r->out->status, "%.*s", (int)(s.len - hash), s.at + hash);
		}
		return len;
	}
	if (word_begins && (len = code_at(rest, r->code)) > 0)
		return len;
	if ((len = refusal_ip_in_brackets(rest, &r->own, &of)) > 0) {
		add_mark(r->out, mark_of(of));
		return len;
	}
	if ((len = link_mark_at(rest)) > 0 || (len = quoted_at(rest)) > 0)
		return len;
	if (!first && (byte_is_letter_or_digit(before) || before == '.'))
		return 0;
	if ((len = refusal_ip_at(rest, &r->own, &of)) > 0) {
		add_mark(r->out, mark_of(of));
		return len;
	}
	if (before == '-')
		return 0;
	if ((len = name_at(rest, r->own_name)) > 0) {
		add_mark(r->out, OUR_ADDRESS_MARK[0]);
		return len;
	}
	if ((len = name_at(rest, span_of(r->heard->server))) > 0)
		return len;
	if ((len = mailbox_at(rest)) > 0)
		add_mark(r->out, MAILBOX_MARK[0]);
	return len;
}

void refusal_text_read(const struct refusal_heard *heard, struct refusal_text *out)
{
	struct reading r = { .heard = heard, .out = out };
	struct span rest = heard->text;
	bool first = true;
	char before = ' ';

	out->len = 0;
	out->status[0] = '\0';
	snprintf(r.code, sizeof r.code, "%03u", heard->code % 1000);
	refusal_own_read(heard->own_address, &r.own);
	r.own_name = host_name(heard->own_name);
	if (rest.len > REFUSAL_LOOKED_AT_MAX)
		rest.len = REFUSAL_LOOKED_AT_MAX;
	while (rest.len > 0) {
		size_t passed = pass_over(&r, rest, first, before);
		if (passed == 0)
			add_plain(out, *rest.at);
		passed = passed ? passed : 1;
		before = rest.at[passed - 1];
		/* "550-5.7.1 x": what follows a code begins a word. */
		if (passed == 4 && before == '-')
			before = ' ';
		first = false;
		rest = span_between(rest.at + passed, rest.at + rest.len);
	}
	refusal_text_changed(out);
}
