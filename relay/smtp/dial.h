/*
 * dial - TCP to one address, and in which order a host's addresses are tried.
 */
#ifndef RELAY_SMTP_DIAL_H
#define RELAY_SMTP_DIAL_H

#include "base/fault.h"
#include "dns/target.h"
#include "relay/smtp/server.h"

/*
 * The addresses of a host with the two families in turn, each family in the
 * order given and the first one's first, so that a family that does not work
 * here costs one attempt and not all. order has room for t->address_count.
 */
void dial_order(const struct target *t, size_t *order);

/* A connected non-blocking socket with TCP_NODELAY, or -1 with a fault 4.4.1. */
int dial(const struct ip_address *a, uint16_t port, int64_t wait_ms, const struct patience *patience,
         struct fault *f);

#endif
