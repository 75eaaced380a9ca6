/* SPDX-License-Identifier: ISC */
#include "relay/smtp/wire.h"

#include "base/io.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>

enum { READ_STEP = 16 * 1024 };

struct wire {
	int fd;
	struct tls *tls;
	struct buf out;
	size_t sent;             /* of out */
	bool blocked;            /* the socket was full */
	char trouble[128];
};

struct wire *wire_new(int fd)
{
	struct wire *w = mem_alloc(sizeof *w);

	w->fd = fd;
	return w;
}

void wire_free(struct wire *w)
{
	if (w == NULL)
		return;
	if (w->tls && w->trouble[0] == '\0')
		tls_close(w->tls);
	tls_free(w->tls);
	buf_free(&w->out);
	io_close(&w->fd);
	free(w);
}

void wire_use_tls(struct wire *w, struct tls *t)
{
	w->tls = t;
}

struct tls *wire_tls(const struct wire *w)
{
	return w->tls;
}

int wire_fd(const struct wire *w)
{
	return w->fd;
}

short wire_events(const struct wire *w)
{
	short events = POLLIN;

	if (w->blocked)
		events |= POLLOUT;
	if (w->tls)
		events |= tls_wants(w->tls);
	return events;
}

void wire_put(struct wire *w, struct span bytes)
{
	buf_add_span(&w->out, bytes);
}

struct buf *wire_out(struct wire *w)
{
	return &w->out;
}

size_t wire_unsent(const struct wire *w)
{
	return w->out.len - w->sent;
}

const char *wire_trouble(const struct wire *w)
{
	return w->trouble[0] ? w->trouble : "connection closed";
}

static int wire_lost(struct wire *w, const char *why)
{
	if (w->trouble[0] == '\0')
		strncpy(w->trouble, why, sizeof w->trouble - 1);
	return -1;
}

int wire_flush(struct wire *w)
{
	w->blocked = false;
	while (wire_unsent(w) > 0) {
		const char *at = w->out.at + w->sent;
		ssize_t n = w->tls ? tls_write(w->tls, at, wire_unsent(w))
		                   : send(w->fd, at, wire_unsent(w), MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN) {
			w->blocked = w->tls == NULL || (tls_wants(w->tls) & POLLOUT);
			break;
		}
		if (n < 0)
			return wire_lost(w, strerror(errno));
		w->sent += (size_t)n;
	}
	if (w->sent == w->out.len) {
		buf_clear(&w->out);
		w->sent = 0;
	} else if (w->sent > READ_STEP) {
		buf_drop_front(&w->out, w->sent);
		w->sent = 0;
	}
	return 0;
}

int wire_read(struct wire *w, struct buf *into)
{
	ssize_t n;

	buf_reserve(into, READ_STEP);
	do
		n = w->tls ? tls_read(w->tls, into->at + into->len, READ_STEP)
		           : recv(w->fd, into->at + into->len, READ_STEP, MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno == EAGAIN)
		return 0;
	if (n < 0)
		return wire_lost(w, errno == EPROTO ? "TLS record is malformed" : strerror(errno));
	if (n == 0)
		return wire_lost(w, "connection closed");
	into->len += (size_t)n;
	return (int)n;
}

bool wire_has_pending(const struct wire *w)
{
	return w->tls && tls_has_pending(w->tls);
}
