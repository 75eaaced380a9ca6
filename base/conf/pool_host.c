/* SPDX-License-Identifier: ISC */
#include "base/conf/pool_host.h"

static bool read_port(struct span text, uint16_t *out)
{
	unsigned long long n;

	if (!span_number(text, UINT16_MAX, &n))
		return false;
	*out = (uint16_t)n;
	return n > 0;
}

/* A name has dots and hyphens; an address after brackets also colons. */
static bool is_host(struct span s, bool bracketed)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = byte_lower(s.at[i]);
		bool letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
		if (!letter && c != '.' && !(bracketed ? c == ':' : c == '-' || c == '_'))
			return false;
	}
	return s.len > 0 && s.len <= 253;
}

static bool host_and_port(struct span text, struct pool_host *out)
{
	if (text.len > 0 && text.at[0] == '[') {
		/* "]:587" after what opened with a bracket. */
		struct span rest = { text.at + 1, text.len - 1 };
		out->host = span_cut(&rest, ']');
		if (rest.at == NULL || !is_host(out->host, true))
			return false;
		return rest.len == 0 || (rest.at[0] == ':' && read_port((struct span){ rest.at + 1, rest.len - 1 }, &out->port));
	}
	out->host = span_cut(&text, ':');
	return is_host(out->host, false) && (text.at == NULL || read_port(text, &out->port));
}

bool pool_host_parse(struct span text, struct pool_host *out)
{
	struct span rest = span_trim(text), weight = SPAN("weight=");
	struct span host = span_cut(&rest, ' ');

	*out = (struct pool_host){ .weight = 1 };
	if (!host_and_port(host, out))
		return false;
	rest = span_trim(rest);
	if (rest.len == 0)
		return true;
	return span_starts_nocase(rest, weight) &&
	       read_port((struct span){ rest.at + weight.len, rest.len - weight.len }, &out->weight);
}
