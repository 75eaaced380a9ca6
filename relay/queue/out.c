/* SPDX-License-Identifier: ISC */
#include "relay/queue/out.h"

#include "relay/queue/peers.h"

static void put(struct peer_channel *to, uint16_t type, const struct buf *payload, int fd)
{
	channel_put(to->channel, type, payload ? buf_span(payload) : SPAN(""), fd);
}

void out_ask(struct peer_channel *to, enum out_asked what, const struct buf *payload, int fd)
{
	put(to, (uint16_t)what, payload, fd);
}

void out_tell(const struct committed *c, struct peer_channel *to, enum out_told what, const struct buf *payload, int fd)
{
	(void)c;
	put(to, (uint16_t)what, payload, fd);
}

/* ---- the parent ---- */

void out_spawn(struct queue *q, enum role role, uint64_t ticket, const char *smarthost)
{
	struct spawn spawn = { .role = role, .ticket = ticket, .smarthost = (char *)(uintptr_t)smarthost };

	buf_clear(&q->scratch);
	spawn_encode(&spawn, &q->scratch);
	channel_put(q->parent, FRAME_SPAWN, buf_span(&q->scratch), -1);
}

void out_kill(struct queue *q, enum role role, uint64_t instance)
{
	struct peer peer = { role, instance };
	struct buf packed = { 0 };

	peer_encode(&peer, &packed);
	channel_put(q->parent, FRAME_KILL, buf_span(&packed), -1);
	buf_free(&packed);
}

void out_heartbeat(struct queue *q)
{
	channel_put(q->parent, FRAME_HEARTBEAT, SPAN(""), -1);
}

void out_reload(struct queue *q)
{
	channel_put(q->parent, FRAME_RELOAD, SPAN(""), -1);
}

void out_drained(struct queue *q, const struct committed *c)
{
	(void)c;
	channel_put(q->parent, FRAME_DRAINED, SPAN(""), -1);
}
