/* SPDX-License-Identifier: ISC */
/*
 * plans - asks the resolver where destinations lead.
 * relay/queue/planned.h says what its answers mean.
 *
 * The MX of this host's own name (relay/route/route.h) are asked for in the same
 * way. Mail for that name waits at a destination whose route depends on the MX,
 * like that of an "mx:" rule, and is placed again once they are known. They are
 * asked for again when mail for the name comes after HOSTNAME_LIFE. So neither
 * pickup nor the queue waits for the DNS.
 */
#ifndef RELAY_QUEUE_PLANS_H
#define RELAY_QUEUE_PLANS_H

#include "relay/queue/queue.h"

/* Asks for the destination's current hop; the answer to an earlier question no longer counts. */
void plans_ask(struct queue *q, struct destination *d);
void plans_stop(struct queue *q, struct destination *d);

/*
 * The answer holds for a while. After that, an open destination that has mail is planned again, and stays open
 * meanwhile.
 */
void plans_hold(struct queue *q, struct destination *d);
void plans_expired(struct queue *q, uint64_t destination);

/* To be called before mail for a domain is placed: what is known about hostname's MX may be too old. */
void plans_doubt_hostname(struct queue *q, struct span domain);

/* Asks for another name: if it resolves, an NXDOMAIN is not our own trouble. */
void plans_ask_control_name(struct queue *q);

/* A resolver came; it is gone. */
void plans_resolver_came(struct queue *q);
void plans_resolver_lost(struct queue *q, struct peer_channel *p);

#endif
