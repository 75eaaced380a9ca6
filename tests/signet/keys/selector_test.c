/* SPDX-License-Identifier: ISC */
#include "tests/scratch.h"
#include "tests/tap.h"

#include "signet/keys/selector.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static void names(void)
{
	static const struct { unsigned n; const char *want; } rows[] = {
		{ 0, "s2026a" }, { 1, "s2026b" }, { 25, "s2026z" }, { 26, "s2026aa" }, { 27, "s2026ab" }, { 52, "s2026ba" },
		{ 701, "s2026zz" }, { 702, "s2026aaa" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct buf out = { 0 };
		selector_of_year(2026, rows[i].n, &out);
		is_text(buf_text(&out), rows[i].want, "number %u", rows[i].n);
		buf_free(&out);
	}
	is_int(selector_year(INT64_C(1767225599999)), 2025, "a year's last millisecond");
	is_int(selector_year(INT64_C(1767225600000)), 2026, "the next one's first");
}

static void first_free(void)
{
	char folder[] = "/tmp/selector_test_XXXXXX";
	struct settings s;
	struct buf out = { 0 }, path = { 0 };
	struct dkim_key keys[2] = { { .selector = (char[]){ "s2026a" }, .domainkeys_selector = (char[]){ "" } },
	                            { .selector = (char[]){ "x" }, .domainkeys_selector = (char[]){ "s2026c" } } };

	scratch_make(folder);
	s = (struct settings){ .dkim = keys, .dkim_count = 0 };
	selector_first_free(2026, &s, folder, &out);
	is_text(buf_text(&out), "s2026a", "the first");
	s.dkim_count = 2;
	selector_path(folder, "s2026b", &path);
	close(open(buf_text(&path), O_CREAT | O_WRONLY, 0600));
	buf_clear(&out);
	selector_first_free(2026, &s, folder, &out);
	is_text(buf_text(&out), "s2026d", "one is configured, one a file, one of DomainKeys");
	buf_clear(&out);
	keys[0].selector = (char[]){ "x" };
	selector_next(2026, &s, folder, (const char *const[]){ "s2026d", "y" }, 2, &out);
	is_text(buf_text(&out), "s2026e", "the next is behind what is configured, also where a former one is free; one is taken");
	buf_clear(&out);
	selector_next(2027, &s, folder, NULL, 0, &out);
	is_text(buf_text(&out), "s2027a", "a new year begins");
	buf_free(&out);
	buf_free(&path);
}

static void what_people_write(void)
{
	static const struct { const char *domain, *selector, *says; } rows[] = {
		{ "example.org", "s2026a", NULL },
		{ "example.org", "a.b", NULL },
		{ "example.org", "my-key", NULL },
		{ "example.org", "domainkey", NULL },
		{ "example.org", "-s", "no name begins" },
		{ "example.org", "--bits", "the selector before it is missing" },
		{ "example.org", "s._domainkey", "comes before ._domainkey: s" },
		{ "example.org", "s._DomainKey.example.org", "comes before ._domainkey: s" },
		{ "example.org", "_domainkey", "(nothing)" },
		{ "s._domainkey.example.org", "s", "comes after _domainkey.: example.org" },
		{ "_domainkey.example.org", "s", "comes after _domainkey.: example.org" },
	};

	for (int i = 0; i < TAP_ROWS(rows); i++) {
		struct fault f = { 0 };
		is_int(selector_check(rows[i].domain, rows[i].selector, &f), rows[i].says ? -1 : 0, "%s of %s", rows[i].selector,
		       rows[i].domain);
		ok(rows[i].says == NULL || strstr(f.text, rows[i].says), "%s", f.text);
	}
}

int main(void)
{
	tap_plan(36);
	what_people_write();
	names();
	first_free();
	return tap_done();
}
