/* SPDX-License-Identifier: ISC */
#include "base/span.h"

static bool equal_nocase(const char *a, const char *b, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (byte_lower(a[i]) != byte_lower(b[i]))
			return false;
	return true;
}

bool span_eq_nocase(struct span a, struct span b)
{
	return a.len == b.len && equal_nocase(a.at, b.at, a.len);
}

bool span_starts_nocase(struct span whole, struct span prefix)
{
	return whole.len >= prefix.len && equal_nocase(whole.at, prefix.at, prefix.len);
}

bool span_ends_nocase(struct span whole, struct span suffix)
{
	return whole.len >= suffix.len &&
	       equal_nocase(whole.at + whole.len - suffix.len, suffix.at, suffix.len);
}

struct span span_trim(struct span s)
{
	while (s.len > 0 && byte_is_white(s.at[0])) {
		s.at++;
		s.len--;
	}
	while (s.len > 0 && byte_is_white(s.at[s.len - 1]))
		s.len--;
	return s;
}

struct span span_word(struct span *rest)
{
	size_t from = 0;

	while (from < rest->len && byte_is_white(rest->at[from]))
		from++;
	size_t to = from;
	while (to < rest->len && !byte_is_white(rest->at[to]))
		to++;
	struct span word = span_between(rest->at + from, rest->at + to);
	*rest = span_between(rest->at + to, rest->at + rest->len);
	return word;
}

struct span span_cut(struct span *rest, char sep)
{
	struct span head = *rest;
	const char *at = rest->len > 0 ? memchr(rest->at, sep, rest->len) : NULL;

	if (at == NULL) {
		*rest = (struct span){ NULL, 0 };
		return head;
	}
	head.len = (size_t)(at - head.at);
	*rest = span_between(at + 1, rest->at + rest->len);
	return head;
}

bool span_number(struct span s, unsigned long long max, unsigned long long *out)
{
	unsigned long long value = 0;

	if (s.len == 0)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		if (s.at[i] < '0' || s.at[i] > '9')
			return false;
		unsigned long long digit = (unsigned long long)(s.at[i] - '0');
		if (value > max / 10 || value * 10 > max - digit)
			return false;
		value = value * 10 + digit;
	}
	*out = value;
	return true;
}
