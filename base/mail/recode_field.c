/* SPDX-License-Identifier: ISC */
#include "base/mail/recode_field.h"

#include "base/mail/message.h"

/* As much as a line holds; RFC 2046 section 5.1.1 allows 70. */
enum { BOUNDARY_MAX = 990 };

static const struct {
	const char *name;
	enum recode_encoding encoding;
} encodings[] = {
	{ "7bit",             RECODE_7BIT },
	{ "8bit",             RECODE_8BIT },
	{ "binary",           RECODE_BINARY },
	{ "quoted-printable", RECODE_QUOTED_PRINTABLE },
	{ "base64",           RECODE_BASE64 },
	{ "7-bit",            RECODE_7BIT },     /* often written so, and never meant otherwise */
	{ "8-bit",            RECODE_8BIT },
};

static const struct {
	const char *type, *subtype;              /* NULL: any */
	enum recode_kind kind;
} kinds[] = {
	{ "text",      NULL,        RECODE_TEXT },
	{ "multipart", "signed",    RECODE_SIGNED },
	{ "multipart", "encrypted", RECODE_ENCRYPTED },
	{ "multipart", NULL,        RECODE_MULTIPART },
	{ "message",   "rfc822",    RECODE_MESSAGE },
	{ "message",   "global",    RECODE_MESSAGE },
	{ "message",   "news",      RECODE_MESSAGE },
	{ "message",   NULL,        RECODE_REPORT },
};

const char *recode_encoding_name(enum recode_encoding e)
{
	return e < RECODE_UNKNOWN ? encodings[e].name : "";
}

/* ---- lexical (RFC 2045 section 5.1, RFC 822 section 3.3) ---- */

static void skip_bytes(struct span *s, size_t len)
{
	*s = (struct span){ s->at + len, s->len - len };
}

static void skip_comment(struct span *s)
{
	unsigned depth = 0;

	while (s->len > 0) {
		char c = s->at[0];
		skip_bytes(s, c == '\\' && s->len > 1 ? 2 : 1);
		if (c == '(')
			depth++;
		else if (c == ')' && --depth == 0)
			return;
	}
}

/* NUL leaves as a blank, and is read as one. */
static bool is_white(char c)
{
	return byte_is_white(c) || c == '\0';
}

static void skip_white(struct span *s)
{
	while (s->len > 0 && (is_white(s->at[0]) || s->at[0] == '('))
		if (s->at[0] == '(')
			skip_comment(s);
		else
			skip_bytes(s, 1);
}

static struct span take_token(struct span *s)
{
	struct span token = { s->at, 0 };

	while (token.len < s->len && message_is_token_byte(s->at[token.len]))
		token.len++;
	skip_bytes(s, token.len);
	return token;
}

/* A quoted string; or what stands there up to a blank or ';': more than a token, since many boundaries are not quoted. */
static void take_value(struct span *s, struct buf *out)
{
	if (s->len == 0 || s->at[0] != '"') {
		for (; s->len > 0 && !is_white(s->at[0]) && s->at[0] != ';' && s->at[0] != '('; skip_bytes(s, 1))
			buf_add_byte(out, s->at[0]);
		return;
	}
	for (skip_bytes(s, 1); s->len > 0 && s->at[0] != '"'; skip_bytes(s, 1)) {
		if (s->at[0] == '\\' && s->len > 1)
			skip_bytes(s, 1);
		if (s->at[0] != '\r' && s->at[0] != '\n')
			buf_add_byte(out, s->at[0] ? s->at[0] : ' ');
	}
	skip_bytes(s, s->len > 0);
}

/* ---- Content-Type ---- */

static void take_parameter(struct span *s, struct recode_fields *out)
{
	struct buf value = { 0 };
	struct span name = take_token(s);

	skip_white(s);
	if (s->len > 0 && s->at[0] == '=') {
		skip_bytes(s, 1);
		skip_white(s);
		take_value(s, &value);
	}
	while (value.len > 0 && byte_is_blank(value.at[value.len - 1]))
		value.len--;
	out->odd_boundary |= span_starts_nocase(name, SPAN("boundary*"));
	if (span_eq_nocase(name, SPAN("boundary")) && out->boundary.len == 0) {
		if (value.len > BOUNDARY_MAX)
			out->odd_boundary = true;
		else
			buf_add_span(&out->boundary, buf_span(&value));
	}
	buf_free(&value);
}

/* To after the next ';' at which a parameter may begin. */
static bool next_parameter(struct span *s)
{
	struct buf ignored = { 0 };

	for (skip_white(s); s->len > 0 && s->at[0] != ';'; skip_white(s))
		if (s->at[0] == '"')
			take_value(s, &ignored);
		else
			skip_bytes(s, 1);
	buf_free(&ignored);
	if (s->len == 0)
		return false;
	skip_bytes(s, 1);
	skip_white(s);
	return true;
}

static enum recode_kind kind_of(struct span type, struct span subtype)
{
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (span_eq_nocase(type, span_of(kinds[i].type)) &&
		    (kinds[i].subtype == NULL || span_eq_nocase(subtype, span_of(kinds[i].subtype))))
			return kinds[i].kind;
	return RECODE_OTHER;
}

static void read_type(struct span value, struct recode_fields *out)
{
	out->has_type = true;
	skip_white(&value);
	struct span type = take_token(&value);
	const char *begin = type.at;
	skip_white(&value);
	if (type.len == 0 || value.len == 0 || value.at[0] != '/')
		return;
	skip_bytes(&value, 1);
	skip_white(&value);
	struct span subtype = take_token(&value);
	if (subtype.len == 0)
		return;
	out->type = span_between(begin, subtype.at + subtype.len);
	out->kind = kind_of(type, subtype);
	out->digest = out->kind == RECODE_MULTIPART && span_eq_nocase(subtype, SPAN("digest"));
	while (next_parameter(&value))
		take_parameter(&value, out);
}

/* ---- Content-Transfer-Encoding ---- */

static void read_encoding(struct span value, struct recode_fields *out)
{
	skip_white(&value);
	struct span rest = value;
	struct span name = take_token(&rest);
	skip_white(&rest);
	out->encoding_name = rest.len == 0 || rest.at[0] == ';' ? name : span_trim(value);
	out->encoding = out->encoding_name.len == 0 ? RECODE_7BIT : RECODE_UNKNOWN;
	for (size_t i = 0; i < sizeof encodings / sizeof encodings[0]; i++)
		if (span_eq_nocase(out->encoding_name, span_of(encodings[i].name)))
			out->encoding = encodings[i].encoding;
}

void recode_fields_read(struct span header, struct recode_fields *out)
{
	struct span rest = message_skip_mbox(header);
	bool has_encoding = false;
	struct field field;

	*out = (struct recode_fields){ .kind = RECODE_TEXT };
	while (message_next_field(&rest, &field)) {
		out->has_version |= span_eq_nocase(field.name, SPAN("MIME-Version"));
		if (!out->has_type && span_eq_nocase(field.name, SPAN("Content-Type")))
			read_type(field.value, out);
		if (!has_encoding && span_eq_nocase(field.name, SPAN("Content-Transfer-Encoding"))) {
			has_encoding = true;
			read_encoding(field.value, out);
		}
	}
}

void recode_fields_free(struct recode_fields *f)
{
	buf_free(&f->boundary);
	*f = (struct recode_fields){ 0 };
}

/* ---- boundaries ---- */

int recode_compare_boundary(struct span line, struct span boundary, size_t *len)
{
	int found = 1;

	*len = 2 + boundary.len;
	if (line.len < *len || !span_eq((struct span){ line.at + 2, boundary.len }, boundary))
		return 0;
	if (line.len >= *len + 2 && line.at[*len] == '-' && line.at[*len + 1] == '-') {
		found = 2;
		*len += 2;
	}
	for (size_t i = *len; i < line.len; i++)
		if (!byte_is_blank(line.at[i]))
			return 0;
	return found;
}
