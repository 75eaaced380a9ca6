/*
 * A week of mail through the queue's decisions (relay/queue/{lane,pace,
 * schedule}), against receivers that are modelled: what each does to a
 * connection and to a message is in one table, and so is what must come of
 * it. Time is simulated and randomness has a seed: each run is the same.
 *
 * The dispatcher here is that of relay/queue/site.c without processes, frames
 * and the store; it decides nothing itself.
 */
#include "relay/queue/pace.h"
#include "relay/queue/schedule.h"

#include "tests/base/mail/said.h"
#include "tests/tap.h"

#include <stdlib.h>

enum { SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE, DAY = 24 * HOUR };
enum { SESSIONS_MAX = 20, GREY_MAX = 16, BULK = 0, SINGLE = 1, LANES = 2, HAND = 4, SETUP_MS = 200, LINGER_MS = 2000 };

static const int64_t week_ms = 7LL * DAY;
static const struct schedule_rules rules = {
	.retry_min_ms = 5 * MINUTE, .retry_max_ms = 4 * HOUR, .nxdomain_ms = 15 * MINUTE, .floor_ms = 60 * 1000,
};
static const struct hop_rules one_hop = { .hops = 1 };

/* ---- the world ---- */

struct receiver {
	unsigned sessions;              /* the next gets 421; 0 any number */
	struct rate rate;               /* what comes beyond gets 4xx until the window, a fixed one, is over */
	struct rate blocks;             /* beyond it, all get 421 for that long since the last try */
	int64_t greylist_ms;            /* each mail is put off until it is that old */
	int64_t dead_from_ms, dead_to_ms;
	int64_t sick_from_ms, sick_to_ms;   /* takes connections, and puts all messages off */
	int64_t message_ms;             /* to take one */
	int64_t restarts_each_ms;       /* a minute of 421 to everybody */
};

struct scenario {
	const char *name;
	struct receiver receiver;
	struct rate set;                /* the owner's */
	unsigned sessions;              /* likewise */
	unsigned bulk;                  /* at the beginning */
	int64_t single_each_ms;
	/* What must come of it: */
	double ideal_per_s;             /* what the receiver takes; 0 is not asked */
	double least_of_ideal;
	unsigned most_refused;          /* connections and messages that it did not want, in the week */
	int64_t most_single_ms;         /* a single mail's way, at the longest; 0 is not asked */
	unsigned most_tries;            /* of any mail */
};

struct mail {
	int64_t arrived_ms, due_ms, expires_ms, first_try_ms;
	unsigned failures, tries;
	unsigned char lane;
};

/* Mails by due time: a binary heap. */
struct heap { struct mail **at; size_t count, room; };

/* Holds a few mails, speaks of the first, and is not told to stop when the site is to be left alone. */
struct session {
	enum { CLOSED, DIALLING, IDLE, BUSY } state;
	int64_t until_ms;
	struct mail *hand[HAND];
	unsigned held, taken;
};

struct run {
	const struct scenario *sc;
	int64_t now_ms;
	uint64_t seed;
	struct pace pace;
	struct pace_rules pace_rules;
	struct hop_state hops;
	struct heap waiting[LANES];
	unsigned turn;
	struct session sessions[SESSIONS_MAX];
	int64_t next_single_ms;
	/* the receiver's memory */
	int64_t window_ms, blocked_until_ms;
	unsigned in_window;
	/* what came of it */
	unsigned dials, refused, sent, delivered, expired, bulk_left, most_tries;
	int64_t bulk_done_ms, single_worst_ms, grey_worst_ms;
};

static uint32_t draw(struct run *r)
{
	r->seed = r->seed * 6364136223846793005U + 1442695040888963407U;
	return (uint32_t)(r->seed >> 32);
}

/* ---- what waits ---- */

static void sift(struct heap *h, size_t i)
{
	for (size_t child; (child = 2 * i + 1) < h->count; i = child) {
		if (child + 1 < h->count && h->at[child + 1]->due_ms < h->at[child]->due_ms)
			child++;
		if (h->at[i]->due_ms <= h->at[child]->due_ms)
			return;
		struct mail *m = h->at[i];
		h->at[i] = h->at[child];
		h->at[child] = m;
	}
}

static void put(struct heap *h, struct mail *m)
{
	if (h->count == h->room)
		h->at = mem_resize(h->at, h->room = h->room ? 2 * h->room : 64, sizeof *h->at);
	size_t i = h->count++;
	for (; i > 0 && h->at[(i - 1) / 2]->due_ms > m->due_ms; i = (i - 1) / 2)
		h->at[i] = h->at[(i - 1) / 2];
	h->at[i] = m;
}

static struct mail *take(struct heap *h)
{
	struct mail *m = h->at[0];

	h->at[0] = h->at[--h->count];
	sift(h, 0);
	return m;
}

static bool is_due(const struct heap *h, int64_t now_ms)
{
	return h->count > 0 && h->at[0]->due_ms <= now_ms;
}

static void submit(struct run *r, unsigned char lane)
{
	struct mail *m = mem_alloc(sizeof *m);

	*m = (struct mail){ .arrived_ms = r->now_ms, .due_ms = r->now_ms, .expires_ms = r->now_ms + 5LL * DAY, .lane = lane };
	put(&r->waiting[lane], m);
}

/* ---- the receiver ---- */

static bool is_dead(const struct run *r)
{
	return r->now_ms >= r->sc->receiver.dead_from_ms && r->now_ms < r->sc->receiver.dead_to_ms;
}

static unsigned standing(const struct run *r)
{
	unsigned n = 0;

	for (size_t i = 0; i < SESSIONS_MAX; i++)
		n += r->sessions[i].state == IDLE || r->sessions[i].state == BUSY;
	return n;
}

static bool is_blocked(struct run *r)
{
	const struct receiver *to = &r->sc->receiver;

	if (to->restarts_each_ms && r->now_ms % to->restarts_each_ms < MINUTE)
		return true;
	if (r->now_ms >= r->blocked_until_ms)
		return false;
	r->blocked_until_ms = r->now_ms + to->blocks.window_ms;
	return true;
}

static enum pace_event answer_connection(struct run *r)
{
	struct reply f;

	if (is_dead(r))
		return PACE_UNREACHABLE;
	if (!is_blocked(r) && (r->sc->receiver.sessions == 0 || standing(r) < r->sc->receiver.sessions))
		return PACE_TAKEN;
	f = said(FAULT_TEMPORARY, "4.7.0", "421 4.7.0 not now");
	return pace_event_of_refusal(&f, standing(r));
}

static bool is_beyond(struct run *r, const struct rate *rate)
{
	if (rate->count == 0)
		return false;
	if (r->now_ms / rate->window_ms != r->window_ms) {
		r->window_ms = r->now_ms / rate->window_ms;
		r->in_window = 0;
	}
	return ++r->in_window > rate->count;
}

static void answer_message(struct run *r, const struct mail *m, struct reply *f)
{
	const struct receiver *to = &r->sc->receiver;

	*f = (struct reply){ 0 };
	if (is_dead(r) || is_blocked(r)) {
		*f = said(FAULT_TEMPORARY, "4.3.2", "421 4.3.2 not now");
	} else if (is_beyond(r, &to->blocks)) {
		r->blocked_until_ms = r->now_ms + to->blocks.window_ms;
		*f = said(FAULT_TEMPORARY, "4.7.0", "421 4.7.0 blocked for a while");
	} else if (r->now_ms >= to->sick_from_ms && r->now_ms < to->sick_to_ms) {
		*f = said(FAULT_TEMPORARY, "4.3.0", "451 4.3.0 disk trouble");
	} else if (to->greylist_ms && r->now_ms < m->first_try_ms + to->greylist_ms) {
		*f = said(FAULT_TEMPORARY, "4.2.0", "450 4.2.0 Recipient address rejected: Greylisted");
	} else if (is_beyond(r, &to->rate)) {
		*f = said(FAULT_TEMPORARY, "4.7.1", "450 4.7.1 Error: too much mail from 192.0.2.1");
	}
}

/* ---- the dispatcher ---- */

static void hear(struct run *r, enum pace_event event, unsigned open)
{
	switch (pace_hear(&r->pace, &r->pace_rules, event, open, r->now_ms, draw(r))) {
	case PACE_ON:
		break;
	case PACE_PAUSE:
		r->hops.backoff_ms = r->pace.paused_until_ms;
		break;
	case PACE_FAILED:
		schedule_hop_failed(&r->hops, &one_hop, &rules, false, r->now_ms, draw(r));
		break;
	}
}

static void dialled(struct run *r, struct session *s)
{
	enum pace_event event = answer_connection(r);

	s->state = event == PACE_TAKEN ? IDLE : CLOSED;
	s->until_ms = r->now_ms + LINGER_MS;
	s->taken = 0;
	r->refused += event != PACE_TAKEN;
	if (event != PACE_TAKEN)
		hear(r, event, standing(r));
	else if (r->pace.pauses == 0)
		schedule_hop_reached(&r->hops, &one_hop, r->now_ms);
}

static void finished(struct run *r, struct mail *m)
{
	int64_t way_ms = r->now_ms - m->arrived_ms;

	if (m->lane == SINGLE && way_ms > r->single_worst_ms)
		r->single_worst_ms = way_ms;
	if (m->lane == BULK && --r->bulk_left == 0)
		r->bulk_done_ms = r->now_ms;
	int64_t grey_ms = r->now_ms - m->first_try_ms - r->sc->receiver.greylist_ms;
	if (m->tries > 1 && grey_ms > r->grey_worst_ms)
		r->grey_worst_ms = grey_ms;
	free(m);
}

/* What it was not asked about comes back as it was. */
static void close_session(struct run *r, struct session *s)
{
	for (; s->held > 0; s->held--) {
		pace_unsent(&r->pace, &r->pace_rules);
		put(&r->waiting[s->hand[s->held - 1]->lane], s->hand[s->held - 1]);
	}
	s->state = CLOSED;
}

static void judged(struct run *r, struct session *s, struct mail *m, const struct reply *f)
{
	enum pace_event event = pace_event_of(f, s->taken == 0);
	struct attempt a = {
		.kind = f->kind, .trusted_clock = true, .failures = m->failures, .expires_ms = m->expires_ms,
		.greylisted = event == PACE_GREYLISTED, .site_busy = event == PACE_SLOWED || event == PACE_CLOSED,
	};

	r->refused += event == PACE_SLOWED || event == PACE_CLOSED || event == PACE_DEFERRED;
	s->taken += event == PACE_TAKEN;
	if (event == PACE_TAKEN || event == PACE_GREYLISTED)
		schedule_hop_reached(&r->hops, &one_hop, r->now_ms);
	hear(r, event, standing(r) - 1);
	switch (schedule_recipient(&a, &rules, r->now_ms, draw(r), &m->due_ms)) {
	case VERDICT_DELIVERED:
		r->delivered++;
		finished(r, m);
		break;
	case VERDICT_RETRY:
		m->failures++;
		put(&r->waiting[m->lane], m);
		break;
	default:
		r->expired++;
		finished(r, m);
	}
	if (f->code == 421)
		close_session(r, s);
}

static void answered(struct run *r, struct session *s)
{
	struct mail *m = s->hand[0];
	struct reply f;

	s->held--;
	memmove(s->hand, s->hand + 1, s->held * sizeof *s->hand);
	s->state = s->held > 0 ? BUSY : IDLE;
	s->until_ms = r->now_ms + (s->held > 0 ? r->sc->receiver.message_ms : LINGER_MS);
	if (++m->tries == 1)
		m->first_try_ms = r->now_ms;
	if (m->tries > r->most_tries)
		r->most_tries = m->tries;
	answer_message(r, m, &f);
	judged(r, s, m, &f);
}

static struct mail *next_mail(struct run *r)
{
	for (unsigned i = 0; i < LANES; i++) {
		r->turn = (r->turn + 1) % LANES;
		if (is_due(&r->waiting[r->turn], r->now_ms))
			return take(&r->waiting[r->turn]);
	}
	return NULL;
}

static void hand_out(struct run *r)
{
	for (size_t i = 0; i < SESSIONS_MAX; i++) {
		struct session *s = &r->sessions[i];
		struct mail *m;
		while ((s->state == IDLE || s->state == BUSY) && s->held < HAND &&
		       pace_room(&r->pace, &r->pace_rules, r->now_ms) > 0 && (m = next_mail(r)) != NULL) {
			pace_sent(&r->pace, &r->pace_rules, r->now_ms);
			r->sent++;
			if (s->held == 0)
				s->until_ms = r->now_ms + r->sc->receiver.message_ms;
			s->hand[s->held++] = m;
			s->state = BUSY;
		}
	}
}

static size_t due_count(const struct run *r)
{
	size_t n = 0;

	for (unsigned i = 0; i < LANES; i++)
		n += is_due(&r->waiting[i], r->now_ms) ? (r->waiting[i].count < 100 ? r->waiting[i].count : 100) : 0;
	return n;
}

static void grow(struct run *r)
{
	unsigned room = pace_room(&r->pace, &r->pace_rules, r->now_ms);
	size_t work = due_count(r);
	struct session_need need = {
		.limit = pace_sessions(&r->pace, &r->pace_rules, r->now_ms), .total_limit = SESSIONS_MAX,
		.work = work < room ? work : room,
	};

	for (size_t i = 0; i < SESSIONS_MAX; i++) {
		need.dialling += r->sessions[i].state == DIALLING;
		need.open += r->sessions[i].state != CLOSED;
	}
	need.usable = need.total = need.open;
	if (!schedule_wants_session(&need))
		return;
	for (size_t i = 0; i < SESSIONS_MAX; i++)
		if (r->sessions[i].state == CLOSED) {
			r->sessions[i] = (struct session){ .state = DIALLING, .until_ms = r->now_ms + SETUP_MS };
			r->dials++;
			return;
		}
}

/* ---- time ---- */

static void turn(struct run *r)
{
	if (r->sc->single_each_ms && r->now_ms >= r->next_single_ms && r->now_ms < week_ms - DAY) {
		submit(r, SINGLE);
		r->next_single_ms = r->now_ms + r->sc->single_each_ms;
	}
	for (size_t i = 0; i < SESSIONS_MAX; i++) {
		struct session *s = &r->sessions[i];
		if (s->state == CLOSED || s->until_ms > r->now_ms)
			continue;
		if (s->state == DIALLING)
			dialled(r, s);
		else if (s->state == BUSY)
			answered(r, s);
		else
			s->state = CLOSED;
	}
	if (r->now_ms < r->hops.backoff_ms)
		return;
	hand_out(r);
	grow(r);
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* When something comes, or may be done. */
static int64_t next_ms(const struct run *r)
{
	int64_t next = week_ms, work = week_ms;

	if (r->sc->single_each_ms)
		next = earlier(next, r->next_single_ms > r->now_ms ? r->next_single_ms : week_ms);
	for (size_t i = 0; i < SESSIONS_MAX; i++)
		if (r->sessions[i].state != CLOSED)
			next = earlier(next, r->sessions[i].until_ms);
	for (unsigned i = 0; i < LANES; i++)
		if (r->waiting[i].count > 0)
			work = earlier(work, r->waiting[i].at[0]->due_ms);
	int64_t may = pace_next_ms(&r->pace, &r->pace_rules, r->now_ms);
	may = may > r->hops.backoff_ms ? may : r->hops.backoff_ms;
	work = work > may ? work : may;
	/* What may be done now was done: it waits for what comes. */
	if (work > r->now_ms)
		next = earlier(next, work);
	return next > r->now_ms ? next : r->now_ms + 1;
}

static void simulate(const struct scenario *sc, struct run *r)
{
	*r = (struct run){
		.sc = sc, .seed = 42, .bulk_left = sc->bulk, .now_ms = 1,
		.pace_rules = { .sessions = sc->sessions, .rate = sc->set, .pause_min_ms = 15 * SECOND,
		                .pause_max_ms = 5 * MINUTE },
	};
	for (unsigned i = 0; i < sc->bulk; i++)
		submit(r, BULK);
	for (; r->now_ms < week_ms; r->now_ms = next_ms(r))
		turn(r);
	for (unsigned i = 0; i < LANES; i++) {
		while (r->waiting[i].count > 0)
			free(take(&r->waiting[i]));
		free(r->waiting[i].at);
	}
}

/* ---- the scenarios ---- */

static const struct scenario scenarios[] = {
	{ "takes all in 100 ms", { .message_ms = 100 }, .sessions = 5, .bulk = 50000, .single_each_ms = 10 * MINUTE,
	  .ideal_per_s = 50, .least_of_ideal = 0.95, .most_refused = 0, .most_single_ms = 5 * SECOND, .most_tries = 1 },
	{ "takes 3 sessions", { .sessions = 3, .message_ms = 1000 }, .sessions = 20, .bulk = 50000,
	  .single_each_ms = 10 * MINUTE, .ideal_per_s = 3, .least_of_ideal = 0.95, .most_refused = 15, .most_single_ms = 5 * SECOND, .most_tries = 1 },
	{ "takes 300/h, 4xx beyond", { .rate = { 300, HOUR }, .message_ms = 300 }, .sessions = 5, .bulk = 28000,
	  .single_each_ms = HOUR, .ideal_per_s = 300 / 3600.0, .least_of_ideal = 0.8, .most_refused = 250,
	  .most_single_ms = 30 * MINUTE, .most_tries = 10 },
	{ "takes 30/m, 4xx beyond", { .rate = { 30, MINUTE }, .message_ms = 300 }, .sessions = 5, .bulk = 50000,
	  .single_each_ms = HOUR, .ideal_per_s = 0.5, .least_of_ideal = 0.8, .most_refused = 250,
	  .most_single_ms = 5 * MINUTE, .most_tries = 10 },
	{ "blocks for an hour after 500/h", { .blocks = { 500, HOUR }, .message_ms = 300 }, .sessions = 5, .bulk = 20000,
	  .single_each_ms = HOUR, .ideal_per_s = 500 / 3600.0, .least_of_ideal = 0.4, .most_refused = 300,
	  .most_single_ms = 0, .most_tries = 10 },
	{ "greylists for 5 minutes", { .greylist_ms = 5 * MINUTE, .message_ms = 200 }, .sessions = 5, .bulk = 2000,
	  .single_each_ms = 10 * MINUTE, .most_refused = 0, .most_single_ms = 7 * MINUTE, .most_tries = 3 },
	{ "greylists for 15 minutes", { .greylist_ms = 15 * MINUTE, .message_ms = 200 }, .sessions = 5, .bulk = 2000,
	  .single_each_ms = 10 * MINUTE, .most_refused = 0, .most_single_ms = 22 * MINUTE, .most_tries = 5 },
	{ "is dead for two days", { .dead_from_ms = DAY, .dead_to_ms = 3LL * DAY, .message_ms = 200 }, .sessions = 5,
	  .single_each_ms = MINUTE, .most_refused = 30, .most_single_ms = 2LL * DAY + 5 * HOUR, .most_tries = 2 },
	{ "puts all off for two days", { .sick_from_ms = DAY, .sick_to_ms = 3LL * DAY, .message_ms = 200 }, .sessions = 5,
	  .single_each_ms = MINUTE, .most_refused = 120, .most_single_ms = 2LL * DAY + 9 * HOUR, .most_tries = 20 },
	{ "is slow: 20 s a message", { .message_ms = 20 * SECOND }, .sessions = 5, .bulk = 20000,
	  .single_each_ms = 10 * MINUTE, .ideal_per_s = 0.25, .least_of_ideal = 0.95, .most_single_ms = (HAND + 1) * 20 * SECOND, .most_tries = 1 },
	{ "restarts each hour", { .restarts_each_ms = HOUR, .message_ms = 300 }, .sessions = 5, .bulk = 50000,
	  .single_each_ms = 10 * MINUTE, .ideal_per_s = 16, .least_of_ideal = 0.8, .most_refused = 600,
	  .most_single_ms = 4 * MINUTE, .most_tries = 10 },
	{ "is to get 120/h", { .message_ms = 300 }, .set = { 120, HOUR }, .sessions = 5, .bulk = 15000, .single_each_ms = HOUR,
	  .ideal_per_s = 120 / 3600.0, .least_of_ideal = 0.9, .most_single_ms = 2 * MINUTE, .most_tries = 1 },
};

static void check(const struct scenario *sc, const struct run *r)
{
	double took_s = (double)r->bulk_done_ms / 1000.0;
	double share = sc->ideal_per_s > 0 && took_s > 0 ? (double)sc->bulk / took_s / sc->ideal_per_s : 0;

	printf("# %-32s %8u %8u %8u %7.0f%% %10.1f %6u\n", sc->name, r->dials, r->sent, r->refused, 100 * share,
	       (double)r->single_worst_ms / 1000.0, r->most_tries);
	is_int(r->expired + r->bulk_left, 0, "%s: all is delivered", sc->name);
	if (sc->ideal_per_s > 0)
		ok(share >= sc->least_of_ideal, "%s: %.0f%% of what it takes", sc->name, 100 * share);
	ok(r->refused <= sc->most_refused, "%s: %u refusals", sc->name, r->refused);
	if (sc->most_single_ms)
		ok(r->single_worst_ms <= sc->most_single_ms, "%s: a single mail is on its way for %.1f s at the longest", sc->name,
		   (double)r->single_worst_ms / 1000.0);
	ok(r->most_tries <= sc->most_tries, "%s: %u tries of one mail", sc->name, r->most_tries);
}

int main(void)
{
	tap_plan(55);
	printf("# %-32s %8s %8s %8s %8s %10s %6s\n", "a week with a receiver that", "dials", "sent", "refused", "of ideal",
	       "single s", "tries");
	for (size_t i = 0; i < sizeof scenarios / sizeof scenarios[0]; i++) {
		struct run r;
		simulate(&scenarios[i], &r);
		check(&scenarios[i], &r);
	}
	return tap_done();
}
