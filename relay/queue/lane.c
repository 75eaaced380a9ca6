#include "relay/queue/lane.h"

static uint64_t add_bytes(uint64_t hash, const void *bytes, size_t len)
{
	const unsigned char *at = bytes;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ at[i]) * 0x100000001b3U;
	return hash;
}

/* FNV-1a, never 0. */
static uint64_t sender_number(const struct lane_mail *m)
{
	struct span stem = m->sender;

	for (size_t i = 0; i < stem.len; i++)
		if (stem.at[i] == '+' || stem.at[i] == '-' || stem.at[i] == '=' || stem.at[i] == '@')
			stem.len = i;
	return add_bytes(add_bytes(0xcbf29ce484222325U, &m->uid, sizeof m->uid), stem.at, stem.len) | 1;
}

/* Each message makes its sender busy for a step; who is so for a whole burst is in one. */
static bool in_burst(struct lane_senders *s, uint64_t sender, int64_t now_ms)
{
	size_t place = (size_t)(sender >> 32) % LANE_SENDERS;
	int64_t until = s->at[place].busy_until_ms;

	if (s->at[place].sender != sender || until < now_ms)
		until = now_ms;
	bool burst = until - now_ms >= (int64_t)LANE_BURST * LANE_STEP_MS;
	s->at[place].sender = sender;
	s->at[place].busy_until_ms = burst ? until : until + LANE_STEP_MS;
	return burst;
}

uint64_t lane_of(struct lane_senders *s, const struct lane_mail *m, int64_t now_ms)
{
	bool bulk = m->marked || m->recipients >= LANE_RECIPIENTS || in_burst(s, sender_number(m), now_ms);

	return m->uid | (uint64_t)bulk << 32;
}
