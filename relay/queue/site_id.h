/*
 * site_id - what makes a site that one and no other. Destinations with equal
 * ones share sessions, and the TLS tickets that those left.
 *
 *   smarthost: its name
 *   MX hosts: the set of them, in whatever order an answer had them; and of
 *   each what its TLS must prove (relay/route/tls_demand.h), whether its name is
 *   vouched for (RFC 8689), and the recipient domain where a certificate may
 *   name that instead of the host
 *   either: the destination that has it for itself, if one has
 */
#ifndef RELAY_QUEUE_SITE_ID_H
#define RELAY_QUEUE_SITE_ID_H

#include "base/buf.h"
#include "base/conf/settings.h"
#include "dns/target.h"

struct site_id {
	struct buf packed;       /* equal where all of the above is */
};

struct site_way {
	const char *smarthost;   /* its name; NULL: MX hosts, of that domain: */
	const char *domain;
	enum tls_level setting;  /* the owner's, for MX hosts */
	uint64_t alone;          /* the destination that shares it with none; 0 */
};

/* The targets do not matter where it is a smarthost. */
void site_id_make(const struct site_way *way, const struct target *targets, size_t count, struct site_id *out);
void site_id_copy(const struct site_id *id, struct site_id *out);
void site_id_free(struct site_id *id);
bool site_id_eq(const struct site_id *a, const struct site_id *b);

#endif
