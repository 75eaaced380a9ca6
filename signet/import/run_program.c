/* SPDX-License-Identifier: ISC */
#include "signet/import/run_program.h"

#include "base/clock.h"
#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

static int start_program(char *const argv[], int out, pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t usual;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
	sigemptyset(&usual);
	sigaddset(&usual, SIGPIPE);
	posix_spawnattr_setsigdefault(&attributes, &usual);
	int error = posix_spawnp(pid, argv[0], &actions, &attributes, argv, environ);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	return error;
}

int run_program(char *const argv[], size_t max, long patience_ms, struct buf *out, struct fault *f)
{
	int64_t deadline = clock_boot_ms() + patience_ms;
	const char *trouble = NULL;
	size_t before = out->len;
	int ends[2] = { -1, -1 }, status = 0;
	pid_t pid = 0;

	int error = pipe2(ends, O_CLOEXEC) < 0 ? errno : start_program(argv, ends[1], &pid);
	io_close(&ends[1]);
	if (error) {
		io_close(&ends[0]);
		return fault_set(f, FAULT_PERMANENT, "4.3.0", "%.100s cannot be run: %s", argv[0], strerror(error));
	}
	io_set_nonblocking(ends[0], true);
	for (;;) {
		buf_reserve(out, IO_STEP_BYTES);
		ssize_t n = io_read(ends[0], out->at + out->len, IO_STEP_BYTES, deadline);
		if (n < 0)
			trouble = errno == ETIMEDOUT ? "did not end in time" : strerror(errno);
		else
			out->len += (size_t)n;
		if (out->len - before > max)
			trouble = "printed too much";
		if (n <= 0 || trouble)
			break;
	}
	io_close(&ends[0]);
	if (trouble)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (trouble == NULL && status != 0)
		trouble = "failed";
	if (trouble) {
		out->len = before;
		return fault_set(f, FAULT_PERMANENT, "4.3.0", "%.100s %s", argv[0], trouble);
	}
	if (out->at)
		out->at[out->len] = '\0';
	return 0;
}
