/*
 * endings - what waits at a destination that is over, or waits for too long: it
 * ends, some of it in each turn.
 */
#ifndef RELAY_QUEUE_ENDINGS_H
#define RELAY_QUEUE_ENDINGS_H

#include "relay/queue/queue.h"

/* Before the commit: results for what expired or has no destination. */
void endings_make_results(struct queue *q);

#endif
