/* SPDX-License-Identifier: ISC */
#include "base/mail/address.h"

#include "base/mail/encoded_word.h"
#include "base/utf8.h"

#include <arpa/inet.h>
#include <stdlib.h>

enum { LOCAL_MAX = 64, DOMAIN_MAX = 255, NAME_MAX_BYTES = 253, LABEL_MAX = 63 };

/* ---- bytes ---- */

static bool is_control(char c)
{
	return (unsigned char)c < 0x20 || c == 0x7f;
}

/* RFC 5322 section 3.2.3, with RFC 6531's UTF8-non-ascii. */
static bool is_atext(char c)
{
	return byte_is_letter_or_digit(c) || (unsigned char)c >= 0x80 || (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c));
}

/* UTF-8 without the C1 controls. */
static bool is_utf8_text(struct span s)
{
	if (!utf8_is_valid(s))
		return false;
	for (size_t i = 0; i + 1 < s.len; i++)
		if ((unsigned char)s.at[i] == 0xc2 && (unsigned char)s.at[i + 1] < 0xa0)
			return false;
	return true;
}

/* ---- tokens of RFC 5322 section 3.2 ---- */

enum token_kind {
	TOKEN_END, TOKEN_BAD, TOKEN_ATOM, TOKEN_QUOTED, TOKEN_LITERAL,
	TOKEN_DOT, TOKEN_AT, TOKEN_LT, TOKEN_GT, TOKEN_COMMA, TOKEN_SEMICOLON, TOKEN_COLON,
};

struct token {
	enum token_kind kind;
	struct span text;
};

static const char specials[] = ".@<>,;:";
static const enum token_kind special_kinds[] = {
	TOKEN_DOT, TOKEN_AT, TOKEN_LT, TOKEN_GT, TOKEN_COMMA, TOKEN_SEMICOLON, TOKEN_COLON,
};

/* Behind the closing byte, or NULL when there is none. */
static const char *skip_quoted(const char *at, const char *end, char closing)
{
	for (at++; at < end; at++) {
		if (*at == closing)
			return at + 1;
		if (*at == '\\' && at + 1 < end)
			at++;
	}
	return NULL;
}

static const char *skip_comment(const char *at, const char *end)
{
	size_t depth = 0;

	for (; at < end; at++) {
		if (*at == '\\' && at + 1 < end) {
			at++;
		} else if (*at == '(') {
			depth++;
		} else if (*at == ')' && --depth == 0) {
			return at + 1;
		}
	}
	return NULL;
}

/* Comments and blanks at the front of rest; false at a comment that does not end. */
static bool skip_comments(struct span *rest)
{
	const char *at = rest->at, *end = rest->at + rest->len;

	while (at < end && (byte_is_white(*at) || *at == '(')) {
		const char *next = *at == '(' ? skip_comment(at, end) : at + 1;
		if (next == NULL) {
			*rest = span_between(at, end);
			return false;
		}
		at = next;
	}
	*rest = span_between(at, end);
	return true;
}

/* A quoted-pair outside quotes, as people write who escape for a shell. */
static bool is_pair(const char *at, const char *end)
{
	return *at == '\\' && end - at > 1 && !is_control(at[1]);
}

static struct token token_of(enum token_kind kind, struct span *rest, const char *behind)
{
	const char *end = rest->at + rest->len;
	struct token t = { behind ? kind : TOKEN_BAD, span_between(rest->at, behind ? behind : end) };

	if (behind)
		*rest = span_between(behind, end);
	return t;
}

/* Takes the next token off rest; a bad one stays there. */
static struct token next_token(struct span *rest)
{
	if (!skip_comments(rest))
		return token_of(TOKEN_BAD, rest, NULL);
	if (rest->len == 0)
		return token_of(TOKEN_END, rest, rest->at);
	const char *at = rest->at, *end = at + rest->len;
	if (*at == '"')
		return token_of(TOKEN_QUOTED, rest, skip_quoted(at, end, '"'));
	if (*at == '[')
		return token_of(TOKEN_LITERAL, rest, skip_quoted(at, end, ']'));
	const char *behind = at + encoded_word_length(*rest);
	while (behind < end && (is_atext(*behind) || is_pair(behind, end)))
		behind += *behind == '\\' ? 2 : 1;
	if (behind > at)
		return token_of(TOKEN_ATOM, rest, behind);
	const char *special = *at ? strchr(specials, *at) : NULL;
	return token_of(special ? special_kinds[special - specials] : TOKEN_BAD, rest, special ? at + 1 : NULL);
}

static struct token peek_token(struct span rest)
{
	return next_token(&rest);
}

/* ---- one addr-spec ---- */

static struct span inside_quotes(struct span s)
{
	return (struct span){ s.at + 1, s.len - 2 };
}

/* No control bytes but folds, and no fold after a backslash. */
static bool content_fits(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (is_control(s.at[i]) && (!byte_is_white(s.at[i]) || (i > 0 && s.at[i - 1] == '\\')))
			return false;
	return true;
}

struct local_part {
	struct buf text;      /* what the words stand for: without quotes, quoted-pairs and folds */
	size_t words;
	bool dotted;          /* the last token was a dot: a word may follow */
	const char *end;      /* after the last token, in the input */
};

static bool add_local_token(struct local_part *local, const struct token *t)
{
	if (t->kind == TOKEN_DOT) {
		buf_add_byte(&local->text, '.');
		local->dotted = true;
		return true;
	}
	if ((local->words > 0 && !local->dotted) || !content_fits(t->text))
		return false;
	/* RFC 5322 section 3.2.2: the line ends of a fold are not part of what is quoted. */
	struct span word = t->kind == TOKEN_QUOTED ? inside_quotes(t->text) : t->text;
	for (size_t i = 0; i < word.len; i++) {
		if (word.at[i] == '\\')
			i++;
		if (word.at[i] != '\r' && word.at[i] != '\n')
			buf_add_byte(&local->text, word.at[i]);
	}
	local->words++;
	local->dotted = false;
	return true;
}

static bool begins_word(const struct token *t)
{
	return t->kind == TOKEN_ATOM || t->kind == TOKEN_QUOTED;
}

/* A word after white space, where white space separates addresses. */
static bool begins_next(struct span rest, bool blanks)
{
	struct token t = peek_token(rest);

	return blanks && begins_word(&t) && t.text.at > rest.at;
}

/*
 * word *("." word), the obsolete form of section 4.4 included; dots may also
 * stand where they should not, since some receivers have given such addresses
 * out: these are sent in quotes.
 */
static bool read_local_part(struct span *rest, bool blanks, struct local_part *local)
{
	for (;;) {
		struct token t = peek_token(*rest);
		if (!begins_word(&t) && t.kind != TOKEN_DOT)
			return local->words > 0;
		if (local->words > 0 && !local->dotted && begins_next(*rest, blanks))
			return true;
		if (!add_local_token(local, &t))
			return false;
		t = next_token(rest);
		local->end = t.text.at + t.text.len;
	}
}

/* What is not a Dot-string: atext with single dots between. */
static bool needs_quotes(struct span text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.at[i] == '.' ? i == 0 || i + 1 == text.len || text.at[i - 1] == '.' : !is_atext(text.at[i]))
			return true;
	return text.len == 0;
}

/* Of a domain literal, with its brackets: what would be taken for another part of an address is not in it. */
static bool literal_fits(struct span s)
{
	for (size_t i = 1; i < s.len; i++)
		if (memchr("@\"[\\", s.at[i], 4))
			return false;
	return content_fits(s);
}

/* atom *("." atom) or a literal, without quoted-pairs; a final dot is left out. */
static bool read_domain(struct span *rest, struct buf *out, const char **end)
{
	bool wants_atom = true, any = false;

	for (;;) {
		struct token t = peek_token(*rest);
		if (t.kind == TOKEN_LITERAL && !any && literal_fits(t.text)) {
			next_token(rest);
			for (size_t i = 0; i < t.text.len; i++)
				if (!byte_is_white(t.text.at[i]))
					buf_add_byte(out, t.text.at[i]);
			*end = t.text.at + t.text.len;
			return true;
		}
		if (t.kind != (wants_atom ? TOKEN_ATOM : TOKEN_DOT))
			break;
		if (memchr(t.text.at, '\\', t.text.len))
			return false;
		next_token(rest);
		if (t.kind == TOKEN_ATOM) {
			if (any)
				buf_add_byte(out, '.');
			buf_add_span(out, t.text);
		}
		any = true;
		wants_atom = !wants_atom;
		*end = t.text.at + t.text.len;
	}
	return any;
}

/* RFC 5322 section 4.4, obs-route: "@a,@b:" before the address, to be ignored. */
static bool skip_route(struct span *rest)
{
	struct buf domain = { 0 };
	bool fine = true;

	if (peek_token(*rest).kind != TOKEN_AT)
		return true;
	while (fine) {
		enum token_kind kind = next_token(rest).kind;
		if (kind == TOKEN_COLON)
			break;
		const char *end;
		fine = kind == TOKEN_COMMA || (kind == TOKEN_AT && read_domain(rest, &domain, &end));
	}
	buf_free(&domain);
	return fine;
}

/* RFC 5321 section 4.1.2: a Dot-string where that is possible, else one quoted string with no more pairs than it needs. */
static void add_local(struct span text, struct buf *out)
{
	if (needs_quotes(text))
		buf_add_quoted(out, text);
	else
		buf_add_span(out, text);
}

/* What was in quotes is a whole address: no host has users of that name. */
static bool is_whole(struct span text)
{
	return address_domain(text).len > 0 && !memchr(text.at, '"', text.len) && address_check(text, NULL) == 0;
}

/* A route may only stand inside angle brackets: its commas would be those of the list. */
static bool read_spec(struct span *rest, bool in_brackets, bool blanks, struct address *out)
{
	struct local_part local = { 0 };
	struct buf text = { 0 };

	skip_comments(rest);
	const char *start = rest->at;
	bool fine = (!in_brackets || skip_route(rest)) && read_local_part(rest, blanks, &local);
	if (fine) {
		struct span words = buf_span(&local.text);
		if (peek_token(*rest).kind == TOKEN_AT) {
			next_token(rest);
			add_local(words, &text);
			buf_add_byte(&text, '@');
			fine = read_domain(rest, &text, &local.end);
		} else if (is_whole(words)) {
			add_local(address_local(words), &text);
			buf_add_byte(&text, '@');
			buf_add_span(&text, domain_without_dot(address_domain(words)));
		} else {
			add_local(words, &text);
		}
	}
	if (fine) {
		out->spec = span_between(start, local.end);
		out->address = buf_take(&text);
	}
	buf_free(&text);
	buf_free(&local.text);
	return fine;
}

/* ---- lists ---- */

/* The token that ends a mailbox, or says what stands before it. */
static struct token find_delimiter(struct span rest)
{
	for (;;) {
		struct token t = next_token(&rest);
		if (t.kind != TOKEN_ATOM && t.kind != TOKEN_QUOTED && t.kind != TOKEN_LITERAL &&
		    t.kind != TOKEN_DOT && t.kind != TOKEN_AT)
			return t;
	}
}

static bool ends_mailbox(enum token_kind kind, bool in_group)
{
	return kind == TOKEN_END || kind == TOKEN_COMMA || (kind == TOKEN_SEMICOLON && in_group);
}

/* RFC 5322 section 3.4: name-addr; the name may be anything, as people write it. */
static bool read_name_addr(struct span *rest, const struct token *lt, struct address *out)
{
	const char *end = rest->at + rest->len;

	out->display = span_trim(span_between(rest->at, lt->text.at));
	out->bracket_at = lt->text.at;
	*rest = span_between(lt->text.at + 1, end);
	if (!read_spec(rest, true, false, out))
		return false;
	if (peek_token(*rest).kind != TOKEN_GT)
		return false;
	next_token(rest);
	return true;
}

/* A word beyond ASCII without @domain is a name: no host has such users, and whoever wrote it forgot the quotes. */
static bool is_name(struct span s)
{
	return !utf8_is_ascii(s) && !memchr(s.at, '@', s.len);
}

/* RFC 2047 section 5: an encoded word is not a part of an address. */
static bool is_encoded_name(const struct address *a)
{
	return a->spec.len > 0 && encoded_word_length(a->spec) == a->spec.len;
}

/* Behind a bracket: what follows has an address in it. */
static bool another_follows(const struct address_reader *r)
{
	struct token next = peek_token(r->rest);

	if (r->separators != ADDRESS_BLANKS_TOO || (!begins_word(&next) && next.kind != TOKEN_LT))
		return false;
	struct token delimiter = find_delimiter(r->rest);
	return delimiter.kind == TOKEN_LT || memchr(r->rest.at, '@', (size_t)(delimiter.text.at - r->rest.at));
}

static bool read_mailbox(struct address_reader *r, const struct token *delimiter, struct address *out)
{
	bool bracket = delimiter->kind == TOKEN_LT;
	bool fine = bracket ? read_name_addr(&r->rest, delimiter, out) : read_spec(&r->rest, false, r->blanks, out);

	if (fine && !bracket && !r->blanks)
		out->display = span_trim(span_between(out->spec.at + out->spec.len, delimiter->text.at));
	fine = fine && !is_name(span_of(out->address)) && !is_encoded_name(out);
	if (fine && ends_mailbox(peek_token(r->rest).kind, r->in_group))
		return true;
	if (fine && (bracket ? another_follows(r) : begins_next(r->rest, r->blanks))) {
		r->unparted = r->rest.at;
		return true;
	}
	free(out->address);
	*out = (struct address){ 0 };
	return false;
}

/*
 * Goes on after the next comma from where reading stopped. What opens there
 * and never closes takes all the rest with it, or a list of such would be
 * searched to its end for each.
 */
static int give_up_list(struct address_reader *r, struct span from, struct span *raw, struct fault *f)
{
	const char *at = r->rest.at, *end = r->rest.at + r->rest.len;
	struct token next = peek_token(r->rest);

	if (next.kind == TOKEN_BAD && *next.text.at && strchr("(\"[", *next.text.at))
		at = end;
	while (at < end && *at != ',' && !(r->in_group && *at == ';'))
		at++;
	r->rest = span_between(at, end);
	*raw = span_trim(span_between(from.at, at));
	return fault_set(f, FAULT_PERMANENT, "5.1.3", "no mail address can be read in \"%.*s\"",
	                 raw->len < 200 ? (int)raw->len : 200, raw->at);
}

/* Passes over what stands between mailboxes; false when it was a mailbox. */
static bool pass_separator(struct address_reader *r, const struct token *t)
{
	bool closes = t->kind == TOKEN_SEMICOLON && r->in_group;
	bool opens = t->kind == TOKEN_COLON && !r->in_group;

	if (t->kind != TOKEN_COMMA && !closes && !opens)
		return false;
	if (!opens && peek_token(r->rest).text.at != t->text.at)
		return false;
	r->in_group = opens || (r->in_group && !closes);
	r->groups += opens;
	r->rest = span_between(t->text.at + 1, r->rest.at + r->rest.len);
	return true;
}

/* Sendmail's rule for what it calls old-style headers: nothing in it says that commas are used. */
struct address_reader address_reader_of(struct span value, enum address_separators separators)
{
	bool blanks = separators == ADDRESS_BLANKS_TOO;

	for (size_t i = 0; blanks && i < value.len; i++)
		blanks = value.at[i] == '\0' || !strchr(",<(:;", value.at[i]);
	return (struct address_reader){ .rest = value, .separators = separators, .blanks = blanks };
}

/* What ends there is "&amp" or "&#039": text for a page, which a program took for a name. */
static bool ends_entity(const char *begin, const char *end)
{
	const char *at = end;

	while (at > begin && byte_is_letter_or_digit(at[-1]))
		at--;
	bool named = at < end;
	at -= at > begin && at[-1] == '#';
	return named && at > begin && at[-1] == '&';
}

/* A name that can be put into quotes as it is. */
static bool takes_quotes(struct span name)
{
	for (size_t i = 0; i < name.len; i++)
		if (memchr("\"(\r\n", name.at[i], 4))
			return false;
	return name.len == 0 || memmem(name.at, name.len, "=?", 2) == NULL;
}

/* Where blanks separate, no other delimiter is to be looked for. */
static struct token delimiter_of(const struct address_reader *r)
{
	enum { COMMAS_MAX = 3 };    /* nobody's name has more */
	const char *end = r->rest.at + r->rest.len;
	bool by_author = false;

	if (r->blanks)
		return (struct token){ TOKEN_END, { end, 0 } };
	struct token first = find_delimiter(r->rest);
	while (first.kind == TOKEN_SEMICOLON && !r->in_group && ends_entity(r->rest.at, first.text.at))
		first = find_delimiter(span_between(first.text.at + 1, end));
	struct token next = first;
	/* A name may have commas and no quotes, "Name, Name <address>", if it cannot be a user's: then the bracket counts. */
	for (int i = 0; i < COMMAS_MAX && next.kind == TOKEN_COMMA && next.text.at > r->rest.at; i++) {
		struct span before = span_between(r->rest.at, next.text.at);
		bool is_authors = r->separators == ADDRESS_AUTHORS && !r->in_group && !memchr(before.at, '@', before.len);
		if (!is_authors && !is_name(before))
			return first;
		by_author |= !is_name(before);
		next = find_delimiter(span_between(next.text.at + 1, end));
	}
	bool counts = next.kind == TOKEN_LT && (!by_author || takes_quotes(span_between(r->rest.at, next.text.at)));
	return counts ? next : first;
}

int address_next(struct address_reader *r, struct address *out, struct span *raw, struct fault *f)
{
	const char *comma_at = r->unparted;

	*out = (struct address){ 0 };
	r->unparted = NULL;
	while (r->rest.len > 0) {
		if (!skip_comments(&r->rest))
			return give_up_list(r, r->rest, raw, f);
		if (r->rest.len == 0)
			break;
		struct span from = r->rest;
		struct token delimiter = delimiter_of(r);
		if (pass_separator(r, &delimiter))
			continue;
		if (delimiter.kind != TOKEN_LT && !ends_mailbox(delimiter.kind, r->in_group)) {
			r->rest = span_between(delimiter.text.at, from.at + from.len);
			return give_up_list(r, from, raw, f);
		}
		if (!read_mailbox(r, &delimiter, out))
			return give_up_list(r, from, raw, f);
		out->comma_at = comma_at;
		return 1;
	}
	return 0;
}

/* What nobody sees, at the beginning of text: its bytes, or 0. wide: it takes room, as a blank does. */
static size_t unseen_length(struct span text, bool *wide)
{
	static const struct { const char *bytes; bool wide; } unseen[] = {
		{ "\xc2\xa0", true }, { "\xe2\x80\xaf", true }, { "\xe3\x80\x80", true }, { "\xe2\x80\x8b", false }, { "\xe2\x80\x8e", false },
		{ "\xe2\x80\x8f", false }, { "\xe2\x80\xaa", false }, { "\xe2\x80\xac", false }, { "\xe2\x81\xa0", false },
		{ "\xe2\x81\xa6", false }, { "\xe2\x81\xa9", false }, { "\xef\xbb\xbf", false },
	};

	for (size_t k = 0; text.len > 0 && (unsigned char)text.at[0] >= 0xc2 && k < sizeof unseen / sizeof unseen[0]; k++)
		if (span_starts_nocase(text, span_of(unseen[k].bytes))) {
			*wide |= unseen[k].wide;
			return strlen(unseen[k].bytes);
		}
	return 0;
}

static bool is_edge(char c)
{
	return byte_is_white(c) || memchr("<>,;:\"()", c, 9);
}

/* A line that would be of blanks alone: some take it for the end of the header. */
static bool fills_line(const char *text, size_t len, size_t from, size_t to)
{
	while (from > 0 && byte_is_blank(text[from - 1]))
		from--;
	while (to < len && byte_is_blank(text[to]))
		to++;
	return from > 0 && text[from - 1] == '\n' && (to == len || text[to] == '\r' || text[to] == '\n');
}

void address_plain_blanks(char *text, size_t len)
{
	if (!utf8_is_valid((struct span){ text, len }))
		return;
	for (size_t i = 0, end; i < len; i = end) {
		bool wide = false;
		for (size_t n = end = i; (n = unseen_length(span_between(text + end, text + len), &wide)) > 0;)
			end += n;
		bool parts = wide || i == 0 || end == len || is_edge(text[i - 1]) || is_edge(text[end]);
		if (end > i && parts && !fills_line(text, len, i, end))
			memset(text + i, ' ', end - i);
		end += end == i;
	}
}

bool address_is_nobody(struct span raw)
{
	struct token opening = find_delimiter(raw);
	struct span rest = span_between(opening.text.at + opening.text.len, raw.at + raw.len);

	return opening.kind == TOKEN_LT && next_token(&rest).kind == TOKEN_GT && next_token(&rest).kind == TOKEN_END;
}

int address_list_read(struct span value, enum address_separators separators, struct address_list *out, struct fault *f)
{
	struct address_reader reader = address_reader_of(value, separators);
	struct address address;
	struct span raw;
	int got;

	*out = (struct address_list){ 0 };
	while ((got = address_next(&reader, &address, &raw, f)) > 0) {
		const struct address *a = &address;
		size_t n = out->count;
		if ((n & (n - 1)) == 0)  /* full at each power of two */
			out->items = mem_resize(out->items, n ? 2 * n : 1, sizeof *out->items);
		out->items[out->count++] = *a;
	}
	out->groups = reader.groups;
	return got;
}

int address_list_parse(struct span value, struct address_list *out, struct fault *f)
{
	return address_list_read(value, ADDRESS_COMMAS, out, f);
}

void address_list_free(struct address_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->items[i].address);
	free(list->items);
	*list = (struct address_list){ 0 };
}

/* ---- envelope addresses ---- */

/* The @ before the domain, or NULL; one inside quotes does not count. A domain literal may have quotes and more of them in it. */
static const char *find_at(struct span address)
{
	const char *open = address.len > 0 && address.at[address.len - 1] == ']' ? memrchr(address.at, '[', address.len) : NULL;

	if (open && open > address.at && open[-1] == '@')
		return open - 1;
	const char *at = address.len > 0 ? memrchr(address.at, '@', address.len) : NULL;
	return at && memchr(at, '"', (size_t)(address.at + address.len - at)) ? NULL : at;
}

struct span address_domain(struct span address)
{
	const char *at = find_at(address);

	return at ? span_between(at + 1, address.at + address.len) : SPAN("");
}

struct span address_local(struct span address)
{
	const char *at = find_at(address);

	return at ? span_between(address.at, at) : address;
}

bool address_needs_utf8(struct span address)
{
	return !utf8_is_ascii(address);
}

static bool is_dot_string(struct span s)
{
	bool atext = false;

	for (size_t i = 0; i < s.len; i++) {
		if (!is_atext(s.at[i]) && s.at[i] != '.')
			return false;
		atext |= s.at[i] != '.';
	}
	return atext;
}

static bool is_quoted_string(struct span s)
{
	const char *end = s.at + s.len;

	return s.len >= 2 && s.at[0] == '"' && skip_quoted(s.at, end, '"') == end && content_fits(s);
}

/* RFC 5321 section 4.1.3, of the kinds that exist: IPv4 and IPv6. */
static bool is_address_literal(struct span s)
{
	struct span v6 = SPAN("IPv6:");
	unsigned char binary[16];
	char text[64];

	if (s.len < 2 || s.at[0] != '[' || s.at[s.len - 1] != ']' || s.len > sizeof text)
		return false;
	struct span inside = inside_quotes(s);
	int family = span_starts_nocase(inside, v6) ? AF_INET6 : AF_INET;
	if (family == AF_INET6)
		inside = span_between(inside.at + v6.len, inside.at + inside.len);
	memcpy(text, inside.at, inside.len);
	text[inside.len] = '\0';
	return inet_pton(family, text, binary) == 1;
}

static bool is_domain(struct span s)
{
	struct buf name = { 0 };
	bool fine = s.len <= DOMAIN_MAX && (is_address_literal(s) || domain_normalise(s, &name) == 0);

	buf_free(&name);
	return fine;
}

static int refuse_address(struct fault *f, struct span address, const char *why)
{
	return fault_set(f, FAULT_PERMANENT, "5.1.3", "the address \"%.*s\" %s",
	                 address.len < 320 ? (int)address.len : 320, address.at ? address.at : "", why);
}

int address_check(struct span address, struct fault *f)
{
	struct span local = address_local(address);
	struct span domain = address_domain(address);

	if (address.len == 0)
		return refuse_address(f, address, "is empty");
	for (size_t i = 0; i < address.len; i++)
		if (is_control(address.at[i]))
			return refuse_address(f, address, "has a control character in it");
	if (!is_utf8_text(address))
		return refuse_address(f, address, "is neither ASCII nor UTF-8");
	if (local.len > LOCAL_MAX)
		return refuse_address(f, address, "has more than 64 bytes before the @");
	if (!is_dot_string(local) && !is_quoted_string(local))
		return refuse_address(f, address, "has something before the @ that must be put in double quotes");
	if (local.len < address.len && !is_domain(domain))
		return refuse_address(f, address, "has no valid domain after the @");
	return 0;
}

/* ---- domains ---- */

struct span domain_without_dot(struct span domain)
{
	if (domain.len > 0 && domain.at[domain.len - 1] == '.')
		domain.len--;
	return domain;
}

int domain_normalise(struct span domain, struct buf *out)
{
	struct span name = domain_without_dot(domain);

	if (name.len == 0 || name.len > NAME_MAX_BYTES || !is_utf8_text(name))
		return -1;
	struct span rest = name;
	while (rest.at) {
		struct span label = span_cut(&rest, '.');
		if (label.len == 0 || label.len > LABEL_MAX)
			return -1;
		for (size_t i = 0; i < label.len; i++) {
			char c = label.at[i];
			if (!byte_is_letter_or_digit(c) && c != '-' && c != '_' && (unsigned char)c < 0x80)
				return -1;
		}
	}
	for (size_t i = 0; i < name.len; i++)
		buf_add_byte(out, byte_lower(name.at[i]));
	return 0;
}

bool domain_is_within(struct span domain, struct span parent)
{
	domain = domain_without_dot(domain);
	parent = domain_without_dot(parent);
	if (parent.len == 0 || !span_ends_nocase(domain, parent))
		return false;
	return domain.len == parent.len || domain.at[domain.len - parent.len - 1] == '.';
}
