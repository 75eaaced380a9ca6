/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "relay/smtp/job.h"

#include <stdlib.h>

static const char *const kinds = "=TPY";

static struct job *make(const char *sender, const char *const *recipients, const char *fields, const char *message,
                        bool utf8, const char *orcpt)
{
	struct delivery d = {
		.ticket = 5, .queue_id = mem_text("Q"), .sender = mem_text(sender), .envid = mem_text("e=1"), .utf8 = utf8,
		.ret = DSN_RET_FULL, .eight_bit = true, .fields = span_of(fields), .message = span_of(message),
	};
	struct buf payload = { 0 };

	for (size_t i = 0; recipients[i]; i++) {
		d.recipients = mem_resize(d.recipients, i + 1, sizeof *d.recipients);
		d.recipients[i] = (struct delivery_recipient){ i + 10, mem_text(recipients[i]), NOTIFY_DELAY, mem_text(orcpt), NULL };
		d.recipient_count = i + 1;
	}
	delivery_encode(&d, &payload);
	delivery_free(&d);
	struct job *j = job_new(buf_span(&payload), -1);
	buf_free(&payload);
	return j;
}

static void outcomes(const struct job *j, struct outcome *out)
{
	struct buf payload = { 0 };

	job_encode_outcome(j, 3, 4, &payload);
	if (outcome_decode(buf_span(&payload), out) < 0)
		abort();
	buf_free(&payload);
}

static const char *const two[] = { "a@example.org", "b@example.org", NULL };
static const char *const domains[] = { "a@example.org", "b@example.net", "c@EXAMPLE.org", NULL };
static const char *const mixed[] = { "a@example.org", "a\nb@example.org", "<a@example.org>", "\xc3\xa9@example.org", NULL };

struct row {
	const char *name, *sender;
	const char *const *recipients;
	bool utf8;
	struct ehlo ehlo;
	const char *settled;    /* a letter of kinds and status, by recipient; "-" to be tried */
};

static const struct row rows[] = {
	{ "plain", "s@example.net", two, false, { 0 }, "- -" },
	{ "the null sender", "", two, false, { 0 }, "- -" },
	{ "exactly the limit", "s@example.net", two, false, { .size_limit = 8 }, "- -" },
	{ "one over the limit", "s@example.net", two, false, { .size_limit = 7 }, "P5.3.4 P5.3.4" },
	{ "bad recipients", "s@example.net", mixed, false, { 0 }, "- P5.1.3 P5.1.3 P5.6.7" },
	{ "bad recipients, UTF-8 offered", "s@example.net", mixed, false, { .capabilities = CAP_SMTPUTF8 }, "- P5.1.3 P5.1.3 -" },
	{ "one recipient a transaction", "s@example.net", two, false, { .rcpt_max = 1 }, "- T4.5.3" },
	{ "exactly as many", "s@example.net", two, false, { .rcpt_max = 2 }, "- -" },
	{ "one domain a session", "s@example.net", domains, false, { .domain_max = 1 }, "- T4.5.3 -" },
	{ "two domains a session", "s@example.net", domains, false, { .domain_max = 2 }, "- - -" },
	{ "two domains, two recipients", "s@example.net", domains, false, { .domain_max = 2, .rcpt_max = 2 }, "- - T4.5.3" },
	{ "those that cannot be asked do not count", "s@example.net", mixed, false, { .rcpt_max = 2, .capabilities = CAP_SMTPUTF8 },
	  "- P5.1.3 P5.1.3 -" },
	{ "a bad sender", "s@\x01", two, false, { 0 }, "P5.1.7 P5.1.7" },
	{ "a sender in UTF-8", "\xc3\xa9@example.net", two, false, { 0 }, "P5.6.7 P5.6.7" },
	{ "a message in UTF-8", "s@example.net", two, true, { 0 }, "P5.6.7 P5.6.7" },
	{ "a message in UTF-8, offered", "s@example.net", two, true, { .capabilities = CAP_SMTPUTF8 }, "- -" },
};

static void checks(void)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct job *j = make(rows[i].sender, rows[i].recipients, "f\r\n", "m: \r\n", rows[i].utf8, "");
		struct buf got = { 0 };

		job_check(j, &rows[i].ehlo, "mx");
		for (size_t k = 0; k < j->delivery.recipient_count; k++)
			buf_printf(&got, "%s%c%s", k ? " " : "", j->settled[k] ? kinds[j->outcomes[k].reply.kind] : '-',
			           j->settled[k] ? j->outcomes[k].reply.status : "");
		is_text(buf_text(&got), rows[i].settled, "%s", rows[i].name);
		buf_free(&got);
		job_free(j);
	}
}

/* Whole: what one recipient or the limits forbid, is tried for none. */
static void whole_checks(void)
{
	static const struct {
		struct ehlo ehlo;
		const char *const *recipients;
		const char *settled;
		size_t asked;
	} cases[] = {
		{ { 0 }, two, "- -", 2 },
		{ { .rcpt_max = 1 }, two, "T4.5.0 T4.5.3", 0 },
		{ { .domain_max = 1 }, domains, "T4.5.0 T4.5.3 T4.5.0", 0 },
		{ { .size_limit = 7 }, two, "P5.3.4 P5.3.4", 0 },
		{ { .capabilities = CAP_SMTPUTF8 }, mixed, "T4.5.0 P5.1.3 P5.1.3 T4.5.0", 0 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct job *j = make("s@example.net", cases[i].recipients, "f\r\n", "m: \r\n", false, "");
		struct buf got = { 0 };

		j->delivery.whole = true;
		job_check(j, &cases[i].ehlo, "mx");
		for (size_t k = 0; k < j->delivery.recipient_count; k++)
			buf_printf(&got, "%s%c%s", k ? " " : "", j->settled[k] ? kinds[j->outcomes[k].reply.kind] : '-',
			           j->settled[k] ? j->outcomes[k].reply.status : "");
		is_text(buf_text(&got), cases[i].settled, "whole %zu", i);
		is_int(j->asked_count, cases[i].asked, "whole %zu: so many are asked for", i);
		buf_free(&got);
		job_free(j);
	}
}

/* The first word on a recipient is the last. */
static void settles_once(void)
{
	struct job *j = make("s@example.net", two, "", "m\r\n", false, "");
	struct ehlo e = { 0 };
	struct reply no = { .kind = FAULT_PERMANENT, .status = "5.1.1" };
	struct reply lost = { .kind = FAULT_TEMPORARY, .status = "4.4.2" };
	struct outcome o;

	job_check(j, &e, "mx");
	job_settle_asked(j, 1, &no);
	job_settle_rest(j, &lost, true);
	outcomes(j, &o);
	is_int(o.ticket, 5, "ticket");
	is_int(o.recipients[0].id, 10, "ids come back");
	is_text(o.recipients[0].reply.status, "4.4.2", "the rest is lost");
	ok(o.recipients[0].unknown, "and unknown");
	is_text(o.recipients[1].reply.status, "5.1.1", "what was refused stays refused");
	ok(!o.recipients[1].unknown, "and known");
	is_int(o.setup_ms + o.transfer_ms, 7, "times");
	outcome_free(&o);
	job_free(j);
}

/* What the server said may have been to another command; what we found ourselves is as it was. */
static void doubts(void)
{
	struct job *j = make("s@example.net", mixed, "", "m\r\n", false, "");
	struct ehlo e = { .capabilities = CAP_SMTPUTF8 };
	struct reply no = { .kind = FAULT_PERMANENT, .code = 550, .status = "5.1.1", .text = "who" };
	struct reply lost = { .kind = FAULT_TEMPORARY, .status = "4.4.2" };
	struct outcome o;

	job_check(j, &e, "mx");
	job_settle_asked(j, 0, &no);
	job_doubt(j);
	job_settle_rest(j, &lost, false);
	outcomes(j, &o);
	is_int(o.recipients[0].reply.kind, FAULT_TEMPORARY, "a refusal that is doubted is temporary");
	is_text(o.recipients[0].reply.status, "4.1.1", "its status, too");
	is_text(o.recipients[0].reply.text, "who", "and what was said stays");
	is_int(o.recipients[1].reply.kind, FAULT_PERMANENT, "what we refused ourselves is permanent");
	is_text(o.recipients[3].reply.status, "4.4.2", "and the rest is lost");
	outcome_free(&o);
	job_free(j);
}

static void trims_for_the_library(void)
{
	struct job *j = make("s@example.net", mixed, "f\r\n", "m: \r\n", false, "rfc822;x+2By");
	struct ehlo none = { 0 }, all = { .capabilities = CAP_SIZE | CAP_8BITMIME | CAP_DSN | CAP_SMTPUTF8 };
	struct buf out = { 0 };
	struct delivery d;

	job_check(j, &none, "mx");
	job_encode_for_library(j, &none, &out);
	ok(delivery_decode(buf_span(&out), &d) == 0, "a job is a delivery");
	is_int(d.recipient_count, 1, "without those that are refused");
	ok(d.size_bytes == 0 && !d.eight_bit && d.ret == DSN_RET_UNSET && d.recipients[0].notify == 0,
	   "and without what is not offered");
	is_int(d.fields.len + d.message.len, 0, "and without the message itself");
	delivery_free(&d);
	buf_clear(&out);
	job_mail_extras(j, &none, &out);
	job_rcpt_extras(j, 0, &none, &out);
	is_int(out.len, 0, "nothing is added either");

	job_check(j, &all, "mx");
	job_encode_for_library(j, &all, &out);
	delivery_decode(buf_span(&out), &d);
	ok(d.size_bytes == 8 && d.eight_bit && d.ret == DSN_RET_FULL && d.recipients[0].notify == NOTIFY_DELAY,
	   "what is offered is said");
	delivery_free(&d);
	buf_clear(&out);
	job_mail_extras(j, &all, &out);
	is_span(buf_span(&out), SPAN(" ENVID=e+3D1"), "ENVID as xtext");
	buf_clear(&out);
	job_rcpt_extras(j, 0, &all, &out);
	is_span(buf_span(&out), SPAN(" ORCPT=rfc822;x+2By"), "ORCPT as it came");
	buf_free(&out);
	job_free(j);
}

static void says_envids(void)
{
	static const struct {
		const char *envid, *said;
	} envids[] = {
		{ "", "" },
		{ "job7", " ENVID=job7" },
		{ "job+2B7", " ENVID=job+2B7" },
		{ "job+7", " ENVID=job+2B7" },
		{ "job+2b", " ENVID=job+2B2b" },
		{ "job+2", " ENVID=job+2B2" },
		{ "a=b c", " ENVID=a+3Db+20c" },
	};
	struct ehlo dsn = { .capabilities = CAP_DSN };
	struct job *j = make("s@example.net", mixed, "f\r\n", "m: \r\n", false, "");

	for (size_t i = 0; i < sizeof envids / sizeof envids[0]; i++) {
		struct buf out = { 0 };
		free(j->delivery.envid);
		j->delivery.envid = mem_text(envids[i].envid);
		job_mail_extras(j, &dsn, &out);
		is_text(buf_text(&out), envids[i].said, "ENVID of '%s'", envids[i].envid);
		buf_free(&out);
	}
	job_free(j);
}

static void refuses_nonsense(void)
{
	ok(job_new(SPAN("nonsense"), -1) == NULL, "a malformed delivery");

	struct job *j = make("s@example.net", two, "", "m\r\n", false, "x\r\nDATA");
	struct ehlo all = { .capabilities = CAP_DSN };
	struct buf out = { 0 };
	job_check(j, &all, "mx");
	job_rcpt_extras(j, 0, &all, &out);
	is_int(out.len, 0, "an ORCPT that is not plain is not said");
	buf_free(&out);
	job_free(j);
}

int main(void)
{
	tap_plan(55);
	checks();
	whole_checks();
	settles_once();
	doubts();
	trims_for_the_library();
	says_envids();
	refuses_nonsense();
	return tap_done();
}
