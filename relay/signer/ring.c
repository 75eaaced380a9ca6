#include "relay/signer/ring.h"

#include <stdlib.h>

static enum canon canon_of(const char *word)
{
	return strcmp(word, "simple") == 0 ? CANON_SIMPLE : CANON_RELAXED;
}

static int try_key(const struct ring_key *k, struct fault *f)
{
	struct sign_options options = {
		.key = k->key, .domain = k->domain, .selector = k->selector, .header = k->header, .body = k->body,
		.now_s = -1, .expires_s = -1,
	};
	struct buf fields = { 0 };
	struct signer *s = signer_new(&options, 1, f);
	int result = s ? signer_feed(s, SPAN("From: trial@localhost\r\n\r\n"), f) : -1;

	if (result == 0)
		result = signer_finish(s, &fields, f);
	signer_free(s);
	buf_free(&fields);
	return result;
}

static void drop_key(struct ring_key *k)
{
	sign_key_free(k->key);
	k->key = NULL;
}

void ring_add(struct ring *r, const struct signing_key *k)
{
	r->items = mem_resize(r->items, r->count + 1, sizeof *r->items);
	struct ring_key *item = &r->items[r->count++];
	*item = (struct ring_key){
		.domain = mem_text(k->names.domain), .selector = mem_text(k->names.selector),
		.header = canon_of(k->names.header_canon), .body = canon_of(k->names.body_canon),
	};
	item->key = sign_key_from_pem(k->pem, &item->fault);
	if (item->key && try_key(item, &item->fault) < 0)
		drop_key(item);
	if (item->key == NULL)
		fault_prefix(&item->fault, "key %s of %s (%s)", item->selector, item->domain, k->names.file);
}

const struct ring_key *ring_find(const struct ring *r, const struct dkim_key *names)
{
	for (size_t i = 0; i < r->count; i++)
		if (strcmp(r->items[i].domain, names->domain) == 0 && strcmp(r->items[i].selector, names->selector) == 0)
			return &r->items[i];
	return NULL;
}

void ring_free(struct ring *r)
{
	for (size_t i = 0; i < r->count; i++) {
		free(r->items[i].domain);
		free(r->items[i].selector);
		drop_key(&r->items[i]);
	}
	free(r->items);
	*r = (struct ring){ 0 };
}
