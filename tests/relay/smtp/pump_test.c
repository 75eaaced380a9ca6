/* SPDX-License-Identifier: ISC */
/*
 * What hangs on who speaks first, so that libesmtp's words are said from here:
 * a server that closes or speaks while MAIL waits for RCPT and DATA.
 */
#include "tests/base/mail/said.h"
#include "tests/tap.h"

#include "base/clock.h"
#include "base/io.h"
#include "relay/esmtp_job.h"
#include "relay/smtp/pump.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { WAIT_MS = 30 * 1000 };

#define MESSAGE "From: a@example.org\r\n\r\nhello\r\n"
#define MAIL "MAIL FROM:<a@example.org>\r\n"
#define RCPT_AND_DATA "RCPT TO:<b@example.net>\r\nDATA\r\n"

struct world {
	int wire[2], dialogue[2], jobs[2], parent[2], for_queue[2];   /* the second of each is ours */
	struct channel *queue, *library;
	pthread_t pump;
	struct session_end end;
};

static void *run_pump(void *context)
{
	struct world *w = context;
	struct patience patience = { .scale = 1, .setup_until_ms = IO_FOREVER, .ours = { w->parent[0], w->for_queue[0] } };
	struct server server = { .patience = &patience, .wire = wire_new(w->wire[0]), .relay = mem_text("mx"),
		.tls = mem_text(""), .at = { "mx", "mx", "", "", false, false }, .ehlo = { .capabilities = CAP_PIPELINING } };
	struct pump_setup setup = { .server = &server, .queue = channel_new(w->for_queue[0]),
		.jobs = channel_new(w->jobs[0]), .dialogue = w->dialogue[0], .message_max = 1000 };

	pump_run(&setup, &w->end);
	server_free(&server);
	channel_free(setup.jobs);
	close(w->dialogue[0]);
	channel_free(setup.queue);
	return NULL;
}

static void pair(int out[2])
{
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, out) < 0)
		abort();
}

/* And waits until libesmtp would have it. */
static void deliver(struct world *w, uint64_t ticket)
{
	struct frame job = { .fd = -1 };
	struct delivery_recipient to = { 1, (char *)"b@example.net", 0, (char *)"", NULL };
	struct delivery d = {
		.ticket = ticket, .queue_id = (char *)"Q", .sender = (char *)"a@example.org", .envid = (char *)"",
		.size_bytes = sizeof MESSAGE - 1, .recipients = &to, .recipient_count = 1, .message = SPAN(MESSAGE),
	};
	struct buf payload = { 0 };

	delivery_encode(&d, &payload);
	channel_send(w->queue, FRAME_DELIVER, buf_span(&payload), -1);
	buf_free(&payload);
	ok(channel_receive(w->library, &job, clock_boot_ms() + WAIT_MS) == 1 && job.type == ESMTP_JOB,
	   "libesmtp gets the job");
}

static void say(int fd, const char *words)
{
	ok(io_write_all(fd, words, strlen(words), clock_boot_ms() + WAIT_MS) == 0, "says %.10s", words);
}

/* Waits until as much as wanted has come, and compares. */
static void hears(int fd, const char *wanted, const char *name)
{
	char got[1000] = "";
	size_t len = 0, want = strlen(wanted);

	while (len < want) {
		ssize_t n = io_read(fd, got + len, want - len, clock_boot_ms() + WAIT_MS);
		if (n <= 0)
			break;
		len += (size_t)n;
	}
	is_text(got, wanted, "%s", name);
}

static void begin(struct world *w)
{
	*w = (struct world){ 0 };
	pair(w->wire), pair(w->dialogue), pair(w->jobs), pair(w->parent), pair(w->for_queue);
	io_set_nonblocking(w->wire[0], true);
	w->queue = channel_new(w->for_queue[1]);
	w->library = channel_new(w->jobs[1]);
	if (pthread_create(&w->pump, NULL, run_pump, w) != 0)
		abort();
	say(w->dialogue[1], ESMTP_CONNECT "\r\nEHLO smtp\r\n");
	hears(w->dialogue[1], "220 smtp\r\n250-smtp\r\n250-PIPELINING\r\n250 HELP\r\n", "libesmtp is greeted");
}

/* Returns how many outcomes there were. */
static int end(struct world *w)
{
	struct frame frame;
	int outcomes = 0;

	pthread_join(w->pump, NULL);
	channel_fill(w->queue);
	while (channel_next(w->queue, &frame))
		outcomes += frame.type == FRAME_OUTCOME;
	channel_free(w->queue);
	channel_free(w->library);
	close(w->wire[1]), close(w->dialogue[1]), close(w->parent[0]), close(w->parent[1]);
	return outcomes;
}

static void one_message(struct world *w)
{
	deliver(w, 1);
	say(w->dialogue[1], MAIL);
	hears(w->dialogue[1], "250 reply\r\n", "MAIL is answered at once");
	say(w->dialogue[1], RCPT_AND_DATA);
	hears(w->wire[1], MAIL RCPT_AND_DATA, "the server gets all together");
	say(w->wire[1], "250 a\r\n250 b\r\n354 c\r\n");
	hears(w->dialogue[1], "250 reply\r\n354 reply\r\n", "replies to RCPT and DATA");
	say(w->dialogue[1], ESMTP_PREFACE ".\r\n");
	hears(w->wire[1], MESSAGE ".\r\n", "the message");
	say(w->wire[1], "250 d\r\n");
	hears(w->dialogue[1], "250 reply\r\n", "reply to the dot");
}

static const struct {
	const char *name, *said;
} strangers[] = {
	{ "another preface", "Date: x\r\n" },
	{ "the dot alone", ".\r\n" },
	{ "a message of its own", ESMTP_PREFACE "spam\r\n.\r\n" },
	{ "another command at once", ESMTP_PREFACE ".\r\nMAIL FROM:<x@example.org>\r\n" },
};

static void says_what_it_was_not_given(size_t row)
{
	struct world w;
	char rest[100] = "";

	begin(&w);
	deliver(&w, 1);
	say(w.dialogue[1], MAIL);
	hears(w.dialogue[1], "250 reply\r\n", strangers[row].name);
	say(w.dialogue[1], RCPT_AND_DATA);
	hears(w.wire[1], MAIL RCPT_AND_DATA, strangers[row].name);
	say(w.wire[1], "250 a\r\n250 b\r\n354 c\r\n");
	hears(w.dialogue[1], "250 reply\r\n354 reply\r\n", strangers[row].name);
	say(w.dialogue[1], strangers[row].said);
	ssize_t n = io_read(w.wire[1], rest, sizeof rest - 1, clock_boot_ms() + WAIT_MS);
	ok(n == 0 && rest[0] == '\0', "%s: the server gets neither message nor dot", strangers[row].name);
	is_int(end(&w), 1, "%s: one outcome", strangers[row].name);
	is_int(w.end.scope, SESSION_LOST, "%s: the session is over", strangers[row].name);
	is_text(w.end.reply.status, "4.3.0", "%s: by our own fault", strangers[row].name);
}

static const struct meanwhile {
	const char *name, *said;     /* by the server, which closes then */
	bool behind_another;         /* message */
	enum session_scope scope;
	const char *text;
} meanwhiles[] = {
	{ "closes", "", false, SESSION_LOST, "mx: connection closed" },
	{ "closes behind a message", "", true, SESSION_DONE, "" },
	{ "421", "421 4.4.2 idle\r\n", false, SESSION_LOST, "mx said: 421 4.4.2 idle" },
	{ "421 behind a message", "421 4.4.2 idle\r\n", true, SESSION_LOST,
	  "mx said: 421 4.4.2 idle" },
	{ "accepts what was not said", "250 a\r\n250 b\r\n354 c\r\n", true, SESSION_LOST,
	  "mx said 250 when nothing had been asked" },
};

/* Not a word of the message has been said: it has no outcome, and is as if it had never been handed over. */
static void no_word_was_said(const struct meanwhile *m)
{
	struct world w;
	char rest[100] = "";

	begin(&w);
	if (m->behind_another)
		one_message(&w);
	deliver(&w, 2);
	say(w.dialogue[1], MAIL);
	hears(w.dialogue[1], "250 reply\r\n", m->name);
	say(w.wire[1], m->said);
	shutdown(w.wire[1], SHUT_WR);
	say(w.dialogue[1], RCPT_AND_DATA);
	hears(w.dialogue[1], "421 reply\r\n421 reply\r\n", m->name);
	is_int(io_read(w.wire[1], rest, sizeof rest - 1, clock_boot_ms() + WAIT_MS), 0, "%s: the server hears nothing",
	       m->name);
	is_int(end(&w), m->behind_another, "%s: an outcome for what was said alone", m->name);
	is_int(w.end.scope, m->scope, "%s: how the session ended", m->name);
	ok(strstr(said_line(&w.end.reply), m->text) != NULL, "%s: and why", m->name);
}

/* One message up to its dot. */
static void speak_to_the_dot(struct world *w, bool promised)
{
	say(w->dialogue[1], MAIL RCPT_AND_DATA);
	if (!promised)
		hears(w->dialogue[1], "250 reply\r\n", "MAIL is answered");
	hears(w->wire[1], MAIL RCPT_AND_DATA, "the server gets all together");
	say(w->wire[1], "250 a\r\n250 b\r\n354 c\r\n");
	hears(w->dialogue[1], "250 reply\r\n354 reply\r\n", "replies to RCPT and DATA, and no other");
	say(w->dialogue[1], ESMTP_PREFACE ".\r\n");
	hears(w->wire[1], MESSAGE ".\r\n", "the message");
}

static void is_silent(int fd, const char *name)
{
	char more[100] = "";
	ssize_t n = recv(fd, more, sizeof more - 1, MSG_DONTWAIT);

	ok(n < 0, "%s (%s)", name, more);
}

/* A job that is there already has its MAIL answered with the dot of the one before, where libesmtp goes on to it. */
static void promises(void)
{
	struct world w;

	begin(&w);
	deliver(&w, 1);
	deliver(&w, 2);
	speak_to_the_dot(&w, false);
	say(w.wire[1], "250 d\r\n");
	hears(w.dialogue[1], "250 reply\r\n250 reply\r\n", "the dot, and MAIL of the next");
	speak_to_the_dot(&w, true);
	deliver(&w, 3);
	say(w.wire[1], "450 4.2.0 later\r\n");
	hears(w.dialogue[1], "450 reply\r\n", "a refusal, after which libesmtp ends its session");
	hears(w.wire[1], "RSET\r\n", "the server is reset");
	is_silent(w.dialogue[1], "nothing is promised behind a refusal");
	say(w.wire[1], "250 r\r\n");
	say(w.dialogue[1], "QUIT\r\n");
	hears(w.dialogue[1], "221 reply\r\n", "libesmtp ends its session");
	say(w.dialogue[1], ESMTP_CONNECT "\r\n");
	hears(w.dialogue[1], "220 smtp\r\n250-smtp\r\n250-PIPELINING\r\n250 HELP\r\n250 reply\r\n",
	      "greeting, EHLO and MAIL of its next session");
	say(w.dialogue[1], "EHLO smtp\r\n");
	speak_to_the_dot(&w, true);
	say(w.wire[1], "250 d\r\n");
	hears(w.dialogue[1], "250 reply\r\n", "the dot");
	is_silent(w.dialogue[1], "nothing is promised where there is no job");
	say(w.wire[1], "221 bye\r\n");
	shutdown(w.wire[1], SHUT_WR);
	is_int(end(&w), 3, "three outcomes");
}

/* The refused job stays the first until RSET is answered; libesmtp's next session is for the one behind it. */
static void promises_nothing_in_doubt(void)
{
	struct world w;

	begin(&w);
	deliver(&w, 1);
	deliver(&w, 2);
	say(w.dialogue[1], MAIL RCPT_AND_DATA);
	hears(w.dialogue[1], "250 reply\r\n", "MAIL is answered");
	hears(w.wire[1], MAIL RCPT_AND_DATA, "the server gets all together");
	say(w.wire[1], "250 a\r\n550 5.1.1 b\r\n554 c\r\n");
	hears(w.dialogue[1], "550 reply\r\n554 reply\r\n", "it refuses the recipient");
	hears(w.wire[1], "RSET\r\n", "and is reset");
	say(w.dialogue[1], "QUIT\r\n" ESMTP_CONNECT "\r\nEHLO smtp\r\n");
	hears(w.dialogue[1], "221 reply\r\n220 smtp\r\n250-smtp\r\n250-PIPELINING\r\n250 HELP\r\n", "another session of libesmtp's");
	is_silent(w.dialogue[1], "nothing is promised before RSET is answered");
	say(w.wire[1], "250 r\r\n");
	speak_to_the_dot(&w, false);
	say(w.wire[1], "250 d\r\n");
	hears(w.dialogue[1], "250 reply\r\n", "the dot");
	shutdown(w.wire[1], SHUT_WR);
	is_int(end(&w), 2, "two outcomes");
}

/* Where libesmtp has had as many messages as it gets in one session, it says QUIT next. */
static void promises_no_more_than_a_session_has(void)
{
	struct world w;

	begin(&w);
	deliver(&w, 1);
	for (uint64_t i = 1; i <= ESMTP_MESSAGES_MAX; i++) {
		struct frame frame;
		deliver(&w, i + 1);
		speak_to_the_dot(&w, i > 1);
		say(w.wire[1], "250 d\r\n");
		hears(w.dialogue[1], i < ESMTP_MESSAGES_MAX ? "250 reply\r\n250 reply\r\n" : "250 reply\r\n", "the dot");
		while (channel_receive(w.queue, &frame, clock_boot_ms() + WAIT_MS) == 1 && frame.type != FRAME_OUTCOME)
			;
		struct buf one = { 0 };
		pack_u32(&one, 1);
		channel_send(w.queue, FRAME_COMMITTED, buf_span(&one), -1);
		buf_free(&one);
	}
	say(w.dialogue[1], "QUIT\r\n");
	hears(w.dialogue[1], "221 reply\r\n", "libesmtp ends its session");
	shutdown(w.wire[1], SHUT_WR);
	end(&w);
	is_int(w.end.scope, SESSION_DONE, "and the real one has ended well");
}

int main(void)
{
	tap_plan(2021);
	for (size_t i = 0; i < sizeof meanwhiles / sizeof meanwhiles[0]; i++)
		no_word_was_said(&meanwhiles[i]);
	for (size_t i = 0; i < sizeof strangers / sizeof strangers[0]; i++)
		says_what_it_was_not_given(i);
	promises();
	promises_nothing_in_doubt();
	promises_no_more_than_a_session_has();
	return tap_done();
}
