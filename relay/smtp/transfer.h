/* SPDX-License-Identifier: ISC */
/*
 * transfer - a message as it goes over the wire: fields and message with dots
 * stuffed (RFC 5321 section 4.5.2), without the final dot.
 *
 * libesmtp never has it: what is signed is what is sent, whatever becomes of
 * esmtp. Nothing but CRLF line ends ever reaches the wire. State is O(1) in
 * the message's size.
 */
#ifndef RELAY_SMTP_TRANSFER_H
#define RELAY_SMTP_TRANSFER_H

#include "base/buf.h"
#include "base/checksum.h"
#include "base/fault.h"

#include <stdint.h>

struct transfer {
	struct span parts[2];     /* fields, inline message */
	size_t part;              /* the next of them */
	int fd;                   /* the rest of the message, or -1; borrowed */
	uint64_t offset;
	char *block;              /* of fd */
	bool line_start, after_cr;
	uint64_t expected;        /* checksum of what fd has; 0: not known */
	struct checksum read;
	bool damaged;             /* the file's bytes are not those that were stored: the dot must not be sent */
};

/* *t is all zero before the first time. Spans and fd stay the caller's. */
void transfer_begin(struct transfer *t, struct span fields, struct span message, int fd);
/* Of the file: when it turns out to be another, transfer_make fails at its end, and sets damaged. */
void transfer_expect(struct transfer *t, uint64_t checksum);
void transfer_free(struct transfer *t);

/* Appends the next piece, an inline part or 64 KiB. 1: the message is complete, send the dot; 0: call again; -1: a fault 4.3.0. */
int transfer_make(struct transfer *t, struct buf *out, struct fault *f);

#endif
