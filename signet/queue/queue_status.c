/* SPDX-License-Identifier: ISC */
#include "signet/queue/queue_status.h"

#include "base/conf/config.h"
#include "base/escape.h"
#include "base/view/control.h"
#include "signet/talk/ask.h"
#include "signet/talk/complain.h"

#include <sysexits.h>

/* ---- asking ---- */

static int add_row(void *context, struct span text)
{
	struct listing_entry entry;

	if (listing_decode(text, &entry) < 0)
		return 0;
	queue_summary_add(context, &entry);
	listing_entry_free(&entry);
	return 0;
}

int queue_status_ask(const struct settings *s, struct queue_status *out, struct fault *f)
{
	struct submit_query status = { (enum submit_operation)CONTROL_STATUS, SPAN("") }, list = { SUBMIT_LIST, SPAN("") };

	*out = (struct queue_status){ 0 };
	if (ask_has_signetd(s, f) < 0 || control_ask(s->control, status, NULL, NULL, &out->counters, f) < 0 ||
	    control_ask(s->control, list, add_row, &out->waits, NULL, f) < 0) {
		queue_status_free(out);
		return -1;
	}
	sticky_ask(s->control, &out->blocks);
	return 0;
}

void queue_status_free(struct queue_status *q)
{
	buf_free(&q->counters);
	queue_summary_free(&q->waits);
	sticky_list_free(&q->blocks);
}

struct span queue_status_text(const struct queue_status *q, const char *name)
{
	struct span rest = buf_span(&q->counters);

	while (rest.len > 0) {
		struct span line = span_cut(&rest, '\n');
		if (span_eq(span_cut(&line, ' '), span_of(name)))
			return line;
	}
	return SPAN("");
}

unsigned long long queue_status_number(const struct queue_status *q, const char *name)
{
	unsigned long long n = 0;

	return span_number(queue_status_text(q, name), UINT32_MAX, &n) ? n : 0;
}

/* ---- for people ---- */

/* "3d 4h", "12m 5s" */
static void print_span_of_time(unsigned long long seconds, struct buf *out)
{
	static const struct { unsigned seconds; const char *unit; } units[] = { { 86400, "d" }, { 3600, "h" }, { 60, "m" }, { 1, "s" } };
	unsigned parts = 0;

	for (size_t i = 0; i < sizeof units / sizeof units[0] && parts < 2; i++) {
		unsigned long long n = seconds / units[i].seconds;
		seconds %= units[i].seconds;
		if (n == 0 && parts == 0 && units[i].seconds > 1)
			continue;
		buf_printf(out, "%s%llu%s", parts++ ? " " : "", n, units[i].unit);
	}
}

void queue_status_print(const struct queue_status *q, const struct settings *s, struct buf *out)
{
	buf_add_text(out, "signetd   ");
	escape_for_terminal(out, queue_status_text(q, "version"));
	buf_add_text(out, ", for ");
	print_span_of_time(queue_status_number(q, "uptime_s"), out);
	buf_printf(out, "; %llu sessions; the store is ", queue_status_number(q, "sessions"));
	escape_for_terminal(out, queue_status_text(q, "store"));
	buf_add_text(out, span_eq(queue_status_text(q, "draining"), SPAN("yes")) ? "; about to start again\n" : "\n");
	buf_add_text(out, "queue     ");
	queue_summary_print_totals(&q->waits, out);
	buf_add_byte(out, '\n');
	queue_summary_print_reasons(&q->waits, out);
	unsigned long long bad = queue_status_number(q, "drop_bad");
	buf_printf(out, "drop      %llu to be taken in%s\n", queue_status_number(q, "drop_waiting"), bad ? "" : ", none unreadable");
	if (bad)
		buf_printf(out, "          %llu cannot be read and are kept as *.bad in %s\n", bad, s->drop);
	if (q->blocks.count == 0)
		buf_add_text(out, "blocks    no receiver distrusts this host\n");
	else
		buf_printf(out, "blocks    %zu receiver%s this host: signet route --sticky says more\n", q->blocks.count,
		           q->blocks.count == 1 ? " distrusts" : "s distrust");
	for (size_t i = 0; i < q->blocks.detour_count; i++) {
		const struct control_detour *d = &q->blocks.detours[i];
		buf_printf(out, "detour    mail that would go straight by IPv%u goes via %s: our address was %s and is %s; signet route --sticky "
		           "says more\n", (unsigned)d->family, d->via, d->before, d->address);
	}
	if (span_eq(queue_status_text(q, "dns_answered_s"), SPAN("never"))) {
		buf_add_text(out, "DNS       was not needed, or has not answered yet\n");
	} else {
		buf_add_text(out, "DNS       answered ");
		print_span_of_time(queue_status_number(q, "dns_answered_s"), out);
		buf_add_text(out, " ago\n");
	}
}

int queue_status(bool counters)
{
	struct queue_status status;
	struct buf out = { 0 };
	struct settings s;
	struct fault f = { 0 };

	if (counters) {
		int result = ask_signetd(CONTROL_STATUS, SPAN(""), NULL, NULL, &out);
		ask_print_end(&out);
		return result;
	}
	if (config_load(config_file(NULL), &s, &f) < 0)
		return complain(&f);
	int result = queue_status_ask(&s, &status, &f);
	if (result == 0)
		queue_status_print(&status, &s, &out);
	ask_print(&out);
	queue_status_free(&status);
	settings_free(&s);
	return result < 0 ? complain(&f) : EX_OK;
}
