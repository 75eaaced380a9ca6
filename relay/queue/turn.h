/* SPDX-License-Identifier: ISC */
/*
 * turn - what is done once a turn's changes are on stable storage, or could
 * not be written. Whoever changes the store says both, beside the change.
 *
 * What tells somebody of a change takes a struct committed. Only
 * relay/queue/commit.c has one, and only when all changes so far are on stable
 * storage: the frames of enum out_told and the lines of mail_log.h that take one
 * cannot be sent before that.
 */
#ifndef RELAY_QUEUE_TURN_H
#define RELAY_QUEUE_TURN_H

#include <stdbool.h>

struct committed;
struct fault;
struct queue;

typedef void turn_done(struct queue *q, const struct committed *c, void *what);
typedef void turn_failed(struct queue *q, const struct fault *f, void *what);

/*
 * what belongs to the function that is called, done or failed. failed may be NULL, for what the next commit writes and
 * says again; then what needs no freeing.
 */
void turn_after(struct queue *q, turn_done *done, turn_failed *failed, void *what);
bool turn_is_awaited(const struct queue *q);

/* In the order in which they were said. */
void turn_has_worked(struct queue *q, const struct committed *c);
void turn_has_failed(struct queue *q, const struct fault *f);

#endif
