/*
 * intake - a message from standard input, brought into the form of the wire and
 * handed on piece by piece.
 */
#ifndef SIGNET_FILTER_INTAKE_H
#define SIGNET_FILTER_INTAKE_H

#include "base/buf.h"
#include "base/fault.h"

/* 0, or -1 with a fault, which ends the reading. */
typedef int intake_take(void *context, struct span piece, struct fault *f);

enum intake_form {
	INTAKE_TO_SIGN,     /* the header by header_repair, the body by CRLF_REPAIR */
	INTAKE_AS_SIGNED,   /* CRLF_FROM_LF: what was signed elsewhere is not to be touched */
};

int intake_read(int fd, enum intake_form form, intake_take *take, void *context, struct fault *f);

/*
 * Bytes to be read again: in memory while they are few, else in a temporary
 * file without a name. Starts as { .fd = -1 }.
 */
struct spool {
	struct buf memory;
	int fd;
};

int spool_add(struct spool *s, struct span piece, struct fault *f);
int spool_write(struct spool *s, int to, struct fault *f);   /* all of it, from the start */
void spool_free(struct spool *s);

#endif
