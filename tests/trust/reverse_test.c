/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "trust/reverse.h"

static const struct {
	const char *address, *name;
	bool is_private;
} addresses[] = {
	{ "192.0.2.1", "1.2.0.192.in-addr.arpa", false },
	{ "2001:db8::1", "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa", false },
	{ "10.1.2.3", "3.2.1.10.in-addr.arpa", true },
	{ "100.64.0.1", "1.0.64.100.in-addr.arpa", true },
	{ "172.32.0.1", "1.0.32.172.in-addr.arpa", false },
	{ "fe80::1", "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.e.f.ip6.arpa", true },
	{ "::1", "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.ip6.arpa", true },
};

static const struct {
	const char *name, *address;
	bool generic;
} names[] = {
	{ "mail.example.org", "192.0.2.1", false },
	{ "mx1.example.org", "192.0.2.1", false },
	{ "192-0-2-1.example.net", "192.0.2.1", true },
	{ "1.2.0.192.example.net", "192.0.2.1", true },
	{ "host-192.0.2.77.example.net", "192.0.2.1", false },
	{ "p192.192.0.2.1.example.net", "192.0.2.1", true },
	{ "dyn-17.example.net", "192.0.2.1", true },
	{ "dynamo.example.net", "192.0.2.1", false },
	{ "mail.liverpool.example", "192.0.2.1", false },
	{ "a.pool.example.net", "192.0.2.1", true },
	{ "cpe-cust7.example.net", "192.0.2.1", true },
	{ "mail.example.org", "2001:db8::abcd:1", false },
	{ "2001db8abcd0001.example.net", "2001:db8::abcd:1", true },
};

int main(void)
{
	tap_plan(2 * TAP_ROWS(addresses) + TAP_ROWS(names));
	for (size_t i = 0; i < sizeof addresses / sizeof addresses[0]; i++) {
		struct ip_address a = { 0 };
		struct buf name = { 0 };
		ip_address_parse(span_of(addresses[i].address), &a);
		reverse_name(&a, &name);
		is_text(buf_text(&name), addresses[i].name, "%s", addresses[i].address);
		is_int(address_is_private(&a), addresses[i].is_private, "%s: private", addresses[i].address);
		buf_free(&name);
	}
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		struct ip_address a = { 0 };
		ip_address_parse(span_of(names[i].address), &a);
		is_int(name_looks_generic(names[i].name, &a), names[i].generic, "%s", names[i].name);
	}
	return tap_done();
}
