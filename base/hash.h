/* SPDX-License-Identifier: ISC */
/*
 * hash - FNV-1a in 64 bits: which slot of a table bytes go to, and whether a
 * configuration is still the one that it was. It is quick for short names, and
 * not made to withstand someone who chooses the bytes: where equal hashes have to
 * mean equal names, compare the names as well.
 *
 * Start with HASH_BEGIN and feed the bytes in any cuts. Fingerprints are stored,
 * so the same bytes must give the same number in every release. Pure.
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include "base/span.h"

#include <stdint.h>

#define HASH_BEGIN UINT64_C(0xcbf29ce484222325)

uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t len);
uint64_t hash_span(uint64_t hash, struct span s);

#endif
