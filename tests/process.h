/* SPDX-License-Identifier: ISC */
/*
 * process - signals to the processes that a test has begun.
 */
#ifndef TESTS_PROCESS_H
#define TESTS_PROCESS_H

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/types.h>

/* kill(2). A process that could not be begun has the pid 0 or -1, by which kill means every process it can reach. */
static inline int process_signal(pid_t pid, int signal)
{
	if (pid > 1)
		return kill(pid, signal);
	fprintf(stderr, "# there is no process to send signal %d to\n", signal);
	errno = ESRCH;
	return -1;
}

#endif
