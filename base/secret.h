/* SPDX-License-Identifier: ISC */
/*
 * secret - reads a file that nobody else may read: a signing key, a password.
 * What a command prints instead: base/secret_command.h.
 *
 * A secret that others can read is refused, with the command that fixes it:
 * using it anyway would leave it so permanently.
 */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include "base/buf.h"
#include "base/fault.h"

#define SECRET_CREDENTIAL "credential:"   /* a file of systemd's, in $CREDENTIALS_DIRECTORY */
#define SECRET_ENVIRONMENT "environment:" /* the value of an environment variable */

/*
 * "credential:NAME" is the file of that name in the folder of systemd's
 * credentials ($CREDENTIALS_DIRECTORY), "environment:NAME" no file at all. Appends the whole file to out: a regular file (symbolic links are followed)
 * of ours or root's with no permission for group and others, at most max
 * bytes. On -1 a fault 4.3.5 that names the path, and out is as it was.
 */
int secret_read(const char *path, size_t max, struct buf *out, struct fault *f);

/*
 * The same in a container, whose walls keep others out, and where secrets are mounted as somebody else has it: a file that
 * is not our own is taken whoever can read it, if its owner alone can write it.
 */
int secret_read_in_container(const char *path, size_t max, struct buf *out, struct fault *f);

/* Overwrites what b holds and frees it. */
void secret_free(struct buf *b);

#endif
