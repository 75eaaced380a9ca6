/* SPDX-License-Identifier: ISC */
#include "relay/bounce/status.h"

#include "base/mail/date.h"
#include "base/mail/xtext.h"
#include "base/utf8.h"
#include "relay/bounce/text.h"

#include <stdio.h>

enum {
	ADDRESS_MAX = 512,           /* RFC 5321 section 4.5.3.1 has 64 + 1 + 255 */
	GROUP_MAX = 6 * 1024,        /* a recipient's fields without the reply and dates, at worst */
	GROUP_TYPICAL = 140,         /* and as they mostly are */
	EXTRAS_MAX = 3 * 1024,       /* these */
};

static void add_xtext_field(struct text *t, const char *name, struct span value)
{
	struct buf decoded = { 0 };

	text_field(t, name, xtext_decode(value, &decoded) ? buf_span(&decoded) : value);
	buf_free(&decoded);
}

/* utf-8-addr-xtext (RFC 6533 section 3); false when the address is no UTF-8 or needs none of it. */
static bool encode_utf8_address(struct span address, struct buf *out)
{
	bool needed = false;

	buf_clear(out);
	for (size_t len; address.len > 0; address.at += len, address.len -= len) {
		len = utf8_length(address);
		if (len == 0)
			return false;
		uint32_t code = utf8_code((struct span){ address.at, len });
		needed |= len > 1;
		if (code > 0x20 && code < 0x7f && code != '\\' && code != '+' && code != '=')
			buf_add_byte(out, (char)code);
		else
			buf_printf(out, "\\x{%02X}", (unsigned)code);
	}
	return needed;
}

/* RFC 3464 section 2.3.3, with the class of RFC 3463 that goes with it. */
static const struct {
	const char *name;
	const char *status;
} actions[] = {
	[REPORT_OF_FAILURE] = { "failed", "5.0.0" },
	[REPORT_OF_DELAY] = { "delayed", "4.0.0" },
	[REPORT_OF_RELAY] = { "relayed", "2.0.0" },
};

/* class "." subject "." detail (RFC 3463 section 2). */
static bool is_status(const char *z)
{
	size_t subject = 0, detail = 0;

	if ((z[0] != '2' && z[0] != '4' && z[0] != '5') || z[1] != '.')
		return false;
	subject = strspn(z + 2, "0123456789");
	if (subject < 1 || subject > 3 || z[2 + subject] != '.')
		return false;
	detail = strspn(z + 3 + subject, "0123456789");
	return detail >= 1 && detail <= 3 && z[3 + subject + detail] == '\0';
}

/* The name in "mx.example.org[192.0.2.1]:25"; empty when there is none. */
static struct span relay_name(const char *relay)
{
	struct span name = { relay, relay ? strcspn(relay, "[:") : 0 };

	for (size_t i = 0; i < name.len; i++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.", name.at[i]))
			name.len = 0;
	return name.len > 255 ? (struct span){ NULL, 0 } : name;
}

static void add_date(struct text *t, const char *name, int64_t wall_ms)
{
	if (wall_ms <= 0)
		return;
	buf_printf(t->out, "%s: ", name);
	date_print(wall_ms, DATE_UTC, t->out);
	text_end_line(t);
}

static void add_recipient(struct text *t, enum report_kind kind, const struct bounce_recipient *r, bool with_extras)
{
	struct span server = relay_name(r->reply.relay), address = text_clipped(r->address, ADDRESS_MAX);
	struct buf encoded = { 0 }, value = { 0 };
	char status[FAULT_STATUS_MAX];

	text_end_line(t);
	/* "rfc822;xtext" as it came with the mail (RFC 3461 section 4.2); the utf-8 type keeps its own form. */
	struct span orcpt = text_clipped(r->orcpt, ADDRESS_MAX);
	if (span_starts_nocase(orcpt, SPAN("utf-8;")))
		text_field(t, "Original-Recipient", orcpt);
	else if (orcpt.len > 0 && memchr(orcpt.at, ';', orcpt.len))
		add_xtext_field(t, "Original-Recipient", orcpt);
	bool utf8 = encode_utf8_address(address, &encoded);
	buf_add_text(&value, utf8 ? "utf-8; " : "rfc822; ");
	buf_add_span(&value, utf8 ? buf_span(&encoded) : address);
	text_field(t, "Final-Recipient", buf_span(&value));
	bool is_mailbox = reply_is_of_mailbox(&r->reply);
	text_field(t, "Action", kind == REPORT_OF_RELAY && is_mailbox ? SPAN("delivered") : span_of(actions[kind].name));
	/* A failure may keep the class of the fault that was temporary until the time was over. */
	bool expired = kind == REPORT_OF_FAILURE && r->reply.kind == FAULT_TEMPORARY;
	snprintf(status, sizeof status, "%s", is_status(r->reply.status) ? r->reply.status :
	         expired ? "4.0.0" : actions[kind].status);
	if (kind != REPORT_OF_FAILURE)
		status[0] = actions[kind].status[0];
	text_field(t, "Status", span_of(status));
	if (server.len > 0 && !is_mailbox) {
		buf_printf(t->out, "Remote-MTA: dns; %.*s", (int)server.len, server.at);
		text_end_line(t);
	}
	if (with_extras && (r->reply.code || r->reply.text[0])) {
		/* What is not a server's reply is ours (section 2.3.6: of type smtp are replies alone). */
		buf_clear(&value);
		buf_add_text(&value, r->reply.code ? "smtp; " : "X-Signet; ");
		reply_print_words(&r->reply, &value);
		text_field(t, "Diagnostic-Code", buf_span(&value));
	}
	if (with_extras)
		add_date(t, "Last-Attempt-Date", r->tried_ms);
	if (with_extras && kind == REPORT_OF_DELAY)
		add_date(t, "Will-Retry-Until", r->until_ms);
	buf_free(&encoded);
	buf_free(&value);
}

void status_write(const struct bounce_job *job, const char *hostname, struct buf *out)
{
	struct text t = { .out = out, .line_start = out->len };
	size_t start = out->len;

	buf_printf(out, "Reporting-MTA: dns; %s", hostname);
	text_end_line(&t);
	if (job->envid && *job->envid)
		add_xtext_field(&t, "Original-Envelope-Id", text_clipped(job->envid, ADDRESS_MAX));
	add_date(&t, "Arrival-Date", job->arrival_ms);
	for (size_t i = 0; i < job->recipient_count && out->len - start + GROUP_MAX < STATUS_MAX; i++) {
		size_t room = STATUS_MAX - GROUP_MAX - (out->len - start);
		add_recipient(&t, job->kind, &job->recipients[i], room > EXTRAS_MAX + (job->recipient_count - i) * GROUP_TYPICAL);
	}
}
