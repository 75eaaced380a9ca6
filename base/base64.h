/* SPDX-License-Identifier: ISC */
/*
 * base64 - RFC 4648 section 4, read as RFC 6376 section 2.10 has it: folding
 * white space anywhere, and none, one or two "=" at the end, whatever the
 * number of digits. The padding says nothing that the digits do not.
 */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include "base/buf.h"

/* Appends; false for foreign bytes, a single digit left over or more than two "=", out may then hold a part. */
bool base64_decode(struct span text, struct buf *out);

/* As RFC 4648 writes it, for who reads no other form: nothing but digits, at least one, padded to a multiple of four. */
bool base64_is_exact(struct span text);

/* 0 to 63, or -1 for a byte that is not a digit, the padding included. */
int base64_digit_value(char c);

/* One of the 64 digits, or the padding. */
bool base64_is_digit(char c);

void base64_encode(struct span bytes, struct buf *out);

/* The four digits of the first three of bytes, or of all where there are fewer; bytes is not empty. */
void base64_group(struct span bytes, char out[4]);

#endif
