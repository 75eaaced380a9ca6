/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "relay/bounce/status.h"

#include <stdlib.h>

static struct bounce_recipient put = { .address = "bob", .original = "", .orcpt = "",
	  .reply = { .status = "2.0.0", .relay = LOCAL_HOP, .text = "delivered to /var/mail/bob" } };
static struct bounce_recipient nobody = { .address = "bo", .original = "", .orcpt = "",
	  .reply = { .kind = FAULT_PERMANENT, .status = "5.1.1", .relay = LOCAL_HOP, .text = "there is no user \"bo\" on this host" } };

static const struct {
	const char *name;
	struct bounce_recipient r;
	const char *holds, *lacks;
} rows[] = {
	{ "a plain failure", { "b@e", "b@e", "",
	  .reply = { .kind = FAULT_PERMANENT, .code = 550, .status = "5.1.1", .relay = "mx.e[192.0.2.1]:25",
	    .text = "5.1.1 no" } },
	  "\r\n\r\nFinal-Recipient: rfc822; b@e\r\nAction: failed\r\nStatus: 5.1.1\r\nRemote-MTA: dns; mx.e\r\n"
	  "Diagnostic-Code: smtp; 550 5.1.1 no\r\n", "Original" },
	{ "said by ourselves", { "b@e", "b@e", "",
	  .reply = { .kind = FAULT_PERMANENT, .status = "5.1.10", .text = "550 is not what we say" } },
	  "Diagnostic-Code: X-Signet; 550 is not what we say\r\n", "Remote-MTA" },
	{ "a code alone", { "b@e", "b@e", "",
	  .reply = { .kind = FAULT_PERMANENT, .code = 550, .status = "5.0.0", .relay = "mx", .text = "" } },
	  "Diagnostic-Code: smtp; 550\r\n", "said" },
	{ "no code", { "b@e", "b@e", "",
	  .reply = { .kind = FAULT_PERMANENT, .status = "5.0.0", .relay = "mx", .text = "mx said: 5501 no" } },
	  "Diagnostic-Code: X-Signet; mx said: 5501 no\r\n", "smtp" },
	{ "a reply that quotes us", { "b@e", "b@e", "",
	  .reply = { .kind = FAULT_PERMANENT, .code = 550, .status = "5.0.0", .relay = "mx",
	    .text = "mx said: 250 (in reply to X) y" } },
	  "Diagnostic-Code: smtp; 550 mx said: 250 (in reply to X) y\r\n", "DATA" },
	{ "given up", { "b@e", "b@e", "",
	  .reply = { .kind = FAULT_PERMANENT, .code = 450, .status = "5.4.7", .expired = true, .relay = "mx",
	    .text = "later" } },
	  "Status: 5.4.7\r\nRemote-MTA: dns; mx\r\nDiagnostic-Code: smtp; 450 later\r\n", "given" },
	{ "a fault of the line to a server", { "b@e", "b@e", "",
	  .reply = { .kind = FAULT_TEMPORARY, .status = "4.4.2", .relay = "mx.e", .text = "connection lost" } },
	  "Status: 4.4.2\r\nRemote-MTA: dns; mx.e\r\nDiagnostic-Code: X-Signet; connection lost\r\n", "smtp;" },
	{ "a relay that is no name", { "b@e", "b@e", "",
	  .reply = { .kind = FAULT_PERMANENT, .status = "5.1.1", .relay = "mx\r\nX: y[1]", .text = "no" } },
	  "Status: 5.1.1\r\nDiagnostic", "Remote-MTA" },
	{ "no status", { "b@e", "b@e", "",
	  .reply = { .kind = FAULT_PERMANENT, .status = "", .text = "no" } }, "Status: 5.0.0\r\n", "xx" },
	{ "no status, given up", { "b@e", "b@e", "",
	  .reply = { .kind = FAULT_TEMPORARY, .status = "4.", .text = "no" } }, "Status: 4.0.0\r\n", "xx" },
	{ "a status with more", { "b@e", "b@e", "",
	  .reply = { .kind = FAULT_PERMANENT, .status = "5.1.1\r\nX:y", .text = "no" } },
	  "Status: 5.0.0\r\n", "X:y" },
	{ "a status too long", { "b@e", "b@e", "",
	  .reply = { .kind = FAULT_PERMANENT, .status = "5.1.1000", .text = "no" } }, "Status: 5.0.0\r\n", "1000" },
	{ "no text", { "b@e", "b@e", "",
	  .reply = { .kind = FAULT_PERMANENT, .status = "5.1.1", .text = "" } }, "Status: 5.1.1\r\n", "Diagnostic" },
	{ "ORCPT", { "b@e", "b@e", "rfc822;a+2Bb@e", .reply = { .kind = FAULT_PERMANENT, .status = "5.1.1", .text = "no" } },
	  "\r\n\r\nOriginal-Recipient: rfc822;a+b@e\r\nFinal", "2B" },
	{ "ORCPT that is no xtext", { "b@e", "b@e", "rfc822;a+2g@e",
	  .reply = { .kind = FAULT_PERMANENT, .status = "5.1.1", .text = "no" } },
	  "Original-Recipient: rfc822;a+2g@e\r\n", "xx" },
	{ "ORCPT cut short", { "b@e", "b@e", "rfc822;a+2",
	  .reply = { .kind = FAULT_PERMANENT, .status = "5.1.1", .text = "no" } },
	  "Original-Recipient: rfc822;a+2\r\n", "xx" },
	{ "ORCPT with a field in it",
	  { "b@e", "b@e", "rfc822;a+0D+0AAction:+20delivered",
	  .reply = { .kind = FAULT_PERMANENT, .status = "5.1.1", .text = "no" } },
	  "Original-Recipient: rfc822;a Action: delivered\r\n", "\nAction: delivered" },
	{ "ORCPT with foreign bytes", { "b@e", "b@e", "rfc822;a+1B+FF",
	  .reply = { .kind = FAULT_PERMANENT, .status = "5.1.1", .text = "no" } },
	  "Original-Recipient: rfc822;a\\x1b\\xff\r\n", "\033" },
	{ "ORCPT of type utf-8", { "b@e", "b@e", "utf-8;b\\x{FC}@e",
	  .reply = { .kind = FAULT_PERMANENT, .status = "5.1.1", .text = "no" } },
	  "Original-Recipient: utf-8;b\\x{FC}@e\r\n", "xx" },
	{ "ORCPT without a type", { "b@e", "b@e", "b@e",
	  .reply = { .kind = FAULT_PERMANENT, .status = "5.1.1", .text = "no" } }, "Final", "Original" },
	{ "a UTF-8 address", { "b\303\274+\360\237\230\200@e", "", "",
	  .reply = { .kind = FAULT_PERMANENT, .status = "5.1.1", .text = "no" } },
	  "Final-Recipient: utf-8; b\\x{FC}\\x{2B}\\x{1F600}@e\r\n", "\303" },
	{ "an address that is no UTF-8", { "b\374@e", "", "",
	  .reply = { .kind = FAULT_PERMANENT, .status = "5.1.1", .text = "no" } },
	  "Final-Recipient: rfc822; b\\xfc@e\r\n", "\374" },
	{ "an address in overlong UTF-8", { "b\340\200\212@e", "", "",
	  .reply = { .kind = FAULT_PERMANENT, .status = "5.1.1", .text = "no" } },
	  "Final-Recipient: rfc822; b\\xe0\\x80\\x8a@e\r\n", "\\x{" },
	{ "a field in an address", { "b\r\nAction: delivered", "", "",
	  .reply = { .kind = FAULT_PERMANENT, .status = "5.1.1", .text = "no" } },
	  "Final-Recipient: rfc822; b Action: delivered\r\n", "\nAction: delivered" },
	{ "a group in a reply", { "b@e", "", "",
	  .reply = { .kind = FAULT_PERMANENT, .code = 550, .status = "5.1.1", .relay = "mx",
	    .text = "a\r\n\r\n550 Action: delivered" } },
	  "Diagnostic-Code: smtp; 550 a 550 Action: delivered\r\n", "a\r\n" },
	{ "foreign bytes of a reply", { "b@e", "", "",
	  .reply = { .kind = FAULT_PERMANENT, .code = 550, .status = "5.1.1", .relay = "mx", .text = "\033[2J\374\t\tx" } },
	  "Diagnostic-Code: smtp; 550 \\x1b[2J\\xfc x\r\n", "\374" },
	{ "a long reply", { "b@e", "", "",
	  .reply = { .kind = FAULT_PERMANENT, .code = 550, .status = "5.1.1", .relay = "mx",
	    .text = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb   cccccccccccccccccccccccc" } },
	  "Diagnostic-Code: smtp; 550 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n"
	  "    bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb cccccccccccccccccccccccc\r\n", "\r\n    \r\n" },
};

static void recipients(void)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct bounce_recipient r = rows[i].r;
		struct bounce_job job = { .envid = "", .recipients = &r, .recipient_count = 1 };
		struct buf out = { 0 };

		status_write(&job, "h.example", &out);
		if (!ok(strstr(buf_text(&out), rows[i].holds) != NULL, "%s", rows[i].name))
			fprintf(stderr, "# %s\n", buf_text(&out));
		ok(strstr(buf_text(&out), rows[i].lacks) == NULL, "%s: and no more", rows[i].name);
		buf_free(&out);
	}
}

static struct bounce_recipient late = { .address = "b@e", .original = "", .orcpt = "rfc822;b@e", .tried_ms = 1795470000000,
	.until_ms = 1795902000000,
	  .reply = { .kind = FAULT_TEMPORARY, .code = 450, .status = "4.7.1", .relay = "mx", .text = "4.7.1 later" } };
static struct bounce_recipient refused_for_now = { .address = "b@e", .original = "", .orcpt = "",
	  .reply = { .kind = FAULT_PERMANENT, .status = "5.7.1", .text = "no way" } };
static struct bounce_recipient taken = { .address = "b@e", .original = "", .orcpt = "", .tried_ms = 1795470000000,
	.until_ms = 1795902000000,
	  .reply = { .kind = FAULT_NONE, .code = 250, .status = "2.0.0", .relay = "mx[192.0.2.1]:25",
	    .text = "2.0.0 Ok: queued as 1" } };

static const struct {
	const char *name;
	enum report_kind kind;
	struct bounce_recipient *r;
	const char *group;
} kinds[] = {
	{ "delayed", REPORT_OF_DELAY, &late, "Original-Recipient: rfc822;b@e\r\nFinal-Recipient: rfc822; b@e\r\n"
	  "Action: delayed\r\nStatus: 4.7.1\r\nRemote-MTA: dns; mx\r\nDiagnostic-Code: smtp; 450 4.7.1 later\r\n"
	  "Last-Attempt-Date: Mon, 23 Nov 2026 21:40:00 +0000\r\nWill-Retry-Until: Sat, 28 Nov 2026 21:40:00 +0000\r\n" },
	{ "delayed, by what would be final elsewhere", REPORT_OF_DELAY, &refused_for_now,
	  "Final-Recipient: rfc822; b@e\r\nAction: delayed\r\nStatus: 4.7.1\r\nDiagnostic-Code: X-Signet; no way\r\n" },
	{ "relayed", REPORT_OF_RELAY, &taken, "Final-Recipient: rfc822; b@e\r\nAction: relayed\r\nStatus: 2.0.0\r\n"
	  "Remote-MTA: dns; mx\r\nDiagnostic-Code: smtp; 250 2.0.0 Ok: queued as 1\r\n"
	  "Last-Attempt-Date: Mon, 23 Nov 2026 21:40:00 +0000\r\n" },
	{ "delivered here", REPORT_OF_RELAY, &put, "Final-Recipient: rfc822; bob\r\nAction: delivered\r\nStatus: 2.0.0\r\n"
	  "Diagnostic-Code: X-Signet; delivered to /var/mail/bob\r\n" },
	{ "no such user here", REPORT_OF_FAILURE, &nobody, "Final-Recipient: rfc822; bo\r\nAction: failed\r\nStatus: 5.1.1\r\n"
	  "Diagnostic-Code: X-Signet; there is no user \"bo\" on this host\r\n" },
	{ "failed", REPORT_OF_FAILURE, &late, "Original-Recipient: rfc822;b@e\r\nFinal-Recipient: rfc822; b@e\r\n"
	  "Action: failed\r\nStatus: 4.7.1\r\nRemote-MTA: dns; mx\r\nDiagnostic-Code: smtp; 450 4.7.1 later\r\n"
	  "Last-Attempt-Date: Mon, 23 Nov 2026 21:40:00 +0000\r\n" },
};

static void actions(void)
{
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		struct bounce_job job = { .envid = "", .kind = kinds[i].kind, .recipients = kinds[i].r, .recipient_count = 1 };
		struct buf out = { 0 };

		status_write(&job, "h.example", &out);
		const char *group = strstr(buf_text(&out), "\r\n\r\n");
		is_text(group ? group + 4 : "", kinds[i].group, "%s", kinds[i].name);
		buf_free(&out);
	}
}

static void mail(void)
{
	struct bounce_job job = { .envid = "a+3Db+2B", .arrival_ms = 1795470000000 };
	struct buf out = { 0 };

	status_write(&job, "h.example", &out);
	is_text(buf_text(&out), "Reporting-MTA: dns; h.example\r\nOriginal-Envelope-Id: a=b+\r\n"
	        "Arrival-Date: Mon, 23 Nov 2026 21:40:00 +0000\r\n", "of the mail");
	buf_free(&out);
}

static size_t times(const char *in, const char *what)
{
	size_t n = 0;

	for (; (in = strstr(in, what)) != NULL; in++)
		n++;
	return n;
}

static void many(void)
{
	static struct bounce_recipient to[200];
	struct bounce_job job = { .envid = "", .recipients = to, .recipient_count = 200 };
	struct buf out = { 0 };

	for (size_t i = 0; i < 200; i++)
		to[i] = (struct bounce_recipient){ "somebody.else@example.net", "", "",
	  .reply = { .kind = FAULT_PERMANENT, .code = 550, .status = "5.1.1", .relay = "mx.example.net[192.0.2.1]:25",
	    .text = "5.1.1 <somebody.else@example.net>: Recipient address rejected: User unknown" } };
	status_write(&job, "h.example", &out);
	is_int(times(buf_text(&out), "Final-Recipient:"), 200, "200 recipients: each has its group");
	ok(times(buf_text(&out), "Diagnostic-Code:") > 10, "200 recipients: some with the reply");
	ok(out.len <= STATUS_MAX, "200 recipients: bounded");
	buf_clear(&out);
	static char address[2000];
	memset(address, '\1', sizeof address - 1);
	memcpy(address, "\303\274;", 3);
	for (size_t i = 0; i < 200; i++) {
		to[i].address = to[i].orcpt = address;
		memset(to[i].reply.text, '\377', sizeof to[i].reply.text - 1);
	}
	status_write(&job, "h.example", &out);
	ok(out.len <= STATUS_MAX, "200 recipients of noise: bounded");
	ok(times(buf_text(&out), "Final-Recipient:") > 1, "200 recipients of noise: some are there");
	buf_free(&out);
}

int main(void)
{
	tap_plan(66);
	recipients();
	actions();
	mail();
	many();
	return tap_done();
}
