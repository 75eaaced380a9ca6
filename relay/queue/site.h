/*
 * site - where destinations lead to at the moment: a smarthost, or a set of
 * MX hosts. It picks jobs from its destinations in turn, has them signed, and
 * hands them to its sessions.
 */
#ifndef RELAY_QUEUE_SITE_H
#define RELAY_QUEUE_SITE_H

#include "relay/queue/state.h"

struct site {
	char *key;
	char *hosts;                         /* relay/queue/sticky.h: what distrust is learnt of */
	const struct smarthost *smarthost;   /* NULL: mx */
	char *domain;                        /* of the destination that found it */
	struct target *targets;
	size_t target_count;
	struct destination **destinations;
	size_t destination_count, turn;
	struct job_list ahead;               /* picked, not handed out */
	unsigned sessions;                   /* all that the parent has not reaped */
	unsigned limit;                      /* learnt: at most so many; 0 not yet */
	unsigned fruitless;                  /* sessions in a row that delivered nothing */
	int64_t waits_since_ms;              /* boot: has work and no session; 0 not */
	int64_t bad_until_boot_ms;           /* fault holds for who comes till then */
	struct fault fault;
	enum hop_failure how;
	struct site *next;
};

/* Opens the destination there; targets become the site's. mx: hop is "mx". */
void site_add(struct queue *q, struct destination *d, struct target *targets, size_t count);

/* Takes it away with the jobs picked for it and not handed out; why is for their log lines. */
void site_leave(struct queue *q, struct destination *d, const struct fault *why);

/* Fills, signs, hands out, spawns, quits; forgets sites that nobody needs. */
void site_dispatch(struct queue *q);

/* What its sessions learnt. */
void site_failed(struct queue *q, struct site *s, const struct fault *f, bool unreachable);
void site_blocked(struct queue *q, struct site *s, const struct fault *f);   /* it refuses this host's address */
void site_took(struct queue *q, struct site *s);         /* a mail */
void site_reached(struct queue *q, struct site *s);
void site_forgive(struct queue *q);      /* the owner wants all of them tried now */
bool site_take_out(struct queue *q, uint64_t recipient);   /* of a job not handed out; false: in none */
void site_take_back(struct queue *q, struct site *s, struct job_list *jobs);

void job_list_add(struct job_list *list, struct job *job);
struct job *job_list_take(struct job_list *list, uint64_t ticket);   /* 0: the first */
void job_free(struct queue *q, struct job *job);                     /* recipients too, unless taken */

#endif
