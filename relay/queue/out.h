/* SPDX-License-Identifier: ISC */
/*
 * out - all frames that leave the core, each of one of two types. A question
 * or an order leaves at once. What tells of something stored, or hands it on,
 * leaves after the commit: it takes a struct committed (relay/queue/turn.h).
 *
 * They are written at the end of the turn (relay/queue/peers.h).
 */
#ifndef RELAY_QUEUE_OUT_H
#define RELAY_QUEUE_OUT_H

#include "relay/queue/queue.h"

/* To a role, at once. */
enum out_asked {
	OUT_REFUSED = FRAME_SUBMITTED,   /* a submission of which nothing was stored */
	OUT_ROW = FRAME_ROW,
	OUT_QUERY_END = FRAME_QUERY_END,
	OUT_QUERY_REFUSED = FRAME_QUERY_REFUSED,
	OUT_PLAN = FRAME_PLAN,
	OUT_SIGN = FRAME_SIGN,
	OUT_FETCH = FRAME_FETCH,
	OUT_BOUNCE = FRAME_BOUNCE,
	OUT_SESSION = FRAME_SESSION,
	OUT_QUIT = FRAME_QUIT,
};

/* To a role, after the commit. */
enum out_told {
	OUT_SUBMITTED = FRAME_SUBMITTED,
	OUT_DELIVER = FRAME_DELIVER,
	OUT_COMMITTED = FRAME_COMMITTED,
	OUT_EVENT = FRAME_EVENT,
};

/* payload NULL: there is none; fd -1: none goes along. */
void out_ask(struct peer_channel *to, enum out_asked what, const struct buf *payload, int fd);
void out_tell(const struct committed *c, struct peer_channel *to, enum out_told what, const struct buf *payload, int fd);

/* To the parent: at once, but that all is drained. */
void out_spawn(struct queue *q, enum role role, uint64_t ticket, const char *smarthost);
void out_kill(struct queue *q, enum role role, uint64_t instance);
void out_heartbeat(struct queue *q);
void out_reload(struct queue *q);
void out_drained(struct queue *q, const struct committed *c);

#endif
