/* SPDX-License-Identifier: ISC */
#include "sendmail-shim/smtp_stdio.h"

#include "base/clock.h"
#include "base/io.h"
#include "base/mail/smtp_server.h"
#include "sendmail-shim/recipients.h"
#include "sendmail-shim/stdin_message.h"
#include "sendmail-shim/submission.h"
#include "sendmail-shim/tell_caller.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

enum { READ_BYTES = 64 * 1024 };

struct session {
	const struct smtp_stdio *dialogue;
	struct smtp_server *server;
	struct stdin_message message;
	struct buf out;
};

/* ---- what the server tells us ---- */

static int keep_message(void *context, struct span bytes, struct fault *f)
{
	struct session *s = context;

	if (stdin_message_add(&s->message, bytes, f) == 0)
		return 0;
	stdin_message_free(&s->message);
	return -1;
}

static void submit_message(void *context, struct record *r)
{
	struct session *s = context;
	const struct settings *settings = s->dialogue->settings;
	struct buf queue_id = { 0 }, where = { 0 };
	struct fault f = { 0 };

	recipients_unite(r);
	r->require_tls |= s->dialogue->require_tls;
	if (stdin_message_end(&s->message, &f) < 0 || submission_begin(r, s->dialogue->program, &f) < 0 ||
	    submission_hand_over(r, &s->message, settings, &queue_id, &f) < 0) {
		tell_caller(span_of(f.text));
		smtp_server_refused(s->server, &f);
	} else {
		if (settings_have_no_queue(settings))
			buf_printf(&where, "delivered to %s", buf_text(&queue_id));
		else if (queue_id.len > 0)
			buf_printf(&where, "queued as %s", buf_text(&queue_id));
		else
			buf_printf(&where, "kept in %s until signetd runs", settings->drop);
		smtp_server_stored(s->server, buf_text(&where));
	}
	buf_free(&queue_id);
	buf_free(&where);
	stdin_message_free(&s->message);
}

static void drop_message(void *context)
{
	struct session *s = context;

	stdin_message_free(&s->message);
}

/* ---- the dialogue ---- */

/* In pieces that a pipe takes at once, so that the deadline holds. -1: nobody reads them. */
static int send_replies(struct session *s)
{
	int result = 0;

	for (size_t at = 0; at < s->out.len && result == 0; at += PIPE_BUF) {
		size_t len = s->out.len - at < PIPE_BUF ? s->out.len - at : PIPE_BUF;
		result = io_write_all(s->dialogue->out, s->out.at + at, len, clock_boot_ms() + s->dialogue->idle_ms);
	}
	buf_clear(&s->out);
	return result;
}

/* 0: the session goes on. */
static int read_commands(struct session *s, bool *over, struct fault *f)
{
	char bytes[READ_BYTES];
	ssize_t n = io_read(s->dialogue->in, bytes, sizeof bytes, clock_boot_ms() + s->dialogue->idle_ms);

	if (n < 0 && errno == ETIMEDOUT) {
		smtp_server_hang_up(s->server, "4.4.2", "nothing was said for too long; the session ends");
		send_replies(s);
	} else if (n < 0 && errno != ECONNRESET) {
		return fault_set(f, FAULT_PERMANENT, "5.3.0", "SMTP commands cannot be read from standard input: %s", strerror(errno));
	}
	/* All of it, unless the session ends before, or nobody reads the replies. */
	struct span in = { bytes, n > 0 ? (size_t)n : 0 };
	bool unread = false;
	while (in.len > 0 && !unread && smtp_server_state(s->server) != SMTP_SERVER_ENDED) {
		size_t taken = smtp_server_feed(s->server, in);
		in = span_between(in.at + taken, in.at + in.len);
		unread = send_replies(s) < 0;
	}
	*over = n <= 0 || unread || smtp_server_state(s->server) == SMTP_SERVER_ENDED;
	return 0;
}

int smtp_stdio_run(const struct smtp_stdio *d, struct fault *f)
{
	struct session s = { .dialogue = d, .message = STDIN_MESSAGE_EMPTY };
	struct smtp_server_rules rules = { d->settings->hostname, d->settings->size_limit, d->settings->recipient_limit, SMTP_LINES_LENIENT };
	struct smtp_server_owner owner = { &s, NULL, NULL, keep_message, submit_message, drop_message };
	int result = 0;

	s.server = smtp_server_begin(&rules, &owner, &s.out);
	bool over = send_replies(&s) < 0;
	while (result == 0 && !over)
		result = read_commands(&s, &over, f);
	smtp_server_free(s.server);
	stdin_message_free(&s.message);
	buf_free(&s.out);
	return result;
}

void smtp_stdio_keep_clean(void)
{
	struct stat out, err;

	if (isatty(STDOUT_FILENO) || fstat(STDOUT_FILENO, &out) < 0 || fstat(STDERR_FILENO, &err) < 0 || out.st_dev != err.st_dev || out.st_ino != err.st_ino)
		return;
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (null < 0 || dup2(null, STDERR_FILENO) < 0)
		close(STDERR_FILENO);
	if (null >= 0)
		close(null);
}
