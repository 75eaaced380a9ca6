/* SPDX-License-Identifier: ISC */
/*
 * blocked - remembers which receivers distrust which of this host's addresses,
 * in memory and in the store (in the same commit as the outcome that showed
 * it). relay/queue/fallback.h decides what to do; this module logs each block
 * and brings mail back when its time is over.
 *
 * A block belongs to a receiver and one address of ours. If one customer's rule
 * refused us at a host that serves many, it belongs to that recipient domain only.
 */
#ifndef RELAY_QUEUE_BLOCKED_H
#define RELAY_QUEUE_BLOCKED_H

#include "relay/queue/queue.h"
#include "relay/queue/store_blocked.h"

struct blocked {
	uint64_t number;              /* never used twice */
	struct store_blocked row;
	char *name;                   /* for the log */
	uint64_t trial;               /* the destination that tests whether it is over; 0: none, as after a restart */
	bool dirty, gone;             /* differs from the store; will be deleted there */
	const char *ordered;          /* why it is gone, where a commit that fails takes that back; NULL: it stays gone */
	struct blocked *next;
};

/* Where mail would go: what the functions below are asked about. */
struct blocked_query {
	const struct receiver *receiver;
	unsigned families;            /* the families of its hosts' addresses: FAMILY_ bits */
	const struct destination *destination;   /* whose mail it is; NULL: any destination's */
};

void blocked_load(struct queue *q);

/* d has another hop, and its route falls back on "blocked". */
bool blocked_has_next_hop(const struct destination *d);

/* Which way such mail goes. *block is the block that decided, NULL for WAY_DIRECT if there is none. */
enum fallback_way blocked_way(const struct queue *q, const struct blocked_query *at, const struct blocked **block);

/* d's mail goes there to test whether the block is over; or will, so that no other is asked to. */
void blocked_begin_trial(struct queue *q, const struct blocked *k, const struct destination *d);
void blocked_expect_trial(struct queue *q, const struct blocked *k, const struct destination *d);

/* Fills out with those of our addresses that are blocked there, borrowed. Returns how many, at most max. */
size_t blocked_addresses(const struct queue *q, const struct blocked_query *at, const char **out, size_t max);

/* Without the address that this reply refuses, we have another one to try there. */
bool blocked_leaves_another(const struct queue *q, const struct blocked_query *at, const struct reply *r);

/* Of the blocks that apply there, the one that ends first; NULL: none applies. */
const struct blocked *blocked_find(const struct queue *q, const struct blocked_query *at);

/*
 * One destination tests a block of that receiver (perhaps for one domain only) whose time is over, and no other
 * address of ours can be used: one message at a time.
 */
bool blocked_is_on_trial(const struct queue *q, const struct blocked_query *at);

/*
 * The receiver refused the address of ours that r names as its source. how: what is done about it, for the log
 * ("going via isp", "going from another of our addresses").
 */
void blocked_begin(struct queue *q, const struct blocked_query *at, int64_t stay_ms, const char *how,
                   const struct reply *r);

/* A session found that only refused addresses of ours can reach it. */
void blocked_is_alone(struct queue *q, const struct blocked_query *at);

/* The receiver took a message from that address of ours. */
void blocked_took(struct queue *q, const struct blocked_query *at, const char *address);

/* No block of that receiver could be tested: the tests are put off. */
void blocked_put_off(struct queue *q, const struct blocked_query *at, const struct reply *r);

/* Both are taken back where the commit fails, and logged when it has worked. */
unsigned blocked_clear(struct queue *q, struct span which);   /* a site, one of its hosts, or "all"; returns how many ended */
void blocked_forget_family(struct queue *q, unsigned family);    /* its address is another one now: who refused the old one is asked again */
void blocked_trial_over(struct queue *q, uint64_t destination);                   /* the destination has left the site */

bool blocked_is_in_force(const struct queue *q, uint64_t number);      /* that block has not ended */

/*
 * Finds a block whose time is over and that nobody tests, and returns one of the destinations that went another way
 * because of it; NULL: none. Also ends blocks that nobody has needed for a long time.
 */
struct destination *blocked_due(struct queue *q, const struct blocked **block);

void blocked_write(struct queue *q);

#endif
