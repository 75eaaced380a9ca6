/* SPDX-License-Identifier: ISC */
/*
 * store_refused - addresses whose mailbox a server said it does not have, each
 * with the last such reply. They outlive the messages in the history.
 *
 * Case of ASCII letters is ignored, in the local part too.
 */
#ifndef RELAY_QUEUE_STORE_REFUSED_H
#define RELAY_QUEUE_STORE_REFUSED_H

#include "relay/queue/store.h"

struct store_refused {
	uint64_t id;              /* grows with each refusal */
	char *address;            /* as it was written */
	int64_t refused_ms;
	uint64_t message;         /* whose recipient it was */
	struct reply reply;
};

void store_refused_free(struct store_refused *r);

/* In the place of what was known of the address. */
void store_save_refused(struct store *s, const char *address, int64_t refused_ms, uint64_t message, const struct reply *reply);
void store_forget_refused(struct store *s, const char *address);

/* False: nothing is known of it, and out is zeroed. */
bool store_load_refused(struct store *s, const char *address, struct store_refused *out);

/* In the order of ids after *after, which moves on. */
size_t store_walk_refused(struct store *s, uint64_t *after, struct store_refused *out, size_t max);

/* At most max of what is older than that, or above so many. How many it forgot. */
unsigned store_purge_refused(struct store *s, int64_t older_than_ms, uint64_t keep, unsigned max);

#endif
