/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "relay/protocol.h"

#include <stdlib.h>

/*
 * Encode, decode, encode again: the same bytes. And the same bytes cut
 * anywhere, or with one more, are refused with nothing left to free.
 */
#define ROUND_TRIP(type, prefix, ...) \
	do { \
		struct type value = __VA_ARGS__, back; \
		struct buf once = { 0 }, twice = { 0 }; \
		size_t taken = 0; \
		prefix##_encode(&value, &once); \
		if (is_int(prefix##_decode(buf_span(&once), &back), 0, #type " decodes")) { \
			prefix##_encode(&back, &twice); \
			is_span(buf_span(&twice), buf_span(&once), #type " is the same again"); \
			prefix##_free(&back); \
		} \
		for (size_t cut = 0; cut < once.len; cut++) \
			taken += prefix##_decode((struct span){ once.at, cut }, &back) == 0; \
		buf_add_byte(&once, 0); \
		taken += prefix##_decode(buf_span(&once), &back) == 0; \
		is_int(taken, 0, #type " cut or overlong is refused"); \
		buf_free(&once); \
		buf_free(&twice); \
	} while (0)

static struct ip_address addresses[] = { { 4, { 192, 0, 2, 1 } }, { 6, { 0x20, 1, 0xd, 0xb8 } } };
static struct tlsa tlsa[] = { { TLSA_DANE_EE, TLSA_PUBLIC_KEY, TLSA_SHA256, (unsigned char *)"\0\1\2", 3 } };
static struct target targets[] = {
	{ .host = "mx1.example", .preference = 10, .weight = 3, .port = 465, .implicit_tls = true, .secure = true,
	  .host_is_known = true, .addresses = addresses, .address_count = 2, .dane = DANE_USABLE, .tlsa_base = "mx.example", .tlsa = tlsa, .tlsa_count = 1 },
	{ .host = "mx2.example", .preference = 20, .dane = DANE_FAILED, .dane_fault = { FAULT_TEMPORARY, "4.4.3", "bogus" },
	  .sts = STS_ENFORCE, .sts_listed = true },
};
static struct submission_recipient recipients[] = { { .address = "a@x.example", .original = "a", .notify = NOTIFY_NEVER,
	.orcpt = "rfc822;a" }, { .address = "b@@", .original = "b@@",
	.orcpt = "", .refused = "no address", .refused_status = "5.1.3" } };
static struct delivery_recipient to[] = { { 7, "a@x.example", NOTIFY_DELAY, "", "" } };
#define LATER { .kind = FAULT_TEMPORARY, .code = 450, .status = "4.2.0", .status_made = true, .step = STEP_RCPT, \
	.reach = REACH_DOMAIN, .source = "192.0.2.1", .relay = "mx", .text = "later" }
static struct recipient_outcome outcomes[] = { { .id = 7, .reply = LATER, .unknown = true } };
static struct bounce_recipient failed[] = { { .address = "a@x.example", .original = "a", .orcpt = "",
	.tried_ms = 5, .until_ms = 6, .reply = LATER, .earlier = "before" } };

#define SUBMISSION_VALUE { .id = "0123456789abcde", .uid = 1000, .part = 1, .queue_id = 77, .sender = "s@x.example", \
	.envid = "", .ret = DSN_RET_FULL, .eight_bit = true, .tls_optional = true, .from_domain = "x.example", .message_id = "1@x.example", \
	.program = "mutt", .arrival_ms = 1234567890123, .size_bytes = 5, .held = "", .recipients = recipients, \
	.recipient_count = 2, .body_file = "", .message = SPAN("a: b\r\n") }

static struct tls_ticket tickets[TLS_TICKETS_MAX + 1] = {
	{ .terms = "0123456789abcdef0123456789abcde", .life_s = 7200, .session = { "\x30\0\1", 3, 3 } },
	{ .terms = "other", .life_s = 1, .session = { "s", 1, 1 } },
};

static void hostile_tickets(void)
{
	static char large[TLS_TICKET_BYTES_MAX + 1];
	struct session many = { .tickets = tickets, .ticket_count = TLS_TICKETS_MAX + 1 }, s;
	struct session_ready big = { .ticket = { .session = { large, sizeof large, sizeof large } } }, r;
	struct buf payload = { 0 };

	session_encode(&many, &payload);
	is_int(session_decode(buf_span(&payload), &s), -1, "too many tickets are refused");
	buf_clear(&payload);
	session_ready_encode(&big, &payload);
	is_int(session_ready_decode(buf_span(&payload), &r), -1, "a ticket that is too large is refused");
	big.ticket.session.len--;
	buf_clear(&payload);
	session_ready_encode(&big, &payload);
	is_int(session_ready_decode(buf_span(&payload), &r), 0, "one that is just not is taken");
	session_ready_free(&r);
	buf_free(&payload);
}

static void hostile_values(void)
{
	struct peer p;
	struct session_end end;
	struct submit s;

	is_int(peer_decode(SPAN("\xff\0\0\0\0\0\0\0\1"), &p), -1, "an unknown role is refused");
	is_int(session_end_decode(SPAN("\xee\0\0\0\0\0\0\0\0\0\0\0\0\0"), &end), -1, "an unknown scope is refused");
	is_int(submit_decode(SPAN("\0\0\0\0\0\0\0\1\xff\xff\xff\xff"), &s), -1, "a count that cannot fit is refused");
}

/* What goes into a header field is one line of printable ASCII, and not a long one. */
static void hostile_callers(void)
{
	static char longest[CALLER_TEXT_MAX + 2];
	const struct {
		const char *from, *with;
		int result;
	} rows[] = {
		{ "x\r\nBcc: y", "SMTP", -1 }, { "x\x7f", "SMTP", -1 }, { "\xc3\xbc", "SMTP", -1 }, { "x", "SMTP\n", -1 },
		{ longest + 1, "SMTP", 0 }, { longest, "SMTP", -1 },
	};

	memset(longest, 'x', CALLER_TEXT_MAX + 1);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct caller c = { .from = (char *)(uintptr_t)rows[i].from, .with = (char *)(uintptr_t)rows[i].with }, got;
		struct buf payload = { 0 };
		caller_encode(&c, &payload);
		if (is_int(caller_decode(buf_span(&payload), &got), rows[i].result, "caller %zu", i) && rows[i].result == 0)
			caller_free(&got);
		buf_free(&payload);
	}
}

static void many_refused(void)
{
	struct session all = { .refused_count = SESSION_REFUSED_MAX }, s;
	struct buf payload = { 0 }, without = { 0 }, more = { 0 };

	session_encode(&(struct session){ 0 }, &without);
	for (size_t i = 0; i < SESSION_REFUSED_MAX; i++)
		all.refused[i] = addresses[i % 2];
	session_encode(&all, &payload);
	if (is_int(session_decode(buf_span(&payload), &s), 0, "as many refused addresses as there is room for"))
		session_free(&s);
	/* Where the two first differ is the count's last byte. */
	size_t at = 0;
	while (payload.at[at] == without.at[at])
		at++;
	is_int(payload.at[at], SESSION_REFUSED_MAX, "the count");
	payload.at[at]++;
	buf_add(&more, payload.at, at + 1);
	buf_add(&more, "\4\177\0\0\1\0\0\0\0\0\0\0\0\0\0\0\0", 17);
	buf_add(&more, payload.at + at + 1, payload.len - at - 1);
	is_int(session_decode(buf_span(&more), &s), -1, "one more is refused");
	buf_free(&payload);
	buf_free(&more);
	buf_free(&without);
}

int main(void)
{
	struct submission part = SUBMISSION_VALUE;

	tap_plan(75);
	ROUND_TRIP(spawn, spawn, { .role = ROLE_SMTP, .ticket = 9, .smarthost = "isp" });
	ROUND_TRIP(signing_key, signing_key, { .number = 7, .pem = SPAN("pem"), .domainkeys_pem = SPAN(""),
		.passphrase = SPAN("word") });
	ROUND_TRIP(submission, submission, SUBMISSION_VALUE);
	ROUND_TRIP(submit, submit, { .ticket = 3, .parts = &part, .count = 1 });
	ROUND_TRIP(submitted, submitted, { .ticket = 3, .fault = { FAULT_TEMPORARY, "4.3.1", "disk full" }, .queue_id = "" });
	ROUND_TRIP(caller, caller, { .uid = 33, .known = true, .from = "mail.example ([192.0.2.1])", .with = "ESMTP" });
	ROUND_TRIP(query, query, { .ticket = 1, .operation = 2, .uid = 5, .all = true, .argument = "QID" });
	ROUND_TRIP(sign_job, sign_job, { .ticket = 1, .from_domain = "x.example", .sender_domain = "y.example",
		.size_bytes = 3, .checksum = 77, .message = SPAN("m\r\n") });
	ROUND_TRIP(signed_fields, signed_fields, { .ticket = 1, .fields = "DKIM-Signature: v=1\r\n", .keys = "s", .note = "n",
		.damaged = true });
	ROUND_TRIP(plan_job, plan_job, { .ticket = 1, .kind = PLAN_LIST, .name = "smtp.isp.example",
		.sts = { .wanted = true, .id = "1", .policy = "mode: none\n", .fresh = true, .barred_id = "2" } });
	ROUND_TRIP(plan, plan, { .ticket = 1, .mx_elsewhere = true, .unconfirmed = true, .targets = targets, .target_count = 2, .sts_id = "7",
		.sts_addresses = addresses, .sts_address_count = 2 });
	ROUND_TRIP(sts_job, sts_job, { .ticket = 1, .domain = "x.example", .port = 443, .addresses = addresses,
		.address_count = 2 });
	ROUND_TRIP(sts_fetched, sts_fetched, { .ticket = 1, .unable = true, .policy = "mode: none\n", .max_age_s = 300 });
	ROUND_TRIP(session, session, { .hop = "mx", .domain = "x.example", .port = 25, .tls = TLS_MAY, .ca_file = "",
		.helo = "h.example", .source = { { .family = 4, .bytes = { 127, 0, 0, 1 } } }, .targets = targets, .target_count = 2,
		.refused = { { 4, { 192, 0, 2, 7 } }, { 6, { 0x20, 1 } } }, .refused_count = 2, .connections_max = 3,
		.step_by_step = true, .tickets = tickets, .ticket_count = 2 });
	ROUND_TRIP(transcript_line, transcript_line, { .boot_ms = 7, .side = TRANSCRIPT_THEIRS, .text = "250 ok" });
	ROUND_TRIP(session_ready, session_ready, { .relay = "mx", .host = "mx.example", .source = "192.0.2.7", .tls = "",
		.tls_summary = "none", .connections = 2, .capabilities = CAP_SIZE, .size_limit = 9, .rcpt_max = 100,
		.ticket = { .terms = "terms", .life_s = 3600, .session = { "secret", 6, 6 } } });
	ROUND_TRIP(delivery, delivery, { .ticket = 1, .queue_id = "Q", .sender = "", .envid = "", .size_bytes = 3, .checksum = 78,
		.recipients = to, .recipient_count = 1, .fields = SPAN("f: 1\r\n"), .message = SPAN("m\r\n") });
	ROUND_TRIP(outcome, outcome, { .ticket = 1, .setup_ms = 1, .transfer_ms = 2,
		.recipients = outcomes, .recipient_count = 1 });
	ROUND_TRIP(session_end, session_end, { .scope = SESSION_TLS, .reply = LATER, .connections = 5,
		.pipelining_broken = true, .rcpt_max = 10, .none_left = true });
	ROUND_TRIP(bounce_job, bounce_job, { .ticket = 1, .queue_id = "Q", .sender = "s@x.example", .envid = "", .encode_8bit = true,
		.recipients = failed, .recipient_count = 1, .message = SPAN("m\r\n") });
	hostile_values();
	hostile_callers();
	many_refused();
	hostile_tickets();
	return tap_done();
}
