/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "relay/esmtp_job.h"
#include "tests/relay/session_lab.h"

#include <poll.h>

enum { SOON_MS = 30 * 1000 };

/* Plays smtp for one real esmtp. */
struct other_end {
	struct channel *jobs;
	int dialogue;
	pid_t pid;
	struct buf heard;
};

static const char *const three[] = { "r1@example.org", "r2@example.org", "r3@example.org", NULL };
static const struct lab_message message = {
	.sender = "s@example.net", .recipients = three, .fields = SPAN("X: y\r\n"), .message = SPAN("A: b\r\n\r\n.c\r\n"),
};

static void begin(struct other_end *p)
{
	static const struct lab_session s = { .scale = 1 };
	int jobs[2], dialogue[2];

	lab_pair(jobs);
	lab_pair(dialogue);
	*p = (struct other_end){ .dialogue = dialogue[0] };
	p->pid = lab_start("esmtp", &s, (int[ROLE_PLACES]){ -1, -1, jobs[1], dialogue[1] });
	close(jobs[1]);
	close(dialogue[1]);
	p->jobs = channel_new(jobs[0]);
}

static int end(struct other_end *p)
{
	struct lab_result r = { 0 };

	channel_free(p->jobs);
	io_close(&p->dialogue);
	int status = lab_reap(p->pid, &r);
	buf_free(&p->heard);
	return status;
}

static void send_job(struct other_end *p)
{
	/* A job is a delivery; only the type of the frame differs. */
	int ends[2];
	struct frame frame;

	lab_pair(ends);
	struct channel *in = channel_new(ends[0]), *out = channel_new(ends[1]);
	lab_send_delivery(in, &message, 7);
	channel_flush(in);
	channel_fill(out);
	if (channel_next(out, &frame))
		channel_put(p->jobs, ESMTP_JOB, frame.payload, -1);
	channel_flush(p->jobs);
	channel_free(in);
	channel_free(out);
}

/* Whatever it says within so many ms. */
static void hear(struct other_end *p, int ms)
{
	char bytes[4096];
	struct pollfd fd = { p->dialogue, POLLIN, 0 };

	while (poll(&fd, 1, ms) > 0) {
		ssize_t n = recv(p->dialogue, bytes, sizeof bytes, MSG_DONTWAIT);
		if (n <= 0)
			return;
		buf_add(&p->heard, bytes, (size_t)n);
		ms = 2;
	}
}

/* Until it has said so many bytes. */
static void hear_all(struct other_end *p, size_t len)
{
	int64_t deadline = clock_boot_ms() + SOON_MS;

	while (p->heard.len < len && clock_boot_ms() < deadline)
		hear(p, 10);
}

static void say(const struct other_end *p, const char *text)
{
	if (send(p->dialogue, text, strlen(text), MSG_NOSIGNAL) < 0)
		fprintf(stderr, "# not said: %s", text);
}

static const char *const replies[] = {
	"220 smtp\r\n", "250-smtp\r\n250-PIPELINING\r\n250 HELP\r\n", "250 reply\r\n",
	"250 reply\r\n", "550 reply\r\n", "250 reply\r\n", "354 reply\r\n", "250 reply\r\n",
};

enum { REPLIES = sizeof replies / sizeof replies[0] };

/* The first replies of a session: greeting, EHLO, MAIL, three RCPT, DATA, the dot. */
static void converse(struct other_end *p, size_t count)
{
	bool piped;

	for (size_t i = 0; i < count; i++) {
		piped = i >= 4 && i <= 6;
		hear(p, piped ? 0 : SOON_MS);
		say(p, replies[i]);
	}
	hear(p, 50);
}

static void speaks(void)
{
	static const char all[] =
		ESMTP_CONNECT "\r\nEHLO esmtp\r\nMAIL FROM:<s@example.net>\r\n"
		"RCPT TO:<r1@example.org>\r\nRCPT TO:<r2@example.org>\r\nRCPT TO:<r3@example.org>\r\nDATA\r\n"
		ESMTP_PREFACE ".\r\n";
	struct other_end p;

	begin(&p);
	send_job(&p);
	converse(&p, REPLIES);
	hear_all(&p, sizeof all - 1);
	is_span(buf_span(&p.heard), span_of(all), "what stands for a message is spoken, and none of the message");
	buf_clear(&p.heard);
	send_job(&p);
	hear(&p, SOON_MS);
	is_span(buf_span(&p.heard), SPAN("MAIL FROM:<s@example.net>\r\n"), "the next one in the same session");
	buf_clear(&p.heard);
	say(&p, "550 no\r\n");
	hear(&p, SOON_MS);
	is_span(buf_span(&p.heard), SPAN("QUIT\r\n"), "a refusal ends libesmtp's session");
	say(&p, "221 bye\r\n");
	buf_clear(&p.heard);
	send_job(&p);
	hear(&p, SOON_MS);
	is_span(buf_span(&p.heard), SPAN(ESMTP_CONNECT "\r\n"), "and another begins with the next job");
	is_int(end(&p), 0, "it ends well when smtp has gone");
}

/* What smtp can answer before it is asked: libesmtp then says in one go what leads up to an answer of the server's. */
static void is_answered_ahead(void)
{
	static const char begins[] = ESMTP_CONNECT "\r\n",
		says[] = "EHLO esmtp\r\nMAIL FROM:<s@example.net>\r\n"
		         "RCPT TO:<r1@example.org>\r\nRCPT TO:<r2@example.org>\r\nRCPT TO:<r3@example.org>\r\nDATA\r\n",
		next[] = "MAIL FROM:<s@example.net>\r\n"
		         "RCPT TO:<r1@example.org>\r\nRCPT TO:<r2@example.org>\r\nRCPT TO:<r3@example.org>\r\nDATA\r\n";
	struct other_end p;

	begin(&p);
	send_job(&p);
	hear_all(&p, sizeof begins - 1);
	buf_clear(&p.heard);
	say(&p, "220 smtp\r\n250-smtp\r\n250-PIPELINING\r\n250 HELP\r\n250 reply\r\n");
	hear_all(&p, sizeof says - 1);
	is_span(buf_span(&p.heard), span_of(says), "greeting, EHLO and MAIL are answered: it goes on to DATA");
	for (int i = 0; i < 5; i++) {
		buf_clear(&p.heard);
		say(&p, "250 reply\r\n550 reply\r\n250 reply\r\n354 reply\r\n");
		hear_all(&p, sizeof ESMTP_PREFACE ".\r\n" - 1);
		is_span(buf_span(&p.heard), SPAN(ESMTP_PREFACE ".\r\n"), "message %d", i);
		buf_clear(&p.heard);
		send_job(&p);
		say(&p, "250 reply\r\n250 reply\r\n");
		hear_all(&p, sizeof next - 1);
		is_span(buf_span(&p.heard), span_of(next), "the dot and the next MAIL are answered: it goes on to DATA");
	}
	is_int(end(&p), 0, "it ends well when smtp has gone");
}

/* smtp's last words: a 421 for each reply that is owed. */
static void is_let_down_gently(void)
{
	for (size_t count = 0; count <= REPLIES; count++) {
		struct other_end p;

		begin(&p);
		send_job(&p);
		converse(&p, count);
		size_t owed = count >= 3 && count < 7 ? 7 - count : count < REPLIES ? 1 : 0;
		for (size_t i = 0; i < owed; i++)
			say(&p, "421 reply\r\n");
		is_int(end(&p), 0, "smtp goes behind %zu replies", count);
	}
}

/* smtp is killed: nothing is said any more. */
static void is_dropped(void)
{
	for (size_t count = 0; count <= REPLIES; count++) {
		struct other_end p;

		begin(&p);
		send_job(&p);
		converse(&p, count);
		is_int(end(&p), 0, "smtp is killed behind %zu replies", count);
	}
}

static void refuses_malformed_jobs(void)
{
	struct other_end p;

	begin(&p);
	channel_put(p.jobs, ESMTP_JOB, SPAN("nonsense"), -1);
	channel_flush(p.jobs);
	hear(&p, SOON_MS);
	int status = end(&p);
	ok(WIFEXITED(status) && WEXITSTATUS(status) == EXIT_FAILURE, "a malformed job ends it (%#x)", (unsigned)status);
}

int main(void)
{
	tap_plan(36);
	signal(SIGPIPE, SIG_IGN);
	speaks();
	is_answered_ahead();
	is_let_down_gently();
	is_dropped();
	refuses_malformed_jobs();
	return tap_done();
}
