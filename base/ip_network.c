/* SPDX-License-Identifier: ISC */
#include "base/ip_network.h"

#include <arpa/inet.h>

bool ip_network_parse(struct span text, struct ip_network *out)
{
	struct span bits = text, address = span_cut(&bits, '/');
	char terminated[INET6_ADDRSTRLEN];
	unsigned long long number;

	*out = (struct ip_network){ 0 };
	if (address.len == 0 || address.len >= sizeof terminated || memchr(address.at, '\0', address.len))
		return false;
	memcpy(terminated, address.at, address.len);
	terminated[address.len] = '\0';
	out->family = memchr(address.at, ':', address.len) ? 6 : 4;
	if (inet_pton(out->family == 6 ? AF_INET6 : AF_INET, terminated, out->bytes) != 1)
		return false;
	out->bits = out->family == 6 ? 128 : 32;
	if (bits.at == NULL)
		return true;
	if (!span_number(bits, out->bits, &number))
		return false;
	out->bits = (uint8_t)number;
	return true;
}

bool ip_network_holds(const struct ip_network *n, uint8_t family, const uint8_t *bytes)
{
	size_t whole = n->bits / 8;
	unsigned mask = 0xff00u >> n->bits % 8 & 0xff;

	return n->family == family && memcmp(n->bytes, bytes, whole) == 0 &&
	       (mask == 0 || (n->bytes[whole] & mask) == (bytes[whole] & mask));
}
