/* SPDX-License-Identifier: ISC */
#include "relay/queue/lane.h"

#include "base/hash.h"

/* Never 0. */
static uint64_t sender_number(const struct lane_mail *m)
{
	struct span stem = m->sender;

	for (size_t i = 0; i < stem.len; i++)
		if (stem.at[i] == '+' || stem.at[i] == '-' || stem.at[i] == '=' || stem.at[i] == '@')
			stem.len = i;
	return hash_span(hash_bytes(HASH_BEGIN, &m->uid, sizeof m->uid), stem) | 1;
}

/* Each message makes its sender busy for a step; who is so for a whole burst is in one. */
static bool in_burst(struct lane_senders *s, uint64_t sender, int64_t now_ms)
{
	size_t slot = (size_t)(sender >> 32) % LANE_SENDERS;
	int64_t until = s->at[slot].busy_until_ms;

	if (s->at[slot].sender != sender || until < now_ms)
		until = now_ms;
	bool burst = until - now_ms >= (int64_t)LANE_BURST * LANE_STEP_MS;
	s->at[slot].sender = sender;
	s->at[slot].busy_until_ms = burst ? until : until + LANE_STEP_MS;
	return burst;
}

uint64_t lane_of(struct lane_senders *s, const struct lane_mail *m, int64_t now_ms)
{
	bool bulk = m->marked || m->recipients >= LANE_RECIPIENTS || in_burst(s, sender_number(m), now_ms);

	return m->uid | (uint64_t)bulk << 32;
}
