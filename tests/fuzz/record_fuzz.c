/* SPDX-License-Identifier: ISC */
/* Record heads: what is accepted encodes to the same bytes; one of an earlier version to those of this one, which do. */
#include "base/mail/record.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What it encodes to, in out; false: it is not accepted, or is the beginning of one. */
static bool recoded(struct span in, struct buf *out, size_t *taken)
{
	struct record r;
	struct fault f;
	ssize_t n = record_decode_head(in, &r, &f);

	if (n <= 0)
		return false;
	*taken = (size_t)n;
	record_encode_head(&r, out);
	record_free(&r);
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = { (const char *)data, size };
	struct buf once = { 0 }, twice = { 0 };
	size_t taken, taken_again;

	if (recoded(in, &once, &taken)) {
		bool is_earlier = memcmp(once.at, in.at, RECORD_MAGIC_BYTES) != 0;
		if (!is_earlier && !span_eq(buf_span(&once), (struct span){ in.at, taken }))
			abort();
		if (!recoded(buf_span(&once), &twice, &taken_again) || !span_eq(buf_span(&once), buf_span(&twice)))
			abort();
	}
	buf_free(&once);
	buf_free(&twice);
	return 0;
}
