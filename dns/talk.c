#include "dns/talk.h"

#include "base/clock.h"
#include "base/io.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { HEADER_BYTES = 12, BIT_RESPONSE = 0x80, BIT_CUT = 0x02, SENDS = 4 };

void talk_free(struct talk *t)
{
	buf_free(&t->answer);
}

static int lose_server(struct talk *t, const char *status, const char *what)
{
	buf_clear(&t->answer);
	return fault_set(&t->fault, FAULT_TEMPORARY, status, "%s", what);
}

/* What the kernel says about a way that this host does not have. */
static bool is_no_route(int error)
{
	return error == ENETUNREACH || error == EHOSTUNREACH || error == EADDRNOTAVAIL || error == EAFNOSUPPORT ||
	       error == EACCES || error == EPERM;
}

/* Connected, so that only that server is heard; -1 and a fault. */
static int open_socket(struct talk *t, int type)
{
	struct sockaddr_storage to;
	socklen_t len = ip_address_socket(&t->address, t->port, &to);
	int fd = socket(to.ss_family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd >= 0 && (connect(fd, (struct sockaddr *)&to, len) == 0 || errno == EINPROGRESS))
		return fd;
	int error = errno;
	t->no_route = is_no_route(error);
	io_close(&fd);
	return lose_server(t, "4.4.1", strerror(error));
}

static unsigned char byte_of(struct span s, size_t i)
{
	return (unsigned char)s.at[i];
}

static bool is_answer_to(struct span message, struct span answer)
{
	return message.len >= HEADER_BYTES && answer.len >= HEADER_BYTES && memcmp(message.at, answer.at, 2) == 0 &&
	       byte_of(answer, 2) & BIT_RESPONSE;
}

/* ---- UDP: all at once ---- */

/* Closed descriptors are those that are done. */
static bool is_waiting(const struct pollfd *fds, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (fds[i].fd >= 0)
			return true;
	return false;
}

static void hear_answer(struct talk *t, int *fd)
{
	char bytes[TALK_UDP_MAX * 4];   /* a server may send more than it was allowed */
	ssize_t n = recv(*fd, bytes, sizeof bytes, 0);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0) {
		t->no_route = is_no_route(errno);
		lose_server(t, "4.4.1", errno == ECONNREFUSED ? "no name server there" : strerror(errno));
		io_close(fd);
		return;
	}
	struct span answer = { bytes, (size_t)n };
	if (!is_answer_to(t->message, answer))
		return;
	t->tcp = byte_of(answer, 2) & BIT_CUT;
	if (!t->tcp)
		buf_add_span(&t->answer, answer);
	io_close(fd);
}

static void talk_udp(struct talk *talks, size_t count, int64_t patience_ms)
{
	struct pollfd *fds = mem_resize(NULL, count + 1, sizeof *fds);

	for (size_t i = 0; i < count; i++)
		fds[i] = (struct pollfd){ .fd = talks[i].tcp ? -1 : open_socket(&talks[i], SOCK_DGRAM), .events = POLLIN };
	int64_t again = clock_boot_ms(), deadline = again + patience_ms;
	while (is_waiting(fds, count) && clock_boot_ms() < deadline) {
		if (clock_boot_ms() >= again) {
			for (size_t i = 0; i < count; i++)
				if (fds[i].fd >= 0 && send(fds[i].fd, talks[i].message.at, talks[i].message.len, MSG_NOSIGNAL) < 0)
					continue;   /* what became of it is told when we listen */
			again += patience_ms / SENDS + 1;
		}
		int n = poll(fds, count, clock_wait_ms(again < deadline ? again : deadline));
		for (size_t i = 0; i < count && n > 0; i++)
			if (fds[i].fd >= 0 && fds[i].revents)
				hear_answer(&talks[i], &fds[i].fd);
	}
	for (size_t i = 0; i < count; i++) {
		if (fds[i].fd >= 0)
			lose_server(&talks[i], "4.4.7", "no answer in time");
		io_close(&fds[i].fd);
	}
	free(fds);
}

/* ---- TCP: two bytes of length before each message (RFC 1035 section 4.2.2) ---- */

static int wait_connected(int fd, int64_t deadline_ms)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	int error = 0;
	socklen_t len = sizeof error;

	if (poll(&p, 1, clock_wait_ms(deadline_ms)) <= 0)
		error = ETIMEDOUT;
	else if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
		error = errno;
	errno = error;
	return error ? -1 : 0;
}

static int send_framed(int fd, struct span message, int64_t deadline_ms)
{
	struct buf framed = { 0 };

	buf_add_byte(&framed, (char)(message.len >> 8));
	buf_add_byte(&framed, (char)(message.len & 0xff));
	buf_add_span(&framed, message);
	int result = io_write_all(fd, framed.at, framed.len, deadline_ms);
	buf_free(&framed);
	return result;
}

/* Exactly len bytes more; errno is 0 where the stream ends before. */
static int read_exactly(int fd, struct buf *out, size_t len, int64_t deadline_ms)
{
	buf_reserve(out, len);
	while (len > 0) {
		ssize_t n = io_read(fd, out->at + out->len, len, deadline_ms);
		if (n == 0)
			errno = 0;
		if (n <= 0)
			return -1;
		out->len += (size_t)n;
		len -= (size_t)n;
	}
	return 0;
}

static int read_framed(int fd, struct buf *out, int64_t deadline_ms)
{
	struct buf length = { 0 };
	int result = read_exactly(fd, &length, 2, deadline_ms);

	if (result == 0)
		result = read_exactly(fd, out, (size_t)byte_of(buf_span(&length), 0) << 8 | byte_of(buf_span(&length), 1),
		                      deadline_ms);
	buf_free(&length);
	return result;
}

static void talk_tcp(struct talk *t, int64_t deadline_ms)
{
	int fd = open_socket(t, SOCK_STREAM);

	if (fd < 0)
		return;
	if (wait_connected(fd, deadline_ms) < 0 || send_framed(fd, t->message, deadline_ms) < 0 ||
	    read_framed(fd, &t->answer, deadline_ms) < 0) {
		if (errno == ETIMEDOUT)
			lose_server(t, "4.4.7", "no answer over TCP in time");
		else if (errno == ECONNREFUSED)
			lose_server(t, "4.4.1", "refuses connections over TCP");
		else if (errno == 0)
			lose_server(t, "4.4.2", "closed the connection without an answer");
		else
			lose_server(t, "4.4.2", strerror(errno));
	} else if (!is_answer_to(t->message, buf_span(&t->answer))) {
		lose_server(t, "4.4.2", "answers with something that is not an answer");
	}
	close(fd);
}

void talk_all_until(struct talk *talks, size_t count, int64_t patience_ms, int64_t deadline_ms)
{
	int64_t left_ms = deadline_ms - clock_boot_ms();

	talk_udp(talks, count, patience_ms < left_ms ? patience_ms : left_ms);
	for (size_t i = 0; i < count; i++) {
		int64_t until_ms = clock_boot_ms() + patience_ms;
		if (talks[i].tcp && talks[i].fault.kind == FAULT_NONE)
			talk_tcp(&talks[i], until_ms < deadline_ms ? until_ms : deadline_ms);
	}
}

void talk_all(struct talk *talks, size_t count, int64_t patience_ms)
{
	talk_all_until(talks, count, patience_ms, INT64_MAX);
}
