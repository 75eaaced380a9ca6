/* SPDX-License-Identifier: ISC */
#include "base/conf/proxy_place.h"

#include "base/conf/pool_host.h"

bool proxy_place_parse(struct span text, struct proxy_place *out)
{
	const struct span scheme = SPAN("socks5://");
	struct pool_host host;

	*out = (struct proxy_place){ 0 };
	if (!span_starts_nocase(text, scheme))
		return false;
	struct span rest = span_between(text.at + scheme.len, text.at + text.len);
	const char *at = memrchr(rest.at, '@', rest.len);
	if (at) {
		out->user = span_between(rest.at, at);
		rest = span_between(at + 1, rest.at + rest.len);
	}
	for (size_t i = 0; i < out->user.len; i++)
		if (out->user.at[i] <= ' ' || out->user.at[i] > '~' || out->user.at[i] == ':')
			return false;
	bool plain = memchr(rest.at, ' ', rest.len) == NULL && pool_host_parse(rest, &host);
	if (!plain || host.port == 0 || (at && out->user.len == 0) || out->user.len > PROXY_NAME_MAX)
		return false;
	out->host = host.host;
	out->port = host.port;
	return true;
}

void proxy_place_print(const struct proxy_place *p, const char *scheme, struct buf *out)
{
	bool v6 = memchr(p->host.at, ':', p->host.len) != NULL;

	buf_printf(out, "%s://%s%.*s%s:%u", scheme, v6 ? "[" : "", (int)p->host.len, p->host.at, v6 ? "]" : "", p->port);
}
