/* SPDX-License-Identifier: ISC */
#include "relay/confine_calls.h"

#include <stddef.h>
#include <sys/syscall.h>

/* Beside mmap2(2), mmap(2) has its arguments in memory, which no filter reads. */
#ifdef SYS_mmap2
#define MMAP
#else
#define MMAP "mmap",
#endif

#define CALLS(...) ((const char *const[]){ __VA_ARGS__, NULL })

/*
 * What each role is seen to use when it is traced through the end-to-end
 * tests, and what its libraries turn to in rarer moments: memory that grows,
 * an error that is printed, abort(3).
 */
static const char *const *const lists[] = {
	[CALLS_OF_ALL] = CALLS("read", "write", "close", "poll", "ppoll", "ppoll_time64", "recvmsg", "sendmsg", "sendto", "send",
		"fcntl", "fcntl64",
		"readv", "writev",
		"fstat", "fstat64", "stat", "stat64", "lstat", "lstat64", "newfstatat", "fstatat64", "statx", "lseek", "_llseek",
		"clock_gettime", "clock_gettime64", "gettimeofday", "time",
		"nanosleep", "clock_nanosleep", "clock_nanosleep_time64", "restart_syscall",
		MMAP "mmap2", "mprotect", "munmap", "mremap", "brk", "madvise", "futex", "futex_time64",
		"getrandom", "getpid", "gettid", "getuid", "getuid32", "geteuid", "geteuid32",
		"rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigreturn", "exit", "exit_group",
		"ioctl", "prctl", "prlimit64", "getrlimit", "ugetrlimit", "sysinfo"),
	[CALLS_FILES] = CALLS("open", "openat", "creat", "access", "faccessat", "faccessat2", "readlink", "readlinkat", "getcwd",
		"unlink", "unlinkat", "rename", "renameat", "renameat2", "mkdir", "mkdirat", "rmdir",
		"getdents", "getdents64", "fsync", "fdatasync", "sync_file_range", "ftruncate", "ftruncate64", "fallocate",
		"fadvise64", "fadvise64_64", "flock", "fchmod", "fchown", "fchown32", "umask", "utimensat", "utimensat_time64",
		"statfs", "statfs64", "fstatfs", "fstatfs64", "copy_file_range", "sendfile", "sendfile64",
		"inotify_init", "inotify_init1", "inotify_add_watch", "inotify_rm_watch"),
	[CALLS_NETWORK] = CALLS("socket", "connect", "bind"),
	[CALLS_ACCEPT] = CALLS("accept", "accept4"),
	[CALLS_THREADS] = CALLS("clone"),
	[CALLS_COPIES] = CALLS("dup2", "dup3", "getppid"),
	[CALLS_HOSTILE] = CALLS("execve", "execveat", "fork", "vfork", "ptrace", "process_vm_readv", "process_vm_writev", "process_madvise",
		"kill", "tkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo", "pidfd_open", "pidfd_getfd", "pidfd_send_signal",
		"mount", "umount", "umount2", "pivot_root", "chroot", "open_tree", "move_mount", "fsopen", "fsmount",
		"unshare", "setns", "personality", "seccomp", "bpf", "perf_event_open", "userfaultfd", "kcmp",
		"init_module", "finit_module", "delete_module", "kexec_load", "kexec_file_load", "reboot", "swapon", "swapoff",
		"setuid", "setgid", "setreuid", "setregid", "setresuid", "setresgid", "setgroups", "setfsuid", "setfsgid",
		"setuid32", "setgid32", "setreuid32", "setregid32", "setresuid32", "setresgid32", "setgroups32", "capset",
		"add_key", "request_key", "keyctl", "io_uring_setup", "listen", "settimeofday", "clock_settime",
		"sethostname", "setdomainname", "ioperm", "iopl", "modify_ldt", "quotactl", "acct", "syslog", "vhangup"),
	[CALLS_REFUSED] = CALLS("link", "linkat", "symlink", "symlinkat", "mknod", "mknodat", "chmod", "fchmodat", "chown", "lchown",
		"fchownat", "setxattr", "lsetxattr", "fsetxattr", "memfd_create"),
};

static const char *const *const of_role[ROLE_COUNT] = {
	[ROLE_PICKUP] = CALLS("accept", "accept4", "recvfrom", "recv", "getsockopt", "shutdown", "open", "openat", "getdents",
		"getdents64", "unlink", "unlinkat", "rename", "renameat", "renameat2", "fsync", "utimensat", "utimensat_time64",
		"readlink", "readlinkat", "access", "faccessat", "faccessat2"),
	[ROLE_QUEUE] = CALLS("epoll_wait", "epoll_pwait", "epoll_ctl", "epoll_create1", "accept", "accept4", "recvfrom", "recv",
		"getsockopt", "pread64", "pwrite64", "open", "openat", "access", "faccessat", "faccessat2",
		"getcwd", "readlink", "readlinkat", "getdents", "getdents64", "unlink", "unlinkat", "rename",
		"renameat", "renameat2", "mkdir", "mkdirat", "fsync", "fdatasync", "ftruncate", "ftruncate64", "fallocate", "fchmod",
		"fchown", "fchown32", "utimensat", "utimensat_time64", "statfs", "statfs64", "fstatfs", "fstatfs64", "umask"),
	[ROLE_SIGNER] = CALLS("pread64", "mlock"),
	[ROLE_RESOLVER] = CALLS("clone", "set_robust_list", "rseq", "sched_yield", "sched_getaffinity", "membarrier", "sigaltstack",
		"epoll_create", "epoll_create1", "epoll_ctl", "epoll_wait", "epoll_pwait", "timerfd_create", "timerfd_settime",
		"timerfd_settime64", "eventfd2", "pipe", "pipe2", "socketpair", "select", "_newselect", "pselect6", "pselect6_time64",
		"socket", "connect", "bind", "getsockname", "getpeername", "getsockopt", "setsockopt", "shutdown", "sendmmsg",
		"recvfrom", "recv", "getgid", "getgid32", "getegid", "getegid32"),
	[ROLE_SMTP] = CALLS("socket", "connect", "bind", "getsockname", "getpeername", "getsockopt", "setsockopt", "shutdown",
		"recvfrom", "recv", "pread64", "dup", "mlock", "munlock", "open", "openat", "access", "faccessat",
		"faccessat2", "readlink", "readlinkat", "getdents", "getdents64"),
	[ROLE_SMTPD] = CALLS("accept", "accept4", "recvfrom", "recv", "getsockname", "getpeername", "setsockopt", "shutdown",
		"socketpair", "pread64", "pwrite64", "open", "openat", "unlink", "unlinkat"),
	[ROLE_ESMTP] = CALLS("pread64", "recvfrom", "recv", "select", "_newselect", "pselect6", "pselect6_time64", "uname", "dup"),
	[ROLE_BOUNCE] = CALLS("pread64"),
	[ROLE_LOCAL] = CALLS("pread64", "pwrite64", "open", "openat", "access", "faccessat", "faccessat2",
		"getdents", "getdents64", "unlink", "unlinkat", "rename", "renameat", "renameat2", "fsync", "ftruncate", "ftruncate64",
		"umask", "getppid"),
	/* What the resolver's library needs, and what that of sts does. */
	[ROLE_OAUTH] = CALLS("clone", "set_robust_list", "rseq", "sched_yield", "sched_getaffinity", "membarrier", "sigaltstack",
		"epoll_create", "epoll_create1", "epoll_ctl", "epoll_wait", "epoll_pwait", "timerfd_create", "timerfd_settime",
		"timerfd_settime64", "eventfd2", "pipe", "pipe2", "socketpair", "select", "_newselect", "pselect6", "pselect6_time64",
		"socket", "connect", "bind", "getsockname", "getpeername", "getsockopt", "setsockopt", "shutdown", "sendmmsg",
		"recvfrom", "recv", "getgid", "getgid32", "getegid", "getegid32", "uname"),
	[ROLE_STS] = CALLS("socket", "socketpair", "connect", "getsockname", "getpeername", "getsockopt", "setsockopt", "shutdown",
		"recvfrom", "recv", "pipe2", "eventfd2", "uname"),
};

const char *const *confine_calls(enum call_list list)
{
	return lists[list];
}

const char *const *confine_calls_of_role(enum role role)
{
	static const char *const none[] = { NULL };

	return of_role[role] ? of_role[role] : none;
}
