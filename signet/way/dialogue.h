/* SPDX-License-Identifier: ISC */
/*
 * dialogue - a line of the address test dialogue, "signet route -" and
 * sendmail -bt: an address, or what Sendmail's users are used to type.
 *
 *   user@example.org          3,0 user@example.org      /parse user@example.org
 *   /try mailer user@example.org                        /quit
 *
 * Rule sets and mailers are of Sendmail's configuration, and are passed over.
 */
#ifndef SIGNET_WAY_DIALOGUE_H
#define SIGNET_WAY_DIALOGUE_H

#include "base/buf.h"
#include "base/fault.h"

enum dialogue_says {
	DIALOGUE_NOTHING,     /* an empty line, or one that # makes a comment */
	DIALOGUE_ADDRESS,
	DIALOGUE_QUIT,
	DIALOGUE_WRONG,       /* the fault says what could be said instead */
};

/* The address in normal form is appended; one that cannot be parsed as it was typed. line may end with LF or CRLF. */
enum dialogue_says dialogue_read(struct span line, struct buf *address, struct fault *f);

#endif
