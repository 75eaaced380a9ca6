/*
 * secret - reads a file that nobody else may read: a signing key, a password;
 * or what a command prints.
 *
 * A secret that others can read is refused, with the command that mends it:
 * using it anyway would leave it so for good.
 */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include "base/buf.h"
#include "base/fault.h"

#include <stdint.h>

/*
 * "credential:NAME" is the file of that name in the folder of systemd's
 * credentials ($CREDENTIALS_DIRECTORY). Appends the whole file to out: a regular file (symbolic links are followed)
 * of ours or root's with no permission for group and others, at most max
 * bytes. On -1 a fault 4.3.5 that names the path, and out is as it was.
 */
int secret_read(const char *path, size_t max, struct buf *out, struct fault *f);

/*
 * Appends the first line that /bin/sh -c command prints, without its end; at
 * most max bytes in all. It gets no input, has SECRET_COMMAND_MS to end, and
 * must exit 0 and print something; on -1 a fault 4.3.5 that names it, and out
 * is as it was. One that is late is killed with what it started.
 */
enum { SECRET_COMMAND_MS = 30 * 1000 };
int secret_from_command(const char *command, size_t max, struct buf *out, struct fault *f);
int secret_from_command_within(const char *command, size_t max, int64_t patience_ms, struct buf *out, struct fault *f);

/* Overwrites what b holds and frees it. */
void secret_free(struct buf *b);

#endif
