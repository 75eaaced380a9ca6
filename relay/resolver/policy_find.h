/* SPDX-License-Identifier: ISC */
/*
 * policy_find - what a recipient domain published about the TLS of its hosts: the
 * TLSA records of each (dns/dane.h), and its MTA-STS policy (dns/sts.h) as the
 * queue remembers it. Whether that is to be fetched again is decided here;
 * the queue has it fetched.
 */
#ifndef RELAY_RESOLVER_POLICY_FIND_H
#define RELAY_RESOLVER_POLICY_FIND_H

#include "dns/dns.h"
#include "relay/protocol.h"

/*
 * Fills into plan what it finds out: dane and sts of the targets, sts_id and
 * sts_addresses. s says by mx_tls what counts: DANE with "may" and "dane",
 * MTA-STS with "may". All is borrowed until done is called, which may be
 * before this returns.
 */
typedef void policy_find_done(void *context);
void policy_find(struct dns *d, const struct settings *s, const char *domain, const struct sts_known *known,
                 struct plan *plan, policy_find_done *done, void *context);

/*
 * found: the id of the record, "" where there is none. A policy is fetched
 * when it differs from the known one, or when that was not checked for a
 * while; and not again at once when it could not be fetched.
 */
bool policy_find_wants_fetch(const struct sts_known *known, const char *found);

#endif
