/* SPDX-License-Identifier: ISC */
/*
 * checksum - tells whether bytes that were written are the bytes that are
 * read: against accidents (a file cut, overwritten, restored wrongly), not
 * against deceit. Eight bytes a step, as FNV-1a does one.
 *
 * A zeroed checksum has seen nothing. Bytes may come cut anywhere.
 */
#ifndef BASE_CHECKSUM_H
#define BASE_CHECKSUM_H

#include "base/span.h"

#include <stdint.h>

struct checksum {
	uint64_t hash;
	uint64_t bytes;
	char rest[8];            /* the last bytes % 8 of them */
};

void checksum_add(struct checksum *c, struct span bytes);
uint64_t checksum_of(const struct checksum *c);      /* never 0, which means that it is not known */

#endif
