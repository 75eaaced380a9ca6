/*
 * store_blocked - the blocked sites (relay/queue/blocked.h) as rows: a
 * restart a restart forgets none.
 */
#ifndef RELAY_QUEUE_STORE_BLOCKED_H
#define RELAY_QUEUE_STORE_BLOCKED_H

#include "relay/queue/fallback.h"
#include "relay/queue/receiver.h"
#include "relay/queue/store.h"

struct store_blocked {
	struct receiver receiver;
	struct fallback_block block;
	struct reply reply;       /* that caused it */
};

void store_blocked_free(struct store_blocked *s);

void store_save_blocked(struct store *s, const struct store_blocked *row);
void store_forget_blocked(struct store *s, const struct receiver *r);

/* The first that comes after that one (NULL begins), in the order of their texts, and is not malformed; false: none. */
bool store_next_blocked(struct store *s, const struct receiver *after, struct store_blocked *out);

#endif
