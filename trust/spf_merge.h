/* SPDX-License-Identifier: ISC */
/*
 * spf_merge - an SPF record with more senders in it. A domain has one record
 * (RFC 7208 section 3.2), so what is published is extended, never joined by a
 * second. Pure.
 */
#ifndef TRUST_SPF_MERGE_H
#define TRUST_SPF_MERGE_H

#include "base/fault.h"
#include "base/text_list.h"
#include "trust/spf_record.h"

/* NULL, or what is wrong with a mechanism such as "include:_spf.example.net"; to be freed. */
char *spf_mechanism_error(struct span mechanism);

/*
 * Appends the record with the mechanisms that it has not yet, before its "all", else before its redirect=, else at its
 * end, in their order; the rest is as it was. published empty: there is none, and "~all" ends it, since who forgot a sender is
 * not to lose its mail. -1: 5.6.0, the published one has errors; the first is told with its column.
 */
int spf_merge(struct span published, const struct text_list *mechanisms, struct buf *out, struct fault *f);

#endif
