/* SPDX-License-Identifier: ISC */
/*
 * quoted - the quoted-printable encoding (RFC 2045 section 6.7) of text with
 * CRLF line ends.
 */
#ifndef RELAY_BOUNCE_QUOTED_H
#define RELAY_BOUNCE_QUOTED_H

#include "base/buf.h"

void quoted_write(struct span text, struct buf *out);

#endif
