/* SPDX-License-Identifier: ISC */
/*
 * original - the last part of a report: the mail itself, or its header.
 *
 * Whole (message/rfc822; message/global where the header is UTF-8, RFC 6532)
 * unless RET=HDRS asked for less, when it was read whole, fits and has the
 * form that this type may carry unencoded; else the header alone
 * (text/rfc822-headers, RFC 6522 section 4), quoted-printable where it is
 * not plain, of which whole fields at the end are left out when there is no room.
 */
#ifndef RELAY_BOUNCE_ORIGINAL_H
#define RELAY_BOUNCE_ORIGINAL_H

#include "base/buf.h"
#include "base/mail/record.h"

struct original {
	struct span message;   /* from its start, as much as was read */
	bool whole;            /* that is all of it */
	enum dsn_ret ret;
};

/* The part's header fields, an empty line and its content, at most `room` bytes. True when it has 8-bit bytes. */
bool original_write(const struct original *o, size_t room, struct buf *out);

#endif
