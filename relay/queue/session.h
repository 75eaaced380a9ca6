/* SPDX-License-Identifier: ISC */
/*
 * session - the queue's side of an smtp process: it has one started for a site,
 * gives it messages as it asks for them, and takes its outcomes.
 */
#ifndef RELAY_QUEUE_SESSION_H
#define RELAY_QUEUE_SESSION_H

#include "relay/queue/queue.h"

void session_spawn(struct queue *q, const struct site *s, const struct job *job);   /* with what job needs; NULL: for any job */
void session_has_peer(struct queue *q, struct peer_channel *p);        /* the parent sent its channel */
void session_frame(struct queue *q, struct peer_channel *p, struct frame *frame);
void session_peer_lost(struct queue *q, struct peer_channel *p);
void session_exited(struct queue *q, uint64_t ticket);                 /* the process has been reaped */

/* Hands the job out; the session must have credits. False: its bytes cannot be read, and the job is the caller's again. */
bool session_deliver(struct queue *q, const struct committed *c, struct smtp_session *x, struct job *job);
void session_quit(struct queue *q, struct smtp_session *x);

/* Notes whether it has nothing to do. True: it has been idle for a while and need not be kept. */
bool session_is_idle(struct queue *q, struct smtp_session *x, bool idle);

/* It has been waiting for its server for long, at whatever step. */
bool session_is_slow(const struct queue *q, const struct smtp_session *x);
void session_became_slow(struct queue *q, uint64_t ticket);

/* It has been silent for longer than any session takes: its process is ended. */
void session_timed_out(struct queue *q, uint64_t ticket);

#endif
