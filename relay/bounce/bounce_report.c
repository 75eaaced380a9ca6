/* SPDX-License-Identifier: ISC */
#include "relay/bounce/bounce_report.h"

#include "base/mail/date.h"
#include "base/mail/encoded_word.h"
#include "base/mail/message.h"
#include "base/mail/recode.h"
#include "base/utf8.h"
#include "relay/bounce/explain.h"
#include "relay/bounce/original.h"
#include "relay/bounce/quoted.h"
#include "relay/bounce/status.h"
#include "relay/bounce/text.h"

enum {
	SUBJECT_MAX = 100,
	ADDRESS_MAX = 512,
	FRAME_MAX = 3 * 1024,     /* the report's header, boundaries and the parts' headers */
};

_Static_assert(EXPLAIN_MAX + STATUS_MAX + FRAME_MAX < REPORT_MAX, "there is room for a header");

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

static const char *const subjects[] = {
	[REPORT_OF_FAILURE] = "Not delivered", [REPORT_OF_DELAY] = "Delayed", [REPORT_OF_RELAY] = "Passed on",
};

static void write_header(const struct bounce_job *job, struct span message, const struct bounce_report_context *c,
                         bool eight_bit, struct buf *out)
{
	struct span id = original_message_id(message);
	struct text t = { .out = out, .line_start = out->len };

	buf_printf(out, "From: Mail Delivery System <MAILER-DAEMON@%s>\r\n", c->domain);
	buf_add_text(out, "To: <");
	/* As it is, UTF-8 too (RFC 6532); but nothing that ends a field. */
	struct span address = text_clipped(job->sender, ADDRESS_MAX);
	for (size_t i = 0; i < address.len; i++)
		if ((unsigned char)address.at[i] >= 0x20 && address.at[i] != 0x7f)
			buf_add_byte(out, address.at[i]);
	text_line(&t, ">");
	bool is_delivered = job->kind == REPORT_OF_RELAY && job->recipient_count > 0 && reply_is_of_mailbox(&job->recipients[0].reply);
	buf_printf(out, "Subject: %s: your mail to", is_delivered ? "Delivered" : subjects[job->kind]);
	/* The address in the Subject: what is not ASCII goes as encoded words, what could do harm as \xNN. */
	struct span s = span_of(job->recipient_count > 0 ? job->recipients[0].address : "its recipients");
	struct buf shown = { 0 };
	struct text words = { .out = &shown, .utf8 = true };
	text_foreign(&words, (struct span){ s.at, s.len < SUBJECT_MAX ? s.len : SUBJECT_MAX }, "");
	for (size_t i = 0; i < shown.len; i++)
		if (shown.at[i] == '\t')
			shown.at[i] = ' ';
	bool ascii = utf8_is_ascii(buf_span(&shown));
	buf_add_text(t.out, ascii ? " " : "\r\n ");
	if (ascii)
		buf_add_span(t.out, buf_span(&shown));
	else
		encoded_words(buf_span(&shown), SPAN("utf-8"), 1, t.out);
	if (s.len > SUBJECT_MAX)
		buf_add_text(t.out, "...");
	buf_free(&shown);
	if (job->recipient_count > 1)
		buf_printf(out, " and %zu more", job->recipient_count - 1);
	buf_add_text(out, "\r\nDate: ");
	date_print(c->now_ms, DATE_UTC, out);
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
static void begin_part(const struct bounce_report_context *c, const char *fields, struct buf *out)
{
	buf_printf(out, "\r\n--%s\r\n%s", c->boundary, fields);
}

/* True when the mail's body is in it and has 8-bit bytes. */
static bool write_report(const struct bounce_job *job, const struct original *original,
                         const struct bounce_report_context *c, struct buf *out)
{
	struct buf text = { 0 }, encoded = { 0 }, parts = { 0 };
	bool eight_bit = false;

	/* UTF-8 goes encoded, so that every server takes the report; where that makes it too long, in plain letters. */
	explain_write(job, original->message, c, true, &text);
	if (!utf8_is_ascii(buf_span(&text)))
		quoted_write(buf_span(&text), &encoded);
	if (encoded.len > EXPLAIN_MAX) {
		buf_clear(&text);
		buf_clear(&encoded);
		explain_write(job, original->message, c, false, &text);
	}
	begin_part(c, "Content-Description: What happened\r\nContent-Type: text/plain; charset=utf-8\r\n", &parts);
	buf_add_text(&parts, encoded.len ? "Content-Transfer-Encoding: quoted-printable\r\n\r\n" : "\r\n");
	buf_add_span(&parts, encoded.len ? buf_span(&encoded) : buf_span(&text));
	begin_part(c, "Content-Description: Delivery report\r\nContent-Type: message/delivery-status\r\n\r\n", &parts);
	status_write(job, c->hostname, &parts);
	if (original->message.len > 0) {
		begin_part(c, "", &parts);
		eight_bit = original_write(original, REPORT_MAX - FRAME_MAX - parts.len, &parts);
	}
	write_header(job, original->message, c, eight_bit, out);
	buf_add_text(out, "This is a report in several parts (RFC 3464), for programs that show it as text.\r\n");
	buf_add_span(out, buf_span(&parts));
	buf_printf(out, "\r\n--%s--\r\n", c->boundary);
	buf_free(&text);
	buf_free(&encoded);
	buf_free(&parts);
	return eight_bit;
}

static int add_piece(void *context, struct span piece, struct fault *f)
{
	(void)f;
	buf_add_span(context, piece);
	return 0;
}

/* False: it has become too large, or a part that must not be altered is 8bit or says so, and a relay would encode it. */
static bool encode_report(struct buf *report)
{
	struct buf encoded = { 0 };
	struct recode_look look = { 0 };
	struct fault f = { 0 };
	struct recode *plan = recode_plan(buf_span(report), true, &f);
	bool fits = plan && recode_write(plan, add_piece, &encoded, &f) == 0 && encoded.len <= REPORT_MAX;

	recode_free(plan);
	recode_look(&look, buf_span(&encoded));
	if (!fits || look.says_eight_bit) {
		buf_free(&encoded);
		return false;
	}
	buf_free(report);
	*report = encoded;
	return true;
}

bool bounce_report_write(const struct bounce_job *job, struct span message, bool whole, const struct bounce_report_context *c,
                         struct buf *out)
{
	/* RFC 3461 section 4.3: what has not failed comes without its body. */
	struct original original = { message, whole, job->kind == REPORT_OF_FAILURE ? job->ret : DSN_RET_HEADERS };
	struct buf report = { 0 };
	bool eight_bit = write_report(job, &original, c, &report);

	if (job->encode_8bit && original.ret != DSN_RET_HEADERS && !encode_report(&report)) {
		original.ret = DSN_RET_HEADERS;
		buf_clear(&report);
		write_report(job, &original, c, &report);
	}
	eight_bit = eight_bit && !utf8_is_ascii(buf_span(&report));
	buf_add_span(out, buf_span(&report));
	buf_free(&report);
	return eight_bit;
}
