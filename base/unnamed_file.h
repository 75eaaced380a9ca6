/* SPDX-License-Identifier: ISC */
/*
 * unnamed_file - a temporary file that has no name: nobody else can open it,
 * and it is gone with its last descriptor, however the program ends.
 *
 * By O_TMPFILE; where the file system does not know that, by a file whose
 * name is removed at once.
 */
#ifndef BASE_UNNAMED_FILE_H
#define BASE_UNNAMED_FILE_H

#include <stdbool.h>

/* A descriptor to read and write, closed by exec. -1 with errno. */
int unnamed_file_in(const char *folder);

/*
 * The same wherever there is room for one: in $TMPDIR (which a set-id program
 * does not heed), /var/tmp or /tmp; else in memory, which is told.
 */
int unnamed_file(bool *in_memory);
int unnamed_file_in_memory(void);

#endif
