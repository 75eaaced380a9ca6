/* SPDX-License-Identifier: ISC */
#include "sign/sign.h"

#include "sign/body_hash.h"
#include "sign/domainkeys.h"
#include "sign/header.h"
#include "sign/verdict.h"

#include <stdlib.h>

enum { FUTURE_SLACK_S = 300 /* how far another's clock may run ahead; an x= gets none */, LINE_SHOWN_MAX = 60 };

#define NO_LOOKUP SIZE_MAX

struct check {                     /* one signature on its way */
	struct signature signature;
	const char *refused;           /* by signature_parse, or NULL */
	size_t field;                  /* its place in the header */
	size_t number;                 /* of its hash: in the body (DKIM), in the domainkeys */
	struct domainkeys_sender sender;   /* DomainKeys: whom it speaks for */
	const char *no_sender;         /* or why there is none */
	size_t lookup;                 /* that its key is in; NO_LOOKUP: it was judged without one */
	struct verify_signature shown; /* what the caller sees; texts borrowed from signature */
};

struct verifier {
	struct verify_options options;
	struct header *header;
	struct body_hash *body;
	struct key_cache *own_cache;   /* where the caller has none: a message's signatures may share a key */
	struct domainkeys *domainkeys;
	size_t domainkeys_count;
	bool header_read, body_wanted;
	struct check *checks;
	size_t count;
	size_t passed_over;            /* signatures past SIGN_SIGNATURES_MAX */
	char *unsound;                 /* why the header may be read in different ways, or NULL */
	struct key_lookup *lookups;    /* their names owned */
	size_t lookup_count;
};

struct verifier *verifier_new(const struct verify_options *options)
{
	struct verifier *v = mem_alloc(sizeof *v);

	v->options = *options;
	v->header = header_new();
	v->body = body_hash_new();
	v->domainkeys = domainkeys_new();
	v->own_cache = options->cache ? NULL : key_cache_new();
	return v;
}

void verifier_free(struct verifier *v)
{
	if (v == NULL)
		return;
	for (size_t i = 0; i < v->count; i++) {
		signature_free(&v->checks[i].signature);
		domainkeys_sender_free(&v->checks[i].sender);
		free(v->checks[i].shown.reason);
	}
	free(v->checks);
	for (size_t i = 0; i < v->lookup_count; i++) {
		free((char *)(uintptr_t)v->lookups[i].name);
		text_list_free(&v->lookups[i].records);
	}
	free(v->lookups);
	free(v->unsound);
	header_free(v->header);
	body_hash_free(v->body);
	domainkeys_free(v->domainkeys);
	key_cache_free(v->own_cache);
	free(v);
}

/* ---- the message ---- */

static void add_check(struct verifier *v, enum sign_scheme scheme, size_t field)
{
	struct check *c = &v->checks[v->count];
	const struct signature *s = &c->signature;

	*c = (struct check){ .field = field, .shown.scheme = scheme, .lookup = NO_LOOKUP };
	c->refused = signature_parse(scheme, header_at(v->header, field)->raw, &c->signature);
	/* A field that names no domain and holds no b= claims nothing, so there is nothing to judge. */
	if (s->domain[0] == '\0' && s->b_start[0] == '\0' && !s->is_encoded) {
		signature_free(&c->signature);
		return;
	}
	v->count++;
	/* Ask for the hash that the signature was made over. */
	if (c->refused || digest_md(s->digest) == NULL)
		return;
	if (scheme == SIGN_DKIM) {
		c->number = body_hash_want(v->body, s->body, s->digest, s->body_bytes);
		v->body_wanted = true;
		return;
	}
	c->no_sender = domainkeys_find_sender(v->header, c->field, &c->sender);
	c->number = domainkeys_want(v->domainkeys, s->header, v->header, c->field, s->names);
	v->domainkeys_count++;
}

/* Behind a line that is not a field some readers see the body, and signatures would vouch for what they do not show. */
static char *find_unsound(const struct header *h)
{
	struct buf why = { 0 };

	if (header_has_bom(h))
		return mem_text(HEADER_HAS_BOM);
	for (size_t i = 0; i < header_count(h); i++) {
		const struct header_field *field = header_at(h, i);
		/* A line that mail was stored with, not sent with. */
		bool is_mbox_line = i == 0 && field->raw.len >= 5 && memcmp(field->raw.at, "From ", 5) == 0;
		if (field->name.len > 0 || is_mbox_line)
			continue;
		buf_printf(&why, "the header section has a line that is not a field: %.*s",
		           (int)(field->raw.len < LINE_SHOWN_MAX ? field->raw.len : LINE_SHOWN_MAX), field->raw.at);
		return buf_take(&why);
	}
	return header_instances(h, SPAN("From")) == 0 ? mem_text("the message has no From field") : NULL;
}

static int read_header(struct verifier *v, struct fault *f)
{
	if (v->header_read)
		return 0;
	if (header_finish(v->header, f) < 0)
		return -1;
	v->header_read = true;
	v->unsound = find_unsound(v->header);
	v->checks = mem_resize(NULL, SIGN_SIGNATURES_MAX + 1, sizeof *v->checks);
	for (size_t i = 0; i < header_count(v->header); i++) {
		struct span name = header_at(v->header, i)->name;
		bool hidden = i == 0 && header_has_bom(v->header) &&
		              span_starts_nocase(header_at(v->header, i)->raw, SPAN("\xef\xbb\xbf" "DKIM-Signature"));
		bool dkim = hidden || span_eq_nocase(name, SPAN("DKIM-Signature"));
		if (!dkim && !span_eq_nocase(name, SPAN("DomainKey-Signature")))
			continue;
		if (v->count < SIGN_SIGNATURES_MAX && (dkim || v->domainkeys_count < DOMAINKEYS_MAX))
			add_check(v, dkim ? SIGN_DKIM : SIGN_DOMAINKEYS, i);
		else
			v->passed_over++;
	}
	return 0;
}

int verifier_feed(struct verifier *v, struct span piece, struct fault *f)
{
	int whole = header_feed(v->header, &piece, f);

	if (whole < 1)
		return whole;
	if (read_header(v, f) < 0)
		return -1;
	if (v->body_wanted)
		body_hash_feed(v->body, piece);
	domainkeys_feed(v->domainkeys, piece);
	return 0;
}

/* ---- verdicts ---- */

/* By RFC 6376 alone a signature succeeds, fails permanently or fails for now; finer words came later. */
static void judge_check(const struct verifier *v, struct check *c, enum verify_result result, const char *why)
{
	bool coarse = v->options.obsolete && (result == VERIFY_POLICY || result == VERIFY_NEUTRAL || result == VERIFY_PERMERROR);

	c->shown.result = coarse ? VERIFY_FAIL : result;
	free(c->shown.reason);
	c->shown.reason = mem_text(why);
}

/* A signer that was not given the body: its bh= is that of an empty one, in one canonicalisation or the other. */
static bool is_hash_of_nothing(const struct signature *s)
{
	struct span bodies[] = { SPAN(""), SPAN("\r\n") };
	bool is = false;

	for (size_t i = 0; i < sizeof bodies / sizeof bodies[0] && !is; i++) {
		EVP_MD_CTX *hash = digest_begin(s->digest);
		struct digest digest;
		digest_feed(hash, bodies[i]);
		digest_now(hash, &digest);
		EVP_MD_CTX_free(hash);
		is = span_eq(digest_span(&digest), buf_span(&s->bh));
	}
	return is;
}

/* All that can be judged before its key is known. False: that decides. */
static bool judge_without_key(const struct verifier *v, struct check *c)
{
	const struct signature *s = &c->signature;
	bool dkim = c->shown.scheme == SIGN_DKIM;

	/* RFC 8601 section 2.7.1: it fails when it was verified; with errors of syntax it is not. */
	if (c->refused)
		return judge_check(v, c, VERIFY_NEUTRAL, c->refused), false;
	if (v->unsound)
		return judge_check(v, c, VERIFY_PERMERROR, v->unsound), false;
	/* RFC 4870 sections 3.1 and 3.3: DomainKeys speak for the sender, and have to cover the field that names it. */
	const char *unfit = c->no_sender;
	if (!dkim && unfit == NULL)
		unfit = domainkeys_unfit(&c->sender, span_of(s->domain), s->names);
	if (unfit)
		return judge_check(v, c, VERIFY_FAIL, unfit), false;
	if (s->expires_s != SIGNATURE_NO_TIME && s->expires_s < v->options.now_s)
		return judge_check(v, c, VERIFY_FAIL, "the signature has expired"), false;
	if (s->signed_s > v->options.now_s + FUTURE_SLACK_S)
		return judge_check(v, c, VERIFY_FAIL, "the signature is from the future"), false;
	/* RFC 8301 section 3.1: in DKIM rsa-sha1 is not to be verified. DomainKeys has nothing else. */
	if (s->digest == DIGEST_SHA1 && dkim && !v->options.obsolete)
		return judge_check(v, c, VERIFY_POLICY, "rsa-sha1 proves nothing any more (RFC 8301)"), false;
	if (s->digest == DIGEST_SHA1 && digest_md(DIGEST_SHA1) == NULL)
		return judge_check(v, c, VERIFY_POLICY, "this system's crypto policy forbids SHA-1"), false;
	if (!dkim)
		return true;   /* without a hash of the body alone */
	const struct digest *body = body_hash_digest(v->body, c->number);
	if (body == NULL)
		return judge_check(v, c, VERIFY_FAIL, "the body is shorter than l= says"), false;
	if (s->bh.len != body->len)
		return judge_check(v, c, VERIFY_FAIL, "bh= is not as long as the hash that a= names"), false;
	if (!span_eq(digest_span(body), buf_span(&s->bh)))
		return judge_check(v, c, VERIFY_FAIL, is_hash_of_nothing(s) ? "bh= is the hash of an empty body" :
		                                                             "the body has been changed"), false;
	return true;
}

/* The hash of the chosen fields and of the signature's own, its b= left empty (RFC 6376 section 3.7). */
static void hash_header(const struct verifier *v, const struct check *c, struct digest *out)
{
	const struct signature *s = &c->signature;

	if (c->shown.scheme == SIGN_DOMAINKEYS) {
		*out = *domainkeys_digest(v->domainkeys, c->number);
		return;
	}
	EVP_MD_CTX *hash = digest_begin(s->digest);
	struct buf own = { 0 }, text = { 0 };

	header_choose(v->header, c->field);
	for (struct span rest = s->names; rest.at;) {
		const struct header_field *field = header_next(v->header, span_trim(span_cut(&rest, ':')));
		if (field == NULL)
			continue;
		canon_field(s->header, field->raw, &text);
		buf_add_text(&text, "\r\n");
	}
	buf_add_span(&own, s->without_b[0]);
	buf_add_span(&own, s->without_b[1]);
	canon_field(s->header, buf_span(&own), &text);
	digest_feed(hash, buf_span(&text));
	digest_now(hash, out);
	EVP_MD_CTX_free(hash);
	buf_free(&own);
	buf_free(&text);
}

/* ---- keys ---- */

/* Asks for the key's record, once for all that have it in the same place. */
static void want_key(struct verifier *v, struct check *c)
{
	struct buf name = { 0 };
	size_t at = 0;

	buf_printf(&name, "%s._domainkey.%s", c->signature.selector, c->signature.domain);
	for (size_t i = 0; i < name.len; i++)
		name.at[i] = byte_lower(name.at[i]);
	while (at < v->lookup_count && strcmp(v->lookups[at].name, buf_text(&name)) != 0)
		at++;
	if (at == v->lookup_count) {
		v->lookups = mem_resize(v->lookups, v->lookup_count + 1, sizeof *v->lookups);
		v->lookups[v->lookup_count++] = (struct key_lookup){ .name = buf_take(&name) };
	}
	buf_free(&name);
	c->lookup = at;
}

/* Those that may be there once (RFC 5322 section 3.6, RFC 2045), and that readers show or read the body by. */
static const char *const single_fields[] = {
	"From", "Sender", "Reply-To", "To", "Cc", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "MIME-Version",
	"Content-Type", "Content-Transfer-Encoding",
};

enum { SINGLE_FIELDS = sizeof single_fields / sizeof single_fields[0] };

/*
 * One of them that is signed, and is there more often than that: a reader may show the other (RFC 6376 section
 * 8.15). NULL: there is none.
 */
static const char *find_unsigned(const struct verifier *v, const struct check *c)
{
	size_t named[SINGLE_FIELDS] = { 0 };

	for (struct span rest = c->signature.names; rest.at;) {
		struct span name = span_trim(span_cut(&rest, ':'));
		for (size_t i = 0; i < SINGLE_FIELDS; i++)
			named[i] += span_eq_nocase(name, span_of(single_fields[i]));
	}
	for (size_t i = 0; i < SINGLE_FIELDS; i++)
		if (named[i] > 0 && header_instances(v->header, span_of(single_fields[i])) > named[i])
			return single_fields[i];
	return NULL;
}

/* Of a signature that passes, behind what is in why already. What l= leaves open is open to anybody (section 8.2). */
static void tell_what_is_open(const struct verifier *v, struct check *c, struct buf *why)
{
	bool open = body_hash_bytes_behind(v->body, c->number) > 0;

	if (open && why->len > 0)
		buf_add_text(why, "; ");
	if (open && c->signature.body_bytes == 0)
		buf_add_text(why, "the body is not signed (l=0)");
	else if (open)
		buf_printf(why, "only the first %llu bytes of the body are signed (l=)", (unsigned long long)c->signature.body_bytes);
	judge_check(v, c, VERIFY_PASS, buf_text(why));
}

static void judge_key(const struct verifier *v, struct check *c)
{
	const struct key_lookup *l = &v->lookups[c->lookup];
	bool failed = l->fault.kind != FAULT_NONE;
	struct buf why = { 0 };
	struct digest hash;

	if (failed || l->records.count == 0) {
		if (failed)
			buf_printf(&why, "the key could not be looked up: %s", l->fault.text);
		else
			buf_printf(&why, "no key is published at %s", l->name);
		judge_check(v, c, l->fault.kind == FAULT_TEMPORARY ? VERIFY_TEMPERROR : VERIFY_PERMERROR, buf_text(&why));
		buf_free(&why);
		return;
	}
	hash_header(v, c, &hash);
	const struct evidence e = {
		.scheme = c->shown.scheme, .signature = &c->signature, .hash = &hash, .sender = c->sender.address,
		.obsolete = v->options.obsolete, .cache = v->options.cache ? v->options.cache : v->own_cache,
	};
	const struct verdict verdict = verdict_of(&e, &l->records);
	judge_check(v, c, verdict.result, verdict.reason);
	if (verdict.result != VERIFY_PASS || c->shown.scheme != SIGN_DKIM)
		return;
	const char *beside = find_unsigned(v, c);
	if (beside)
		buf_printf(&why, "the message has another %s field, which is not signed", beside);
	/* From names the author: a signature that may vouch for another one vouches for nobody. */
	if (beside && strcmp(beside, "From") == 0)
		judge_check(v, c, VERIFY_PERMERROR, buf_text(&why));
	else
		tell_what_is_open(v, c, &why);
	buf_free(&why);
}

/* ---- all of it ---- */

int verifier_finish(struct verifier *v, struct fault *f)
{
	if (read_header(v, f) < 0)
		return -1;
	if (v->body_wanted)
		body_hash_end(v->body);
	domainkeys_end(v->domainkeys);
	for (size_t i = 0; i < v->count; i++)
		if (judge_without_key(v, &v->checks[i]))
			want_key(v, &v->checks[i]);
	if (v->lookup_count > 0)
		v->options.lookup(v->options.context, v->lookups, v->lookup_count);
	for (size_t i = 0; i < v->count; i++)
		if (v->checks[i].lookup != NO_LOOKUP)
			judge_key(v, &v->checks[i]);
	if (v->passed_over > 0) {
		/* A crowd of signatures is cut, and the cut is one more result, which is not a pass. */
		struct check *c = &v->checks[v->count++];
		*c = (struct check){ .lookup = NO_LOOKUP };
		signature_parse(SIGN_DKIM, SPAN(""), &c->signature);
		judge_check(v, c, VERIFY_POLICY, "more signatures than are evaluated");
	}
	for (size_t i = 0; i < v->count; i++) {
		struct check *c = &v->checks[i];
		c->shown.domain = c->signature.domain;
		c->shown.selector = c->signature.selector;
		c->shown.algorithm = c->signature.algorithm;
		c->shown.identity = c->signature.identity;
		c->shown.b_start = c->signature.b_start;
		if (c->sender.address == NULL)
			c->sender.address = mem_text("");
		c->shown.sender_field = c->sender.field && strcmp(c->sender.field, "Sender") == 0 ? "sender" : "from";
		c->shown.sender = c->sender.address;
	}
	return 0;
}

size_t verifier_count(const struct verifier *v)
{
	return v->count;
}

const struct verify_signature *verifier_signature(const struct verifier *v, size_t i)
{
	return &v->checks[i].shown;
}
