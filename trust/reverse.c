/* SPDX-License-Identifier: ISC */
#include "trust/reverse.h"

#include "base/ip_network.h"

#include <stdlib.h>

void reverse_labels(const struct ip_address *a, struct buf *out)
{
	if (a->family == 4) {
		buf_printf(out, "%u.%u.%u.%u", a->bytes[3], a->bytes[2], a->bytes[1], a->bytes[0]);
		return;
	}
	for (int i = 15; i >= 0; i--)
		buf_printf(out, "%x.%x%s", a->bytes[i] & 15u, a->bytes[i] >> 4, i ? "." : "");
}

void reverse_name(const struct ip_address *a, struct buf *out)
{
	reverse_labels(a, out);
	buf_add_text(out, a->family == 4 ? ".in-addr.arpa" : ".ip6.arpa");
}

/* RFC 6890, but for the documentation networks, which stand for public ones in examples and tests. */
bool address_is_private(const struct ip_address *a)
{
	static const char *const networks[] = { "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
	                                        "172.16.0.0/12", "192.168.0.0/16", "::/127", "fc00::/7", "fe80::/10" };

	for (size_t i = 0; i < sizeof networks / sizeof networks[0]; i++) {
		struct ip_network n;
		if (ip_network_parse(span_of(networks[i]), &n) && ip_network_holds(&n, a->family, a->bytes))
			return true;
	}
	return false;
}

/* All four numbers of the address, in either order, parted by anything but digits. */
static bool holds_numbers(const char *name, const struct ip_address *a)
{
	unsigned forward = 0, backward = 0;

	for (const char *at = name; *at;) {
		char *end;
		if (!byte_is_digit(*at)) {
			at++;
			continue;
		}
		unsigned long n = strtoul(at, &end, 10);
		forward = n == a->bytes[forward] ? forward + 1 : n == a->bytes[0];
		backward = n == a->bytes[3 - backward] ? backward + 1 : n == a->bytes[3];
		if (forward == 4 || backward == 4)
			return true;
		at = end;
	}
	return false;
}

/* As a whole word between what is not a letter. */
static bool holds_word(const char *name, const char *word)
{
	for (const char *at = strcasestr(name, word); at; at = strcasestr(at + 1, word)) {
		char before = at > name ? byte_lower(at[-1]) : '.', behind = byte_lower(at[strlen(word)]);
		if (!(before >= 'a' && before <= 'z') && !(behind >= 'a' && behind <= 'z'))
			return true;
	}
	return false;
}

bool name_looks_generic(const char *name, const struct ip_address *a)
{
	static const char *const words[] = { "dyn", "dynamic", "dhcp", "dsl", "adsl", "vdsl", "xdsl", "pool", "ppp", "pppoe", "dialup", "dial",
	                                     "cable", "broadband", "dip", "customer", "cust", "client", "unassigned", "in-addr" };

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (holds_word(name, words[i]))
			return true;
	if (a->family == 4)
		return holds_numbers(name, a);
	/* The last four nibble groups of IPv6 as they are written in such names. */
	struct buf tail = { 0 };
	buf_printf(&tail, "%02x%02x%02x%02x", a->bytes[12], a->bytes[13], a->bytes[14], a->bytes[15]);
	bool holds = (a->bytes[12] || a->bytes[13]) && strcasestr(name, buf_text(&tail));
	buf_free(&tail);
	return holds;
}
