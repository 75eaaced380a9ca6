/* SPDX-License-Identifier: ISC */
/*
 * printable - what is shown to people and programs is printable ASCII and line
 * ends, whatever came in.
 */
#ifndef TESTS_FUZZ_PRINTABLE_H
#define TESTS_FUZZ_PRINTABLE_H

#include "base/buf.h"

#include <stdlib.h>

static inline void must_be_printable(const struct buf *shown)
{
	for (size_t i = 0; i < shown->len; i++)
		if (shown->at[i] != '\n' && (shown->at[i] < 0x20 || shown->at[i] > 0x7e))
			abort();
}

#endif
