/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "signet/queue/queue_summary.h"

#include <stdlib.h>

static void add(struct queue_summary *s, enum listing_state state, int64_t arrival_ms, int64_t next_ms, uint32_t waiting,
                const char *reason)
{
	struct listing_recipient r = { .address = (char *)(uintptr_t)"a@b", .reason = (char *)(uintptr_t)reason };
	struct listing_entry e = { .state = state, .arrival_ms = arrival_ms, .next_try_ms = next_ms, .size_bytes = 10,
		.waiting = waiting, .recipients = &r, .recipient_count = 1 };

	queue_summary_add(s, &e);
}

static void counts(void)
{
	struct queue_summary s = { 0 };
	struct buf out = { 0 };

	queue_summary_print_totals(&s, &out);
	is_text(buf_text(&out), "0 waiting, 0 held, 0 in delivery, for 0 recipients", "nothing");
	buf_clear(&out);
	add(&s, LISTING_DEFERRED, 90000, 300000, 1, "host mx.example[192.0.2.1] said: 450 4.2.0 try later (in 8F3A21)");
	add(&s, LISTING_DEFERRED, 60000, 240000, 3, "host mx.example[192.0.2.7] said: 450 4.2.0 try later (in 77B001)");
	add(&s, LISTING_DEFERRED, 80000, 360000, 1, "host mx.example[192.0.2.7] said: 450 4.2.0 come back");
	add(&s, LISTING_HELD, 70000, 0, 1, "nobody\treads it");
	add(&s, LISTING_ACTIVE, 95000, 0, 1, "");
	queue_summary_print_totals(&s, &out);
	is_text(buf_text(&out), "3 waiting, 1 held, 1 in delivery, for 7 recipients; the oldest since 1970-01-01 00:01 UTC; next try "
	        "1970-01-01 00:04 UTC", "counted by state, with the first and the next");
	buf_clear(&out);
	queue_summary_print_reasons(&s, &out);
	is_text(buf_text(&out), "       4 waiting: host mx.example[192.0.2.1] said: 450 4.2.0 try later (in 8F3A21)\n"
	        "       1 waiting: host mx.example[192.0.2.7] said: 450 4.2.0 come back\n       1 held: nobody reads it\n",
	        "by reason, whatever numbers are in it; a TAB is a blank");
	is_int(s.bytes, 50, "bytes");
	queue_summary_free(&s);
	buf_free(&out);
}

/* However many different words servers find, what is kept is bounded. */
static void bounds(void)
{
	struct queue_summary s = { 0 };
	struct buf out = { 0 }, reason = { 0 };

	for (int i = 0; i < 40; i++) {
		buf_clear(&reason);
		for (int k = 0; k < 100; k++)
			buf_printf(&reason, "word%.*s ", i, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
		add(&s, LISTING_DEFERRED, 1000, 2000, 1, buf_text(&reason));
	}
	queue_summary_print_reasons(&s, &out);
	ok(strstr(buf_text(&out), "      32 for other reasons: signet queue list\n") != NULL, "reasons beyond the eighth are counted");
	ok(out.len < 8 * 200 + 100, "and long ones are cut");
	queue_summary_free(&s);
	buf_free(&out);
	buf_free(&reason);
}

int main(void)
{
	tap_plan(6);
	setenv("TZ", "UTC", 1);
	counts();
	bounds();
	return tap_done();
}
