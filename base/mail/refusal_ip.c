/* SPDX-License-Identifier: ISC */
#include "base/mail/refusal_ip.h"

#include <arpa/inet.h>
#include <string.h>

static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };

static bool is_v4(const struct refusal_ip *a)
{
	return memcmp(a->at, mapped, sizeof mapped) == 0;
}

static bool ip_parse(const char *z, struct refusal_ip *out)
{
	*out = (struct refusal_ip){ { 0 } };
	memcpy(out->at, mapped, sizeof mapped);
	return inet_pton(AF_INET, z, out->at + 12) == 1 || inet_pton(AF_INET6, z, out->at) == 1;
}

/* Of this host, link or site: nobody outside sees us by it, and lists answer with 127.0.0.0/8. */
static bool is_private(const struct refusal_ip *a)
{
	const unsigned char *b = a->at + 12;

	if (is_v4(a))
		return b[0] == 10 || b[0] == 127 || b[0] == 0 || (b[0] == 172 && (b[1] & 0xf0) == 16) ||
		       (b[0] == 192 && b[1] == 168) || (b[0] == 169 && b[1] == 254) || (b[0] == 100 && (b[1] & 0xc0) == 64);
	return (a->at[0] & 0xfe) == 0xfc || (a->at[0] == 0xfe && (a->at[1] & 0xc0) == 0x80) || a->at[0] == 0;
}

/* The first bits of both. */
static bool same_bits(const struct refusal_ip *a, const struct refusal_ip *b, unsigned bits)
{
	unsigned whole = bits / 8, rest = bits % 8;

	return memcmp(a->at, b->at, whole) == 0 && (rest == 0 || ((a->at[whole] ^ b->at[whole]) >> (8 - rest)) == 0);
}

/* "192.0.2.1" at the front; its length, or 0. */
static size_t v4_at(struct span s, struct refusal_ip *out)
{
	char z[16];
	size_t len = 0, dots = 0;

	while (len < s.len && len < sizeof z - 1 && (byte_is_digit(s.at[len]) || (s.at[len] == '.' && dots < 3))) {
		dots += s.at[len] == '.';
		z[len] = s.at[len];
		len++;
	}
	z[len] = '\0';
	return dots == 3 && (len == s.len || !byte_is_digit(s.at[len])) && ip_parse(z, out) ? len : 0;
}

/* "2001:db8::1" at the front. What ends a sentence does not belong to it. */
static size_t v6_at(struct span s, struct refusal_ip *out)
{
	char z[INET6_ADDRSTRLEN];
	size_t len = 0, colons = 0;

	while (len < s.len && len < sizeof z - 1 && (byte_hex_value(s.at[len]) >= 0 || s.at[len] == ':' || s.at[len] == '.')) {
		colons += s.at[len] == ':';
		z[len] = s.at[len];
		len++;
	}
	for (; colons >= 2 && len > 2; len--) {
		z[len] = '\0';
		if (ip_parse(z, out))
			return len;
		if (z[len - 1] != ':' && z[len - 1] != '.')
			break;
	}
	return 0;
}

/* "1.0.0. .. .8.b.d.0.1.0.0.2", as lists are asked (RFC 5782 section 2.4). */
static size_t nibbles_at(struct span s, struct refusal_ip *out)
{
	enum { NIBBLES = 32, LEN = 2 * NIBBLES - 1 };

	if (s.len < LEN)
		return 0;
	*out = (struct refusal_ip){ { 0 } };
	for (size_t i = 0; i < NIBBLES; i++) {
		int value = byte_hex_value(s.at[2 * i]);
		if (value < 0 || (i + 1 < NIBBLES && s.at[2 * i + 1] != '.'))
			return 0;
		out->at[15 - i / 2] |= (unsigned char)(i % 2 ? value << 4 : value);
	}
	return LEN;
}

/* "/24" at the front: its bits; 0: none. */
static unsigned prefix_at(struct span s)
{
	unsigned bits = 0;
	size_t i = 1;

	if (s.len < 2 || s.at[0] != '/')
		return 0;
	for (; i < s.len && i < 4 && byte_is_digit(s.at[i]); i++)
		bits = bits * 10 + (unsigned)(s.at[i] - '0');
	return i == s.len || !byte_is_letter_or_digit(s.at[i]) ? bits : 0;
}

static bool is_ours(const struct refusal_own *own, const struct refusal_ip *a, unsigned prefix)
{
	struct refusal_ip backwards = *a;

	/* Behind NAT, or not known: any address that the server names may be ours. */
	if (!own->is_seen)
		return !is_private(a) || (own->given && same_bits(a, &own->ip, 128));
	if (!is_v4(a))
		/* Lists and receivers speak of a customer's whole /64. */
		return same_bits(a, &own->ip, prefix >= 32 && prefix < 64 ? prefix : 64);
	for (size_t i = 0; i < 4; i++)
		backwards.at[12 + i] = a->at[15 - i];
	return same_bits(a, &own->ip, prefix >= 8 && prefix <= 32 ? 96 + prefix : 128) ||
	       same_bits(&backwards, &own->ip, 128);
}

size_t refusal_ip_at(struct span s, const struct refusal_own *own, enum refusal_ip_of *of)
{
	struct refusal_ip a;
	size_t len;

	if (s.len == 0 || !(byte_hex_value(s.at[0]) >= 0 || s.at[0] == ':'))
		return 0;
	len = nibbles_at(s, &a);
	len = len ? len : v4_at(s, &a);
	len = len ? len : v6_at(s, &a);
	if (len > 0) {
		unsigned prefix = prefix_at(span_between(s.at + len, s.at + s.len));
		/* 127.0.0.0/8: what a list answers (RFC 5782 section 2.1), nobody's address. */
		bool is_answer = is_v4(&a) && a.at[12] == 127;
		*of = is_ours(own, &a, prefix) ? IP_OF_US : is_answer ? IP_OF_NOBODY : IP_OF_ANOTHER;
	}
	return len;
}

size_t refusal_ip_in_brackets(struct span s, const struct refusal_own *own, enum refusal_ip_of *of)
{
	const char *close = s.len > 0 && s.at[0] == '<' ? memchr(s.at, '>', s.len) : NULL;
	struct span within = close ? span_trim(span_between(s.at + 1, close)) : SPAN("");

	return within.len > 0 && refusal_ip_at(within, own, of) == within.len ? (size_t)(close + 1 - s.at) : 0;
}

void refusal_own_read(const char *address, struct refusal_own *out)
{
	out->given = address && ip_parse(address, &out->ip);
	out->is_seen = out->given && !is_private(&out->ip);
}
