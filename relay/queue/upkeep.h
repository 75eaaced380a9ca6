/* SPDX-License-Identifier: ISC */
/*
 * upkeep - what is done when nothing else is: checkpoints, forgetting old
 * history, sweeping the spool; and what a step of the wall clock needs.
 */
#ifndef RELAY_QUEUE_UPKEEP_H
#define RELAY_QUEUE_UPKEEP_H

#include "relay/queue/queue.h"

void upkeep_begin(struct queue *q, int64_t wall_ms, int64_t boot_ms);        /* at the start */
void upkeep_clock(struct queue *q, int64_t wall_ms, int64_t boot_ms);        /* each turn: what time it is */
void upkeep_idle(struct queue *q);         /* nothing happened for a while, or it is overdue */
bool upkeep_is_overdue(const struct queue *q);

/* What a step of the clock needs, after the results that were judged by the clock before it. */
void upkeep_write(struct queue *q);
bool upkeep_waits(const struct queue *q);          /* there is something of it to write */

/* The disk is full: what was kept for that is given back to it. */
void upkeep_spend_reserve(struct queue *q);

#endif
