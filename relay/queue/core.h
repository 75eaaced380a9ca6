/*
 * core - the queue, without a clock and without a loop: what is ready and what
 * time it is comes in by core_step; what goes out lies in its channels, written
 * at the end of the step. The same steps make the same queue.
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
	struct store *store;
	struct channel *parent;
	int epoll;                    /* where it watches its channels; data.ptr is its own */
	uint64_t random;              /* not 0: for jitter and shuffles */
	struct core_time now;
};

/* With the first step, in which nothing but the parent is heard. */
void core_begin(struct queue *q, const struct core_setup *setup);

/* What epoll_wait gave, be it nothing. False: it is over. */
bool core_step(struct queue *q, const struct core_time *now, const struct epoll_event *ready, int count);
int core_exit_status(const struct queue *q);    /* sysexits.h; -1: it goes on */

/* When it wants a step although nothing is ready (boot). */
int64_t core_next_boot_ms(const struct queue *q);

#endif
