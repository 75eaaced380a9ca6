/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "trust/check.h"
#include "trust/finding.h"

static const struct {
	const char *ids;        /* "id:state", in the order in which they are found */
	const char *first;      /* NULL: none */
	int status;
	const char *order;
} lists[] = {
	{ "", NULL, 0, "" },
	{ "dkim.key:pass", NULL, 0, "dkim.key" },
	{ "dkim.key:pass clock.skew:info ptr.exists:skipped", NULL, 0, "dkim.key clock.skew ptr.exists" },
	{ "dkim.key:pass clock.skew:unknown", "clock.skew", 3, "dkim.key clock.skew" },
	{ "clock.skew:unknown dkim.bits:warn", "dkim.bits", 1, "clock.skew dkim.bits" },
	{ "dkim.record:fail clock.skew:unknown dkim.bits:warn", "dkim.record", 2, "clock.skew dkim.bits dkim.record" },
	{ "dkim.record:fail dns.servers:fail dmarc.record:fail", "dns.servers", 2, "dmarc.record dkim.record dns.servers" },
};

static enum finding_state state_named(struct span name)
{
	int state = 0;

	while (!span_eq(name, span_of(finding_state_name((enum finding_state)state))))
		state++;
	return (enum finding_state)state;
}

static void fill(struct findings *list, const char *ids)
{
	struct span rest = span_of(ids);

	while (rest.len > 0) {
		struct span state = span_cut(&rest, ' '), id = span_cut(&state, ':');
		char name[80];
		snprintf(name, sizeof name, "%.*s", (int)id.len, id.at);
		finding_add(list, name, state_named(state), "", 0, "what %s found", name);
	}
}

static void orders(void)
{
	for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
		struct findings list = { 0 };
		struct buf order = { 0 };
		fill(&list, lists[i].ids);
		findings_order(&list);
		for (size_t k = 0; k < list.count; k++)
			buf_printf(&order, "%s%s", k ? " " : "", list.items[k]->check->id);
		is_text(buf_text(&order), lists[i].order, "what is worst, and first to be fixed, comes last: %s", lists[i].ids);
		const struct finding *first = findings_first(&list);
		is_text(first ? first->check->id : "", lists[i].first ? lists[i].first : "", "first: %s", lists[i].ids);
		is_int(findings_exit(&list), lists[i].status, "status: %s", lists[i].ids);
		buf_free(&order);
		findings_free(&list);
	}
}

static void prints(void)
{
	struct findings list = { 0 };
	struct finding_style style = { 0 };
	struct buf out = { 0 };
	struct finding *f = finding_add(&list, "dkim.record", FINDING_FAIL, "example.org", 6, "it | shows \033[31m");

	finding_subject(f, "s1._domainkey.example.org");
	finding_evidence(f, "a \\ and \xff");
	finding_fix(f, "update delete a. TXT \"\\034\"");
	finding_fix(f, "update \033 add");
	for (int i = 0; i < 30; i++)
		finding_evidence(f, "line %d", i);
	findings_print_json(&list, INT64_C(1234567890000), &out);
	ok(strstr(buf_text(&out), "{\"version\": 1, \"time\": \"2009-02-13T23:31:30Z\", \"worst\": \"fail\", \"first\": \"dkim.record\", \"findings\": [{\"id\": "
	          "\"dkim.record\", \"state\": \"fail\", \"domain\": \"example.org\", \"family\": 6, \"what\": \"it | shows \\u001b[31m\"") == out.at,
	   "JSON, with foreign bytes as escapes");
	ok(strstr(buf_text(&out), "\"verify\": \"dig +short s1._domainkey.example.org TXT\"") != NULL, "with how to see that it worked");
	buf_clear(&out);
	findings_print_nagios(&list, &out);
	is_text(buf_text(&out), "SIGNET CRITICAL - dkim.record: it / shows \\x1b[31m | fail=1 warn=0 unknown=0 skipped=0 info=0 pass=0\n", "one line for monitoring");
	buf_clear(&out);
	findings_print_text(&list, &style, &out);
	ok(strstr(buf_text(&out), "Do this first\nfail    dkim.record example.org IPv6: it | shows \\x1b[31m\n") == out.at, "text");
	ok(strstr(buf_text(&out), "\n        fix: update delete a. TXT \"\\034\"\n             update ? add\n") != NULL, "a fix as it is to be copied");
	ok(strstr(buf_text(&out), "... and more") != NULL && strstr(buf_text(&out), "line 25") == NULL, "and not all of much evidence");
	findings_free(&list);
	buf_free(&out);
}

/* Each id is of an area that is run, is there once, and says why. */
static void table(void)
{
	size_t strange = 0;

	for (size_t i = 0; i < check_count; i++) {
		bool known = false;
		for (size_t k = 0; k < check_area_count; k++)
			known |= span_eq(check_area(&check_table[i]), span_of(check_areas[k].name));
		strange += !known || check_named(check_table[i].id) != &check_table[i] || check_table[i].why[0] == '\0' || check_table[i].looks_at[0] == '\0';
	}
	is_int(strange, 0, "the table of checks is in order");
}

static void choices(void)
{
	static const struct { const char *only, *skip, *id; bool chosen; } rows[] = {
		{ "", "", "dkim.key", true },
		{ "dkim", "", "dkim.key", true },
		{ "dkim", "", "spf.record", false },
		{ "dkim.key", "", "dkim.key", true },
		{ "dkim.key", "", "dkim.bits", false },
		{ "dkim.key", "", "dkim", true },        /* the area has to be run */
		{ "", "dkim", "dkim.key", false },
		{ "", "dkim.key", "dkim.key", false },
		{ "", "dkim.key", "dkim", true },
		{ "", "dkim", "domainkeys.key", true },
		{ "dkim,spf", "dkim.bits", "dkim.bits", false },
	};
	struct text_list list = { 0 };
	struct fault f = { 0 };

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct check_choice choice = { 0 };
		struct span rest = span_of(rows[i].id), area = span_cut(&rest, '.');
		if (rows[i].only[0])
			check_choice_add(&choice.only, span_of(rows[i].only), &f);
		if (rows[i].skip[0])
			check_choice_add(&choice.skip, span_of(rows[i].skip), &f);
		is_int(check_chosen(&choice, area, rest.at ? rows[i].id : NULL), rows[i].chosen, "only %s, skip %s: %s", rows[i].only, rows[i].skip, rows[i].id);
		text_list_free(&choice.only);
		text_list_free(&choice.skip);
	}
	is_int(check_choice_add(&list, SPAN("spf,dkmi"), &f), -1, "what is none is refused: %s", f.text);
	text_list_free(&list);
}

int main(void)
{
	tap_plan(3 * TAP_ROWS(lists) + 6 + 1 + 11 + 1);
	orders();
	prints();
	table();
	choices();
	return tap_done();
}
