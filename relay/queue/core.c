/* SPDX-License-Identifier: ISC */
#include "relay/queue/core.h"

#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"
#include "relay/queue/accept.h"
#include "relay/queue/blocked.h"
#include "relay/queue/detour.h"
#include "relay/queue/commit.h"
#include "relay/queue/control_server.h"
#include "relay/queue/destination.h"
#include "relay/queue/digest.h"
#include "relay/queue/event.h"
#include "relay/queue/dispatch.h"
#include "relay/queue/flow.h"
#include "relay/queue/look.h"
#include "relay/queue/mail.h"
#include "relay/queue/out.h"
#include "relay/queue/outcome.h"
#include "relay/queue/pacer.h"
#include "relay/queue/peers.h"
#include "relay/queue/planned.h"
#include "relay/queue/plans.h"
#include "relay/queue/policy.h"
#include "relay/queue/report.h"
#include "relay/queue/reroute.h"
#include "relay/queue/runaway.h"
#include "relay/queue/session.h"
#include "relay/queue/site.h"
#include "relay/queue/strikes.h"
#include "relay/queue/tickets.h"
#include "relay/queue/upkeep.h"

#include <sys/epoll.h>
#include <sysexits.h>

enum {
	IDLE_MS = 200,                 /* quiet for so long: time for a checkpoint */
	NXDOMAIN_MS = 15 * 60 * 1000,
	FLOOR_PART = 5,                /* of retry_min: a minute where nothing else is set */
};

/* ---- frames ---- */

static void pickup_frame(struct queue *q, struct peer_channel *p, struct frame *frame)
{
	if (frame->type == FRAME_HEARTBEAT)
		peers_heartbeat(q, p);
	else if (frame->type == FRAME_SUBMIT)
		accept_submit(q, p, frame->payload);
	else if (frame->type == FRAME_QUERY)
		look_frame(q, p, frame->payload);
	else
		peers_expel(q, p, "sent a frame that is not its to send");
}

static void bounce_lost(struct queue *q, struct peer_channel *p)
{
	report_lost(q, p->instance);
}

static void event_frame(struct queue *q, struct peer_channel *p, struct frame *frame)
{
	(void)frame;
	peers_expel(q, p, "sent a frame that is not its to send");
}

static void event_lost(struct queue *q, struct peer_channel *p)
{
	(void)q;
	event_program_lost(p);
}

static void owner_asks(struct queue *q, struct control_client *c, unsigned operation, struct span argument)
{
	look_begin(q, &(struct look_sink){ .client = c }, operation, -1, true, argument);
}

static const struct control_handler control_handler = { owner_asks, look_client_lost };

static const struct peer_handler handlers[ROLE_COUNT] = {
	[ROLE_PICKUP] = { .frame = pickup_frame },
	[ROLE_SIGNER] = { FRAME_SIGNED, mail_signed, mail_signer_lost },
	[ROLE_RESOLVER] = { FRAME_PLANNED, planned_answer, plans_resolver_lost },
	[ROLE_SMTP] = { .frame = session_frame, .lost = session_peer_lost },
	[ROLE_LOCAL] = { .frame = session_frame, .lost = session_peer_lost },
	[ROLE_BOUNCE] = { .frame = report_frame, .lost = bounce_lost },
	[ROLE_STS] = { .frame = policy_frame },
	[ROLE_EVENT] = { .frame = event_frame, .lost = event_lost },
};

static void peer_came(struct queue *q, struct frame *frame)
{
	struct peer peer;

	if (frame->fd < 0 || peer_decode(frame->payload, &peer) < 0)
		return;
	int fd = frame->fd;
	frame->fd = -1;
	if (peer.role == ROLE_CONTROL) {
		control_listen(q, &control_handler, fd);
		return;
	}
	if (handlers[peer.role].frame == NULL) {
		io_close(&fd);
		return;
	}
	struct peer_channel *p = peers_add(q, &handlers[peer.role], peer.role, peer.instance, fd);
	if (peer.role == ROLE_SMTP || peer.role == ROLE_LOCAL)
		session_has_peer(q, p);
	else if (peer.role == ROLE_BOUNCE)
		report_has_peer(q, p);
	else if (peer.role == ROLE_STS)
		policy_has_peer(q, p);
	else if (peer.role == ROLE_SIGNER)
		mail_signer_came(q);
	else if (peer.role == ROLE_RESOLVER)
		plans_resolver_came(q);
	else if (peer.role == ROLE_EVENT)
		event_program_came(p);
}

static void process_exited(struct queue *q, struct span payload)
{
	struct peer peer;

	if (peer_decode(payload, &peer) < 0)
		return;
	if (peer.role == ROLE_SMTP || peer.role == ROLE_LOCAL)
		session_exited(q, peer.instance);
	else if (peer.role == ROLE_BOUNCE)
		report_exited(q, peer.instance);
	else if (peer.role == ROLE_STS)
		policy_lost(q, peer.instance);
}

/* ---- a turn ---- */

static void read_parent(struct queue *q)
{
	struct frame frame;
	bool alive = channel_fill(q->parent) == 0;

	while (channel_next(q->parent, &frame)) {
		if (frame.type == FRAME_PEER) {
			peer_came(q, &frame);
		} else if (frame.type == FRAME_EXITED) {
			process_exited(q, frame.payload);
		} else if (frame.type == FRAME_DRAIN) {
			q->draining = true;
			digest_tell(q, true);
		}
		io_close(&frame.fd);
	}
	if (alive)
		return;
	digest_tell(q, true);
	commit_turn(q);              /* what is decided and not yet written */
	q->exit_status = EX_OK;
}

static void parent_ready(struct queue *q, struct source *source, uint32_t events)
{
	(void)source;
	if (events & ~(uint32_t)EPOLLOUT)
		read_parent(q);
}

/* For relay/signetd/watchdog.h. */
static void send_heartbeat(struct queue *q, uint64_t id)
{
	timers_set(&q->timers, TIMER_HEARTBEAT, id, q->boot_ms + heartbeat_every_ms(q->settings->time_scale));
	out_heartbeat(q);
}

static void tickets_over(struct queue *q, uint64_t id)
{
	(void)id;
	tickets_expire(q);
}

static void policy_over(struct queue *q, uint64_t id)
{
	(void)id;
	planned_policy_over(q);
}

static void digest_is_due(struct queue *q, uint64_t id)
{
	(void)id;
	digest_tell(q, false);
}

/* Of each kind of timer; NULL: the turn itself finds what there is to do. */
static void (*const when_due[TIMER_COUNT])(struct queue *q, uint64_t id) = {
	[TIMER_POLICY] = policy_timed_out,
	[TIMER_POLICY_OVER] = policy_over,
	[TIMER_PLAN] = planned_timed_out,
	[TIMER_PLAN_OLD] = plans_expired,
	[TIMER_RESOLVER] = planned_resolver_timed_out,
	[TIMER_SESSION] = session_timed_out,
	[TIMER_PICKUP] = peers_timed_out,
	[TIMER_SIGNER] = mail_signer_timed_out,
	[TIMER_SIGNING] = mail_sign_timed_out,
	[TIMER_REPORT] = report_timed_out,
	[TIMER_CLIENT] = control_timed_out,
	[TIMER_HEARTBEAT] = send_heartbeat,
	[TIMER_TLS_TICKETS] = tickets_over,
	[TIMER_RUNAWAY] = digest_is_due,
	[TIMER_SESSION_SLOW] = session_became_slow,
	[TIMER_SITE] = site_is_due,
};

/* What this turn does not bring about itself, and what is known only now. */
static void set_timers(struct queue *q)
{
	bool works = !q->store_bad && !q->draining, is_large = !q->store_bad && store_log_is_large(q->store);

	timers_set(&q->timers, TIMER_CHECKPOINT, 0, is_large ? q->boot_ms + IDLE_MS : INT64_MAX);
	timers_set_wall(&q->timers, TIMER_DUE, 0, works ? q->next_wake_ms : INT64_MAX);
	timers_set_wall(&q->timers, TIMER_REPORTS, 0, works && report_count(q) == 0 ? q->next_report_ms : INT64_MAX);
}

/* Quiet: nothing came. */
static void turn(struct queue *q, bool quiet)
{
	for (struct timer due; timers_take(&q->timers, &due);)
		if (when_due[due.kind])
			when_due[due.kind](q, due.id);
	if (quiet || upkeep_is_overdue(q))
		upkeep_idle(q);
	flow_call_back(q);
	const struct committed *c = commit_turn(q);
	if (c)
		peers_answer_submitters(q);    /* somebody waits for it, and not for what comes next */
	flow_settle(q);
	if (c && !q->draining && !reroute_goes_on(q)) {
		flow_activate(q);
		report_start(q);
	}
	dispatch_sites(q, c);
	bool goes_on = look_pump(q) || outcome_waits(q) || store_is_open(q->store) || reroute_goes_on(q) || q->hostname_is_here ||
	               destination_needs_turn(q) || dispatch_needs_turn(q);
	if (goes_on && !q->store_bad)
		queue_turn_at_once(q);
	if (store_is_corrupt(q->store)) {    /* nothing more is promised, callers drop, and the log says how to go on */
		log_line(LOG_LEVEL_ERROR, "%s", store_trouble(q->store)->text);
		q->exit_status = EX_CONFIG;
		return;
	}
	if (c && q->draining && !q->drained && q->session_count == 0 && report_count(q) == 0 && !commit_is_needed(q)) {
		out_drained(q, c);
		q->drained = true;
	}
	peers_flush(q);
	control_flush(q);
	channel_flush(q->parent);
	uint32_t events = EPOLLIN | (channel_wants_write(q->parent) ? (uint32_t)EPOLLOUT : 0);
	queue_watch(q, channel_fd(q->parent), &q->parent_source, events);
	set_timers(q);
}

int64_t core_next_boot_ms(const struct queue *q)
{
	return timers_next_ms(&q->timers);
}

bool core_step(struct queue *q, const struct core_time *now, const struct epoll_event *ready, int count)
{
	upkeep_clock(q, now->wall_ms, now->boot_ms);
	for (int i = 0; i < count; i++) {
		struct source *source = ready[i].data.ptr;
		source->ready(q, source, ready[i].events);
		if (q->exit_status >= 0)
			return false;
	}
	turn(q, count == 0);
	return q->exit_status < 0;
}

/* ---- the beginning ---- */

void core_begin(struct queue *q, const struct core_setup *setup)
{
	const struct settings *s = setup->settings;

	*q = (struct queue){ .settings = s };
	q->routes = setup->routes;
	q->aliases = setup->aliases;
	q->store = setup->store;
	q->parent = setup->parent;
	q->epoll = setup->epoll;
	q->random = setup->random;
	q->parent_source.ready = parent_ready;
	outcome_begin(q);
	policy_begin(q);
	control_begin(q);
	peers_begin(q);
	report_begin(q);
	pacer_begin(q);
	mail_begin(q);
	strikes_begin(q);
	runaway_begin(q);
	q->exit_status = -1;
	q->started_boot_ms = setup->now.boot_ms;
	q->started_ms = setup->now.wall_ms;
	q->last_ticket = (uint64_t)setup->now.wall_ms << 16;   /* unlike those of the queue before */
	q->rules = (struct schedule_rules){
		.retry_min_ms = s->retry_min_ms,
		.retry_max_ms = s->retry_max_ms < s->retry_min_ms ? s->retry_min_ms : s->retry_max_ms,
		.nxdomain_ms = clock_scaled_ms(s->time_scale, NXDOMAIN_MS, 0),
		.floor_ms = s->retry_min_ms / FLOOR_PART,
		.queue_life_ms = s->queue_life_ms,
		.delay_notice_ms = s->delay_notice_ms,
	};
	upkeep_begin(q, setup->now.wall_ms, setup->now.boot_ms);
	blocked_load(q);
	detour_begin(q);
	reroute_begin(q);
	q->look_for_due = true;
	timers_set(&q->timers, TIMER_HEARTBEAT, 0, q->boot_ms);
	read_parent(q);
	if (q->exit_status < 0)
		turn(q, false);
}

int core_exit_status(const struct queue *q)
{
	return q->exit_status;
}
