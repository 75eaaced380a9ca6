/* SPDX-License-Identifier: ISC */
/*
 * far_sink - an SMTP server that is far away and not always willing. It takes
 * messages and forgets them; each answer comes DELAY_MS after what it answers.
 * What is in the way of a message says the number in its recipient's local
 * part, modulo 100:
 *
 *   0 to 9     deferred at RCPT, each time
 *   10 to 14   refused at RCPT
 *   15         taken, but the answer to its end comes STALL_MS later
 *
 *   far_sink ADDRESS PORT DELAY_MS STALL_MS COUNT
 *
 * Ends when it has taken all that it takes of COUNT numbered messages, and prints how
 * many sessions and round trips these took.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
	DEFERRED_BELOW = 10, REFUSED_BELOW = 15, STALLED_BELOW = 16, OF = 100,
	SESSIONS_MAX = 1024, LINE_MAX_BYTES = 1024, READ_BYTES = 64 * 1024, ANSWERS = 64 * 1024, EVENTS = 64,
};

struct session {
	int fd;                       /* -1: free */
	uint32_t serial;              /* of those that had this place */
	char line[LINE_MAX_BYTES];
	size_t length;
	bool in_body;
	size_t end_seen;              /* bytes of the end of the body */
	int number;                   /* of the recipient; -1: it has none */
	bool has_recipient;
};

/* What is to be said, and when: in the order of time, as all of a line wait for the same time. */
struct answer {
	int64_t at_us;
	struct session *session;
	uint32_t serial;
	const char *text;
};

struct line_of_answers {
	struct answer all[ANSWERS];
	size_t first, count;
	int64_t wait_us;
};

static struct session sessions[SESSIONS_MAX];
static struct line_of_answers usual, late;
static unsigned long taken, accepted, groups;
static const char body_end[] = "\r\n.\r\n";

static void die(const char *what)
{
	fprintf(stderr, "far_sink: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* ---- answers ---- */

static void answer_in(struct line_of_answers *line, struct session *s, const char *text)
{
	if (line->count == ANSWERS) {
		fprintf(stderr, "far_sink: more than %d answers wait\n", ANSWERS);
		exit(1);
	}
	line->all[(line->first + line->count++) % ANSWERS] =
		(struct answer){ .at_us = now_us() + line->wait_us, .session = s, .serial = s->serial, .text = text };
}

static void answer(struct session *s, const char *text)
{
	answer_in(&usual, s, text);
}

static void end_session(struct session *s)
{
	close(s->fd);
	s->fd = -1;
	s->serial++;
}

/* Says what is due, what goes to one session at once in one piece. Microseconds until the next; -1: there is none. */
static int64_t say_due(struct line_of_answers *line)
{
	char text[READ_BYTES];

	while (line->count > 0) {
		struct answer a = line->all[line->first];
		int64_t wait_us = a.at_us - now_us();
		size_t length = 0;
		if (wait_us > 0)
			return wait_us;
		while (line->count > 0 && line->all[line->first].session == a.session && line->all[line->first].at_us <= now_us()) {
			const char *next = line->all[line->first].text;
			if (length + strlen(next) < sizeof text)
				length += (size_t)snprintf(text + length, sizeof text - length, "%s", next);
			line->first = (line->first + 1) % ANSWERS;
			line->count--;
		}
		if (a.session->fd < 0 || a.session->serial != a.serial)
			continue;
		bool ends = strncmp(text + length - strlen("221 bye\r\n"), "221", 3) == 0;
		if (send(a.session->fd, text, length, MSG_NOSIGNAL) < 0 || ends)
			end_session(a.session);
	}
	return -1;
}

/* ---- the dialogue ---- */

static int number_in(const char *line)
{
	const char *at = strchr(line, '@');

	for (const char *c = strchr(line, '<'); c && at && c < at; c++)
		if (isdigit((unsigned char)*c))
			return atoi(c);
	return -1;
}

static const char *reply_to_recipient(struct session *s, const char *line)
{
	s->number = number_in(line);
	int kind = s->number < 0 ? OF : s->number % OF;
	if (kind < DEFERRED_BELOW)
		return "451 4.7.1 later\r\n";
	if (kind < REFUSED_BELOW)
		return "550 5.1.1 nobody\r\n";
	s->has_recipient = true;
	return "250 2.1.5 ok\r\n";
}

static void hear_line(struct session *s, const char *line)
{
	if (strncasecmp(line, "EHLO", 4) == 0) {
		answer(s, "250-far\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-ENHANCEDSTATUSCODES\r\n250 SIZE 10000000\r\n");
	} else if (strncasecmp(line, "RCPT", 4) == 0) {
		answer(s, reply_to_recipient(s, line));
	} else if (strncasecmp(line, "DATA", 4) == 0 && !s->has_recipient) {
		answer(s, "554 5.5.1 no recipients\r\n");
	} else if (strncasecmp(line, "DATA", 4) == 0) {
		answer(s, "354 go on\r\n");
		s->in_body = true;
		s->end_seen = 2;     /* a dot in the first line ends it, too */
	} else if (strncasecmp(line, "QUIT", 4) == 0) {
		answer(s, "221 bye\r\n");
	} else {
		s->has_recipient = s->has_recipient && strncasecmp(line, "MAIL", 4) != 0 && strncasecmp(line, "RSET", 4) != 0;
		answer(s, "250 2.0.0 ok\r\n");
	}
}

static void hear_end(struct session *s)
{
	bool stalls = s->number >= 0 && s->number % OF >= REFUSED_BELOW && s->number % OF < STALLED_BELOW;

	s->in_body = s->has_recipient = false;
	accepted++;
	taken += s->number >= 0;
	answer_in(stalls ? &late : &usual, s, "250 2.0.0 taken\r\n");
}

static void hear_byte(struct session *s, char c)
{
	if (s->in_body) {
		if (c == body_end[s->end_seen])
			s->end_seen++;
		else
			s->end_seen = c == '\r' ? 1 : 0;
		if (body_end[s->end_seen] == '\0')
			hear_end(s);
	} else if (c == '\n') {
		s->line[s->length] = '\0';
		s->length = 0;
		hear_line(s, s->line);
	} else if (s->length + 1 < sizeof s->line) {
		s->line[s->length++] = c;
	}
}

static void hear(struct session *s)
{
	char bytes[READ_BYTES];
	ssize_t n = recv(s->fd, bytes, sizeof bytes, MSG_DONTWAIT);

	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0) {
		end_session(s);
		return;
	}
	groups++;
	for (ssize_t i = 0; i < n; i++)
		hear_byte(s, bytes[i]);
}

static void welcome(int listener, int poll, unsigned long *count)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	struct session *s = sessions;

	while (s < sessions + SESSIONS_MAX && s->fd >= 0)
		s++;
	if (fd < 0 || s == sessions + SESSIONS_MAX)
		die("accept");
	*s = (struct session){ .fd = fd, .serial = s->serial, .number = -1 };
	if (epoll_ctl(poll, EPOLL_CTL_ADD, fd, &(struct epoll_event){ .events = EPOLLIN, .data.ptr = s }) < 0)
		die("epoll_ctl");
	++*count;
	answer(s, "220 far\r\n");
}

static int listen_at(const char *address, const char *port)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port)) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || inet_pton(AF_INET, address, &at.sin_addr) != 1 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){ 1 }, sizeof(int)) < 0 ||
	    bind(fd, (struct sockaddr *)&at, sizeof at) < 0 || listen(fd, SESSIONS_MAX) < 0)
		die(address);
	return fd;
}

static int sooner_ms(int64_t a_us, int64_t b_us)
{
	int64_t us = a_us < 0 || (b_us >= 0 && b_us < a_us) ? b_us : a_us;

	return us < 0 ? -1 : (int)((us + 999) / 1000);
}

int main(int argc, char **argv)
{
	struct epoll_event events[EVENTS];
	unsigned long count = 0;

	if (argc != 6) {
		fprintf(stderr, "usage: far_sink ADDRESS PORT DELAY_MS STALL_MS COUNT\n");
		return 64;
	}
	unsigned long wanted = strtoul(argv[5], NULL, 10) * (OF - REFUSED_BELOW) / OF;
	usual.wait_us = strtol(argv[3], NULL, 10) * 1000;
	late.wait_us = usual.wait_us + strtol(argv[4], NULL, 10) * 1000;
	for (size_t i = 0; i < SESSIONS_MAX; i++)
		sessions[i].fd = -1;
	int listener = listen_at(argv[1], argv[2]), poll = epoll_create1(EPOLL_CLOEXEC);
	if (epoll_ctl(poll, EPOLL_CTL_ADD, listener, &(struct epoll_event){ .events = EPOLLIN, .data.ptr = NULL }) < 0)
		die("epoll_ctl");
	while (taken < wanted) {
		int64_t usual_us = say_due(&usual), late_us = say_due(&late);
		int n = epoll_wait(poll, events, EVENTS, sooner_ms(usual_us, late_us));
		for (int i = 0; i < n; i++)
			if (events[i].data.ptr)
				hear(events[i].data.ptr);
			else
				welcome(listener, poll, &count);
	}
	printf("  the sink: %lu taken, in %lu sessions, %.2f segments heard for each\n", accepted, count, (double)groups / (double)accepted);
	return 0;
}
