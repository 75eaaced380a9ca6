/* SPDX-License-Identifier: ISC */
#include "signet/trust/sent.h"

#include "base/view/control.h"
#include "base/view/selection.h"
#include "base/view/trace.h"

#include <stdlib.h>
#include <unistd.h>

static int take_trace(void *context, struct span row)
{
	struct sent_mail *m = context;
	struct trace_entry e;

	if (m->found || trace_decode(row, &e) < 0)
		return 0;
	m->found = true;
	m->is_test = strcmp(e.program, "signet test") == 0;
	free(m->queue_id);
	m->queue_id = mem_text(e.queue_id);
	if (e.recipient_count > 0) {
		free(m->recipient);
		m->recipient = mem_text(e.recipients[0].address);
	}
	trace_entry_free(&e);
	return 0;
}

void sent_find(const struct settings *s, const char *message_id, struct sent_mail *out)
{
	struct selection checked = { .uid = -1 };
	struct buf lines = { 0 }, test = { 0 };
	bool ours = access(s->control, R_OK | W_OK) == 0;
	struct fault ignored;

	*out = (struct sent_mail){ .queue_id = mem_text(""), .recipient = mem_text("") };
	if (message_id[0] == '\0')
		return;
	if (selection_set(&checked, SPAN("text"), span_of(message_id), NULL) == 0) {
		buf_printf(&lines, "text %s\n", message_id);
		struct submit_query query = { SUBMIT_TRACE, buf_span(&lines) };
		out->asked = control_ask(ours ? s->control : s->socket, query, take_trace, out, NULL, &ignored) == 0;
	}
	buf_printf(&test, ".test@%s", s->domain);
	if (!out->asked)
		out->is_test = span_ends_nocase(span_of(message_id), buf_span(&test));
	selection_free(&checked);
	buf_free(&lines);
	buf_free(&test);
}

void sent_mail_free(struct sent_mail *m)
{
	free(m->queue_id);
	free(m->recipient);
	*m = (struct sent_mail){ 0 };
}

/* ---- all that was sent ---- */

struct span sent_relay_host(const struct history_count *c)
{
	return (struct span){ c->reply.relay, strcspn(c->reply.relay, "[:") };
}

bool sent_is_local(const struct history_count *c)
{
	return c->domain[0] == '\0' || (c->reply.relay[0] && strchr(c->reply.relay, '[') == NULL);
}
