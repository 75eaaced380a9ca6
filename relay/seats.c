/* SPDX-License-Identifier: ISC */
#include "relay/seats.h"

size_t seats_kept_of(size_t most)
{
	return most < 4 ? 0 : (most + 9) / 10;
}

/* True with *which: the one without progress for longest, of that user alone or of all. */
static bool find_idle(const struct seats_rules *r, const struct seat *seats, size_t count, const uint32_t *uid,
                      int64_t now_ms, size_t *which)
{
	int64_t longest = r->patience_ms - 1;

	for (size_t i = 0; i < count; i++) {
		int64_t idle = now_ms - seats[i].progress_ms;
		if (!seats[i].may_go || (uid && seats[i].uid != *uid) || idle <= longest)
			continue;
		longest = idle;
		*which = i;
	}
	return longest >= r->patience_ms;
}

enum seats_verdict seats_judge(const struct seats_rules *r, const struct seat *seats, size_t count, uint32_t uid,
                               int64_t now_ms, size_t *which)
{
	size_t own = 0;

	for (size_t i = 0; i < count; i++)
		own += seats[i].uid == uid;
	if (own >= r->most_per_user)
		return find_idle(r, seats, count, &uid, now_ms, which) ? SEATS_TAKE_OVER : SEATS_USER_IS_FULL;
	/* Root may have every seat; of those that are kept the last is root's, the others are for users who have none yet. */
	size_t for_root = r->kept > 0 ? 1 : 0;
	size_t room = uid == 0 ? r->most : own == 0 ? r->most - for_root : r->most - r->kept;
	if (count < room)
		return SEATS_ROOM;
	return find_idle(r, seats, count, NULL, now_ms, which) ? SEATS_TAKE_OVER : SEATS_ALL_ARE_FULL;
}
