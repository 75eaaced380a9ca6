/* SPDX-License-Identifier: ISC */
/*
 * A bounce keeps its form whatever a server's reply, an address or a mail
 * holds: lines of at most 998 bytes, bounded in all; the header section, the
 * parts and the fields of the delivery status are ours alone; nothing but the
 * mail itself has 8-bit bytes. The input is split at 0xff: reply, address,
 * relay, message; its length chooses what comes of that.
 */
#include "base/mail/message.h"
#include "relay/bounce/bounce_report.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static struct span next_line(struct span *text)
{
	struct span line = span_cut(text, '\n');

	if (line.len == 0 || line.len > 999 || line.at[line.len - 1] != '\r')
		abort();
	line.len--;
	return line;
}

static void check_seven_bits(struct span line)
{
	for (size_t i = 0; i < line.len; i++)
		if ((line.at[i] < 0x20 && line.at[i] != '\t') || line.at[i] == 0x7f)
			abort();
}

static void check_status_line(struct span line)
{
	static const char *const names[] = { "Content-", "Reporting-MTA: ", "Original-Envelope-Id:", "Arrival-Date: ",
	                                     "Original-Recipient: ", "Final-Recipient: ", "Action: failed", "Action: delayed",
	                                     "Action: relayed", "Last-Attempt-Date: ", "Will-Retry-Until: ", "Status: ",
	                                     "Remote-MTA: dns; ", "Diagnostic-Code: ", "    " };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (line.len == 0 || span_starts_nocase(line, span_of(names[i])))
			return;
	abort();
}

/* Four boundaries, or three when there was no mail; the second begins the status, the third the mail. */
static void check_parts(struct span text, bool has_mail)
{
	int boundaries = 0;

	while (text.len > 0) {
		struct span line = next_line(&text);
		bool closes = span_eq(line, SPAN("--B--"));
		if (closes || span_eq(line, SPAN("--B")))
			boundaries++;
		else if (boundaries == 2)
			check_status_line(line);
		if (boundaries < 3)
			check_seven_bits(line);
		if (closes != (text.len == 0))
			abort();
	}
	if (boundaries != 3 + has_mail)
		abort();
}

static void check_header(struct span text)
{
	struct field field;
	size_t fields = 0;

	for (struct span rest = text; message_next_field(&rest, &field);)
		fields++;
	if (fields < 9 || fields > 11)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct span rest = { (const char *)bytes, len };
	/* nobody can know the boundary */
	if (memmem(bytes, len, "--B", 3))
		return 0;
	char *reply = mem_text_span(span_cut(&rest, '\xff'));
	char *address = mem_text_span(span_cut(&rest, '\xff'));
	char *relay = mem_text_span(span_cut(&rest, '\xff'));
	struct bounce_recipient r = { .address = address, .original = reply, .orcpt = reply, .until_ms = 1,
	                              .earlier = len % 11 ? NULL : reply };
	struct bounce_job job = { .kind = len / 3 % REPORT_KINDS, .queue_id = "Q", .sender = "a@example.org", .envid = relay,
	                          .ret = len % 3, .encode_8bit = len % 13 == 0, .recipients = &r, .recipient_count = 1 };
	struct bounce_report_context c = { .hostname = "h.example", .domain = "example", .message_id = "i@h", .boundary = "B" };
	struct buf out = { 0 };

	reply_set(&r.reply, len % 2 ? FAULT_PERMANENT : FAULT_TEMPORARY, "5.1.1", STEP_RCPT, relay, "%s", reply);
	r.reply.code = len % 7 ? 550 : 0;
	struct span message = { rest.at ? rest.at : "", rest.len };
	bool eight_bit = bounce_report_write(&job, message, len % 5, &c, &out);
	if (out.len > REPORT_MAX)
		abort();
	check_parts(buf_span(&out), message.len > 0);
	for (size_t i = 0; i < out.len && !eight_bit; i++)
		if ((unsigned char)out.at[i] > 0x7f)
			abort();
	check_header(buf_span(&out));
	buf_free(&out);
	free(reply);
	free(address);
	free(relay);
	return 0;
}
