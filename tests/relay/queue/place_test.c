/* SPDX-License-Identifier: ISC */
#include "relay/queue/place.h"
#include "relay/queue/via.h"
#include "tests/tap.h"

#include <stdlib.h>

static const struct setting *row_named(const struct setting_group *table, const char *name)
{
	for (size_t i = 0; i < table->count; i++)
		if (strcmp(table->rows[i].name, name) == 0)
			return &table->rows[i];
	abort();
}

static void add_smarthost(struct settings *s, const char *name)
{
	const struct setting *hosts = row_named(&settings_table, "smarthosts");

	setting_set(row_named(hosts->group, "name"), setting_add_group(hosts, s), span_of(name), NULL);
}

static struct route_rule *add_rule(struct settings *s, const char *to, const char *via)
{
	struct route_rule *r = setting_add_group(row_named(&settings_table, "routes"), s);
	struct span rest = span_of(via);

	text_list_add(&r->to, span_of(to));
	while (rest.at)
		text_list_add(&r->via, span_cut(&rest, ','));
	r->fallback_on = FALLBACK_UNREACHABLE | FALLBACK_BLOCKED;
	r->fallback_after_ms = 5;
	r->fallback_for_ms = 7;
	return r;
}

/* As the store has it; borrowed until the next call. */
static const char *printed(const struct via *v)
{
	static struct buf text;

	buf_clear(&text);
	via_print(v, &text);
	return buf_text(&text);
}

/* The hops of a way as the store has it. */
static bool find_hops(const struct routes *r, const char *domain, const char *via, const struct text_list *mx,
                      struct text_list *hops, struct hop_rules *rules)
{
	struct via v;

	bool found = via_read(span_of(via), span_of(domain), &v) == 0 && place_hops(r, domain, &v, mx, hops, rules);
	via_free(&v);
	return found;
}

/* Senders of rules of their own have destinations of their own, where the MX decides. */
static void by_sender(void)
{
	static const struct { const char *sender, *address, *domain, *via; } rows[] = {
		{ "you@x.example", "a@plain.example", "plain.example", "?" },
		{ "", "a@plain.example", "plain.example", "?" },
		{ "me@a.example", "a@plain.example", "plain.example", "?me@a.example" },
		{ "me@a.example", "a@smart.example", "", "isp" },
		{ "you@x.example", "a@smart.example", "smart.example", "?" },
		{ "", "a@smart.example", "smart.example", "?" },
	};
	struct settings s;
	struct place p = { 0 };
	struct text_list hops = { 0 }, mx = { 0 };
	struct hop_rules rules;

	settings_defaults(&s);
	add_smarthost(&s, "isp");
	add_smarthost(&s, "other");
	text_list_add(&add_rule(&s, "smart.example", "isp")->from, SPAN("@a.example"));
	add_rule(&s, "mx:mx.big.example", "isp");
	text_list_add(&add_rule(&s, "*", "other")->from, SPAN("@a.example"));
	add_rule(&s, "*", "mx");
	struct routes *r = routes_open(&s, -1);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		place_find(r, span_of(rows[i].address), span_of(rows[i].sender), &p);
		is_text(buf_text(&p.domain), rows[i].domain, "%s from <%s>: domain", rows[i].address, rows[i].sender);
		is_text(printed(&p.via), rows[i].via, "%s from <%s>: via", rows[i].address, rows[i].sender);
	}
	text_list_add(&mx, SPAN("mx.small.example"));
	ok(find_hops(r, "plain.example", "?me@a.example", &mx, &hops, &rules) && strcmp(hops.items[0], "other") == 0,
	   "with the MX, that sender's way");
	ok(find_hops(r, "plain.example", "?", &mx, &hops, &rules) && strcmp(hops.items[0], "mx") == 0,
	   "and the way of others");
	text_list_free(&mx);
	text_list_free(&hops);
	place_free(&p);
	routes_free(r);
	settings_free(&s);
}


/* The owner's own choice of next hops. */
static void chosen(void)
{
	static const struct { const char *hops, *domain, *via; bool known; } rows[] = {
		{ "isp", "", "=isp", true },
		{ "mx", "example.com", "=mx", true },
		{ "isp,mx", "example.com", "=isp,mx", true },
		{ "gone", "", "=gone", false },
		{ "isp,gone", "", "=isp,gone", false },
		{ "isp,", "", "=isp,", false },
		{ "", "", "=", false },
	};
	struct place p = { 0 };
	struct text_list hops = { 0 };
	struct settings s;
	struct hop_rules rules;
	struct via broken;

	settings_defaults(&s);
	add_smarthost(&s, "isp");
	struct routes *r = routes_open(&s, -1);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		is_int(place_chosen(&s, SPAN("a@Example.COM"), span_of(rows[i].hops), &p), rows[i].known, "\"%s\" is known or not",
		       rows[i].hops);
		is_int(place_hops(r, buf_text(&p.domain), &p.via, NULL, &hops, &rules), rows[i].known, "so are its hops");
		if (!rows[i].known)
			continue;
		is_text(buf_text(&p.domain), rows[i].domain, "its domain");
		is_text(printed(&p.via), rows[i].via, "its via");
		is_int((long long)rules.hops, (long long)hops.count, "as many hops as names");
	}
	is_text(hops.items ? "left" : "", "", "nothing is left of hops that are not known");
	ok(place_chosen(&s, SPAN("| /bin/x a@example.com"), SPAN("isp,mx"), &p), "a program of the aliases");
	is_text(printed(&p.via), "=local", "is run here all the same");
	is_text(buf_text(&p.domain), "| /bin/x a@example.com", "as itself");
	ok(find_hops(r, "", "#7f =isp", NULL, &hops, &rules) && strcmp(hops.items[0], "isp") == 0, "the same when alone");
	text_list_free(&hops);
	ok(!place_hops(r, "", &(struct via){ .kind = VIA_HELD }, NULL, &hops, &rules), "what is held has none");
	ok(via_read(SPAN("isp,"), SPAN(""), &broken) < 0 && !place_hops(r, "", &broken, NULL, &hops, &rules),
	   "nor has what is malformed");
	via_free(&broken);
	place_free(&p);
	routes_free(r);
	settings_free(&s);
}

/* A report goes where its reader is. */
static void reports(void)
{
	static const struct { const char *when, *sender; bool want; } rows[] = {
		{ "auto", "a@smart.example", true }, { "auto", "a@plain.example", false }, { "auto", "root", true },
		{ "never", "a@smart.example", false }, { "always", "a@plain.example", true },
	};
	struct settings s;

	settings_defaults(&s);
	add_smarthost(&s, "isp");
	add_rule(&s, "smart.example", "isp");
	add_rule(&s, "*", "mx");
	free(s.root);
	s.root = mem_text("me@smart.example");
	struct routes *r = routes_open(&s, -1);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		free(s.encode_8bit);
		s.encode_8bit = mem_text(rows[i].when);
		is_int(place_encodes_report(r, rows[i].sender), rows[i].want, "a report to %s: encoded, %s", rows[i].sender, rows[i].when);
	}
	routes_free(r);
	settings_free(&s);
}

/* What a route holds, and where it goes once it is released. */
static void holding(void)
{
	static const struct { const char *address; bool held; const char *released_via, *says; } rows[] = {
		{ "a@held.example", true, "=mx", "held by rule 1: \"held.example\" via hold; signet queue release lets it go" },
		{ "a@mail.example.org", true, "?", "held by rule 2" },
		{ "a@smart.example", false, "=isp", "" },
		{ "a@dyn.example", true, "", "held by default via hold" },
		{ "root", false, NULL, "" },
	};
	struct settings s;
	struct place p = { 0 };
	struct text_list hops = { 0 };
	struct hop_rules rules;

	settings_defaults(&s);
	free(s.hostname);
	s.hostname = mem_text("mail.example.org");
	add_smarthost(&s, "isp");
	add_rule(&s, "held.example", "hold");
	add_rule(&s, "mail.example.org", "hold");
	add_rule(&s, "held.example", "mx");
	add_rule(&s, "mail.example.org", "mx");
	add_rule(&s, "smart.example", "isp");
	text_list_free(&s.default_via);
	text_list_add(&s.default_via, SPAN("hold"));
	struct routes *r = routes_open(&s, -1);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		place_find(r, span_of(rows[i].address), SPAN("me@x.example"), &p);
		is_int(p.by_route, rows[i].held, "%s: held or not", rows[i].address);
		ok(strstr(p.held.text, rows[i].says) && (p.held.kind != FAULT_NONE) == rows[i].held, "%s: %s", rows[i].address, p.held.text);
		ok((p.via.kind == VIA_HELD) == rows[i].held, "%s: as a destination", rows[i].address);
		place_find_released(r, span_of(rows[i].address), SPAN("me@x.example"), &p);
		if (rows[i].released_via)
			is_text(printed(&p.via), rows[i].released_via, "%s: released", rows[i].address);
		is_int(p.by_route, false, "%s: released, no route holds it", rows[i].address);
	}
	struct text_list mx = { 0 };
	text_list_add(&mx, SPAN("mx.elsewhere.example"));
	ok(find_hops(r, "mail.example.org", "?", &mx, &hops, &rules) && strcmp(hops.items[0], "mx") == 0, "released, by the MX");
	text_list_free(&mx);
	text_list_free(&hops);
	place_free(&p);
	routes_free(r);
	settings_free(&s);
}

int main(void)
{
	static const struct { const char *address, *domain, *via; bool held /* with local_delivery = "none" */; } rows[] = {
		{ "a@Example.COM", "example.com", "mx", false },
		{ "a@example.com.", "example.com", "mx", false },
		{ "a@smart.example", "", "isp,other", false },
		{ "a@both.example", "both.example", "mx,isp", false },
		{ "a@dyn.example", "dyn.example", "?", false },
		{ "a@[192.0.2.1]", "[192.0.2.1]", "mx", false },
		{ "\"a@b\"@example.com", "example.com", "mx", false },
		{ "Root+cron@localhost", "root", "local", false },
		{ "root", "root", "local", false },
		{ "\"Al+x\"", "al", "local", false },
		{ "a@box.example", "a", "local", false },
		{ "| /bin/x Me@example.com", "| /bin/x Me@example.com", "local", false },
		{ "\"| /bin/x\"@localhost", "\" /bin/x", "local", false },
		{ "root", "", "", true },
	};
	struct settings s;
	struct place p = { 0 };
	struct text_list hops = { 0 };
	struct hop_rules rules;

	tap_plan(100 + 25 + 8);
	holding();
	settings_defaults(&s);
	add_smarthost(&s, "isp");
	add_smarthost(&s, "other");
	add_rule(&s, "smart.example", "isp,other");
	add_rule(&s, "both.example", "mx,isp");
	add_rule(&s, "example.com", "mx");
	add_rule(&s, "box.example", "local");
	add_rule(&s, "[192.0.2.1]", "mx");
	add_rule(&s, "mx:mx.big.example", "isp");
	add_rule(&s, "*", "mx");
	struct routes *r = routes_open(&s, -1);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		free(s.local_delivery);
		s.local_delivery = mem_text(rows[i].held ? "none" : "mbox");
		place_find(r, span_of(rows[i].address), SPAN("me@x.example"), &p);
		is_text(buf_text(&p.domain), rows[i].domain, "%s: domain", rows[i].address);
		is_text(printed(&p.via), rows[i].via, "%s: via", rows[i].address);
		is_int(p.held.kind != FAULT_NONE, rows[i].held, "%s: held or not", rows[i].address);
	}
	ok(find_hops(r, "", "isp,other", NULL, &hops, &rules), "hops of smarthosts only");
	ok(hops.count == 2 && rules.hops == 2 && rules.on_unreachable && rules.stay_ms == 7, "as the rule says");
	ok(rules.on_blocked && rules.blocked_stay_ms == 7 && !rules.on_temporary && rules.temporary_after_ms == 5, "all of it");
	s.routes[0].fallback_for_ms = 0;
	ok(find_hops(r, "", "isp,other", NULL, &hops, &rules) && rules.stay_ms == 0, "nothing said of how long");
	is_int(rules.blocked_stay_ms, 6 * 3600 * 1000, "six hours where it says nothing of blocks");
	ok(find_hops(r, "example.com", "mx", NULL, &hops, &rules) && !rules.on_blocked, "one hop has no other");
	struct text_list mx = { 0 };
	text_list_add(&mx, SPAN("mx.big.example"));
	ok(find_hops(r, "dyn.example", "?", &mx, &hops, &rules) && strcmp(hops.items[0], "isp") == 0,
	   "hops by the MX");
	ok(!find_hops(r, "dyn.example", "?", NULL, &hops, &rules), "unknown before it is looked up");
	ok(!find_hops(r, "", "gone", NULL, &hops, &rules), "a way that is gone");
	static const struct { const char *domain, *via; size_t hops, detour; } detours[] = {
		{ "example.com", "mx", 2, 1 }, { "both.example", "mx,isp", 3, 1 }, { "", "isp,other", 2, 0 }, { "x.example", "=mx", 1, 0 },
	};
	text_list_add(&s.on_address_change, SPAN("other"));
	for (size_t i = 0; i < sizeof detours / sizeof detours[0]; i++) {
		ok(find_hops(r, detours[i].domain, detours[i].via, NULL, &hops, &rules), "hops of %s", detours[i].via);
		ok(hops.count == detours[i].hops && rules.hops == detours[i].hops - detours[i].detour && rules.detour == detours[i].detour &&
		   (rules.detour == 0 || strcmp(hops.items[hops.count - 1], "other") == 0), "and of their detour");
	}
	text_list_free(&mx);
	text_list_free(&hops);
	place_free(&p);
	routes_free(r);
	settings_free(&s);
	by_sender();
	chosen();
	reports();
	return tap_done();
}
