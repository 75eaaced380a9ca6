/*
 * way_out - whether an MX host's address leads to another host. The DNS of a
 * stranger may say anything: 127.0.0.1, this host's own address, a multicast
 * group. Mail sent there comes back to us, or goes nowhere.
 */
#ifndef DNS_WAY_OUT_H
#define DNS_WAY_OUT_H

#include "base/fault.h"
#include "base/text_list.h"
#include "dns/target.h"

enum way {
	WAY_OUT,
	WAY_LOOPBACK,     /* to this host, by an address that every host has */
	WAY_OWN,          /* to this host, by one of its own */
	WAY_NOWHERE,      /* unspecified, multicast, broadcast, link-local without a link */
};

/*
 * Pure. own: the address is this host's. allow: networks as
 * base/ip_network.h reads them, in which every address leads out. An IPv4
 * address in IPv6 is what it stands for.
 */
enum way way_of(const struct ip_address *a, bool own, const struct text_list *allow);

/* "loopback", for a fault. */
const char *way_name(enum way way);

/* Asks the kernel, which sends nothing. */
bool way_is_own(const struct ip_address *a);

/*
 * Keeps those targets of a domain that lead out. Where one of its hosts is
 * this one, so that we are an MX of it, those of its preference and after it
 * go too (RFC 5321 section 5.1). -1: none is left, with a fault 5.4.6.
 * is_own: way_is_own, but for tests.
 */
int way_keep_out(struct target *targets, size_t *count, const struct text_list *allow,
                 bool (*is_own)(const struct ip_address *a), struct fault *f);

#endif
