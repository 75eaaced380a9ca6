/* SPDX-License-Identifier: ISC */
/*
 * look_sink - where the answer to a question goes: to a role, or to a client
 * of the control socket.
 */
#ifndef RELAY_QUEUE_LOOK_SINK_H
#define RELAY_QUEUE_LOOK_SINK_H

#include "relay/queue/queue.h"

struct look_sink {
	uint64_t peer, ticket;            /* a role */
	struct control_client *client;    /* or this one */
};

bool look_sink_is_there(struct queue *q, const struct look_sink *to);
bool look_sink_has_room(struct queue *q, const struct look_sink *to);    /* the asker has taken most of what it was sent */
void look_sink_row(struct queue *q, const struct look_sink *to, struct span row);
void look_sink_end(struct queue *q, const struct look_sink *to, const char *text);
void look_sink_refuse(struct queue *q, const struct look_sink *to, const struct fault *f);

#endif
