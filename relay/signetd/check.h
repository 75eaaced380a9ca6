/* SPDX-License-Identifier: ISC */
/*
 * check - a separate process checks the new configuration before a reload: the
 * program that would be executed, with --check, so that an upgraded binary
 * checks for itself and nothing it meets can harm this one.
 * What it says on stderr is logged line by line.
 */
#ifndef RELAY_SIGNETD_CHECK_H
#define RELAY_SIGNETD_CHECK_H

#include "base/buf.h"
#include "base/fault.h"

#include <stdint.h>
#include <sys/types.h>

struct check {
	pid_t pid;              /* 0: none runs */
	int fd;                 /* its stderr */
	struct buf said;
	int64_t deadline_ms;
	bool again;             /* asked once more while one ran */
	char *const *argv;
};

#define CHECK_NONE ((struct check){ .fd = -1 })

/* While one runs, another is begun after it. */
int check_begin(struct check *c, char *const *argv, struct fault *f);
int check_fd(const struct check *c);
int64_t check_deadline_ms(const struct check *c);
void check_hear(struct check *c);
void check_enforce(struct check *c);       /* kills one that takes too long */
bool check_is(const struct check *c, pid_t pid);

/* It was reaped: 0 nothing is wrong, -1 something is, 1 another check has begun instead. */
int check_reap(struct check *c, int status);
void check_cancel(struct check *c);

#endif
