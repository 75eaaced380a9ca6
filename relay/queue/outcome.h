/* SPDX-License-Identifier: ISC */
/*
 * outcome - what became of recipients. An outcome is judged when it is heard and
 * written with the turn's commit; if that fails, it is written with the next one.
 * Only then is it logged, acknowledged and forgotten.
 */
#ifndef RELAY_QUEUE_OUTCOME_H
#define RELAY_QUEUE_OUTCOME_H

#include "relay/queue/pace.h"
#include "relay/queue/queue.h"
#include "relay/queue/store_message.h"

void outcome_begin(struct queue *q);

/* Of results that are not committed yet: there are any; that recipient has one; how many belong to d. */
bool outcome_waits(const struct queue *q);
bool outcome_has(const struct queue *q, uint64_t message, uint64_t recipient);
unsigned outcome_count(const struct queue *q, const struct destination *d);

/*
 * What the server said about a job; takes the job over. site: what that says about the site (relay/queue/pace.h).
 */
void outcome_of_job(struct queue *q, struct job *job, const struct outcome *o, enum pace_event site);

/* The server has no room for this recipient in the same transaction as those that it took. */
bool outcome_says_too_many(const struct recipient_outcome *said);

/* All recipients of the job have the same reply. unknown: it was lost after the dot, and may have arrived. */
void outcome_of_whole_job(struct queue *q, struct job *job, const struct reply *r, bool unknown);

/* The hosts that were tried have put the job off, each recipient with a reply of its own, and no other host can be tried. */
void outcome_of_rest(struct queue *q, struct job *job);

/*
 * All recipients of the job wait for the owner: something is wrong with this message that another try does not change.
 * An error in the log says why and which commands to use.
 */
void outcome_hold(struct queue *q, struct job *job, const struct fault *why);

/* Ends recipients that wait and were not picked; takes over what rows hold. */
void outcome_for_waiting(struct queue *q, struct destination *d, struct store_recipient *rows, size_t count,
                         const struct reply *r);

/* Writes all results into the open transaction. */
void outcome_write(struct queue *q);

/* The sender wants a report of what, a NOTIFY_ bit. notify 0 is the default, failure and delay (RFC 3461 section 4.1). */
bool outcome_wants_report(bool null_sender, uint8_t notify, uint8_t what);

#endif
