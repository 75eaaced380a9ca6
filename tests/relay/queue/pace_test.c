/* SPDX-License-Identifier: ISC */
#include "relay/queue/pace.h"

#include "tests/base/mail/said.h"
#include "tests/tap.h"

enum { SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE, DAY = 24 * HOUR };

static const struct pace_rules ten = { .sessions = 10, .pause_min_ms = 15 * SECOND, .pause_max_ms = 5 * MINUTE };
static const int64_t start = 1000 * SECOND;

static enum pace_verdict hear(struct pace *p, enum pace_event event, unsigned open, int64_t now)
{
	return pace_hear(p, &ten, event, open, now, 0);
}

static void replies(void)
{
	static const struct {
		enum fault_kind kind;
		const char *text;
		enum pace_event early, late;
	} rows[] = {
		{ FAULT_NONE, "250 ok", PACE_TAKEN, PACE_TAKEN },
		{ FAULT_PERMANENT, "550 5.1.1 no such user", PACE_TAKEN, PACE_TAKEN },
		{ FAULT_TEMPORARY, "421 4.3.2 going down", PACE_SLOWED, PACE_CLOSED },
		{ FAULT_TEMPORARY, "450 4.7.1 Error: too much mail from 192.0.2.1", PACE_SLOWED,
		  PACE_SLOWED },
		{ FAULT_TEMPORARY, "450 4.2.0 Recipient address rejected: Greylisted",
		  PACE_GREYLISTED, PACE_GREYLISTED },
		{ FAULT_TEMPORARY, "450 4.2.1 The user you are trying to contact is receiving mail at a rate that", PACE_DEFERRED, PACE_DEFERRED },
		{ FAULT_TEMPORARY, "452 4.2.2 mailbox full", PACE_DEFERRED, PACE_DEFERRED },
		{ FAULT_TEMPORARY, "mx: the connection was closed during the message", PACE_DEFERRED, PACE_DEFERRED },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct reply r;
		const char *status = strstr(rows[i].text, " 4.2.1") ? "4.2.1" : rows[i].kind == FAULT_TEMPORARY ? "4.0.0" : "5.0.0";
		r = said(rows[i].kind, status, rows[i].text);
		is_int(pace_event_of(&r, true), rows[i].early, "%s: first of a session", rows[i].text);
		is_int(pace_event_of(&r, false), rows[i].late, "later");
	}
	struct reply r;
	r = said(FAULT_TEMPORARY, "4.3.2", "421 4.3.2 not now");
	is_int(pace_event_of_refusal(&r, 0), PACE_SLOWED, "421 to a connection");
	is_int(pace_event_of_refusal(&r, 2), PACE_REFUSED, "while others stand it is one too many");
	r = said(FAULT_PERMANENT, "5.3.2", "554 5.3.2 no");
	is_int(pace_event_of_refusal(&r, 0), PACE_REFUSED, "554");
}

static void take(struct pace *p, unsigned count, int64_t now)
{
	while (count-- > 0)
		hear(p, PACE_TAKEN, 1, now);
}

static void sessions(void)
{
	struct pace p = { 0 };

	is_int(pace_sessions(&p, &ten, start), 2, "begins with two");
	take(&p, 2, start);
	is_int(pace_sessions(&p, &ten, start), 4, "twice as many when each has taken one");
	take(&p, 100, start);
	is_int(pace_sessions(&p, &ten, start), 10, "up to what is set");
	is_int(pace_sessions(&p, &(struct pace_rules){ .sessions = 4 }, start), 4, "also when that is less now");
	is_int(hear(&p, PACE_REFUSED, 6, start), PACE_ON, "the seventh is refused");
	is_int(pace_sessions(&p, &ten, start), 6, "six are kept to");
	take(&p, 100, start + MINUTE - 1);
	is_int(pace_sessions(&p, &ten, start + MINUTE - 1), 6, "for a minute");
	take(&p, 5, start + MINUTE);
	is_int(pace_sessions(&p, &ten, start + MINUTE), 7, "then one more is tried");
	take(&p, 100, start + MINUTE);
	is_int(pace_sessions(&p, &ten, start + MINUTE), 7, "and no two");
	hear(&p, PACE_UNREACHABLE, 6, start + MINUTE);
	take(&p, 100, start + 3 * MINUTE - 1);
	is_int(pace_sessions(&p, &ten, start + 3 * MINUTE - 1), 6, "refused again, it takes twice as long");
	take(&p, 100, start + 3 * MINUTE);
	is_int(pace_sessions(&p, &ten, start + 3 * MINUTE), 7, "until the next");
	hear(&p, PACE_REFUSED, 1, start + 4 * MINUTE);
	is_int(pace_sessions(&p, &ten, start + 4 * MINUTE), 1, "never below one");
}

static void pauses(void)
{
	static const int64_t waits_ms[] = { 15 * SECOND, 30 * SECOND, MINUTE, 2 * MINUTE, 4 * MINUTE };
	struct pace p = { 0 };
	int64_t now = start;

	for (size_t i = 0; i < sizeof waits_ms / sizeof waits_ms[0]; i++) {
		is_int(hear(&p, PACE_SLOWED, 0, now), PACE_PAUSE, "pause %zu", i);
		is_int(p.paused_until_ms - now, waits_ms[i], "so long");
		is_int(hear(&p, PACE_SLOWED, 0, now), PACE_PAUSE, "what was on its way says the same");
		is_int(p.paused_until_ms - now, waits_ms[i], "and makes it no longer");
		is_int(pace_sessions(&p, &ten, now), 0, "no session");
		is_int(pace_room(&p, &ten, now), 0, "no message");
		is_int(pace_next_ms(&p, &ten, now), now + waits_ms[i], "until then");
		is_int(pace_more_ms(&p, &ten, now), now + waits_ms[i], "neither one nor more");
		now = p.paused_until_ms;
		is_int(pace_sessions(&p, &ten, now), 1, "then one session");
		is_int(pace_room(&p, &ten, now), 1, "with one message");
		is_int(pace_more_ms(&p, &ten, now), INT64_MAX, "and no more by waiting");
		pace_sent(&p, &ten, now);
		is_int(pace_room(&p, &ten, now), 0, "alone");
		is_int(pace_more_ms(&p, &ten, now), p.trial_until_ms, "no other until that has been waited for too long");
		is_int(pace_room(&p, &ten, now + HOUR), 1, "and what becomes of it is not waited for for ever");
	}
	is_int(hear(&p, PACE_DEFERRED, 1, now), PACE_PAUSE, "the trial is put off: as bad");
	is_int(p.paused_until_ms - now, 5 * MINUTE, "the longest");
	now = p.paused_until_ms;
	is_int(hear(&p, PACE_REFUSED, 0, now), PACE_FAILED, "in the end it has failed");
	is_int(hear(&p, PACE_REFUSED, 0, now + HOUR), PACE_FAILED, "and fails again at once after a retry");
	pace_forgive(&p);
	pace_sent(&p, &ten, now + HOUR);
	pace_unsent(&p, &ten);
	is_int(pace_room(&p, &ten, now + HOUR), 1, "a trial that came back unsent is there again");
	is_int(hear(&p, PACE_TAKEN, 1, now + HOUR), PACE_ON, "one is taken");
	ok(pace_room(&p, &ten, now + HOUR) > 1, "and all is well");
	is_int(hear(&p, PACE_SLOWED, 0, now + HOUR), PACE_PAUSE, "slowed");
	is_int(p.paused_until_ms - now - HOUR, 15 * SECOND, "the pauses begin anew");
	now = p.paused_until_ms - 1;
	hear(&p, PACE_TAKEN, 1, now);
	is_int(pace_sessions(&p, &ten, now), 0, "one that was on its way is taken: that ends no pause");
	hear(&p, PACE_GREYLISTED, 1, now);
	is_int(pace_sessions(&p, &ten, now + 1), 1, "nor does another");
	pace_sent(&p, &ten, now + 1);
	is_int(hear(&p, PACE_CLOSED, 0, now + 1), PACE_PAUSE, "a session that is ended with the trial is another");
	is_int(pace_room(&p, &ten, p.paused_until_ms), 1, "after which there is a trial again");
	is_int(hear(&(struct pace){ 0 }, PACE_CLOSED, 0, now), PACE_ON, "one that was long enough is none");
	is_int(pace_hear(&(struct pace){ 0 }, &ten, PACE_UNREACHABLE, 0, start, 0), PACE_FAILED, "unreachable fails at once");
}

static void put_off(void)
{
	struct pace p = { 0 };

	for (unsigned i = 0; i < 19; i++)
		hear(&p, PACE_DEFERRED, 1, start);
	hear(&p, PACE_GREYLISTED, 1, start);
	for (unsigned i = 0; i < 19; i++)
		is_int(hear(&p, PACE_DEFERRED, 1, start), PACE_ON, "put off %u", i);
	is_int(hear(&p, PACE_DEFERRED, 1, start), PACE_PAUSE, "twenty in a row are a matter of the site");
}

/* No stretch of that length may have more than the rate says. */
static void rates(void)
{
	static const struct rate rows[] = { { 1, HOUR }, { 5, SECOND }, { 10, MINUTE }, { 300, HOUR }, { 5000, DAY } };

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		enum { SENT_MAX = 20000 };
		static int64_t sent[SENT_MAX];
		struct pace_rules r = { .sessions = 5, .rate = rows[i], .pause_min_ms = SECOND, .pause_max_ms = MINUTE };
		struct pace p = { 0 };
		unsigned n = 0, worst = 0;
		int64_t now = start;
		for (; now < start + 3 * rows[i].window_ms && n < SENT_MAX; now = pace_next_ms(&p, &r, now))
			for (; pace_room(&p, &r, now) > 0; n++) {
				pace_sent(&p, &r, now);
				sent[n] = now;
			}
		for (unsigned first = 0, last = 0; last < n; last++) {
			while (sent[first] + rows[i].window_ms <= sent[last])
				first++;
			worst = last - first + 1 > worst ? last - first + 1 : worst;
		}
		ok(worst <= rows[i].count, "%u in %lld ms: %u at most", rows[i].count, (long long)rows[i].window_ms, worst);
		ok(n >= rows[i].count * 3 * 9 / 10, "and %u in three times that", n);
	}
}

/* One more at a time, each at its time and not before, until all are there that may go at once. */
static void more_by_waiting(void)
{
	static const struct pace_rules r = { .sessions = 5, .rate = { 120, MINUTE }, .pause_min_ms = SECOND, .pause_max_ms = MINUTE };
	struct pace p = { 0 };
	int64_t now = start;

	is_int(pace_more_ms(&p, &ten, now), INT64_MAX, "no rate: all may go now");
	is_int(pace_more_ms(&p, &r, now), INT64_MAX, "nothing was sent: no more than so many at once");
	unsigned at_once = pace_room(&p, &r, now);
	for (unsigned i = 0; i < at_once; i++)
		pace_sent(&p, &r, now);
	is_int(pace_more_ms(&p, &r, now), pace_next_ms(&p, &r, now), "the first is the next");
	for (unsigned i = 0; i < at_once; i++) {
		int64_t next = pace_more_ms(&p, &r, now);
		is_int(pace_room(&p, &r, next - 1), i, "not before");
		is_int(pace_room(&p, &r, next), i + 1, "and then one more");
		now = next;
	}
	is_int(pace_more_ms(&p, &r, now), INT64_MAX, "all are there");
}

/* A receiver that takes 60 a minute and says so: what is learnt of it. */
static void learns(void)
{
	struct pace p = { 0 };

	for (unsigned i = 0; i < 60; i++) {
		pace_sent(&p, &ten, start + i);
		hear(&p, PACE_TAKEN, 1, start + i);
	}
	hear(&p, PACE_SLOWED, 1, start + 60);
	take(&p, 1, start + MINUTE);
	is_int(p.spacing_us / 1000, 1000 * 20 / 19, "a twentieth less than what it took");
	pace_sent(&p, &ten, start + MINUTE);
	pace_sent(&p, &ten, start + MINUTE);
	is_int(pace_room(&p, &ten, start + MINUTE), 0, "no more at once");
	is_int(pace_next_ms(&p, &ten, start + MINUTE), start + MINUTE + 2105 + 1, "but evenly");
	int64_t now = start + 5 * MINUTE - SECOND;
	take(&p, 1, now);
	is_int(p.spacing_us / 1000, 1000 * 20 / 19, "for four times as long");
	take(&p, 1, now + MINUTE);
	ok(p.spacing_us < 1010 * 1000, "then a little more is tried");
	take(&p, 10, now + MINUTE);
	hear(&p, PACE_SLOWED, 1, now + 2 * MINUTE);
	take(&p, 1, now + 3 * MINUTE);
	is_int(p.spacing_us / 1000, 1000 * 20 / 19, "and taken back when that is too much");
	for (now += 4 * MINUTE; p.spacing_us && now < start + 3LL * DAY; now += 10 * SECOND)
		take(&p, 1, now);
	is_int(p.spacing_us, 0, "it is forgotten in the end");
	struct pace broken = { 0 };
	take(&broken, 60, start);
	hear(&broken, PACE_REFUSED, 0, start);
	take(&broken, 1, start + MINUTE);
	is_int(broken.spacing_us, 0, "a server that was away for a minute counts nothing");
}

static void caps(void)
{
	static const struct rate day = { 200, DAY }, none = { 0, 0 };
	struct pace_cap c = { 0 };
	int64_t now = 1700000000LL * SECOND;

	is_int(pace_cap_room(&c, &none, now), UINT32_MAX, "no cap");
	is_int(pace_cap_changes_ms(&c, &day, now), INT64_MAX, "nothing was sent: no more by waiting");
	is_int(pace_cap_room(&c, &day, now), 200, "all of it");
	pace_cap_add(&c, &day, 150, now);
	int64_t more = pace_cap_changes_ms(&c, &day, now);
	pace_cap_add(&c, &day, 50, now + 10 * HOUR);
	is_int(pace_cap_room(&c, &day, now + 10 * HOUR), 0, "used up");
	int64_t next = pace_cap_next_ms(&c, &day, now + 10 * HOUR);
	ok(next >= now + DAY && next <= now + DAY + HOUR, "until a day after the first");
	is_int(next, more, "which are the first to count no more, however much is left");
	is_int(pace_cap_room(&c, &day, next), 150, "of which there are so many again");
	size_t slot = pace_cap_add(&c, &day, 100, next);
	pace_cap_undo(&c, slot, 30);
	is_int(pace_cap_room(&c, &day, next), 80, "those that did not go count no more");
	is_int(pace_cap_room(&c, &(struct rate){ 30, DAY }, next), 0, "a cap that was lowered holds at once");
	ok(pace_cap_next_ms(&c, &(struct rate){ 30, DAY }, next) > next + 23LL * HOUR, "until enough is out of its day");
	is_int(pace_cap_room(&c, &day, now - 30LL * DAY), 200, "what was sent in the future was sent by another clock");
	struct pace_cap ahead = { 0 };
	pace_cap_add(&ahead, &day, 200, now + 2 * HOUR);
	int64_t begin = pace_cap_changes_ms(&ahead, &day, now);
	ok(begin > now + HOUR && begin <= now + 2 * HOUR, "its time is waited for: when this clock has come there,");
	is_int(pace_cap_room(&ahead, &day, begin - 1), 200, "until which there may be all,");
	is_int(pace_cap_room(&ahead, &day, begin), 0, "what was sent counts again");
	is_int(pace_cap_changes_ms(&ahead, &day, begin), pace_cap_next_ms(&ahead, &day, begin), "until there may be all once more");
	for (unsigned i = 0; i < 1000; i++, now += HOUR / 3)
		pace_cap_add(&c, &day, 1, now);
	uint32_t room = pace_cap_room(&c, &day, now);
	ok(room >= 200 - 76 && room <= 200 - 72, "one in twenty minutes leaves %u", room);
}

/* Five that come to nothing in any minute, and never more; those that were of use cost nothing. */
static void dials(void)
{
	const struct pace_rules r = { .sessions = 10, .dials_window_ms = 60 * 1000 };
	struct pace p = { 0 };
	int64_t made[100];
	unsigned n = 0;
	bool bounded = true;

	is_int(pace_dials(&p, &r, start), PACE_DIALS, "some at once");
	for (int64_t now = start; now < start + 10 * 60 * 1000; now += 700)
		if (pace_dials(&p, &r, now) > 0) {
			pace_dials_made(&p, 1, now);
			made[n++] = now;
		}
	for (unsigned i = PACE_DIALS; i < n; i++)
		bounded &= made[i] - made[i - PACE_DIALS] >= r.dials_window_ms;
	ok(bounded && n == 10 * PACE_DIALS, "never more in any minute: %u in ten", n);
	is_int(pace_next_dial_ms(&p, &r, made[n - 1]), made[n - PACE_DIALS] + 60 * 1000, "and when there is room is known");
	p = (struct pace){ 0 };
	for (unsigned i = 0; i < 1000; i++) {
		pace_dials_made(&p, 1, start);
		pace_dials_of_use(&p, 1, start);
	}
	is_int(pace_dials(&p, &r, start), PACE_DIALS, "those of use are not counted");
	pace_dials_made(&p, 1, start);
	pace_dials_made(&p, 1, start + 10);
	pace_dials_of_use(&p, 1, start);
	is_int(pace_dials(&p, &r, start + 10), PACE_DIALS - 1, "the others are");
	is_int(pace_dials(&p, &r, start + r.dials_window_ms), PACE_DIALS - 1, "for as long as they were made at, and not those of use");
	pace_dials_made(&p, 8, start + 10);
	is_int(pace_dials(&p, &r, start + 20), 0, "more than there was room for");
	pace_dials_of_use(&p, 1, start);
	is_int(pace_dials(&p, &r, start + 20), 0, "one that is forgotten is not taken for another that came to nothing");
	pace_forgive(&p);
	is_int(pace_dials(&p, &r, start + 20), PACE_DIALS, "none, where the owner says now");
}

int main(void)
{
	tap_plan(197);
	replies();
	sessions();
	pauses();
	put_off();
	rates();
	more_by_waiting();
	learns();
	caps();
	dials();
	return tap_done();
}
