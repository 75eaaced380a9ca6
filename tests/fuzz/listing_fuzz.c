/* SPDX-License-Identifier: ISC */
/* Rows of the queue: what is accepted is shown in printable ASCII. */
#include "base/view/listing.h"
#include "tests/fuzz/printable.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = { (const char *)data, size };
	struct listing_entry entry;
	struct buf shown = { 0 }, json = { 0 };

	if (listing_decode(in, &entry) < 0)
		return 0;
	listing_print_entry(&shown, &entry);
	must_be_printable(&shown);
	listing_print_json(&json, &entry);
	must_be_printable(&json);
	if (memchr(json.at, '\n', json.len) != json.at + json.len - 1)
		abort();
	buf_free(&shown);
	buf_free(&json);
	listing_entry_free(&entry);
	return 0;
}
