/*
 * pacer - what is known of the pace of each receiver (relay/queue/pace.h): of
 * a smarthost, or of a set of MX hosts whatever their TLS must prove. Sites
 * that lead to the same hosts share one.
 *
 * It is kept when no site needs it any more, up to PACERS_IDLE_MAX of them:
 * the next mail for those hosts is then sent as the last one was. Caps are in
 * the store (numbers "limit NAME SLOT"), written with the turn's commit.
 */
#ifndef RELAY_QUEUE_PACER_H
#define RELAY_QUEUE_PACER_H

#include "relay/queue/pace.h"
#include "relay/queue/state.h"

enum { PACERS_IDLE_MAX = 1000, PACER_SOON_MS = 60 * 1000 };

struct pacer {
	char *key;
	uint64_t hash;
	const struct smarthost *smarthost;  /* NULL: mx */
	struct pace pace;
	struct pace_rules rules;
	uint32_t recipients;                /* of a message, at most */
	struct rate limit;
	struct pace_cap cap;
	size_t last_slot;
	uint32_t unwritten;                 /* a bit for each slot of the cap */
	unsigned sites;                     /* that use it; one more where it has a cap, which is not forgotten */
	unsigned sessions, dialling;        /* to it, counted anew each turn */
	struct reply reply;                 /* why it pauses */
	struct pacer *same_hash, *next_capped;
	struct pacer *newer, *older;        /* while no site uses it */
};

/* Finds or makes it. key is what distinguishes the hosts, which are targets. Each hold needs its release. */
struct pacer *pacer_hold(struct queue *q, const char *key, const struct smarthost *smarthost,
                         const struct target *targets, size_t count);
void pacer_release(struct queue *q, struct pacer *p);
void pacer_forgive(struct queue *q);            /* all pauses end */

/* May anything go now? If not: false, from when on (boot) and why. */
bool pacer_may_send(const struct queue *q, const struct pacer *p, int64_t *until_boot_ms, struct reply *why);

/* Recipients that the cap leaves; UINT32_MAX where there is none. */
uint32_t pacer_cap_room(const struct queue *q, const struct pacer *p);

void pacer_sent(struct queue *q, struct pacer *p, size_t recipients);
void pacer_unsent(struct pacer *p, size_t recipients);

/* Writes what changed into the open transaction, or opens one; and when that is on stable storage. */
void pacer_write(struct queue *q);
void pacer_written(struct queue *q);

#endif
