/* SPDX-License-Identifier: ISC */
#include "tests/trust/world.h"

#include "trust/blocklist.h"

static const struct {
	const char *zone, *answer;
	enum blocklist_meaning meaning;
} codes[] = {
	{ "zen.spamhaus.org", "127.0.0.2", BLOCKLIST_LISTED },
	{ "zen.spamhaus.org", "127.0.0.4", BLOCKLIST_LISTED },
	{ "zen.spamhaus.org", "127.0.0.9", BLOCKLIST_LISTED },
	{ "zen.spamhaus.org", "127.0.0.10", BLOCKLIST_POLICY },
	{ "zen.spamhaus.org", "127.0.0.11", BLOCKLIST_POLICY },
	{ "zen.spamhaus.org", "127.0.0.99", BLOCKLIST_STRANGE },
	{ "zen.spamhaus.org", "127.0.1.2", BLOCKLIST_STRANGE },
	{ "zen.spamhaus.org", "127.255.255.252", BLOCKLIST_REFUSED },
	{ "zen.spamhaus.org", "127.255.255.254", BLOCKLIST_REFUSED },
	{ "zen.spamhaus.org", "127.255.255.7", BLOCKLIST_REFUSED },
	{ "zen.spamhaus.org", "192.0.2.1", BLOCKLIST_STRANGE },
	{ "bl.spamcop.net", "127.0.0.2", BLOCKLIST_LISTED },
	{ "dbl.spamhaus.org", "127.0.1.2", BLOCKLIST_LISTED },
	{ "dbl.spamhaus.org", "127.0.1.103", BLOCKLIST_ABUSED },
	{ "dbl.spamhaus.org", "127.0.1.255", BLOCKLIST_STRANGE },
	{ "dbl.spamhaus.org", "127.255.255.254", BLOCKLIST_REFUSED },
	{ "bl.example", "127.0.0.77", BLOCKLIST_LISTED },
	{ "bl.example", "10.0.0.1", BLOCKLIST_STRANGE },
};

#define ALIVE { "2.0.0.127.zen.spamhaus.org", "A", "127.0.0.2" }
#define OURS "7.2.0.192.zen.spamhaus.org"
#define NIBBLES "7.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.zen.spamhaus.org"
#define ALIVE6 { "2.0.0.0.0.0.f.7.f.f.f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.zen.spamhaus.org", "A", "127.0.0.2" }

static const struct {
	const char *what, *lists, *address;
	struct world_row rows[5];
	const char *finds, *says;
} table[] = {
	{ "clean", "zen.spamhaus.org", "192.0.2.7", { ALIVE }, "", NULL },
	{ "listed", "zen.spamhaus.org", "192.0.2.7", { ALIVE, { OURS, "A", "127.0.0.3" }, { OURS, "TXT", "see there" } }, "blocklist.address:fail/4",
	  "it says: see there" },
	{ "where to go", "zen.spamhaus.org", "192.0.2.7", { ALIVE, { OURS, "A", "127.0.0.3" } }, "blocklist.address:fail/4",
	  "https://check.spamhaus.org/listing/192.0.2.7" },
	{ "a policy", "zen.spamhaus.org", "192.0.2.7", { ALIVE, { OURS, "A", "127.0.0.11" } }, "blocklist.policy:warn/4", "no reproach" },
	{ "a policy and a listing", "zen.spamhaus.org", "192.0.2.7", { ALIVE, { OURS, "A", "127.0.0.11" }, { OURS, "A", "127.0.0.4" } },
	  "blocklist.address:fail/4", "XBL" },
	{ "dead", "zen.spamhaus.org", "192.0.2.7", { { 0 } }, "blocklist.list:unknown/4", "it does not list its own test entry" },
	{ "dead, and lists us", "zen.spamhaus.org", "192.0.2.7", { { OURS, "A", "127.0.0.2" } }, "blocklist.list:unknown/4", NULL },
	{ "everything is listed", "zen.spamhaus.org", "192.0.2.7",
	  { ALIVE, { OURS, "A", "127.0.0.2" }, { "1.0.0.127.zen.spamhaus.org", "A", "127.0.0.2" } }, "blocklist.list:unknown/4", "what no list may list" },
	{ "parked: one address for everything", "zen.spamhaus.org", "192.0.2.7",
	  { { "2.0.0.127.zen.spamhaus.org", "A", "192.0.2.80" }, { OURS, "A", "192.0.2.80" } }, "blocklist.list:unknown/4", "the list is gone" },
	{ "no public resolvers", "zen.spamhaus.org", "192.0.2.7",
	  { { "2.0.0.127.zen.spamhaus.org", "A", "127.255.255.254" }, { OURS, "A", "127.255.255.254" } }, "blocklist.list:unknown/4",
	  "does not answer public resolvers" },
	{ "refused now and then", "zen.spamhaus.org", "192.0.2.7", { ALIVE, { OURS, "A", "127.255.255.255" } }, "blocklist.list:unknown/4", "too often" },
	{ "silence", "zen.spamhaus.org", "192.0.2.7", { ALIVE, { OURS, "A", "SILENT" } }, "blocklist.list:unknown/4", "does not answer" },
	{ "one of two is dead", "zen.spamhaus.org bl.spamcop.net", "192.0.2.7", { ALIVE }, "blocklist.list:unknown/4", "SpamCop" },
	{ "listed by one, the other dead", "zen.spamhaus.org bl.spamcop.net", "192.0.2.7", { ALIVE, { OURS, "A", "127.0.0.4" } },
	  "blocklist.address:fail/4 blocklist.list:unknown/4", NULL },
	{ "of IPv6", "zen.spamhaus.org bl.spamcop.net", "2001:db8::7", { ALIVE6, { NIBBLES, "A", "127.0.0.3" } }, "blocklist.address:fail/6", NULL },
	{ "another list", "bl.example", "192.0.2.7", { { "2.0.0.127.bl.example", "A", "127.0.0.9" }, { "7.2.0.192.bl.example", "A", "127.0.0.9" } },
	  "blocklist.address:fail/4", "bl.example" },
	{ "one that has ended", "zen.spamhaus.org dnsbl.sorbs.net", "192.0.2.7", { ALIVE }, "blocklist.ended:warn",
	  "signet.conf: blocklists = [ \"zen.spamhaus.org\" ];" },
};

static const struct {
	const char *what;
	struct world_row rows[3];
	const char *finds;
} domains[] = {
	{ "clean", { { "dbltest.com.dbl.spamhaus.org", "A", "127.0.1.2" } }, "" },
	{ "spam", { { "dbltest.com.dbl.spamhaus.org", "A", "127.0.1.2" }, { "example.org.dbl.spamhaus.org", "A", "127.0.1.2" } }, "blocklist.domain:fail" },
	{ "abused", { { "dbltest.com.dbl.spamhaus.org", "A", "127.0.1.2" }, { "example.org.dbl.spamhaus.org", "A", "127.0.1.104" } },
	  "blocklist.domain:warn" },
	{ "dead", { { "example.org.dbl.spamhaus.org", "A", "127.0.1.2" } }, "blocklist.domain-list:unknown" },
};

static void set_lists(struct settings *s, const char *zones)
{
	struct span rest = span_of(zones);

	text_list_free(&s->blocklists);
	while (rest.at)
		text_list_add(&s->blocklists, span_cut(&rest, ' '));
}

/* What a list said with certainty is kept for the next run, which does not ask for it; what it did not say is not. */
static void kept_answers(void)
{
	static const struct world_row rows[] = {
		ALIVE, { OURS, "A", "127.0.0.3" }, { OURS, "TXT", "see there" }, { "2.0.0.127.bl.spamcop.net", "A", "SILENT" },
		{ "dbltest.com.dbl.spamhaus.org", "A", "127.0.1.2" },
	};
	struct settings settings = { .hostname = "mail.example.org", .domain = "example.org" };
	struct ip_address a = { 0 };
	struct text_list names = { 0 };
	struct blocklist_kept kept = { 0 };
	struct buf got = { 0 };

	ip_address_parse(SPAN("192.0.2.7"), &a);
	text_list_add(&names, SPAN("example.org"));
	set_lists(&settings, "zen.spamhaus.org bl.spamcop.net dbl.spamhaus.org");
	for (int run = 0; run < 2; run++) {
		struct world w = { .rows = rows, .count = run == 0 ? 5 : 0, .facts = { .settings = &settings, .direct = true, .now_ms = 1790000000000 } };
		w.facts.egress[0] = (struct fact_egress){ .wanted = true, .heard = true, .address = a, .source = a };
		w.facts.blocklists = &kept;
		world_check(&w, "blocklist", "example.org");
		world_print(&w, &got);
		is_text(buf_text(&got), "blocklist.address:fail/4 blocklist.list:unknown/4", "run %d", run);
		bool asked_zen = false, asked_spamcop = false;
		for (size_t i = 0; i < w.facts.count; i++) {
			asked_zen |= strstr(w.facts.items[i]->name, "spamhaus.org") != NULL;
			asked_spamcop |= strstr(w.facts.items[i]->name, "spamcop.net") != NULL;
		}
		is_int(asked_zen, run == 0, "a list that answered is asked once");
		ok(asked_spamcop, "one that did not is asked again");
		world_say(&w, &got);
		is_int(strstr(buf_text(&got), "asked at 2026-09-21 14:13 UTC; signet check --fresh asks again") != NULL, run == 1, "it says when");
		ok(strstr(buf_text(&got), "see there") != NULL, "and what it said");
		check_blocklist_keep(&w.facts, &names, &kept);
		is_int((int)kept.count, 2, "kept are the address's and the domain's answers, and not the silence");
		buf_clear(&got);
		world_free(&w);
	}
	text_list_free(&settings.blocklists);
	text_list_free(&names);
	blocklist_kept_free(&kept);
	buf_free(&got);
}

int main(void)
{
	struct settings settings = { .hostname = "mail.example.org", .domain = "example.org" };

	tap_plan(TAP_ROWS(codes) + 2 * TAP_ROWS(table) + TAP_ROWS(domains) + 12);
	kept_answers();
	for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
		const char *words = "";
		enum blocklist_meaning meaning = blocklist_read(blocklist_known(codes[i].zone), codes[i].answer, &words);
		is_int(meaning, codes[i].meaning, "%s %s: %s", codes[i].zone,
		       codes[i].answer, words);
	}
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		struct world w = { .rows = table[i].rows, .facts = { .settings = &settings, .direct = true } };
		struct ip_address a = { 0 };
		ip_address_parse(span_of(table[i].address), &a);
		w.facts.egress[a.family == 6] = (struct fact_egress){ .wanted = true, .heard = true, .address = a, .source = a };
		set_lists(&settings, table[i].lists);
		while (w.count < 5 && table[i].rows[w.count].name)
			w.count++;
		world_finds(&w, "blocklist", "example.org", table[i].what, table[i].finds, table[i].says);
	}
	for (size_t i = 0; i < sizeof domains / sizeof domains[0]; i++) {
		struct world w = { .rows = domains[i].rows, .facts = { .settings = &settings } };
		struct buf got = { 0 };
		set_lists(&settings, "dbl.spamhaus.org");
		while (w.count < 3 && domains[i].rows[w.count].name)
			w.count++;
		world_check(&w, "blocklist", "example.org");
		world_print(&w, &got);
		is_text(buf_text(&got), domains[i].finds, "a domain: %s", domains[i].what);
		buf_free(&got);
		world_free(&w);
	}
	text_list_free(&settings.blocklists);
	return tap_done();
}
