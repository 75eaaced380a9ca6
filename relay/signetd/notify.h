/* SPDX-License-Identifier: ISC */
/*
 * notify - what the service manager is told (sd_notify(3)): a datagram to
 * $NOTIFY_SOCKET, which stays in the environment for the next execve. Without
 * one nobody is told; nothing waits, and nothing fails.
 */
#ifndef RELAY_SIGNETD_NOTIFY_H
#define RELAY_SIGNETD_NOTIFY_H

#include <stdbool.h>

bool notify_is_wanted(void);
void notify_tell(const char *text);       /* "READY=1" */
void notify_reloading(void);              /* until the next READY=1 */

#endif
