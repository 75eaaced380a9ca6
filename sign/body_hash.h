/* SPDX-License-Identifier: ISC */
/*
 * body_hash - the body hashes of all the signatures of a message in one pass:
 * signatures that canonicalise alike share the work, whatever their l= is.
 */
#ifndef SIGN_BODY_HASH_H
#define SIGN_BODY_HASH_H

#include "sign/canon.h"
#include "sign/digest.h"

#define BODY_WHOLE UINT64_MAX

struct body_hash;

struct body_hash *body_hash_new(void);
void body_hash_free(struct body_hash *b);

/*
 * Before the first body_feed: asks for the hash of the first `bytes` (l=,
 * RFC 6376 section 3.7) of the canonical body, or BODY_WHOLE. Returns its
 * number. The digest must be there (digest_md).
 */
size_t body_hash_want(struct body_hash *b, enum canon canon, enum digest_kind digest, uint64_t bytes);

void body_hash_feed(struct body_hash *b, struct span piece);
void body_hash_end(struct body_hash *b);

/* After body_end. NULL: the body is shorter than was asked for. */
const struct digest *body_hash_digest(const struct body_hash *b, size_t number);

/* After body_end: how much of the canonical body lies after what was asked for. */
uint64_t body_hash_bytes_behind(const struct body_hash *b, size_t number);

#endif
