/*
 * accept - submissions into the store, answered once they are on stable
 * storage.
 */
#ifndef RELAY_QUEUE_ACCEPT_H
#define RELAY_QUEUE_ACCEPT_H

#include "relay/queue/place.h"
#include "relay/queue/queue.h"

void accept_submit(struct queue *q, struct peer_channel *from, struct span payload);

/* One entry into the open transaction; its id. known: it is there already. */
uint64_t accept_part(struct queue *q, const struct submission *part, bool *known);
/* by_caller: what a caller submitted, for its first entry. */
void accept_log(const struct committed *c, const struct submission *part, uint64_t id, int64_t now_ms, bool by_caller);

/*
 * Where mail of sender for the address goes by the configuration: made and found in the store. place says why where
 * it is held.
 */
struct placed {
	const char *address;      /* root's where local mail goes there; borrowed */
	uint64_t destination;
	int64_t wake_ms;
};
void accept_place(struct queue *q, const char *address, const char *sender, struct place *place, struct placed *out);

#endif
