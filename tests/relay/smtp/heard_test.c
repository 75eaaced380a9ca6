/* SPDX-License-Identifier: ISC */
#include "tests/base/mail/said.h"
#include "tests/tap.h"

#include "base/mail/heard.h"
#include "relay/smtp/reply_reader.h"

#include <string.h>

static const struct {
	const char *in;
	enum fault_kind kind;
	const char *status;
	bool made;                /* the status is */
	const char *text;
} meanings[] = {
	{ "250 2.0.0 queued as 1\r\n", FAULT_NONE, "2.0.0", false, "250 2.0.0 queued as 1" },
	{ "250\r\n", FAULT_NONE, "2.0.0", true, "250" },
	{ "550 5.1.1 no\r\n", FAULT_PERMANENT, "5.1.1", false, "h[::1]:25 said: 550 5.1.1 no (in reply to RCPT TO)" },
	{ "550-5.7.26 a\r\n550 5.7.26 b\r\n", FAULT_PERMANENT, "5.7.26", false,
	  "h[::1]:25 said: 550 5.7.26 a 5.7.26 b (in reply to RCPT TO)" },
	{ "450 4.7.1 grey\r\n", FAULT_TEMPORARY, "4.7.1", false, NULL },
	{ "450 grey\r\n", FAULT_TEMPORARY, "4.2.0", true, NULL },
	{ "450 5.7.1 grey\r\n", FAULT_TEMPORARY, "4.2.0", true, NULL },
	{ "550 4.7.1 no\r\n", FAULT_PERMANENT, "5.0.0", true, NULL },
	{ "550 5.1.1234 no\r\n", FAULT_PERMANENT, "5.0.0", true, NULL },
	{ "550 5.1 no\r\n", FAULT_PERMANENT, "5.0.0", true, NULL },
	{ "550 5.1.1\r\n", FAULT_PERMANENT, "5.1.1", false, NULL },
	{ "552 full\r\n", FAULT_PERMANENT, "5.0.0", true, NULL },
	{ "421 bye\r\n", FAULT_TEMPORARY, "4.3.2", true, NULL },
	{ "499 odd\r\n", FAULT_TEMPORARY, "4.0.0", true, NULL },
	{ "354 go\r\n", FAULT_NONE, "3.0.0", true, NULL },
};

static void hear(const char *in, enum smtp_step step, struct reply *out)
{
	static const struct hearing at = { .relay = "h[::1]:25", .server = "h", .own_address = "192.0.2.1", .own_name = "me" };
	struct reply_reader r = { 0 };
	struct span bytes = span_of(in);

	reply_read(&r, &bytes);
	heard_reply((unsigned)r.reply.code, buf_span(&r.reply.text), &at, step, out);
	reply_reader_free(&r);
}

static void means(void)
{
	for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++) {
		struct reply r;

		hear(meanings[i].in, STEP_RCPT, &r);
		is_int(r.kind, meanings[i].kind, "kind of: %s", meanings[i].in);
		is_text(r.status, meanings[i].status, "status");
		is_int(r.status_made, meanings[i].made, "which the server gave, or not");
		if (meanings[i].text)
			is_text(said_line(&r), meanings[i].text, "text");
	}
}

static void knows_where(void)
{
	struct reply r;

	hear("554 5.7.1 Client host [192.0.2.1] blocked using zen.spamhaus.org\r\n", STEP_MAIL, &r);
	is_int(reply_about(&r), REFUSAL_ADDRESS, "judged where it was heard");
	is_text(r.source, "192.0.2.1", "of which of our addresses");
	is_text(r.relay, "h[::1]:25", "by whom");
	is_int(r.step, STEP_MAIL, "and at what");
	hear("250 2.0.0 blocked using nothing\r\n", STEP_DOT, &r);
	ok(r.reason == NULL && r.kind == FAULT_NONE, "what is taken is not judged");
}

static void says_the_command_behind_a_long_text(void)
{
	struct buf big = { 0 };
	struct reply r;

	buf_add_text(&big, "550 ");
	for (int i = 0; i < 3000; i++)
		buf_add_byte(&big, 'x');
	buf_add_text(&big, "\r\n");
	hear(buf_text(&big), STEP_DATA, &r);
	ok(span_ends_nocase(span_of(said_line(&r)), SPAN("(in reply to DATA)")), "the end of a long one is kept");
	buf_free(&big);
}

int main(void)
{
	tap_plan(55);
	means();
	knows_where();
	says_the_command_behind_a_long_text();
	return tap_done();
}
