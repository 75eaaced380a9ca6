/*
 * store_sticky - the sites that are passed by because they distrust this
 * host's address (relay/queue/fallback.h), as rows: a restart forgets none.
 */
#ifndef RELAY_QUEUE_STORE_STICKY_H
#define RELAY_QUEUE_STORE_STICKY_H

#include "relay/queue/fallback.h"
#include "relay/queue/receiver.h"
#include "relay/queue/store.h"

struct store_sticky {
	struct receiver receiver;
	struct fallback_block block;
	struct fault fault;       /* the reply that caused it */
};

void store_sticky_free(struct store_sticky *s);

void store_save_sticky(struct store *s, const struct store_sticky *row);
void store_forget_sticky(struct store *s, const struct receiver *r);

/* The first that comes after that one (NULL begins), in the order of their texts, and is not malformed; false: none. */
bool store_next_sticky(struct store *s, const struct receiver *after, struct store_sticky *out);

#endif
