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

/*
 * "credential:NAME" is the file of that name in the folder of systemd's
 * credentials ($CREDENTIALS_DIRECTORY). Appends the whole file to out: a regular file (symbolic links are followed)
 * of ours or root's with no permission for group and others, at most max
 * bytes. On -1 a fault 4.3.5 that names the path, and out is as it was.
 */
int secret_read(const char *path, size_t max, struct buf *out, struct fault *f);

/* Overwrites what b holds and frees it. */
void secret_free(struct buf *b);

#endif
