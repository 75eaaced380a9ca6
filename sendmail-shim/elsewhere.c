/* SPDX-License-Identifier: ISC */
#include "sendmail-shim/elsewhere.h"

#include "base/clock.h"
#include "base/io.h"
#include "sendmail-shim/handover.h"
#include "sendmail-shim/query.h"
#include "sendmail-shim/tell_caller.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

enum { WORDS_MAX = 4, START_MS = 60 * 1000, LOOK_MS = 50 };

static const struct elsewhere {
	enum mode mode;
	const char *flag;                /* for a message */
	const char *words[WORDS_MAX];    /* the program and its arguments */
} table[] = {
	{ MODE_VERIFY,     "-bv", { "signet", "route" } },
	{ MODE_TEST,       "-bt", { "signet", "route", "-" } },
	{ MODE_HOSTSTAT,   "-bh", { "signet", "queue", "destinations" } },
	{ MODE_PURGESTAT,  "-bH", { "signet", "queue", "flush", "--now" } },
	{ MODE_CHECK,      "-bC", { "signet", "config", "check" } },
	{ MODE_DAEMON,     "-bd", { "signetd" } },
	{ MODE_FOREGROUND, "-bD", { "signetd" } },
};

static const struct elsewhere *find(enum mode mode)
{
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
		if (table[i].mode == mode)
			return &table[i];
	abort();
}

/* By its absolute path, since signetd leaves this folder. */
static void hand_on_configuration(const struct options *o)
{
	const char *named = o->config ? o->config : secure_getenv("SIGNET_CONFIG");
	char *whole = named && named[0] ? realpath(named, NULL) : NULL;

	if (named && named[0])
		setenv("SIGNET_CONFIG", whole ? whole : named, 1);
	free(whole);
}

static int become(const struct elsewhere *e, const struct text_list *more, struct fault *f)
{
	size_t extra = more ? more->count : 0, count = 0;
	char **argv = mem_resize(NULL, WORDS_MAX + extra + 1, sizeof *argv), own[PATH_MAX];
	struct buf path = { 0 };

	while (count < WORDS_MAX && e->words[count]) {
		argv[count] = (char *)(uintptr_t)e->words[count];
		count++;
	}
	for (size_t i = 0; i < extra; i++)
		argv[count++] = more->items[i];
	argv[count] = NULL;
	ssize_t len = readlink("/proc/self/exe", own, sizeof own);
	const char *slash = len > 0 ? memrchr(own, '/', (size_t)len) : NULL;
	if (slash)
		buf_add_span(&path, span_between(own, slash));
	buf_printf(&path, "/%s", e->words[0]);
	execv(buf_text(&path), argv);
	int error = errno;
	if (error == ENOENT) {
		buf_clear(&path);
		buf_printf(&path, "%s/sbin/%s", PREFIX, e->words[0]);
		execv(buf_text(&path), argv);
		error = errno;
	}
	fault_set(f, FAULT_PERMANENT, "5.4.1", "%s is carried out by %s, which cannot be run: %s: %s", e->flag, e->words[0],
	          buf_text(&path), strerror(error));
	buf_free(&path);
	free(argv);
	return -1;
}

int elsewhere_run(const struct options *o, const struct text_list *more, struct fault *f)
{
	hand_on_configuration(o);
	return become(find(o->mode), more, f);
}

/* ---- the daemon ---- */

static bool is_listened_at(const char *socket_path)
{
	int fd = handover_connect(socket_path, 0);
	bool listens = fd >= 0 || errno == EAGAIN;     /* many wait there */

	io_close(&fd);
	return listens;
}

static int no_row(void *context, struct span row)
{
	(void)context, (void)row;
	return 0;
}

/* The socket exists before anybody answers at it: a query for a message that cannot exist shows whether somebody does. */
static bool is_answered(const char *socket_path)
{
	struct submit_query query = { SUBMIT_LIST, SPAN("id 0\n") };
	struct buf end = { 0 };
	struct fault ignored;
	bool answered = is_listened_at(socket_path) && query_ask(socket_path, &query, no_row, NULL, &end, &ignored) == 0;

	buf_free(&end);
	return answered;
}

/* In a session of its own, away from the caller's folder, terminal and pipes; what it says goes to the caller until it answers. */
static void become_daemon(const struct options *o, int say_fd)
{
	int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	struct fault f;

	hand_on_configuration(o);        /* while this is still the caller's folder */
	setsid();
	if (null_fd < 0 || chdir("/") < 0 || dup2(null_fd, STDIN_FILENO) < 0 || dup2(null_fd, STDOUT_FILENO) < 0 ||
	    dup2(say_fd, STDERR_FILENO) < 0)
		_exit(EX_OSERR);
	become(find(o->mode), NULL, &f);
	_exit(tell_caller_of(&f));
}

/* Passes on to stderr what it says within that time. */
static void pass_on(int fd, int64_t ms)
{
	char bytes[4096];
	int64_t deadline_ms = clock_boot_ms() + ms;
	ssize_t n;

	while ((n = io_read(fd, bytes, sizeof bytes, deadline_ms)) > 0)
		if (io_write_all(STDERR_FILENO, bytes, (size_t)n, IO_FOREVER) < 0)
			return;
	if (n == 0)
		poll(NULL, 0, (int)ms);      /* it has closed it */
}

static int await_daemon(pid_t pid, int said_fd, const char *socket_path, struct fault *f)
{
	int64_t deadline_ms = clock_boot_ms() + START_MS;
	int status = 0;

	while (clock_wait_ms(deadline_ms) > 0) {
		pass_on(said_fd, LOOK_MS);
		if (waitpid(pid, &status, WNOHANG) == pid) {
			pass_on(said_fd, LOOK_MS);
			int code = WIFEXITED(status) ? WEXITSTATUS(status) : EX_SOFTWARE;
			return fault_set(f, code == EX_TEMPFAIL ? FAULT_TEMPORARY : FAULT_PERMANENT, code == EX_CONFIG ? "5.3.5" : "5.4.1",
			                 "signetd did not start (exit status %d); what is wrong stands above or in its log", code);
		}
		if (is_answered(socket_path))
			return 0;
	}
	return fault_set(f, FAULT_TEMPORARY, "4.3.2", "signetd (process %d) does not answer at %s yet; its log may say why",
	                 (int)pid, socket_path);
}

int elsewhere_begin_daemon(const struct options *o, const char *socket_path, struct fault *f)
{
	int said[2];

	if (is_listened_at(socket_path)) {
		dprintf(STDOUT_FILENO, "signetd runs already: it answers at %s\n", socket_path);
		return 0;
	}
	/* A caller that ignores SIGCHLD hands that down to us. */
	signal(SIGCHLD, SIG_DFL);
	if (pipe2(said, O_CLOEXEC) < 0)
		return fault_set(f, FAULT_TEMPORARY, "4.3.0", "signetd cannot be started: %s", strerror(errno));
	pid_t pid = fork();
	if (pid == 0)
		become_daemon(o, said[1]);
	io_close(&said[1]);
	int result = pid < 0 ? fault_set(f, FAULT_TEMPORARY, "4.3.0", "signetd cannot be started: %s", strerror(errno))
	                     : await_daemon(pid, said[0], socket_path, f);
	io_close(&said[0]);
	return result;
}

int elsewhere_say_who_runs_the_queue(const char *socket_path, struct fault *f)
{
	if (!is_listened_at(socket_path))
		return fault_set(f, FAULT_PERMANENT, "5.4.1", "the queue is run by signetd, and none answers at %s: sendmail -bd starts it",
		                 socket_path);
	dprintf(STDOUT_FILENO, "signetd runs the queue by itself, at the times that retry_min and retry_max of its configuration set\n");
	return 0;
}
