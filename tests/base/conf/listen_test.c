/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "base/conf/listen.h"

#include <arpa/inet.h>
#include <stdio.h>

static const struct {
	const char *text, *read;   /* "ADDRESS PORT", with " loopback" where it is; NULL: refused */
} places[] = {
	{ "127.0.0.1:25", "127.0.0.1 25 loopback" },
	{ "127.1.2.3:65535", "127.1.2.3 65535 loopback" },
	{ "[::1]:25", "::1 25 loopback" },
	{ "[::]:2525", ":: 2525" },
	{ "0.0.0.0:25", "0.0.0.0 25" },
	{ "[2001:db8::1]:587", "2001:db8::1 587" },
	{ "127.0.0.1", NULL },
	{ "::1", NULL },
	{ "::1:25", NULL },
	{ "[127.0.0.1]:25", NULL },
	{ "[::1]", NULL },
	{ "[::1:25", NULL },
	{ "[]:25", NULL },
	{ "127.0.0.1:0", NULL },
	{ "127.0.0.1:", NULL },
	{ "127.0.0.1:65536", NULL },
	{ "127.0.0.1:smtp", NULL },
	{ "127.0.0.0/8:25", NULL },
	{ "localhost:25", NULL },
	{ ":25", NULL },
	{ "", NULL },
};

static const struct {
	const char *text, *read;   /* what it is, and the user's name */
} clients[] = {
	{ "loopback", "loopback" },
	{ "192.0.2.0/24", "network" },
	{ "192.0.2.1", "network" },
	{ "2001:db8::/32", "network" },
	{ "user:www-data", "user www-data" },
	{ "user:33", "user 33" },
	{ "user:", NULL },
	{ "user", NULL },
	{ "user:a b", NULL },
	{ "user:a:b", NULL },
	{ "Loopback", NULL },
	{ "192.0.2.0/33", NULL },
	{ "localhost", NULL },
	{ "", NULL },
};

int main(void)
{
	static const char *const kinds[] = { "loopback", "network", "user" };

	tap_plan(36);
	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
		struct listen_place p;
		char read[100] = "refused", address[INET6_ADDRSTRLEN];
		if (listen_place_parse(span_of(places[i].text), &p))
			snprintf(read, sizeof read, "%s %u%s", inet_ntop(p.family == 6 ? AF_INET6 : AF_INET, p.bytes, address, sizeof address),
			         p.port, listen_is_loopback(p.family, p.bytes) ? " loopback" : "");
		is_text(read, places[i].read ? places[i].read : "refused", "place \"%s\"", places[i].text);
	}
	for (size_t i = 0; i < sizeof clients / sizeof clients[0]; i++) {
		struct listen_client c;
		char read[100] = "refused";
		if (listen_client_parse(span_of(clients[i].text), &c))
			snprintf(read, sizeof read, "%s%s%.*s", kinds[c.kind], c.kind == LISTEN_USER ? " " : "", (int)c.user.len,
			         c.user.at ? c.user.at : "");
		is_text(read, clients[i].read ? clients[i].read : "refused", "client \"%s\"", clients[i].text);
	}
	struct listen_place a, b;
	listen_place_parse(SPAN("[::1]:25"), &a);
	listen_place_parse(SPAN("[0:0::1]:25"), &b);
	ok(listen_place_is(&a, &b), "two ways to write one place");
	return tap_done();
}
