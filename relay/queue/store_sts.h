/* SPDX-License-Identifier: ISC */
/*
 * store_sts - the MTA-STS policies that are remembered, so that a restart
 * forgets none: who could make us forget could take TLS from a domain.
 */
#ifndef RELAY_QUEUE_STORE_STS_H
#define RELAY_QUEUE_STORE_STS_H

#include "relay/protocol.h"
#include "relay/queue/store.h"

struct store_sts {
	char *domain;
	char *id;                 /* of the policy; "" where none was ever fetched */
	char *policy;             /* as sts_policy_print wrote it */
	int64_t fetched_ms, expires_ms;
	char *barred_id;          /* the last that could not be fetched; "" */
	int64_t barred_ms;        /* until when it is not tried again */
};

/* False when nothing is known; out is empty then, but for domain. */
bool store_load_sts(struct store *s, const char *domain, struct store_sts *out);
void store_save_sts(struct store *s, const struct store_sts *row);
void store_sts_free(struct store_sts *row);

/*
 * What a row is worth at that time; texts are owned by out. Pure. A policy is
 * fresh for half its life, and for a day at most: looking again before its end
 * is what RFC 8461 section 10.2 wants.
 */
void store_sts_known(const struct store_sts *row, int64_t now_ms, struct sts_known *out);

/* Forgets up to max that neither hold nor bar any more. */
unsigned store_forget_sts(struct store *s, int64_t now_ms, unsigned max);

#endif
