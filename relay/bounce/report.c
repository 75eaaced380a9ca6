#include "relay/bounce/report.h"

#include "base/message.h"

#include <stdio.h>
#include <time.h>

enum {
	COLUMNS = 76,             /* where prose is broken */
	LINE_MAX_BYTES = 900,     /* where a word without blanks is (RFC 5322 section 2.1.1 has 998) */
	SUBJECT_MAX = 100,
	DETAILS_MAX = 32 * 1024,  /* recipients with all that is known */
	NAMES_MAX = 44 * 1024,    /* and those that are only named, up to here */
	TAIL_BYTES = 256,         /* kept free for the closing lines */
};

/* ---- text ---- */

struct writer {
	struct buf *out;
	size_t line_start;
};

static size_t column(const struct writer *w)
{
	return w->out->len - w->line_start;
}

static void end_line(struct writer *w)
{
	buf_add_text(w->out, "\r\n");
	w->line_start = w->out->len;
}

static void add_line(struct writer *w, const char *text)
{
	buf_add_text(w->out, text);
	end_line(w);
}

static size_t shown_bytes(char c)
{
	return (c >= 0x20 && c < 0x7f) || c == '\t' ? 1 : 4;
}

/* One foreign byte; a line that gets too long goes on in the next. */
static void add_byte(struct writer *w, char c, const char *indent)
{
	if (column(w) + shown_bytes(c) > LINE_MAX_BYTES) {
		end_line(w);
		buf_add_text(w->out, indent);
	}
	if (shown_bytes(c) == 1)
		buf_add_byte(w->out, c);
	else
		buf_printf(w->out, "\\x%02x", (unsigned)(unsigned char)c);
}

static void add_foreign(struct writer *w, struct span s, const char *indent)
{
	for (size_t i = 0; i < s.len; i++)
		add_byte(w, s.at[i], indent);
}

/* One line of text as a paragraph of its own, each line of it indented. */
static void add_wrapped(struct writer *w, const char *indent, struct span text)
{
	buf_add_text(w->out, indent);
	for (bool first = true; text.at; first = false) {
		struct span word = span_cut(&text, ' ');
		if (!first && column(w) + 1 + word.len > COLUMNS) {
			end_line(w);
			buf_add_text(w->out, indent);
		} else if (!first) {
			buf_add_byte(w->out, ' ');
		}
		add_foreign(w, word, indent);
	}
	end_line(w);
}

/* Text of several lines; empty ones, which RFC 5322 would let pass, are not worth their room. */
static void add_paragraphs(struct writer *w, const char *indent, struct span text)
{
	while (text.at) {
		struct span line = span_trim(span_cut(&text, '\n'));
		if (line.len > 0)
			add_wrapped(w, indent, line);
	}
}

__attribute__((format(printf, 3, 4)))
static void add_prose(struct writer *w, const char *indent, const char *format, ...)
{
	struct buf text = { 0 };
	va_list ap;

	va_start(ap, format);
	buf_vprintf(&text, format, ap);
	va_end(ap);
	add_wrapped(w, indent, buf_span(&text));
	buf_free(&text);
}

/* RFC 5322 section 3.3. */
static void add_date(struct buf *out, int64_t wall_ms)
{
	time_t seconds = (time_t)(wall_ms / 1000);
	struct tm utc;
	char text[64];

	gmtime_r(&seconds, &utc);
	strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S +0000", &utc);
	buf_add_text(out, text);
}

/* ---- meanings ---- */

static const char check_address[] = "Check the address for typing errors, or ask the recipient by another way.";
static const char ask_admin[] = "Show this report to whoever runs the server that sent it; the reply above often "
                                "holds a link or a code that tells them what to mend.";

/* RFC 3463 without its class digit; the first prefix that fits. */
static const struct {
	const char *status;
	struct report_meaning meaning;
} meanings[] = {
	{ "1.10", { "The domain says that it takes no mail at all.", check_address } },
	{ "1.1", { "There is no such mailbox at that domain.", check_address } },
	{ "1.2", { "There is no such domain, or it takes no mail.", "Check the part after the @ for typing errors." } },
	{ "1.6", { "The mailbox has moved.", "Ask the recipient for the new address." } },
	{ "1.8", { "The receiving server does not accept your own address as a sender.", ask_admin } },
	{ "1.7", { "The receiving server does not accept your own address as a sender.", ask_admin } },
	{ "1.", { "The address cannot be delivered to.", check_address } },
	{ "2.2", { "The recipient's mailbox is full.", "Send it again later, or reach the recipient by another way." } },
	{ "2.3", { "The mail is larger than that mailbox takes.", "Send less at a time, or a link to what was attached." } },
	{ "2.", { "The mailbox takes no mail at present.", "Reach the recipient by another way." } },
	{ "3.4", { "The mail is larger than the receiving server takes.",
	           "Send less at a time, or a link to what was attached." } },
	{ "3.", { "The receiving mail system has a fault of its own.", "Send it again later." } },
	{ "4.3", { "The name servers that should know the domain gave no usable answer.",
	           "Check the part after the @; if it is right, send it again later." } },
	{ "4.4", { "No server was found that takes the mail.",
	           "Check the part after the @; if it is right, tell whoever runs this mail system." } },
	{ "4.6", { "The mail would have gone round in a circle.", ask_admin } },
	{ "4.7", { "It could not be delivered for so long that it was given up.",
	           "Check the part after the @; if it is right, send it again later." } },
	{ "4.", { "The receiving server could not be reached.", "Send it again later, or reach the recipient by another way." } },
	{ "5.", { "The two mail servers did not understand each other.", ask_admin } },
	{ "6.7", { "The address needs a receiving server that knows international mail addresses, and this one does not.",
	           "Ask the recipient for an address in plain letters." } },
	{ "6.", { "The receiving server does not take a mail of this form or content.",
	          "Send it in a simpler form, for instance without attachments." } },
	{ "7.", { "The receiving server refuses the mail by its rules: it may distrust the server it came from, the "
	          "sender, or what the mail says.", ask_admin } },
};

static const struct report_meaning refused_by_policy = {
	"The receiving server distrusts the server the mail came from, or its sender.", ask_admin
};
static const struct report_meaning no_meaning = { "The receiving server would not take it.", ask_admin };

struct report_meaning report_meaning_of(const struct fault *f)
{
	const char *dot = strchr(f->status, '.');

	if (dot == NULL)
		return no_meaning;
	if (f->kind == FAULT_POLICY && dot[1] != '7')
		return refused_by_policy;
	for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++)
		if (strncmp(dot + 1, meanings[i].status, strlen(meanings[i].status)) == 0)
			return meanings[i].meaning;
	return no_meaning;
}

/* ---- header ---- */

/* For a field's value: no blanks to fold at are needed, for it is short. */
static void add_short(struct writer *w, struct span s)
{
	for (size_t i = 0; i < s.len && i < SUBJECT_MAX; i++)
		add_byte(w, s.at[i] == '\t' ? ' ' : s.at[i], " ");
	if (s.len > SUBJECT_MAX)
		buf_add_text(w->out, "...");
}

/* A Message-ID that is one, with its angle brackets; else empty. */
static struct span original_message_id(struct span header)
{
	struct field field;
	const struct span none = { NULL, 0 };

	if (!message_find_field(header, SPAN("Message-ID"), 0, &field))
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
static void add_address(struct buf *out, const char *address)
{
	for (; *address; address++)
		if ((unsigned char)*address >= 0x20 && *address != 0x7f)
			buf_add_byte(out, *address);
}

static void write_header(struct writer *w, const struct bounce_job *job, struct span header,
                         const struct report_context *c)
{
	struct span id = original_message_id(header);

	buf_printf(w->out, "From: Mail Delivery System <MAILER-DAEMON@%s>\r\n", c->domain);
	buf_add_text(w->out, "To: <");
	add_address(w->out, job->sender);
	buf_add_text(w->out, ">\r\n");
	w->line_start = w->out->len;
	buf_add_text(w->out, "Subject: Not delivered: your mail to ");
	add_short(w, span_of(job->recipient_count > 0 ? job->recipients[0].address : "its recipients"));
	if (job->recipient_count > 1)
		buf_printf(w->out, " and %zu more", job->recipient_count - 1);
	buf_add_text(w->out, "\r\nDate: ");
	add_date(w->out, c->now_ms);
	buf_printf(w->out, "\r\nMessage-ID: <%s>\r\n", c->message_id);
	if (id.len > 0)
		buf_printf(w->out, "In-Reply-To: %.*s\r\nReferences: %.*s\r\n", (int)id.len, id.at, (int)id.len, id.at);
	buf_add_text(w->out, "Auto-Submitted: auto-replied\r\n"
	             "MIME-Version: 1.0\r\n"
	             "Content-Type: text/plain; charset=utf-8\r\n"
	             "Content-Transfer-Encoding: 7bit\r\n"
	             "\r\n");
	w->line_start = w->out->len;
}

/* ---- body ---- */

/* ` "the subject"` when it is short and plain. */
static void quote_subject(struct span header, struct buf *out)
{
	struct field field;

	if (!message_find_field(header, SPAN("Subject"), 0, &field))
		return;
	struct span subject = span_trim(field.value);
	if (subject.len == 0 || subject.len > SUBJECT_MAX)
		return;
	for (size_t i = 0; i < subject.len; i++)
		if (shown_bytes(subject.at[i]) > 1 || (subject.at[i] == '=' && i + 1 < subject.len && subject.at[i + 1] == '?'))
			return;
	buf_printf(out, " \"%.*s\"", (int)subject.len, subject.at);
}

static void write_summary(struct writer *w, const struct bounce_job *job, struct span header,
                          const struct report_context *c)
{
	struct buf mail = { 0 };

	add_prose(w, "", "This is the mail system at %s.", c->hostname);
	end_line(w);
	buf_add_text(&mail, "Your mail");
	quote_subject(header, &mail);
	buf_add_text(&mail, " of ");
	add_date(&mail, job->arrival_ms);
	if (job->recipient_count == 1)
		buf_add_text(&mail, " was not delivered to the recipient below");
	else
		buf_printf(&mail, " was not delivered to the %zu recipients below", job->recipient_count);
	buf_add_text(&mail, ", and it is not tried any more. To reach them it has to be sent again.");
	add_wrapped(w, "", buf_span(&mail));
	end_line(w);
	buf_free(&mail);
}

static void write_who(struct writer *w, const struct bounce_recipient *r, const struct report_context *c)
{
	const char *said = r->fault.kind == FAULT_TEMPORARY ? "It was tried until its time was over. The last time " : "";

	if (r->relay && *r->relay)
		add_prose(w, "    ", "%s%s said:", *said ? said : "The server ", r->relay);
	else
		add_prose(w, "    ", "%sthis host, %s, %s:", *said ? said : "No other server was asked: ", c->hostname,
		          *said ? "found" : "says");
}

static void write_recipient(struct writer *w, const struct bounce_recipient *r, const struct report_context *c)
{
	struct report_meaning m = report_meaning_of(&r->fault);

	buf_add_byte(w->out, '<');
	add_foreign(w, span_of(r->address), "  ");
	add_line(w, ">");
	if (r->original && *r->original && strcmp(r->original, r->address) != 0)
		add_prose(w, "    ", "(written as %s)", r->original);
	write_who(w, r, c);
	add_paragraphs(w, "        ", span_of(r->fault.text));
	add_prose(w, "    ", "This means (%s): %s", r->fault.status, m.means);
	add_prose(w, "    ", "What you can do: %s", m.advice);
	end_line(w);
}

/* In full while there is room, then by name, then by number. */
static void write_recipients(struct writer *w, const struct bounce_job *job, const struct report_context *c)
{
	size_t i = 0;

	for (; i < job->recipient_count && w->out->len < DETAILS_MAX; i++)
		write_recipient(w, &job->recipients[i], c);
	if (i == job->recipient_count)
		return;
	add_line(w, "For want of room, of these others just the addresses:");
	for (; i < job->recipient_count && w->out->len < NAMES_MAX; i++)
		add_prose(w, "    ", "<%s> %s", job->recipients[i].address, job->recipients[i].fault.status);
	if (i < job->recipient_count)
		add_prose(w, "", "... and %zu more.", job->recipient_count - i);
	end_line(w);
}

static struct span line_of(struct span *rest)
{
	struct span line = span_cut(rest, '\n');

	if (line.len > 0 && line.at[line.len - 1] == '\r')
		line.len--;
	return line;
}

static size_t shown_length(struct span s)
{
	size_t bytes = 2;

	for (size_t i = 0; i < s.len; i++)
		bytes += shown_bytes(s.at[i]);
	return bytes + 4 * (bytes / LINE_MAX_BYTES);
}

static void write_original(struct writer *w, const struct bounce_job *job, struct span header, size_t start)
{
	add_line(w, "The header of your mail:");
	end_line(w);
	while (header.len > 0) {
		struct span line = line_of(&header);
		if (w->out->len - start + shown_length(line) > REPORT_MAX - TAIL_BYTES) {
			add_line(w, "(cut here)");
			break;
		}
		add_foreign(w, line, " ");
		end_line(w);
	}
	end_line(w);
	add_prose(w, "", "(queue id %s)", job->queue_id);
}

void report_write(const struct bounce_job *job, struct span header, const struct report_context *c,
                  struct buf *out)
{
	struct writer w = { out, out->len };
	size_t start = out->len;

	write_header(&w, job, header, c);
	write_summary(&w, job, header, c);
	write_recipients(&w, job, c);
	write_original(&w, job, header, start);
}
