/* SPDX-License-Identifier: ISC */
#include "sendmail-shim/handover.h"

#include "base/clock.h"
#include "base/conf/places.h"
#include "base/io.h"
#include "base/mail/submit.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

enum { PART_BYTES = 64 * 1024, FIRST_PAUSE_MS = 100, LONGEST_PAUSE_MS = 8000 };

enum answer { ANSWER_ACCEPTED, ANSWER_FINAL, ANSWER_BUSY, ANSWER_NONE };

/* ---- the socket ---- */

static void pause_ms(int64_t ms)
{
	poll(NULL, 0, (int)ms);
}

const char *handover_why_not(int error)
{
	switch (error) {
	case EAFNOSUPPORT:
	case EPERM:
	case ENOSYS:
		return "this process may not make Unix sockets: where systemd runs it, RestrictAddressFamilies= of its unit must have "
		       "AF_UNIX, and SystemCallFilter= socket(2)";
	case EACCES:
		return "this process may not connect to it: Permission denied";
	case ENOENT:
		return "there is no such socket";
	case ECONNREFUSED:
		return "nobody listens there";
	case EAGAIN:
		return "too many wait there already";
	case ECONNRESET:
		return "the connection ended before it answered";
	case ETIMEDOUT:
		return "it took the message but did not answer";
	default:
		return strerror(error);
	}
}

int handover_connect(const char *path, int64_t wait_ms)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int64_t deadline = 0;

	if (strlen(path) >= sizeof address.sun_path) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(address.sun_path, path);
	for (;;) {
		int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof address) == 0)
			return fd;
		int error = errno;
		close(fd);
		if (deadline == 0)
			deadline = clock_boot_ms() + wait_ms;
		if (error != EAGAIN || clock_boot_ms() >= deadline) {
			errno = error;
			return -1;
		}
		pause_ms(FIRST_PAUSE_MS);
	}
}

struct dialogue {
	const struct handover *h;
	int fd;
	struct buf in;
	bool stalled;    /* the other side let the time pass: nothing more is expected of it */
	struct fault *fault;
	struct buf *queue_id;
};

/* What poll(2) says, or 0 when the time passed. */
static short wait_for(const struct dialogue *d, short events)
{
	struct pollfd p = { .fd = d->fd, .events = events };
	int64_t deadline = clock_boot_ms() + d->h->progress_ms;
	int n;

	do
		n = poll(&p, 1, clock_wait_ms(deadline));
	while (n < 0 && errno == EINTR);
	return n > 0 ? p.revents : 0;
}

static enum answer answer_of(struct dialogue *d, const struct submit_reply *reply)
{
	switch (reply->kind) {
	case SUBMIT_ACCEPTED:
		buf_add_span(d->queue_id, reply->text);
		return ANSWER_ACCEPTED;
	case SUBMIT_REFUSED:
		*d->fault = reply->fault;
		return ANSWER_FINAL;
	case SUBMIT_BUSY:
		*d->fault = reply->fault;
		return ANSWER_BUSY;
	default:
		return ANSWER_NONE;
	}
}

/* One whole reply; none when the connection ends, stalls, or talks nonsense. */
static enum answer read_reply(struct dialogue *d)
{
	struct submit_reply reply;
	struct fault ignored;
	char bytes[4096];

	for (;;) {
		d->stalled = d->stalled || wait_for(d, POLLIN) == 0;
		if (d->stalled)
			return ANSWER_NONE;
		ssize_t n = recv(d->fd, bytes, sizeof bytes, 0);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n <= 0)
			return ANSWER_NONE;
		buf_add(&d->in, bytes, (size_t)n);
		ssize_t taken = submit_decode_reply(buf_span(&d->in), &reply, &ignored);
		if (taken != 0)
			return taken > 0 ? answer_of(d, &reply) : ANSWER_NONE;
	}
}

/* 0 when all is sent; -1 when signetd speaks early or is gone: then its reply, if any, decides. */
static int send_all(struct dialogue *d, struct span s)
{
	while (s.len > 0) {
		ssize_t n = send(d->fd, s.at, s.len, MSG_NOSIGNAL);
		if (n >= 0) {
			s = span_between(s.at + n, s.at + s.len);
			continue;
		}
		if (errno == EINTR)
			continue;
		short ready = errno == EAGAIN ? wait_for(d, POLLIN | POLLOUT) : POLLERR;
		d->stalled = ready == 0;
		if (ready != POLLOUT)
			return -1;
	}
	return 0;
}

typedef int part_sink(void *context, struct span part);

/* The record's bytes, part by part; -1 when the sink takes no more, or with a fault when the file is broken. */
static int for_each_part(const struct handover *h, part_sink *sink, void *context, struct fault *f)
{
	char scratch[PART_BYTES];
	uint64_t offset = 0;

	if (sink(context, h->head) < 0)
		return -1;
	while (offset < h->message->bytes) {
		struct span part;
		if (stdin_message_part(h->message, offset, scratch, sizeof scratch, &part, f) < 0 || sink(context, part) < 0)
			return -1;
		offset += part.len;
	}
	return 0;
}

static int sink_to_socket(void *context, struct span part)
{
	return send_all(context, part);
}

static enum answer speak_record(struct dialogue *d)
{
	struct fault broken = { 0 };

	if (d->h->message->bytes <= PART_BYTES) {
		/* Head and message in one piece when both are small: the usual mail takes one call. */
		struct buf whole = { 0 };
		buf_add_span(&whole, d->h->head);
		buf_add_span(&whole, buf_span(&d->h->message->memory));
		send_all(d, buf_span(&whole));
		buf_free(&whole);
	} else {
		for_each_part(d->h, sink_to_socket, d, &broken);
	}
	if (broken.kind != FAULT_NONE) {
		*d->fault = broken;
		return ANSWER_FINAL;
	}
	return read_reply(d);
}

/* *error: why there was no answer. */
static enum answer try_socket(const struct handover *h, struct buf *queue_id, int *error, struct fault *f)
{
	struct dialogue d = { .h = h, .fault = f, .queue_id = queue_id };

	d.fd = handover_connect(h->settings->socket, h->connect_ms);
	*error = errno;
	if (d.fd < 0)
		return ANSWER_NONE;
	enum answer answer = speak_record(&d);
	*error = d.stalled ? ETIMEDOUT : ECONNRESET;
	close(d.fd);
	buf_free(&d.in);
	return answer;
}

/* ---- signet-drop ---- */

struct pipe_sink {
	int fd;
	int64_t progress_ms;
};

static int sink_to_pipe(void *context, struct span part)
{
	const struct pipe_sink *sink = context;

	return io_write_all(sink->fd, part.at, part.len, clock_boot_ms() + sink->progress_ms);
}

/* The program's exit status, or -1 when it was killed, by us or another. */
static int wait_for_exit(pid_t pid, int64_t wait_ms)
{
	struct pollfd p = { .fd = (int)syscall(SYS_pidfd_open, pid, 0), .events = POLLIN };
	int status;

	int64_t deadline = clock_boot_ms() + wait_ms;
	int n = 1;
	if (p.fd >= 0) {
		do
			n = poll(&p, 1, clock_wait_ms(deadline));
		while (n < 0 && errno == EINTR);
		close(p.fd);
	}
	if (n == 0)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* The folder is only named where it is not the built-in one: for any other, a set-gid signet-drop gives up its group. */
static int start_drop(const struct settings *s, int in, pid_t *pid)
{
	bool named = strcmp(s->drop, PLACES_DROP) != 0;
	char *argv[] = { s->drop_program, named ? s->drop : NULL, NULL };
	char *envp[] = { NULL };
	posix_spawn_file_actions_t actions;

	signal(SIGCHLD, SIG_DFL);  /* ignored, it would discard the exit status */
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
	int error = posix_spawn(pid, s->drop_program, &actions, NULL, argv, envp);
	posix_spawn_file_actions_destroy(&actions);
	return error;
}

static int no_way(const struct handover *h, int no_answer, int error, struct fault *f)
{
	return fault_set(f, FAULT_TEMPORARY, "4.3.0", "signetd does not answer at %s (%s), and %s cannot be run (%s): start "
	                 "signetd; the message was not kept", h->settings->socket, handover_why_not(no_answer),
	                 h->settings->drop_program, strerror(error));
}

/* What signet-drop says of itself went to stderr already. all: it was given all of the record. */
static int drop_failed(const struct handover *h, int no_answer, int status, bool all, struct fault *f)
{
	const char *socket = h->settings->socket;

	if (status < 0)
		return fault_set(f, FAULT_TEMPORARY, "4.3.0", "signetd does not answer at %s (%s), and %s was killed or did not end; the "
		                 "message was not kept", socket, handover_why_not(no_answer), h->settings->drop_program);
	if (status == EX_DATAERR && all)
		return fault_set(f, FAULT_PERMANENT, "5.3.4", "signetd does not answer at %s (%s), and the drop folder %s does not take such "
		                 "a message", socket, handover_why_not(no_answer), h->settings->drop);
	/* A process that may gain no privileges does not get signet-drop's group, without which nobody writes to the built-in folder. */
	bool has_no_group = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 && getuid() != 0 && strcmp(h->settings->drop, PLACES_DROP) == 0;
	return fault_set(f, status == EX_CONFIG ? FAULT_PERMANENT : FAULT_TEMPORARY,
	                 status == EX_CONFIG ? "5.3.5" : "4.3.0",
	                 "signetd does not answer at %s (%s), and the drop folder %s did not take the message%s",
	                 socket, handover_why_not(no_answer), h->settings->drop, has_no_group
	                 ? ": this process may gain no privileges (no-new-privs; NoNewPrivileges= of a systemd unit), so that signet-drop "
	                   "does not get the group that may write there" : "");
}

static int drop_record(const struct handover *h, int no_answer, struct fault *f)
{
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return no_way(h, no_answer, errno, f);
	int error = start_drop(h->settings, ends[0], &pid);
	close(ends[0]);
	if (error != 0) {
		close(ends[1]);
		return no_way(h, no_answer, error, f);
	}
	io_set_nonblocking(ends[1], true);
	struct pipe_sink sink = { ends[1], h->progress_ms };
	struct fault broken = { 0 };
	bool all = for_each_part(h, sink_to_pipe, &sink, &broken) == 0;
	close(ends[1]);  /* a record cut short is refused there by its length */
	int status = wait_for_exit(pid, h->progress_ms);
	if (status == EX_OK)
		return 0;
	if (broken.kind != FAULT_NONE) {
		*f = broken;
		return -1;
	}
	return drop_failed(h, no_answer, status, all, f);
}

/* ---- without a queue ---- */

enum { ONCE_GRACE_MS = 10 * 1000, ONCE_END_MS = 5 * 1000 };   /* beyond the setting timeout; to end after its answer */

/* Its output goes to our stderr: stdout belongs to the dialogue of -bs. */
static int start_once(int dialogue, const char *program, pid_t *pid)
{
	char *argv[] = { (char *)(uintptr_t)program, NULL };
	posix_spawn_file_actions_t actions;

	signal(SIGCHLD, SIG_DFL);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, dialogue, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
	int error = posix_spawn(pid, program, &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	return error;
}

static int deliver_once(const struct handover *h, struct buf *said, struct fault *f)
{
	struct handover waits = *h;
	struct dialogue d = { .h = &waits, .fault = f, .queue_id = said };
	struct buf program = { 0 };
	int ends[2];
	pid_t pid;

	waits.progress_ms = h->settings->timeout_ms + ONCE_GRACE_MS;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return fault_set(f, FAULT_TEMPORARY, "4.3.0", "no socket pair for the delivery: %s; nothing was sent", strerror(errno));
	buf_printf(&program, "%s/once", h->settings->libexec);
	int error = start_once(ends[1], buf_text(&program), &pid);
	close(ends[1]);
	d.fd = ends[0];
	io_set_nonblocking(d.fd, true);
	enum answer answer = error ? ANSWER_NONE : speak_record(&d);
	if (error)
		fault_set(f, FAULT_TEMPORARY, "4.3.0", "%s, which delivers where queue is \"none\", cannot be run: %s; the setting libexec names "
		          "its folder; nothing was sent", buf_text(&program), strerror(error));
	else
		wait_for_exit(pid, answer == ANSWER_NONE ? 0 : ONCE_END_MS);
	if (!error && answer == ANSWER_NONE)
		fault_set(f, FAULT_TEMPORARY, "4.3.0", "%s ended without saying what became of the message, which may have arrived",
		          buf_text(&program));
	close(d.fd);
	buf_free(&d.in);
	buf_free(&program);
	return answer == ANSWER_ACCEPTED ? 0 : -1;
}

/* ---- all ---- */

int handover(const struct handover *h, struct buf *queue_id, struct fault *f)
{
	enum { ID_AT = 12 };
	int64_t deadline = clock_boot_ms() + h->busy_ms;

	if (settings_have_no_queue(h->settings))
		return deliver_once(h, queue_id, f);
	for (int64_t pause = FIRST_PAUSE_MS;; pause = 2 * pause < LONGEST_PAUSE_MS ? 2 * pause : LONGEST_PAUSE_MS) {
		int error = 0;
		enum answer answer = try_socket(h, queue_id, &error, f);
		if (answer == ANSWER_ACCEPTED)
			return 0;
		if (answer == ANSWER_FINAL)
			return -1;
		if (answer == ANSWER_NONE)
			return drop_record(h, error, f);
		int64_t left = deadline - clock_boot_ms();
		if (left <= 0) {
			f->kind = FAULT_TEMPORARY;
			return fault_prefix(f, "signetd is busy; try again later");
		}
		/* Many callers that were turned away at once should not return at once: a random byte of the record's id spreads them. */
		unsigned char random = h->head.len > ID_AT ? (unsigned char)h->head.at[ID_AT] : 0;
		int64_t wait = pause / 2 + pause * random / 255;
		pause_ms(wait < left ? wait : left);
	}
}
