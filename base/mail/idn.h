/* SPDX-License-Identifier: ISC */
/*
 * idn - internationalised domain names (RFC 5890): from the UTF-8 that people
 * write (U-labels) to the ASCII that the DNS knows and every server takes
 * (A-labels, "xn--..."). Only this module knows libidn2.
 *
 * Mapped as UTS 46 has it, without its transitional forms: upper case, width
 * and composition of letters do not matter. A domain of ASCII alone is as it
 * was, A-labels included.
 */
#ifndef BASE_MAIL_IDN_H
#define BASE_MAIL_IDN_H

#include "base/buf.h"
#include "base/fault.h"

/* Appends it. -1: a fault 5.1.3 that says what is wrong with it; out is as it was. */
int idn_domain(struct span domain, struct buf *out, struct fault *f);

/*
 * Appends local@domain, the domain transcribed and the local part as it is. A
 * bare local part, and one with an address literal, are as they were.
 */
int idn_address(struct span address, struct buf *out, struct fault *f);

#endif
