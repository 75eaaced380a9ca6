/* SPDX-License-Identifier: ISC */
#include "tests/trust/world.h"

#define D "example.org"
#define NOW_MS INT64_C(1796061599000)     /* 2026-11-30 17:59:59 */

static const struct {
	const char *what, *area;
	struct world_row rows[5];
	const char *finds, *says;
} table[] = {
	{ "two servers", "dns", { { D, "SOA", "7" } }, "dns.dnssec:info", NULL },
	{ "one is silent", "dns", { { D, "1SOA", "7" }, { D, "2SOA", "SILENT" }, { D, "@SOA", "7" } }, "dns.servers:warn dns.dnssec:info", "ns2" },
	{ "both are", "dns", { { D, "SOA", "SILENT" } }, "dns.servers:unknown", "no answer in time" },
	{ "one lags behind", "dns", { { D, "1SOA", "7" }, { D, "2SOA", "6" }, { D, "@SOA", "7" } }, "dns.agree:warn dns.dnssec:info",
	  "ns2.example[192.0.2.54] has serial 6" },
	{ "no resolver can use it", "dns", { { D, "1SOA", "7" }, { D, "2SOA", "7" }, { D, "@SOA", "SILENT" } }, "dns.resolve:fail", "compare the DS" },

	{ "an MX", "domain", { { D, "MX", "10 mail.example.org" } }, "", NULL },
	{ "an address", "domain", { { D, "A", "192.0.2.7" } }, "", NULL },
	{ "an address of IPv6", "domain", { { D, "AAAA", "2001:db8::7" } }, "", NULL },
	{ "neither", "domain", { { D, "TXT", "x" } }, "domain.mail:fail", "update add example.org. 3600 MX 10 mail.example.org." },
	{ "a null MX", "domain", { { D, "MX", "0 " } }, "domain.mail:fail", "update delete example.org. MX" },
	{ "silence", "domain", { { D, "MX", "SILENT" } }, "domain.mail:unknown", NULL },

	{ "two", "mx", { { D, "MX", "10 a.example" }, { D, "MX", "20 b.example" }, { "a.example", "A", "192.0.2.1" }, { "b.example", "AAAA", "2001:db8::1" } },
	  "", NULL },
	{ "one", "mx", { { D, "MX", "10 a.example" }, { "a.example", "A", "192.0.2.1" } }, "mx.second:info", NULL },
	{ "without an address", "mx", { { D, "MX", "10 a.example" } }, "mx.resolves:fail mx.second:info", "a.example has no address" },
	{ "an alias", "mx", { { D, "MX", "10 a.example" }, { "a.example", "CNAME", "b.example" }, { "a.example", "A", "192.0.2.1" } },
	  "mx.alias:warn mx.second:info", "let the MX be b.example" },
	{ "an address", "mx", { { D, "MX", "10 192.0.2.1" } }, "mx.resolves:fail mx.second:info", "where a name must be" },
	{ "a private one", "mx", { { D, "MX", "10 a.example" }, { "a.example", "A", "192.168.1.1" } }, "mx.private:fail mx.second:info", "192.168.1.1" },
	{ "a null MX beside", "mx", { { D, "MX", "10 a.example" }, { D, "MX", "0 " }, { "a.example", "A", "192.0.2.1" } }, "mx.null:fail",
	  "update delete example.org. MX 0 ." },
	{ "silence", "mx", { { D, "MX", "10 a.example" }, { "a.example", "A", "SILENT" }, { "a.example", "AAAA", "SILENT" } },
	  "mx.resolves:unknown mx.second:info", NULL },
	{ "none", "mx", { { D, "TXT", "x" } }, "", NULL },

	{ "none", "mtasts", { { D, "TXT", "x" } }, "mtasts.record:info", NULL },
	{ "a record and a host", "mtasts", { { "_mta-sts." D, "TXT", "v=STSv1; id=20260101;" }, { "mta-sts." D, "A", "192.0.2.1" } }, "", NULL },
	{ "and no host", "mtasts", { { "_mta-sts." D, "TXT", "v=STSv1; id=20260101;" } }, "mtasts.policy:fail", "mta-sts.txt" },
	{ "no id", "mtasts", { { "_mta-sts." D, "TXT", "v=STSv1" } }, "mtasts.record:fail", "update add _mta-sts.example.org. 3600 TXT \"v=STSv1; id=20261130175959;\"" },
	{ "an id that is none", "mtasts", { { "_mta-sts." D, "TXT", "v=STSv1; id=2026-01" } }, "mtasts.record:fail", NULL },
	{ "two", "mtasts", { { "_mta-sts." D, "TXT", "v=STSv1; id=1" }, { "_mta-sts." D, "TXT", "v=STSv1; id=2" } }, "mtasts.record:fail", "several" },
	{ "quotes", "mtasts", { { "_mta-sts." D, "TXT", "\"v=STSv1; id=1\"" } }, "mtasts.record:fail", "a quotation mark" },

	{ "none", "tlsrpt", { { D, "TXT", "x" } }, "tlsrpt.record:info", NULL },
	{ "one", "tlsrpt", { { "_smtp._tls." D, "TXT", "v=TLSRPTv1; rua=mailto:a@example.org" } }, "", NULL },
	{ "without an address", "tlsrpt", { { "_smtp._tls." D, "TXT", "v=TLSRPTv1" } }, "tlsrpt.record:warn", "rua=mailto:postmaster@example.org" },
	{ "silence", "tlsrpt", { { "_smtp._tls." D, "TXT", "SILENT" } }, "tlsrpt.record:unknown", NULL },
};

/* TLSA values over a chain of two; the bytes are no certificates, and only their digests count. */
static void chains(void)
{
	static const struct { const char *tlsa; int fits; } rows[] = {
		{ "3 0 0 6f6e65", 1 },
		{ "3 1 0 6b6579", 1 },
		{ "3 0 1 7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed", 1 },
		{ "3 0 2 05f70341078acf6a06d423d21720f9643d5f953626d88a02636dc3a9e79582aeb0c820857fd3f8dc502aa8360d2c8fa97a985fda5b629b809cad18ffb62d3899", 1 },
		{ "3 0 0 74776f", 0 },
		{ "2 0 0 74776f", 1 },
		{ "3 0 1 00", 0 },
		{ "1 0 0 6f6e65", -1 },
		{ "3 2 0 6f6e65", -1 },
		{ "3 0 3 6f6e65", -1 },
		{ "", -1 },
	};
	struct peer_chain c = { .certificates = mem_alloc(2 * sizeof *c.certificates), .keys = mem_alloc(2 * sizeof *c.keys), .count = 2 };

	buf_add_text(&c.certificates[0], "one");
	buf_add_text(&c.certificates[1], "two");
	buf_add_text(&c.keys[0], "key");
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		is_int(peer_chain_fits(&c, rows[i].tlsa), rows[i].fits, "TLSA %s", rows[i].tlsa);
	peer_chain_free(&c);
}

static void tls(void)
{
	enum { DAY_S = 86400 };
	static const struct {
		const char *what;
		bool reached, offers, shakes, named, vouched;
		int days;
		const char *finds, *fix;
	} rows[] = {
		{ "a good one", true, true, true, true, true, 60, "", NULL },
		{ "another name", true, true, true, false, true, 60, "tls.name:info", NULL },
		{ "nobody vouches for it", true, true, true, true, false, 60, "tls.name:info", NULL },
		{ "expires soon", true, true, true, true, true, 13, "tls.expiry:warn", "with Postfix, on that host:\npostfix reload" },
		{ "has expired", true, true, true, true, true, -1, "tls.expiry:fail", "\npostfix reload" },
		{ "no STARTTLS", true, false, false, false, false, 0, "tls.starttls:fail", "\npostfix tls enable-server\npostfix reload" },
		{ "no handshake", true, true, false, false, false, 0, "tls.starttls:fail", "its certificate and key do not match" },
		{ "not reached", false, false, false, false, false, 0, "tls.starttls:unknown", NULL },
	};
	struct settings settings = { .hostname = "mail.example.org", .domain = D };
	struct world_row mx = { D, "MX", "10 a.example" };

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct world w = { .rows = &mx, .count = 1, .facts = { .settings = &settings, .now_ms = 1000 * DAY_S * INT64_C(1000) } };
		struct buf got = { 0 };
		w.facts.mxs = mem_alloc(sizeof *w.facts.mxs);
		w.facts.mx_count = 1;
		w.facts.mxs[0] = (struct fact_mx){ .host = mem_text("a.example"), .address = mem_text("192.0.2.1"), .reached = rows[i].reached,
			.offers_tls = rows[i].offers, .chain = { .expires_s = (1000 + rows[i].days) * INT64_C(86400), .named = rows[i].named,
			.vouched = rows[i].vouched, .doubt = mem_text("") } };
		if (rows[i].shakes) {
			struct peer_chain *c = &w.facts.mxs[0].chain;
			c->count = 1;
			c->certificates = mem_alloc(sizeof *c->certificates);
			c->keys = mem_alloc(sizeof *c->keys);
		}
		world_check(&w, "tls", D);
		world_print(&w, &got);
		is_text(buf_text(&got), rows[i].finds, "tls: %s", rows[i].what);
		buf_clear(&got);
		world_say(&w, &got);
		ok(rows[i].fix == NULL || strstr(buf_text(&got), rows[i].fix), "tls: %s: the fix", rows[i].what);
		buf_free(&got);
		world_free(&w);
	}
}

/* The policy of a domain that has the MX a.example and b.example, served or not. */
static void policies(void)
{
	static const struct {
		const char *what, *text;    /* NULL: it cannot be fetched, */
		bool unanswered, untrusted; /* for this reason, or another one */
		const char *mx[2];
		const char *finds, *says;
	} rows[] = {
		{ "names both", "version: STSv1\nmode: enforce\nmx: a.example\nmx: b.example\nmax_age: 86400\n", false, false, { "a.example", "b.example" }, "", NULL },
		{ "names both by a pattern", "version: STSv1\nmode: enforce\nmx: *.example\nmax_age: 86400\n", false, false, { "a.example", "b.example" }, "", NULL },
		{ "lacks one: what it has stays", "version: STSv1\nmode: enforce\nmx: a.example\nmx: c.example\nmax_age: 604800\n", false, false,
		  { "a.example", "b.example" }, "mtasts.policy:fail",
		  "\nmkdir -p .well-known\nprintf '%s\\n' 'version: STSv1' 'mode: enforce' 'mx: a.example' 'mx: c.example' 'mx: b.example' 'max_age: 604800' > "
		  ".well-known/mta-sts.txt\n" },
		{ "and the record has another id", "version: STSv1\nmode: testing\nmx: a.example\nmax_age: 86400\n", false, false, { "a.example", "b.example" },
		  "mtasts.policy:warn", "update delete _mta-sts.example.org. TXT \"v=STSv1; id=1\"\nupdate add _mta-sts.example.org. 3600 TXT \"v=STSv1; "
		  "id=20261130175959;\"" },
		{ "none", "version: STSv1\nmode: none\nmax_age: 86400\n", false, false, { "a.example" }, "mtasts.policy:info", "mode of the MTA-STS policy is none" },
		{ "without max_age", "version: STSv1\nmode: enforce\nmx: a.example\n", false, false, { "a.example" }, "mtasts.policy:fail",
		  "printf '%s\\n' 'version: STSv1' 'mode: testing' 'mx: a.example' 'max_age: 86400' > .well-known/mta-sts.txt" },
		{ "not there", NULL, false, false, { "a.example" }, "mtasts.policy:fail", "in the folder of what is at https://mta-sts.example.org/,\nmkdir" },
		{ "no web server", NULL, true, false, { "a.example" }, "mtasts.policy:fail", "let a web server answer at https://mta-sts.example.org/" },
		{ "a certificate that is not valid", NULL, false, true, { "a.example" }, "mtasts.policy:fail", "valid for mta-sts.example.org (certbot renew" },
		{ "of a domain without MX", NULL, false, false, { NULL }, "mtasts.policy:fail", "'mode: testing' 'mx: example.org' 'max_age: 86400'" },
		{ "an MX that a shell would not take as a name", NULL, false, false, { "a.example", "b'$(reboot)'.example" }, "mtasts.policy:fail",
		  "'mode: testing' 'mx: a.example' 'max_age: 86400'" },
	};
	struct settings settings = { .hostname = "mail.example.org", .domain = D };

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char mx[2][64];
		struct world_row records[4] = { { "_mta-sts." D, "TXT", "v=STSv1; id=1" }, { "mta-sts." D, "A", "192.0.2.1" } };
		struct world w = { .rows = records, .count = 2, .facts = { .settings = &settings, .now_ms = NOW_MS, .policy_count = 1 } };
		for (int k = 0; k < 2 && rows[i].mx[k]; k++) {
			snprintf(mx[k], sizeof mx[k], "10 %s", rows[i].mx[k]);
			records[w.count++] = (struct world_row){ D, "MX", mx[k] };
		}
		w.facts.policies = mem_alloc(sizeof *w.facts.policies);
		w.facts.policies[0] = (struct fact_policy){ .domain = mem_text(D), .unanswered = rows[i].unanswered, .untrusted = rows[i].untrusted,
			.text = rows[i].text ? mem_text(rows[i].text) : NULL };
		if (rows[i].text == NULL)
			fault_set(&w.facts.policies[0].fault, FAULT_TEMPORARY, "4.7.5", "https://mta-sts." D "/.well-known/mta-sts.txt: none");
		world_finds(&w, "mtasts", D, rows[i].what, rows[i].finds, rows[i].says);
	}
}

int main(void)
{
	struct settings settings = { .hostname = "mail.example.org", .domain = D };
	struct fact_reader readers[] = { { "postmaster", "me@example.net", "" }, { "abuse", "", "there is no root" } };

	tap_plan(2 * TAP_ROWS(table) + 1 + 11 + 2 * 8 + 2 * 11);
	chains();
	tls();
	policies();
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		struct world w = { .rows = table[i].rows, .facts = { .settings = &settings, .now_ms = NOW_MS } };
		while (w.count < 5 && table[i].rows[w.count].name)
			w.count++;
		world_finds(&w, table[i].area, D, table[i].what, table[i].finds, table[i].says);
	}
	struct world w = { .facts = { .settings = &settings, .readers = readers, .reader_count = 2 } };
	struct buf got = { 0 };
	world_check(&w, "domain", D);
	world_print(&w, &got);
	is_text(buf_text(&got), "domain.mail:fail domain.abuse:warn", "nobody reads abuse's mail");
	buf_free(&got);
	world_free(&w);
	return tap_done();
}
