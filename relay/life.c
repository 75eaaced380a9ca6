#include "relay/life.h"

#include "base/clock.h"

enum {
	SIGN_MS = 10 * 1000, SIGN_LEAST_MS = 1000,
	STANDSTILL_MS = 120 * 1000, STANDSTILL_LEAST_MS = 10 * 1000,
	DOUBT_MS = 20 * 1000, DOUBT_LEAST_MS = 2 * 1000,
};

int64_t life_sign_every_ms(double time_scale)
{
	return clock_scaled_ms(time_scale, SIGN_MS, SIGN_LEAST_MS);
}

void life_begins(struct life *l)
{
	*l = (struct life){ 0 };
}

void life_heard(struct life *l, int64_t now_ms)
{
	*l = (struct life){ .heard_ms = now_ms };
}

bool life_is_over(struct life *l, double time_scale, int64_t now_ms)
{
	if (l->heard_ms == 0 || now_ms - l->heard_ms < clock_scaled_ms(time_scale, STANDSTILL_MS, STANDSTILL_LEAST_MS))
		return false;
	if (l->doubted_ms == 0)
		l->doubted_ms = now_ms;
	return now_ms - l->doubted_ms >= clock_scaled_ms(time_scale, DOUBT_MS, DOUBT_LEAST_MS);
}

int64_t life_deadline_ms(const struct life *l, double time_scale)
{
	if (l->doubted_ms)
		return l->doubted_ms + clock_scaled_ms(time_scale, DOUBT_MS, DOUBT_LEAST_MS);
	return l->heard_ms ? l->heard_ms + clock_scaled_ms(time_scale, STANDSTILL_MS, STANDSTILL_LEAST_MS) : INT64_MAX;
}
