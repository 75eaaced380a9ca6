/* SPDX-License-Identifier: ISC */
/*
 * copy_order - from a test: a template's executable, and a copy of it, as signetd has them (relay/template.h).
 */
#ifndef TESTS_RELAY_COPY_ORDER_H
#define TESTS_RELAY_COPY_ORDER_H

#include "base/io.h"
#include "relay/template.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* In a fresh child: its channel at its place, the other places kept free. */
__attribute__((noreturn))
static inline void copy_execute_template(const char *path, int parent)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	char name[] = TEMPLATE_NAME;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	parent = fcntl(parent, F_DUPFD_CLOEXEC, 40);
	null = fcntl(null, F_DUPFD_CLOEXEC, 40);
	dup2(parent, ROLE_FD_PARENT);
	for (int fd = ROLE_FD_PARENT + 1; fd < ROLE_FD_END; fd++)
		dup2(null, fd);
	close_range(ROLE_FD_END, ~0u, 0);
	setenv("LD_BIND_NOW", "1", 1);     /* relay/signetd/child.c */
	execl(path, path, name, (char *)NULL);
	_exit(127);
}

/* fds by place from ROLE_FD_PARENT on, -1 for none; they stay the caller's. The copy's process, or -1. */
static inline pid_t copy_order(struct channel *template, enum role role, const int fds[ROLE_PLACES])
{
	struct peer copy = { role, 1 };
	struct cloned cloned = { 0 };
	struct buf payload = { 0 };
	struct frame frame = { .fd = -1 };

	for (int i = 0; i < ROLE_PLACES; i++) {
		char place = (char)(ROLE_FD_PARENT + i);
		if (fds[i] >= 0)
			channel_put(template, FRAME_PLACE, (struct span){ &place, 1 }, fcntl(fds[i], F_DUPFD_CLOEXEC, 0));
	}
	peer_encode(&copy, &payload);
	channel_send(template, FRAME_CLONE, buf_span(&payload), -1);
	buf_free(&payload);
	bool answered = channel_receive(template, &frame, IO_FOREVER) == 1 && frame.type == FRAME_CLONED &&
	                cloned_decode(frame.payload, &cloned) == 0 && cloned.instance == 1 && cloned.pid > 0;
	return answered ? (pid_t)cloned.pid : -1;
}

#endif
