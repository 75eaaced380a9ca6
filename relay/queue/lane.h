/* SPDX-License-Identifier: ISC */
/*
 * lane - whose turn it is. Within a destination the users who submit mail take
 * turns, and a user's bulk mail takes turns with his single messages. So a
 * mailing of any size delays a single message, the user's own or another's, by a
 * few messages and not by the whole mailing.
 *
 * A lane is a number: the uid, and above it whether it is bulk.
 *
 * Bulk is a message that says so (List-Id, List-Unsubscribe, Precedence), one
 * with many recipients, and one in a burst: more than LANE_BURST messages of
 * one sender faster than one in LANE_STEP_MS. A sender is a uid and the local
 * part up to what VERP or an extension adds ("news+you=example.org"). Lanes
 * decide the order only: nothing is refused or made to wait because of them.
 */
#ifndef RELAY_QUEUE_LANE_H
#define RELAY_QUEUE_LANE_H

#include "base/span.h"

#include <stdint.h>

enum { LANE_RECIPIENTS = 20, LANE_BURST = 30, LANE_STEP_MS = 2000, LANE_SENDERS = 256 };

struct lane_mail {
	uint32_t uid;
	struct span sender;         /* envelope; empty is the null sender */
	size_t recipients;
	bool marked;                /* its header says that it is bulk */
};

struct lane_senders {               /* all zero: nobody has sent yet. Of two senders that share a slot the later begins at zero */
	struct { uint64_t sender; int64_t busy_until_ms; } at[LANE_SENDERS];
};

/* The lane of a message that arrives now (on any clock that only goes forward). */
uint64_t lane_of(struct lane_senders *s, const struct lane_mail *m, int64_t now_ms);

#endif
