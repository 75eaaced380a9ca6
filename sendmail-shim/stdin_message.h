/* SPDX-License-Identifier: ISC */
/*
 * stdin_message - the message as the caller gives it on stdin, read to its end,
 * or piece by piece where a dialogue on stdin (-bs) says which bytes are of it.
 *
 * Up to STDIN_MESSAGE_MEMORY_MAX bytes are kept in memory, more in a temporary file
 * without a name, so that any length takes the same memory. Where none can be
 * made or the disk is full, as in a container without a /tmp, the file is in
 * memory (memfd_create(2)) up to STDIN_MESSAGE_MEMFD_MAX. No byte is changed. Unless dots are text, a line with nothing but a dot ends the
 * message and is not a part of it; both LF and CRLF end lines.
 */
#ifndef SENDMAIL_SHIM_STDIN_MESSAGE_H
#define SENDMAIL_SHIM_STDIN_MESSAGE_H

#include "base/buf.h"
#include "base/fault.h"

#include <stdint.h>

enum { STDIN_MESSAGE_MEMORY_MAX = 256 * 1024, STDIN_MESSAGE_MEMFD_MAX = 64 * 1024 * 1024 };

struct stdin_message {
	struct buf memory;    /* the whole message while file is -1, else what is not yet written */
	int file;             /* -1, or the temporary file */
	bool in_memory;       /* the temporary file is in memory */
	uint64_t bytes;       /* of the message */
	uint64_t dropped;     /* of the file, before it */
	const char *map;      /* the file, when it was looked at */
};

#define STDIN_MESSAGE_EMPTY ((struct stdin_message){ .file = -1 })

/*
 * There is no deadline: a caller may think for hours. A byte order mark before the header is left out. -1: 5.3.4 as soon as it
 * is longer than `most`, 4.3.0 reading or writing failed, 4.3.1 disk full.
 */
int stdin_message_read(struct stdin_message *in, int fd, bool dots_are_text, uint64_t most, struct fault *f);

/* A piece more, and then, once, that it was the last. -1: 4.3.0, 4.3.1. */
int stdin_message_add(struct stdin_message *in, struct span piece, struct fault *f);
int stdin_message_end(struct stdin_message *in, struct fault *f);

/* The whole message, without reading it into memory; borrowed. -1: 4.3.0. */
int stdin_message_view(struct stdin_message *in, struct span *out, struct fault *f);

/* What it begins with is not a part of it: so many bytes. */
void stdin_message_drop_front(struct stdin_message *in, size_t len);

/*
 * Bytes from offset on: a span of memory, or up to len bytes read into
 * scratch. Empty at the end; -1 with a fault when the file cannot be read.
 */
int stdin_message_part(const struct stdin_message *in, uint64_t offset, char *scratch, size_t len, struct span *out,
                       struct fault *f);

void stdin_message_free(struct stdin_message *in);

#endif
