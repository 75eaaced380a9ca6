/*
 * sticky - the sites that are passed by at the moment because they distrust
 * this host's address: in memory, and in the store with the commit of the
 * outcome that caused it. relay/queue/fallback.h decides; this remembers,
 * says it loudly in the log, and sends those back who passed by.
 */
#ifndef RELAY_QUEUE_STICKY_H
#define RELAY_QUEUE_STICKY_H

#include "relay/queue/state.h"
#include "relay/queue/store_sticky.h"

struct sticky {
	struct store_sticky row;
	char *name;                   /* of the receiver, for the log */
	uint64_t trial;               /* the destination that tries whether it is over; 0 none. A restart does so anew */
	bool dirty, gone;             /* differs from the store; is to be forgotten there */
	struct sticky *next;
};

void sticky_load(struct queue *q);

struct sticky *sticky_find(const struct queue *q, const struct receiver *r);   /* NULL: not passed by */

/* There is a further hop for d, and its route falls back on "blocked". */
bool sticky_may_pass(const struct destination *d);

/* Which way d goes that leads to k (may be NULL); on WAY_TRIAL it is d's. */
enum fallback_way sticky_way(struct queue *q, struct sticky *k, const struct destination *d);

/* Its time is over and one destination tries: one session, one message at a time. */
bool sticky_is_on_trial(const struct queue *q, const struct receiver *r);

/* It refused this host's address; who passes by next goes via hop. */
void sticky_block(struct queue *q, const struct receiver *r, int64_t stay_ms, const char *hop, const struct fault *f);
void sticky_put_off(struct queue *q, struct sticky *k, const struct fault *f);   /* the trial could not be held */
void sticky_end(struct queue *q, struct sticky *k, const char *why);             /* all go direct again */
unsigned sticky_clear(struct queue *q, struct span which);   /* a site, a host of one, "all"; how many were ended */
void sticky_trial_over(struct queue *q, uint64_t destination);                   /* it left the site */

/* Those whose time is over: one of the destinations that pass by tries. */
void sticky_due(struct queue *q);
int64_t sticky_next_boot_ms(const struct queue *q);

void sticky_write(struct queue *q);
void sticky_written(struct queue *q);

#endif
