#include "relay/queue/peers.h"

#include "base/io.h"
#include "base/log.h"

#include <errno.h>
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

static void read_frames(struct queue *q, struct peer_channel *p)
{
	struct frame frame;

	while (!p->dead && channel_next(p->channel, &frame)) {
		queue_frame(q, p, &frame);
		io_close(&frame.fd);
	}
}

/* True while there is more to come. */
static bool read_once(struct queue *q, struct peer_channel *p)
{
	bool alive = channel_fill(p->channel) == 0;

	read_frames(q, p);
	return alive && !p->dead;
}

static void peer_ready(struct queue *q, struct source *source, uint32_t events)
{
	struct peer_channel *p = (struct peer_channel *)source;

	if (p->dead || (events & ~(uint32_t)EPOLLOUT) == 0)
		return;
	if (!read_once(q, p) && !p->dead)
		peers_close(q, p);
}

struct peer_channel *peers_add(struct queue *q, enum role role, uint64_t instance, int fd)
{
	struct peer_channel *p = mem_alloc(sizeof *p);

	p->source.ready = peer_ready;
	p->channel = channel_new(fd);
	p->role = role;
	p->instance = instance;
	p->serial = queue_ticket(q);
	p->next = q->peers;
	q->peers = p;
	queue_watch(q, fd, &p->source, EPOLLIN);
	return p;
}

struct peer_channel *peers_find(struct queue *q, uint64_t serial)
{
	for (struct peer_channel *p = q->peers; p && serial; p = p->next)
		if (p->serial == serial && !p->dead)
			return p;
	return NULL;
}

struct peer_channel *peers_least_busy(struct queue *q, enum role role)
{
	struct peer_channel *best = NULL;

	for (struct peer_channel *p = q->peers; p; p = p->next)
		if (p->role == role && !p->dead && (best == NULL || p->in_flight < best->in_flight))
			best = p;
	return best;
}

void peers_put(struct peer_channel *p, uint16_t type, const struct buf *payload, int fd)
{
	channel_put(p->channel, type, payload ? buf_span(payload) : SPAN(""), fd);
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
	q->peers_dead = true;
	queue_peer_lost(q, p);
}

static void free_dead(struct queue *q)
{
	for (struct peer_channel **at = &q->peers; *at;) {
		struct peer_channel *p = *at;
		if (p->dead) {
			*at = p->next;
			queue_unwatch(q, channel_fd(p->channel), &p->source);
			channel_free(p->channel);
			free(p);
		} else {
			at = &p->next;
		}
	}
	q->peers_dead = false;
}

void peers_flush(struct queue *q)
{
	for (struct peer_channel *p = q->peers; p; p = p->next) {
		if (p->dead)
			continue;
		/* What a dying peer has still said comes first: its loss shows when reading. */
		channel_flush(p->channel);
		uint32_t events = EPOLLIN | (channel_wants_write(p->channel) ? (uint32_t)EPOLLOUT : 0);
		queue_watch(q, channel_fd(p->channel), &p->source, events);
	}
	if (q->peers_dead)
		free_dead(q);
}
