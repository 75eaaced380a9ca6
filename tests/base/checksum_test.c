/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "base/checksum.h"

#include <stdlib.h>

static uint64_t cut_at(struct span all, size_t first, size_t second)
{
	struct checksum c = { 0 };

	checksum_add(&c, (struct span){ all.at, first });
	checksum_add(&c, (struct span){ all.at + first, second - first });
	checksum_add(&c, (struct span){ all.at + second, all.len - second });
	return checksum_of(&c);
}

int main(void)
{
	tap_plan(6);
	char bytes[64];
	struct span all = { bytes, sizeof bytes };
	unsigned differ = 0, same = 0, tried = 0;

	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (char)(i * 37 + 11);
	uint64_t whole = cut_at(all, 0, 0);
	for (size_t first = 0; first <= sizeof bytes; first++)
		for (size_t second = first; second <= sizeof bytes; second++, tried++)
			same += cut_at(all, first, second) == whole;
	is_int(same, tried, "the same however it is cut");
	for (size_t bit = 0; bit < 8 * sizeof bytes; bit++) {
		bytes[bit / 8] ^= (char)(1 << bit % 8);
		differ += cut_at(all, 0, 0) != whole;
		bytes[bit / 8] ^= (char)(1 << bit % 8);
	}
	is_int(differ, 8 * sizeof bytes, "every bit counts");
	ok(cut_at((struct span){ bytes, 63 }, 0, 0) != whole, "one byte less");
	bytes[63] = bytes[62] = 0;
	ok(cut_at(all, 0, 0) != cut_at((struct span){ bytes, 62 }, 0, 0), "zeros at the end count");
	ok(cut_at((struct span){ bytes, 0 }, 0, 0) != 0, "no bytes have one too");
	/* Stored in files' rows: it must not change. */
	is_int(cut_at(SPAN("From: me@example.org\r\n\r\nhello\r\n"), 5, 9), 3522488288573879948, "what it is of a message");
	return tap_done();
}
