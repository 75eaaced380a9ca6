/* SPDX-License-Identifier: ISC */
#include "relay/queue/peers.h"
#include "relay/queue/out.h"

#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/epoll.h>

void queue_watch(struct queue *q, int fd, struct source *source, uint32_t events)
{
	struct epoll_event e = { .events = events, .data.ptr = source };

	if (source->watched == events)
		return;
	int operation = source->watched == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
	if (epoll_ctl(q->epoll, operation, fd, &e) < 0)
		log_line(LOG_LEVEL_ERROR, "epoll_ctl: %s", strerror(errno));
	source->watched = events;
}

void queue_unwatch(struct queue *q, int fd, struct source *source)
{
	if (source->watched)
		epoll_ctl(q->epoll, EPOLL_CTL_DEL, fd, NULL);
	source->watched = 0;
}

struct peers {
	struct peer_channel *first;
	bool dead;                    /* some are */
};

void peers_begin(struct queue *q)
{
	q->peers = mem_alloc(sizeof *q->peers);
}

void peers_end(struct queue *q)
{
	for (struct peer_channel *p = q->peers->first; p; p = p->next)
		channel_free(p->channel);
}

/* What a role may say at once; none has descriptors to give. */
static const size_t frame_max[ROLE_COUNT] = {
	[ROLE_PICKUP] = CHANNEL_FRAME_MAX,       /* tens of thousands of recipients */
	[ROLE_SIGNER] = 1024 * 1024,
	[ROLE_RESOLVER] = 4 * 1024 * 1024,
	[ROLE_SMTP] = 2 * 1024 * 1024,           /* an outcome for each of a thousand recipients */
	[ROLE_LOCAL] = 64 * 1024,
	[ROLE_BOUNCE] = 1024 * 1024,
	[ROLE_STS] = 256 * 1024,
	[ROLE_EVENT] = 64,                       /* it says nothing */
};

enum { STRANGE_MAX = 100 * 1000, ANSWER_LEAST_MS = 30 * 1000 };

/* True while there is more to come. */
static bool read_once(struct queue *q, struct peer_channel *p)
{
	bool alive = channel_fill(p->channel) == 0;
	struct frame frame;

	while (!p->dead && channel_next(p->channel, &frame)) {
		if (p->handler->only && frame.type != p->handler->only)
			peers_expel(q, p, "sent a frame that is not its to send");
		else
			p->handler->frame(q, p, &frame);
		io_close(&frame.fd);
	}
	return alive && !p->dead;
}

static void peer_ready(struct queue *q, struct source *source, uint32_t events)
{
	struct peer_channel *p = (struct peer_channel *)source;

	if (p->dead || (events & ~(uint32_t)EPOLLOUT) == 0)
		return;
	if (read_once(q, p) || p->dead)
		return;
	if (channel_is_malformed(p->channel))
		peers_expel(q, p, "sent something malformed, or more than it may");
	else
		peers_close(q, p);
}

struct peer_channel *peers_add(struct queue *q, const struct peer_handler *handler, enum role role, uint64_t instance, int fd)
{
	struct peer_channel *p = mem_alloc(sizeof *p);

	p->source.ready = peer_ready;
	p->channel = channel_new(fd);
	channel_limit(p->channel, frame_max[role], false);
	p->handler = handler;
	p->role = role;
	p->instance = instance;
	p->serial = queue_ticket(q);
	p->next = q->peers->first;
	q->peers->first = p;
	queue_watch(q, fd, &p->source, EPOLLIN);
	return p;
}

struct peer_channel *peers_find(struct queue *q, uint64_t serial)
{
	for (struct peer_channel *p = q->peers->first; p && serial; p = p->next)
		if (p->serial == serial && !p->dead)
			return p;
	return NULL;
}

struct peer_channel *peers_least_busy(struct queue *q, enum role role)
{
	struct peer_channel *best = NULL;

	for (struct peer_channel *p = q->peers->first; p; p = p->next)
		if (p->role == role && !p->dead && (best == NULL || p->in_flight < best->in_flight))
			best = p;
	return best;
}

void peers_drain(struct queue *q, struct peer_channel *p)
{
	enum { ROUNDS = 1000 };

	for (int i = 0; i < ROUNDS && read_once(q, p); i++)
		;
	if (!p->dead)
		peers_close(q, p);
}

void peers_close(struct queue *q, struct peer_channel *p)
{
	if (p->dead)
		return;
	p->dead = true;
	q->peers->dead = true;
	if (p->handler->lost)
		p->handler->lost(q, p);
}

void peers_expel(struct queue *q, struct peer_channel *p, const char *what)
{
	if (p->dead)
		return;
	log_line(LOG_LEVEL_ERROR, "%s %" PRIu64 " %s: it is ended", role_name(p->role), p->instance, what);
	out_kill(q, p->role, p->instance);
	peers_close(q, p);
}

int64_t peers_overdue_boot_ms(const struct queue *q, int64_t ms)
{
	return q->boot_ms + clock_scaled_ms(q->settings->time_scale, ms, ANSWER_LEAST_MS);
}

void peers_heartbeat(struct queue *q, struct peer_channel *p)
{
	heartbeat_heard(&p->heartbeat, q->boot_ms);
	timers_set(&q->timers, TIMER_PICKUP, p->serial, heartbeat_deadline_ms(&p->heartbeat, q->settings->time_scale));
}

void peers_timed_out(struct queue *q, uint64_t serial)
{
	struct peer_channel *p = peers_find(q, serial);

	if (p == NULL)
		return;
	if (heartbeat_has_stopped(&p->heartbeat, q->settings->time_scale, q->boot_ms))
		peers_expel(q, p, "stands still");
	else
		timers_set(&q->timers, TIMER_PICKUP, serial, heartbeat_deadline_ms(&p->heartbeat, q->settings->time_scale));
}

bool peers_is_strange(struct queue *q, struct peer_channel *p)
{
	if (++p->strange < STRANGE_MAX)
		return false;
	peers_expel(q, p, "sends answers that nobody waits for");
	return true;
}

static void free_dead(struct queue *q)
{
	for (struct peer_channel **at = &q->peers->first; *at;) {
		struct peer_channel *p = *at;
		if (p->dead) {
			*at = p->next;
			queue_unwatch(q, channel_fd(p->channel), &p->source);
			timers_drop(&q->timers, TIMER_PICKUP, p->serial);
			timers_drop(&q->timers, TIMER_SIGNER, p->serial);
			channel_free(p->channel);
			free(p);
		} else {
			at = &p->next;
		}
	}
	q->peers->dead = false;
}

void peers_answer_submitters(struct queue *q)
{
	for (struct peer_channel *p = q->peers->first; p; p = p->next)
		if (p->role == ROLE_PICKUP && !p->dead && channel_wants_write(p->channel))
			channel_flush(p->channel);
}

void peers_flush(struct queue *q)
{
	for (struct peer_channel *p = q->peers->first; p; p = p->next) {
		if (p->dead)
			continue;
		/* What a dying peer has still said comes first: its loss shows when reading. */
		channel_flush(p->channel);
		uint32_t events = EPOLLIN | (channel_wants_write(p->channel) ? (uint32_t)EPOLLOUT : 0);
		queue_watch(q, channel_fd(p->channel), &p->source, events);
	}
	if (q->peers->dead)
		free_dead(q);
}
