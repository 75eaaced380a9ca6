#include "sign/base64.h"
#include "sign/body.h"
#include "sign/fields.h"
#include "sign/fold.h"
#include "sign/key.h"
#include "sign/signature.h"

#include <stdio.h>
#include <stdlib.h>

struct one {                   /* a signature to be made */
	const struct sign_key *key;
	char *domain, *selector, *identity;
	enum canon header, body;
	int64_t now_s, expires_s;
	size_t body_number;
};

struct signer {
	struct one *ones;
	size_t count;
	struct header *header;
	struct body *body;
};

/* ---- the options ---- */

static int check_options(const struct sign_options *o, struct fault *f)
{
	bool below;

	if (!signature_is_domain(span_of(o->domain)))
		return fault_set(f, FAULT_PERMANENT, "4.3.5", "cannot sign for \"%.260s\": not a domain name in ASCII form",
		                 o->domain);
	if (!signature_is_domain(span_of(o->selector)))
		return fault_set(f, FAULT_PERMANENT, "4.3.5", "cannot sign with selector \"%.260s\": not a name for DNS",
		                 o->selector);
	if (o->identity && !signature_identity_fits(span_of(o->identity), span_of(o->domain), &below))
		return fault_set(f, FAULT_PERMANENT, "4.3.5", "cannot sign as \"%.200s\": not within %.200s", o->identity,
		                 o->domain);
	if (o->expires_s >= 0 && o->expires_s <= o->now_s)
		return fault_set(f, FAULT_PERMANENT, "4.3.5", "a signature that expires before it is made");
	return 0;
}

static void take_options(struct signer *s, const struct sign_options *o)
{
	s->ones[s->count++] = (struct one){
		.key = o->key, .domain = mem_text(o->domain), .selector = mem_text(o->selector),
		.identity = mem_text(o->identity), .header = o->header, .body = o->body,
		.now_s = o->now_s, .expires_s = o->expires_s,
		.body_number = body_want(s->body, o->body, DIGEST_SHA256, BODY_WHOLE),
	};
}

struct signer *signer_new(const struct sign_options *options, size_t count, struct fault *f)
{
	if (count > SIGN_SIGNATURES_MAX) {
		fault_set(f, FAULT_PERMANENT, "4.3.5", "%zu signatures for one message: at most %d", count, SIGN_SIGNATURES_MAX);
		return NULL;
	}
	for (size_t i = 0; i < count; i++)
		if (check_options(&options[i], f) < 0)
			return NULL;
	struct signer *s = mem_alloc(sizeof *s);
	s->header = header_new();
	s->body = body_new();
	s->ones = mem_resize(NULL, count, sizeof *s->ones);
	for (size_t i = 0; i < count; i++)
		take_options(s, &options[i]);
	return s;
}

void signer_free(struct signer *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < s->count; i++) {
		free(s->ones[i].domain);
		free(s->ones[i].selector);
		free(s->ones[i].identity);
	}
	free(s->ones);
	header_free(s->header);
	body_free(s->body);
	free(s);
}

int signer_feed(struct signer *s, struct span piece, struct fault *f)
{
	int whole = header_feed(s->header, &piece, f);

	if (whole == 1)
		body_feed(s->body, piece);
	return whole < 0 ? -1 : 0;
}

/* ---- the message ---- */

/* What readers of the header might take in different ways is not signed (RFC 6376 section 8.15, RFC 5322 3.6). */
static int check_header(const struct header *h, struct fault *f)
{
	size_t froms = header_instances(h, SPAN("From"));

	for (size_t i = 0; i < header_count(h); i++)
		if (header_at(h, i)->name.len == 0)
			return fault_set(f, FAULT_PERMANENT, "5.6.0", "the header section has a line that is no field: \"%.*s\"",
			                 (int)(header_at(h, i)->raw.len < 60 ? header_at(h, i)->raw.len : 60),
			                 header_at(h, i)->raw.at);
	if (froms != 1)
		return fault_set(f, FAULT_PERMANENT, "5.6.0", "the message has %zu From fields: exactly one can be signed", froms);
	return 0;
}

/* The fields that are covered, canonical, as they go into the hash. */
static void canon_fields(struct header *h, enum canon kind, const struct field_names *names, EVP_MD_CTX *hash)
{
	struct buf text = { 0 };

	header_choose(h, SIZE_MAX);
	for (size_t i = 0; i < names->count; i++) {
		const struct header_field *field = header_next(h, names->items[i]);
		if (field == NULL)
			continue;
		canon_field(kind, field->raw, &text);
		buf_add_text(&text, "\r\n");
	}
	digest_feed(hash, buf_span(&text));
	buf_free(&text);
}

/* ---- the field ---- */

static void add_tag(struct fold *f, const char *name, struct span value)
{
	struct buf text = { 0 };

	buf_printf(&text, "%s=", name);
	buf_add_span(&text, value);
	buf_add_byte(&text, ';');
	fold_word(f, buf_span(&text));
	buf_free(&text);
}

static void add_time(struct fold *f, const char *name, int64_t time_s)
{
	char digits[24];

	if (time_s < 0)
		return;
	snprintf(digits, sizeof digits, "%lld", (long long)time_s);
	add_tag(f, name, span_of(digits));
}

/* dkim-quoted-printable: RFC 6376 section 2.11. */
static void add_identity(struct fold *f, const char *identity)
{
	struct buf text = { 0 };

	if (identity == NULL)
		return;
	for (const char *c = identity; *c; c++) {
		if (*c > ' ' && *c < 0x7f && *c != ';' && *c != '=')
			buf_add_byte(&text, *c);
		else
			buf_printf(&text, "=%02X", (unsigned)(unsigned char)*c);
	}
	add_tag(f, "i", buf_span(&text));
	buf_free(&text);
}

static void add_names(struct fold *f, const struct field_names *names)
{
	struct buf text = { 0 };

	for (size_t i = 0; i < names->count; i++) {
		buf_clear(&text);
		buf_add_text(&text, i == 0 ? "h=" : "");
		for (size_t j = 0; j < names->items[i].len; j++)
			buf_add_byte(&text, byte_lower(names->items[i].at[j]));
		buf_add_byte(&text, i + 1 < names->count ? ':' : ';');
		if (i == 0)
			fold_word(f, buf_span(&text));
		else
			fold_piece(f, buf_span(&text));
	}
	buf_free(&text);
}

static void add_base64(struct fold *f, const char *name, struct span bytes)
{
	struct buf text = { 0 };

	base64_encode(bytes, &text);
	add_tag(f, name, buf_span(&text));
	buf_free(&text);
}

/* All of the field up to "b=". The tags stand in one order always. */
static struct fold begin_field(const struct signer *s, const struct one *o, const struct field_names *names,
                               struct buf *out)
{
	struct fold f = fold_begin(out, "DKIM-Signature:");
	char canon[32];

	snprintf(canon, sizeof canon, "%s/%s", canon_name(o->header), canon_name(o->body));
	add_tag(&f, "v", SPAN("1"));
	add_tag(&f, "a", span_of(signature_algorithm(sign_key_type(o->key))));
	add_tag(&f, "c", span_of(canon));
	add_tag(&f, "d", span_of(o->domain));
	add_tag(&f, "s", span_of(o->selector));
	add_identity(&f, o->identity);
	add_time(&f, "t", o->now_s);
	add_time(&f, "x", o->expires_s);
	add_names(&f, names);
	add_base64(&f, "bh", digest_span(body_digest(s->body, o->body_number)));
	fold_word(&f, SPAN("b="));
	return f;
}

static int add_signature(const struct signer *s, const struct one *o, const struct field_names *names,
                         const EVP_MD_CTX *fields_hash, struct buf *out, struct fault *f)
{
	struct buf own = { 0 }, canonical = { 0 }, signature = { 0 }, text = { 0 };
	struct digest digest;
	struct fold fold = begin_field(s, o, names, &own);
	EVP_MD_CTX *hash = digest_copy(fields_hash);

	canon_field(o->header, buf_span(&own), &canonical);
	digest_feed(hash, buf_span(&canonical));
	digest_now(hash, &digest);
	EVP_MD_CTX_free(hash);
	int result = sign_key_sign(o->key, &digest, &signature, f);
	if (result == 0) {
		base64_encode(buf_span(&signature), &text);
		fold_run(&fold, buf_span(&text));
		fold_end(&fold);
		buf_add_span(out, buf_span(&own));
	}
	buf_free(&own);
	buf_free(&canonical);
	buf_free(&signature);
	buf_free(&text);
	return result;
}

static int add_signatures(struct signer *s, const struct field_names *names, struct buf *out, struct fault *f)
{
	EVP_MD_CTX *hashes[2] = { NULL, NULL };   /* by enum canon; made when first needed */
	size_t before = out->len;
	int result = 0;

	for (size_t i = 0; i < s->count && result == 0; i++) {
		const struct one *o = &s->ones[i];
		if (hashes[o->header] == NULL) {
			hashes[o->header] = digest_begin(DIGEST_SHA256);
			canon_fields(s->header, o->header, names, hashes[o->header]);
		}
		result = add_signature(s, o, names, hashes[o->header], out, f);
	}
	EVP_MD_CTX_free(hashes[0]);
	EVP_MD_CTX_free(hashes[1]);
	if (result < 0)
		out->len = before;
	return result;
}

int signer_finish(struct signer *s, struct buf *fields, struct fault *f)
{
	struct field_names names = { 0 };

	body_end(s->body);
	if (header_finish(s->header, f) < 0 || check_header(s->header, f) < 0 || fields_to_sign(s->header, &names, f) < 0)
		return -1;
	int result = add_signatures(s, &names, fields, f);
	field_names_free(&names);
	return result;
}
