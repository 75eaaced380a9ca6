/* SPDX-License-Identifier: ISC */
/*
 * spool - the folders signetd works in: made with the right owner and modes,
 * and the lock that keeps a second signetd out.
 */
#ifndef RELAY_SIGNETD_SPOOL_H
#define RELAY_SIGNETD_SPOOL_H

#include "relay/signetd/run_as.h"

/*
 * SPOOL (0711: callers pass through it to the drop folder), SPOOL/body and
 * SPOOL/body/new (0700) and the drop folder (1770, its group drop_group) are made
 * if they are missing, and get that owner and mode if they exist. The folders of
 * the sockets (0755) are made if they are missing, and otherwise left alone. A
 * symbolic link in place of a folder is refused.
 */
int spool_prepare(const struct settings *s, const struct run_as *o, struct fault *f);

/*
 * The descriptor that holds SPOOL/lock, with our pid in it; -1 with a fault
 * 4.3.2 that names the pid of the signetd that has it. Every role keeps the
 * descriptor, so that a new signetd cannot begin before the last role of one
 * that was killed is gone.
 */
int spool_lock(const struct settings *s, struct fault *f);

/* Whether fd is that file: for one that was kept over an execve. */
bool spool_lock_is(int fd, const struct settings *s);

#endif
