/*
 * utf8 - which bytes are UTF-8 (RFC 3629 section 4): no over-long forms, no
 * surrogates, nothing above U+10FFFF. Pure.
 */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include "base/span.h"

/* The length of the character in front, 0 when the bytes are none. s is not empty. */
size_t utf8_length(struct span s);

bool utf8_is_valid(struct span s);

/* No byte above 0x7f. */
bool utf8_is_ascii(struct span s);

#endif
