/* SPDX-License-Identifier: ISC */
/*
 * hop - what the settings say of one next hop: whom planning asks for its
 * hosts, which of their addresses may be used, from which of ours, and how
 * much goes there. Pure.
 * A hop is a smarthost, this host's mailboxes as one of them (LOCAL_HOP), or
 * NULL for "mx".
 */
#ifndef RELAY_ROUTE_HOP_H
#define RELAY_ROUTE_HOP_H

#include "base/conf/receiver_limits.h"
#include "base/conf/settings.h"
#include "dns/target.h"

/* Appends what the plan is to be made for: a smarthost's host or hosts, or domain; the user, for a mailbox. */
enum plan_kind hop_plan(const struct smarthost *hop, const char *domain, struct buf *name);

/* The proxy through which it is reached, as base/conf/proxy_place.h reads it; "" for none. */
const char *hop_proxy(const struct settings *s, const struct smarthost *hop);

/*
 * Keeps of each target the addresses of those families, the first family's
 * first; empty is any, as planning ordered them. A target that has none left
 * goes, unless it never had one: a proxy looks it up. -1: none is left at all, with a fault 4.4.4.
 */
int hop_keep_families(const struct settings *s, const struct smarthost *hop, struct target *targets, size_t *count,
                      struct fault *f);

/* Takes the addresses of those families away (FAMILY_ bits); a target that has none left goes. */
void hop_drop_families(unsigned families, struct target *targets, size_t *count);

/*
 * What a plan that failed means for the mail: a smarthost's trouble is our owner's
 * to fix, so only what the recipient's own domain says of itself, at the first hop, ends it.
 */
enum hop_trouble {
	HOP_PLAN_RETRY,       /* nothing is known for sure: it waits */
	HOP_PLAN_USELESS,     /* no way over this hop: the next, if the route goes on when it is unreachable; else it waits */
	HOP_PLAN_FINAL,       /* it goes back to its sender */
	HOP_PLAN_UNCONFIRMED, /* the same, when it is said again after a while */
};
enum hop_trouble hop_plan_trouble(bool is_mx, size_t hop, const struct fault *f, bool unconfirmed);

/* The addresses to send from: IPv4's, then IPv6's; family 0 is the kernel's choice. */
void hop_source(const struct settings *s, const struct smarthost *hop, struct ip_address source[2]);

enum hop_limit_kind {
	HOP_SESSIONS,                            /* at once */
	HOP_MESSAGES,                            /* of a session */
	HOP_RECIPIENTS,                          /* of a message */
	HOP_RATE,                                /* of messages */
	HOP_LIMITS,
};

/* What holds, and why. */
struct hop_limit {
	struct rate most;                        /* HOP_RATE: count 0 is none; the others have no window */
	const char *setting;                     /* the owner's, by its name; NULL: it is not set */
	const struct receiver_limits *receiver;  /* whose number it is; NULL: the default, or the setting */
};

struct hop_limits {
	struct hop_limit of[HOP_LIMITS];
};

/*
 * A smarthost's settings. For mx: what the owner set, else what the receiver with those hosts is known to take
 * (base/conf/receiver_limits.h; the least, where they are of several), else the setting's default.
 */
void hop_limits(const struct settings *s, const struct smarthost *hop, const struct target *targets, size_t count,
                struct hop_limits *out);

static inline bool hop_signs(const struct smarthost *hop)
{
	return hop == NULL || hop->sign;
}

#endif
