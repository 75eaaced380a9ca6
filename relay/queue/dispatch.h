/*
 * dispatch - brings the mail of open destinations to the sessions of their
 * sites: picks jobs ahead, has them signed, hands them out as fast as the pacers
 * allow, and has sessions begin and end.
 */
#ifndef RELAY_QUEUE_DISPATCH_H
#define RELAY_QUEUE_DISPATCH_H

#include "relay/queue/queue.h"

/* c NULL: something could not be committed, and nothing goes out. */
void dispatch_sites(struct queue *q, const struct committed *c);

#endif
