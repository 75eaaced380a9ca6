/* SPDX-License-Identifier: ISC */
#include "relay/queue/table.h"
#include "relay/queue_id.h"

#include "tests/tap.h"

#include <stdlib.h>

/* Against a plain array, through many puts and removals in a small space of keys. */
static void tables(void)
{
	enum { KEYS = 300, STEPS = 20000 };
	static int model[KEYS];
	static int values[KEYS];
	struct table t = { 0 };
	unsigned random = 1;
	bool same = true;

	ok(table_get(&t, 5) == NULL, "empty");
	table_remove(&t, 5);
	for (int i = 0; i < STEPS; i++) {
		random = random * 1103515245 + 12345;
		unsigned key = 1 + (random >> 8) % (KEYS - 1);
		if (random >> 30) {
			table_put(&t, key, &values[key]);
			model[key] = 1;
		} else {
			table_remove(&t, key);
			model[key] = 0;
		}
	}
	size_t count = 0;
	for (unsigned key = 1; key < KEYS; key++) {
		same &= table_get(&t, key) == (model[key] ? &values[key] : NULL);
		count += (size_t)model[key];
	}
	ok(same, "as the model says");
	is_int(t.count, count, "and as many");
	table_free(&t);
}

static void ids(void)
{
	static const struct { uint64_t id; const char *text; } rows[] = {
		{ 0, "0" }, { 31, "Z" }, { 32, "10" }, { UINT64_MAX, "FZZZZZZZZZZZZ" },
	};
	char text[QUEUE_ID_TEXT];
	uint64_t id;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		queue_id_print(rows[i].id, text);
		is_text(text, rows[i].text, "printed");
		ok(queue_id_parse(span_of(rows[i].text), &id) && id == rows[i].id, "and read: %s", rows[i].text);
	}
	ok(queue_id_parse(SPAN("1nmtx"), &id), "lower case is read");
	ok(!queue_id_parse(SPAN(""), &id), "empty is none");
	ok(!queue_id_parse(SPAN("1U"), &id), "a letter that is no digit");
	ok(!queue_id_parse(SPAN("GZZZZZZZZZZZZ"), &id), "too large");
	ok(!queue_id_parse(SPAN("00000000000000"), &id), "too long");
	is_int(queue_id_next(5, 0, 1000), 1000LL << 12, "the time's");
	is_int(queue_id_next(5, 3, 1000), (1000LL << 12) + (3 << 5), "and its maker's");
	is_int(queue_id_next((1000LL << 12) + 7, 0, 1000), (1000LL << 12) + 8, "the next within a millisecond");
	is_int(queue_id_next((1000LL << 12) + (3 << 5) + 7, 3, 1000), (1000LL << 12) + (3 << 5) + 8, "of that maker");
	is_int(queue_id_next((1000LL << 12) + (3 << 5) + 31, 3, 1000), (1001LL << 12) + (3 << 5), "not that of the maker behind it");
	is_int(queue_id_next((1000LL << 12) + (3 << 5) + 7, 0, 1000), 1001LL << 12, "nor that of one before it");
	is_int(queue_id_next((2000LL << 12) + 1, 3, 1000), (2000LL << 12) + (3 << 5), "a later one of the same moment");
	is_int(queue_id_next(2000LL << 12, 0, 1000), (2000LL << 12) + 1, "above the last when the clock was set back");
	queue_id_print(queue_id_next(0, 0, 1790000000000), text);
	is_int(strlen(text), 11, "short: %s", text);
}

int main(void)
{
	tap_plan(25);
	tables();
	ids();
	return tap_done();
}
