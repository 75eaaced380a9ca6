/* SPDX-License-Identifier: ISC */
#include "tests/trust/world.h"

/* What the outside sees: "SEEN", "SEEN/SOURCE", "-" for a family without a way; "?" before it: nobody has said so. */
static void egress_of(const char *text, struct fact_egress *out)
{
	struct span rest = span_of(text), seen;

	*out = (struct fact_egress){ 0 };
	if (strcmp(text, "-") == 0)
		return;
	out->wanted = out->asked = out->open = true;
	out->by = mem_text("mx.example.net[192.0.2.99]");
	out->heard = text[0] != '?';
	if (!out->heard)
		rest = (struct span){ rest.at + 1, rest.len - 1 };
	seen = span_cut(&rest, '/');
	ip_address_parse(seen, &out->address);
	ip_address_parse(rest.at ? rest : seen, &out->source);
}

#define PTR4 "7.2.0.192.in-addr.arpa"
#define PTR6 "7.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa"
#define MAIL "mail.example.org"

static const struct {
	const char *what, *area, *ipv4, *ipv6, *hostname;
	struct world_row rows[5];
	const char *finds, *says;
} table[] = {
	{ "an address", "egress", "192.0.2.7", "-", MAIL, { { 0 } }, "", NULL },
	{ "both", "egress", "192.0.2.7", "2001:db8::7", MAIL, { { 0 } }, "", NULL },
	{ "behind NAT", "egress", "192.0.2.7/10.0.0.5", "-", MAIL, { { 0 } }, "egress.nat:info/4", "10.0.0.5 is translated to 192.0.2.7" },
	{ "nobody said it", "egress", "?10.0.0.5", "-", MAIL, { { 0 } }, "egress.address:unknown/4", "echo_domains" },
	{ "no way at all", "egress", "-", "-", MAIL, { { 0 } }, "egress.address:fail", "ip route" },

	{ "a good name", "helo", "192.0.2.7", "-", MAIL, { { MAIL, "A", "192.0.2.7" } }, "", NULL },
	{ "no dot", "helo", "192.0.2.7", "-", "web1", { { 0 } }, "helo.name:fail", "signet.conf: hostname = \"mail.example.org\";" },
	{ "localhost", "helo", "192.0.2.7", "-", "localhost.localdomain", { { 0 } }, "helo.name:fail", "DNS does not have" },
	{ ".local", "helo", "192.0.2.7", "-", "web1.local", { { 0 } }, "helo.name:fail", NULL },
	{ "an address as a name", "helo", "192.0.2.7", "-", "192.0.2.7", { { 0 } }, "helo.name:fail", "is an address" },
	{ "without an address", "helo", "192.0.2.7", "-", MAIL, { { 0 } }, "helo.resolves:fail/4", "update add " MAIL ". 3600 A 192.0.2.7" },
	{ "with another", "helo", "192.0.2.7", "-", MAIL, { { MAIL, "A", "192.0.2.8" } }, "helo.resolves:warn/4", "has 192.0.2.8" },
	{ "of IPv4 alone", "helo", "192.0.2.7", "2001:db8::7", MAIL, { { MAIL, "A", "192.0.2.7" } }, "helo.resolves:warn/6",
	  "update add " MAIL ". 3600 AAAA 2001:db8::7" },
	{ "silence", "helo", "192.0.2.7", "-", MAIL, { { MAIL, "A", "SILENT" } }, "helo.resolves:unknown/4", NULL },

	{ "a good PTR", "ptr", "192.0.2.7", "-", MAIL, { { PTR4, "PTR", MAIL }, { MAIL, "A", "192.0.2.7" } }, "", NULL },
	{ "none", "ptr", "192.0.2.7", "-", MAIL, { { 0 } }, "ptr.exists:fail/4", "update add " PTR4 ". 3600 PTR " MAIL "." },
	{ "none of IPv6", "ptr", "192.0.2.7", "2001:db8::7", MAIL, { { PTR4, "PTR", MAIL }, { MAIL, "A", "192.0.2.7" } }, "ptr.exists:fail/6",
	  "signet.conf: mx_families = [ \"ipv4\" ];" },
	{ "both good", "ptr", "192.0.2.7", "2001:db8::7", MAIL,
	  { { PTR4, "PTR", MAIL }, { MAIL, "A", "192.0.2.7" }, { PTR6, "PTR", MAIL }, { MAIL, "AAAA", "2001:db8::7" } }, "", NULL },
	{ "does not lead back", "ptr", "192.0.2.7", "-", MAIL, { { PTR4, "PTR", MAIL }, { MAIL, "A", "192.0.2.8" } }, "ptr.forward:fail/4",
	  "update add " MAIL ". 3600 A 192.0.2.7" },
	{ "leads to nothing", "ptr", "192.0.2.7", "-", MAIL, { { PTR4, "PTR", "gone.example.org" } }, "ptr.forward:fail/4 ptr.helo:warn/4", NULL },
	{ "another name, which is good", "ptr", "192.0.2.7", "-", MAIL, { { PTR4, "PTR", "out.example.org" }, { "out.example.org", "A", "192.0.2.7" } },
	  "ptr.helo:warn/4", "signet.conf: hostname = \"out.example.org\";" },
	{ "of a customer", "ptr", "192.0.2.7", "-", MAIL, { { PTR4, "PTR", "192-0-2-7.dsl.example" }, { "192-0-2-7.dsl.example", "A", "192.0.2.7" } },
	  "ptr.helo:warn/4 ptr.generic:warn/4", "update delete " PTR4 ". PTR 192-0-2-7.dsl.example." },
	{ "the second of two is good", "ptr", "192.0.2.7", "-", MAIL, { { PTR4, "PTR", "old.example" }, { PTR4, "PTR", MAIL }, { MAIL, "A", "192.0.2.7" } },
	  "", "and " MAIL },
	{ "silence", "ptr", "192.0.2.7", "-", MAIL, { { PTR4, "PTR", "SILENT" } }, "ptr.exists:unknown/4", NULL },
	{ "silence behind it", "ptr", "192.0.2.7", "-", MAIL, { { PTR4, "PTR", MAIL }, { MAIL, "A", "SILENT" } }, "ptr.forward:unknown/4", NULL },
	{ "a private address", "ptr", "?10.0.0.5", "-", MAIL, { { 0 } }, "ptr.exists:unknown/4", "is not known" },
};

static void port25(void)
{
	struct settings settings = { .hostname = MAIL, .domain = "example.org" };
	static const struct { bool asked, open; const char *finds; } rows[] = {
		{ true, true, "" }, { true, false, "port25.open:fail/4" }, { false, false, "port25.open:unknown/4" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct world w = { .facts = { .settings = &settings, .direct = true } };
		struct buf got = { 0 };
		egress_of("192.0.2.7", &w.facts.egress[0]);
		w.facts.egress[0].asked = rows[i].asked;
		w.facts.egress[0].open = rows[i].open;
		world_check(&w, "port25", "example.org");
		world_print(&w, &got);
		is_text(buf_text(&got), rows[i].finds, "port 25: asked %d, open %d", rows[i].asked, rows[i].open);
		buf_free(&got);
		world_free(&w);
	}
}

static void changed(void)
{
	struct settings settings = { .hostname = MAIL, .domain = "example.org" };
	struct world w = { .facts = { .settings = &settings, .direct = true } };
	struct buf got = { 0 };

	egress_of("192.0.2.7", &w.facts.egress[0]);
	ip_address_parse(SPAN("192.0.2.8"), &w.facts.egress[0].before);
	world_check(&w, "egress", "example.org");
	world_print(&w, &got);
	is_text(buf_text(&got), "egress.changed:warn/4", "another address than the last time");
	buf_free(&got);
	world_free(&w);
}

/* Of on_address_change: what signetd has said. */
static void detours(void)
{
	static const struct { bool asked, known; unsigned family; const char *finds, *says; } rows[] = {
		{ false, false, 0, "egress.changed:warn/4", NULL },
		{ true, true, 0, "egress.changed:warn/4", NULL },
		{ true, false, 0, "egress.changed:warn/4 egress.detour:unknown/4", "no signetd" },
		{ true, true, 4, "egress.changed:warn/4 egress.detour:warn/4", "signet route --sticky --clear mx" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct settings settings = { .hostname = MAIL, .domain = "example.org" };
		struct world w = { .facts = { .settings = &settings, .direct = true } };
		struct fact_egress *e = &w.facts.egress[0];
		egress_of("192.0.2.7", e);
		ip_address_parse(SPAN("192.0.2.8"), &e->before);
		e->detour_asked = rows[i].asked;
		e->detour_known = rows[i].known;
		fault_set(&e->detour_fault, FAULT_TEMPORARY, "4.3.2", "no signetd answers");
		if (rows[i].family)
			e->detour = (struct control_detour){ .family = 4, .address = mem_text("192.0.2.7"), .before = mem_text("192.0.2.8"),
				.via = mem_text("isp"), .why = mem_text("ptr.exists: none") };
		world_finds(&w, "egress", "example.org", "a detour", rows[i].finds, rows[i].says);
	}
}

/* What is the first line of a report. */
static void first_lines(void)
{
	struct settings settings = { .hostname = MAIL, .domain = "example.org" };
	struct world w = { .facts = { .settings = &settings, .direct = true } };
	struct buf got = { 0 };

	egress_of("192.0.2.7", &w.facts.egress[0]);
	ip_address_parse(SPAN("192.0.2.8"), &w.facts.egress[0].before);
	w.facts.egress[0].detour_asked = w.facts.egress[0].detour_known = true;
	w.facts.egress[0].detour = (struct control_detour){ .family = 4, .address = mem_text("192.0.2.7"), .before = mem_text("192.0.2.8"),
		.via = mem_text("isp"), .why = mem_text("w") };
	world_check(&w, "egress", "example.org");
	findings_print_addresses(&w.found, &got);
	is_text(buf_text(&got), "IPv4: the outside now sees 192.0.2.7; it was 192.0.2.8 at the last check; mail that would go straight goes by isp "
	        "until that address is trusted. Fix: put 192.0.2.7 into SPF and PTR in the place of 192.0.2.8, as spf and ptr say below\n\n",
	        "what was, what is, what moved, and the fix");
	buf_free(&got);
	world_free(&w);
}

static void clocks(void)
{
	struct settings settings = { .hostname = MAIL, .domain = "example.org" };
	static const struct { bool known; int64_t s; const char *finds; } rows[] = {
		{ true, 2, "" }, { true, -60, "" }, { true, 61, "clock.skew:warn" }, { true, -3600, "clock.skew:fail" }, { false, 0, "clock.skew:skipped" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct world w = { .facts = { .settings = &settings } };
		struct buf got = { 0 };
		w.facts.egress[1].clock_known = rows[i].known;
		w.facts.egress[1].clock_s = rows[i].s;
		world_check(&w, "clock", "example.org");
		world_print(&w, &got);
		is_text(buf_text(&got), rows[i].finds, "%lld s off", (long long)rows[i].s);
		buf_clear(&got);
		world_say(&w, &got);
		ok(!!strstr(buf_text(&got), "\napt install systemd-timesyncd\ntimedatectl set-ntp true\n") == (w.found.items[0]->state >= FINDING_WARN),
		   "%lld s off: the fix", (long long)rows[i].s);
		buf_free(&got);
		world_free(&w);
	}
}

/* Whatever this host's own address is like. */
static void through_a_proxy(void)
{
	struct settings settings = { .hostname = MAIL, .domain = "example.org", .mx_proxy = (char *)(uintptr_t)"socks5://proxy.example.net:1080" };
	struct world w = { .facts = { .settings = &settings, .direct = true } };

	world_finds(&w, "egress", "example.org", "a proxy", "egress.address:info", "through the proxy socks5://proxy.example.net:1080: they see an address of its");
}

static void all_through_smarthosts(void)
{
	struct settings settings = { .hostname = MAIL, .domain = "example.org" };
	struct world w = { .facts = { .settings = &settings } };
	struct buf got = { 0 };

	world_check(&w, "egress", "example.org");
	world_print(&w, &got);
	is_text(buf_text(&got), "egress.address:skipped", "our own address does not matter where all goes through smarthosts");
	buf_free(&got);
	world_free(&w);
}

int main(void)
{
	tap_plan(2 * TAP_ROWS(table) + 3 + 1 + 8 + 1 + 2 * 5 + 2 + 1);
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		struct settings settings = { .hostname = (char *)table[i].hostname, .domain = "example.org" };
		struct world w = { .rows = table[i].rows, .facts = { .settings = &settings, .direct = true } };
		egress_of(table[i].ipv4, &w.facts.egress[0]);
		egress_of(table[i].ipv6, &w.facts.egress[1]);
		while (w.count < 5 && table[i].rows[w.count].name)
			w.count++;
		world_finds(&w, table[i].area, "example.org", table[i].what, table[i].finds, table[i].says);
	}
	port25();
	changed();
	detours();
	first_lines();
	clocks();
	through_a_proxy();
	all_through_smarthosts();
	return tap_done();
}
