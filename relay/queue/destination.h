/*
 * destination - one in memory: what waits for it, picked lane by lane, and its
 * row in the store. relay/queue/flow.h moves it.
 */
#ifndef RELAY_QUEUE_DESTINATION_H
#define RELAY_QUEUE_DESTINATION_H

#include "relay/queue/job.h"
#include "relay/queue/queue.h"
#include "relay/queue/store_destination.h"

struct lane;                      /* destination.c */

enum destination_state {
	DESTINATION_LOADED,           /* its round begins */
	DESTINATION_ROUTING,          /* the resolver is asked for the MX, on which the route itself hangs, */
	DESTINATION_PLANNING,         /* or for the hosts of its hop, */
	DESTINATION_FETCHING,         /* whose MTA-STS policy is fetched first, */
	DESTINATION_PLANNING_AGAIN,   /* and with which it is asked once more */
	DESTINATION_OPEN,             /* belongs to a site */
	DESTINATION_ENDING,           /* what waits there gets end_reply first */
	DESTINATION_LEAVING,          /* to be written and forgotten */
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
	uint64_t passed;              /* this round goes round that block; 0: round none */
	char *earlier;                /* what the first hop said before this round went on, for a person; NULL nothing */
	bool limited;                 /* this round goes round a hop whose limit is used up */
	bool hope;                    /* an earlier hop failed only temporarily */
	struct job_list carried;      /* picked for one hop, and on their way to the next */
	struct lane *lanes;
	size_t lane_count, turn;
	bool more;                    /* something may be due */
	bool dirty;                   /* row differs from the store */
	bool touched;                 /* results changed what waits: row.wake_ms may be wrong */
	struct reply end_reply;
	int64_t end_before_ms;        /* for those that expire before */
	unsigned in_flight;           /* jobs and results */
	int64_t begun_boot_ms;        /* this round of attempts */
	int64_t idle_boot_ms;         /* since when nothing is to do; 0 busy */
	struct destination *next;     /* of all */
};

/* Into memory, as one of q->destinations; NULL: the store no longer has it. And out of it. */
struct destination *destination_load(struct queue *q, uint64_t id);
void destination_unload(struct queue *q, struct destination *d);

/* Mail of that lane was stored for it, due now. wake_ms as store_destination_id gave it. */
void destination_mail_came(struct queue *q, uint64_t id, int64_t wake_ms, uint64_t lane);

/* Someone wants it tried now; at_once: the owner, however often. Returns when it will be (wall). */
int64_t destination_hurry(struct queue *q, uint64_t id, bool at_once);

/* The next job of an open destination, of so many recipients at most; NULL when nothing is due. */
struct job *destination_pick(struct queue *q, struct destination *d, size_t most);

/*
 * When one of that lane is due that is to be picked again at once: after all that was picked of it already, which
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

/* NULL: it is not in memory. One that jobs or results are of is. */
static inline struct destination *destination_find(const struct queue *q, uint64_t id)
{
	return table_get(&q->destination_ids, id);
}

/* It leads nowhere yet. */
static inline bool destination_is_planning(const struct destination *d)
{
	return d->state < DESTINATION_OPEN;
}

const char *destination_hop_name(const struct destination *d);

#endif
