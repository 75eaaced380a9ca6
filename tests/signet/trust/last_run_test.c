/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "signet/trust/last_run.h"

#define BEFORE "egress 4 192.0.2.8\nfinding dkim.record example.org 0 pass\nfinding ptr.exists - 4 fail\nfinding dkim.bits example.org 0 warn\n"

/* "what is found now" as "id domain family state". */
static void fill(struct findings *list)
{
	finding_add(list, "dkim.record", FINDING_FAIL, "example.org", 0, "x");    /* another state */
	finding_add(list, "ptr.exists", FINDING_FAIL, "", 4, "x");                /* the same */
	finding_add(list, "ptr.exists", FINDING_FAIL, "", 6, "x");                /* a new one */
	finding_add(list, "dkim.key", FINDING_PASS, "example.org", 0, "x");       /* a new one that is well */
	finding_add(list, "dkim.record", FINDING_WARN, "example.org.uk", 0, "x"); /* of a domain that begins like another */
}

/* ---- the rule ---- */

enum { NONE = -1 };

static const struct {
	const char *what;
	int before, doubted, now;              /* before NONE: it was not there */
	int changed, kept, kept_doubted;
} steps[] = {
	{ "what was not there and passes", NONE, 0, FINDING_PASS, 0, FINDING_PASS, 0 },
	{ "is information", NONE, 0, FINDING_INFO, 0, FINDING_INFO, 0 },
	{ "fails", NONE, 0, FINDING_FAIL, 1, FINDING_FAIL, 0 },
	{ "or cannot be found out", NONE, 0, FINDING_UNKNOWN, 1, FINDING_UNKNOWN, 0 },
	{ "what passes as before", FINDING_PASS, 0, FINDING_PASS, 0, FINDING_PASS, 0 },
	{ "fails as before", FINDING_FAIL, 0, FINDING_FAIL, 0, FINDING_FAIL, 0 },
	{ "is unknown as it was told", FINDING_UNKNOWN, 0, FINDING_UNKNOWN, 0, FINDING_UNKNOWN, 0 },
	{ "gets worse", FINDING_PASS, 0, FINDING_FAIL, 1, FINDING_FAIL, 0 },
	{ "gets better", FINDING_FAIL, 0, FINDING_WARN, 1, FINDING_WARN, 0 },
	{ "is well again", FINDING_WARN, 0, FINDING_PASS, 1, FINDING_PASS, 0 },
	{ "a time-out of what passed", FINDING_PASS, 0, FINDING_UNKNOWN, 0, FINDING_PASS, 1 },
	{ "of what failed", FINDING_FAIL, 0, FINDING_UNKNOWN, 0, FINDING_FAIL, 1 },
	{ "that is over: it passes", FINDING_PASS, 1, FINDING_PASS, 0, FINDING_PASS, 0 },
	{ "that is over: it still fails", FINDING_FAIL, 1, FINDING_FAIL, 0, FINDING_FAIL, 0 },
	{ "that is over: it fails now", FINDING_PASS, 1, FINDING_FAIL, 1, FINDING_FAIL, 0 },
	{ "that is over: it passes now", FINDING_FAIL, 1, FINDING_PASS, 1, FINDING_PASS, 0 },
	{ "that lasts", FINDING_PASS, 1, FINDING_UNKNOWN, 1, FINDING_UNKNOWN, 0 },
	{ "that lasted and is over", FINDING_UNKNOWN, 0, FINDING_PASS, 1, FINDING_PASS, 0 },
};

static void step(size_t i)
{
	struct last_run_state after, before = { .there = steps[i].before != NONE, .doubted = steps[i].doubted };

	if (before.there)
		before.certain = (enum finding_state)steps[i].before;
	bool changed = last_run_step(before, (enum finding_state)steps[i].now, &after);
	ok(changed == steps[i].changed && after.there && (int)after.certain == steps[i].kept && after.doubted == steps[i].kept_doubted,
	   "%s: %s", steps[i].what, steps[i].changed ? "told" : "not told");
}

/* Runs one after the other, each with what the one before kept: "fail" or "" of what each tells. */
static void flap(const char *what, const enum finding_state *states, size_t count, const char *told)
{
	struct buf before = { 0 }, said = { 0 };
	struct facts facts = { 0 };

	for (size_t i = 0; i < count; i++) {
		struct findings found = { 0 }, changed = { 0 };
		struct buf after = { 0 };
		finding_add(&found, "spf.record", states[i], "example.org", 0, "x");
		last_run_print(buf_span(&before), &facts, &found, &after);
		last_run_take_changed(buf_span(&before), &found, &changed);
		buf_printf(&said, "%s,", changed.count ? finding_state_name(changed.items[0]->state) : "");
		findings_free(&found);
		findings_free(&changed);
		buf_free(&before);
		before = after;
	}
	is_text(buf_text(&said), told, "%s", what);
	buf_free(&before);
	buf_free(&said);
}

static void sums_up(void)
{
	struct last_run_summary sum;
	const char text[] = "time 1764512345\negress 4 192.0.2.1\nfinding spf.record a.example 0 fail\nfinding ptr.exists - 6 fail\n"
	                    "finding dkim.record a.example 0 pass unknown\nfinding dkim.record b.example 0 pass\nfinding gone.check b.example 0 fail\n";

	ok(last_run_sum_up(span_of(text), &sum) && sum.time_s == 1764512345 && sum.worst == FINDING_FAIL, "at a glance: when, and the worst");
	is_int(sum.counts[FINDING_FAIL] * 100 + sum.counts[FINDING_UNKNOWN] * 10 + sum.counts[FINDING_PASS], 311, "how many of each");
	ok(sum.first && strcmp(sum.first->id, "ptr.exists") == 0 && sum.domain.len == 0 && sum.family == 6, "what to do first, in the order of the checks");
	ok(last_run_sum_up(SPAN("time 5\nfinding spf.record a.example 0 pass\n"), &sum) && sum.first == NULL && sum.worst == FINDING_PASS,
	   "nothing is to be done");
	ok(!last_run_sum_up(SPAN(""), &sum) && !last_run_sum_up(SPAN("finding spf.record a.example 0 pass\n"), &sum) &&
	   !last_run_sum_up(SPAN("time x\n"), &sum), "what is not of a run");
}

/* So many that each cannot be looked for in all. */
static void holds_many(void)
{
	enum { MANY = 40000 };
	struct findings found = { 0 }, changed = { 0 };
	struct facts facts = { 0 };
	struct buf text = { 0 }, again = { 0 };

	for (int i = 0; i < MANY; i++) {
		char domain[32];
		snprintf(domain, sizeof domain, "d%d.example", i);
		finding_add(&found, "spf.record", i % 2 ? FINDING_PASS : FINDING_FAIL, domain, 0, "x");
	}
	last_run_print(SPAN(""), &facts, &found, &text);
	last_run_print(buf_span(&text), &facts, &found, &again);
	ok(span_eq(buf_span(&text), buf_span(&again)), "%d findings are kept, each once", MANY);
	last_run_take_changed(buf_span(&again), &found, &changed);
	is_int(changed.count, 0, "and none has changed");
	findings_free(&found);
	findings_free(&changed);
	buf_free(&text);
	buf_free(&again);
}

#define FLAP(what, told, ...) flap(what, (const enum finding_state[]){ __VA_ARGS__ }, \
	sizeof (const enum finding_state[]){ __VA_ARGS__ } / sizeof(enum finding_state), told)

static void judges_changes(void)
{
	for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
		step(i);
	FLAP("a time-out of one run is not told, nor its end", ",,,", FINDING_PASS, FINDING_UNKNOWN, FINDING_PASS);
	FLAP("what failed before it and passes after it is", "fail,,pass,", FINDING_FAIL, FINDING_UNKNOWN, FINDING_PASS);
	FLAP("what lasts is told, once, and its end", ",,unknown,,pass,", FINDING_PASS, FINDING_UNKNOWN, FINDING_UNKNOWN, FINDING_UNKNOWN, FINDING_PASS);
	FLAP("every other run: never", ",,,,,", FINDING_PASS, FINDING_UNKNOWN, FINDING_PASS, FINDING_UNKNOWN, FINDING_PASS);
}

int main(void)
{
	struct facts facts = { 0 };
	struct findings found = { 0 }, changed = { 0 };
	struct buf text = { 0 };

	tap_plan(9 + (int)(sizeof steps / sizeof steps[0]) + 4 + 5 + 2);
	last_run_egress(SPAN(BEFORE), &facts);
	ip_address_print(&facts.egress[0].before, &text);
	is_text(buf_text(&text), "192.0.2.8", "the address of the last run");
	is_int(facts.egress[1].before.family, 0, "none of IPv6");
	buf_clear(&text);
	fill(&found);
	last_run_print(SPAN(BEFORE), &facts, &found, &text);
	is_text(buf_text(&text), "time 0\negress 4 192.0.2.8\nfinding dkim.bits example.org 0 warn\nfinding dkim.record example.org 0 fail\n"
	        "finding ptr.exists - 4 fail\nfinding ptr.exists - 6 fail\nfinding dkim.key example.org 0 pass\n"
	        "finding dkim.record example.org.uk 0 warn\n", "what is kept: this run, and what it did not look at");
	buf_clear(&text);
	last_run_take_changed(SPAN(BEFORE), &found, &changed);
	for (size_t i = 0; i < changed.count; i++)
		buf_printf(&text, "%s %s %u; ", changed.items[i]->check->id, changed.items[i]->domain, changed.items[i]->family);
	is_text(buf_text(&text), "dkim.record example.org 0; ptr.exists  6; dkim.record example.org.uk 0; ", "what has changed");
	is_int(found.count, 2, "the rest stays");
	findings_free(&found);
	findings_free(&changed);
	finding_add(&found, "dkim.record", FINDING_PASS, "example.org", 0, "x");    /* a domain with two keys */
	finding_add(&found, "dkim.record", FINDING_FAIL, "example.org", 0, "x");
	last_run_take_changed(SPAN("finding dkim.record example.org 0 fail\nfinding dkim.record example.org 0 pass\n"), &found, &changed);
	is_int(changed.count, 0, "two findings of one check, as before");
	last_run_take_changed(SPAN("finding dkim.record example.org 0 pass\nfinding dkim.record example.org 0 pass\n"), &found, &changed);
	is_int(changed.count == 1 && changed.items[0]->state == FINDING_FAIL, 1, "one of two has changed");
	findings_free(&found);
	findings_free(&changed);
	finding_add(&found, "egress.changed", FINDING_WARN, "", 4, "x");    /* an address changes on two days one after the other */
	finding_add(&found, "egress.changed", FINDING_PASS, "", 6, "x");
	last_run_take_changed(SPAN("finding egress.changed - 4 warn\nfinding egress.changed - 6 warn\n"), &found, &changed);
	is_int(changed.count == 1 && changed.items[0]->family == 4, 1, "another address is a change each time, and the same one is not");
	findings_free(&found);
	findings_free(&changed);
	fill(&found);
	last_run_take_changed(SPAN("noise\n\nfinding \nfinding dkim"), &found, &changed);
	is_int(changed.count, 4, "a file that is damaged is one without that");
	findings_free(&changed);
	findings_free(&found);
	judges_changes();
	sums_up();
	holds_many();
	buf_free(&text);
	facts_free(&facts);
	return tap_done();
}
