/*
 * policy - MTA-STS policies of recipient domains (RFC 8461): what the store
 * remembers goes with each question to the resolver, and what it does not is
 * fetched by a process of its own while the domain's mail waits.
 *
 * A policy that cannot be fetched is as none, unless one is known that is
 * still valid: that holds to its end. A fetcher that dies is our own trouble,
 * and the domain is tried again later.
 */
#ifndef RELAY_QUEUE_POLICY_H
#define RELAY_QUEUE_POLICY_H

#include "relay/queue/queue.h"

void policy_begin(struct queue *q);

/* What the store remembers of the domain's; wanted is set, texts are owned by out. */
void policy_known(struct queue *q, const char *domain, struct sts_known *out);

/* Has the policy fetched that the plan says is missing. It is awaited until it is known, or cannot be had. */
void policy_fetch(struct queue *q, const char *domain, const struct plan *p);
bool policy_is_awaited(const struct queue *q, const char *domain);

void policy_has_peer(struct queue *q, struct peer_channel *p);
void policy_frame(struct queue *q, struct peer_channel *p, struct frame *frame);
void policy_lost(struct queue *q, uint64_t ticket);      /* its process is gone */
void policy_is_late(struct queue *q, uint64_t ticket);

#endif
