/* SPDX-License-Identifier: ISC */
/*
 * key_cache - public keys by the p= that published them. Decoding one costs more
 * than verifying with it, and the same few keys sign most of the mail.
 */
#ifndef SIGN_KEY_CACHE_H
#define SIGN_KEY_CACHE_H

#include "sign/key.h"

enum { KEY_CACHE_KEYS = 256 };

/* NULL: p, in base64, is not a key of that type. What is returned lasts until the next call. */
const struct public_key *key_cache_find(struct key_cache *c, enum key_type type, struct span p);

#endif
