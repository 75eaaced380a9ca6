/* SPDX-License-Identifier: ISC */
/*
 * secret_command - a secret that a command prints: a pass phrase, a password,
 * an access token.
 *
 * It is run by /bin/sh -c as whoever runs this, with no input, in a process
 * group of its own; its stderr is ours. It must exit 0 and print something
 * within its time, and at most so many bytes; the first line is the secret,
 * without its end. One that is late or prints too much is killed with what it
 * started. Every fault is 4.3.5, and none shows the command: it may hold a
 * secret itself, and the users whose mail waits for it see the fault.
 */
#ifndef BASE_SECRET_COMMAND_H
#define BASE_SECRET_COMMAND_H

#include "base/buf.h"
#include "base/fault.h"

#include <stdint.h>
#include <sys/types.h>

enum { SECRET_COMMAND_MS = 30 * 1000 };

/* Appends it to out, waiting. On -1 out is as it was. */
int secret_from_command(const char *command, size_t max, struct buf *out, struct fault *f);
int secret_from_command_within(const char *command, size_t max, int64_t patience_ms, struct buf *out, struct fault *f);

/*
 * The same for a process that waits for other things too, and reaps its own children.
 * Zeroed but for fd = -1, none runs.
 */
struct secret_command {
	pid_t pid;                /* 0: none runs */
	int fd;                   /* to be read when it is readable; -1 once it is at its end */
	size_t max;
	int64_t deadline_ms;      /* boot time */
	struct buf text;
	const char *trouble;      /* NULL, or why it was killed */
};

int secret_command_begin(struct secret_command *c, const char *command, size_t max, int64_t patience_ms,
                         struct fault *f);
void secret_command_hear(struct secret_command *c);      /* reads what is there */
void secret_command_enforce(struct secret_command *c);   /* kills it when its time is over */

/* It was reaped, with that status of wait(2): as secret_from_command. Nothing runs afterwards. */
int secret_command_end(struct secret_command *c, int status, struct buf *out, struct fault *f);

/* Kills and reaps one that runs. */
void secret_command_cancel(struct secret_command *c);

#endif
