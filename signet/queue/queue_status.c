#include "signet/queue/queue_status.h"

#include "base/conf/config.h"
#include "base/view/control.h"
#include "signet/queue/queue_summary.h"
#include "signet/talk/ask.h"
#include "signet/talk/complain.h"
#include "signet/talk/say.h"
#include "signet/way/sticky.h"

#include <stdio.h>
#include <sysexits.h>

/* ---- signetd's counters ---- */

/* The value after the name, or "". */
static struct span counter_text(struct buf *counters, const char *name)
{
	struct span rest = buf_span(counters);

	while (rest.len > 0) {
		struct span line = span_cut(&rest, '\n');
		if (span_eq(span_cut(&line, ' '), span_of(name)))
			return line;
	}
	return SPAN("");
}

static unsigned long long counter_number(struct buf *counters, const char *name)
{
	unsigned long long n = 0;

	return span_number(counter_text(counters, name), UINT32_MAX, &n) ? n : 0;
}

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

static void say_signetd(struct buf *counters)
{
	struct span version = counter_text(counters, "version"), store = counter_text(counters, "store");
	struct buf up = { 0 };

	print_span_of_time(counter_number(counters, "uptime_s"), &up);
	say("signetd   %.*s, for %s; %llu sessions; the store is %.*s%s", (int)version.len, version.at, buf_text(&up),
	    counter_number(counters, "sessions"), (int)store.len, store.at,
	    span_eq(counter_text(counters, "draining"), SPAN("yes")) ? "; about to start again" : "");
	buf_free(&up);
}

static void say_dns(struct buf *counters)
{
	struct span ago = counter_text(counters, "dns_answered_s");
	struct buf time = { 0 };

	print_span_of_time(counter_number(counters, "dns_answered_s"), &time);
	if (span_eq(ago, SPAN("never")))
		say("DNS       was not needed, or has not answered yet");
	else
		say("DNS       answered %s ago", buf_text(&time));
	buf_free(&time);
}

/* ---- the drop folder ---- */

static void say_drop(struct buf *counters, const char *path)
{
	unsigned long long bad = counter_number(counters, "drop_bad");

	say("drop      %llu to be taken in%s", counter_number(counters, "drop_waiting"), bad ? "" : ", none unreadable");
	if (bad)
		say("          %llu cannot be read and are kept as *.bad in %s", bad, path);
}

/* ---- blocks ---- */

static void say_blocks(const char *control)
{
	struct sticky_list list = { 0 };

	sticky_ask(control, &list);
	if (list.count == 0)
		say("blocks    no receiver distrusts this host");
	else
		say("blocks    %zu receiver%s this host: signet route --sticky says more", list.count,
		    list.count == 1 ? " distrusts" : "s distrust");
	sticky_list_free(&list);
}

/* ---- what waits ---- */

static int add_row(void *context, struct span text)
{
	struct listing_entry entry;

	if (listing_decode(text, &entry) < 0)
		return 0;
	queue_summary_add(context, &entry);
	listing_entry_free(&entry);
	return 0;
}

static int say_queue(void)
{
	struct queue_summary summary = { 0 };
	struct buf end = { 0 }, totals = { 0 }, reasons = { 0 };
	int status = ask_signetd(SUBMIT_LIST, SPAN(""), add_row, &summary, &end);

	if (status == EX_OK) {
		queue_summary_print_totals(&summary, &totals);
		queue_summary_print_reasons(&summary, &reasons);
		say("queue     %s", buf_text(&totals));
		ask_print(&reasons);
	}
	queue_summary_free(&summary);
	buf_free(&end);
	buf_free(&totals);
	return status;
}

int queue_status(bool counters)
{
	struct buf end = { 0 };
	struct settings s;
	struct fault f = { 0 };
	int status = ask_signetd(CONTROL_STATUS, SPAN(""), NULL, NULL, &end);

	if (counters || status != EX_OK || counter_text(&end, "version").len == 0) {
		ask_print_end(&end);
		return status;
	}
	if (config_load(config_file(NULL), &s, &f) < 0) {
		buf_free(&end);
		return complain(&f);
	}
	say_signetd(&end);
	status = say_queue();
	say_drop(&end, s.drop);
	say_blocks(s.control);
	say_dns(&end);
	settings_free(&s);
	buf_free(&end);
	return status;
}
