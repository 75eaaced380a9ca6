/* SPDX-License-Identifier: ISC */
#include "relay/queue/schedule.h"

#include "tests/tap.h"

enum { MIN = 60 * 1000, HOUR = 60 * MIN };

static const struct schedule_rules rules = {
	.retry_min_ms = 5 * MIN, .retry_max_ms = 4 * HOUR, .nxdomain_ms = 15 * MIN, .floor_ms = MIN,
};
#define NOW 1700000000000
static const int64_t now = NOW;

#define UNREACHABLE(n, on, stay) { .hops = n, .on_unreachable = on, .stay_ms = stay }
#define BLOCKED { .hops = 2, .on_blocked = true, .blocked_stay_ms = HOUR }
#define DETOUR { .hops = 1, .detour = 2 }
#define FAILING { .hops = 2, .on_temporary = true, .temporary_after_ms = HOUR }

static void waits(void)
{
	static const struct { unsigned failures; int64_t middle_ms; } rows[] = {
		{ 0, 5 * MIN }, { 1, 5 * MIN }, { 2, 10 * MIN }, { 3, 20 * MIN }, { 6, 160 * MIN }, { 7, 4 * HOUR },
		{ 8, 4 * HOUR }, { 4000000000u, 4 * HOUR },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		int64_t middle = rows[i].middle_ms;
		is_int(schedule_wait_ms(&rules, rows[i].failures, 0), middle - middle / 8, "%u failures: least",
		       rows[i].failures);
		is_int(schedule_wait_ms(&rules, rows[i].failures, (uint32_t)(2 * (middle / 8))), middle + middle / 8,
		       "%u failures: most", rows[i].failures);
	}
	struct schedule_rules tiny = { .retry_min_ms = 1, .retry_max_ms = 1 };
	is_int(schedule_wait_ms(&tiny, 9, 12345), 1, "a millisecond has no eighth");
}

static void greylisted_waits(void)
{
	static const struct { unsigned failures; int64_t least_ms, most_ms; } rows[] = {
		{ 1, MIN, MIN + MIN / 8 }, { 2, 246 * 1000, 246 * 1125 }, { 3, 5 * MIN, 5 * MIN + 5 * MIN / 8 },
		{ 4, 5 * MIN, 5 * MIN + 5 * MIN / 8 }, { 5, 10 * MIN - 10 * MIN / 8, 10 * MIN + 10 * MIN / 8 },
		{ 11, 4 * HOUR - HOUR / 2, 4 * HOUR + HOUR / 2 }, { 4000000000u, 4 * HOUR - HOUR / 2, 4 * HOUR + HOUR / 2 },
	};
	int64_t soonest_ms = 0;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		for (uint32_t random = 0; random < 1000; random++) {
			int64_t wait = schedule_greylisted_wait_ms(&rules, rows[i].failures, random * 4294967u);
			if (wait < rows[i].least_ms || wait > rows[i].most_ms) {
				ok(false, "greylisted, %u failures: %lld ms", rows[i].failures, (long long)wait);
				return;
			}
		}
	ok(true, "greylisted waits are within their bounds");
	for (unsigned failures = 1; failures <= 2; failures++)
		soonest_ms += schedule_greylisted_wait_ms(&rules, failures, 0);
	ok(soonest_ms > 5 * MIN && soonest_ms < 6 * MIN, "the second retry is just after five minutes");
}

static void hops(void)
{
	static const struct {
		const char *name;
		struct hop_state before;
		struct hop_rules hops;
		enum hop_failure how;
		enum hop_next next;
		unsigned hop, failures;
		bool waits;
	} rows[] = {
		{ "one hop", { 0 }, UNREACHABLE(1, true, 0), HOP_UNREACHABLE, HOP_WAIT, 0, 1, true },
		{ "unreachable: the next at once", { 0 }, UNREACHABLE(2, true, HOUR), HOP_UNREACHABLE, HOP_TRY_NEXT, 1, 0, false },
		{ "unreachable, not asked to fall back", { 0 }, UNREACHABLE(2, false, HOUR), HOP_UNREACHABLE, HOP_WAIT, 0, 1, true },
		{ "only refused: stays", { 0 }, UNREACHABLE(2, true, HOUR), HOP_TEMPORARY, HOP_WAIT, 0, 1, true },
		{ "all are unreachable", { .hop = 1 }, UNREACHABLE(2, true, HOUR), HOP_UNREACHABLE, HOP_WAIT, 0, 1, true },
		{ "the kept one is unreachable", { .hop = 1, .hop_until_ms = 1 }, UNREACHABLE(3, true, HOUR), HOP_UNREACHABLE, HOP_TRY_NEXT, 2, 0,
		  false },
		{ "the kept one refuses: stays kept", { .hop = 1, .hop_until_ms = 9, .failures = 3 }, UNREACHABLE(2, true, HOUR), HOP_TEMPORARY,
		  HOP_WAIT, 1, 4, true },
		{ "blocked: the next at once", { 0 }, BLOCKED, HOP_BLOCKED, HOP_TRY_NEXT, 1, 0, false },
		{ "blocked, not asked to fall back", { 0 }, UNREACHABLE(2, true, HOUR), HOP_BLOCKED, HOP_WAIT, 0, 1, true },
		{ "all are blocked", { .hop = 1 }, BLOCKED, HOP_BLOCKED, HOP_WAIT, 1, 1, true },
		{ "blocked is not unreachable", { 0 }, BLOCKED, HOP_UNREACHABLE, HOP_WAIT, 0, 1, true },
		{ "failing for the first time", { 0 }, FAILING, HOP_TEMPORARY, HOP_WAIT, 0, 1, true },
		{ "failing for long", { .failing_since_ms = NOW - HOUR }, FAILING, HOP_TEMPORARY, HOP_TRY_NEXT, 1, 0, false },
		{ "failing, not for long", { .failing_since_ms = NOW - HOUR + 1 }, FAILING, HOP_TEMPORARY, HOP_WAIT, 0, 1,
		  true },
		{ "blocked for long, counted as failing", { .failing_since_ms = NOW - HOUR }, FAILING, HOP_BLOCKED,
		  HOP_TRY_NEXT, 1, 0, false },
		{ "no failure leads to a detour", { 0 }, DETOUR, HOP_UNREACHABLE, HOP_WAIT, 0, 1, true },
		{ "on a detour, unreachable: the next of it", { .hop = 1 }, DETOUR, HOP_UNREACHABLE, HOP_TRY_NEXT, 2, 0, false },
		{ "on a detour, distrusted", { .hop = 1 }, DETOUR, HOP_BLOCKED, HOP_TRY_NEXT, 2, 0, false },
		{ "on a detour, its limit is used up", { .hop = 1 }, DETOUR, HOP_LIMIT, HOP_TRY_NEXT, 2, 0, false },
		{ "on a detour, only refused: stays", { .hop = 1 }, DETOUR, HOP_TEMPORARY, HOP_WAIT, 1, 1, true },
		{ "the last of a detour", { .hop = 2 }, DETOUR, HOP_BLOCKED, HOP_WAIT, 2, 1, true },
		{ "failing for long, the last hop", { .hop = 1, .failing_since_ms = NOW - HOUR }, FAILING, HOP_TEMPORARY,
		  HOP_WAIT, 1, 1, true },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct hop_state s = rows[i].before;
		is_int(schedule_hop_failed(&s, &rows[i].hops, &rules, rows[i].how, now, 0), rows[i].next, "%s: next",
		       rows[i].name);
		is_int(s.hop, rows[i].hop, "%s: hop", rows[i].name);
		is_int(s.failures, rows[i].failures, "%s: failures", rows[i].name);
		ok((s.backoff_ms > now) == rows[i].waits, "%s: %s", rows[i].name, rows[i].waits ? "waits" : "waits not");
	}
}

/* Only what a server put off counts for "temporary", and not that its limit was used up. */
static void counts_as_failing(void)
{
	static const struct { enum hop_failure how; bool counts; } rows[] = {
		{ HOP_TEMPORARY, true }, { HOP_UNREACHABLE, true }, { HOP_BLOCKED, true }, { HOP_LIMIT, false },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct hop_state s = { .undecided_ms = now + 1 };
		struct hop_rules one = FAILING;
		schedule_hop_failed(&s, &one, &rules, rows[i].how, now, 0);
		is_int(s.failing_since_ms > 0, rows[i].counts, "failure %d counts as failing, or not", rows[i].how);
		ok(s.hop == 0 && s.undecided_ms == now + 1, "what is undecided at the hop stays so");
	}
	struct hop_state s = { .undecided_ms = now + 1 };
	struct hop_rules two = BLOCKED;
	schedule_hop_failed(&s, &two, &rules, HOP_BLOCKED, now, 0);
	ok(s.hop == 1 && s.undecided_ms == 0, "and at another hop nothing is");
}

static void rounds(void)
{
	static const struct hop_rules two = UNREACHABLE(2, true, HOUR);
	struct hop_state s = { .hop = 1, .failures = 2, .backoff_ms = now };

	schedule_hop_reached(&s, &two, now);
	is_int(s.hop_until_ms, now + HOUR, "another hop that works is kept");
	is_int(s.failures + s.backoff_ms, 0, "and nothing is held against it");
	schedule_hop_reached(&s, &two, now + 5);
	is_int(s.hop_until_ms, now + HOUR, "not for longer by being used");
	schedule_round(&s, &two, now + HOUR - 1);
	is_int(s.hop, 1, "a round within that time begins there");
	schedule_round(&s, &two, now + HOUR);
	is_int(s.hop, 0, "one after it at the first");
	s = (struct hop_state){ .hop = 1, .hop_until_ms = now + HOUR };
	schedule_round(&s, &(struct hop_rules)UNREACHABLE(1, false, 0), now);
	is_int(s.hop, 0, "a hop the configuration has no more is forgotten");
}

static void failing(void)
{
	struct hop_state s = { 0 };

	schedule_hop_deferred(&s, 1, now);
	is_int(s.failing_since_ms, 0, "another hop than the first says nothing of it");
	schedule_hop_deferred(&s, 0, now);
	schedule_hop_deferred(&s, 0, now + HOUR);
	is_int(s.failing_since_ms, now, "since the first time");
	schedule_hop_decided(&s, 1);
	is_int(s.failing_since_ms, now, "a final word elsewhere says nothing of it");
	schedule_hop_decided(&s, 0);
	is_int(s.failing_since_ms, 0, "one of its own ends it");
	s.failing_since_ms = now + HOUR;
	schedule_hop_deferred(&s, 0, now);
	is_int(s.failing_since_ms, now, "a time in the future is mended");
}

/* One that is to be kept for an unknown outcome is, one that is no longer configured is not. */
static void detours(void)
{
	static const struct hop_rules route = DETOUR, shorter = { .hops = 1, .detour = 1 };
	struct hop_state s = { .hop = 0, .hop_until_ms = now + HOUR, .undecided_ms = 1, .failures = 3 };

	schedule_take_detour(&s, &route);
	ok(s.hop == 1 && s.hop_until_ms == 0 && s.undecided_ms == 0 && s.failures == 3, "at the first hop of the detour, with the route's failures");
	ok(!schedule_is_detour(&route, 0) && schedule_is_detour(&route, 1) && schedule_is_detour(&route, 2) && !schedule_is_detour(&route, 3),
	   "what is on the detour");
	ok(!schedule_has_next(&route, 0) && schedule_has_next(&route, 1) && !schedule_has_next(&route, 2), "and what comes after it");
	s = (struct hop_state){ .hop = 2, .hop_until_ms = now + 1 };
	schedule_round(&s, &route, now);
	is_int(s.hop, 2, "kept");
	schedule_round(&s, &shorter, now);
	is_int(s.hop, 0, "not where it is gone");
}

static void moved_recipients(void)
{
	static const struct {
		const char *name;
		struct attempt a;
		enum verdict verdict;
		int64_t wait_ms;      /* -1: at least retry_min */
	} rows[] = {
		{ "5xx about our address, and another hop: at once", { .kind = FAULT_PERMANENT, .blocked = true, .moved = true },
		  VERDICT_RETRY, 0 },
		{ "4xx, and another hop: at once", { .kind = FAULT_TEMPORARY, .moved = true }, VERDICT_RETRY, 0 },
		{ "another hop, when this is no longer kept", { .kind = FAULT_PERMANENT, .blocked = true, .moved = true,
		  .hop_until_ms = NOW + MIN }, VERDICT_RETRY, MIN },
		{ "too old, and another hop is left", { .kind = FAULT_PERMANENT, .blocked = true, .moved = true,
		  .trusted_clock = true, .expires_ms = 1 }, VERDICT_RETRY, 0 },
		{ "5xx about our address, the last hop: waits", { .kind = FAULT_PERMANENT, .blocked = true,
		  .expires_ms = INT64_MAX }, VERDICT_RETRY, -1 },
		{ "the same, too old", { .kind = FAULT_PERMANENT, .blocked = true, .trusted_clock = true, .expires_ms = 1 },
		  VERDICT_EXPIRED, 0 },
		{ "lost after the dot goes to the same hop", { .kind = FAULT_TEMPORARY, .unknown = true, .moved = true,
		  .expires_ms = INT64_MAX }, VERDICT_RETRY, -1 },
		{ "a busy site: as soon as it may be tried", { .kind = FAULT_TEMPORARY, .site_busy = true, .failures = 2,
		  .expires_ms = INT64_MAX }, VERDICT_RETRY, 0 },
		{ "and again and again: as others wait", { .kind = FAULT_TEMPORARY, .site_busy = true, .failures = 3,
		  .expires_ms = INT64_MAX }, VERDICT_RETRY, -1 },
		{ "2xx is 2xx", { .kind = FAULT_NONE, .blocked = true, .moved = true }, VERDICT_DELIVERED, 0 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		int64_t due = now;
		is_int(schedule_recipient(&rows[i].a, &rules, now, 0, &due), rows[i].verdict, "%s", rows[i].name);
		ok(rows[i].wait_ms < 0 ? due - now >= 4 * MIN : due - now == rows[i].wait_ms, "%s: in time", rows[i].name);
	}
}

static void nxdomain(void)
{
	struct hop_state s = { 0 };

	ok(!schedule_nxdomain(&s, &rules, 0, now), "once is not enough");
	is_int(s.backoff_ms, now + 15 * MIN, "asked again a quarter of an hour later");
	ok(!schedule_nxdomain(&s, &rules, now + 1, now + 10 * MIN), "sooner does not count");
	is_int(s.backoff_ms, now + 15 * MIN, "and does not move the time");
	ok(!schedule_nxdomain(&s, &rules, 0, now + 15 * MIN), "nor while nothing else resolves");
	is_int(s.backoff_ms, now + 16 * MIN, "then soon again");
	ok(!schedule_nxdomain(&s, &rules, now - 1, now + 16 * MIN), "what resolved before does not count");
	ok(schedule_nxdomain(&s, &rules, now + 2 * MIN, now + 16 * MIN), "twice, with another name resolved between");
	s.nxdomain_ms = now + HOUR;
	ok(!schedule_nxdomain(&s, &rules, now + 2 * HOUR, now), "a first time in the future counts as none");
	is_int(s.nxdomain_ms, now, "and is mended");
}

static void recipients(void)
{
	enum { OLD = -1, YOUNG = 1 };
	static const struct {
		const char *name;
		enum fault_kind kind;
		bool unknown, fallback, trusted;
		int age;
		enum verdict verdict;
	} rows[] = {
		{ "2xx", FAULT_NONE, false, false, true, YOUNG, VERDICT_DELIVERED },
		{ "2xx after fallback", FAULT_NONE, false, true, true, OLD, VERDICT_DELIVERED },
		{ "4xx", FAULT_TEMPORARY, false, false, true, YOUNG, VERDICT_RETRY },
		{ "5xx", FAULT_PERMANENT, false, false, true, YOUNG, VERDICT_FAILED },
		{ "5xx, and too old", FAULT_PERMANENT, false, false, true, OLD, VERDICT_FAILED },
		{ "policy", FAULT_POLICY, false, false, true, YOUNG, VERDICT_FAILED },
		{ "5xx, and the first hop is only unreachable", FAULT_PERMANENT, false, true, true, YOUNG, VERDICT_RETRY },
		{ "the same, too old", FAULT_PERMANENT, false, true, true, OLD, VERDICT_EXPIRED },
		{ "lost after the dot", FAULT_TEMPORARY, true, false, true, YOUNG, VERDICT_RETRY },
		{ "lost after the dot, whatever the kind says", FAULT_NONE, true, false, true, YOUNG, VERDICT_RETRY },
		{ "lost after the dot, permanent is not believed", FAULT_PERMANENT, true, false, true, YOUNG, VERDICT_RETRY },
		{ "4xx, too old", FAULT_TEMPORARY, false, false, true, OLD, VERDICT_EXPIRED },
		{ "4xx, too old, but the clock was set meanwhile", FAULT_TEMPORARY, false, false, false, OLD, VERDICT_RETRY },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct attempt a = {
			.kind = rows[i].kind, .unknown = rows[i].unknown, .after_fallback = rows[i].fallback,
			.trusted_clock = rows[i].trusted, .expires_ms = now + rows[i].age,
		};
		int64_t due = 0;
		is_int(schedule_recipient(&a, &rules, now, 0, &due), rows[i].verdict, "%s", rows[i].name);
		if (rows[i].verdict == VERDICT_RETRY)
			ok(due > now, "%s: later", rows[i].name);
	}
	struct attempt a = {
		.kind = FAULT_PERMANENT, .after_fallback = true, .trusted_clock = true,
		.expires_ms = now + 90 * HOUR, .hop_until_ms = now + 6 * HOUR,
	};
	int64_t due;
	schedule_recipient(&a, &rules, now, 0, &due);
	is_int(due, now + 6 * HOUR, "a refusal by another hop is not asked for again there");
	a = (struct attempt){
		.kind = FAULT_TEMPORARY, .unknown = true, .trusted_clock = true, .failures = 9, .expires_ms = now + HOUR,
	};
	schedule_recipient(&a, &rules, now, 0, &due);
	ok(due >= now + 3 * HOUR, "an unknown outcome waits as others do (RFC 5321 section 4.5.3.2.6)");
	a = (struct attempt){ .kind = FAULT_TEMPORARY, .greylisted = true, .trusted_clock = true, .expires_ms = now + HOUR };
	schedule_recipient(&a, &rules, now, 0, &due);
	is_int(due, now + MIN, "a greylisted one soon, too");
	a = (struct attempt){ .kind = FAULT_TEMPORARY, .no_room = true, .trusted_clock = true, .failures = 9, .expires_ms = now };
	is_int(schedule_recipient(&a, &rules, now, 0, &due), VERDICT_RETRY, "no room beside others that were taken: never too old");
	is_int(due, now, "and tried at once");
}

static void clocks(void)
{
	struct clock_watch w = { 0 };

	is_int(schedule_clock_step(&w, now, 1000), 0, "the first look is no step");
	is_int(schedule_clock_step(&w, now + 5000, 6003), 0, "drift is no step");
	is_int(schedule_clock_step(&w, now + HOUR, 7000), HOUR - 5997, "forward");
	is_int(w.step_boot_ms, 7000, "when it was");
	ok(!schedule_clock_is_trusted(&w, 6999) && !schedule_clock_is_trusted(&w, 7000) && schedule_clock_is_trusted(&w, 7001),
	   "what began before proves nothing");
	is_int(schedule_clock_step(&w, now - 30LL * 24 * HOUR, 8000), -30LL * 24 * HOUR - HOUR - 1000, "a month back");
	ok(!schedule_too_far(&rules, now + 4 * HOUR + 30 * MIN, now), "the longest wait is believed");
	ok(schedule_too_far(&rules, now + 24LL * 30 * HOUR, now), "a month is not");
	ok(!schedule_too_far(&rules, 0, now), "the past is not far");
}

static void sessions(void)
{
	static const struct { const char *name; struct session_need need; bool wants; } rows[] = {
		{ "no work", { 0, 0, 0, 5, 0, 20, 0, false }, false },
		{ "first work", { 0, 0, 0, 5, 0, 20, 1, false }, true },
		{ "one dials", { 1, 1, 1, 5, 1, 20, 9, true }, false },
		{ "one dials beside one", { 2, 2, 1, 5, 2, 20, 9, true }, false },
		{ "one dials beside two", { 3, 3, 1, 5, 3, 20, 9, true }, true },
		{ "two dial beside two", { 4, 4, 2, 5, 4, 20, 99, true }, false },
		{ "one dials beside two that are ending", { 3, 1, 1, 5, 3, 20, 9, true }, true },
		{ "a little work for the one there", { 1, 1, 0, 5, 1, 20, 2, false }, false },
		{ "a little work, and the one there is ending", { 1, 0, 0, 5, 1, 20, 1, false }, true },
		{ "more than it can do soon", { 1, 1, 0, 5, 1, 20, 3, false }, true },
		{ "and still more behind", { 3, 3, 0, 5, 3, 20, 1, true }, true },
		{ "the site is full", { 5, 5, 0, 5, 5, 20, 99, true }, false },
		{ "the site is full of those that are ending", { 5, 0, 0, 5, 5, 20, 99, true }, false },
		{ "all is full", { 0, 0, 0, 5, 20, 20, 9, true }, false },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		is_int(schedule_wants_session(&rows[i].need), rows[i].wants, "%s", rows[i].name);
}

static void notices(void)
{
	static const struct { const char *name; int64_t notice_ms, life_ms; bool wanted; int64_t after_ms; } rows[] = {
		{ "wanted",                        4 * HOUR, 120 * HOUR, true,  4 * HOUR },
		{ "not wanted",                    4 * HOUR, 120 * HOUR, false, 0 },
		{ "switched off",                  0,        120 * HOUR, true,  0 },
		{ "when the mail comes back then", 4 * HOUR, 4 * HOUR,   true,  0 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct schedule_rules r = { .queue_life_ms = rows[i].life_ms, .delay_notice_ms = rows[i].notice_ms };
		is_int(schedule_notice(&r, rows[i].wanted, now), rows[i].after_ms ? now + rows[i].after_ms : INT64_MAX,
		       "a notice: %s", rows[i].name);
	}
	ok(!schedule_is_late(now + 1, true, now), "not late yet");
	ok(schedule_is_late(now, true, now), "late");
	ok(!schedule_is_late(now, false, now), "not by a clock that was just set");
	ok(!schedule_is_late(0, true, now), "not twice");
	ok(!schedule_is_late(INT64_MAX, true, now), "never again");
}

int main(void)
{
	tap_plan(185 + 24 + 9);
	waits();
	greylisted_waits();
	hops();
	failing();
	detours();
	moved_recipients();
	counts_as_failing();
	rounds();
	nxdomain();
	recipients();
	notices();
	clocks();
	sessions();
	return tap_done();
}
