#include "relay/queue/place.h"
#include "relay/queue/store.h"

#include "relay/queue/store_destination.h"
#include "tests/tap.h"

static void add_rule(struct settings *s, const char *to, const char *via)
{
	s->routes = mem_resize(s->routes, s->route_count + 1, sizeof *s->routes);
	struct route_rule *r = &s->routes[s->route_count++];
	struct span rest = span_of(via);

	*r = (struct route_rule){ 0 };
	text_list_add(&r->to, span_of(to));
	while (rest.at)
		text_list_add(&r->via, span_cut(&rest, ','));
	r->fallback_on = FALLBACK_UNREACHABLE;
	r->fallback_for_ms = 7;
}

static struct smarthost isp;

/* The owner's own choice of next hops. */
static void chosen(struct settings *s)
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
	struct hop_rules rules;

	isp = (struct smarthost){ .name = (char *)(uintptr_t)"isp" };
	s->smarthosts = &isp;
	s->smarthost_count = 1;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		is_int(place_chosen(s, SPAN("a@Example.COM"), span_of(rows[i].hops), &p), rows[i].known, "\"%s\" is known or not",
		       rows[i].hops);
		is_int(place_hops(s, buf_text(&p.domain), rows[i].via, NULL, &hops, &rules), rows[i].known, "so are its hops");
		if (!rows[i].known)
			continue;
		is_text(buf_text(&p.domain), rows[i].domain, "its domain");
		is_text(buf_text(&p.via), rows[i].via, "its via");
		is_int((long long)rules.hops, (long long)hops.count, "as many hops as names");
	}
	is_text(hops.items ? "left" : "", "", "nothing is left of hops that are not known");
	place_free(&p);
	s->smarthosts = NULL;
	s->smarthost_count = 0;
}

int main(void)
{
	static const struct { const char *address, *domain, *via; bool held; } rows[] = {
		{ "a@Example.COM", "example.com", "mx", false },
		{ "a@example.com.", "example.com", "mx", false },
		{ "a@smart.example", "", "isp,other", false },
		{ "a@both.example", "both.example", "mx,isp", false },
		{ "a@dyn.example", "dyn.example", VIA_BY_MX, false },
		{ "a@[192.0.2.1]", "[192.0.2.1]", "mx", false },
		{ "\"a@b\"@example.com", "example.com", "mx", false },
		{ "root@localhost", "", VIA_HELD, true },
		{ "root", "", VIA_HELD, true },
	};
	struct settings s;
	struct place p = { 0 };
	struct text_list hops = { 0 };
	struct hop_rules rules;

	settings_defaults(&s);
	add_rule(&s, "smart.example", "isp,other");
	add_rule(&s, "both.example", "mx,isp");
	add_rule(&s, "example.com", "mx");
	add_rule(&s, "[192.0.2.1]", "mx");
	add_rule(&s, "mx:mx.big.example", "isp");
	add_rule(&s, "*", "mx");
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		place_find(&s, span_of(rows[i].address), &p);
		is_text(buf_text(&p.domain), rows[i].domain, "%s: domain", rows[i].address);
		is_text(buf_text(&p.via), rows[i].via, "%s: via", rows[i].address);
		is_int(p.held.kind != FAULT_NONE, rows[i].held, "%s: held or not", rows[i].address);
	}
	ok(place_hops(&s, "", "isp,other", NULL, &hops, &rules), "hops of smarthosts only");
	ok(hops.count == 2 && rules.hops == 2 && rules.on_unreachable && rules.stay_ms == 7, "as the rule says");
	struct text_list mx = { 0 };
	text_list_add(&mx, SPAN("mx.big.example"));
	ok(place_hops(&s, "dyn.example", VIA_BY_MX, &mx, &hops, &rules) && strcmp(hops.items[0], "isp") == 0,
	   "hops by the MX");
	ok(!place_hops(&s, "dyn.example", VIA_BY_MX, NULL, &hops, &rules), "unknown before it is looked up");
	ok(!place_hops(&s, "", "gone", NULL, &hops, &rules) || strcmp(hops.items[0], "gone") != 0, "a way that is gone");
	text_list_free(&mx);
	chosen(&s);
	text_list_free(&hops);
	place_free(&p);
	settings_free(&s);
	return tap_done();
}
