/* SPDX-License-Identifier: ISC */
#include "tests/scratch.h"
#include "tests/tap.h"

#include "relay/confine.h"

#include <asm/sockios.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

static char folder[] = "/tmp/confine-test-XXXXXX";
static char readable[64], writable[64];
static pid_t test_pid;

/* Attempts: 0 when it worked, else the errno. */

static int result_of(long r)
{
	return r < 0 ? errno : 0;
}

static int opened(const char *path, int flags)
{
	int fd = open(path, flags, 0600);

	if (fd >= 0)
		close(fd);
	return result_of(fd);
}

static int nothing(void) { return 0; }
static int open_passwd(void) { return opened("/etc/passwd", O_RDONLY); }
static int open_granted(void) { return opened(readable, O_RDONLY); }

static int read_below(void)
{
	char path[80];

	snprintf(path, sizeof path, "%s/there", readable);
	return opened(path, O_RDONLY);
}

static int write_read_only(void)
{
	char path[80];

	snprintf(path, sizeof path, "%s/there", readable);
	return opened(path, O_RDWR);
}

static int create_read_only(void)
{
	char path[80];

	snprintf(path, sizeof path, "%s/new", readable);
	return opened(path, O_RDWR | O_CREAT);
}

static int create_and_move(void)
{
	char from[80], to[80];

	snprintf(from, sizeof from, "%s/from", writable);
	snprintf(to, sizeof to, "%s/to", writable);
	int fd = open(from, O_RDWR | O_CREAT | O_TRUNC, 0600);
	if (fd < 0 || write(fd, "x", 1) != 1 || fsync(fd) < 0 || ftruncate(fd, 0) < 0)
		return errno;
	close(fd);
	if (rename(from, to) < 0)
		return errno;
	return result_of(unlink(to));
}

static int link_away(void)
{
	char path[80];

	snprintf(path, sizeof path, "%s/link", writable);
	return result_of(symlink("/etc/passwd", path));
}

static int unlink_read_only(void)
{
	char path[80];

	snprintf(path, sizeof path, "%s/there", readable);
	return result_of(unlink(path));
}

static int escape_by_dots(void)
{
	char path[80];

	snprintf(path, sizeof path, "%s/../outside", writable);
	return opened(path, O_RDONLY);
}

static int stat_anywhere(void)
{
	struct stat st;

	return result_of(stat("/etc/passwd", &st));
}

static int dial(int family, int type)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(9), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return errno;
	if (family == AF_INET && connect(fd, (struct sockaddr *)&to, sizeof to) < 0 && errno != ECONNREFUSED &&
	    errno != EINPROGRESS)
		return errno;
	return 0;
}

static int dial_tcp(void) { return dial(AF_INET, SOCK_STREAM); }
static int dial_udp(void) { return dial(AF_INET, SOCK_DGRAM); }
static int dial_unix(void) { return dial(AF_UNIX, SOCK_STREAM); }
static int dial_netlink(void) { return dial(AF_NETLINK, SOCK_RAW); }
static int dial_raw(void) { return dial(AF_INET, SOCK_RAW); }
static int bind_port(uint16_t port)
{
	struct sockaddr_in own = { .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return fd < 0 ? errno : result_of(bind(fd, (struct sockaddr *)&own, sizeof own));
}

static int bind_any_port(void) { return bind_port(0); }
static int bind_a_port(void) { return bind_port(20025); }
static int listen_somewhere(void) { return result_of(listen(0, 1)); }

static int accept_nothing(void)
{
	int r = result_of(accept4(0, NULL, NULL, SOCK_CLOEXEC));

	return r == ENOTSOCK ? 0 : r;
}

static int speak_over_a_pair(void)
{
	int fds[2];
	char c = 0;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) < 0 || send(fds[0], "x", 1, MSG_NOSIGNAL) != 1)
		return errno;
	return result_of(recv(fds[1], &c, 1, 0));
}

static void *thread_main(void *context)
{
	int *seen = context;

	*seen = opened("/etc/passwd", O_RDONLY);
	return NULL;
}

static int start_thread(void)
{
	pthread_t thread;
	int seen = -1;
	int r = pthread_create(&thread, NULL, thread_main, &seen);

	if (r != 0)
		return r;
	pthread_join(thread, NULL);
	return seen == EPERM || seen == EACCES ? 0 : EPROTO;
}

static int execute(void)
{
	execl("/bin/true", "true", (char *)NULL);
	return errno;
}

static int fork_child(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return result_of(pid);
}

static int trace_parent(void) { return result_of(ptrace(PTRACE_ATTACH, getppid(), NULL, NULL)); }
static int kill_parent(void) { return result_of(kill(getppid(), 0)); }
static int signal_parent(void) { return result_of(syscall(SYS_tgkill, test_pid, test_pid, 0)); }
static int change_uid(void) { return result_of(setuid(getuid())); }
static int abort_self(void) { abort(); }

static int map_code(void)
{
	void *at = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return at == MAP_FAILED ? errno : 0;
}

static int make_code(void)
{
	void *at = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return at == MAP_FAILED ? 0 : result_of(mprotect(at, 4096, PROT_READ | PROT_EXEC));
}

static int ring(void) { return result_of(syscall(SYS_io_uring_enter, 0, 0, 0, 0, NULL, 0)); }

static int ordinary(void)
{
	struct timespec now, nap = { 0, 1000 };
	time_t t = 0;
	struct tm tm;
	char *more = malloc(4 * 1024 * 1024);

	clock_gettime(CLOCK_BOOTTIME, &now);
	nanosleep(&nap, NULL);
	localtime_r(&t, &tm);
	syslog(LOG_DEBUG, "confine_test");
	printf("# %d\n", (int)tm.tm_mday);
	fflush(stdout);
	free(more);
	return more == NULL;
}

enum { KILLED = 1000 };  /* + the signal */

static const struct {
	const char *name;
	unsigned may;
	int (*attempt)(void);
	int want;
} rows[] = {
	{ "a role ends by itself", 0, nothing, 0 },
	{ "memory, clocks, logging", 0, ordinary, 0 },
	{ "abort is abort", 0, abort_self, KILLED + SIGABRT },
	{ "stat is left", CONFINE_FILES, stat_anywhere, 0 },
	{ "a socketpair", CONFINE_NETWORK | CONFINE_THREADS, speak_over_a_pair, 0 },
	{ "open without files", 0, open_passwd, EPERM },
	{ "open without files, though the path was named", CONFINE_NETWORK, open_granted, EPERM },
	{ "TCP without network", CONFINE_FILES, dial_tcp, EPERM },
	{ "UDP without network", CONFINE_FILES, dial_udp, EPERM },
	{ "accept without accept", CONFINE_NETWORK, accept_nothing, EPERM },
	{ "accept", CONFINE_ACCEPT, accept_nothing, 0 },
	{ "TCP", CONFINE_NETWORK, dial_tcp, 0 },
	{ "UDP", CONFINE_NETWORK, dial_udp, 0 },
	{ "a source address", CONFINE_NETWORK | CONFINE_BIND, bind_any_port, 0 },
	{ "no unix sockets with network", CONFINE_NETWORK, dial_unix, ENOSYS },
	{ "no netlink with network", CONFINE_NETWORK, dial_netlink, ENOSYS },
	{ "no raw sockets with network", CONFINE_NETWORK, dial_raw, ENOSYS },
	{ "nothing listens", CONFINE_NETWORK | CONFINE_ACCEPT, listen_somewhere, KILLED + SIGSYS },
	{ "threads without threads", 0, start_thread, KILLED + SIGSYS },
	{ "threads, confined as well", CONFINE_THREADS, start_thread, 0 },
	{ "threads with files, confined as well", CONFINE_THREADS | CONFINE_FILES, start_thread, 0 },
	{ "a process is no thread", CONFINE_THREADS, fork_child, ENOSYS },
	{ "fork", 0, fork_child, KILLED + SIGSYS },
	{ "exec", CONFINE_FILES, execute, KILLED + SIGSYS },
	{ "ptrace", 0, trace_parent, KILLED + SIGSYS },
	{ "kill", 0, kill_parent, KILLED + SIGSYS },
	{ "signals to others' threads", 0, signal_parent, ENOSYS },
	{ "setuid", 0, change_uid, KILLED + SIGSYS },
	{ "executable memory", 0, map_code, EPERM },
	{ "memory made executable", 0, make_code, EPERM },
	{ "a call never thought of", 0, ring, ENOSYS },
};

/* These need Landlock. */
static const struct {
	const char *name;
	int (*attempt)(void);
	int want;
} path_rows[] = {
	{ "a file that was not named", open_passwd, EACCES },
	{ "a folder that was named", open_granted, 0 },
	{ "a file below it", read_below, 0 },
	{ "writing below a read-only path", write_read_only, EACCES },
	{ "creating below a read-only path", create_read_only, EACCES },
	{ "unlinking below a read-only path", unlink_read_only, EACCES },
	{ "creating, syncing, renaming, unlinking below a writable one", create_and_move, 0 },
	{ "no links are made", link_away, EPERM },
	{ "dots lead nowhere", escape_by_dots, EACCES },
};

/* One of the roles that have what the flags grant. */
static enum role role_with(unsigned may)
{
	return may & CONFINE_THREADS ? ROLE_RESOLVER : may & CONFINE_NETWORK ? ROLE_SMTP : may & CONFINE_FILES ? ROLE_QUEUE :
	       may & CONFINE_ACCEPT ? ROLE_PICKUP : ROLE_SIGNER;
}

__attribute__((noreturn))
static void attempt_confined(enum role role, unsigned may, int (*attempt)(void))
{
	const struct confine_path paths[] = { { readable, false }, { writable, true } };
	struct fault f = { 0 };

	openlog("confine_test", LOG_NDELAY, LOG_MAIL);
	if (confine(role, may, paths, 2, &f) == 0)
		_exit(attempt());
	fprintf(stderr, "# %s\n", f.text);
	_exit(255);
}

static int ended_how(pid_t pid)
{
	int status;

	waitpid(pid, &status, 0);
	return WIFSIGNALED(status) ? KILLED + WTERMSIG(status) : WEXITSTATUS(status);
}

/* As a template makes it: a child of this process. */
static pid_t make_copy(void)
{
	return (pid_t)syscall(SYS_clone, CONFINE_COPY_FLAGS, 0, 0, 0, 0);
}

static int (*attempt_of_copy)(void);
static int told[2];

/* The template ends with 0, and its copy as the attempt does. */
static int attempt_in_copy(void)
{
	struct fault f = { 0 };
	pid_t pid = make_copy();

	if (pid == 0)
		_exit(confine_copy(&f) < 0 ? 254 : attempt_of_copy());
	return pid > 0 && write(told[1], &pid, sizeof pid) == sizeof pid ? 0 : 255;
}

/* Of a role that is copied, in a copy. */
static int run_as(enum role role, unsigned may, int (*attempt)(void))
{
	bool copied = may & CONFINE_COPIES;
	pid_t copy = 0;

	fflush(stdout);
	if (copied && pipe(told) < 0)
		return -1;
	attempt_of_copy = attempt;
	pid_t pid = fork();
	if (pid == 0)
		attempt_confined(role, may, copied ? attempt_in_copy : attempt);
	int how = ended_how(pid);
	if (!copied)
		return how;
	close(told[1]);
	bool made = how == 0 && read(told[0], &copy, sizeof copy) == sizeof copy;
	close(told[0]);
	return made ? ended_how(copy) : 2000 + how;
}

static int run_template(int (*attempt)(void))
{
	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0)
		attempt_confined(ROLE_SMTP, CONFINE_NETWORK | CONFINE_COPIES, attempt);
	return ended_how(pid);
}

static int copy_ends(void) { return make_copy() < 0 ? errno : 0; }
static int copy_with_shared_memory(void) { return result_of(syscall(SYS_clone, CONFINE_COPY_FLAGS | CLONE_VM, 0, 0, 0, 0)); }
static int copy_in_a_namespace(void) { return result_of(syscall(SYS_clone, CONFINE_COPY_FLAGS | CLONE_NEWUSER, 0, 0, 0, 0)); }
static int outlive_the_parent(void) { return result_of(prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0)); }
static int know_the_parent(void) { return getppid() > 0 ? 0 : errno; }
static int set_a_filter(void) { return result_of(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL, 0, 0)); }

/* What only a template may, and none of its copies. */
static const struct {
	const char *name;
	int (*attempt)(void);
	int of_template, of_copy;
} copying[] = {
	{ "a copy", copy_ends, 0, KILLED + SIGSYS },
	{ "one that shares memory", copy_with_shared_memory, KILLED + SIGSYS, KILLED + SIGSYS },
	{ "one in a namespace of its own", copy_in_a_namespace, KILLED + SIGSYS, KILLED + SIGSYS },
	{ "fork", fork_child, KILLED + SIGSYS, KILLED + SIGSYS },
	{ "not to die with the parent", outlive_the_parent, 0, KILLED + SIGSYS },
	{ "whether the parent is still there", know_the_parent, 0, 0 },
	{ "another filter", set_a_filter, EFAULT, KILLED + SIGSYS },
	{ "abort", abort_self, KILLED + SIGABRT, KILLED + SIGABRT },
};

static void copies(void)
{
	for (size_t i = 0; i < sizeof copying / sizeof copying[0]; i++) {
		is_int(run_template(copying[i].attempt), copying[i].of_template, "template: %s", copying[i].name);
		is_int(run_as(ROLE_SMTP, CONFINE_NETWORK | CONFINE_COPIES, copying[i].attempt), copying[i].of_copy, "its copy: %s",
		       copying[i].name);
	}
	is_int(run_as(ROLE_SMTP, CONFINE_NETWORK | CONFINE_COPIES, signal_parent), ENOSYS, "its copy: signals to others' threads");
}

static int run(unsigned may, int (*attempt)(void))
{
	return run_as(role_with(may), may, attempt);
}

static void make_file(const char *in, const char *name)
{
	char path[128];

	snprintf(path, sizeof path, "%s/%s", in, name);
	close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
}

static void make_folders(void)
{
	scratch_make(folder);
	snprintf(readable, sizeof readable, "%s/readable", folder);
	snprintf(writable, sizeof writable, "%s/writable", folder);
	mkdir(readable, 0700);
	mkdir(writable, 0700);
	make_file(readable, "there");
	make_file(folder, "outside");
}

static void bad_path(void)
{
	const struct confine_path missing = { "/nonexistent/path", false };
	struct fault f = { 0 };

	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0)
		_exit(confine(ROLE_QUEUE, CONFINE_FILES, &missing, 1, &f) < 0 && strstr(f.text, "/nonexistent/path") ? 0 : 1);
	int status;
	waitpid(pid, &status, 0);
	ok(status == 0, "a path that does not exist is a fault that names it");
}

/* ---- each role ---- */

static int owns(int cmd, long value)
{
	int pair[2];

	if (pipe(pair) < 0 && socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
		pair[0] = 1;
	return result_of(fcntl(pair[0], cmd, value));
}

static int set_owner(void) { return owns(F_SETOWN, getpid()); }
static int set_signal(void) { return owns(F_SETSIG, SIGKILL); }
static int set_async(void) { return owns(F_SETFL, O_ASYNC); }

static int set_owner_ex(void)
{
	struct f_owner_ex owner = { F_OWNER_PID, getppid() };

	return result_of(fcntl(1, F_SETOWN_EX, &owner));
}

static int set_async_by_ioctl(void)
{
	int on = 1;

	return result_of(ioctl(1, FIOASYNC, &on));
}

static int set_owner_by_ioctl(void)
{
	pid_t pid = getppid();

	return result_of(ioctl(1, SIOCSPGRP, &pid));
}

static int duplicate(void)
{
	int fd = fcntl(1, F_DUPFD_CLOEXEC, 10);

	return fd < 0 || fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) < 0 || close(fd) < 0 ? errno : 0;
}

static int say_on_a_socket(void)
{
	char byte;
	int fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 10);

	if (send(fd, "x", 1, MSG_DONTWAIT) < 0 && errno != ENOTSOCK)
		return errno;
	return read(fd, &byte, 0) < 0 ? errno : 0;
}

/* Whatever a role may otherwise: 0 when it gets none of these. */
static int dial_other_families(void)
{
	static const int families[][2] = {
		{ AF_UNIX, SOCK_STREAM }, { AF_UNIX, SOCK_DGRAM }, { AF_NETLINK, SOCK_RAW }, { AF_PACKET, SOCK_RAW }, { AF_VSOCK, SOCK_STREAM },
		{ AF_ALG, SOCK_SEQPACKET }, { AF_INET, SOCK_RAW }, { AF_INET6, SOCK_RAW }, { AF_INET, SOCK_SEQPACKET },
	};

	for (size_t i = 0; i < sizeof families / sizeof families[0]; i++) {
		int how = dial(families[i][0], families[i][1]);
		if (how != EPERM && how != ENOSYS)
			return 100 + (int)i;
#ifdef SYS_socketcall
		/* The way of the C library on such an architecture; at an odd address, whose low bits look like a kind of socket. */
		static char space[64];
		unsigned long words[3] = { (unsigned long)families[i][0], (unsigned long)families[i][1], 0 };
		memcpy(space + 1, words, sizeof words);
		if (syscall(SYS_socketcall, 1, words) >= 0 || syscall(SYS_socketcall, 1, space + 1) >= 0)
			return 200 + (int)i;
#endif
	}
	return 0;
}

static int handle_forbidden(void)
{
	return result_of(sigaction(SIGSYS, &(struct sigaction){ .sa_handler = SIG_IGN }, NULL));
}

static int block_forbidden(void)
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	return trace_parent();
}

static int open_something(void) { return opened("/etc/passwd", O_RDONLY); }
static int dial_something(void) { return dial(AF_INET, SOCK_STREAM); }
static int make_a_folder(void) { return result_of(mkdir("/tmp/never-made", 0700)); }
static int wait_by_epoll(void) { return result_of(epoll_create1(0)); }
static int make_memory_file(void) { return result_of(memfd_create("x", 0)); }
static int set_socket(void) { return result_of(setsockopt(0, SOL_SOCKET, SO_KEEPALIVE, NULL, 0)) == ENOSYS ? ENOSYS : 0; }

/* The same for all. */
static const struct {
	const char *name;
	int (*attempt)(void);
	int want;
} of_all[] = {
	{ "memory, clocks, logging", ordinary, 0 },
	{ "abort is abort", abort_self, KILLED + SIGABRT },
	{ "descriptors are duplicated and set", duplicate, 0 },
	{ "sockets and streams it holds", say_on_a_socket, 0 },
	{ "exec kills", execute, KILLED + SIGSYS },
	{ "kill kills", kill_parent, KILLED + SIGSYS },
	{ "ptrace kills", trace_parent, KILLED + SIGSYS },
	{ "F_SETOWN kills", set_owner, KILLED + SIGSYS },
	{ "F_SETOWN_EX kills", set_owner_ex, KILLED + SIGSYS },
	{ "F_SETSIG kills", set_signal, KILLED + SIGSYS },
	{ "O_ASYNC kills", set_async, KILLED + SIGSYS },
	{ "FIOASYNC kills", set_async_by_ioctl, KILLED + SIGSYS },
	{ "SIOCSPGRP kills", set_owner_by_ioctl, KILLED + SIGSYS },
	{ "code is not mapped", map_code, EPERM },
	{ "no file without a path", make_memory_file, EPERM },
	{ "sockets of no other family", dial_other_families, 0 },
	{ "the signal of a forbidden call is not handled otherwise", handle_forbidden, EPERM },
	{ "nor does blocking it help", block_forbidden, KILLED + SIGSYS },
};

/* What distinguishes them, with all flags that each asks for. */
static const struct {
	enum role role;
	unsigned may;
	int opens, dials, makes_folders, waits_by_epoll, sets_sockets, threads;
} of_each[] = {
	{ ROLE_PICKUP, CONFINE_ACCEPT | CONFINE_FILES, EACCES, EPERM, EPERM, ENOSYS, ENOSYS, KILLED + SIGSYS },
	{ ROLE_QUEUE, CONFINE_ACCEPT | CONFINE_FILES, EACCES, EPERM, EACCES, 0, ENOSYS, KILLED + SIGSYS },
	{ ROLE_SIGNER, 0, EPERM, EPERM, EPERM, ENOSYS, ENOSYS, KILLED + SIGSYS },
	{ ROLE_RESOLVER, CONFINE_NETWORK | CONFINE_THREADS, EPERM, 0, EPERM, 0, 0, 0 },
	{ ROLE_SMTP, CONFINE_NETWORK | CONFINE_BIND | CONFINE_COPIES, EPERM, 0, EPERM, ENOSYS, 0, KILLED + SIGSYS },
	{ ROLE_SMTP, CONFINE_NETWORK | CONFINE_BIND | CONFINE_FILES | CONFINE_COPIES, EACCES, 0, EPERM, ENOSYS, 0, KILLED + SIGSYS },
	{ ROLE_ESMTP, CONFINE_COPIES, EPERM, EPERM, EPERM, ENOSYS, ENOSYS, KILLED + SIGSYS },
	{ ROLE_BOUNCE, CONFINE_COPIES, EPERM, EPERM, EPERM, ENOSYS, ENOSYS, KILLED + SIGSYS },
	{ ROLE_LOCAL, CONFINE_FILES, EACCES, EPERM, EPERM, ENOSYS, ENOSYS, KILLED + SIGSYS },
	{ ROLE_SMTPD, CONFINE_ACCEPT | CONFINE_FILES, EACCES, EPERM, EPERM, ENOSYS, 0, KILLED + SIGSYS },
	{ ROLE_OAUTH, CONFINE_NETWORK | CONFINE_THREADS, EPERM, 0, EPERM, 0, 0, 0 },
	{ ROLE_STS, CONFINE_NETWORK | CONFINE_COPIES, EPERM, 0, EPERM, ENOSYS, 0, KILLED + SIGSYS },
};

static int rows_of_roles(bool has_landlock)
{
	int count = TAP_ROWS(of_each) * (TAP_ROWS(of_all) + 4);

	for (size_t i = 0; i < sizeof of_each / sizeof of_each[0]; i++)
		count += (has_landlock || of_each[i].opens == EPERM) + (has_landlock || of_each[i].makes_folders == EPERM);
	return count;
}

static void each_role(bool has_landlock)
{
	for (size_t i = 0; i < sizeof of_each / sizeof of_each[0]; i++) {
		enum role role = of_each[i].role;
		unsigned may = of_each[i].may;
		const char *name = role_name(role);
		for (size_t n = 0; n < sizeof of_all / sizeof of_all[0]; n++)
			is_int(run_as(role, may, of_all[n].attempt), of_all[n].want, "%s: %s", name, of_all[n].name);
		if (has_landlock || of_each[i].opens == EPERM)
			is_int(run_as(role, may, open_something), of_each[i].opens, "%s: open", name);
		is_int(run_as(role, may, dial_something), of_each[i].dials, "%s: socket, connect", name);
		if (has_landlock || of_each[i].makes_folders == EPERM)
			is_int(run_as(role, may, make_a_folder), of_each[i].makes_folders, "%s: mkdir", name);
		is_int(run_as(role, may, wait_by_epoll) ? ENOSYS : 0, of_each[i].waits_by_epoll, "%s: epoll", name);
		is_int(run_as(role, may, set_socket), of_each[i].sets_sockets, "%s: setsockopt", name);
		is_int(run_as(role, may, start_thread), of_each[i].threads, "%s: threads", name);
	}
}

/* ---- an older Landlock ---- */

/*
 * All that confine() asks of Landlock goes through syscall(2), and here through this (-Wl,--wrap=syscall): a kernel as it was
 * when Landlock had the version that is pretended, and knew nothing of what came later.
 */
static long pretended;

struct ruleset_of_any_version { uint64_t filesystem, network, scoped; };

static bool is_known_to(long abi, const struct ruleset_of_any_version *r)
{
	uint64_t paths = abi >= 5 ? 0xffff : abi >= 3 ? 0x7fff : abi >= 2 ? 0x3fff : 0x1fff;

	return !(r->filesystem & ~paths) && (abi >= 4 || r->network == 0) && (abi >= 6 || r->scoped == 0);
}

long __real_syscall(long number, ...);
long __wrap_syscall(long number, ...);

long __wrap_syscall(long number, ...)
{
	long a[6];
	va_list ap;

	va_start(ap, number);
	for (int i = 0; i < 6; i++)
		a[i] = va_arg(ap, long);
	va_end(ap);
	if (pretended && number == SYS_landlock_create_ruleset && a[2] == 1)
		return pretended;
	bool unknown = pretended && ((number == SYS_landlock_create_ruleset && !is_known_to(pretended, (const void *)a[0])) ||
	                             (number == SYS_landlock_add_rule && a[1] == 2 && pretended < 4));
	if (unknown) {
		errno = EINVAL;
		return -1;
	}
	return __real_syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

static void older(long abi)
{
	pretended = abi;
	for (size_t i = 0; i < TAP_ROWS(path_rows); i++)
		is_int(run(CONFINE_FILES, path_rows[i].attempt), path_rows[i].want, "Landlock %ld: %s", abi, path_rows[i].name);
	is_int(run(CONFINE_NETWORK, dial_tcp), 0, "Landlock %ld: TCP", abi);
	is_int(run(CONFINE_NETWORK, bind_any_port), abi >= 4 ? EACCES : 0, "Landlock %ld: a source address", abi);
	int how = run(CONFINE_NETWORK | CONFINE_BIND, bind_a_port);
	is_int(how == EADDRINUSE ? 0 : how, abi >= 4 ? EACCES : 0, "Landlock %ld: a port", abi);
	each_role(true);
	pretended = 0;
}

/* ---- what the log says of the end ---- */

static const struct {
	const char *name;
	unsigned may;
	int (*attempt)(void);
} ends[] = {
	{ "execve", 0, execute }, { "clone", 0, fork_child }, { "ptrace", 0, trace_parent }, { "kill", 0, kill_parent },
	{ "setuid", 0, change_uid }, { "fcntl", 0, set_owner }, { "ioctl", 0, set_async_by_ioctl },
	{ "clone", CONFINE_NETWORK | CONFINE_COPIES, fork_child }, { "prctl", CONFINE_NETWORK | CONFINE_COPIES, outlive_the_parent },
};

/* The last line of a process that is ended is one, and names the call. */
static void told_calls(void)
{
	for (size_t i = 0; i < TAP_ROWS(ends); i++) {
		char want[64], said[2048];
		int saved = dup(STDERR_FILENO), pipe_ends[2];

		if (pipe(pipe_ends) < 0 || dup2(pipe_ends[1], STDERR_FILENO) < 0)
			return;
		close(pipe_ends[1]);
		int how = run_as(role_with(ends[i].may), ends[i].may, ends[i].attempt);
		dup2(saved, STDERR_FILENO);
		close(saved);
		ssize_t len = read(pipe_ends[0], said, sizeof said - 1);
		close(pipe_ends[0]);
		said[len > 0 ? len : 0] = '\0';
		snprintf(want, sizeof want, " (%s), which is forbidden to it", ends[i].name);
		bool names = strstr(said, want) || strstr(said, " (setuid32), which is") || strstr(said, " (fcntl64), which is");
		ok(how == KILLED + SIGSYS && names && strchr(said, '\n') == said + strlen(said) - 1, "the log names %s", ends[i].name);
		if (!names)
			printf("# %s", said);
	}
}

int main(void)
{
#ifdef SANITIZE
	printf("1..0 # SKIP sanitizers need calls of their own\n");
	return 0;
#endif
	test_pid = getpid();
	long landlock = syscall(SYS_landlock_create_ruleset, NULL, 0, 1);
	bool has_landlock = landlock >= 1;
	int older_rows = TAP_ROWS(path_rows) + 3 + rows_of_roles(true);

	/* What is ended says so; told_calls() looks at it. */
	if (freopen("/dev/null", "w", stderr) == NULL)
		return 1;
	tap_plan(TAP_ROWS(rows) + (has_landlock ? TAP_ROWS(path_rows) + 1 : 0) + (landlock >= 4 ? 2 : 0) +
	         rows_of_roles(has_landlock) + 2 * TAP_ROWS(copying) + 1 + TAP_ROWS(ends) +
	         (landlock >= 2) * older_rows + (landlock >= 4) * older_rows);
	make_folders();
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		is_int(run(rows[i].may, rows[i].attempt), rows[i].want, "%s", rows[i].name);
	for (size_t i = 0; has_landlock && i < sizeof path_rows / sizeof path_rows[0]; i++)
		is_int(run(CONFINE_FILES, path_rows[i].attempt), path_rows[i].want, "%s", path_rows[i].name);
	if (landlock >= 4) {
		is_int(run(CONFINE_NETWORK, bind_any_port), EACCES, "no source address unless granted");
		is_int(run(CONFINE_NETWORK | CONFINE_BIND, bind_a_port), EACCES, "and no port of one's own");
	}
	each_role(has_landlock);
	copies();
	if (has_landlock)
		bad_path();
	told_calls();
	for (long abi = 2; abi <= 4; abi += 2)
		if (landlock >= abi)
			older(abi);
	return tap_done();
}
