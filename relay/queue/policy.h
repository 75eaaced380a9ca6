/* SPDX-License-Identifier: ISC */
/*
 * policy - MTA-STS policies of recipient domains (RFC 8461). What the store has
 * goes with each question to the resolver; what it does not have is fetched by a
 * process of its own while the domain's mail waits.
 *
 * A policy that cannot be fetched counts as none, unless an older one is still
 * valid: that holds until it expires. A fetcher that dies is our own trouble, and
 * the domain is tried again later.
 */
#ifndef RELAY_QUEUE_POLICY_H
#define RELAY_QUEUE_POLICY_H

#include "relay/queue/queue.h"

void policy_begin(struct queue *q);

/* What the store has for the domain; wanted is set; out owns the texts. */
void policy_known(struct queue *q, const char *domain, struct sts_known *out);

/* Has the policy fetched that the plan says is missing. It is awaited until it is known, or cannot be fetched. */
void policy_fetch(struct queue *q, const char *domain, const struct plan *p);
bool policy_is_awaited(const struct queue *q, const char *domain);

void policy_has_peer(struct queue *q, struct peer_channel *p);
void policy_frame(struct queue *q, struct peer_channel *p, struct frame *frame);
void policy_lost(struct queue *q, uint64_t ticket);      /* its process is gone */
void policy_timed_out(struct queue *q, uint64_t ticket);

#endif
