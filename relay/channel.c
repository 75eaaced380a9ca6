/* SPDX-License-Identifier: ISC */
#include "relay/channel.h"

#include "base/clock.h"
#include "base/io.h"
#include "base/pack.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/uio.h>

enum {
	HEADER_BYTES = 8,
	CARRIES_FD = 1,
	FDS_MAX = 64,          /* received and not yet claimed by a frame */
	RUN_FDS = 4,           /* sent together, if their frames begin */
	TOGETHER_BYTES = 256,  /* within so many bytes */
	READ_FIRST = 4 * 1024 - 1,     /* with buf's last byte a page: most channels never carry more at once */
	READ_STEP = 64 * 1024 - 1,
};

struct outgoing_fd {
	size_t at;             /* offset into out of the frame it belongs to */
	int fd;
};

struct channel {
	int fd;
	bool gone;             /* nothing more will be read */
	bool deaf;             /* nothing more can be written; what the peer said before may still be read */
	bool malformed;
	bool no_fds;           /* the peer may send none */
	size_t frame_max;
	size_t read_step;      /* READ_FIRST until that was once too little */
	struct buf in, out;
	size_t in_start, out_start;   /* what is before has been consumed, sent */
	struct outgoing_fd *out_fds;
	size_t out_fd_count;
	int in_fds[FDS_MAX];
	size_t in_fd_count;
};

struct channel *channel_new(int fd)
{
	struct channel *c = mem_alloc(sizeof *c);

	c->fd = fd;
	c->frame_max = CHANNEL_FRAME_MAX;
	c->read_step = READ_FIRST;
	return c;
}

void channel_limit(struct channel *c, size_t frame_max, bool descriptors)
{
	c->frame_max = frame_max;
	c->no_fds = !descriptors;
}

bool channel_is_malformed(const struct channel *c)
{
	return c->malformed;
}

void channel_free(struct channel *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < c->out_fd_count; i++)
		io_close(&c->out_fds[i].fd);
	for (size_t i = 0; i < c->in_fd_count; i++)
		io_close(&c->in_fds[i]);
	free(c->out_fds);
	buf_free(&c->in);
	buf_free(&c->out);
	io_close(&c->fd);
	free(c);
}

int channel_fd(const struct channel *c)
{
	return c->fd;
}

/* ---- sending ---- */

void channel_put(struct channel *c, uint16_t type, struct span payload, int fd)
{
	if (payload.len > CHANNEL_FRAME_MAX)
		abort();
	if (fd >= 0) {
		c->out_fds = mem_resize(c->out_fds, c->out_fd_count + 1, sizeof *c->out_fds);
		c->out_fds[c->out_fd_count++] = (struct outgoing_fd){ c->out.len, fd };
	}
	pack_u32(&c->out, (uint32_t)payload.len);
	pack_u16(&c->out, type);
	pack_u16(&c->out, fd >= 0 ? CARRIES_FD : 0);
	buf_add_span(&c->out, payload);
}

/* Sends bytes, and with the first of them count descriptors, at most RUN_FDS. */
static ssize_t send_some(int socket, struct span bytes, const struct outgoing_fd *fds, size_t count)
{
	union {
		char space[CMSG_SPACE(RUN_FDS * sizeof(int))];
		struct cmsghdr align;
	} control = { 0 };
	struct iovec piece = { (void *)(uintptr_t)bytes.at, bytes.len };
	struct msghdr message = { .msg_iov = &piece, .msg_iovlen = 1 };

	if (count > 0) {
		message.msg_control = control.space;
		message.msg_controllen = CMSG_SPACE(count * sizeof(int));
		struct cmsghdr *header = CMSG_FIRSTHDR(&message);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(count * sizeof(int));
		for (size_t i = 0; i < count; i++)
			memcpy(CMSG_DATA(header) + i * sizeof(int), &fds[i].fd, sizeof(int));
	}
	return sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void forget_first_fds(struct channel *c, size_t count)
{
	for (size_t i = 0; i < count; i++)
		io_close(&c->out_fds[i].fd);
	c->out_fd_count -= count;
	if (c->out_fd_count > 0)
		memmove(c->out_fds, c->out_fds + count, c->out_fd_count * sizeof *c->out_fds);
}

/*
 * The longest run from out_start that carries descriptors with its first byte only: of the frame there, and of those close
 * behind it. None comes later than its frame, and what the peer has to keep for frames to come is bounded.
 */
static struct span next_run(const struct channel *c, size_t *count)
{
	size_t n = 0;

	if (c->out_fd_count > 0 && c->out_fds[0].at == c->out_start)
		for (n = 1; n < RUN_FDS && n < c->out_fd_count; n++)
			if (c->out_fds[n].at - c->out_start >= TOGETHER_BYTES)
				break;
	*count = n;
	return span_between(c->out.at + c->out_start, c->out.at + (n < c->out_fd_count ? c->out_fds[n].at : c->out.len));
}

int channel_flush(struct channel *c)
{
	while (!c->deaf && channel_wants_write(c)) {
		size_t count;
		struct span run = next_run(c, &count);
		ssize_t sent = send_some(c->fd, run, c->out_fds, count);
		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			break;
		if (sent < 0) {
			c->deaf = true;
			break;
		}
		forget_first_fds(c, count);
		c->out_start += (size_t)sent;
	}
	if (c->deaf) {
		forget_first_fds(c, c->out_fd_count);
		c->out_start = c->out.len;
	}
	/* Bytes that were sent give their room back once all have been, or they are many. */
	if (c->out_start >= c->out.len || c->out_start >= READ_STEP) {
		for (size_t i = 0; i < c->out_fd_count; i++)
			c->out_fds[i].at -= c->out_start;
		buf_drop_front(&c->out, c->out_start);
		c->out_start = 0;
	}
	return c->gone || c->deaf ? -1 : 0;
}

bool channel_wants_write(const struct channel *c)
{
	return c->out_start < c->out.len;
}

size_t channel_unsent_bytes(const struct channel *c)
{
	return c->out.len - c->out_start;
}

/* ---- receiving ---- */

/* False when the peer sent more descriptors than frames may carry. */
static bool keep_fds(struct channel *c, struct msghdr *message)
{
	bool room = (message->msg_flags & MSG_CTRUNC) == 0;

	for (struct cmsghdr *h = CMSG_FIRSTHDR(message); h; h = CMSG_NXTHDR(message, h)) {
		if (h->cmsg_level != SOL_SOCKET || h->cmsg_type != SCM_RIGHTS)
			continue;
		size_t count = (h->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < count; i++) {
			int fd;
			memcpy(&fd, CMSG_DATA(h) + i * sizeof fd, sizeof fd);
			if (c->in_fd_count < FDS_MAX) {
				c->in_fds[c->in_fd_count++] = fd;
			} else {
				io_close(&fd);
				room = false;
			}
		}
	}
	return room;
}

static ssize_t receive_some(struct channel *c)
{
	union {
		char space[CMSG_SPACE(RUN_FDS * sizeof(int))];
		struct cmsghdr align;
	} control;
	struct iovec piece = { c->in.at + c->in.len, c->read_step };
	struct msghdr message = {
		.msg_iov = &piece, .msg_iovlen = 1,
		.msg_control = control.space, .msg_controllen = c->no_fds ? 0 : sizeof control.space,
	};
	ssize_t n = recvmsg(c->fd, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);

	if (n > 0 && !keep_fds(c, &message)) {
		c->malformed = true;
		errno = EPROTO;
		return -1;
	}
	return n;
}

int channel_fill(struct channel *c)
{
	if (c->in_start > 0) {
		buf_drop_front(&c->in, c->in_start);
		c->in_start = 0;
	}
	while (!c->gone && c->in.len < c->frame_max + HEADER_BYTES) {
		buf_reserve(&c->in, c->read_step);
		ssize_t n = receive_some(c);
		if (n > 0) {
			c->in.len += (size_t)n;
			if ((size_t)n < c->read_step)
				break;
			c->read_step = READ_STEP;
		} else if (n < 0 && errno == EINTR) {
			continue;
		} else if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
			break;
		} else {
			c->gone = true;
		}
	}
	return c->gone ? -1 : 0;
}

bool channel_next(struct channel *c, struct frame *out)
{
	struct unpack u = unpack_from(span_between(c->in.at + c->in_start, c->in.at + c->in.len));
	uint32_t length = unpack_u32(&u);
	uint16_t type = unpack_u16(&u);
	uint16_t flags = unpack_u16(&u);

	if (u.bad)
		return false;
	bool lacks_fd = (flags & CARRIES_FD) && c->in_fd_count == 0;
	if (length > c->frame_max || (flags & ~CARRIES_FD) || lacks_fd) {
		c->gone = c->malformed = true;
		c->in_start = c->in.len;
		return false;
	}
	if ((size_t)(u.end - u.at) < length)
		return false;
	out->type = type;
	out->payload = (struct span){ u.at, length };
	out->fd = -1;
	if (flags & CARRIES_FD) {
		out->fd = c->in_fds[0];
		c->in_fd_count--;
		memmove(c->in_fds, c->in_fds + 1, c->in_fd_count * sizeof *c->in_fds);
	}
	c->in_start += HEADER_BYTES + length;
	return true;
}

/* ---- waiting ---- */

static int wait_for(struct channel *c, short events, int64_t deadline_ms)
{
	struct pollfd p = { .fd = c->fd, .events = events };

	for (;;) {
		int n = poll(&p, 1, deadline_ms == IO_FOREVER ? -1 : clock_wait_ms(deadline_ms));
		if (n > 0)
			return 1;
		if (n < 0 && errno != EINTR)
			return -1;
		if (n == 0 && clock_wait_ms(deadline_ms) == 0)
			return 0;
	}
}

int channel_receive(struct channel *c, struct frame *out, int64_t deadline_ms)
{
	for (;;) {
		if (channel_next(c, out))
			return 1;
		if (c->gone)
			return -1;
		channel_flush(c);   /* what a peer said before it ended still comes */
		short events = channel_wants_write(c) ? POLLIN | POLLOUT : POLLIN;
		int ready = wait_for(c, events, deadline_ms);
		if (ready <= 0)
			return ready;
		channel_fill(c);
	}
}

int channel_send(struct channel *c, uint16_t type, struct span payload, int fd)
{
	channel_put(c, type, payload, fd);
	while (channel_flush(c) == 0 && channel_wants_write(c))
		if (wait_for(c, POLLOUT, IO_FOREVER) < 0)
			return -1;
	return c->gone || c->deaf ? -1 : 0;
}
