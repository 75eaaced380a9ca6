#include "relay/confine.h"

#ifdef SANITIZE

bool confine_keeps_paths(void)
{
	return true;     /* what rests on it is to be looked at as well */
}

int confine(unsigned may, const struct confine_path *paths, size_t count, struct fault *f)
{
	(void)may;
	(void)paths;
	(void)count;
	(void)f;
	return 0;
}

#else

#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sched.h>
#include <seccomp.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* ---- Landlock ---- */

/*
 * The kernel's struct as of ABI 6; older kernels take it while what they do
 * not know is zero. The header of the build machine may know less than the
 * kernel it will run on.
 */
struct ruleset {
	uint64_t filesystem;
	uint64_t network;
	uint64_t scoped;
};

enum {
	FS_TRUNCATE = 1 << 14,
	FS_IOCTL_DEVICE = 1 << 15,
	NET_BIND_TCP = 1 << 0,
	NET_CONNECT_TCP = 1 << 1,
	SCOPE_ABSTRACT_SOCKET = 1 << 0,
	SCOPE_SIGNAL = 1 << 1,
	RULE_NET_PORT = 2,
};

struct net_port_rule {
	uint64_t access;
	uint64_t port;           /* 0: one that the kernel chooses */
};

enum {
	ABI_REFER = 2, ABI_TRUNCATE = 3, ABI_NETWORK = 4, ABI_IOCTL = 5, ABI_SCOPE = 6,
};

#define FS_FIRST_ABI ((LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1)
#define FS_READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define FS_WRITE (FS_READ | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_FILE | \
                  LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_DIR | \
                  LANDLOCK_ACCESS_FS_REFER | FS_TRUNCATE)
#define FS_OF_A_FILE (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | FS_TRUNCATE)

static struct ruleset ruleset_for(unsigned may, long abi)
{
	struct ruleset r = { .filesystem = FS_FIRST_ABI };

	if (abi >= ABI_REFER)
		r.filesystem |= LANDLOCK_ACCESS_FS_REFER;
	if (abi >= ABI_TRUNCATE)
		r.filesystem |= FS_TRUNCATE;
	if (abi >= ABI_IOCTL)
		r.filesystem |= FS_IOCTL_DEVICE;
	if (abi >= ABI_NETWORK)
		r.network = NET_BIND_TCP | (may & CONFINE_NETWORK ? 0 : NET_CONNECT_TCP);
	if (abi >= ABI_SCOPE)
		r.scoped = SCOPE_ABSTRACT_SOCKET | SCOPE_SIGNAL;
	return r;
}

static int failed(struct fault *f, const char *what)
{
	return fault_set(f, FAULT_TEMPORARY, "4.3.0", "cannot confine this process: %s: %s", what, strerror(errno));
}

static int allow_path(int ruleset_fd, const struct ruleset *r, const struct confine_path *p, struct fault *f)
{
	struct landlock_path_beneath_attr rule = {
		.allowed_access = (p->write ? FS_WRITE : FS_READ) & r->filesystem,
		.parent_fd = open(p->path, O_PATH | O_CLOEXEC),
	};
	struct stat st;

	if (rule.parent_fd < 0)
		return failed(f, p->path);
	int result = fstat(rule.parent_fd, &st);
	if (result == 0 && !S_ISDIR(st.st_mode))
		rule.allowed_access &= FS_OF_A_FILE;
	if (result == 0)
		result = (int)syscall(SYS_landlock_add_rule, ruleset_fd, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
	if (result < 0)
		failed(f, p->path);
	close(rule.parent_fd);
	return result;
}

static int allow_bind(int ruleset_fd, const struct ruleset *r, struct fault *f)
{
	struct net_port_rule rule = { .access = NET_BIND_TCP };

	if (!(r->network & NET_BIND_TCP))
		return 0;
	return syscall(SYS_landlock_add_rule, ruleset_fd, RULE_NET_PORT, &rule, 0) < 0 ? failed(f, "a TCP rule") : 0;
}

static long landlock_version(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
}

bool confine_keeps_paths(void)
{
	return landlock_version() >= 1;
}

static int landlock(unsigned may, const struct confine_path *paths, size_t count, struct fault *f)
{
	long abi = landlock_version();

	if (abi < 1) {
		if (may & CONFINE_FILES)
			log_line(LOG_LEVEL_INFO, "this kernel has no Landlock: files are kept apart by permissions only");
		return 0;
	}
	struct ruleset r = ruleset_for(may, abi);
	int fd = (int)syscall(SYS_landlock_create_ruleset, &r, sizeof r, 0);
	if (fd < 0)
		return failed(f, "landlock_create_ruleset");
	int result = 0;
	for (size_t i = 0; i < count && result == 0; i++)
		result = allow_path(fd, &r, &paths[i], f);
	if (result == 0 && (may & CONFINE_BIND))
		result = allow_bind(fd, &r, f);
	if (result == 0 && syscall(SYS_landlock_restrict_self, fd, 0) < 0)
		result = failed(f, "landlock_restrict_self");
	close(fd);
	return result;
}

/* ---- seccomp ---- */

/*
 * Names, not numbers: what an architecture lacks is skipped, and both the old
 * and the 64-bit-time forms are there, whichever its libc calls.
 */
static const char *const always[] = {
	"read", "readv", "pread64", "preadv", "write", "writev", "pwrite64", "pwritev", "lseek", "_llseek",
	"close", "close_range", "dup", "dup2", "dup3", "fcntl", "fcntl64", "pipe", "pipe2",
	"fstat", "fstat64", "newfstatat", "fstatat64", "stat", "stat64", "lstat", "lstat64", "statx",
	"poll", "ppoll", "ppoll_time64", "select", "_newselect", "pselect6", "pselect6_time64",
	"epoll_create", "epoll_create1", "epoll_ctl", "epoll_wait", "epoll_pwait", "epoll_pwait2",
	"eventfd", "eventfd2", "timerfd_create", "timerfd_settime", "timerfd_settime64", "timerfd_gettime",
	"socketpair", "sendmsg", "sendmmsg", "sendto", "send", "recvmsg", "recvmmsg", "recvmmsg_time64", "recvfrom",
	"recv", "shutdown", "getsockname", "getpeername", "getsockopt", "setsockopt",
	"clock_gettime", "clock_gettime64", "clock_getres", "clock_getres_time64", "gettimeofday", "time",
	"nanosleep", "clock_nanosleep", "clock_nanosleep_time64",
	"brk", "munmap", "mremap", "madvise", "mlock", "mlock2", "munlock",
	"exit", "exit_group", "restart_syscall", "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigreturn",
	"rt_sigpending", "rt_sigsuspend", "rt_sigtimedwait", "sigaltstack", "signalfd", "signalfd4",
	"getpid", "getppid", "gettid", "getuid", "geteuid", "getgid", "getegid", "getuid32", "geteuid32", "getgid32",
	"getegid32", "getresuid", "getresgid", "getgroups",
	"futex", "futex_time64", "set_robust_list", "get_robust_list", "rseq", "membarrier",
	"sched_yield", "sched_getaffinity", "getcpu", "getrandom", "uname", "sysinfo", "getrlimit", "ugetrlimit",
	"getrusage", "times",
};

static const char *const files[] = {
	"open", "openat", "creat", "access", "faccessat", "faccessat2", "readlink", "readlinkat", "getcwd",
	"unlink", "unlinkat", "rename", "renameat", "renameat2", "mkdir", "mkdirat", "rmdir",
	"getdents", "getdents64", "fsync", "fdatasync", "sync_file_range", "ftruncate", "ftruncate64", "fallocate",
	"fadvise64", "fadvise64_64", "flock", "fchmod", "fchown", "fchown32", "umask", "utimensat", "futimens",
	"statfs", "statfs64", "fstatfs", "fstatfs64", "copy_file_range", "sendfile", "sendfile64",
	"inotify_init", "inotify_init1", "inotify_add_watch", "inotify_rm_watch",
};

static const char *const network[] = { "socket", "connect", "bind" };
static const char *const accepting[] = { "accept", "accept4" };
static const char *const threads[] = { "clone" };

static const char *const hostile[] = {
	"execve", "execveat", "fork", "vfork", "ptrace", "process_vm_readv", "process_vm_writev", "process_madvise",
	"kill", "tkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo", "pidfd_open", "pidfd_getfd", "pidfd_send_signal",
	"mount", "umount", "umount2", "pivot_root", "chroot", "open_tree", "move_mount", "fsopen", "fsmount",
	"unshare", "setns", "personality", "seccomp", "bpf", "perf_event_open", "userfaultfd", "kcmp",
	"init_module", "finit_module", "delete_module", "kexec_load", "kexec_file_load", "reboot", "swapon", "swapoff",
	"setuid", "setgid", "setreuid", "setregid", "setresuid", "setresgid", "setgroups", "setfsuid", "setfsgid",
	"setuid32", "setgid32", "setreuid32", "setregid32", "setresuid32", "setresgid32", "setgroups32", "capset",
	"add_key", "request_key", "keyctl", "io_uring_setup", "listen", "settimeofday", "clock_settime",
	"sethostname", "setdomainname", "ioperm", "iopl", "modify_ldt", "quotactl", "acct", "syslog", "vhangup",
};

static const char *const refused[] = {
	"link", "linkat", "symlink", "symlinkat", "mknod", "mknodat", "chmod", "fchmodat", "chown", "lchown",
	"fchownat", "setxattr", "lsetxattr", "fsetxattr", "memfd_create",
};

#define MASKED(n, mask, value) { .arg = (n), .op = SCMP_CMP_MASKED_EQ, .datum_a = (mask), .datum_b = (value) }
#define EQUALS(n, value) { .arg = (n), .op = SCMP_CMP_EQ, .datum_a = (value) }

/* Calls whose arguments decide. What matches no row is ENOSYS. */
struct argument_rule {
	unsigned needs;          /* CONFINE_ bits; 0: every role */
	const char *name;
	bool refuse;             /* EPERM instead of allowing it */
	unsigned count;
	struct scmp_arg_cmp args[2];
};

enum {
	SOCKET_KIND = 0xf,       /* without SOCK_CLOEXEC and SOCK_NONBLOCK */
	SHARES_ALL = CLONE_THREAD | CLONE_VM | CLONE_SIGHAND,
	NEW_NAMESPACES = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER |
	                 CLONE_NEWPID | CLONE_NEWNET,
#ifdef __s390__
	CLONE_FLAGS_AT = 1,
#else
	CLONE_FLAGS_AT = 0,
#endif
	PRCTL_SET_VMA = 0x53564d41,  /* glibc names its arenas by it */
};

static const struct argument_rule argument_rules[] = {
	{ 0, "mmap",      false, 1, { MASKED(2, PROT_EXEC, 0) } },
	{ 0, "mmap",      true,  1, { MASKED(2, PROT_EXEC, PROT_EXEC) } },
	{ 0, "mmap2",     false, 1, { MASKED(2, PROT_EXEC, 0) } },
	{ 0, "mmap2",     true,  1, { MASKED(2, PROT_EXEC, PROT_EXEC) } },
	{ 0, "mprotect",  false, 1, { MASKED(2, PROT_EXEC, 0) } },
	{ 0, "mprotect",  true,  1, { MASKED(2, PROT_EXEC, PROT_EXEC) } },
	{ 0, "ioctl",     false, 1, { EQUALS(1, FIONREAD) } },
	{ 0, "ioctl",     false, 1, { EQUALS(1, FIONBIO) } },
	{ 0, "ioctl",     false, 1, { EQUALS(1, TCGETS) } },
	{ 0, "prctl",     false, 1, { EQUALS(0, PR_SET_NAME) } },
	{ 0, "prctl",     false, 1, { EQUALS(0, PRCTL_SET_VMA) } },
	{ 0, "prlimit64", false, 1, { EQUALS(2, 0) } },  /* reading only */
	{ CONFINE_NETWORK, "socket", false, 2, { EQUALS(0, AF_INET), MASKED(1, SOCKET_KIND, SOCK_STREAM) } },
	{ CONFINE_NETWORK, "socket", false, 2, { EQUALS(0, AF_INET), MASKED(1, SOCKET_KIND, SOCK_DGRAM) } },
	{ CONFINE_NETWORK, "socket", false, 2, { EQUALS(0, AF_INET6), MASKED(1, SOCKET_KIND, SOCK_STREAM) } },
	{ CONFINE_NETWORK, "socket", false, 2, { EQUALS(0, AF_INET6), MASKED(1, SOCKET_KIND, SOCK_DGRAM) } },
	{ CONFINE_THREADS, "clone", false, 1, { MASKED(CLONE_FLAGS_AT, SHARES_ALL | NEW_NAMESPACES, SHARES_ALL) } },
};

static bool has_argument_rule(const char *name)
{
	for (size_t i = 0; i < sizeof argument_rules / sizeof argument_rules[0]; i++)
		if (strcmp(argument_rules[i].name, name) == 0)
			return true;
	return false;
}

/* An architecture that lacks the call has nothing to decide. */
static int add_rule(scmp_filter_ctx filter, uint32_t action, const char *name, unsigned count,
                    const struct scmp_arg_cmp *args)
{
	int number = seccomp_syscall_resolve_name(name);

	if (number < 0)
		return 0;
	return seccomp_rule_add_array(filter, action, number, count, args);
}

static int add_names(scmp_filter_ctx filter, uint32_t action, const char *const *names, size_t count)
{
	int result = 0;

	for (size_t i = 0; i < count && result == 0; i++)
		result = add_rule(filter, action, names[i], 0, NULL);
	return result;
}

static int add_argument_rules(scmp_filter_ctx filter, unsigned may)
{
	int result = 0;

	for (size_t i = 0; i < sizeof argument_rules / sizeof argument_rules[0] && result == 0; i++) {
		const struct argument_rule *r = &argument_rules[i];
		if ((r->needs & may) == r->needs)
			result = add_rule(filter, r->refuse ? SCMP_ACT_ERRNO(EPERM) : SCMP_ACT_ALLOW, r->name, r->count,
			                  r->args);
	}
	return result;
}

static const struct {
	unsigned flag;
	const char *const *names;
	size_t count;
	uint32_t otherwise;
} grants[] = {
	{ CONFINE_FILES,   files,     sizeof files / sizeof files[0],         SCMP_ACT_ERRNO(EPERM) },
	{ CONFINE_NETWORK, network,   sizeof network / sizeof network[0],     SCMP_ACT_ERRNO(EPERM) },
	{ CONFINE_ACCEPT,  accepting, sizeof accepting / sizeof accepting[0], SCMP_ACT_ERRNO(EPERM) },
	{ CONFINE_THREADS, threads,   sizeof threads / sizeof threads[0],     SCMP_ACT_KILL_PROCESS },
};

/* A granted call whose arguments decide is left to its argument rules. */
static int add_grants(scmp_filter_ctx filter, unsigned may)
{
	int result = 0;

	for (size_t g = 0; g < sizeof grants / sizeof grants[0]; g++) {
		bool granted = may & grants[g].flag;
		for (size_t i = 0; i < grants[g].count && result == 0; i++) {
			const char *name = grants[g].names[i];
			if (!granted || !has_argument_rule(name))
				result = add_rule(filter, granted ? SCMP_ACT_ALLOW : grants[g].otherwise, name, 0, NULL);
		}
	}
	return result;
}

/* abort(3) and raise(3) come down to this; another's threads are none of our business. */
static int add_own_signals(scmp_filter_ctx filter)
{
	struct scmp_arg_cmp own = EQUALS(0, (scmp_datum_t)getpid());

	return add_rule(filter, SCMP_ACT_ALLOW, "tgkill", 1, &own);
}

static int build_filter(scmp_filter_ctx filter, unsigned may)
{
	int result = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);

	if (result == 0)
		result = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (result == 0)
		result = add_names(filter, SCMP_ACT_ALLOW, always, sizeof always / sizeof always[0]);
	if (result == 0)
		result = add_names(filter, SCMP_ACT_KILL_PROCESS, hostile, sizeof hostile / sizeof hostile[0]);
	if (result == 0)
		result = add_names(filter, SCMP_ACT_ERRNO(EPERM), refused, sizeof refused / sizeof refused[0]);
	if (result == 0)
		result = add_grants(filter, may);
	if (result == 0)
		result = add_argument_rules(filter, may);
	if (result == 0)
		result = add_own_signals(filter);
	return result;
}

static int filter_calls(unsigned may, struct fault *f)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));

	if (filter == NULL)
		return fault_set(f, FAULT_TEMPORARY, "4.3.0", "cannot confine this process: no seccomp filter");
	int result = build_filter(filter, may);
	if (result == 0)
		result = seccomp_load(filter);
	seccomp_release(filter);
	if (result < 0) {
		errno = -result;
		return failed(f, "seccomp");
	}
	return 0;
}

int confine(unsigned may, const struct confine_path *paths, size_t count, struct fault *f)
{
	tzset();  /* localtime_r(3), for the log, reads its file now or never */
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return failed(f, "no_new_privs");
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return failed(f, "not dumpable");
	if (landlock(may, paths, count, f) < 0)
		return -1;
	return filter_calls(may, f);
}

#endif
