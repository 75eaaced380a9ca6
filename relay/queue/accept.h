/* SPDX-License-Identifier: ISC */
/*
 * accept - puts submissions into the store, and answers them once they are on
 * stable storage.
 */
#ifndef RELAY_QUEUE_ACCEPT_H
#define RELAY_QUEUE_ACCEPT_H

#include "relay/queue/place.h"
#include "relay/queue/queue.h"

void accept_submit(struct queue *q, struct peer_channel *from, struct span payload);

/* Puts one entry into the open transaction and returns its id. *known: the store had it already. */
uint64_t accept_part(struct queue *q, const struct submission *part, bool *known);
/* Logs that it was accepted. by_caller: it is the first entry of what a caller submitted. */
void accept_log(const struct committed *c, const struct submission *part, uint64_t id, int64_t now_ms, bool by_caller);

/*
 * Where the configuration sends mail from sender to address. The destination is made in the store if it is not there
 * yet. If the mail is held, place says why. was_held: nobody read it here until now, so that root may.
 */
struct placed {
	const char *address;      /* root's where local mail goes there, or an alias's; borrowed until the next */
	uint64_t destination;
	int64_t wake_ms;
};
void accept_place(struct queue *q, const char *address, bool was_held, const char *sender, struct place *place,
                  struct placed *out);

#endif
