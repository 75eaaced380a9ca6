/* SPDX-License-Identifier: ISC */
#include "relay/signetd/slot.h"

enum {
	BACKOFF_LEAST_MS = 100,
	QUICK_MS = 20,                 /* for a role that some mail kills */
	QUICK_MAX = 10,                /* times in a row */
	BACKOFF_MOST_MS = 10 * 1000,
	STEADY_MS = 10 * 1000,         /* after this long a role begins with the least pause again */
};

void slot_ended(struct slot *slot, int64_t stayed_ms, bool crashed, int64_t now_ms)
{
	slot->running = false;
	if (stayed_ms >= STEADY_MS)
		slot->quick = 0;
	/* A queue that ended by itself would do so again. */
	if (crashed && slot->role != ROLE_QUEUE && slot->quick++ < QUICK_MAX)
		slot->pause_ms = QUICK_MS;
	else if (stayed_ms >= STEADY_MS || slot->pause_ms < BACKOFF_LEAST_MS)
		slot->pause_ms = BACKOFF_LEAST_MS;
	else if (slot->pause_ms < BACKOFF_MOST_MS)
		slot->pause_ms = slot->pause_ms * 2 < BACKOFF_MOST_MS ? slot->pause_ms * 2 : BACKOFF_MOST_MS;
	slot->begin_ms = now_ms + slot->pause_ms;
}
