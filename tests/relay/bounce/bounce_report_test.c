/* SPDX-License-Identifier: ISC */
#include "tests/base/mail/said.h"
#include "tests/tap.h"

#include "base/mail/message.h"
#include "relay/bounce/bounce_report.h"
#include "relay/bounce/explain.h"
#include "base/mail/meaning.h"
#include "relay/bounce/status.h"

#include <stdlib.h>

static const struct bounce_report_context context = {
	.hostname = "web1.example.org", .domain = "example.org", .message_id = "abc@web1.example.org",
	.boundary = "B0", .now_ms = 1795475045000,
};

static struct bounce_recipient one = {
	.address = "bob@example.net", .original = "bob@example.net", .orcpt = "",
	.reply = { .kind = FAULT_PERMANENT, .code = 550, .status = "5.1.1", .relay = "mx.example.net[192.0.2.1]:25",
	    .text = "5.1.1 No such user" },
};

static struct bounce_job job_of(struct bounce_recipient *recipients, size_t count)
{
	return (struct bounce_job){
		.ticket = 1, .queue_id = "Q1", .sender = "alice@example.org", .envid = "", .arrival_ms = 1795470000000,
		.recipients = recipients, .recipient_count = count,
	};
}

static char *report_of(struct bounce_recipient *recipients, size_t count, struct span message, size_t *len)
{
	struct bounce_job job = job_of(recipients, count);
	struct buf out = { 0 };

	bounce_report_write(&job, message, true, &context, &out);
	if (len)
		*len = out.len;
	return buf_take(&out);
}

static void whole(void)
{
	char *text = report_of(&one, 1, SPAN("From: alice@example.org\r\nMessage-ID: <1@a>\r\nSubject: Lunch\r\n\r\n"
	                                     "At one?\r\n"), NULL);

	is_text(text,
	        "From: Mail Delivery System <MAILER-DAEMON@example.org>\r\n"
	        "To: <alice@example.org>\r\n"
	        "Subject: Not delivered: your mail to bob@example.net\r\n"
	        "Date: Mon, 23 Nov 2026 23:04:05 +0000\r\n"
	        "Message-ID: <abc@web1.example.org>\r\n"
	        "In-Reply-To: <1@a>\r\n"
	        "References: <1@a>\r\n"
	        "Auto-Submitted: auto-replied\r\n"
	        "MIME-Version: 1.0\r\n"
	        "Content-Type: multipart/report; report-type=delivery-status;\r\n"
	        "\tboundary=\"B0\"\r\n"
	        "Content-Transfer-Encoding: 7bit\r\n"
	        "\r\n"
	        "This is a report in several parts (RFC 3464), for programs that show it as text.\r\n"
	        "\r\n"
	        "--B0\r\n"
	        "Content-Description: What happened\r\n"
	        "Content-Type: text/plain; charset=utf-8\r\n"
	        "\r\n"
	        "This is the mail system at web1.example.org.\r\n"
	        "\r\n"
	        "Your mail \"Lunch\" of Mon, 23 Nov 2026 21:40:00 +0000 was not delivered to\r\n"
	        "the recipient below, and it will not be tried again. To reach them, it has\r\n"
	        "to be sent again.\r\n"
	        "\r\n"
	        "<bob@example.net>\r\n"
	        "    The server mx.example.net[192.0.2.1]:25 said:\r\n"
	        "        550 5.1.1 No such user\r\n"
	        "    This means (5.1.1): There is no such mailbox at that domain.\r\n"
	        "    What you can do: Check the address for typing errors, or ask the\r\n"
	        "    recipient in some other way.\r\n"
	        "\r\n"
	        "(queue id Q1)\r\n"
	        "\r\n"
	        "--B0\r\n"
	        "Content-Description: Delivery report\r\n"
	        "Content-Type: message/delivery-status\r\n"
	        "\r\n"
	        "Reporting-MTA: dns; web1.example.org\r\n"
	        "Arrival-Date: Mon, 23 Nov 2026 21:40:00 +0000\r\n"
	        "\r\n"
	        "Final-Recipient: rfc822; bob@example.net\r\n"
	        "Action: failed\r\n"
	        "Status: 5.1.1\r\n"
	        "Remote-MTA: dns; mx.example.net\r\n"
	        "Diagnostic-Code: smtp; 550 5.1.1 No such user\r\n"
	        "\r\n"
	        "--B0\r\n"
	        "Content-Description: Your mail\r\n"
	        "Content-Type: message/rfc822\r\n"
	        "Content-Transfer-Encoding: 7bit\r\n"
	        "\r\n"
	        "From: alice@example.org\r\n"
	        "Message-ID: <1@a>\r\n"
	        "Subject: Lunch\r\n"
	        "\r\n"
	        "At one?\r\n"
	        "\r\n"
	        "--B0--\r\n",
	        "a whole report");
	free(text);
}

static struct bounce_recipient late = {
	.address = "bob@example.net", .original = "bob@example.net", .orcpt = "",
	.tried_ms = 1795475000000, .until_ms = 1795902000000,
	.reply = { .kind = FAULT_TEMPORARY, .code = 452, .status = "4.2.2", .relay = "mx.example.net[192.0.2.1]:25",
	           .text = "4.2.2 Mailbox full" },
};

static const char message[] = "From: alice@example.org\r\nSubject: Lunch\r\n\r\nAt one?\r\n";

static void delay(void)
{
	struct bounce_job job = job_of(&late, 1);
	struct buf out = { 0 };

	job.kind = REPORT_OF_DELAY;
	job.ret = DSN_RET_FULL;
	bounce_report_write(&job, span_of(message), true, &context, &out);
	ok(strstr(buf_text(&out), "\r\nSubject: Delayed: your mail to bob@example.net\r\n") != NULL, "delay: the subject");
	ok(strstr(buf_text(&out), "This is the mail system at web1.example.org.\r\n"
	   "\r\n"
	   "Your mail \"Lunch\" of Mon, 23 Nov 2026 21:40:00 +0000 could not be delivered\r\n"
	   "yet to the recipient below, and it will be tried again automatically. You\r\n"
	   "need not do anything, and need not send it again. You will hear of it again\r\n"
	   "only if it cannot be delivered at all. It will be tried until Sat, 28 Nov\r\n"
	   "2026 21:40:00 +0000.\r\n"
	   "\r\n"
	   "<bob@example.net>\r\n"
	   "    The last time mx.example.net[192.0.2.1]:25 said:\r\n"
	   "        452 4.2.2 Mailbox full\r\n"
	   "    This means (4.2.2): The recipient's mailbox is full.\r\n"
	   "\r\n") != NULL, "delay: what a person reads");
	ok(strstr(buf_text(&out), "What you can do") == NULL, "delay: nothing to do");
	ok(strstr(buf_text(&out), "Action: delayed\r\n") != NULL, "delay: what a program reads");
	ok(strstr(buf_text(&out), "text/rfc822-headers") && !strstr(buf_text(&out), "At one?"), "delay: without the body, even for RET=FULL");
	if (tap_failed)
		fprintf(stderr, "%s", buf_text(&out));
	buf_free(&out);
}

static void relayed(void)
{
	struct bounce_recipient r = late;
	struct bounce_job job = job_of(&r, 1);
	struct buf out = { 0 };

	r.reply = said(FAULT_NONE, "2.0.0", "250 2.0.0 Ok: queued as 1");
	job.kind = REPORT_OF_RELAY;
	bounce_report_write(&job, span_of(message), true, &context, &out);
	ok(strstr(buf_text(&out), "\r\nSubject: Passed on: your mail to bob@example.net\r\n") != NULL, "relayed: the subject");
	ok(strstr(buf_text(&out), "Your mail \"Lunch\" of Mon, 23 Nov 2026 21:40:00 +0000 was passed on for the\r\n"
	   "recipient below, to a server that does not report what becomes of it. It has\r\n"
	   "probably arrived, but that is not known here.\r\n"
	   "\r\n"
	   "<bob@example.net>\r\n"
	   "    The server " SAID_RELAY " took it and said:\r\n"
	   "        250 2.0.0 Ok: queued as 1\r\n"
	   "\r\n") != NULL, "relayed: what a person reads");
	buf_clear(&out);
	r.reply = (struct reply){ .status = "2.0.0", .relay = LOCAL_HOP, .text = "delivered to /var/mail/bob" };
	bounce_report_write(&job, span_of(message), true, &context, &out);
	ok(strstr(buf_text(&out), "\r\nSubject: Delivered: your mail to bob@example.net\r\n") != NULL, "to a mailbox here: the subject");
	ok(strstr(buf_text(&out), "was delivered to the\r\nrecipient below, into a mailbox on this host.\r\n\r\n<bob@example.net>\r\n"
	   "    This host, ") != NULL && strstr(buf_text(&out), "        delivered to /var/mail/bob\r\n") != NULL,
	   "to a mailbox here: what a person reads");
	if (tap_failed)
		fprintf(stderr, "%s", buf_text(&out));
	buf_free(&out);
}

static const struct {
	const char *name;
	struct bounce_recipient r;
	const char *header;
	const char *holds;
	const char *lacks;
} rows[] = {
	{ "several lines of a reply", { "b@e", "b@e", "",
	  .reply = { .kind = FAULT_POLICY, .code = 550, .status = "5.7.1", .relay = "mx", .text = "first\r\nsecond" } },
	  "",
	  "        550 first\r\n        second\r\n", "\n\n" },
	{ "foreign bytes of a reply", { "b@e", "b@e", "",
	  .reply = { .kind = FAULT_PERMANENT, .status = "5.0.0", .relay = "mx", .text = "550 \033[2J\x9b\xff\x07" } }, "",
	  "        550 \\x1b[2J\\x9b\\xff\\x07\r\n", "\033" },
	{ "a field in a reply", { "b@e", "b@e", "",
	  .reply = { .kind = FAULT_PERMANENT, .status = "5.0.0", .relay = "mx", .text = "550 no\r\n\r\nBcc: x@y" } }, "",
	  "        550 no\r\n        Bcc: x@y\r\n", "\nBcc:" },
	{ "foreign bytes of an address", { "b\303\274@e", "b@e", "",
	  .reply = { .kind = FAULT_PERMANENT, .status = "5.1.1", .relay = "mx", .text = "no" } }, "",
	  "Subject: Not delivered: your mail to\r\n =?utf-8?b?YsO8QGU=?=\r\n", "\303" },
	{ "an address in a person's part", { "b\303\274@e", "b@e", "",
	  .reply = { .kind = FAULT_PERMANENT, .status = "5.1.1", .relay = "mx", .text = "no" } }, "",
	  "charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n", "\303" },
	{ "an address in a person's part, encoded", { "b\303\274@e", "b@e", "",
	  .reply = { .kind = FAULT_PERMANENT, .status = "5.1.1", .relay = "mx", .text = "no" } }, "",
	  "\r\n<b=C3=BC@e>\r\n", "\303" },
	{ "characters of a reply that turn the text", { "b@e", "b@e", "",
	  .reply = { .kind = FAULT_PERMANENT, .code = 550, .status = "5.0.0", .relay = "mx",
	    .text = "\342\200\256\302\233 \303\244" } }, "",
	  "        550 \\xe2\\x80\\xae\\xc2\\x9b =C3=A4\r\n", "\303" },
	{ "a reply of half a character", { "b@e", "b@e", "",
	  .reply = { .kind = FAULT_PERMANENT, .code = 550, .status = "5.0.0", .relay = "mx", .text = "a\303" } }, "",
	  "        550 a\\xc3\r\n", "quoted" },
	{ "line ends in an address", { "b\r\nBcc: x", "b@e", "",
	  .reply = { .kind = FAULT_PERMANENT, .status = "5.1.1", .relay = "mx", .text = "no" } }, "",
	  "your mail to b\\x0d\\x0aBcc: x\r\n", "\nBcc:" },
	{ "an address that was another", { "b@e", "root", "",
	  .reply = { .kind = FAULT_PERMANENT, .status = "5.1.1", .relay = "mx", .text = "no" } }, "",
	  "    (written as root)\r\n", "xx" },
	{ "said by ourselves", { "b@e", "b@e", "",
	  .reply = { .kind = FAULT_PERMANENT, .status = "5.1.10", .text = "the domain e takes no mail" } }, "",
	  "    No other server was asked: this host, web1.example.org, says:\r\n", "xx" },
	{ "given up", { "b@e", "b@e", "",
	  .reply = { .kind = FAULT_TEMPORARY, .code = 450, .status = "4.7.1", .relay = "mx", .text = "later" } }, "",
	  "    It was tried until its time ran out. The last time mx said:\r\n        450 later\r\n", "xx" },
	{ "given up by the queue",
	  { "b@e", "b@e", "",
	  .reply = { .kind = FAULT_PERMANENT, .code = 450, .status = "5.4.7", .expired = true, .relay = "mx",
	    .text = "later" } },
	  "", "    It was tried until its time ran out. The last time mx said:\r\n        450 later\r\n", "in reply" },
	{ "a contradiction", { "b@e", "b@e", "",
	  .reply = { .kind = FAULT_PERMANENT, .code = 550, .status = "5.7.1", .contradicts = true, .relay = "mx",
	    .text = "try again later" } }, "",
	  "The server contradicts itself", "its time ran out" },
	{ "a contradiction that was tried until its time was over", { "b@e", "b@e", "",
	  .reply = { .kind = FAULT_PERMANENT, .code = 550, .status = "5.4.7", .contradicts = true, .expired = true, .relay = "mx",
	    .text = "try again later" } }, "",
	  "It was tried until its time ran out", "contradicts itself" },
	{ "given up by the server", { "b@e", "b@e", "",
	  .reply = { .kind = FAULT_PERMANENT, .code = 554, .status = "5.4.7", .relay = "mx", .text = "5.4.7 expired" } },
	  "", "    The server mx said:\r\n        554 5.4.7 expired\r\n", "It was tried" },
	{ "a fault of the line", { "b@e", "b@e", "",
	  .reply = { .kind = FAULT_PERMANENT, .status = "5.5.0", .relay = "mx", .text = "mx hung up" } },
	  "", "    This host, web1.example.org, says:\r\n        mx hung up\r\n", "mx said" },
	{ "given up by ourselves", { "b@e", "b@e", "",
	  .reply = { .kind = FAULT_TEMPORARY, .status = "4.4.3", .text = "no answer in time" } }, "",
	  "The last time this host,\r\n    web1.example.org, found:\r\n", "xx" },
	{ "no status", { "b@e", "b@e", "",
	  .reply = { .kind = FAULT_PERMANENT, .status = "", .relay = "mx", .text = "" } }, "", "This means ():", "xx" },
	{ "a hostile Message-ID", { "b@e", "b@e", "",
	  .reply = { .kind = FAULT_PERMANENT, .status = "5.0.0", .relay = "mx", .text = "no" } },
	  "Message-ID: <a\r\n b>\r\n", "Message-ID: <a\r\n b>\r\n", "In-Reply-To" },
	{ "an encoded subject", { "b@e", "b@e", "",
	  .reply = { .kind = FAULT_PERMANENT, .status = "5.0.0", .relay = "mx", .text = "no" } },
	  "Subject: =?utf-8?b?w7w=?=\r\n =?utf-8?q?x?=\r\n", "Your mail \"=C3=BCx\" of Mon", "Your mail of" },
	{ "one in another charset", { "b@e", "b@e", "",
	  .reply = { .kind = FAULT_PERMANENT, .status = "5.0.0", .relay = "mx", .text = "no" } },
	  "Subject: =?iso-8859-1?q?=FC?=\r\n", "Your mail of Mon", "Your mail \"" },
	{ "an encoded line end", { "b@e", "b@e", "",
	  .reply = { .kind = FAULT_PERMANENT, .status = "5.0.0", .relay = "mx", .text = "no" } },
	  "Subject: =?utf-8?q?a=0D=0Ab?=\r\n", "Your mail of Mon", "Your mail \"" },
	{ "a subject with foreign bytes", { "b@e", "b@e", "",
	  .reply = { .kind = FAULT_PERMANENT, .status = "5.0.0", .relay = "mx", .text = "no" } },
	  "Subject: \303\274\r\n", "Your mail \"=C3=BC\" of Mon", "Your mail of" },
	{ "a subject that would turn the text", { "b@e", "b@e", "",
	  .reply = { .kind = FAULT_PERMANENT, .status = "5.0.0", .relay = "mx", .text = "no" } },
	  "Subject: \342\200\256a\r\n", "Your mail of Mon", "Your mail \"" },
	{ "a subject of Latin 1", { "b@e", "b@e", "",
	  .reply = { .kind = FAULT_PERMANENT, .status = "5.0.0", .relay = "mx", .text = "no" } },
	  "Subject: \374\r\n", "Your mail of Mon", "Your mail \"" },
};

static void oddities(void)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct bounce_recipient r = rows[i].r;
		char *text = report_of(&r, 1, span_of(rows[i].header), NULL);
		ok(strstr(text, rows[i].holds) != NULL, "%s", rows[i].name);
		if (strstr(text, rows[i].holds) == NULL)
			fprintf(stderr, "# %s\n", text);
		ok(strstr(text, rows[i].lacks) == NULL, "%s: harmless", rows[i].name);
		free(text);
	}
}

/* Every line ends in CRLF, is short and holds seven bits; there is a header and a body. */
static void in_form(const char *name, const char *text, size_t len)
{
	struct span rest = { text, len };
	size_t longest = 0, odd = 0;

	while (rest.len > 0) {
		struct span line = span_cut(&rest, '\n');
		longest = line.len > longest ? line.len : longest;
		odd += line.len == 0 || line.at[line.len - 1] != '\r';
		for (size_t i = 0; i + 1 < line.len; i++)
			odd += (line.at[i] < 0x20 && line.at[i] != '\t') || line.at[i] == 0x7f;
	}
	is_int(odd, 0, "%s: nothing but lines of printable bytes", name);
	ok(longest <= 999, "%s: no line is longer than 998", name);
	ok(len <= REPORT_MAX, "%s: bounded", name);
	struct field field;
	ok(message_find_field((struct span){ text, len }, SPAN("Auto-Submitted"), 0, &field), "%s: has its header", name);
	ok(message_body_offset((struct span){ text, len }) < len, "%s: has a body", name);
}

static void huge(void)
{
	static struct bounce_recipient many[3000];
	static char addresses[3000][32];
	struct buf header = { 0 };
	size_t len;

	for (int i = 0; i < 3000; i++) {
		snprintf(addresses[i], sizeof addresses[i], "user%d@example.net", i);
		many[i] = one;
		many[i].address = many[i].original = addresses[i];
	}
	char *text = report_of(many, 3000, SPAN("Subject: x\r\n"), &len);
	in_form("3000 recipients", text, len);
	ok(strstr(text, "<user0@example.net>") && strstr(text, "For lack of room") && strstr(text, " more.\r\n"),
	   "3000 recipients: in full, by name, by number");
	ok(strstr(text, "your mail to user0@example.net and 2999 more\r\n") != NULL, "3000 recipients: the subject");
	ok(strstr(text, "Subject: x\r\n") != NULL, "3000 recipients: there is room for the mail's header");
	is_text(strstr(text, "\r\n--B0--"), "\r\n--B0--\r\n", "3000 recipients: closed");
	free(text);

	for (int i = 0; i < 5000; i++)
		buf_printf(&header, "X-Line: %d of a long header\r\n", i);
	text = report_of(&one, 1, buf_span(&header), &len);
	in_form("a long header", text, len);
	ok(strstr(text, "X-Line: 1000 ") && !strstr(text, "X-Line: 4999 "), "a long header: cut");
	is_text(strstr(text, "header\r\n\r\n--B0--"), "header\r\n\r\n--B0--\r\n", "a long header: at a field's end");
	free(text);
	buf_clear(&header);

	for (int i = 0; i < 20000; i++)
		buf_add_byte(&header, i % 3 ? '\x01' : 'y');
	text = report_of(&one, 1, buf_span(&header), &len);
	in_form("a line without end", text, len);
	free(text);

	struct bounce_recipient r = one;
	memset(r.reply.text, '\xfe', sizeof r.reply.text - 1);
	text = report_of(&r, 1, SPAN("a: b"), &len);
	in_form("a reply of noise", text, len);
	free(text);
	text = report_of(NULL, 0, SPAN(""), &len);
	in_form("no recipients", text, len);
	free(text);
	buf_free(&header);
}

/* On a way on which relays encode what is 8bit, or says so, nothing is left for them to do. */
static void encoded(void)
{
#define SIGNED "Content-Type: multipart/signed; boundary=b\r\n\r\n--b\r\n"
#define MANY "\303\274\303\274\303\274\303\274\303\274\303\274\303\274\303\274\r\n"
	static const struct { const char *name, *message; int times; const char *holds; bool whole; } table[] = {
		{ "7-bit", "Subject: a\r\n\r\nb\r\n", 1, "Transfer-Encoding: 7bit\r\n\r\nSubject: a\r\n\r\nb\r\n\r\n--B0--", true },
		{ "8-bit", "Subject: a\r\n\r\ngr\303\274n und blau\r\n", 1, "gr=C3=BCn und blau\r\n\r\n--B0--", true },
		{ "8bit by name alone", "Content-Transfer-Encoding: 8bit\r\n\r\nb\r\n", 1, "Encoding: 7bit\r\n\r\nb\r\n", true },
		{ "8-bit in the fields of a part", "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nX: \303\274\r\n\r\nb\r\n--b--\r\n", 1,
		  "X: \303\274\r\n\r\nb\r\n--b--", true },
		{ "8-bit in what is signed", SIGNED "\r\n\303\274\r\n--b--\r\n", 1, "rfc822-headers", false },
		{ "8bit by name in what is signed", SIGNED "Content-Transfer-Encoding: 8bit\r\n\r\nx\r\n--b--\r\n", 1, "rfc822-headers", false },
		{ "too large once encoded", "Subject: a\r\n\r\n" MANY, 3000, "rfc822-headers", false },
	};

	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		struct bounce_job job = job_of(&one, 1);
		struct buf mail = { 0 }, out = { 0 };
		buf_add_text(&mail, table[i].message);
		for (int times = 1; times < table[i].times; times++)
			buf_add_text(&mail, MANY);
		job.encode_8bit = true;
		bool eight_bit = bounce_report_write(&job, buf_span(&mail), true, &context, &out);
		const char *text = buf_text(&out);
		ok(strstr(text, table[i].holds) != NULL, "encoded, %s: holds it", table[i].name);
		if (strstr(text, table[i].holds) == NULL)
			fprintf(stderr, "# %s\n", text);
		is_int(strstr(text, "message/rfc822") != NULL, table[i].whole, "encoded, %s: whole or not", table[i].name);
		is_int(eight_bit, strstr(text, "\303") != NULL, "encoded, %s: 8-bit is told of", table[i].name);
		ok(strstr(text, "\tboundary=\"B0\"\r\nContent-Transfer-Encoding: 7bit\r\n") != NULL, "encoded, %s: and not by name",
		   table[i].name);
		ok(out.len <= REPORT_MAX, "encoded, %s: bounded", table[i].name);
		buf_free(&mail);
		buf_free(&out);
	}
#undef SIGNED
#undef MANY
}

static void meanings(void)
{
	static const struct {
		enum fault_kind kind;
		const char *status, *part;
	} table[] = {
		{ FAULT_PERMANENT, "5.1.1", "no such mailbox" },
		{ FAULT_PERMANENT, "5.1.10", "no mail at all" },
		{ FAULT_PERMANENT, "5.1.2", "no such domain" },
		{ FAULT_PERMANENT, "5.1.0", "cannot be delivered to" },
		{ FAULT_PERMANENT, "5.1.19", "would not take it" },
		{ FAULT_PERMANENT, "5.2.252", "would not take it" },
		{ FAULT_PERMANENT, "5.4.5", "would not take it" },
		{ FAULT_PERMANENT, "5.2.2", "full" },
		{ FAULT_PERMANENT, "5.3.4", "larger than the receiving server" },
		{ FAULT_PERMANENT, "5.2.3", "larger than that mailbox" },
		{ FAULT_PERMANENT, "5.4.7", "so long" },
		{ FAULT_PERMANENT, "5.7.26", "Nothing proves" },
		{ FAULT_PERMANENT, "5.7.0", "by its rules" },
		{ FAULT_PERMANENT, "5.", "would not take it" },
		{ FAULT_TEMPORARY, "4.4.7", "so long" },
		{ FAULT_TEMPORARY, "4.4.1", "not be reached" },
		{ FAULT_TEMPORARY, "4.4.2", "connection to the receiving server broke" },
		{ FAULT_PERMANENT, "5.7.1", "refuses the mail by its rules" },
		{ FAULT_POLICY, "5.0.0", "distrusts" },
		{ FAULT_PERMANENT, "5.9.9", "would not take it" },
		{ FAULT_PERMANENT, "nonsense", "would not take it" },
	};

	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		struct reply f = { .kind = table[i].kind, .relay = "mx" };
		snprintf(f.status, sizeof f.status, "%s", table[i].status);
		ok(strstr(meaning_of(&f).means, table[i].part) != NULL, "%s: %s", table[i].status, meaning_of(&f).means);
	}
}

/* What was refused here, after its caller had gone, is no server's fault. */
static void own_refusals(void)
{
	static const struct { const char *status, *means, *owner; } table[] = {
		{ "5.1.3", "was not sent to it", "" }, { "5.1.7", "The mail's sender", "" },
		{ "5.3.4", "larger than this mail system takes", "size_limit" }, { "5.4.6", "round in a circle", "" },
		{ "5.5.3", "more recipients than this mail system", "recipient_limit" }, { "5.5.4", "does not name anybody", "" },
		{ "5.6.0", "not written as a mail must be", "" }, { "5.4.7", "so long", "" },
	};

	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		struct reply f = { .kind = FAULT_PERMANENT, .text = "x" };
		snprintf(f.status, sizeof f.status, "%s", table[i].status);
		struct meaning m = meaning_of(&f);
		ok(strstr(m.means, table[i].means) != NULL && strstr(m.means, "receiving server") == NULL, "%s, here: %s", table[i].status,
		   m.means);
		ok(strstr(m.owner, table[i].owner) != NULL, "what the owner can do: %s", m.owner);
	}
}

/* The reply says more than its status. */
static void known_replies(void)
{
	static const struct { const char *text, *means, *advice, *owner; } table[] = {
		{ "550 5.7.1 Unfortunately, messages from [x] weren't sent. on our block list (S3140).",
		  "distrusts the sending server's IP address", "Show this report", "olcsupport" },
		{ "554 5.7.1 Client host [x] blocked using zen.spamhaus.org", "on a blocklist", "Show this report", "removal" },
		{ "550 5.7.1 spam message rejected", "takes the mail for spam", "simpler form", "" },
		{ "550 5.7.1 no", "by its rules", "Show this report", "" },
	};

	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		struct reply f = said(FAULT_PERMANENT, "5.7.1", table[i].text);
		struct meaning m = meaning_of(&f);
		ok(strstr(m.means, table[i].means) != NULL, "%s: %s", table[i].text, m.means);
		ok(strstr(m.advice, table[i].advice) != NULL, "what the sender can do: %s", m.advice);
		ok(table[i].owner[0] ? strstr(m.owner, table[i].owner) != NULL : m.owner[0] == '\0', "what the owner can: %s",
		   m.owner);
	}
}

static void two_ways(void)
{
	struct bounce_recipient r = one;
	struct bounce_job job = job_of(&r, 1);
	struct buf out = { 0 };

	r.reply = said(FAULT_PERMANENT, "5.1.1", "550 5.1.1 no");
	r.earlier = (char *)(uintptr_t)"mx.example[192.0.2.1]:25 said: 554 IP=x - None/bad reputation (in reply to the connection)";
	explain_write(&job, SPAN(""), &context, false, &out);
	ok(strstr(buf_text(&out), "        550 5.1.1 no\r\n    It went that way because another way was closed:\r\n"
	                          "        mx.example[192.0.2.1]:25 said: 554 IP=x") != NULL, "and the other is told");
	buf_clear(&out);
	status_write(&job, "web1.example.org", &out);
	ok(strstr(buf_text(&out), "Diagnostic-Code: smtp; 550 5.1.1 no\r\n") != NULL, "to people; programs get the last");
	buf_free(&out);
}

int main(void)
{
	tap_plan(179);
	whole();
	delay();
	relayed();
	oddities();
	known_replies();
	two_ways();
	huge();
	encoded();
	meanings();
	own_refusals();
	return tap_done();
}
