/* SPDX-License-Identifier: ISC */
#include "trust/greet.h"

#include "base/clock.h"
#include "base/io.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* ---- talking ---- */

enum step { STEP_CONNECT, STEP_GREETING, STEP_ANSWER, STEP_STARTTLS, STEP_HANDSHAKE };

struct line {
	enum step step;
	int fd;
	short events;
	struct buf reply;       /* to STARTTLS */
	struct peer *peer;
};

static void lose(struct greet *g, struct line *l, const char *status, const char *what)
{
	io_close(&l->fd);
	fault_set(&g->fault, FAULT_TEMPORARY, status, "%s", what);
}

static bool is_no_route(int error)
{
	return error == ENETUNREACH || error == EHOSTUNREACH || error == EADDRNOTAVAIL || error == EAFNOSUPPORT;
}

static void begin(struct greet *g, struct line *l)
{
	struct sockaddr_storage to, from;
	socklen_t len = ip_address_socket(&g->address, g->port, &to);

	l->fd = socket(to.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (l->fd >= 0 && g->from.family == g->address.family) {
		socklen_t from_len = ip_address_socket(&g->from, 0, &from);
		if (bind(l->fd, (struct sockaddr *)&from, from_len) < 0) {
			lose(g, l, "4.4.1", strerror(errno));
			return;
		}
	}
	if (l->fd >= 0 && (connect(l->fd, (struct sockaddr *)&to, len) == 0 || errno == EINPROGRESS))
		return;
	g->no_route = is_no_route(errno);
	lose(g, l, "4.4.1", strerror(errno));
}

/* The last line of a reply has no "-" behind its code (RFC 5321 section 4.2.1). */
static bool is_whole(struct span reply)
{
	while (reply.at) {
		struct span line = span_cut(&reply, '\n');
		if (reply.at && (line.len < 4 || line.at[3] != '-'))
			return true;
	}
	return false;
}

static void connected(struct greet *g, struct line *l)
{
	int error = 0;
	socklen_t len = sizeof error;

	if (getsockopt(l->fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
		error = errno;
	if (error) {
		g->no_route = is_no_route(error);
		lose(g, l, error == ETIMEDOUT ? "4.4.7" : "4.4.1", strerror(error));
		return;
	}
	ip_address_own(l->fd, &g->own);
	l->step = STEP_GREETING;
}

static void say_line(struct greet *g, struct line *l, const char *verb, const char *rest)
{
	struct buf text = { 0 };

	buf_printf(&text, "%s%s%s\r\n", verb, rest[0] ? " " : "", rest);
	if (send(l->fd, text.at, text.len, MSG_NOSIGNAL) != (ssize_t)text.len)
		lose(g, l, "4.4.2", "the connection broke off");
	buf_free(&text);
}

static void shake(struct greet *g, struct line *l)
{
	int done = peer_handshake(l->peer, &l->events, &g->chain, &g->tls_fault);

	if (done != 0)
		io_close(&l->fd);
}

static bool offers(struct span answer, struct span keyword)
{
	while (answer.at) {
		struct span line = span_trim(span_cut(&answer, '\n'));
		if (line.len >= 4 && span_eq_nocase((struct span){ line.at + 4, line.len - 4 }, keyword))
			return true;
	}
	return false;
}

/* A reply is whole; what is said next. */
static void go_on(struct greet *g, struct line *l)
{
	if (l->step == STEP_GREETING) {
		bool welcome = g->greeting.at[0] == '2';
		g->greeted_ms = clock_wall_ms();
		l->step = STEP_ANSWER;
		say_line(g, l, welcome ? "EHLO" : "QUIT", welcome ? g->helo : "");
	} else if (l->step == STEP_ANSWER && (g->offers_tls = offers(buf_span(&g->answer), SPAN("STARTTLS"))) && g->tls_host) {
		l->step = STEP_STARTTLS;
		say_line(g, l, "STARTTLS", "");
	} else if (l->step == STEP_STARTTLS && l->reply.at[0] == '2') {
		l->peer = peer_new(l->fd, g->tls_host, g->roots, &g->tls_fault);
		l->step = STEP_HANDSHAKE;
		if (l->peer)
			shake(g, l);
		else
			io_close(&l->fd);
	} else {
		if (l->step == STEP_STARTTLS)
			fault_set(&g->tls_fault, FAULT_TEMPORARY, "4.7.5", "it refuses STARTTLS: %.*s", (int)strcspn(l->reply.at, "\r\n"), l->reply.at);
		say_line(g, l, "QUIT", "");
		io_close(&l->fd);
	}
}

static void hear(struct greet *g, struct line *l)
{
	struct buf *into = l->step == STEP_GREETING ? &g->greeting : l->step == STEP_ANSWER ? &g->answer : &l->reply;
	char bytes[2048];
	ssize_t n = recv(l->fd, bytes, sizeof bytes, 0);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0 || into->len + (size_t)n > GREET_BYTES_MAX) {
		lose(g, l, "4.4.2", n > 0 ? "it says too much" : n == 0 ? "the connection was closed" : strerror(errno));
		return;
	}
	buf_add(into, bytes, (size_t)n);
	if (is_whole(buf_span(into)))
		go_on(g, l);
}

void greet_all(struct greet *greets, size_t count, int64_t patience_ms)
{
	struct line *lines = mem_alloc((count + 1) * sizeof *lines);
	struct pollfd *fds = mem_alloc((count + 1) * sizeof *fds);
	int64_t deadline_ms = clock_boot_ms() + patience_ms;
	size_t open;

	for (size_t i = 0; i < count; i++)
		begin(&greets[i], &lines[i]);
	do {
		open = 0;
		for (size_t i = 0; i < count; i++) {
			fds[i] = (struct pollfd){ .fd = lines[i].fd, .events = lines[i].step == STEP_CONNECT ? POLLOUT :
			                          lines[i].step == STEP_HANDSHAKE ? lines[i].events : POLLIN };
			open += lines[i].fd >= 0;
		}
		int ready = open ? poll(fds, count, clock_wait_ms(deadline_ms)) : 0;
		for (size_t i = 0; i < count && ready > 0; i++) {
			if (fds[i].fd < 0 || fds[i].revents == 0)
				continue;
			if (lines[i].step == STEP_CONNECT)
				connected(&greets[i], &lines[i]);
			else if (lines[i].step == STEP_HANDSHAKE)
				shake(&greets[i], &lines[i]);
			else
				hear(&greets[i], &lines[i]);
		}
	} while (open > 0 && clock_boot_ms() < deadline_ms);
	for (size_t i = 0; i < count; i++) {
		if (lines[i].fd >= 0 && lines[i].step >= STEP_STARTTLS)
			fault_set(&greets[i].tls_fault, FAULT_TEMPORARY, "4.4.7", "no answer in time");
		else if (lines[i].fd >= 0)
			lose(&greets[i], &lines[i], "4.4.7", "no answer in time");
		io_close(&lines[i].fd);
		peer_free(lines[i].peer);
		buf_free(&lines[i].reply);
	}
	free(lines);
	free(fds);
}

void greet_free(struct greet *g)
{
	buf_free(&g->greeting);
	buf_free(&g->answer);
	peer_chain_free(&g->chain);
}

/* ---- reading ---- */

static bool is_of_address(char c)
{
	return byte_hex_value(c) >= 0 || c == '.' || c == ':';
}

bool greet_read_address(struct span answer, uint8_t family, struct ip_address *out)
{
	struct span line = span_cut(&answer, '\n');

	for (size_t i = 0; i < line.len; i++) {
		struct span rest = { line.at + i, line.len - i };
		size_t len = 0;
		if (i > 0 && (is_of_address(line.at[i - 1]) || byte_is_letter_or_digit(line.at[i - 1])))
			continue;
		if (span_starts_nocase(rest, SPAN("IPv6:")))
			rest = (struct span){ rest.at + 5, rest.len - 5 };
		while (len < rest.len && is_of_address(rest.at[len]))
			len++;
		while (len > 0 && rest.at[len - 1] == '.')      /* the end of a sentence */
			len--;
		if (len >= 2 && ip_address_parse((struct span){ rest.at, len }, out) && out->family == family)
			return true;
	}
	return false;
}

/* From the day's name, which is never translated there, on. */
bool greet_read_time(struct span greeting, int64_t *out)
{
	static const char *const days[] = { "Mon, ", "Tue, ", "Wed, ", "Thu, ", "Fri, ", "Sat, ", "Sun, " };
	struct span line = span_cut(&greeting, '\n');
	char *text = mem_text_span(line);
	bool found = false;

	for (size_t i = 0; i < sizeof days / sizeof days[0] && !found; i++) {
		const char *at = strstr(text, days[i]);
		struct tm tm = { 0 };
		if (at == NULL || strptime(at + strlen(days[i]), "%d %b %Y %H:%M:%S %z", &tm) == NULL)
			continue;
		long offset_s = tm.tm_gmtoff;
		*out = (int64_t)timegm(&tm) - offset_s;
		found = true;
	}
	free(text);
	return found;
}
