/* SPDX-License-Identifier: ISC */
/*
 * A test message: accepted, signed and sent as any other, but with a
 * destination, and so a session, for itself, so that all of the dialogue is
 * seen by who asked. When nobody watches any more it goes on as ordinary mail.
 */
#include "relay/queue/look_state.h"

#include "base/mail/address.h"
#include "base/mail/date.h"
#include "base/view/control.h"
#include "relay/queue/accept.h"
#include "relay/queue/destination.h"
#include "relay/queue/store_destination.h"
#include "relay/queue/watch.h"
#include "relay/queue_id.h"

#include <stdlib.h>

/* ---- telling ---- */

void look_test_tell(struct queue *q, struct look *l)
{
	struct watch_event *seen;
	struct buf row = { 0 };

	while (!l->over && (seen = watch_fetch(q, l->destination)) != NULL) {
		if (seen->last) {
			look_sink_end(q, &l->sink, seen->text);
			l->over = true;
		} else if (look_sink_has_room(q, &l->sink)) {
			struct control_event e = { .side = seen->side, .text = seen->text };
			e.after_ms = seen->boot_ms > l->begun_boot_ms ? (uint32_t)(seen->boot_ms - l->begun_boot_ms) : 0;
			buf_clear(&row);
			control_event_encode(&e, &row);
			look_sink_row(q, &l->sink, buf_span(&row));
		}
		watch_event_free(seen);
	}
	buf_free(&row);
}

void look_test_left(struct queue *q, struct look *l)
{
	if (l->destination)
		watch_end(q, l->destination);
}

/* ---- the message ---- */

/* Both are what they were when it was accepted and when it is told of. */
static void describe(const struct queue *q, const struct look *l, struct submission *s, struct submission_recipient *r)
{
	char *none = (char *)(uintptr_t)"";

	*r = (struct submission_recipient){
		.address = l->selection.recipient, .original = l->selection.recipient, .notify = NOTIFY_NEVER, .orcpt = none,
		.refused = none,
	};
	*s = (struct submission){
		.sender = l->selection.sender, .envid = none, .message_id = l->message_name, .held = none, .body_file = none,
		.program = (char *)(uintptr_t)"signet test", .arrival_ms = q->wall_ms, .no_data = l->selection.no_data, .recipients = r, .recipient_count = 1,
		.size_bytes = l->message.size_bytes,
	};
}

static uint64_t accept_message(struct queue *q, struct look *l)
{
	struct submission s;
	struct submission_recipient r;
	struct buf message = { 0 }, date = { 0 };
	uint64_t serial = queue_ticket(q);
	bool known;

	date_print(q->wall_ms, DATE_UTC, &date);
	buf_printf(&message, "From: %s\r\nTo: %s\r\nSubject: Test message from %s\r\nDate: %s\r\nMessage-ID: <%s>\r\n"
	           "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n",
	           l->selection.sender, l->selection.recipient, q->settings->hostname, buf_text(&date), l->message_name);
	buf_free(&date);
	buf_printf(&message, "This is a test of mail from %s. Its administrator sent it to\r\n"
	           "see whether mail from there reaches you. You need not do anything.\r\n", q->settings->hostname);
	l->message.size_bytes = message.len;
	describe(q, l, &s, &r);
	memcpy(s.id, &serial, sizeof serial);
	s.message = buf_span(&message);
	s.from_domain = mem_text_span(address_domain(span_of(s.sender)));
	uint64_t id = accept_part(q, &s, &known);
	free(s.from_domain);
	buf_free(&message);
	return id;
}

/* Its one recipient goes to a destination that no other mail has. */
static void put_alone(struct queue *q, struct look *l, struct place *place)
{
	struct store_waiting w;
	struct reply none = { 0 };
	uint64_t after = 0;
	int64_t wake_ms;

	if (store_waiting(q->store, l->message.id, &after, &w, 1) == 0)
		return;
	place->via.alone = true;
	place->via.number = queue_ticket(q);
	l->destination = store_destination_id(q->store, buf_text(&place->domain), &place->via, &wake_ms);
	store_move_recipient(q->store, w.id, w.address, l->destination, q->wall_ms, &none);
	if (l->destination)
		destination_mail_came(q, l->destination, wake_ms, w.lane);
	store_waiting_free(&w);
}

static int find_place(struct queue *q, const struct look *l, struct place *place, struct fault *f)
{
	const char *via = l->selection.via;
	struct placed to;

	accept_place(q, l->selection.recipient, true, l->selection.sender, place, &to);
	if (via && !place_chosen(q->settings, span_of(l->selection.recipient), span_of(via), place))
		return fault_set(f, FAULT_PERMANENT, "5.5.4", "the configuration has no next hop \"%s\": name mx or a smarthost",
		                 via);
	if (place->held.kind != FAULT_NONE) {
		*f = place->held;
		f->kind = FAULT_PERMANENT;
		return -1;
	}
	struct buf names = { 0 };
	via_names_text(&place->via, &names);
	bool is_local = strcmp(buf_text(&names), LOCAL_HOP) == 0;
	buf_free(&names);
	if (l->selection.no_data && is_local)
		return fault_set(f, FAULT_PERMANENT, "5.5.4", "mail for %s stays on this host: there is no server to ask", l->selection.recipient);
	return 0;
}

static int begin(struct queue *q, struct look *l, struct fault *f)
{
	const struct selection *s = &l->selection;
	struct place place = { 0 };
	struct buf name = { 0 };

	if (q->store_bad || q->draining)
		return fault_set(f, FAULT_TEMPORARY, "4.3.2", "signetd takes no mail now: signet queue status says why");
	if (s->sender == NULL || s->recipient == NULL)
		return fault_set(f, FAULT_PERMANENT, "5.5.4", "a test needs a sender and a recipient");
	if (address_check(span_of(s->sender), f) < 0 || address_check(span_of(s->recipient), f) < 0)
		return -1;
	if (address_needs_utf8(span_of(s->sender)) || address_needs_utf8(span_of(s->recipient)))
		return fault_set(f, FAULT_PERMANENT, "5.6.7", "a test is sent between addresses in ASCII only");
	if (find_place(q, l, &place, f) < 0) {
		place_free(&place);
		return -1;
	}
	buf_printf(&name, "%llx.test@%s", (unsigned long long)queue_ticket(q), q->settings->domain);
	l->message_name = buf_take(&name);
	l->begun_boot_ms = q->boot_ms;
	l->uncommitted = true;
	store_begin(q->store);
	l->message.id = accept_message(q, l);
	put_alone(q, l, &place);
	if (l->destination)
		watch_begin(q, l->destination, l->message.id);
	place_free(&place);
	return 0;
}

void look_test_committed(struct queue *q, const struct committed *c, struct look *l)
{
	char queue_id[QUEUE_ID_TEXT];
	struct submission s;
	struct submission_recipient r;

	if (!l->uncommitted)
		return;
	l->uncommitted = false;
	describe(q, l, &s, &r);
	accept_log(c, &s, l->message.id, q->wall_ms, true);
	queue_id_print(l->message.id, queue_id);
	if (s.no_data)
		watch_note(q, l->destination, "asking as %s, from <%s>; no message is sent", queue_id, s.sender);
	else
		watch_note(q, l->destination, "accepted as %s, from <%s>, %llu bytes", queue_id, s.sender,
		           (unsigned long long)s.size_bytes);
}

/* What happens to the message goes on, and it is over when that has its end. */
static bool step(struct queue *q, struct look *l)
{
	(void)q;
	(void)l;
	return false;
}

const struct look_kind look_test = {
	.operation = CONTROL_TEST, .writes = true, .begin = begin, .step = step,
};
