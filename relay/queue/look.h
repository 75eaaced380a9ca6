/*
 * look - questions about the queue and orders to it, from pickup (for a
 * caller) and from the control socket. Messages are walked a few in a turn
 * while the asker takes the rows, so that neither side needs room for all of
 * it, and deliveries go on between. What is changed is answered once it is on
 * stable storage.
 */
#ifndef RELAY_QUEUE_LOOK_H
#define RELAY_QUEUE_LOOK_H

#include "relay/queue/look_sink.h"

/* Control operations are refused from a role. all: the asker may see everybody's. */
void look_begin(struct queue *q, const struct look_sink *to, unsigned operation, int64_t uid, bool all,
                struct span argument);
void look_frame(struct queue *q, struct peer_channel *from, struct span payload);   /* FRAME_QUERY */
void look_client_lost(struct queue *q, const struct control_client *client);

/* Goes on with all; true when more can be done at once. */
bool look_pump(struct queue *q);

#endif
