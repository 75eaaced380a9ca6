#include "relay/queue/queue_id.h"

enum { COUNTER_BITS = 12, DIGITS_MAX = 13 };

static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

uint64_t queue_id_at(int64_t wall_ms)
{
	return wall_ms > 0 ? (uint64_t)wall_ms << COUNTER_BITS : 0;
}

uint64_t queue_id_next(uint64_t last, int64_t wall_ms)
{
	uint64_t now = queue_id_at(wall_ms);

	return now > last ? now : last + 1;
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
