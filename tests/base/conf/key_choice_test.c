/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "base/conf/key_choice.h"

#include <stdlib.h>

int main(void)
{
	static const struct { const char *from, *want; } cases[] = {
		{ "example.org", "0 1 " }, { "EXAMPLE.ORG", "0 1 " }, { "example.org.", "0 1 " },
		{ "a.example.org", "0 1 " }, { "news.example.org", "2 " }, { "x.news.example.org", "2 " },
		{ "badexample.org", "3 " }, { "org", "3 " }, { "", "" }, { "wild.example.org", "0 1 " }, { "a.wild.example.org", "4 " },
		{ "a.b.wild.example.org", "4 " }, { "named.wild.example.org", "5 " }, { "other.example", "3 " },
	};
	static const char *const domains[] = { "example.org", "example.org", "news.example.org", "*", "*.wild.example.org",
	                                       "named.wild.example.org" };
	static const struct { size_t key; const char *from, *want; } signs_as[] = {
		{ 0, "a.example.org", "example.org" }, { 3, "other.example.", "other.example" }, { 4, "a.wild.example.org", "a.wild.example.org" },
	};
	enum { KEYS = sizeof domains / sizeof domains[0] };
	struct dkim_key dkim[KEYS] = { 0 };
	const struct settings s = { .dkim = dkim, .dkim_count = KEYS };

	tap_plan(17);
	for (size_t i = 0; i < KEYS; i++)
		dkim[i].domain = mem_text(domains[i]);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const struct dkim_key *found[KEYS];
		struct buf got = { 0 };
		size_t count = key_choice(&s, span_of(cases[i].from), found);
		for (size_t k = 0; k < count; k++)
			buf_printf(&got, "%d ", (int)(found[k] - s.dkim));
		is_text(buf_text(&got), cases[i].want, "keys for \"%s\"", cases[i].from);
		buf_free(&got);
	}
	for (size_t i = 0; i < sizeof signs_as / sizeof signs_as[0]; i++)
		is_span(key_choice_domain(&s.dkim[signs_as[i].key], span_of(signs_as[i].from)), span_of(signs_as[i].want),
		        "%s signs %s", domains[signs_as[i].key], signs_as[i].from);
	for (size_t i = 0; i < KEYS; i++)
		free(dkim[i].domain);
	return tap_done();
}
