/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "base/mail/reply.h"

#include <string.h>

/* ---- printing ---- */

static const struct {
	const char *name;
	struct reply reply;
	const char *line, *words;
} printed[] = {
	{ "nothing", { 0 }, "", "" },
	{ "what was taken", { .code = 250, .status = "2.0.0", .relay = "mx.example[192.0.2.1]:25", .text = "2.0.0 Ok" },
	  "250 2.0.0 Ok", "250 2.0.0 Ok" },
	{ "a refusal", { .kind = FAULT_PERMANENT, .code = 550, .step = STEP_RCPT, .relay = "mx.example[192.0.2.1]:25",
	                 .text = "5.1.1 no such user" },
	  "mx.example[192.0.2.1]:25 said: 550 5.1.1 no such user (in reply to RCPT TO)", "550 5.1.1 no such user" },
	{ "a code alone", { .kind = FAULT_TEMPORARY, .code = 451, .step = STEP_DOT, .relay = "mx.example[192.0.2.1]:25" },
	  "mx.example[192.0.2.1]:25 said: 451 (in reply to end of DATA)", "451" },
	{ "several lines", { .kind = FAULT_PERMANENT, .code = 554, .step = STEP_CONNECTION, .relay = "mx[192.0.2.1]:25",
	                     .text = "no\nnot\tfrom you" },
	  "mx[192.0.2.1]:25 said: 554 no not from you (in reply to the connection)", "554 no not from you" },
	{ "our own words", { .kind = FAULT_TEMPORARY, .status = "4.4.1", .text = "550 mx said: (in reply to RCPT TO)" },
	  "550 mx said: (in reply to RCPT TO)", "550 mx said: (in reply to RCPT TO)" },
	{ "the last word", { .kind = FAULT_PERMANENT, .expired = true, .code = 450, .step = STEP_RCPT, .relay = "mx[192.0.2.1]:25",
	                     .text = "later" },
	  "not delivered in time, given up; the last error was: mx[192.0.2.1]:25 said: 450 later (in reply to RCPT TO)",
	  "450 later" },
};

static void prints(void)
{
	for (size_t i = 0; i < sizeof printed / sizeof printed[0]; i++) {
		struct buf line = { 0 }, words = { 0 };

		reply_print(&printed[i].reply, &line);
		reply_print_words(&printed[i].reply, &words);
		is_text(buf_text(&line), printed[i].line, "%s: in a line", printed[i].name);
		is_text(buf_text(&words), printed[i].words, "%s: and nothing beside it", printed[i].name);
		buf_free(&line);
		buf_free(&words);
	}
}

/* ---- what becomes of it ---- */

static void becomes(void)
{
	struct reply r = { .kind = FAULT_PERMANENT, .code = 550, .status = "5.7.1", .step = STEP_MAIL, .text = "no" };

	is_int(reply_about(&r), REFUSAL_UNKNOWN, "without a reason it is about nothing");
	reply_make_temporary(&r);
	is_int(r.kind, FAULT_TEMPORARY, "made temporary: so it is");
	is_text(r.status, "4.7.1", "and so is its status");
	is_int(r.code, 550, "what was said stays");
	reply_expire(&r);
	is_int(r.kind, FAULT_PERMANENT, "expired: it ends");
	is_text(r.status, "5.4.7", "as RFC 3463 has it");
	is_int(reply_set(&r, FAULT_TEMPORARY, "4.4.1", STEP_CONNECTION, "mx[192.0.2.1]:25", "%s", "550 5.7.1 blocked"), -1,
	       "our own words");
	is_int(r.code, 0, "are never a server's");
	is_int(reply_about(&r), REFUSAL_UNKNOWN, "whatever they hold");
	reply_prefix(&r, "trying %d", 2);
	is_text(r.text, "trying 2: 550 5.7.1 blocked", "with more before them");
	is_int(reply_set(NULL, FAULT_TEMPORARY, "4.4.1", STEP_NONE, "", "nobody asks"), -1, "nobody need hear them");
}

/* ---- as bytes ---- */

static bool unpacked(const struct buf *bytes, size_t len, struct reply *out)
{
	return shape_decode(&reply_shape, (struct span){ bytes->at, len }, out) == 0;
}

static void packs(void)
{
	struct reply r = { .kind = FAULT_PERMANENT, .code = 550, .status = "5.7.1", .status_made = true, .contradicts = true,
		.expired = true, .step = STEP_DOT, .reason = refusal_reason_named("sending-limit"), .reach = REACH_COUNT - 1,
		.source = "2001:db8::1", .relay = "mx[192.0.2.1]:25", .text = "a\nb" }, back;
	struct buf bytes = { 0 }, again = { 0 };
	enum { KIND_AT = 0, CODE_AT = 1, FLAGS_AT = 3 + 4 + 5, STEP_AT };

	ok(r.reason != NULL, "a reason by its name");
	shape_encode(&reply_shape, &r, &bytes);
	ok(unpacked(&bytes, bytes.len, &back), "it can be read");
	shape_encode(&reply_shape, &back, &again);
	ok(span_eq(buf_span(&bytes), buf_span(&again)), "as it was");
	ok(back.reason == r.reason && back.expired && back.contradicts && back.status_made, "with its reason and all that is so");
	unsigned wrong = 0;
	for (size_t len = 0; len < bytes.len; len++)
		wrong += unpacked(&bytes, len, &back);
	is_int(wrong, 0, "cut anywhere it cannot");
	static const struct { size_t at; unsigned char value; const char *what; } bad[] = {
		{ KIND_AT, FAULT_POLICY + 1, "a kind" }, { CODE_AT, 0xff, "a code" }, { FLAGS_AT, 8, "a flag" },
		{ STEP_AT, STEP_COUNT, "a step" }, { 3 + 4, '\0', "a text with NUL" },
	};
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		char kept = bytes.at[bad[i].at];
		bytes.at[bad[i].at] = (char)bad[i].value;
		ok(!unpacked(&bytes, bytes.len, &back), "%s that there is not", bad[i].what);
		bytes.at[bad[i].at] = kept;
	}
	buf_free(&bytes);
	buf_free(&again);
}

int main(void)
{
	tap_plan(35);
	prints();
	becomes();
	packs();
	return tap_done();
}
