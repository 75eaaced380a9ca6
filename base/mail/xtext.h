/* SPDX-License-Identifier: ISC */
/*
 * xtext - the form of ENVID and ORCPT (RFC 3461 section 4): printable ASCII
 * where '+' and two hexadecimal digits stand for any byte, and '+' and '='
 * never for themselves. Pure.
 */
#ifndef BASE_MAIL_XTEXT_H
#define BASE_MAIL_XTEXT_H

#include "base/buf.h"

bool xtext_is_valid(struct span s);
void xtext_encode(struct span bytes, struct buf *out);

/* Appends; false when s is not xtext; what was appended is then useless. Spares bytes that should be encoded. */
bool xtext_decode(struct span s, struct buf *out);

#endif
