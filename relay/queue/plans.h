/*
 * plans - where destinations lead to: the resolver is asked, what it answers
 * opens them at a site or tells why there is no way, and it is asked again
 * while mail goes on for long.
 *
 * What the MX of this host's own name say (relay/route.h) comes this way as
 * well: mail for it waits at a destination whose route needs the MX, like that
 * of a "mx:" rule, and is placed again once they are known. They are asked for again
 * when mail for the name comes after HOSTNAME_LIFE. So neither pickup nor the
 * queue waits for the DNS.
 *
 * A domain that is said not to exist is given up by relay/queue/schedule.h's
 * rule alone, once another name has shown that the DNS works.
 */
#ifndef RELAY_QUEUE_PLANS_H
#define RELAY_QUEUE_PLANS_H

#include "relay/queue/state.h"

/* Asks for the destination's current hop; what was asked before counts no more. */
void plans_ask(struct queue *q, struct destination *d);
void plans_stop(struct queue *q, struct destination *d);

/* When an open destination is planned anew, if mail still comes (boot). */
int64_t plans_end_ms(const struct queue *q, const struct destination *d);

/* Before mail for a domain is placed: what is known of hostname's MX may be too old. */
void plans_doubt_hostname(struct queue *q, struct span domain);

/* The resolver's answers, its coming and going, and its silence. */
void plans_answered(struct queue *q, struct peer_channel *from, struct span payload);
void plans_resolver_came(struct queue *q);
void plans_resolver_lost(struct queue *q);
void plans_deadlines(struct queue *q);

/* A policy that destinations of the domain wait for was fetched, or cannot be. */
void plans_policy_came(struct queue *q, const char *domain);

#endif
