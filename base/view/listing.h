/* SPDX-License-Identifier: ISC */
/*
 * listing - one queued message as people see it, packed for the sockets and
 * printed by mailq and "signet queue list" alike.
 */
#ifndef BASE_VIEW_LISTING_H
#define BASE_VIEW_LISTING_H

#include "base/shape.h"

#include <stdint.h>

enum listing_state { LISTING_ACTIVE, LISTING_DEFERRED, LISTING_HELD };

/* A row carries at most this many recipients; `waiting` counts them all. */
enum { LISTING_RECIPIENTS_MAX = 50 };

struct listing_recipient {
	char *address;
	char *reason;          /* the last fault's text, or "" when not tried yet */
	char *status;          /* RFC 3463, or "" */
	char *next_hop;        /* "mx", a smarthost's name, or "" when not planned */
};

struct listing_entry {
	char *queue_id;
	int64_t arrival_ms;     /* wall */
	int64_t next_try_ms;    /* wall; 0 when active or held */
	uint64_t size_bytes;
	uint32_t uid;
	char *sender;           /* "" is the null sender */
	enum listing_state state;
	uint32_t waiting;       /* recipients not yet done */
	struct listing_recipient *recipients;
	size_t recipient_count;
};

extern const struct shape listing_entry_shape;
void listing_entry_free(struct listing_entry *e);
void listing_encode(const struct listing_entry *e, struct buf *out);   /* its first recipients, if they are too many */
int listing_decode(struct span in, struct listing_entry *out);  /* -1: malformed */

/*
 * Postfix's mailq shape, of which most programs know how to read it: header once, an entry each, the closing count.
 * Before that stands Sendmail's line with the count, which is what those look for that know Sendmail's shape alone.
 */
void listing_print_header(struct buf *out);
void listing_print_entry(struct buf *out, const struct listing_entry *e);
void listing_print_more(struct buf *out, const struct listing_entry *e);   /* the same, and when it is tried next */
void listing_print_end(struct buf *out, uint64_t total_bytes, uint64_t requests);
void listing_print_json(struct buf *out, const struct listing_entry *e);  /* one line */

#endif
