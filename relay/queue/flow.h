/*
 * flow - destinations on their way: into memory when they are due, from hop to
 * hop as hops fail, are blocked, want to be left alone or are reached, and
 * out again when there is nothing to do. Only here a destination changes its
 * state; relay/queue/planned.h says where it leads to, relay/queue/feedback.h
 * what was heard there.
 */
#ifndef RELAY_QUEUE_FLOW_H
#define RELAY_QUEUE_FLOW_H

#include "relay/queue/queue.h"

/* Takes up what is due, as far as there is room; puts idle ones away. */
void flow_activate(struct queue *q);
void flow_settle(struct queue *q);

/* It leads to these targets, which are taken over: to their site, or round it. */
void flow_open(struct queue *q, struct destination *d, struct target *targets, size_t count);

/* Its hop is known: the resolver is asked for the hosts. A policy is to be fetched first; and it was, or cannot be. */
void flow_plan(struct queue *q, struct destination *d);
void flow_fetch(struct destination *d);
void flow_fetched(struct queue *q, struct destination *d);

/* Out of its site, until it is planned again. */
void flow_reconsider(struct queue *q, struct destination *d);

/* Nothing will ever get there: all that waits ends with r. */
void flow_end(struct queue *q, struct destination *d, const struct reply *r);

/* Of what waited there, none is left that is to end. */
void flow_ended(struct destination *d);

/* It is tried again at row.hops.backoff_ms, which is set; what is too old by now ends. */
void flow_wait(struct queue *q, struct destination *d, const struct reply *r);

/* The current hop failed as a whole: the next hop, or wait. */
void flow_failed(struct queue *q, struct destination *d, const struct reply *r, enum hop_failure how);

/* Its site wants to be left alone until then (wall): that is nobody's failure. */
void flow_paused(struct queue *q, struct destination *d, const struct reply *r, int64_t until_ms);

/* A session stands, or it took a mail. */
void flow_reached(struct queue *q, struct destination *d);

/* All destinations of the site wait till then (wall). */
void flow_put_away(struct queue *q, struct site *s, const struct reply *why, int64_t until_ms);

/* Puts them away when nothing may go there for a while, and some when others want their places. */
void flow_turn_of_site(struct queue *q, struct site *s);

/*
 * Before the commit, which frees blocks: all that went round one that has ended go back; of those that went round one
 * whose time is over, one goes back and tries.
 */
void flow_call_back(struct queue *q);

#endif
