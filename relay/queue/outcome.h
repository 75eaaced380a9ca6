/*
 * outcome - what became of recipients: judged when it is heard, written with
 * the turn's commit (again and again until one works), and only then logged,
 * acknowledged and forgotten.
 */
#ifndef RELAY_QUEUE_OUTCOME_H
#define RELAY_QUEUE_OUTCOME_H

#include "relay/queue/pace.h"
#include "relay/queue/queue.h"
#include "relay/queue/store_message.h"

void outcome_begin(struct queue *q);

/* Of what was decided and is not committed: anything; a recipient; so many pieces for that destination. */
bool outcome_waits(const struct queue *q);
bool outcome_has(const struct queue *q, uint64_t message, uint64_t recipient);
unsigned outcome_count(const struct queue *q, const struct destination *d);

/*
 * The server's word on a job; takes the job over.
 * site: what that word tells of the site (relay/queue/pace.h).
 */
void outcome_of_job(struct queue *q, struct job *job, const struct outcome *o, enum pace_event site);

/* The server has no room for this recipient beside those that it took. */
bool outcome_says_too_many(const struct recipient_outcome *said);

/* All recipients of the job share one reply; unknown: lost after the dot, perhaps. */
void outcome_of_whole_job(struct queue *q, struct job *job, const struct reply *r, bool unknown);

/* The hosts that were asked have put it off, each recipient with its own words, and no other can be asked. */
void outcome_of_rest(struct queue *q, struct job *job);

/*
 * All recipients of the job wait for the owner, who is told loudly why and which commands to use: something is wrong
 * with this message that another try does not change.
 */
void outcome_hold(struct queue *q, struct job *job, const struct fault *why);

/* Recipients that wait and were not picked; takes what rows hold over. */
void outcome_for_waiting(struct queue *q, struct destination *d, struct store_recipient *rows, size_t count,
                         const struct reply *r);

/* Writes all results into the open transaction. */
void outcome_write(struct queue *q);

/* Of what, a NOTIFY_ bit. notify: 0 for what is usual: of failure and delay (RFC 3461 section 4.1). */
bool outcome_wants_report(bool null_sender, uint8_t notify, uint8_t what);

#endif
