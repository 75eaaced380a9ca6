/* SPDX-License-Identifier: ISC */
#include "sign/body_hash.h"
#include "sign/domainkeys.h"
#include "sign/field.h"
#include "sign/key.h"
#include "sign/signature.h"

#include <stdlib.h>

enum { HEADER_CANONS = CANON_RELAXED + 1 };

struct one {                   /* a signature to be made */
	struct sign_options options;   /* its texts owned */
	size_t number;             /* of its hash: in the body (DKIM), in the domainkeys */
	struct field_names names;  /* DomainKeys: for its h= */
	const char *left_out;
};

/* The DKIM signatures that cover the same fields in the same form share the hash of them. */
struct shared {
	const struct sign_fields *fields;
	struct field_names names;
	EVP_MD_CTX *hashes[HEADER_CANONS];   /* made when first needed */
};

struct signer {
	struct one *ones;
	size_t count, domainkeys_count;
	struct header *header;
	bool header_read;
	struct body_hash *body;
	struct domainkeys *domainkeys;
};

/* ---- the options ---- */

static int check_options(const struct sign_options *o, struct fault *f)
{
	if (!signature_is_domain(span_of(o->domain)))
		return fault_set(f, FAULT_PERMANENT, "4.3.5", "cannot sign for \"%.260s\": %s", o->domain,
		                 signature_ends_in_dot(span_of(o->domain)) ? "leave out the dot at its end" : "not a domain name in ASCII form");
	if (!signature_is_domain(span_of(o->selector)))
		return fault_set(f, FAULT_PERMANENT, "4.3.5", "cannot sign with selector \"%.260s\": %s", o->selector,
		                 signature_ends_in_dot(span_of(o->selector)) ? "leave out the dot at its end" : "not a name for DNS");
	bool nofws = o->header == CANON_NOFWS || o->body == CANON_NOFWS;
	bool relaxed = o->header == CANON_RELAXED || o->body == CANON_RELAXED;
	if (o->scheme == SIGN_DKIM && nofws)
		return fault_set(f, FAULT_PERMANENT, "4.3.5", "DKIM has no canonicalisation nofws: relaxed or simple");
	if (o->scheme == SIGN_DOMAINKEYS && (relaxed || o->header != o->body))
		return fault_set(f, FAULT_PERMANENT, "4.3.5", "DomainKeys has the canonicalisations nofws and simple, one for "
		                 "header and body");
	if (o->scheme == SIGN_DOMAINKEYS) {
		if (o->key && sign_key_type(o->key) != KEY_RSA)
			return fault_set(f, FAULT_PERMANENT, "4.3.5", "DomainKeys signs only with RSA keys, and this is an ed25519 key");
		if (digest_md(DIGEST_SHA1) == NULL)
			return fault_set(f, FAULT_PERMANENT, "4.3.5", "DomainKeys needs SHA-1, which this system's crypto policy "
			                 "forbids: leave domainkeys out");
		return 0;
	}
	bool below;
	if (o->identity && strchr(o->identity, '@') == NULL)
		return fault_set(f, FAULT_PERMANENT, "4.3.5", "cannot sign as \"%.200s\": it is an address, whose user may be missing: @%.200s",
		                 o->identity, o->domain);
	if (o->identity && !signature_identity_fits(span_of(o->identity), span_of(o->domain), &below))
		return fault_set(f, FAULT_PERMANENT, "4.3.5", "cannot sign as \"%.200s\": not within %.200s", o->identity,
		                 o->domain);
	if (o->expires_s >= 0 && o->expires_s <= o->now_s)
		return fault_set(f, FAULT_PERMANENT, "4.3.5", "the signature would expire before it is made");
	return 0;
}

struct signer *signer_new(const struct sign_options *options, size_t count, struct fault *f)
{
	size_t domainkeys = 0;

	if (count > SIGN_SIGNATURES_MAX) {
		fault_set(f, FAULT_PERMANENT, "4.3.5", "%zu signatures for one message: at most %d", count, SIGN_SIGNATURES_MAX);
		return NULL;
	}
	for (size_t i = 0; i < count; i++) {
		if (check_options(&options[i], f) < 0)
			return NULL;
		domainkeys += options[i].scheme == SIGN_DOMAINKEYS;
	}
	if (domainkeys > DOMAINKEYS_MAX) {
		fault_set(f, FAULT_PERMANENT, "4.3.5", "%zu DomainKeys signatures for one message: at most %d", domainkeys,
		          DOMAINKEYS_MAX);
		return NULL;
	}
	struct signer *s = mem_alloc(sizeof *s);
	*s = (struct signer){ .count = count, .domainkeys_count = domainkeys, .header = header_new(), .body = body_hash_new(),
	                      .domainkeys = domainkeys_new() };
	s->ones = mem_resize(NULL, count, sizeof *s->ones);
	for (size_t i = 0; i < count; i++) {
		const struct sign_options *o = &options[i];
		struct one *one = &s->ones[i];
		*one = (struct one){ .options = *o };
		one->options.domain = mem_text(o->domain);
		one->options.selector = mem_text(o->selector);
		one->options.identity = mem_text(o->identity);
		if (o->scheme == SIGN_DKIM)
			one->number = body_hash_want(s->body, o->body, DIGEST_SHA256, BODY_WHOLE);
	}
	return s;
}

void signer_free(struct signer *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < s->count; i++) {
		struct one *one = &s->ones[i];
		free((char *)(uintptr_t)one->options.domain);
		free((char *)(uintptr_t)one->options.selector);
		free((char *)(uintptr_t)one->options.identity);
		field_names_free(&one->names);
	}
	free(s->ones);
	header_free(s->header);
	body_hash_free(s->body);
	domainkeys_free(s->domainkeys);
	free(s);
}

/* ---- the message ---- */

/* DomainKeys hashes the header before the body, so the header has to be known by then. */
static int want_domainkeys(struct signer *s, struct one *one, const struct domainkeys_sender *sender, const char *no_sender,
                           struct fault *f)
{
	struct buf names = { 0 };

	if (fields_present(one->options.fields, s->header, &one->names, f) < 0)
		return -1;
	for (size_t i = 0; i < one->names.count; i++) {
		buf_add_text(&names, i > 0 ? ":" : "");
		buf_add_span(&names, one->names.items[i]);
	}
	one->left_out = no_sender ? no_sender : domainkeys_unfit(sender, span_of(one->options.domain), buf_span(&names));
	if (one->left_out == NULL)
		one->number = domainkeys_want(s->domainkeys, one->options.header, s->header, SIZE_MAX, buf_span(&names));
	buf_free(&names);
	return 0;
}

static int read_header(struct signer *s, struct fault *f)
{
	const struct header *h = s->header;
	struct domainkeys_sender sender = { 0 };
	int result = 0;

	if (s->header_read)
		return 0;
	s->header_read = true;
	if (header_finish(s->header, f) < 0)
		return -1;
	if (header_has_bom(h))
		return fault_set(f, FAULT_PERMANENT, "5.6.0", HEADER_HAS_BOM);
	/* What readers of the header might take in different ways is not signed (RFC 6376 section 8.15, RFC 5322 3.6). */
	for (size_t i = 0; i < header_count(h); i++)
		if (header_at(h, i)->name.len == 0)
			return fault_set(f, FAULT_PERMANENT, "5.6.0", "the header section has a line that is not a field: \"%.*s\"",
			                 (int)(header_at(h, i)->raw.len < 60 ? header_at(h, i)->raw.len : 60),
			                 header_at(h, i)->raw.at);
	size_t froms = header_instances(h, SPAN("From"));
	if (froms != 1)
		return fault_set(f, FAULT_PERMANENT, "5.6.0", "the message has %zu From fields: exactly one can be signed", froms);
	if (s->domainkeys_count == 0)
		return 0;
	const char *no_sender = domainkeys_find_sender(h, SIZE_MAX, &sender);
	for (size_t i = 0; i < s->count && result == 0; i++)
		if (s->ones[i].options.scheme == SIGN_DOMAINKEYS)
			result = want_domainkeys(s, &s->ones[i], &sender, no_sender, f);
	domainkeys_sender_free(&sender);
	return result;
}

int signer_feed(struct signer *s, struct span piece, struct fault *f)
{
	int whole = header_feed(s->header, &piece, f);

	if (whole < 1)
		return whole;
	if (read_header(s, f) < 0)
		return -1;
	body_hash_feed(s->body, piece);
	domainkeys_feed(s->domainkeys, piece);
	return 0;
}

/* ---- the signatures ---- */

/* own is the field up to "b="; the whole goes to out. */
static int add_field(const struct sign_key *key, struct buf *own, struct fold *fold, enum digest_kind kind,
                     const struct digest *digest, struct buf *out, struct fault *f)
{
	struct buf signature = { 0 };
	int result = sign_key_sign(key, kind, digest, &signature, f);

	if (result == 0) {
		field_finish(fold, buf_span(&signature));
		buf_add_span(out, buf_span(own));
	}
	buf_free(&signature);
	return result;
}

/* The fields that are covered, canonical, as they go into the hash. */
static EVP_MD_CTX *hash_fields(struct header *h, enum canon kind, const struct field_names *names)
{
	EVP_MD_CTX *hash = digest_begin(DIGEST_SHA256);
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
	return hash;
}

static void forget_shared(struct shared *shared)
{
	for (size_t i = 0; i < HEADER_CANONS; i++)
		EVP_MD_CTX_free(shared->hashes[i]);
	field_names_free(&shared->names);
	*shared = (struct shared){ 0 };
}

static int add_signature(struct signer *s, const struct one *one, struct shared *shared, struct buf *out, struct fault *f)
{
	const struct sign_options *o = &one->options;
	struct buf own = { 0 }, canonical = { 0 };
	struct digest digest;
	int result;

	if (one->left_out)
		return 0;
	if (o->scheme == SIGN_DOMAINKEYS) {
		struct fold fold = field_begin(o, &one->names, NULL, &own);
		result = add_field(o->key, &own, &fold, DIGEST_SHA1, domainkeys_digest(s->domainkeys, one->number), out, f);
		buf_free(&own);
		return result;
	}
	if (shared->names.count == 0 || shared->fields != o->fields) {
		forget_shared(shared);
		shared->fields = o->fields;
		if (fields_to_sign(o->fields, s->header, &shared->names, f) < 0)
			return -1;
	}
	if (shared->hashes[o->header] == NULL)
		shared->hashes[o->header] = hash_fields(s->header, o->header, &shared->names);
	/* The hash of the fields goes on with the signature's own, its b= still empty (RFC 6376 section 3.7). */
	struct fold fold = field_begin(o, &shared->names, body_hash_digest(s->body, one->number), &own);
	EVP_MD_CTX *hash = digest_copy(shared->hashes[o->header]);
	canon_field(o->header, buf_span(&own), &canonical);
	digest_feed(hash, buf_span(&canonical));
	digest_now(hash, &digest);
	EVP_MD_CTX_free(hash);
	result = add_field(o->key, &own, &fold, DIGEST_SHA256, &digest, out, f);
	buf_free(&own);
	buf_free(&canonical);
	return result;
}

int signer_finish(struct signer *s, struct buf *fields, struct fault *f)
{
	struct shared shared = { 0 };
	size_t before = fields->len;
	int result = read_header(s, f);

	if (result == 0) {
		body_hash_end(s->body);
		domainkeys_end(s->domainkeys);
	}
	for (size_t i = 0; i < s->count && result == 0; i++)
		result = add_signature(s, &s->ones[i], &shared, fields, f);
	forget_shared(&shared);
	if (result < 0)
		fields->len = before;
	return result;
}

const char *signer_left_out(const struct signer *s, size_t i)
{
	return s->ones[i].left_out;
}
