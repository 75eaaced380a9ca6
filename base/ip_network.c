/* SPDX-License-Identifier: ISC */
#include "base/ip_network.h"

#include <arpa/inet.h>

static bool parse_address(struct span text, struct ip_network *out)
{
	char address[INET6_ADDRSTRLEN];

	if (text.len == 0 || text.len >= sizeof address || memchr(text.at, '\0', text.len))
		return false;
	memcpy(address, text.at, text.len);
	address[text.len] = '\0';
	out->family = memchr(text.at, ':', text.len) ? 6 : 4;
	return inet_pton(out->family == 6 ? AF_INET6 : AF_INET, address, out->bytes) == 1;
}

bool ip_network_parse(struct span text, struct ip_network *out)
{
	struct span bits = text, address = span_cut(&bits, '/');
	unsigned long long number;

	*out = (struct ip_network){ 0 };
	if (!parse_address(address, out))
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
