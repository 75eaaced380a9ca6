/* SPDX-License-Identifier: ISC */
#include "relay/queue/control_server.h"

#include "base/io.h"
#include "relay/queue/peers.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CLIENTS_MAX = 32, PATIENCE_MS = 30 * 1000, QUERY_BYTES_MAX = SUBMIT_QUERY_MAX + 64 };

struct control_client {
	struct source source;
	int fd;
	struct buf in, out;
	size_t sent;
	bool asked, ended, dead;
	uint64_t serial;
	struct control_client *next;
};

struct control {
	int listener;
	struct source source;
	const struct control_handler *handler;
	struct control_client *first;
	unsigned count;
};

void control_begin(struct queue *q)
{
	q->control = mem_alloc(sizeof *q->control);
	q->control->listener = -1;
}

void control_end(struct queue *q)
{
	io_close(&q->control->listener);
}

int control_socket(const struct queue *q)
{
	return q->control->listener;
}

unsigned control_clients(const struct queue *q)
{
	return q->control->count;
}

size_t control_unsent_bytes(const struct control_client *c)
{
	return c->out.len - c->sent;
}

/* Each progress begins it again. */
static void be_patient(struct queue *q, const struct control_client *c)
{
	timers_set(&q->timers, TIMER_CLIENT, c->serial, q->boot_ms + PATIENCE_MS);
}

void control_timed_out(struct queue *q, uint64_t serial)
{
	for (struct control_client *c = q->control->first; c; c = c->next)
		c->dead |= c->serial == serial;
}

static void reply(struct control_client *c, const struct submit_reply *r)
{
	if (c->sent == c->out.len) {
		buf_clear(&c->out);
		c->sent = 0;
	}
	submit_encode_reply(r, &c->out);
	c->ended |= r->kind != SUBMIT_ROW;
}

void control_reply(struct control_client *c, enum submit_reply_kind kind, struct span text)
{
	struct submit_reply r = { .kind = kind, .text = text };

	reply(c, &r);
}

void control_refuse(struct control_client *c, const struct fault *f)
{
	reply(c, &(struct submit_reply){ .kind = SUBMIT_REFUSED, .fault = *f });
}

static void read_client(struct queue *q, struct control_client *c)
{
	struct submit_query query;
	struct submit_reply refused = { .kind = SUBMIT_REFUSED };

	buf_reserve(&c->in, QUERY_BYTES_MAX);
	ssize_t n = read(c->fd, c->in.at + c->in.len, QUERY_BYTES_MAX - (c->asked ? 0 : c->in.len));
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		c->dead = true;
		return;
	}
	if (c->asked)
		return;                    /* nothing more is listened to */
	c->in.len += (size_t)n;
	be_patient(q, c);
	ssize_t taken = submit_decode_query(buf_span(&c->in), &query, &refused.fault);
	if (taken == 0 && c->in.len < QUERY_BYTES_MAX)
		return;
	c->asked = true;
	if (taken > 0) {
		q->control->handler->asked(q, c, query.operation, query.argument);
		return;
	}
	if (taken == 0)
		fault_set(&refused.fault, FAULT_PERMANENT, "5.5.2", "the query is too long");
	reply(c, &refused);
}

static void client_ready(struct queue *q, struct source *source, uint32_t events)
{
	struct control_client *c = (struct control_client *)source;

	if (events & ~(uint32_t)EPOLLOUT)
		read_client(q, c);
}

static void accept_client(struct queue *q, struct source *source, uint32_t events)
{
	(void)source;
	(void)events;
	int fd = accept4(q->control->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0)
		return;
	if (q->control->count >= CLIENTS_MAX) {
		io_close(&fd);
		return;
	}
	struct control_client *c = mem_alloc(sizeof *c);
	c->source.ready = client_ready;
	c->fd = fd;
	c->serial = queue_ticket(q);
	be_patient(q, c);
	c->next = q->control->first;
	q->control->first = c;
	q->control->count++;
	queue_watch(q, fd, &c->source, EPOLLIN);
}

void control_listen(struct queue *q, const struct control_handler *handler, int fd)
{
	q->control->handler = handler;
	queue_unwatch(q, q->control->listener, &q->control->source);
	io_close(&q->control->listener);
	q->control->listener = fd;
	q->control->source = (struct source){ .ready = accept_client };
	io_set_nonblocking(fd, true);
	queue_watch(q, fd, &q->control->source, EPOLLIN);
}

static void write_client(struct queue *q, struct control_client *c)
{
	while (control_unsent_bytes(c) > 0) {
		ssize_t n = send(c->fd, c->out.at + c->sent, control_unsent_bytes(c), MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			c->dead |= errno != EAGAIN && errno != EWOULDBLOCK;
			break;
		}
		c->sent += (size_t)n;
		be_patient(q, c);
	}
	uint32_t events = EPOLLIN | (control_unsent_bytes(c) > 0 ? (uint32_t)EPOLLOUT : 0);
	queue_watch(q, c->fd, &c->source, events);
}

static void free_client(struct queue *q, struct control_client *c)
{
	q->control->handler->lost(q, c);
	timers_drop(&q->timers, TIMER_CLIENT, c->serial);
	queue_unwatch(q, c->fd, &c->source);
	io_close(&c->fd);
	buf_free(&c->in);
	buf_free(&c->out);
	free(c);
	q->control->count--;
}

void control_flush(struct queue *q)
{
	for (struct control_client **at = &q->control->first; *at;) {
		struct control_client *c = *at;
		write_client(q, c);
		bool said_all = c->ended && control_unsent_bytes(c) == 0;
		bool waits = c->asked && !c->ended && control_unsent_bytes(c) == 0;    /* for us, not we for it */
		if (waits)
			timers_drop(&q->timers, TIMER_CLIENT, c->serial);
		else if (timers_when(&q->timers, TIMER_CLIENT, c->serial) == INT64_MAX)
			be_patient(q, c);
		if (c->dead || said_all) {
			*at = c->next;
			free_client(q, c);
		} else {
			at = &c->next;
		}
	}
}
