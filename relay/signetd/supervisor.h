/*
 * supervisor - begins the roles, keeps them running, and ends them in order.
 *
 * A long-lived role that ends is begun again after a pause that doubles from
 * 100 ms to 10 s; one that a signal ended, as a crash does, almost at once for
 * the first ten times. When the queue ends, all others are killed and reaped before
 * anything begins anew, so that no session of the old one is still open. A
 * role that ends with EX_CONFIG ends signetd. smtp (with esmtp beside it) and
 * bounce begin when the queue asks; it is told when they are gone. A queue that
 * stands still is ended (watchdog.h).
 */
#ifndef RELAY_SIGNETD_SUPERVISOR_H
#define RELAY_SIGNETD_SUPERVISOR_H

#include "relay/route/route.h"
#include "relay/signetd/owner.h"
#include "relay/signetd/secrets.h"
#include "relay/signetd/sockets.h"

struct supervisor_options {          /* all borrowed */
	const struct settings *settings;
	const struct secrets *secrets;
	const struct owner *owner;
	const struct routes *routes;
	const struct inherited *held;    /* the sockets and the lock */
	char *const *check_argv;         /* a program that judges the configuration before a reload; exit 0 is good */
};

enum supervisor_end {
	SUPERVISOR_STOPPED,              /* SIGTERM or SIGINT: drained, or the time was up */
	SUPERVISOR_RELOAD,               /* the same, and a good new configuration waits */
	SUPERVISOR_CONFIG,               /* a role says that beginning it again will not help */
};

/* Returns when all roles are gone. Signals it listens to are blocked from then on. */
enum supervisor_end supervisor_run(const struct supervisor_options *o);

#endif
