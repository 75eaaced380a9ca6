#include "relay/bounce/report.h"

#include "base/message.h"
#include "relay/bounce/explain.h"
#include "relay/bounce/original.h"
#include "relay/bounce/status.h"
#include "relay/bounce/text.h"

enum {
	SUBJECT_MAX = 100,
	ADDRESS_MAX = 512,
	FRAME_MAX = 3 * 1024,     /* the report's header, boundaries and the parts' headers */
};

_Static_assert(EXPLAIN_MAX + STATUS_MAX + FRAME_MAX < REPORT_MAX, "there is room for a header");

/* For a field's value: no blanks to fold at are needed, for it is short. */
static void add_short(struct text *t, struct span s)
{
	for (size_t i = 0; i < s.len && i < SUBJECT_MAX; i++)
		text_foreign(t, s.at[i] == '\t' ? SPAN(" ") : (struct span){ s.at + i, 1 }, " ");
	if (s.len > SUBJECT_MAX)
		buf_add_text(t->out, "...");
}

/* A Message-ID that is one, with its angle brackets; else empty. */
static struct span original_message_id(struct span message)
{
	struct field field;
	const struct span none = { NULL, 0 };

	if (!message_find_field(message, SPAN("Message-ID"), 0, &field))
		return none;
	struct span id = span_trim(field.value);
	if (id.len < 3 || id.len > 250 || id.at[0] != '<' || id.at[id.len - 1] != '>')
		return none;
	for (size_t i = 1; i < id.len - 1; i++)
		if (id.at[i] <= 0x20 || id.at[i] >= 0x7f || id.at[i] == '<' || id.at[i] == '>')
			return none;
	return id;
}

/* As it is, UTF-8 too (RFC 6532); but nothing that ends a field. */
static void add_address(struct buf *out, struct span address)
{
	for (size_t i = 0; i < address.len; i++)
		if ((unsigned char)address.at[i] >= 0x20 && address.at[i] != 0x7f)
			buf_add_byte(out, address.at[i]);
}

static const char *const subjects[] = {
	[REPORT_OF_FAILURE] = "Not delivered", [REPORT_OF_DELAY] = "Delayed", [REPORT_OF_RELAY] = "Passed on",
};

static void write_header(const struct bounce_job *job, struct span message, const struct report_context *c,
                         bool eight_bit, struct buf *out)
{
	struct span id = original_message_id(message);
	struct text t = { out, out->len };

	buf_printf(out, "From: Mail Delivery System <MAILER-DAEMON@%s>\r\n", c->domain);
	buf_add_text(out, "To: <");
	add_address(out, text_clipped(job->sender, ADDRESS_MAX));
	text_line(&t, ">");
	buf_printf(out, "Subject: %s: your mail to ", subjects[job->kind]);
	add_short(&t, span_of(job->recipient_count > 0 ? job->recipients[0].address : "its recipients"));
	if (job->recipient_count > 1)
		buf_printf(out, " and %zu more", job->recipient_count - 1);
	buf_add_text(out, "\r\nDate: ");
	text_date(out, c->now_ms);
	buf_printf(out, "\r\nMessage-ID: <%s>\r\n", c->message_id);
	if (id.len > 0)
		buf_printf(out, "In-Reply-To: %.*s\r\nReferences: %.*s\r\n", (int)id.len, id.at, (int)id.len, id.at);
	buf_printf(out, "Auto-Submitted: auto-replied\r\n"
	           "MIME-Version: 1.0\r\n"
	           "Content-Type: multipart/report; report-type=delivery-status;\r\n"
	           "\tboundary=\"%s\"\r\n"
	           "Content-Transfer-Encoding: %s\r\n"
	           "\r\n", c->boundary, eight_bit ? "8bit" : "7bit");
}

/* A line end before a boundary belongs to the boundary (RFC 2046 section 5.1.1). */
static void begin_part(const struct report_context *c, const char *fields, struct buf *out)
{
	buf_printf(out, "\r\n--%s\r\n%s", c->boundary, fields);
}

bool report_write(const struct bounce_job *job, struct span message, bool whole, const struct report_context *c,
                  struct buf *out)
{
	/* RFC 3461 section 4.3: what has not failed comes without its body. */
	struct original original = { message, whole, job->kind == REPORT_OF_FAILURE ? job->ret : DSN_RET_HEADERS };
	struct buf parts = { 0 };
	bool eight_bit = false;

	begin_part(c, "Content-Description: What happened\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n", &parts);
	explain_write(job, message, c, &parts);
	begin_part(c, "Content-Description: Delivery report\r\nContent-Type: message/delivery-status\r\n\r\n", &parts);
	status_write(job, c->hostname, &parts);
	if (message.len > 0) {
		begin_part(c, "", &parts);
		eight_bit = original_write(&original, REPORT_MAX - FRAME_MAX - parts.len, &parts);
	}
	write_header(job, message, c, eight_bit, out);
	buf_add_text(out, "This is a report in several parts (RFC 3464), for programs that show it as text.\r\n");
	buf_add_span(out, buf_span(&parts));
	buf_printf(out, "\r\n--%s--\r\n", c->boundary);
	buf_free(&parts);
	return eight_bit;
}
