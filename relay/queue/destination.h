/*
 * destination - one in memory: what waits for it, picked lane by lane, and its
 * row in the store. relay/queue/flow.h moves it.
 */
#ifndef RELAY_QUEUE_DESTINATION_H
#define RELAY_QUEUE_DESTINATION_H

#include "relay/queue/state.h"

/* Into memory, as one of q->destinations; NULL: the store has it no more. And out of it. */
struct destination *destination_load(struct queue *q, uint64_t id);
void destination_unload(struct queue *q, struct destination *d);

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
void destination_due_again(struct queue *q, struct destination *d, uint64_t lane);

/* Looks at everything that waits again. Only while nothing is in flight: it waits, too, says the store. */
void destination_reopen(struct queue *q, struct destination *d);

/* When the first of what waits is due (wall); STORE_NEVER: nothing waits. */
int64_t destination_find_wake(struct queue *q, const struct destination *d);

/* Before the commit. */
void destination_write(struct queue *q);
bool destination_needs_turn(const struct queue *q);   /* something is to be written or ended */

/* It leads nowhere yet. */
static inline bool destination_is_planning(const struct destination *d)
{
	return d->state < DESTINATION_OPEN;
}

const char *destination_hop_name(const struct destination *d);

#endif
