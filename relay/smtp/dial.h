/* SPDX-License-Identifier: ISC */
/*
 * dial - TCP to a host: in which order its addresses are tried, and the next
 * one while the last is still silent.
 *
 * As RFC 8305 has it, but in no hurry: an address that does not answer within
 * DIAL_STAGGER_MS no longer has the host to itself, and the first to answer
 * wins. So a dead address, or a family that does not work here, costs seconds
 * and not the whole time to connect. All times are scaled by patience.
 */
#ifndef RELAY_SMTP_DIAL_H
#define RELAY_SMTP_DIAL_H

#include "base/fault.h"
#include "dns/target.h"
#include "relay/smtp/server.h"

enum { DIAL_STAGGER_MS = 2 * 1000, DIAL_ADDRESSES_MAX = 20 };

/*
 * The addresses of a host with the two families in turn, each family in the
 * order given and the first one's first, so that a family that does not work
 * here costs one attempt and not all. order has room for t->address_count.
 */
void dial_order(const struct target *t, size_t *order);

/*
 * From which own address `to` would be dialled: the source of its family (as dialling_from), else what the kernel would
 * choose. Nothing is sent. False: there is no way to it.
 */
bool dial_source(const struct ip_address *to, uint16_t port, const struct ip_address source[2], struct ip_address *out);

struct dialling;

/* order: count indices into t->addresses, of which the first DIAL_ADDRESSES_MAX are dialled. t stays the caller's. */
struct dialling *dialling_new(const struct target *t, const size_t *order, size_t count, uint16_t port,
                              int64_t wait_ms, const struct patience *patience);
void dialling_free(struct dialling *d);

/* Dials from these, IPv4's and IPv6's; family 0: as the kernel chooses. Borrowed. */
void dialling_from(struct dialling *d, const struct ip_address source[2]);

/* What became of one address. */
struct dialled {
	size_t index;         /* into t->addresses */
	int fd;               /* connected, non-blocking, with TCP_NODELAY, the caller's; or -1 with the fault 4.4.1 */
	struct fault fault;
};

/*
 * Waits for the next address to connect or to fail. False: all have been told
 * of. When one has connected, those that have not are hung up on, and dialled
 * again only if this is called again.
 */
bool dialling_next(struct dialling *d, struct dialled *out);

#endif
