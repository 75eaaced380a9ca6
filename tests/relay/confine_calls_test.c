/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "relay/confine_calls.h"

#include <seccomp.h>

/*
 * Calls that do the same, of which the C libraries choose one by architecture, by their age and by the kernel's: found in the
 * sources of glibc (sysdeps/unix/sysv/linux) and musl (arch/ARCH/bits/syscall.h.in, src). Architectures that are young
 * (arm64, riscv64) have none of the old ones, and those of 32 bits have the ones with times of 64 bits besides.
 */
static const char *const same[][6] = {
	{ "open", "openat" },
	{ "access", "faccessat", "faccessat2" },
	{ "readlink", "readlinkat" },
	{ "unlink", "unlinkat" },
	{ "rename", "renameat", "renameat2" },
	{ "mkdir", "mkdirat" },
	{ "getdents", "getdents64" },
	{ "fstat", "fstat64", "newfstatat", "fstatat64", "statx" },
	{ "stat", "stat64", "newfstatat", "fstatat64", "statx" },
	{ "lstat", "lstat64", "newfstatat", "fstatat64", "statx" },
	{ "statfs", "statfs64" },
	{ "fstatfs", "fstatfs64" },
	{ "fchown", "fchown32" },
	{ "ftruncate", "ftruncate64" },
	{ "utimensat", "utimensat_time64" },
	{ "fcntl", "fcntl64" },
	{ "lseek", "_llseek" },
	{ "write", "writev" },               /* musl's stdio */
	{ "read", "readv" },
	{ "poll", "ppoll", "ppoll_time64" },
	{ "select", "_newselect", "pselect6", "pselect6_time64" },
	{ "epoll_wait", "epoll_pwait" },
	{ "futex", "futex_time64" },
	{ "clock_gettime", "clock_gettime64", "gettimeofday", "time" },
	{ "nanosleep", "clock_nanosleep", "clock_nanosleep_time64" },
	{ "timerfd_settime", "timerfd_settime64" },
	{ "getuid", "getuid32" },
	{ "geteuid", "geteuid32" },
	{ "getgid", "getgid32" },
	{ "getegid", "getegid32" },
	{ "getrlimit", "ugetrlimit", "prlimit64" },
	{ "rt_sigreturn", "sigreturn" },
	{ "pipe2" },                         /* pipe(2) is this where the call is missing */
	{ "dup2", "dup3" },
	{ "accept", "accept4" },
	{ "recvfrom", "recv" },
	{ "sendto", "send" },
};

/* Those that Debian has, and what is like them. */
static const struct {
	const char *name;
	uint32_t token;
} architectures[] = {
	{ "x86_64", SCMP_ARCH_X86_64 }, { "i386", SCMP_ARCH_X86 }, { "arm64", SCMP_ARCH_AARCH64 }, { "arm", SCMP_ARCH_ARM },
	{ "riscv64", SCMP_ARCH_RISCV64 }, { "s390x", SCMP_ARCH_S390X }, { "ppc64le", SCMP_ARCH_PPC64LE }, { "mips64le", SCMP_ARCH_MIPSEL64 },
};

static bool has(const char *const *names, const char *name)
{
	while (*names && strcmp(*names, name) != 0)
		names++;
	return *names != NULL;
}

/* libseccomp knows what architectures of its own lack as numbers far below; what no architecture has is an error. */
static bool is_call(const char *name)
{
	return seccomp_syscall_resolve_name(name) != __NR_SCMP_ERROR;
}

/* Also by socketcall(2). */
static bool is_call_of(uint32_t architecture, const char *name)
{
	int number = seccomp_syscall_resolve_name_arch(architecture, name);

	return number >= 0 || (number <= -100 && number > -300);
}

/* What a role may altogether; ends with NULL. */
static const char *const *all_of(enum role role)
{
	static const char *all[300];
	size_t count = 0;

	for (const char *const *n = confine_calls(CALLS_OF_ALL); *n; n++)
		all[count++] = *n;
	for (const char *const *n = confine_calls_of_role(role); *n; n++)
		all[count++] = *n;
	all[count] = NULL;
	return all;
}

static void names_of(const char *const *names, const char *what)
{
	int unknown = 0;

	for (; *names; names++)
		if (!is_call(*names)) {
			printf("# %s\n", *names);
			unknown++;
		}
	is_int(unknown, 0, "%s: each name is a system call's", what);
}

static bool role_has_calls(enum role role)
{
	return *confine_calls_of_role(role) != NULL;
}

/* A list that has one of them has all. */
static void all_or_none(const char *const *names, const char *what)
{
	int missing = 0;

	for (int row = 0; row < TAP_ROWS(same); row++) {
		bool any = false;
		for (int i = 0; i < 6 && same[row][i]; i++)
			any |= has(names, same[row][i]);
		for (int i = 0; i < 6 && same[row][i] && any; i++)
			if (!has(names, same[row][i])) {
				printf("# it has not %s\n", same[row][i]);
				missing++;
			}
	}
	is_int(missing, 0, "%s: of calls that do the same it has all or none", what);
}

/* An architecture has at least one of those that do the same. */
static void of_architectures(void)
{
	for (int a = 0; a < TAP_ROWS(architectures); a++) {
		int without = 0;
		for (int row = 0; row < TAP_ROWS(same); row++) {
			bool any = false;
			for (int i = 0; i < 6 && same[row][i]; i++)
				any |= is_call_of(architectures[a].token, same[row][i]);
			if (!any)
				printf("# nothing like %s\n", same[row][0]);
			without += !any;
		}
		is_int(without, 0, "%s can do all of this", architectures[a].name);
	}
}

/*
 * What a role may do and has only one call for is a call of each architecture: what is in no row of the table above.
 * The exceptions are old calls beside which the roles list the newer ones that took their place.
 */
static void single_calls(void)
{
	static const char *const old[] = { "mmap", "mmap2", "brk", "pipe", "epoll_create", "getrlimit", "ugetrlimit", "creat", "uname",
		"pread64", "pwrite64", "rmdir", "time", NULL };

	for (int a = 0; a < TAP_ROWS(architectures); a++) {
		int lacking = 0;
		for (enum role role = 0; role < ROLE_COUNT; role++)
			for (const char *const *n = all_of(role); *n; n++) {
				bool in_a_row = has(old, *n);
				for (int row = 0; row < TAP_ROWS(same) && !in_a_row; row++)
					for (int i = 0; i < 6 && same[row][i]; i++)
						in_a_row |= strcmp(same[row][i], *n) == 0;
				if (!in_a_row && !is_call_of(architectures[a].token, *n)) {
					printf("# %s has no %s\n", architectures[a].name, *n);
					lacking++;
				}
			}
		is_int(lacking, 0, "%s has every call that nothing else stands for", architectures[a].name);
	}
}

int main(void)
{
	int roles = 0;

	for (enum role role = 0; role < ROLE_COUNT; role++)
		roles += role_has_calls(role);
	tap_plan(CALL_LISTS + 1 + 2 * roles + 2 * TAP_ROWS(architectures));
	for (enum call_list list = 0; list < CALL_LISTS; list++)
		names_of(confine_calls(list), "a list");
	all_or_none(confine_calls(CALLS_OF_ALL), "every role");
	for (enum role role = 0; role < ROLE_COUNT; role++)
		if (role_has_calls(role)) {
			names_of(all_of(role), role_name(role));
			all_or_none(all_of(role), role_name(role));
		}
	of_architectures();
	single_calls();
	return tap_done();
}
