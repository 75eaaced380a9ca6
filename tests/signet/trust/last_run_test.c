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

int main(void)
{
	struct facts facts = { 0 };
	struct findings found = { 0 }, changed = { 0 };
	struct buf text = { 0 };

	tap_plan(9);
	last_run_egress(SPAN(BEFORE), &facts);
	ip_address_print(&facts.egress[0].before, &text);
	is_text(buf_text(&text), "192.0.2.8", "the address of the last run");
	is_int(facts.egress[1].before.family, 0, "none of IPv6");
	buf_clear(&text);
	fill(&found);
	last_run_print(SPAN(BEFORE), &facts, &found, &text);
	is_text(buf_text(&text), "egress 4 192.0.2.8\nfinding dkim.bits example.org 0 warn\nfinding dkim.record example.org 0 fail\n"
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
	buf_free(&text);
	facts_free(&facts);
	return tap_done();
}
