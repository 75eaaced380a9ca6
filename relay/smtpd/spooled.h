/* SPDX-License-Identifier: ISC */
/*
 * spooled - one message while it is heard and until it is handed over.
 *
 * Up to SPOOLED_MEMORY_MAX bytes are in memory, more in a file without a name
 * (base/unnamed_file.h), so that any length takes the same memory.
 */
#ifndef RELAY_SMTPD_SPOOLED_H
#define RELAY_SMTPD_SPOOLED_H

#include "base/buf.h"
#include "base/fault.h"

#include <stdint.h>

enum { SPOOLED_MEMORY_MAX = 256 * 1024 };

struct spooled {
	const char *folder;   /* borrowed: where the file is made */
	struct buf memory;    /* what is not in the file */
	int file;             /* -1: none */
	uint64_t in_file;     /* bytes */
};

#define SPOOLED_EMPTY(where) ((struct spooled){ .folder = (where), .file = -1 })

/* -1: 4.3.1 no room, or 4.3.0 another fault of the file. */
int spooled_add(struct spooled *m, struct span bytes, struct fault *f);

uint64_t spooled_bytes(const struct spooled *m);

/* Bytes from offset on: of memory, or up to len read into scratch; empty at the end. -1: 4.3.0. */
int spooled_part(const struct spooled *m, uint64_t offset, char *scratch, size_t len, struct span *out, struct fault *f);

void spooled_free(struct spooled *m);   /* empty again */

#endif
