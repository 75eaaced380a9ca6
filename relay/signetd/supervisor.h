/* SPDX-License-Identifier: ISC */
/*
 * supervisor - begins the roles, keeps them running, and ends them in order.
 *
 * A long-lived role that ends begins again after a pause that doubles from
 * 100 ms to 10 s; one that a signal ended, as a crash does, almost at once for
 * the first ten times. When the queue ends, all others are killed and reaped before
 * anything begins again, so that no session of the old one is still open. A
 * role that ends with EX_CONFIG ends signetd. Of disposable roles it keeps a
 * template each; a copy is ordered when the queue asks, one of smtp and one of
 * esmtp for a session, and the queue is told when they are gone. A queue that
 * stands still is ended (watchdog.h).
 */
#ifndef RELAY_SIGNETD_SUPERVISOR_H
#define RELAY_SIGNETD_SUPERVISOR_H

#include "relay/signetd/starter.h"

struct supervisor_options {
	struct starter starter;
	char *const *check_argv;         /* borrowed: a program that judges the configuration before a reload; exit 0 is good */
};

enum supervisor_end {
	SUPERVISOR_STOPPED,              /* SIGTERM or SIGINT: drained, or the time was up */
	SUPERVISOR_RELOAD,               /* the same, and a good new configuration waits */
	SUPERVISOR_CONFIG,               /* a role says that beginning it again will not help */
};

/* Returns when all roles are gone. Signals it listens to are blocked from then on. */
enum supervisor_end supervisor_run(const struct supervisor_options *o);

#endif
