/* SPDX-License-Identifier: ISC */
/*
 * span - a borrowed run of bytes.
 *
 * A span owns nothing, is not terminated and may hold any byte. Comparing
 * without case is ASCII only: protocol words never depend on a locale.
 */
#ifndef BASE_SPAN_H
#define BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct span {
	const char *at;
	size_t len;
};

#define SPAN(literal) ((struct span){ "" literal, sizeof(literal) - 1 })

static inline struct span span_of(const char *z)
{
	return (struct span){ z, z ? strlen(z) : 0 };
}

static inline struct span span_between(const char *at, const char *end)
{
	return (struct span){ at, (size_t)(end - at) };
}

static inline bool span_eq(struct span a, struct span b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

bool span_eq_nocase(struct span a, struct span b);
bool span_starts_nocase(struct span whole, struct span prefix);
bool span_ends_nocase(struct span whole, struct span suffix);

/* Without SP, HTAB, CR and LF at either end. */
struct span span_trim(struct span s);

/*
 * Cuts the bytes before the first sep off rest and returns them; what follows
 * sep stays in rest. Without a sep the whole is returned and rest is empty
 * with at = NULL, so that "while (rest.at)" visits each piece.
 */
struct span span_cut(struct span *rest, char sep);

/* Cuts the next word off rest, which SP, HTAB, CR and LF part from others; empty when there is none any more. */
struct span span_word(struct span *rest);

/* The whole of s as a decimal number not above max; false leaves out alone. */
bool span_number(struct span s, unsigned long long max, unsigned long long *out);

/* WSP of RFC 5234: SP and HTAB. */
static inline bool byte_is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* ASCII. */
static inline bool byte_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool byte_is_letter_or_digit(char c)
{
	return byte_is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* And the CRLF of a fold: FWS of RFC 5322 section 3.2.2. */
static inline bool byte_is_white(char c)
{
	return byte_is_blank(c) || c == '\r' || c == '\n';
}

/* ASCII lower case of one byte. */
static inline char byte_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

/* The value of a hexadecimal digit, in either case; -1: it is not one. */
static inline int byte_hex_value(char c)
{
	if (byte_is_digit(c))
		return c - '0';
	c = byte_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

#endif
