/* SPDX-License-Identifier: ISC */
#include "relay/queue/dispatch.h"

#include "relay/queue/blocked.h"
#include "relay/queue/destination.h"
#include "relay/queue/flow.h"
#include "relay/queue/job.h"
#include "relay/queue/mail.h"
#include "relay/queue/needs.h"
#include "relay/queue/outcome.h"
#include "relay/queue/pacer.h"
#include "relay/queue/session.h"
#include "relay/queue/site.h"
#include "relay/queue/smtp_session.h"
#include "relay/queue/strikes.h"
#include "relay/route/hop.h"

enum { AHEAD_FIRST = 2, AHEAD_PER_SESSION = 4, AHEAD_MAX = 64, JOBS_MAX = 400, RESERVE_PART = 4 };

/* ---- what has changed ---- */

/* In this turn. */
static bool is_looked_at(const struct site *s)
{
	return s->pacer->is_looked_at;
}

/* Hosts that let callers wait take no slots, until there are as many of them as slots. */
static unsigned slots_taken(const struct queue *q)
{
	unsigned slots = q->settings->sessions, slow = q->slow_count < slots ? q->slow_count : slots;

	return q->session_count > slow ? q->session_count - slow : 0;    /* the slow ones may have gone since they were counted */
}

/* To note in it what a look finds, which is no change. */
static struct pacer *notes_of(const struct site *s)
{
	return (struct pacer *)(uintptr_t)s->pacer;
}

static bool gets_what_it_wants(const struct queue *q, const struct site *s)
{
	return (s->wants_room && q->job_count < JOBS_MAX) || (s->wants_slot && slots_taken(q) < q->settings->sessions);
}

static bool anything_has_changed(const struct queue *q)
{
	return q->any_site_changed || q->all_sites_changed || q->mails_changed;
}

static void list_looked_at(struct queue *q)
{
	struct site **end = &q->looked_at;

	for (struct site *s = q->sites; s; s = s->next)
		if (is_looked_at(s)) {
			*end = s;
			end = &s->next_looked_at;
		}
	*end = NULL;
}

/* What is changed from now on will be looked at again. False: nothing was, since the last time. */
static bool take_changes(struct queue *q)
{
	bool any = q->mails_changed, any_wants = false;

	if (!anything_has_changed(q) && !q->any_site_wants)
		return false;
	for (struct site *s = q->sites; s; s = s->next) {
		if (s->pacer->changed || q->all_sites_changed || gets_what_it_wants(q, s)) {
			notes_of(s)->is_looked_at = any = true;
			notes_of(s)->changed = s->wants_room = s->wants_slot = false;
		}
		any_wants |= s->wants_room || s->wants_slot;
	}
	q->any_site_wants = any_wants;
	q->any_site_changed = q->all_sites_changed = q->mails_changed = false;
	list_looked_at(q);
	return any;
}

bool dispatch_needs_turn(const struct queue *q)
{
	return anything_has_changed(q) && !q->draining;
}

/* ---- counting ---- */

static void count_sessions(struct queue *q)
{
	for (struct site *s = q->looked_at; s; s = s->next_looked_at) {
		s->open = s->usable = 0;
		s->credits = s->in_hand = 0;
		notes_of(s)->sessions = notes_of(s)->dialling = 0;
	}
	q->slow_count = 0;
	for (const struct smtp_session *x = q->sessions; x; x = x->next) {
		bool slow = session_is_slow(q, x);
		bool dials = x->state == SMTP_SPAWNED || x->state == SMTP_DIALLING, is_open = x->state == SMTP_OPEN && !slow;
		struct site *s = table_get(&q->site_numbers, x->site);
		q->slow_count += slow;
		if (!is_looked_at(s))
			continue;
		notes_of(s)->sessions++;
		notes_of(s)->dialling += dials;
		s->usable += dials || is_open;
		s->in_hand += x->sent.count;
		s->open += is_open;
		s->credits += is_open ? x->credits : 0;
	}
}

static unsigned room_of(const struct queue *q, const struct site *s)
{
	return pace_room(&s->pacer->pace, &s->pacer->rules, q->boot_ms);
}

static bool has_more(const struct queue *q, const struct site *s)
{
	for (size_t i = 0; i < s->destination_count; i++)
		if (destination_find(q, s->destinations[i])->more)
			return true;
	return false;
}

/* ---- picking ---- */

static struct job *next_job(struct queue *q, struct site *s)
{
	size_t most = pacer_cap_room(q, s->pacer), at_once = pacer_recipients(q, s->pacer);

	/* What the cap leaves beside those that are picked. */
	for (const struct job *job = most == UINT32_MAX ? NULL : s->ahead.first; job; job = job->next)
		most -= job->recipient_count < most ? job->recipient_count : most;
	if (most > at_once)
		most = at_once;
	for (size_t i = 0; most > 0 && i < s->destination_count; i++) {
		s->turn = (s->turn + 1) % s->destination_count;
		struct destination *d = destination_find(q, s->destinations[s->turn]);
		struct job *job = d->more && d->state == DESTINATION_OPEN ? destination_pick(q, d, most) : NULL;
		if (job)
			return job;
	}
	return NULL;
}

static bool is_on_trial(const struct queue *q, const struct site *s)
{
	if (q->blocked == NULL)
		return false;
	struct blocked_query at = site_blocked_query(s, NULL);
	return blocked_is_on_trial(q, &at);
}

/* What is picked has its place in the line, before all that comes later: few where they go slowly. */
static size_t ahead_wanted(const struct queue *q, const struct site *s)
{
	size_t want = AHEAD_FIRST + AHEAD_PER_SESSION * (size_t)s->open + s->credits;

	if (is_on_trial(q, s))
		return s->in_hand == 0;
	if (want > AHEAD_MAX)
		want = AHEAD_MAX;
	return room_of(q, s) < want ? AHEAD_FIRST : want;
}

static void fill(struct queue *q, struct site *s)
{
	size_t want = ahead_wanted(q, s);
	struct fault why;
	struct job *job;

	/* A few of its own are every site's right, however much others have in memory. */
	while (s->ahead.count < want && (q->job_count < JOBS_MAX || s->ahead.count < AHEAD_FIRST) &&
	       (job = next_job(q, s)) != NULL) {
		if (strikes_judge(q, job->message, &why) == STRIKES_HOLD) {
			outcome_hold(q, job, &why);
			continue;
		}
		if (hop_signs(s->smarthost))
			mail_sign(q, job->message);
		job_list_add(&s->ahead, job);
	}
	s->wants_room = s->ahead.count < want && q->job_count >= JOBS_MAX && has_more(q, s);
	q->any_site_wants |= s->wants_room;
}

static void hold_struck(struct queue *q, const struct site *s)
{
	struct fault why;

	for (const struct job *job = s->ahead.first, *next; job; job = next) {
		next = job->next;
		if (strikes_judge(q, job->message, &why) == STRIKES_HOLD)
			outcome_hold(q, job_list_take(&site_change(s)->ahead, job->ticket), &why);
	}
}

/* ---- handing out ---- */

static void put_back_unread(struct queue *q, struct job *job)
{
	struct reply lost;

	if (mail_damage(q, job->message)) {
		outcome_hold(q, job, mail_damage(q, job->message));
		return;
	}
	reply_set(&lost, FAULT_TEMPORARY, "4.3.0", STEP_NONE, "", "the text of this message cannot be read from the spool");
	outcome_of_whole_job(q, job, &lost, false);
}

/* Roles have died over it: it goes when nothing else is in the session's hands. */
static bool goes_alone(const struct queue *q, const struct smtp_session *x, const struct job *job)
{
	return strikes_wants_alone(q, job->message, x->role);
}

/*
 * The first that the session can take and that is signed, or needs not be; those that cannot be are put back. What
 * goes alone lets the session finish what it has first.
 */
static struct job *take_signed(struct queue *q, const struct site *s, const struct smtp_session *x)
{
	struct reply unsigned_yet;

	for (const struct job *job = s->ahead.first, *next; job; job = next) {
		next = job->next;
		bool mine = needs_are_met(q, x, job), signs = hop_signs(s->smarthost);
		if (mine && x->sent.count > 0 && goes_alone(q, x, job))
			return NULL;
		if (mine && !signs)
			return job_list_take(&site_change(s)->ahead, job->ticket);
		if (signs)
			mail_sign(q, job->message);    /* it may have been picked for a hop that does not */
		enum mail_state state = mail_state(q, job->message, &unsigned_yet);
		if (state == MAIL_UNREADABLE)
			put_back_unread(q, job_list_take(&site_change(s)->ahead, job->ticket));
		else if (state == MAIL_CANNOT_SIGN)
			outcome_of_whole_job(q, job_list_take(&site_change(s)->ahead, job->ticket), &unsigned_yet, false);
		else if (state == MAIL_READY && mine)
			return job_list_take(&site_change(s)->ahead, job->ticket);
	}
	return NULL;
}

static bool hand_out_one(struct queue *q, const struct committed *c, struct smtp_session *x)
{
	const struct site *s = site_at(q, x->site);
	bool may = room_of(q, s) > 0 && !(x->sent.first && goes_alone(q, x, x->sent.first));
	struct job *job = may ? take_signed(q, s, x) : NULL;

	if (job == NULL)
		return false;
	size_t recipients = job->recipient_count;
	if (session_deliver(q, c, x, job))
		pacer_sent(q, s->pacer, recipients);
	else
		put_back_unread(q, job);
	return true;
}

static void hand_out(struct queue *q, const struct committed *c)
{
	for (struct smtp_session *x = q->sessions; x; x = x->next)
		while (x->state == SMTP_OPEN && x->credits > 0 && !session_is_slow(q, x) && hand_out_one(q, c, x))
			;
}

/* ---- sessions ---- */

static unsigned sessions_allowed(const struct queue *q, const struct site *s)
{
	unsigned allowed = pace_sessions(&s->pacer->pace, &s->pacer->rules, q->boot_ms);

	return allowed > 1 && is_on_trial(q, s) ? 1 : allowed;
}

static void set_waiting(struct queue *q, struct site *s, int64_t since_ms)
{
	q->waiting_sites += since_ms != 0;
	q->waiting_sites -= s->waits_since_ms != 0;
	s->waits_since_ms = since_ms;
}

static void spawn_at(struct queue *q, struct site *s)
{
	session_spawn(q, s, needs_without_session(q, s));
	set_waiting(q, s, 0);
	s->usable++;
	notes_of(s)->sessions++;
	notes_of(s)->dialling++;
}

/* True: one was begun; another message may need another. */
static bool grow(struct queue *q, struct site *s)
{
	unsigned room = room_of(q, s);
	struct session_need need = {
		.open = s->pacer->sessions, .usable = s->usable, .dialling = s->pacer->dialling,
		.limit = sessions_allowed(q, s), .total = slots_taken(q), .total_limit = q->settings->sessions,
		.work = s->ahead.count < room ? s->ahead.count : room,
		.more_work = room > s->ahead.count && s->ahead.count > AHEAD_FIRST && has_more(q, s),
	};

	const struct job *job = needs_without_session(q, s);
	if (job)
		need.usable = need.dialling = 0;      /* none of those is of use for it */
	bool finds_slot = need.total < need.total_limit;
	need.total = 0;
	s->wants_slot = schedule_wants_session(&need) && pacer_dials(q, s->pacer) > 0;
	q->any_site_wants |= s->wants_slot;
	if (!s->wants_slot || !finds_slot)
		return false;
	s->wants_slot = false;
	spawn_at(q, s);
	return true;
}

static bool waits_for_slot(const struct queue *q, const struct site *s)
{
	return s->sessions == 0 && s->ahead.count > 0 && s->pacer->sessions < sessions_allowed(q, s) && room_of(q, s) > 0 &&
	       pacer_dials(q, s->pacer) > 0;
}

/* When all slots are taken there are some more for who has few of them, lest one user's mail stops all others'. */
static unsigned reserved_slots(const struct queue *q)
{
	return (q->settings->sessions + RESERVE_PART - 1) / RESERVE_PART;
}

/* Whose mail was looked at last: most that waits is of few users. */
struct user_slots {
	bool known;
	uint32_t uid;
	unsigned count;
};

static bool has_slot(const struct queue *q, unsigned taken, const struct site *s, struct user_slots *last)
{
	if (taken < q->settings->sessions)
		return true;
	uint32_t uid = mail_row(q, s->ahead.first->message)->uid;
	if (!last->known || last->uid != uid) {
		*last = (struct user_slots){ true, uid, 0 };
		for (const struct smtp_session *x = q->sessions; x; x = x->next)
			last->count += x->uid == uid;
	}
	return last->count < reserved_slots(q);
}

/* Of the sites that have work, no session, and a slot, the one that has waited longest; NULL: none. */
static struct site *longest_waiting(const struct queue *q)
{
	unsigned taken = slots_taken(q);
	struct user_slots last = { 0 };
	struct site *first = NULL;

	if (q->waiting_sites == 0 || taken >= q->settings->sessions + reserved_slots(q))
		return NULL;
	for (struct site *s = q->sites; s; s = s->next)
		if (s->waits_since_ms && (first == NULL || s->waits_since_ms <= first->waits_since_ms) && waits_for_slot(q, s) &&
		    has_slot(q, taken, s, &last))
			first = s;
	return first;
}

/* Places go to who has none before anyone gets a second. True: some were begun. */
static bool spawn(struct queue *q)
{
	unsigned before = q->session_count;
	struct site *s;

	for (s = q->looked_at; s; s = s->next_looked_at)
		if (!waits_for_slot(q, s))
			set_waiting(q, s, 0);
		else if (s->waits_since_ms == 0)
			set_waiting(q, s, q->boot_ms);
	while ((s = longest_waiting(q)) != NULL)
		spawn_at(q, s);
	for (s = q->looked_at; s; s = s->next_looked_at)
		while (s->sessions > 0 && grow(q, s))
			;
	return q->session_count > before;
}

/* A slot is wanted by a site that has none. */
static bool slots_are_short(const struct queue *q)
{
	if (q->waiting_sites == 0 || slots_taken(q) < q->settings->sessions)
		return false;
	for (const struct site *s = q->sites; s; s = s->next)
		if (s->waits_since_ms && waits_for_slot(q, s))
			return true;
	return false;
}

/* Nothing of its site's may go now. */
static bool has_nothing(const struct queue *q, const struct smtp_session *x)
{
	const struct job *job = site_at(q, x->site)->ahead.first;

	while (job && !needs_are_met(q, x, job))
		job = job->next;
	return q->draining || job == NULL || room_of(q, site_at(q, x->site)) == 0;
}

static void quit_idle(struct queue *q, bool at_once)
{
	for (struct smtp_session *x = q->sessions; x; x = x->next) {
		bool idle = x->state == SMTP_OPEN && x->sent.count == 0 && x->uncommitted == 0 && has_nothing(q, x);
		bool for_long = session_is_idle(q, x, idle);
		if (for_long || (idle && at_once))
			session_quit(q, x);
	}
}

/* ---- a turn ---- */

/* When more may go there than now, or less, or somebody may be dialled; INT64_MAX: neither is wanted. */
static int64_t wants_turn_ms(const struct queue *q, const struct site *s)
{
	if (s->ahead.count == 0 && !has_more(q, s))
		return INT64_MAX;
	int64_t changes = pacer_changes_boot_ms(q, s->pacer), dial = pacer_next_dial_boot_ms(q, s->pacer);
	return dial > q->boot_ms && dial < changes ? dial : changes;
}

static void set_timers(struct queue *q)
{
	for (const struct site *s = q->looked_at; s; s = s->next_looked_at)
		timers_set(&q->timers, TIMER_SITE, s->number, wants_turn_ms(q, s));
	timers_set(&q->timers, TIMER_ROOM, 0, q->room_wanted ? q->boot_ms + q->rules.retry_min_ms / 10 : INT64_MAX);
}

/* In rounds: what is handed out or put back makes room for others. */
static void bring_to_sessions(struct queue *q, const struct committed *c)
{
	while (!outcome_waits(q) && take_changes(q)) {    /* what is to be written is written first */
		for (struct site *s = q->looked_at; s; s = s->next_looked_at) {
			flow_turn_of_site(q, s);
			hold_struck(q, s);
		}
		count_sessions(q);
		for (struct site *s = q->looked_at; s; s = s->next_looked_at)
			fill(q, s);
		hand_out(q, c);
	}
}

void dispatch_sites(struct queue *q, const struct committed *c)
{
	bool works = c && !q->draining;

	for (const struct site *s = q->sites; s && works && q->room_wanted; s = s->next)
		flow_make_room(q, s);
	if (works) {
		q->looked_at = NULL;
		do
			bring_to_sessions(q, c);
		while (spawn(q));
		set_timers(q);
		for (const struct site *s = q->looked_at; s; s = s->next_looked_at)
			notes_of(s)->is_looked_at = false;
	}
	if (c)    /* else their outcomes are not committed */
		quit_idle(q, q->draining || slots_are_short(q));
	site_free_unneeded(q);
}
