/*
 * dispatch - the mail of open destinations to the sessions of their sites:
 * picks jobs ahead, has them signed, hands them out as the pacers let them,
 * and has sessions begin and end.
 */
#ifndef RELAY_QUEUE_DISPATCH_H
#define RELAY_QUEUE_DISPATCH_H

#include "relay/queue/state.h"

void dispatch_sites(struct queue *q);

/* When there is something to hand out although nothing comes (boot). */
int64_t dispatch_next_boot_ms(const struct queue *q);

#endif
