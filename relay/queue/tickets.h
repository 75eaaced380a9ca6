/* SPDX-License-Identifier: ISC */
/*
 * tickets - TLS tickets (relay/tls_ticket.h) that sessions left, for the next
 * ones to the same site: in memory only, few, and for as long as they live.
 *
 * A site gets back what its own sessions left, and nothing else: an smtp
 * process that was taken over can spoil no other site. Which of them may be
 * used is for that process to see, by their terms.
 *
 * One may be used by several sessions: that they can be told to be of one client (RFC 8446 appendix C.4) takes nothing
 * from a host that says its name in EHLO.
 */
#ifndef RELAY_QUEUE_TICKETS_H
#define RELAY_QUEUE_TICKETS_H

#include "relay/queue/queue.h"
#include "relay/queue/site_id.h"

enum { TICKETS_KEPT_MAX = 128 };

/* Takes over what t holds, in place of one of the same terms; the oldest goes where there are too many. */
void tickets_keep(struct queue *q, const struct site_id *site, struct tls_ticket *t);

/* The newest of that site, borrowed until the next call; returns how many. */
size_t tickets_of(struct queue *q, const struct site_id *site, struct tls_ticket out[TLS_TICKETS_MAX]);

/* Those whose life is over. */
void tickets_expire(struct queue *q);

#endif
