/*
 * blocked - the blocked sites, which distrust this host's address, so that
 * mail takes another hop for a while: in memory, and in the store with the
 * commit of the outcome that caused it. relay/queue/fallback.h decides; this
 * remembers, says it loudly in the log, and sends mail back when it is over.
 */
#ifndef RELAY_QUEUE_BLOCKED_H
#define RELAY_QUEUE_BLOCKED_H

#include "relay/queue/state.h"
#include "relay/queue/store_blocked.h"

struct blocked {
	struct store_blocked row;
	char *name;                   /* of the receiver, for the log */
	uint64_t trial;               /* the destination that tries whether it is over; 0 none. A restart does so anew */
	bool dirty, gone;             /* differs from the store; is to be forgotten there */
	struct blocked *next;
};

void blocked_load(struct queue *q);

struct blocked *blocked_find(const struct queue *q, const struct receiver *r);   /* NULL: not blocked */

/* There is a further hop for d, and its route falls back on "blocked". */
bool blocked_may_pass(const struct destination *d);

/* Which way d goes that leads to k (may be NULL); on WAY_TRIAL it is d's. */
enum fallback_way blocked_way(struct queue *q, struct blocked *k, const struct destination *d);

/* Its time is over and one destination tries: one session, one message at a time. */
bool blocked_is_on_trial(const struct queue *q, const struct receiver *r);

/* It refused this host's address: mail goes via hop. */
void blocked_begin(struct queue *q, const struct receiver *r, int64_t stay_ms, const char *hop, const struct reply *reply);
void blocked_put_off(struct queue *q, struct blocked *k, const struct reply *reply);   /* the trial could not be held */
void blocked_end(struct queue *q, struct blocked *k, const char *why);             /* all go direct again */
unsigned blocked_clear(struct queue *q, struct span which);   /* a site, a host of one, "all"; how many were ended */
void blocked_trial_over(struct queue *q, uint64_t destination);                   /* it left the site */

/* Those whose time is over: one of the destinations that went another way tries. */
void blocked_due(struct queue *q);
int64_t blocked_next_boot_ms(const struct queue *q);

void blocked_write(struct queue *q);
void blocked_written(struct queue *q);

#endif
