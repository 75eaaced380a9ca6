/*
 * destination - from the store into memory when it is due, on its way from hop
 * to hop, and back when there is nothing to do or it failed. relay/queue/plans.h
 * finds where it leads to.
 */
#ifndef RELAY_QUEUE_DESTINATION_H
#define RELAY_QUEUE_DESTINATION_H

#include "relay/queue/state.h"

/* Takes up what is due, as far as there is room. */
void destination_activate(struct queue *q);

/* Mail of that lane was stored for it, due now. wake_ms as store_destination_id gave it. */
void destination_mail_came(struct queue *q, uint64_t id, int64_t wake_ms, uint64_t lane);

/* Someone wants it tried now; at_once: the owner, however often. Returns when it will be (wall). */
int64_t destination_hurry(struct queue *q, uint64_t id, bool at_once);

/* The next job of an open destination, of so many recipients at most; NULL when nothing is due. */
struct job *destination_pick(struct queue *q, struct destination *d, size_t most);

/*
 * When one of that lane is due that is to be picked again at once: behind all that was picked of it already, which
 * may have been due in this same millisecond. Then, when it is written: some are due.
 */
int64_t destination_due_at_once(struct queue *q, struct destination *d, uint64_t lane);
void destination_due_again(struct destination *d, uint64_t lane);

/* Nothing will ever get there: all that waits ends with r. */
void destination_end(struct queue *q, struct destination *d, const struct reply *r);

/* It is tried again at row.hops.backoff_ms, which is set; what is too old by now ends. */
void destination_wait(struct queue *q, struct destination *d, const struct reply *r);

/* The current hop failed as a whole: the next hop, or wait. */
void destination_failed(struct queue *q, struct destination *d, const struct reply *r, enum hop_failure how);
/* Its site wants to be left alone until then (wall): that is nobody's failure. */
void destination_paused(struct queue *q, struct destination *d, const struct reply *r, int64_t until_ms);
/* The limit of its hop is used up. False: it has no other hop for that, and waits. */
bool destination_limited(struct queue *q, struct destination *d, const struct reply *r);
void destination_reached(struct queue *q, struct destination *d);

/* On to the next hop, round the site that is blocked; and back to the first, since that may be over. */
void destination_pass_by(struct queue *q, struct destination *d, struct blocked *k);
void destination_begin_again(struct queue *q, struct destination *d);

/* Before the commit: results for what expired or has no destination. After: forget what is done. */
void destination_make_results(struct queue *q);
void destination_write(struct queue *q);
void destination_written(struct queue *q);
bool destination_needs_turn(const struct queue *q);   /* something is to be written or ended */

/* Puts idle ones away. */
void destination_settle(struct queue *q);
int64_t destination_next_boot_ms(const struct queue *q);

const char *destination_hop_name(const struct destination *d);

#endif
