/* SPDX-License-Identifier: ISC */
/*
 * reverse - names under which the DNS has something about an address. Pure.
 */
#ifndef TRUST_REVERSE_H
#define TRUST_REVERSE_H

#include "base/buf.h"
#include "dns/target.h"

/* "1.2.0.192" or the 32 nibbles of IPv6, with a dot between them, least significant first; appended. */
void reverse_labels(const struct ip_address *a, struct buf *out);

/* That with ".in-addr.arpa" or ".ip6.arpa": where its PTR is. Appended. */
void reverse_name(const struct ip_address *a, struct buf *out);

/* Of no use outside: loopback, link-local, the private networks, carrier's NAT, documentation. */
bool address_is_private(const struct ip_address *a);

/*
 * A name such as providers give to addresses of customers: with the address in it ("192-0-2-1.example.net"), or a word
 * for a dynamic one ("dsl", "pool"). Receivers distrust these.
 */
bool name_looks_generic(const char *name, const struct ip_address *a);

#endif
