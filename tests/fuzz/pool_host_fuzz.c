/* SPDX-License-Identifier: ISC */
/* A member of a pool that is read prints as one that is read as the same, and has a host to ask for. */
#include "base/buf.h"
#include "base/conf/pool_host.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct pool_host h, again;
	struct buf printed = { 0 };

	if (!pool_host_parse((struct span){ (const char *)bytes, len }, &h))
		return 0;
	bool v6 = memchr(h.host.at, ':', h.host.len) != NULL;
	buf_printf(&printed, "%s%.*s%s", v6 ? "[" : "", (int)h.host.len, h.host.at, v6 ? "]" : "");
	if (h.port)
		buf_printf(&printed, ":%u", h.port);
	buf_printf(&printed, " weight=%u", h.weight);
	if (h.weight == 0 || h.host.len == 0 || !pool_host_parse(buf_span(&printed), &again) ||
	    !span_eq(h.host, again.host) || h.port != again.port || h.weight != again.weight)
		abort();
	buf_free(&printed);
	return 0;
}
