/*
 * hop - what the settings say of one next hop: whom planning asks for its
 * hosts, which of their addresses may be used, and from which of ours. Pure.
 * A hop is a smarthost, or NULL for "mx".
 */
#ifndef RELAY_HOP_H
#define RELAY_HOP_H

#include "base/settings.h"
#include "dns/target.h"

/* Appends what the plan is to be made for: a smarthost's host or hosts, or domain. */
enum plan_kind hop_plan(const struct smarthost *hop, const char *domain, struct buf *name);

/*
 * Keeps of each target the addresses of those families, the first family's
 * first; empty is any, as planning ordered them. A target that has none left
 * goes. -1: none is left at all, with a fault 4.4.4.
 */
int hop_keep_families(const struct settings *s, const struct smarthost *hop, struct target *targets, size_t *count,
                      struct fault *f);

/* The addresses to send from: IPv4's, then IPv6's; family 0 is the kernel's choice. */
void hop_source(const struct settings *s, const struct smarthost *hop, struct ip_address source[2]);

/* Receivers count the messages of a connection; one's own smarthost minds less. */
static inline uint32_t hop_messages(const struct settings *s, const struct smarthost *hop)
{
	return hop ? hop->messages_per_session : s->messages_per_session;
}

static inline uint32_t hop_recipients(const struct settings *s, const struct smarthost *hop)
{
	return hop ? hop->recipients_per_message : s->recipients_per_message;
}

static inline bool hop_signs(const struct smarthost *hop)
{
	return hop == NULL || hop->sign;
}

#endif
