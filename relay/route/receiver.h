/* SPDX-License-Identifier: ISC */
/*
 * receiver - whom pace and distrust are learnt of: a smarthost, or a set of
 * MX hosts, in whatever order an answer had them and whatever their TLS must
 * prove; or a mailbox of this host, as a smarthost called "local:USER". A plain
 * value.
 *
 * The store and the control protocol have it as a text: "mx" and the hosts in
 * order with a blank before each, or "via" and a smarthost's name likewise.
 */
#ifndef RELAY_ROUTE_RECEIVER_H
#define RELAY_ROUTE_RECEIVER_H

#include "base/buf.h"
#include "base/conf/settings.h"
#include "base/text_list.h"
#include "dns/target.h"

struct receiver {
	char *smarthost;         /* its name; NULL: MX hosts */
	struct text_list hosts;  /* in the order of their bytes, without blanks; none where it is a smarthost */
};

/* The targets do not matter where it is a smarthost, but for LOCAL_HOP. */
void receiver_make(const char *smarthost, const struct target *targets, size_t count, struct receiver *out);
void receiver_copy(const struct receiver *r, struct receiver *out);
void receiver_free(struct receiver *r);

bool receiver_eq(const struct receiver *a, const struct receiver *b);

/* As the store has it, appended. */
void receiver_print(const struct receiver *r, struct buf *out);
int receiver_read(struct span text, struct receiver *out);   /* -1: malformed, and *out is empty */

/* "isp", or "a.example b.example", appended: for people. */
void receiver_name(const struct receiver *r, struct buf *out);

/* The owner may mean it by that: its name, one of its hosts, or the text of the store. */
bool receiver_is_called(const struct receiver *r, struct span name);

#endif
