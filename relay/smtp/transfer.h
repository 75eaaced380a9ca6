/*
 * transfer - checks that what libesmtp sends as a message is the message:
 * the preface, which is dropped, then fields and message with dots stuffed
 * (RFC 5321 section 4.5.2), then the final dot.
 *
 * So the wire equals what was signed whatever becomes of esmtp, and nothing
 * but CRLF line ends ever reaches it. State is O(1) in the message's size.
 */
#ifndef RELAY_SMTP_TRANSFER_H
#define RELAY_SMTP_TRANSFER_H

#include "base/buf.h"
#include "base/checksum.h"
#include "base/fault.h"

#include <stdint.h>

struct transfer {
	struct span parts[3];     /* preface, fields, inline message; what is left of each */
	size_t part;
	int fd;                   /* the rest of the message, or -1; borrowed */
	uint64_t offset;
	char *block;              /* of fd */
	struct span window;       /* expected next */
	bool line_start, after_cr, stuffed;
	size_t end_seen;          /* bytes of the final ".CRLF" */
	uint64_t expected;        /* checksum of what fd has; 0: not known */
	struct checksum read;
	bool damaged;             /* it is another: the dot must not be sent */
};

/* Spans and fd stay the caller's. empty: no recipient was accepted, so libesmtp sends the dot alone. */
void transfer_begin(struct transfer *t, struct span fields, struct span message, int fd, bool empty);
/* Of the file: when it turns out to be another, transfer_take fails at its end, before the dot, and sets damaged. */
void transfer_expect(struct transfer *t, uint64_t checksum);
void transfer_free(struct transfer *t);

/*
 * Takes bytes off in and appends those for the wire to out, the final dot not
 * included. 1: the dot was seen; 0: more to come; -1: a fault 4.3.0.
 */
int transfer_take(struct transfer *t, struct span *in, struct buf *out, struct fault *f);

#endif
