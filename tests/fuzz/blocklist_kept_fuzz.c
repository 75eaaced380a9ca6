/* SPDX-License-Identifier: ISC */
/*
 * What blocklists said, as it is kept: any text is read or refused, and what is read is written as text that is read as the
 * same again.
 */
#include "base/buf.h"
#include "trust/blocklist_kept.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum { NOW_S = 1790000000 };
	struct blocklist_kept kept, again;
	struct buf first = { 0 }, second = { 0 };

	if (blocklist_kept_read((struct span){ (const char *)data, size }, &kept)) {
		blocklist_kept_print(&kept, NOW_S, &first);
		if (!blocklist_kept_read(buf_span(&first), &again))
			abort();
		blocklist_kept_print(&again, NOW_S, &second);
		/* Of the same second the order is not ours. */
		if (first.len != second.len)
			abort();
		blocklist_kept_free(&again);
	} else if (kept.items) {
		abort();
	}
	blocklist_kept_free(&kept);
	buf_free(&first);
	buf_free(&second);
	return 0;
}
