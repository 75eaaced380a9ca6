/* SPDX-License-Identifier: ISC */
/*
 * core - the queue without a clock and a loop of its own. core_step tells it
 * what is ready and what time it is; what it says is written to its channels at
 * the end of the step. The same steps always give the same queue.
 */
#ifndef RELAY_QUEUE_CORE_H
#define RELAY_QUEUE_CORE_H

#include "relay/queue/queue.h"

struct epoll_event;

struct core_time {
	int64_t wall_ms, boot_ms;
};

/* All borrowed, until the end. */
struct core_setup {
	const struct settings *settings;
	struct routes *routes;
	struct aliases *aliases;      /* may be NULL */
	struct store *store;
	struct channel *parent;
	int epoll;                    /* the core adds its channels to it; data.ptr belongs to the core */
	uint64_t random;              /* the seed of jitter and shuffles; not 0 */
	struct core_time now;
};

/* Includes the first step, which hears only the parent. */
void core_begin(struct queue *q, const struct core_setup *setup);

/* ready: what epoll_wait returned, if anything. False: the queue has ended. */
bool core_step(struct queue *q, const struct core_time *now, const struct epoll_event *ready, int count);
int core_exit_status(const struct queue *q);    /* of sysexits.h; -1: it has not ended */

/* The boot time at which it needs a step even if nothing is ready. */
int64_t core_next_boot_ms(const struct queue *q);

#endif
