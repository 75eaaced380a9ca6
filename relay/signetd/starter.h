/* SPDX-License-Identifier: ISC */
/*
 * starter - how a role begins: its channels, what it is told before START, and
 * for a disposable one the order to its template (relay/template.h).
 */
#ifndef RELAY_SIGNETD_STARTER_H
#define RELAY_SIGNETD_STARTER_H

#include "relay/route/route.h"
#include "relay/signetd/run_as.h"
#include "relay/signetd/processes.h"
#include "relay/signetd/secrets.h"
#include "relay/signetd/sockets.h"

struct starter {                     /* all borrowed */
	const struct settings *settings;
	const struct secrets *secrets;
	const struct run_as *run_as;
	const struct routes *routes;
	const struct inherited *held;    /* the sockets and the lock */
};

/*
 * The two below add a process to list. *queue becomes the queue's end of a channel to the new process, for the caller to
 * hand over; -1: it has none.
 */

/* Executes the role of a slot; a template then gets what waits for one. NULL: it could not be begun, and the log says why. */
struct process *starter_execute(const struct starter *s, struct processes *list, struct slot *slot, int *queue);

/*
 * Orders a copy, or keeps the order until there is a template. jobs and
 * dialogue are taken over in any case; -1 for none. Of all copies only an
 * smtp that needs a password has a channel with signetd. NULL: its channels
 * could not be made, and the log says why.
 */
struct process *starter_copy(const struct starter *s, struct processes *list, const struct peer *copy, int jobs, int dialogue,
                             const char *smarthost, int *queue);

/* A new channel between smtpd and the first pickup, where both run. */
void starter_join(const struct processes *list);

/* Both ends -1 when it fails. */
int starter_pair(int pair[2], struct fault *f);

/*
 * Executes the role oauth for the hop of that place in settings.smarthosts, and gives it the job (a packed struct
 * refresh_job). -1: a fault.
 */
int starter_ask_oauth(const struct starter *s, struct processes *list, size_t hop, struct span job, struct fault *f);

#endif
