/* SPDX-License-Identifier: ISC */
/*
 * commit - the end of a turn: all changes as one transaction, and what a full
 * or read-only disk does to us.
 *
 * When a commit fails, submissions are answered "busy", results are kept and
 * tried again, first with the room of the reserve; no session gets work and
 * nothing is accepted until a commit has worked.
 */
#ifndef RELAY_QUEUE_COMMIT_H
#define RELAY_QUEUE_COMMIT_H

#include "relay/queue/queue.h"

const struct committed *commit_turn(struct queue *q);    /* NULL: not all is on stable storage */
bool commit_is_needed(const struct queue *q);

#endif
