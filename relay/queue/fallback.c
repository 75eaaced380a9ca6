/* SPDX-License-Identifier: ISC */
#include "relay/queue/fallback.h"

bool fallback_is_block(const struct reply *r)
{
	return reply_about(r) == REFUSAL_ADDRESS;
}

bool fallback_is_final(const struct reply *r)
{
	return r->code >= 500;
}

bool fallback_counts_as_temporary(const struct reply *r)
{
	static const bool counts[REFUSAL_COUNT] = {
		[REFUSAL_UNKNOWN] = true, [REFUSAL_ADDRESS] = true, [REFUSAL_RATE] = true,
	};

	return r->kind == FAULT_TEMPORARY && counts[reply_about(r)];
}

static int64_t longest(const struct fallback_block *b)
{
	return b->stay_ms > FALLBACK_LONGEST_MS ? b->stay_ms : FALLBACK_LONGEST_MS;
}

bool fallback_is_over(const struct fallback_block *b, int64_t now_ms)
{
	return b->until_ms <= now_ms || b->until_ms - now_ms > longest(b);
}

bool fallback_blocked(struct fallback_block *b, int64_t stay_ms, int64_t now_ms)
{
	int64_t stay;

	if (b->times > 0 && !fallback_is_over(b, now_ms))
		return false;
	b->stay_ms = stay = stay_ms > 0 ? stay_ms : 1;
	for (unsigned i = 0; i < b->times && stay < longest(b); i++)
		stay *= 2;
	if (b->times == 0)
		b->since_ms = now_ms;
	b->times++;
	b->until_ms = now_ms + (stay < longest(b) ? stay : longest(b));
	return true;
}

void fallback_put_off(struct fallback_block *b, int64_t now_ms)
{
	b->until_ms = now_ms + b->stay_ms;
}

enum fallback_way fallback_way(const struct fallback_view *v)
{
	if (!v->other_address && (!v->may_move || v->kept))
		return WAY_DIRECT;
	if (v->over && !v->trial_runs)
		return WAY_TRIAL;
	return v->other_address ? WAY_OTHER_ADDRESS : WAY_NEXT_HOP;
}
