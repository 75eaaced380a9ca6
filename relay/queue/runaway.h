/* SPDX-License-Identifier: ISC */
/*
 * runaway - holds what a caller submits beyond the rates that the owner allows
 * (relay/queue/rates.h); relay/queue/digest.h tells of it.
 *
 * What this host makes itself, reports and notices, is not counted. What is
 * held is accepted as any message: the caller's exit status is 0.
 */
#ifndef RELAY_QUEUE_RUNAWAY_H
#define RELAY_QUEUE_RUNAWAY_H

#include "relay/queue/queue.h"
#include "relay/queue/store_message.h"

void runaway_begin(struct queue *q);

/* Counts one submission by its first entry. True: it is to be held, for the reason appended. */
bool runaway_holds(struct queue *q, const struct submission *s, struct buf *reason);

void runaway_released(struct queue *q, const struct store_message *m);   /* by the owner */

#endif
