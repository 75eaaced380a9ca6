/* SPDX-License-Identifier: ISC */
/*
 * The status as one page that needs nothing else: no script, no font, no picture from elsewhere. It
 * follows the reader's choice of light or dark, and its tables scroll on a narrow screen.
 */
#include "base/utf8.h"
#include "signet/keys/key_kind.h"
#include "signet/status/status.h"
#include "signet/talk/say.h"

#include <time.h>

static const int64_t day_ms = 24 * (int64_t)HISTORY_HOUR_MS;

static const char head[] =
	"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	"<meta name=\"color-scheme\" content=\"light dark\">\n"
	"<style>\n"
	":root { --page: #f6f7f9; --card: #ffffff; --ink: #1b2430; --soft: #5b6675; --line: #dde2e8; --good: #2f6fb3; --bad: #c0392b; "
	"--warn: #8a5a00; }\n"
	"@media (prefers-color-scheme: dark) { :root { --page: #12161c; --card: #1b212a; --ink: #e6eaf0; --soft: #98a3b3; "
	"--line: #2f3844; --good: #6aa9ea; --bad: #f0776a; --warn: #e0b050; } }\n"
	"* { box-sizing: border-box; }\n"
	"body { margin: 0; padding: 1rem; background: var(--page); color: var(--ink); font: 16px/1.45 system-ui, sans-serif; }\n"
	"main { max-width: 60rem; margin: 0 auto; }\n"
	"h1 { font-size: 1.4rem; margin: 0 0 .2rem; } h2 { font-size: 1.05rem; margin: 0 0 .6rem; }\n"
	"p { margin: .3rem 0; } .soft { color: var(--soft); } .bad { color: var(--bad); } .warn { color: var(--warn); }\n"
	"section { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: 1rem; margin: 1rem 0; }\n"
	".figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(8rem, 1fr)); gap: .8rem; }\n"
	".figures div { font-size: .85rem; color: var(--soft); } .figures b { display: block; font-size: 1.5rem; color: var(--ink); }\n"
	".wide { overflow-x: auto; }\n"
	"table { border-collapse: collapse; width: 100%; font-size: .92rem; }\n"
	"th, td { text-align: left; padding: .35rem .7rem .35rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }\n"
	"th { font-weight: 600; color: var(--soft); } .n { text-align: right; font-variant-numeric: tabular-nums; }\n"
	"td:first-child { overflow-wrap: anywhere; } td small { color: var(--soft); overflow-wrap: anywhere; }\n"
	"svg { width: 100%; height: auto; display: block; } svg text { fill: var(--soft); font-size: 11px; }\n"
	"@media (max-width: 34rem) { svg text { font-size: 18px; } th, td { padding-right: .4rem; font-size: .85rem; } }\n"
	".good-bar { fill: var(--good); } .bad-bar { fill: var(--bad); } .rule { stroke: var(--line); }\n"
	"tr.more td { padding-top: 0; } tr.led td { border-bottom: 0; padding-bottom: 0; }\n"
	".key span { white-space: nowrap; } .key i { display: inline-block; width: .8em; height: .8em; border-radius: .15em; margin: 0 .35em 0 .6em; }\n"
	"</style>\n";

/* As text or the value of an attribute; what is invisible, or not UTF-8, becomes U+FFFD. */
static void add_escaped(struct span text, struct buf *out)
{
	static const struct { char byte; const char *as; } special[] = {
		{ '&', "&amp;" }, { '<', "&lt;" }, { '>', "&gt;" }, { '"', "&quot;" }, { '\'', "&#39;" }, { '\n', " " }, { '\t', " " },
	};

	while (text.len > 0) {
		size_t n = utf8_length(text), i = 0;
		while (i < sizeof special / sizeof special[0] && special[i].byte != text.at[0])
			i++;
		if (i < sizeof special / sizeof special[0])
			buf_add_text(out, special[i].as);
		else if (n == 0 || !utf8_is_harmless(utf8_code((struct span){ text.at, n })))
			buf_add_text(out, "\xef\xbf\xbd");
		else
			buf_add_span(out, (struct span){ text.at, n });
		text = (struct span){ text.at + (n ? n : 1), text.len - (n ? n : 1) };
	}
}

static void add_reply(const struct reply *r, struct buf *out)
{
	struct buf said = { 0 };

	reply_print(r, &said);
	add_escaped(buf_span(&said), out);
	buf_free(&said);
}

static void add_time(int64_t ms, struct buf *out)
{
	char when[SAY_TIME_BYTES];

	buf_add_text(out, say_time(ms / 1000, when));
}

/* ---- figures ---- */

static void add_figure(unsigned long long n, const char *what, struct buf *out)
{
	buf_printf(out, "<div><b>%llu</b>%s</div>\n", n, what);
}

static void add_figures(const struct status *st, struct buf *out)
{
	const struct queue_summary *w = &st->queue.waits;

	buf_add_text(out, "<section>\n<div class=\"figures\">\n");
	add_figure(st->day.delivered, "delivered in a day", out);
	add_figure(st->day.bounced, "bounced in a day", out);
	add_figure(w->messages[LISTING_DEFERRED], "waiting", out);
	add_figure(w->messages[LISTING_HELD], "held", out);
	add_figure(w->messages[LISTING_ACTIVE], "in delivery", out);
	add_figure(queue_status_number(&st->queue, "sessions"), "connections", out);
	buf_add_text(out, "</div>\n");
	if (w->oldest_ms > 0) {
		buf_add_text(out, "<p class=\"soft\">The oldest message waits since ");
		add_time(w->oldest_ms, out);
		buf_add_text(out, ".</p>\n");
	}
	if (!span_eq(queue_status_text(&st->queue, "store"), SPAN("good"))) {
		buf_add_text(out, "<p class=\"bad\">The store: ");
		add_escaped(queue_status_text(&st->queue, "store"), out);
		buf_add_text(out, "</p>\n");
	}
	unsigned long long bad = queue_status_number(&st->queue, "drop_bad");
	if (bad > 0)
		buf_printf(out, "<p class=\"bad\">%llu file%s in the drop folder cannot be read.</p>\n", bad, bad == 1 ? "" : "s");
	buf_add_text(out, "</section>\n");
}

/* ---- the picture of the last days ---- */

enum { PICTURE_WIDTH = 720, PICTURE_HEIGHT = 200, LEFT = 64, RIGHT = 8, TOP = 16, BOTTOM = 28,
	DAY_BARS = 5 };     /* as wide as a day's name */

static uint64_t height_of(const struct status_sum *sum)
{
	return sum->delivered + sum->bounced;
}

/* A round number of at least what the highest bar needs. */
static uint64_t scale_of(const struct status *st)
{
	static const unsigned steps[] = { 1, 2, 4, 6, 8, 10, 12, 16, 20, 24, 30, 40, 50, 60, 80 };
	uint64_t most = 1, power = 1;

	for (int i = 0; i < STATUS_BARS; i++)
		if (height_of(&st->bars[i].sum) > most)
			most = height_of(&st->bars[i].sum);
	for (;; power *= 100)
		for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
			if (steps[i] * power >= most)
				return steps[i] * power;
}

static void add_bar(double x, double width, double base, double height, const char *class, struct buf *out)
{
	if (height > 0)
		buf_printf(out, "<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>", class, x, base - height, width, height);
}

static void add_bars(const struct status *st, uint64_t scale, struct buf *out)
{
	const double step = (double)(PICTURE_WIDTH - LEFT - RIGHT) / STATUS_BARS, full = PICTURE_HEIGHT - TOP - BOTTOM;
	const double base = PICTURE_HEIGHT - BOTTOM;

	for (int i = 0; i < STATUS_BARS; i++) {
		const struct status_sum *sum = &st->bars[i].sum;
		double x = LEFT + i * step + 1, good = full * (double)sum->delivered / (double)scale;
		if (height_of(sum) > 0) {
			buf_add_text(out, "<g><title>");
			add_time(st->bars[i].from_ms, out);
			buf_printf(out, ", %d hours: %llu delivered, %llu bounced</title>", STATUS_BAR_HOURS,
			           (unsigned long long)sum->delivered, (unsigned long long)sum->bounced);
			add_bar(x, step - 2, base, good, "good-bar", out);
			add_bar(x, step - 2, base - good, full * (double)sum->bounced / (double)scale, "bad-bar", out);
			buf_add_text(out, "</g>\n");
		}
		time_t from_s = (time_t)(st->bars[i].from_ms / 1000);
		struct tm tm;
		char day[16];
		if (i + DAY_BARS <= STATUS_BARS && st->bars[i].from_ms % day_ms == 0 && gmtime_r(&from_s, &tm) && strftime(day, sizeof day, "%a %d", &tm) > 0)
			buf_printf(out, "<text x=\"%.1f\" y=\"%d\">%s</text>\n", x, PICTURE_HEIGHT - 8, day);
	}
}

static void add_picture(const struct status *st, struct buf *out)
{
	uint64_t scale = scale_of(st);

	buf_printf(out, "<section>\n<h2>The last %d days</h2>\n<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"Recipients every %d hours: "
	           "%llu delivered and %llu bounced in all\">\n", STATUS_DAYS, PICTURE_WIDTH, PICTURE_HEIGHT, STATUS_BAR_HOURS,
	           (unsigned long long)st->days.delivered, (unsigned long long)st->days.bounced);
	for (int part = 0; part <= 2; part++) {
		double y = PICTURE_HEIGHT - BOTTOM - part * (PICTURE_HEIGHT - TOP - BOTTOM) / 2.0;
		buf_printf(out, "<line class=\"rule\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/>", LEFT, PICTURE_WIDTH - RIGHT, y, y);
		if (scale * (unsigned)part % 2 == 0)
			buf_printf(out, "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%llu</text>\n", LEFT - 6, y + 4,
			           (unsigned long long)(scale * (unsigned)part / 2));
	}
	add_bars(st, scale, out);
	buf_printf(out, "</svg>\n<p class=\"soft key\">Recipients every %d hours (UTC): <span><i style=\"background: var(--good)\"></i>delivered"
	           "</span> <span><i style=\"background: var(--bad)\"></i>bounced</span></p>\n</section>\n", STATUS_BAR_HOURS);
}

/* ---- tables ---- */

static void add_row_of(const char *name, const struct status_sum *sum, uint64_t waits, const struct status_receiver *fault,
                       struct buf *out)
{
	bool failed = fault && fault->fault_ms > 0;

	buf_add_text(out, failed ? "<tr class=\"led\"><td>" : "<tr><td>");
	add_escaped(span_of(name), out);
	buf_printf(out, "</td><td class=\"n\">%llu</td><td class=\"n%s\">%llu</td><td class=\"n\">%llu</td></tr>\n",
	           (unsigned long long)sum->delivered, sum->bounced ? " bad" : "", (unsigned long long)sum->bounced, (unsigned long long)waits);
	if (!failed)
		return;
	buf_add_text(out, "<tr class=\"more\"><td colspan=\"4\"><small>");
	add_time(fault->fault_ms, out);
	buf_add_text(out, ": ");
	add_reply(&fault->fault, out);
	buf_add_text(out, "</small></td></tr>\n");
}

static void add_receivers(const struct status *st, struct buf *out)
{
	if (st->receiver_count == 0)
		return;
	buf_add_text(out, "<section>\n<h2>Receivers</h2>\n<div class=\"wide\"><table>\n<tr><th>domain</th><th class=\"n\">delivered</th>"
	             "<th class=\"n\">bounced</th><th class=\"n\">waiting</th></tr>\n");
	for (size_t i = 0; i < st->receiver_count; i++) {
		const struct status_receiver *r = &st->receivers[i];
		add_row_of(r->domain[0] ? r->domain : "(this host)", &r->sum, r->waits, r, out);
	}
	if (st->other_count > 0)
		add_row_of("others", &st->others, st->others_waiting, NULL, out);
	buf_add_text(out, "</table></div>\n</section>\n");
}

static void add_blocks(const struct sticky_list *blocks, struct buf *out)
{
	buf_add_text(out, "<section>\n<h2>Who distrusts this host</h2>\n");
	if (blocks->count == 0)
		buf_add_text(out, "<p class=\"soft\">No receiver does.</p>\n");
	else
		buf_add_text(out, "<div class=\"wide\"><table>\n<tr><th>receiver</th><th>until</th><th>it said</th></tr>\n");
	for (size_t i = 0; i < blocks->count; i++) {
		buf_add_text(out, "<tr><td>");
		add_escaped(span_of(blocks->items[i].site), out);
		buf_add_text(out, "</td><td>");
		add_time(blocks->items[i].until_ms, out);
		buf_add_text(out, "</td><td><small>");
		add_reply(&blocks->items[i].reply, out);
		buf_add_text(out, "</small></td></tr>\n");
	}
	buf_add_text(out, blocks->count ? "</table></div>\n</section>\n" : "</section>\n");
}

static void add_detours(const struct sticky_list *l, struct buf *out)
{
	if (l->detour_count == 0)
		return;
	buf_add_text(out, "<section>\n<h2>Another address</h2>\n");
	for (size_t i = 0; i < l->detour_count; i++) {
		const struct control_detour *d = &l->detours[i];
		buf_printf(out, "<p>Mail that would go straight by IPv%u goes via ", (unsigned)d->family);
		add_escaped(span_of(d->via), out);
		buf_add_text(out, " since ");
		add_time(d->since_ms, out);
		buf_add_text(out, ": this host's address was ");
		add_escaped(span_of(d->before), out);
		buf_add_text(out, " and is ");
		add_escaped(span_of(d->address), out);
		buf_add_text(out, ", which is not trusted yet. <small>");
		add_escaped(span_of(d->why), out);
		buf_add_text(out, "</small></p>\n");
	}
	buf_add_text(out, "</section>\n");
}

static void add_keys(const struct status *st, struct buf *out)
{
	buf_add_text(out, "<section>\n<h2>Keys</h2>\n");
	if (st->key_count == 0)
		buf_add_text(out, "<p class=\"warn\">None is configured: mail leaves unsigned.</p>\n");
	else
		buf_add_text(out, "<div class=\"wide\"><table>\n<tr><th>domain</th><th>selector</th><th>scheme</th><th class=\"n\">days old</th>"
		             "<th>state</th></tr>\n");
	for (size_t i = 0; i < st->key_count; i++) {
		const struct status_key *t = &st->keys[i];
		buf_add_text(out, "<tr><td>");
		add_escaped(span_of(t->key->entry->domain), out);
		buf_add_text(out, "</td><td>");
		add_escaped(span_of(t->key->selector), out);
		buf_printf(out, "</td><td>%s</td><td class=\"n\">", key_scheme_word(t->key->scheme));
		if (t->made_ms > 0)
			buf_printf(out, "%lld", (long long)((st->now_ms - t->made_ms) / day_ms));
		buf_add_text(out, "</td><td>");
		if (t->key->state == KEYSET_USABLE) {
			buf_add_text(out, "usable");
		} else {
			buf_add_text(out, t->key->state == KEYSET_UNUSABLE ? "<span class=\"bad\">cannot be used</span><br><small>"
			                                                   : "<span class=\"warn\">not looked at</span><br><small>");
			add_escaped(span_of(t->key->fault.text), out);
			buf_add_text(out, "</small>");
		}
		buf_add_text(out, "</td></tr>\n");
	}
	buf_add_text(out, st->key_count ? "</table></div>\n</section>\n" : "</section>\n");
}

static void add_check(const struct status *st, struct buf *out)
{
	static const char *const classes[FINDING_STATES] = { [FINDING_FAIL] = "bad", [FINDING_WARN] = "warn", [FINDING_UNKNOWN] = "warn" };
	const struct last_run_summary *c = &st->check;

	if (!st->checked)
		return;
	buf_add_text(out, "<section>\n<h2>What the world sees of this server</h2>\n<p>signet check of ");
	add_time(c->time_s * 1000, out);
	buf_printf(out, ": <span class=\"%s\">%s</span></p>\n<div class=\"figures\">\n", classes[c->worst] ? classes[c->worst] : "soft",
	           finding_state_name(c->worst));
	for (int state = FINDING_FAIL; state >= FINDING_PASS; state--)
		if (c->counts[state] > 0 || state == FINDING_FAIL || state == FINDING_WARN)
			add_figure(c->counts[state], finding_state_name((enum finding_state)state), out);
	buf_add_text(out, "</div>\n");
	if (c->first) {
		buf_printf(out, "<p>To do first: <b>%s</b>", c->first->id);
		if (c->domain.len > 0) {
			buf_add_text(out, " of ");
			add_escaped(c->domain, out);
		}
		if (c->family)
			buf_printf(out, " (IPv%u)", c->family);
		buf_add_text(out, ". <span class=\"soft\">signet check says why, and how to fix it.</span></p>\n");
	}
	buf_add_text(out, "</section>\n");
}

void status_print_html(const struct status *st, struct buf *out)
{
	buf_add_text(out, head);
	buf_add_text(out, "<title>Mail of ");
	add_escaped(span_of(st->hostname), out);
	buf_add_text(out, "</title>\n</head>\n<body>\n<main>\n<h1>Mail of ");
	add_escaped(span_of(st->hostname), out);
	buf_add_text(out, "</h1>\n<p class=\"soft\">As of ");
	add_time(st->now_ms, out);
	if (st->answers) {
		buf_add_text(out, ". Signet ");
		add_escaped(queue_status_text(&st->queue, "version"), out);
		buf_add_text(out, ", running since ");
		add_time(st->now_ms - (int64_t)queue_status_number(&st->queue, "uptime_s") * 1000, out);
		buf_add_text(out, ".</p>\n");
		add_figures(st, out);
		add_picture(st, out);
		add_receivers(st, out);
		add_detours(&st->queue.blocks, out);
		add_blocks(&st->queue.blocks, out);
	} else {
		buf_add_text(out, ".</p>\n<section><p class=\"bad\">");
		add_escaped(span_of(st->fault.text), out);
		buf_add_text(out, "</p></section>\n");
	}
	add_check(st, out);
	add_keys(st, out);
	buf_add_text(out, "</main>\n</body>\n</html>\n");
}
