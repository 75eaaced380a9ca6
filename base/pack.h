/* SPDX-License-Identifier: ISC */
/*
 * pack - plain values as bytes, for the record, the store and the channels
 * between roles. Structs are written and read by a table: base/shape.h.
 *
 * Integers are big-endian and of fixed width; a span is a 32-bit length and
 * its bytes. Packing appends to a buf and cannot fail. Unpacking never reads
 * past its input: at the first short or oversized value it sets `bad`, and
 * from then on yields zeros and empty spans, so that a caller checks once, at
 * the end, with unpack_ok.
 */
#ifndef BASE_PACK_H
#define BASE_PACK_H

#include "base/buf.h"

#include <stdint.h>

void pack_u8(struct buf *out, uint8_t v);
void pack_u16(struct buf *out, uint16_t v);
void pack_u32(struct buf *out, uint32_t v);
void pack_u64(struct buf *out, uint64_t v);
void pack_number(struct buf *out, uint64_t v, size_t bytes);   /* the lowest 1 to 8 of them */
void pack_span(struct buf *out, struct span v);
void pack_text(struct buf *out, const char *z);  /* NULL packs as empty */

/* Packed items as a set, whose order means nothing: their number, and each as it is, sorted. They are freed. */
void pack_set(struct buf *out, struct buf *items, size_t count);

struct unpack {
	const char *at;
	const char *end;
	bool bad;
};

struct unpack unpack_from(struct span s);
uint8_t unpack_u8(struct unpack *u);
uint16_t unpack_u16(struct unpack *u);
uint32_t unpack_u32(struct unpack *u);
uint64_t unpack_u64(struct unpack *u);
uint64_t unpack_number(struct unpack *u, size_t bytes);
void unpack_bytes(struct unpack *u, void *out, size_t len);
struct span unpack_span(struct unpack *u);       /* borrows from the input */
char *unpack_text(struct unpack *u);             /* owned copy; a NUL inside sets bad */

/*
 * How many elements follow, each at least `each` bytes: a count that the
 * remaining input cannot hold sets bad and yields 0, so it is safe to
 * allocate by it.
 */
uint32_t unpack_count(struct unpack *u, size_t each);

/* Nothing was short, and nothing is left over. */
bool unpack_ok(const struct unpack *u);

#endif
