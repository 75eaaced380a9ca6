/*
 * site - where destinations lead to at the moment: a smarthost, or a set of
 * MX hosts. relay/queue/feedback.h has what its sessions learn of it, and
 * relay/queue/dispatch.h moves the mail.
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
	uint64_t alone;                      /* the destination that has it for itself; 0: any may come */
	struct pacer *pacer;
	unsigned sessions;                   /* all that the parent has not reaped; of them, counted again each turn: */
	unsigned open, usable;
	size_t credits, in_hand;             /* what they want, and have */
	unsigned fruitless;                  /* sessions in a row that delivered nothing */
	struct sick_host *sick;              /* relay/queue/hosts.h */
	int64_t waits_since_ms;              /* boot: has work and no session; 0 not */
	int64_t bad_until_boot_ms;           /* reply holds for who comes till then */
	struct reply reply;
	enum hop_failure how;
	struct site *next;
};

/* NULL: it is gone, or 0. One that has sessions or destinations is not. */
static inline struct site *site_at(const struct queue *q, uint64_t number)
{
	return table_get(&q->site_numbers, number);
}

/* Where the destination leads to, with these targets; made where there is none yet. */
struct site *site_find(struct queue *q, struct destination *d, const struct target *targets, size_t count);

/* The destination is one of its own now, with the jobs that it carries; targets become the site's. */
void site_add(struct site *s, struct destination *d, struct target *targets, size_t count);

/* Its site has these targets now; false, and nothing was taken over, where they would make another. */
bool site_renew(struct queue *q, struct destination *d, struct target *targets, size_t count);

/*
 * Takes it away with the jobs picked for it and not handed out. With why, which is for their log lines, they wait for
 * a retry; without, they go with it to its next site. What it tried there for a block is over.
 */
void site_leave(struct queue *q, struct destination *d, const struct reply *why);

/* Nothing may go there for longer than is worth to be waited for in memory: until then (wall), and why. */
bool site_has_to_wait(struct queue *q, const struct site *s, int64_t *until_ms, struct reply *why);
void site_free_unneeded(struct queue *q);

/* What becomes of a destination whose mail leads there; relay/queue/flow.h acts on it. */
enum site_verdict { SITE_OPEN, SITE_PASS_BY, SITE_FAILED, SITE_PAUSED };

struct site_word {
	enum site_verdict verdict;
	struct reply why;
	struct blocked *block;        /* passed by, or: */
	bool on_trial;                /* it tries whether that is over */
	enum hop_failure how;         /* failed */
	int64_t until_ms;             /* paused (wall) */
};

struct site_word site_judge(struct queue *q, const struct site *s, const struct blocked_place *at);

/* For relay/queue/blocked.h: mail of d (NULL: whoever's) at s. */
struct blocked_place site_place(const struct site *s, const struct destination *d);

/* Sessions that stand: its own; all to the same hosts. */
unsigned site_standing(const struct queue *q, const struct site *s);
unsigned site_standing_at_receiver(const struct queue *q, const struct site *s);

/* The owner wants them tried again; at_once: whatever pauses and bounds there are. */
void site_forgive(struct queue *q, bool at_once);
bool site_take_out(struct queue *q, uint64_t recipient);   /* of a job not handed out; false: in none */
void site_take_back(struct queue *q, struct site *s, struct job_list *jobs);

#endif
