/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "base/conf/pool_host.h"

#include <stdio.h>

static const struct {
	const char *text, *read;   /* "HOST PORT WEIGHT"; NULL: refused */
} rows[] = {
	{ "smtp.example.org", "smtp.example.org 0 1" },
	{ "smtp.example.org:465", "smtp.example.org 465 1" },
	{ "smtp.example.org weight=3", "smtp.example.org 0 3" },
	{ " smtp.example.org:25   weight=65535 ", "smtp.example.org 25 65535" },
	{ "192.0.2.1:2525", "192.0.2.1 2525 1" },
	{ "[2001:db8::1]:587 weight=2", "2001:db8::1 587 2" },
	{ "[2001:db8::1]", "2001:db8::1 0 1" },
	{ "2001:db8::1", NULL },
	{ "[2001:db8::1", NULL },
	{ "[2001:db8::1]587", NULL },
	{ "[]:25", NULL },
	{ "", NULL },
	{ ":25", NULL },
	{ "a:0", NULL },
	{ "a:", NULL },
	{ "a:65536", NULL },
	{ "a weight=0", NULL },
	{ "a weight=", NULL },
	{ "a weight=-1", NULL },
	{ "a,b", NULL },
	{ "a 3", NULL },
	{ "a:25 weight=1 weight=2", NULL },
	{ "a/b", NULL },
};

int main(void)
{
	tap_plan(23);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct pool_host h;
		char read[300] = "";
		bool good = pool_host_parse(span_of(rows[i].text), &h);
		if (good)
			snprintf(read, sizeof read, "%.*s %u %u", (int)h.host.len, h.host.at, h.port, h.weight);
		is_text(good ? read : "refused", rows[i].read ? rows[i].read : "refused", "\"%s\"", rows[i].text);
	}
	return tap_done();
}
