/* SPDX-License-Identifier: ISC */
/*
 * The real smtpd, confined as it is when it is at work, with a pickup that is played
 * here: a message's way, what all sessions together may hold, and its end.
 */
#include "tests/relay/role_start.h"
#include "tests/scratch.h"
#include "tests/tap.h"

#include "base/clock.h"
#include "base/io.h"
#include "base/mail/submit.h"
#include "relay/smtpd/spooled.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/stat.h>

enum { ENOUGH_S = 30, SIZE_LIMIT = 1024 * 1024 };

static char folder[] = "/tmp/smtpd-test-XXXXXX";
static struct started_role role;
static struct channel *from_smtpd;
static struct sockaddr_in place = { .sin_family = AF_INET };

static void begin(const char *path)
{
	struct settings s;
	struct peer pickup = { ROLE_PICKUP, 0 };
	struct buf payload = { 0 }, kept = { 0 };
	socklen_t len = sizeof place;
	int listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), pair[2];

	settings_defaults(&s);
	free(s.spool);
	free(s.log);
	free(s.hostname);
	s.spool = mem_text(folder);
	s.log = mem_text("stderr");
	s.hostname = mem_text("mx.example.org");
	s.size_limit = SIZE_LIMIT;
	buf_printf(&kept, "%s/smtpd", folder);
	place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (mkdir(buf_text(&kept), 0700) < 0 || bind(listening, (struct sockaddr *)&place, len) < 0 || listen(listening, 64) < 0 ||
	    getsockname(listening, (struct sockaddr *)&place, &len) < 0 ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		abort();
	role = role_begin_start(path, &s);
	channel_send(role.parent, FRAME_LISTENER, SPAN(""), listening);
	channel_send(role.parent, FRAME_START, SPAN(""), -1);
	peer_encode(&pickup, &payload);
	channel_send(role.parent, FRAME_PEER, buf_span(&payload), pair[1]);
	from_smtpd = channel_new(pair[0]);
	buf_free(&payload);
	buf_free(&kept);
	settings_free(&s);
}

/* ---- a client ---- */

static int dial(void)
{
	struct timeval enough = { .tv_sec = ENOUGH_S };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &enough, sizeof enough);
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &enough, sizeof enough);
	return connect(fd, (struct sockaddr *)&place, sizeof place) < 0 ? -1 : fd;
}

static void say(int fd, struct span text)
{
	while (text.len > 0) {
		ssize_t n = send(fd, text.at, text.len, MSG_NOSIGNAL);
		if (n <= 0)
			return;
		text = span_between(text.at + n, text.at + text.len);
	}
}

/* Reads until a reply that begins so has come, and returns it; "" when none does. */
static const char *hears(int fd, const char *code)
{
	static char line[1000];
	size_t len = 0;

	for (;;) {
		ssize_t n = recv(fd, line + len, sizeof line - 1 - len, MSG_PEEK);
		const char *lf = n > 0 ? memchr(line + len, '\n', (size_t)n) : NULL;
		if (n <= 0 || (lf == NULL && len + (size_t)n == sizeof line - 1))
			return "";
		n = lf ? lf + 1 - (line + len) : n;
		if (recv(fd, line + len, (size_t)n, 0) != n)
			return "";
		len += (size_t)n;
		if (lf == NULL)
			continue;
		line[len] = '\0';
		if (line[3] == ' ' && strncmp(line, code, strlen(code)) == 0)
			return line;
		len = 0;
	}
}

/* ---- rows ---- */

static void a_message(void)
{
	struct frame frame = { .fd = -1 };
	struct caller who = { 0 };
	struct record r = { 0 };
	struct fault f = { 0 };
	struct buf got = { 0 }, answer = { 0 };
	ssize_t head = 0;
	char step[4096];
	int fd = dial();

	ok(strcmp(hears(fd, "220"), "220 mx.example.org ESMTP Signet\r\n") == 0, "a greeting");
	say(fd, SPAN("EHLO me.example\r\nMAIL FROM:<a@x.example> RET=HDRS\r\nRCPT TO:<b@y.example> NOTIFY=NEVER\r\nDATA\r\n"));
	hears(fd, "354");
	say(fd, SPAN("Subject: x\r\n\r\n..dot\r\n.\r\n"));
	is_int(channel_receive(from_smtpd, &frame, clock_boot_ms() + ENOUGH_S * 1000), 1, "pickup gets a frame");
	ok(frame.type == FRAME_CALLER && frame.fd >= 0 && caller_decode(frame.payload, &who) == 0, "with a connection");
	is_int(who.uid, getuid(), "of the client's user");
	is_text(who.from, "me.example ([127.0.0.1])", "who called itself so");
	is_text(who.with, "ESMTP", "and spoke this");
	while (frame.fd >= 0 && (head <= 0 || got.len < (size_t)head + r.message_bytes)) {
		ssize_t n = io_read(frame.fd, step, sizeof step, clock_boot_ms() + ENOUGH_S * 1000);
		if (n <= 0)
			break;
		buf_add(&got, step, (size_t)n);
		if (head <= 0)
			head = record_decode_head(buf_span(&got), &r, &f);
	}
	ok(head > 0, "it holds a record");
	is_text(r.sender ? r.sender : "", "a@x.example", "with the sender");
	ok(r.recipient_count == 1 && r.recipients[0].notify == NOTIFY_NEVER && r.ret == DSN_RET_HEADERS, "the recipient, and what DSN says");
	is_text(r.program ? r.program : "", "SMTP client [127.0.0.1]", "by what it came");
	ok(head > 0 && strcmp(got.at + head, "Subject: x\r\n\r\n.dot\r\n") == 0, "and the message");
	submit_encode_reply(&(struct submit_reply){ .kind = SUBMIT_ACCEPTED, .text = SPAN("4ABC") }, &answer);
	say(frame.fd, buf_span(&answer));
	io_close(&frame.fd);
	is_text(hears(fd, "250 2.0.0"), "250 2.0.0 queued as 4ABC\r\n", "its client hears the queue id");
	close(fd);
	record_free(&r);
	caller_free(&who);
	buf_free(&got);
	buf_free(&answer);
}

/* The uid of a socket is that of who makes it. */
static int dial_as_another(void)
{
	bool may = geteuid() == 0 && seteuid(12345) == 0;
	int fd = dial();

	if (may && seteuid(0) < 0)
		abort();
	return fd;
}

/*
 * Each session may hold less than a message may have; those of one user together two of those, and something. The last
 * one is another user's, where there is another to be had.
 */
static void large_messages(void)
{
	enum { SESSIONS = 6 };
	static char line[SIZE_LIMIT - 1000];
	int fds[SESSIONS], offers[SESSIONS], taken = 0;
	bool later = false;
	struct buf answer = { 0 };

	submit_encode_reply(&(struct submit_reply){ .kind = SUBMIT_ACCEPTED, .text = SPAN("4ABC") }, &answer);
	memset(line, 'x', sizeof line);
	for (int i = 0; i < SESSIONS; i++) {
		fds[i] = i < SESSIONS - 1 ? dial() : dial_as_another();
		say(fds[i], SPAN("HELO x\r\nMAIL FROM:<>\r\nRCPT TO:<b@y.example>\r\nDATA\r\n"));
		hears(fds[i], "354");
		say(fds[i], (struct span){ line, sizeof line });
	}
	for (int i = 0; i < SESSIONS; i++) {
		struct frame frame = { .fd = -1 };
		struct pollfd p[2] = { { .fd = fds[i], .events = POLLIN }, { .fd = channel_fd(from_smtpd), .events = POLLIN } };
		say(fds[i], SPAN("\r\n.\r\n"));
		poll(p, 2, ENOUGH_S * 1000);
		if (p[0].revents)
			later |= strncmp(hears(fds[i], "45"), "452 4.3.1 too many large", 24) == 0;
		else if (channel_receive(from_smtpd, &frame, clock_boot_ms() + ENOUGH_S * 1000) == 1)
			taken++;
		offers[i] = frame.fd;
	}
	ok(geteuid() != 0 || offers[SESSIONS - 1] >= 0, "another user's is taken");
	for (int i = 0; i < SESSIONS; i++) {
		if (offers[i] < 0)
			continue;
		say(offers[i], buf_span(&answer));
		taken -= strncmp(hears(fds[i], "250 2.0.0"), "250 2.0.0", 9) != 0;
		io_close(&offers[i]);
	}
	ok(taken >= 2 && taken < SESSIONS - 1, "of %d large messages at once some are taken (%d)", SESSIONS, taken);
	ok(later, "the others are to come later");
	for (int i = 0; i < SESSIONS; i++)
		close(fds[i]);
	buf_free(&answer);
}

static void many_recipients(void)
{
	enum { SESSIONS = 6, RECIPIENTS = 24 * 1000 };
	static char orcpt[400];
	struct buf text = { 0 };
	int fds[SESSIONS], refused = 0;

	memset(orcpt, 'x', sizeof orcpt - 1);
	for (int i = 0; i < SESSIONS; i++) {
		fds[i] = dial();
		say(fds[i], SPAN("HELO x\r\nMAIL FROM:<>\r\n"));
		for (int n = 0; n < RECIPIENTS / 100; n++) {
			buf_clear(&text);
			for (int k = 0; k < 100; k++)
				buf_printf(&text, "RCPT TO:<u%d.%.40s@y.example> ORCPT=rfc822;%s\r\n", n * 100 + k, orcpt, orcpt);
			buf_add_text(&text, "NOOP\r\n");
			say(fds[i], buf_span(&text));
			hears(fds[i], "250 2.0.0");
		}
		say(fds[i], SPAN("RCPT TO:<last@y.example>\r\n"));
		refused += hears(fds[i], "")[0] == '4';
		if (i == 0)
			is_int(refused, 0, "one session has room for many recipients");
	}
	ok(refused > 0, "all together for fewer");
	int fd = dial();
	say(fd, SPAN("HELO x\r\nMAIL FROM:<>\r\nRCPT TO:<b@y.example>\r\n"));
	ok(strncmp(hears(fd, "250 2.1.5"), "250 2.1.5", 9) == 0, "and another still for one");
	close(fd);
	for (int i = 0; i < SESSIONS; i++)
		close(fds[i]);
	buf_free(&text);
}

static void its_end(void)
{
	int idle = dial();

	hears(idle, "220");
	channel_free(role.parent);
	role.parent = NULL;
	ok(strncmp(hears(idle, "421"), "421 4.3.2", 9) == 0, "when signetd is gone, who is idle hears so");
	close(idle);
	is_int(role_wait(&role), 0, "and it ends");
}

int main(void)
{
	char path[200];

	if (!role_program("smtpd", path, sizeof path))
		return 0;
	tap_plan(12 + 3 + 3 + 2);
	scratch_make(folder);
	begin(path);
	a_message();
	large_messages();
	many_recipients();
	its_end();
	channel_free(from_smtpd);
	return tap_done();
}
