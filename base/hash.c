/* SPDX-License-Identifier: ISC */
#include "base/hash.h"

uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t len)
{
	const unsigned char *at = bytes;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ at[i]) * UINT64_C(0x100000001b3);
	return hash;
}

uint64_t hash_span(uint64_t hash, struct span s)
{
	return hash_bytes(hash, s.at, s.len);
}
