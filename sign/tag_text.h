/* SPDX-License-Identifier: ISC */
/*
 * tag_text - dkim-quoted-printable (RFC 6376 section 2.11): how the value of a
 * tag holds bytes that would end it, or that are not ASCII.
 */
#ifndef SIGN_TAG_TEXT_H
#define SIGN_TAG_TEXT_H

#include "base/buf.h"

/* Appends. What need not be encoded is not. */
void tag_text_encode(struct span bytes, struct buf *out);

/*
 * Appends. White space in the value folds it and is left out; a blank that counts
 * is "=20". A "=" that two hexadecimal digits do not follow stands for itself,
 * as it does in values that were never encoded.
 */
void tag_text_decode(struct span value, struct buf *out);

#endif
