/*
 * needs - what a job asks of the session that takes it, and which session of a
 * site can give it: what its server can do (NEED_ bits of relay/protocol.h),
 * another host than those that put it off (relay/queue/hosts.h), and an
 * address of ours that is not refused for it (relay/queue/blocked.h).
 */
#ifndef RELAY_QUEUE_NEEDS_H
#define RELAY_QUEUE_NEEDS_H

#include "relay/queue/queue.h"

uint8_t needs_of(const struct queue *q, const struct job *job);

/* Of the job, for a session that is to be begun; NULL: nothing in particular. Texts are appended. */
void needs_addresses(const struct queue *q, const struct site *s, const struct job *job, struct text_list *out);

/*
 * The session can take it. One that is still dialling may find a host that
 * knows UTF-8; REQUIRETLS has to be asked for. A session begun for needs may
 * have skipped the hosts that a domain prefers, so what needs nothing
 * does not go by it; and one that any TLS was good enough for is for those
 * alone that say so.
 */
bool needs_are_met(const struct queue *q, const struct smtp_session *x, const struct job *job);

/* The first of the site's picked jobs that none of its sessions can take; NULL: there is none. */
const struct job *needs_without_session(const struct queue *q, const struct site *s);

/* The TLS that a session with these needs wants was not to be had, and jobs are picked that do without. */
bool needs_spare_some(const struct queue *q, const struct site *s, uint8_t needs);

/* Then: r is the outcome of those alone that do not. */
void needs_insist(struct queue *q, struct site *s, const struct reply *r);

/* No host of the site does these: r is the outcome of what needs them, and of nothing else. */
void needs_unmet(struct queue *q, struct site *s, uint8_t needs, const struct reply *r);

#endif
