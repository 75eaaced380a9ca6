/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "relay/seats.h"

#include <string.h>

enum { NOW_MS = 100000, PATIENCE_MS = 1000 };

/*
 * Ten places, two of them kept, five for each user. One letter a connection:
 * whose it is (r root; a, b, c, x users). Capital: it has been idle for longer
 * than the patience, the earlier in the row the longer. A dot behind: the
 * queue is to move.
 */
static const struct {
	const char *what, *seats;
	char who;
	enum seats_verdict verdict;
	size_t which;
} rows[] = {
	{ "nobody is there", "", 'a', SEATS_ROOM, 0 },
	{ "the user has four", "aaaa", 'a', SEATS_ROOM, 0 },
	{ "the user has all of one user's", "aaaaa", 'a', SEATS_USER_IS_FULL, 0 },
	{ "one of them is idle", "aaaAa", 'a', SEATS_TAKE_OVER, 3 },
	{ "another user's being idle does not help", "BaaaaaB", 'a', SEATS_USER_IS_FULL, 0 },
	{ "nor one that waits for the queue", "A.aaaa", 'a', SEATS_USER_IS_FULL, 0 },
	{ "the longest idle goes", "aAAaa", 'a', SEATS_TAKE_OVER, 1 },
	{ "seven are taken", "aaaabbb", 'b', SEATS_ROOM, 0 },
	{ "eight: the rest is kept", "aaaabbbb", 'b', SEATS_ALL_ARE_FULL, 0 },
	{ "for one who has none", "aaaabbbb", 'x', SEATS_ROOM, 0 },
	{ "and for root", "aaaabbbb", 'r', SEATS_ROOM, 0 },
	{ "nine: the last is root's", "aaaabbbbc", 'x', SEATS_ALL_ARE_FULL, 0 },
	{ "who gets it", "aaaabbbbc", 'r', SEATS_ROOM, 0 },
	{ "and has others already", "rrrabbbbc", 'r', SEATS_ROOM, 0 },
	{ "ten are ten", "aaaabbbbcr", 'r', SEATS_ALL_ARE_FULL, 0 },
	{ "unless one is idle", "aaaabbbBcr", 'r', SEATS_TAKE_OVER, 7 },
	{ "which is so for all", "aaaabbBb", 'a', SEATS_TAKE_OVER, 6 },
	{ "and for one who has none", "AaaabbBbc", 'x', SEATS_TAKE_OVER, 0 },
};

static uint32_t uid_of(char c)
{
	return (c | 0x20) == 'r' ? 0 : 1000 + (uint32_t)(c | 0x20);
}

static size_t read_seats(const char *text, struct seat *out)
{
	size_t n = 0;

	for (; *text; text++) {
		if (*text == '.') {
			out[n - 1].may_go = false;
			continue;
		}
		bool idle = *text < 'a';
		out[n] = (struct seat){ uid_of(*text), true, idle ? NOW_MS - PATIENCE_MS - 100 + (int64_t)n : NOW_MS - PATIENCE_MS + 1 };
		n++;
	}
	return n;
}

int main(void)
{
	static const struct { size_t most, kept; } kept[] = { { 1, 0 }, { 3, 0 }, { 4, 1 }, { 10, 1 }, { 11, 2 }, { 100, 10 } };
	struct seats_rules rules = { 10, 5, 2, PATIENCE_MS };
	struct seat seats[20], few[2] = { { 1000, true, NOW_MS }, { 1000, true, NOW_MS } };
	size_t which;

	tap_plan(2 * sizeof rows / sizeof rows[0] + sizeof kept / sizeof kept[0] + 2);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		size_t count = read_seats(rows[i].seats, seats);
		which = 0;
		is_int(seats_judge(&rules, seats, count, uid_of(rows[i].who), NOW_MS, &which), rows[i].verdict, "%s", rows[i].what);
		is_int(rows[i].verdict == SEATS_TAKE_OVER ? which : 0, rows[i].which, "%s: whose", rows[i].what);
	}
	for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++)
		is_int(seats_kept_of(kept[i].most), kept[i].kept, "of %zu places", kept[i].most);
	struct seats_rules one = { 2, 2, seats_kept_of(2), PATIENCE_MS };
	is_int(seats_judge(&one, few, 1, 1000, NOW_MS, &which), SEATS_ROOM, "two places are two");
	is_int(seats_judge(&one, few, 2, 1001, NOW_MS, &which), SEATS_ALL_ARE_FULL, "and no more");
	return tap_done();
}
