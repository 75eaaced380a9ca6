/* SPDX-License-Identifier: ISC */
#include "base/conf/listen.h"

bool listen_place_parse(struct span text, struct listen_place *out)
{
	const char *colon = memrchr(text.at ? text.at : "", ':', text.len);
	struct ip_network n;
	unsigned long long port;

	if (colon == NULL)
		return false;
	struct span address = span_between(text.at, colon);
	bool bracketed = address.len > 2 && address.at[0] == '[' && address.at[address.len - 1] == ']';
	if (bracketed)
		address = (struct span){ address.at + 1, address.len - 2 };
	if (memchr(address.at, '/', address.len) || !ip_network_parse(address, &n) || bracketed != (n.family == 6))
		return false;
	if (!span_number(span_between(colon + 1, text.at + text.len), 65535, &port) || port == 0)
		return false;
	*out = (struct listen_place){ .family = n.family, .port = (uint16_t)port };
	memcpy(out->bytes, n.bytes, sizeof out->bytes);
	return true;
}

bool listen_place_is(const struct listen_place *a, const struct listen_place *b)
{
	return a->family == b->family && a->port == b->port && memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

bool listen_client_parse(struct span text, struct listen_client *out)
{
	struct span user = text, word = span_cut(&user, ':');

	*out = (struct listen_client){ .kind = LISTEN_LOOPBACK };
	if (span_eq(text, SPAN("loopback")))
		return true;
	if (span_eq(word, SPAN("user"))) {
		out->kind = LISTEN_USER;
		out->user = user;
		return user.len > 0 && memchr(user.at, ':', user.len) == NULL && memchr(user.at, ' ', user.len) == NULL;
	}
	out->kind = LISTEN_NETWORK;
	return ip_network_parse(text, &out->network);
}

bool listen_is_loopback(uint8_t family, const uint8_t *bytes)
{
	static const uint8_t one[16] = { [15] = 1 };

	return family == 4 ? bytes[0] == 127 : memcmp(bytes, one, sizeof one) == 0;
}
