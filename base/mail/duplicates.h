/* SPDX-License-Identifier: ISC */
/*
 * duplicates - which addresses of a list repeat an earlier one. Two are the same
 * where their local parts are, byte for byte, and their domains but for case
 * (RFC 5321 section 2.4). Pure; O(n log n), whoever chose the addresses.
 */
#ifndef BASE_MAIL_DUPLICATES_H
#define BASE_MAIL_DUPLICATES_H

#include "base/span.h"

/* first[i] becomes the index of the first address that is the same as addresses[i]; i itself where no earlier one is. */
void duplicates_find(const struct span *addresses, size_t count, size_t *first);

#endif
