/*
 * A bounce's text keeps its form whatever a server's reply, an address or a
 * mail's header holds: lines of seven bits and at most 998, bounded in all,
 * and the header section is ours alone. The input is split at 0xff: reply,
 * address, relay, header.
 */
#include "base/message.h"
#include "relay/bounce/report.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void check_lines(struct span text)
{
	while (text.len > 0) {
		struct span line = span_cut(&text, '\n');
		if (line.len == 0 || line.len > 999 || line.at[line.len - 1] != '\r')
			abort();
		for (size_t i = 0; i + 1 < line.len; i++)
			if ((line.at[i] < 0x20 && line.at[i] != '\t') || line.at[i] == 0x7f)
				abort();
	}
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
	char *reply = mem_text_span(span_cut(&rest, '\xff'));
	char *address = mem_text_span(span_cut(&rest, '\xff'));
	char *relay = mem_text_span(span_cut(&rest, '\xff'));
	struct bounce_recipient r = { .address = address, .original = reply, .orcpt = reply, .relay = relay };
	struct bounce_job job = { .queue_id = "Q", .sender = "a@example.org", .envid = "", .recipients = &r,
	                          .recipient_count = 1 };
	struct report_context c = { .hostname = "h.example", .domain = "example", .message_id = "i@h" };
	struct buf out = { 0 };

	fault_set(&r.fault, len % 2 ? FAULT_PERMANENT : FAULT_TEMPORARY, "5.1.1", "%s", reply);
	report_write(&job, (struct span){ rest.at ? rest.at : "", rest.len }, &c, &out);
	if (out.len > REPORT_MAX)
		abort();
	check_lines(buf_span(&out));
	check_header(buf_span(&out));
	buf_free(&out);
	free(reply);
	free(address);
	free(relay);
	return 0;
}
