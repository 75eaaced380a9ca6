/* SPDX-License-Identifier: ISC */
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

/* ---- servers: who is silent is known from one question ---- */

enum transport { UDP, TCP };

struct server {
	struct ip_address address;
	uint16_t port;
	bool heard[2], silent[2];            /* by transport */
};

static int by_place(const void *left, const void *right)
{
	const struct server *a = left, *b = right;
	int order = (int)a->address.family - (int)b->address.family;

	order = order ? order : memcmp(a->address.bytes, b->address.bytes, sizeof a->address.bytes);
	return order ? order : (int)a->port - (int)b->port;
}

/* Each once, in order. */
static struct server *list_servers(const struct talk *talks, size_t count, size_t *servers)
{
	struct server *all = mem_alloc((count + 1) * sizeof *all);
	size_t kept = 0;

	for (size_t i = 0; i < count; i++)
		all[i] = (struct server){ .address = talks[i].address, .port = talks[i].port };
	if (count > 1)
		qsort(all, count, sizeof *all, by_place);
	for (size_t i = 0; i < count; i++)
		if (kept == 0 || by_place(&all[kept - 1], &all[i]) != 0)
			all[kept++] = all[i];
	*servers = kept;
	return all;
}

static bool is_silent(const struct server *s, enum transport over)
{
	return s->silent[over] && !s->heard[over];
}

/* ---- one that is going on ---- */

enum step { STEP_UDP, STEP_CONNECT, STEP_SEND, STEP_HEAR };

struct line {
	struct talk *talk;                   /* NULL: nothing is going on here */
	struct server *server;
	int fd;
	enum step step;
	int64_t again_ms, deadline_ms;
	struct buf bytes;                    /* TCP: what is sent, then what has come: two bytes of length before the message (RFC 1035 section 4.2.2) */
	size_t sent;
};

static void end_line(struct line *l)
{
	io_close(&l->fd);
	buf_free(&l->bytes);
	l->talk = NULL;
}

static void lose_line(struct line *l, const char *status, const char *what)
{
	lose_server(l->talk, status, what);
	end_line(l);
}

static void lose_silent(struct line *l)
{
	enum transport over = l->step == STEP_UDP ? UDP : TCP;

	l->server->silent[over] = true;
	lose_line(l, "4.4.7", over == UDP ? "no answer in time" : "no answer over TCP in time");
}

static void begin_tcp(struct line *l, int64_t patience_ms)
{
	struct span message = l->talk->message;

	io_close(&l->fd);
	l->talk->tcp = true;
	l->step = STEP_CONNECT;
	l->deadline_ms = clock_boot_ms() + patience_ms;
	buf_add_byte(&l->bytes, (char)(message.len >> 8));
	buf_add_byte(&l->bytes, (char)(message.len & 0xff));
	buf_add_span(&l->bytes, message);
	l->sent = 0;
	if (is_silent(l->server, TCP))
		lose_silent(l);
	else if ((l->fd = open_socket(l->talk, SOCK_STREAM)) < 0)
		end_line(l);
}

static void begin_line(struct line *l, struct talk *t, struct server *server, int64_t patience_ms)
{
	int64_t now_ms = clock_boot_ms();

	*l = (struct line){ .talk = t, .server = server, .fd = -1, .again_ms = now_ms, .deadline_ms = now_ms + patience_ms };
	if (t->tcp)
		begin_tcp(l, patience_ms);
	else if (is_silent(server, UDP))
		lose_silent(l);
	else if ((l->fd = open_socket(t, SOCK_DGRAM)) < 0)
		end_line(l);
}

/* ---- UDP ---- */

static void hear_udp(struct line *l, int64_t patience_ms)
{
	char bytes[TALK_UDP_MAX * 4];   /* a server may send more than it was allowed */
	ssize_t n = recv(l->fd, bytes, sizeof bytes, 0);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0) {
		l->talk->no_route = is_no_route(errno);
		lose_line(l, "4.4.1", errno == ECONNREFUSED ? "no name server there" : strerror(errno));
		return;
	}
	struct span answer = { bytes, (size_t)n };
	if (!is_answer_to(l->talk->message, answer))
		return;
	l->server->heard[UDP] = true;
	if (byte_of(answer, 2) & BIT_CUT) {
		begin_tcp(l, patience_ms);
		return;
	}
	buf_add_span(&l->talk->answer, answer);
	end_line(l);
}

/* ---- TCP ---- */

static void lose_tcp(struct line *l, int error)
{
	if (error == ECONNREFUSED)
		lose_line(l, "4.4.1", "refuses connections over TCP");
	else
		lose_line(l, "4.4.2", error ? strerror(error) : "closed the connection without an answer");
}

static void connected(struct line *l)
{
	int error = 0;
	socklen_t len = sizeof error;

	if (getsockopt(l->fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0 || error)
		lose_tcp(l, error ? error : errno);
	else
		l->step = STEP_SEND;
}

static void send_tcp(struct line *l)
{
	ssize_t n = send(l->fd, l->bytes.at + l->sent, l->bytes.len - l->sent, MSG_NOSIGNAL);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0) {
		lose_tcp(l, errno);
		return;
	}
	l->sent += (size_t)n;
	if (l->sent == l->bytes.len) {
		buf_clear(&l->bytes);
		l->step = STEP_HEAR;
	}
}

static void hear_tcp(struct line *l)
{
	char bytes[16 * 1024];
	ssize_t n = recv(l->fd, bytes, sizeof bytes, 0);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		lose_tcp(l, n < 0 ? errno : 0);
		return;
	}
	buf_add(&l->bytes, bytes, (size_t)n);
	struct span all = buf_span(&l->bytes);
	size_t len = all.len < 2 ? 0 : (size_t)byte_of(all, 0) << 8 | byte_of(all, 1);
	if (all.len < 2 || all.len - 2 < len)
		return;
	struct span answer = { all.at + 2, len };
	if (!is_answer_to(l->talk->message, answer)) {
		lose_line(l, "4.4.2", "answers with something that is not an answer");
		return;
	}
	l->server->heard[TCP] = true;
	buf_add_span(&l->talk->answer, answer);
	end_line(l);
}

/* ---- all of them ---- */

static void hear(struct line *l, int64_t patience_ms)
{
	switch (l->step) {
	case STEP_UDP:     hear_udp(l, patience_ms); return;
	case STEP_CONNECT: connected(l); return;
	case STEP_SEND:    send_tcp(l); return;
	case STEP_HEAR:    hear_tcp(l); return;
	}
}

/* Does what is due by now; returns when there is more to do. */
static int64_t look_at_clock(struct line *lines, size_t count, int64_t patience_ms)
{
	int64_t next_ms = INT64_MAX, now_ms = clock_boot_ms();

	for (size_t i = 0; i < count; i++) {
		struct line *l = &lines[i];
		if (l->talk && now_ms >= l->deadline_ms)
			lose_silent(l);
		if (l->talk == NULL)
			continue;
		if (l->step == STEP_UDP && now_ms >= l->again_ms) {
			/* Whether it failed is told when we listen. */
			(void)!send(l->fd, l->talk->message.at, l->talk->message.len, MSG_NOSIGNAL);
			l->again_ms += patience_ms / SENDS + 1;
		}
		int64_t due_ms = l->step == STEP_UDP && l->again_ms < l->deadline_ms ? l->again_ms : l->deadline_ms;
		next_ms = due_ms < next_ms ? due_ms : next_ms;
	}
	return next_ms;
}

void talk_all_until(struct talk *talks, size_t count, int64_t patience_ms, int64_t deadline_ms)
{
	struct line lines[TALKS_AT_ONCE] = { 0 };
	struct pollfd fds[TALKS_AT_ONCE];
	size_t servers, next = 0, open = 0;
	struct server *all = list_servers(talks, count, &servers);

	do {
		int64_t left_ms = deadline_ms - clock_boot_ms(), wait_ms = left_ms < patience_ms ? left_ms > 0 ? left_ms : 0 : patience_ms;
		for (size_t i = 0; i < TALKS_AT_ONCE && next < count; i++)
			while (lines[i].talk == NULL && next < count) {
				struct talk *t = &talks[next++];
				struct server at = { .address = t->address, .port = t->port };
				begin_line(&lines[i], t, bsearch(&at, all, servers, sizeof *all, by_place), wait_ms);
			}
		int64_t until_ms = look_at_clock(lines, TALKS_AT_ONCE, patience_ms);
		open = 0;
		for (size_t i = 0; i < TALKS_AT_ONCE; i++) {
			bool sends = lines[i].step == STEP_CONNECT || lines[i].step == STEP_SEND;
			fds[i] = (struct pollfd){ .fd = lines[i].talk ? lines[i].fd : -1, .events = sends ? POLLOUT : POLLIN };
			open += lines[i].talk != NULL;
		}
		bool waits = next < count && open < TALKS_AT_ONCE;      /* the clock has made room for others */
		int ready = open && !waits ? poll(fds, TALKS_AT_ONCE, clock_wait_ms(until_ms)) : 0;
		for (size_t i = 0; i < TALKS_AT_ONCE && ready > 0; i++)
			if (fds[i].fd >= 0 && fds[i].revents)
				hear(&lines[i], wait_ms);
	} while (open > 0 || next < count);
	for (size_t i = 0; i < count; i++) {
		struct server at = { .address = talks[i].address, .port = talks[i].port };
		talks[i].silent = is_silent(bsearch(&at, all, servers, sizeof *all, by_place), UDP);
	}
	free(all);
}

void talk_all(struct talk *talks, size_t count, int64_t patience_ms)
{
	talk_all_until(talks, count, patience_ms, INT64_MAX);
}
