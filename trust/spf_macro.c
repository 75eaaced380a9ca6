/* SPDX-License-Identifier: ISC */
#include "trust/spf_macro.h"

enum { PARTS_MAX = 512, DIGITS_MAX = 9999 };

enum token_kind { TOKEN_LITERAL, TOKEN_ESCAPE, TOKEN_MACRO };

struct token {
	enum token_kind kind;
	char byte;                 /* of a literal; of an escape, what follows the "%" */
	char letter;               /* of a macro, lower case */
	bool url, reverse;
	unsigned keep;             /* parts from the right; 0: all */
	struct span delimiters;    /* empty: "." */
};

/* What follows "%{". */
static const char *read_macro(struct span *rest, struct token *t)
{
	size_t i = 0;

	if (rest->len == 0)
		return "a macro ends after \"%{\"";
	t->letter = byte_lower(rest->at[i]);
	t->url = t->letter != rest->at[i];
	if (!strchr("slodiphcrtv", t->letter) || t->letter == '\0')
		return "no macro has this letter";
	bool has_digits = ++i < rest->len && byte_is_digit(rest->at[i]);
	for (; i < rest->len && byte_is_digit(rest->at[i]); i++)
		if (t->keep <= DIGITS_MAX)
			t->keep = t->keep * 10 + (unsigned)(rest->at[i] - '0');
	if (has_digits && t->keep == 0)
		return "the number of a macro is not to be 0";
	if (i < rest->len && byte_lower(rest->at[i]) == 'r') {
		t->reverse = true;
		i++;
	}
	t->delimiters.at = rest->at + i;
	while (i < rest->len && rest->at[i] != '\0' && strchr(".-+,/_=", rest->at[i]))
		i++;
	t->delimiters.len = (size_t)(rest->at + i - t->delimiters.at);
	if (i == rest->len || rest->at[i] != '}')
		return "a macro lacks its \"}\"";
	*rest = (struct span){ rest->at + i + 1, rest->len - i - 1 };
	return NULL;
}

/* Cuts the next token off a text that is not empty. NULL, or what is wrong with it. */
static const char *next_token(struct span *rest, struct token *t)
{
	char c = rest->at[0];

	*t = (struct token){ .kind = TOKEN_LITERAL, .byte = c };
	*rest = (struct span){ rest->at + 1, rest->len - 1 };
	if (c != '%')
		return NULL;
	c = rest->len > 0 ? rest->at[0] : '\0';
	if (c != '{' && c != '%' && c != '_' && c != '-')
		return "a \"%\" stands alone; in a record it is written \"%%\"";
	*rest = (struct span){ rest->at + 1, rest->len - 1 };
	if (c == '{') {
		t->kind = TOKEN_MACRO;
		return read_macro(rest, t);
	}
	t->kind = TOKEN_ESCAPE;
	t->byte = c;
	return NULL;
}

/* toplabel, with the "." before it, maybe one after it. */
static const char *check_end(struct span literal)
{
	struct span s = literal;
	bool has_letter = false;

	if (s.len > 0 && s.at[s.len - 1] == '.')
		s.len--;
	const char *dot = s.len > 0 ? memrchr(s.at, '.', s.len) : NULL;
	if (dot == NULL)
		return "a name of one label is not enough here";
	struct span label = span_between(dot + 1, s.at + s.len);
	if (label.len == 0)
		return "the name ends in an empty label";
	for (size_t i = 0; i < label.len; i++) {
		if (!byte_is_letter_or_digit(label.at[i]) && label.at[i] != '-')
			return "the name does not end in a top-level domain";
		has_letter |= !byte_is_digit(label.at[i]);
	}
	if (label.at[0] == '-' || label.at[label.len - 1] == '-')
		return "the name ends in a label that begins or ends with \"-\"";
	return has_letter ? NULL : "the name ends in a number; an address is written ip4: or ip6:";
}

const char *spf_macro_check(struct span text, enum spf_macro_place place, size_t *at)
{
	struct span rest = text, literal = text;
	bool ends_in_macro = false;
	const char *wrong = NULL;

	*at = 0;
	if (text.len == 0 && place == SPF_MACRO_DOMAIN)
		return "a name is missing";
	while (rest.len > 0) {
		struct token t;
		*at = (size_t)(rest.at - text.at);
		if ((wrong = next_token(&rest, &t)) != NULL)
			return wrong;
		if (t.kind == TOKEN_MACRO && strchr("crt", t.letter) && place == SPF_MACRO_DOMAIN)
			return "the macros c, r and t are for explanations alone";
		if (t.kind == TOKEN_LITERAL && (t.byte < ' ' || t.byte > '~' || (t.byte == ' ' && place != SPF_MACRO_EXPLAIN)))
			return "this byte is not printable ASCII";
		ends_in_macro = t.kind != TOKEN_LITERAL;
		if (ends_in_macro)
			literal = rest;
	}
	if (place != SPF_MACRO_DOMAIN || ends_in_macro)
		return NULL;
	*at = (size_t)(literal.at - text.at);
	return check_end(literal);
}

bool spf_macro_has(struct span text, char letter)
{
	for (struct token t; text.len > 0;)
		if (next_token(&text, &t) == NULL && t.kind == TOKEN_MACRO && t.letter == letter)
			return true;
	return false;
}

/* ---- expanding ---- */

static void add_value(char letter, const struct spf_macro_values *v, struct buf *out)
{
	switch (letter) {
	case 's': buf_add_span(out, v->sender); break;
	case 'l': buf_add_span(out, v->local); break;
	case 'o': buf_add_span(out, v->sender_domain); break;
	case 'd': buf_add_span(out, v->domain); break;
	case 'h': buf_add_span(out, v->helo); break;
	case 'p': buf_add_span(out, v->validated); break;
	case 'r': buf_add_span(out, v->receiver); break;
	case 't': buf_printf(out, "%lld", (long long)v->now_s); break;
	case 'v': buf_add_text(out, v->client.family == 6 ? "ip6" : "in-addr"); break;
	case 'i':
		if (v->client.family == 6) {
			for (size_t i = 0; i < 16; i++)
				buf_printf(out, "%s%x.%x", i ? "." : "", v->client.bytes[i] >> 4, v->client.bytes[i] & 15);
			break;
		}
		/* fall through */
	default: ip_address_print(&v->client, out);
	}
}

/* Parts at the delimiters, in the other order, the last of them: joined by dots. */
static void transform(struct span value, const struct token *t, struct buf *out)
{
	struct span parts[PARTS_MAX], delimiters = t->delimiters.len > 0 ? t->delimiters : SPAN(".");
	size_t count = 0, from = 0;

	for (size_t i = 0; i <= value.len && count < PARTS_MAX; i++)
		if (i == value.len || memchr(delimiters.at, value.at[i], delimiters.len)) {
			parts[count++] = (struct span){ value.at + from, i - from };
			from = i + 1;
		}
	size_t first = t->keep > 0 && t->keep < count ? count - t->keep : 0;
	for (size_t i = first; i < count; i++) {
		if (i > first)
			buf_add_byte(out, '.');
		buf_add_span(out, parts[t->reverse ? count - 1 - i : i]);
	}
}

static void expand_macro(const struct token *t, const struct spf_macro_values *values, struct buf *out)
{
	struct buf value = { 0 }, made = { 0 };

	add_value(t->letter, values, &value);
	transform((struct span){ buf_text(&value), value.len }, t, &made);
	for (size_t i = 0; i < made.len; i++) {
		char c = made.at[i];
		/* RFC 3986 section 2.1; unreserved bytes stay. */
		if (!t->url || byte_is_letter_or_digit(c) || (c != '\0' && strchr("-._~", c)))
			buf_add_byte(out, c);
		else
			buf_printf(out, "%%%02X", (unsigned char)c);
	}
	buf_free(&value);
	buf_free(&made);
}

void spf_macro_expand(struct span text, const struct spf_macro_values *values, struct buf *out)
{
	while (text.len > 0) {
		struct span before = text;
		struct token t;
		if (next_token(&text, &t) != NULL)
			buf_add_span(out, span_between(before.at, text.at));
		else if (t.kind == TOKEN_MACRO)
			expand_macro(&t, values, out);
		else if (t.kind == TOKEN_LITERAL || t.byte == '%')
			buf_add_byte(out, t.byte);
		else
			buf_add_text(out, t.byte == '_' ? " " : "%20");
	}
}
