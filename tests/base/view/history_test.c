/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "base/view/history.h"

#include <stdlib.h>

static struct history_count count(int64_t hour, const char *domain, enum history_result result, uint64_t recipients, int64_t last_ms,
                                  const char *said)
{
	struct history_count c = { .hour_ms = hour * HISTORY_HOUR_MS, .sender_domain = mem_text("example.org"),
		.from_domain = mem_text("example.org"), .domain = mem_text(domain), .result = result, .recipients = recipients,
		.bytes = 100 * recipients, .last_ms = last_ms };

	reply_set(&c.reply, FAULT_TEMPORARY, "4.0.0", STEP_NONE, NULL, "%s", said);
	return c;
}

static void merging(void)
{
	struct history_count given[] = {
		count(2, "b.example", HISTORY_DELIVERED, 1, 70, "seventy"), count(1, "b.example", HISTORY_DELIVERED, 2, 20, "twenty"),
		count(2, "a.example", HISTORY_BOUNCED, 4, 71, ""), count(2, "b.example", HISTORY_DELIVERED, 8, 90, "ninety"),
		count(2, "a.example", HISTORY_WAITS, 16, 72, ""), count(2, "b.example", HISTORY_DELIVERED, 32, 80, "eighty"),
	};
	static const struct { int hour; const char *domain; enum history_result result; unsigned recipients; } wanted[] = {
		{ 1, "b.example", HISTORY_DELIVERED, 2 }, { 2, "a.example", HISTORY_WAITS, 16 }, { 2, "a.example", HISTORY_BOUNCED, 4 },
		{ 2, "b.example", HISTORY_DELIVERED, 41 },
	};
	struct history h = { 0 };

	history_merge(&h);
	is_int((long long)h.count, 0, "nothing is nothing");
	for (size_t i = 0; i < sizeof given / sizeof given[0]; i++)
		history_add(&h, &given[i]);
	ok(given[0].domain == NULL, "what was added is no longer the giver's");
	history_merge(&h);
	is_int((long long)h.count, 4, "alike ones are one");
	for (size_t i = 0; i < 4 && i < h.count; i++) {
		const struct history_count *c = &h.items[i];
		ok(c->hour_ms == (int64_t)wanted[i].hour * HISTORY_HOUR_MS && strcmp(c->domain, wanted[i].domain) == 0 &&
		   c->result == wanted[i].result && c->recipients == wanted[i].recipients, "count %zu", i);
	}
	is_int((long long)h.items[3].bytes, 4100, "bytes are added up");
	is_int((long long)h.items[3].last_ms, 90, "the newest counts");
	is_text(h.items[3].reply.text, "ninety", "and its reply");
	history_merge(&h);
	is_int((long long)h.count, 4, "merging again changes nothing");
	for (int i = 0; i < 100; i++) {
		struct history_count more = count(2, "b.example", HISTORY_DELIVERED, 1, i, "");
		history_add(&h, &more);
	}
	history_merge(&h);
	is_int((long long)h.count, 4, "more are added after merging");
	is_int((long long)h.items[3].recipients, 141, "and counted");
	history_free(&h);
}

static void rows(void)
{
	struct history_count c = count(3, "a.example", HISTORY_DELETED, 7, 5, "words"), back;
	struct buf packed = { 0 };

	history_count_encode(&c, &packed);
	is_int(history_count_decode(buf_span(&packed), &back), 0, "a row");
	ok(back.hour_ms == c.hour_ms && back.recipients == 7 && back.result == HISTORY_DELETED && strcmp(back.domain, "a.example") == 0,
	   "comes back");
	history_count_free(&back);
	size_t taken = 0;
	for (size_t len = 0; len < packed.len; len++)
		taken += history_count_decode((struct span){ packed.at, len }, &back) == 0;
	is_int((long long)taken, 0, "none that was cut does");
	history_count_free(&c);
	buf_free(&packed);
}

int main(void)
{
	tap_plan(16);
	merging();
	rows();
	return tap_done();
}
