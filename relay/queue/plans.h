/*
 * plans - where destinations lead to: the resolver is asked.
 * relay/queue/planned.h has what its answers mean.
 *
 * What the MX of this host's own name say (relay/route/route.h) comes this way as
 * well: mail for it waits at a destination whose route needs the MX, like that
 * of a "mx:" rule, and is placed again once they are known. They are asked for again
 * when mail for the name comes after HOSTNAME_LIFE. So neither pickup nor the
 * queue waits for the DNS.
 */
#ifndef RELAY_QUEUE_PLANS_H
#define RELAY_QUEUE_PLANS_H

#include "relay/queue/queue.h"

/* Asks for the destination's current hop; what was asked before counts no more. */
void plans_ask(struct queue *q, struct destination *d);
void plans_stop(struct queue *q, struct destination *d);

/*
 * What was found holds for a while. An open destination that has mail then, or later, is planned again, and stays open
 * meanwhile.
 */
void plans_hold(struct queue *q, struct destination *d);
void plans_are_old(struct queue *q, uint64_t destination);

/* Before mail for a domain is placed: what is known of hostname's MX may be too old. */
void plans_doubt_hostname(struct queue *q, struct span domain);

/* Any other name that resolves proves that an NXDOMAIN is not our own trouble. */
void plans_ask_control_name(struct queue *q);

/* The resolver's coming and going. */
void plans_resolver_came(struct queue *q);
void plans_resolver_lost(struct queue *q);

#endif
