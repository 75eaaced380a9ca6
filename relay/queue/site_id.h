/* SPDX-License-Identifier: ISC */
/*
 * site_id - what identifies a site. Destinations with equal ids share sessions,
 * and the TLS tickets that these left.
 *
 *   smarthost: its name
 *   mailbox of this host: LOCAL_HOP, and the user
 *   MX hosts: the set of them, whatever their order; for each what its TLS must
 *   prove (relay/route/tls_demand.h), whether its name is vouched for (RFC 8689),
 *   and the recipient domain if a certificate may name that instead of the host
 *   either: the destination that has the site for itself, if there is one
 */
#ifndef RELAY_QUEUE_SITE_ID_H
#define RELAY_QUEUE_SITE_ID_H

#include "base/buf.h"
#include "base/conf/settings.h"
#include "dns/target.h"

struct site_id {
	struct buf packed;       /* equal if all of the above is equal */
};

struct site_way {
	const char *smarthost;   /* its name; NULL: MX hosts, of that domain: */
	const char *domain;      /* of mailboxes the user */
	enum tls_level setting;  /* the owner's, for MX hosts */
	uint64_t alone;          /* the destination that does not share it; 0: any may use it */
};

/* For a smarthost the targets do not matter. */
void site_id_make(const struct site_way *way, const struct target *targets, size_t count, struct site_id *out);
void site_id_copy(const struct site_id *id, struct site_id *out);
void site_id_free(struct site_id *id);
bool site_id_eq(const struct site_id *a, const struct site_id *b);

#endif
