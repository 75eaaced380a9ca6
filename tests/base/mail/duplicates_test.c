/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "base/buf.h"
#include "base/mail/duplicates.h"

#include <stdlib.h>

enum { MANY = 50000 };

static const struct row {
	const char *address;
	size_t first;
} rows[] = {
	{ "al@example.org", 0 },
	{ "bo@example.org", 1 },
	{ "al@EXAMPLE.org", 0 },
	{ "Al@example.org", 3 },
	{ "al", 4 },
	{ "AL", 5 },
	{ "al", 4 },
	{ "al@example.com", 7 },
	{ "al@example.or", 8 },
	{ "\"a@b\"@example.org", 9 },
	{ "\"a@b\"@Example.Org", 9 },
	{ "\"a@B\"@example.org", 11 },
	{ "bo@example.ORG", 1 },
	{ "j\xc3\xb6@example.org", 13 },
	{ "j\xc3\xb6@example.org", 13 },
	{ "", 15 },
	{ "al@", 16 },
	{ "", 15 },
	{ "al@example.org", 0 },
};

int main(void)
{
	tap_plan(TAP_ROWS(rows) + 3);
	struct span addresses[TAP_ROWS(rows)], *many = mem_resize(NULL, MANY, sizeof *many);
	size_t first[TAP_ROWS(rows)], *of_many = mem_resize(NULL, MANY, sizeof *of_many), right = 0;
	struct buf text = { 0 };

	for (int i = 0; i < TAP_ROWS(rows); i++)
		addresses[i] = span_of(rows[i].address);
	duplicates_find(addresses, TAP_ROWS(rows), first);
	for (int i = 0; i < TAP_ROWS(rows); i++)
		is_int(first[i], rows[i].first, "row %d, %s", i, rows[i].address);
	first[0] = 7;
	duplicates_find(addresses, 0, first);
	is_int(first[0], 7, "none of none");
	duplicates_find(addresses, 1, first);
	is_int(first[0], 0, "one is itself");

	/* Each twice, the second time from the end. */
	for (size_t i = 0; i < MANY / 2; i++)
		buf_printf(&text, "user%05zu@example.org", i);
	size_t len = text.len / (MANY / 2);
	for (size_t i = 0; i < MANY / 2; i++)
		many[i] = many[MANY - 1 - i] = (struct span){ text.at + i * len, len };
	duplicates_find(many, MANY, of_many);
	for (size_t i = 0; i < MANY; i++)
		right += of_many[i] == (i < MANY / 2 ? i : MANY - 1 - i);
	is_int(right, MANY, "all of %d", MANY);
	free(many);
	free(of_many);
	buf_free(&text);
	return tap_done();
}
