/* SPDX-License-Identifier: ISC */
/*
 * store_blocked - the blocked sites (relay/queue/blocked.h) as rows, so
 * that a restart forgets none.
 */
#ifndef RELAY_QUEUE_STORE_BLOCKED_H
#define RELAY_QUEUE_STORE_BLOCKED_H

#include "relay/queue/fallback.h"
#include "relay/queue/store.h"
#include "relay/route/receiver.h"

struct store_blocked {
	struct receiver receiver;
	char *domain;             /* the block is for mail to this recipient domain alone; "" for all */
	char *address;            /* of ours, that is refused; "" not known, and so for each of them */
	bool alone;               /* no other address of ours reaches the receiver */
	struct fallback_block block;
	struct reply reply;       /* that caused it */
};

void store_blocked_free(struct store_blocked *s);

void store_save_blocked(struct store *s, const struct store_blocked *row);
void store_forget_blocked(struct store *s, const struct store_blocked *row);

/* The first that comes after that one (NULL begins), in the order of their texts, and is not malformed; false: none. */
bool store_next_blocked(struct store *s, const struct store_blocked *after, struct store_blocked *out);

#endif
