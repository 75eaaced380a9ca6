/* SPDX-License-Identifier: ISC */
#include "base/program.h"

#include "base/clock.h"
#include "base/escape.h"
#include "base/io.h"
#include "base/log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

enum {
	SAID_BYTES = 1024,           /* of what it prints are kept, */
	SHOWN_BYTES = 200,           /* and of its first line shown */
	READ_BYTES = 64 * 1024,
	LAST_READS = 16,             /* of what it left in the pipe: that holds no more */
	KILL_STEP_MS = 10,
	KILL_MS = 5 * 1000,          /* for all that it started to be gone; what changed its user may stay */
};

struct running {
	const struct program *program;
	pid_t pid;
	bool alone;                  /* this process had no child before: any that it gets is of the program */
	int process;                 /* readable once it has ended */
	int in, out;                 /* the input goes to it; what it prints comes from it. -1: closed */
	struct buf piece;            /* of the input, to be written */
	bool input_ends;             /* behind that piece */
	struct buf said;
};

/* ---- its beginning ---- */

static char **pointers_to(const struct text_list *list)
{
	char **all = mem_resize(NULL, list->count + 1, sizeof *all);

	for (size_t i = 0; i < list->count; i++)
		all[i] = list->items[i];
	all[list->count] = NULL;
	return all;
}

/* In the child, which keeps only what it is meant to have; writes to failed why the program cannot be run. */
static void become_program(const struct program *a, pid_t parent, int in, int out, int failed)
{
	char **words = pointers_to(a->words), **environment = pointers_to(a->environment);
	sigset_t none;

	setsid();
	umask(077);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	for (int number = 1; number < NSIG; number++)
		signal(number, SIG_DFL);
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);     /* one that is set-id forgets it */
	if (a->processes_max > 0)
		setrlimit(RLIMIT_NPROC, &(struct rlimit){ a->processes_max, a->processes_max });
	if (getppid() != parent)
		_exit(EX_TEMPFAIL);
	if (dup2(in, STDIN_FILENO) >= 0 && dup2(out, STDOUT_FILENO) >= 0 && dup2(out, STDERR_FILENO) >= 0 &&
	    dup3(failed, STDERR_FILENO + 1, O_CLOEXEC) >= 0 && close_range(STDERR_FILENO + 2, ~0U, 0) == 0 &&
	    (chdir(a->folder) == 0 || chdir("/") == 0))
		execve(words[0], words, environment);
	int error = errno;
	if (write(STDERR_FILENO + 1, &error, sizeof error) < 0)
		_exit(EX_OSERR);
	_exit(EX_UNAVAILABLE);
}

/* Above the three of the child, so that none is overwritten before it has its place. */
static int make_pipe(int ends[2])
{
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	for (int i = 0; i < 2; i++) {
		int above = fcntl(ends[i], F_DUPFD_CLOEXEC, STDERR_FILENO + 2);
		if (above < 0)
			return -1;
		close(ends[i]);
		ends[i] = above;
	}
	return 0;
}

/* Of the program that called exec(3) to become this one. The first process of a container may inherit some at any time. */
static bool has_children(void)
{
	siginfo_t ignored;

	return getpid() == 1 || waitid(P_ALL, 0, &ignored, WEXITED | WNOHANG | WNOWAIT) == 0;
}

static int begin(const struct program *a, struct running *r, struct fault *f)
{
	int in[2] = { -1, -1 }, out[2] = { -1, -1 }, failed[2] = { -1, -1 }, error = 0;
	pid_t parent = getpid();

	*r = (struct running){ .program = a, .process = -1, .in = -1, .out = -1, .alone = !has_children() };
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	if (make_pipe(in) < 0 || make_pipe(out) < 0 || make_pipe(failed) < 0 || (r->pid = fork()) < 0)
		error = errno;
	else if (r->pid == 0)
		become_program(a, parent, in[0], out[1], failed[1]);
	io_close(&in[0]);
	io_close(&out[1]);
	io_close(&failed[1]);
	if (error == 0 && (r->process = (int)syscall(SYS_pidfd_open, r->pid, 0)) < 0)
		error = errno;
	else if (error == 0 && io_read(failed[0], &error, sizeof error, clock_boot_ms() + a->patience_ms) < 0)
		error = errno;
	io_close(&failed[0]);
	r->in = in[1];
	r->out = out[0];
	if (error)
		return fault_set(f, FAULT_TEMPORARY, "4.3.5", "%s cannot be run: %s; %s names it", a->words->items[0], strerror(error),
		                 a->named_by);
	io_set_nonblocking(r->in, true);
	io_set_nonblocking(r->out, true);
	return 0;
}

/* ---- its end ---- */

struct relative {
	pid_t pid, parent, session;
	bool runs;                   /* it is neither stopped nor dead, */
	bool waits;                  /* but in the kernel, without end: for the child that it has by vfork(2), which may be stopped */
	bool ours;                   /* of the program */
};

/*
 * One that lost its parent is the program's if no others can come. Otherwise if it is still in the program's session: the program's
 * number, which is that of its session, is no other's, as the program is waited for last. Where this process is alone, it may be.
 */
static bool is_surely_ours(const struct running *r, const struct relative *p)
{
	return r->alone ? p->parent == getpid() : p->pid == r->pid || p->session == r->pid;
}

static void find_ours(struct relative *all, size_t count)
{
	bool found;

	do {
		found = false;
		for (size_t i = 0; i < count; i++)
			for (size_t k = 0; k < count && !all[i].ours; k++)
				if (all[k].ours && all[k].pid == all[i].parent)
					found = all[i].ours = true;
	} while (found);
}

static size_t read_processes(const struct running *r, struct relative **out)
{
	DIR *all = opendir("/proc");
	char path[64], text[512];
	size_t count = 0;

	*out = NULL;
	for (struct dirent *e = all ? readdir(all) : NULL; e; e = readdir(all)) {
		struct relative p = { .pid = atoi(e->d_name) };
		char state;
		snprintf(path, sizeof path, "/proc/%d/stat", p.pid);
		int fd = p.pid > 0 ? open(path, O_RDONLY | O_CLOEXEC) : -1;
		ssize_t n = fd >= 0 ? read(fd, text, sizeof text - 1) : -1;
		io_close(&fd);
		text[n > 0 ? n : 0] = '\0';
		const char *after_name = strrchr(text, ')');     /* a name may hold anything */
		if (after_name == NULL || sscanf(after_name, ") %c %d %*d %d", &state, &p.parent, &p.session) != 3)
			continue;
		p.runs = strchr("TtZX", state) == NULL;
		p.waits = state == 'D';
		p.ours = is_surely_ours(r, &p);
		if ((count & (count - 1)) == 0)
			*out = mem_resize(*out, count ? 2 * count : 1, sizeof p);
		(*out)[count++] = p;
	}
	if (all)
		closedir(all);
	find_ours(*out, count);
	return count;
}

/*
 * What forks faster than it can be killed is stopped first: it keeps its place among processes_max until nothing of it
 * runs, and cannot fork. True: some ran, and have been told to stop. What waits in the kernel stops before it runs again.
 */
static bool stop_or_kill(const struct running *r, bool at_once)
{
	struct relative *all;
	size_t count = read_processes(r, &all);
	bool any = false;

	for (size_t i = 0; i < count && !at_once; i++)
		any |= all[i].ours && all[i].runs && kill(all[i].pid, SIGSTOP) == 0 && !all[i].waits;
	for (size_t i = 0; i < count && !any; i++)
		if (all[i].ours)
			kill(all[i].pid, SIGKILL);
	free(all);
	return any;
}

/* Waits for what has ended of the program, and for no other child. True: something of it is left. */
static bool reap(const struct running *r, int *status)
{
	struct relative *all;
	size_t count, left = 0;
	siginfo_t info = { 0 };
	pid_t pid;
	int one;

	if (r->alone) {
		while ((pid = waitpid(-1, &one, WNOHANG)) > 0)
			if (pid == r->pid)
				*status = one;
		return pid == 0;
	}
	bool has_ended = waitid(P_PID, (id_t)r->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == r->pid;
	count = read_processes(r, &all);
	for (size_t i = 0; i < count; i++)
		if (all[i].ours && all[i].pid != r->pid)
			left += all[i].parent != getpid() || waitpid(all[i].pid, NULL, WNOHANG) != all[i].pid;
	free(all);
	if (left > 0 || !has_ended)
		return true;
	waitpid(r->pid, status, 0);
	return false;
}

/* The status of wait(2), which is of SIGKILL where it had not ended. */
static int end_all(struct running *r)
{
	int64_t until_ms = clock_boot_ms() + KILL_MS;
	int status = SIGKILL;
	bool late = false, left;

	while ((left = reap(r, &status)) && !late) {
		late = clock_wait_ms(until_ms) == 0;
		if (!stop_or_kill(r, late))
			poll(NULL, 0, KILL_STEP_MS);
	}
	if (left)
		log_line(LOG_LEVEL_WARNING, "%s left processes behind that cannot be killed", r->program->words->items[0]);
	io_close(&r->in);
	io_close(&r->out);
	io_close(&r->process);
	buf_free(&r->piece);
	return status;
}

/* ---- while it runs ---- */

static bool hear(struct running *r)
{
	char bytes[READ_BYTES];
	ssize_t n = read(r->out, bytes, sizeof bytes);
	size_t room = SAID_BYTES - r->said.len;

	if (n > 0)
		buf_add(&r->said, bytes, (size_t)n < room ? (size_t)n : room);
	else if (n == 0 || (errno != EAGAIN && errno != EINTR))
		io_close(&r->out);
	return n > 0;
}

static int feed(struct running *r, program_input *input, void *source, struct fault *f)
{
	if (r->piece.len == 0 && !r->input_ends) {
		int more = input(source, &r->piece, f);
		if (more < 0)
			return -1;
		r->input_ends = more == 0;
	}
	ssize_t n = r->piece.len > 0 ? write(r->in, r->piece.at, r->piece.len) : 0;
	if (n > 0)
		buf_drop_front(&r->piece, (size_t)n);
	if ((n < 0 && errno != EAGAIN && errno != EINTR) || (r->input_ends && r->piece.len == 0))
		io_close(&r->in);         /* it wants no more, or that was all */
	return 0;
}

/* Until it has ended. */
static int converse(struct running *r, program_input *input, void *source, struct fault *f)
{
	int64_t until_ms = clock_boot_ms() + r->program->patience_ms;

	for (;;) {
		struct pollfd p[] = { { r->process, POLLIN, 0 }, { r->out, POLLIN, 0 }, { r->in, POLLOUT, 0 },
		                      { r->program->until, POLLIN, 0 } };
		if (clock_wait_ms(until_ms) == 0)
			return fault_set(f, FAULT_TEMPORARY, "4.3.0", "%s had not finished after %lld s and was killed",
			                 r->program->words->items[0], (long long)(r->program->patience_ms / 1000));
		if (poll(p, sizeof p / sizeof p[0], clock_wait_ms(until_ms)) < 0)
			continue;
		if (p[3].revents)
			return fault_set(f, FAULT_TEMPORARY, PROGRAM_CUT_OFF, "%s was killed, since signetd ends", r->program->words->items[0]);
		if (p[1].revents)
			hear(r);
		if (p[2].revents && feed(r, input, source, f) < 0)
			return -1;
		if (p[0].revents) {
			for (int i = 0; i < LAST_READS && r->out >= 0 && hear(r); i++)
				;
			return 0;
		}
	}
}

/*
 * True: there are hardly more processes for its user, so that what it failed at may be to begin one. The kernel counts them all and
 * tells nobody, so it is asked for one more. A quarter is left out: what forks all the time never has all of them at once.
 */
static bool lacks_processes(const struct program *p)
{
	struct rlimit now;

	if (p->processes_max == 0 || getrlimit(RLIMIT_NPROC, &now) < 0)
		return false;
	rlim_t most = now.rlim_cur < p->processes_max ? now.rlim_cur : p->processes_max;
	setrlimit(RLIMIT_NPROC, &(struct rlimit){ most - most / 4, now.rlim_max });
	pid_t one_more = fork();
	if (one_more == 0)
		_exit(EXIT_SUCCESS);
	bool lacks = one_more < 0 && errno == EAGAIN;
	setrlimit(RLIMIT_NPROC, &now);
	while (one_more > 0 && waitpid(one_more, NULL, 0) < 0 && errno == EINTR)
		;
	return lacks;
}

/* ---- what its end means ---- */

static const struct {
	int code;
	enum fault_kind kind;
	const char *status, *words;
} meanings[] = {
	{ EX_USAGE, FAULT_PERMANENT, "5.3.0", "command line usage error" },
	{ EX_DATAERR, FAULT_PERMANENT, "5.6.0", "data format error" },
	{ EX_NOINPUT, FAULT_PERMANENT, "5.3.0", "cannot open input" },
	{ EX_NOUSER, FAULT_PERMANENT, "5.1.1", "no such user" },
	{ EX_NOHOST, FAULT_PERMANENT, "5.1.2", "no such host" },
	{ EX_UNAVAILABLE, FAULT_PERMANENT, "5.3.0", "service unavailable" },
	{ EX_SOFTWARE, FAULT_PERMANENT, "5.3.0", "internal software error" },
	{ EX_OSERR, FAULT_TEMPORARY, "4.3.0", "system error" },
	{ EX_OSFILE, FAULT_PERMANENT, "5.3.0", "system file missing" },
	{ EX_CANTCREAT, FAULT_PERMANENT, "5.2.0", "cannot create output file" },
	{ EX_IOERR, FAULT_TEMPORARY, "4.3.0", "input/output error" },
	{ EX_TEMPFAIL, FAULT_TEMPORARY, "4.3.0", "temporary failure" },
	{ EX_PROTOCOL, FAULT_PERMANENT, "5.5.0", "protocol error" },
	{ EX_NOPERM, FAULT_PERMANENT, "5.7.0", "permission denied" },
	{ EX_CONFIG, FAULT_PERMANENT, "5.3.5", "configuration error" },
	{ 126, FAULT_TEMPORARY, "4.3.5", "a shell cannot run a command" },
	{ 127, FAULT_TEMPORARY, "4.3.5", "a shell cannot find a command" },
};

/* The first line that says something, behind ": ". */
static void quote_said(const struct buf *said, struct buf *out)
{
	struct span rest = buf_span(said), line = { 0 };
	struct buf escaped = { 0 };

	while (rest.len > 0 && line.len == 0)
		line = span_trim(span_cut(&rest, '\n'));
	if (line.len > SHOWN_BYTES)
		line.len = SHOWN_BYTES;
	escape_for_terminal(&escaped, line);
	if (escaped.len > 0)
		buf_printf(out, ": %.*s", (int)(escaped.len < SHOWN_BYTES ? escaped.len : SHOWN_BYTES), escaped.at);
	buf_free(&escaped);
}

static int judge_status(const char *path, int status, const struct buf *said, struct fault *f)
{
	struct buf quoted = { 0 };
	int result = 0;

	quote_said(said, &quoted);
	if (!WIFEXITED(status)) {
		result = fault_set(f, FAULT_TEMPORARY, "4.3.0", "%s was ended by signal %d%s", path, WTERMSIG(status), buf_text(&quoted));
	} else if (WEXITSTATUS(status) != 0) {
		int code = WEXITSTATUS(status);
		result = fault_set(f, FAULT_PERMANENT, "5.3.0", "%s ended with status %d%s", path, code, buf_text(&quoted));
		for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++)
			if (meanings[i].code == code)
				fault_set(f, meanings[i].kind, meanings[i].status, "%s ended with status %d (%s)%s", path, code,
				          meanings[i].words, buf_text(&quoted));
	}
	buf_free(&quoted);
	return result;
}

static void call_temporary(const struct program *p, struct fault *f)
{
	struct fault failed = *f;

	fault_set(f, FAULT_TEMPORARY, "4.3.0", "nearly all of the %u processes that its user may have were taken: %s", p->processes_max, failed.text);
}

int program_run(const struct program *p, program_input *input, void *source, struct fault *f)
{
	struct running r;
	int result = begin(p, &r, f);

	if (result == 0)
		result = converse(&r, input, source, f);
	if (r.pid > 0) {
		bool lacked = result == 0 && lacks_processes(p);     /* while those of it that are left still count */
		int status = end_all(&r);
		if (result == 0)
			result = judge_status(p->words->items[0], status, &r.said, f);
		if (result < 0 && lacked)
			call_temporary(p, f);
	}
	io_close(&r.in);
	io_close(&r.out);
	buf_free(&r.said);
	return result;
}

/* ---- what it may know ---- */

void program_environment(const char *user, struct text_list *out)
{
	const char *zone = getenv("TZ");
	struct buf entry = { 0 };

	text_list_add(out, SPAN("PATH=/usr/bin:/bin"));
	text_list_add(out, SPAN("SHELL=/bin/sh"));
	buf_printf(&entry, "LOGNAME=%s", user);
	text_list_add(out, buf_span(&entry));
	buf_clear(&entry);
	buf_printf(&entry, "TZ=%s", zone ? zone : "");
	if (zone)
		text_list_add(out, buf_span(&entry));
	buf_free(&entry);
}
