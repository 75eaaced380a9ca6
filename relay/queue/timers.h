/* SPDX-License-Identifier: ISC */
/*
 * timers - every time at which the queue wants a turn although nothing comes.
 *
 * One heap; its first entry is all that the loop waits for, so nothing polls.
 * A timer is named by its kind and by the id of what it is for. It fires once,
 * and whoever wants it again sets it again. A time that is only compared when
 * somebody asks (a pace, a sick host) needs no turn and is not here.
 *
 * Times are boot time. One that is given by the wall clock keeps to that clock,
 * however it is set.
 */
#ifndef RELAY_QUEUE_TIMERS_H
#define RELAY_QUEUE_TIMERS_H

#include "relay/queue/table.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of timers for the same moment the one further up fires first. */
enum timer_kind {
	/* Somebody has not answered, or said nothing for too long. The id is: */
	TIMER_POLICY,                 /* of a fetch, its ticket */
	TIMER_POLICY_OVER,            /* 0: a fetch has ended; who waits for it goes on */
	TIMER_PLAN,                   /* the destination that waits */
	TIMER_PLAN_OLD,               /* an open destination, to be planned again */
	TIMER_RESOLVER,               /* the resolver's serial */
	TIMER_SESSION,                /* the session's ticket */
	TIMER_PICKUP,                 /* the pickup's serial */
	TIMER_SIGNER,                 /* the serial of a signer that owes an answer */
	TIMER_SIGNING,                /* the signing's ticket */
	TIMER_REPORT,                 /* the report's ticket */
	TIMER_CLIENT,                 /* the control client's serial */

	/* Something is to be done again; the id is 0. */
	TIMER_COMMIT,                 /* after one that failed */
	TIMER_HEARTBEAT,              /* the parent gets a heartbeat, and a clock that was set is seen */
	TIMER_UPKEEP,                 /* when it is quiet; */
	TIMER_UPKEEP_LATE,            /* though it is not */
	TIMER_SWEEP,
	TIMER_CHECKPOINT,
	TIMER_TLS_TICKETS,            /* the first of them ends */
	TIMER_RUNAWAY,                /* the owner is told of one */

	/* A turn is all that is wanted: it finds what has become possible. */
	TIMER_DUE,                    /* 0: the first destination that is not in memory */
	TIMER_REPORTS,                /* 0: the first report */
	TIMER_BLOCK,                  /* the block's number: its time is over */
	TIMER_LINGER,                 /* an idle destination: goes from memory, or wakes */
	TIMER_SESSION_SLOW,           /* the session's ticket: it has been waited for since long */
	TIMER_SESSION_IDLE,           /* the session's ticket: it is ended */
	TIMER_SITE,                   /* the site's number: its pace lets more go there, or less */
	TIMER_ROOM,                   /* 0: a slow site makes room for others */
	TIMER_AT_ONCE,                /* 0: the turn before left something to do */
	TIMER_COUNT
};

struct timer {
	enum timer_kind kind;
	uint64_t id;
	int64_t boot_ms;
	int64_t wall_ms;              /* 0: it goes by boot time alone */
	size_t at;                    /* in the heap */
};

struct timers {                       /* zeroed: none are set */
	struct timer **heap;
	size_t count, room;
	struct table of[TIMER_COUNT];
	int64_t wall_ms, boot_ms;
};

/* What time it is, and whether the wall clock was set since the last call. */
void timers_now(struct timers *t, int64_t wall_ms, int64_t boot_ms, bool was_set);

/* In place of the one of that name; INT64_MAX is never. */
void timers_set(struct timers *t, enum timer_kind kind, uint64_t id, int64_t boot_ms);
void timers_set_wall(struct timers *t, enum timer_kind kind, uint64_t id, int64_t wall_ms);
void timers_drop(struct timers *t, enum timer_kind kind, uint64_t id);
int64_t timers_when(const struct timers *t, enum timer_kind kind, uint64_t id);   /* boot; INT64_MAX: it is not set */

int64_t timers_next_ms(const struct timers *t);           /* boot; INT64_MAX: none is set */
bool timers_take(struct timers *t, struct timer *due);    /* the first whose time has come; false: none has */
void timers_free(struct timers *t);

#endif
