/* SPDX-License-Identifier: ISC */
/*
 * walk_model - what a random walk (walk_test.c) knows of each recipient by what
 * it was told and what it said, and whether the queue and its store agree.
 *
 * A recipient is named by its row. The first thing that is wrong is said once,
 * and ends the walk.
 */
#ifndef TESTS_RELAY_QUEUE_WALK_MODEL_H
#define TESTS_RELAY_QUEUE_WALK_MODEL_H

#include "tests/relay/queue/rig.h"

enum { WALK_RECIPIENTS = 6 };                    /* of a message, at most */

void walk_wrong(const char *format, ...) __attribute__((format(printf, 1, 2)));
bool walk_is_wrong(void);

void model_make(void);                           /* nothing is known */

/* A submission was answered with that queue id. */
void model_accepted(struct store *s, uint64_t record, uint64_t message);

void model_handed_out(uint64_t recipient, uint64_t session);
void model_in_session(uint64_t recipient, uint64_t session);   /* 0: it is in none any more */

void model_said_delivered(uint64_t recipient);
void model_said_failed(uint64_t recipient);
void model_not_heard(uint64_t recipient);        /* what was said of it last, perhaps */
void model_committed(uint64_t recipient);        /* that it was delivered */

/* Until all has ended: something was said by which any may fail, or be deleted. */
void model_may_fail(void);
void model_may_be_deleted(void);

void model_begun_again(struct store *s);         /* after a kill: what is in the store counts */
void model_look(const struct rig *r);            /* at the whole store, and what the queue has in memory */
void model_all_ended(const struct rig *r);
void model_dump(struct store *s, int64_t message);   /* 0: all that are not finished; to stderr */

#endif
