/* SPDX-License-Identifier: ISC */
/*
 * A week of mail through the queue's core, against receivers that are
 * modelled: what each does to a connection and to a message is in one table,
 * and so is what must come of it. Time is simulated and randomness has a seed:
 * each run is the same.
 *
 * All of it is the core's own: it accepts each mail, stores it, spawns
 * sessions, hands out, hears and tries again. The test is its resolver and its
 * sessions (tests/relay/queue/rig.h).
 */
#include "base/io.h"
#include "base/log.h"
#include "base/pack.h"
#include "relay/channel.h"
#include "relay/queue/pace.h"
#include "relay/queue/table.h"
#include "relay/queue_id.h"

#include "tests/base/mail/said.h"
#include "tests/relay/queue/rig.h"
#include "tests/tap.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

enum { SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE, DAY = 24 * HOUR };
/* Before a mail that comes there are those that a session has, as many that are picked for it, and itself. */
enum { HAND = 4, LINE = 2 * HAND + 1 };

enum { SESSIONS_MAX = 64, BULK = 0, SINGLE = 1, SETUP_MS = 200, AT_ONCE = 50, PART = 10 };

static const int64_t week_ms = 7LL * DAY;

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
	unsigned bulk;                  /* at the beginning, */
	unsigned enough;                /* or so many of them, where SIMULATE_ALL is not set; 0: a tenth */
	int64_t single_each_ms;
	/* What must come of it: */
	double ideal_per_s;             /* what the receiver takes; 0 is not asked */
	double least_of_ideal;
	unsigned most_refused;          /* connections and messages that it did not want, in the week */
	int64_t most_single_ms;         /* a single mail's way, at the longest; 0 is not asked */
	unsigned most_tries;            /* of any mail */
};

struct letter {
	int64_t arrived_ms, first_try_ms;
	unsigned tries;
	unsigned char lane;
};

/* Holds a few mails and speaks of the first. */
struct speaker {
	enum { NONE, SPAWNED, DIALLING, IDLE, BUSY } state;
	int64_t until_ms;
	uint64_t ticket;
	struct channel *c;
	bool quits;
	struct held { uint64_t ticket, recipient; struct letter *mail; } hand[HAND];
	unsigned held, taken;
};

struct run {
	const struct scenario *sc;
	int64_t now_ms;                 /* since it began at */
	int64_t begun_ms;
	struct rig rig;
	struct table mails;             /* by the number of the submission, then by queue id */
	uint64_t submitted;
	struct speaker sessions[SESSIONS_MAX];
	int64_t next_single_ms;
	/* the receiver's memory */
	int64_t window_ms, blocked_until_ms;
	unsigned in_window;
	/* what came of it */
	unsigned dials, refused, sent, most_tries, bulk, bulk_left, left;
	int64_t bulk_done_ms, single_worst_ms;
};

/* A kill loses nothing here. */
int fsync(int fd)
{
	(void)fd;
	return 0;
}

int fdatasync(int fd)
{
	(void)fd;
	return 0;
}

static void submit(struct run *r, unsigned char lane)
{
	struct submission_recipient to = { .address = "you@example.net", .original = "you@example.net", .orcpt = "", .refused = "",
		.refused_status = "", .notify = NOTIFY_NEVER };
	struct submission s = { .uid = 1000 + lane, .sender = "me@example.org", .envid = "", .from_domain = "example.org",
		.message_id = "1@example.org", .program = "test", .arrival_ms = rig_now().wall_ms, .held = "", .body_file = "",
		.recipients = &to, .recipient_count = 1, .message = SPAN("From: me@example.org\r\n\r\nhello\r\n"), .bulk = lane == BULK };
	struct submit submit = { .ticket = ++r->submitted, .parts = &s, .count = 1 };
	struct letter *m = mem_alloc(sizeof *m);

	*m = (struct letter){ .arrived_ms = r->now_ms, .lane = lane };
	table_put(&r->mails, r->submitted, m);
	memcpy(s.id, &r->submitted, sizeof r->submitted);
	s.size_bytes = s.message.len;
	r->left++;
	SEND(r->rig.pickup, FRAME_SUBMIT, submit, &submit);
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

static bool takes_another(struct run *r)
{
	return !is_blocked(r) && (r->sc->receiver.sessions == 0 || standing(r) < r->sc->receiver.sessions);
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

static void answer_message(struct run *r, const struct letter *m, struct reply *f)
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

/* ---- sessions ---- */

static void over(struct run *r, struct speaker *s)
{
	struct peer peer = { ROLE_SMTP, s->ticket };

	channel_free(s->c);
	SEND(r->rig.parent, FRAME_EXITED, peer, &peer);
	*s = (struct speaker){ 0 };
}

static void ends(struct run *r, struct speaker *s, enum session_scope scope, struct reply reply)
{
	struct session_end e = { .scope = scope, .reply = reply, .connections = scope != SESSION_UNREACHABLE };

	SEND(s->c, FRAME_SESSION_END, session_end, &e);
	over(r, s);
}

static void wants(struct speaker *s, uint32_t more)
{
	struct buf b = { 0 };

	pack_u32(&b, more);
	channel_send(s->c, FRAME_WANT, buf_span(&b), -1);
	buf_free(&b);
}

static void dialled(struct run *r, struct speaker *s)
{
	struct session_ready ready = { .relay = SAID_RELAY, .host = "smtp.isp.example", .source = "192.0.2.1", .tls = "",
		.tls_summary = "none", .connections = 1 };

	r->dials++;
	if (is_dead(r)) {
		r->refused++;
		ends(r, s, SESSION_UNREACHABLE, said_at(STEP_CONNECTION, FAULT_TEMPORARY, "4.4.1", "connection timed out"));
	} else if (!takes_another(r)) {
		r->refused++;
		ends(r, s, SESSION_REFUSED, said_at(STEP_CONNECTION, FAULT_TEMPORARY, "4.7.0", "421 4.7.0 not now"));
	} else {
		s->state = IDLE;
		SEND(s->c, FRAME_READY, session_ready, &ready);
		wants(s, HAND);
	}
}

static void finished(struct run *r, const struct letter *m)
{
	int64_t way_ms = r->now_ms - m->arrived_ms;

	r->left--;
	if (m->lane == SINGLE && way_ms > r->single_worst_ms)
		r->single_worst_ms = way_ms;
	if (m->lane == BULK && --r->bulk_left == 0)
		r->bulk_done_ms = r->now_ms;
}

/* Of the first that it holds. */
static void answered(struct run *r, struct speaker *s)
{
	struct held first = s->hand[0];
	struct recipient_outcome said_of = { .id = first.recipient };
	struct outcome o = { .ticket = first.ticket, .recipients = &said_of, .recipient_count = 1, .setup_ms = 5, .transfer_ms = 9 };
	struct letter *m = first.mail;

	s->held--;
	memmove(s->hand, s->hand + 1, s->held * sizeof *s->hand);
	s->state = s->held > 0 ? BUSY : IDLE;
	s->until_ms = r->now_ms + r->sc->receiver.message_ms;
	if (++m->tries == 1)
		m->first_try_ms = r->now_ms;
	if (m->tries > r->most_tries)
		r->most_tries = m->tries;
	answer_message(r, m, &said_of.reply);
	if (said_of.reply.kind == FAULT_NONE)
		said_of.reply = said(FAULT_NONE, "2.0.0", "250 ok");
	enum pace_event event = pace_event_of(&said_of.reply, s->taken == 0);
	r->refused += event == PACE_SLOWED || event == PACE_CLOSED || event == PACE_DEFERRED;
	s->taken += event == PACE_TAKEN;
	if (event == PACE_TAKEN)
		finished(r, m);
	SEND(s->c, FRAME_OUTCOME, outcome, &o);
	if (said_of.reply.code == 421)
		ends(r, s, SESSION_LOST, said_at(STEP_MAIL, FAULT_TEMPORARY, "4.3.2", "421 4.3.2 not now"));
	else
		wants(s, 1);
}

/* ---- what the core wants ---- */

static void asked_for_session(struct run *r, struct span payload)
{
	struct speaker *s = r->sessions;
	struct spawn spawn;

	while (s->state != NONE)
		s++;
	if (s == r->sessions + SESSIONS_MAX || spawn_decode(payload, &spawn) < 0 || spawn.role != ROLE_SMTP) {
		printf("Bail out! Something else than a session is wanted\n");
		exit(1);
	}
	*s = (struct speaker){ .state = SPAWNED, .ticket = spawn.ticket, .c = rig_give_peer(&r->rig, ROLE_SMTP, spawn.ticket) };
	spawn_free(&spawn);
}

static void asked_for_plan(struct run *r, struct span payload)
{
	struct ip_address address = { 4, { 192, 0, 2, 25 } };
	struct target target = { .host = "smtp.isp.example", .preference = 10, .addresses = &address, .address_count = 1 };
	struct plan plan = { .targets = &target, .target_count = 1 };
	struct plan_job job;

	if (plan_job_decode(payload, &job) < 0)
		return;
	plan.ticket = job.ticket;
	SEND(r->rig.resolver, FRAME_PLANNED, plan, &plan);
	plan_job_free(&job);
}

/* It is known by its queue id from now on, apart from what is only numbered. */
static void submitted(struct run *r, struct span payload)
{
	struct submitted answer;
	uint64_t id;

	if (submitted_decode(payload, &answer) < 0)
		return;
	if (answer.fault.kind == FAULT_NONE && queue_id_parse(span_of(answer.queue_id), &id))
		table_put(&r->mails, id, table_get(&r->mails, answer.ticket));
	else
		ok(false, "%s", answer.fault.text);
	table_remove(&r->mails, answer.ticket);
	submitted_free(&answer);
}

static void told_delivery(struct run *r, struct speaker *s, struct span payload)
{
	struct delivery d;
	uint64_t id;

	if (delivery_decode(payload, &d) < 0 || !queue_id_parse(span_of(d.queue_id), &id))
		return;
	if (s->held == 0)
		s->until_ms = r->now_ms + r->sc->receiver.message_ms;
	s->hand[s->held++] = (struct held){ d.ticket, d.recipients[0].id, table_get(&r->mails, id) };
	s->state = BUSY;
	r->sent++;
	delivery_free(&d);
}

static void session_hears(struct run *r, struct speaker *s, const struct frame *f)
{
	if (f->type == FRAME_SESSION) {
		s->state = DIALLING;
		s->until_ms = r->now_ms + SETUP_MS;
	} else if (f->type == FRAME_DELIVER) {
		told_delivery(r, s, f->payload);
	} else if (f->type == FRAME_QUIT) {
		s->quits = true;
	}
}

enum { SAYS = 3, CHANNELS_MAX = SAYS + SESSIONS_MAX };

/* Those that have something to read: the core, which runs in between, has said all that it is going to say. */
static void hear_new(struct run *r)
{
	struct channel *c[CHANNELS_MAX] = { r->rig.parent, r->rig.resolver, r->rig.pickup };
	struct pollfd fds[CHANNELS_MAX];
	nfds_t count = SAYS;

	for (size_t i = 0; i < SESSIONS_MAX; i++)
		if (r->sessions[i].state != NONE)
			c[count++] = r->sessions[i].c;
	for (nfds_t i = 0; i < count; i++)
		fds[i] = (struct pollfd){ .fd = channel_fd(c[i]), .events = POLLIN };
	if (poll(fds, count, 0) < 1)
		return;
	for (nfds_t i = 0; i < count; i++)
		if (fds[i].revents)
			channel_fill(c[i]);
}

/* True: something was said. */
static bool hear_all(struct run *r)
{
	struct frame f;
	bool heard = false;

	hear_new(r);
	for (; channel_next(r->rig.parent, &f); io_close(&f.fd), heard = true)
		if (f.type == FRAME_SPAWN)
			asked_for_session(r, f.payload);
	for (; channel_next(r->rig.resolver, &f); heard = true)
		asked_for_plan(r, f.payload);
	for (; channel_next(r->rig.pickup, &f); heard = true)
		submitted(r, f.payload);
	for (struct speaker *s = r->sessions; s < r->sessions + SESSIONS_MAX; s++) {
		for (; s->state != NONE && channel_next(s->c, &f); io_close(&f.fd), heard = true)
			session_hears(r, s, &f);
		if (s->state != NONE && s->quits && s->held == 0)
			ends(r, s, SESSION_DONE, (struct reply){ 0 });
	}
	return heard;
}

static void settle(struct run *r)
{
	do
		rig_settle(&r->rig);
	while (hear_all(r));
}

/* ---- time ---- */

static void turn(struct run *r)
{
	if (r->sc->single_each_ms && r->now_ms >= r->next_single_ms && r->now_ms < week_ms - DAY) {
		submit(r, SINGLE);
		r->next_single_ms = r->now_ms + r->sc->single_each_ms;
	}
	for (struct speaker *s = r->sessions; s < r->sessions + SESSIONS_MAX; s++) {
		if ((s->state != DIALLING && s->state != BUSY) || s->until_ms > r->now_ms)
			continue;
		if (s->state == DIALLING)
			dialled(r, s);
		else
			answered(r, s);
	}
	settle(r);
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* When something comes from without. */
static int64_t next_ms(const struct run *r)
{
	int64_t next = week_ms;

	if (r->sc->single_each_ms && r->next_single_ms > r->now_ms)
		next = earlier(next, r->next_single_ms);
	for (const struct speaker *s = r->sessions; s < r->sessions + SESSIONS_MAX; s++)
		if (s->state == DIALLING || s->state == BUSY)
			next = earlier(next, s->until_ms);
	return next;
}

static void begin(struct run *r)
{
	struct settings *set = &r->rig.settings;
	struct smarthost *isp;

	rig_make(&r->rig);
	snprintf(r->rig.log, sizeof r->rig.log, "/dev/null");
	rig_clock_set((struct core_time){ INT64_C(1700006400000), INT64_C(1700006400000) });
	set->time_scale = 1;
	set->retry_min_ms = 5 * MINUTE;
	set->retry_max_ms = 4 * HOUR;
	set->queue_life_ms = 5LL * DAY;
	isp = set->smarthosts;
	isp->sessions = r->sc->sessions;
	isp->rate = r->sc->set;
	isp->sign = false;
	rig_set(&set->routes->via.items[0], "isp");
	rig_start(&r->rig);
	settle(r);
	r->begun_ms = rig_now().boot_ms;
}

static void end(struct run *r)
{
	for (struct speaker *s = r->sessions; s < r->sessions + SESSIONS_MAX; s++)
		channel_free(s->c);
	for (size_t i = 0; i < r->mails.room; i++)
		free(r->mails.slots[i].value);
	table_free(&r->mails);
	rig_kill(&r->rig);
	settings_free(&r->rig.settings);
}

static void simulate(const struct scenario *sc, struct run *r)
{
	*r = (struct run){ .sc = sc, .bulk = getenv("SIMULATE_ALL") ? sc->bulk : sc->enough ? sc->enough : sc->bulk / PART };
	r->bulk_left = r->bulk;
	begin(r);
	for (unsigned i = 0; i < r->bulk; i++) {
		submit(r, BULK);
		if (i % AT_ONCE == 0)
			settle(r);
	}
	for (turn(r); r->now_ms < week_ms; turn(r)) {
		rig_advance(&r->rig, r->begun_ms + next_ms(r));
		r->now_ms = rig_now().boot_ms - r->begun_ms;
	}
	end(r);
}

/* ---- the scenarios ---- */

static const struct scenario scenarios[] = {
	{ "takes all in 100 ms", { .message_ms = 100 }, .sessions = 5, .bulk = 50000, .single_each_ms = 10 * MINUTE,
	  .ideal_per_s = 50, .least_of_ideal = 0.95, .most_refused = 0, .most_single_ms = 5 * SECOND, .most_tries = 1 },
	{ "takes 3 sessions", { .sessions = 3, .message_ms = 1000 }, .sessions = 20, .bulk = 50000,
	  .single_each_ms = 10 * MINUTE, .ideal_per_s = 3, .least_of_ideal = 0.95, .most_refused = 15, .most_single_ms = LINE * SECOND, .most_tries = 1 },
	{ "takes 300/h, 4xx beyond", { .rate = { 300, HOUR }, .message_ms = 300 }, .sessions = 5, .bulk = 28000,
	  .single_each_ms = HOUR, .ideal_per_s = 300 / 3600.0, .least_of_ideal = 0.8, .most_refused = 250,
	  .most_single_ms = 30 * MINUTE, .most_tries = 10 },
	{ "takes 30/m, 4xx beyond", { .rate = { 30, MINUTE }, .message_ms = 300 }, .sessions = 5, .bulk = 50000,
	  .single_each_ms = HOUR, .ideal_per_s = 0.5, .least_of_ideal = 0.8, .most_refused = 250,
	  .most_single_ms = 5 * MINUTE, .most_tries = 10 },
	{ "blocks for an hour after 500/h", { .blocks = { 500, HOUR }, .message_ms = 300 }, .sessions = 5, .bulk = 20000, .enough = 10000,
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
	  .single_each_ms = 10 * MINUTE, .ideal_per_s = 0.25, .least_of_ideal = 0.95, .most_single_ms = LINE * 20 * SECOND, .most_tries = 1 },
	{ "restarts each hour", { .restarts_each_ms = HOUR, .message_ms = 300 }, .sessions = 5, .bulk = 50000, .enough = 10000,
	  .single_each_ms = 10 * MINUTE, .ideal_per_s = 16, .least_of_ideal = 0.8, .most_refused = 600,
	  .most_single_ms = 4 * MINUTE, .most_tries = 10 },
	{ "is to get 120/h", { .message_ms = 300 }, .set = { 120, HOUR }, .sessions = 5, .bulk = 15000, .single_each_ms = HOUR,
	  .ideal_per_s = 120 / 3600.0, .least_of_ideal = 0.9, .most_single_ms = 2 * MINUTE, .most_tries = 1 },
};

static void check(const struct scenario *sc, const struct run *r)
{
	double took_s = (double)r->bulk_done_ms / 1000.0;
	double share = sc->ideal_per_s > 0 && took_s > 0 ? (double)r->bulk / took_s / sc->ideal_per_s : 0;

	printf("# %-32s %8u %8u %8u %7.0f%% %10.1f %6u\n", sc->name, r->dials, r->sent, r->refused, 100 * share,
	       (double)r->single_worst_ms / 1000.0, r->most_tries);
	is_int(r->left, 0, "%s: all is delivered", sc->name);
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
	signal(SIGPIPE, SIG_IGN);
	log_open("signet/queue", "stderr");
	printf("# %-32s %8s %8s %8s %8s %10s %6s\n", "a week with a receiver that", "dials", "sent", "refused", "of ideal",
	       "single s", "tries");
	for (size_t i = 0; i < sizeof scenarios / sizeof scenarios[0]; i++) {
		static struct run r;
		simulate(&scenarios[i], &r);
		check(&scenarios[i], &r);
	}
	return tap_done();
}
