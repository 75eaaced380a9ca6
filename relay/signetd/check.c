/* SPDX-License-Identifier: ISC */
#include "relay/signetd/check.h"

#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

enum { CHECK_MS = 30 * 1000, SAID_MAX = 256 * 1024 };

int check_begin(struct check *c, char *const *argv, struct fault *f)
{
	int ends[2];

	c->argv = argv;
	if (c->pid) {
		c->again = true;
		return 0;
	}
	if (pipe2(ends, O_CLOEXEC) < 0)
		return fault_set(f, FAULT_TEMPORARY, "4.3.0", "no pipe: %s", strerror(errno));
	pid_t pid = fork();
	if (pid == 0) {
		sigset_t none;
		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		if (dup2(ends[1], STDERR_FILENO) < 0 || dup2(ends[1], STDOUT_FILENO) < 0)
			_exit(EX_OSERR);
		execv(argv[0], argv);
		log_line(LOG_LEVEL_ERROR, "cannot execute %s: %s", argv[0], strerror(errno));
		_exit(EX_OSERR);
	}
	io_close(&ends[1]);
	if (pid < 0) {
		io_close(&ends[0]);
		return fault_set(f, FAULT_TEMPORARY, "4.3.0", "cannot begin the check: %s", strerror(errno));
	}
	io_set_nonblocking(ends[0], true);
	c->pid = pid;
	c->fd = ends[0];
	c->deadline_ms = clock_boot_ms() + CHECK_MS;
	return 0;
}

int check_fd(const struct check *c)
{
	return c->fd;
}

int64_t check_deadline_ms(const struct check *c)
{
	return c->pid ? c->deadline_ms : INT64_MAX;
}

bool check_is(const struct check *c, pid_t pid)
{
	return c->pid && c->pid == pid;
}

void check_hear(struct check *c)
{
	char bytes[4096];
	const char *end;
	ssize_t n = 0;

	while (c->fd >= 0 && ((n = read(c->fd, bytes, sizeof bytes)) > 0 || (n < 0 && errno == EINTR)))
		if (n > 0 && c->said.len < SAID_MAX)
			buf_add(&c->said, bytes, (size_t)n);
	if (n == 0)
		io_close(&c->fd);
	while (c->said.len > 0 && (end = memchr(c->said.at, '\n', c->said.len)) != NULL) {
		size_t len = (size_t)(end - c->said.at);
		log_line(LOG_LEVEL_ERROR, "new configuration: %.*s", (int)len, c->said.at);
		buf_drop_front(&c->said, len + 1);
	}
}

void check_enforce(struct check *c)
{
	if (c->pid == 0 || c->deadline_ms > clock_boot_ms())
		return;
	log_line(LOG_LEVEL_ERROR, "the check of the new configuration takes too long and is abandoned");
	kill(c->pid, SIGKILL);
	c->deadline_ms = clock_boot_ms() + CHECK_MS;
}

static void forget_check(struct check *c)
{
	io_close(&c->fd);
	buf_free(&c->said);
	c->pid = 0;
}

int check_reap(struct check *c, int status)
{
	struct fault f = { 0 };
	bool again = c->again;

	check_hear(c);
	forget_check(c);
	c->again = false;
	if (again && check_begin(c, c->argv, &f) == 0)
		return 1;
	if (again)
		log_line(LOG_LEVEL_ERROR, "%s", f.text);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 && !again ? 0 : -1;
}

void check_cancel(struct check *c)
{
	if (c->pid == 0)
		return;
	kill(c->pid, SIGKILL);
	waitpid(c->pid, NULL, 0);
	forget_check(c);
	c->again = false;
}
