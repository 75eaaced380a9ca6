/* SPDX-License-Identifier: ISC */
/*
 * returned - a record that cannot be taken although its caller has gone: the
 * submission that tells its sender so. All its recipients are refused in it,
 * so that the queue makes a report of it at once; its message is the record's,
 * as a person can read it, up to RETURNED_MESSAGE_MAX bytes: with CRLF line
 * ends these still travel inline.
 *
 * It has the record's id and the number of its first part: a record that was
 * stored before is not returned.
 */
#ifndef RELAY_PICKUP_RETURNED_H
#define RELAY_PICKUP_RETURNED_H

#include "base/conf/settings.h"
#include "relay/pickup/submitter.h"
#include "relay/protocol.h"

enum { RETURNED_MESSAGE_MAX = 30 * 1024 };

struct returned {
	int fd;                       /* the record from its first byte on, seekable */
	const struct submitter *who;
	const struct fault *why;
	uint64_t ticket;
	int64_t arrival_ms;           /* wall */
};

/* Appends the packed struct submit. -1: these bytes are not a record that this version knows. */
int returned_make(const struct settings *s, const struct returned *r, struct buf *out, struct fault *f);

/* What is made of the first bytes of a message of all_bytes: CRLF line ends, never empty. For returned_make and tests. */
void returned_message(struct span start, uint64_t all_bytes, struct buf *out, bool *eight_bit);

#endif
