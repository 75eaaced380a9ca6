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

enum { DANE_RECORDS_MAX = 32 };

/*
 * Fills dane, tlsa_base and tlsa of each target, which must stay where they
 * are until done is called; that may be before this returns.
 */
typedef void dane_done(void *context);
void dane_find(struct dns *d, struct target *targets, size_t count, uint16_t port, dane_done *done, void *context);

#endif
