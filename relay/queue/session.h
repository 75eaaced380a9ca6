/*
 * session - the queue's side of an smtp process: spawned for a site, given
 * messages as it wants them, believed about outcomes.
 */
#ifndef RELAY_QUEUE_SESSION_H
#define RELAY_QUEUE_SESSION_H

#include "relay/queue/queue.h"

void session_spawn(struct queue *q, struct site *s, const struct job *job);   /* for what job needs; NULL: for any */
void session_has_peer(struct queue *q, struct peer_channel *p);        /* the parent brought its channel */
void session_frame(struct queue *q, struct peer_channel *p, struct frame *frame);
void session_peer_lost(struct queue *q, struct peer_channel *p);
void session_exited(struct queue *q, uint64_t ticket);                 /* the process is reaped */

/* Hands out; the session has credits. The job goes back to the caller when its bytes cannot be read. */
bool session_deliver(struct queue *q, const struct committed *c, struct smtp_session *x, struct job *job);
void session_quit(struct queue *q, struct smtp_session *x);

/* It has nothing to do, or it has. True: that has been so for a while, and it need not be kept. */
bool session_is_idle(struct queue *q, struct smtp_session *x, bool idle);

/* It has been waited for since long, at whatever step. */
bool session_is_slow(const struct queue *q, const struct smtp_session *x);

/* For longer than any session takes: its process is ended. */
void session_is_silent(struct queue *q, uint64_t ticket);

#endif
