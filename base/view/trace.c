/* SPDX-License-Identifier: ISC */
#include "base/view/trace.h"

#include "base/escape.h"
#include "base/mail/refusal.h"

#include <stdlib.h>
#include <time.h>

enum { TRACE_VERSION = 3, LABEL_WIDTH = 13 };

static const char *const state_names[] = { "active", "deferred", "hold", "delivered", "bounced", "deleted" };

static const struct shape_field trace_recipient_fields[] = {
	FIELD(trace_recipient, address),
	FIELD(trace_recipient, original),
	FIELD(trace_recipient, via),
	FIELD(trace_recipient, relay),
	FIELD(trace_recipient, status),
	FIELD(trace_recipient, reply),
	FIELD(trace_recipient, reason),
	FIELD_BELOW(trace_recipient, state, TRACE_DELETED + 1),
	FIELD(trace_recipient, tries),
	FIELD(trace_recipient, next_try_ms),
	FIELD(trace_recipient, done_ms),
};
static const struct shape trace_recipient_shape = SHAPE_OF(trace_recipient, trace_recipient_fields);

static const struct shape_field trace_entry_fields[] = {
	FIELD_VERSION(TRACE_VERSION),
	FIELD(trace_entry, queue_id),
	FIELD(trace_entry, sender),
	FIELD(trace_entry, message_id),
	FIELD(trace_entry, program),
	FIELD(trace_entry, unit),
	FIELD(trace_entry, container),
	FIELD(trace_entry, envid),
	FIELD(trace_entry, about),
	FIELD(trace_entry, reports),
	FIELD(trace_entry, parts),
	FIELD(trace_entry, header),
	FIELD(trace_entry, uid),
	FIELD(trace_entry, arrival_ms),
	FIELD(trace_entry, finished_ms),
	FIELD(trace_entry, size_bytes),
	FIELD_ARRAY(trace_entry, recipients, recipient_count, trace_recipient, TRACE_RECIPIENTS_MAX),
};
const struct shape trace_entry_shape = SHAPE_OF(trace_entry, trace_entry_fields);

void trace_encode(const struct trace_entry *e, struct buf *out)
{
	shape_encode(&trace_entry_shape, e, out);
}

int trace_decode(struct span in, struct trace_entry *out)
{
	return shape_decode(&trace_entry_shape, in, out);
}

void trace_entry_free(struct trace_entry *e)
{
	shape_free(&trace_entry_shape, e);
}

/* ---- for people ---- */

static void add_label(struct buf *out, const char *label)
{
	buf_printf(out, "%-*s", LABEL_WIDTH, label);
}

/* In the reader's time zone, which is named; a time beyond what libc knows is "-". */
static void add_time(struct buf *out, int64_t wall_ms)
{
	time_t seconds = (time_t)(wall_ms / 1000);
	struct tm local;
	char text[64] = "-";

	if (localtime_r(&seconds, &local))
		strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S %z", &local);
	buf_add_text(out, text);
}

static void add_line(struct buf *out, const char *label, const char *text)
{
	if (text[0] == '\0')
		return;
	add_label(out, label);
	escape(out, span_of(text));
	buf_add_byte(out, '\n');
}

static void add_path(struct buf *out, const char *address)
{
	buf_add_byte(out, '<');
	escape(out, span_of(address));
	buf_add_byte(out, '>');
}

void trace_print_message(struct buf *out, const struct trace_entry *e)
{
	add_line(out, "Queue id:", e->queue_id);
	add_label(out, "Sender:");
	add_path(out, e->sender);
	buf_add_byte(out, '\n');
	add_line(out, "Message-ID:", e->message_id);
	add_line(out, "Envelope id:", e->envid);
	add_label(out, "Arrived:");
	add_time(out, e->arrival_ms);
	buf_printf(out, ", %llu bytes, from uid %lu", (unsigned long long)e->size_bytes, (unsigned long)e->uid);
	if (e->program[0]) {
		buf_add_text(out, " (");
		escape(out, span_of(e->program));
		buf_add_byte(out, ')');
	}
	buf_add_byte(out, '\n');
	add_line(out, "Unit:", e->unit);
	add_line(out, "Container:", e->container);
	add_line(out, "Report on:", e->about);
	add_line(out, "Reports:", e->reports);
	add_line(out, "Sent with:", e->parts);
	add_label(out, "Finished:");
	if (e->finished_ms)
		add_time(out, e->finished_ms);
	else
		buf_add_text(out, "no, it is in the queue");
	buf_add_byte(out, '\n');
}

static void add_foreign(struct buf *out, const char *before, const char *text)
{
	if (text[0] == '\0')
		return;
	buf_add_text(out, before);
	escape(out, span_of(text));
}

static void print_recipient(struct buf *out, const struct trace_recipient *r)
{
	add_label(out, "Recipient:");
	add_path(out, r->address);
	if (r->original[0] && strcmp(r->original, r->address) != 0) {
		add_foreign(out, " (as ", r->original);
		buf_add_byte(out, ')');
	}
	buf_printf(out, ", %s", state_names[r->state]);
	if (r->done_ms) {
		buf_add_byte(out, ' ');
		add_time(out, r->done_ms);
	}
	buf_printf(out, ", %u tr%s", r->tries, r->tries == 1 ? "y" : "ies");
	if (r->next_try_ms) {
		buf_add_text(out, ", next ");
		add_time(out, r->next_try_ms);
	}
	add_foreign(out, ", via ", r->via);
	if (strcmp(r->relay, "none") != 0)
		add_foreign(out, ", relay ", r->relay);
	buf_add_byte(out, '\n');
	if (r->reply[0] == '\0')
		return;
	buf_printf(out, "%*s", LABEL_WIDTH, "");
	if (r->status[0] && !span_starts_nocase(span_of(r->reply), span_of(r->status))) {
		escape(out, span_of(r->status));
		buf_add_byte(out, ' ');
	}
	escape(out, span_of(r->reply));
	buf_add_byte(out, '\n');
	/* In the words of the bounce, of blocked sites and of signet explain. */
	const struct refusal_reason *why = refusal_reason_named(r->reason);
	if (why->means[0])
		buf_printf(out, "%*smeaning: %s\n%*sto do: %s\n", LABEL_WIDTH, "", why->means, LABEL_WIDTH, "", why->advice);
}

void trace_print_recipients(struct buf *out, const struct trace_entry *e)
{
	for (size_t i = 0; i < e->recipient_count; i++)
		print_recipient(out, &e->recipients[i]);
}

void trace_print_header(struct buf *out, const struct trace_entry *e)
{
	struct span rest = span_of(e->header);

	if (rest.len > 0)
		buf_add_text(out, "Header section:\n");
	while (rest.len > 0) {
		struct span line = span_cut(&rest, '\n');
		if (line.len > 0 && line.at[line.len - 1] == '\r')
			line.len--;
		buf_add_text(out, "    ");
		escape(out, line);
		buf_add_byte(out, '\n');
	}
}

/* ---- for programs ---- */

/* Words between blanks as an array. */
static void add_words(struct json *j, const char *name, const char *words)
{
	struct span rest = span_of(words);

	json_array(j, name);
	while (rest.len > 0)
		json_span(j, NULL, span_cut(&rest, ' '));
	json_end(j);
}

void trace_json_message(struct json *j, const struct trace_entry *e)
{
	json_object(j, NULL);
	json_text(j, "queue_id", e->queue_id);
	json_text(j, "sender", e->sender);
	json_text(j, "message_id", e->message_id);
	json_text(j, "envelope_id", e->envid);
	json_number(j, "uid", e->uid);
	json_text(j, "program", e->program);
	json_text(j, "unit", e->unit);
	json_text(j, "container", e->container);
	json_number(j, "arrival_time", e->arrival_ms / 1000);
	json_number(j, "finished_time", e->finished_ms / 1000);
	json_number(j, "message_size", (int64_t)e->size_bytes);
	json_text(j, "report_on", e->about);
	add_words(j, "reports", e->reports);
	add_words(j, "sent_with", e->parts);
	if (e->header[0])
		json_text(j, "header", e->header);
	json_array(j, "recipients");
}

void trace_json_recipients(struct json *j, const struct trace_entry *e)
{
	for (size_t i = 0; i < e->recipient_count; i++) {
		const struct trace_recipient *r = &e->recipients[i];
		json_object(j, NULL);
		json_text(j, "address", r->address);
		json_text(j, "original", r->original);
		json_text(j, "state", state_names[r->state]);
		json_number(j, "tries", r->tries);
		json_number(j, "next_try", r->next_try_ms / 1000);
		json_number(j, "done_time", r->done_ms / 1000);
		json_text(j, "via", r->via);
		json_text(j, "relay", r->relay);
		json_text(j, "status", r->status);
		json_text(j, "reply", r->reply);
		json_text(j, "reason", r->reason);
		json_text(j, "means", refusal_reason_named(r->reason)->means);
		json_text(j, "advice", refusal_reason_named(r->reason)->advice);
		json_end(j);
	}
}

void trace_json_end(struct json *j)
{
	json_end(j);
	json_end(j);
	buf_add_byte(j->out, '\n');
}
