/* SPDX-License-Identifier: ISC */
/*
 * queue - what the queue role holds in memory, for the modules of this folder
 * only: one struct queue, one thread, one loop.
 *
 * A turn of the loop: read what came, decide; commit all changes as one
 * transaction; only then answer and log; then hand out work; then write.
 *
 *   destination   what one retry state is kept for (relay/queue/schedule.h);
 *                 in memory only while it is due or just was
 *   lane          within a destination, whose mail takes turns with others'
 *   site          where destinations lead to now: a smarthost, or a set of MX
 *                 hosts; owns sessions and the jobs picked for them
 *   pacer         how fast mail goes there; one for all sites of those hosts
 *   job           one message and some of its recipients, on its way
 *   mail          a message's row, bytes and signature while jobs need them
 *   result        what became of a job, until it is committed
 */
#ifndef RELAY_QUEUE_QUEUE_H
#define RELAY_QUEUE_QUEUE_H

#include "relay/channel.h"
#include "relay/protocol.h"
#include "relay/queue/lane.h"
#include "relay/queue/schedule.h"
#include "relay/queue/store.h"
#include "relay/queue/table.h"
#include "relay/queue/timers.h"
#include "relay/queue/turn.h"
#include "relay/route/route.h"

#include <stdint.h>

enum { DELIVERY_RECIPIENTS_MAX = 1000 /* of the settings */, LINGER_MS = 2000 };

struct queue;

/* What epoll watches; first member of whatever it is part of. */
struct source {
	void (*ready)(struct queue *q, struct source *source, uint32_t events);
	uint32_t watched;
};

struct blocked;
struct destination;
struct job;
struct peer_channel;
struct site;
struct smtp_session;
struct turn_entry;                /* turn.c */
struct kept_ticket;               /* tickets.c */
struct look;                      /* look_state.h */
struct watch;                     /* watch.c */
struct control_client;            /* control_server.c */
struct control_handler;

struct queue {
	const struct settings *settings;
	struct routes *routes;
	struct aliases *aliases;      /* for reports to names of this host, and names at hostname; NULL: none */
	struct buf reader;            /* accept_place's */
	bool hostname_is_here;        /* the DNS has just said so: mail for hostname is to be placed again */
	int64_t hostname_boot_ms;     /* when the DNS was last heard of hostname's MX; relay/queue/plans.h */
	struct schedule_rules rules;
	struct store *store;
	struct channel *parent;
	struct source parent_source;
	int epoll;
	uint64_t last_ticket;
	uint64_t random;
	int64_t wall_ms, boot_ms;     /* of this turn */
	struct timers timers;
	int64_t started_boot_ms, started_ms;    /* the latter wall */
	struct clock_watch clock;
	struct buf scratch;           /* for encoding one frame */

	/* What only the module itself sees; made by its begin function. */
	struct results *results;
	struct reports *reports;
	struct reroute *reroute;
	struct detours *detours;
	struct upkeep *upkeep;
	struct mails *mails;
	struct pacers *pacers;
	struct policies *policies;
	struct peers *peers;
	struct control *control;
	struct strikes *strikes;
	struct rates *rates;

	struct destination *destinations;
	struct table destination_ids, plan_tickets;
	size_t destination_count;
	bool room_wanted;           /* a destination that is due found no room */
	bool look_for_due;            /* the store may have a destination that is due */
	int64_t next_wake_ms;         /* wall: when the next one is due */
	int64_t resolved_ms;          /* wall: when a name last resolved */
	uint64_t control_plan;        /* ticket of the question that proves DNS works */

	struct site *sites;
	struct site *looked_at;       /* relay/queue/dispatch.h; of this turn */
	bool any_site_changed;        /* the same, by pacer_change() */
	bool all_sites_changed, mails_changed;    /* the same */
	bool any_site_wants;          /* wants_room or wants_slot of one may be set */
	unsigned waiting_sites;       /* that have waits_since_ms */
	struct table site_numbers;
	struct blocked *blocked;
	struct smtp_session *sessions;
	struct table session_tickets;
	unsigned session_count;
	unsigned slow_count;          /* how many of them have been dialling for long */
	size_t job_count;
	struct kept_ticket *tickets;

	struct turn_entry *after, **after_end;    /* the turn's commit */
	struct lane_senders lane_senders;
	int64_t next_report_ms;       /* wall */

	struct look *looks;
	struct watch *watches;

	bool store_bad;               /* the last commit failed */
	bool draining, drained;
	int exit_status;              /* -1: it goes on */
};

static inline uint64_t queue_ticket(struct queue *q)
{
	return ++q->last_ticket;
}

/* There is more to do right after this turn. */
static inline void queue_turn_at_once(struct queue *q)
{
	timers_set(&q->timers, TIMER_AT_ONCE, 0, q->boot_ms);
}

/* xorshift64*: jitter and shuffles, nothing secret. */
static inline uint32_t queue_random(struct queue *q)
{
	q->random ^= q->random >> 12;
	q->random ^= q->random << 25;
	q->random ^= q->random >> 27;
	return (uint32_t)(q->random * 0x2545f4914f6cdd1dU >> 32);
}

#endif
