/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "base/view/trace.h"

#include <stdlib.h>

static struct trace_entry sample(size_t recipients)
{
	struct trace_entry e = {
		.queue_id = mem_text("ABC"), .sender = mem_text("a@example.org"), .message_id = mem_text("1@example.org"),
		.program = mem_text("cron"), .unit = mem_text("cron.service"), .container = mem_text("lxc:web1"), .envid = mem_text(""), .about = mem_text(""), .reports = mem_text("DEF GHI"),
		.parts = mem_text(""), .uid = 1000, .arrival_ms = 1700000000123, .size_bytes = 2345,
		.header = mem_text("Subject: x\x1b[2J\r\nTo: b@example.net\r\n"),
	};

	e.recipients = mem_alloc((recipients + 1) * sizeof *e.recipients);
	for (; e.recipient_count < recipients; e.recipient_count++)
		e.recipients[e.recipient_count] = (struct trace_recipient){
			.address = mem_text("b@example.net"), .original = mem_text("b"), .via = mem_text("mx"),
			.relay = mem_text("mx.example.net[192.0.2.1]:25"), .status = mem_text("4.2.1"),
			.reply = mem_text("450 \x1b[31mlater"), .reason = mem_text("greylisting"), .state = TRACE_DEFERRED, .tries = 2,
			.next_try_ms = 1700000300000,
		};
	return e;
}

static void round_trip(void)
{
	struct trace_entry e = sample(3), back;
	struct buf packed = { 0 }, again = { 0 };
	size_t taken = 0;

	trace_encode(&e, &packed);
	is_int(trace_decode(buf_span(&packed), &back), 0, "what was encoded is decoded");
	trace_encode(&back, &again);
	is_span(buf_span(&again), buf_span(&packed), "and encodes to the same bytes");
	trace_entry_free(&back);
	for (size_t cut = 0; cut < packed.len; cut++)
		taken += trace_decode((struct span){ packed.at, cut }, &back) == 0;
	is_int((long long)taken, 0, "no shorter input is taken");
	packed.at[0] = 4;
	is_int(trace_decode(buf_span(&packed), &back), -1, "nor a newer version");
	buf_free(&packed);
	buf_free(&again);
	trace_entry_free(&e);
}

static void too_many(void)
{
	struct trace_entry e = sample(TRACE_RECIPIENTS_MAX + 1), back;
	struct buf packed = { 0 };

	trace_encode(&e, &packed);
	is_int(trace_decode(buf_span(&packed), &back), -1, "more recipients than a row has");
	buf_free(&packed);
	trace_entry_free(&e);
}

#define JSON_RECIPIENT \
	"{\"address\": \"b@example.net\", \"original\": \"b\", \"state\": \"deferred\", \"tries\": 2, \"next_try\": 1700000300, " \
	"\"done_time\": 0, \"via\": \"mx\", \"relay\": \"mx.example.net[192.0.2.1]:25\", \"status\": \"4.2.1\", " \
	"\"reply\": \"450 \\u001b[31mlater\", \"reason\": \"greylisting\", \"means\": \"The receiver puts unknown senders off for some minutes " \
	"(greylisting).\", \"advice\": \"Nothing: the mail is sent again by itself.\"}"

static void shown(void)
{
	struct trace_entry e = sample(1);
	struct buf out = { 0 };

	setenv("TZ", "UTC", 1);
	trace_print_message(&out, &e);
	trace_print_recipients(&out, &e);
	trace_print_header(&out, &e);
	is_text(buf_text(&out),
	        "Queue id:    ABC\n"
	        "Sender:      <a@example.org>\n"
	        "Message-ID:  1@example.org\n"
	        "Arrived:     2023-11-14 22:13:20 +0000, 2345 bytes, from uid 1000 (cron)\n"
	        "Unit:        cron.service\n"
	        "Container:   lxc:web1\n"
	        "Reports:     DEF GHI\n"
	        "Finished:    no, it is in the queue\n"
	        "Recipient:   <b@example.net> (as b), deferred, 2 tries, next 2023-11-14 22:18:20 +0000, via mx, "
	        "relay mx.example.net[192.0.2.1]:25\n"
	        "             4.2.1 450 \\x1b[31mlater\n"
	        "             meaning: The receiver puts unknown senders off for some minutes (greylisting).\n"
	        "             to do: Nothing: the mail is sent again by itself.\n"
	        "Header section:\n"
	        "    Subject: x\\x1b[2J\n"
	        "    To: b@example.net\n", "for people");
	buf_clear(&out);
	struct json j = { .out = &out };
	trace_json_message(&j, &e);
	trace_json_recipients(&j, &e);
	trace_json_recipients(&j, &e);
	trace_json_end(&j);
	is_text(buf_text(&out), "{\"queue_id\": \"ABC\", \"sender\": \"a@example.org\", \"message_id\": \"1@example.org\", "
	        "\"envelope_id\": \"\", \"uid\": 1000, \"program\": \"cron\", \"unit\": \"cron.service\", "
	        "\"container\": \"lxc:web1\", \"arrival_time\": 1700000000, \"finished_time\": 0, "
	        "\"message_size\": 2345, \"report_on\": \"\", \"reports\": [\"DEF\", \"GHI\"], \"sent_with\": [], "
	        "\"header\": \"Subject: x\\u001b[2J\\u000d\\u000aTo: b@example.net\\u000d\\u000a\", \"recipients\": ["
	        JSON_RECIPIENT ", " JSON_RECIPIENT "]}\n", "for programs: all of it");
	ok(strstr(buf_text(&out), "\"reports\": [\"DEF\", \"GHI\"], \"sent_with\": []") != NULL, "for programs: arrays");
	ok(strstr(buf_text(&out), "}, {\"address\"") != NULL, "several rows make one array");
	ok(memchr(out.at, '\n', out.len) == out.at + out.len - 1 && memchr(out.at, 0x1b, out.len) == NULL, "one plain line");
	buf_free(&out);
	trace_entry_free(&e);
}

int main(void)
{
	tap_plan(10);
	round_trip();
	too_many();
	shown();
	return tap_done();
}
