/* SPDX-License-Identifier: ISC */
/*
 * mail_loop - whether an MX host's address leads to another host. The DNS of a
 * stranger may say anything: 127.0.0.1, this host's own address, a multicast
 * group. Mail sent there comes back to us, or goes nowhere.
 */
#ifndef DNS_MAIL_LOOP_H
#define DNS_MAIL_LOOP_H

#include "base/fault.h"
#include "base/text_list.h"
#include "dns/target.h"

enum address_of {
	OF_ANOTHER_HOST,
	OF_LOOPBACK,          /* to this host, by an address that every host has */
	OF_THIS_HOST,         /* to this host, by one of its own */
	OF_NO_HOST,           /* unspecified, multicast, broadcast, link-local without a link */
};

/*
 * Pure. own: the address is this host's. allow: networks as
 * base/ip_network.h reads them, in which every address leads out. An IPv4
 * address in IPv6 is what it stands for.
 */
enum address_of mail_loop_whose(const struct ip_address *a, bool own, const struct text_list *allow);

/* "loopback", for a fault. */
const char *mail_loop_name(enum address_of of);

/* Asks the kernel, which sends nothing. */
bool mail_loop_is_own(const struct ip_address *a);

/*
 * Removes those targets of a domain that do not lead to another host. Where one of its hosts is
 * this one, so that we are an MX of it, those of its preference and after it
 * go too (RFC 5321 section 5.1). -1: none is left, with a fault 5.4.6.
 * is_own: mail_loop_is_own, but for tests.
 */
int mail_loop_remove(struct target *targets, size_t *count, const struct text_list *allow,
                     bool (*is_own)(const struct ip_address *a), struct fault *f);

#endif
