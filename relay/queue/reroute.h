/*
 * reroute - waiting recipients placed again (relay/queue/place.h) when the
 * configuration is another one than that of the last start: routes may have
 * changed, and what was held may go. Also when the DNS said that mail for
 * hostname stays here (q->hostname_is_here). What the owner has put on hold stays
 * there, and where the owner has sent it.
 *
 * A batch a turn, so that a full queue takes submissions and answers at once.
 * Nothing goes out before the last is placed: what is in flight cannot be
 * moved. A queue that ends in the middle goes on where it was.
 */
#ifndef RELAY_QUEUE_REROUTE_H
#define RELAY_QUEUE_REROUTE_H

#include "relay/queue/queue.h"

void reroute_begin(struct queue *q);    /* sees whether there is something to do, */
bool reroute_goes_on(const struct queue *q);   /* and whether there still is */
void reroute_step(struct queue *q);     /* into the turn's transaction; it has gone on until the last is committed */

#endif
