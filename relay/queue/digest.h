/* SPDX-License-Identifier: ISC */
/*
 * digest - tells root's reader of a caller whose mail is held for being too much
 * (relay/queue/runaway.h): one message for each episode, with the commands that
 * show, release and delete what is held.
 */
#ifndef RELAY_QUEUE_DIGEST_H
#define RELAY_QUEUE_DIGEST_H

#include "relay/queue/queue.h"

/* Writes those that are due. all: those that were to wait as well, for the queue ends. */
void digest_tell(struct queue *q, bool all);

#endif
