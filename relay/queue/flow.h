/* SPDX-License-Identifier: ISC */
/*
 * flow - moves destinations: into memory when they are due, from hop to hop
 * when a hop fails, is blocked, pauses or is reached, and out of memory when
 * there is nothing to do. Only this module changes the state of a destination.
 * relay/queue/planned.h tells it where the destination leads,
 * relay/queue/feedback.h what was heard there.
 */
#ifndef RELAY_QUEUE_FLOW_H
#define RELAY_QUEUE_FLOW_H

#include "relay/queue/queue.h"

/* Loads what is due, as far as there is room. flow_settle removes destinations that have nothing to do. */
void flow_activate(struct queue *q);
void flow_settle(struct queue *q);

/* The resolver found these targets, which are taken over: d joins their site, or goes another way. */
void flow_open(struct queue *q, struct destination *d, struct target *targets, size_t count);

void flow_plan(struct queue *q, struct destination *d);       /* its hop is known: the resolver is asked for the hosts */
void flow_fetch(struct destination *d);                       /* its MTA-STS policy has to be fetched first */
void flow_fetched(struct queue *q, struct destination *d);    /* that was done, or cannot be done */

/* An order moves what would go straight (relay/queue/detour.h). */
void flow_take_detour(struct queue *q, struct destination *d);

/* It leaves its site until it has been planned again. */
void flow_reconsider(struct queue *q, struct destination *d);

/* Nothing can ever be delivered there: everything that waits ends with r. */
void flow_end(struct queue *q, struct destination *d, const struct reply *r);

/* Everything there that had to end has ended. */
void flow_ended(struct destination *d);

/* It will be tried again at row.hops.backoff_ms, which is set already; recipients that have expired end. */
void flow_wait(struct queue *q, struct destination *d, const struct reply *r);

/* The current hop failed as a whole: it goes to the next hop, or waits. */
void flow_failed(struct queue *q, struct destination *d, const struct reply *r, enum hop_failure how);

/* Its site pauses until then (wall). That is not a failure. */
void flow_paused(struct queue *q, struct destination *d, const struct reply *r, int64_t until_ms);

/* A session is open, or the site took a message. */
void flow_reached(struct queue *q, struct destination *d);

/* All destinations of the site wait until then (wall). */
void flow_put_away(struct queue *q, const struct site *s, const struct reply *why, int64_t until_ms);

/* Puts them away if nothing may be sent there for a while. */
void flow_turn_of_site(struct queue *q, const struct site *s);

/* Puts some of them away if others need the room. */
void flow_make_room(struct queue *q, const struct site *s);

/*
 * Called before the commit, which frees blocks. All destinations that avoided a block that has ended go back. If the
 * time of a block is over, one of those that avoid it goes back and tests it. What goes straight and must not, or takes a
 * detour that is over, is planned again.
 */
void flow_call_back(struct queue *q);

#endif
