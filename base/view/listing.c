/* SPDX-License-Identifier: ISC */
#include "base/view/listing.h"

#include "base/escape.h"
#include "base/json.h"

#include <time.h>

/* mailq and signetd may be of different versions during an upgrade. */
enum { LISTING_VERSION = 1, ID_WIDTH = 16, SENDER_COLUMN = 48 };

static const char *const state_names[] = { "active", "deferred", "hold" };
static const char state_marks[] = { '*', ' ', '!' };

static const struct shape_field listing_recipient_fields[] = {
	FIELD(listing_recipient, address),
	FIELD(listing_recipient, reason),
	FIELD(listing_recipient, status),
	FIELD(listing_recipient, next_hop),
};
static const struct shape listing_recipient_shape = SHAPE_OF(listing_recipient, listing_recipient_fields);

static const struct shape_field listing_entry_fields[] = {
	FIELD_VERSION(LISTING_VERSION),
	FIELD(listing_entry, queue_id),
	FIELD(listing_entry, arrival_ms),
	FIELD(listing_entry, next_try_ms),
	FIELD(listing_entry, size_bytes),
	FIELD(listing_entry, uid),
	FIELD(listing_entry, sender),
	FIELD_BELOW(listing_entry, state, LISTING_HELD + 1),
	FIELD(listing_entry, waiting),
	FIELD_ARRAY(listing_entry, recipients, recipient_count, listing_recipient, LISTING_RECIPIENTS_MAX),
};
const struct shape listing_entry_shape = SHAPE_OF(listing_entry, listing_entry_fields);

void listing_encode(const struct listing_entry *e, struct buf *out)
{
	struct listing_entry row = *e;

	if (row.recipient_count > LISTING_RECIPIENTS_MAX)
		row.recipient_count = LISTING_RECIPIENTS_MAX;
	shape_encode(&listing_entry_shape, &row, out);
}

int listing_decode(struct span in, struct listing_entry *out)
{
	return shape_decode(&listing_entry_shape, in, out);
}

void listing_entry_free(struct listing_entry *e)
{
	shape_free(&listing_entry_shape, e);
}

/* ---- for people ---- */

void listing_print_header(struct buf *out)
{
	buf_printf(out, "%-*s --Size-- ----Arrival Time---- -Sender/Recipient-------\n", ID_WIDTH + 1, "-Queue ID-");
}

static void add_address(struct buf *out, const char *address)
{
	if (address[0] == '\0')
		buf_add_text(out, "MAILER-DAEMON");
	else
		escape_for_terminal(out, span_of(address));
}

void listing_print_entry(struct buf *out, const struct listing_entry *e)
{
	struct buf id = { 0 };
	const char *reason = "";

	escape_for_terminal(&id, span_of(e->queue_id));
	buf_printf(out, "%-*s%c %8llu ", ID_WIDTH, buf_text(&id), state_marks[e->state],
	           (unsigned long long)e->size_bytes);
	/* ctime(3)'s form without the year, in the reader's time zone; a time beyond what libc knows is shown as "-". */
	time_t seconds = (time_t)(e->arrival_ms / 1000);
	struct tm local;
	char text[32] = "-";
	if (localtime_r(&seconds, &local))
		strftime(text, sizeof text, "%a %b %e %H:%M:%S", &local);
	buf_printf(out, "%-20.20s", text);
	buf_add_byte(out, ' ');
	add_address(out, e->sender);
	buf_add_byte(out, '\n');
	for (size_t i = 0; i < e->recipient_count; i++) {
		/* A reason is said once for the recipients that share it. */
		const struct listing_recipient *r = &e->recipients[i];
		if (r->reason[0] != '\0' && strcmp(r->reason, reason) != 0) {
			buf_add_text(out, "    (");
			if (r->status[0] != '\0' && !span_starts_nocase(span_of(r->reason), span_of(r->status))) {
				escape_for_terminal(out, span_of(r->status));
				buf_add_byte(out, ' ');
			}
			escape_for_terminal(out, span_of(r->reason));
			buf_add_text(out, ")\n");
		}
		buf_printf(out, "%*s", SENDER_COLUMN, "");
		add_address(out, r->address);
		buf_add_byte(out, '\n');
		reason = e->recipients[i].reason;
	}
	if (e->waiting > e->recipient_count)
		buf_printf(out, "%*sand %zu more\n", SENDER_COLUMN, "", e->waiting - e->recipient_count);
	buf_add_byte(out, '\n');
	buf_free(&id);
}

void listing_print_more(struct buf *out, const struct listing_entry *e)
{
	time_t seconds = (time_t)(e->next_try_ms / 1000);
	struct tm tm;
	char text[40];

	listing_print_entry(out, e);
	if (e->next_try_ms == 0 || gmtime_r(&seconds, &tm) == NULL ||
	    strftime(text, sizeof text, "%Y-%m-%d %H:%M UTC", &tm) == 0)
		return;
	out->len--;              /* before the empty line */
	buf_printf(out, "    next try %s\n\n", text);
}

void listing_print_end(struct buf *out, uint64_t total_bytes, uint64_t requests)
{
	if (requests == 0)
		buf_add_text(out, "Mail queue is empty\n");
	else
		buf_printf(out, "\t\tTotal requests: %llu\n-- %llu Kbytes in %llu Request%s.\n", (unsigned long long)requests,
		           (unsigned long long)((total_bytes + 1023) / 1024),
		           (unsigned long long)requests, requests == 1 ? "" : "s");
}

/* ---- for programs: Postfix's names (postqueue -j) and ours beside them ---- */

void listing_print_json(struct buf *out, const struct listing_entry *e)
{
	struct json j = { .out = out };

	json_object(&j, NULL);
	json_text(&j, "queue_name", state_names[e->state]);
	json_text(&j, "queue_id", e->queue_id);
	json_number(&j, "arrival_time", e->arrival_ms / 1000);
	json_count(&j, "message_size", e->size_bytes);
	json_text(&j, "sender", e->sender);
	json_count(&j, "uid", e->uid);
	json_number(&j, "next_try", e->next_try_ms / 1000);
	json_count(&j, "waiting", e->waiting);
	json_array(&j, "recipients");
	for (size_t i = 0; i < e->recipient_count; i++) {
		const struct listing_recipient *r = &e->recipients[i];
		json_object(&j, NULL);
		json_text(&j, "address", r->address);
		json_text(&j, "delay_reason", r->reason);
		json_text(&j, "status", r->status);
		json_text(&j, "next_hop", r->next_hop);
		json_end(&j);
	}
	json_end(&j);
	json_end(&j);
	buf_add_byte(out, '\n');
}
