/*
 * pacer - what is known of the pace of each receiver (relay/queue/pace.h,
 * relay/route/receiver.h). Sites that lead to the same hosts share one.
 *
 * It is kept when no site needs it any more, up to PACERS_IDLE_MAX of them:
 * the next mail for those hosts is then sent as the last one was. Caps are in
 * the store (numbers "limit NAME SLOT"), written with the turn's commit.
 */
#ifndef RELAY_QUEUE_PACER_H
#define RELAY_QUEUE_PACER_H

#include "relay/queue/pace.h"
#include "relay/queue/queue.h"
#include "relay/route/receiver.h"

enum { PACERS_IDLE_MAX = 1000, PACER_SOON_MS = 60 * 1000, PACER_MESSAGES = 16 };

struct pacer {
	struct receiver receiver;
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
	unsigned sessions, dialling;        /* to it, counted again each turn */
	struct reply reply;                 /* why it pauses */
	int64_t step_until_ms;              /* boot: commands go one at a time, as it did not handle PIPELINING */
	int64_t used_up_until_ms;           /* boot: it said that its limit is used up, */
	struct reply used_up;               /* in these words */
	uint32_t rcpt_max;                  /* it took no more recipients in a transaction; 0 not known */
	int64_t rcpt_until_ms;              /* boot: that counts */
	uint64_t messages[PACER_MESSAGES];  /* the last that it gave a final word on, in no order; 0 none */
	unsigned next_message;              /* whose place is taken next */
	struct pacer *same_hash, *next_capped;
	struct pacer *newer, *older;        /* while no site uses it */
};

void pacer_begin(struct queue *q);
void pacer_end(struct queue *q);                /* when it holds none any more */

/* Finds or makes it; the receiver's hosts are targets. Each hold needs its release. */
struct pacer *pacer_hold(struct queue *q, const struct receiver *r, const struct smarthost *smarthost,
                         const struct target *targets, size_t count);
void pacer_release(struct queue *q, struct pacer *p);
void pacer_forgive(struct queue *q);            /* all pauses end, all limits that they said are over, dials are not counted */

/* May anything go now? If not: false, from when on (boot) and why. */
bool pacer_may_send(const struct queue *q, const struct pacer *p, int64_t *until_boot_ms, struct reply *why);

/* Its limit is used up, by what is set or by its own word; why says so. */
bool pacer_is_used_up(const struct queue *q, const struct pacer *p, struct reply *why);
void pacer_says_used_up(struct queue *q, struct pacer *p, const struct reply *r);

/* Recipients that the cap leaves; UINT32_MAX where there is none. */
uint32_t pacer_cap_room(const struct queue *q, const struct pacer *p);

/* Connections that may be made now, and when one may (boot). */
unsigned pacer_dials(const struct queue *q, const struct pacer *p);
int64_t pacer_next_dial_boot_ms(const struct queue *q, const struct pacer *p);

/* Recipients of one transaction, as the receiver said or showed; UINT32_MAX where it did not. */
uint32_t pacer_recipients(const struct queue *q, const struct pacer *p);
void pacer_learn_recipients(struct queue *q, struct pacer *p, uint32_t most);
void pacer_learn_steps(struct queue *q, struct pacer *p);   /* it does not handle PIPELINING */
bool pacer_goes_in_steps(const struct queue *q, const struct pacer *p);

/* It gave a final word on a recipient of that message. True: on none before, as far as is remembered. */
bool pacer_meets_message(struct pacer *p, uint64_t message);

void pacer_sent(struct queue *q, struct pacer *p, size_t recipients);
void pacer_unsent(struct pacer *p, size_t recipients);

/* Before the commit: what changed. */
void pacer_write(struct queue *q);

#endif
