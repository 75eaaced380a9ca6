/* SPDX-License-Identifier: ISC */
#include "signet/status/ready.h"

#include "base/view/control.h"
#include "signet/queue/queue_status.h"

#include <unistd.h>

static const char kept[] = "what is sent now is kept in the drop folder";

bool ready_by_counters(struct span counters, struct buf *why)
{
	struct queue_status q = { 0 };

	buf_add_span(&q.counters, counters);
	struct span store = queue_status_text(&q, "store"), draining = queue_status_text(&q, "draining");
	bool stores = span_eq(store, SPAN("good")), goes_on = span_eq(draining, SPAN("no"));
	if (!stores && store.len == 0)
		buf_add_text(why, "signetd does not say how its store is; are signet and signetd of one version?");
	else if (!stores)
		buf_printf(why, "the store cannot be written: %.*s; %s", (int)store.len, store.at, kept);
	else if (!goes_on)
		buf_printf(why, "signetd finishes what is open, to stop or to begin again; %s", kept);
	queue_status_free(&q);
	return stores && goes_on;
}

/* One row is answer enough. */
static int heard(void *context, struct span row)
{
	bool *answers = context;

	(void)row;
	*answers = true;
	return 1;
}

bool ready_ask(const struct settings *s, struct buf *why)
{
	struct submit_query status = { (enum submit_operation)CONTROL_STATUS, SPAN("") }, list = { SUBMIT_LIST, SPAN("") };
	struct fault f = { 0 };
	bool answers = false;

	if (settings_have_no_queue(s))
		return true;
	bool is_owner = access(s->control, R_OK | W_OK) == 0 || access(s->socket, R_OK | W_OK) < 0;
	if (is_owner) {
		struct buf counters = { 0 };
		bool is_ready = false;
		if (control_ask(s->control, status, NULL, NULL, &counters, &f) < 0)
			buf_add_text(why, f.text);
		else
			is_ready = ready_by_counters(buf_span(&counters), why);
		buf_free(&counters);
		if (!is_ready)
			return false;
	}
	/* A pickup and the queue behind it. */
	if (control_ask(s->socket, list, heard, &answers, NULL, &f) == 0 || answers)
		return true;
	buf_printf(why, "submissions are not heard: %s", f.text);
	return false;
}
