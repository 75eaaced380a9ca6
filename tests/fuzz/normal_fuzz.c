/* SPDX-License-Identifier: ISC */
/*
 * The normal form: however the input is cut it is the same; its lines end in
 * CRLF, and those of its header section in nothing else, which has one From
 * and none of the fields that must go; and what it makes of its own output is
 * the output, with one Received more. The first two bytes choose settings and
 * the cut.
 */
#include "base/mail/message.h"
#include "relay/pickup/normal.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t id[RECORD_ID_BYTES] = { 1, 2, 3 };
static struct settings settings;

static void prepare(uint8_t choice)
{
	static char *masqueraded[1];
	static struct rewrite_rule rules[2];

	settings.hostname = (char *)(uintptr_t)"host.example";
	settings.domain = (char *)(uintptr_t)"example.org";
	settings.from = (char *)(uintptr_t)(choice & 1 ? "web1@example.org" : "");
	masqueraded[0] = (char *)(uintptr_t)"web1.example.org";
	settings.host_in_name = choice & 16;
	rules[0] = (struct rewrite_rule){ (char *)(uintptr_t)"root@", (char *)(uintptr_t)"x@y.example" };
	rules[1] = (struct rewrite_rule){ (char *)(uintptr_t)"@b.example", (char *)(uintptr_t)"@y.example" };
	settings.rewrite = rules;
	settings.rewrite_count = (choice & 33) == 32 ? 2 : 0;     /* what they give would become from */
	settings.masquerade = (struct text_list){ .items = masqueraded, .count = choice & 2 ? 1 : 0 };
}

/* 0 and the whole output, or -1. */
static int run(struct span in, size_t step, uint8_t choice, struct buf *out)
{
	struct normal *n = normal_new(&(struct normal_options){ .settings = &settings, .record_id = id,
		.author = "user@example.org", .full_name = choice & 4 ? "J\xc3\xbcrg \"x\"" : "", .now_ms = 1234567890123 });
	struct normal_header header;
	struct buf body = { 0 };
	int bad = 0;

	for (size_t at = 0; at < in.len && !bad; at += step)
		bad = normal_feed(n, (struct span){ in.at + at, in.len - at < step ? in.len - at : step }, &body, NULL);
	if (!bad)
		bad = normal_finish(n, &body, NULL);
	if (!bad) {
		bad = normal_make_header(n, choice & 8, 32, &header, NULL);
		buf_add_span(out, buf_span(&header.bytes));
		buf_add_span(out, buf_span(&body));
		normal_header_free(&header);
	}
	buf_free(&body);
	normal_free(n);
	return bad;
}

static void check_lines(struct span s)
{
	size_t body = message_body_offset(s);

	for (size_t i = 0; i < s.len; i++) {
		if (s.at[i] == '\n' && (i == 0 || s.at[i - 1] != '\r'))
			abort();
		if (s.at[i] == '\r' && i < body && (i + 1 == s.len || s.at[i + 1] != '\n'))
			abort();
	}
	if (s.len < 2 || s.at[s.len - 1] != '\n')
		abort();
}

static void check_header(struct span s)
{
	struct field field;
	struct span rest = s;
	size_t authors = 0;

	while (message_next_field(&rest, &field)) {
		authors += span_eq_nocase(field.name, SPAN("From"));
		if (span_eq_nocase(field.name, SPAN("Bcc")) || span_eq_nocase(field.name, SPAN("Resent-Bcc")) ||
		    span_eq_nocase(field.name, SPAN("Return-Path")))
			abort();
	}
	if (authors != 1 || !message_header_complete(s))
		abort();
}

static void check_again(struct span once, uint8_t choice)
{
	struct buf twice = { 0 };

	if (run(once, once.len + 1, choice, &twice) == 0) {
		const char *end = memmem(twice.at, twice.len, "+0000\r\n", 7);
		if (end == NULL || !span_eq(span_between(end + 7, twice.at + twice.len), once))
			abort();
	}
	buf_free(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf whole = { 0 }, cut = { 0 };

	if (size < 2)
		return 0;
	struct span in = { (const char *)data + 2, size - 2 };
	prepare(data[0]);
	setenv("TZ", "UTC", 1);
	int result = run(in, in.len + 1, data[0], &whole);
	if (run(in, data[1] % 16u + 1, data[0], &cut) != result || !span_eq(buf_span(&whole), buf_span(&cut)))
		abort();
	if (result == 0) {
		check_lines(buf_span(&whole));
		check_header(buf_span(&whole));
		check_again(buf_span(&whole), data[0]);
	}
	buf_free(&whole);
	buf_free(&cut);
	return 0;
}
