/* SPDX-License-Identifier: ISC */
/*
 * seats - who gets a place at a socket that many use, and who gives way. Pure.
 *
 * A user, who may stand for an address too, has most_per_user places. Of all, the last `kept` are for users who
 * have none, and the very last one for root. When there is no place, the
 * connection that has made no progress for longest gives way, if that was for
 * at least patience_ms: one of the same user where the user's own places are
 * full, else anybody's.
 */
#ifndef RELAY_SEATS_H
#define RELAY_SEATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct seat {
	uint32_t uid;
	bool may_go;              /* its caller is to move next; false while the queue is */
	int64_t progress_ms;      /* boot: of its last */
};

struct seats_rules {
	size_t most, most_per_user, kept;
	int64_t patience_ms;
};

enum seats_verdict {
	SEATS_ROOM,
	SEATS_TAKE_OVER,          /* that of *which, whose connection ends */
	SEATS_USER_IS_FULL,
	SEATS_ALL_ARE_FULL,
};

enum seats_verdict seats_judge(const struct seats_rules *r, const struct seat *seats, size_t count, uint32_t uid,
                               int64_t now_ms, size_t *which);

/* How many of so many places are kept: a tenth, of four one. */
size_t seats_kept_of(size_t most);

#endif
