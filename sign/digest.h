/* SPDX-License-Identifier: ISC */
/*
 * digest - SHA-256 and the obsolete SHA-1, fetched from OpenSSL once.
 */
#ifndef SIGN_DIGEST_H
#define SIGN_DIGEST_H

#include "base/span.h"

#include <openssl/evp.h>
#include <stdint.h>

enum digest_kind { DIGEST_SHA256, DIGEST_SHA1, DIGEST_KINDS };

struct digest {
	uint8_t bytes[32];
	size_t len;
};

/* NULL when the system's crypto policy lacks it (SHA-1 only). */
const EVP_MD *digest_md(enum digest_kind kind);

/* A running hash. Never NULL: memory that runs out ends the process, as in base/buf.h. */
EVP_MD_CTX *digest_begin(enum digest_kind kind);
void digest_feed(EVP_MD_CTX *running, struct span piece);

EVP_MD_CTX *digest_copy(const EVP_MD_CTX *running);

/* What the hash is now; it may go on. */
void digest_now(const EVP_MD_CTX *running, struct digest *out);

static inline struct span digest_span(const struct digest *d)
{
	return (struct span){ (const char *)d->bytes, d->len };
}

#endif
