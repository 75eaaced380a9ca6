/* SPDX-License-Identifier: ISC */
#include "sign/signature.h"

#include "base/base64.h"
#include "base/mail/address.h"
#include "base/mail/idn.h"
#include "sign/body_hash.h"
#include "sign/canon.h"
#include "sign/tag_text.h"
#include "sign/tags.h"

#include <stdlib.h>

enum { DOMAIN_MAX = 253, SHOWN_MAX = 320, B_START = 8 };

/* ---- names ---- */

bool signature_is_domain(struct span s)
{
	struct buf normal = { 0 };
	bool is = s.len > 0 && s.len <= DOMAIN_MAX && s.at[s.len - 1] != '.' && !address_needs_utf8(s) &&
	          domain_normalise(s, &normal) == 0;

	buf_free(&normal);
	return is;
}

bool signature_ends_in_dot(struct span name)
{
	return name.len > 1 && name.at[name.len - 1] == '.';
}

/* In A-labels; false: not a name that DNS can hold. */
static bool to_ascii(struct span name, struct buf *out)
{
	return idn_domain(name, out, NULL) == 0 && signature_is_domain(buf_span(out));
}

/* What is before the domain, with the "@"; at NULL when there is none. */
static struct span before_domain(struct span identity)
{
	const char *at = identity.len > 0 ? memrchr(identity.at, '@', identity.len) : NULL;

	return at ? span_between(identity.at, at + 1) : (struct span){ NULL, 0 };
}

bool signature_identity_fits(struct span identity, struct span domain, bool *below)
{
	struct span local = before_domain(identity);
	struct buf own = { 0 };

	if (local.at == NULL)
		return false;
	for (size_t i = 0; i < identity.len; i++)
		if ((unsigned char)identity.at[i] < ' ' || identity.at[i] == 0x7f)
			return false;
	bool fits = to_ascii(span_between(identity.at + local.len, identity.at + identity.len), &own) &&
	            domain_is_within(buf_span(&own), domain);
	*below = !span_eq_nocase(buf_span(&own), domain);
	buf_free(&own);
	return fits;
}

/* ---- the tags ---- */

static const struct {
	const char *name;
	enum key_type key;
	enum digest_kind digest;
} algorithms[] = {
	{ "rsa-sha256",     KEY_RSA,     DIGEST_SHA256 },
	{ "ed25519-sha256", KEY_ED25519, DIGEST_SHA256 },
	{ "rsa-sha1",       KEY_RSA,     DIGEST_SHA1 },
};

const char *signature_algorithm(enum key_type type)
{
	return algorithms[type == KEY_RSA ? 0 : 1].name;
}

static const char *take_version(struct span v, struct signature *out)
{
	(void)out;
	return span_eq(v, SPAN("1")) ? NULL : "v= is not 1";
}

static const char *take_algorithm(struct span v, struct signature *out)
{
	for (size_t i = 0; i < sizeof algorithms / sizeof algorithms[0]; i++)
		if (span_eq_nocase(v, span_of(algorithms[i].name))) {
			out->key = algorithms[i].key;
			out->digest = algorithms[i].digest;
			return NULL;
		}
	return "a= is not a known algorithm";
}

static const char *take_b(struct span v, struct signature *out)
{
	if (v.len == 0)
		return "b= is empty";
	return base64_decode(v, &out->b) && out->b.len > 0 ? NULL : "b= is not base64";
}

static const char *take_bh(struct span v, struct signature *out)
{
	if (v.len == 0)
		return "bh= is empty";
	return base64_decode(v, &out->bh) && out->bh.len > 0 ? NULL : "bh= is not base64";
}

/* From here on the name is the one that is looked up. */
static bool take_name(struct span v, char **shown)
{
	struct buf ascii = { 0 };
	bool is = to_ascii(v, &ascii);

	if (is) {
		free(*shown);
		*shown = mem_text_span(buf_span(&ascii));
	}
	buf_free(&ascii);
	return is;
}

static const char *take_domain(struct span v, struct signature *out)
{
	if (signature_ends_in_dot(v))
		return "d= ends in a dot, which belongs to zone files alone";
	return take_name(v, &out->domain) ? NULL : "d= is not a domain";
}

static const char *take_selector(struct span v, struct signature *out)
{
	if (signature_ends_in_dot(v))
		return "s= ends in a dot, which belongs to zone files alone";
	return take_name(v, &out->selector) ? NULL : "s= is not a selector";
}

/* Simple, or the other one that the scheme has. */
static bool find_canon(struct span word, enum canon other, enum canon *out)
{
	bool is_other = span_eq_nocase(word, span_of(canon_name(other)));

	*out = is_other ? other : CANON_SIMPLE;
	return is_other || span_eq_nocase(word, span_of(canon_name(CANON_SIMPLE)));
}

/* Without a body part it is simple, whatever the header's is. */
static const char *take_canon(struct span v, struct signature *out)
{
	struct span body = v, header = span_cut(&body, '/');
	bool known = find_canon(header, CANON_RELAXED, &out->header) &&
	             (body.at == NULL || find_canon(body, CANON_RELAXED, &out->body));

	return known ? NULL : "c= is not a known canonicalisation";
}

static const char *take_canon_alone(struct span v, struct signature *out)
{
	bool known = find_canon(v, CANON_NOFWS, &out->header);

	out->body = out->header;
	return known ? NULL : "c= is not a known canonicalisation";
}

#define NOT_COLONS "the names in h= must be separated by colons"

static const char *take_any_names(struct span v, struct signature *out)
{
	out->names = v;
	for (struct span rest = v; rest.at;) {
		struct span name = span_trim(span_cut(&rest, ':'));
		if (name.len == 0)
			return "h= has an empty name";
		for (size_t i = 0; i < name.len; i++)
			if (byte_is_white(name.at[i]))
				return NOT_COLONS;
	}
	return NULL;
}

static const char *take_names(struct span v, struct signature *out)
{
	const char *why = take_any_names(v, out);

	if (why || tags_list_has(v, "from"))
		return why;
	/* A name may have a comma in it, and none that matters has. */
	return memchr(v.at, ',', v.len) ? NOT_COLONS : "h= does not name From";
}

static const char *take_identity(struct span v, struct signature *out)
{
	struct buf decoded = { 0 };

	tag_text_decode(v, &decoded);
	bool fits = signature_identity_fits(buf_span(&decoded), span_of(out->domain), &out->identity_below);
	buf_free(&decoded);
	return fits ? NULL : "i= is not within d=";
}

/* 1*DIGIT; what is past the largest number counts as that. */
static bool take_number(struct span v, uint64_t most, uint64_t *out)
{
	unsigned long long number;

	for (size_t i = 0; i < v.len; i++)
		if (v.at[i] < '0' || v.at[i] > '9')
			return false;
	*out = span_number(v, most, &number) ? number : most;
	return v.len > 0;
}

static const char *take_length(struct span v, struct signature *out)
{
	return take_number(v, BODY_WHOLE - 1, &out->body_bytes) ? NULL : "l= is not a number";
}

static const char *take_signed(struct span v, struct signature *out)
{
	uint64_t number = 0;
	bool is = take_number(v, INT64_MAX, &number);

	out->signed_s = (int64_t)number;
	return is ? NULL : "t= is not a number";
}

static const char *take_expires(struct span v, struct signature *out)
{
	uint64_t number = 0;
	bool is = take_number(v, INT64_MAX, &number);

	out->expires_s = (int64_t)number;
	return is ? NULL : "x= is not a number";
}

static const char *take_query(struct span v, struct signature *out)
{
	(void)out;
	return tags_list_has(v, "dns/txt") ? NULL : "q= does not name dns/txt";
}

/* RFC 4870 knows no other. */
static const char *take_sha1(struct span v, struct signature *out)
{
	(void)out;
	return span_eq_nocase(v, SPAN("rsa-sha1")) ? NULL : "a= is not rsa-sha1, which is all that DomainKeys has";
}

static const char *take_dns(struct span v, struct signature *out)
{
	(void)out;
	return tags_list_has(v, "dns") ? NULL : "q= does not name dns";
}

struct row {
	const char *name;
	const char *missing;    /* NULL: optional */
	const char *(*take)(struct span v, struct signature *out);
};

static const struct row dkim_rows[] = {
	{ "v",  "v= is missing",  take_version },
	{ "a",  "a= is missing",  take_algorithm },
	{ "b",  "b= is missing",  take_b },
	{ "bh", "bh= is missing", take_bh },
	{ "d",  "d= is missing",  take_domain },
	{ "h",  "h= is missing",  take_names },
	{ "s",  "s= is missing",  take_selector },
	{ "c",  NULL,             take_canon },
	{ "i",  NULL,             take_identity },
	{ "l",  NULL,             take_length },
	{ "q",  NULL,             take_query },
	{ "t",  NULL,             take_signed },
	{ "x",  NULL,             take_expires },
};

static const struct row domainkeys_rows[] = {
	{ "a",  NULL,             take_sha1 },
	{ "b",  "b= is missing",  take_b },
	{ "c",  NULL,             take_canon_alone },
	{ "d",  "d= is missing",  take_domain },
	{ "h",  NULL,             take_any_names },
	{ "q",  NULL,             take_dns },
	{ "s",  "s= is missing",  take_selector },
};

static const struct {
	const struct row *rows;
	size_t count;
} tables[] = {
	[SIGN_DKIM]       = { dkim_rows, sizeof dkim_rows / sizeof dkim_rows[0] },
	[SIGN_DOMAINKEYS] = { domainkeys_rows, sizeof domainkeys_rows / sizeof domainkeys_rows[0] },
};

static char *shown_tag(const struct tags *t, const char *name)
{
	const struct tag *tag = tags_find(t, name);
	struct span v = tag ? tag->value : SPAN("");

	v.len = v.len < SHOWN_MAX ? v.len : SHOWN_MAX;
	return mem_text_span(v);
}

/* RFC 6008: the first eight characters, white space left out. */
static char *start_of_b(const struct tags *t)
{
	const struct tag *tag = tags_find(t, "b");
	struct span v = tag ? tag->value : SPAN("");
	struct buf start = { 0 };

	for (size_t i = 0; i < v.len && start.len < B_START; i++)
		if (!byte_is_white(v.at[i]))
			buf_add_byte(&start, v.at[i]);
	return buf_take(&start);
}

/* Decoded, its domain in A-labels where it can be. */
static char *shown_identity(const struct tags *t)
{
	const struct tag *tag = tags_find(t, "i");
	struct buf text = { 0 }, ascii = { 0 };

	tag_text_decode(tag ? tag->value : SPAN(""), &text);
	text.len = text.len < SHOWN_MAX ? text.len : SHOWN_MAX;
	struct span local = before_domain(buf_span(&text));
	if (local.at && idn_domain(span_between(text.at + local.len, text.at + text.len), &ascii, NULL) == 0) {
		text.len = local.len;
		buf_add_span(&text, buf_span(&ascii));
	}
	buf_free(&ascii);
	return buf_take(&text);
}

/* "=?", and what may end an encoded word behind it. No tag has either. */
static bool holds_encoded_word(struct span value)
{
	const char *start = value.len > 0 ? memmem(value.at, value.len, "=?", 2) : NULL;

	return start && memmem(start + 2, (size_t)(value.at + value.len - start - 2), "?=", 2);
}

const char *signature_parse(enum sign_scheme scheme, struct span raw, struct signature *out)
{
	struct tags t;
	struct span value = raw;

	*out = (struct signature){
		.digest = scheme == SIGN_DOMAINKEYS ? DIGEST_SHA1 : DIGEST_SHA256, .body_bytes = BODY_WHOLE,
		.signed_s = SIGNATURE_NO_TIME, .expires_s = SIGNATURE_NO_TIME,
	};
	span_cut(&value, ':');
	const char *why = tags_parse(value, &t);
	out->domain = shown_tag(&t, "d");
	out->selector = shown_tag(&t, "s");
	out->algorithm = shown_tag(&t, "a");
	out->identity = shown_identity(&t);
	out->b_start = start_of_b(&t);
	for (size_t i = 0; i < tables[scheme].count && why == NULL; i++) {
		const struct row *row = &tables[scheme].rows[i];
		const struct tag *tag = tags_find(&t, row->name);
		why = tag ? row->take(tag->value, out) : row->missing;
	}
	if (why == NULL && out->expires_s != SIGNATURE_NO_TIME && out->expires_s <= out->signed_s)
		why = "x= is not after t=";
	out->is_encoded = why && holds_encoded_word(value);
	if (why)
		return out->is_encoded ? "a program has rewritten the field in encoded words (=?...?=), which nobody reads there" : why;
	const struct span room = tags_find(&t, "b")->room;
	out->without_b[0] = span_between(raw.at, room.at);
	out->without_b[1] = span_between(room.at + room.len, raw.at + raw.len);
	return NULL;
}

void signature_free(struct signature *s)
{
	free(s->domain);
	free(s->selector);
	free(s->algorithm);
	free(s->identity);
	free(s->b_start);
	buf_free(&s->b);
	buf_free(&s->bh);
	*s = (struct signature){ 0 };
}
