/* SPDX-License-Identifier: ISC */
#include "relay/queue/suppress.h"

#include "base/mail/date.h"
#include "base/view/trace.h"
#include "relay/queue_id.h"

#include <stdlib.h>

enum { DAY_MS = 24 * 3600 * 1000 };

bool suppress_counts(const struct reply *r, bool alone)
{
	return r->kind == FAULT_PERMANENT && r->code >= 500 && !r->expired && !r->contradicts && reply_about(r) == REFUSAL_USER &&
	       (r->step == STEP_RCPT || (alone && r->step == STEP_DOT));
}

void suppress_delivered(struct store *s, const char *address)
{
	store_forget_refused(s, address);
}

void suppress_failed(struct store *s, const char *address, uint64_t message, const struct reply *r, bool alone, int64_t now_ms)
{
	if (suppress_counts(r, alone))
		store_save_refused(s, address, now_ms, message, r);
}

int64_t suppress_until(const struct settings *s, const struct store_refused *r)
{
	return s->suppress_ms > 0 ? r->refused_ms + s->suppress_ms : 0;
}

int64_t suppress_keeps_ms(const struct settings *s)
{
	int64_t history_ms = (int64_t)TRACE_HISTORY_DAYS * DAY_MS;

	return s->suppress_ms > history_ms ? s->suppress_ms : history_ms;
}

static char *explain(const struct settings *s, const struct store_refused *r)
{
	struct buf out = { 0 };

	buf_printf(&out, "not tried: %s refused it on ", r->reply.relay);
	date_print(r->refused_ms, DATE_UTC, &out);
	buf_add_text(&out, ", and the setting suppress keeps mail from it until ");
	date_print(suppress_until(s, r), DATE_UTC, &out);
	buf_printf(&out, "; where it takes mail now, the administrator of this host runs: signet suppress remove %s; it said: ",
	           r->address);
	reply_print_words(&r->reply, &out);
	return buf_take(&out);
}

void suppress_recipients(struct store *s, const struct settings *settings, struct submission *part, int64_t now_ms)
{
	struct store_refused known;

	if (settings->suppress_ms == 0 || part->sender[0] == '\0')
		return;
	for (size_t i = 0; i < part->recipient_count; i++) {
		struct submission_recipient *r = &part->recipients[i];
		if (r->refused[0] || !store_load_refused(s, r->address, &known))
			continue;
		if (suppress_until(settings, &known) > now_ms) {
			free(r->refused);
			free(r->refused_status);
			r->refused = explain(settings, &known);
			r->refused_status = mem_text(known.reply.status);
		}
		store_refused_free(&known);
	}
}
