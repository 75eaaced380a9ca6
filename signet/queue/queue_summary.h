/* SPDX-License-Identifier: ISC */
/*
 * queue_summary - what waits, in a few lines: how many of which state, since
 * when, and for which reasons. Entries of the listing go in; text comes out. Pure.
 */
#ifndef SIGNET_QUEUE_QUEUE_SUMMARY_H
#define SIGNET_QUEUE_QUEUE_SUMMARY_H

#include "base/view/listing.h"

enum { QUEUE_SUMMARY_REASONS = 8 };     /* told apart at most */

struct queue_reason {
	char *text;              /* of the first that has it */
	enum listing_state state;
	uint64_t recipients;
};

struct queue_summary {
	uint64_t messages[3];    /* by enum listing_state */
	uint64_t recipients;
	uint64_t bytes;
	int64_t oldest_ms;       /* arrival of the first; 0 without any */
	int64_t next_try_ms;     /* the nearest; 0 without any */
	struct queue_reason reasons[QUEUE_SUMMARY_REASONS];
	size_t reason_count;
	uint64_t other_reasons;  /* recipients with reasons beyond those */
};

/*
 * Recipients that an entry counts and does not name have the reason of its last. Reasons that
 * differ in words with digits alone (a server's queue ids, addresses) are one.
 */
void queue_summary_add(struct queue_summary *s, const struct listing_entry *e);
void queue_summary_free(struct queue_summary *s);

/* "2 waiting, 1 held, 0 in delivery; the oldest since ...; next try ...". One line, without its end. */
void queue_summary_print_totals(const struct queue_summary *s, struct buf *out);

/* A line for each reason, the most frequent first. */
void queue_summary_print_reasons(const struct queue_summary *s, struct buf *out);

#endif
