/* SPDX-License-Identifier: ISC */
/*
 * new_file - a file that is not there yet: whole or not at all, and synced.
 */
#ifndef BASE_NEW_FILE_H
#define BASE_NEW_FILE_H

#include "base/buf.h"

#include <sys/types.h>

enum new_file_step {
	NEW_FILE_MADE,
	NEW_FILE_PART,       /* the file that it is first written to: with EEXIST another is at it, or was killed */
	NEW_FILE_WRITE,
	NEW_FILE_NAME,       /* with EEXIST there is one of that name, a link included; it stays as it is */
	NEW_FILE_FOLDER,     /* it is there, but its folder could not be synced */
};

/* Where it failed, with errno. */
enum new_file_step new_file_make(const char *path, struct span bytes, mode_t mode);

/* The name that it is first written to, appended: left by a process that was killed meanwhile. */
void new_file_part(const char *path, struct buf *out);

#endif
