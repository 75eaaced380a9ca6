/* SPDX-License-Identifier: ISC */
/*
 * confine - a role says what it may still do; the rest is given up permanently.
 *
 * Landlock takes away paths and TCP, seccomp the system calls; both after
 * no_new_privs. A kernel without Landlock is logged once and seccomp alone
 * holds. In a sanitizer build this does nothing (they need calls of their own).
 *
 * What happens to a call that was not granted:
 *   - hostile ones (execve, fork, ptrace, kill, mount, setuid, a descriptor made
 *     to send signals …) end the process by SIGSYS, and its last line in the log
 *     says which call it was;
 *   - ones an honest library may try (open, socket, accept …) fail with EPERM,
 *     or EACCES below Landlock;
 *   - executable memory is EPERM, so nothing can be dlopen'ed any more: what
 *     a library loads or reads late must be used once before;
 *   - all others are ENOSYS, as on an older kernel, for which libc has a plan.
 * Each role has a list of the calls that it is seen to use. All may use the
 * descriptors they hold, their memory, the clocks and randomness, and fstat(2).
 * The flags below say what else a role may do.
 *
 * Call it before threads start: Landlock holds for the calling thread and
 * those it makes. Memory stops being readable by other processes of the same
 * user, and no core is dumped. The log goes on over the socket it has open
 * (base/log_socket.h).
 */
#ifndef RELAY_CONFINE_H
#define RELAY_CONFINE_H

#include "base/fault.h"
#include "relay/protocol.h"

#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

enum {
	CONFINE_NETWORK = 1,     /* socket(2) for TCP and UDP, connect, and what name look-ups need */
	CONFINE_FILES = 2,       /* open and friends, below the given paths only */
	CONFINE_ACCEPT = 4,      /* accept on a listening descriptor it holds */
	CONFINE_THREADS = 8,     /* clone for threads */
	CONFINE_BIND = 16,       /* with CONFINE_NETWORK: bind TCP to an address of this host, at a port of the kernel's */
	CONFINE_COPIES = 32,     /* clone with CONFINE_COPY_FLAGS alone, and what such a copy needs to begin (relay/template.h) */
};

/* The copy is a child of the parent's. */
enum { CONFINE_COPY_FLAGS = CLONE_PARENT | SIGCHLD };

struct confine_path {
	const char *path;        /* must exist */
	bool write;              /* also create, rename, unlink */
};

/* Files but those below the paths will be closed: this kernel has Landlock. */
bool confine_keeps_paths(void);

/* 0, or -1 with a fault: a role must not go on unconfined. */
int confine(enum role role, unsigned may, const struct confine_path *paths, size_t count, struct fault *f);

/* In a copy: takes away clone(2), both prctl(2)s and signals to others, which CONFINE_COPIES gave the template. 0, or -1 with a fault. */
int confine_copy(struct fault *f);

#endif
