/* SPDX-License-Identifier: ISC */
/*
 * pacer - what is known about the pace of each receiver (relay/queue/pace.h,
 * relay/route/receiver.h). Sites with the same hosts share a pacer.
 *
 * Up to PACERS_IDLE_MAX pacers are kept when no site needs them any more: the
 * next mail for those hosts is then sent as the last one was. Caps are in the
 * store (numbers "limit NAME SLOT") and are written with the turn's commit.
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
	unsigned sites;                     /* that use it; one more if it has a cap, which is never forgotten */
	unsigned sessions, dialling;        /* of all these sites; counted again when something has changed */
	bool changed, *any_changed;         /* it, or one of its sites, since dispatch looked at them; and any at all */
	bool is_looked_at;                  /* dispatch looks at them in this turn */
	struct reply reply;                 /* why it pauses */
	int64_t step_until_ms;              /* boot: commands go one at a time, as it did not handle PIPELINING */
	int64_t used_up_until_ms;           /* boot: until then its limit is used up, by its own reply: */
	struct reply used_up;
	uint32_t rcpt_max;                  /* the most recipients that it took in a transaction; 0: not known */
	int64_t rcpt_until_ms;              /* boot: until then rcpt_max counts */
	uint64_t messages[PACER_MESSAGES];  /* the last ones with a final reply for some recipient, in no order; 0: none */
	unsigned next_message;              /* the index that is overwritten next */
	struct pacer *same_hash, *next_capped;
	struct pacer *newer, *older;        /* while no site uses it */
};

/* The only way to change a pacer that a site has: dispatch looks at all its sites again (relay/queue/dispatch.h). */
static inline struct pacer *pacer_change(const struct pacer *p)
{
	struct pacer *own = (struct pacer *)(uintptr_t)p;

	own->changed = *own->any_changed = true;
	return own;
}

void pacer_begin(struct queue *q);
void pacer_end(struct queue *q);                /* once no pacer is held */

/* Finds the receiver's pacer or makes one; targets are its hosts. Each hold needs a release. */
struct pacer *pacer_hold(struct queue *q, const struct receiver *r, const struct smarthost *smarthost,
                         const struct target *targets, size_t count);
void pacer_release(struct queue *q, const struct pacer *p);
void pacer_forgive(struct queue *q);            /* ends pauses and reported limits, forgets counted connections */

/* Mail may be sent now. False: from when on (boot), and why. */
bool pacer_may_send(const struct queue *q, const struct pacer *p, int64_t *until_boot_ms, struct reply *why);

/* When more may go than now, or a cap leaves less, if nothing is sent or heard meanwhile (boot); INT64_MAX: never. */
int64_t pacer_changes_boot_ms(const struct queue *q, const struct pacer *p);

/* Its limit is used up, by the setting or by its own reply; why says which. */
bool pacer_is_used_up(const struct queue *q, const struct pacer *p, struct reply *why);
void pacer_says_used_up(const struct queue *q, const struct pacer *p, const struct reply *r);

/* How many recipients the cap leaves; UINT32_MAX: there is no cap. */
uint32_t pacer_cap_room(const struct queue *q, const struct pacer *p);

/* How many connections may be made now, and when the next may be made (boot). */
unsigned pacer_dials(const struct queue *q, const struct pacer *p);
int64_t pacer_next_dial_boot_ms(const struct queue *q, const struct pacer *p);

/* The most recipients of one transaction that the receiver announced or took; UINT32_MAX: it did neither. */
uint32_t pacer_recipients(const struct queue *q, const struct pacer *p);
void pacer_learn_recipients(const struct queue *q, const struct pacer *p, uint32_t most);
void pacer_learn_steps(const struct queue *q, const struct pacer *p);   /* it does not handle PIPELINING */
bool pacer_goes_in_steps(const struct queue *q, const struct pacer *p);

/* It gave a final reply for a recipient of that message. True: it is the first for that message, as far as is remembered. */
bool pacer_meets_message(const struct pacer *p, uint64_t message);

void pacer_sent(const struct queue *q, const struct pacer *p, size_t recipients);
void pacer_unsent(const struct pacer *p, size_t recipients);

/* Called before the commit: writes what has changed. */
void pacer_write(struct queue *q);

#endif
