/* SPDX-License-Identifier: ISC */
/*
 * sha256 - SHA-256 (FIPS 180-4 section 6.2) of bytes in memory, for names that
 * must not be turned back into what they were made of. Who signs uses
 * OpenSSL's (sign/); this is for rooms that have no libcrypto. Pure.
 */
#ifndef BASE_SHA256_H
#define BASE_SHA256_H

#include "base/span.h"

#include <stdint.h>

enum { SHA256_BYTES = 32 };

void sha256(struct span bytes, uint8_t out[SHA256_BYTES]);

#endif
