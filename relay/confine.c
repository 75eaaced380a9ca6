/* SPDX-License-Identifier: ISC */
#include "relay/confine.h"

#ifdef SANITIZE

bool confine_keeps_paths(void)
{
	return true;     /* what rests on it is to be looked at as well */
}

int confine(enum role role, unsigned may, const struct confine_path *paths, size_t count, struct fault *f)
{
	(void)role;
	(void)may;
	(void)paths;
	(void)count;
	(void)f;
	return 0;
}

int confine_copy(struct fault *f)
{
	(void)f;
	return 0;
}

#else

#include "base/log.h"
#include "relay/confine_calls.h"

#include <errno.h>
#include <fcntl.h>
#include <asm/sockios.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/net.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <signal.h>
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

static int confine_failed(struct fault *f, const char *what)
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
		return confine_failed(f, p->path);
	int result = fstat(rule.parent_fd, &st);
	if (result == 0 && !S_ISDIR(st.st_mode))
		rule.allowed_access &= FS_OF_A_FILE;
	if (result == 0)
		result = (int)syscall(SYS_landlock_add_rule, ruleset_fd, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
	if (result < 0)
		confine_failed(f, p->path);
	close(rule.parent_fd);
	return result;
}

static int allow_bind(int ruleset_fd, const struct ruleset *r, struct fault *f)
{
	struct net_port_rule rule = { .access = NET_BIND_TCP };

	if (!(r->network & NET_BIND_TCP))
		return 0;
	return syscall(SYS_landlock_add_rule, ruleset_fd, RULE_NET_PORT, &rule, 0) < 0 ? confine_failed(f, "a TCP rule") : 0;
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
		return confine_failed(f, "landlock_create_ruleset");
	int result = 0;
	for (size_t i = 0; i < count && result == 0; i++)
		result = allow_path(fd, &r, &paths[i], f);
	if (result == 0 && (may & CONFINE_BIND))
		result = allow_bind(fd, &r, f);
	if (result == 0 && syscall(SYS_landlock_restrict_self, fd, 0) < 0)
		result = confine_failed(f, "landlock_restrict_self");
	close(fd);
	return result;
}

/* ---- seccomp ---- */

#define MASKED(n, mask, value) { .arg = (n), .op = SCMP_CMP_MASKED_EQ, .datum_a = (mask), .datum_b = (value) }
#define DIFFERS(n, value) { .arg = (n), .op = SCMP_CMP_NE, .datum_a = (value) }
#define EQUALS(n, value) { .arg = (n), .op = SCMP_CMP_EQ, .datum_a = (value) }

/* Calls whose arguments decide. What matches no row is ENOSYS. */
struct argument_rule {
	unsigned needs;          /* CONFINE_ bits; 0: every role */
	const char *name;
	uint32_t action;
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

#define ALLOWED SCMP_ACT_ALLOW
#define REFUSED SCMP_ACT_ERRNO(EPERM)
#define KILLED SCMP_ACT_TRAP      /* by tell_call */

#define FCNTL(name) \
	{ 0, name, ALLOWED, 1, { EQUALS(1, F_DUPFD) } }, \
	{ 0, name, ALLOWED, 1, { EQUALS(1, F_DUPFD_CLOEXEC) } }, \
	{ 0, name, ALLOWED, 1, { EQUALS(1, F_GETFD) } }, \
	{ 0, name, ALLOWED, 1, { EQUALS(1, F_SETFD) } }, \
	{ 0, name, ALLOWED, 1, { EQUALS(1, F_GETFL) } }, \
	{ 0, name, ALLOWED, 2, { EQUALS(1, F_SETFL), MASKED(2, O_ASYNC, 0) } }, \
	{ 0, name, KILLED,  2, { EQUALS(1, F_SETFL), MASKED(2, O_ASYNC, O_ASYNC) } }, \
	{ 0, name, KILLED,  1, { EQUALS(1, F_SETOWN) } }, \
	{ 0, name, KILLED,  1, { EQUALS(1, F_SETOWN_EX) } }, \
	{ 0, name, KILLED,  1, { EQUALS(1, F_SETSIG) } }, \
	{ 0, name, KILLED,  1, { EQUALS(1, F_SETLEASE) } }, \
	{ 0, name, KILLED,  1, { EQUALS(1, F_NOTIFY) } }, \
	{ CONFINE_FILES, name, ALLOWED, 1, { EQUALS(1, F_GETLK) } }, \
	{ CONFINE_FILES, name, ALLOWED, 1, { EQUALS(1, F_SETLK) } }, \
	{ CONFINE_FILES, name, ALLOWED, 1, { EQUALS(1, F_SETLKW) } }, \
	{ CONFINE_FILES, name, ALLOWED, 1, { EQUALS(1, F_OFD_GETLK) } }, \
	{ CONFINE_FILES, name, ALLOWED, 1, { EQUALS(1, F_OFD_SETLK) } }

/* Signals that a descriptor sends go to whom its owner names: to any process of the user. */
static const struct argument_rule argument_rules[] = {
	{ 0, "mmap",      ALLOWED, 1, { MASKED(2, PROT_EXEC, 0) } },
	{ 0, "mmap",      REFUSED, 1, { MASKED(2, PROT_EXEC, PROT_EXEC) } },
	{ 0, "mmap2",     ALLOWED, 1, { MASKED(2, PROT_EXEC, 0) } },
	{ 0, "mmap2",     REFUSED, 1, { MASKED(2, PROT_EXEC, PROT_EXEC) } },
	{ 0, "mprotect",  ALLOWED, 1, { MASKED(2, PROT_EXEC, 0) } },
	{ 0, "mprotect",  REFUSED, 1, { MASKED(2, PROT_EXEC, PROT_EXEC) } },
	FCNTL("fcntl"),
	FCNTL("fcntl64"),
	{ 0, "ioctl",     ALLOWED, 1, { EQUALS(1, FIONREAD) } },
	{ 0, "ioctl",     ALLOWED, 1, { EQUALS(1, FIONBIO) } },
	{ 0, "ioctl",     ALLOWED, 1, { EQUALS(1, TCGETS) } },
	{ 0, "ioctl",     KILLED,  1, { EQUALS(1, FIOASYNC) } },
	{ 0, "ioctl",     KILLED,  1, { EQUALS(1, FIOSETOWN) } },
	{ 0, "ioctl",     KILLED,  1, { EQUALS(1, SIOCSPGRP) } },
	{ 0, "prctl",     ALLOWED, 1, { EQUALS(0, PR_SET_NAME) } },
	{ 0, "prctl",     ALLOWED, 1, { EQUALS(0, PRCTL_SET_VMA) } },
	{ 0, "prlimit64", ALLOWED, 1, { EQUALS(2, 0) } },  /* reading only */
	{ 0, "rt_sigaction", ALLOWED, 1, { DIFFERS(0, SIGSYS) } },
	{ 0, "rt_sigaction", REFUSED, 1, { EQUALS(0, SIGSYS) } },
	{ CONFINE_NETWORK, "socket", ALLOWED, 2, { EQUALS(0, AF_INET), MASKED(1, SOCKET_KIND, SOCK_STREAM) } },
	{ CONFINE_NETWORK, "socket", ALLOWED, 2, { EQUALS(0, AF_INET), MASKED(1, SOCKET_KIND, SOCK_DGRAM) } },
	{ CONFINE_NETWORK, "socket", ALLOWED, 2, { EQUALS(0, AF_INET6), MASKED(1, SOCKET_KIND, SOCK_STREAM) } },
	{ CONFINE_NETWORK, "socket", ALLOWED, 2, { EQUALS(0, AF_INET6), MASKED(1, SOCKET_KIND, SOCK_DGRAM) } },
	{ CONFINE_COPIES, "clone", ALLOWED, 1, { EQUALS(CLONE_FLAGS_AT, CONFINE_COPY_FLAGS) } },
	{ CONFINE_COPIES, "clone", KILLED,  1, { DIFFERS(CLONE_FLAGS_AT, CONFINE_COPY_FLAGS) } },
	{ CONFINE_COPIES, "prctl", ALLOWED, 1, { EQUALS(0, PR_SET_PDEATHSIG) } },
	{ CONFINE_COPIES, "prctl", ALLOWED, 1, { EQUALS(0, PR_SET_SECCOMP) } },
	{ CONFINE_THREADS, "clone", ALLOWED, 1, { MASKED(CLONE_FLAGS_AT, SHARES_ALL | NEW_NAMESPACES, SHARES_ALL) } },
};

static bool has_argument_rule(const char *name)
{
	for (size_t i = 0; i < sizeof argument_rules / sizeof argument_rules[0]; i++)
		if (strcmp(argument_rules[i].name, name) == 0)
			return true;
	return false;
}

/* ---- a call that ends the process ---- */

/* Calls that some argument makes hostile, besides those that always are. */
static const char *const hostile_by_argument[] = { "clone", "fcntl", "fcntl64", "ioctl", "prctl", "socketcall", NULL };

enum { NAMED_MAX = 200 };

/* By number, resolved before confinement: libseccomp allocates memory for a name. */
static struct {
	int number;
	const char *name;
} named_calls[NAMED_MAX];

static size_t named_count;

static void name_calls(const char *const *names)
{
	for (size_t i = 0; names[i] && named_count < NAMED_MAX; i++) {
		named_calls[named_count].number = seccomp_syscall_resolve_name(names[i]);
		named_calls[named_count++].name = names[i];
	}
}

/*
 * SIGSYS: the call was not made. The line is written, and then the process ends as if it had been killed at once: the
 * same call once more, while its signal is blocked by this handler. The call may have been made within malloc(3) or
 * fork(3), so nothing here allocates (base/log.h).
 */
static void tell_call(int signal, siginfo_t *info, void *context)
{
	const char *name = "unknown";

	(void)signal;
	(void)context;
	for (size_t i = 0; i < named_count; i++)
		if (named_calls[i].number == info->si_syscall)
			name = named_calls[i].name;
	log_line(LOG_LEVEL_ERROR, "this process made the system call %d (%s), which is forbidden to it, and is ended: either it has been "
	         "taken over by something that it read, or the C library of this system works in a way that Signet does not know; "
	         "report this line, with the lines before it", info->si_syscall, name);
	for (;;)
		syscall(SYS_ptrace, -1L, 0, NULL, NULL);
}

static int catch_calls(void)
{
	struct sigaction action = { .sa_sigaction = tell_call, .sa_flags = SA_SIGINFO };

	named_count = 0;
	name_calls(confine_calls(CALLS_HOSTILE));
	name_calls(hostile_by_argument);
	sigfillset(&action.sa_mask);
	return sigaction(SIGSYS, &action, NULL);
}

/* ---- the filter ---- */

/* libseccomp's numbers for what socketcall(2) and ipc(2) do; its rules for them are also those of the calls of these names. */
enum { MULTIPLEXED_FIRST = -299, MULTIPLEXED_LAST = -100 };

/* An architecture that lacks the call has nothing to decide. */
static int add_rule(scmp_filter_ctx filter, uint32_t action, const char *name, unsigned count,
                    const struct scmp_arg_cmp *args)
{
	int number = seccomp_syscall_resolve_name(name);

	if (number < 0 && (number < MULTIPLEXED_FIRST || number > MULTIPLEXED_LAST))
		return 0;
	return seccomp_rule_add_array(filter, action, number, count, args);
}

static int add_names(scmp_filter_ctx filter, uint32_t action, const char *const *names)
{
	int result = 0;

	for (size_t i = 0; names[i] && result == 0; i++)
		if (action != SCMP_ACT_ALLOW || !has_argument_rule(names[i]))
			result = add_rule(filter, action, names[i], 0, NULL);
	return result;
}

static const struct {
	unsigned flag;
	enum call_list list;
	uint32_t otherwise;
} grants[] = {
	{ CONFINE_FILES,   CALLS_FILES,   SCMP_ACT_ERRNO(EPERM) },
	{ CONFINE_NETWORK, CALLS_NETWORK, SCMP_ACT_ERRNO(EPERM) },
	{ CONFINE_ACCEPT,  CALLS_ACCEPT,  SCMP_ACT_ERRNO(EPERM) },
	{ CONFINE_THREADS, CALLS_THREADS, KILLED },
};

static bool is_among(const char *const *names, const char *name)
{
	while (*names && strcmp(*names, name) != 0)
		names++;
	return *names != NULL;
}

/* What a flag stands for is granted only with it, whatever the role's list says. */
static bool is_granted(unsigned may, const char *name)
{
	for (size_t g = 0; g < sizeof grants / sizeof grants[0]; g++)
		if (!(may & grants[g].flag) && is_among(confine_calls(grants[g].list), name))
			return false;
	return true;
}

/* A granted call whose arguments decide is left to its argument rules. */
static int add_role(scmp_filter_ctx filter, enum role role, unsigned may)
{
	const char *const *own = confine_calls_of_role(role);
	int result = add_names(filter, SCMP_ACT_ALLOW, confine_calls(CALLS_OF_ALL));

	if (result == 0 && (may & CONFINE_COPIES))
		result = add_names(filter, SCMP_ACT_ALLOW, confine_calls(CALLS_COPIES));
	for (size_t i = 0; own[i] && result == 0; i++)
		if (is_granted(may, own[i]))
			result = add_names(filter, SCMP_ACT_ALLOW, (const char *const[]){ own[i], NULL });
	return result;
}

/* By rules that this role has been given. */
static bool is_decided_by_arguments(unsigned may, const char *name)
{
	for (size_t i = 0; i < sizeof argument_rules / sizeof argument_rules[0]; i++)
		if ((argument_rules[i].needs & may) && strcmp(argument_rules[i].name, name) == 0)
			return true;
	return false;
}

/* What an honest library may try and this role has not. */
static int add_refusals(scmp_filter_ctx filter, enum role role, unsigned may)
{
	int result = 0;

	for (size_t g = 0; g < sizeof grants / sizeof grants[0]; g++) {
		const char *const *names = confine_calls(grants[g].list);
		for (size_t i = 0; names[i] && result == 0; i++) {
			bool has = (may & grants[g].flag) && is_among(confine_calls_of_role(role), names[i]);
			if (!has && !is_decided_by_arguments(may, names[i]) && !is_among(confine_calls(CALLS_OF_ALL), names[i]))
				result = add_rule(filter, grants[g].otherwise, names[i], 0, NULL);
		}
	}
	return result;
}

static int add_argument_rules(scmp_filter_ctx filter, enum role role, unsigned may)
{
	int result = 0;

	for (size_t i = 0; i < sizeof argument_rules / sizeof argument_rules[0] && result == 0; i++) {
		const struct argument_rule *r = &argument_rules[i];
		bool has = r->needs == CONFINE_COPIES || is_among(confine_calls_of_role(role), r->name) ||
		           is_among(confine_calls(CALLS_OF_ALL), r->name);
		if (has && (r->needs & may) == r->needs)
			result = add_rule(filter, r->action, r->name, r->count, r->args);
	}
	return result;
}

/* abort(3) and raise(3) come down to this; another's threads are none of our business. Copies see to it themselves. */
static int add_own_signals(scmp_filter_ctx filter, unsigned may)
{
	struct scmp_arg_cmp own = EQUALS(0, (scmp_datum_t)getpid());

	if (may & CONFINE_COPIES)
		return add_rule(filter, SCMP_ACT_ALLOW, "tgkill", 0, NULL);
	return add_rule(filter, SCMP_ACT_ALLOW, "tgkill", 1, &own);
}

static int build_filter(scmp_filter_ctx filter, enum role role, unsigned may)
{
	int result = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);

	if (result == 0)
		result = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (result == 0)
		result = add_role(filter, role, may);
	if (result == 0)
		result = add_names(filter, KILLED, confine_calls(CALLS_HOSTILE));
	if (result == 0)
		result = add_names(filter, SCMP_ACT_ERRNO(EPERM), confine_calls(CALLS_REFUSED));
	if (result == 0)
		result = add_refusals(filter, role, may);
	if (result == 0)
		result = add_argument_rules(filter, role, may);
	if (result == 0)
		result = add_own_signals(filter, may);
	return result;
}

/* ---- filters by hand ---- */

/* The low half of an argument; its high half is zero in what is looked for here. */
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define ARGUMENT(n) (offsetof(struct seccomp_data, args[n]) + sizeof(uint32_t))
#else
#define ARGUMENT(n) offsetof(struct seccomp_data, args[n])
#endif

#define LOAD(at) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(at))
#define IF(value, then, otherwise) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(value), then, otherwise)
#define VERDICT(what) BPF_STMT(BPF_RET | BPF_K, (uint32_t)(what))

#ifdef SYS_socketcall
/*
 * Where the C library asks for sockets by socketcall(2), as on i386, a filter sees which of its calls is meant, but not
 * the family. So socket(2) is not to be had by it, and roles and their libraries get the one below, which is a call
 * of its own. Loaded first: of two verdicts the kernel takes the harsher. esmtp has a socket(2) of its own.
 */
static int refuse_socketcall(void)
{
	struct sock_filter calls[] = {
		LOAD(offsetof(struct seccomp_data, nr)),
		IF(SYS_socketcall, 0, 2),
		LOAD(ARGUMENT(0)),
		IF(SYS_SOCKET, 1, 0),
		VERDICT(SECCOMP_RET_ALLOW),
		VERDICT(SECCOMP_RET_ERRNO | EPERM),
	};
	struct sock_fprog program = { .len = sizeof calls / sizeof calls[0], .filter = calls };

	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) < 0 ? -errno : 0;
}

__attribute__((weak))
int socket(int family, int type, int protocol)
{
	return (int)syscall(SYS_socket, family, type, protocol);
}
#else
static int refuse_socketcall(void)
{
	return 0;
}
#endif

static int filter_calls(enum role role, unsigned may, struct fault *f)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));

	if (filter == NULL)
		return fault_set(f, FAULT_TEMPORARY, "4.3.0", "cannot confine this process: no seccomp filter");
	int result = build_filter(filter, role, may);
	if (result == 0)
		result = refuse_socketcall();
	if (result == 0)
		result = seccomp_load(filter);
	seccomp_release(filter);
	if (result < 0) {
		errno = -result;
		return confine_failed(f, "seccomp");
	}
	return 0;
}

int confine(enum role role, unsigned may, const struct confine_path *paths, size_t count, struct fault *f)
{
	tzset();  /* localtime_r(3), for the log, reads its file now or never */
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return confine_failed(f, "no_new_privs");
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return confine_failed(f, "not dumpable");
	if (catch_calls() < 0)
		return confine_failed(f, "SIGSYS");
	if (landlock(may, paths, count, f) < 0)
		return -1;
	return filter_calls(role, may, f);
}

/* ---- a copy ---- */

/*
 * A second filter, upon the template's: of two verdicts the kernel takes the harsher. Written by hand, for
 * libseccomp takes longer than the rest of a copy's beginning.
 */
int confine_copy(struct fault *f)
{
	struct sock_filter calls[] = {
		LOAD(offsetof(struct seccomp_data, nr)),
		IF(SYS_clone, 8, 0),
		IF(SYS_prctl, 0, 3),
		LOAD(ARGUMENT(0)),
		IF(PR_SET_PDEATHSIG, 5, 0),
		IF(PR_SET_SECCOMP, 4, 3),
		IF(SYS_tgkill, 0, 2),
		LOAD(ARGUMENT(0)),
		IF(getpid(), 0, 2),
		VERDICT(SECCOMP_RET_ALLOW),
		VERDICT(SECCOMP_RET_TRAP),
		VERDICT(SECCOMP_RET_ERRNO | ENOSYS),
	};
	struct sock_fprog program = { .len = sizeof calls / sizeof calls[0], .filter = calls };

	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) < 0)
		return confine_failed(f, "seccomp of a copy");
	return 0;
}

#endif
