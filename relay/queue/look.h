/*
 * look - questions about the queue and orders to it, from pickup (for a
 * caller) and from the control socket. Messages are walked a few in a turn
 * while the asker takes the rows, so that neither side needs room for all of
 * it, and deliveries go on between. What is changed is answered once it is on
 * stable storage.
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
                struct span argument);
void look_frame(struct queue *q, struct peer_channel *from, struct span payload);   /* FRAME_QUERY */
void look_client_lost(struct queue *q, const struct control_client *client);

/* Goes on with all; true when more can be done at once. */
bool look_pump(struct queue *q);

/* The turn's commit worked, or did not. */
void look_committed(struct queue *q);
void look_refused(struct queue *q, const struct fault *f);

/* What is seen of the destination that a test message has for itself; nothing where nobody watches it. */
bool look_watches(const struct queue *q, uint64_t destination);
void look_transcript(struct queue *q, uint64_t destination, struct span payload);
void look_note(struct queue *q, uint64_t destination, const char *format, ...) __attribute__((format(printf, 3, 4)));
void look_put_off(struct queue *q, uint64_t destination, const struct reply *r);   /* the round failed as a whole */
void look_outcome(struct queue *q, uint64_t message, enum verdict verdict, const struct reply *r);

#endif
