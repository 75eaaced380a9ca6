/* SPDX-License-Identifier: ISC */
/* SPF, smarthosts and DMARC. */
#include "tests/trust/world.h"

#define D "example.org"
#define MAIL "mail.example.org"

struct row {
	const char *what, *area;
	struct world_row rows[5];
	const char *finds, *says;
};

static const struct row table[] = {
	{ "a good record", "spf", { { D, "TXT", "v=spf1 ip4:192.0.2.7 -all" }, { MAIL, "TXT", "v=spf1 ip4:192.0.2.7 -all" } }, "", NULL },
	{ "beside others", "spf", { { D, "TXT", "x=y" }, { D, "TXT", "v=spf1 mx -all" }, { D, "MX", "10 " MAIL }, { MAIL, "A", "192.0.2.7" },
	                            { MAIL, "TXT", "v=spf1 a -all" } }, "", NULL },
	{ "none", "spf", { { D, "TXT", "x=y" }, { MAIL, "TXT", "v=spf1 ip4:192.0.2.7 -all" } }, "spf.record:fail",
	  "update add example.org. 3600 TXT \"v=spf1 ip4:192.0.2.7 ~all\"" },
	{ "two", "spf", { { D, "TXT", "v=spf1 mx -all" }, { D, "TXT", "v=spf1 include:isp.example ~all" }, { MAIL, "TXT", "v=spf1 ip4:192.0.2.7 -all" },
	  { "isp.example", "TXT", "v=spf1 -all" } },
	  "spf.record:fail", "update add example.org. 3600 TXT \"v=spf1 mx include:isp.example ip4:192.0.2.7 -all\"" },
	{ "terms that lead to nothing", "spf", { { D, "TXT", "v=spf1 include:gone.example a:gone.example mx:gone.example -all" }, { MAIL, "TXT", "v=spf1 ip4:192.0.2.7 -all" } },
	  "spf.egress-pass:fail/4", "update add example.org. 3600 TXT \"v=spf1 ip4:192.0.2.7 -all\"" },
	{ "an error", "spf", { { D, "TXT", "v=spf1 ipv4:192.0.2.7 -all" }, { MAIL, "TXT", "v=spf1 ip4:192.0.2.7 -all" } },
	  "spf.syntax:fail spf.egress-pass:fail/4", "column 8, \"ipv4:192.0.2.7\"" },
	{ "quotes", "spf", { { D, "TXT", "\"v=spf1 mx -all\"" }, { MAIL, "TXT", "v=spf1 ip4:192.0.2.7 -all" } }, "spf.record:fail",
	  "update delete example.org. TXT \"\\034v=spf1 mx -all\\034\"\nupdate add example.org. 3600 TXT \"v=spf1 mx ip4:192.0.2.7 -all\"" },
	{ "a no-break space", "spf", { { D, "TXT", "v=spf1\xc2\xa0mx -all" }, { MAIL, "TXT", "v=spf1 ip4:192.0.2.7 -all" } }, "spf.record:fail", "U+00A0" },
	{ "+all", "spf", { { D, "TXT", "v=spf1 +all" }, { MAIL, "TXT", "v=spf1 ip4:192.0.2.7 -all" } }, "spf.all:fail", "\"v=spf1 ip4:192.0.2.7 ~all\"" },
	{ "?all", "spf", { { D, "TXT", "v=spf1 ip4:192.0.2.7 ?all" }, { MAIL, "TXT", "v=spf1 ip4:192.0.2.7 -all" } }, "spf.all:warn", NULL },
	{ "no end", "spf", { { D, "TXT", "v=spf1 ip4:192.0.2.7" }, { MAIL, "TXT", "v=spf1 ip4:192.0.2.7 -all" } }, "spf.all:warn", "has no end" },
	{ "ptr", "spf", { { D, "TXT", "v=spf1 ip4:192.0.2.7 ptr -all" }, { MAIL, "TXT", "v=spf1 ip4:192.0.2.7 -all" } }, "spf.ptr:warn", NULL },
	{ "another address", "spf", { { D, "TXT", "v=spf1 ip4:192.0.2.8 -all" }, { MAIL, "TXT", "v=spf1 ip4:192.0.2.7 -all" } }, "spf.egress-pass:fail/4",
	  "update delete example.org. TXT \"v=spf1 ip4:192.0.2.8 -all\"\nupdate add example.org. 3600 TXT \"v=spf1 ip4:192.0.2.8 ip4:192.0.2.7 -all\"" },
	{ "an include that is gone", "spf", { { D, "TXT", "v=spf1 include:gone.example -all" }, { MAIL, "TXT", "v=spf1 ip4:192.0.2.7 -all" } },
	  "spf.egress-pass:fail/4", "permerror" },
	{ "an include that is silent", "spf", { { D, "TXT", "v=spf1 include:isp.example -all" }, { "isp.example", "TXT", "SILENT" },
	                                        { MAIL, "TXT", "v=spf1 ip4:192.0.2.7 -all" } }, "spf.egress-pass:unknown/4", NULL },
	{ "a circle of includes", "spf", { { D, "TXT", "v=spf1 include:" D " -all" }, { MAIL, "TXT", "v=spf1 ip4:192.0.2.7 -all" } },
	  "spf.lookups:fail spf.egress-pass:fail/4", "more than 10" },
	{ "HELO has none", "spf", { { D, "TXT", "v=spf1 ip4:192.0.2.7 -all" } }, "spf.helo-pass:warn/4",
	  "update add " MAIL ". 3600 TXT \"v=spf1 ip4:192.0.2.7 ~all\"" },
	{ "HELO fails", "spf", { { D, "TXT", "v=spf1 ip4:192.0.2.7 -all" }, { MAIL, "TXT", "v=spf1 -all" } }, "spf.helo-pass:fail/4",
	  "update add " MAIL ". 3600 TXT \"v=spf1 ip4:192.0.2.7 -all\"" },
	{ "a resolver that remembers", "spf", { { D, "1TXT", "v=spf1 ip4:192.0.2.7 -all" }, { D, "2TXT", "v=spf1 ip4:192.0.2.7 -all" }, { D, "@TXT", "v=spf1 -all" },
	                                        { MAIL, "TXT", "v=spf1 ip4:192.0.2.7 -all" } }, "spf.cached:info", "for 300 s at most" },
	{ "silence", "spf", { { D, "TXT", "SILENT" }, { MAIL, "TXT", "v=spf1 ip4:192.0.2.7 -all" } }, "spf.record:unknown", NULL },

	{ "it passes", "smarthost", { { D, "TXT", "v=spf1 include:isp.example -all" }, { "isp.example", "TXT", "v=spf1 ip4:198.51.100.0/24 -all" },
	                              { "smtp.isp.example", "A", "198.51.100.20" } }, "", NULL },
	{ "it does not", "smarthost", { { D, "TXT", "v=spf1 mx -all" }, { "smtp.isp.example", "A", "198.51.100.20" } }, "smarthost.spf:warn",
	  "update add example.org. 3600 TXT \"v=spf1 mx ip4:192.0.2.7 a:smtp.isp.example -all\"" },
	{ "nor do we: one record is for both", "spf", { { D, "TXT", "v=spf1 mx -all" }, { MAIL, "TXT", "v=spf1 ip4:192.0.2.7 -all" },
	                                                { "smtp.isp.example", "A", "198.51.100.20" } }, "spf.egress-pass:fail/4",
	  "update add example.org. 3600 TXT \"v=spf1 mx ip4:192.0.2.7 a:smtp.isp.example -all\"" },
	{ "it passes, and we do not", "spf", { { D, "TXT", "v=spf1 ip4:198.51.100.20 -all" }, { MAIL, "TXT", "v=spf1 ip4:192.0.2.7 -all" },
	                                       { "smtp.isp.example", "A", "198.51.100.20" } }, "spf.egress-pass:fail/4",
	  "update add example.org. 3600 TXT \"v=spf1 ip4:198.51.100.20 ip4:192.0.2.7 -all\"" },
	{ "one address of two", "smarthost", { { D, "TXT", "v=spf1 ip4:198.51.100.20 -all" }, { "smtp.isp.example", "A", "198.51.100.20" },
	                                       { "smtp.isp.example", "A", "198.51.100.21" } }, "smarthost.spf:warn", "1 of the 2 addresses" },
	{ "it has no address", "smarthost", { { D, "TXT", "v=spf1 mx -all" } }, "smarthost.spf:warn", "no address in the DNS" },
	{ "it is silent", "smarthost", { { D, "TXT", "v=spf1 mx -all" }, { "smtp.isp.example", "A", "SILENT" } }, "smarthost.spf:unknown", NULL },

	{ "a good record", "dmarc", { { "_dmarc." D, "TXT", "v=DMARC1; p=reject; rua=mailto:postmaster@" D } }, "", NULL },
	{ "to begin with", "dmarc", { { "_dmarc." D, "TXT", "v=DMARC1; p=none; rua=mailto:postmaster@" D } }, "dmarc.policy:info", "p=quarantine protects" },
	{ "none", "dmarc", { { D, "TXT", "x" } }, "dmarc.record:fail",
	  "update add _dmarc.example.org. 3600 TXT \"v=DMARC1; p=none; rua=mailto:postmaster@example.org\"" },
	{ "two", "dmarc", { { "_dmarc." D, "TXT", "v=DMARC1; p=none" }, { "_dmarc." D, "TXT", "v=DMARC1; p=reject" } }, "dmarc.record:fail", "several" },
	{ "quotes", "dmarc", { { "_dmarc." D, "TXT", "\"v=DMARC1; p=none\"" } }, "dmarc.record:fail", "a quotation mark" },
	{ "a backslash", "dmarc", { { "_dmarc." D, "TXT", "v=DMARC1\\; p=none" } }, "dmarc.record:fail", "a backslash" },
	{ "small letters", "dmarc", { { "_dmarc." D, "TXT", "v=dmarc1; p=none" } }, "dmarc.record:fail", "in capitals" },
	{ "the domain twice", "dmarc", { { "_dmarc." D "." D, "TXT", "v=DMARC1; p=none" } }, "dmarc.record:fail",
	  "update delete _dmarc.example.org.example.org. TXT \"v=DMARC1; p=none\"" },
	{ "an old tag", "dmarc", { { "_dmarc." D, "TXT", "v=DMARC1; p=reject; pct=50; rua=mailto:a@" D } }, "dmarc.obsolete:info", "column 21" },
	{ "p is not second", "dmarc", { { "_dmarc." D, "TXT", "v=DMARC1; rua=mailto:a@" D "; p=reject" } }, "dmarc.order:warn",
	  "\"v=DMARC1; p=reject; rua=mailto:a@example.org\"" },
	{ "no policy that is one", "dmarc", { { "_dmarc." D, "TXT", "v=DMARC1; p=monitor" } }, "dmarc.record:fail", "is not applied" },
	{ "an error", "dmarc", { { "_dmarc." D, "TXT", "v=DMARC1; p=reject; aspf=x; rua=mailto:a@" D } }, "dmarc.syntax:warn", "column" },
	{ "no reports", "dmarc", { { "_dmarc." D, "TXT", "v=DMARC1; p=reject" } }, "dmarc.reports:info", NULL },
	{ "reports elsewhere", "dmarc", { { "_dmarc." D, "TXT", "v=DMARC1; p=reject; rua=mailto:a@else.example" } }, "dmarc.reports:warn",
	  "update add example.org._report._dmarc.else.example. 3600 TXT \"v=DMARC1\"" },
	{ "which takes them", "dmarc", { { "_dmarc." D, "TXT", "v=DMARC1; p=reject; rua=mailto:a@else.example" },
	                                 { "example.org._report._dmarc.else.example", "TXT", "v=DMARC1" } }, "", NULL },
	{ "silence", "dmarc", { { "_dmarc." D, "TXT", "SILENT" } }, "dmarc.record:unknown", NULL },
};

/* A subdomain, whose record is that of the domain above; and a key of that. */
static void below(void)
{
	static const struct { const char *record, *finds; } rows[] = {
		{ "v=DMARC1; p=reject; rua=mailto:a@example.org", "" },
		{ "v=DMARC1; p=reject; adkim=s; rua=mailto:a@example.org", "dmarc.alignment:fail" },
	};
	struct settings settings = { .hostname = MAIL, .domain = D };
	struct fact_key key = { "news.example.org", D, "s1", "/k", SIGN_DKIM, NULL, false, { 0 } };

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct world_row record = { "_dmarc." D, "TXT", rows[i].record };
		struct world w = { .rows = &record, .count = 1, .facts = { .settings = &settings, .keys = &key, .key_count = 1 } };
		struct buf got = { 0 };
		world_check(&w, "dmarc", "news.example.org");
		world_print(&w, &got);
		is_text(buf_text(&got), rows[i].finds, "below: %s", rows[i].record);
		buf_free(&got);
		world_free(&w);
	}
}

int main(void)
{
	struct settings settings = { .hostname = MAIL, .domain = D };
	struct fact_key key = { D, D, "s1", "/k", SIGN_DKIM, NULL, false, { 0 } };
	struct text_list no_terms = { 0 }, named = { 0 };
	struct fact_hop hop = { "isp", "smtp.isp.example", true, &no_terms };

	tap_plan(2 * TAP_ROWS(table) + 2 + 2 + 2);
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		const struct row *r = &table[i];
		struct world w = { .rows = r->rows, .facts = { .settings = &settings, .direct = true, .keys = &key, .key_count = 1, .hops = &hop,
		                                               .hop_count = 1 } };
		ip_address_parse(SPAN("192.0.2.7"), &w.facts.egress[0].address);
		w.facts.egress[0].wanted = w.facts.egress[0].heard = true;
		while (w.count < 5 && r->rows[w.count].name)
			w.count++;
		world_finds(&w, r->area, D, r->what, r->finds, r->says);
	}
	/* One of a provider that is known, and nobody has said its spf. */
	static const struct world_row known[] = { { D, "TXT", "v=spf1 mx -all" }, { "smtp.fastmail.com", "A", "198.51.100.20" } };
	struct world fastmail = { .rows = known, .count = 2, .facts = { .settings = &settings, .direct = false, .hops = &hop, .hop_count = 1 } };
	hop.host = "smtp.fastmail.com";
	world_finds(&fastmail, "smarthost", D, "a known provider", "smarthost.spf:warn",
	            "update add example.org. 3600 TXT \"v=spf1 mx include:spf.messagingengine.com -all\"");
	hop.host = "smtp.isp.example";
	below();
	text_list_add(&named, SPAN("include:_spf.isp.example"));
	hop.spf = &named;
	for (int has = 0; has < 2; has++) {
		struct world_row record = { D, "TXT", has ? "v=spf1 Include:_spf.isp.example -all" : "v=spf1 mx -all" };
		struct world w = { .rows = &record, .count = 1, .facts = { .settings = &settings, .hops = &hop, .hop_count = 1 } };
		struct buf got = { 0 };
		world_check(&w, "smarthost", D);
		world_print(&w, &got);
		is_text(buf_text(&got), has ? "" : "smarthost.spf:fail", "what the provider names is %s the record", has ? "in" : "not in");
		buf_free(&got);
		world_free(&w);
	}
	text_list_free(&named);
	return tap_done();
}
