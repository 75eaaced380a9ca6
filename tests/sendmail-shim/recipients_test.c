/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "sendmail-shim/recipients.h"

static void join(const struct record *r, struct buf *out)
{
	for (size_t i = 0; i < r->recipient_count; i++) {
		if (i > 0)
			buf_add_byte(out, '|');
		buf_add_text(out, r->recipients[i].address);
	}
}

static const struct {
	const char *what;
	struct span message;
	const char *recipients;
	bool warns;
} headers[] = {
	{ .what = "to, cc, bcc", SPAN("To: a@b, c@d\nCc: <e@f>\nBCC: g@h\n\nTo: body@x\n"), "a@b|c@d|e@f|g@h" },
	{ .what = "CRLF", SPAN("To: a@b\r\nSubject: x\r\n\r\nTo: body@x\r\n"), "a@b" },
	{ .what = "folded, groups, comments", SPAN("To: \"A, B\" <a@b>,\r\n\tG: c@d (x), e@f;\r\n\r\n"), "a@b|c@d|e@f" },
	{ .what = "no fields of that kind", SPAN("From: a@b\nReply-To: c@d\nApparently-To: x\n\n"), "" },
	{ .what = "no header at all", SPAN("hello\nTo: a@b\n"), "" },
	{ .what = "empty", SPAN(""), "" },
	{ .what = "an mbox line first", SPAN("From x Mon Jan  1 00:00:00 2026\nTo: a@b\n\n"), "a@b" },
	{ .what = "To twice", SPAN("To: a@b\nTo: c@d\n\n"), "a@b|c@d" },
	{ .what = "undisclosed", SPAN("To: undisclosed-recipients:;\nBcc: a@b\n\n"), "a@b" },
	{ .what = "empty brackets", SPAN("To: <>\nCc: A <>, a@b, < (c)\n >\nBcc: <c@d>, <@>\n\n"), "a@b|c@d|<@>" },
	{ .what = "blank before the colon", SPAN("To : a@b\n\n"), "a@b" },
	{ .what = "bare", SPAN("To: root\n\n"), "root" },
	{ .what = "what cannot be parsed goes as it stands", SPAN("To: a@b, John Smith, x@y z\n\n"), "a@b|John Smith|x@y z" },
	{ .what = "and unfolded", SPAN("To: John\r\n Smith, a@b\n\n"), "John Smith|a@b" },
	{ .what = "but not with control bytes", SPAN("To: a\001b@c, d@e\n\n"), "d@e", true },
	{ .what = "nor with NUL", SPAN("To: d@e, \"a\0b\"@c\n\n"), "d@e", true },
	{ .what = "a bare CR in quotes is a blank", SPAN("To: \"a\\\r\"@c, d@e\n\n"), "\"a\\ \"@c|d@e" },
	{ .what = "blanks part addresses", SPAN("To: a@b c@d\nCc: root\n admin\nBcc: e@f \"x y\"@z\n\n"), "a@b|c@d|root|admin|e@f|\"x y\"@z" },
	{ .what = "behind brackets too", SPAN("To: A <a@b> <c@d>\n B <e@f>, g\n\n"), "a@b|c@d|e@f|g" },
	{ .what = "not where commas are used", SPAN("To: a@b c@d, e@f\nCc: g h; i\n\n"), "a@b c@d|e@f|g h; i" },
	{ .what = "a name without quotes", SPAN("To: M\xc3\xbcller, J <j@x>\nCc: J\xc3\xbcrgen\n\n"), "j@x|J\xc3\xbcrgen" },
	{ .what = "an encoded word is a name", SPAN("To: =?utf-8?q?a=40b?=, c@d\n\n"), "=?utf-8?q?a=40b?=|c@d" },
	{ .what = "blanks that nobody sees", SPAN("To: \xc2\xa0" "a@b\xe2\x80\x8b, c\xc2\xa0@d\nBcc: <\xef\xbb\xbf" "e@f>\n\n"), "a@b|c@d|e@f" },
	{ .what = "a whole address in quotes", SPAN("To: \"a@b\", c\\@d\n\n"), "a@b|c@d" },
	{ .what = "quoted-pairs", SPAN("To: ali\\~ce@x, j\\ d@x\n\n"), "ali~ce@x|\"j d\"@x" },
	{ .what = "a bare CR makes no field", SPAN("Subject: a\rTo: evil@x\r\rb\nTo: a@b\n\r\r\nTo: c@d\n"), "a@b" },
	{ .what = "nor does it hide one", SPAN("Subject: a\r\r\nBcc\r: a@b\rc@d\nCc: e@f,\n\r g@h\n\r\n"), "a@b|c@d|e@f|g@h" },
	{ .what = "an mbox line is one by its date", SPAN("From x\nTo: a@b\n\n"), "" },
	{ .what = "resent, in many odd fields", SPAN("Resent-A: 1\nResent-A: 2\nResent-To: a@b\nResent-A: 3\nResent-Cc: c@d\n\n"), "a@b|c@d" },
	{ .what = "resent", SPAN("Resent-From: me@x\nResent-To: new@x\nFrom: a@b\nTo: old@x\nBcc: oldbcc@x\n\n"), "new@x" },
	{ .what = "resent, behind", SPAN("From: a@b\nTo: old@x\nCc: oldcc@x\nResent-To: new@x\nResent-Bcc: newbcc@x\n\n"), "new@x|newbcc@x" },
	{ .what = "resent twice", SPAN("Resent-From: me@x\nResent-To: new@x\nReceived: x\nResent-From: y@x\nResent-To: before@x\nResent-Cc: beforecc@x\n"
	                    "To: old@x\n\n"), "new@x" },
	{ .what = "resent twice, side by side", SPAN("Resent-Date: 2\nResent-Cc: new@x\nResent-Date: 1\nResent-To: before@x\nTo: old@x\n\n"), "new@x" },
	{ .what = "resent, a field of its own twice", SPAN("Resent-To: new@x\nResent-Foo: 1\nResent-Foo: 2\nResent-Cc: newcc@x\nTo: old@x\n\n"),
	  "new@x|newcc@x" },
	{ .what = "resent to nobody", SPAN("Resent-From: me@x\nTo: old@x\n\n"), "" },
	{ .what = "resent, all three", SPAN("RESENT-TO: a@b\nresent-cc: c@d\nResent-bcc: e@f\nTo: old@x\n\n"), "a@b|c@d|e@f" },
};

static void test_headers(void)
{
	for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
		struct record r = { 0 };
		struct buf got = { 0 }, warnings = { 0 };
		recipients_from_header(&r, headers[i].message, 0, &warnings);
		join(&r, &got);
		is_text(buf_text(&got), headers[i].recipients, "%s", headers[i].what);
		is_int(warnings.len > 0, headers[i].warns, "warnings: %s", buf_text(&warnings));
		record_free(&r);
		buf_free(&got);
		buf_free(&warnings);
	}
}

static void test_many(void)
{
	struct record r = { 0 };
	struct buf message = { 0 }, warnings = { 0 };

	buf_add_text(&message, "To: x@y");
	for (int i = 0; i < 10000; i++)
		buf_printf(&message, ",\n user%d@example.org", i);
	buf_add_text(&message, "\nCc: x@y\n\n");
	recipients_from_header(&r, buf_span(&message), NOTIFY_DELAY, &warnings);
	recipients_unite(&r);
	is_int(r.recipient_count, 10001, "ten thousand recipients");
	is_text(r.recipients[10000].address, "user9999@example.org", "to the last");
	is_int(r.recipients[10000].notify, NOTIFY_DELAY, "each with NOTIFY");
	buf_clear(&message);
	buf_add_text(&message, "To: a,");
	for (int i = 0; i < 2000; i++)
		buf_add_text(&message, " b");
	record_free(&r);
	recipients_from_header(&r, buf_span(&message), 0, &warnings);
	is_int(strlen(r.recipients[1].address), 500, "what cannot be parsed is cut");
	record_free(&r);
	buf_clear(&message);
	for (int i = 0; i < 100000; i++)
		buf_printf(&message, "Resent-%d: x\n", i);
	buf_add_text(&message, "Resent-To: a@b\n\n");
	long long start = tap_cpu_ms();
	recipients_from_header(&r, buf_span(&message), 0, &warnings);
	ok(tap_cpu_ms() - start < 2000, "a hundred thousand fields of one resending take %lld ms", tap_cpu_ms() - start);
	is_int(r.recipient_count, 1, "and are one");
	record_free(&r);
	buf_free(&message);
	buf_free(&warnings);
}

/* Each field is read once, however many there are and whatever they are called. */
static void test_many_fields(void)
{
	static const char *const formats[] = { "Resent-X%d: a@b\n", "Resent-To%d: a@b\n", "X%d: a@b\n" };

	for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
		struct record r = { 0 };
		struct buf message = { 0 }, warnings = { 0 };
		buf_add_text(&message, i < 2 ? "Resent-Cc: new@x\n" : "To: new@x\n");
		for (int n = 0; n < 200 * 1000; n++)
			buf_printf(&message, formats[i], n);
		buf_add_text(&message, "\n");
		long long begun = tap_cpu_ms();
		recipients_from_header(&r, buf_span(&message), 0, &warnings);
		long long took_ms = tap_cpu_ms() - begun;
		is_int(r.recipient_count, 1, "200,000 fields %s", formats[i]);
		ok(took_ms < 5000, "in %lld ms", took_ms);
		record_free(&r);
		buf_free(&message);
		buf_free(&warnings);
	}
}

static void test_union(void)
{
	static const char *const arguments[] = { "a@b", "c@d, e@f", "a@B", "A@b", "root", "Name <g@h>", "not one", "-x@y", "a@b", "p@q  r@s", "t\\+u@v",
		"at@x; all", "\tv@w\r\n", "\n", "\xc2\xa0y@z\xe2\x80\x8b" };
	struct record r = { 0 };
	struct buf got = { 0 };
	struct fault f = { 0 };

	for (size_t i = 0; i < sizeof arguments / sizeof arguments[0]; i++)
		is_int(recipients_from_argument(&r, arguments[i], 0, &f), 0, "argument %s", arguments[i]);
	recipients_unite(&r);
	join(&r, &got);
	is_text(buf_text(&got), "a@b|c@d|e@f|A@b|root|g@h|not|one|-x@y|p@q|r@s|t+u@v|at@x; all|v@w|y@z", "each once, the domain's case apart");
	record_free(&r);
	recipients_unite(&r);
	is_int(r.recipient_count, 0, "none stay none");
	record_free(&r);
	buf_free(&got);
}

static const char *const refused[] = { "a@b\r\nRCPT TO:<c@d>", "a@b\nc@d", "a\t@b", "a@b\x7f", "\"a\nb\"@c", "a\r,b" };

static void test_refused(void)
{
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
		struct record r = { 0 };
		struct fault f = { 0 };
		is_int(recipients_from_argument(&r, refused[i], 0, &f), -1, "a recipient with a control character");
		is_int(fault_exit_code(&f), 65, "is EX_DATAERR: %s", f.text);
		is_int(sender_from_argument(&r, refused[i], &f), -1, "and such a sender");
		is_int(fault_exit_code(&f), 65, "is EX_DATAERR: %s", f.text);
		record_free(&r);
	}
}

static const struct {
	const char *argument, *sender;
} senders[] = {
	{ "me@x", "me@x" }, { "", "" }, { "<>", "" }, { " <> ", "" }, { "\tme@x\r\n", "me@x" }, { "<me@x>", "me@x" }, { "Me <me@x>", "me@x" },
	{ "tj\\+mail@x", "tj+mail@x" }, { "j\xc3\xbcrgen", "j\xc3\xbcrgen" }, { "root", "root" }, { "MAILER-DAEMON", "MAILER-DAEMON" },
	{ "\xc2\xa0me@x\xe2\x80\xac", "me@x" }, { "\xc2\xa0", "" }, { "me\\@x", "me@x" }, { "\"me@x\"", "me@x" },
	{ "a b", NULL }, { "a@b, c@d", NULL }, { "a@", NULL }, { ",", NULL },
};

static void test_senders(void)
{
	for (size_t i = 0; i < sizeof senders / sizeof senders[0]; i++) {
		struct record r = { 0 };
		struct fault f = { 0 };
		int result = sender_from_argument(&r, senders[i].argument, &f);
		is_int(result, senders[i].sender ? 0 : -1, "-f \"%s\" %s", senders[i].argument, f.text);
		if (result == 0)
			is_text(r.sender, senders[i].sender, "is that sender");
		else
			is_int(fault_exit_code(&f), 65, "is EX_DATAERR");
		record_free(&r);
	}
}

int main(void)
{
	tap_plan(163);
	test_headers();
	test_many();
	test_many_fields();
	test_union();
	test_refused();
	test_senders();
	return tap_done();
}
