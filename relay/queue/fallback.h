/*
 * fallback - what is done about a site that distrusts one of this host's
 * addresses, for how long, and how mail comes back: pure functions of what is
 * known and the time.
 *
 * A block is of a site (relay/queue/site.h) and one of our addresses, since a
 * reply was about that (base/mail/refusal.h: REFUSAL_ADDRESS). Where another of our
 * addresses can reach the site, of the other family, mail goes from there.
 * Where none can, mail that has a further hop goes to that at once, without a
 * dial. When the time is over one destination tries; the others go on as
 * before until it is decided. A message that is taken ends the block, another
 * such reply renews it for twice as long, and a trial that cannot be held is
 * put off. Refusals of the mail itself move nothing: to send those again
 * another way would only burn that way too.
 */
#ifndef RELAY_QUEUE_FALLBACK_H
#define RELAY_QUEUE_FALLBACK_H

#include "base/mail/reply.h"

#include <stdbool.h>
#include <stdint.h>

enum { FALLBACK_LONGEST_MS = 24 * 3600 * 1000 };   /* doubled up to this, or to what the route says if that is more */

struct fallback_block {         /* persists; times are wall clock; zeroed it has not begun */
	int64_t since_ms;
	int64_t until_ms;
	int64_t stay_ms;            /* of the route that met it last */
	unsigned times;             /* blocked in a row */
};

/* It is about this host's address. */
bool fallback_is_block(const struct reply *r);

/* It was a permanent refusal (5xx), whatever was made of it since: no reason to hope for that hop. */
bool fallback_is_final(const struct reply *r);

/*
 * A server's temporary reply that "temporary" may count: not one about this
 * one mail, its sender or its recipient, and not one that only wants to see
 * it again.
 */
bool fallback_counts_as_temporary(const struct reply *r);

/* Such a reply came. False: it is blocked already, and nothing is new. stay_ms: of the route. */
bool fallback_blocked(struct fallback_block *b, int64_t stay_ms, int64_t now_ms);

/* The trial came to nothing: neither taken nor refused for the address. */
void fallback_put_off(struct fallback_block *b, int64_t now_ms);

/* Its time is over: try. Also when it is further away than any can be, since the clock was set back. */
bool fallback_is_over(const struct fallback_block *b, int64_t now_ms);

enum fallback_way { WAY_DIRECT, WAY_OTHER_ADDRESS, WAY_PASS_BY, WAY_TRIAL };

struct fallback_view {          /* of a site that is blocked for some of our addresses */
	bool other_address;         /* another of ours can be tried there */
	bool over;                  /* fallback_is_over */
	bool trial_runs;            /* by another destination */
	bool may_move;              /* there is a further hop, and the route falls back on "blocked" */
	bool kept;                  /* an outcome here is unknown: the same hop first, lest it arrive twice */
};

/* Which way a destination goes that leads to that site. */
enum fallback_way fallback_way(const struct fallback_view *v);

#endif
