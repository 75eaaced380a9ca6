/* SPDX-License-Identifier: ISC */
/*
 * filter_input - a message from standard input, brought into the form of the wire and
 * handed on piece by piece.
 */
#ifndef SIGNET_FILTER_FILTER_INPUT_H
#define SIGNET_FILTER_FILTER_INPUT_H

#include "base/buf.h"
#include "base/fault.h"

/* 0, or -1 with a fault, which ends the reading. */
typedef int filter_input_take(void *context, struct span piece, struct fault *f);

enum filter_input_form {
	FILTER_INPUT_TO_SIGN,     /* the header by header_repair, the body by CRLF_REPAIR */
	FILTER_INPUT_AS_SIGNED,   /* CRLF_FROM_LF: what was signed elsewhere is not to be touched */
};

/* given gets the bytes as they were read, before take does; NULL: nobody wants them. */
int filter_input_read(int fd, enum filter_input_form form, filter_input_take *given, filter_input_take *take, void *context,
                      struct fault *f);

/*
 * Bytes to be read again: in memory while they are few, else in a temporary
 * file without a name. Starts as { .fd = -1 }.
 */
struct filter_spool {
	struct buf memory;
	int fd;
};

int filter_spool_add(struct filter_spool *s, struct span piece, struct fault *f);
int filter_spool_write(struct filter_spool *s, int to, struct fault *f);   /* all of it, from the start */
void filter_spool_free(struct filter_spool *s);

#endif
