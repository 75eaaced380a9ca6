/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "base/conf/settings_idn.h"

#include <stdlib.h>

int main(void)
{
	static const char *const patterns[][2] = {
		{ "*", "*" }, { "example.org", "example.org" }, { "bücher.example", "xn--bcher-kva.example" },
		{ ".bücher.example", ".xn--bcher-kva.example" }, { "mx:.bücher.example", "mx:.xn--bcher-kva.example" },
		{ "mx:bücher.example", "mx:xn--bcher-kva.example" }, { "-ü.example", "-ü.example" },
	};
	static const char *const senders[][2] = {
		{ "<>", "<>" }, { "@bücher.example", "@xn--bcher-kva.example" }, { "mé@bücher.example", "mé@xn--bcher-kva.example" },
		{ ".bücher.example", ".xn--bcher-kva.example" }, { "@-ü.example", "@-ü.example" },
	};
	struct settings s;

	tap_plan(15);
	settings_defaults(&s);
	free(s.root);
	s.root = mem_text("me@bücher.example");
	text_list_add(&s.local_domains, SPAN("BÜCHER.example"));
	s.routes = mem_alloc(sizeof *s.routes);
	s.route_count = 1;
	s.dkim = mem_alloc(sizeof *s.dkim);
	s.dkim->domain = mem_text("*.bücher.example");
	s.dkim_count = 1;
	for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++)
		text_list_add(&s.routes->to, span_of(patterns[i][0]));
	for (size_t i = 0; i < sizeof senders / sizeof senders[0]; i++)
		text_list_add(&s.routes->from, span_of(senders[i][0]));
	settings_to_ascii(&s);
	for (size_t i = 0; i < sizeof senders / sizeof senders[0]; i++)
		is_text(s.routes->from.items[i], senders[i][1], "a route from %s", senders[i][0]);
	is_text(s.root, "me@xn--bcher-kva.example", "root");
	is_text(s.local_domains.items[0], "xn--bcher-kva.example", "local_domains");
	is_text(s.dkim->domain, "*.xn--bcher-kva.example", "a key's pattern");
	for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++)
		is_text(s.routes->to.items[i], patterns[i][1], "a route to %s", patterns[i][0]);
	free(s.dkim->domain);
	s.dkim->domain = NULL;
	s.dkim_count = 0;
	settings_free(&s);
	return tap_done();
}

