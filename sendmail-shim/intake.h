/*
 * intake - the message as the caller gives it on stdin, read to its end.
 *
 * Up to INTAKE_MEMORY_MAX bytes are kept in memory, more in a temporary file
 * without a name, so that any length takes the same memory. Where none can be
 * made or the disk is full, as in a container without a /tmp, the file lies in
 * memory (memfd_create(2)) up to INTAKE_MEMFD_MAX. No byte is changed. Unless dots are text, a line with nothing but a dot ends the
 * message and is no part of it; both LF and CRLF end lines.
 */
#ifndef SENDMAIL_SHIM_INTAKE_H
#define SENDMAIL_SHIM_INTAKE_H

#include "base/buf.h"
#include "base/fault.h"

#include <stdint.h>

enum { INTAKE_MEMORY_MAX = 256 * 1024, INTAKE_MEMFD_MAX = 64 * 1024 * 1024 };

struct intake {
	struct buf memory;    /* the whole message while file is -1, else what is not yet written */
	int file;             /* -1, or the temporary file */
	bool in_memory;       /* which lies in memory */
	uint64_t bytes;
	const char *map;      /* the file, when it was looked at */
};

#define INTAKE_EMPTY ((struct intake){ .file = -1 })

/*
 * There is no deadline: a caller may think for hours. -1: 5.3.4 as soon as it
 * is longer than `most`, 4.3.0 reading or writing failed, 4.3.1 disk full.
 */
int intake_read(struct intake *in, int fd, bool dots_are_text, uint64_t most, struct fault *f);

/* The whole message, without reading it into memory; borrowed. -1: 4.3.0. */
int intake_view(struct intake *in, struct span *out, struct fault *f);

/*
 * Bytes from offset on: a span of memory, or up to len bytes read into
 * scratch. Empty at the end; -1 with a fault when the file cannot be read.
 */
int intake_part(const struct intake *in, uint64_t offset, char *scratch, size_t len, struct span *out,
                struct fault *f);

void intake_free(struct intake *in);

#endif
