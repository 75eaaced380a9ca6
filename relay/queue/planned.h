/* SPDX-License-Identifier: ISC */
/*
 * planned - what the resolver's answers mean: a destination joins a site, or
 * cannot be reached now, or never. Answers that are old are asked for again while
 * mail goes on. relay/queue/plans.h asks the questions.
 *
 * A domain that does not exist according to the DNS is given up only by the rule
 * of relay/queue/schedule.h, once another name has shown that the DNS works.
 */
#ifndef RELAY_QUEUE_PLANNED_H
#define RELAY_QUEUE_PLANNED_H

#include "relay/queue/queue.h"

void planned_answer(struct queue *q, struct peer_channel *from, struct frame *frame);   /* FRAME_PLANNED */

/* The answer for a destination does not come. The resolver that owes it is ended, once all such destinations were told. */
void planned_timed_out(struct queue *q, uint64_t destination);
void planned_resolver_timed_out(struct queue *q, uint64_t serial);

/* Policies that destinations waited for are known, or cannot be fetched. */
void planned_policy_over(struct queue *q);

#endif
