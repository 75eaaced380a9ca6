#include "base/refusal_text.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_hex(char c)
{
	return is_digit(c) || (byte_lower(c) >= 'a' && byte_lower(c) <= 'f');
}

static bool is_word(char c)
{
	return is_digit(c) || (byte_lower(c) >= 'a' && byte_lower(c) <= 'z');
}

/* ---- patterns ---- */

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

/* Where piece occurs at or behind from; NULL: nowhere. Its first plain byte is what is searched for. */
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
		if ((begins && at > begin && is_word(at[-1])) || (ends && behind < end && is_word(*behind)))
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

static void note_pairs(struct refusal_text *t)
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

/* ---- IP addresses ---- */

/* As 16 bytes, IPv4 mapped (RFC 4291 section 2.5.5.2). */
struct ip {
	unsigned char at[16];
};

static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };

static bool is_v4(const struct ip *a)
{
	return memcmp(a->at, mapped, sizeof mapped) == 0;
}

static bool ip_parse(const char *z, struct ip *out)
{
	*out = (struct ip){ { 0 } };
	memcpy(out->at, mapped, sizeof mapped);
	return inet_pton(AF_INET, z, out->at + 12) == 1 || inet_pton(AF_INET6, z, out->at) == 1;
}

/* Of this host, link or site: nobody outside sees us by it, and lists answer with 127.0.0.0/8. */
static bool is_private(const struct ip *a)
{
	const unsigned char *b = a->at + 12;

	if (is_v4(a))
		return b[0] == 10 || b[0] == 127 || b[0] == 0 || (b[0] == 172 && (b[1] & 0xf0) == 16) ||
		       (b[0] == 192 && b[1] == 168) || (b[0] == 169 && b[1] == 254) || (b[0] == 100 && (b[1] & 0xc0) == 64);
	return (a->at[0] & 0xfe) == 0xfc || (a->at[0] == 0xfe && (a->at[1] & 0xc0) == 0x80) || a->at[0] == 0;
}

/* 127.0.0.0/8: what a list answers (RFC 5782 section 2.1), nobody's address. */
static bool is_answer(const struct ip *a)
{
	return is_v4(a) && a->at[12] == 127;
}

/* The first bits of both. */
static bool same_bits(const struct ip *a, const struct ip *b, unsigned bits)
{
	unsigned whole = bits / 8, rest = bits % 8;

	return memcmp(a->at, b->at, whole) == 0 && (rest == 0 || ((a->at[whole] ^ b->at[whole]) >> (8 - rest)) == 0);
}

/* "192.0.2.1" at the front; its length, or 0. */
static size_t v4_at(struct span s, struct ip *out)
{
	char z[16];
	size_t len = 0, dots = 0;

	while (len < s.len && len < sizeof z - 1 && (is_digit(s.at[len]) || (s.at[len] == '.' && dots < 3))) {
		dots += s.at[len] == '.';
		z[len] = s.at[len];
		len++;
	}
	z[len] = '\0';
	return dots == 3 && (len == s.len || !is_digit(s.at[len])) && ip_parse(z, out) ? len : 0;
}

/* "2001:db8::1" at the front. What ends a sentence does not belong to it. */
static size_t v6_at(struct span s, struct ip *out)
{
	char z[INET6_ADDRSTRLEN];
	size_t len = 0, colons = 0;

	while (len < s.len && len < sizeof z - 1 && (is_hex(s.at[len]) || s.at[len] == ':' || s.at[len] == '.')) {
		colons += s.at[len] == ':';
		z[len] = s.at[len];
		len++;
	}
	for (; colons >= 2 && len > 2; len--) {
		z[len] = '\0';
		if (ip_parse(z, out))
			return len;
		if (z[len - 1] != ':' && z[len - 1] != '.')
			break;
	}
	return 0;
}

/* "1.0.0. .. .8.b.d.0.1.0.0.2", as lists are asked (RFC 5782 section 2.4). */
static size_t nibbles_at(struct span s, struct ip *out)
{
	enum { NIBBLES = 32, LEN = 2 * NIBBLES - 1 };

	if (s.len < LEN)
		return 0;
	*out = (struct ip){ { 0 } };
	for (size_t i = 0; i < NIBBLES; i++) {
		char c = byte_lower(s.at[2 * i]);
		if (!is_hex(c) || (i + 1 < NIBBLES && s.at[2 * i + 1] != '.'))
			return 0;
		unsigned value = is_digit(c) ? (unsigned)(c - '0') : (unsigned)(c - 'a' + 10);
		out->at[15 - i / 2] |= (unsigned char)(i % 2 ? value << 4 : value);
	}
	return LEN;
}

/* "/24" at the front: its bits; 0: none. */
static unsigned prefix_at(struct span s)
{
	unsigned bits = 0;
	size_t i = 1;

	if (s.len < 2 || s.at[0] != '/')
		return 0;
	for (; i < s.len && i < 4 && is_digit(s.at[i]); i++)
		bits = bits * 10 + (unsigned)(s.at[i] - '0');
	return i == s.len || !is_word(s.at[i]) ? bits : 0;
}

struct ours {
	bool given;
	bool is_seen;             /* by others too: no NAT between us and them is known of */
	struct ip ip;
};

static bool is_ours(const struct ours *ours, const struct ip *a, unsigned prefix)
{
	struct ip backwards = *a;

	/* Behind NAT, or not known: any address that the server names may be ours. */
	if (!ours->is_seen)
		return !is_private(a) || (ours->given && same_bits(a, &ours->ip, 128));
	if (!is_v4(a))
		/* Lists and receivers speak of a customer's whole /64. */
		return same_bits(a, &ours->ip, prefix >= 32 && prefix < 64 ? prefix : 64);
	for (size_t i = 0; i < 4; i++)
		backwards.at[12 + i] = a->at[15 - i];
	return same_bits(a, &ours->ip, prefix >= 8 && prefix <= 32 ? 96 + prefix : 128) ||
	       same_bits(&backwards, &ours->ip, 128);
}

/* An address at the front, which mark becomes; its length, or 0. */
static size_t ip_at(struct span s, const struct ours *ours, char *mark)
{
	struct ip a;
	size_t len;

	if (s.len == 0 || !(is_hex(s.at[0]) || s.at[0] == ':'))
		return 0;
	len = nibbles_at(s, &a);
	len = len ? len : v4_at(s, &a);
	len = len ? len : v6_at(s, &a);
	if (len > 0) {
		unsigned prefix = prefix_at(span_between(s.at + len, s.at + s.len));
		*mark = is_ours(ours, &a, prefix) ? OUR_ADDRESS_MARK[0] : is_answer(&a) ? '?' : OTHER_ADDRESS_MARK[0];
	}
	return len;
}

/* "< 192.0.2.1 >" at the front: nobody's mailbox, and nobody's words. */
static size_t bracketed_ip_at(struct span s, const struct ours *ours, char *mark)
{
	const char *close = s.len > 0 && s.at[0] == '<' ? memchr(s.at, '>', s.len) : NULL;
	struct span within = close ? span_trim(span_between(s.at + 1, close)) : SPAN("");

	return within.len > 0 && ip_at(within, ours, mark) == within.len ? (size_t)(close + 1 - s.at) : 0;
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
		for (digits = 0; at < s.len && digits < 3 && is_digit(s.at[at]); digits++)
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

static bool is_name_byte(char c)
{
	return is_word(c) || c == '.' || c == '-' || c == '_';
}

/* "x@example.org", a word; up to the end of its domain. */
static size_t mailbox_at(struct span s)
{
	size_t at = 0;

	while (at < s.len && at < 64 && (is_name_byte(s.at[at]) || strchr("!#$%&'*+/=?^`{|}~", s.at[at])) && s.at[at])
		at++;
	if (at == 0 || at == s.len || s.at[at] != '@' || at + 1 == s.len || !is_name_byte(s.at[at + 1]))
		return 0;
	for (at++; at < s.len && is_name_byte(s.at[at]);)
		at++;
	while (s.at[at - 1] == '.')
		at--;
	return at;
}

/* A host's name, as a word: the server's own may hold any words. */
static size_t name_at(struct span s, struct span name)
{
	if (name.len == 0 || !span_starts_nocase(s, name) || (s.len > name.len && is_name_byte(s.at[name.len])))
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
	struct ours ours;
	struct span own_name;     /* empty: could be the sender's domain as well */
	char code[4];
	struct refusal_text *out;
};

static void add(struct refusal_text *to, char c)
{
	bool blank = (unsigned char)c <= ' ' || c == 0x7f;

	if (blank && (to->len == 0 || to->text[to->len - 1] == ' '))
		return;
	if (to->len < sizeof to->text)
		to->text[to->len++] = blank ? ' ' : byte_lower(c);
}

static void mark(struct refusal_text *to, char c)
{
	if (to->len < sizeof to->text)
		to->text[to->len++] = c;
}

/* A status of another class than the code contradicts itself, and explains nothing. */
static void take_status(struct reading *r, struct span s)
{
	size_t hash = s.at[0] == '#';

	if (r->out->status[0] == '\0' && s.at[hash] == r->code[0])
		snprintf(r->out->status, sizeof r->out->status, "%.*s", (int)(s.len - hash), s.at + hash);
}

/* At the front of what is left: what is passed over, and its length. */
static size_t pass_over(struct reading *r, struct span rest, bool first, char before)
{
	char m;
	size_t len = 0;
	bool word_begins = first || byte_is_white(before);

	if (word_begins || before == '(')
		len = status_at(rest);
	if (len > 0) {
		/* In front, or as qmail has it: "(#5.7.1)". */
		if (r->out->len == 0 || rest.at[0] == '#')
			take_status(r, (struct span){ rest.at, len });
		return len;
	}
	if (word_begins && (len = code_at(rest, r->code)) > 0)
		return len;
	if ((len = bracketed_ip_at(rest, &r->ours, &m)) > 0) {
		mark(r->out, m);
		return len;
	}
	if ((len = quoted_at(rest)) > 0)
		return len;
	if (!first && (is_word(before) || before == '.'))
		return 0;
	if ((len = ip_at(rest, &r->ours, &m)) > 0) {
		mark(r->out, m);
		return len;
	}
	if ((len = name_at(rest, r->own_name)) > 0) {
		mark(r->out, OUR_ADDRESS_MARK[0]);
		return len;
	}
	if ((len = name_at(rest, span_of(r->heard->server))) > 0)
		return len;
	if ((len = mailbox_at(rest)) > 0)
		mark(r->out, MAILBOX_MARK[0]);
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
	r.ours.given = heard->own_address && ip_parse(heard->own_address, &r.ours.ip);
	r.own_name = host_name(heard->own_name);
	r.ours.is_seen = r.ours.given && !is_private(&r.ours.ip);
	if (rest.len > REFUSAL_LOOKED_AT_MAX)
		rest.len = REFUSAL_LOOKED_AT_MAX;
	while (rest.len > 0) {
		size_t passed = pass_over(&r, rest, first, before);
		if (passed == 0)
			add(out, *rest.at);
		passed = passed ? passed : 1;
		before = rest.at[passed - 1];
		/* "550-5.7.1 x": what follows a code begins a word. */
		if (passed == 4 && before == '-')
			before = ' ';
		first = false;
		rest = span_between(rest.at + passed, rest.at + rest.len);
	}
	note_pairs(out);
}

/* ---- what words are looked for in ---- */

/* Gmail begins each reply with our address, whatever it is about: "[192.0.2.1      15] ". */
static bool begins_with_our_address(const struct refusal_text *t)
{
	static const char *const about_it[] = { "is ", "has been", "block", "list", "black", "found", "reject" };
	const char *close;

	if (t->len < 3 || t->text[0] != '[' || t->text[1] != OUR_ADDRESS_MARK[0] || !(close = memchr(t->text, ']', t->len)))
		return false;
	struct span rest = span_trim(span_between(close + 1, t->text + t->len));
	for (size_t i = 0; i < sizeof about_it / sizeof about_it[0]; i++)
		if (span_starts_nocase(rest, span_of(about_it[i])))
			return false;
	return true;
}

/* Where a host's name and the blank behind it begin, which end at len: "mail.example.org [192.0.2.1]", "unknown[..]". */
static size_t name_before(const struct refusal_text *t, size_t len)
{
	size_t end = len > 0 && t->text[len - 1] == ' ' ? len - 1 : len, at = end;
	bool dotted = false;

	while (at > 0 && is_name_byte(t->text[at - 1]))
		dotted |= t->text[--at] == '.';
	struct span name = { t->text + at, end - at };
	return (dotted && name.at[name.len - 1] != '.') || span_eq(name, SPAN("unknown")) ? at : len;
}

/* "[192.0.2.1]" as "192.0.2.1", so that words stand beside it, and without its name in front. */
static void drop_brackets(struct refusal_text *t)
{
	size_t kept = 0;

	for (size_t i = 0; i < t->len; i++) {
		char c = t->text[i], next = i + 1 < t->len ? t->text[i + 1] : ' ', last = kept > 0 ? t->text[kept - 1] : ' ';
		bool opens = (c == '[' || c == '(') && next == OUR_ADDRESS_MARK[0];
		bool closes = (c == ']' || c == ')') && last == OUR_ADDRESS_MARK[0];
		if (opens)
			kept = name_before(t, kept);
		else if (!closes)
			t->text[kept++] = c;
	}
	t->len = kept;
}

/* "(host 192.0.2.1)", "[ip=192.0.2.1]": one word and our address note who asks, whatever it is about; the word goes. */
static void drop_labels(struct refusal_text *t)
{
	size_t word = 0, end = 0;

	for (size_t i = 0; i + 1 < t->len; i++) {
		char c = t->text[i], next = t->text[i + 1];
		if (c == '(' || c == '[')
			word = end = i + 1;
		else if (is_word(c) && end == i)
			end++;
		else if (c == OUR_ADDRESS_MARK[0] && end > word && (next == ')' || next == ']'))
			memset(t->text + word, ' ', i - word);
		else if (c != ' ' && c != ':' && c != '=')
			word = end = 0;
	}
}

/* "Hi 192.0.2.1, ..": said to whoever comes. */
static void drop_greeting(struct refusal_text *t)
{
	static const char *const words[] = { "hi ", "hello ", "dear " };

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		size_t len = strlen(words[i]);
		if (t->len > len && memcmp(t->text, words[i], len) == 0 && t->text[len] == OUR_ADDRESS_MARK[0])
			t->text[len] = ' ';
	}
}

/* An address in a link names what the link leads to, and so does "ip" there. */
static void drop_links(struct refusal_text *t)
{
	bool in_link = false;

	for (size_t i = 0; i < t->len; i++) {
		char *at = &t->text[i];
		in_link = *at == '/' || (in_link && *at != ' ');
		if (!in_link)
			continue;
		if (*at == OUR_ADDRESS_MARK[0])
			*at = '?';
		if (i + 3 < t->len && !is_word(at[0]) && at[1] == 'i' && at[2] == 'p' && !is_word(at[3]))
			at[1] = at[2] = '?';
	}
}

static bool is_one_of(char c, const char *set)
{
	return memchr(set, c, strlen(set)) != NULL;
}

/* ".. Your IP: 192.0.2.1." at the end notes who asks, too; its words go. */
static void drop_last_label(struct refusal_text *t)
{
	size_t end = t->len, colon, at;

	while (end > 0 && is_one_of(t->text[end - 1], " .])"))
		end--;
	if (end == 0 || t->text[--end] != OUR_ADDRESS_MARK[0])
		return;
	colon = end > 0 && t->text[end - 1] == ' ' ? end - 1 : end;
	if (colon == 0 || !is_one_of(t->text[colon - 1], ":="))
		return;
	for (at = colon - 1; at > 0 && (is_word(t->text[at - 1]) || is_one_of(t->text[at - 1], " '")); at--)
		;
	if (at > 0 && is_one_of(t->text[at - 1], ".;,-(["))
		memset(t->text + at, ' ', end - at);
}

void refusal_text_plain(const struct refusal_text *t, struct refusal_text *out)
{
	static const char note[] = " ip: " OUR_ADDRESS_MARK "]", footer[] = "provide the following information";
	char *at;

	*out = *t;
	if (begins_with_our_address(out))
		out->text[1] = ' ';
	if ((at = memmem(out->text, out->len, note, strlen(note))) != NULL)
		memset(at, ' ', strlen(note) - 1);
	if ((at = memmem(out->text, out->len, footer, strlen(footer))) != NULL)
		out->len = (size_t)(at - out->text);
	drop_links(out);
	drop_labels(out);
	drop_last_label(out);
	drop_brackets(out);
	drop_greeting(out);
	note_pairs(out);
}

bool refusal_text_behind_check(const struct refusal_text *t, struct refusal_text *out)
{
	static const char *const checks[] = { "address rejected: ", "command rejected: ", "host rejected: " };

	for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++) {
		const char *at = memmem(t->text, t->len, checks[i], strlen(checks[i]));
		if (!at)
			continue;
		at += strlen(checks[i]);
		*out = *t;
		out->len = (size_t)(t->text + t->len - at);
		memcpy(out->text, at, out->len);
		note_pairs(out);
		return true;
	}
	return false;
}
