/* SPDX-License-Identifier: ISC */
/*
 * key - private keys that sign a digest, and public ones that verify it.
 */
#ifndef SIGN_KEY_H
#define SIGN_KEY_H

#include "sign/digest.h"
#include "sign/sign.h"

/* RFC 8301 section 3.2 */
enum { KEY_RSA_BITS_MIN = 1024 };

/*
 * The signature over the digest of the data: PKCS#1 v1.5 for RSA, PureEdDSA
 * over the digest's bytes for ed25519 (RFC 8463 section 3). Appends it.
 */
int sign_key_sign(const struct sign_key *k, enum digest_kind kind, const struct digest *d, struct buf *signature,
                  struct fault *f);

struct public_key;

/* RSA as SubjectPublicKeyInfo or RSAPublicKey (RFC 6376 section 3.6.1), ed25519 as 32 bytes. NULL: not such a key. */
struct public_key *public_key_new(enum key_type type, struct span bytes);
void public_key_free(struct public_key *k);
unsigned public_key_bits(const struct public_key *k);

/* True when it is the other half of the private one. */
bool sign_key_is(const struct sign_key *k, const struct public_key *published);

/* True for the 32 bytes that an ed25519 key is made of: its private half, which looks like a public one. */
bool sign_key_is_seed(const struct sign_key *k, struct span bytes);

enum key_verdict {
	KEY_VERIFIED,
	KEY_OTHER_TEXT,   /* RSA alone tells: the other half of this key signed something else */
	KEY_OTHER_KEY,    /* and it did not sign anything; or the signature is damaged */
	KEY_DIFFERS,      /* one or the other */
	KEY_UNABLE        /* the system's crypto policy forbids it */
};

enum key_verdict public_key_verify(const struct public_key *k, enum digest_kind kind, const struct digest *d,
                                   struct span signature);

const char *key_type_name(enum key_type type);   /* k= */

#endif
