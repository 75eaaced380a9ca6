/* SPDX-License-Identifier: ISC */
#include "base/secret_command.h"

#include "base/clock.h"
#include "base/io.h"
#include "base/secret.h"
#include "base/span.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STEP_MS = 10, LINE_END_BYTES = 2 };

static int spawn_shell(const char *command, int out, pid_t *pid)
{
	char *argv[] = { "sh", "-c", (char *)(uintptr_t)command, NULL };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none, usual;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
	posix_spawnattr_init(&attributes);
	/* A group, so that what it starts can be killed with it; and it does not inherit which signals we block or ignore. */
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	sigemptyset(&none);
	sigemptyset(&usual);
	sigaddset(&usual, SIGPIPE);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &usual);
	int error = posix_spawn(pid, "/bin/sh", &actions, &attributes, argv, environ);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	return error;
}

int secret_command_begin(struct secret_command *c, const char *command, size_t max, int64_t patience_ms,
                         struct fault *f)
{
	int ends[2] = { -1, -1 };
	int error = pipe2(ends, O_CLOEXEC) < 0 ? errno : 0;

	*c = (struct secret_command){ .fd = -1, .max = max };
	if (error == 0)
		error = spawn_shell(command, ends[1], &c->pid);
	io_close(&ends[1]);
	if (error) {
		io_close(&ends[0]);
		c->pid = 0;
		return fault_set(f, FAULT_PERMANENT, "4.3.5", "the command cannot be run: %s", strerror(error));
	}
	c->fd = ends[0];
	io_set_nonblocking(c->fd, true);
	c->deadline_ms = clock_boot_ms() + patience_ms;
	buf_reserve(&c->text, max + LINE_END_BYTES);   /* one that grows leaves copies behind */
	return 0;
}

static void kill_for(struct secret_command *c, const char *trouble)
{
	kill(-c->pid, SIGKILL);
	io_close(&c->fd);
	if (c->trouble == NULL)
		c->trouble = trouble;
}

void secret_command_hear(struct secret_command *c)
{
	const size_t most = c->max + LINE_END_BYTES;
	ssize_t n = 1;

	while (c->fd >= 0 && c->text.len < most) {
		n = read(c->fd, c->text.at + c->text.len, most - c->text.len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		c->text.len += (size_t)n;
	}
	if (c->fd >= 0 && n > 0)
		kill_for(c, "printed too much");
	else if (n == 0 || (n < 0 && errno != EAGAIN))
		io_close(&c->fd);
}

void secret_command_enforce(struct secret_command *c)
{
	if (c->pid != 0 && c->trouble == NULL && clock_wait_ms(c->deadline_ms) == 0)
		kill_for(c, "did not finish in time");
}

int secret_command_end(struct secret_command *c, int status, struct buf *out, struct fault *f)
{
	secret_command_hear(c);
	struct span rest = buf_span(&c->text), line = span_cut(&rest, '\n');
	if (line.len > 0 && line.at[line.len - 1] == '\r')
		line.len--;
	const char *why = c->trouble ? c->trouble : status != 0 ? "failed" : line.len == 0 ? "printed nothing" : NULL;
	if (why == NULL)
		buf_add_span(out, line);
	else
		fault_set(f, FAULT_PERMANENT, "4.3.5", "the command %s", why);
	secret_free(&c->text);
	io_close(&c->fd);
	c->pid = 0;
	return why ? -1 : 0;
}

static int reap_command(pid_t pid)
{
	int status = -1;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

void secret_command_cancel(struct secret_command *c)
{
	if (c->pid == 0)
		return;
	kill_for(c, "was no longer wanted");
	reap_command(c->pid);
	secret_free(&c->text);
	c->pid = 0;
}

int secret_from_command_within(const char *command, size_t max, int64_t patience_ms, struct buf *out, struct fault *f)
{
	struct secret_command c;
	int status = 0;

	if (secret_command_begin(&c, command, max, patience_ms, f) < 0)
		return -1;
	/* What the command started may print on after the command has ended; all has been said once nobody is left who could. */
	while (c.fd >= 0) {
		struct pollfd fd = { .fd = c.fd, .events = POLLIN };
		poll(&fd, 1, clock_wait_ms(c.deadline_ms));
		secret_command_hear(&c);
		secret_command_enforce(&c);
	}
	while (c.trouble == NULL && waitpid(c.pid, &status, WNOHANG) == 0) {
		poll(NULL, 0, STEP_MS);
		secret_command_enforce(&c);
	}
	if (c.trouble)
		status = reap_command(c.pid);
	return secret_command_end(&c, status, out, f);
}

int secret_from_command(const char *command, size_t max, struct buf *out, struct fault *f)
{
	return secret_from_command_within(command, max, SECRET_COMMAND_MS, out, f);
}
