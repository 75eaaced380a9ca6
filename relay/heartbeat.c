/* SPDX-License-Identifier: ISC */
#include "relay/heartbeat.h"

#include "base/clock.h"

enum {
	EVERY_MS = 80 * 1000, EVERY_LEAST_MS = 1000,    /* each wakes two processes of a host that may be asleep */
	STANDSTILL_MS = 160 * 1000, STANDSTILL_LEAST_MS = 10 * 1000,
	DOUBT_MS = 100 * 1000, DOUBT_LEAST_MS = 2 * 1000,
};

/* A process wakes from a suspended machine's sleep as late as it would have been without it: its next sign has to count. */
_Static_assert(DOUBT_MS > EVERY_MS && DOUBT_LEAST_MS > EVERY_LEAST_MS, "a sign may be due once in a doubt");

int64_t heartbeat_every_ms(double time_scale)
{
	return clock_scaled_ms(time_scale, EVERY_MS, EVERY_LEAST_MS);
}

void heartbeat_begins(struct heartbeat *h)
{
	*h = (struct heartbeat){ 0 };
}

void heartbeat_heard(struct heartbeat *h, int64_t now_ms)
{
	*h = (struct heartbeat){ .heard_ms = now_ms };
}

bool heartbeat_has_stopped(struct heartbeat *h, double time_scale, int64_t now_ms)
{
	if (h->heard_ms == 0 || now_ms - h->heard_ms < clock_scaled_ms(time_scale, STANDSTILL_MS, STANDSTILL_LEAST_MS))
		return false;
	if (h->doubted_ms == 0)
		h->doubted_ms = now_ms;
	return now_ms - h->doubted_ms >= clock_scaled_ms(time_scale, DOUBT_MS, DOUBT_LEAST_MS);
}

int64_t heartbeat_deadline_ms(const struct heartbeat *h, double time_scale)
{
	if (h->doubted_ms)
		return h->doubted_ms + clock_scaled_ms(time_scale, DOUBT_MS, DOUBT_LEAST_MS);
	return h->heard_ms ? h->heard_ms + clock_scaled_ms(time_scale, STANDSTILL_MS, STANDSTILL_LEAST_MS) : INT64_MAX;
}
