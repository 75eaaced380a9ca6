/* SPDX-License-Identifier: ISC */
#include "relay/signer/ring.h"

#include "base/conf/key_choice.h"

#include <stdlib.h>

static enum canon canon_of(const char *word)
{
	return strcmp(word, "simple") == 0 ? CANON_SIMPLE : strcmp(word, "nofws") == 0 ? CANON_NOFWS : CANON_RELAXED;
}

void ring_options(const struct ring *r, const struct settings *s, size_t number, enum sign_scheme scheme,
                  const char *domain, int64_t now_s, struct sign_options *out)
{
	const struct dkim_key *k = &s->dkim[number];
	bool dkim = scheme == SIGN_DKIM;

	*out = (struct sign_options){
		.scheme = scheme, .key = r->items[number].schemes[scheme].key, .domain = domain,
		.selector = dkim ? k->selector : k->domainkeys_selector, .fields = r->fields,
		.header = canon_of(dkim ? k->header_canon : k->domainkeys_canon),
		.body = canon_of(dkim ? k->body_canon : k->domainkeys_canon),
		.identity = dkim && k->identity[0] ? k->identity : NULL, .now_s = now_s,
		.expires_s = dkim && k->expires_ms > 0 && now_s >= 0 ? now_s + k->expires_ms / 1000 : -1,
	};
}

static int try_key(const struct ring *r, const struct settings *s, size_t number, enum sign_scheme scheme,
                   struct fault *f)
{
	const char *pattern = s->dkim[number].domain;
	struct buf domain = { 0 }, message = { 0 }, fields = { 0 };
	struct sign_options options;

	buf_add_span(&domain, key_choice_domain(&s->dkim[number], span_of(pattern[0] == '*' ? "trial.example" : pattern)));
	buf_printf(&message, "From: trial@%s\r\n\r\n", buf_text(&domain));
	ring_options(r, s, number, scheme, buf_text(&domain), -1, &options);
	if (pattern[0] == '*')
		options.identity = NULL;   /* within which domain, only a message says */
	struct signer *signer = signer_new(&options, 1, f);
	int result = signer ? signer_feed(signer, buf_span(&message), f) : -1;
	if (result == 0)
		result = signer_finish(signer, &fields, f);
	signer_free(signer);
	buf_free(&fields);
	buf_free(&message);
	buf_free(&domain);
	return result;
}

static void drop_key(struct ring_key *k)
{
	sign_key_free(k->key);
	k->key = NULL;
}

static void add_ring_key(struct ring *r, const struct settings *s, size_t number, enum sign_scheme scheme, struct span pem,
                         struct span passphrase)
{
	const struct dkim_key *names = &s->dkim[number];
	struct ring_key *k = &r->items[number].schemes[scheme];
	bool dkim = scheme == SIGN_DKIM;

	k->key = sign_key_from_pem(pem, passphrase, &k->fault);
	if (k->key && try_key(r, s, number, scheme, &k->fault) < 0)
		drop_key(k);
	if (k->key == NULL)
		fault_prefix(&k->fault, "key %s of %s (%s)", dkim ? names->selector : names->domainkeys_selector, names->domain,
		             dkim || names->domainkeys_file[0] == '\0' ? names->file : names->domainkeys_file);
}

int ring_begin(struct ring *r, const struct settings *s, struct fault *f)
{
	r->items = mem_alloc((s->dkim_count + 1) * sizeof *r->items);
	r->count = s->dkim_count;
	if (s->signed_fields.count + s->oversigned_fields.count == 0)
		return 0;
	r->fields = sign_fields_new((const char *const *)s->signed_fields.items, s->signed_fields.count,
	                            (const char *const *)s->oversigned_fields.items, s->oversigned_fields.count, f);
	return r->fields ? 0 : fault_prefix(f, "signed_fields or oversigned_fields");
}

int ring_add(struct ring *r, const struct settings *s, const struct signing_key *k)
{
	if (k->number >= r->count || r->items[k->number].given)
		return -1;
	r->items[k->number].given = true;
	add_ring_key(r, s, k->number, SIGN_DKIM, k->pem, k->passphrase);
	if (s->dkim[k->number].domainkeys_selector[0])
		add_ring_key(r, s, k->number, SIGN_DOMAINKEYS, k->domainkeys_pem.len > 0 ? k->domainkeys_pem : k->pem, k->passphrase);
	return 0;
}

const struct ring_key *ring_find(const struct ring *r, const struct settings *s, size_t number,
                                 enum sign_scheme scheme)
{
	if (number >= r->count || (scheme == SIGN_DOMAINKEYS && s->dkim[number].domainkeys_selector[0] == '\0'))
		return NULL;
	return &r->items[number].schemes[scheme];
}

void ring_free(struct ring *r)
{
	for (size_t i = 0; i < r->count; i++) {
		drop_key(&r->items[i].schemes[SIGN_DKIM]);
		drop_key(&r->items[i].schemes[SIGN_DOMAINKEYS]);
	}
	sign_fields_free(r->fields);
	free(r->items);
	*r = (struct ring){ 0 };
}
