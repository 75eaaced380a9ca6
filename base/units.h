/* SPDX-License-Identifier: ISC */
/*
 * units - sizes and durations as people write them: "25M", "6h".
 */
#ifndef BASE_UNITS_H
#define BASE_UNITS_H

#include "base/buf.h"

#include <stdint.h>

#define SECOND_MS UINT64_C(1000)
#define MINUTE_MS (60 * SECOND_MS)
#define HOUR_MS   (60 * MINUTE_MS)
#define DAY_MS    (24 * HOUR_MS)
#define MEBIBYTE  (UINT64_C(1) << 20)
#define GIBIBYTE  (UINT64_C(1) << 30)

/* Digits and a unit (K, M, G or none; ms, s, m, h, d); 0 needs none. False: text does not have this form, or is too large. */
bool units_size(struct span text, uint64_t *bytes);
bool units_duration(struct span text, uint64_t *ms);

/* In the largest unit that it is a multiple of: "6h". As a window of a rate: "h" for "1h". */
void units_print_duration(int64_t ms, struct buf *out);
void units_print_window(int64_t ms, struct buf *out);

#endif
