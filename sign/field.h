/* SPDX-License-Identifier: ISC */
/*
 * field - the text of a signature field that is being made, in lines (RFC
 * 6376 section 3.5, RFC 4870 section 3.3). The tags stand in one order always.
 */
#ifndef SIGN_FIELD_H
#define SIGN_FIELD_H

#include "sign/digest.h"
#include "sign/fields.h"
#include "sign/fold.h"
#include "sign/sign.h"

/* All of the field up to "b=". body is DKIM's bh=, and NULL for DomainKeys. */
struct fold field_begin(const struct sign_options *o, const struct field_names *names, const struct digest *body,
                        struct buf *out);

/* Adds the value of b= and the CRLF. */
void field_finish(struct fold *f, struct span signature);

#endif
