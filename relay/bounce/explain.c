/* SPDX-License-Identifier: ISC */
#include "relay/bounce/explain.h"

#include "base/mail/date.h"
#include "base/mail/encoded_word.h"
#include "base/mail/meaning.h"
#include "base/mail/message.h"
#include "relay/bounce/text.h"

enum {
	SUBJECT_MAX = 100,
	ENCODED_MAX = 1000,      /* of one that is not longer */
	ADDRESS_MAX = 512,       /* RFC 5321 section 4.5.3.1 has 64 + 1 + 255 */
	RELAY_MAX = 300,
	DETAILS_MAX = 8 * 1024,  /* recipients with all that is known */
	NAMES_MAX = 16 * 1024,   /* and those that are only named, up to here; 4 KiB are for the last of each */
};

/* ` "the subject"` when it is short and all of it can be shown. */
static void quote_subject(const struct text *t, struct span header, struct buf *out)
{
	struct field field;

	if (!message_find_field(header, SPAN("Subject"), 0, &field))
		return;
	struct buf read = { 0 };
	bool shown = field.value.len <= ENCODED_MAX && encoded_text_read(field.value, &read);
	struct span subject = span_trim(buf_span(&read));
	shown = shown && subject.len > 0 && subject.len <= SUBJECT_MAX && !memmem(subject.at, subject.len, "=?", 2);
	for (size_t i = 0, len; shown && i < subject.len; i += len) {
		len = text_shown(t, (struct span){ subject.at + i, subject.len - i });
		shown = len > 0;
	}
	if (shown)
		buf_printf(out, " \"%.*s\"", (int)subject.len, subject.at);
	buf_free(&read);
}

enum { TO_A_MAILBOX = REPORT_KINDS };      /* what REPORT_OF_RELAY is there */

/* What differs between the kinds: "Your mail ... HAPPENED the recipient below, MEANS". */
static const struct {
	const char *happened;
	const char *means;
	bool advice;               /* the reader can do something */
} kinds[] = {
	[REPORT_OF_FAILURE] = { "was not delivered to",
		"and it will not be tried again. To reach them, it has to be sent again.", true },
	[REPORT_OF_DELAY] = { "could not be delivered yet to",
		"and it will be tried again automatically. You need not do anything, and need not send it again. You will hear "
		"of it again only if it cannot be delivered at all.", false },
	[REPORT_OF_RELAY] = { "was passed on for",
		"to a server that does not report what becomes of it. It has probably arrived, but that is not known here.",
		false },
	[TO_A_MAILBOX] = { "was delivered to", "into a mailbox on this host.", false },
};

/* Who says what follows. */
static void write_who(struct text *t, enum report_kind kind, const struct reply *r, const struct bounce_report_context *c)
{
	bool server = r->code != 0;
	const char *before = "";

	/* It was tried until its time was over: not refused permanently by whoever spoke last. */
	if (kind == REPORT_OF_FAILURE && (r->expired || r->kind == FAULT_TEMPORARY))
		before = "It was tried until its time ran out. ";
	if (reply_is_of_mailbox(r) && !before[0] && kind != REPORT_OF_DELAY)
		text_prose(t, "    ", "This host, %s, says:", c->hostname);
	else if (kind == REPORT_OF_RELAY)
		text_prose(t, "    ", "The server %.*s took it and said:", RELAY_MAX, r->relay);
	else if (before[0] || kind == REPORT_OF_DELAY)
		text_prose(t, "    ", server ? "%sThe last time %.*s said:" : "%sThe last time this host, %.*s, found:", before,
		           RELAY_MAX, server ? r->relay : c->hostname);
	else if (server)
		text_prose(t, "    ", "The server %.*s said:", RELAY_MAX, r->relay);
	else
		text_prose(t, "    ", "%shis host, %s, says:", r->relay[0] ? "T" : "No other server was asked: t", c->hostname);
}

static void write_recipient(struct text *t, enum report_kind kind, const struct bounce_recipient *r,
                            const struct bounce_report_context *c)
{
	const struct reply *reply = &r->reply;
	struct meaning m = meaning_of(reply);
	struct buf words = { 0 };

	buf_add_byte(t->out, '<');
	text_foreign(t, text_clipped(r->address, ADDRESS_MAX), "  ");
	text_line(t, ">");
	if (r->original && *r->original && strcmp(r->original, r->address) != 0)
		text_prose(t, "    ", "(written as %.*s)", ADDRESS_MAX, r->original);
	write_who(t, kind, reply, c);
	if (reply->code)
		buf_printf(&words, "%u ", reply->code);
	buf_add_text(&words, reply->text);
	text_paragraphs(t, "        ", buf_span(&words));
	buf_free(&words);
	if (r->earlier && r->earlier[0]) {
		text_prose(t, "    ", "It went that way because another way was closed:");
		text_paragraphs(t, "        ", span_of(r->earlier));
	}
	if (kind != REPORT_OF_RELAY)
		text_prose(t, "    ", "This means (%s): %s", reply->status, m.means);
	/* RFC 5321 section 4.2.1: the first digit counts, whatever the words say. */
	if (reply->contradicts && reply->kind == FAULT_PERMANENT && !reply->expired)
		text_prose(t, "    ", "The server contradicts itself: its words say that a later try may succeed, and its code "
		           "(%u) that none will. The code decides, so it was not tried again; whoever runs that server can fix "
		           "this.", reply->code);
	if (kinds[kind].advice)
		text_prose(t, "    ", "What you can do: %s", m.advice);
	if (kinds[kind].advice && m.owner[0])
		text_prose(t, "    ", "What whoever runs the server that sent it can do: %s", m.owner);
	text_end_line(t);
}

void explain_write(const struct bounce_job *job, struct span header, const struct bounce_report_context *c, bool utf8,
                   struct buf *out)
{
	struct text t = { .out = out, .line_start = out->len, .utf8 = utf8 };
	struct buf mail = { 0 };
	size_t start = out->len, i = 0;
	bool is_mailbox = job->kind == REPORT_OF_RELAY && job->recipient_count > 0 && reply_is_of_mailbox(&job->recipients[0].reply);
	size_t kind = is_mailbox ? TO_A_MAILBOX : job->kind;

	text_prose(&t, "", "This is the mail system at %s.", c->hostname);
	text_end_line(&t);
	buf_add_text(&mail, "Your mail");
	quote_subject(&t, header, &mail);
	buf_add_text(&mail, " of ");
	date_print(job->arrival_ms, DATE_UTC, &mail);
	buf_printf(&mail, " %s the ", kinds[kind].happened);
	if (job->recipient_count != 1)
		buf_printf(&mail, "%zu ", job->recipient_count);
	buf_printf(&mail, "recipient%s below, %s", job->recipient_count == 1 ? "" : "s", kinds[kind].means);
	if (job->kind == REPORT_OF_DELAY && job->recipient_count > 0 && job->recipients[0].until_ms > 0) {
		buf_add_text(&mail, " It will be tried until ");
		date_print(job->recipients[0].until_ms, DATE_UTC, &mail);
	}
	if (mail.at[mail.len - 1] != '.')
		buf_add_byte(&mail, '.');
	text_wrapped(&t, "", buf_span(&mail));
	text_end_line(&t);
	buf_free(&mail);
	/* The recipients in full while there is room, then by name, then by number. */
	for (; i < job->recipient_count && out->len - start < DETAILS_MAX; i++)
		write_recipient(&t, job->kind, &job->recipients[i], c);
	if (i < job->recipient_count) {
		text_line(&t, "For lack of room, only the addresses of these others:");
		for (; i < job->recipient_count && out->len - start < NAMES_MAX; i++)
			text_prose(&t, "    ", "<%.*s> %s", ADDRESS_MAX, job->recipients[i].address, job->recipients[i].reply.status);
		if (i < job->recipient_count)
			text_prose(&t, "", "... and %zu more.", job->recipient_count - i);
		text_end_line(&t);
	}
	text_prose(&t, "", "(queue id %s)", job->queue_id);
}
