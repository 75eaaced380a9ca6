/*
 * look - questions about the queue, from pickup (for a caller) and from the
 * control socket: list, flush, status. A listing is walked by id while the
 * asker takes its rows, so that neither side needs room for all of it.
 */
#ifndef RELAY_QUEUE_LOOK_H
#define RELAY_QUEUE_LOOK_H

#include "relay/queue/state.h"

/* Where the answer goes: to a role, or to a client of the control socket. */
struct look_sink {
	uint64_t peer, ticket;            /* a role */
	struct control_client *client;    /* or this one */
};

/* Control operations are refused from a role. all: the asker may see everybody's. */
void look_begin(struct queue *q, const struct look_sink *to, unsigned operation, int64_t uid, bool all,
                const char *argument);
void look_frame(struct queue *q, struct peer_channel *from, struct span payload);   /* FRAME_QUERY */
void look_client_lost(struct queue *q, const struct control_client *client);

/* Goes on with all; true when more can be done at once. */
bool look_pump(struct queue *q);

#endif
