/*
 * orcpt - whom the sender wrote to, in the form of ORCPT (RFC 3461 section 4.2).
 * A mail that was submitted without one gets it from the address as it was
 * given, so that a report from anywhere names what the sender knows.
 */
#ifndef RELAY_QUEUE_ORCPT_H
#define RELAY_QUEUE_ORCPT_H

#include "base/buf.h"

/*
 * Appends "rfc822;..." of the address, with domain where it has none; nothing
 * for one that needs another type (RFC 6533) or is longer than ORCPT may be.
 */
void orcpt_make(const char *address, const char *domain, struct buf *out);

#endif
