/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "signet/status/status.h"

#include <stdlib.h>

/* 2026-11-30 12:30 UTC, a Monday. */
static const int64_t now_ms = INT64_C(1796041800000);
static const int64_t hour = HISTORY_HOUR_MS;

static const struct count {
	int hours_ago;           /* of full hours: 1 is the last one that is over */
	const char *domain;
	enum history_result result;
	unsigned recipients;
	const char *said;
} counts[] = {
	{ 0, "a.example", HISTORY_DELIVERED, 1, "" },
	{ 1, "a.example", HISTORY_DELIVERED, 2, "" },
	{ 1, "b.example", HISTORY_BOUNCED, 3, "no <script>\"such\" user & more" },
	{ 24, "a.example", HISTORY_DELIVERED, 10, "" },
	{ 25, "a.example", HISTORY_BOUNCED, 20, "older" },
	{ 100, "a.example", HISTORY_DELIVERED, 100, "" },
	{ 2, "b.example", HISTORY_WAITS, 4, "later" },
	{ 3, "", HISTORY_DELIVERED, 5, "" },
	{ 3, "gone.example", HISTORY_DELETED, 7, "" },
};

static void add(struct status *st, const struct count *c, const char *domain)
{
	int64_t hour_ms = now_ms - now_ms % hour - c->hours_ago * hour;
	struct history_count item = { .hour_ms = hour_ms, .last_ms = hour_ms + 60000, .sender_domain = mem_text("s.example"),
		.from_domain = mem_text("s.example"), .domain = mem_text(domain), .result = c->result, .recipients = c->recipients };

	if (c->said[0])
		reply_set(&item.reply, FAULT_PERMANENT, "5.1.1", STEP_NONE, NULL, "%s", c->said);
	history_add(&st->history, &item);
}

static struct status *made(void)
{
	struct status *st = mem_alloc(sizeof *st);

	st->now_ms = now_ms;
	st->hostname = "mail.example";
	st->answers = true;
	buf_add_text(&st->queue.counters, "version 1.0\nuptime_s 60\nsessions 2\nstore good\ndrop_waiting 0\ndrop_bad 1\n");
	for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
		add(st, &counts[i], counts[i].domain);
	return st;
}

static void end(struct status *st)
{
	status_free(st);
	free(st);
}

static void sums(void)
{
	struct status *st = made();

	status_add_up(st);
	is_int((long long)st->hour.delivered, 2, "the last full hour");
	is_int((long long)st->hour.bounced, 3, "and its bounces");
	is_int((long long)st->day.delivered, 17, "24 full hours, and not the one that runs");
	is_int((long long)st->days.delivered, 118, "all of it");
	is_int((long long)st->days.bounced, 23, "and all bounces");
	is_int((long long)st->receiver_count, 3, "receivers; what was deleted reached none");
	is_text(st->receivers[0].domain, "a.example", "the largest first");
	is_int((long long)st->receivers[0].sum.delivered, 113, "its mail");
	is_text(st->receivers[0].fault.text, "older", "its last fault");
	is_text(st->receivers[1].domain, "b.example", "the next");
	is_int((long long)st->receivers[1].waits, 4, "of which some wait");
	ok(strncmp(st->receivers[1].fault.text, "no <script>", 11) == 0, "the newest fault counts");
	is_text(st->receivers[2].domain, "", "this host itself");
	uint64_t in_bars = 0;
	for (int i = 0; i < STATUS_BARS; i++)
		in_bars += st->bars[i].sum.delivered + st->bars[i].sum.bounced;
	is_int((long long)in_bars, 141, "everything stands in a bar");
	is_int((long long)st->bars[STATUS_BARS - 1].sum.delivered, 1, "the last one runs");
	ok(st->bars[STATUS_BARS - 1].from_ms % (3 * hour) == 0 && st->bars[STATUS_BARS - 1].from_ms <= now_ms, "from a full third hour on");
	end(st);
}

static void many(void)
{
	struct status *st = made();
	char name[32];

	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof name, "d%03d.example", i);
		add(st, &counts[1], name);
	}
	status_add_up(st);
	is_int((long long)st->receiver_count, STATUS_RECEIVERS, "so many are told apart");
	is_int((long long)st->other_count, 103 - STATUS_RECEIVERS, "the others are counted");
	is_int((long long)st->others.delivered, 2 * (103 - STATUS_RECEIVERS), "and their mail");
	end(st);
}

static bool has(struct buf *text, const char *part)
{
	return strstr(buf_text(text), part) != NULL;
}

static void printed(void)
{
	struct status *st = made();
	struct buf page = { 0 }, metrics = { 0 };
	struct count odd = { 1, "", HISTORY_DELIVERED, 1, "" };

	add(st, &odd, "a\"b\\c\nd\xff.example");
	status_add_up(st);
	status_print_html(st, &page);
	ok(has(&page, "no &lt;script&gt;&quot;such&quot; user &amp; more"), "what a server said is text in the page");
	ok(!has(&page, "<script"), "and no element of it");
	ok(has(&page, "a&quot;b\\c d\xef\xbf\xbd.example"), "nor is a domain");
	ok(has(&page, "1 file in the drop folder cannot be read"), "what is wrong is said");
	ok(!has(&page, "://"), "the page asks for nothing else");
	status_print_metrics(st, &metrics);
	ok(has(&metrics, "receiver=\"a\\\"b\\\\c\\nd?.example\""), "a label is escaped");
	ok(has(&metrics, "signet_hour_recipients{result=\"bounced\"} 3\n"), "a gauge");
	ok(metrics.len > 6 && strcmp(metrics.at + metrics.len - 6, "# EOF\n") == 0, "the end is marked");
	buf_free(&page);
	buf_free(&metrics);
	st->answers = false;
	fault_set(&st->fault, FAULT_TEMPORARY, "4.3.2", "no signetd");
	status_print_html(st, &page);
	status_print_metrics(st, &metrics);
	ok(has(&page, "no signetd") && !has(&page, "<svg"), "without signetd the page says so");
	ok(has(&metrics, "signet_up 0\n"), "and so do the gauges");
	buf_free(&page);
	buf_free(&metrics);
	end(st);
}

/* What signet check found is shown in each form, and nothing of it where it was never run. */
static void checked(void)
{
	struct settings settings = { .hostname = "mail.example", .domain = "example" };
	struct status *st = made();
	struct buf text = { 0 }, json = { 0 }, page = { 0 }, metrics = { 0 };

	status_print_text(st, &settings, &text);
	status_print_json(st, &json);
	status_print_html(st, &page);
	status_print_metrics(st, &metrics);
	ok(!has(&text, "check") && !has(&json, "check") && !has(&page, "signet check") && !has(&metrics, "check"), "never checked: nothing of it");
	buf_free(&text);
	buf_free(&json);
	buf_free(&page);
	buf_free(&metrics);
	buf_printf(&st->check_text, "time %lld\nfinding dkim.record <b>.example 6 fail\nfinding spf.record a.example 0 pass\nfinding dns.ttl a.example 0 warn\n",
	           (long long)(now_ms / 1000 - 7200));
	st->checked = last_run_sum_up(buf_span(&st->check_text), &st->check);
	status_print_text(st, &settings, &text);
	status_print_json(st, &json);
	status_print_html(st, &page);
	status_print_metrics(st, &metrics);
	ok(has(&text, ": fail (1 fail, 1 warn, 0 unknown, 1 pass), first dkim.record of <b>.example (IPv6): signet check says how to fix it\n"), "as text");
	ok(has(&json, "\"worst\": \"fail\"") && has(&json, "\"id\": \"dkim.record\"") && has(&json, "\"family\": 6"), "as JSON");
	ok(has(&page, "<b>dkim.record</b> of &lt;b&gt;.example (IPv6)") && has(&page, "<b>1</b>warn"), "in the page, as text");
	ok(has(&metrics, "signet_check_findings{state=\"fail\"} 1\n") && has(&metrics, "signet_check_age_seconds 7200\n"), "as gauges, with its age");
	buf_free(&text);
	buf_free(&json);
	buf_free(&page);
	buf_free(&metrics);
	end(st);
}

int main(void)
{
	tap_plan(34);
	sums();
	many();
	printed();
	checked();
	return tap_done();
}
