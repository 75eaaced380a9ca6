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

#include "relay/queue/state.h"

void planned_answer(struct queue *q, struct peer_channel *from, struct span payload);   /* FRAME_PLANNED */

/* Answers that do not come, policies that were waited for, and plans that are old. */
void planned_deadlines(struct queue *q);

#endif
