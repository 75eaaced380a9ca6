/* SPDX-License-Identifier: ISC */
/*
 * strikes - which messages a role died with, so that one message at which it
 * dies every time does not stop the others.
 *
 * After two deaths a message is tried alone: nothing else is in the hands of
 * the process that has it. When that one dies too, the message is held, with
 * the reason, until the owner releases it. When a role dies at everything, no
 * message is to blame: where nothing else came through it since a message's
 * first strike, the first STRIKES_BLAMED are held, and all others wait as for
 * any temporary fault; they are held after STRIKES_LONELY deaths.
 *
 * Kept in memory only: a queue that begins again counts from nothing.
 */
#ifndef RELAY_QUEUE_STRIKES_H
#define RELAY_QUEUE_STRIKES_H

#include "relay/queue/queue.h"

enum { STRIKES_ALONE = 2, STRIKES_HELD = 3, STRIKES_BLAMED = 2, STRIKES_LONELY = 12 };

enum strikes_verdict { STRIKES_GO_ON, STRIKES_WAIT, STRIKES_HOLD };

void strikes_begin(struct queue *q);
void strikes_end(struct queue *q);                  /* when none is left */
size_t strikes_count(const struct queue *q);        /* messages that have any */

/* The role's process died while it had the message; smtp stands for esmtp as well. Deaths of another role begin again. */
void strikes_add(struct queue *q, uint64_t message, enum role role);

/* It came through that role: its strikes are forgotten, and that the role works is known. */
void strikes_passed(struct queue *q, uint64_t message, enum role role);
void strikes_forget(struct queue *q, uint64_t message);     /* it is finished, or the owner releases it */

bool strikes_has(const struct queue *q, uint64_t message);
bool strikes_wants_alone(const struct queue *q, uint64_t message, enum role role);

/* Whether it may be tried again at once, later, or by the owner's word; for the latter two, why. */
enum strikes_verdict strikes_judge(const struct queue *q, uint64_t message, struct fault *why);

#endif
