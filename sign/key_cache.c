/* SPDX-License-Identifier: ISC */
#include "sign/key_cache.h"

#include "base/base64.h"
#include "base/hash.h"

#include <stdlib.h>

struct slot {
	enum key_type type;
	char *p;
	struct public_key *key;
};

/* A key has one slot, found by a hash of its p=; a newer one takes the place of an older. */
struct key_cache {
	struct slot slots[KEY_CACHE_KEYS];
};

struct key_cache *key_cache_new(void)
{
	return mem_alloc(sizeof(struct key_cache));
}

static void clear_slot(struct slot *s)
{
	free(s->p);
	public_key_free(s->key);
	*s = (struct slot){ 0 };
}

void key_cache_free(struct key_cache *c)
{
	for (size_t i = 0; c && i < KEY_CACHE_KEYS; i++)
		clear_slot(&c->slots[i]);
	free(c);
}

const struct public_key *key_cache_find(struct key_cache *c, enum key_type type, struct span p)
{
	/* Whoever publishes keys that share a slot slows down only their own mail. */
	uint64_t hash = hash_span(HASH_BEGIN ^ (unsigned)type, p);
	struct slot *s = &c->slots[(hash ^ hash >> 32) % KEY_CACHE_KEYS];
	struct buf bytes = { 0 };

	if (s->key && s->type == type && span_eq(span_of(s->p), p))
		return s->key;
	struct public_key *key = base64_decode(p, &bytes) ? public_key_new(type, buf_span(&bytes)) : NULL;
	buf_free(&bytes);
	if (key == NULL)
		return NULL;
	clear_slot(s);
	*s = (struct slot){ type, mem_text_span(p), key };
	return key;
}
