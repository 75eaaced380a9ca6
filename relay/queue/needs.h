/* SPDX-License-Identifier: ISC */
/*
 * needs - what a job needs from a session, and which sessions of a site have it:
 * extensions of the server (NEED_ bits of relay/protocol.h), a host that has not
 * put the job off (relay/queue/hosts.h), and an address of ours that is not
 * refused for it (relay/queue/blocked.h).
 */
#ifndef RELAY_QUEUE_NEEDS_H
#define RELAY_QUEUE_NEEDS_H

#include "relay/queue/queue.h"

uint8_t needs_of(const struct queue *q, const struct job *job);

/* Appends the addresses of ours that a new session for the job (NULL: for any job) must not use. */
void needs_addresses(const struct queue *q, const struct site *s, const struct job *job, struct text_list *out);

/*
 * The session can take the job. A session that is still dialling may find a host with SMTPUTF8, but REQUIRETLS has to
 * be asked for when it begins. A session that was begun for needs may have skipped the hosts that a domain prefers, so
 * jobs without needs do not use it. A session that accepted any TLS takes only jobs that say so (TLS-Required: No).
 */
bool needs_are_met(const struct queue *q, const struct smtp_session *x, const struct job *job);

/* The first picked job of the site that none of its sessions can take; NULL: none. */
const struct job *needs_without_session(const struct queue *q, const struct site *s);

/* The TLS that a session with these needs wants cannot be had, but some picked jobs do not need it. */
bool needs_spare_some(const struct queue *q, const struct site *s, uint8_t needs);

/* In that case: r is the outcome of the jobs that do need it, and of no others. */
void needs_insist(struct queue *q, const struct site *s, const struct reply *r);

/* No host of the site has these: r is the outcome of the jobs that need them, and of no others. */
void needs_unmet(struct queue *q, const struct site *s, uint8_t needs, const struct reply *r);

#endif
