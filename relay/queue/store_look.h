/* SPDX-License-Identifier: ISC */
/*
 * store_look - the queue as its owner looks at it and acts on it: page by
 * page, by message, by recipient.
 */
#ifndef RELAY_QUEUE_STORE_LOOK_H
#define RELAY_QUEUE_STORE_LOOK_H

#include "relay/queue/store_message.h"
#include "relay/queue/via.h"

struct store_open_cursor { int64_t uid; uint64_t id; };   /* start with { -1, 0 }, or { uid, 0 } for one user's */

/* The next unfinished message in the order of (uid, id); only_uid -1 is everybody. */
bool store_next_open(struct store *s, struct store_open_cursor *at, int64_t only_uid, struct store_message *out);

struct store_waiting {    /* one waiting recipient as a listing shows it */
	uint64_t id, destination, lane;
	char *address;
	struct via via;
	unsigned hop;
	int64_t next_ms;          /* when it can be tried; STORE_NEVER when held */
	struct reply reply;       /* its own last, or else its destination's */
	uint8_t notify;
	int64_t tried_ms;         /* when it was last tried by itself; 0 never */
};
void store_waiting_free(struct store_waiting *w);
/* In the order of id, after *after, which starts at 0 and moves on. */
size_t store_waiting(struct store *s, uint64_t message, uint64_t *after, struct store_waiting *out, size_t max);

void store_hurry_recipient(struct store *s, uint64_t id, int64_t at_ms);   /* due then, unless it was before */

/* Waiting recipients in the order of id, after *after; for routing them again. */
size_t store_walk_recipients(struct store *s, uint64_t *after, struct store_recipient *out, size_t max);
void store_move_recipient(struct store *s, uint64_t id, const char *address, uint64_t destination, int64_t due_ms,
                          const struct reply *reason);

#endif
