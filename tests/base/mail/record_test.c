/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "base/mail/record.h"

static struct record sample(void)
{
	struct record r = {
		.id = "0123456789abcde",
		.program = mem_text("sendmail"),
		.sender = mem_text("me@example.org"),
		.sender_given = true,
		.full_name = mem_text("Me \xc3\xa4 Too"),
		.envid = mem_text("id+2B"),
		.ret = DSN_RET_HEADERS,
		.body_type = BODY_8BITMIME,
		.headers_gave_recipients = true,
		.message_bytes = 5000000000,
	};

	record_add_recipient(&r, SPAN("a@b"), NOTIFY_SUCCESS | NOTIFY_DELAY, SPAN("rfc822;a@b"));
	record_add_recipient(&r, SPAN("root"), 0, SPAN(""));
	record_add_recipient(&r, SPAN("not an address"), NOTIFY_NEVER, SPAN(""));
	return r;
}

static void test_round_trip(void)
{
	struct record r = sample(), back;
	struct buf head = { 0 }, again = { 0 };
	struct fault f = { 0 };

	record_encode_head(&r, &head);
	size_t len = head.len;
	buf_add_text(&head, "the message follows");
	is_int(record_decode_head(buf_span(&head), &back, &f), len, "a head is decoded, the message left");
	is_text(back.sender, "me@example.org", "sender");
	ok(back.sender_given && back.headers_gave_recipients, "flags");
	is_int(back.recipient_count, 3, "recipients");
	is_text(back.recipients[0].orcpt, "rfc822;a@b", "orcpt");
	is_int(back.recipients[2].notify, NOTIFY_NEVER, "notify");
	is_int(back.message_bytes, 5000000000, "length of the message");
	record_encode_head(&back, &again);
	head.len = len;
	is_span(buf_span(&again), buf_span(&head), "and encodes to the same bytes");
	record_free(&back);
	record_free(&r);
	buf_free(&head);
	buf_free(&again);
}

/* What sendmail before its upgrade has left in the drop folder: as now, without the last byte of the envelope. */
static void test_version_1(void)
{
	struct record r = sample(), back;
	struct buf head = { 0 }, old = { 0 };

	r.require_tls = true;
	record_encode_head(&r, &head);
	is_int(record_decode_head(buf_span(&head), &back, NULL), (long)head.len, "with RequireTLS");
	ok(back.require_tls, "which comes back");
	record_free(&back);
	buf_add(&old, head.at, head.len - 9);
	buf_add(&old, head.at + head.len - 8, 8);
	old.at[RECORD_MAGIC_BYTES - 1] = 1;
	old.at[RECORD_MAGIC_BYTES + 3]--;
	is_int(record_decode_head(buf_span(&old), &back, NULL), (long)old.len, "version 1 is read");
	ok(!back.require_tls && back.recipient_count == r.recipient_count, "as it was");
	record_free(&back);
	record_free(&r);
	buf_free(&head);
	buf_free(&old);
}

static void test_every_cut(void)
{
	struct record r = sample(), back;
	struct buf head = { 0 };
	size_t wrong = 0;

	record_encode_head(&r, &head);
	for (size_t cut = 0; cut < head.len; cut++)
		wrong += record_decode_head((struct span){ head.at, cut }, &back, NULL) != 0;
	is_int(wrong, 0, "cut at any of %zu bytes, more are asked for", head.len);
	record_free(&r);
	buf_free(&head);
}

/* Whatever a changed byte makes of it: no crash, and what is accepted encodes again. */
static void test_every_change(void)
{
	struct record r = sample(), back;
	struct buf head = { 0 };
	size_t accepted = 0, refused = 0;

	record_encode_head(&r, &head);
	for (size_t i = 0; i < head.len; i++) {
		char was = head.at[i];
		head.at[i] = (char)~was;
		ssize_t got = record_decode_head(buf_span(&head), &back, NULL);
		if (got > 0) {
			record_free(&back);
			accepted++;
		}
		refused += got < 0;
		head.at[i] = was;
	}
	ok(accepted > 0 && refused > 0, "%zu changes accepted, %zu refused", accepted, refused);
	record_free(&r);
	buf_free(&head);
}

static const struct {
	const char *what;
	struct span head;
	const char *status;
} malformed[] = {
	{ "another magic", SPAN("SIGNETX"), "5.6.0" },
	{ "another magic in its first byte", SPAN("X"), "5.6.0" },
	{ "version 0", SPAN("SIGNETR\0"), "5.6.0" },
	{ "a newer version", SPAN("SIGNETR\3"), "4.3.0" },
	{ "the newest version", SPAN("SIGNETR\xff"), "4.3.0" },
	{ "an envelope too long", SPAN("SIGNETR\1\2\0\0\1"), "5.6.0" },
	{ "an empty envelope", SPAN("SIGNETR\1\0\0\0\0\0\0\0\0\0\0\0\0"), "5.6.0" },
};

static void test_malformed(void)
{
	for (size_t i = 0; i < sizeof malformed / sizeof malformed[0]; i++) {
		struct record r;
		struct fault f = { 0 };
		is_int(record_decode_head(malformed[i].head, &r, &f), -1, "%s is refused", malformed[i].what);
		is_text(f.status, malformed[i].status, "with %s: %s", malformed[i].status, f.text);
	}
}

static void expect_refused(const struct record *r, const char *what)
{
	struct buf head = { 0 };
	struct record back;

	record_encode_head(r, &head);
	is_int(record_decode_head(buf_span(&head), &back, NULL), -1, "%s", what);
	buf_free(&head);
}

static void test_bounds(void)
{
	struct record r = { .ret = (enum dsn_ret)3 };

	expect_refused(&r, "an unknown RET");
	r = (struct record){ .body_type = (enum body_type)7 };
	expect_refused(&r, "an unknown BODY");
	r = (struct record){ 0 };
	record_add_recipient(&r, SPAN("a"), 16, SPAN(""));
	expect_refused(&r, "an unknown NOTIFY");
	record_free(&r);
	for (size_t i = 0; i <= RECORD_RECIPIENTS_MAX; i++)
		record_add_recipient(&r, SPAN("a"), 0, SPAN(""));
	expect_refused(&r, "one recipient more than are taken");
	record_free(&r);
}

static void test_nul(void)
{
	struct record r = sample(), back;
	struct buf head = { 0 };

	record_encode_head(&r, &head);
	char *at = memmem(head.at, head.len, "an address", 10);
	*at = '\0';
	is_int(record_decode_head(buf_span(&head), &back, NULL), -1, "NUL in a recipient");
	record_free(&r);
	buf_free(&head);
}

int main(void)
{
	tap_plan(33);
	test_round_trip();
	test_version_1();
	test_every_cut();
	test_every_change();
	test_malformed();
	test_bounds();
	test_nul();
	return tap_done();
}
