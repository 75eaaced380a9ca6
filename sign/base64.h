/*
 * base64 - RFC 4648 section 4, with the folding white space that RFC 6376
 * section 2.10 allows anywhere in it.
 */
#ifndef SIGN_BASE64_H
#define SIGN_BASE64_H

#include "base/buf.h"

/* Appends; false for foreign bytes or wrong padding, out may then hold a part. */
bool base64_decode(struct span text, struct buf *out);

void base64_encode(struct span bytes, struct buf *out);

#endif
