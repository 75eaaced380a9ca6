/* SPDX-License-Identifier: ISC */
/*
 * child - begins one role: fork, descriptors at the numbers of relay/role.h
 * and no others, an environment of a few names, privilege given up, execve of
 * LIBEXEC/NAME with the instance as its argument; a template gets TEMPLATE_NAME
 * (relay/template.h).
 */
#ifndef RELAY_SIGNETD_CHILD_H
#define RELAY_SIGNETD_CHILD_H

#include "relay/role.h"
#include "relay/signetd/run_as.h"

enum { CHILD_LOCK_FD = 9 };

struct child_plan {
	const struct settings *settings;
	const struct run_as *run_as;
	enum role role;
	uint64_t instance;
	int fds[ROLE_PLACES];    /* by place from ROLE_FD_PARENT on; -1 for none. They stay ours to close */
	int lock;              /* kept open by the child at CHILD_LOCK_FD, see spool_lock; -1 for none */
};

/* The pid, or -1 with a fault 4.3.0. */
pid_t child_start(const struct child_plan *plan, struct fault *f);

/* Every role's executable is there; else a fault 4.3.5 that names the missing one. */
int child_check(const struct settings *s, struct fault *f);

/* What a role is told before it starts: SETTINGS; keys and secrets are the caller's; then START. */
void child_tell_settings(struct channel *c, const struct settings *s);

#endif
