/* SPDX-License-Identifier: ISC */
#include "relay/queue_id.h"

enum { COUNTER_BITS = 5, MAKER_BITS = 7, LOW_BITS = COUNTER_BITS + MAKER_BITS, DIGITS_MAX = 13 };

_Static_assert(QUEUE_ID_MAKERS == 1 << MAKER_BITS, "makers fit");

static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

uint64_t queue_id_at(int64_t wall_ms)
{
	return wall_ms > 0 ? (uint64_t)wall_ms << LOW_BITS : 0;
}

/* A maker has few to a millisecond, and goes on in the next when they are used up. */
uint64_t queue_id_next(uint64_t last, unsigned maker, int64_t wall_ms)
{
	uint64_t block = (uint64_t)(maker % QUEUE_ID_MAKERS) << COUNTER_BITS;
	uint64_t now = queue_id_at(wall_ms) + block;
	uint64_t next = last + 1, moment = last >> LOW_BITS << LOW_BITS;

	if (now > last)
		return now;
	if (next >> COUNTER_BITS == (moment + block) >> COUNTER_BITS)
		return next;
	return moment + block > last ? moment + block : moment + (UINT64_C(1) << LOW_BITS) + block;
}

void queue_id_print(uint64_t id, char out[QUEUE_ID_TEXT])
{
	char reversed[DIGITS_MAX];
	size_t len = 0;

	do {
		reversed[len++] = digits[id & 31];
		id >>= 5;
	} while (id > 0);
	for (size_t i = 0; i < len; i++)
		out[i] = reversed[len - 1 - i];
	out[len] = '\0';
}

bool queue_id_parse(struct span text, uint64_t *out)
{
	uint64_t id = 0;

	if (text.len == 0 || text.len > DIGITS_MAX)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		char c = text.at[i];
		const char *digit = memchr(digits, c >= 'a' && c <= 'z' ? c - 0x20 : c, sizeof digits - 1);
		if (digit == NULL || id >> 59)
			return false;
		id = id << 5 | (uint64_t)(digit - digits);
	}
	*out = id;
	return true;
}
