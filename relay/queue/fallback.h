/* SPDX-License-Identifier: ISC */
/*
 * fallback - what is done about a site that distrusts one of this host's
 * addresses, for how long, and how mail comes back: pure functions of what is
 * known and the time.
 *
 * A block belongs to a site (relay/queue/site.h) and one of our addresses,
 * because a reply was about that address (base/mail/refusal.h: REFUSAL_ADDRESS).
 * If another of our addresses can reach the site, mail is sent from there. If
 * none can, mail that has another hop goes to it at once, without a connection.
 * When the time of the block is over, one destination tests it; the others go on
 * as before until the result is known. A message that is taken ends the block,
 * another such reply renews it for twice as long, and a test that cannot be made
 * is put off. Refusals of the mail itself move nothing: sending that mail another
 * way would only ruin that way too.
 */
#ifndef RELAY_QUEUE_FALLBACK_H
#define RELAY_QUEUE_FALLBACK_H

#include "base/mail/reply.h"

#include <stdbool.h>
#include <stdint.h>

enum { FALLBACK_LONGEST_MS = 24 * 3600 * 1000 };   /* a block doubles up to this, or up to the route's setting if that is longer */

struct fallback_block {         /* stored; times are wall clock; all zero: it has not begun */
	int64_t since_ms;
	int64_t until_ms;
	int64_t stay_ms;            /* of the route that was refused last */
	unsigned times;             /* blocked in a row */
};

/* The reply is about this host's address. */
bool fallback_is_block(const struct reply *r);

/* It was a permanent refusal (5xx), even if it is treated as temporary since: there is no hope for that hop. */
bool fallback_is_final(const struct reply *r);

/*
 * A server's temporary reply that counts for fallback_on "temporary": not one about this message, its sender or its
 * recipient, and not greylisting.
 */
bool fallback_counts_as_temporary(const struct reply *r);

/* Such a reply came. False: it is blocked already, and nothing has changed. stay_ms: the route's. */
bool fallback_blocked(struct fallback_block *b, int64_t stay_ms, int64_t now_ms);

/* The test showed nothing: the mail was neither taken nor refused for the address. */
void fallback_put_off(struct fallback_block *b, int64_t now_ms);

/* Its time is over. Also true if the end is further away than possible, because the clock was set back. */
bool fallback_is_over(const struct fallback_block *b, int64_t now_ms);

enum fallback_way { WAY_DIRECT, WAY_OTHER_ADDRESS, WAY_NEXT_HOP, WAY_TRIAL };

struct fallback_view {          /* what a destination sees of a site that is blocked for some of our addresses */
	bool other_address;         /* another of our addresses can be tried there */
	bool over;                  /* fallback_is_over */
	bool trial_runs;            /* another destination is testing the block */
	bool may_move;              /* there is another hop, and the route falls back on "blocked" */
	bool kept;                  /* an outcome here is unknown: the same hop first, so that the mail does not arrive twice */
};

/* Which way mail of a destination of that site goes. */
enum fallback_way fallback_way(const struct fallback_view *v);

#endif
