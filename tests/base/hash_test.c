/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "base/hash.h"

/* Of Landon Curt Noll's test vectors for FNV-1a, 64 bits. */
static const struct row {
	const char *bytes;
	uint64_t hash;
} rows[] = {
	{ "", 0xcbf29ce484222325 },
	{ "a", 0xaf63dc4c8601ec8c },
	{ "foobar", 0x85944171f73967e8 },
	{ "chongo was here!\n", 0x46810940eff5f915 },
	{ "http://en.wikipedia.org/wiki/Fowler_Noll_Vo_hash", 0xd9b957fb7fe794c5 },
};

int main(void)
{
	tap_plan(TAP_ROWS(rows) + 1);
	for (int i = 0; i < TAP_ROWS(rows); i++)
		is_int(hash_span(HASH_BEGIN, span_of(rows[i].bytes)), rows[i].hash, "FNV-1a of \"%s\"", rows[i].bytes);
	is_int(hash_span(hash_bytes(HASH_BEGIN, "foo", 3), SPAN("bar")), hash_span(HASH_BEGIN, SPAN("foobar")),
	       "the same however it is cut");
	return tap_done();
}
