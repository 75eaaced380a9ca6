/* SPDX-License-Identifier: ISC */
/*
 * dane - which TLSA records bind the hosts of a plan (RFC 7672 section 2.2).
 *
 * Only hosts that a validated MX answer led to are asked about, and only where
 * the host's own name is in a signed zone; elsewhere a TLSA record would prove
 * nothing. Where the host is an alias, the records of the name it stands for
 * come first and its own second (2.2.2); an alias out of a signed zone into an
 * unsigned one has its own alone.
 */
#ifndef DNS_DANE_H
#define DNS_DANE_H

#include "dns/dns.h"
#include "dns/target.h"

enum { DANE_RECORDS_MAX = 32 /* of a host */, DANE_BYTES_MAX = 64 * 1024 /* of all hosts of a plan, which the queue keeps */ };

/*
 * Fills dane, tlsa_base and tlsa of each target, which must stay where they
 * are until done is called; that may be before this returns.
 */
typedef void dane_done(void *context);
void dane_find(struct dns *d, struct target *targets, size_t count, uint16_t port, dane_done *done, void *context);

/*
 * Keeps the records of the targets, from the first on, up to DANE_BYTES_MAX
 * in all. A host whose records do not fit is DANE_FAILED: only a domain that
 * wants to fill memory has so many. dane_find does it; pure.
 */
void dane_keep_bounded(struct target *targets, size_t count);

#endif
