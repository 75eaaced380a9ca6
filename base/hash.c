#include "base/hash.h"

static uint64_t hash_step(uint64_t hash, unsigned char byte)
{
	return (hash ^ byte) * UINT64_C(0x100000001b3);
}

uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t len)
{
	const unsigned char *at = bytes;

	for (size_t i = 0; i < len; i++)
		hash = hash_step(hash, at[i]);
	return hash;
}

uint64_t hash_span(uint64_t hash, struct span s)
{
	return hash_bytes(hash, s.at, s.len);
}

uint64_t hash_nocase(uint64_t hash, struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		hash = hash_step(hash, (unsigned char)byte_lower(s.at[i]));
	return hash;
}
