#include "base/secret.h"

#include "base/clock.h"
#include "base/io.h"
#include "base/settings.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static int refuse(struct fault *f, const char *path, const char *why)
{
	return fault_set(f, FAULT_PERMANENT, "4.3.5", "%.300s: %s", path, why);
}

static int check(const char *path, const struct stat *st, struct fault *f)
{
	if (!S_ISREG(st->st_mode))
		return refuse(f, path, "is not a regular file");
	if (st->st_uid != 0 && st->st_uid != geteuid())
		return fault_set(f, FAULT_PERMANENT, "4.3.5",
		                 "%.200s: belongs to another user (uid %lu), who can read it; mend it with: chown %s %.200s", path,
		                 (unsigned long)st->st_uid, geteuid() == 0 ? "root" : "\"$USER\"", path);
	if (st->st_mode & (S_IRWXG | S_IRWXO))
		return fault_set(f, FAULT_PERMANENT, "4.3.5",
		                 "%.200s: others can read or change it (mode %04o); mend it with: chmod 600 %.200s", path,
		                 (unsigned)(st->st_mode & 07777), path);
	return 0;
}

static int read_checked(int fd, const char *path, size_t max, struct buf *out, struct fault *f)
{
	struct stat st;
	size_t before = out->len;

	if (fstat(fd, &st) < 0)
		return refuse(f, path, strerror(errno));
	if (check(path, &st, f) < 0)
		return -1;
	buf_reserve(out, max + IO_STEP_BYTES);   /* one that grows leaves copies behind */
	if (io_read_file(fd, out, max) < 0) {
		out->len = before;
		return refuse(f, path, errno == EFBIG ? "is too large for what it should hold" : strerror(errno));
	}
	return 0;
}

static int read_path(const char *path, size_t max, struct buf *out, struct fault *f)
{
	/* O_NONBLOCK: a FIFO in its place must not make us wait. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd < 0)
		return refuse(f, path, strerror(errno));
	int result = read_checked(fd, path, max, out, f);
	close(fd);
	return result;
}

int secret_read(const char *path, size_t max, struct buf *out, struct fault *f)
{
	const size_t prefix = sizeof SETTINGS_CREDENTIAL - 1;
	const char *folder = getenv("CREDENTIALS_DIRECTORY");
	struct buf whole = { 0 };

	if (strncmp(path, SETTINGS_CREDENTIAL, prefix) != 0)
		return read_path(path, max, out, f);
	if (folder == NULL || folder[0] != '/')
		return refuse(f, path, "systemd gave us no credentials ($CREDENTIALS_DIRECTORY is not set); name it in the unit "
		              "with LoadCredential=, or give the key's file by its path");
	buf_printf(&whole, "%s/%s", folder, path + prefix);
	int result = read_path(buf_text(&whole), max, out, f);
	buf_free(&whole);
	return result;
}

/* ---- commands ---- */

enum { STEP_MS = 10 };

static int start_command(const char *command, pid_t *pid)
{
	char *argv[] = { "sh", "-c", (char *)(uintptr_t)command, NULL };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none, usual;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
	posix_spawnattr_init(&attributes);
	/* A group, so that what it starts can be killed with it; and signals that we block or ignore are our affair. */
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	sigemptyset(&none);
	sigemptyset(&usual);
	sigaddset(&usual, SIGPIPE);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &usual);
	int error = posix_spawn(pid, "/bin/sh", &actions, &attributes, argv, environ);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	close(ends[1]);
	if (error != 0) {
		close(ends[0]);
		errno = error;
		return -1;
	}
	return ends[0];
}

/* True with the exit status as wait(2) has it; false when it is not done by then. */
static bool wait_by(pid_t pid, int64_t deadline_ms, int *status)
{
	pid_t ended;

	while ((ended = waitpid(pid, status, WNOHANG)) == 0 && clock_wait_ms(deadline_ms) > 0)
		poll(NULL, 0, STEP_MS);
	return ended == pid;
}

static void kill_all(pid_t pid)
{
	kill(-pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

/* -1 with errno: more than max bytes, or not done in time. */
static int read_output(int fd, size_t max, int64_t deadline_ms, struct buf *out)
{
	ssize_t n;

	buf_reserve(out, max + 2);
	do {
		n = io_read(fd, out->at + out->len, max + 2 - out->len, deadline_ms);
		out->len += n > 0 ? (size_t)n : 0;
	} while (n > 0 && out->len < max + 2);
	if (n > 0)
		errno = EFBIG;
	return n == 0 ? 0 : -1;
}

static struct span first_line(const struct buf *text)
{
	struct span rest = buf_span(text), line = span_cut(&rest, '\n');

	if (line.len > 0 && line.at[line.len - 1] == '\r')
		line.len--;
	return line;
}

/* NULL, or why its output is not to be used. It has ended afterwards in every case. */
static const char *hear_command(pid_t pid, int fd, size_t max, int64_t deadline_ms, struct buf *text)
{
	const char *late = "was not done in time";
	int status = 0;

	if (read_output(fd, max, deadline_ms, text) < 0) {
		const char *why = errno == ETIMEDOUT ? late : errno == EFBIG ? "printed too much" : strerror(errno);
		kill_all(pid);
		return why;
	}
	if (!wait_by(pid, deadline_ms, &status)) {
		kill_all(pid);
		return late;
	}
	return status != 0 ? "failed" : first_line(text).len == 0 ? "printed nothing" : NULL;
}

int secret_from_command_within(const char *command, size_t max, int64_t patience_ms, struct buf *out, struct fault *f)
{
	struct buf text = { 0 };
	int64_t deadline_ms = clock_boot_ms() + patience_ms;
	pid_t pid;
	int fd = start_command(command, &pid);

	if (fd < 0)
		return fault_set(f, FAULT_PERMANENT, "4.3.5", "the command \"%.200s\" cannot be run: %s", command, strerror(errno));
	const char *why = hear_command(pid, fd, max, deadline_ms, &text);
	close(fd);
	if (why == NULL)
		buf_add_span(out, first_line(&text));
	secret_free(&text);
	return why ? fault_set(f, FAULT_PERMANENT, "4.3.5", "the command \"%.200s\" %s", command, why) : 0;
}

int secret_from_command(const char *command, size_t max, struct buf *out, struct fault *f)
{
	return secret_from_command_within(command, max, SECRET_COMMAND_MS, out, f);
}

void secret_free(struct buf *b)
{
	if (b->at)
		explicit_bzero(b->at, b->cap);
	buf_free(b);
}
