/* SPDX-License-Identifier: ISC */
/*
 * destination - a destination in memory: its row of the store, and what waits
 * for it, picked lane by lane. Only relay/queue/flow.h changes its state.
 */
#ifndef RELAY_QUEUE_DESTINATION_H
#define RELAY_QUEUE_DESTINATION_H

#include "relay/queue/job.h"
#include "relay/queue/queue.h"
#include "relay/queue/store_destination.h"

struct lane;                      /* destination.c */

enum destination_state {
	DESTINATION_LOADED,           /* its round begins */
	DESTINATION_ROUTING,          /* the route depends on the MX: the resolver is asked for it */
	DESTINATION_PLANNING,         /* the resolver is asked for the hosts of its hop */
	DESTINATION_FETCHING,         /* their MTA-STS policy is being fetched */
	DESTINATION_PLANNING_AGAIN,   /* the resolver is asked again, with that policy */
	DESTINATION_OPEN,             /* belongs to a site */
	DESTINATION_ENDING,           /* what waits there ends with end_reply */
	DESTINATION_LEAVING,          /* will be written and removed from memory */
	DESTINATION_STATES
};

struct destination {
	struct store_destination row;
	char *name;                   /* its domain or its next hops: for the log */
	enum destination_state state;
	struct text_list hops;        /* names: "mx" or a smarthost's */
	struct hop_rules hop_rules;
	uint64_t plan_ticket;         /* 0: not asked yet */
	uint64_t plan_peer;           /* serial of the resolver that was asked */
	uint64_t site;                /* its number; 0: none */
	uint64_t avoided;             /* this round avoids the block of that number; 0: none */
	char *earlier;                /* what the first hop said before this round went on to the next, for a person; NULL: nothing */
	bool limited;                 /* this round avoids a hop whose limit is used up */
	bool hope;                    /* an earlier hop failed only temporarily */
	struct job_list carried;      /* picked for one hop, and kept for the next */
	struct lane *lanes;
	size_t lane_count, turn;
	bool more;                    /* something may be due */
	bool dirty;                   /* row differs from the store */
	bool touched;                 /* results changed what waits: row.wake_ms may be wrong */
	struct reply end_reply;
	int64_t end_before_ms;        /* only for recipients that expire before this time (wall) */
	unsigned in_flight;           /* jobs and results */
	int64_t begun_boot_ms;        /* when this round of attempts began */
	int64_t idle_boot_ms;         /* since when there has been nothing to do; 0: it is busy */
	struct destination *next;     /* of all */
};

/* Loads it into q->destinations; NULL: the store no longer has it. Unloading frees it. */
struct destination *destination_load(struct queue *q, uint64_t id);
void destination_unload(struct queue *q, struct destination *d);

/* Mail of that lane was stored for it and is due now. wake_ms is what store_destination_id returned. */
void destination_mail_came(struct queue *q, uint64_t id, int64_t wake_ms, uint64_t lane);

/* Somebody wants it tried now; at_once: the owner does, however often. Returns when it will be tried (wall). */
int64_t destination_hurry(struct queue *q, uint64_t id, bool at_once);

/* The next job of an open destination, with at most so many recipients; NULL: nothing is due. */
struct job *destination_pick(struct queue *q, struct destination *d, size_t most);

/*
 * The due time for a recipient of that lane that is to be picked again at once: later than all that was picked from
 * the lane, even within this millisecond. destination_due_again, once that is written: the lane has something due.
 */
int64_t destination_due_at_once(struct queue *q, struct destination *d, uint64_t lane);
void destination_due_again(struct queue *q, struct destination *d, uint64_t lane);

/* Looks again at everything that waits. Only while nothing is in flight: to the store that waits as well. */
void destination_reopen(struct queue *q, struct destination *d);

/* When the first recipient that waits is due (wall); STORE_NEVER: none waits. */
int64_t destination_find_wake(struct queue *q, const struct destination *d);

/* Before the commit. */
void destination_write(struct queue *q);
bool destination_needs_turn(const struct queue *q);   /* something has to be written or ended, or may go */

/* NULL: it is not in memory. A destination of a job or a result always is. */
static inline struct destination *destination_find(const struct queue *q, uint64_t id)
{
	return table_get(&q->destination_ids, id);
}

/* It has no site yet. */
static inline bool destination_is_planning(const struct destination *d)
{
	return d->state < DESTINATION_OPEN;
}

const char *destination_hop_name(const struct destination *d);

#endif
