/* SPDX-License-Identifier: ISC */
/*
 * role_start - starts a role's real executable from a test, as signetd does:
 * its channels at the fixed descriptors, settings and START sent.
 */
#ifndef TESTS_RELAY_ROLE_START_H
#define TESTS_RELAY_ROLE_START_H

#include "tests/relay/copy_order.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

struct started_role {
	pid_t pid;
	pid_t template;        /* 0: it is none's copy */
	struct channel *parent, *queue;
};

/* False, with a TAP skip printed, when the program has not been built. */
static bool role_program(const char *name, char *path, size_t size)
{
	const char *build = getenv("BUILD");

	snprintf(path, size, "%s/libexec/signet/%s", build ? build : "build", name);
	if (access(path, X_OK) == 0)
		return true;
	printf("1..0 # SKIP %s has not been built\n", path);
	return false;
}

__attribute__((noreturn))
static void role_execute(const char *path, int parent, int queue)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	parent = fcntl(parent, F_DUPFD, 10);
	queue = fcntl(queue, F_DUPFD, 10);
	dup2(parent, ROLE_FD_PARENT);
	dup2(queue, ROLE_FD_QUEUE);
	close_range(ROLE_FD_QUEUE + 1, ~0u, 0);
	execl(path, path, "1", (char *)NULL);
	_exit(127);
}

static void role_make_channels(int parent[2], int queue[2])
{
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, parent) < 0 ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, queue) < 0)
		exit(1);
	fflush(NULL);     /* a fork follows */
}

/* Settings sent, START not yet: keys and secrets come between. */
static struct started_role role_begin_start(const char *path, const struct settings *s)
{
	struct started_role r = { 0 };
	struct buf packed = { 0 };
	int parent[2], queue[2];

	role_make_channels(parent, queue);
	r.pid = fork();
	if (r.pid == 0)
		role_execute(path, parent[1], queue[1]);
	close(parent[1]);
	close(queue[1]);
	r.parent = channel_new(parent[0]);
	r.queue = channel_new(queue[0]);
	settings_pack(s, &packed);
	channel_send(r.parent, FRAME_SETTINGS, buf_span(&packed), -1);
	buf_free(&packed);
	return r;
}

__attribute__((unused))
static struct started_role role_start_program(const char *path, const struct settings *s)
{
	struct started_role r = role_begin_start(path, s);

	channel_send(r.parent, FRAME_START, SPAN(""), -1);
	return r;
}

/* A copy of a template that makes this one alone. */
__attribute__((unused))
static struct started_role role_start_copy(const char *path, enum role role, const struct settings *s)
{
	struct started_role r = { 0 };
	struct buf packed = { 0 };
	int parent[2], queue[2];

	role_make_channels(parent, queue);
	r.template = fork();
	if (r.template == 0)
		copy_execute_template(path, parent[1]);
	close(parent[1]);
	r.parent = channel_new(parent[0]);
	settings_pack(s, &packed);
	channel_put(r.parent, FRAME_SETTINGS, buf_span(&packed), -1);
	channel_put(r.parent, FRAME_START, SPAN(""), -1);
	buf_free(&packed);
	r.pid = copy_order(r.parent, role, (int[ROLE_PLACES]){ -1, queue[1], -1, -1 });
	close(queue[1]);
	r.queue = channel_new(queue[0]);
	return r;
}

/* Waits for its end: the exit code, or 1000 and the signal. Closing the parent's channel is what ends most roles. */
static int role_wait(struct started_role *r)
{
	int status = 0;

	waitpid(r->pid, &status, 0);
	channel_free(r->parent);
	if (r->template > 0)
		waitpid(r->template, NULL, 0);
	channel_free(r->queue);
	*r = (struct started_role){ 0 };
	return WIFSIGNALED(status) ? 1000 + WTERMSIG(status) : WEXITSTATUS(status);
}

#endif
