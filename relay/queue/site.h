/* SPDX-License-Identifier: ISC */
/*
 * site - where destinations lead at the moment: a smarthost, or a set of MX
 * hosts. relay/queue/feedback.h acts on what its sessions learn about it,
 * relay/queue/dispatch.h hands out its mail.
 */
#ifndef RELAY_QUEUE_SITE_H
#define RELAY_QUEUE_SITE_H

#include "relay/queue/blocked.h"
#include "relay/queue/job.h"
#include "relay/queue/pacer.h"
#include "relay/queue/queue.h"
#include "relay/queue/site_id.h"
#include "relay/route/receiver.h"

struct site {
	uint64_t number;                     /* never used twice */
	struct site_id id;
	struct receiver receiver;
	const struct smarthost *smarthost;   /* NULL: mx */
	char *domain;                        /* of the destination that found it */
	struct target *targets;
	size_t target_count;
	uint64_t *destinations;
	size_t destination_count, turn;
	struct job_list ahead;               /* picked, not handed out */
	uint64_t alone;                      /* the only destination that may use it; 0: any may */
	const struct pacer *pacer;
	unsigned sessions;                   /* all that have not been reaped. Of these, counted again when something has changed: */
	unsigned open, usable;
	size_t credits, in_hand;             /* messages that they ask for, and have */
	unsigned fruitless;                  /* sessions in a row that delivered nothing */
	struct sick_host *sick;              /* relay/queue/hosts.h */
	int64_t waits_since_ms;              /* boot: since when it has work and no session; 0: it does not */
	bool wants_room, wants_slot;         /* when it was looked at: others had all jobs, or slots, that there may be */
	int64_t bad_until_boot_ms;           /* until then reply is the answer to any destination that comes */
	struct reply reply;
	enum hop_failure how;
	struct site *next, *next_looked_at;
};

/* NULL: it is gone, or number is 0. A site with sessions or destinations is never gone. */
static inline const struct site *site_at(const struct queue *q, uint64_t number)
{
	return table_get(&q->site_numbers, number);
}

/*
 * The only way to change a site, its jobs, destinations or sessions: dispatch looks at its receiver's sites again
 * (relay/queue/dispatch.h).
 */
static inline struct site *site_change(const struct site *s)
{
	pacer_change(s->pacer);
	return (struct site *)(uintptr_t)s;
}

/* Who holds its sessions. */
static inline enum role site_role(const struct site *s)
{
	return smarthost_is_local(s->smarthost) ? ROLE_LOCAL : ROLE_SMTP;
}

void site_is_due(struct queue *q, uint64_t number);    /* TIMER_SITE: the time has come that it waited for */

/* The site of these targets; it is made if there is none yet. */
const struct site *site_find(struct queue *q, struct destination *d, const struct target *targets, size_t count);

/* The destination joins the site, with the jobs that it carries. targets become the site's. */
void site_add(const struct site *s, struct destination *d, struct target *targets, size_t count);

/* The destination's site gets these targets. False: they would make another site, and nothing was taken over. */
bool site_renew(struct queue *q, struct destination *d, struct target *targets, size_t count);

/*
 * The destination leaves its site, with the jobs that were picked for it and not handed out. With why, which is for
 * their log lines, these wait for a retry; without, they go with it to its next site. If it was testing a block, that
 * is over.
 */
void site_leave(struct queue *q, struct destination *d, const struct reply *why);

/* Nothing may be sent there for longer than it is worth waiting for in memory: until when (wall), and why. */
bool site_has_to_wait(struct queue *q, const struct site *s, int64_t *until_ms, struct reply *why);
void site_free_unneeded(struct queue *q);

/* What happens to a destination that leads there. relay/queue/flow.h acts on it. */
enum site_verdict { SITE_OPEN, SITE_BLOCKED, SITE_FAILED, SITE_PAUSED };

struct site_word {
	enum site_verdict verdict;
	struct reply why;
	const struct blocked *block;        /* SITE_BLOCKED: why; or the block that on_trial is about */
	bool on_trial;                /* SITE_OPEN: the destination tests whether the block is over */
	enum hop_failure how;         /* SITE_FAILED */
	int64_t until_ms;             /* SITE_PAUSED (wall) */
};

struct site_word site_judge(struct queue *q, const struct site *s, const struct blocked_query *at);

/* For relay/queue/blocked.h: mail of d (NULL: of any destination) at s. */
struct blocked_query site_blocked_query(const struct site *s, const struct destination *d);

/* How many sessions are open: of this site; of all sites with the same hosts. */
unsigned site_open_sessions(const struct queue *q, const struct site *s);
unsigned site_receiver_sessions(const struct queue *q, const struct site *s);

/* The owner wants all sites tried again; at_once: regardless of pauses and limits. */
void site_forgive(struct queue *q, bool at_once);
bool site_take_out(struct queue *q, uint64_t recipient);   /* out of a job that was not handed out; false: it is in none */
void site_take_back(struct queue *q, const struct site *s, struct job_list *jobs);

#endif
