/* SPDX-License-Identifier: ISC */
/* Facts, the servers that follow from them, and the evaluators' questions that they answer. */
#include "tests/trust/world.h"

#include "trust/fact_answers.h"
#include "trust/gather.h"

static const struct {
	const char *rdata;
	size_t len;
	const char *value, *quoted;    /* NULL: it is malformed */
} txts[] = {
	{ "\005v=abc\002de", 9, "v=abcde", "\"v=abc\" \"de\"" },
	{ "\003a\"\\", 4, "a\"\\", "\"a\\034\\092\"" },
	{ "\003a\0b", 4, "a\001b", "\"a\\000b\"" },
	{ "\002\xc2\xa0", 3, "\xc2\xa0", "\"\\194\\160\"" },
	{ "\000", 1, "", "\"\"" },
	{ "\005ab", 3, NULL, NULL },
	{ "", 0, NULL, NULL },
};

static void strings(void)
{
	for (size_t i = 0; i < sizeof txts / sizeof txts[0]; i++) {
		struct facts facts = { 0 };
		struct fact_answer *a = fact_add(facts_find(&facts, FACT_SYSTEM, "a.example", DNS_TXT), "");
		bool sound = fact_add_txt(a, (struct span){ txts[i].rdata, txts[i].len });
		is_text(sound ? a->values.items[0] : "malformed", txts[i].value ? txts[i].value : "malformed", "TXT %zu", i);
		is_text(sound ? a->quoted.items[0] : "malformed", txts[i].quoted ? txts[i].quoted : "malformed", "TXT %zu as zone files have it", i);
		facts_free(&facts);
	}
}

static void wanting(void)
{
	struct facts facts = { 0 };
	struct buf text = { 0 };

	ok(facts_system(&facts, "A.example.", DNS_TXT) == NULL && facts.wanted == 1, "what is not known is wanted");
	ok(facts_system(&facts, "a.example", DNS_TXT) == NULL && facts.wanted == 1, "once, whatever the case and the final dot");
	ok(facts_fresh(&facts, "a.example", DNS_TXT) == NULL && facts.wanted == 2, "the other view is another question");
	const struct fact_answer *none = facts_system(&facts, "a..example", DNS_TXT);
	is_text(none ? none->fault.status : "", "5.1.2", "what is not a name is not asked");
	const struct fact *fresh = facts_fresh(&facts, "a..example", DNS_TXT);
	is_text(fresh ? fresh->fault.status : "", "5.1.2", "in neither view");
	for (int i = 0; i < FACTS_QUESTIONS_MAX + 10; i++) {
		buf_clear(&text);
		buf_printf(&text, "n%d.example", i);
		none = facts_system(&facts, buf_text(&text), DNS_A);
	}
	is_text(none ? none->fault.status : "", "4.4.3", "there is a bound: %s", none ? none->fault.text : "");
	is_int(facts.count, FACTS_QUESTIONS_MAX, "which holds");
	buf_free(&text);
	facts_free(&facts);
}

static const struct {
	const char *what, *name;
	struct world_row rows[6];
	const char *servers;    /* "; " between them, or the fault's status */
} zones[] = {
	{ "the zone itself", "example.org", { { "example.org", "NS", "ns.example" }, { "ns.example", "A", "192.0.2.1" } }, "ns.example[192.0.2.1]" },
	{ "a name in it", "a.b.example.org", { { "a.b.example.org", "TXT", "x" }, { "b.example.org", "TXT", "x" }, { "example.org", "NS", "ns.example" },
	                                       { "ns.example", "A", "192.0.2.1" } }, "ns.example[192.0.2.1]" },
	{ "a zone below", "a.b.example.org", { { "b.example.org", "NS", "ns.b.example" }, { "example.org", "NS", "ns.example" },
	                                       { "ns.b.example", "AAAA", "2001:db8::1" } }, "ns.b.example[2001:db8::1]" },
	{ "both families", "example.org", { { "example.org", "NS", "ns.example" }, { "ns.example", "A", "192.0.2.1" }, { "ns.example", "AAAA", "2001:db8::1" } },
	  "ns.example[192.0.2.1]; ns.example[2001:db8::1]" },
	{ "a server without an address", "example.org", { { "example.org", "NS", "gone.example" } }, "gone.example" },
	{ "an alias is not a zone", "a.example.org", { { "a.example.org", "CNAME", "b.example" }, { "a.example.org", "NS", "ns.b.example" },
	                                               { "example.org", "NS", "ns.example" }, { "ns.example", "A", "192.0.2.1" } }, "ns.example[192.0.2.1]" },
	{ "a domain that does not exist", "example.org", { { "org", "NS", "ns.registry.example" } }, "5.1.2" },
	{ "nor anything above it", "example.org", { { "x.example", "A", "192.0.2.1" } }, "5.1.2" },
	{ "silence", "example.org", { { "example.org", "NS", "SILENT" }, { "org", "NS", "SILENT" } }, "4.4.3" },
	{ "silence at a name in it alone", "a.example.org", { { "a.example.org", "NS", "SILENT" }, { "example.org", "NS", "ns.example" },
	                                                      { "ns.example", "A", "192.0.2.1" } }, "ns.example[192.0.2.1]" },
};

static void servers(void)
{
	for (size_t i = 0; i < sizeof zones / sizeof zones[0]; i++) {
		struct world w = { .rows = zones[i].rows };
		struct gather_servers found;
		struct buf text = { 0 };
		struct fault f;
		int result;
		while (w.count < 6 && zones[i].rows[w.count].name)
			w.count++;
		for (int round = 0; (result = gather_servers_of(&w.facts, zones[i].name, &found, &f)) > 0 && round < 10; round++)
			world_fill(&w);
		for (size_t k = 0; k < found.count; k++)
			buf_printf(&text, "%s%s", k ? "; " : "", found.items[k].name);
		is_text(result < 0 ? f.status : buf_text(&text), zones[i].servers, "servers: %s: %s", zones[i].what, result < 0 ? f.text : "");
		gather_servers_free(&found);
		buf_free(&text);
		world_free(&w);
	}
}

/* What the evaluators get: MX by preference, addresses as bytes, trouble as trouble. */
static void questions(void)
{
	static const struct world_row rows[] = {
		{ "example.org", "MX", "20 b.example" }, { "example.org", "MX", "5 a.example" }, { "example.org", "MX", "20 c.example" },
		{ "a.example", "A", "192.0.2.1" }, { "s.example", "TXT", "SILENT" },
	};
	struct world w = { .rows = rows, .count = 5 };
	struct answers a = { 0 };
	struct buf order = { 0 };

	answers_get(&a, "example.org", DNS_MX);
	answers_get(&a, "a.example", DNS_A);
	answers_get(&a, "s.example", DNS_TXT);
	answers_get(&a, "none.example", DNS_TXT);
	ok(!fact_answers(&w.facts, "example.org", &a) && w.facts.wanted == 4, "questions become wants");
	world_fill(&w);
	ok(fact_answers(&w.facts, "example.org", &a) && a.open == 0, "and facts answers");
	const struct answer *mx = answers_get(&a, "example.org", DNS_MX), *address = answers_get(&a, "a.example", DNS_A);
	for (size_t i = 0; i < mx->count; i++)
		buf_printf(&order, "%.*s ", (int)mx->records[i].len, mx->records[i].at);
	is_text(buf_text(&order), "a.example b.example c.example ", "MX by preference");
	ok(address->count == 1 && address->records[0].len == 4 && memcmp(address->records[0].at, "\xc0\0\x02\x01", 4) == 0, "an address is four bytes");
	is_int(answers_get(&a, "s.example", DNS_TXT)->state, ANSWER_TROUBLE, "silence is trouble");
	is_int(answers_get(&a, "none.example", DNS_TXT)->state, ANSWER_NO_NAME, "and what does not exist does not exist");
	buf_free(&order);
	answers_free(&a);
	world_free(&w);
}

/* Many domains share one facts: each has a bound of its own, and goes when it is done. */
static void shares(void)
{
	struct facts facts = { 0 };
	struct text_list domains = { 0 };
	enum { NAMES = 3000 };

	facts.most = SIZE_MAX;
	for (int i = 0; i < NAMES; i++) {
		char name[40];
		snprintf(name, sizeof name, "d%d.%s.example", i, i % 3 ? "kept" : "gone");
		fact_add(facts_find(&facts, FACT_SYSTEM, name, DNS_A), "")->ttl_s = (uint32_t)i;
		facts.items[i]->known = true;
		facts.wanted--;
	}
	const struct fact *one = facts_find(&facts, FACT_SYSTEM, "D2998.kept.example.", DNS_A);
	ok(one && one->known && one->answers[0].ttl_s == 2998 && facts.count == NAMES, "%d names, each once", NAMES);
	text_list_add(&domains, SPAN("gone.example"));
	facts_forget(&facts, &domains);
	is_int(facts.count, NAMES - NAMES / 3, "those of a domain are forgotten");
	one = facts_find(&facts, FACT_SYSTEM, "d2998.kept.example", DNS_A);
	ok(one && one->known && one->answers[0].ttl_s == 2998, "others are not");
	size_t missed = facts.missed;
	ok(facts_system(&facts, "d2997.gone.example", DNS_A) == NULL && facts.wanted == 1 && facts.missed == missed + 1, "and may be asked again");
	facts.most = facts.count;
	ok(facts_system(&facts, "another.example", DNS_A)->fault.kind == FAULT_TEMPORARY, "a bound that is given holds");
	text_list_free(&domains);
	facts_free(&facts);
}

int main(void)
{
	tap_plan(2 * TAP_ROWS(txts) + 7 + TAP_ROWS(zones) + 6 + 5);
	strings();
	wanting();
	servers();
	questions();
	shares();
	return tap_done();
}
