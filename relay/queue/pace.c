/* SPDX-License-Identifier: ISC */
#include "relay/queue/pace.h"

#include <string.h>

enum {
	ROOM_MAX = 1000,               /* no limit */
	DEFERRED_MAX = 20,
	PATIENCE = 2, LONG_PATIENCE = 12,            /* times pause_max */
	CYCLE_MIN = 5,                 /* messages that tell a rate */
	CEILING_WAIT_MS = 60 * 1000, WAIT_MAX_MS = 4 * 3600 * 1000,
	SPACING_WAIT_CYCLES = 4,
	SPACING_LEAST_US = 5000,       /* what is faster is not a limit */
	SECOND_US = 1000 * 1000,
};

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t most(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* ---- rates ---- */

/*
 * One message in step_us, and burst of them at once: in a window of
 * (messages - burst + 1) steps never more than messages.
 */
struct flow { int64_t step_us; unsigned burst; };

static struct flow flow_of_rate(const struct rate *rate)
{
	struct flow f = { 0, 1 + rate->count / 20 };

	if (rate->count > 0)
		f.step_us = rate->window_ms * 1000 / (int64_t)(rate->count - f.burst + 1) + 1;
	return f;
}

static struct flow flow_of_spacing(int64_t spacing_us)
{
	return (struct flow){ spacing_us, spacing_us ? (unsigned)(1 + SECOND_US / spacing_us) : 1 };
}

static unsigned flow_room(struct flow f, int64_t due_us, int64_t now_us)
{
	if (f.step_us == 0)
		return ROOM_MAX;
	int64_t early_us = most(due_us - now_us, 0);
	int64_t room = ((int64_t)f.burst * f.step_us - early_us) / f.step_us;
	return (unsigned)least(most(room, 0), ROOM_MAX);
}

/* When there is room for that many; INT64_MAX: there never is at once. */
static int64_t flow_room_us(struct flow f, int64_t due_us, unsigned count, int64_t now_us)
{
	if (f.step_us == 0)
		return now_us;
	return count > f.burst ? INT64_MAX : most(now_us, due_us - (int64_t)(f.burst - count) * f.step_us);
}

static int64_t flow_after(struct flow f, int64_t due_us, int64_t now_us)
{
	return most(due_us, now_us) + f.step_us;
}

/* ---- sessions ---- */

static unsigned sessions_learnt(const struct pace *p)
{
	return p->sessions ? p->sessions : PACE_FIRST_SESSIONS;
}

/* Until a limit shows, one more for each message taken, which doubles them in a round; then one for each round. */
static void grow(struct pace *p, const struct pace_rules *r, int64_t now_ms)
{
	unsigned sessions = sessions_learnt(p);

	if ((p->ceiling && ++p->round < sessions) || sessions >= r->sessions)
		return;
	if (p->ceiling && sessions >= p->ceiling) {
		if (now_ms < p->ceiling_until_ms)
			return;
		p->ceiling = sessions + 1;
		p->ceiling_until_ms = now_ms + p->ceiling_wait_ms;
	}
	p->sessions = sessions + 1;
	p->round = 0;
}

static void shrink(struct pace *p, unsigned open, int64_t now_ms)
{
	p->ceiling_wait_ms = p->ceiling ? least(2 * p->ceiling_wait_ms, WAIT_MAX_MS) : CEILING_WAIT_MS;
	p->ceiling_until_ms = now_ms + p->ceiling_wait_ms;
	p->sessions = p->ceiling = open;
	p->round = 0;
}

/* ---- the learnt rate ---- */

static void begin_cycle(struct pace *p, int64_t now_ms)
{
	p->cycle_since_ms = now_ms;
	p->cycle_taken = 0;
}

/* A pause is over: the last step was too much; without one, what was measured holds. */
static void learn(struct pace *p, const struct pace_rules *r, int64_t now_ms)
{
	if (!p->slowed || p->cycle_since_ms == 0 || p->cycle_taken < CYCLE_MIN)
		return;                     /* too few to tell, and the next ones are added */
	/* What it took from the end of one pause to that of the next. */
	int64_t measured = least((now_ms - p->cycle_since_ms) * 1000 / p->cycle_taken * 20 / 19, r->pause_max_ms * 1000);
	if (measured == 0)
		return;
	p->spacing_wait_ms = most(p->spacing_wait_ms, SPACING_WAIT_CYCLES * (now_ms - p->cycle_since_ms));
	if (p->steps > 0)
		p->spacing_us = p->proven_us;
	else
		p->spacing_us = most(measured, p->spacing_us);
	if (p->steps == 1)
		p->spacing_wait_ms *= 2;    /* the limit is that near */
	p->spacing_wait_ms = least(p->spacing_wait_ms, WAIT_MAX_MS);
	p->spacing_until_ms = now_ms + p->spacing_wait_ms;
	p->steps = 0;
	begin_cycle(p, now_ms);
}

/* It has taken all that for so long: a twentieth more, then a tenth, then fifths. */
static void speed_up(struct pace *p, int64_t now_ms)
{
	if (p->spacing_us == 0 || now_ms < p->spacing_until_ms)
		return;
	p->proven_us = p->spacing_us;
	p->spacing_us = p->spacing_us * 20 / (20 + (1 << least(p->steps, 2)));
	p->steps++;
	p->spacing_until_ms = now_ms + p->spacing_wait_ms / SPACING_WAIT_CYCLES;
	if (p->spacing_us < SPACING_LEAST_US) {
		p->spacing_us = 0;
		p->spacing_wait_ms = 0;
	}
}

/* ---- what was heard ---- */

/* The pause is over permanently. */
static void resume(struct pace *p)
{
	p->pauses = p->deferred = 0;
	p->slowed = false;
	p->trial_until_ms = 0;
}

static void taken(struct pace *p, const struct pace_rules *r, int64_t now_ms)
{
	bool rested = p->pauses == 0 && now_ms - p->taken_ms > r->pause_min_ms + 3 * p->spacing_us / 1000;

	if (p->cycle_since_ms == 0 || rested)
		begin_cycle(p, now_ms);
	p->taken_ms = now_ms;
	if (now_ms < p->paused_until_ms) {
		p->cycle_taken++;           /* it was on its way when the pause began */
		return;
	}
	if (p->pauses > 0)
		learn(p, r, now_ms);
	p->cycle_taken++;
	resume(p);
	grow(p, r, now_ms);
	speed_up(p, now_ms);
}

static enum pace_verdict pause(struct pace *p, const struct pace_rules *r, int64_t now_ms, uint32_t random)
{
	int64_t wait = r->pause_min_ms;

	if (now_ms < p->paused_until_ms)
		return PACE_PAUSE;          /* of what was on its way when the pause began */
	p->trial_until_ms = 0;
	if (p->pauses == 0)
		p->pauses_since_ms = now_ms;
	for (unsigned i = 0; i < p->pauses && wait < r->pause_max_ms; i++)
		wait *= 2;
	wait = least(wait, r->pause_max_ms);
	wait += (int64_t)(random % (uint64_t)(wait / 4 + 1));
	p->pauses++;
	p->deferred = 0;
	p->paused_until_ms = now_ms + wait;
	/* Longer where it took mail until the pauses began: some count by the hour. */
	bool was_well = p->taken_ms > 0 && p->pauses_since_ms - p->taken_ms <= r->pause_max_ms;
	if (now_ms - p->pauses_since_ms < (was_well ? LONG_PATIENCE : PATIENCE) * r->pause_max_ms)
		return PACE_PAUSE;
	p->paused_until_ms = 0;             /* who waits now is the destination */
	return PACE_FAILED;
}

enum pace_event pace_event_of(const struct reply *r, bool early)
{
	enum refusal about = reply_about(r);
	bool closes = r->code == 421;

	if (r->kind != FAULT_TEMPORARY)
		return about == REFUSAL_ADDRESS ? PACE_DEFERRED : PACE_TAKEN;
	if (about == REFUSAL_GREYLISTING)
		return PACE_GREYLISTED;
	if (closes && !early)
		return PACE_CLOSED;
	bool of_mailbox = r->status[0] && r->status[1] == '.' && r->status[2] == '2';
	bool slows = about == REFUSAL_ADDRESS || (about == REFUSAL_RATE && !of_mailbox);
	return closes || slows ? PACE_SLOWED : PACE_DEFERRED;
}

/* While others stand it may only be one too many. */
enum pace_event pace_event_of_refusal(const struct reply *r, unsigned open)
{
	return open == 0 && pace_event_of(r, true) == PACE_SLOWED ? PACE_SLOWED : PACE_REFUSED;
}

enum pace_verdict pace_hear(struct pace *p, const struct pace_rules *r, enum pace_event event, unsigned open,
                            int64_t now_ms, uint32_t random)
{
	switch (event) {
	case PACE_UNREACHABLE:
	case PACE_REFUSED:
		if (open == 0)
			return event == PACE_UNREACHABLE ? PACE_FAILED : pause(p, r, now_ms, random);
		shrink(p, open, now_ms);
		return PACE_ON;
	case PACE_CLOSED:
	case PACE_SLOWED:
		if (event == PACE_CLOSED && p->pauses == 0)
			return PACE_ON;             /* the session was long enough; after a pause it was the trial */
		p->slowed = true;
		return pause(p, r, now_ms, random);
	case PACE_DEFERRED:
		if (p->pauses > 0 || ++p->deferred >= DEFERRED_MAX)
			return pause(p, r, now_ms, random);
		return PACE_ON;
	case PACE_TAKEN:
		taken(p, r, now_ms);
		return PACE_ON;
	case PACE_GREYLISTED:
		if (now_ms >= p->paused_until_ms)
			resume(p);
		return PACE_ON;
	}
	return PACE_ON;
}

void pace_forgive(struct pace *p)
{
	p->paused_until_ms = 0;
	memset(p->dials_ms, 0, sizeof p->dials_ms);
}

/* ---- dials ---- */

unsigned pace_dials(const struct pace *p, const struct pace_rules *r, int64_t now_ms)
{
	unsigned room = 0;

	for (size_t i = 0; i < PACE_DIALS; i++)
		room += p->dials_ms[i] == 0 || p->dials_ms[i] + r->dials_window_ms <= now_ms;
	return room;
}

static size_t oldest_dial(const struct pace *p)
{
	size_t oldest = 0;

	for (size_t i = 1; i < PACE_DIALS; i++)
		if (p->dials_ms[i] < p->dials_ms[oldest])
			oldest = i;
	return oldest;
}

int64_t pace_next_dial_ms(const struct pace *p, const struct pace_rules *r, int64_t now_ms)
{
	return pace_dials(p, r, now_ms) > 0 ? now_ms : p->dials_ms[oldest_dial(p)] + r->dials_window_ms;
}

void pace_dials_made(struct pace *p, unsigned count, int64_t now_ms)
{
	for (count = count < PACE_DIALS ? count : PACE_DIALS; count > 0; count--)
		p->dials_ms[oldest_dial(p)] = now_ms;
}

void pace_dials_of_use(struct pace *p, unsigned count, int64_t made_ms)
{
	for (size_t i = 0; i < PACE_DIALS && count > 0; i++)
		if (p->dials_ms[i] == made_ms) {
			p->dials_ms[i] = 0;
			count--;
		}
}

/* ---- what may be done ---- */

unsigned pace_sessions(const struct pace *p, const struct pace_rules *r, int64_t now_ms)
{
	if (now_ms < p->paused_until_ms)
		return 0;
	if (p->pauses > 0)
		return 1;
	return (unsigned)least(sessions_learnt(p), r->sessions);
}

unsigned pace_room(const struct pace *p, const struct pace_rules *r, int64_t now_ms)
{
	int64_t now_us = now_ms * 1000;
	int64_t alone = p->pauses == 0 ? ROOM_MAX : now_ms >= p->trial_until_ms;

	if (now_ms < p->paused_until_ms)
		return 0;
	return (unsigned)least(alone, least(flow_room(flow_of_rate(&r->rate), p->rate_us, now_us),
	                                    flow_room(flow_of_spacing(p->spacing_us), p->learnt_us, now_us)));
}

/* As far as the rates go. */
static int64_t rates_ms(const struct pace *p, const struct pace_rules *r, unsigned count, int64_t now_ms)
{
	int64_t set_us = flow_room_us(flow_of_rate(&r->rate), p->rate_us, count, now_ms * 1000);
	int64_t us = most(set_us, flow_room_us(flow_of_spacing(p->spacing_us), p->learnt_us, count, now_ms * 1000));

	return us == INT64_MAX ? INT64_MAX : (us + 999) / 1000;
}

int64_t pace_next_ms(const struct pace *p, const struct pace_rules *r, int64_t now_ms)
{
	return most(rates_ms(p, r, 1, now_ms), p->paused_until_ms);
}

int64_t pace_more_ms(const struct pace *p, const struct pace_rules *r, int64_t now_ms)
{
	unsigned room = pace_room(p, r, now_ms);

	if (room >= (p->pauses == 0 ? ROOM_MAX : 1))
		return INT64_MAX;
	int64_t waits_ms = most(p->paused_until_ms, p->pauses > 0 ? p->trial_until_ms : 0);
	return most(rates_ms(p, r, room + 1, now_ms), waits_ms);
}

void pace_sent(struct pace *p, const struct pace_rules *r, int64_t now_ms)
{
	p->rate_us = flow_after(flow_of_rate(&r->rate), p->rate_us, now_ms * 1000);
	p->learnt_us = flow_after(flow_of_spacing(p->spacing_us), p->learnt_us, now_ms * 1000);
	/* Whatever becomes of it is heard; if ever it is not, nothing waits for it for ever. */
	p->trial_until_ms = p->pauses > 0 ? now_ms + LONG_PATIENCE * r->pause_max_ms : 0;
}

void pace_unsent(struct pace *p, const struct pace_rules *r)
{
	p->rate_us -= flow_of_rate(&r->rate).step_us;
	p->learnt_us -= p->spacing_us;
	p->trial_until_ms = 0;
}

/* ---- caps ---- */

static int64_t slot_ms(const struct rate *rate)
{
	return most(rate->window_ms / (PACE_CAP_SLOTS - 2), 1);
}

static int64_t end_ms(const struct pace_cap_slot *s, const struct rate *rate)
{
	return s->begin_ms + slot_ms(rate) + rate->window_ms;
}

/* One that begins later than now is of a clock that was set, and counts from then on. */
static bool counts(const struct pace_cap_slot *s, const struct rate *rate, int64_t now_ms)
{
	return s->count > 0 && s->begin_ms <= now_ms && end_ms(s, rate) > now_ms;
}

uint32_t pace_cap_room(const struct pace_cap *c, const struct rate *rate, int64_t now_ms)
{
	uint64_t sent = 0;

	if (rate->count == 0)
		return UINT32_MAX;
	for (size_t i = 0; i < PACE_CAP_SLOTS; i++)
		if (counts(&c->slots[i], rate, now_ms))
			sent += c->slots[i].count;
	return sent < rate->count ? rate->count - (uint32_t)sent : 0;
}

int64_t pace_cap_changes_ms(const struct pace_cap *c, const struct rate *rate, int64_t now_ms)
{
	int64_t next = INT64_MAX;

	for (size_t i = 0; i < PACE_CAP_SLOTS && rate->count > 0; i++) {
		const struct pace_cap_slot *s = &c->slots[i];
		if (s->count > 0 && s->begin_ms > now_ms)
			next = least(next, s->begin_ms);
		else if (counts(s, rate, now_ms))
			next = least(next, end_ms(s, rate));
	}
	return next;
}

int64_t pace_cap_next_ms(const struct pace_cap *c, const struct rate *rate, int64_t now_ms)
{
	/* Slot after slot leaves the window; a cap that was lowered may need several to. */
	while (pace_cap_room(c, rate, now_ms) == 0)
		now_ms = pace_cap_changes_ms(c, rate, now_ms);
	return now_ms;
}

size_t pace_cap_add(struct pace_cap *c, const struct rate *rate, uint32_t count, int64_t now_ms)
{
	int64_t begin = now_ms - now_ms % slot_ms(rate);
	size_t at = 0;

	for (size_t i = 0; i < PACE_CAP_SLOTS && c->slots[at].begin_ms != begin; i++) {
		int64_t age = counts(&c->slots[i], rate, now_ms) ? c->slots[i].begin_ms : INT64_MIN;
		int64_t best = counts(&c->slots[at], rate, now_ms) ? c->slots[at].begin_ms : INT64_MIN;
		if (c->slots[i].begin_ms == begin || age < best)
			at = i;
	}
	if (c->slots[at].begin_ms != begin)
		c->slots[at] = (struct pace_cap_slot){ .begin_ms = begin };
	c->slots[at].count += count;
	return at;
}

void pace_cap_undo(struct pace_cap *c, size_t slot, uint32_t count)
{
	c->slots[slot].count -= count < c->slots[slot].count ? count : c->slots[slot].count;
}
