/*
 * planned - what the resolver's answers mean: a destination opens at a site, or
 * there is no way now, or never; and it is asked again while mail goes on for
 * long. relay/queue/plans.h asks.
 *
 * A domain that is said not to exist is given up by relay/queue/schedule.h's
 * rule alone, once another name has shown that the DNS works.
 */
#ifndef RELAY_QUEUE_PLANNED_H
#define RELAY_QUEUE_PLANNED_H

#include "relay/queue/queue.h"

void planned_answer(struct queue *q, struct peer_channel *from, struct span payload);   /* FRAME_PLANNED */

/* The answer does not come; and its resolver, when all that it let wait has been told. */
void planned_is_late(struct queue *q, uint64_t destination);
void planned_resolver_stands(struct queue *q, uint64_t serial);

/* Policies that were waited for are known, or cannot be had. */
void planned_policy_over(struct queue *q);

#endif
