/* SPDX-License-Identifier: ISC */
/*
 * orcpt - the address that the sender wrote to, in the form of ORCPT (RFC 3461
 * section 4.2). A recipient that was submitted without one gets it from the
 * address as it was given, so that any report names an address that the sender
 * knows.
 */
#ifndef RELAY_QUEUE_ORCPT_H
#define RELAY_QUEUE_ORCPT_H

#include "base/buf.h"

/*
 * Appends "rfc822;ADDRESS", with domain if the address has none. Appends nothing
 * if the address needs another type (RFC 6533) or is longer than ORCPT may be.
 */
void orcpt_make(const char *address, const char *domain, struct buf *out);

#endif
