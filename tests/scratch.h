/* SPDX-License-Identifier: ISC */
/*
 * scratch - folders of a test's own below /tmp that are gone when the test has
 * ended, however it ended.
 */
#ifndef TESTS_SCRATCH_H
#define TESTS_SCRATCH_H

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SCRATCH_FD = 200 };    /* out of the way of tests that count descriptors or need certain ones */

/* Reads names until every process that holds the pipe is gone. Roles that die after the test may still write. */
static void scratch_be_remover(int names)
{
	static const char script[] = "while read -r name; do set -- \"$@\" \"$name\"; done; "
	                             "rm -rf \"$@\"; sleep 1; rm -rf \"$@\"";
	int null = open("/dev/null", O_WRONLY);

	setsid();
	dup2(names, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
	close_range(3, ~0U, 0);
	execl("/bin/sh", "sh", "-c", script, (char *)NULL);
	_exit(127);
}

/* It is nobody's child, so that no test has it to reap. */
static int scratch_start_remover(void)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	pid_t between = fork();
	if (between == 0) {
		if (fork() == 0)
			scratch_be_remover(ends[0]);
		_exit(0);
	}
	waitpid(between, NULL, 0);
	int fd = fcntl(ends[1], F_DUPFD_CLOEXEC, SCRATCH_FD);
	close(ends[0]);
	close(ends[1]);
	return fd;
}

/* As mkdtemp(3), and ends the test where there is none to be had. */
static void scratch_make(char *name)
{
	static int remover = -1;

	if (remover < 0)
		remover = scratch_start_remover();
	if (remover < 0 || mkdtemp(name) == NULL || write(remover, name, strlen(name)) < 0 || write(remover, "\n", 1) < 0) {
		perror(name);
		exit(1);
	}
}

#endif
