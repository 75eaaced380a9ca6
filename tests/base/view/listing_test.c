/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "base/view/listing.h"

#include <stdlib.h>
#include <time.h>

static struct listing_entry sample(void)
{
	struct listing_entry e = {
		.queue_id = mem_text("3F2A00000001"),
		.arrival_ms = 1700000000123, .next_try_ms = 1700000300000,
		.size_bytes = 2345, .uid = 1000, .sender = mem_text("a@example.org"),
		.state = LISTING_DEFERRED, .waiting = 3,
	};
	static const char *const addresses[] = { "x@example.com", "y@example.com", "z@example.net" };

	e.recipients = mem_alloc(3 * sizeof *e.recipients);
	e.recipient_count = 3;
	for (size_t i = 0; i < 3; i++) {
		e.recipients[i].address = mem_text(addresses[i]);
		e.recipients[i].reason = mem_text(i < 2 ? "connection refused" : "");
		e.recipients[i].status = mem_text(i < 2 ? "4.4.1" : "");
		e.recipients[i].next_hop = mem_text("mx");
	}
	return e;
}

static void round_trip(void)
{
	struct listing_entry e = sample(), back;
	struct buf packed = { 0 }, again = { 0 };

	listing_encode(&e, &packed);
	is_int(listing_decode(buf_span(&packed), &back), 0, "what was encoded is decoded");
	listing_encode(&back, &again);
	is_span(buf_span(&again), buf_span(&packed), "and encodes to the same bytes");
	listing_entry_free(&back);
	size_t taken = 0;
	for (size_t cut = 0; cut < packed.len; cut++)
		taken += listing_decode((struct span){ packed.at, cut }, &back) == 0;
	is_int(taken, 0, "no shorter input is taken");
	packed.at[0] = 2;
	is_int(listing_decode(buf_span(&packed), &back), -1, "nor a newer version");
	buf_free(&packed);
	buf_free(&again);
	listing_entry_free(&e);
}

static void many_recipients(void)
{
	struct listing_entry e = { .queue_id = mem_text("A"), .sender = mem_text(""), .waiting = 1000 }, back;
	struct buf packed = { 0 }, shown = { 0 };

	e.recipient_count = 60;
	e.recipients = mem_alloc(e.recipient_count * sizeof *e.recipients);
	for (size_t i = 0; i < e.recipient_count; i++)
		e.recipients[i].address = mem_text("r@example.org");
	listing_encode(&e, &packed);
	is_int(listing_decode(buf_span(&packed), &back), 0, "many recipients are decoded");
	is_int(back.recipient_count, LISTING_RECIPIENTS_MAX, "at most fifty in a row");
	listing_print_entry(&shown, &back);
	ok(strstr(buf_text(&shown), "and 950 more") != NULL, "and the rest is counted");
	ok(strstr(buf_text(&shown), " MAILER-DAEMON\n") != NULL, "the null sender is MAILER-DAEMON");
	buf_free(&packed);
	buf_free(&shown);
	listing_entry_free(&e);
	listing_entry_free(&back);
}

static void for_people(void)
{
	struct listing_entry e = sample();
	struct buf out = { 0 };

	listing_print_header(&out);
	listing_print_entry(&out, &e);
	listing_print_end(&out, 2345, 1);
	is_text(buf_text(&out),
	        "-Queue ID-        --Size-- ----Arrival Time---- -Sender/Recipient-------\n"
	        "3F2A00000001          2345 Tue Nov 14 22:13:20  a@example.org\n"
	        "    (4.4.1 connection refused)\n"
	        "                                                x@example.com\n"
	        "                                                y@example.com\n"
	        "                                                z@example.net\n"
	        "\n"
	        "\t\tTotal requests: 1\n"
	        "-- 3 Kbytes in 1 Request.\n", "mailq's shape");
	buf_clear(&out);
	e.next_try_ms = 1700000000000;
	listing_print_more(&out, &e);
	ok(span_ends_nocase(buf_span(&out), SPAN("z@example.net\n    next try 2023-11-14 22:13 UTC\n\n")), "when it is tried next");
	buf_clear(&out);
	e.next_try_ms = 0;
	listing_print_more(&out, &e);
	ok(span_ends_nocase(buf_span(&out), SPAN("z@example.net\n\n")), "unless that is now, or never");
	buf_clear(&out);
	free(e.recipients[0].reason);
	e.recipients[0].reason = mem_text("\033[2J\r\nforged");
	e.arrival_ms = INT64_MAX;
	e.state = LISTING_HELD;
	listing_print_entry(&out, &e);
	ok(memchr(out.at, 033, out.len) == NULL, "a terminal sequence is escaped");
	ok(strstr(buf_text(&out), "\\x1b[2J\\x0d\\x0aforged") != NULL, "and stays visible");
	ok(strstr(buf_text(&out), "! ") != NULL, "a held message is marked");
	buf_clear(&out);
	listing_print_end(&out, 0, 0);
	is_text(buf_text(&out), "Mail queue is empty\n", "an empty queue");
	buf_free(&out);
	listing_entry_free(&e);
}

static void json(void)
{
	static const struct { const char *sender, *want; } cases[] = {
		{ "a\"b\\c", "\"a\\\"b\\\\c\"" },
		{ "\303\244@x", "\"\\u00e4@x\"" },
		{ "\360\237\230\200", "\"\\ud83d\\ude00\"" },
		{ "\377x", "\"\\ufffdx\"" },
		{ "\303", "\"\\ufffd\"" },
		{ "\300\200", "\"\\ufffd\\ufffd\"" },
		{ "\355\240\200", "\"\\ufffd\\ufffd\\ufffd\"" },
		{ "\n\033\177", "\"\\u000a\\u001b\\u007f\"" },
	};

	struct listing_entry whole = sample();
	struct buf line = { 0 };
	listing_print_json(&line, &whole);
	is_text(buf_text(&line), "{\"queue_name\": \"deferred\", \"queue_id\": \"3F2A00000001\", \"arrival_time\": 1700000000, "
	        "\"message_size\": 2345, \"sender\": \"a@example.org\", \"uid\": 1000, \"next_try\": 1700000300, \"waiting\": 3, "
	        "\"recipients\": [{\"address\": \"x@example.com\", \"delay_reason\": \"connection refused\", \"status\": \"4.4.1\", "
	        "\"next_hop\": \"mx\"}, {\"address\": \"y@example.com\", \"delay_reason\": \"connection refused\", \"status\": \"4.4.1\", "
	        "\"next_hop\": \"mx\"}, {\"address\": \"z@example.net\", \"delay_reason\": \"\", \"status\": \"\", \"next_hop\": \"mx\"}]}\n",
	        "for programs: all of it");
	buf_free(&line);
	listing_entry_free(&whole);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct listing_entry e = sample();
		struct buf out = { 0 }, want = { 0 };
		free(e.sender);
		e.sender = mem_text(cases[i].sender);
		listing_print_json(&out, &e);
		buf_printf(&want, "\"sender\": %s,", cases[i].want);
		ok(strstr(buf_text(&out), buf_text(&want)) != NULL, "JSON of text %zu", i);
		ok(out.at[out.len - 1] == '\n' && memchr(out.at, '\n', out.len) == out.at + out.len - 1, "in one line");
		buf_free(&out);
		buf_free(&want);
		listing_entry_free(&e);
	}
}

int main(void)
{
	tap_plan(32);
	setenv("TZ", "UTC", 1);
	tzset();
	round_trip();
	many_recipients();
	for_people();
	json();
	return tap_done();
}
