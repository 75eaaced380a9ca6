/*
 * queue - the only opener of the store: it accepts, schedules, hands out and
 * remembers. One thread, one loop (relay/queue/state.h says what a turn is);
 * no network, and nothing it sends can block it.
 */
#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"
#include "relay/confine.h"
#include "relay/queue/accept.h"
#include "relay/queue/blocked.h"
#include "relay/queue/commit.h"
#include "relay/queue/control_server.h"
#include "relay/queue/destination.h"
#include "relay/queue/flow.h"
#include "relay/queue/dispatch.h"
#include "relay/queue/look.h"
#include "relay/queue/mail.h"
#include "relay/queue/peers.h"
#include "relay/queue/planned.h"
#include "relay/queue/plans.h"
#include "relay/queue/policy.h"
#include "relay/queue/report.h"
#include "relay/queue/reroute.h"
#include "relay/queue/session.h"
#include "relay/queue/upkeep.h"
#include "relay/role.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

enum {
	LONGEST_WAIT_MS = 20 * 1000,   /* so that a clock that was set is seen */
	IDLE_MS = 200,                 /* quiet for so long: time for a checkpoint */
	EVENTS_MAX = 64,
	NXDOMAIN_MS = 15 * 60 * 1000,
	FLOOR_PART = 5,                /* of retry_min: a minute where nothing else is set */
};

/* ---- frames ---- */

static void pickup_frame(struct queue *q, struct peer_channel *p, struct frame *frame)
{
	if (frame->type == FRAME_ALIVE)
		life_heard(&p->life, q->boot_ms);
	else if (frame->type == FRAME_SUBMIT)
		accept_submit(q, p, frame->payload);
	else if (frame->type == FRAME_QUERY)
		look_frame(q, p, frame->payload);
	else
		peers_misbehaves(q, p, "sent a frame that is another's");
}

static void signed_frame(struct queue *q, struct peer_channel *p, struct frame *frame)
{
	mail_signed(q, p, frame->payload);
}

static void signer_lost(struct queue *q, struct peer_channel *p)
{
	mail_signer_lost(q, p->serial);
}

static void planned_frame(struct queue *q, struct peer_channel *p, struct frame *frame)
{
	planned_answer(q, p, frame->payload);
}

static void resolver_lost(struct queue *q, struct peer_channel *p)
{
	(void)p;
	plans_resolver_lost(q);
}

static void bounce_lost(struct queue *q, struct peer_channel *p)
{
	report_lost(q, p->instance);
}

static void owner_asks(struct queue *q, struct control_client *c, unsigned operation, struct span argument)
{
	look_begin(q, &(struct look_sink){ .client = c }, operation, -1, true, argument);
}

static const struct control_handler control_handler = { owner_asks, look_client_lost };

static const struct peer_handler handlers[ROLE_COUNT] = {
	[ROLE_PICKUP] = { .frame = pickup_frame },
	[ROLE_SIGNER] = { FRAME_SIGNED, signed_frame, signer_lost },
	[ROLE_RESOLVER] = { FRAME_PLANNED, planned_frame, resolver_lost },
	[ROLE_SMTP] = { .frame = session_frame, .lost = session_peer_lost },
	[ROLE_BOUNCE] = { .frame = report_frame, .lost = bounce_lost },
	[ROLE_STS] = { .frame = policy_frame },
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
	if (peer.role == ROLE_SMTP)
		session_has_peer(q, p);
	else if (peer.role == ROLE_BOUNCE)
		report_has_peer(q, p);
	else if (peer.role == ROLE_STS)
		policy_has_peer(q, p);
	else if (peer.role == ROLE_SIGNER)
		mail_signers_changed(q);
	else if (peer.role == ROLE_RESOLVER)
		plans_resolver_came(q);
}

static void process_exited(struct queue *q, struct span payload)
{
	struct peer peer;

	if (peer_decode(payload, &peer) < 0)
		return;
	if (peer.role == ROLE_SMTP)
		session_exited(q, peer.instance);
	else if (peer.role == ROLE_BOUNCE)
		report_exited(q, peer.instance);
	else if (peer.role == ROLE_STS)
		policy_lost(q, peer.instance);
}

static void parent_frame(struct queue *q, struct frame *frame)
{
	if (frame->type == FRAME_PEER) {
		peer_came(q, frame);
	} else if (frame->type == FRAME_EXITED) {
		process_exited(q, frame->payload);
	} else if (frame->type == FRAME_DRAIN) {
		q->draining = true;
		q->busy = true;
	}
}

/* ---- the loop ---- */

/* Ends with its parent; what is decided and not yet written is written first. */
static void end(struct queue *q)
{
	commit_turn(q);
	store_close(q->store);
	exit(EX_OK);
}

static void read_parent(struct queue *q)
{
	struct frame frame;
	bool alive = channel_fill(q->parent) == 0;

	while (channel_next(q->parent, &frame)) {
		parent_frame(q, &frame);
		io_close(&frame.fd);
	}
	if (!alive)
		end(q);
}

static void parent_ready(struct queue *q, struct source *source, uint32_t events)
{
	(void)source;
	if (events & ~(uint32_t)EPOLLOUT)
		read_parent(q);
}

static void flush_parent(struct queue *q)
{
	channel_flush(q->parent);
	uint32_t events = EPOLLIN | (channel_wants_write(q->parent) ? (uint32_t)EPOLLOUT : 0);
	queue_watch(q, channel_fd(q->parent), &q->parent_source, events);
}

static void check_drained(struct queue *q)
{
	if (!q->draining || q->drained || q->session_count > 0 || q->report_count > 0 || commit_is_needed(q))
		return;
	channel_put(q->parent, FRAME_DRAINED, SPAN(""), -1);
	q->drained = true;
}

/* Damaged: nothing more is promised, callers drop, and the log says how to go on. */
static void check_store(struct queue *q)
{
	if (!store_is_corrupt(q->store))
		return;
	log_line(LOG_LEVEL_ERROR, "%s", store_trouble(q->store)->text);
	exit(EX_CONFIG);
}

static void dispatch(struct queue *q)
{
	flow_settle(q);
	if (!q->store_bad && !q->draining && !q->rerouting) {
		flow_activate(q);
		report_start(q);
	}
	dispatch_sites(q);
}

/* For relay/signetd/watchdog.h. */
static void give_sign(struct queue *q)
{
	if (q->boot_ms < q->next_sign_boot_ms)
		return;
	q->next_sign_boot_ms = q->boot_ms + life_sign_every_ms(q->settings->time_scale);
	channel_put(q->parent, FRAME_ALIVE, SPAN(""), -1);
}

static void turn(struct queue *q)
{
	policy_deadlines(q);
	planned_deadlines(q);
	session_deadlines(q);
	peers_deadlines(q);
	mail_sign_deadlines(q);
	report_deadlines(q);
	flow_call_back(q);
	commit_turn(q);
	dispatch(q);
	bool more = look_pump(q);
	q->busy = more || q->results || store_is_open(q->store) || q->rerouting || q->hostname_is_here || destination_needs_turn(q);
	check_store(q);
	check_drained(q);
	peers_flush(q);
	control_flush(q);
	give_sign(q);
	flush_parent(q);
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t next_session_boot_ms(const struct queue *q)
{
	int64_t next = INT64_MAX;

	for (const struct smtp_session *x = q->sessions; x; x = x->next)
		if (x->state == SMTP_OPEN && x->idle_boot_ms)
			next = earlier(next, x->idle_boot_ms + LINGER_MS);
	return next;
}

/* Of what waits for the wall clock. */
static int64_t next_wall_boot_ms(const struct queue *q)
{
	int64_t wall = q->next_wake_ms;

	if (q->report_count == 0)
		wall = earlier(wall, q->next_report_ms);
	return wall == STORE_NEVER || q->draining ? INT64_MAX : q->boot_ms + (wall - q->wall_ms);
}

static int wait_ms(const struct queue *q)
{
	int64_t next = earlier(earlier(q->boot_ms + LONGEST_WAIT_MS, q->next_sign_boot_ms), control_next_boot_ms(q));

	if (q->store_bad)
		return clock_wait_ms(earlier(next, q->store_retry_boot_ms));
	if (q->busy)
		return 0;
	next = earlier(next, next_wall_boot_ms(q));
	next = earlier(next, flow_next_boot_ms(q));
	next = earlier(next, next_session_boot_ms(q));
	next = earlier(next, blocked_next_boot_ms(q));
	next = earlier(next, dispatch_next_boot_ms(q));
	if (store_log_is_large(q->store))
		next = earlier(next, q->boot_ms + IDLE_MS);
	return clock_wait_ms(next);
}

static void run(struct queue *q)
{
	struct epoll_event events[EVENTS_MAX];

	for (;;) {
		int n = epoll_wait(q->epoll, events, EVENTS_MAX, wait_ms(q));
		if (n < 0 && errno != EINTR) {
			log_line(LOG_LEVEL_ERROR, "epoll_wait: %s", strerror(errno));
			exit(EX_OSERR);
		}
		upkeep_clock(q);
		for (int i = 0; i < n; i++) {
			struct source *source = events[i].data.ptr;
			source->ready(q, source, events[i].events);
		}
		if (n == 0 || upkeep_is_overdue(q))
			upkeep_idle(q);
		turn(q);
	}
}

/* ---- the beginning ---- */

static void set_rules(struct queue *q)
{
	const struct settings *s = q->settings;

	q->rules = (struct schedule_rules){
		.retry_min_ms = s->retry_min_ms,
		.retry_max_ms = s->retry_max_ms < s->retry_min_ms ? s->retry_min_ms : s->retry_max_ms,
		.nxdomain_ms = clock_scaled_ms(s->time_scale, NXDOMAIN_MS, 0),
		.floor_ms = s->retry_min_ms / FLOOR_PART,
		.queue_life_ms = s->queue_life_ms,
		.delay_notice_ms = s->delay_notice_ms,
	};
}

static void give_up(const struct fault *f)
{
	log_line(LOG_LEVEL_ERROR, "%s", f->text);
	bool hopeless = fault_is_configuration(f) || f->kind == FAULT_PERMANENT;
	exit(hopeless ? EX_CONFIG : EX_TEMPFAIL);
}

static void open_all(struct queue *q)
{
	struct confine_path paths[] = { { q->settings->spool, true }, { q->settings->drop, false } };
	size_t count = access(q->settings->drop, R_OK) == 0 ? 2 : 1;
	struct fault f;

	umask(077);
	signal(SIGXFSZ, SIG_IGN);   /* a limit is a full disk: an error, not an end */
	q->store = store_open(q->settings->spool, &f);
	if (q->store == NULL)
		give_up(&f);
	q->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (q->epoll < 0 || confine(ROLE_QUEUE, CONFINE_FILES | CONFINE_ACCEPT, paths, count, &f) < 0) {
		if (q->epoll < 0)
			fault_set(&f, FAULT_TEMPORARY, "4.3.0", "epoll_create1: %s", strerror(errno));
		log_line(LOG_LEVEL_ERROR, "%s", f.text);
		exit(EX_OSERR);
	}
	if (getrandom(&q->random, sizeof q->random, 0) < 0 || q->random == 0)
		q->random = (uint64_t)clock_wall_ms() | 1;
}

/* Their memory stays mapped; that it is not what it should be is our own fault, or a version's. */
static struct routes *open_routes(const struct settings *s, int tables)
{
	struct routes *routes = routes_open(s, tables);
	struct fault f;

	if (routes)
		return routes;
	fault_set(&f, FAULT_TEMPORARY, "4.3.0", "the routing tables did not come from signetd");
	give_up(&f);
	return NULL;
}

int main(int argc, char **argv)
{
	static struct role_start start;
	static struct queue q;

	(void)argc;
	int tables = -1;
	role_begin(ROLE_QUEUE, argv, role_keep_tables, &tables, &start);
	q.settings = &start.settings;
	q.routes = open_routes(q.settings, tables);
	q.parent = start.parent;
	q.parent_source.ready = parent_ready;
	q.results_end = &q.results;
	q.control_listener = -1;
	q.started_boot_ms = clock_boot_ms();
	q.last_ticket = (uint64_t)clock_wall_ms() << 16;   /* unlike those of the queue before */
	set_rules(&q);
	open_all(&q);
	upkeep_begin(&q);
	blocked_load(&q);
	reroute_begin(&q);
	q.look_for_due = true;
	read_parent(&q);
	turn(&q);
	run(&q);
}
