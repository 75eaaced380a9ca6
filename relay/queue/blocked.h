/*
 * blocked - the blocked sites, each of which distrusts one of this host's
 * addresses: in memory, and in the store with the commit of the outcome that
 * caused it. relay/queue/fallback.h decides; this remembers, says it loudly in
 * the log, and sends mail back when it is over.
 *
 * A block is of a receiver and an address of ours; where one customer's rule
 * spoke at a host that serves many, of that recipient domain alone.
 */
#ifndef RELAY_QUEUE_BLOCKED_H
#define RELAY_QUEUE_BLOCKED_H

#include "relay/queue/queue.h"
#include "relay/queue/store_blocked.h"

struct blocked {
	uint64_t number;              /* never used twice */
	struct store_blocked row;
	char *name;                   /* for the log */
	uint64_t trial;               /* the destination that tries whether it is over; 0 none, as after a restart */
	bool dirty, gone;             /* differs from the store; is to be forgotten there */
	struct blocked *next;
};

/* Where mail leads to, for the questions below. */
struct blocked_place {
	const struct receiver *receiver;
	unsigned families;            /* its hosts have addresses of: FAMILY_ bits */
	const struct destination *destination;   /* whose mail; NULL: whoever's */
};

void blocked_load(struct queue *q);

/* There is a further hop for d, and its route falls back on "blocked". */
bool blocked_may_pass(const struct destination *d);

/*
 * Which way mail goes from there; *block is what decides (may be NULL for
 * WAY_DIRECT).
 */
enum fallback_way blocked_way(const struct queue *q, const struct blocked_place *at, struct blocked **block);

/* That destination's mail goes there to try it. */
void blocked_begin_trial(struct blocked *k, const struct destination *d);

/* Our addresses that mail is not to be sent from there, borrowed; returns how many, at most max. */
size_t blocked_addresses(const struct queue *q, const struct blocked_place *at, const char **out, size_t max);

/* Would another of our addresses be left to try, if the one that this reply refuses is not used? */
bool blocked_leaves_another(const struct queue *q, const struct blocked_place *at, const struct reply *r);

/* The one block of those that concern it whose time is over first; NULL: it is not blocked. */
struct blocked *blocked_find(const struct queue *q, const struct blocked_place *at);

/*
 * The time of a block of that receiver, be it for one domain, is over and one destination tries, for which no other
 * address of ours could be used: one message at a time.
 */
bool blocked_is_on_trial(const struct queue *q, const struct blocked_place *at);

/*
 * It refused the address that the reply was said to. how: what is done about
 * it, for the log ("going via isp", "going from another of our addresses").
 */
void blocked_begin(struct queue *q, const struct blocked_place *at, int64_t stay_ms, const char *how,
                   const struct reply *r);

/* It was seen that none but refused addresses reach it. */
void blocked_is_alone(struct queue *q, const struct blocked_place *at);

/* It took a message from that address of ours. */
void blocked_took(struct queue *q, const struct blocked_place *at, const char *address);

/* No trial could be held, of any block of that receiver. */
void blocked_put_off(struct queue *q, const struct blocked_place *at, const struct reply *r);
unsigned blocked_clear(struct queue *q, struct span which);   /* a site, a host of one, "all"; how many were ended */
void blocked_trial_over(struct queue *q, uint64_t destination);                   /* it left the site */

bool blocked_stands(const struct queue *q, uint64_t number);

/*
 * A block whose time is over and that nobody tries, and one of the destinations that went another way; NULL: none.
 * Blocks that nobody has asked for in long are ended.
 */
struct destination *blocked_due(struct queue *q, struct blocked **block);

void blocked_write(struct queue *q);

#endif
