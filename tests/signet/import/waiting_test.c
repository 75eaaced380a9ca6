/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "signet/import/waiting.h"

#include <stdlib.h>

enum form { DMA, NULLMAILER, MSMTP, POSTCAT };

/* What becomes of it: "SENDER>RECIPIENT(notify,orcpt) …", then what the form alone has; or part of a fault. */
static const struct {
	const char *what;
	enum form form;
	const char *text, *want;
} rows[] = {
	{ "dma", DMA, "ID: 1a.5\nSender: me@here.example\nRecipient: you@there.example\n", "me@here.example>you@there.example" },
	{ "dma, the null sender", DMA, "ID: 1\nSender: \nRecipient: you@there.example\n", ">you@there.example" },
	{ "dma, not whole", DMA, "ID: 1\nSender: me@here.example\n", "!names no recipient" },
	{ "dma, nothing", DMA, "", "!names no sender" },
	{ "dma, no address", DMA, "Sender: me@here.example\nRecipient: a b@c\n", "!a recipient" },
	{ "nullmailer", NULLMAILER, "me@here.example\na@there.example\nb@there.example\n\nSubject: x\n\nhi\n", "me@here.example>a@there.example b@there.example body 49" },
	{ "nullmailer, the null sender", NULLMAILER, "\na@there.example\n\nx", ">a@there.example body 18" },
	{ "nullmailer, an empty message", NULLMAILER, "me\na@there.example\n\n", "me>a@there.example body 20" },
	{ "nullmailer, cut", NULLMAILER, "me@here.example\na@there.example\n", "!not written whole" },
	{ "nullmailer, nobody", NULLMAILER, "me@here.example\n\nhi", "!names no recipient" },
	{ "msmtpq", MSMTP, "-f me@here.example -- a@there.example b@there.example\n", "me@here.example>a@there.example b@there.example" },
	{ "msmtpq, as mutt calls it", MSMTP, "-oem -oi -f me@here.example -- a@there.example", "me@here.example>a@there.example" },
	{ "msmtpq, with msmtp's own words", MSMTP, "-a work --from=me@here.example --tls=on a@there.example", "me@here.example>a@there.example" },
	{ "msmtpq, from the header", MSMTP, "--read-recipients -f me@here.example", "me@here.example> header" },
	{ "msmtpq, -t", MSMTP, "-t", "> header" },
	{ "msmtpq, reports", MSMTP, "-N failure,delay -f me@here.example a@there.example", "me@here.example>a@there.example(12,)" },
	{ "msmtpq, nobody", MSMTP, "-f me@here.example", "!names no recipient" },
	{ "msmtpq, no message", MSMTP, "-bp", "!do not send a message" },
	{ "Postfix", POSTCAT, "*** ENVELOPE RECORDS deferred/7/7CD ***\nmessage_arrival_time: Mon Nov 30 14:40:46 2026\nnamed_attribute: envelope_id=env1\n"
	  "named_attribute: ret_flags=2\nsender: me@here.example\nnamed_attribute: notify_flags=12\nnamed_attribute: dsn_orig_rcpt=rfc822;a+b@there.example\n"
	  "original_recipient: a@there.example\nrecipient: a@there.example\noriginal_recipient: b@there.example\nrecipient: b@there.example\n*** MESSAGE FILE END ***\n",
	  "me@here.example>a@there.example(12,rfc822;a+2Bb@there.example) b@there.example envid env1 headers at 1796049646" },
	{ "Postfix, one is done already", POSTCAT, "sender: me@here.example\nnamed_attribute: notify_flags=1\ndone_recipient: a@there.example\nrecipient: b@there.example\n",
	  "me@here.example>b@there.example at 0" },
	{ "Postfix, the null sender", POSTCAT, "sender: \nrecipient: b@there.example\n", ">b@there.example at 0" },
	{ "Postfix, all are done", POSTCAT, "sender: me\ndone_recipient: a@there.example\n", "!names no recipient" },
	{ "Postfix, redirected", POSTCAT, "sender: me\nredirect_to: x@y.example\nrecipient: b@there.example\n", "!redirect_to" },
};

static void print_record(const struct record *r, struct buf *out)
{
	buf_printf(out, "%s>", r->sender);
	for (size_t i = 0; i < r->recipient_count; i++) {
		buf_printf(out, "%s%s", i ? " " : "", r->recipients[i].address);
		if (r->recipients[i].notify || r->recipients[i].orcpt[0])
			buf_printf(out, "(%u,%s)", r->recipients[i].notify, r->recipients[i].orcpt);
	}
	if (r->envid[0])
		buf_printf(out, " envid %s", r->envid);
	if (r->ret)
		buf_add_text(out, r->ret == DSN_RET_HEADERS ? " headers" : " full");
}

static void test_row(size_t i)
{
	struct record r;
	struct fault f = { 0 };
	struct buf got = { 0 };
	struct span text = span_of(rows[i].text);
	size_t body = 0;
	int64_t arrived_s = 0;
	bool from_header = false;
	int result = rows[i].form == DMA ? waiting_read_dma(text, &r, &f)
	             : rows[i].form == NULLMAILER ? waiting_read_nullmailer(text, &r, &body, &f)
	             : rows[i].form == MSMTP ? waiting_read_msmtp(text, &r, &from_header, &f) : waiting_read_postcat(text, &r, &arrived_s, &f);

	if (rows[i].want[0] == '!') {
		ok(result < 0 && strstr(f.text, rows[i].want + 1) != NULL, "%s: %s", rows[i].what, f.text);
	} else {
		print_record(&r, &got);
		if (rows[i].form == NULLMAILER)
			buf_printf(&got, " body %zu", body);
		if (from_header)
			buf_add_text(&got, " header");
		if (rows[i].form == POSTCAT)
			buf_printf(&got, " at %lld", (long long)arrived_s);
		is_text(result < 0 ? f.text : buf_text(&got), rows[i].want, "%s", rows[i].what);
	}
	record_free(&r);
	buf_free(&got);
}

static void make_id(const char *program, const char *name, const char *envelope, const char *message, uint8_t out[RECORD_ID_BYTES])
{
	struct record r;

	waiting_read_dma(span_of(envelope), &r, NULL);
	waiting_id(program, name, &r, span_of(message), out);
	record_free(&r);
}

int main(void)
{
	const char *to_a = "Sender: s@e.example\nRecipient: a@e.example\n", *to_b = "Sender: s@e.example\nRecipient: b@e.example\n";
	uint8_t first[RECORD_ID_BYTES], ids[5][RECORD_ID_BYTES];

	setenv("TZ", "UTC", 1);
	tap_plan(TAP_ROWS(rows) + 5);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		test_row(i);
	make_id("dma", "Q1", to_a, "text", first);
	make_id("dma", "Q1", to_a, "text", ids[0]);
	make_id("dma", "Q2", to_a, "text", ids[1]);
	make_id("dma", "Q1", to_b, "text", ids[2]);
	make_id("dma", "Q1", to_a, "texts", ids[3]);
	make_id("msmtp", "Q1", to_a, "text", ids[4]);
	for (size_t i = 0; i < 5; i++)
		ok((memcmp(first, ids[i], sizeof first) == 0) == (i == 0), "the id %s", i ? "of another file" : "of the same file is the same");
	return tap_done();
}
