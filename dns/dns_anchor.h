/* SPDX-License-Identifier: ISC */
/*
 * dns_anchor - the trust anchors that DNSSEC is validated by: DS and DNSKEY records as a zone file has them (RFC 1035 section 5.1),
 * from one file.
 */
#ifndef DNS_DNS_ANCHOR_H
#define DNS_DNS_ANCHOR_H

#include "base/conf/settings.h"
#include "base/fault.h"

/* Where it is read: as set, or where dns-root-data puts it. Without it nothing is DNSSEC. */
const char *dns_anchor_file(const struct settings *s);
bool dns_anchor_is_set(const struct settings *s);     /* by the owner */

/* Appends the records of such a file, which are DS and DNSKEY records of a zone file, one text each; they are not checked. Pure. */
void dns_anchor_records(struct span text, struct text_list *records);

/*
 * Appends those of that file; none where it is empty, or not there and not set. -1: a fault 5.3.5, or 4.3.5 where it cannot be
 * read.
 */
int dns_anchor_load(const struct settings *s, struct text_list *anchors, struct fault *f);

/* The name of which one of them is, without a final dot: "" for the root. Borrowed. */
struct span dns_anchor_owner(const char *record);

/* One of them is of the zone, of a zone above it or below. */
bool dns_anchor_covers(const struct text_list *anchors, const char *zone);

#endif
