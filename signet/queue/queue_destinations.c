/* SPDX-License-Identifier: ISC */
#include "signet/queue/queue_destinations.h"

#include "base/escape.h"
#include "base/json.h"
#include "signet/talk/ask.h"
#include "signet/talk/say.h"

#include <stdio.h>
#include <sysexits.h>

void queue_destinations_print(struct buf *out, const struct control_destination *d)
{
	char when[SAY_TIME_BYTES];
	const char *comma = ": ";

	escape_for_terminal(out, span_of(d->domain[0] ? d->domain : d->held ? "(held)" : d->via));
	if (d->domain[0] && d->via[0]) {
		buf_add_text(out, " via ");
		escape_for_terminal(out, span_of(d->via));
	}
	if (d->held) {
		buf_printf(out, "%sheld", comma);
		comma = ", ";
	}
	if (d->sessions > 0) {
		buf_printf(out, "%s%u session%s", comma, d->sessions, d->sessions == 1 ? "" : "s");
		comma = ", ";
	}
	if (d->next_try_ms > 0 && !d->held) {
		buf_printf(out, "%snext try %s", comma, say_time(d->next_try_ms / 1000, when));
		comma = ", ";
	}
	if (d->failures > 0) {
		buf_printf(out, "%sfailed %u time%s", comma, d->failures, d->failures == 1 ? "" : "s");
		if (d->tried_ms > 0)
			buf_printf(out, ", last %s", say_time(d->tried_ms / 1000, when));
		comma = ", ";
	}
	if (comma[0] == ':')
		buf_printf(out, "%s%s", comma, d->waits ? "mail is on its way" : "nothing waits");
	buf_add_byte(out, '\n');
	if (d->reply[0] == '\0')
		return;
	buf_add_text(out, "    (");
	if (d->status[0] && !span_starts_nocase(span_of(d->reply), span_of(d->status))) {
		escape_for_terminal(out, span_of(d->status));
		buf_add_byte(out, ' ');
	}
	escape_for_terminal(out, span_of(d->reply));
	buf_add_text(out, ")\n");
}

void queue_destinations_print_json(struct buf *out, const struct control_destination *d)
{
	struct json j = { .out = out };

	json_object(&j, NULL);
	json_text(&j, "domain", d->domain);
	json_text(&j, "via", d->via);
	json_flag(&j, "held", d->held);
	json_flag(&j, "waits", d->waits);
	json_count(&j, "sessions", d->sessions);
	json_count(&j, "failures", d->failures);
	json_number(&j, "last_failure", d->tried_ms / 1000);
	json_number(&j, "next_try", d->next_try_ms / 1000);
	json_text(&j, "status", d->status);
	json_text(&j, "reply", d->reply);
	json_end(&j);
	buf_add_byte(out, '\n');
}

struct shown {
	bool json;
	uint64_t count;
};

static int show_row(void *context, struct span text)
{
	struct shown *s = context;
	struct control_destination d;
	struct buf out = { 0 };

	if (control_destination_decode(text, &d) < 0)
		return ask_skip_row();
	s->count++;
	if (s->json)
		queue_destinations_print_json(&out, &d);
	else
		queue_destinations_print(&out, &d);
	ask_print(&out);
	control_destination_free(&d);
	return 0;
}

int queue_destinations(const struct choice *c, unsigned operation, const char *done)
{
	struct shown shown = { .json = c->json };

	(void)done;
	if (c->filtered) {
		fprintf(stderr, "signet: queue destinations shows all of them and takes neither ids nor filters\n");
		return EX_USAGE;
	}
	int status = ask_signetd(operation, SPAN(""), show_row, &shown, NULL);
	if (status == EX_OK && !c->json && shown.count == 0)
		say("no destination: nothing waits, and nothing is remembered of any");
	return status;
}
