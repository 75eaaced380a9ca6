/* SPDX-License-Identifier: ISC */
/*
 * store_destination - the destinations of the queue as rows: where mail waits
 * for, what is known of the way there, and when there is something to do.
 */
#ifndef RELAY_QUEUE_STORE_DESTINATION_H
#define RELAY_QUEUE_STORE_DESTINATION_H

#include "relay/queue/schedule.h"
#include "relay/queue/store.h"
#include "relay/queue/via.h"

struct store_destination {
	uint64_t id;
	char *domain;             /* "" when the hops are smarthosts only, or it is held */
	struct via via;
	struct hop_state hops;
	int64_t wake_ms;          /* when there is something to do; STORE_NEVER */
	struct reply reply;       /* the last that concerned all of it */
};

void store_destination_free(struct store_destination *d);
/* Finds or makes it; 0 when the store is in trouble. wake_ms may be NULL. */
uint64_t store_destination_id(struct store *s, const char *domain, const struct via *via, int64_t *wake_ms);
uint64_t store_held_id(struct store *s, bool by_owner);      /* where what is held waits; by_owner: until the owner releases it */
void store_wake(struct store *s, uint64_t destination, int64_t wake_ms);
void store_save_destination(struct store *s, const struct store_destination *d);
bool store_load_destination(struct store *s, uint64_t id, struct store_destination *out);

/* The first in the order of wake_ms, at most max. Returns how many. */
struct store_due { uint64_t id; int64_t wake_ms; };
size_t store_due_destinations(struct store *s, struct store_due *out, size_t max);

/* All, in the order of id, after *after, which starts at 0 and moves on. */
size_t store_walk_destinations(struct store *s, uint64_t *after, uint64_t *out, size_t max);

/* Destinations after *after that nothing waits for and nothing is to be remembered of; *after is 0 at the end. */
size_t store_idle_destinations(struct store *s, int64_t now_ms, uint64_t *after, uint64_t *out, size_t max);
void store_forget_destination(struct store *s, uint64_t id);

/* Ends backoff of the destination and makes it due then. */
void store_hurry_destination(struct store *s, uint64_t id, int64_t at_ms);

#endif
