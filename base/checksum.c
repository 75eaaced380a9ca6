/* SPDX-License-Identifier: ISC */
#include "base/checksum.h"

#include <endian.h>
#include <string.h>

enum { STEP = 8 };

/* Each step is a bijection of what was and of the word, so that no single word can change unseen. */
static uint64_t mix_word(uint64_t hash, const char *word)
{
	uint64_t value;

	memcpy(&value, word, sizeof value);
	hash = (hash ^ le64toh(value)) * 0x9e3779b97f4a7c15U;
	return hash ^ hash >> 32;
}

void checksum_add(struct checksum *c, struct span bytes)
{
	if (bytes.len == 0)
		return;
	/* First fill up the word that has begun. */
	size_t have = c->bytes % STEP;
	size_t more = have == 0 ? 0 : STEP - have;
	more = more < bytes.len ? more : bytes.len;
	memcpy(c->rest + have, bytes.at, more);
	if (more > 0 && have + more == STEP)
		c->hash = mix_word(c->hash, c->rest);
	c->bytes += more;
	bytes.at += more;
	bytes.len -= more;
	uint64_t hash = c->hash;
	size_t words = bytes.len / STEP;
	for (size_t i = 0; i < words; i++)
		hash = mix_word(hash, bytes.at + i * STEP);
	c->hash = hash;
	memcpy(c->rest, bytes.at + words * STEP, bytes.len % STEP);
	c->bytes += bytes.len;
}

uint64_t checksum_of(const struct checksum *c)
{
	char last[STEP] = { 0 }, length[STEP];
	uint64_t bytes = htole64(c->bytes), hash;

	memcpy(last, c->rest, c->bytes % STEP);
	memcpy(length, &bytes, sizeof length);
	hash = mix_word(mix_word(c->hash, last), length);
	return hash ? hash : 1;
}
