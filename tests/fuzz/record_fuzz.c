/* Record heads: what is accepted encodes to the same bytes. */
#include "base/record.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct record r;
	struct fault f;
	struct buf again = { 0 };
	ssize_t taken = record_decode_head((struct span){ (const char *)data, size }, &r, &f);

	if (taken <= 0)
		return 0;
	record_encode_head(&r, &again);
	if (again.len != (size_t)taken || memcmp(again.at, data, again.len) != 0)
		abort();
	buf_free(&again);
	record_free(&r);
	return 0;
}
