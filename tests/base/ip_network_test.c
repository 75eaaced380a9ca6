/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "base/ip_network.h"

#include <arpa/inet.h>

int main(void)
{
	static const struct {
		const char *network, *address;
		int holds;           /* -1: no network */
	} rows[] = {
		{ "192.0.2.0/24", "192.0.2.255", 1 },
		{ "192.0.2.0/24", "192.0.3.0", 0 },
		{ "192.0.2.7", "192.0.2.7", 1 },
		{ "192.0.2.7", "192.0.2.6", 0 },
		{ "0.0.0.0/0", "203.0.113.1", 1 },
		{ "0.0.0.0/0", "::1", 0 },
		{ "192.0.2.128/25", "192.0.2.127", 0 },
		{ "192.0.2.128/25", "192.0.2.129", 1 },
		{ "192.0.2.1/24", "192.0.2.9", 1 },     /* host bits do not matter */
		{ "2001:db8::/32", "2001:db8:ffff::1", 1 },
		{ "2001:db8::/32", "2001:db9::1", 0 },
		{ "2001:db8::/29", "2001:dbf::1", 1 },
		{ "::/0", "::1", 1 },
		{ "::1/128", "::1", 1 },
		{ "", "::1", -1 },
		{ "192.0.2.0/33", "::1", -1 },
		{ "192.0.2.0/", "::1", -1 },
		{ "192.0.2.0/24/24", "::1", -1 },
		{ "192.0.2.0/-1", "::1", -1 },
		{ "192.0.2/24", "::1", -1 },
		{ "::/129", "::1", -1 },
		{ "example.org", "::1", -1 },
		{ "192.0.2.0 /24", "::1", -1 },
	};

	tap_plan(23);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct ip_network n;
		uint8_t bytes[16];
		bool six = strchr(rows[i].address, ':') != NULL;
		inet_pton(six ? AF_INET6 : AF_INET, rows[i].address, bytes);
		bool is = ip_network_parse(span_of(rows[i].network), &n);
		is_int(is ? ip_network_holds(&n, six ? 6 : 4, bytes) : -1, rows[i].holds, "%s in \"%s\"", rows[i].address,
		       rows[i].network);
	}
	return tap_done();
}
