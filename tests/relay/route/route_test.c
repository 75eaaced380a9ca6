/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "relay/route/route.h"

#include <stdlib.h>

static const struct setting *row_named(const struct setting_group *table, const char *name)
{
	for (size_t i = 0; i < table->count; i++)
		if (strcmp(table->rows[i].name, name) == 0)
			return &table->rows[i];
	abort();
}

static void set_words(const struct setting *row, void *group, const char *words)
{
	struct span rest = span_of(words);

	while (rest.len > 0)
		setting_set(row, group, span_cut(&rest, ' '), NULL);
}

static void add_rule(struct settings *s, const char *to, const char *via)
{
	const struct setting *routes = row_named(&settings_table, "routes");
	void *rule = setting_add_group(routes, s);

	set_words(row_named(routes->group, "to"), rule, to);
	set_words(row_named(routes->group, "via"), rule, via);
}

static void add_smarthost(struct settings *s, const char *name)
{
	const struct setting *hosts = row_named(&settings_table, "smarthosts");

	set_words(row_named(hosts->group, "name"), setting_add_group(hosts, s), name);
}

static void add_rule_from(struct settings *s, const char *from, const char *to, const char *via)
{
	const struct setting *routes = row_named(&settings_table, "routes");

	add_rule(s, to, via);
	set_words(row_named(routes->group, "from"), &s->routes[s->route_count - 1], from);
}

static enum route_answer find(const struct settings *s, const char *domain, const char *sender,
                              const struct text_list *mx, struct route *out)
{
	struct routes *r = routes_open(s, -1);
	struct route_question q = { .domain = span_of(domain), .sender = span_of(sender), .mx_hosts = mx };
	enum route_answer answer = route_find(r, &q, out);

	routes_free(r);
	return answer;
}

static struct text_list words(const char *text)
{
	struct text_list list = { 0 };
	struct span rest = span_of(text);

	while (rest.len > 0)
		text_list_add(&list, span_cut(&rest, ' '));
	return list;
}

static void rules(void)
{
	enum { NO = -1, MX = -2 };
	/* mx: NULL is not looked up yet. */
	static const struct { const char *domain, *mx; int want; } cases[] = {
		{ "rogers.com", NULL, 0 },
		{ "ROGERS.com", NULL, 0 },
		{ "rogers.com.", NULL, 0 },
		{ "a.rogers.com", NULL, MX },
		{ "xrogers.com", NULL, MX },
		{ "sub.example", NULL, MX },
		{ "a.sub.example", NULL, 1 },
		{ "b.A.Sub.Example", NULL, 1 },
		{ "asub.example", NULL, MX },
		{ ".sub.example", NULL, MX },
		{ "any.example", "mta5.am0.yahoodns.net", 2 },
		{ "any.example", "mta5.am0.YahooDNS.net.", 2 },
		{ "any.example", "mx1.example mta5.am0.yahoodns.net", 2 },
		{ "any.example", "yahoodns.net", NO },
		{ "any.example", "evilyahoodns.net", NO },
		{ "any.example", "", NO },
		{ "any.example", "mx.exact.example", 3 },
		{ "any.example", "a.mx.exact.example", NO },
		{ "later.example", NULL, MX },
		{ "later.example", "mx1.example", 4 },
		{ "[192.0.2.1]", "", 5 },
		{ "", "", NO },
	};
	struct settings s;

	settings_begin(&s);
	add_rule(&s, "rogers.com yahoo.com", "isp");
	add_rule(&s, ".sub.example", "mx");
	add_rule(&s, "mx:.yahoodns.net", "isp mx");
	add_rule(&s, "MX:mx.exact.example", "mx");
	add_rule(&s, "later.example", "mx");
	add_rule(&s, "[192.0.2.1]", "mx");
	settings_complete(&s);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct text_list hosts = words(cases[i].mx ? cases[i].mx : "");
		struct route r = { 0 };
		enum route_answer answer = find(&s, cases[i].domain, "", cases[i].mx ? &hosts : NULL, &r);
		int got = answer == ROUTE_FOUND ? (int)r.rule : answer == ROUTE_NEEDS_MX ? MX : NO;
		is_int(got, cases[i].want, "\"%s\" with MX %s", cases[i].domain, cases[i].mx ? cases[i].mx : "unknown");
		text_list_free(&hosts);
	}
	settings_free(&s);
}

/* Whether mail for this host's own name stays here is the DNS's to say: nothing is decided before. */
static void own_name(void)
{
	static const struct { enum hostname_mx mx; const char *domain, *hosts; bool local; enum route_answer want; } cases[] = {
		{ HOSTNAME_UNKNOWN, "web1.example.org", NULL, false, ROUTE_NEEDS_MX },
		{ HOSTNAME_UNKNOWN, "WEB1.example.org.", NULL, false, ROUTE_NEEDS_MX },
		{ HOSTNAME_UNKNOWN, "web1.example.org", "mx.example.net", false, ROUTE_FOUND },
		{ HOSTNAME_UNKNOWN, "web2.example.org", NULL, false, ROUTE_FOUND },
		{ HOSTNAME_ELSEWHERE, "web1.example.org", NULL, false, ROUTE_FOUND },
		{ HOSTNAME_HERE, "web1.example.org", NULL, true, ROUTE_FOUND },
		{ HOSTNAME_HERE, "web2.example.org", NULL, false, ROUTE_FOUND },
		{ HOSTNAME_UNKNOWN, "web1", NULL, true, ROUTE_FOUND },
		{ HOSTNAME_UNKNOWN, "", NULL, true, ROUTE_FOUND },
	};
	struct settings s;
	struct buf faults = { 0 };

	settings_begin(&s);
	setting_set(row_named(&settings_table, "hostname"), &s, SPAN("web1.example.org"), NULL);
	settings_complete(&s);
	struct routes *r = routes_read(&s, &faults);
	is_int(routes_hostname_mx(r), HOSTNAME_UNKNOWN, "nothing is known at first");
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct text_list hosts = words(cases[i].hosts ? cases[i].hosts : "");
		struct route_question q = { .domain = span_of(cases[i].domain), .mx_hosts = cases[i].hosts ? &hosts : NULL };
		struct route route;
		routes_set_hostname_mx(r, cases[i].mx);
		struct buf address = { 0 };
		buf_printf(&address, "al%s%s", cases[i].domain[0] ? "@" : "", cases[i].domain);
		is_int(routes_is_local(r, buf_span(&address)), cases[i].local, "%s stays, case %zu", buf_text(&address), i);
		buf_free(&address);
		is_int(route_find(r, &q, &route), cases[i].want, "and its route");
		text_list_free(&hosts);
	}
	routes_free(r);
	settings_free(&s);
}

/* Only an answer about hostname that is not trouble settles where its mail goes. */
static void hostname_learnt(void)
{
	static const struct { const char *domain; enum fault_kind trouble; bool elsewhere, settles; enum hostname_mx then; } cases[] = {
		{ "web1.example.org", FAULT_NONE, false, true, HOSTNAME_HERE },
		{ "WEB1.example.org.", FAULT_NONE, true, true, HOSTNAME_ELSEWHERE },
		{ "web1.example.org", FAULT_PERMANENT, false, true, HOSTNAME_HERE },
		{ "web1.example.org", FAULT_TEMPORARY, false, false, HOSTNAME_UNKNOWN },
		{ "example.org", FAULT_NONE, false, false, HOSTNAME_UNKNOWN },
		{ "web1", FAULT_NONE, false, false, HOSTNAME_UNKNOWN },
	};
	static const struct { const char *root, *address, *reader; } readers[] = {
		{ "me@example.net", "al", "me@example.net" },
		{ "me@example.net", "al@web1.example.org", "me@example.net" },
		{ "me@example.net", "al@example.org", "al@example.org" },
		{ "al@web1", "postmaster", "al@web1" },
		{ "", "al", "al" },
	};
	struct settings s;
	struct buf faults = { 0 };

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		settings_begin(&s);
		setting_set(row_named(&settings_table, "hostname"), &s, SPAN("web1.example.org"), NULL);
		settings_complete(&s);
		struct routes *r = routes_read(&s, &faults);
		is_int(routes_learn_hostname_mx(r, span_of(cases[i].domain), cases[i].trouble, cases[i].elsewhere), cases[i].settles,
		       "what is said of %s settles it, case %zu", cases[i].domain, i);
		is_int(routes_hostname_mx(r), cases[i].then, "and is known");
		routes_free(r);
		settings_free(&s);
	}
	for (size_t i = 0; i < sizeof readers / sizeof readers[0]; i++) {
		settings_begin(&s);
		setting_set(row_named(&settings_table, "hostname"), &s, SPAN("web1.example.org"), NULL);
		setting_set(row_named(&settings_table, "root"), &s, span_of(readers[i].root), NULL);
		settings_complete(&s);
		struct routes *r = routes_read(&s, &faults);
		routes_set_hostname_mx(r, HOSTNAME_HERE);
		is_text(routes_reader_of(r, readers[i].address), readers[i].reader, "who reads %s", readers[i].address);
		routes_free(r);
		settings_free(&s);
	}
}

/* The name alone decides when a pattern of the same rule fits it. */
static void mx_not_needed(void)
{
	struct settings s;
	struct route r;

	settings_begin(&s);
	add_rule(&s, "mx:.yahoodns.net yahoo.com mx:.example", "mx isp");
	settings_complete(&s);
	is_int(find(&s, "yahoo.com", "", NULL, &r), ROUTE_FOUND, "no MX is asked for");
	is_int(r.fallback_on, FALLBACK_UNREACHABLE | FALLBACK_BLOCKED, "two hops fall back");
	settings_free(&s);
}

static bool encodes_8bit(struct settings *s, const struct routes *r, const struct route_question *q, const char *when)
{
	free(s->encode_8bit);
	s->encode_8bit = mem_text(when);
	return route_encodes_8bit(r, q);
}

/* Where the MX names would have to be asked for, either way counts. */
static void smarthosts(void)
{
	static const struct { const char *sender, *domain; bool want; } cases[] = {
		{ "", "direct.example", false },
		{ "", "isp.example", true },
		{ "", "falls-back.example.", true },
		{ "", "mx-asked.example", true },
		{ "me@a.example", "direct.example", true },
		{ "<>", "direct.example", false },
		{ "<>", "mx-asked.example", true },
	};
	struct settings s;

	settings_begin(&s);
	add_smarthost(&s, "isp");
	add_rule_from(&s, "me@a.example", "*", "isp");
	add_rule(&s, "isp.example", "isp");
	add_rule(&s, "falls-back.example", "mx isp");
	add_rule(&s, "direct.example", "mx");
	add_rule(&s, "mx:.plain.example", "mx");
	add_rule(&s, "mx:.isp.example", "isp");
	add_rule(&s, "*", "mx");
	settings_complete(&s);
	struct routes *r = routes_open(&s, -1);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct route_question q = { .domain = span_of(cases[i].domain), .sender = span_of(cases[i].sender) };
		is_int(route_may_pass_smarthost(r, &q), cases[i].want, "%s to %s may pass a smarthost", cases[i].sender, cases[i].domain);
		is_int(encodes_8bit(&s, r, &q, "auto"), cases[i].want, "%s to %s: encoded by that", cases[i].sender, cases[i].domain);
		is_int(encodes_8bit(&s, r, &q, "always"), true, "%s to %s: always", cases[i].sender, cases[i].domain);
		is_int(encodes_8bit(&s, r, &q, "never"), false, "%s to %s: never", cases[i].sender, cases[i].domain);
	}
	struct route_question straight = { .domain = SPAN("direct.example") };
	text_list_add(&s.on_address_change, SPAN("isp"));
	ok(route_may_pass_smarthost(r, &straight), "what goes straight may, by on_address_change");
	routes_free(r);
	settings_free(&s);

	settings_begin(&s);
	add_smarthost(&s, "isp");
	settings_complete(&s);
	r = routes_open(&s, -1);
	ok(route_may_pass_smarthost(r, &(struct route_question){ .domain = SPAN("a.example") }), "the single smarthost is the default");
	routes_free(r);
	settings_free(&s);
}

static void no_routes(void)
{
	static const struct { const char *hostname; int keys, smarthosts; const char *default_via, *want; } cases[] = {
		{ "", 0, 0, "", "none" },
		{ "mail.example.org", 0, 0, "", "default via mx" },
		{ "", 1, 0, "", "default via mx" },
		{ "", 0, 1, "", "default via host0" },
		{ "mail.example.org", 1, 1, "", "default via host0" },
		{ "mail.example.org", 1, 2, "", "none" },
		{ "", 0, 2, "mx host1", "default via mx, host1, the next when unreachable or blocked" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct settings s;
		struct route r;
		struct buf shown = { 0 };
		settings_begin(&s);
		setting_set(row_named(&settings_table, "hostname"), &s, span_of(cases[i].hostname), NULL);
		set_words(row_named(&settings_table, "default_via"), &s, cases[i].default_via);
		if (cases[i].keys)
			setting_add_group(row_named(&settings_table, "dkim"), &s);
		for (int h = 0; h < cases[i].smarthosts; h++)
			add_smarthost(&s, h == 0 ? "host0" : "host1");
		settings_complete(&s);
		if (find(&s, "example.com", "", NULL, &r) == ROUTE_FOUND)
			route_describe(&s, &r, &shown);
		else
			buf_add_text(&shown, "none");
		is_text(buf_text(&shown), cases[i].want, "without routes, case %zu", i);
		buf_free(&shown);
		settings_free(&s);
	}
}

static void described(void)
{
	struct settings s;
	struct route r;
	struct buf shown = { 0 };

	settings_begin(&s);
	add_rule(&s, "a.example", "mx");
	add_rule(&s, "* .b", "mx isp");
	settings_complete(&s);
	find(&s, "c.example", "", NULL, &r);
	route_describe(&s, &r, &shown);
	is_text(buf_text(&shown), "rule 2: \"*\", \".b\" via mx, isp, the next when unreachable or blocked", "a rule for a person");
	buf_free(&shown);
	settings_free(&s);
}

static void senders(void)
{
	enum { NO = -1, MX = -2 };
	static const struct { const char *sender, *domain; int want; bool minds; } cases[] = {
		{ "me@a.example", "x.example", 0, true },
		{ "ME@A.Example", "x.example", 0, true },
		{ "me@a.example", "mxed.example", 0, true },
		{ "you@a.example", "x.example", 1, true },
		{ "you@a.example", "other.example", 5, true },
		{ "you@A.EXAMPLE.", "x.example", 1, true },
		{ "me@sub.a.example", "x.example", 2, true },
		{ "me@suba.example", "x.example", 4, true },
		{ "\"a@b\"@a.example", "x.example", 1, true },
		{ "<>", "x.example", 3, true },
		{ "<>", "other.example", 3, true },
		{ "", "x.example", 5, false },
		{ "a@c.example", "x.example", 4, true },
		{ "a@c.example", "y.example", 5, true },
	};
	struct settings s;

	settings_begin(&s);
	add_rule_from(&s, "me@a.example", "*", "isp0");
	add_rule_from(&s, "@a.example", "x.example", "isp1");
	add_rule_from(&s, ".a.example z.example", "x.example", "isp2");
	add_rule_from(&s, "<>", "*", "isp3");
	add_rule_from(&s, "*", "x.example", "isp4");
	add_rule(&s, "*", "mx");
	settings_complete(&s);
	struct routes *routes = routes_open(&s, -1);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct route r = { 0 };
		enum route_answer answer = find(&s, cases[i].domain, cases[i].sender, NULL, &r);
		is_int(answer == ROUTE_FOUND ? (int)r.rule : NO, cases[i].want, "from %s to %s", cases[i].sender, cases[i].domain);
		is_int(route_minds_sender(routes, span_of(cases[i].sender)), cases[i].minds, "a rule for %s", cases[i].sender);
	}
	routes_free(routes);
	settings_free(&s);
}

/* How mail that goes some way falls back, without its sender. */
static void by_via(void)
{
	static const struct { const char *domain, *via; int want; } cases[] = {
		{ "x.example", "isp0 mx", 0 },
		{ "y.example", "isp0 mx", 1 },
		{ "z.example", "isp0 mx", 0 },
		{ "", "isp0 mx", 0 },
		{ "x.example", "mx", 2 },
		{ "x.example", "isp1 mx", 99 },
		{ "x.example", "gone mx", -1 },
		{ "x.example", "", -1 },
	};
	struct settings s;

	settings_begin(&s);
	add_smarthost(&s, "isp0");
	add_smarthost(&s, "isp1");
	add_rule_from(&s, "@a.example", "x.example", "isp0 mx");
	add_rule_from(&s, "@a.example", "y.example", "isp0 mx");
	add_rule(&s, "*", "mx");
	settings_complete(&s);
	struct routes *routes = routes_open(&s, -1);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct text_list via = words(cases[i].via);
		struct route r;
		bool found = route_by_via(routes, span_of(cases[i].domain), &via, &r);
		is_int(!found ? -1 : r.rule == SIZE_MAX ? 99 : (int)r.rule, cases[i].want, "%s via %s", cases[i].domain, cases[i].via);
		text_list_free(&via);
	}
	routes_free(routes);
	settings_free(&s);
}

int main(void)
{
	tap_plan(134);
	senders();
	by_via();
	rules();
	mx_not_needed();
	smarthosts();
	own_name();
	hostname_learnt();
	no_routes();
	described();
	return tap_done();
}
