/* SPDX-License-Identifier: ISC */
/*
 * white - a body of nothing but blanks and line ends keeps the line ends
 * alone: verifiers differ on what relaxed canonicalisation leaves of it.
 *
 * Until there is text the body is held back, and what has become too large for
 * that goes on without its blanks. A zeroed one is at the body's start.
 */
#ifndef RELAY_PICKUP_WHITE_H
#define RELAY_PICKUP_WHITE_H

#include "base/buf.h"

struct white {
	struct buf held;         /* the body while it has no text */
	bool has_text;
};

/* The next of the body, with its line ends made CRLF; appends to out what is known to go on. */
void white_add(struct white *w, struct span text, struct buf *out);

/* The body has ended. */
void white_finish(struct white *w, struct buf *out);

void white_free(struct white *w);

#endif
