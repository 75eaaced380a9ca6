/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "base/mail/submit.h"

static void test_query(void)
{
	struct submit_query q = { SUBMIT_FLUSH, SPAN("4C0FFEE") }, back;
	struct buf out = { 0 };
	size_t wrong = 0;

	submit_encode_query(&q, &out);
	for (size_t cut = 0; cut < out.len; cut++)
		wrong += submit_decode_query((struct span){ out.at, cut }, &back, NULL) != 0;
	is_int(wrong, 0, "a cut query needs more");
	is_int(submit_decode_query(buf_span(&out), &back, NULL), out.len, "a whole one is taken");
	is_int(back.operation, SUBMIT_FLUSH, "operation");
	is_span(back.argument, SPAN("4C0FFEE"), "argument");
	q.operation = (enum submit_operation)16;
	buf_clear(&out);
	submit_encode_query(&q, &out);
	buf_add_text(&out, "more");
	is_int(submit_decode_query(buf_span(&out), &back, NULL), out.len - 4, "operations of other sockets pass");
	is_int(back.operation, 16, "as they are");
	buf_free(&out);
}

static const struct span bad_queries[] = {
	SPAN("SIGNETR"), SPAN("X"), SPAN("SIGNETQ\2"),
	SPAN("SIGNETQ\1\x7f\0\0\0"),             /* longer than is taken */
	SPAN("SIGNETQ\1\0\0\0\0"),               /* nothing in it */
	SPAN("SIGNETQ\1\0\0\0\5\0\0\0\0\0"),     /* operation 0 */
	SPAN("SIGNETQ\1\0\0\0\6\1\0\0\0\0x"),    /* something left */
	SPAN("SIGNETQ\1\0\0\0\5\1\0\0\0\1"),     /* a span that is short */
};

static void test_reply(void)
{
	struct submit_reply r = { .kind = SUBMIT_REFUSED }, back;
	struct buf out = { 0 };
	size_t wrong = 0;

	fault_set(&r.fault, FAULT_PERMANENT, "5.3.4", "too big");
	submit_encode_reply(&r, &out);
	for (size_t cut = 0; cut < out.len; cut++)
		wrong += submit_decode_reply((struct span){ out.at, cut }, &back, NULL) != 0;
	is_int(wrong, 0, "a cut reply needs more");
	is_int(submit_decode_reply(buf_span(&out), &back, NULL), out.len, "a whole one is taken");
	is_int(back.kind, SUBMIT_REFUSED, "kind");
	is_text(back.fault.status, "5.3.4", "status");
	is_text(back.fault.text, "too big", "text");
	buf_clear(&out);
	r = (struct submit_reply){ .kind = SUBMIT_ACCEPTED, .text = SPAN("ID") };
	submit_encode_reply(&r, &out);
	is_int(submit_decode_reply(buf_span(&out), &back, NULL), out.len, "an acceptance");
	is_span(back.text, SPAN("ID"), "names the queue id");
	buf_free(&out);
}

static void expect_bad_reply(const struct submit_reply *r, const char *what)
{
	struct submit_reply back;
	struct buf out = { 0 };

	submit_encode_reply(r, &out);
	is_int(submit_decode_reply(buf_span(&out), &back, NULL), -1, "%s", what);
	buf_free(&out);
}

static void test_bad(void)
{
	struct submit_query q;
	struct submit_reply r = { .kind = SUBMIT_REFUSED };

	for (size_t i = 0; i < sizeof bad_queries / sizeof bad_queries[0]; i++)
		is_int(submit_decode_query(bad_queries[i], &q, NULL), -1, "query %zu is malformed", i);
	expect_bad_reply(&r, "a refusal without a reason is malformed: it would end in exit 0");
	r.kind = (enum submit_reply_kind)0;
	expect_bad_reply(&r, "kind 0");
	r.kind = (enum submit_reply_kind)6;
	expect_bad_reply(&r, "an unknown kind");
	is_int(submit_decode_reply(SPAN("\0\x20\0\0"), &r, NULL), -1, "a reply longer than is taken");
}

int main(void)
{
	tap_plan(25);
	test_query();
	test_reply();
	test_bad();
	return tap_done();
}
