/* SPDX-License-Identifier: ISC */
/*
 * reroute - places waiting recipients again (relay/queue/place.h) if the
 * configuration has changed since the last start: routes may differ, and mail
 * that was held may be sent. Also when the DNS has said that mail for hostname
 * stays here (q->hostname_is_here). What the owner has put on hold or moved to a
 * next hop stays as it is.
 *
 * It places one batch in each turn, so that a full queue still takes submissions
 * and answers at once. Nothing is sent before the last recipient has been placed,
 * since what is in flight cannot be moved. A queue that ends in the middle goes
 * on where it was.
 */
#ifndef RELAY_QUEUE_REROUTE_H
#define RELAY_QUEUE_REROUTE_H

#include "relay/queue/queue.h"

void reroute_begin(struct queue *q);            /* finds out whether there is anything to do */
bool reroute_goes_on(const struct queue *q);    /* there still is: the last batch is not committed */
void reroute_step(struct queue *q);             /* one batch, into the turn's transaction */

#endif
