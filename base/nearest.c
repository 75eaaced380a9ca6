/* SPDX-License-Identifier: ISC */
#include "base/nearest.h"

enum { LONGEST = 63 };

static size_t least_of(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Letters put in, left out, replaced, or two neighbours swapped (optimal string alignment). */
static size_t edit_distance(struct span a, struct span b)
{
	size_t rows[3][LONGEST + 1];
	size_t *before = rows[0], *last = rows[1], *now = rows[2];

	for (size_t j = 0; j <= b.len; j++)
		last[j] = j;
	for (size_t i = 1; i <= a.len; i++) {
		now[0] = i;
		for (size_t j = 1; j <= b.len; j++) {
			size_t replaced = last[j - 1] + (byte_lower(a.at[i - 1]) != byte_lower(b.at[j - 1]));
			now[j] = least_of(replaced, least_of(last[j], now[j - 1]) + 1);
			if (i > 1 && j > 1 && a.at[i - 1] == b.at[j - 2] && a.at[i - 2] == b.at[j - 1])
				now[j] = least_of(now[j], before[j - 2] + 1);
		}
		size_t *oldest = before;
		before = last;
		last = now;
		now = oldest;
	}
	return last[b.len];
}

struct nearest nearest_to(struct span typed)
{
	/* A third of it mistyped is a slip; more is another word. */
	return (struct nearest){ .typed = typed, .distance = typed.len / 3 + 2 };
}

void nearest_try(struct nearest *n, const char *word)
{
	struct span s = span_of(word);

	if (n->typed.len == 0 || n->typed.len > LONGEST || s.len > LONGEST)
		return;
	size_t distance = edit_distance(n->typed, s);
	if (distance >= n->distance || distance >= n->typed.len)
		return;
	n->distance = distance;
	n->word = word;
}
