/* SPDX-License-Identifier: ISC */
/*
 * utf8 - which bytes are UTF-8 (RFC 3629 section 4): no over-long forms, no
 * surrogates, nothing above U+10FFFF. Pure.
 */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include "base/span.h"

#include <stdint.h>

/* The length of the character in front, 0 when the bytes are none. s is not empty. */
size_t utf8_length(struct span s);

/* The code point of what is one character. */
uint32_t utf8_code(struct span character);

/*
 * One that only shows itself: no control (C0, C1), none that turns the
 * direction of what stands around it, ends a line or is not seen at all.
 */
bool utf8_is_harmless(uint32_t code);

bool utf8_is_valid(struct span s);

/* No byte above 0x7f. */
bool utf8_is_ascii(struct span s);

#endif
