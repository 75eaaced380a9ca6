/* SPDX-License-Identifier: ISC */
/*
 * look - answers questions about the queue and carries out orders, from pickup
 * (for a caller) and from the control socket. It walks a few messages in each
 * turn, while the asker takes the rows: so neither side needs room for all of
 * them, and deliveries go on, however many ask: they share the time of a
 * turn. An order is answered once its changes are on stable
 * storage.
 */
#ifndef RELAY_QUEUE_LOOK_H
#define RELAY_QUEUE_LOOK_H

#include "relay/queue/look_sink.h"

/* uid: who asks at the submission socket, and all: he may see everybody's mail; -1: the owner asks. */
void look_begin(struct queue *q, const struct look_sink *to, unsigned operation, int64_t uid, bool all,
                struct span argument);
void look_frame(struct queue *q, struct peer_channel *from, struct span payload);   /* FRAME_QUERY */
void look_client_lost(struct queue *q, const struct control_client *client);

/* Goes on with all of them. True: more can be done at once. */
bool look_pump(struct queue *q);

#endif
