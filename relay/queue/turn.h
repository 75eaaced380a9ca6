/*
 * turn - what is done once a turn's changes are on stable storage, or could
 * not be written. Whoever changes the store says both, beside the change.
 *
 * What tells somebody of a change takes a struct committed. Only
 * relay/queue/commit.c has one to show, and only when all changes so far are
 * on stable storage: a frame or a line of the log that tells of something
 * uncommitted does not compile.
 */
#ifndef RELAY_QUEUE_TURN_H
#define RELAY_QUEUE_TURN_H

#include <stdbool.h>

struct committed;
struct fault;
struct queue;

typedef void turn_done(struct queue *q, const struct committed *c, void *what);
typedef void turn_failed(struct queue *q, const struct fault *f, void *what);

/* failed may be NULL, for what the next try of the commit writes and says again. */
void turn_after(struct queue *q, turn_done *done, turn_failed *failed, void *what);
bool turn_is_awaited(const struct queue *q);

/* In the order in which they were said. */
void turn_has_worked(struct queue *q, const struct committed *c);
void turn_has_failed(struct queue *q, const struct fault *f);

#endif
