/* SPDX-License-Identifier: ISC */
/* Any bytes are themselves, a container, or refused with a reason; what comes out is within its bounds. */
#include "trust/archive.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static int take(void *context, struct span content, struct fault *f)
{
	size_t *all = context;

	(void)f;
	*all += content.len;
	if (*all > ARCHIVE_BYTES_MAX)
		abort();
	/* Each byte may be read. */
	uint8_t sum = 0;
	for (size_t i = 0; i < content.len; i += 97)
		sum = (uint8_t)(sum + (uint8_t)content.at[i]);
	return sum == 255 && content.len == 1 ? -1 : 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct span in = { (const char *)bytes, len };
	struct fault f = { 0 };
	size_t all = 0;

	if (archive_read(in, take, &all, &f) == 0 && !archive_is(in) && all != len)
		abort();
	return 0;
}
