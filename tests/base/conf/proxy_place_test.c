/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "base/conf/proxy_place.h"

#include <stdio.h>

static const struct {
	const char *text, *read;   /* "USER HOST PORT"; NULL: refused */
} rows[] = {
	{ "socks5://proxy.example.org:1080", " proxy.example.org 1080" },
	{ "SOCKS5://me@192.0.2.1:9050", "me 192.0.2.1 9050" },
	{ "socks5://me@example.org@[2001:db8::1]:1080", "me@example.org 2001:db8::1 1080" },
	{ "socks5://proxy.example.org", NULL },
	{ "socks5://proxy.example.org:0", NULL },
	{ "socks5://me:secret@proxy.example.org:1080", NULL },
	{ "socks5://@proxy.example.org:1080", NULL },
	{ "socks5://m e@proxy.example.org:1080", NULL },
	{ "socks5://proxy.example.org:1080 weight=2", NULL },
	{ "socks5://proxy.example.org:1080/", NULL },
	{ "socks4://proxy.example.org:1080", NULL },
	{ "socks5h://proxy.example.org:1080", NULL },
	{ "http://proxy.example.org:1080", NULL },
	{ "proxy.example.org:1080", NULL },
	{ "socks5://", NULL },
	{ "", NULL },
};

int main(void)
{
	char user[300] = "socks5://";

	tap_plan(TAP_ROWS(rows) + 1);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct proxy_place p;
		char read[300] = "";
		bool good = proxy_place_parse(span_of(rows[i].text), &p);
		if (good)
			snprintf(read, sizeof read, "%.*s %.*s %u", (int)p.user.len, p.user.at, (int)p.host.len, p.host.at, p.port);
		is_text(good ? read : "refused", rows[i].read ? rows[i].read : "refused", "\"%s\"", rows[i].text);
	}
	memset(user + strlen(user), 'u', PROXY_NAME_MAX + 1);
	strcat(user, "@p.x:1");
	ok(!proxy_place_parse(span_of(user), &(struct proxy_place){ { 0 }, { 0 }, 0 }), "a user of 256 bytes");
	return tap_done();
}
