/* SPDX-License-Identifier: ISC */
/*
 * endings - ends recipients that have waited too long or whose destination is
 * over, a limited number in each turn.
 */
#ifndef RELAY_QUEUE_ENDINGS_H
#define RELAY_QUEUE_ENDINGS_H

#include "relay/queue/queue.h"

/* Called before the commit: makes results for recipients that expired or have no destination. */
void endings_make_results(struct queue *q);

#endif
