/* SPDX-License-Identifier: ISC */
/*
 * named_files - the files that pickup and queue read again whenever they change: /etc/passwd and those of the setting aliases.
 *
 * An editor replaces such a file, and Landlock grants a file, not its name: a role that may open the next file of that name may
 * open every file of the folder, and the folder is /etc. So signetd opens them, with the rights of the roles' user, and the role
 * keeps the descriptor until another file has that name.
 *
 * A role names a file by its number, so that it can ask for nothing else. It asks on a channel of its own and waits for the
 * answer: FILE with the number; back comes FILE with an errno, and with the descriptor where that is 0.
 */
#ifndef RELAY_NAMED_FILES_H
#define RELAY_NAMED_FILES_H

#include "base/conf/settings.h"

enum { NAMED_PASSWD, NAMED_ALIASES /* the first of them; the others follow */ };

/* Who asks more often within a second wants no files. named_files_open() does not: it then gives the last one, or EAGAIN. */
enum { NAMED_FILES_A_SECOND = 1000 };

/* NULL: there is no file of that number. */
const char *named_files_path(const struct settings *s, size_t number);

struct named_files;

/* ask: the channel's descriptor, taken over; -1: this process opens them itself. The settings are borrowed. */
struct named_files *named_files_new(const struct settings *s, int ask);
void named_files_free(struct named_files *n);

/* A descriptor for reading from the file's beginning, to be closed by the caller; -1 with errno. */
int named_files_open(struct named_files *n, size_t number);

/* The same, as the openers of relay/route/aliases.h and relay/pickup/login_name.h. */
int named_files_open_alias(void *context, size_t index);
int named_files_open_passwd(void *context);

#endif
