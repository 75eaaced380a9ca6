/* SPDX-License-Identifier: ISC */
#include "relay/queue/schedule.h"

enum { STEP_MS = 10 * 1000, WORK_PER_SESSION = 3, BUSY_TRIES = 3 };

int64_t schedule_wait_ms(const struct schedule_rules *r, unsigned failures, uint32_t random)
{
	int64_t wait = r->retry_min_ms;

	for (unsigned i = 1; i < failures && wait < r->retry_max_ms; i++)
		wait *= 2;
	if (wait > r->retry_max_ms)
		wait = r->retry_max_ms;
	int64_t eighth = wait / 8;
	return wait - eighth + (eighth ? (int64_t)(random % (uint64_t)(2 * eighth + 1)) : 0);
}

int64_t schedule_greylisted_wait_ms(const struct schedule_rules *r, unsigned failures, uint32_t random)
{
	static const unsigned char hundredths[] = { 20, 20, 82, 100, 100 };   /* of retry_min */
	enum { STEPS = sizeof hundredths };

	if (failures >= STEPS)
		return schedule_wait_ms(r, failures - STEPS + 2, random);
	int64_t wait = r->retry_min_ms * hundredths[failures] / 100;
	return wait + (int64_t)(random % (uint64_t)(wait / 8 + 1));   /* never sooner: five minutes are five minutes */
}

/* ---- destinations ---- */

void schedule_round(struct hop_state *s, const struct hop_rules *r, int64_t now_ms)
{
	if (s->hop < r->hops + r->detour && s->hop_until_ms > now_ms)
		return;
	s->hop = 0;
	s->hop_until_ms = 0;
}

bool schedule_is_detour(const struct hop_rules *r, unsigned hop)
{
	return hop >= r->hops && hop < r->hops + r->detour;
}

bool schedule_has_next(const struct hop_rules *r, unsigned hop)
{
	return hop + 1 < (schedule_is_detour(r, hop) ? r->hops + r->detour : r->hops);
}

void schedule_take_detour(struct hop_state *s, const struct hop_rules *r)
{
	s->hop = (unsigned)r->hops;
	s->hop_until_ms = s->undecided_ms = 0;
}

bool schedule_leads_on(const struct hop_state *s, const struct hop_rules *r, enum hop_failure how, int64_t now_ms)
{
	bool for_long = s->failing_since_ms > 0 && now_ms - s->failing_since_ms >= r->temporary_after_ms;

	if (!schedule_has_next(r, s->hop))
		return false;
	if (schedule_is_detour(r, s->hop))
		return how != HOP_TEMPORARY;
	switch (how) {
	case HOP_UNREACHABLE:
		return r->on_unreachable;
	case HOP_BLOCKED:
		return r->on_blocked || (r->on_temporary && for_long);
	case HOP_LIMIT:
		return r->on_limit;
	case HOP_TEMPORARY:
		break;
	}
	return r->on_temporary && for_long;
}

void schedule_hop_deferred(struct hop_state *s, unsigned hop, int64_t now_ms)
{
	if (hop == 0 && (s->failing_since_ms == 0 || s->failing_since_ms > now_ms))
		s->failing_since_ms = now_ms;
}

void schedule_hop_decided(struct hop_state *s, unsigned hop)
{
	if (hop == 0)
		s->failing_since_ms = 0;
}

enum hop_next schedule_hop_failed(struct hop_state *s, const struct hop_rules *r, const struct schedule_rules *rules,
                                  enum hop_failure how, int64_t now_ms, uint32_t random)
{
	if (how != HOP_LIMIT)
		schedule_hop_deferred(s, s->hop, now_ms);
	if (schedule_leads_on(s, r, how, now_ms)) {
		s->hop++;
		s->hop_until_ms = 0;
		s->undecided_ms = 0;
		return HOP_TRY_NEXT;
	}
	s->failures++;
	s->tried_ms = now_ms;
	s->backoff_ms = now_ms + schedule_wait_ms(rules, s->failures, random);
	if (how == HOP_UNREACHABLE) {
		s->hop = 0;
		s->hop_until_ms = 0;
	}
	return HOP_WAIT;
}

void schedule_hop_reached(struct hop_state *s, const struct hop_rules *r, int64_t now_ms)
{
	s->failures = 0;
	s->backoff_ms = 0;
	s->nxdomain_ms = 0;
	if (s->hop > 0 && s->hop_until_ms == 0)
		s->hop_until_ms = now_ms + r->stay_ms;
}

bool schedule_nxdomain(struct hop_state *s, const struct schedule_rules *rules, int64_t other_ms, int64_t now_ms)
{
	bool seen = s->nxdomain_ms > 0 && s->nxdomain_ms <= now_ms;

	if (seen && now_ms - s->nxdomain_ms >= rules->nxdomain_ms && other_ms >= s->nxdomain_ms)
		return true;
	if (!seen)
		s->nxdomain_ms = now_ms;
	int64_t confirm_ms = s->nxdomain_ms + rules->nxdomain_ms;
	s->backoff_ms = confirm_ms > now_ms ? confirm_ms : now_ms + rules->nxdomain_ms / 15;
	return false;
}

int64_t schedule_hurried(const struct schedule_rules *r, int64_t tried_ms, int64_t now_ms)
{
	return tried_ms <= now_ms && tried_ms + r->floor_ms > now_ms ? tried_ms + r->floor_ms : now_ms;
}

/* ---- recipients ---- */

enum verdict schedule_recipient(const struct attempt *a, const struct schedule_rules *r, int64_t now_ms,
                                uint32_t random, int64_t *due_ms)
{
	bool refused = a->kind == FAULT_PERMANENT || a->kind == FAULT_POLICY;

	if (a->kind == FAULT_NONE && !a->unknown)
		return VERDICT_DELIVERED;
	if (refused && !a->unknown && !a->after_fallback && !a->blocked)
		return VERDICT_FAILED;
	if (a->moved && !a->unknown) {
		*due_ms = a->hop_until_ms > now_ms ? a->hop_until_ms : now_ms;
		return VERDICT_RETRY;
	}
	if (a->no_room) {
		*due_ms = now_ms;            /* RFC 5321 section 4.5.3.1.10 */
		return VERDICT_RETRY;
	}
	if (a->trusted_clock && a->expires_ms <= now_ms)
		return VERDICT_EXPIRED;
	if (a->site_busy && !a->unknown && a->failures < BUSY_TRIES) {
		*due_ms = now_ms;
		return VERDICT_RETRY;
	}
	unsigned failures = a->site_busy && a->failures >= BUSY_TRIES ? a->failures - BUSY_TRIES : a->failures;
	bool soon = a->greylisted && !a->unknown;
	*due_ms = now_ms + (soon ? schedule_greylisted_wait_ms : schedule_wait_ms)(r, failures + 1, random);
	if (refused && *due_ms < a->hop_until_ms)
		*due_ms = a->hop_until_ms;   /* the same hop would only say the same */
	return VERDICT_RETRY;
}

int64_t schedule_notice(const struct schedule_rules *r, bool wanted, int64_t now_ms)
{
	bool in_time = r->delay_notice_ms > 0 && r->delay_notice_ms < r->queue_life_ms;

	return wanted && in_time ? now_ms + r->delay_notice_ms : INT64_MAX;
}

bool schedule_is_late(int64_t notice_ms, bool trusted_clock, int64_t now_ms)
{
	return trusted_clock && notice_ms > 0 && notice_ms <= now_ms;
}

/* ---- clocks ---- */

bool schedule_too_far(const struct schedule_rules *r, int64_t due_ms, int64_t now_ms)
{
	int64_t longest = r->retry_max_ms > r->nxdomain_ms ? r->retry_max_ms : r->nxdomain_ms;

	return due_ms - now_ms > longest + longest / 4 + STEP_MS;
}

int64_t schedule_clock_step(struct clock_watch *w, int64_t wall_ms, int64_t boot_ms)
{
	int64_t offset = wall_ms - boot_ms;
	int64_t step = w->offset_ms ? offset - w->offset_ms : 0;

	w->offset_ms = offset;
	if (step > -STEP_MS && step < STEP_MS)
		return 0;
	w->step_boot_ms = boot_ms;
	return step;
}

bool schedule_clock_is_trusted(const struct clock_watch *w, int64_t begun_boot_ms)
{
	return begun_boot_ms > w->step_boot_ms;
}

/* ---- sessions ---- */

bool schedule_wants_session(const struct session_need *n)
{
	bool may_dial = n->dialling == 0 || n->dialling < n->open - n->dialling;

	if (n->work == 0 || !may_dial || n->open >= n->limit || n->total >= n->total_limit)
		return false;
	return n->usable == 0 || n->more_work || n->work >= WORK_PER_SESSION * (size_t)n->usable;
}
