/* SPDX-License-Identifier: ISC */
/* An address that is read prints as one that is read as the same. */
#include "dns/target.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct ip_address a, again;
	struct buf printed = { 0 };

	if (ip_address_parse((struct span){ (const char *)bytes, len }, &a)) {
		ip_address_print(&a, &printed);
		if (!ip_address_parse(buf_span(&printed), &again) || memcmp(&a, &again, sizeof a) != 0)
			abort();
	}
	buf_free(&printed);
	return 0;
}
